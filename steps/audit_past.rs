//! The audit of existing reviews: who was in scope when an instance began. That is worked out from who is now, and from what the
//! audit log tells since.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::session::{Call, Failure, Session};

use super::audit_access::{holders_now, members_path, take_members};
use super::audit_log::{LogSubject, LoggedChange, read_changes};
use super::audit_subject::{HolderKind, Members};

/// The holders of access at a moment.
#[derive(Clone, Debug, Default)]
pub(super) struct HoldersThen {
    /// Those about whom there has to be a decision.
    pub principals: BTreeSet<String>,
    /// The groups among the direct members, of which that is not known.
    pub groups: BTreeSet<String>,
    /// Their names now, or as they were added or removed, by id.
    pub names: BTreeMap<String, String>,
}

/// Returns the members of a group at `start`; if `transitive` also through other groups, which were asked of in turn. Or why that is not
/// known. A review of a group is about users ("Configure access review scope using Microsoft Graph APIs"): devices and service
/// principals need no decision.
pub(super) async fn members_then(
    session: &mut Session,
    group: &str,
    transitive: bool,
    start: Timestamp,
) -> Result<Result<HoldersThen, String>, Failure> {
    let now = holders_now(session, "administrator").await?;
    if now.is_deleted {
        return Ok(Err("the group is deleted since".to_owned()));
    }
    let mut then = HoldersThen { names: now.names.clone(), ..HoldersThen::default() };
    let mut open: Vec<(String, Option<Members>)> = vec![(group.to_owned(), Some(now.direct.clone()))];
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
        name_from(&changes, &mut then.names);
        for (member, kind) in back_to(members, &changes, start) {
            match (kind, transitive) {
                (HolderKind::User, _) => {
                    then.principals.insert(member);
                }
                (HolderKind::Group, true) => open.push((member, None)),
                (HolderKind::Group, false) => {
                    then.groups.insert(member);
                }
                (HolderKind::App | HolderKind::Other, _) => {}
            }
        }
    }
    Ok(Ok(then))
}

/// Returns the users and groups that had a role at `start`, `with_apps` the service principals too; or why that is not known.
pub(super) async fn role_holders_then(
    session: &mut Session,
    role: &str,
    with_apps: bool,
    start: Timestamp,
) -> Result<Result<HoldersThen, String>, Failure> {
    let now = holders_now(session, "administrator").await?;
    let changes = match read_changes(session, "administrator", LogSubject::Role(role), start).await? {
        Ok(changes) => changes,
        Err(why) => return Ok(Err(why)),
    };
    let then = back_to(now.direct, &changes, start).into_iter();
    let is_reviewed = |kind: HolderKind| match kind {
        HolderKind::User | HolderKind::Group => true,
        HolderKind::App => with_apps,
        HolderKind::Other => false,
    };
    let principals = then.filter(|(_, kind)| is_reviewed(*kind)).map(|(id, _)| id).collect();
    let mut names = now.names;
    name_from(&changes, &mut names);
    Ok(Ok(HoldersThen { principals, groups: BTreeSet::new(), names }))
}

/// Adds what those are called whom only the log names.
fn name_from(changes: &[LoggedChange], names: &mut BTreeMap<String, String>) {
    for change in changes.iter().filter(|change| !change.name.is_empty()) {
        names.entry(change.principal.clone()).or_insert_with(|| change.name.clone());
    }
}

/// The members at `start`: back in time, the newest change first.
fn back_to(mut members: Members, changes: &[LoggedChange], start: Timestamp) -> Members {
    for change in changes.iter().rev().filter(|change| change.at > start) {
        if change.added {
            members.remove(&change.principal);
        } else {
            members.insert(change.principal.clone(), change.kind);
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
    if session.send(&Call::new("administrator", "GET", members_path(id)).all_pages()).await?.status == 404 {
        return Ok(None);
    }
    Ok(Some(take_members(session.last_items()?, names)))
}
