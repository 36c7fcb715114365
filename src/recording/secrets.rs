//! What must not stand in a recording or a message: tokens, passwords, cookies.

use serde_json::Value;

/// What stands in a recording where a secret stood.
pub const REDACTED: &str = "<redacted>";

/// What stands in a message instead of a secret.
const MASK: &str = "***";

/// The names of properties and parameters whose values are secrets, in lower case.
const NAMES: [&str; 9] = [
    "password",
    "newpassword",
    "currentpassword",
    "client_secret",
    "secrettext",
    "access_token",
    "refresh_token",
    "id_token",
    "client_assertion",
];

/// The headers whose values are secrets, in lower case.
const HEADERS: [&str; 5] = ["authorization", "proxy-authorization", "cookie", "set-cookie", "x-ms-tokens"];

/// Whether a property or parameter of this name holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    NAMES.contains(&name.to_lowercase().as_str())
}

/// Whether a header of this name holds a secret.
pub fn is_secret_header(name: &str) -> bool {
    HEADERS.contains(&name.to_lowercase().as_str())
}

/// Replaces the secrets of a JSON document by `***`: whatever stands under a secret's name, and all texts that look like
/// tokens.
pub fn mask(json: &mut Value) {
    match json {
        Value::Object(properties) => {
            for (name, value) in properties {
                if is_secret_name(name) && !value.is_null() {
                    *value = Value::from(MASK);
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::String(text) if holds_token(text) => *text = masked_text(text),
        _ => {}
    }
}

/// `text` with everything that looks like a token replaced by `***`.
pub fn masked_text(text: &str) -> String {
    let masked = |word: &str| if looks_like_token(word) { MASK.to_owned() } else { word.to_owned() };
    let ends_word = |c: char| c.is_whitespace() || "\"',;=&<>()".contains(c);
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars() {
        if ends_word(c) {
            out.push_str(&masked(&word));
            word.clear();
            out.push(c);
        } else {
            word.push(c);
        }
    }
    out + &masked(&word)
}

/// Whether a token stands in the text.
pub fn holds_token(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || "\"',;=&<>()".contains(c)).any(looks_like_token)
}

/// A JSON web token: three parts of base64url, the first a JSON object; or an opaque refresh token of Entra.
fn looks_like_token(word: &str) -> bool {
    let base64url =
        |part: &str| part.len() >= 8 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let parts: Vec<&str> = word.split('.').collect();
    match parts.as_slice() {
        [head, body, rest @ ..] if head.starts_with("eyJ") => base64url(head) && base64url(body) && rest.len() <= 3,
        [version, token, ..] if matches!(*version, "0" | "1") => token.len() > 60 && base64url(token),
        _ => false,
    }
}

/// A secret that stands in a recording: where, and of what kind. Never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The JSON pointer into the file; of a body the pointer inside it follows after `#`.
    pub pointer: String,
    /// What kind of secret.
    pub kind: String,
}

/// The secrets that stand anywhere in a HAR file.
pub fn leaks(har: &Value) -> Vec<Leak> {
    let mut leaks = Vec::new();
    walk(har, &mut String::new(), &mut leaks);
    leaks
}

fn walk(value: &Value, pointer: &mut String, leaks: &mut Vec<Leak>) {
    match value {
        Value::Object(properties) => {
            named_pair(properties, pointer, leaks);
            for (name, inner) in properties {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                if is_secret_name(name) && inner.as_str().is_some_and(unredacted) {
                    leaks.push(Leak { pointer: pointer.clone(), kind: format!("a value called {name}") });
                } else {
                    walk(inner, pointer, leaks);
                }
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let length = pointer.len();
                pointer.push_str(&format!("/{index}"));
                walk(item, pointer, leaks);
                pointer.truncate(length);
            }
        }
        Value::String(text) => text_leaks(text, pointer, leaks),
        _ => {}
    }
}

/// HAR writes headers, cookies and parameters as pairs of `name` and `value`.
fn named_pair(properties: &serde_json::Map<String, Value>, pointer: &str, leaks: &mut Vec<Leak>) {
    let text = |name: &str| properties.get(name).and_then(Value::as_str);
    let (Some(name), Some(value)) = (text("name"), text("value")) else { return };
    if unredacted(value) && (is_secret_header(name) || is_secret_name(name)) {
        leaks.push(Leak { pointer: format!("{pointer}/value"), kind: format!("the value of {name}") });
    } else if unredacted(value) && pointer.contains("/cookies/") {
        leaks.push(Leak { pointer: format!("{pointer}/value"), kind: "a cookie".to_owned() });
    }
}

fn text_leaks(text: &str, pointer: &str, leaks: &mut Vec<Leak>) {
    // The text of a body is JSON inside JSON, or a form.
    if text.starts_with(['{', '['])
        && let Ok(inner) = serde_json::from_str::<Value>(text)
    {
        walk(&inner, &mut format!("{pointer}#"), leaks);
        return;
    }
    if holds_token(text) {
        leaks.push(Leak { pointer: pointer.to_owned(), kind: "a token".to_owned() });
    }
    let query = text.split_once('?').map_or(text, |(_, query)| query);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        if is_secret_name(&name) && unredacted(&value) {
            leaks.push(Leak { pointer: pointer.to_owned(), kind: format!("a parameter called {name}") });
        }
    }
}

fn unredacted(value: &str) -> bool {
    !value.is_empty() && value != REDACTED && value != MASK
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJncmFwaCJ9.c2lnbmF0dXJl";

    #[test]
    fn tokens_and_passwords_are_masked_wherever_they_stand() {
        let mut body = json!({"Password": "canary-1", "a": [format!("Bearer {TOKEN}")], "keep": "plain"});
        mask(&mut body);
        assert_eq!(body, json!({"Password": "***", "a": ["Bearer ***"], "keep": "plain"}));
    }

    #[test]
    fn a_canary_is_found_in_every_position_of_a_recording() {
        let inside = json!({"passwordProfile": {"password": "canary-2"}}).to_string();
        let har = json!({"log": {"entries": [{
            "request": {
                "url": format!("https://x/y?access_token=canary-3"),
                "headers": [{"name": "Authorization", "value": "Bearer canary-4"}],
                "cookies": [{"name": "session", "value": "canary-5"}],
                "queryString": [{"name": "client_secret", "value": "canary-6"}],
                "postData": {"text": inside},
            },
            "response": {"content": {"text": format!("token={TOKEN}")}},
        }]}});
        let found = leaks(&har);
        assert_eq!(found.len(), 6, "{found:?}");
        assert!(!format!("{found:?}").contains("canary"));
    }

    #[test]
    fn what_is_redacted_is_no_leak() {
        let har = json!({"name": "Authorization", "value": REDACTED, "password": REDACTED, "text": "eyJ is how tokens begin"});
        assert_eq!(leaks(&har), []);
    }
}
