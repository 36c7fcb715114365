//! Comparing a request's body with a recorded one.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::RequestBody;
use graphwalk_secrets::masking;

/// How many lines of a difference a message shows.
const SHOWN: usize = 20;

/// The JSON of a body without what is declared volatile; any other body as it is.
pub(super) fn comparable(body: &RequestBody, volatile: &[String]) -> RequestBody {
    let mut body = body.clone();
    if let RequestBody::Json(json) = &mut body {
        for pointer in volatile {
            remove(json, pointer);
        }
    }
    body
}

/// The body of a request as it was sent.
pub(super) fn sent(bytes: &[u8]) -> RequestBody {
    if bytes.is_empty() {
        return RequestBody::Empty;
    }
    match serde_json::from_slice(bytes) {
        Ok(json) => RequestBody::Json(json),
        Err(_) => RequestBody::Text(String::from_utf8_lossy(bytes).into_owned()),
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
    fn only_what_differs_is_shown_and_passwords_are_masked() {
        let recorded = RequestBody::Json(json!({"a": 1, "b": 2, "c": 3, "d": 4, "password": "one"}));
        let sent = RequestBody::Json(json!({"d": 4, "c": 3, "b": 2, "a": 9, "password": "two"}));
        insta::assert_snapshot!(difference(&recorded, &sent).join("\n"));
    }
}
