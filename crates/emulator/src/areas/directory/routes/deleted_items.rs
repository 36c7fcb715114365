//! `/directory/deletedItems`: what was deleted in the last 30 days.

use graphwalk_catalog::unqualified;

use crate::areas::directory::needs::{GROUP_WRITER_OR_OWNER, USER_WRITER};
use crate::areas::directory::{Deleted, Object, ObjectRef};
use crate::authority::{Need, Standing};
use crate::http::{Refusal, Reply};
use crate::odata::directory::unsupported;
use crate::odata::path::bound;
use crate::odata::query::Options;
use crate::routes::{List, RoutedCall};

use super::users::{allow_weighty, counted, directory_query};

const DELETED_ITEMS: &str = "/v1.0/directory/deletedItems";

pub(super) fn answer(call: &mut RoutedCall<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    match (call.method(), rest) {
        ("GET", []) => {
            Err(unsupported("deletedItems are listed by type: add /microsoft.graph.user or /microsoft.graph.group."))
        }
        ("GET", [segment, rest @ ..]) if unqualified(segment).is_some() => {
            list(call, unqualified(segment).unwrap_or_default(), rest)
        }
        ("GET", [key]) => read(call, key),
        ("POST", [key, action]) if bound(action) == "restore" => restore(call, key),
        ("DELETE", [key]) => purge(call, key),
        _ => Err(call.not_modelled()),
    }
}

fn list(call: &RoutedCall<'_>, kind: &str, rest: &[&str]) -> Result<Reply, Refusal> {
    if !matches!(kind, "user" | "group") {
        return Err(unsupported(&format!("Deleted items of the type '{kind}' are not supported.")));
    }
    call.allow_as(&format!("{DELETED_ITEMS}/microsoft.graph.{kind}"), Need::NOTHING, Standing::Stranger)?;
    let fits = |deleted: &&Deleted| is_user(deleted) == (kind == "user");
    let deleted: Vec<&Deleted> = call.directory().deleted().values().filter(fits).collect();
    match rest {
        [] => {}
        ["$count"] => return counted(call, &[kind], deleted.len(), |place, _| deleted[place].to_json()),
        _ => return Err(call.not_modelled()),
    }
    let query = directory_query(call, &[kind])?;
    let list = List {
        context: format!("{kind}s"),
        count: deleted.len(),
        counted: query.is_advanced(),
        types: &["user", "group"],
    };
    call.list(&list, &query, |place| deleted[place].to_json())
}

fn read(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    let query = call.query(Options::Select)?;
    let deleted = call.directory().deleted_item(key)?;
    call.allow_as(&as_typed(key, deleted), Need::NOTHING, Standing::Stranger)?;
    call.entity(200, "directoryObjects/$entity", &["user", "group"], deleted.to_json(), &query)
}

fn restore(call: &mut RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    let deleted = call.directory().deleted_item(key)?;
    call.allow_as(&format!("{}/restore", as_typed(key, deleted)), need(deleted), standing(call, deleted))?;
    check_weight(call, deleted)?;
    let id = call.directory_mut().restore(key)?;
    let query = call.query(Options::Select)?;
    let shown = call.directory().object(id).map(|object: ObjectRef<'_>| object.to_json(false)).unwrap_or_default();
    call.entity(200, "directoryObjects/$entity", &["user", "group"], shown, &query)
}

fn purge(call: &mut RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    let deleted = call.directory().deleted_item(key)?;
    call.allow_as(&as_typed(key, deleted), need(deleted), standing(call, deleted))?;
    check_weight(call, deleted)?;
    call.directory_mut().purge(key)?;
    Ok(Reply::no_content())
}

fn is_user(deleted: &Deleted) -> bool {
    matches!(deleted.object, Object::User(_))
}

/// The path of a deleted item cast to its type, by which the catalog has its permissions.
fn as_typed(key: &str, deleted: &Deleted) -> String {
    let kind = if is_user(deleted) { "user" } else { "group" };
    format!("{DELETED_ITEMS}/{key}/microsoft.graph.{kind}")
}

/// Returns what a user needs to restore or purge a deleted object.
fn need(deleted: &Deleted) -> Need {
    if is_user(deleted) { USER_WRITER } else { GROUP_WRITER_OR_OWNER }
}

fn check_weight(call: &RoutedCall<'_>, deleted: &Deleted) -> Result<(), Refusal> {
    match &deleted.object {
        Object::User(user) => allow_weighty(call, user.id),
        Object::Group(_) => Ok(()),
    }
}

fn standing(call: &RoutedCall<'_>, deleted: &Deleted) -> Standing {
    match &deleted.object {
        Object::Group(group) if group.owners.contains(&call.caller.object) => Standing::Owner,
        _ => Standing::Stranger,
    }
}
