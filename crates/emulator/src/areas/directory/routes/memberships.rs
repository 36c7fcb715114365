//! What a user or a group is a member of, owns or leads; and the actions that ask for it.

use graphwalk_catalog::{Catalog, Type};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::directory::ObjectRef;
use crate::authority::{Need, Standing};
use crate::generic;
use crate::http::{Refusal, Reply, not_found, not_modelled};
use crate::odata::directory::unsupported;
use crate::odata::path::{self, bound};
use crate::routes::RoutedCall;
use crate::routes::body::bad;

use super::users::{counted, objects};

/// The most ids that `checkMemberGroups` and `checkMemberObjects` take (Graph reference of both).
const MOST_CHECKED: usize = 20;
/// The most ids that `getByIds` takes (Graph reference, "Get directory objects from IDs").
const MOST_GOT: usize = 1000;

/// The relations and actions of users and groups that are answered here.
const ANSWERED: [&str; 8] = [
    "memberof",
    "transitivememberof",
    "directreports",
    "ownedobjects",
    "checkmembergroups",
    "checkmemberobjects",
    "getmembergroups",
    "getmemberobjects",
];

/// Returns whether a relation or an action is answered here.
pub(super) fn answers(segment: &str) -> bool {
    ANSWERED.contains(&bound(segment))
}

/// Answers a call of what the object of an id is related to.
pub(super) fn answer(call: &RoutedCall<'_>, id: Uuid, path: &[&str], standing: Standing) -> Result<Reply, Refusal> {
    let (relation, rest) = path.split_first().map_or(("", path), |(relation, rest)| (bound(relation), rest));
    let directory = call.directory();
    let is_user = directory.users().contains_key(&id);
    let ids = match (call.method(), relation) {
        ("GET", "memberof") => directory.member_of(id),
        ("GET", "transitivememberof") => directory.transitive_member_of(id),
        ("GET", "directreports") if is_user => {
            directory.users().values().filter(|user| user.manager == Some(id)).map(|user| user.id).collect()
        }
        ("GET", "ownedobjects") if is_user => directory.owned_by(id),
        ("POST", "checkmembergroups") if rest.is_empty() => return check(call, id, "groupIds", standing),
        ("POST", "checkmemberobjects") if rest.is_empty() => return check(call, id, "ids", standing),
        ("POST", "getmembergroups" | "getmemberobjects") if rest.is_empty() => return get(call, id, standing),
        _ => return Err(call.not_modelled()),
    };
    // A cast and a count need what the relation needs: the permissions list has few of them.
    let segments = call.path.segments();
    let relation = segments.get(..segments.len().saturating_sub(rest.len())).unwrap_or(segments);
    let path: String = relation.iter().map(|segment| format!("/{segment}")).collect();
    call.allow_as(&path, Need::NOTHING, standing)?;
    list_or_count(call, &ids, rest)
}

/// Answers with objects, with those of a type, or with how many there are.
pub(super) fn list_or_count(call: &RoutedCall<'_>, ids: &[Uuid], rest: &[&str]) -> Result<Reply, Refusal> {
    let (cast, rest) = match rest {
        [segment, rest @ ..] if graphwalk_catalog::unqualified(segment).is_some() => {
            let kind = graphwalk_catalog::unqualified(segment).unwrap_or_default();
            check_cast(call, kind, rest.len() + 1)?;
            (Some(kind), rest)
        }
        _ => (None, rest),
    };
    match rest {
        [] => {
            let context = cast.map_or_else(|| "directoryObjects".to_owned(), |kind| format!("{kind}s"));
            objects(call, &context, ids, cast)
        }
        ["$count"] => {
            let found = ids.iter().filter_map(|id| call.directory().object(*id));
            let found: Vec<ObjectRef<'_>> = found.filter(|one| cast.is_none_or(|kind| kind == one.kind())).collect();
            counted(call, &["user", "group"], found.len(), |place, _| found[place].to_json(true))
        }
        _ => Err(call.not_modelled()),
    }
}

/// Checks a cast, which is followed by so many segments, itself among them. What a relation may lead to in Graph and never does here is
/// not found; roles and administrative units that somebody is in, and what else somebody owns, the area does not know.
fn check_cast(call: &RoutedCall<'_>, kind: &str, segments: usize) -> Result<(), Refusal> {
    let names = path::names(&call.path);
    let relation = names.len().checked_sub(segments + 1).and_then(|at| names.get(at)).map_or("", |name| bound(name));
    let is_owned = relation == "ownedobjects";
    match (relation, kind) {
        (_, "user" | "group") => Ok(()),
        ("members" | "transitivemembers" | "owners", "serviceprincipal" | "device" | "orgcontact") => Ok(()),
        ("directreports", "orgcontact") => Ok(()),
        ("memberof" | "transitivememberof", "directoryrole" | "administrativeunit") => {
            Err(not_modelled(&format!("the cast to {kind} of {relation}")))
        }
        (_, "application" | "serviceprincipal" | "device") if is_owned => {
            Err(not_modelled(&format!("the cast to {kind} of {relation}")))
        }
        _ => Err(unsupported(&format!("The cast 'microsoft.graph.{kind}' is not supported."))),
    }
}

/// `/directoryObjects/getByIds`: the objects of some ids, those that there are.
pub(super) fn get_by_ids(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let body = parameters(call, &["ids", "types"])?;
    let ids = ids(&body, "ids", MOST_GOT)?;
    let types: Vec<&str> =
        body.get("types").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let wanted: Vec<Type> = types.iter().map(|name| directory_type(name)).collect::<Result<_, _>>()?;
    let is_wanted = |ty: Type| wanted.is_empty() || wanted.iter().any(|kind| ty.is_a(*kind));
    let found = ids.iter().filter_map(|id| {
        let own = call.directory().object(*id).map(|one| (directory_type(one.kind()).ok(), one.to_json(false)));
        let (ty, shown) = match own {
            Some((ty, shown)) => (ty?, shown),
            None => generic::directory_object_shown(call.tenant, &id.to_string())?,
        };
        is_wanted(ty).then_some(Value::Object(shown))
    });
    let value: Vec<Value> = found.collect();
    Ok(Reply::json(200, json!({"@odata.context": call.context("directoryObjects"), "value": value})))
}

/// A type of directory objects by its name.
fn directory_type(name: &str) -> Result<Type, Refusal> {
    let ty = Catalog::v1().type_named(name).filter(|ty| ty.is_directory_object());
    ty.ok_or_else(|| bad(format!("Invalid resource type '{name}' was specified.")))
}

/// Answers with those of the ids that are sent of which the object is a member, directly or not.
fn check(call: &RoutedCall<'_>, id: Uuid, parameter: &str, standing: Standing) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, standing)?;
    let body = parameters(call, &[parameter])?;
    let asked = ids(&body, parameter, MOST_CHECKED)?;
    let groups = call.directory().transitive_member_of(id);
    Ok(strings(call, asked.iter().filter(|id| groups.contains(id))))
}

/// Answers with the ids of all groups of which the object is a member, directly or not.
fn get(call: &RoutedCall<'_>, id: Uuid, standing: Standing) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, standing)?;
    let body = parameters(call, &["securityEnabledOnly"])?;
    let security_only = match body.get("securityEnabledOnly") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(only)) => *only,
        Some(_) => return Err(bad("Invalid value specified for property 'securityEnabledOnly': expected a boolean.")),
    };
    let directory = call.directory();
    let groups = directory.transitive_member_of(id);
    let is_security = |id: &&Uuid| {
        let group = directory.groups().get(*id);
        group.and_then(|group| group.properties.get("securityEnabled")).and_then(Value::as_bool).unwrap_or(false)
    };
    Ok(strings(call, groups.iter().filter(|id| !security_only || is_security(id))))
}

fn strings<'a>(call: &RoutedCall<'_>, ids: impl Iterator<Item = &'a Uuid>) -> Reply {
    let context = call.context("Collection(Edm.String)");
    Reply::json(200, json!({"@odata.context": context, "value": ids.collect::<Vec<_>>()}))
}

/// The parameters of an action.
fn parameters(call: &RoutedCall<'_>, known: &[&str]) -> Result<Map<String, Value>, Refusal> {
    let body = call.json()?;
    match body.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(body),
        Some(name) => Err(bad(format!("The parameter '{name}' in the request payload is not a valid parameter."))),
    }
}

fn ids(body: &Map<String, Value>, parameter: &str, most: usize) -> Result<Vec<Uuid>, Refusal> {
    let sent = body.get(parameter).and_then(Value::as_array);
    let sent = sent.ok_or_else(|| bad(format!("A value is required for the parameter '{parameter}'.")))?;
    if sent.len() > most {
        return Err(bad(format!("'{parameter}' takes at most {most} ids.")));
    }
    let id = |sent: &Value| {
        let text = sent.as_str().unwrap_or_default();
        text.parse().map_err(|_| bad(format!("Invalid object identifier '{text}'.")))
    };
    sent.iter().map(id).collect()
}

/// The id of a user or group by a key.
pub(super) fn id_of(call: &RoutedCall<'_>, key: &str) -> Result<Uuid, Refusal> {
    let directory = call.directory();
    directory
        .user(key)
        .map(|user| user.id)
        .or_else(|_| directory.group(key).map(|group| group.id))
        .map_err(|_| not_found(key))
}
