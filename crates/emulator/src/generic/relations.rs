//! References to other objects: read, added, removed.

use graphwalk_catalog::Method;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::areas::directory::unsupported_reference;
use crate::http::{Refusal, Reply, already_referenced, not_found};
use crate::odata::query::Options;
use crate::routes::RoutedCall;
use crate::routes::body::bad;
use crate::tenant::Tenant;

use super::answers::{self, Listed};
use super::calls::{Path, count_options, list_options, scene};
use super::locate::{One, Relation, normal_key, object_at};
use super::store::{GenericStore, StoreLocation};

/// Returns whether nothing is known of what a navigation leads to: the service alone decides it, and no body or seed has
/// said it.
pub(super) fn is_unknown(tenant: &Tenant, relation: &Relation) -> bool {
    relation.computed && tenant.states.get::<GenericStore>().references(&relation.at).next().is_none()
}

/// Answers with the objects that a navigation leads to, or with how many there are.
pub(super) fn read(
    call: &RoutedCall<'_>,
    relation: &Relation,
    path: &Path<'_>,
    counts: bool,
) -> Result<Reply, Refusal> {
    if !relation.many {
        let (one, query) = (only(call, relation)?, call.query(Options::Entity)?);
        return answers::entity(call, 200, &path.context, path.declared, &one, &query);
    }
    let store: &GenericStore = call.tenant.states.get();
    let listed = Listed::new(call.tenant, path.context.clone(), relation.ty, store.references(&relation.at));
    let listed = Listed { is_relation: true, ..listed };
    if counts {
        listed.count(call, &call.query(count_options(relation.ty))?)
    } else {
        listed.reply(call, &call.query(list_options(relation.ty))?)
    }
}

/// Answers a call of `$ref`.
pub(super) fn write(
    call: &mut RoutedCall<'_>,
    method: Method,
    relation: &Relation,
    path: &Path<'_>,
) -> Result<Reply, Refusal> {
    match (method, relation.many, path.key) {
        (Method::Get, _, None) => show(call, relation),
        (Method::Post, true, None) => {
            let target = sent_target(call, relation)?;
            let store: &mut GenericStore = call.tenant.states.get_mut();
            if store.refer(&relation.at, target)? {
                Ok(Reply::no_content())
            } else {
                Err(already_referenced(name(relation)))
            }
        }
        (Method::Put, false, None) => {
            let target = sent_target(call, relation)?;
            let store: &mut GenericStore = call.tenant.states.get_mut();
            for before in store.references(&relation.at).cloned().collect::<Vec<StoreLocation>>() {
                store.unrefer(&relation.at, &before);
            }
            store.refer(&relation.at, target)?;
            Ok(Reply::no_content())
        }
        (Method::Delete, false, None) => {
            let one = only(call, relation)?;
            remove(call, relation, &one.at, name(relation))
        }
        (Method::Delete, true, _) => {
            let key = path.key.map(str::to_owned).or_else(|| id_in_query(call));
            let key = key.ok_or_else(|| bad("Which reference is removed has to be said: …/{id}/$ref."))?;
            let store: &GenericStore = call.tenant.states.get();
            let found = store
                .references(&relation.at)
                .find(|target| object_at(call.tenant, target).is_some_and(|one| one.key == normal_key(&key)));
            let target = found.cloned().ok_or_else(|| not_found(&key))?;
            remove(call, relation, &target, &key)
        }
        _ => Err(call.not_modelled()),
    }
}

fn show(call: &RoutedCall<'_>, relation: &Relation) -> Result<Reply, Refusal> {
    call.query(Options::Nothing)?;
    if !relation.many {
        let url = answers::url_of(&only(call, relation)?);
        return Ok(Reply::json(200, json!({"@odata.context": call.context("$ref"), "@odata.id": url})));
    }
    let store: &GenericStore = call.tenant.states.get();
    let targets = store.references(&relation.at).filter_map(|target| object_at(call.tenant, target));
    let value: Vec<Value> = targets.map(|one| json!({"@odata.id": answers::url_of(&one)})).collect();
    Ok(Reply::json(200, json!({"@odata.context": call.context("Collection($ref)"), "value": value})))
}

/// The object that a navigation to one leads to.
fn only(call: &RoutedCall<'_>, relation: &Relation) -> Result<One, Refusal> {
    let store: &GenericStore = call.tenant.states.get();
    let target = store.references(&relation.at).next();
    let found = target.and_then(|target| object_at(call.tenant, target));
    found.filter(|one| one.ty.is_a(relation.ty)).ok_or_else(|| not_found(name(relation)))
}

/// The place that the body `{"@odata.id": …}` names.
fn sent_target(call: &RoutedCall<'_>, relation: &Relation) -> Result<StoreLocation, Refusal> {
    let body: Map<String, Value> = call.annotated_json()?;
    let url = body.get("@odata.id").and_then(Value::as_str);
    let url = url.ok_or_else(|| bad("A value is required for '@odata.id'."))?;
    let target = scene(call).target(call.tenant, relation.ty.name(), url)?;
    check_taken(call.tenant, relation, &target)?;
    Ok(target)
}

/// Checks that a navigation takes an object of the type of the one that a reference leads to.
fn check_taken(tenant: &Tenant, relation: &Relation, target: &StoreLocation) -> Result<(), Refusal> {
    let Some(one) = object_at(tenant, target) else { return Ok(()) };
    if relation.owner.takes(name(relation), one.ty) {
        return Ok(());
    }
    Err(unsupported_reference(one.ty.name(), relation.owner.name(), name(relation)))
}

fn remove(call: &mut RoutedCall<'_>, relation: &Relation, target: &StoreLocation, key: &str) -> Result<Reply, Refusal> {
    let store: &mut GenericStore = call.tenant.states.get_mut();
    if store.unrefer(&relation.at, target) { Ok(Reply::no_content()) } else { Err(not_found(key)) }
}

/// The id at the end of the URL in `$ref?@id=…` (OData 4.0, "Remove a reference to an entity").
fn id_in_query(call: &RoutedCall<'_>) -> Option<String> {
    let mut pairs = call.request.query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, url) = pairs.find(|(name, _)| matches!(*name, "@id" | "$id" | "%40id" | "%24id"))?;
    let url = percent_decode_str(url).decode_utf8().ok()?;
    let path = graphwalk_catalog::ApiPath::parse_reference(&url);
    let last = path.segments().last()?;
    Some(last.key().unwrap_or(last.name()).to_owned())
}

fn name(relation: &Relation) -> &str {
    relation.at.as_path().rsplit('/').next().unwrap_or_default()
}

/// 400 for what has a path of its own.
pub(super) fn not_by_patch(name: &str) -> Refusal {
    bad(format!("'{name}' cannot be changed along with the object: use its own path."))
}
