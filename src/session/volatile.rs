//! Which parts of a body are otherwise each time it is filled in.

use jiff::SignedDuration;
use serde_json::Value;

use super::placeholders::{names_in, seconds_from_now};
use super::{Session, Template};

impl Session {
    /// The places of a body, filled in from `template`, that are otherwise the next time: JSON pointers.
    pub(crate) fn volatile_in(&self, template: &str, filled: &Value) -> Vec<String> {
        let mut places = Vec::new();
        if names_in(template).any(|name| name == "guid" || seconds_from_now(name).is_some()) {
            let later = self.backend.clock().now().saturating_add(SignedDuration::from_hours(1));
            let again = later.ok().and_then(|later| self.captures.fill(template, Template::Json, later).ok());
            if let Some(again) = again.and_then(|text| serde_json::from_str(&text).ok()) {
                differing(filled, &again, "", &mut places);
            }
        }
        places
    }
}

/// The places at which two documents of the same form differ.
pub(crate) fn differing(one: &Value, other: &Value, pointer: &str, places: &mut Vec<String>) {
    let step = |name: &str| format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, value) in one {
                differing(value, other.get(name).unwrap_or(&Value::Null), &step(name), places);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for (index, (value, again)) in one.iter().zip(other).enumerate() {
                differing(value, again, &step(&index.to_string()), places);
            }
        }
        (one, other) if one != other => places.push(pointer.to_owned()),
        _ => {}
    }
}
