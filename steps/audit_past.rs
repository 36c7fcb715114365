//! The audit of existing reviews: who was in scope when an instance began. That is worked out from who is now, and from what the
//! audit log tells since.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use crate::session::{Call, Failure, Session};

use super::audit_access::{holders_now, is_group};
use super::audit_log::{LogSubject, LoggedChange, read_changes};

/// The holders of access at a moment.
#[derive(Clone, Debug, Default)]
pub(super) struct HoldersThen {
    /// Those about whom there has to be a decision.
    pub principals: BTreeSet<String>,
    /// The groups among the direct members, of which that is not known.
    pub groups: BTreeSet<String>,
    /// Their names now, by id.
    pub names: BTreeMap<String, String>,
}

/// Members by their ids, each with whether it is a group.
type Members = BTreeMap<String, bool>;

/// Returns the members of a group at `start`; if `transitive` also through other groups, which were asked of in turn. Or
/// why that is not known.
pub(super) async fn members_then(
    session: &mut Session,
    group: &str,
    transitive: bool,
    start: Timestamp,
) -> Result<Result<HoldersThen, String>, Failure> {
    let now = holders_now(session, "administrator").await?;
    let mut then = HoldersThen { names: now.names.clone(), ..HoldersThen::default() };
    let direct = now.direct.iter().map(|id| (id.clone(), now.groups.contains_key(id))).collect();
    let mut open: Vec<(String, Option<Members>)> = vec![(group.to_owned(), Some(direct))];
    let mut seen = BTreeSet::new();
    while let Some((id, known)) = open.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let members = match known {
            Some(members) => members,
            None => match members_now(session, &id, &mut then.names).await? {
                Some(members) => members,
                None => return Ok(Err(format!("the group {id} was a member then and is no more"))),
            },
        };
        let changes = match read_changes(session, "administrator", LogSubject::Group(&id), start).await? {
            Ok(changes) => changes,
            Err(why) => return Ok(Err(why)),
        };
        for (member, is_group) in back_to(members, &changes, start) {
            match (is_group, transitive) {
                (false, _) => {
                    then.principals.insert(member);
                }
                (true, true) => open.push((member, None)),
                (true, false) => {
                    then.groups.insert(member);
                }
            }
        }
    }
    Ok(Ok(then))
}

/// Returns the users and groups that had a role at `start`; or why that is not known.
pub(super) async fn role_holders_then(
    session: &mut Session,
    role: &str,
    start: Timestamp,
) -> Result<Result<HoldersThen, String>, Failure> {
    let now = holders_now(session, "administrator").await?;
    let changes = match read_changes(session, "administrator", LogSubject::Role(role), start).await? {
        Ok(changes) => changes,
        Err(why) => return Ok(Err(why)),
    };
    let direct = now.direct.iter().map(|id| (id.clone(), now.groups.contains_key(id))).collect();
    let principals = back_to(direct, &changes, start).into_keys().collect();
    Ok(Ok(HoldersThen { principals, groups: BTreeSet::new(), names: now.names }))
}

/// The members at `start`: back in time, the newest change first.
fn back_to(mut members: Members, changes: &[LoggedChange], start: Timestamp) -> Members {
    for change in changes.iter().rev().filter(|change| change.at > start) {
        if change.added {
            members.remove(&change.principal);
        } else {
            members.insert(change.principal.clone(), change.is_group);
        }
    }
    members
}

/// The members that a group has now; `None` if there is no such group.
async fn members_now(
    session: &mut Session,
    id: &str,
    names: &mut BTreeMap<String, String>,
) -> Result<Option<Members>, Failure> {
    let path = format!("/v1.0/groups/{id}/members?$select=id,displayName&$top=999");
    if session.send(&Call::new("administrator", "GET", path).all_pages()).await?.status == 404 {
        return Ok(None);
    }
    let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut members = Members::new();
    for item in session.last_items()? {
        names.insert(text(item, "id"), text(item, "displayName"));
        members.insert(text(item, "id"), is_group(item));
    }
    Ok(Some(members))
}
