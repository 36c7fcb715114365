//! JSON bodies.

use serde_json::{Map, Value};

use super::Redactor;
use super::pseudonyms::PseudonymKind;
use crate::numbers::is_shielded;
use graphwalk_secrets::masking::{REDACTED, is_plain_secret_name, is_secret_pair, is_secret_value, pair_name};

/// Properties whose texts are names of people or things, in lower case.
const NAMES: [&str; 7] = ["displayname", "givenname", "surname", "mailnickname", "nickname", "jobtitle", "name"];

impl Redactor<'_> {
    /// Every name and every text of a document.
    pub(super) fn json(&mut self, json: &mut Value, kind: PseudonymKind) {
        match json {
            Value::Object(properties) => *properties = self.properties(std::mem::take(properties)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item, kind)),
            Value::String(text) if is_shielded(text) => {}
            Value::String(text) => *text = self.value(text, kind),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn properties(&mut self, properties: Map<String, Value>) -> Map<String, Value> {
        let pair = pair_name(&properties).map(str::to_owned);
        let redact = |(name, mut value): (String, Value)| {
            let pair = pair.as_deref().filter(|_| name.eq_ignore_ascii_case("value"));
            let is_secret =
                |value: &Value| is_secret_value(&name, value) || pair.is_some_and(|pair| is_secret_pair(pair, value));
            if !is_secret(&value) {
                let kind = if NAMES.contains(&name.to_lowercase().as_str()) {
                    PseudonymKind::Name
                } else {
                    PseudonymKind::Text
                };
                self.json(&mut value, kind);
            }
            // Some names are those of secrets if what they name looks like one, as the pseudonym `text1234` may.
            if is_secret(&value) && holds_something(&value) {
                value = Value::from(self.dropped());
            }
            (self.property(&name), value)
        };
        properties.into_iter().map(redact).collect()
    }

    /// The name of a property: `members`, `members@odata.bind`, `@odata.type`.
    pub(super) fn property(&mut self, name: &str) -> String {
        let index = name.bytes().all(|byte| byte.is_ascii_digit()) && name.len() <= 4;
        if index || is_plain_secret_name(name) || self.public.has_name(name) {
            return name.to_owned();
        }
        match name.split_once('@') {
            Some((before, annotation)) if !before.is_empty() && self.public.has_name(&format!("@{annotation}")) => {
                format!("{}@{annotation}", self.name(before))
            }
            _ => self.name(name),
        }
    }
}

fn holds_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(properties) => !properties.is_empty(),
        Value::Number(_) => true,
    }
}

/// Calls `found` with the JSON pointer of each text that was dropped.
pub(super) fn dropped(json: &Value, pointer: &mut String, found: &mut dyn FnMut(&str)) {
    let length = pointer.len();
    match json {
        Value::Object(properties) => {
            for (name, value) in properties {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                dropped(value, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                dropped(item, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::String(text) if text == REDACTED => found(pointer),
        _ => {}
    }
}
