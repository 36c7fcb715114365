//! The directory's audit log, as far as an audit of reviews reads it: who was added to a group and taken out of it.
//!
//! Graph keeps no past membership. Only this log tells of it, and for 30 days (Entra documentation, "Microsoft Entra data
//! retention", Microsoft Entra ID P1 and P2). A history report of access reviews tells no more than the decisions do, and making its
//! file readable is a write.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::session::{Call, Failure, Session};

/// How long the log is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What the log calls it when somebody is added to a group.
const ADDED: &str = "Add member to group";
/// What it calls it when somebody is taken out.
const REMOVED: &str = "Remove member from group";

crate::register_public_text!(ADDED);
crate::register_public_text!(REMOVED);

/// The name under which the entries are kept that were read.
const LOG_READ: &str = "membership changes as read";

/// Somebody was added to a group, or taken out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// Whom it was about.
    pub principal: String,
    /// When.
    pub at: Timestamp,
    /// Whether it was added.
    pub added: bool,
    /// Who did it, as the log calls them.
    pub by: String,
}

/// What the log tells of a group since a moment: its changes, oldest first; or why it tells nothing.
pub(super) type Told = Result<Vec<Change>, String>;

/// Reads what the log tells of a group since `since`; a log that cannot be read, or does not reach back so far, tells nothing.
///
/// # Errors
///
/// If the log is no list, or nobody answers.
pub(super) async fn read_changes(
    session: &mut Session,
    actor: &str,
    group: &str,
    since: Timestamp,
) -> Result<Told, Failure> {
    let now = session.backend().clock().now();
    if now.duration_since(since) > KEPT {
        return Ok(Err(format!("audit logs are kept for 30 days, and do not reach back to {since}")));
    }
    if let Some(known) = session.captures.get(LOG_READ).and_then(Value::as_array) {
        return Ok(Ok(changes_of(known, group)));
    }
    let activities = format!("(activityDisplayName eq '{ADDED}' or activityDisplayName eq '{REMOVED}')");
    let filter = format!("activityDateTime ge {since} and {activities}").replace(' ', "%20").replace('\'', "%27");
    let path = format!("/v1.0/auditLogs/directoryAudits?$filter={filter}");
    let status = session.send(&Call::new(actor, "GET", path).all_pages()).await?.status;
    if matches!(status, 401 | 403 | 404 | 501) {
        return Ok(Err(format!("audit logs cannot be read here: status {status}")));
    }
    let entries = session.last_items()?.to_vec();
    let told = changes_of(&entries, group);
    session.captures.keep(LOG_READ, Value::Array(entries));
    Ok(Ok(told))
}

fn changes_of(entries: &[Value], group: &str) -> Vec<Change> {
    let mut changes: Vec<Change> = entries.iter().filter_map(|entry| change_of(entry, group)).collect();
    changes.sort_by_key(|change| change.at);
    changes
}

/// What an entry tells of a group; nothing if it is about another one or did not succeed. The group is one of the targets, or
/// stands in what was modified of who was added or removed.
fn change_of(entry: &Value, group: &str) -> Option<Change> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if entry.get("result").and_then(Value::as_str).is_some_and(|result| result != "success") {
        return None;
    }
    let added = match text(entry, "activityDisplayName").as_str() {
        ADDED => true,
        REMOVED => false,
        _ => return None,
    };
    let targets = entry.get("targetResources").and_then(Value::as_array)?;
    let is_group = |target: &&Value| text(target, "id").eq_ignore_ascii_case(group);
    let names_group = |target: &&Value| {
        let modified = target.get("modifiedProperties").and_then(Value::as_array).into_iter().flatten();
        let mut ids = modified.filter(|property| text(property, "displayName") == "Group.ObjectID");
        ids.any(|property| {
            ["oldValue", "newValue"]
                .iter()
                .any(|side| text(property, side).trim_matches('"').eq_ignore_ascii_case(group))
        })
    };
    let is_about = targets.iter().any(|target| is_group(&target) || names_group(&target));
    let principal = targets.iter().find(|target| !is_group(target)).map(|target| text(target, "id"))?;
    let by = entry.pointer("/initiatedBy/user/displayName").or(entry.pointer("/initiatedBy/app/displayName"));
    let by = by.and_then(Value::as_str).unwrap_or("somebody").to_owned();
    let at = text(entry, "activityDateTime").parse().ok()?;
    is_about.then_some(Change { principal, at, added, by })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
            let told = change_of(&entry(targets), "g").unwrap();
            assert_eq!((told.principal.as_str(), told.added, told.by.as_str()), ("u", false, "Reviews"));
        }
        assert_eq!(change_of(&entry(json!([{"id": "u"}, {"id": "h"}])), "g"), None);
    }

    #[test]
    fn what_did_not_succeed_changed_nothing() {
        let mut failed = entry(json!([{"id": "g"}, {"id": "u"}]));
        failed["result"] = json!("failure");
        assert_eq!(change_of(&failed, "g"), None);
    }
}
