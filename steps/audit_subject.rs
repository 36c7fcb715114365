//! What an audit of an existing review looks at: its definition, one instance of it, what that is about, and what was decided.

use std::collections::BTreeMap;

use graphwalk_catalog::{ApiPath, NOBODY};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::session::{Block, Call, Failure, ObjectId, Raised, Session, Skip};

use super::observed::observe_decisions;
use super::reviews::{DEFINITIONS, INSTANCE, REVIEW};

/// The name under which the definition is kept that was read.
pub(super) const DEFINITION_READ: &str = "review as read";
/// The name under which the instance is kept that was read.
pub(super) const INSTANCE_READ: &str = "instance as read";
/// The name under which the decisions are kept that were read.
pub(super) const DECISIONS_READ: &str = "decisions as read";
/// The name under which the other instances about the same are kept.
pub(super) const SERIES_READ: &str = "instances as read";

/// The resource to which an instance reviews access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AuditedScope {
    /// The members of a group, `transitive` also those through other groups; perhaps not all, if something narrows it.
    Group { id: String, transitive: bool, is_narrowed: bool },
    /// The holders of a directory role; `with_apps` also the service principals that have it.
    Role { id: String, is_narrowed: bool, with_apps: bool },
    /// Anything else, in the words of the query.
    Other(String),
}

/// The kind of what has access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum HolderKind {
    /// A person.
    User,
    /// A group.
    Group,
    /// A service principal.
    App,
    /// A device, a contact, or whatever else a group may hold.
    Other,
}

/// Members by their ids, each with its kind.
pub(super) type Members = BTreeMap<String, HolderKind>;

impl HolderKind {
    /// The kind of an object as Graph answers it; what has no type is a user.
    pub fn of(item: &Value) -> Self {
        Self::named(item.get("@odata.type").and_then(Value::as_str).unwrap_or_default())
    }

    /// The kind of this name: of a type, of the identity of a decision (`userIdentity`), or as audit logs write it (`User`). Without one
    /// it is a user.
    pub fn named(name: &str) -> Self {
        let name = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
        match name.strip_suffix("identity").unwrap_or(&name) {
            "" | "user" => Self::User,
            "group" => Self::Group,
            "serviceprincipal" => Self::App,
            _ => Self::Other,
        }
    }
}

/// One decision, as far as an audit looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decided {
    /// The id of whom it is about.
    pub principal: String,
    /// The name of the principal that it is about.
    pub name: String,
    /// The kind of the principal.
    pub kind: HolderKind,
    /// `Approve`, `Deny`, `DontKnow`, `NotReviewed`
    pub decision: String,
    /// The name of whoever decided; `None` for nobody.
    pub by: Option<String>,
    /// The time of the decision.
    pub at: Option<Timestamp>,
    /// The reason.
    pub reason: String,
    /// `applyResult`
    pub result: String,
    /// The recommendation of Graph.
    pub recommendation: String,
}

impl AuditedScope {
    /// Reads the scope of an instance.
    pub fn of(scope: &Value) -> Self {
        let query = |scope: &Value| scope.get("query").and_then(Value::as_str).unwrap_or_default().to_owned();
        let is_inactive = |scope: &Value| scope.get("inactiveDuration").is_some_and(|span| !span.is_null());
        let (own, is_narrowed, with_apps) =
            match scope.get("resourceScopes").and_then(Value::as_array).map(Vec::as_slice) {
                None => (query(scope), is_inactive(scope), false),
                Some([one]) => {
                    let whose = scope.get("principalScopes").and_then(Value::as_array).into_iter().flatten();
                    let all: Vec<String> = whose.clone().map(query).collect();
                    let is_all = |kind: &str| {
                        all.iter().any(|query| query.trim_start_matches("/v1.0").eq_ignore_ascii_case(kind))
                    };
                    let is_narrowed = !(is_all("/users") && is_all("/groups")) || whose.clone().any(is_inactive);
                    (query(one), is_narrowed, is_all("/servicePrincipals"))
                }
                Some(several) => return Self::Other(format!("{} resources at once", several.len())),
            };
        let path = ApiPath::parse_reference(&own);
        let segments: Vec<&str> = path.segments().iter().map(|segment| segment.name()).collect();
        let is = |place: usize, word: &str| segments.get(place).is_some_and(|name| name.eq_ignore_ascii_case(word));
        let id =
            |place: usize| segments.get(place).filter(|id| ObjectId::parse(id).is_some()).map(|id| (*id).to_owned());
        let is_filtered = path.query().is_some_and(|query| query.to_lowercase().contains("filter"));
        match (id(1), id(3)) {
            (Some(id), _) if is(0, "groups") && (is(2, "members") || is(2, "transitiveMembers")) => {
                Self::Group { id, transitive: is(2, "transitiveMembers"), is_narrowed: is_narrowed || is_filtered }
            }
            (_, Some(id)) if is(0, "roleManagement") && is(1, "directory") && is(2, "roleDefinitions") => {
                Self::Role { id, is_narrowed, with_apps }
            }
            _ => Self::Other(if own.is_empty() { "no query".to_owned() } else { own }),
        }
    }
}

impl Decided {
    fn of(item: &Value) -> Self {
        let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let by = text("/reviewedBy/id");
        let (kind, typed) = (text("/principal/type"), text("/principal/@odata.type"));
        Self {
            principal: text("/principal/id"),
            name: Some(text("/principal/displayName"))
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| text("/principal/id")),
            kind: HolderKind::named(if kind.is_empty() { &typed } else { &kind }),
            decision: text("/decision"),
            by: (!by.is_empty() && by != NOBODY).then_some(by),
            at: text("/reviewedDateTime").parse().ok(),
            reason: text("/justification"),
            result: text("/applyResult"),
            recommendation: text("/recommendation"),
        }
    }

    /// Returns whether the service has not begun to apply it.
    pub fn is_to_be_applied(&self) -> bool {
        matches!(self.result.as_str(), "New" | "")
    }

    /// Returns whether it was decided at all.
    pub fn is_decided(&self) -> bool {
        self.decision != "NotReviewed"
    }
}

/// Says that something is not proved: nobody knows whether it holds, so it neither passes nor fails.
pub(super) fn not_proved(why: impl std::fmt::Display) -> Raised {
    Block(format!("not proved: {why}")).into()
}

/// The path of the instance at hand.
pub(super) fn instance_path(session: &Session) -> Result<String, Failure> {
    let (review, instance) = (session.captures.id(REVIEW)?, session.captures.id(INSTANCE)?);
    Ok(format!("{DEFINITIONS}/{review}/instances/{instance}"))
}

/// Reads something and expects that it is there.
pub(super) async fn read(session: &mut Session, actor: &str, path: String) -> Result<Value, Failure> {
    session.send(&Call::new(actor, "GET", path)).await?;
    session.expect_status(200)?;
    session.last_json().cloned()
}

/// Reads a list to its last page.
pub(super) async fn read_all(session: &mut Session, actor: &str, path: String) -> Result<Vec<Value>, Failure> {
    session.send(&Call::new(actor, "GET", path).all_pages()).await?;
    Ok(session.last_items()?.to_vec())
}

/// Keeps the answered decisions, and tells the reports of them.
pub(super) fn keep_decisions(session: &mut Session) -> Result<(), Failure> {
    let items = session.last_items()?.to_vec();
    observe_decisions(session);
    session.captures.keep(DECISIONS_READ, Value::Array(items));
    Ok(())
}

/// Returns the value that was read under a name.
pub(super) fn kept_value<'s>(session: &'s Session, name: &str) -> Result<&'s Value, Failure> {
    session.captures.get(name).ok_or_else(|| {
        Failure::new("audit", format!("the {name} is needed here, and was not read"))
            .help("read the review, its instance and its decisions in earlier steps")
    })
}

/// The scope of the instance.
pub(super) fn scope(session: &Session) -> Result<AuditedScope, Failure> {
    Ok(AuditedScope::of(kept_value(session, INSTANCE_READ)?.get("scope").unwrap_or(&Value::Null)))
}

/// The decisions.
pub(super) fn decisions(session: &Session) -> Result<Vec<Decided>, Failure> {
    let items = kept_value(session, DECISIONS_READ)?.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(items.iter().map(Decided::of).collect())
}

/// A switch of the settings.
pub(super) fn is_set(session: &Session, name: &str) -> Result<bool, Failure> {
    let settings = kept_value(session, DEFINITION_READ)?.get("settings");
    Ok(settings.and_then(|settings| settings.get(name)).and_then(Value::as_bool).unwrap_or(false))
}

/// A time of the instance.
pub(super) fn time(session: &Session, name: &str) -> Result<Timestamp, Failure> {
    let text = kept_value(session, INSTANCE_READ)?.get(name).and_then(Value::as_str).unwrap_or("nothing");
    text.parse()
        .map_err(|_| Failure::new("audit", format!("expected a time as {name} of the instance, got \"{text}\"")))
}

/// Returns whether a later instance about the same has begun since: then who has access now says little of this one.
pub(super) fn has_successor(session: &Session) -> Result<bool, Failure> {
    let (own, now) = (time(session, "startDateTime")?, session.backend().clock().now());
    let series = kept_value(session, SERIES_READ)?.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(series.iter().filter_map(start_of).any(|start| start > own && start <= now))
}

/// Returns the start of an instance.
pub(super) fn start_of(instance: &Value) -> Option<Timestamp> {
    instance.get("startDateTime").and_then(Value::as_str)?.parse().ok()
}

/// Skips the step where nothing of a kind was decided.
pub(super) fn skip(why: &str) -> Raised {
    Skip(why.to_owned()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ID: &str = "0f6a3a77-8f3e-4b0e-9d52-3a3d1c2b4e5f";

    #[test]
    fn a_decision_an_object_and_a_log_name_the_same_kinds() {
        for (kind, names) in [
            (HolderKind::User, ["", "user", "#microsoft.graph.userIdentity", "User"]),
            (HolderKind::Group, ["group", "#microsoft.graph.group", "Group", "GROUP"]),
            (
                HolderKind::App,
                [
                    "servicePrincipal",
                    "#microsoft.graph.servicePrincipal",
                    "#microsoft.graph.servicePrincipalIdentity",
                    "ServicePrincipal",
                ],
            ),
            (HolderKind::Other, ["device", "#microsoft.graph.orgContact", "Device", "identity.x"]),
        ] {
            assert_eq!(names.map(HolderKind::named), [kind; 4], "{names:?}");
        }
        let app = json!({"principal": {"id": ID, "@odata.type": "#microsoft.graph.servicePrincipalIdentity"}});
        assert_eq!(Decided::of(&app).kind, HolderKind::App);
    }

    #[test]
    fn the_scopes_of_groups_and_roles_are_told_from_others() {
        let group = |transitive, is_narrowed| AuditedScope::Group { id: ID.to_owned(), transitive, is_narrowed };
        for (query, expected) in [
            ("/v1.0/groups/ID/transitiveMembers/microsoft.graph.user", group(true, false)),
            ("/groups/ID/members", group(false, false)),
            (
                "/v1.0/groups/ID/members/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')",
                group(false, true),
            ),
            (
                "/beta/roleManagement/directory/roleDefinitions/ID",
                AuditedScope::Role { id: ID.to_owned(), is_narrowed: false, with_apps: false },
            ),
        ] {
            assert_eq!(AuditedScope::of(&json!({"query": query.replace("ID", ID)})), expected, "{query}");
        }
        for query in
            ["/servicePrincipals/ID/appRoleAssignedTo", "/groups/x/members", "/groups/ID/owners", "", "./members"]
        {
            let query = query.replace("ID", ID);
            assert!(matches!(AuditedScope::of(&json!({"query": query})), AuditedScope::Other(_)), "{query}");
        }
    }

    #[test]
    fn a_scope_of_memberships_is_about_its_one_resource() {
        let role = json!({"query": format!("/beta/roleManagement/directory/roleDefinitions/{ID}")});
        let of = |whose: &[&str], resources: Vec<Value>| {
            let whose: Vec<Value> = whose.iter().map(|query| json!({"query": query})).collect();
            AuditedScope::of(&json!({"principalScopes": whose, "resourceScopes": resources}))
        };
        let expected = |is_narrowed, with_apps| AuditedScope::Role { id: ID.to_owned(), is_narrowed, with_apps };
        assert_eq!(of(&["/v1.0/users", "/v1.0/groups"], vec![role.clone()]), expected(false, false));
        assert_eq!(of(&["/users", "/groups", "/servicePrincipals"], vec![role.clone()]), expected(false, true));
        assert_eq!(of(&["/v1.0/users"], vec![role.clone()]), expected(true, false));
        assert!(matches!(of(&["/users"], vec![role.clone(), role]), AuditedScope::Other(_)));
    }
}
