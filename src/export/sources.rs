//! Where values stand in the answers that gave them.

use serde_json::Value;

use crate::session::ScriptedCall;

/// The plain values in a document, each with its JSON pointer, in order.
pub fn leaves(document: &Value) -> Vec<(String, &Value)> {
    let mut found = Vec::new();
    collect(document, String::new(), &mut found);
    found
}

fn collect<'v>(value: &'v Value, pointer: String, found: &mut Vec<(String, &'v Value)>) {
    match value {
        Value::Object(properties) => {
            for (name, value) in properties {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(value, format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, format!("{pointer}/{index}"), found);
            }
        }
        value => found.push((pointer, value)),
    }
}

/// The place of a text in an answer: the least deep one.
pub fn pointer_of(document: &Value, text: &str) -> Option<String> {
    let same = leaves(document).into_iter().filter(|(_, value)| value.as_str() == Some(text));
    same.map(|(pointer, _)| pointer).min_by_key(|pointer| pointer.matches('/').count())
}

/// The header of an answer that has a text, and the segment of its path after which it stands if it is only a part.
pub fn header_of(sent: &ScriptedCall, text: &str) -> Option<(String, Option<String>)> {
    sent.headers.iter().find_map(|(name, value)| {
        if value == text {
            return Some((name.clone(), None));
        }
        let before = value.split_once(text)?.0.trim_end_matches("('").trim_end_matches('/');
        let segment = before.rsplit('/').next().filter(|segment| !segment.is_empty())?;
        Some((name.clone(), Some(segment.to_owned())))
    })
}

/// A place in the items of a list, as the item's number and the place in it.
pub fn in_item(pointer: &str) -> Option<(usize, &str)> {
    let rest = pointer.strip_prefix("/value/")?;
    let (index, _) = rest.split_once('/').unwrap_or((rest, ""));
    let pointer = &rest[index.len()..];
    Some((index.parse().ok()?, pointer))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_found_where_it_stands_least_deep() {
        let document = json!({"value": [{"a/b": "x", "n": 1}, {"id": "y"}], "id": "x"});
        assert_eq!(pointer_of(&document, "x").as_deref(), Some("/id"));
        assert_eq!(pointer_of(&document, "y").as_deref(), Some("/value/1/id"));
        assert_eq!(pointer_of(&document, "z"), None);
        assert_eq!(leaves(&document)[0].0, "/value/0/a~1b");
        assert_eq!(in_item("/value/1/id"), Some((1, "/id")));
        assert_eq!(in_item("/id"), None);
    }
}
