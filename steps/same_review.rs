//! Whether a review that is read is the one that was created: its scopes, its reviewers, its settings.

use serde_json::Value;

use crate::session::{Failure, Mismatches, Session};

use super::reviews::{INSTANCE, REVIEW, SENT};

/// The name under which is kept what the group is called that the instance at hand is about, if its review is about several.
pub(super) const GROUP: &str = "group of the instance";

/// Expects of every read of the review what was sent for it, and of its instance the id, the scope and the reviewers.
pub(super) fn is_still_the_same(session: &Session, what: &str, read: &Value) -> Result<(), Failure> {
    let Some(sent) = session.captures.get(SENT) else { return Ok(()) };
    let mut mismatches = session.mismatches();
    mismatches.text(read, "/id", session.captures.text(if what == "review" { REVIEW } else { INSTANCE })?);
    same_reviewers(&mut mismatches, sent, read);
    if what == "review" {
        same_scope(&mut mismatches, sent, read, "scope");
        same_scope(&mut mismatches, sent, read, "instanceEnumerationScope");
        mismatches.echoes(sent, read, &["displayName", "descriptionForAdmins", "descriptionForReviewers"]);
        same_settings(&mut mismatches, sent, read);
    } else {
        same_scope(&mut mismatches, &of_instance(session, sent), read, "scope");
    }
    mismatches.into_result("review", &format!("the {what} is not the one that was created"), session.last()?)
}

/// Returns the definition that was sent, with the scope that an instance of it has: one that is relative to each group is
/// that of the group.
pub(super) fn of_instance(session: &Session, sent: &Value) -> Value {
    let mut of_instance = sent.clone();
    let relative = sent.pointer("/scope/query").and_then(Value::as_str).and_then(|query| query.strip_prefix("./"));
    let group = session.captures.text(GROUP).and_then(|name| session.captures.id(name));
    if let (Some(rest), Ok(group)) = (relative, group) {
        of_instance["scope"]["query"] = Value::from(format!("/groups/{group}/{rest}"));
    }
    of_instance
}

/// Compares a scope with the one that was sent: a query, or the queries of who has access and to what.
pub(super) fn same_scope(mismatches: &mut Mismatches, sent: &Value, read: &Value, name: &str) {
    let at = format!("/{name}");
    same_query(mismatches, sent, read, &at);
    for part in ["principalScopes", "resourceScopes"] {
        let at = format!("{at}/{part}");
        let Some(wanted) = sent.pointer(&at).and_then(Value::as_array) else { continue };
        mismatches.count(read, &at, wanted.len());
        for index in 0..wanted.len() {
            same_query(mismatches, sent, read, &format!("{at}/{index}"));
        }
    }
}

/// Compares the query at a place with the one that was sent. The service may add the version before it, beta before that of a
/// role, and the cast to users after it. The answer that creates a review repeats the path that leads to the role.
fn same_query(mismatches: &mut Mismatches, sent: &Value, read: &Value, at: &str) {
    let Some(query) = sent.pointer(&format!("{at}/query")).and_then(Value::as_str) else { return };
    let mut rewritten = vec![query.to_owned(), format!("/v1.0{query}"), format!("/v1.0{query}/microsoft.graph.user")];
    if let Some(path) = query.rsplit_once('/').map(|(path, _)| path).filter(|path| path.ends_with("roleDefinitions")) {
        rewritten.extend([format!("/beta{query}"), format!("{path}{query}")]);
    }
    mismatches.one_of(read, &format!("{at}/query"), &rewritten);
    let query_type = format!("{at}/queryType");
    mismatches.at(read, &query_type, sent.pointer(&query_type).unwrap_or(&Value::Null));
    let root = format!("{at}/queryRoot");
    if read.pointer(&root).is_some() {
        mismatches.at(read, &root, &Value::Null);
    }
}

/// Compares the settings with those that were sent. A review applies nothing by itself unless it is told to.
pub(super) fn same_settings(mismatches: &mut Mismatches, sent: &Value, read: &Value) {
    mismatches.holds_all_of(read, "/settings", &sent["settings"]);
    let by_itself = "/settings/autoApplyDecisionsEnabled";
    if sent.pointer(by_itself).is_none() && read.pointer(by_itself).is_some() {
        mismatches.at(read, by_itself, &Value::Bool(false));
    }
}

/// Compares the reviewers and those who stand in for them, where they are told, with the ones that were sent: none, if none were.
/// The service may add the version before a query.
pub(super) fn same_reviewers(mismatches: &mut Mismatches, sent: &Value, read: &Value) {
    for name in ["reviewers", "fallbackReviewers"] {
        let list = |of: &Value| of.get(name).and_then(Value::as_array).cloned();
        let (wanted, Some(found)) = (list(sent).unwrap_or_default(), list(read)) else { continue };
        mismatches.count(read, &format!("/{name}"), wanted.len());
        for (index, (_, wanted)) in found.iter().zip(&wanted).enumerate() {
            let query = wanted.get("query").and_then(Value::as_str).unwrap_or("nothing");
            mismatches.one_of(read, &format!("/{name}/{index}/query"), &[query.to_owned(), format!("/v1.0{query}")]);
            mismatches.at(read, &format!("/{name}/{index}/queryType"), &wanted["queryType"]);
        }
    }
}
