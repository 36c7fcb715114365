//! Reading JSON with an eye for names that occur twice in an object: of these a value keeps the last one only, and a secret may be the first.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// A JSON value, and whether a name occurs twice in an object of it.
pub(crate) struct JsonReading {
    pub value: Value,
    pub is_twice_named: bool,
}

impl JsonReading {
    fn new(value: impl Into<Value>) -> Self {
        Self { value: value.into(), is_twice_named: false }
    }
}

impl<'de> Deserialize<'de> for JsonReading {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = JsonReading;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<JsonReading, E> {
        Ok(JsonReading::new(Value::Null))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<JsonReading, E> {
        Ok(JsonReading::new(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<JsonReading, E> {
        Ok(JsonReading::new(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<JsonReading, E> {
        Ok(JsonReading::new(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<JsonReading, E> {
        Ok(JsonReading::new(Number::from_f64(value).map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<JsonReading, E> {
        Ok(JsonReading::new(value))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<JsonReading, E> {
        Ok(JsonReading::new(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<JsonReading, A::Error> {
        let (mut list, mut is_twice_named) = (Vec::new(), false);
        while let Some(item) = items.next_element::<JsonReading>()? {
            is_twice_named |= item.is_twice_named;
            list.push(item.value);
        }
        Ok(JsonReading { value: Value::Array(list), is_twice_named })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<JsonReading, A::Error> {
        let (mut object, mut is_twice_named) = (Map::new(), false);
        while let Some((name, reading)) = entries.next_entry::<String, JsonReading>()? {
            is_twice_named |= reading.is_twice_named;
            is_twice_named |= object.insert(name, reading.value).is_some();
        }
        Ok(JsonReading { value: Value::Object(object), is_twice_named })
    }
}

/// Returns whether a JSON text has an object with a name twice; `None` if it is no JSON. No value is made of it.
pub fn is_twice_named(text: &str) -> Option<bool> {
    serde_json::from_str::<NameReading>(text).ok().map(|reading| reading.0)
}

/// Whether a name occurs twice in an object.
struct NameReading(bool);

impl<'de> Deserialize<'de> for NameReading {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameReadingVisitor)
    }
}

struct NameReadingVisitor;

impl<'de> Visitor<'de> for NameReadingVisitor {
    type Value = NameReading;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<NameReading, E> {
        Ok(NameReading(false))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<NameReading, E> {
        Ok(NameReading(false))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<NameReading, E> {
        Ok(NameReading(false))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<NameReading, E> {
        Ok(NameReading(false))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<NameReading, E> {
        Ok(NameReading(false))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<NameReading, E> {
        Ok(NameReading(false))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<NameReading, A::Error> {
        let mut is_twice_named = false;
        while let Some(NameReading(inside)) = items.next_element()? {
            is_twice_named |= inside;
        }
        Ok(NameReading(is_twice_named))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<NameReading, A::Error> {
        /// Objects with more names than this are looked up and not gone through.
        const FEW: usize = 32;
        let (mut few, mut many, mut is_twice_named) = (Vec::new(), HashSet::new(), false);
        while let Some((PropertyName(name), NameReading(inside))) = entries.next_entry()? {
            is_twice_named |= inside;
            if few.len() < FEW {
                is_twice_named |= few.contains(&name);
                few.push(name);
            } else {
                is_twice_named |= few.contains(&name) || !many.insert(name);
            }
        }
        Ok(NameReading(is_twice_named))
    }
}

/// The name of a property, borrowed where it is written without escapes.
struct PropertyName<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for PropertyName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = PropertyName<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<PropertyName<'de>, E> {
        Ok(PropertyName(Cow::Borrowed(name)))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<PropertyName<'de>, E> {
        Ok(PropertyName(Cow::Owned(name.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_occurs_twice_in_one_object_is_noted() {
        for twice in [r#"{"a": 1, "a": 2}"#, r#"[{"b": [{"a": {}, "c": 1, "a": null}]}]"#, r#"{"a": 1, "\u0061": 2}"#] {
            assert_eq!(is_twice_named(twice), Some(true), "{twice}");
        }
        assert_eq!(is_twice_named(r#"[{"a": 1}, {"a": {"a": 2.5, "A": -1}}]"#), Some(false));
        assert_eq!(is_twice_named("{"), None);
        let many = |last: usize| {
            let names: Vec<String> = (0..100).chain([last]).map(|number| format!("\"{number}\": 1.5")).collect();
            format!("{{{}}}", names.join(","))
        };
        assert_eq!([100, 99, 7].map(|last| is_twice_named(&many(last))), [Some(false), Some(true), Some(true)]);
    }

    #[test]
    fn what_is_read_is_what_every_reader_of_json_reads() {
        let text = r#"{"a": [null, true, -7, 18446744073709551615, 1.5e3, "\u00e9"], "b": {}}"#;
        let reading: JsonReading = serde_json::from_str(text).unwrap();
        assert_eq!(reading.value, serde_json::from_str::<Value>(text).unwrap());
    }
}
