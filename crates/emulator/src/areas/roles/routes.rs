//! `/roleManagement/directory`.

use graphwalk_catalog::{Segment, roles};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::directory::{Directory, MembershipActor, MembershipChange, RoleAssignment};
use crate::authority::Standing;
use crate::http::{Refusal, Reply, not_found, not_modelled};
use crate::odata::GRAPH;
use crate::odata::query::{Options, Query};
use crate::routes::body::bad;
use crate::routes::{List, RoutedCall};

use super::needs::{ROLE_ASSIGNER, ROLE_READER};

const ASSIGNMENT: &str = "unifiedRoleAssignment";
const DEFINITION: &str = "unifiedRoleDefinition";
const ASSIGNMENTS: &str = "roleManagement/directory/roleAssignments";
const DEFINITIONS: &str = "roleManagement/directory/roleDefinitions";

/// Answers a call of directory roles; nothing if it is none.
pub(super) fn answer(call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
    let rest = match path {
        ["rolemanagement", "directory", rest @ ..]
            if matches!(rest.first(), Some(&("roledefinitions" | "roleassignments"))) =>
        {
            rest
        }
        _ => return None,
    };
    Some(match (call.method(), rest) {
        ("GET", ["roledefinitions"]) => list_definitions(call),
        ("GET", ["roledefinitions", key]) => read_definition(call, key),
        ("GET", ["roleassignments"]) => list_assignments(call),
        ("POST", ["roleassignments"]) => assign(call),
        ("GET", ["roleassignments", _]) => read_assignment(call),
        ("DELETE", ["roleassignments", _]) => withdraw(call),
        _ => Err(call.not_modelled()),
    })
}

fn list_definitions(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(ROLE_READER, Standing::Stranger)?;
    let query = call.query(Options::WithoutExpand)?;
    let known = roles::NAMED;
    let list = List { context: DEFINITIONS.to_owned(), count: known.len(), counted: query.count, types: &[DEFINITION] };
    call.list(&list, &query, |place| known.get(place).map(|(name, id)| definition(name, *id)).unwrap_or_default())
}

fn read_definition(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    call.allow(ROLE_READER, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let role: Option<Uuid> = key.parse().ok();
    let found = role.and_then(|id| Some((roles::name_of(id)?, id)));
    let (name, id) = found.ok_or_else(|| not_found(key))?;
    call.entity(200, &format!("{DEFINITIONS}/$entity"), &[DEFINITION], definition(name, id), &query)
}

/// A role as its definition. What it permits in detail (`rolePermissions`) is not known here, and not told.
fn definition(name: &str, id: Uuid) -> Map<String, Value> {
    let mut shown = Map::with_capacity(8);
    shown.insert("id".to_owned(), json!(id));
    shown.insert("displayName".to_owned(), json!(name));
    shown.insert("isBuiltIn".to_owned(), json!(true));
    shown.insert("isEnabled".to_owned(), json!(true));
    shown.insert("resourceScopes".to_owned(), json!(["/"]));
    shown.insert("templateId".to_owned(), json!(id));
    shown.insert("version".to_owned(), json!("1"));
    shown
}

fn list_assignments(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(ROLE_READER, Standing::Stranger)?;
    let query = call.query(Options::WithoutSkip)?;
    check_expand(&query)?;
    let all: Vec<RoleAssignment> = call.directory().role_assignments().collect();
    let list = List { context: ASSIGNMENTS.to_owned(), count: all.len(), counted: query.count, types: &[ASSIGNMENT] };
    call.list(&list, &query, |place| answered_assignment(all[place], call.directory(), &query))
}

fn read_assignment(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(ROLE_READER, Standing::Stranger)?;
    let query = call.query(Options::Entity)?;
    check_expand(&query)?;
    let assignment = call.directory().role_assignment(key(call))?;
    let entity = answered_assignment(assignment, call.directory(), &query);
    call.entity(200, &format!("{ASSIGNMENTS}/$entity"), &[ASSIGNMENT], entity, &query)
}

fn assign(call: &mut RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(ROLE_ASSIGNER, Standing::Stranger)?;
    let body = call.body_of(ASSIGNMENT)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let id = |name: &str| {
        let text = text(name).ok_or_else(|| bad(format!("A value is required for property '{name}'.")))?;
        text.parse::<Uuid>().map_err(|_| bad(format!("Invalid value specified for property '{name}': no GUID.")))
    };
    let (role, principal) = (id("roleDefinitionId")?, id("principalId")?);
    match (text("directoryScopeId"), text("appScopeId")) {
        (Some("/"), None) => {}
        (None, None) => return Err(bad("Either directoryScopeId or appScopeId is required.")),
        _ => return Err(not_modelled("role assignments with another scope than the tenant, '/'")),
    }
    let assignment = call.directory_mut().assign_role(role, principal)?;
    note(call, assignment, true);
    let created =
        call.entity(201, &format!("{ASSIGNMENTS}/$entity"), &[ASSIGNMENT], assignment.to_json(), &Query::default())?;
    Ok(created.header("location", format!("{GRAPH}/v1.0/{ASSIGNMENTS}/{}", assignment.id())))
}

fn withdraw(call: &mut RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(ROLE_ASSIGNER, Standing::Stranger)?;
    let assignment = call.directory().role_assignment(key(call))?;
    if call.directory_mut().withdraw_role(assignment) {
        note(call, assignment, false);
    }
    Ok(Reply::no_content())
}

/// Notes who got a role or lost it, for the audit log.
fn note(call: &mut RoutedCall<'_>, RoleAssignment { role, principal }: RoleAssignment, added: bool) {
    let (at, by) = (call.now, MembershipActor::calling(call.caller));
    call.directory_mut().note_membership(MembershipChange { at, group: role, is_role: true, principal, added, by });
}

/// The id of an assignment as it was sent: in it case counts.
fn key<'a>(call: &'a RoutedCall<'_>) -> &'a str {
    let segment = call.path.segments().last();
    segment.map_or("", |segment: &Segment| segment.key().unwrap_or(segment.name()))
}

fn check_expand(query: &Query) -> Result<(), Refusal> {
    match query.expand.iter().find(|name| !["principal", "roleDefinition"].contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(bad(format!("Could not find a property named '{name}' to expand on type '{ASSIGNMENT}'."))),
    }
}

fn answered_assignment(assignment: RoleAssignment, directory: &Directory, query: &Query) -> Map<String, Value> {
    let mut shown = assignment.to_json();
    for name in &query.expand {
        let select = query.expand_select.get(name);
        let related = match name.as_str() {
            "principal" => directory.object(assignment.principal).map(|object| object.to_json(select.is_some())),
            _ => roles::name_of(assignment.role).map(|name| definition(name, assignment.role)),
        };
        let selected = |mut related: Map<String, Value>| {
            related.retain(|name, _| select.is_none_or(|select| name.starts_with('@') || select.contains(name)));
            Value::Object(related)
        };
        shown.insert(name.clone(), related.map_or(Value::Null, selected));
    }
    shown
}
