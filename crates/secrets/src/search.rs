//! Going through a document: finds its secrets, and puts a mark in the place of each, in one. So whatever is found is masked too.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::code::is_label;
use crate::command_line;
use crate::csv;
use crate::escapes::Unescaped;
use crate::json::JsonReading;
use crate::markdown;
use crate::marks::unredacted;
use crate::masking::{Leak, asks_for_changes};
use crate::named_values::{NamedValues, URL_USER};
use crate::names::{
    is_jumble, is_opaque_name, is_secret_header, is_secret_name, is_secret_parameter, is_secret_property,
};
use crate::plain::is_plain;
use crate::shapes::{decode_base64, looks_opaque};
use crate::tokens::{random_spans, token_spans, without_harmless};

/// The texts that some services write before JSON, so that no page can run it.
const GUARDS: [&str; 6] = [")]}',", ")]}'", "while(1);", "for(;;);", "&&&START&&&", "{}&&"];

/// The kind of a password in front of a host.
const URL_PASSWORD: &str = "a password in a URL";

/// One way through a document.
pub(crate) struct LeakSearch<'a> {
    /// The text that is put in the place of a secret.
    mark: &'a str,
    /// Whether long random texts are secrets: in a file that is shared they are, in a message they may be an id.
    random: bool,
    pointer: String,
    leaks: Vec<Leak>,
    depth: usize,
    /// Whether it is in a request for changes, whose `token` says from where on they are listed.
    in_changes: bool,
}

impl<'a> LeakSearch<'a> {
    pub fn new(mark: &'a str, random: bool, pointer: &str) -> Self {
        Self { mark, random, pointer: pointer.to_owned(), leaks: Vec::new(), depth: 0, in_changes: false }
    }

    /// Replaces the secrets of a document, and returns where they stood.
    pub fn replace(mut self, json: &mut Value) -> Vec<Leak> {
        self.value(json, false);
        self.leaks
    }

    /// `text` without its secrets; `None` if there are none.
    pub fn replaced(mut self, text: &str) -> Option<String> {
        self.text(text, false)
    }

    fn note_leak(&mut self, kind: impl Into<String>) {
        self.leaks.push(Leak { pointer: self.pointer.clone(), kind: kind.into() });
    }

    /// `is_opaque` says that what the value is called is no secret however random it looks.
    fn value(&mut self, value: &mut Value, is_opaque: bool) {
        match value {
            Value::Object(properties) => self.object(properties),
            Value::Array(items) => {
                self.pairs_in_row(items);
                for (index, item) in items.iter_mut().enumerate() {
                    let length = self.enter(&index.to_string());
                    self.value(item, is_opaque);
                    self.pointer.truncate(length);
                }
            }
            Value::String(text) => {
                if let Some(replaced) = self.text(text, is_opaque) {
                    *text = replaced;
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn enter(&mut self, name: &str) -> usize {
        let length = self.pointer.len();
        self.pointer.push('/');
        if name.contains(['~', '/']) {
            self.pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        } else {
            self.pointer.push_str(name);
        }
        length
    }

    fn object(&mut self, properties: &mut Map<String, Value>) {
        self.names(properties);
        let pair = pair_name(properties).map(str::to_owned);
        let is_cookie = pair.is_some() && is_in_list(&self.pointer, "cookies");
        let holds = ObjectRole::of(&self.pointer);
        let was_in_changes = self.in_changes;
        self.in_changes |= is_request_for_changes(properties);
        // Of a key as JSON Web Keys write it (RFC 7517) the modulus and the coordinates are public.
        let is_web_key = properties.contains_key("kty");
        let is_base64 =
            properties.get("encoding").and_then(Value::as_str).is_some_and(|e| e.eq_ignore_ascii_case("base64"));
        let mut is_decoded = false;
        for (name, value) in properties.iter_mut() {
            let length = self.enter(name);
            let held = pair.as_deref().filter(|_| name.eq_ignore_ascii_case("value"));
            if holds.has_secret(name, value) {
                self.note_leak(format!("a value called {name}"));
                *value = Value::from(self.mark);
            } else if let Some(pair) = held.filter(|pair| !self.is_place(pair) && is_secret_pair(pair, value)) {
                self.note_leak(format!("the value of {pair}"));
                *value = Value::from(self.mark);
            } else if held.is_some() && is_cookie && holds_secret(value) {
                self.note_leak("a cookie");
                *value = Value::from(self.mark);
            } else if is_base64 && name == "text" {
                is_decoded |= self.encoded_text(value);
            } else {
                let is_public = is_web_key && matches!(name.as_str(), "n" | "x" | "y");
                let is_place = held.is_some_and(|pair| self.is_place(pair));
                let is_opaque =
                    is_public || is_place || holds == ObjectRole::Encrypted || is_opaque_name(held.unwrap_or(name));
                self.value(value, is_opaque);
            }
            self.pointer.truncate(length);
        }
        if is_decoded {
            properties.shift_remove("encoding");
        }
        self.in_changes = was_in_changes;
    }

    /// Returns whether a parameter says from where on changes are listed.
    fn is_place(&self, parameter: &str) -> bool {
        self.in_changes && parameter.eq_ignore_ascii_case("token")
    }

    /// Replaces the secrets of names and values in a row, as some programs write headers: `["x-api-key", "…"]`.
    fn pairs_in_row(&mut self, items: &mut [Value]) {
        if !items.len().is_multiple_of(2) || !items.iter().all(Value::is_string) {
            return;
        }
        for (index, pair) in items.chunks_exact_mut(2).enumerate() {
            let [Value::String(name), Value::String(value)] = pair else { continue };
            let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
            let is_named = is_word(name) && (is_secret_header(name) || is_secret_name(name));
            // What begins with a slash is a pointer or a path in a list of such.
            if is_named && is_jumble(value) && unredacted(value) && !value.starts_with('/') {
                let length = self.enter(&(index * 2 + 1).to_string());
                self.note_leak(format!("the value of {name}"));
                self.mark.clone_into(value);
                self.pointer.truncate(length);
            }
        }
    }

    /// Replaces the secrets in the names of properties.
    fn names(&mut self, properties: &mut Map<String, Value>) {
        const SHORTEST: usize = 16;
        // What names have not that Graph or a programmer chose.
        let may_hold = |name: &str| name.len() >= SHORTEST && name.bytes().any(|b| b.is_ascii_digit() || b == b'=');
        if !properties.keys().any(|name| may_hold(name)) {
            return;
        }
        let mut renamed = Map::with_capacity(properties.len());
        for (name, value) in std::mem::take(properties) {
            let replaced = if may_hold(&name) { self.text(&name, false) } else { None };
            renamed.insert(replaced.unwrap_or(name), value);
        }
        *properties = renamed;
    }

    /// HAR may write a body in base64, which hides nothing. Returns whether it is a text now, since it held a secret.
    fn encoded_text(&mut self, value: &mut Value) -> bool {
        let Some(text) = value.as_str() else { return false };
        let Some(decoded) = decode_base64(text) else {
            self.value(value, false);
            return false;
        };
        let replaced = String::from_utf8(decoded).ok().and_then(|decoded| self.text(&decoded, false));
        let is_text = replaced.is_some();
        if let Some(replaced) = replaced {
            *value = Value::from(replaced);
        }
        is_text
    }

    /// The text without its secrets; `None` if there are none.
    fn text(&mut self, text: &str, is_opaque: bool) -> Option<String> {
        if !self.random && is_plain(text) {
            debug_assert!(self.spans(text, is_opaque, 0).is_empty(), "a plain text holds a secret");
            return None;
        }
        if let Some((guard, mut documents)) = documents(text) {
            let before = self.leaks.len();
            self.pointer.push('#');
            documents.iter_mut().for_each(|document| self.value(document, false));
            self.pointer.pop();
            // Without secrets it stays as it was laid out.
            let lines = || documents.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            return (self.leaks.len() > before).then(|| format!("{guard}{}", lines()));
        }
        let found = self.spans(text, is_opaque, 0);
        if found.is_empty() {
            return None;
        }
        let is_within = |span: &SecretSpan, kind: SecretSpanKind| {
            found.iter().any(|by| by.kind < kind && by.range.start < span.range.end && span.range.start < by.range.end)
        };
        for span in found.iter().filter(|span| span.kind == SecretSpanKind::Named) {
            let is_user = span.name == URL_USER;
            let name = &span.name;
            self.note_leak(if is_user { URL_PASSWORD.to_owned() } else { format!("a parameter called {name}") });
        }
        for (kind, words) in [(SecretSpanKind::Token, "a token"), (SecretSpanKind::Random, "a long random text")] {
            if found.iter().any(|span| span.kind == kind && !is_within(span, kind)) {
                self.note_leak(words);
            }
        }
        Some(marked(text, found.into_iter().map(|span| span.range).collect(), self.mark))
    }

    /// The places of secrets in a text, also behind escapes.
    fn spans(&self, text: &str, is_opaque: bool, layer: usize) -> Vec<SecretSpan> {
        const MOST_LAYERS: usize = 3;
        let mut named = NamedValues::new(text);
        if named.secrets.is_empty() {
            named.secrets = csv::secrets_of(text);
        }
        named.secrets.extend(markdown::secrets_of(text));
        named.secrets.extend(command_line::secrets_of(text));
        let unnamed = |kind| move |range| SecretSpan { kind, name: String::new(), range };
        let mut found: Vec<SecretSpan> = named
            .secrets
            .into_iter()
            .map(|(name, range)| SecretSpan { kind: SecretSpanKind::Named, name, range })
            .collect();
        found.extend(token_spans(text, self.depth, self.random).into_iter().map(unnamed(SecretSpanKind::Token)));
        // Escapes are letters and digits themselves: what is random shows without them alone, what is harmless on any layer.
        let random = match Unescaped::new(text).filter(|_| layer < MOST_LAYERS) {
            None if self.random && !is_opaque => random_spans(text, &named.opaque),
            None => Vec::new(),
            Some(unescaped) => {
                let mut random = Vec::new();
                for span in self.spans(&unescaped.text, is_opaque, layer + 1) {
                    let range = unescaped.place(&span.range);
                    let is_known =
                        |known: &SecretSpan| known.range.start <= range.start && range.end <= known.range.end;
                    if span.kind == SecretSpanKind::Random {
                        random.push(range);
                    } else if !found.iter().any(is_known) {
                        found.push(SecretSpan { range, ..span });
                    }
                }
                without_harmless(text, random, &named.opaque)
            }
        };
        found.extend(random.into_iter().map(unnamed(SecretSpanKind::Random)));
        found
    }
}

/// The place of a secret in a text.
struct SecretSpan {
    kind: SecretSpanKind,
    /// Its name, if it is named.
    name: String,
    range: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum SecretSpanKind {
    Named,
    Token,
    Random,
}

/// The role of an object in its document, as far as that says what its properties hold.
#[derive(Clone, Copy, PartialEq)]
enum ObjectRole {
    /// Any object.
    Other,
    /// The claims that an application asks for, by the kind of token.
    Claims,
    /// The names of people whose passwords a recording was made with.
    Overrides,
    /// The properties that a schema describes.
    Schema,
    /// A value that is encrypted for whoever has a key.
    Encrypted,
}

impl ObjectRole {
    fn of(pointer: &str) -> Self {
        match pointer.rsplit('/').next() {
            Some("optionalClaims") => Self::Claims,
            Some("_overrides") => Self::Overrides,
            Some("properties") => Self::Schema,
            Some("encryptedContent") => Self::Encrypted,
            _ => Self::Other,
        }
    }

    /// Returns whether a property of it is a secret by its name.
    fn has_secret(self, name: &str, value: &Value) -> bool {
        is_secret_value(name, value)
            && self != Self::Claims
            && !(self == Self::Overrides && value.is_array())
            && holds_secret(value)
            && !value.as_str().is_some_and(|text| is_label(name, text))
            && !(self == Self::Schema && describes_property(value))
            && !(name.ends_with("_token") && asks_for_claims(value))
    }
}

/// Returns whether an object is a request of HAR that asks for changes.
fn is_request_for_changes(properties: &Map<String, Value>) -> bool {
    let path = || properties.get("url")?.as_str()?.split(['?', '#']).next();
    properties.contains_key("queryString") && path().is_some_and(asks_for_changes)
}

/// Whether a value is a schema of JSON, and no value of what it describes.
fn describes_property(value: &Value) -> bool {
    let Some(schema) = value.as_object() else { return false };
    let is_type = |of: &Value| match of {
        Value::String(of) => {
            ["string", "number", "integer", "boolean", "object", "array", "null"].contains(&of.as_str())
        }
        Value::Array(_) => true,
        _ => false,
    };
    let is_schema = schema.get("type").is_some_and(is_type)
        || ["$ref", "anyOf", "oneOf", "allOf"].iter().any(|word| schema.contains_key(*word));
    is_schema && !schema.contains_key("value")
}

/// Returns whether a value says which claims a token is to have (OpenID Connect, section 5.5): the claims challenge of
/// Entra has such ones.
fn asks_for_claims(value: &Value) -> bool {
    let is_request = |value: &Value| match value {
        Value::Null => true,
        Value::Object(of) => of.keys().all(|name| ["essential", "value", "values"].contains(&name.as_str())),
        _ => false,
    };
    value.as_object().is_some_and(|claims| !claims.is_empty() && claims.values().all(is_request))
}

/// Returns whether a text in base64 is one that holds a secret.
pub(crate) fn hides_secrets(encoded: &str, depth: usize, random: bool) -> bool {
    let Some(decoded) = decode_base64(encoded).and_then(|bytes| String::from_utf8(bytes).ok()) else { return false };
    let mut search = LeakSearch::new("", random, "");
    search.depth = depth;
    search.text(&decoded, false).is_some()
}

/// Returns whether a token stands in a text, or a secret that the text names. A user in front of a host is for the reader of the URL
/// to judge: a proxy may have one.
pub fn holds_token(text: &str) -> bool {
    let mut search = LeakSearch::new("", false, "");
    search.text(text, false);
    search.leaks.iter().any(|leak| leak.kind != URL_PASSWORD)
}

/// `text` with a mark in the place of all spans.
pub(crate) fn marked(text: &str, mut spans: Vec<Range<usize>>, mark: &str) -> String {
    spans.sort_by_key(|span| span.start);
    let (mut marked, mut end) = (String::with_capacity(text.len()), 0);
    for span in spans {
        if span.start >= end {
            marked.push_str(&text[end..span.start]);
            marked.push_str(mark);
        }
        end = end.max(span.end);
    }
    marked.push_str(&text[end..]);
    marked
}

/// Returns the name in a pair of a name and a `value`: `{"name": "code", "value": "…"}`. HAR has such pairs, and so do the secrets of a
/// synchronization in Graph.
pub fn pair_name(properties: &Map<String, Value>) -> Option<&str> {
    properties.get("value").or_else(|| properties.get("Value"))?;
    ["name", "key", "keyName", "header", "field", "Name", "Key"].iter().find_map(|name| properties.get(*name)?.as_str())
}

/// Returns whether a value is a secret by the name that it has in an object.
pub fn is_secret_value(name: &str, value: &Value) -> bool {
    is_secret_name(name)
        || is_secret_header(name)
        || are_secrets(name, value)
        || value.as_str().is_some_and(|text| is_secret_property(name, text))
}

/// Returns whether the `value` of a pair is a secret by the name in it.
pub fn is_secret_pair(name: &str, value: &Value) -> bool {
    let is_parameter = || is_secret_parameter(name, value.as_str().unwrap_or_default());
    (is_secret_header(name) || is_parameter())
        && holds_secret(value)
        && !value.as_str().is_some_and(|text| is_label(name, text))
}

/// Returns whether a value is a list of secrets by its name: `secrets`, `recoveryKeys`. What is called `tokens` may be
/// words.
fn are_secrets(name: &str, value: &Value) -> bool {
    let (Some(one), Value::Array(items)) = (name.strip_suffix('s'), value) else { return false };
    let must_be_opaque = one.to_ascii_lowercase().ends_with("token");
    is_secret_name(one)
        && !items.is_empty()
        && items.iter().all(|item| item.as_str().is_some_and(|text| !must_be_opaque || looks_opaque(text)))
}

/// Returns whether anything stands in a value but marks.
pub(crate) fn holds_secret(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::Number(_) => true,
        Value::String(text) => unredacted(text),
        Value::Array(items) => items.iter().any(holds_secret),
        Value::Object(properties) => {
            properties.iter().any(|(name, value)| !name.starts_with("@odata.") && holds_secret(value))
        }
    }
}

/// Returns whether a pointer leads to an item of a list of that name.
fn is_in_list(pointer: &str, name: &str) -> bool {
    let mut parts = pointer.rsplit('/');
    parts.next().is_some_and(|index| index.bytes().all(|byte| byte.is_ascii_digit())) && parts.next() == Some(name)
}

/// The JSON documents that a text consists of, as bodies are inside HAR, and what stands before them: one, or one a line.
fn documents(text: &str) -> Option<(&str, Vec<Value>)> {
    let trimmed = text.trim_start_matches('\u{feff}').trim_start();
    let guard = GUARDS.iter().find(|guard| trimmed.starts_with(**guard));
    let json = guard.map_or(trimmed, |guard| trimmed[guard.len()..].trim_start());
    if !json.starts_with(['{', '[']) {
        return None;
    }
    let before = guard.map_or("", |guard| &trimmed[..guard.len()]);
    let readings: Vec<JsonReading<Value>> =
        serde_json::Deserializer::from_str(json).into_iter().collect::<Result<_, _>>().ok()?;
    // A value keeps only one of two with the same name: the text has both.
    let is_twice_named = readings.iter().any(|reading| reading.is_twice_named);
    (!is_twice_named).then(|| (before, readings.into_iter().map(|reading| reading.kept).collect()))
}

#[cfg(test)]
mod tests;
