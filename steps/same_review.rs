//! Whether a review that is read is the one that was created: its scopes, its reviewers, its settings.

use serde_json::Value;

use crate::session::{Failure, Mismatches, Session};

use super::reviews::{INSTANCE, REVIEW, SENT};

/// The name under which is kept what the group is called that the instance at hand is about, if its review is about several.
pub(super) const GROUP: &str = "group of the instance";

/// Expects of every read of the review what was sent for it, and of its instance the id, the scope and the reviewers.
pub(super) fn is_still_the_same(session: &Session, what: &str, read: &Value) -> Result<(), Failure> {
    let Some(sent) = session.captures.get(SENT) else { return Ok(()) };
    let mut mismatches = Mismatches::new();
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

/// What was sent, with the scope that an instance of it has: one that is relative to each group is that of the group.
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
        let found = read.pointer(&at).and_then(Value::as_array).map_or(0, Vec::len);
        if found != wanted.len() {
            mismatches.differ(&at, &format!("{} of them", wanted.len()), &found.to_string());
        }
        for index in 0..wanted.len() {
            same_query(mismatches, sent, read, &format!("{at}/{index}"));
        }
    }
}

/// Compares the query at a place with the one that was sent. The service may add the version before it, beta before that of a
/// role, and the cast to users after it. The answer that creates a review repeats the path that leads to the role.
fn same_query(mismatches: &mut Mismatches, sent: &Value, read: &Value, at: &str) {
    let Some(query) = sent.pointer(&format!("{at}/query")).and_then(Value::as_str) else { return };
    let found = read.pointer(&format!("{at}/query")).and_then(Value::as_str).unwrap_or("nothing");
    let mut rewritten = vec![query.to_owned(), format!("/v1.0{query}"), format!("/v1.0{query}/microsoft.graph.user")];
    if let Some(path) = query.rsplit_once('/').map(|(path, _)| path).filter(|path| path.ends_with("roleDefinitions")) {
        rewritten.extend([format!("/beta{query}"), format!("{path}{query}")]);
    }
    if !rewritten.iter().any(|form| form == found) {
        mismatches.differ(&format!("{at}/query"), query, found);
    }
    let query_type = format!("{at}/queryType");
    mismatches.at(read, &query_type, sent.pointer(&query_type).unwrap_or(&Value::Null));
    if let Some(root) = read.pointer(&format!("{at}/queryRoot")).filter(|root| !root.is_null()) {
        mismatches.differ(&format!("{at}/queryRoot"), "null", &root.to_string());
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
    let text = |scope: &Value, name: &str| scope.get(name).and_then(Value::as_str).unwrap_or("nothing").to_owned();
    for name in ["reviewers", "fallbackReviewers"] {
        let list = |of: &Value| of.get(name).and_then(Value::as_array).cloned();
        let (wanted, Some(found)) = (list(sent).unwrap_or_default(), list(read)) else { continue };
        if found.len() != wanted.len() {
            mismatches.differ(&format!("/{name}"), &format!("{} of them", wanted.len()), &found.len().to_string());
        }
        for (index, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            let (query, wanted_query) = (text(found, "query"), text(wanted, "query"));
            if query != wanted_query && query != format!("/v1.0{wanted_query}") {
                mismatches.differ(&format!("/{name}/{index}/query"), &wanted_query, &query);
            }
            mismatches.at(read, &format!("/{name}/{index}/queryType"), &wanted["queryType"]);
        }
    }
}
