//! The audit of existing reviews: whether what was decided was applied, and who has access now.

use std::collections::BTreeMap;

use cucumber::then;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::in_words::counted_as;
use crate::session::{Call, Failure, Observed, Session, StepResult};

use super::audit_decisions::{fail_if_any, named};
use super::audit_log::{LogSubject, LoggedChange, LoggedChanges, read_changes};
use super::audit_subject::{
    AuditedScope, Decided, HolderKind, INSTANCE_READ, Members, decisions, has_successor, is_set, kept_value,
    not_proved, read_all, scope, skip, time,
};

/// The holders of access now.
pub(super) const ACCESS: Observed = Observed { heading: "access now", is_shown: false };
/// The reasons why other people have access now than the decisions say.
pub(super) const EXPLAINED: Observed = Observed { heading: "explained", is_shown: true };

/// The results of applying a denial that took the access away, or found it gone.
const REMOVED: [&str; 2] = ["AppliedSuccessfully", "AppliedSuccessfullyButObjectNotFound"];

/// The name under which is kept who has access now: it is read once a session.
const HOLDERS_READ: &str = "holders as read";

/// The holders of access.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Holders {
    /// Those who have it themselves.
    pub direct: Members,
    /// Those who have it through a group, with what that is called.
    pub through: BTreeMap<String, String>,
    /// Their names, by id.
    pub names: BTreeMap<String, String>,
    /// The kind of the group, if no review can remove its members.
    pub unmanaged: Option<String>,
    /// Whether the group is deleted that access was reviewed to.
    pub is_deleted: bool,
}

impl Holders {
    fn has(&self, id: &str) -> bool {
        self.direct.contains_key(id) || self.through.contains_key(id)
    }
}

fn text(item: &Value, pointer: &str) -> String {
    item.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Reads who has access now to what the instance is about, directly and through groups.
pub(super) async fn holders_now(session: &mut Session, actor: &str) -> Result<Holders, Failure> {
    if let Some(known) = session.captures.get(HOLDERS_READ) {
        return Holders::deserialize(known).map_err(|error| Failure::new("audit", error.to_string()));
    }
    let holders = match scope(session)? {
        AuditedScope::Group { id, .. } => members_of(session, actor, &id).await?,
        AuditedScope::Role { id, .. } => role_holders(session, actor, &id).await?,
        AuditedScope::Other(query) => {
            Err(Failure::new("audit", format!("nothing is known of who has access to {query}")))?
        }
    };
    let name = |id: &String| holders.names.get(id).unwrap_or(id).clone();
    let told: Vec<String> = holders.direct.keys().chain(holders.through.keys()).map(name).collect();
    session.observe_roster(ACCESS, "who has access now", told);
    session.captures.keep(HOLDERS_READ, serde_json::to_value(&holders).unwrap_or_default());
    Ok(holders)
}

async fn members_of(session: &mut Session, actor: &str, id: &str) -> Result<Holders, Failure> {
    let what = "$select=id,displayName,groupTypes,onPremisesSyncEnabled,mailEnabled";
    session.send(&Call::new(actor, "GET", format!("/v1.0/groups/{id}?{what}"))).await?;
    if session.last()?.status == 404 {
        return Ok(Holders { is_deleted: true, ..Holders::default() });
    }
    session.expect_status(200)?;
    let mut holders = Holders { unmanaged: unmanaged(session.last_json()?), ..Holders::default() };
    let members = read_all(session, actor, members_path(id)).await?;
    holders.direct = take_members(&members, &mut holders.names);
    for group in members.iter().filter(|member| HolderKind::of(member) == HolderKind::Group) {
        through(session, actor, group, &mut holders).await?;
    }
    Ok(holders)
}

/// The path of the members of a group.
pub(super) fn members_path(group: &str) -> String {
    format!("/v1.0/groups/{group}/members?$select=id,displayName&$top=999")
}

/// Takes the members of a group from an answer, and adds their names.
pub(super) fn take_members(items: &[Value], names: &mut BTreeMap<String, String>) -> Members {
    names.extend(items.iter().map(|item| (text(item, "/id"), text(item, "/displayName"))));
    items.iter().map(|item| (text(item, "/id"), HolderKind::of(item))).collect()
}

/// Adds those who have access through a group that has it.
async fn through(session: &mut Session, actor: &str, group: &Value, holders: &mut Holders) -> Result<(), Failure> {
    let path = format!("/v1.0/groups/{}/transitiveMembers?$select=id,displayName&$top=999", text(group, "/id"));
    for member in read_all(session, actor, path).await? {
        holders.names.insert(text(&member, "/id"), text(&member, "/displayName"));
        holders.through.insert(text(&member, "/id"), text(group, "/displayName"));
    }
    Ok(())
}

/// Returns the kind of a group whose members a review cannot remove (Entra documentation, "Complete an access review").
fn unmanaged(group: &Value) -> Option<String> {
    let types: Vec<&str> =
        group.get("groupTypes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let is = |name: &str| group.get(name).and_then(Value::as_bool).unwrap_or(false);
    if types.contains(&"DynamicMembership") {
        Some("the group is dynamic: a rule decides who is a member".to_owned())
    } else if is("onPremisesSyncEnabled") {
        Some("the group is synchronised from a directory on premises, where the member has to be removed".to_owned())
    } else if is("mailEnabled") && !types.contains(&"Unified") {
        Some("the group is mail-enabled, and its members are managed in Exchange".to_owned())
    } else {
        None
    }
}

async fn role_holders(session: &mut Session, actor: &str, role: &str) -> Result<Holders, Failure> {
    let filter = format!("roleDefinitionId%20eq%20%27{role}%27");
    let path = format!("/v1.0/roleManagement/directory/roleAssignments?$filter={filter}&$expand=principal");
    let mut holders = Holders::default();
    let assigned = read_all(session, actor, path).await?;
    let mut groups = Vec::new();
    for assignment in &assigned {
        let id = text(assignment, "/principalId");
        let Some(principal) = assignment.get("principal") else {
            holders.direct.insert(id, HolderKind::User);
            continue;
        };
        holders.names.insert(id.clone(), text(principal, "/displayName"));
        holders.direct.insert(id, HolderKind::of(principal));
        groups.extend(Some(principal).filter(|principal| HolderKind::of(principal) == HolderKind::Group));
    }
    for group in groups {
        through(session, actor, group, &mut holders).await?;
    }
    Ok(holders)
}

/// Expects that every denial was applied, and says which not. What was approved has nothing to be applied: the service leaves it
/// `New` or marks it.
#[then(expr = "the decisions were applied")]
async fn were_applied(session: &mut Session) -> StepResult {
    let denied: Vec<Decided> = decisions(session)?.into_iter().filter(|decided| decided.decision == "Deny").collect();
    if denied.is_empty() {
        return Err(skip("nobody was denied, so there is nothing to apply"));
    }
    let (waiting, tried): (Vec<&Decided>, Vec<&Decided>) =
        denied.iter().partition(|decided| decided.is_to_be_applied());
    let not_removed = tried.iter().filter(|decided| !REMOVED.contains(&decided.result.as_str()));
    let mut faults: Vec<String> = not_removed.map(|decided| format!("{}: {}", decided.name, decided.result)).collect();
    if !waiting.is_empty() && !is_set(session, "autoApplyDecisionsEnabled")? {
        let waits = counted_as(waiting.len(), "denial waits", "denials wait");
        let message = format!("{waits} to be applied: the review does not apply them by itself");
        Err(Failure::new("not-applied", message)
            .note(format!("denied: {}", named(&waiting)))
            .notes(std::mem::take(&mut faults))
            .help("apply them in the Entra admin centre, or let the review apply its decisions automatically"))?;
    }
    faults.extend(waiting.iter().map(|decided| format!("{}: the denial was never applied", decided.name)));
    fail_if_any("not-applied", "a denial was not applied", &faults)?;
    Ok(())
}

/// Expects that nobody who was denied has access now, directly or through a group, and says why somebody has it, as far as that can
/// be known.
#[then(expr = "every denied principal is really gone")]
async fn denied_are_gone(session: &mut Session) -> StepResult {
    let denied: Vec<Decided> = decisions(session)?.into_iter().filter(|decided| decided.decision == "Deny").collect();
    if denied.is_empty() {
        return Err(skip("nobody was denied"));
    }
    let holders = holders_now(session, "administrator").await?;
    let still: Vec<&Decided> = denied.iter().filter(|decided| holders.has(&decided.principal)).collect();
    if still.is_empty() {
        return Ok(());
    }
    let log = changes_since_end(session).await?;
    let succeeded = has_successor(session)?;
    let (mut faults, mut unknown) = (Vec::new(), Vec::new());
    for decided in still {
        let why = why_still(decided, &holders, &log);
        // What a later instance decided anew, the present tells nothing of.
        if why.is_none() && succeeded && REMOVED.contains(&decided.result.as_str()) {
            unknown.push(decided);
        } else {
            let why = why.unwrap_or_else(|| unexplained(decided, &log));
            faults.push(format!("{}: {why}", decided.name));
        }
    }
    fail_if_any("still-has-access", "a denied principal has access now", &faults)
        .map_err(|failure| failure.help("take the access away where the reason says, then audit again"))?;
    if !unknown.is_empty() {
        let told = log.err().unwrap_or_else(|| NO_TRACE.to_owned());
        Err(not_proved(format!(
            "denied, and with access now: {}; a later instance has decided anew since, and whether they had been removed is not known: {told}",
            named(&unknown)
        )))?;
    }
    Ok(())
}

/// The words for a log that can be read and has no change that explains what is there now.
const NO_TRACE: &str = "the audit log tells of no change since the end";

/// Returns what is known where it is not known why somebody has access.
fn unexplained(decided: &Decided, log: &LoggedChanges) -> String {
    let told = log.as_ref().err().map_or(NO_TRACE, String::as_str);
    format!("it is not known why: the review says {}, and {told}", decided.result)
}

/// Returns why somebody who was denied has access; `None` if it is not known.
fn why_still(decided: &Decided, holders: &Holders, log: &LoggedChanges) -> Option<String> {
    let is_direct = holders.direct.contains_key(&decided.principal);
    if let Some(unmanaged) = &holders.unmanaged {
        return Some(unmanaged.clone());
    }
    if let (false, Some(group)) = (is_direct, holders.through.get(&decided.principal)) {
        return Some(format!("has it through the group {group}, from which a review does not remove anybody"));
    }
    let added = log.as_ref().ok().and_then(|changes| newest(changes, &decided.principal, true));
    if let Some(LoggedChange { at, by, .. }) = added {
        return Some(format!("was added again since, {at}, by {by}"));
    }
    match decided.result.as_str() {
        "ApplyNotSupported" => Some("applying the denial is not supported here".to_owned()),
        "AppliedWithUnknownFailure" => Some("applying the denial failed".to_owned()),
        _ if decided.is_to_be_applied() => Some("the denial was never applied".to_owned()),
        _ => None,
    }
}

fn newest<'c>(changes: &'c [LoggedChange], principal: &str, added: bool) -> Option<&'c LoggedChange> {
    changes.iter().rev().find(|change| change.principal == principal && change.added == added)
}

/// Reads what the audit log tells since the period ended.
async fn changes_since_end(session: &mut Session) -> Result<LoggedChanges, Failure> {
    let end: Timestamp = time(session, "endDateTime")?;
    match scope(session)? {
        AuditedScope::Group { id, .. } => read_changes(session, "administrator", LogSubject::Group(&id), end).await,
        AuditedScope::Role { id, .. } => read_changes(session, "administrator", LogSubject::Role(&id), end).await,
        AuditedScope::Other(query) => Ok(Err(format!("no audit log is known to tell of {query}"))),
    }
}

/// Expects that who was approved has access still. Who was removed by somebody since is explained where audit logs tell so; who was
/// decided about anew since is not proved.
#[then(expr = "every approved principal still has access")]
async fn approved_have_access(session: &mut Session) -> StepResult {
    let approved: Vec<Decided> =
        decisions(session)?.into_iter().filter(|decided| decided.decision == "Approve").collect();
    if approved.is_empty() {
        return Err(skip("nobody was approved"));
    }
    let holders = holders_now(session, "administrator").await?;
    if holders.is_deleted {
        let explained =
            approved.iter().map(|decided| format!("{}: the group is deleted since", decided.name)).collect();
        session.observe_roster(EXPLAINED, "approved, without access now", explained);
        return Ok(());
    }
    let gone: Vec<&Decided> = approved.iter().filter(|decided| !holders.has(&decided.principal)).collect();
    if gone.is_empty() {
        return Ok(());
    }
    let log = changes_since_end(session).await?;
    let (mut explained, mut lost) = (Vec::new(), Vec::new());
    for decided in gone {
        let removed = log.as_ref().ok().and_then(|changes| newest(changes, &decided.principal, false));
        match removed {
            Some(LoggedChange { at, by, .. }) => {
                explained.push(format!("{}: removed since, {at}, by {by}", decided.name))
            }
            None if is_deleted(session, decided).await? => explained.push(format!("{}: deleted since", decided.name)),
            None => lost.push(decided),
        }
    }
    if !explained.is_empty() {
        session.observe_roster(EXPLAINED, "approved, without access now", explained);
    }
    if !lost.is_empty() && has_successor(session)? {
        let why = log.err().unwrap_or_else(|| NO_TRACE.to_owned());
        Err(not_proved(format!(
            "approved, and without access now: {}; a later instance has decided anew since, and why they lost it is not known: {why}",
            named(&lost)
        )))?;
    }
    let faults: Vec<String> =
        lost.iter().map(|decided| format!("{}: approved, and has no access", decided.name)).collect();
    let name = text(kept_value(session, INSTANCE_READ)?, "/id");
    fail_if_any("lost-access", "an approved principal has no access now", &faults).map_err(|failure| {
        failure.note(format!("instance {name}")).help("look in the audit log who removed them: this review did not")
    })?;
    Ok(())
}

/// Returns whether whom a decision is about does not exist any more.
async fn is_deleted(session: &mut Session, decided: &Decided) -> Result<bool, Failure> {
    let set = match decided.kind {
        HolderKind::User => "users",
        HolderKind::Group => "groups",
        HolderKind::App => "servicePrincipals",
        HolderKind::Other => return Ok(false),
    };
    if crate::session::ObjectId::parse(&decided.principal).is_none() {
        return Ok(false);
    }
    let path = format!("/v1.0/{set}/{}?$select=id", decided.principal);
    Ok(session.send(&Call::new("administrator", "GET", path)).await?.status == 404)
}
