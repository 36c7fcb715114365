//! A file with the variables of an exported tutorial, for whoever plays it on one tenant and on another.

use serde_json::{Map, Value, json};

use super::outline::Outline;
use super::settings::settings;

/// Writes a Postman environment: its values come before those of the collection, and the tokens are not shown.
pub fn postman(outline: &Outline) -> String {
    let values: Vec<Value> = settings(outline)
        .iter()
        // An empty value of an environment would hide the one that the collection finds.
        .filter(|setting| !setting.is_found)
        .map(|setting| {
            let kind = if setting.is_secret { "secret" } else { "default" };
            json!({"key": setting.name, "value": setting.value, "type": kind, "enabled": true})
        })
        .collect();
    let name = format!("{} (graphwalk)", outline.tutorial);
    let environment = json!({"name": name, "values": values, "_postman_variable_scope": "environment"});
    format!("{environment:#}\n")
}

/// Writes `http-client.env.json`, with the environment `graph`.
pub fn http_client(outline: &Outline) -> String {
    let values: Map<String, Value> =
        settings(outline).into_iter().map(|setting| (setting.name, Value::from(setting.value))).collect();
    format!("{:#}\n", json!({"graph": values}))
}
