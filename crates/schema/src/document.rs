//! The JSON Schema of one type.
//!
//! A type's file holds the properties of its ancestors too, so that a validator needs no second look at an object. A type
//! that others derive from is a choice by `@odata.type`, and its own properties stand in `$defs/self`.

use graphwalk_catalog::{Catalog, Fact, Property, Type, TypeKind, TypeRef};
use serde_json::{Map, Value, json};

/// The pretended folder of the files of all versions, so that their references to each other can be resolved.
pub(super) const BASE: &str = "graph:///";
/// Marks a set of values that Graph may add to: another value is drift, not a violation.
pub(super) const GROWS: &str = "x-may-grow";
/// Marks what is documented and not in the metadata: another value is drift.
pub(super) const DOCUMENTED: &str = "x-documented";
/// Of an object that may have other properties than those that are listed: none is a slip of one of these.
pub(super) const OPEN: &str = "x-open";
/// Says of times which other time of the same object they are not before.
pub(super) const NOT_BEFORE: &str = "x-not-before";
/// Names the properties that cannot be written always, and when they can: never, on-create, on-update.
pub(super) const WRITABLE: &str = "x-writable";
/// Names the properties that a POST must have.
pub(super) const REQUIRED_ON_CREATE: &str = "x-required-on-create";
/// The keyword that names the property with which those need not be given.
pub(super) const REQUIRED_UNLESS: &str = "x-required-unless";

/// The beginning of a pattern of texts that do not have some characters.
pub(super) const WITHOUT: &str = "^[^";
/// The beginning of an `@odata.type`.
pub(super) const TAG: &str = "#microsoft.graph.";

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Makes the documents of a catalog's types.
#[derive(Clone, Copy, Debug)]
pub(super) struct Documents {
    pub catalog: Catalog,
}

/// The facts documented of a type and its ancestors: the distance of the ancestor, the property, the fact. The nearest
/// first.
struct Facts(Vec<(usize, &'static str, Fact)>);

impl Documents {
    /// The type of a name, written as the metadata writes it.
    pub fn ty(self, name: &str) -> Option<Type> {
        self.catalog.type_named(name).filter(|ty| ty.name() == name)
    }

    /// Returns the pretended folder of the files.
    pub fn base(self) -> String {
        format!("{BASE}{}/", self.catalog.version())
    }

    /// The file of an entity or complex type, or of an enumeration.
    pub fn document(self, ty: Type) -> Value {
        match ty.kind() {
            TypeKind::Enum => with_head(&self.base(), ty.name(), enumeration_schema(ty)),
            _ if ty.subtypes().next().is_none() => with_head(&self.base(), ty.name(), object(ty)),
            _ => with_head(&self.base(), ty.name(), choice(ty)),
        }
    }

    /// The schema of a type itself, without a choice between derived types, with the places of the file.
    pub fn itself(self, ty: Type) -> Value {
        if ty.kind() == TypeKind::Enum || ty.subtypes().next().is_none() {
            return self.document(ty);
        }
        let mut schema = Map::new();
        schema.insert("$ref".into(), json!("#/$defs/self"));
        schema.insert("$defs".into(), json!({"self": object(ty)}));
        with_head(&self.base(), ty.name(), schema)
    }

    /// The same without its name and place.
    pub fn bare(self, ty: Type) -> Value {
        Value::Object(if ty.kind() == TypeKind::Enum { enumeration_schema(ty) } else { object(ty) })
    }

    /// The part of a file that says which derived types there are.
    pub fn tags(self, ty: Type) -> Value {
        with_head(&self.base(), ty.name(), tagged(ty))
    }
}

fn tagged(ty: Type) -> Map<String, Value> {
    let tags: Vec<String> = std::iter::once(ty).chain(ty.derived()).map(|ty| type_tag(ty.name())).collect();
    let mut schema = Map::new();
    schema.insert("type".into(), json!("object"));
    schema.insert("properties".into(), json!({"@odata.type": {"enum": tags, GROWS: true}}));
    schema
}

fn choice(ty: Type) -> Map<String, Value> {
    let named =
        |ty: Type| json!({"properties": {"@odata.type": {"const": type_tag(ty.name())}}, "required": ["@odata.type"]});
    let mut choices: Vec<Value> =
        ty.derived().map(|ty| json!({"if": named(ty), "then": {"$ref": place(ty)}})).collect();
    let own = json!({"$ref": "#/$defs/self"});
    choices.push(json!({"if": named(ty), "then": own}));
    let default = ty.default_type().map_or(own, |ty| json!({"$ref": place(ty)}));
    choices.push(json!({"if": {"required": ["@odata.type"]}, "else": default}));
    let mut schema = tagged(ty);
    schema.insert("allOf".into(), json!(choices));
    schema.insert("$defs".into(), json!({"self": object(ty)}));
    schema
}

/// Returns the place of the properties of a type itself, without the choice between derived types.
fn place(ty: Type) -> String {
    let name = ty.name();
    if ty.subtypes().next().is_none() { format!("{name}.json") } else { format!("{name}.json#/$defs/self") }
}

fn object(ty: Type) -> Map<String, Value> {
    let mut lineage: Vec<Type> = ty.lineage().collect();
    let facts = Facts::of(&lineage);
    lineage.reverse();
    let mut properties = Map::new();
    for property in lineage.iter().flat_map(|ancestor| ancestor.own_properties()) {
        properties.insert(property.name.to_owned(), property_schema(property, &facts));
    }
    for navigation in lineage.iter().flat_map(|ancestor| ancestor.own_navigations()) {
        properties.insert(navigation.name.to_owned(), Value::Bool(true));
    }
    let mut schema = Map::new();
    schema.insert("type".into(), json!("object"));
    if ty.kind() == TypeKind::Entity && properties.contains_key("id") {
        schema.insert("required".into(), json!(["id"]));
    }
    let (required, unless): (Vec<&str>, Vec<&str>) = ty.required_on_create().unzip();
    if !required.is_empty() {
        schema.insert(REQUIRED_ON_CREATE.into(), json!(required));
        if let Some(other) = unless.iter().find(|other| !other.is_empty()) {
            schema.insert(REQUIRED_UNLESS.into(), json!(other));
        }
    }
    let unwritable: Map<String, Value> =
        ty.unwritable().map(|(name, when)| (name.to_owned(), json!(when.name()))).collect();
    if !unwritable.is_empty() {
        schema.insert(WRITABLE.into(), Value::Object(unwritable));
    }
    schema.insert("properties".into(), Value::Object(properties));
    // Names with an @ are annotations: of the object, or of the property before it.
    schema.insert(
        "patternProperties".into(),
        json!({"@odata\\.bind$": {"type": ["string", "array"], "items": {"type": "string"}}, "@": true}),
    );
    if lineage.iter().any(|ancestor| ancestor.is_open()) {
        schema.insert(OPEN.into(), json!(true));
    } else {
        schema.insert("additionalProperties".into(), json!(false));
    }
    let times = facts.times();
    if !times.is_empty() {
        schema.insert(NOT_BEFORE.into(), Value::Object(times));
    }
    schema
}

impl Facts {
    fn of(lineage: &[Type]) -> Self {
        let of_ancestor = |(distance, ty): (usize, &Type)| {
            ty.value_facts().map(move |(property, fact)| (distance, property, fact)).collect::<Vec<_>>()
        };
        Self(lineage.iter().enumerate().flat_map(of_ancestor).collect())
    }

    /// Returns, for each time that is not before another one, the other one.
    fn times(&self) -> Map<String, Value> {
        let times = self.0.iter().filter_map(|(_, property, fact)| match fact {
            Fact::NotBefore(other) => Some(((*property).to_owned(), json!(other))),
            _ => None,
        });
        times.collect()
    }

    /// Returns the facts documented of a property, by the nearest type that has some.
    fn about(&self, property: &str) -> impl Iterator<Item = Fact> {
        let nearest = self.0.iter().find(|(_, known, _)| *known == property).map(|(distance, ..)| *distance);
        let about = move |(distance, known, _): &&(usize, &str, Fact)| Some(*distance) == nearest && *known == property;
        self.0.iter().filter(about).map(|(.., fact)| *fact)
    }
}

fn property_schema(property: Property, facts: &Facts) -> Value {
    let about: Vec<Fact> = facts.about(property.name).collect();
    // OData says of a collection's Nullable that it is about the items; Graph answers null for whole collections too.
    let item = documented(property, &about).unwrap_or_else(|| value(property.ty.item(), property.nullable));
    if !property.ty.is_many() {
        return item;
    }
    let mut list = json!({"type": types(&["array"], property.nullable), "items": item});
    for fact in about {
        if let (Fact::MostItems(most), Some(keywords)) = (fact, list.as_object_mut()) {
            keywords.insert("maxItems".into(), json!(most));
            keywords.insert(DOCUMENTED.into(), json!(true));
        }
    }
    list
}

/// The schema of a value of which something is documented.
fn documented(property: Property, about: &[Fact]) -> Option<Value> {
    if about.is_empty() {
        return None;
    }
    let values = about.iter().filter_map(|fact| match fact {
        Fact::Value(value) => Some(json!(value)),
        _ => None,
    });
    let values: Vec<Value> = values.collect();
    if !values.is_empty() {
        let values: Vec<Value> = values.into_iter().chain(property.nullable.then_some(Value::Null)).collect();
        return Some(json!({"type": types(&["string"], property.nullable), "enum": values, DOCUMENTED: true}));
    }
    let mut schema = value(property.ty.item(), property.nullable);
    let keywords = schema.as_object_mut()?;
    for fact in about {
        match fact {
            // A key of another form names nothing.
            Fact::Format("uuid") => drop(keywords.insert("format".into(), json!("uuid"))),
            Fact::Format(format) => {
                keywords.insert("format".into(), json!(format));
                keywords.insert(DOCUMENTED.into(), json!(true));
            }
            Fact::Least(least) => {
                keywords.insert("minimum".into(), json!(least));
                keywords.insert(DOCUMENTED.into(), json!(true));
            }
            Fact::Most(most) => {
                keywords.insert("maximum".into(), json!(most));
                keywords.insert(DOCUMENTED.into(), json!(true));
            }
            Fact::Longest(longest) => {
                keywords.insert("maxLength".into(), json!(longest));
                keywords.insert(DOCUMENTED.into(), json!(true));
            }
            Fact::Without(characters) => {
                keywords.insert("pattern".into(), json!(pattern_without(characters)));
                keywords.insert(DOCUMENTED.into(), json!(true));
            }
            _ => {}
        }
    }
    Some(schema)
}

/// The pattern of texts that have none of these characters.
fn pattern_without(characters: &str) -> String {
    let escaped: String =
        characters.chars().flat_map(|c| ['\\', c].into_iter().skip(usize::from(!"\\]^-[".contains(c)))).collect();
    format!("{WITHOUT}{escaped}]*$")
}

fn value(ty: TypeRef, nullable: bool) -> Value {
    let Some(named) = ty.named() else {
        return edm(ty.name().trim_start_matches("Edm."), nullable);
    };
    let (name, kind) = (named.name(), if named.kind() == TypeKind::Enum { "string" } else { "object" });
    if !nullable {
        return json!({"$ref": format!("{name}.json")});
    }
    // Not anyOf: its error would not say what is wrong inside the object.
    json!({"type": [kind, "null"], "if": {"type": kind}, "then": {"$ref": format!("{name}.json")}})
}

/// The file of a list: the envelope alone, its items are validated one by one.
pub(super) fn collection(base: &str) -> Value {
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
    with_head(base, "collection", schema.as_object().cloned().unwrap_or_default())
}

/// The file of an error's body, in the two shapes that Graph has.
///
/// Source: "Microsoft Graph error responses and resource types"; the second is what the web server of the access review
/// service answers to paths that it does not know.
pub(super) fn error(base: &str) -> Value {
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
    with_head(base, "error", schema.as_object().cloned().unwrap_or_default())
}

/// A place in the schemas, without what all of them begin with: `user.json#/properties/id`, `beta/user.json#/properties/id`.
pub(super) fn local(uri: &str) -> &str {
    let rest = uri.strip_prefix(BASE).unwrap_or(uri);
    rest.strip_prefix("v1.0/").unwrap_or(rest)
}

/// `#microsoft.graph.user`, as `@odata.type` names a type.
fn type_tag(name: &str) -> String {
    format!("{TAG}{name}")
}

fn with_head(base: &str, name: &str, schema: Map<String, Value>) -> Value {
    let mut document = Map::new();
    document.insert("$schema".into(), json!(DRAFT));
    document.insert("$id".into(), json!(format!("{base}{name}.json")));
    document.insert("title".into(), json!(name));
    document.extend(schema);
    Value::Object(document)
}

fn enumeration_schema(ty: Type) -> Map<String, Value> {
    let members: Vec<&str> = ty.members().collect();
    let mut schema = Map::new();
    schema.insert("type".into(), json!("string"));
    if members.is_empty() {
        return schema;
    }
    if ty.is_flags() {
        let members = members.join("|");
        schema.insert("pattern".into(), json!(format!("^({members})( *, *({members}))*$")));
        return schema;
    }
    schema.insert("enum".into(), json!(members));
    if members.contains(&"unknownFutureValue") {
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
