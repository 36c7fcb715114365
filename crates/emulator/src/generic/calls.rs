//! The calls of the generic store: which there are, whether the caller may make them, and what they do.

use graphwalk_catalog::{Catalog, Method, PathPlace, Resolved, Type};
use uuid::Uuid;

use crate::areas::directory::denied_me;
use crate::authority::{Need, Standing};
use crate::http::{Refusal, Reply};
use crate::odata::GRAPH;
use crate::odata::query::Options;
use crate::routes::RoutedCall;

use super::answers::{self, Listed};
use super::create::{change, create_at, create_in, merge};
use super::deleted;
use super::locate::{Located, LocatedCollection, One, Presence, locate, named_type};
use super::relations;
use super::sent::{Scene, Write};
use super::store::GenericStore;

/// The target of a path, by its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PathEnd {
    /// An object or a list of them.
    Object,
    /// A property of an object.
    Property(&'static str),
    /// The value of a property as a text: `displayName/$value`.
    RawProperty(&'static str),
    /// `$ref`
    Reference,
    /// `$count`
    Count,
}

/// Answers a call; returns nothing if the store does not model it, or Graph does not have it.
pub(super) fn answer(call: &mut RoutedCall<'_>) -> Option<Result<Reply, Refusal>> {
    let method: Method = call.method().parse().ok().filter(|_| call.path.ambiguity().is_none())?;
    let known = Catalog::v1().call(method, &call.path).ok()?;
    let resolved = known.resolved()?;
    let places = resolved.places();
    let (end, before) = match places.last()? {
        PathPlace::Reference => (PathEnd::Reference, places.len() - 1),
        PathPlace::Count => (PathEnd::Count, places.len() - 1),
        // Its bytes are none of the store's.
        PathPlace::Value => (PathEnd::RawProperty(raw_property(resolved)?), places.len() - 2),
        PathPlace::Property(_) if resolved.target().is_none_or(|target| target.name() == "Edm.Stream") => return None,
        PathPlace::Property(name) => (PathEnd::Property(name), places.len() - 1),
        _ => (PathEnd::Object, places.len()),
    };
    // `members/{id}/$ref` is about the members.
    let (before, of) = match &places[..before] {
        [rest @ .., PathPlace::Key(key)] if end == PathEnd::Reference => (rest.len(), Some(key.as_str())),
        _ => (before, None),
    };
    // A tenant without an area has no user who calls.
    let located = match locate(call.tenant, Some(call.caller.object), resolved, before)? {
        Ok(located) if !is_answered(method, end, &located, call) => return None,
        located => located,
    };
    let target = named_type(resolved.reached(before.checked_sub(1)?))?;
    Some(allow(call, resolved, known.is_listed()).and_then(|()| {
        let context = context_of(&places[..before]);
        act(call, method, end, located?, Path { context, declared: target, key: of })
    }))
}

/// A path, read as far as a call needs.
pub(super) struct Path<'a> {
    /// The part of contexts after `$metadata#`.
    pub context: String,
    /// The type that the path declares of what it leads to.
    pub declared: Type,
    /// The key before `$ref`.
    pub key: Option<&'a str>,
}

/// The property that a path with `$value` at its end asks for; nothing if that is bytes, or no single value.
fn raw_property(resolved: &Resolved) -> Option<&'static str> {
    let before = resolved.places().len().checked_sub(2)?;
    let ty = resolved.reached(before)?;
    let is_raw = ty.name().starts_with("Edm.") && ty.name() != "Edm.Stream" && !ty.is_many();
    match resolved.places().get(before)? {
        PathPlace::Property(name) if is_raw => Some(name),
        _ => None,
    }
}

/// Returns whether the store answers a method at a place at all.
fn is_answered(method: Method, end: PathEnd, located: &Located, call: &RoutedCall<'_>) -> bool {
    use Method::{Delete, Get, Patch, Post, Put};
    match (end, located) {
        (PathEnd::Object, Located::Collection(_)) => matches!(method, Get | Post),
        (PathEnd::Count, Located::Collection(_)) => method == Get,
        // An area may have more of an object than it answers unasked.
        (PathEnd::Property(_) | PathEnd::RawProperty(_), Located::One(one)) => {
            method == Get && !matches!(one.presence, Presence::Area(_))
        }
        (PathEnd::Object, Located::One(one)) => match (&one.presence, method) {
            (_, Get) => true,
            // A reference leads to an object that is changed where it lies, and an area's object by the area.
            (Presence::Area(_), _) => false,
            (Presence::Missing | Presence::Implied, Post) => one.collection.is_none(),
            (_, Patch | Put | Delete) => !one.referred,
            (_, Post) => false,
        },
        (PathEnd::Object | PathEnd::Count, Located::Relation(relation)) => {
            method == Get && !relations::is_unknown(call.tenant, relation)
        }
        (PathEnd::Reference, Located::Relation(relation)) => !relations::is_unknown(call.tenant, relation),
        _ => false,
    }
}

/// Checks that the caller may make the call. Calls that the permissions list does not have are for whoever has every permission.
fn allow(call: &RoutedCall<'_>, resolved: &Resolved, is_listed: bool) -> Result<(), Refusal> {
    let begins_with_me = matches!(resolved.places().first(), Some(PathPlace::Step(root)) if root.name == "me");
    if begins_with_me && call.caller.is_app() {
        return Err(denied_me(call.caller));
    }
    if !is_listed && call.caller.has_all() {
        return Ok(());
    }
    let is_own = |key: &str| call.tenant.object(key).is_some_and(|object| object.id == call.caller.object);
    let is_myself = begins_with_me
        || matches!(resolved.places(), [PathPlace::Step(root), PathPlace::Key(key), ..] if root.name == "users" && is_own(key));
    call.allow(Need::NOTHING, if is_myself { Standing::Myself } else { Standing::Stranger })
}

fn act(
    call: &mut RoutedCall<'_>,
    method: Method,
    end: PathEnd,
    located: Located,
    path: Path<'_>,
) -> Result<Reply, Refusal> {
    match (end, located) {
        (PathEnd::Object, Located::Collection(collection)) if method == Method::Post => {
            create(call, &collection, &path)
        }
        (PathEnd::Object, Located::Collection(collection)) => {
            let query = call.query(list_options(collection.ty))?;
            list(call, collection, path.context).reply(call, &query)
        }
        (PathEnd::Count, Located::Collection(collection)) => {
            let query = call.query(count_options(collection.ty))?;
            list(call, collection, path.context).count(call, &query)
        }
        (PathEnd::Object | PathEnd::Count, Located::Relation(relation)) => {
            relations::read(call, &relation, &path, end == PathEnd::Count)
        }
        (PathEnd::Reference, Located::Relation(relation)) => relations::write(call, method, &relation, &path),
        (PathEnd::Property(name), Located::One(one)) => {
            let one = one.require()?;
            Ok(answers::property(call, &path.context, &one, name))
        }
        (PathEnd::RawProperty(name), Located::One(one)) => Ok(answers::raw_property(call, &one.require()?, name)),
        (_, Located::One(one)) => match method {
            Method::Get => {
                let (one, query) = (one.require()?, call.query(Options::Entity)?);
                answers::entity(call, 200, &path.context, path.declared, &one, &query)
            }
            Method::Patch => patch(call, *one, &path),
            Method::Put | Method::Post => put(call, *one, &path),
            Method::Delete => delete(call, *one),
        },
        // Nothing else is answered: see `is_answered`.
        (_, Located::Collection(_) | Located::Relation(_)) => Err(call.not_modelled()),
    }
}

/// The query options of a list of objects of a type.
pub(super) fn list_options(ty: Type) -> Options {
    if ty.is_directory_object() { Options::Directory } else { Options::All }
}

/// The same of their number.
pub(super) fn count_options(ty: Type) -> Options {
    if ty.is_directory_object() { Options::FilterAndSearch } else { Options::Filter }
}

fn list(call: &RoutedCall<'_>, LocatedCollection { at, ty }: LocatedCollection, context: String) -> Listed {
    let store: &GenericStore = call.tenant.states.get();
    Listed::new(call.tenant, context, ty, store.collection(&at))
}

fn create(call: &mut RoutedCall<'_>, collection: &LocatedCollection, path: &Path<'_>) -> Result<Reply, Refusal> {
    let query = call.query(Options::Entity)?;
    let (body, scene) = (call.annotated_json()?, scene(call));
    let at = create_in(call.tenant, scene, &collection.at, collection.ty, body)?;
    let found = super::locate::object_at(call.tenant, &at);
    let one = found.ok_or_else(|| Refusal::new(500, "InternalServerError", "What was created is not there."))?;
    let location = format!("{GRAPH}/v1.0/{}", answers::path_of(&one));
    let reply = answers::entity(call, 201, &path.context, path.declared, &one, &query)?;
    Ok(reply.header("location", location))
}

fn patch(call: &mut RoutedCall<'_>, one: One, path: &Path<'_>) -> Result<Reply, Refusal> {
    let one = one.require()?;
    let (body, scene) = (call.annotated_json()?, scene(call));
    let mut properties = one.properties(call.tenant.states.get());
    let sent = scene.read(call.tenant, one.ty, body, Write::Change(&properties))?;
    if let Some((navigation, _)) = sent.parts.first() {
        return Err(relations::not_by_patch(navigation.name));
    }
    merge(&mut properties, sent.properties);
    change(call.tenant, scene, &one.at, sent.ty, properties, sent.references)?;
    if !sent.ty.is_patch_answered() {
        return Ok(Reply::no_content());
    }
    let query = call.query(Options::Entity)?;
    answers::entity(call, 200, &path.context, path.declared, &one, &query)
}

/// Replaces an object, or creates the one that belongs at a place.
fn put(call: &mut RoutedCall<'_>, one: One, path: &Path<'_>) -> Result<Reply, Refusal> {
    let (body, scene) = (call.annotated_json()?, scene(call));
    if one.collection.is_none() && !matches!(one.presence, Presence::Stored) {
        create_at(call.tenant, scene, &one.at, one.ty, body)?;
        let query = call.query(Options::Entity)?;
        let one = One { presence: Presence::Stored, ..one };
        return answers::entity(call, 201, &path.context, path.declared, &one, &query);
    }
    let one = one.require()?;
    let before = one.properties(call.tenant.states.get());
    let sent = scene.read(call.tenant, one.ty, body, Write::Change(&before))?;
    if let Some((navigation, _)) = sent.parts.first() {
        return Err(relations::not_by_patch(navigation.name));
    }
    // What the service has set stays.
    let is_kept = |name: &str| one.ty.is_set_by_service(name) || one.ty.key().contains(&name);
    let mut properties = before;
    properties.retain(|name, _| is_kept(name));
    properties.extend(sent.properties);
    change(call.tenant, scene, &one.at, sent.ty, properties, sent.references)?;
    Ok(Reply::no_content())
}

fn delete(call: &mut RoutedCall<'_>, one: One) -> Result<Reply, Refusal> {
    if !matches!(one.presence, Presence::Stored) {
        return Err(crate::http::not_found(&one.key));
    }
    let now = call.now;
    let store: &mut GenericStore = call.tenant.states.get_mut();
    let removed = store.remove(one.collection.as_ref(), &one.at);
    if deleted::is_kept(one.ty) {
        store.keep_deleted(removed, now);
    }
    Ok(Reply::no_content())
}

/// Returns what reading a body needs of a call.
pub(super) fn scene<'a>(call: &RoutedCall<'a>) -> Scene<'a> {
    let version = call.path.version().unwrap_or(graphwalk_catalog::Version::V1);
    let me: Option<Uuid> = (!call.caller.is_app()).then_some(call.caller.object);
    Scene { schemas: call.schemas, now: call.now, me, version, is_seed: false }
}

/// Returns the part of the context after `$metadata#` for the target of a path: `users('1')/messages`.
fn context_of(places: &[PathPlace]) -> String {
    let mut context = String::new();
    // The key of one object stands in its context only where more follows.
    let places = match places {
        [rest @ .., PathPlace::Key(_) | PathPlace::AlternateKey(..)] => rest,
        all => all,
    };
    for place in places {
        match place {
            PathPlace::Step(step) if context.is_empty() => context += step.name,
            PathPlace::Step(step) => context += &format!("/{}", step.name),
            PathPlace::Key(key) => context += &format!("('{}')", key.replace('\'', "''")),
            PathPlace::AlternateKey(name, value) => context += &format!("({name}='{}')", value.replace('\'', "''")),
            PathPlace::Cast(name) => context += &format!("/microsoft.graph.{name}"),
            _ => {}
        }
    }
    context
}
