//! Going through a document: finds its secrets, and puts a mark in the place of each, in one. So whatever is found is masked too.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::csv;
use crate::json::JsonReading;
use crate::marks::unredacted;
use crate::masking::Leak;
use crate::named_values::{NamedValues, URL_USER};
use crate::names::{is_opaque_name, is_secret_header, is_secret_name, is_secret_parameter};
use crate::shapes::{decode_base64, looks_opaque};
use crate::tokens::{random_spans, token_spans};

/// The texts that some services write before JSON, so that no page can run it.
const GUARDS: [&str; 6] = [")]}',", ")]}'", "while(1);", "for(;;);", "&&&START&&&", "{}&&"];

/// One way through a document.
pub(crate) struct LeakSearch<'a> {
    /// The text that is put in the place of a secret.
    mark: &'a str,
    /// Whether long random texts are secrets: in a file that is shared they are, in a message they may be an id.
    random: bool,
    pointer: String,
    leaks: Vec<Leak>,
    depth: usize,
}

impl<'a> LeakSearch<'a> {
    pub fn new(mark: &'a str, random: bool, pointer: &str) -> Self {
        Self { mark, random, pointer: pointer.to_owned(), leaks: Vec::new(), depth: 0 }
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

    fn found(&mut self, kind: impl Into<String>) {
        self.leaks.push(Leak { pointer: self.pointer.clone(), kind: kind.into() });
    }

    /// `is_opaque` says that what the value is called is no secret however random it looks.
    fn value(&mut self, value: &mut Value, is_opaque: bool) {
        match value {
            Value::Object(properties) => self.object(properties),
            Value::Array(items) => {
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
        let pair = pair_name(properties).map(str::to_owned);
        let is_cookie = pair.is_some() && is_in_list(&self.pointer, "cookies");
        // Which claims an application asks for, by the kind of token.
        let is_claims = self.pointer.ends_with("/optionalClaims");
        // Whose passwords a recording was made with: the names of people.
        let is_overrides = self.pointer.ends_with("/_overrides");
        // Of a key as JSON Web Keys write it (RFC 7517) the modulus and the coordinates are public.
        let is_web_key = properties.contains_key("kty");
        let is_base64 =
            properties.get("encoding").and_then(Value::as_str).is_some_and(|e| e.eq_ignore_ascii_case("base64"));
        let mut is_decoded = false;
        for (name, value) in properties.iter_mut() {
            let length = self.enter(name);
            let held = pair.as_deref().filter(|_| name == "value");
            let is_secret = !is_claims
                && (is_secret_name(name) || is_secret_header(name) || (!is_overrides && are_secrets(name, value)));
            if is_secret && holds_secret(value) {
                self.found(format!("a value called {name}"));
                *value = Value::from(self.mark);
            } else if let Some(pair) = held.filter(|pair| is_secret_pair(pair, value)) {
                self.found(format!("the value of {pair}"));
                *value = Value::from(self.mark);
            } else if held.is_some() && is_cookie && holds_secret(value) {
                self.found("a cookie");
                *value = Value::from(self.mark);
            } else if is_base64 && name == "text" {
                is_decoded |= self.encoded_text(value);
            } else {
                let is_public = is_web_key && matches!(name.as_str(), "n" | "x" | "y");
                self.value(value, is_public || is_opaque_name(held.unwrap_or(name)));
            }
            self.pointer.truncate(length);
        }
        if is_decoded {
            properties.shift_remove("encoding");
        }
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
        if let Some((guard, mut documents)) = documents(text) {
            let before = self.leaks.len();
            self.pointer.push('#');
            documents.iter_mut().for_each(|document| self.value(document, false));
            self.pointer.pop();
            // Without secrets it stays as it was laid out.
            let lines = || documents.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
            return (self.leaks.len() > before).then(|| format!("{guard}{}", lines()));
        }
        let mut named = NamedValues::new(text);
        if named.secrets.is_empty() {
            named.secrets = csv::secrets_of(text);
        }
        let tokens = token_spans(text, self.depth);
        let random = if self.random && !is_opaque { random_spans(text, &named.opaque) } else { Vec::new() };
        if named.secrets.is_empty() && tokens.is_empty() && random.is_empty() {
            return None;
        }
        let covered =
            |span: &Range<usize>, by: &[Range<usize>]| by.iter().any(|by| by.start < span.end && span.start < by.end);
        let values: Vec<Range<usize>> = named.secrets.iter().map(|(_, value)| value.clone()).collect();
        for (name, _) in &named.secrets {
            let is_user = name == URL_USER;
            self.found(if is_user { "a password in a URL".to_owned() } else { format!("a parameter called {name}") });
        }
        if tokens.iter().any(|token| !covered(token, &values)) {
            self.found("a token");
        }
        if random.iter().any(|word| !covered(word, &values) && !covered(word, &tokens)) {
            self.found("a long random text");
        }
        Some(marked(text, values.into_iter().chain(tokens).chain(random).collect(), self.mark))
    }
}

/// Returns whether a text in base64 is one that holds a secret.
pub(crate) fn hides_secrets(encoded: &str, depth: usize) -> bool {
    let Some(decoded) = decode_base64(encoded).and_then(|bytes| String::from_utf8(bytes).ok()) else { return false };
    let mut search = LeakSearch::new("", false, "");
    search.depth = depth;
    search.text(&decoded, false).is_some()
}

/// Returns whether a token stands in a text, or a secret that the text names. A user in front of a host is for the reader of the URL
/// to judge: a proxy may have one.
pub(crate) fn holds_secret_text(text: &str) -> bool {
    !token_spans(text, 0).is_empty() || NamedValues::new(text).secrets.iter().any(|(name, _)| name != URL_USER)
}

/// `text` with a mark in the place of all spans.
fn marked(text: &str, mut spans: Vec<Range<usize>>, mark: &str) -> String {
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

/// Returns what a pair of a name and a `value` names: HAR has such pairs, and so do the secrets of a synchronization in
/// Graph.
pub(crate) fn pair_name(properties: &Map<String, Value>) -> Option<&str> {
    properties.get("value")?;
    ["name", "key", "keyName", "header", "field"].iter().find_map(|name| properties.get(*name)?.as_str())
}

/// Whether what a pair names is a secret.
pub(crate) fn is_secret_pair(name: &str, value: &Value) -> bool {
    let is_parameter = || is_secret_parameter(name, value.as_str().unwrap_or_default());
    (is_secret_header(name) || is_parameter()) && holds_secret(value)
}

/// Whether a value is a list of secrets by its name: `secrets`, `recoveryKeys`. What is called `tokens` may be words.
fn are_secrets(name: &str, value: &Value) -> bool {
    let (Some(one), Value::Array(items)) = (name.strip_suffix('s'), value) else { return false };
    let must_be_opaque = one.to_ascii_lowercase().ends_with("token");
    is_secret_name(one)
        && !items.is_empty()
        && items.iter().all(|item| item.as_str().is_some_and(|text| !must_be_opaque || looks_opaque(text)))
}

/// Whether anything stands in a value but marks.
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

/// Whether a pointer leads to an item of a list of that name.
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
    let readings: Vec<JsonReading> =
        serde_json::Deserializer::from_str(json).into_iter().collect::<Result<_, _>>().ok()?;
    // A value keeps only one of two with the same name: the text has both.
    let is_twice_named = readings.iter().any(|reading| reading.is_twice_named);
    (!is_twice_named).then(|| (before, readings.into_iter().map(|reading| reading.value).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    fn leaks(json: &Value) -> Vec<String> {
        let mut masked = json.clone();
        let found = LeakSearch::new("***", true, "").replace(&mut masked);
        let again = LeakSearch::new("***", true, "").replace(&mut masked);
        assert_eq!(again, [], "{masked}");
        assert!(!masked.to_string().contains("canary"), "{masked}");
        found.into_iter().map(|leak| format!("{} {}", leak.pointer, leak.kind)).collect()
    }

    #[test]
    fn secrets_that_are_no_strings_are_found_whole() {
        let body = json!({"password": {"value": "canary"}, "pin": 1234, "clientSecret": ["canary"], "token": true, "secret": {}, "otp": null});
        assert_eq!(
            leaks(&body),
            [
                "/password a value called password",
                "/pin a value called pin",
                "/clientSecret a value called clientSecret"
            ]
        );
        let asked = json!({"optionalClaims": {"idToken": [{"name": "auth_time"}], "accessToken": []}});
        assert_eq!(leaks(&asked), [""; 0]);
    }

    #[test]
    fn lists_of_secrets_and_tables_of_them_are_found() {
        let body = json!({"secrets": ["canary-a", "canary-b"], "refresh_tokens": ["canary0canary1"], "tokens": ["a", "word"], "clientSecrets": [], "keys": ["x"]});
        assert_eq!(leaks(&body), ["/secrets a value called secrets", "/refresh_tokens a value called refresh_tokens"]);
        assert_eq!(leaks(&json!({"text": "user,password\na,canary\n"})), ["/text a parameter called password"]);
    }

    #[test]
    fn the_names_of_people_whose_passwords_a_run_made_are_no_secrets() {
        let names = json!(["Adele Vance"]);
        assert_eq!(leaks(&json!({"log": {"_overrides": {"keptPasswords": names}}})), [""; 0]);
        assert_eq!(leaks(&json!({"keptPasswords": names})), ["/keptPasswords a value called keptPasswords"]);
    }

    #[test]
    fn a_public_key_is_no_secret_and_its_private_half_is() {
        let random = "q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1EuXoP5iQw";
        assert_eq!(leaks(&json!({"kty": "RSA", "n": random, "e": "AQAB", "use": "sig"})), [""; 0]);
        assert_eq!(leaks(&json!({"kty": "RSA", "n": random, "d": random})), ["/d a long random text"]);
        assert_eq!(leaks(&json!({"n": random})), ["/n a long random text"]);
    }

    #[test]
    fn a_secret_is_found_though_its_name_comes_again_with_another_value() {
        let body = json!({"text": "{\"id\": \"1\", \"password\": \"canary\", \"password\": \"<redacted>\"}"});
        assert_eq!(leaks(&body), ["/text a parameter called password"]);
    }

    #[test]
    fn pairs_of_graph_and_of_har_are_found() {
        let body =
            json!({"value": [{"key": "SecretToken", "value": "canary"}, {"key": "BaseAddress", "value": "https://x"}]});
        assert_eq!(leaks(&body), ["/value/0/value the value of SecretToken"]);
        let request = json!({
            "headers": [{"name": "X-CSRF-Token", "value": "canary"}, {"name": "ETag", "value": "W/\"q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1E\""}],
            "cookies": [{"name": "sid", "value": "canary"}, {"name": "b", "value": "[REDACTED]"}],
            "queryString": [{"name": "code", "value": "canary-1-canary-2"}, {"name": "$skiptoken", "value": "q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1E"}],
        });
        assert_eq!(
            leaks(&request),
            [
                "/headers/0/value the value of X-CSRF-Token",
                "/cookies/0/value a cookie",
                "/queryString/0/value the value of code"
            ]
        );
    }

    #[test]
    fn json_is_read_however_it_is_wrapped() {
        let guarded = json!(")]}',\n{\"password\": \"canary\"}");
        assert_eq!(leaks(&guarded), ["#/password a value called password"]);
        let lines = json!("{\"password\": \"canary\"}\n{\"a\": [{\"pin\": 7}]}\n");
        assert_eq!(leaks(&lines), ["#/password a value called password", "#/a/0/pin a value called pin"]);
        let encoded = json!({"payload": STANDARD.encode("{\"password\": \"canary\"}"), "log": format!("at {}", STANDARD.encode("<a><Password>canary</Password></a>"))});
        assert_eq!(leaks(&encoded), ["/payload a token", "/log a token"]);
        let harmless = json!({"payload": STANDARD.encode("{\"displayName\": \"Adele\"}")});
        assert_eq!(leaks(&harmless), [""; 0]);
    }

    #[test]
    fn pictures_etags_and_places_in_lists_are_no_secrets() {
        let random = "q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1EuXoP5iQw";
        let picture = STANDARD.encode(
            [&b"\xff\xd8\xff\xe0"[..], &(0..=255).map(|n: u8| n.wrapping_mul(89)).collect::<Vec<_>>()].concat(),
        );
        let body = json!({
            "@odata.etag": format!("W/\"{random}\""), "changeKey": random, "cTag": format!("\"c:{random},2\""), "id": random, "parentFolderId": random,
            "@odata.nextLink": format!("https://graph.microsoft.com/v1.0/users?$skiptoken={random}&$top=1"),
            "contentBytes": picture, "html": format!("<img src=\"data:image/jpeg;base64,{picture}\">"),
            "content": {"text": picture, "encoding": "base64", "mimeType": "image/jpeg"},
        });
        assert_eq!(leaks(&body), [""; 0]);
        assert_eq!(leaks(&json!({"anything": random})), ["/anything a long random text"]);
    }
}
