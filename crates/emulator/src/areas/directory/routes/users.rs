//! `/users` and `/me`.

use graphwalk_catalog::Catalog;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::directory::needs::{USER_WRITER, USER_WRITER_OR_SELF, outranks};
use crate::areas::directory::reference::{bound_id, unsupported_reference};
use crate::areas::directory::user::User;
use crate::areas::directory::{DirectoryCreation, ObjectRef};
use crate::authority::{Need, Standing, denied};
use crate::caller::{Caller, CallerGrant};
use crate::generic::directory_object;
use crate::http::{Refusal, Reply, not_found, not_modelled};
use crate::odata::directory;
use crate::odata::path::bound;
use crate::odata::query::{Options, Query};
use crate::routes::body::bad;
use crate::routes::{List, RoutedCall, known_types};

use super::delta;
use super::groups::is_list;
use super::memberships;

/// The relations of a user that are the directory's. What else belongs to a user is plain data.
pub(super) const RELATIONS: [&str; 2] = ["manager", "createdobjects"];

/// The navigations of a user that `$expand` may name.
const EXPANDABLE: [&str; 2] = ["manager", "memberOf"];
/// The most related objects that `$expand` brings along.
const EXPANDED: usize = 20;

pub(super) fn answer(call: &mut RoutedCall<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    match (call.method(), rest) {
        ("GET", []) => list(call),
        ("POST", []) => create(call),
        ("GET", ["$count"]) => count(call),
        ("GET", [function]) if is_delta(function) => delta::answer(call, "user"),
        (_, [key, rest @ ..]) => one(call, key, rest),
        _ => Err(call.not_modelled()),
    }
}

/// Returns whether a segment in lower case is the function `delta`.
pub(super) fn is_delta(segment: &str) -> bool {
    matches!(bound(segment), "delta" | "delta()")
}

/// `/me`: the signed-in user.
pub(super) fn answer_me(call: &mut RoutedCall<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    let key = call.caller.object.to_string();
    match (call.method(), rest) {
        ("GET", [] | ["manager"]) => {}
        (_, [relation, more @ ..]) if memberships::answers(relation) && is_list(more) => {}
        _ => return Err(call.not_modelled()),
    }
    if !call.is_allowed(Need::NOTHING, Standing::Myself) {
        return Err(denied_me(call.caller));
    }
    match rest {
        [] => read(call, &key),
        ["manager"] => manager(call, &key),
        _ => memberships::answer(call, call.caller.object, rest, Standing::Myself),
    }
}

/// The refusal of `/me`: an app has no user.
pub(crate) fn denied_me(caller: &Caller) -> Refusal {
    if caller.is_app() {
        return Refusal::new(400, "BadRequest", "/me request is only valid with delegated authentication flow.");
    }
    denied()
}

fn one(call: &mut RoutedCall<'_>, key: &str, rest: &[&str]) -> Result<Reply, Refusal> {
    let standing = match call.directory().user(key) {
        Ok(user) if user.id == call.caller.object => Standing::Myself,
        _ => Standing::Stranger,
    };
    match (call.method(), rest) {
        ("GET", []) => {
            call.allow(Need::NOTHING, standing)?;
            read(call, key)
        }
        ("PATCH", []) => {
            call.allow(USER_WRITER_OR_SELF, standing)?;
            let body = call.body_binding("user", &["manager"])?;
            allow_sensitive(call, key, &body, standing)?;
            let identity = call.tenant.identity.clone();
            call.directory_mut().change_user(key, body, &identity)?;
            Ok(Reply::no_content())
        }
        ("DELETE", []) => {
            call.allow(USER_WRITER, standing)?;
            let user = call.directory().user(key)?.id;
            allow_weighty(call, user)?;
            let now = call.now;
            call.directory_mut().delete_user(key, now)?;
            Ok(Reply::no_content())
        }
        (_, [relation, more @ ..]) if memberships::answers(relation) && is_list(more) => {
            match call.directory().user(key) {
                Ok(user) => memberships::answer(call, user.id, rest, standing),
                Err(refusal) => call.allow(Need::NOTHING, standing).and(Err(refusal)),
            }
        }
        ("GET", ["manager"]) => {
            call.allow(Need::NOTHING, standing)?;
            manager(call, key)
        }
        ("PUT", ["manager", "$ref"]) => {
            call.allow(USER_WRITER, standing)?;
            set_manager(call, key)
        }
        ("DELETE", ["manager", "$ref"]) => {
            call.allow(USER_WRITER, standing)?;
            call.directory_mut().user_mut(key)?.manager.take().ok_or_else(|| not_found("manager"))?;
            Ok(Reply::no_content())
        }
        _ => Err(call.not_modelled()),
    }
}

/// Checks that the caller may do what is sensitive to a user, such as deleting or restoring them (reference, "Working with users").
pub(super) fn allow_weighty(call: &RoutedCall<'_>, user: Uuid) -> Result<(), Refusal> {
    let roles = call.directory().roles_of(user);
    let has_weight = match &call.caller.grant {
        // Without a directory role, and no app has one here.
        CallerGrant::Application { .. } => roles.is_empty(),
        CallerGrant::Delegated { roles: own, .. } => outranks(own, &roles),
    };
    if has_weight { Ok(()) } else { Err(denied()) }
}

/// Checks that the caller may change what is sensitive of a user: a password, names and numbers by which somebody signs in.
fn allow_sensitive(
    call: &RoutedCall<'_>,
    key: &str,
    body: &Map<String, Value>,
    standing: Standing,
) -> Result<(), Refusal> {
    let Some(ty) = Catalog::v1().type_named("user").filter(|_| standing != Standing::Myself) else { return Ok(()) };
    if body.keys().any(|name| ty.is_sensitive(name)) {
        allow_weighty(call, call.directory().user(key)?.id)?;
    }
    let lacks = |name: &String| {
        let permissions = ty.write_permissions(name);
        !permissions.is_empty() && !call.caller.has_any(&permissions)
    };
    if body.keys().any(lacks) { Err(denied()) } else { Ok(()) }
}

fn create(call: &mut RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(USER_WRITER, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let body = call.body_binding("user", &["manager"])?;
    let (id, identity) = (call.tenant.ids.fresh(), call.tenant.identity.clone());
    let creation = DirectoryCreation { id, now: call.now, identity: &identity, creator: None };
    let shown = call.directory_mut().create_user(body, creation)?.to_json();
    let reply = call.entity(201, "users/$entity", &["user"], shown, &query)?;
    Ok(reply.header("location", format!("{}/v1.0/users/{id}", crate::odata::GRAPH)))
}

fn list(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = directory_query(call, &["user"])?;
    check_expand(call, &query, "user", &EXPANDABLE)?;
    let users = call.directory().users();
    let list = List { context: "users".to_owned(), count: users.len(), counted: query.is_advanced(), types: &["user"] };
    let whole = |place| users.get_index(place).map(|(_, user)| whole(call, user, &query)).unwrap_or_default();
    call.list_of(&list, &query, whole, |place| {
        let Some((_, user)) = users.get_index(place) else { return Map::new() };
        let mut shown = if query.select.is_some() { user.whole() } else { user.to_json() };
        expand(call, user, &query, &mut shown);
        shown
    })
}

fn read(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    let query = call.query(Options::Entity)?;
    check_expand(call, &query, "user", &EXPANDABLE)?;
    let user = call.directory().user(key)?;
    let mut shown = if query.select.is_some() { user.whole() } else { user.to_json() };
    expand(call, user, &query, &mut shown);
    call.entity(200, "users/$entity", &["user"], shown, &query)
}

fn count(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let users = call.directory().users();
    let whole =
        |place, query: &Query| users.get_index(place).map(|(_, user)| whole(call, user, query)).unwrap_or_default();
    counted(call, &["user"], users.len(), whole)
}

/// A user with all that the filter of a query asks of.
fn whole(call: &RoutedCall<'_>, user: &User, query: &Query) -> Map<String, Value> {
    let mut whole = user.whole();
    if query.filters_by("ownedObjects") {
        let owned = call.directory().owned_by(user.id).into_iter().map(|id| json!({"id": id}));
        whole.insert("ownedObjects".to_owned(), owned.collect());
    }
    whole
}

fn manager(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    let query = call.query(Options::Select)?;
    let manager = call.directory().user(key)?.manager;
    let found = manager.and_then(|id| call.directory().object(id)).ok_or_else(|| not_found("manager"))?;
    call.entity(200, "directoryObjects/$entity", &["user"], found.to_json(query.select.is_some()), &query)
}

fn set_manager(call: &mut RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    let url = reference(call)?;
    check_foreign(call, ("user", "manager"), std::slice::from_ref(&url))?;
    let manager = call.directory().resolved_user(&url)?;
    call.directory_mut().user_mut(key)?.manager = Some(manager);
    Ok(Reply::no_content())
}

/// The URL of the body `{"@odata.id": …}`.
pub(super) fn reference(call: &RoutedCall<'_>) -> Result<String, Refusal> {
    let body: Value = serde_json::from_slice(&call.request.body).unwrap_or_default();
    let url = body.get("@odata.id").and_then(Value::as_str).map(str::to_owned);
    url.ok_or_else(|| bad("A value is required for '@odata.id'."))
}

/// Checks URLs of references to what other parts of the tenant have: what Graph takes there is not modelled, and what it does not take
/// is refused.
pub(super) fn check_foreign(
    call: &RoutedCall<'_>,
    (ty, navigation): (&str, &str),
    urls: &[String],
) -> Result<(), Refusal> {
    for id in urls.iter().filter_map(|url| bound_id(url)) {
        let is_own = call.directory().user(&id).is_ok() || call.directory().group(&id).is_ok();
        let Some(target) = directory_object(call.tenant, &id).filter(|_| !is_own) else { continue };
        let takes = Catalog::v1().type_named(ty).is_some_and(|ty| ty.takes(navigation, target));
        return Err(match takes {
            true => not_modelled(&format!("a '{}' among the {navigation} of a {ty}", target.name())),
            false => unsupported_reference(target.name(), ty, navigation),
        });
    }
    Ok(())
}

/// A list of directory objects, of all types or cast to one.
pub(super) fn objects(
    call: &RoutedCall<'_>,
    context: &str,
    ids: &[Uuid],
    cast: Option<&str>,
) -> Result<Reply, Refusal> {
    let types = cast.as_ref().map_or(&["user", "group"][..], std::slice::from_ref);
    let query = directory_query(call, types)?;
    directory::check_relation(&query)?;
    let directory = &call.directory();
    let whole = |object: ObjectRef<'_>| object.to_json(true);
    let shown = |object: ObjectRef<'_>| object.to_json(query.select.is_some());
    let cast_to: Vec<Uuid>;
    let ids = match cast {
        None => ids,
        Some(kind) => {
            let fits = |id: &&Uuid| directory.object(**id).is_some_and(|object| object.kind() == kind);
            cast_to = ids.iter().filter(fits).copied().collect();
            &cast_to
        }
    };
    let list =
        List { context: context.to_owned(), count: ids.len(), counted: query.is_advanced(), types: &["user", "group"] };
    let one = |place: usize| directory.object(ids[place]);
    call.list_of(
        &list,
        &query,
        |place| one(place).map(whole).unwrap_or_default(),
        |place| one(place).map(shown).unwrap_or_default(),
    )
}

/// The query of a list of directory objects of these types; what is advanced needs `ConsistencyLevel: eventual` and `$count=true`.
pub(super) fn directory_query(call: &RoutedCall<'_>, types: &[&str]) -> Result<Query, Refusal> {
    let query = call.query(Options::Directory)?;
    if query.filters_by("createdObjects") {
        return Err(not_modelled("$filter of createdObjects"));
    }
    directory::check(&query, &known_types(types), query.is_advanced())?;
    Ok(query)
}

/// Returns the number of objects that a filter lets through, for `/$count`, which needs `ConsistencyLevel: eventual`.
pub(super) fn counted(
    call: &RoutedCall<'_>,
    types: &[&str],
    count: usize,
    whole: impl Fn(usize, &Query) -> Map<String, Value>,
) -> Result<Reply, Refusal> {
    let query = call.query(Options::FilterAndSearch)?;
    directory::check_count(&query)?;
    // The segment counts: the header is all that is needed beside it.
    directory::check(&query, &known_types(types), query.eventual)?;
    call.count_of(types, &query, count, |place| whole(place, &query))
}

/// Refuses to expand what a type does not have, and to select of that what directory objects do not have.
pub(super) fn check_expand(call: &RoutedCall<'_>, query: &Query, ty: &str, known: &[&str]) -> Result<(), Refusal> {
    if let Some(name) = query.expand.iter().find(|name| !known.contains(&name.as_str())) {
        let ty = Catalog::v1().type_named(ty);
        if ty.is_some_and(|ty| ty.navigation(name).is_some()) {
            return Err(not_modelled(&format!("$expand of {name}")));
        }
        return Err(Refusal::new(400, "BadRequest", format!("Could not find a navigation property named '{name}'.")));
    }
    let known = |name: &str| ["user", "group"].iter().any(|kind| call.schemas.has_property(kind, name));
    match query.expand_select.values().flatten().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => Err(Refusal::new(400, "BadRequest", format!("Could not find a property named '{name}'."))),
    }
}

/// The first related objects, for `$expand` of `name`.
pub(super) fn expanded(call: &RoutedCall<'_>, query: &Query, name: &str, ids: impl Iterator<Item = Uuid>) -> Value {
    ids.take(EXPANDED).filter_map(|id| expanded_one(call, query, name, id)).collect()
}

/// One related object, for `$expand` of `name`: with what the `$select` in there names.
fn expanded_one(call: &RoutedCall<'_>, query: &Query, name: &str, id: Uuid) -> Option<Value> {
    let object = call.directory().object(id)?;
    let select = query.expand_select.get(name);
    let mut shown = object.to_json(select.is_some());
    if let Some(select) = select {
        shown.retain(|name, _| name.starts_with('@') || select.contains(name));
    }
    Some(Value::Object(shown))
}

fn expand(call: &RoutedCall<'_>, user: &User, query: &Query, shown: &mut Map<String, Value>) {
    for name in &query.expand {
        let value = match name.as_str() {
            "manager" => match user.manager.and_then(|id| expanded_one(call, query, name, id)) {
                Some(manager) => manager,
                None => continue,
            },
            _ => expanded(call, query, name, call.directory().member_of(user.id).into_iter()),
        };
        shown.insert(name.clone(), value);
    }
}

#[cfg(test)]
mod tests {
    use crate::http::{Body, Request, Service as _};
    use crate::seed::Seed;
    use crate::{Emulator, Settings};
    use graphwalk_schema::Schemas;
    use serde_json::{Value, json};

    const SEED: &str = "
        users:
          - {userPrincipalName: megan@contoso.com, displayName: Megan, department: Security}
          - {userPrincipalName: adele@contoso.com, displayName: Adele, manager: megan@contoso.com}
        groups:
          - {id: 6a0c8b3e-1111-4222-8333-944455556666, displayName: Door, members: [megan@contoso.com]}";

    fn get(path: &str, query: &str) -> (u16, Value) {
        let seed = Seed::parse(SEED).unwrap();
        let settings = Settings { seed, admin_token: Some("T".to_owned()), ..Settings::default() };
        let mut request = Request::get(path, query);
        request.headers.insert("authorization", "Bearer T".parse().unwrap());
        let reply = Emulator::new(settings, Schemas::embedded()).unwrap().answer(&request).reply;
        let Body::Json(body) = reply.body else { panic!("JSON, not {:?}", reply.body) };
        (reply.status, body)
    }

    #[test]
    fn an_expanded_object_has_only_the_selected_properties() {
        let selected = json!({"@odata.type": "#microsoft.graph.user", "department": "Security"});
        let (_, adele) = get("/v1.0/users/adele@contoso.com", "$expand=manager($select=department)");
        assert_eq!((&adele["manager"], &adele["displayName"]), (&selected, &json!("Adele")));
        let door = "/v1.0/groups/6a0c8b3e-1111-4222-8333-944455556666";
        let (_, door) = get(door, "$expand=members($select=department),owners");
        assert_eq!((&door["members"], &door["owners"]), (&json!([selected]), &json!([])));
    }

    #[test]
    fn an_invalid_expand_or_select_is_refused_for_one_user_and_for_all() {
        for path in ["/v1.0/users", "/v1.0/users/adele@contoso.com"] {
            for query in ["$expand=shoes", "$expand=manager($select=shoes)"] {
                assert_eq!(get(path, query).0, 400, "{path}?{query}");
            }
            assert_eq!(get(path, "$expand=manager").0, 200, "{path}");
        }
    }
}
