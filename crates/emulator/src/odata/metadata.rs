//! How much OData says of what is answered: `odata.metadata` of the header `Accept`, `minimal` unless it says `full` or `none`
//! (OData JSON Format 4.01, section 3.1).

use graphwalk_catalog::{Catalog, Type, TypeKind, TypeRef};
use graphwalk_schema::{Schemas, Shape};
use serde_json::{Map, Value, json};

use crate::http::{Body, Reply, Request};

use super::GRAPH;

/// The media types of the two levels that are not the default, as Graph writes them.
const FULL: &str = "application/json;odata.metadata=full;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
const NONE: &str = "application/json;odata.metadata=none;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// Annotations that stay whatever is asked for: without them a list could not be read to its end.
const ALWAYS: [&str; 3] = ["@odata.nextLink", "@odata.deltaLink", "@odata.count"];

/// The reply with as much metadata as the request asks for.
pub(crate) fn adapt(mut reply: Reply, request: &Request, schemas: &Schemas) -> Reply {
    let Body::Json(body) = &mut reply.body else { return reply };
    if reply.status >= 300 {
        return reply;
    }
    match level(request).as_deref() {
        Some("none") => {
            strip(body);
            reply.header("content-type", NONE)
        }
        Some("full") => {
            describe(body, request, schemas);
            reply.header("content-type", FULL)
        }
        _ => reply,
    }
}

fn level(request: &Request) -> Option<String> {
    let parameters = request.header("accept")?.split([';', ',']).map(str::trim);
    let named = parameters.filter_map(|parameter| parameter.split_once('='));
    let mut levels = named.filter(|(name, _)| name.trim().eq_ignore_ascii_case("odata.metadata"));
    levels.next().map(|(_, level)| level.trim().trim_matches('"').to_lowercase())
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| ALWAYS.contains(&name.as_str()) || !name.contains("@odata."));
            members.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Adds what follows from the types of what is answered.
fn describe(body: &mut Value, request: &Request, schemas: &Schemas) {
    let Some(operation) = schemas.operation(request.method.as_str(), &request.path) else { return };
    let context = body.get("@odata.context").and_then(Value::as_str).unwrap_or_default();
    let set = context.rsplit('#').next().unwrap_or_default().trim_end_matches("/$entity");
    let set = set.split('(').next().unwrap_or_default().to_owned();
    let declared = |name: &str| Catalog::v1().type_named(name);
    match operation.response {
        Shape::One(name) => {
            if let (Some(ty), Some(entity)) = (declared(&name), body.as_object_mut()) {
                describe_entity(entity, ty, &set);
            }
        }
        Shape::Many(name) => {
            let items = body.get_mut("value").and_then(Value::as_array_mut);
            for entity in items.into_iter().flatten().filter_map(Value::as_object_mut) {
                if let Some(ty) = declared(&name) {
                    describe_entity(entity, ty, &set);
                }
            }
        }
        Shape::NoContent => {}
    }
}

fn describe_entity(entity: &mut Map<String, Value>, declared: Type, set: &str) {
    let own = entity.get("@odata.type").and_then(Value::as_str);
    let ty = own.and_then(|tag| Catalog::v1().type_named(tag.trim_start_matches('#'))).unwrap_or(declared);
    let id = entity.get("id").and_then(Value::as_str).map(str::to_owned);
    describe_properties(entity, ty);
    let Some(id) = id else { return };
    let link = format!("{set}('{id}')");
    entity.insert("@odata.id".to_owned(), json!(format!("{GRAPH}/v1.0/{link}")));
    entity.insert("@odata.editLink".to_owned(), json!(link));
    let mut navigations: Vec<&str> =
        ty.lineage().flat_map(|ancestor| ancestor.own_navigations()).map(|navigation| navigation.name).collect();
    navigations.sort_unstable();
    for name in navigations {
        entity.insert(format!("{name}@odata.associationLink"), json!(format!("{GRAPH}/v1.0/{link}/{name}/$ref")));
        entity.insert(format!("{name}@odata.navigationLink"), json!(format!("{GRAPH}/v1.0/{link}/{name}")));
    }
}

/// Names the type of an object, and those of its properties that their values do not tell.
fn describe_properties(object: &mut Map<String, Value>, ty: Type) {
    object.entry("@odata.type").or_insert_with(|| json!(format!("#microsoft.graph.{}", ty.name())));
    for property in ty.properties() {
        let Some(value) = object.get_mut(property.name) else { continue };
        if let Some(complex) = property.ty.named().filter(|ty| ty.kind() != TypeKind::Enum) {
            let items = match value {
                Value::Array(items) => items.iter_mut().collect(),
                value => vec![value],
            };
            for item in items.into_iter().filter_map(Value::as_object_mut) {
                describe_properties(item, complex);
            }
        }
        if let Some(name) = untold(property.ty).filter(|_| !object[property.name].is_null()) {
            object.insert(format!("{}@odata.type", property.name), json!(name));
        }
    }
}

/// The name of a type that a JSON value does not tell.
fn untold(ty: TypeRef) -> Option<String> {
    let name = match ty.named() {
        Some(named) => format!("microsoft.graph.{}", named.name()),
        None => ty.name().trim_start_matches("Edm.").to_owned(),
    };
    match (ty.is_many(), name.as_str()) {
        (true, _) => Some(format!("#Collection({name})")),
        (false, "String" | "Boolean" | "Double") => None,
        // An object names its type itself.
        (false, _) if ty.named().is_some_and(|named| named.kind() != TypeKind::Enum) => None,
        (false, _) => Some(format!("#{name}")),
    }
}
