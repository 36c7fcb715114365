//! The JSON Schema of one type.
//!
//! A type's file holds the properties of its ancestors too, so that a validator needs no second look at an object. A type
//! that others derive from is a choice by `@odata.type`, and its own properties stand in `$defs/self`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::csdl::{Enumeration, Model, Property};
use super::overlay::Overlay;

/// Where the files seem to lie, so that their references to each other can be resolved.
pub const BASE: &str = "graph:///v1.0/";
/// Marks a set of values that Graph may add to: another value is drift, not a violation.
pub const GROWS: &str = "x-may-grow";
/// Names the properties that a POST must have.
pub const REQUIRED_ON_CREATE: &str = "x-required-on-create";

/// How `@odata.type` begins.
pub const TAG: &str = "#microsoft.graph.";

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Makes the documents of a model's types. Only types in `known` get one.
pub struct Documents<'a> {
    pub model: &'a Model,
    pub overlay: &'a Overlay,
    pub known: &'a BTreeSet<String>,
}

impl Documents<'_> {
    /// The file of an entity or complex type, or of an enumeration.
    pub fn document(&self, name: &str) -> Value {
        match self.model.enums.get(name) {
            Some(enumeration) => with_head(name, enumeration_schema(enumeration)),
            None => with_head(name, self.structured(name)),
        }
    }

    fn structured(&self, name: &str) -> Map<String, Value> {
        let derived = self.derived(name);
        if derived.is_empty() {
            return self.object(name);
        }
        let named =
            |ty: &str| json!({"properties": {"@odata.type": {"const": type_tag(ty)}}, "required": ["@odata.type"]});
        let mut choices: Vec<Value> =
            derived.iter().map(|ty| json!({"if": named(ty), "then": {"$ref": self.own(ty)}})).collect();
        let own = json!({"$ref": "#/$defs/self"});
        choices.push(json!({"if": named(name), "then": own}));
        let default = self.overlay.default_type.get(name).map_or(own, |ty| json!({"$ref": self.own(ty)}));
        choices.push(json!({"if": {"required": ["@odata.type"]}, "else": default}));
        let mut tags: Vec<String> = derived.iter().map(|ty| type_tag(ty)).collect();
        tags.insert(0, type_tag(name));
        let mut schema = Map::new();
        schema.insert("type".into(), json!("object"));
        schema.insert("properties".into(), json!({"@odata.type": {"enum": tags, GROWS: true}}));
        schema.insert("allOf".into(), json!(choices));
        schema.insert("$defs".into(), json!({"self": self.object(name)}));
        schema
    }

    /// Where the properties of a type itself stand, without the choice between derived types.
    fn own(&self, name: &str) -> String {
        if self.derived(name).is_empty() { format!("{name}.json") } else { format!("{name}.json#/$defs/self") }
    }

    fn derived(&self, name: &str) -> Vec<&str> {
        self.model.derived(name).into_iter().filter(|ty| self.known.contains(*ty)).collect()
    }

    fn object(&self, name: &str) -> Map<String, Value> {
        let lineage = self.model.lineage(name);
        let mut properties = Map::new();
        for (_, ancestor) in &lineage {
            for property in &ancestor.properties {
                properties.insert(property.name.clone(), self.property(name, property));
            }
        }
        for (_, ancestor) in &lineage {
            for navigation in &ancestor.navigation {
                properties.insert(navigation.clone(), json!(true));
            }
        }
        let entity = lineage.iter().any(|(_, ancestor)| ancestor.entity);
        let mut schema = Map::new();
        schema.insert("type".into(), json!("object"));
        if entity && properties.contains_key("id") {
            schema.insert("required".into(), json!(["id"]));
        }
        if let Some(required) = self.overlay.required_on_create.get(name) {
            schema.insert(REQUIRED_ON_CREATE.into(), json!(required));
        }
        schema.insert("properties".into(), Value::Object(properties));
        // Names with an @ are annotations: of the object, or of the property before it.
        schema.insert(
            "patternProperties".into(),
            json!({"@odata\\.bind$": {"type": ["string", "array"], "items": {"type": "string"}}, "@": true}),
        );
        if !lineage.iter().any(|(_, ancestor)| ancestor.open) {
            schema.insert("additionalProperties".into(), json!(false));
        }
        schema
    }

    fn property(&self, owner: &str, property: &Property) -> Value {
        let of = |said| self.overlay.of_property(said, self.model, owner, &property.name);
        if let Some(values) = self.overlay.of_property(&self.overlay.values, self.model, owner, &property.name) {
            let mut values: Vec<Value> = values.iter().map(|value| json!(value)).collect();
            if property.nullable {
                values.push(Value::Null);
            }
            return json!({"type": types(&["string"], property.nullable), "enum": values, GROWS: true});
        }
        // OData says of a collection's Nullable that it is about the items; Graph answers null for whole collections too.
        let mut schema = self.value(&property.ty.name, property.nullable);
        if let (Some(format), Some(object)) = (of(&self.overlay.formats), schema.as_object_mut()) {
            object.insert("format".into(), json!(format));
        }
        if property.ty.collection {
            return json!({"type": types(&["array"], property.nullable), "items": schema});
        }
        schema
    }

    fn value(&self, ty: &str, nullable: bool) -> Value {
        if let Some(primitive) = ty.strip_prefix("Edm.") {
            return edm(primitive, nullable);
        }
        let kind = if self.model.enums.contains_key(ty) { "string" } else { "object" };
        if !nullable {
            return json!({"$ref": format!("{ty}.json")});
        }
        // Not anyOf: its error would not say what is wrong inside the object.
        json!({"type": [kind, "null"], "if": {"type": kind}, "then": {"$ref": format!("{ty}.json")}})
    }
}

/// The file of a list: the envelope alone, its items are validated one by one.
pub fn collection() -> Value {
    let schema = json!({
        "type": "object",
        "required": ["value"],
        "properties": {
            "value": {"type": "array", "items": {"type": "object"}},
            "@odata.context": {"type": "string"},
            "@odata.count": {"type": "integer", "minimum": 0},
            "@odata.nextLink": {"type": "string", "format": "uri"},
            "@odata.deltaLink": {"type": "string", "format": "uri"}
        },
        "patternProperties": {"@": true},
        "additionalProperties": false
    });
    with_head("collection", schema.as_object().cloned().unwrap_or_default())
}

/// The file of an error's body, in the two shapes that Graph has.
///
/// Source: "Microsoft Graph error responses and resource types"; the second is what the web server of the access review
/// service answers to paths that it does not know.
pub fn error() -> Value {
    let detail = json!({"type": "object", "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "target": {"type": ["string", "null"]}}});
    let schema = json!({
        "type": "object",
        "if": {"required": ["error"]},
        "then": {
            "properties": {
                "error": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": {
                        "code": {"type": "string"},
                        "message": {"type": "string"},
                        "target": {"type": ["string", "null"]},
                        "details": {"type": ["array", "null"], "items": detail},
                        "innerError": {"type": ["object", "null"], "properties": {"date": {"type": "string"}, "request-id": {"type": "string"}, "client-request-id": {"type": "string"}}},
                        "innererror": {"type": ["object", "null"]}
                    }
                }
            }
        },
        "else": {"required": ["Message"], "properties": {"Message": {"type": "string"}}}
    });
    with_head("error", schema.as_object().cloned().unwrap_or_default())
}

/// `#microsoft.graph.user`, as `@odata.type` names a type.
pub fn type_tag(name: &str) -> String {
    format!("{TAG}{name}")
}

fn with_head(name: &str, schema: Map<String, Value>) -> Value {
    let mut document = Map::new();
    document.insert("$schema".into(), json!(DRAFT));
    document.insert("$id".into(), json!(format!("{BASE}{name}.json")));
    document.insert("title".into(), json!(name));
    document.extend(schema);
    Value::Object(document)
}

fn enumeration_schema(enumeration: &Enumeration) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".into(), json!("string"));
    if enumeration.flags {
        let members = enumeration.members.join("|");
        schema.insert("pattern".into(), json!(format!("^({members})( *, *({members}))*$")));
        return schema;
    }
    schema.insert("enum".into(), json!(enumeration.members));
    if enumeration.members.iter().any(|member| member == "unknownFutureValue") {
        schema.insert(GROWS.into(), json!(true));
    }
    schema
}

/// Source of the forms: OData JSON Format 4.01, section 7.1.
fn edm(primitive: &str, nullable: bool) -> Value {
    let formatted = |format: &str| json!({"type": types(&["string"], nullable), "format": format});
    let integer =
        |least: i64, most: i64| json!({"type": types(&["integer"], nullable), "minimum": least, "maximum": most});
    match primitive {
        "Boolean" => json!({"type": types(&["boolean"], nullable)}),
        "Guid" => formatted("uuid"),
        "Date" => formatted("date"),
        "DateTimeOffset" => formatted("date-time"),
        "Duration" => formatted("duration"),
        "TimeOfDay" => formatted("time-of-day"),
        "Byte" => integer(0, 255),
        "SByte" => integer(-128, 127),
        "Int16" => integer(i64::from(i16::MIN), i64::from(i16::MAX)),
        "Int32" => integer(i64::from(i32::MIN), i64::from(i32::MAX)),
        "Int64" => integer(i64::MIN, i64::MAX),
        "Double" | "Single" | "Decimal" => {
            json!({"type": types(&["number", "string"], nullable), "pattern": "^(-?INF|NaN)$"})
        }
        "Untyped" => json!(true),
        "Binary" => formatted("base64url"),
        _ => json!({"type": types(&["string"], nullable)}),
    }
}

fn types(names: &[&str], nullable: bool) -> Value {
    match (names, nullable) {
        ([only], false) => json!(only),
        _ => json!(names.iter().copied().chain(nullable.then_some("null")).collect::<Vec<_>>()),
    }
}
