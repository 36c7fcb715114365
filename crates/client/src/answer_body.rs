//! The body of an answer: read up to a limit, and read as JSON that says each thing once.

use std::cell::RefCell;
use std::fmt;

use reqwest::Response;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::ResponseBody;

/// The reason why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It is larger than it may be; nothing of it is kept.
    TooLarge,
    /// The connection failed.
    Failed(reqwest::Error),
}

/// Reads a body in pieces, and stops as soon as it has more than `limit` bytes. What is counted is what there is to keep: a
/// compressed body counts as what it becomes.
pub(crate) async fn read_within(mut response: Response, limit: usize) -> Result<Vec<u8>, Unread> {
    // Unless it is compressed: then the length says nothing, and is not given.
    let said = response.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if said > limit {
        return Err(Unread::TooLarge);
    }
    let mut body = Vec::with_capacity(said);
    while let Some(piece) = response.chunk().await.map_err(Unread::Failed)? {
        if piece.len() > limit - body.len() {
            return Err(Unread::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Returns what a body is.
pub(super) fn parse(bytes: &[u8]) -> ResponseBody {
    if bytes.is_empty() {
        return ResponseBody::Empty;
    }
    let repeated = RefCell::new(None);
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = Once { repeated: &repeated }.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    match (parsed, repeated.into_inner()) {
        (Ok(value), None) => ResponseBody::Json(value),
        (Ok(_), Some(key)) => ResponseBody::Repeats(key.into()),
        (Err(_), _) => ResponseBody::Text(String::from_utf8_lossy(bytes).into_owned().into()),
    }
}

/// A JSON value whose objects have each key once. A parser that keeps the last of two would let an answer say one thing to
/// one reader and another thing to the next (RFC 8259, section 4).
#[derive(Clone, Copy)]
struct Once<'a> {
    /// The first key that stands twice in an object.
    repeated: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self)?;
            match object.entry(key) {
                serde_json::map::Entry::Vacant(place) => drop(place.insert(value)),
                serde_json::map::Entry::Occupied(place) => {
                    self.repeated.borrow_mut().get_or_insert_with(|| place.key().clone());
                }
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_that_stands_twice_in_one_object_is_found_however_it_is_spelt() {
        for body in [
            r#"{"id": 1, "id": 2}"#,
            r#"{"value": [{"a": {"id": 1, "\u0069d": 1}}]}"#,
            r#"[{}, {"id": null, "x": 1, "id": null}]"#,
        ] {
            assert_eq!(parse(body.as_bytes()), ResponseBody::Repeats("id".into()), "{body}");
        }
        for body in
            [r#"{"id": 1, "ID": 2, "value": [{"id": 1}, {"id": 1}]}"#, "1.5", "\"text\"", "null", "[[], -3, true]"]
        {
            assert_eq!(parse(body.as_bytes()), ResponseBody::Json(serde_json::from_str(body).unwrap()), "{body}");
        }
        for body in ["{\"id\": 1, \"id\": 2", "{} {}", "<html>", &"[".repeat(100_000)] {
            assert!(matches!(parse(body.as_bytes()), ResponseBody::Text(_)), "{body}");
        }
        assert_eq!(parse(b""), ResponseBody::Empty);
    }

    proptest! {
        #[test]
        fn json_is_read_as_serde_json_reads_it(text in "[\\[\\]{}:,0-9a\"eE.\\-\\\\ un]{0,30}") {
            match (parse(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
                (ResponseBody::Json(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
                (ResponseBody::Json(_), Err(error)) => prop_assert!(false, "{}", error),
                (ResponseBody::Text(_), Ok(_)) => prop_assert!(false, "{}", text),
                _ => {}
            }
        }
    }
}
