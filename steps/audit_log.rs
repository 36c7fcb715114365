//! The directory's audit log, as far as an audit of reviews reads it: who was added to a group or got a role, and who was taken out.
//!
//! Graph keeps no past membership. Only this log tells of it, and for 30 days with Microsoft Entra ID P1 or P2, which access reviews
//! need, for 7 without (Entra documentation, "Microsoft Entra data retention"). Graph does not say how long a tenant keeps it: where it
//! is less, [`LOG_SINCE`] says so. A history report of access reviews tells what the decisions tell. Its file can be read for a day after
//! `generateDownloadUri`, which is a write, and lies outside of Graph.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::session::{Call, Failure, Session};

use super::audit_subject::HolderKind;

/// The time for which the log is kept, unless a day is given.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The name of the day back to which the log reaches, where one is given.
const LOG_SINCE: &str = "log-since";

/// The log's name for adding somebody to a group.
const ADDED: &str = "Add member to group";
/// Its name for taking somebody out.
const REMOVED: &str = "Remove member from group";
/// Its name for giving somebody a directory role.
const ROLE_ADDED: &str = "Add member to role";
/// Its name for taking one away.
const ROLE_REMOVED: &str = "Remove member from role";

crate::register_public_text!(ADDED);
crate::register_public_text!(REMOVED);
crate::register_public_text!(ROLE_ADDED);
crate::register_public_text!(ROLE_REMOVED);

/// The name of the group's id in the modified properties of a member.
const GROUP_ID: &str = "Group.ObjectID";
/// And a role so, by the id of its definition.
const ROLE_ID: &str = "Role.TemplateId";

crate::register_public_text!(GROUP_ID);
crate::register_public_text!(ROLE_ID);

/// The words of the log for the kinds of those it tells of. Recordings keep these words, so that an audit is judged the same when it replays.
const ROLE: &str = "Role";

crate::register_public_text!("User");
crate::register_public_text!("Group");
crate::register_public_text!("ServicePrincipal");
crate::register_public_text!(ROLE);

/// The name under which the entries are kept that were read, with the moment since when.
const LOG_READ: &str = "membership changes as read";
/// The same of roles.
const ROLE_LOG_READ: &str = "role changes as read";

/// The subject that the log is asked about: the id of a group, or of a role's definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LogSubject<'a> {
    /// A group.
    Group(&'a str),
    /// A directory role.
    Role(&'a str),
}

/// Somebody was added to a group, got a role, or was taken out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LoggedChange {
    /// The id of the principal that it was about.
    pub principal: String,
    /// Its name, as far as the log tells.
    pub name: String,
    /// Its kind.
    pub kind: HolderKind,
    /// The time.
    pub at: Timestamp,
    /// Whether it was added.
    pub added: bool,
    /// The name of the person who did it, in the log's words.
    pub by: String,
}

/// The changes in the log since a moment, oldest first; or why it tells nothing.
pub(super) type LoggedChanges = Result<Vec<LoggedChange>, String>;

/// Reads what the log tells of `about` since `since`; a log that cannot be read, or does not reach back so far, tells nothing.
///
/// # Errors
///
/// If the log is no list, or nobody answers.
pub(super) async fn read_changes(
    session: &mut Session,
    actor: &str,
    about: LogSubject<'_>,
    since: Timestamp,
) -> Result<LoggedChanges, Failure> {
    if let Some(why) = does_not_reach(session, since) {
        return Ok(Err(why));
    }
    let (kept_as, activities) = match about {
        LogSubject::Group(_) => (LOG_READ, [ADDED, REMOVED]),
        LogSubject::Role(_) => (ROLE_LOG_READ, [ROLE_ADDED, ROLE_REMOVED]),
    };
    let known = session.captures.get(kept_as);
    let begins = known.and_then(|read| read.get("since")?.as_str()?.parse::<Timestamp>().ok());
    if let Some(read) = known.filter(|_| begins.is_some_and(|begins| begins <= since)) {
        let entries = read.get("entries").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        return Ok(Ok(changes_of(entries, about, since)));
    }
    let is = activities.map(|name| format!("activityDisplayName eq '{name}'"));
    let filter = format!("activityDateTime ge {since} and ({})", is.join(" or "));
    let filter = filter.replace(' ', "%20").replace('\'', "%27");
    let path = format!("/v1.0/auditLogs/directoryAudits?$filter={filter}");
    let status = session.send(&Call::new(actor, "GET", path).all_pages()).await?.status;
    if matches!(status, 401 | 403 | 404 | 501) {
        return Ok(Err(format!("audit logs cannot be read here: status {status}")));
    }
    let entries = session.last_items()?.to_vec();
    let told = changes_of(&entries, about, since);
    session.captures.keep(kept_as, json!({"since": since, "entries": entries}));
    Ok(Ok(told))
}

/// Returns why the log tells nothing of `since`, if it does not reach back so far.
fn does_not_reach(session: &Session, since: Timestamp) -> Option<String> {
    let given = session.captures.get(LOG_SINCE).and_then(Value::as_str).and_then(|day| day.parse::<Date>().ok());
    let Some(day) = given else {
        let is_gone = session.backend().clock().now().duration_since(since) > KEPT;
        return is_gone.then(|| format!("audit logs are kept for 30 days, and do not reach back to {since}"));
    };
    let begins = TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX);
    (begins > since).then(|| format!("audit logs reach back to {day} here ({LOG_SINCE}), and not to {since}"))
}

/// The changes since `since`; what was read before for another step may reach further back.
fn changes_of(entries: &[Value], about: LogSubject<'_>, since: Timestamp) -> Vec<LoggedChange> {
    let changes = entries.iter().filter_map(|entry| change_of(entry, about));
    let mut changes: Vec<LoggedChange> = changes.filter(|change| change.at >= since).collect();
    changes.sort_by_key(|change| change.at);
    changes
}

/// Reads the change of a group or a role in an entry; nothing if it is about another one or did not succeed. A group is one
/// of the targets, or stands in what was modified of who was added or removed, as a role does.
fn change_of(entry: &Value, about: LogSubject<'_>) -> Option<LoggedChange> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if entry.get("result").and_then(Value::as_str).is_some_and(|result| result != "success") {
        return None;
    }
    let (id, property, added) = match (text(entry, "activityDisplayName").as_str(), about) {
        (ADDED, LogSubject::Group(id)) => (id, GROUP_ID, true),
        (REMOVED, LogSubject::Group(id)) => (id, GROUP_ID, false),
        (ROLE_ADDED, LogSubject::Role(id)) => (id, ROLE_ID, true),
        (ROLE_REMOVED, LogSubject::Role(id)) => (id, ROLE_ID, false),
        _ => return None,
    };
    let targets = entry.get("targetResources").and_then(Value::as_array)?;
    let is_it = |target: &&Value| text(target, "id").eq_ignore_ascii_case(id);
    let names_it = |target: &&Value| {
        let modified = target.get("modifiedProperties").and_then(Value::as_array).into_iter().flatten();
        let mut named = modified.filter(|modified| text(modified, "displayName") == property);
        named.any(|modified| {
            let sides = ["oldValue", "newValue"].map(|side| text(modified, side));
            sides.iter().any(|side| side.trim_matches('"').eq_ignore_ascii_case(id))
        })
    };
    let is_about = targets.iter().any(|target| is_it(&target) || names_it(&target));
    let is_principal = |target: &&Value| !is_it(target) && text(target, "type") != ROLE;
    let principal = targets.iter().find(is_principal)?;
    let by = entry.pointer("/initiatedBy/user/displayName").or(entry.pointer("/initiatedBy/app/displayName"));
    let by = by.and_then(Value::as_str).unwrap_or("somebody").to_owned();
    let at = text(entry, "activityDateTime").parse().ok()?;
    let kind = HolderKind::named(&text(principal, "type"));
    let names = ["displayName", "userPrincipalName"].map(|name| text(principal, name));
    let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    is_about.then_some(LoggedChange { principal: text(principal, "id"), name, kind, at, added, by })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(targets: Value) -> Value {
        json!({"activityDisplayName": "Remove member from group", "activityDateTime": "2026-03-01T00:00:00Z", "result": "success",
            "initiatedBy": {"user": null, "app": {"displayName": "Reviews"}}, "targetResources": targets})
    }

    #[test]
    fn the_group_is_a_target_or_stands_in_what_was_modified() {
        let modified = json!([{"displayName": "Group.ObjectID", "oldValue": "\"G\"", "newValue": null}]);
        for targets in [
            json!([{"id": "g", "type": "Group"}, {"id": "u", "type": "User"}]),
            json!([{"id": "u", "type": "User", "modifiedProperties": modified}]),
        ] {
            let told = change_of(&entry(targets), LogSubject::Group("g")).unwrap();
            assert_eq!((told.principal.as_str(), told.added, told.by.as_str()), ("u", false, "Reviews"));
        }
        assert_eq!(change_of(&entry(json!([{"id": "u"}, {"id": "h"}])), LogSubject::Group("g")), None);
    }

    #[test]
    fn what_did_not_succeed_changed_nothing() {
        let mut failed = entry(json!([{"id": "g"}, {"id": "u"}]));
        failed["result"] = json!("failure");
        assert_eq!(change_of(&failed, LogSubject::Group("g")), None);
    }

    #[test]
    fn a_role_stands_in_what_was_modified_of_who_has_it() {
        let modified = json!([{"displayName": "Role.TemplateId", "oldValue": "\"R\"", "newValue": null}]);
        let targets =
            json!([{"id": "r-object", "type": "Role"}, {"id": "u", "type": "User", "modifiedProperties": modified}]);
        let mut removed = entry(targets);
        removed["activityDisplayName"] = json!("Remove member from role");
        let told = change_of(&removed, LogSubject::Role("r")).unwrap();
        assert_eq!((told.principal.as_str(), told.kind, told.added), ("u", HolderKind::User, false));
        assert_eq!(change_of(&removed, LogSubject::Group("r")), None);
    }
}
