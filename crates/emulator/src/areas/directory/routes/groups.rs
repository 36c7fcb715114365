//! `/groups`.

use graphwalk_catalog::{added_references, unqualified};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::directory::group::Group;
use crate::areas::directory::needs::{GROUP_WRITER_OR_OWNER, ROLE_GROUP_PERMISSION, ROLE_GROUP_WRITER, USER_WRITER};
use crate::areas::directory::{DirectoryCreation, MembershipActor, MembershipChange, Role};
use crate::authority::{Need, Standing, denied};
use crate::http::{Refusal, Reply};
use crate::odata::GRAPH;
use crate::odata::directory::unsupported;
use crate::odata::query::{Options, Query};
use crate::routes::{List, RoutedCall};

use super::delta;
use super::memberships;
use super::users::{check_expand, check_foreign, counted, directory_query, expanded, is_delta, reference};

/// The relations of a group that are the directory's. What else belongs to a group is plain data.
pub(super) const RELATIONS: [&str; 4] = ["members", "owners", "transitivemembers", "memberswithlicenseerrors"];

pub(super) fn answer(call: &mut RoutedCall<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    match (call.method(), rest) {
        ("GET", []) => list(call),
        ("POST", []) => create(call),
        ("GET", [function]) if is_delta(function) => delta::answer(call, "group"),
        ("GET", ["$count"]) => {
            call.allow(Need::NOTHING, Standing::Stranger)?;
            let groups = call.directory().groups();
            let whole = |place, query: &Query| {
                groups.get_index(place).map(|(_, group)| whole(group, query)).unwrap_or_default()
            };
            counted(call, &["group"], groups.len(), whole)
        }
        (_, [key, rest @ ..]) => one(call, key, rest),
        _ => Err(call.not_modelled()),
    }
}

fn one(call: &mut RoutedCall<'_>, key: &str, rest: &[&str]) -> Result<Reply, Refusal> {
    let standing = match call.directory().group(key) {
        Ok(group) if group.owners.contains(&call.caller.object) => Standing::Owner,
        _ => Standing::Stranger,
    };
    match (call.method(), rest) {
        ("GET", []) => {
            call.allow(Need::NOTHING, standing)?;
            read(call, key)
        }
        ("PATCH", []) => {
            call.allow(GROUP_WRITER_OR_OWNER, standing).or_else(|denied| allow_adding(call, key, standing, denied))?;
            let body = call.body_binding("group", &["members", "owners"])?;
            if body.contains_key("members@odata.bind") {
                allow_members(call, key)?;
            }
            check_bound(call, &body)?;
            call.directory_mut().change_group(key, body)?;
            Ok(Reply::no_content())
        }
        ("DELETE", []) => {
            call.allow(GROUP_WRITER_OR_OWNER, standing)?;
            let now = call.now;
            call.directory_mut().delete_group(key, now)?;
            Ok(Reply::no_content())
        }
        ("GET", [relation @ ("members" | "owners" | "transitivemembers"), rest @ ..]) if is_list(rest) => {
            related(call, key, relation, rest, standing)
        }
        (_, [relation, more @ ..]) if memberships::answers(relation) && is_list(more) => {
            match call.directory().group(key) {
                Ok(group) => memberships::answer(call, group.id, rest, standing),
                Err(refusal) => call.allow(Need::NOTHING, standing).and(Err(refusal)),
            }
        }
        ("POST", [relation @ ("members" | "owners"), "$ref"]) => add(call, key, relation, standing),
        ("DELETE", [relation @ ("members" | "owners"), id, "$ref"]) => {
            call.allow(GROUP_WRITER_OR_OWNER, standing)?;
            allow_members(call, key)?;
            call.directory_mut().remove_reference(key, role(relation), id)?;
            if let (Ok(principal), "members") = (id.parse(), *relation) {
                note(call, key, principal, false);
            }
            Ok(Reply::no_content())
        }
        // Without `/$ref` this deletes the user, and so it does here (Graph reference, "Remove member").
        ("DELETE", ["members" | "owners", id]) => {
            call.allow_as(&format!("/v1.0/users/{id}"), USER_WRITER, Standing::Stranger)?;
            call.directory().group(key)?;
            let now = call.now;
            call.directory_mut().delete_user(id, now)?;
            Ok(Reply::no_content())
        }
        _ => Err(call.not_modelled()),
    }
}

fn create(call: &mut RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let body = call.body_binding("group", &["members", "owners"])?;
    if body.get("isAssignableToRole") == Some(&Value::Bool(true)) {
        allow_role_group(call)?;
    }
    check_bound(call, &body)?;
    let (id, identity) = (call.tenant.ids.fresh(), call.tenant.identity.clone());
    let creator = (!call.caller.is_app()).then_some(call.caller.object);
    let creation = DirectoryCreation { id, now: call.now, identity: &identity, creator };
    let shown = call.directory_mut().create_group(body, creation)?.to_json();
    let reply = call.entity(201, "groups/$entity", &["group"], shown, &query)?;
    Ok(reply.header("location", format!("{GRAPH}/v1.0/groups/{id}")))
}

/// Checks what a body binds to that is no user and no group.
fn check_bound(call: &RoutedCall<'_>, body: &Map<String, Value>) -> Result<(), Refusal> {
    for navigation in ["members", "owners"] {
        let urls = body.get(&format!("{navigation}@odata.bind")).and_then(Value::as_array).into_iter().flatten();
        let urls: Vec<String> = urls.filter_map(Value::as_str).map(str::to_owned).collect();
        check_foreign(call, ("group", navigation), &urls)?;
    }
    Ok(())
}

/// Checks that the caller may make a group that roles can be assigned to.
fn allow_role_group(call: &RoutedCall<'_>) -> Result<(), Refusal> {
    call.allow(ROLE_GROUP_WRITER, Standing::Stranger)?;
    if call.caller.has_any(&[ROLE_GROUP_PERMISSION]) { Ok(()) } else { Err(denied()) }
}

/// Checks that a PATCH whose sender may not change the group only adds references that its sender may add.
fn allow_adding(call: &RoutedCall<'_>, key: &str, standing: Standing, denied: Refusal) -> Result<(), Refusal> {
    let body = call.body_binding("group", &["members", "owners"]).unwrap_or_default();
    let added = added_references(body.keys().map(String::as_str)).ok_or(denied)?;
    let mut paths = added.iter().map(|added| format!("/v1.0/groups/{key}/{added}"));
    paths.try_for_each(|path| call.allow_instead("POST", &path, GROUP_WRITER_OR_OWNER, standing))
}

/// Checks that the caller may say who is in a group, beside what every change of a group needs.
fn allow_members(call: &RoutedCall<'_>, key: &str) -> Result<(), Refusal> {
    let is_privileged = call.directory().group(key).is_ok_and(Group::is_assignable_to_role);
    // Owners may, too (Entra, "Use Microsoft Entra groups to manage role assignments").
    let owns = call.directory().group(key).is_ok_and(|group| group.owners.contains(&call.caller.object));
    if is_privileged && !owns { allow_role_group(call) } else { Ok(()) }
}

fn list(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = directory_query(call, &["group"])?;
    check_expand(call, &query, "group", &["members", "owners"])?;
    let groups = call.directory().groups();
    let list =
        List { context: "groups".to_owned(), count: groups.len(), counted: query.is_advanced(), types: &["group"] };
    let whole = |place| groups.get_index(place).map(|(_, group)| whole(group, &query)).unwrap_or_default();
    call.list_of(&list, &query, whole, |place| {
        groups.get_index(place).map_or_else(Map::new, |(_, group)| group_json(call, group, &query))
    })
}

/// A group with all that the filter of a query asks of.
fn whole(group: &Group, query: &Query) -> Map<String, Value> {
    let mut whole = group.whole();
    if query.filters_by("owners") {
        whole.insert("owners".to_owned(), group.owners.iter().map(|id| json!({"id": id})).collect());
    }
    whole
}

fn read(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    let query = call.query(Options::Entity)?;
    check_expand(call, &query, "group", &["members", "owners"])?;
    let group = call.directory().group(key)?;
    call.entity(200, "groups/$entity", &["group"], group_json(call, group, &query), &query)
}

fn group_json(call: &RoutedCall<'_>, group: &Group, query: &Query) -> Map<String, Value> {
    let mut shown = if query.select.is_some() { group.whole() } else { group.to_json() };
    for name in &query.expand {
        let related = if name == "members" { &group.members } else { &group.owners };
        shown.insert(name.clone(), expanded(call, query, name, related.iter().copied()));
    }
    shown
}

/// Returns whether what follows a relation leaves it a list, or counts it.
pub(super) fn is_list(rest: &[&str]) -> bool {
    match rest {
        [] | ["$count"] => true,
        [segment] | [segment, "$count"] => unqualified(segment).is_some(),
        _ => false,
    }
}

fn related(
    call: &RoutedCall<'_>,
    key: &str,
    relation: &str,
    rest: &[&str],
    standing: Standing,
) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, standing)?;
    let directory = &call.directory();
    let group = directory.group(key)?;
    let ids: Vec<Uuid> = match relation {
        "members" => group.members.iter().copied().collect(),
        "owners" => group.owners.iter().copied().collect(),
        _ => directory.transitive_members(group),
    };
    if let ("transitivemembers", [cast]) = (relation, rest)
        && unqualified(cast).is_some()
        && !call.query(Options::Directory)?.is_advanced()
    {
        return Err(unsupported("A cast of transitiveMembers needs ConsistencyLevel: eventual and $count=true."));
    }
    memberships::list_or_count(call, &ids, rest)
}

fn add(call: &mut RoutedCall<'_>, key: &str, relation: &str, standing: Standing) -> Result<Reply, Refusal> {
    call.allow(GROUP_WRITER_OR_OWNER, standing)?;
    let url = reference(call)?;
    allow_members(call, key)?;
    check_foreign(call, ("group", relation), std::slice::from_ref(&url))?;
    call.directory_mut().add_reference(key, role(relation), &url)?;
    let newest = call.directory().group(key)?.members.last().copied();
    if let (Some(principal), "members") = (newest, relation) {
        note(call, key, principal, true);
    }
    Ok(Reply::no_content())
}

/// Notes who was added to a group or taken out of it, for the audit log.
fn note(call: &mut RoutedCall<'_>, key: &str, principal: Uuid, added: bool) {
    let Ok(group) = call.directory().group(key).map(|group| group.id) else { return };
    let (at, by) = (call.now, MembershipActor::calling(call.caller));
    call.directory_mut().note_membership(MembershipChange { at, group, is_role: false, principal, added, by });
}

fn role(relation: &str) -> Role {
    if relation == "members" { Role::Member } else { Role::Owner }
}
