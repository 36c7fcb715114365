//! New objects: their ids, what the service adds, and what they contain and refer to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graphwalk_catalog::{Catalog, Creation, IdForm, Navigation, Type};
use serde_json::{Map, Value};

use crate::http::Refusal;
use crate::ids::Ids;
use crate::odata::moment;
use crate::routes::body::missing_value;
use crate::tenant::Tenant;

use super::locate::normal_key;
use super::sent::{ParsedBody, Scene, Write};
use super::store::{GenericStore, StoreLocation, StoredObject};

/// The properties that say when an object was changed.
const CHANGED: [&str; 2] = ["lastModifiedDateTime", "modifiedDateTime"];

/// An object that is to be put into the store.
#[derive(Debug)]
struct NewObject {
    collection: Option<StoreLocation>,
    at: StoreLocation,
    object: StoredObject,
    references: Vec<(Navigation, Option<StoreLocation>)>,
}

/// Creates an object in a collection from a body, with all that the body contains. Returns its place.
///
/// # Errors
///
/// 400 for a body that cannot be, 404 for a reference to nothing, 409 if the id or another key is taken, 507 if the store is full. Then nothing
/// was created.
pub(super) fn create_in(
    tenant: &mut Tenant,
    scene: Scene<'_>,
    collection: &StoreLocation,
    ty: Type,
    body: Map<String, Value>,
) -> Result<StoreLocation, Refusal> {
    let mut new = Vec::new();
    let at = plan_item(tenant, scene, collection, ty, body, &mut new)?;
    put_all(tenant, new)?;
    Ok(at)
}

/// Creates the one object that belongs at a place.
///
/// # Errors
///
/// 400 for a body that cannot be, 404 for a reference to nothing, 409 if the id or another key is taken, 507 if the store is full.
pub(super) fn create_at(
    tenant: &mut Tenant,
    scene: Scene<'_>,
    at: &StoreLocation,
    ty: Type,
    body: Map<String, Value>,
) -> Result<(), Refusal> {
    let mut new = Vec::new();
    plan_only(tenant, scene, at, ty, body, &mut new)?;
    put_all(tenant, new)
}

/// Puts a changed object in place of the one that is there.
///
/// # Errors
///
/// 409 if a key is taken, 507 if the store is full.
pub(super) fn change(
    tenant: &mut Tenant,
    scene: Scene<'_>,
    at: &StoreLocation,
    ty: Type,
    mut properties: Map<String, Value>,
    references: Vec<(Navigation, Option<StoreLocation>)>,
) -> Result<(), Refusal> {
    for name in CHANGED.into_iter().filter(|name| ty.property(name).is_some()) {
        properties.insert(name.to_owned(), moment(scene.now));
    }
    let store: &mut GenericStore = tenant.states.get_mut();
    let object = StoredObject { ty, properties };
    store.check_keys(at, Some(&object))?;
    store.put(None, at.clone(), object)?;
    refer_all(store, at, references)
}

/// Merges a change into what there is: values that are objects are merged, too, and others replaced (OData 4.0, "Update an
/// entity").
pub(super) fn merge(properties: &mut Map<String, Value>, change: Map<String, Value>) {
    for (name, value) in change {
        match (properties.get_mut(&name), value) {
            (Some(Value::Object(before)), Value::Object(value)) => merge(before, value),
            (_, value) => {
                properties.insert(name, value);
            }
        }
    }
}

fn plan_item(
    tenant: &mut Tenant,
    scene: Scene<'_>,
    collection: &StoreLocation,
    declared: Type,
    body: Map<String, Value>,
    new: &mut Vec<NewObject>,
) -> Result<StoreLocation, Refusal> {
    let (sent, creation, key_name) = read_new(tenant, scene, declared, body)?;
    let id = match sent.properties.get(key_name).and_then(Value::as_str) {
        Some(id) => id.to_owned(),
        None => fresh_id(tenant, collection, &creation, &sent, new)?,
    };
    let at = collection.below(&normal_key(&id));
    let is_taken = tenant.states.get::<GenericStore>().object(&at).is_some() || new.iter().any(|other| other.at == at);
    if is_taken {
        return Err(taken(&id));
    }
    let key = (key_name.to_owned(), Value::from(id));
    plan(tenant, scene, sent, &creation, key, (Some(collection.clone()), at.clone()), new)?;
    Ok(at)
}

/// 409 for an id that is there already.
pub(crate) fn taken(id: &str) -> Refusal {
    let shown: String = id.chars().take(120).collect();
    Refusal::new(409, "Conflict", format!("An object with the id '{shown}' is there already."))
}

fn plan_only(
    tenant: &mut Tenant,
    scene: Scene<'_>,
    at: &StoreLocation,
    declared: Type,
    body: Map<String, Value>,
    new: &mut Vec<NewObject>,
) -> Result<(), Refusal> {
    let (sent, creation, key_name) = read_new(tenant, scene, declared, body)?;
    let name = at.as_path().rsplit('/').next().unwrap_or_default();
    let key = (key_name.to_owned(), sent.properties.get(key_name).cloned().unwrap_or_else(|| Value::from(name)));
    plan(tenant, scene, sent, &creation, key, (None, at.clone()), new)
}

/// Reads a body that creates an object; returns it with the values that the service adds and the name of the key.
fn read_new(
    tenant: &Tenant,
    scene: Scene<'_>,
    declared: Type,
    body: Map<String, Value>,
) -> Result<(ParsedBody, Creation, &'static str), Refusal> {
    let sent = scene.read(tenant, declared, body, Write::Create)?;
    let creation = Catalog::v1().creation(sent.ty);
    let key_name = sent.ty.key().first().copied().unwrap_or("id");
    Ok((sent, creation, key_name))
}

/// Plans an object and what it contains.
fn plan(
    tenant: &mut Tenant,
    scene: Scene<'_>,
    sent: ParsedBody,
    creation: &Creation,
    key: (String, Value),
    (collection, at): (Option<StoreLocation>, StoreLocation),
    new: &mut Vec<NewObject>,
) -> Result<(), Refusal> {
    let ParsedBody { ty, properties: mut own, parts, references } = sent;
    own.shift_remove(&key.0);
    let mut properties = Map::with_capacity(own.len() + 2);
    if ty.property(&key.0).is_some() {
        properties.insert(key.0, key.1);
    }
    for (name, value) in &creation.defaults {
        own.entry(name.clone()).or_insert_with(|| filled(value, &mut tenant.ids));
    }
    for name in CHANGED.into_iter().chain(["createdDateTime"]).filter(|name| ty.property(name).is_some()) {
        own.entry(name).or_insert_with(|| moment(scene.now));
    }
    properties.extend(own);
    new.push(NewObject { collection, at: at.clone(), object: StoredObject { ty, properties }, references });
    for (navigation, part) in parts {
        let Some(ty) = Catalog::v1().type_named(navigation.target) else { continue };
        let place = at.below(navigation.name);
        if navigation.many {
            plan_item(tenant, scene, &place, ty, part, new)?;
        } else {
            plan_only(tenant, scene, &place, ty, part, new)?;
        }
    }
    Ok(())
}

fn put_all(tenant: &mut Tenant, new: Vec<NewObject>) -> Result<(), Refusal> {
    let store: &mut GenericStore = tenant.states.get_mut();
    for NewObject { collection, at, object, references } in &new {
        let put = store.check_keys(at, Some(object));
        let put = put.and_then(|()| store.put(collection.as_ref(), at.clone(), object.clone()));
        let put = put.and_then(|()| refer_all(store, at, references.clone()));
        if let Err(refusal) = put {
            // All or none: the first contains the others.
            if let Some(first) = new.first() {
                store.remove(first.collection.as_ref(), &first.at);
            }
            return Err(refusal);
        }
    }
    Ok(())
}

/// Adds references; one to a single object takes the place of the one before it.
fn refer_all(
    store: &mut GenericStore,
    owner: &StoreLocation,
    references: Vec<(Navigation, Option<StoreLocation>)>,
) -> Result<(), Refusal> {
    for (navigation, target) in references {
        let at = owner.below(navigation.name);
        if !navigation.many {
            let before: Vec<StoreLocation> = store.references(&at).cloned().collect();
            for target in before {
                store.unrefer(&at, &target);
            }
        }
        if let Some(target) = target {
            store.refer(&at, target)?;
        }
    }
    Ok(())
}

fn fresh_id(
    tenant: &mut Tenant,
    collection: &StoreLocation,
    creation: &Creation,
    sent: &ParsedBody,
    new: &[NewObject],
) -> Result<String, Refusal> {
    match &creation.id {
        IdForm::Guid => Ok(tenant.ids.fresh().to_string()),
        IdForm::Sent(property) => {
            let value = sent.properties.get(property).and_then(Value::as_str).filter(|value| !value.is_empty());
            value.map(str::to_owned).ok_or_else(|| missing_value(sent.ty.name(), property))
        }
        IdForm::Pattern(pattern) => {
            let store: &GenericStore = tenant.states.get();
            let planned = new.iter().filter(|other| other.collection.as_ref() == Some(collection)).count();
            let mut number = store.collection(collection).count() + planned + 1;
            // What was deleted leaves a gap.
            while pattern.contains("{number}") && store.object(&collection.below(&number.to_string())).is_some() {
                number += 1;
            }
            Ok(fill(&pattern.replace("{number}", &number.to_string()), &mut tenant.ids))
        }
    }
}

/// A value of the overlay, in which texts may have placeholders.
fn filled(value: &Value, ids: &mut Ids) -> Value {
    match value {
        Value::String(text) => Value::from(fill(text, ids)),
        other => other.clone(),
    }
}

fn fill(text: &str, ids: &mut Ids) -> String {
    let mut text = text.to_owned();
    while let Some(at) = text.find("{guid}") {
        text.replace_range(at..at + "{guid}".len(), &ids.fresh().to_string());
    }
    while let Some(at) = text.find("{hex}") {
        text.replace_range(at..at + "{hex}".len(), &ids.fresh().simple().to_string());
    }
    while let Some(at) = text.find("{opaque}") {
        let (one, two) = (ids.fresh(), ids.fresh());
        let bytes: Vec<u8> = one.as_bytes().iter().chain(two.as_bytes()).copied().collect();
        text.replace_range(at..at + "{opaque}".len(), &URL_SAFE_NO_PAD.encode(bytes));
    }
    text
}
