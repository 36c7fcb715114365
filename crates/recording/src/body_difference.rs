//! Comparing a request's body with a recorded one.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::numbers::{read_json, shielded_number};
use super::{RequestBody, batch, body, multipart};
use graphwalk_secrets::masking;

/// The number of lines of a difference that a message shows.
const SHOWN: usize = 20;

/// The beginning of a digest of a body.
const DIGEST: &str = "sha256:";

/// Returns what a recording has in the place of a file that was sent: its digest, by which the same file is known again. A
/// form in parts has that of its parts: what stands between them is another each time.
pub fn digest(bytes: &[u8]) -> String {
    let parts = multipart::parts_of(bytes);
    let digest = ring::digest::digest(&ring::digest::SHA256, parts.as_deref().unwrap_or(bytes));
    digest.as_ref().iter().fold(DIGEST.to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

/// Returns whether a text is a digest as [`digest`] makes it.
pub(super) fn is_digest(text: &str) -> bool {
    let is_hex = |hex: &str| hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    text.strip_prefix(DIGEST).is_some_and(is_hex)
}

/// The JSON of a body without what is declared volatile; of any other body the digest.
pub(super) fn comparable(body: &RequestBody, volatile: &[String]) -> RequestBody {
    let mut body = body.clone();
    match &mut body {
        RequestBody::Json(json) => {
            volatile.iter().for_each(|pointer| remove(json, pointer));
            fold_numbers(json);
            batch::fold_urls(json);
        }
        RequestBody::Text(text) if !is_digest(text) => *text = digest(text.as_bytes()),
        RequestBody::Text(_) | RequestBody::Empty => {}
    }
    body
}

/// The body of a request as it was sent.
pub(super) fn request_body(bytes: &[u8]) -> RequestBody {
    if bytes.is_empty() {
        return RequestBody::Empty;
    }
    let json = std::str::from_utf8(body::bytes_without_mark(bytes)).ok().and_then(|text| read_json(text).ok());
    match json {
        Some(json) => RequestBody::Json(json),
        None => RequestBody::Text(std::str::from_utf8(bytes).map_or_else(|_| digest(bytes), str::to_owned)),
    }
}

/// The lines that differ, `-` recorded and `+` sent, with one line of context; secrets are masked on both sides.
pub(super) fn difference(recorded: &RequestBody, sent: &RequestBody) -> Vec<String> {
    let (recorded, sent) = (render(recorded), render(sent));
    let diff = TextDiff::from_lines(&recorded, &sent);
    let mut lines = Vec::new();
    for group in diff.grouped_ops(1) {
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            lines.push(format!("  {sign} {}", change.value().trim_end()));
        }
    }
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        lines.truncate(SHOWN);
        lines.push(format!("    and {more} lines more"));
    }
    lines
}

fn render(body: &RequestBody) -> String {
    match body {
        RequestBody::Empty => "(no body)\n".to_owned(),
        RequestBody::Text(text) => format!("{}\n", masking::masked_text(text)),
        RequestBody::Json(json) => {
            let mut json = sorted(json);
            masking::mask(&mut json);
            format!("{json:#}\n")
        }
    }
}

/// The same JSON with the properties of every object in the order of their names: their order means nothing.
fn sorted(json: &Value) -> Value {
    match json {
        Value::Object(properties) => {
            let mut pairs: Vec<(&String, &Value)> = properties.iter().collect();
            pairs.sort_by_key(|(name, _)| *name);
            Value::Object(pairs.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// Writes whole numbers as such: `1.0` and `1e0` are what other writers of JSON make of 1.
#[expect(clippy::cast_possible_truncation, reason = "only whole numbers that a float has exactly")]
fn fold_numbers(json: &mut Value) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if let Some(number) = json.as_str().and_then(shielded_number) {
        *json = Value::Number(number);
    }
    match json {
        Value::Object(properties) => properties.values_mut().for_each(fold_numbers),
        Value::Array(items) => items.iter_mut().for_each(fold_numbers),
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|value| value.fract() == 0.0 && value.abs() <= EXACT);
            if let Some(value) = whole {
                *json = Value::from(value as i64);
            }
        }
        _ => {}
    }
}

fn remove(json: &mut Value, pointer: &str) {
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    if let Some(Value::Object(properties)) = json.pointer_mut(parent) {
        properties.shift_remove(&name.replace("~1", "/").replace("~0", "~"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn volatile_values_are_not_compared() {
        let volatile = ["/passwordProfile/password".to_owned()];
        let of = |password: &str| RequestBody::Json(json!({"a": 1, "passwordProfile": {"password": password}}));
        assert_eq!(comparable(&of("x"), &volatile), comparable(&of("y"), &volatile));
        let other = RequestBody::Json(json!({"a": 2, "passwordProfile": {"password": "x"}}));
        assert_ne!(comparable(&of("x"), &volatile), comparable(&other, &volatile));
    }

    #[test]
    fn a_number_is_the_same_however_it_is_written() {
        let of = |text: &str| comparable(&request_body(text.as_bytes()), &[]);
        assert_eq!(of("{\"a\": [1.0, 10e1, -0.0]}"), of("{\"a\": [1, 100, 0]}"));
        assert_eq!(of("{\"a\": 9007199254740993}"), of("{\"a\": 9007199254740993}"));
        assert_eq!(of("[123456789012345678901234567890, 15e-1]"), of("[1.23456789012345678901234567890E29, 1.5]"));
        assert_ne!(of("{\"a\": 9007199254740993}"), of("{\"a\": 9007199254740992}"));
        assert_ne!(of("{\"a\": 1.5}"), of("{\"a\": 1}"));
        assert_eq!(of("\u{feff}{\"a\": 1}"), of("{\"a\": 1}"));
    }

    #[test]
    fn a_form_in_parts_is_compared_by_its_parts() {
        let form = |boundary: &str, value: &str| {
            let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{value}\r\n");
            format!("{head}--{boundary}\r\ncontent-type: text/plain\r\nX: 1\r\n\r\nb\r\n--{boundary}--\r\n")
        };
        let compared = |text: &str| comparable(&request_body(text.as_bytes()), &[]);
        assert_eq!(compared(&form("xyz", "1")), compared(&form("--WebKit77", "1")));
        assert_eq!(
            compared(&form("xyz", "1")),
            compared(&form("q", "1").replace("\r\n", "\n")),
            "as a HAR may have it"
        );
        assert_ne!(compared(&form("xyz", "1")), compared(&form("xyz", "2")));
        let photo = |boundary: &str| {
            [format!("--{boundary}\r\n\r\n").as_bytes(), b"\xff\xd8", format!("\r\n--{boundary}--").as_bytes()].concat()
        };
        assert_eq!(comparable(&request_body(&photo("a")), &[]), comparable(&request_body(&photo("b")), &[]));
    }

    #[test]
    fn the_parts_of_a_batch_are_compared_as_requests_are() {
        let of = |url: &str| {
            let body = json!({"requests": [{"id": "1", "method": "GET", "url": url}]}).to_string();
            comparable(&request_body(body.as_bytes()), &[])
        };
        assert_eq!(of("/me/Messages/AAx?$select=id&$top=1"), of("/me/messages/AAx?$top=1&%24Select=id"));
        assert_eq!(of("users?$top=1"), of("/users?top=1"));
        assert_ne!(of("/me/messages/AAx"), of("/me/messages/AAX"));
    }

    #[test]
    fn a_file_is_known_again_by_its_digest() {
        let compared = |body: &RequestBody| comparable(body, &[]);
        let photo = [0xff, 0xd8, 0x00];
        assert_eq!(compared(&RequestBody::Text(digest(&photo))), compared(&request_body(&photo)));
        assert_eq!(compared(&RequestBody::Text("a,b".to_owned())), compared(&request_body(b"a,b")));
        assert_eq!(compared(&RequestBody::Text(digest(b"a,b"))), compared(&request_body(b"a,b")));
        assert_ne!(compared(&RequestBody::Text(digest(b"a,b"))), compared(&request_body(b"a,c")));
        assert!(is_digest(&digest(b"")) && !is_digest("sha256:ab"));
    }

    #[test]
    fn only_what_differs_is_shown_and_passwords_are_masked() {
        let recorded = RequestBody::Json(json!({"a": 1, "b": 2, "c": 3, "d": 4, "password": "one"}));
        let sent = RequestBody::Json(json!({"d": 4, "c": 3, "b": 2, "a": 9, "password": "two"}));
        insta::assert_snapshot!(difference(&recorded, &sent).join("\n"));
    }
}
