//! What must not stand in a recording or a message: tokens, passwords, cookies.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

/// The text in a recording in place of a secret.
pub const REDACTED: &str = "<redacted>";

/// The text in a message in place of a secret.
const MASK: &str = "***";

/// The names of properties and parameters whose values are secrets, in lower case and without `_` and `-`.
const NAMES: [&str; 28] = [
    "password",
    "newpassword",
    "currentpassword",
    "oldpassword",
    "passphrase",
    "passwd",
    "pwd",
    "secret",
    "clientsecret",
    "secrettext",
    "sharedsecret",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "idtokenhint",
    "clientassertion",
    "assertion",
    "samlresponse",
    "devicecode",
    "usercode",
    "codeverifier",
    "apikey",
    "subscriptionkey",
    "accountkey",
    "sharedaccesskey",
    "sharedaccesssignature",
    "privatekey",
    "sig",
];

/// The headers whose values are secrets, in lower case.
const HEADERS: [&str; 9] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-ms-tokens",
    "x-ms-token-aad-access-token",
    "x-ms-token-aad-id-token",
    "x-api-key",
    "ocp-apim-subscription-key",
];

/// Returns whether a property or parameter of this name holds a secret: `client_secret`, `clientSecret`,
/// `Client-Secret`.
pub fn is_secret_name(name: &str) -> bool {
    const LONGEST: usize = 32;
    if name.len() > LONGEST {
        return false;
    }
    let letters = name.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase);
    NAMES.contains(&letters.collect::<String>().as_str())
}

/// Returns whether a header of this name holds a secret.
pub fn is_secret_header(name: &str) -> bool {
    HEADERS.contains(&name.to_lowercase().as_str())
}

/// Replaces the secrets of a JSON document by `***`: whatever stands under a secret's name, also as a pair of `name` and
/// `value`, and all texts that look like tokens.
pub fn mask(json: &mut Value) {
    replace(json, MASK);
}

/// Replaces the secrets of a JSON document by `<redacted>`, before it is kept anywhere.
pub fn drop_from(json: &mut Value) {
    replace(json, REDACTED);
}

fn replace(json: &mut Value, mark: &str) {
    match json {
        Value::Object(properties) => {
            let pair_is_secret = properties
                .get("name")
                .and_then(Value::as_str)
                .is_some_and(|name| is_secret_name(name) || is_secret_header(name));
            for (name, value) in properties {
                let secret = is_secret_name(name) || (pair_is_secret && name == "value");
                if secret && !value.is_null() && !value.is_boolean() {
                    *value = Value::from(mark);
                } else {
                    replace(value, mark);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, mark)),
        Value::String(text) => *text = replaced_text(text, mark),
        _ => {}
    }
}

/// `text` with its secrets replaced by `***`: those of JSON or of a form inside it, and everything that looks like a
/// token.
pub fn masked_text(text: &str) -> String {
    replaced_text(text, MASK)
}

/// `text` with its secrets replaced by `<redacted>`, before it is kept anywhere.
pub fn dropped_from_text(text: &str) -> String {
    replaced_text(text, REDACTED)
}

fn replaced_text(text: &str, mark: &str) -> String {
    if let Some(inner) = inner_json(text) {
        let mut replaced = inner.clone();
        replace(&mut replaced, mark);
        // Without secrets it stays as it was laid out.
        return if replaced == inner { text.to_owned() } else { replaced.to_string() };
    }
    let mut out = String::with_capacity(text.len());
    let mut start = 0;
    for secret in token_spans(text) {
        out.push_str(&text[start..secret.start]);
        out.push_str(mark);
        start = secret.end;
    }
    out.push_str(&text[start..]);
    let assigned = assignments(&out);
    for (_, value) in assigned.into_iter().rev() {
        out.replace_range(value, mark);
    }
    out
}

/// The values that a text gives to secrets, in order, each with the secret's name: those of a query or a fragment, of a
/// form, of a connection string.
fn assignments(text: &str) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices().chain([(text.len(), '&')]) {
        if !(c.is_whitespace() || "&;?#,\"'`(){}[]<>".contains(c)) {
            continue;
        }
        if let Some((name, value)) = text[start..at].split_once('=')
            && !value.is_empty()
        {
            let name = parameter_name(name);
            if is_secret_name(&name) {
                found.push((name, at - value.len()..at));
            }
        }
        start = at + c.len_utf8();
    }
    found
}

fn parameter_name(name: &str) -> String {
    percent_encoding::percent_decode_str(name).decode_utf8_lossy().trim().to_owned()
}

/// The JSON document that a text is, as bodies are inside HAR.
fn inner_json(text: &str) -> Option<Value> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with(['{', '[']) { serde_json::from_str(text).ok() } else { None }
}

/// Returns whether a token stands in a text, or a secret that the text names.
pub fn holds_token(text: &str) -> bool {
    !token_spans(text).is_empty() || assignments(text).iter().any(|(_, value)| unredacted(&text[value.clone()]))
}

/// Returns the places of tokens in a text, in order.
fn token_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    if let Some(at) = text.find("-----BEGIN ").filter(|at| text[*at..].contains("PRIVATE KEY-----")) {
        spans.push(at..text.len());
    }
    let (mut start, mut after_scheme) = (0, false);
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        if !ends_word(c) {
            continue;
        }
        let word = &text[start..at];
        let covered = spans.last().is_some_and(|span| start < span.end);
        if !covered && looks_like_token(word) {
            spans.push(start..at);
        } else if !covered && after_scheme && !word.is_empty() {
            // An opaque token may have characters that end a word elsewhere.
            let ends = |c: char| c.is_whitespace() || "\"',;<>&".contains(c);
            let end = text[start..].find(ends).map_or(text.len(), |length| start + length);
            if looks_opaque(&text[start..end]) {
                spans.push(start..end);
            }
        }
        if !word.is_empty() {
            after_scheme = ["bearer", "basic"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
        }
        start = at + c.len_utf8();
    }
    spans
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || "\"'`,;:=&<>()[]{}/?#|\\".contains(c)
}

/// A JSON web token: three parts of base64url, the first a JSON object; the same in base64 once more; an opaque refresh
/// token of Entra; or a client secret of Entra, which has `Q~` after three characters and a digit.
fn looks_like_token(word: &str) -> bool {
    let base64url =
        |part: &str| part.len() >= 8 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    let parts: Vec<&str> = word.split('.').collect();
    match parts.as_slice() {
        [head, body, rest @ ..] if head.starts_with("eyJ") => base64url(head) && base64url(body) && rest.len() <= 3,
        [version, token, ..] if matches!(*version, "0" | "1") => token.len() > 60 && base64url(token),
        [twice, ..] if twice.starts_with("ZXlK") => twice.len() > 40 && base64url(twice),
        _ => is_client_secret(word),
    }
}

fn is_client_secret(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    matches!(word.len(), 37..=44)
        && word.as_bytes()[3].is_ascii_digit()
        && &word.as_bytes()[4..6] == b"Q~"
        && word.bytes().all(fits)
}

/// A long text that nobody has made up: capitals, small letters and digits in a jumble.
fn looks_random(word: &str) -> bool {
    const SHORTEST: usize = 32;
    let class = |byte: u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    };
    let bytes = word.as_bytes();
    if bytes.len() < SHORTEST || !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-_~".contains(byte)) {
        return false;
    }
    // Names that are joined change their class at each joint only, random texts at every other character.
    let changes = bytes.windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    (0..3).all(|wanted| bytes.iter().any(|byte| class(*byte) == wanted)) && changes * 5 >= bytes.len() * 2
}

/// Whether a word is an id that Graph makes of other ids, such as that of a role assignment: random GUIDs in base64 for URLs,
/// and a number. By chance alone a random text of this length is one in four thousand.
fn is_encoded_id(word: &str) -> bool {
    let Some((guids, number)) = word.rsplit_once('-') else { return false };
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(guids) else { return false };
    // Version 4 and its variant, where the first three groups of a GUID lie backwards.
    let is_random_guid = |guid: &[u8]| guid[7] >> 4 == 4 && guid[8] >> 6 == 2;
    let is_number = number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number && [32, 48].contains(&bytes.len()) && bytes.chunks_exact(16).all(is_random_guid)
}

/// Returns what may be a token where it follows `Bearer`; prose and the parameters of a `WWW-Authenticate` have no
/// digits.
fn looks_opaque(word: &str) -> bool {
    word.len() >= 12 && word.bytes().any(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic())
}

/// A secret that stands in a recording: where, and of what kind. Never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// The JSON pointer into the file; of a body the pointer inside it follows after `#`.
    pub pointer: String,
    /// The kind of secret.
    pub kind: String,
}

/// The secrets that stand anywhere in a HAR file.
pub fn leaks(har: &Value) -> Vec<Leak> {
    let mut leaks = Vec::new();
    leaks_at(har, "", &mut leaks);
    leaks
}

/// Adds the secrets of a piece of a HAR file, which stands at `pointer`.
pub fn leaks_at(piece: &Value, pointer: &str, leaks: &mut Vec<Leak>) {
    walk(piece, &mut pointer.to_owned(), leaks);
}

fn walk(value: &Value, pointer: &mut String, leaks: &mut Vec<Leak>) {
    match value {
        Value::Object(properties) => {
            named_pair(properties, pointer, leaks);
            base64_leaks(properties, pointer, leaks);
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
    if let Some(inner) = inner_json(text) {
        walk(&inner, &mut format!("{pointer}#"), leaks);
        return;
    }
    if !token_spans(text).is_empty() {
        leaks.push(Leak { pointer: pointer.to_owned(), kind: "a token".to_owned() });
    }
    for (name, value) in assignments(text) {
        if unredacted(&text[value]) {
            leaks.push(Leak { pointer: pointer.to_owned(), kind: format!("a parameter called {name}") });
        }
    }
    if text.split(ends_word).any(|word| looks_random(word) && !looks_like_token(word) && !is_encoded_id(word)) {
        leaks.push(Leak { pointer: pointer.to_owned(), kind: "a long random text".to_owned() });
    }
}

/// HAR may write a body in base64, which hides nothing.
fn base64_leaks(properties: &serde_json::Map<String, Value>, pointer: &str, leaks: &mut Vec<Leak>) {
    let text = |name: &str| properties.get(name).and_then(Value::as_str);
    if let (Some("base64"), Some(body)) = (text("encoding"), text("text"))
        && let Some(body) = STANDARD.decode(body.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok())
    {
        text_leaks(&body, &format!("{pointer}/text"), leaks);
    }
}

fn unredacted(value: &str) -> bool {
    !value.is_empty() && ![REDACTED, MASK, "%3Credacted%3E"].contains(&value)
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
    fn an_id_that_is_made_of_ids_is_no_secret() {
        let id = "5wuT_mJe20eRr5jDpJo4satDkTMeVE9IsBfhcH6WLTQ-1";
        assert!(looks_random(id) && is_encoded_id(id));
        // One bit of a GUID's version or another length: that may be anything.
        for word in [&id.replacen("20e", "21e", 1), &id[..44], &id[2..]] {
            assert!(!is_encoded_id(word), "{word}");
        }
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
    fn tokens_are_found_whatever_stands_around_them() {
        for text in [
            format!("token:{TOKEN}"),
            format!("https://x/{TOKEN}/y"),
            format!("[{TOKEN}]"),
            "Authorization: Bearer a1/B2+c3D4e5F6g7==".to_owned(),
            "bearer  canary-0123456789".to_owned(),
            "0.".to_owned() + &"AXoAb1".repeat(12),
        ] {
            assert_eq!(leaks(&json!(text)).len(), 1, "{text}");
            let masked = masked_text(&text);
            assert!(masked.contains(MASK) && leaks(&json!(masked)).is_empty(), "{masked}");
            assert!(!["eyJ", "canary", "c3D4", "AXoA"].iter().any(|part| masked.contains(part)), "{masked}");
        }
    }

    #[test]
    fn secrets_inside_bodies_forms_and_pairs_are_masked() {
        let mut entry = json!({
            "url": "https://x/y?a=1&access_token=canary-1",
            "headers": [{"name": "Authorization", "value": "Bearer canary-2"}, {"name": "Accept", "value": "*/*"}],
            "postData": {"text": "\n {\"password\": \"canary-3\", \"keep\": 1}"},
            "form": "grant_type=refresh&refresh_token=canary-4&keep=1",
        });
        mask(&mut entry);
        assert!(!entry.to_string().contains("canary"), "{entry}");
        assert_eq!(entry["url"], "https://x/y?a=1&access_token=***");
        assert_eq!(entry["form"], "grant_type=refresh&refresh_token=***&keep=1");
        assert_eq!(entry["headers"][1]["value"], "*/*");
    }

    #[test]
    fn secrets_of_every_kind_are_found_and_what_only_looks_like_one_is_not() {
        for secret in [
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
            "Basic dXNlcjpodW50ZXIy",
            &STANDARD.encode(TOKEN),
            "abC8Q~canary0canary0canary0canary0canary",
            "https://x/cb#id_token=canary&state=1",
            "Endpoint=sb://x/;SharedAccessKey=canary;Name=y",
            "https://x.blob.core.windows.net/y?sv=1&sig=canary%3D",
            "a7Gk2Lm9Qx4Rt8Zw1Bc6Nd3Vf5Hj0Ps7Yk",
        ] {
            assert_eq!(leaks(&json!({"text": secret})).len(), 1, "{secret}");
        }
        for named in ["clientSecret", "refresh_token", "device_code", "Client-Assertion", "apiKey"] {
            assert_eq!(leaks(&json!({named: "canary"})).len(), 1, "{named}");
        }
        for harmless in [
            "#microsoft.graph.accessReviewInstanceDecisionItemAccessPackageAssignmentPolicyResource",
            "https://graph.microsoft.com/v1.0/$metadata#users(id,displayName)/$entity",
            "2d56c364-0695-4ec6-8b92-4c1db7c80f1b_eb75ccd2-59ef-48b7-8f76-cc3f33f899f4",
            "AccessReviewScheduleDefinition2ForGroups3AndTeams4WithGuests",
            "a basic understanding of reviews in 2022",
            "$skiptoken=X%2744537074",
            "secret=<redacted>&sig=%3Credacted%3E",
        ] {
            assert_eq!(leaks(&json!({"text": harmless, "passwordPolicies": "None"})), [], "{harmless}");
        }
    }

    #[test]
    fn secrets_are_dropped_before_they_are_kept() {
        let mut body = json!({"clientSecret": {"a": "canary"}, "isSecret": true, "text": "x?sig=canary&y=1"});
        drop_from(&mut body);
        assert_eq!(body, json!({"clientSecret": REDACTED, "isSecret": true, "text": "x?sig=<redacted>&y=1"}));
        assert_eq!(dropped_from_text("{\n  \"a\": 1\n}"), "{\n  \"a\": 1\n}");
    }

    #[test]
    fn base64_hides_no_secret() {
        let har = json!({"text": STANDARD.encode("{\"password\": \"canary\"}"), "encoding": "base64"});
        let found = leaks(&har);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].pointer, "/text#/password");
    }

    #[test]
    fn redacted_text_is_not_reported_as_a_leak() {
        let har = json!({"name": "Authorization", "value": REDACTED, "password": REDACTED, "text": "eyJ is how tokens begin, a bearer of news",
            "challenge": "Bearer authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\""});
        assert_eq!(leaks(&har), []);
    }
}
