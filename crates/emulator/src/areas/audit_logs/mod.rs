//! `/auditLogs/directoryAudits`: who was added to which group or got which role, and who was taken out of it.
//!
//! The directory notes what changes ([`MembershipChange`]); here it is shown as the reference prints it ("List directoryAudits").
//! Entries are kept for 30 days, as long as Microsoft Entra ID P1 and P2 keep them (Entra documentation, "Microsoft Entra data
//! retention").

mod seed;
mod sources;

use std::sync::Arc;

use graphwalk_catalog::roles;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::directory::{Directory, MembershipActor, MembershipChange, ObjectRef};
use crate::areas::{Area, Plant, Start, State};
use crate::authority::roles::{GLOBAL_ADMINISTRATOR, GLOBAL_READER, SECURITY_ADMINISTRATOR, SECURITY_READER};
use crate::authority::{Need, Standing};
use crate::http::{Refusal, Reply, not_found};
use crate::odata::moment;
use crate::odata::query::Options;
use crate::routes::{List, RoutedCall};
use crate::seed::{SeedDocument, SeedError};

const AUDIT: &str = "directoryAudit";
const AUDITS: &str = "auditLogs/directoryAudits";

/// The time for which an entry is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The roles that may read the log beside Reports Reader ("List directoryAudits", permissions). A global administrator may
/// read everything.
const READER: Need = Need::role(&[GLOBAL_ADMINISTRATOR, GLOBAL_READER, SECURITY_ADMINISTRATOR, SECURITY_READER]);

/// The log of the directory. It keeps nothing: the directory notes its changes.
#[derive(Debug)]
pub(crate) struct AuditLogsArea;

impl Area for AuditLogsArea {
    fn begin(&self, _: &Start<'_>) -> Box<dyn State> {
        Box::new(())
    }

    fn sources(&self) -> &'static [(&'static str, &'static str)] {
        sources::SOURCES
    }

    fn answer(&self, call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
        match (call.method(), path) {
            ("GET", ["auditlogs", "directoryaudits"]) => Some(list(call)),
            ("GET", ["auditlogs", "directoryaudits", id]) => Some(read(call, id)),
            (_, ["auditlogs", "directoryaudits", ..]) => Some(Err(call.not_modelled())),
            _ => None,
        }
    }

    fn sections(&self) -> &'static [&'static str] {
        seed::SECTIONS
    }

    fn read_seed(&self, document: &SeedDocument<'_>) -> Result<Option<Arc<dyn Plant>>, SeedError> {
        seed::read(document)
    }
}

/// An entry: its number, and what it tells of.
type Entry<'a> = (usize, &'a MembershipChange);

/// The entries that are kept still, the newest first.
fn kept_entries(directory: &Directory, now: Timestamp) -> Vec<Entry<'_>> {
    let all = directory.membership_changes().iter().enumerate();
    let mut kept: Vec<Entry<'_>> = all.filter(|(_, change)| now.duration_since(change.at) <= KEPT).collect();
    kept.sort_by_key(|(number, change)| std::cmp::Reverse((change.at, *number)));
    kept
}

fn list(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(READER, Standing::Stranger)?;
    let query = call.query(Options::WithoutExpand)?;
    let directory = call.directory();
    let kept = kept_entries(directory, call.now);
    let list = List { context: AUDITS.to_owned(), count: kept.len(), counted: query.count, types: &[AUDIT] };
    call.list(&list, &query, |place| entry(kept[place], directory))
}

fn read(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    call.allow(READER, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let directory = call.directory();
    let kept = kept_entries(directory, call.now);
    let found = kept.into_iter().find(|found| id_of(*found).eq_ignore_ascii_case(key)).ok_or_else(|| not_found(key))?;
    call.entity(200, &format!("{AUDITS}/$entity"), &[AUDIT], entry(found, directory), &query)
}

/// The form of the reference's ids: the service, and what only it understands.
fn id_of((number, change): Entry<'_>) -> String {
    format!("Directory_{}_{number}", change.group.simple())
}

fn entry((number, change): Entry<'_>, directory: &Directory) -> Map<String, Value> {
    let (activity, operation) = match (change.is_role, change.added) {
        (false, true) => ("Add member to group", "Assign"),
        (false, false) => ("Remove member from group", "Unassign"),
        (true, true) => ("Add member to role", "Assign"),
        (true, false) => ("Remove member from role", "Unassign"),
    };
    let category = if change.is_role { "RoleManagement" } else { "GroupManagement" };
    // Of a role only what was modified of the member tells which it is.
    let targets = match change.is_role {
        true => json!([member(change, directory)]),
        false => json!([member(change, directory), group(change.group, directory)]),
    };
    let mut shown = Map::with_capacity(12);
    let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
    put("id", id_of((number, change)).into());
    put("category", category.into());
    put("correlationId", json!(change.principal));
    put("result", "success".into());
    put("resultReason", "".into());
    put("activityDisplayName", activity.into());
    put("activityDateTime", moment(change.at));
    put("loggedByService", "Core Directory".into());
    put("operationType", operation.into());
    put("initiatedBy", initiator(change.by, directory));
    put("targetResources", targets);
    put("additionalDetails", json!([]));
    shown
}

/// The service that decides who is in dynamic groups, as the log names it (Entra documentation, "Unknown actors in audit reports").
const RULES: &str = "Microsoft Approval Management";
const REVIEWS: &str = "Microsoft Entra access reviews";

fn initiator(by: MembershipActor, directory: &Directory) -> Value {
    let app = |client: Option<Uuid>, name: Option<&str>, principal: Option<Uuid>| {
        let app = json!({"appId": client, "displayName": name, "servicePrincipalId": principal, "servicePrincipalName": null});
        json!({"user": null, "app": app})
    };
    let id = match by {
        MembershipActor::User(id) => id,
        MembershipActor::App { client, principal } => return app(Some(client), None, Some(principal)),
        MembershipActor::AccessReviews => return app(None, Some(REVIEWS), None),
        MembershipActor::MembershipRule => return app(None, Some(RULES), None),
    };
    let user = directory.users().get(&id);
    let (name, principal_name) = (user.map(|user| user.name()), user.map(|user| user.principal_name()));
    json!({"user": {"id": id, "displayName": name, "userPrincipalName": principal_name, "ipAddress": null}, "app": null})
}

/// Returns the principal that was added or taken out. Its group or role stands in the modified properties, too: as text in
/// quotes of its own.
fn member(change: &MembershipChange, directory: &Directory) -> Value {
    let id = change.principal;
    let (kind, name, principal_name) = match directory.object(id) {
        Some(ObjectRef::Group(group)) => ("Group", Some(group.name()), None),
        Some(ObjectRef::User(user)) => ("User", Some(user.name()), Some(user.principal_name())),
        None => ("User", None, None),
    };
    let modified = |name: &str, value: &str| {
        let quoted = format!("\"{value}\"");
        match change.added {
            true => json!({"displayName": name, "oldValue": null, "newValue": quoted}),
            false => json!({"displayName": name, "oldValue": quoted, "newValue": null}),
        }
    };
    let id_of_it = change.group.to_string();
    let modified = if change.is_role {
        let name = roles::name_of(change.group).unwrap_or_default();
        [modified("Role.TemplateId", &id_of_it), modified("Role.DisplayName", name)]
    } else {
        let name = directory.groups().get(&change.group).map_or("", |group| group.name());
        [modified("Group.ObjectID", &id_of_it), modified("Group.DisplayName", name)]
    };
    json!({"id": id, "displayName": name, "type": kind, "userPrincipalName": principal_name, "groupType": null,
        "modifiedProperties": modified})
}

fn group(id: Uuid, directory: &Directory) -> Value {
    let known = directory.groups().get(&id);
    let kind = if known.is_some_and(|group| group.is_unified()) { "unifiedGroups" } else { "azureAD" };
    json!({"id": id, "displayName": known.map(|group| group.name()), "type": "Group", "userPrincipalName": null,
        "groupType": kind, "modifiedProperties": []})
}
