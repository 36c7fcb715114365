//! Requests in one body: [JSON batching](https://learn.microsoft.com/graph/json-batching). Each part is a request like any other.

use serde_json::Value;

use super::request_key::RequestKey;

/// The parts of a body that is a batch, of requests or of answers.
pub(super) fn parts_mut(body: &mut Value) -> Option<&mut Vec<Value>> {
    let properties = body.as_object_mut()?;
    let name = ["requests", "responses"].into_iter().find(|name| properties.get(*name).is_some_and(Value::is_array))?;
    properties.get_mut(name)?.as_array_mut()
}

/// Writes the URLs of the requests in a batch so that all which mean the same are the same.
pub(super) fn fold_urls(body: &mut Value) {
    for part in parts_mut(body).into_iter().flatten() {
        if let Some(Value::String(url)) = part.get_mut("url") {
            *url = RequestKey::new("", "", &format!("/v1.0/{}", url.trim_start_matches('/'))).request().to_owned();
        }
    }
}
