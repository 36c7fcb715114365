//! `/directory/deletedItems` of what the store has: what can be restored for 30 days.

use graphwalk_catalog::{Catalog, Resource, Resources, Type, unqualified};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::areas::directory::KEPT;
use crate::authority::{Need, Standing};
use crate::http::{Refusal, Reply, not_found, not_modelled};
use crate::odata::directory::{self, unsupported};
use crate::odata::moment;
use crate::odata::path::bound;
use crate::odata::query::Options;
use crate::routes::{List, RoutedCall};
use crate::tenant::Tenant;

use super::answers::tagged;
use super::locate::object_at;
use super::store::{GenericStore, RemovedObject, StoreLocation};

const DELETED_ITEMS: &str = "/v1.0/directory/deletedItems";

/// The resource of a type whose objects are kept when they are deleted.
fn resource_of(ty: Type) -> Option<Resource> {
    let all = Resources::default();
    let is_it = |resource: &&Resource| resource.type_name() == ty.name() && resource.facts().deleted_items.is_some();
    all.iter().find(is_it).cloned()
}

/// Returns whether objects of a type can be restored when they are deleted.
pub(super) fn is_kept(ty: Type) -> bool {
    resource_of(ty).is_some()
}

/// Returns whether what follows `/directory/deletedItems` is about what the store has deleted, or about types that no area has.
pub(crate) fn is_about(tenant: &Tenant, rest: &[&str]) -> bool {
    match rest {
        [segment, ..] if unqualified(segment).is_some() => {
            let ty = Catalog::v1().type_named(unqualified(segment).unwrap_or_default());
            ty.is_some_and(|ty| ty.is_directory_object() && !matches!(ty.name(), "user" | "group"))
        }
        [key, ..] => find(tenant.states.get(), key).is_some(),
        [] => false,
    }
}

/// Answers a call below `/directory/deletedItems` that [`is_about`] says is about the store.
pub(super) fn answer(call: &mut RoutedCall<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    match (call.method(), rest) {
        ("GET", [segment, rest @ ..]) if unqualified(segment).is_some() => {
            let name = unqualified(segment).unwrap_or_default();
            let Some(ty) = Catalog::v1().type_named(name) else { return Err(call.not_modelled()) };
            list(call, ty, rest)
        }
        ("GET", [key]) => read(call, key),
        ("POST", [key, action]) if bound(action) == "restore" => restore(call, key),
        ("DELETE", [key]) => purge(call, key),
        _ => Err(call.not_modelled()),
    }
}

/// Removes for good what was deleted 30 days ago.
pub(super) fn expire(store: &mut GenericStore, now: Timestamp) {
    store.purge(|_, at| expiry(at) <= now);
}

/// Returns when something deleted is next to be removed for good.
pub(super) fn next_expiry(store: &GenericStore) -> Option<Timestamp> {
    store.deleted().map(|(_, at)| expiry(at)).min()
}

fn expiry(at: Timestamp) -> Timestamp {
    at.checked_add(KEPT).unwrap_or(Timestamp::MAX)
}

/// Finds the deleted object of an id.
fn find<'a>(store: &'a GenericStore, id: &str) -> Option<(&'a RemovedObject, Timestamp)> {
    let has_id = |removed: &RemovedObject| {
        let own = removed.object().and_then(|object| object.properties.get("id")).and_then(Value::as_str);
        own.is_some_and(|own| own.eq_ignore_ascii_case(id))
    };
    store.deleted().find(|(removed, _)| has_id(removed))
}

/// Something deleted as it is answered.
fn shown((removed, at): (&RemovedObject, Timestamp)) -> Map<String, Value> {
    let Some(object) = removed.object() else { return Map::new() };
    let mut shown = tagged(object.ty, object.properties.clone());
    shown.insert("deletedDateTime".to_owned(), moment(at));
    shown
}

fn list(call: &RoutedCall<'_>, ty: Type, rest: &[&str]) -> Result<Reply, Refusal> {
    if !is_kept(ty) {
        return Err(not_modelled(&format!("deleted items of the type '{}'", ty.name())));
    }
    call.allow_as(&format!("{DELETED_ITEMS}/{}", ty.qualified_name()), Need::NOTHING, Standing::Stranger)?;
    let store: &GenericStore = call.tenant.states.get();
    let is_of = |(removed, _): &(&RemovedObject, Timestamp)| removed.object().is_some_and(|object| object.ty.is_a(ty));
    let deleted: Vec<(&RemovedObject, Timestamp)> = store.deleted().filter(is_of).collect();
    let item = |place: usize| deleted.get(place).map(|one| shown(*one)).unwrap_or_default();
    match rest {
        [] => {
            let query = call.query(Options::Directory)?;
            directory::check(&query, &[ty], query.is_advanced())?;
            let list = List {
                context: format!("{}s", ty.name()),
                count: deleted.len(),
                counted: query.is_advanced(),
                types: &[ty.name()],
            };
            call.list(&list, &query, item)
        }
        ["$count"] => {
            let query = call.query(Options::FilterAndSearch)?;
            directory::check_count(&query)?;
            directory::check(&query, &[ty], true)?;
            call.count_of(&[ty.name()], &query, deleted.len(), item)
        }
        _ => Err(call.not_modelled()),
    }
}

/// The type of something deleted and its place, if the caller may do that to it.
fn allowed(call: &RoutedCall<'_>, key: &str, action: &str) -> Result<(Type, StoreLocation), Refusal> {
    let found =
        find(call.tenant.states.get(), key).and_then(|(removed, _)| Some((removed.object()?.ty, removed.place())));
    let (ty, at) = found.ok_or_else(|| not_found(key))?;
    call.allow_as(
        &format!("{DELETED_ITEMS}/{key}/{}{action}", ty.qualified_name()),
        Need::NOTHING,
        Standing::Stranger,
    )?;
    Ok((ty, at))
}

fn read(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    let (ty, _) = allowed(call, key, "")?;
    let query = call.query(Options::Select)?;
    let shown = find(call.tenant.states.get(), key).map(shown).unwrap_or_default();
    call.entity(200, "directoryObjects/$entity", &[ty.name()], shown, &query)
}

fn restore(call: &mut RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    let (ty, at) = allowed(call, key, "/restore")?;
    let query = call.query(Options::Select)?;
    let store: &mut GenericStore = call.tenant.states.get_mut();
    if !store.restore(&at)? {
        return Err(not_found(key));
    }
    let restored = object_at(call.tenant, &at).map(|one| one.properties(call.tenant.states.get())).unwrap_or_default();
    call.entity(200, "directoryObjects/$entity", &[ty.name()], tagged(ty, restored), &query)
}

fn purge(call: &mut RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    let (ty, at) = allowed(call, key, "")?;
    if resource_of(ty).is_some_and(|resource| !resource.facts().can_be_purged) {
        return Err(unsupported(&format!("A deleted object of the type '{}' cannot be deleted for good.", ty.name())));
    }
    let store: &mut GenericStore = call.tenant.states.get_mut();
    store.purge(|removed, _| removed.place() == at);
    Ok(Reply::no_content())
}
