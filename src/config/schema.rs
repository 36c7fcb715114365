//! The JSON Schema of `graphwalk.toml`, for editors: made of the keys that the reader knows, with what the template says of them.
//!
//! What a variable may add, such as the app of a sign-in, is not demanded. That no value is a secret, only the reader can tell.

use graphwalk_catalog::ResourceFacts;
use serde_json::{Map, Value, json};

use super::TEMPLATE;
use super::forms::FORMS;
use super::given::largest;
use super::keys::{ACTOR_KEYS, Key, KeyShape, SETTINGS};
use super::read::words_of;

/// Returns the schema, of draft 2020-12.
pub(crate) fn json_schema() -> Value {
    let mut properties = Map::new();
    for key in &SETTINGS {
        let (table, name) = key.name.split_once('.').unwrap_or(("", key.name));
        let keys = if table.is_empty() {
            &mut properties
        } else {
            let table = properties.entry(table).or_insert_with(|| table_of(json!({}), table));
            let Some(keys) = table.get_mut("properties").and_then(Value::as_object_mut) else { continue };
            keys
        };
        keys.insert(name.to_owned(), value(key, &description(table, name)));
    }
    properties.insert("actors".to_owned(), actors());
    let by_name = |table: &str, of: Value| json!({"type": "object", "description": description(table, ""), "additionalProperties": of});
    let object = json!({"type": "string", "pattern": "^/[^?#]+$"});
    properties.insert("may-change".to_owned(), by_name("may-change", object));
    properties.insert("values".to_owned(), by_name("values", json!({"type": "string", "pattern": "\\S"})));
    let mut resource = ResourceFacts::json_schema();
    let definitions = resource.as_object_mut().and_then(|resource| resource.remove("$defs")).unwrap_or_default();
    if let Some(resource) = resource.as_object_mut() {
        resource.remove("$schema");
    }
    let resources = json!({"type": "array", "description": description("may-create", ""), "items": resource});
    properties.insert("may-create".to_owned(), resources);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "graphwalk.toml",
        "description": format!("How graphwalk {} reaches a tenant.", env!("CARGO_PKG_VERSION")),
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": definitions,
    })
}

fn table_of(properties: Value, name: &str) -> Value {
    json!({
        "type": "object",
        "description": description(name, ""),
        "additionalProperties": false,
        "properties": properties,
    })
}

fn value(key: &Key, description: &str) -> Value {
    let mut schema = match key.shape {
        KeyShape::Truth => json!({"type": "boolean"}),
        KeyShape::Seconds | KeyShape::Port | KeyShape::Mebibytes => {
            json!({"type": "integer", "minimum": 1, "maximum": largest(key.shape)})
        }
        KeyShape::List => json!({"type": "array", "items": {"type": "string", "pattern": "^[A-Za-z0-9._:/-]*$"}}),
        KeyShape::Variable => json!({"type": "string", "pattern": "^\\s*[A-Za-z_][A-Za-z0-9_]*\\s*$"}),
        KeyShape::Path => json!({"type": "string", "pattern": "\\S", "not": {"pattern": "://"}}),
        KeyShape::Text => match words_of(key.name) {
            words if words.is_empty() => json!({"type": "string", "pattern": "\\S"}),
            words => json!({"enum": words}),
        },
    };
    if !description.is_empty() {
        schema["description"] = json!(description);
    }
    if let Some(default) = key.default {
        // As it would stand in the file: a number or a truth as such, a text without its quotes.
        let is_text = matches!(key.shape, KeyShape::Text | KeyShape::Path);
        schema["default"] = serde_json::from_str(default).ok().filter(|_| !is_text).unwrap_or_else(|| json!(default));
    }
    schema
}

/// The actors: each has the keys that belong to its way to sign in.
fn actors() -> Value {
    let used_by = |name: &str| {
        let forms = FORMS.iter().filter(|form| form.needs.contains(&name) || form.may_have.contains(&name));
        forms.map(|form| form.word).collect::<Vec<_>>().join(", ")
    };
    let described = |key: &Key| match key.name {
        "sign-in" => "How the actor signs in.".to_owned(),
        name => format!("Of an actor that signs in by {}.", used_by(name)),
    };
    let properties: Map<String, Value> =
        ACTOR_KEYS.iter().map(|key| (key.name.to_owned(), value(key, &described(key)))).collect();
    let forms: Vec<Value> = FORMS
        .iter()
        .map(|form| {
            let keys: Vec<&str> = ["sign-in"].iter().chain(form.needs).chain(form.may_have).copied().collect();
            json!({
                "if": {"properties": {"sign-in": {"const": form.word}}, "required": ["sign-in"]},
                "then": {"propertyNames": {"enum": keys}},
            })
        })
        .collect();
    let actor = json!({"type": "object", "additionalProperties": false, "properties": properties, "allOf": forms});
    json!({"type": "object", "description": description("actors", ""), "additionalProperties": actor})
}

/// Returns the template's text above a key or, without one, above a table: the comments before it, and those of its
/// paragraph where several keys stand under one.
fn description(table: &str, key: &str) -> String {
    let (mut comments, mut within) = (Vec::new(), String::new());
    let mut keys_follow = false;
    for line in TEMPLATE.lines() {
        let entry = line.trim_start_matches('#');
        let header = entry.trim_start_matches('[').trim_end_matches(']');
        if entry.starts_with('[') && entry.ends_with(']') {
            within = header.split('.').next().unwrap_or_default().to_owned();
            if key.is_empty() && within == table {
                return comments.join(" ");
            }
        } else if let Some(comment) = line.strip_prefix("# ") {
            if keys_follow {
                comments.clear();
            }
            comments.push(comment.trim());
            keys_follow = false;
            continue;
        } else if line.is_empty() {
            comments.clear();
        } else if within == table && entry.split_once(" = ").is_some_and(|(name, _)| name == key) {
            return comments.join(" ");
        }
        keys_follow = true;
    }
    String::new()
}
