//! Reading JSON with an eye for names that occur twice in an object: of these a value keeps the last one only, and a secret may be the first.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The part of a JSON text that is kept, and whether a name occurs twice in an object of it.
pub(crate) struct JsonReading<K> {
    pub kept: K,
    pub is_twice_named: bool,
}

/// A form in which a JSON text is kept: all of it as a [`Value`], or nothing.
pub(crate) trait Kept<'de> {
    /// The form of a list, or of an object, while it is read.
    type List: Default;
    type Object: Default;

    /// Returns the form of a value that is neither.
    fn of(value: impl Into<Value>) -> Self;

    fn push(list: &mut Self::List, item: Self);

    /// Returns whether the object has the name already.
    fn insert(object: &mut Self::Object, name: Cow<'de, str>, value: Self) -> bool;

    fn of_list(list: Self::List) -> Self;

    fn of_object(object: Self::Object) -> Self;
}

impl Kept<'_> for Value {
    type List = Vec<Value>;
    type Object = Map<String, Value>;

    fn of(value: impl Into<Value>) -> Self {
        value.into()
    }

    fn push(list: &mut Vec<Value>, item: Self) {
        list.push(item);
    }

    fn insert(object: &mut Map<String, Value>, name: Cow<'_, str>, value: Self) -> bool {
        object.insert(name.into_owned(), value).is_some()
    }

    fn of_list(list: Vec<Value>) -> Self {
        Self::Array(list)
    }

    fn of_object(object: Map<String, Value>) -> Self {
        Self::Object(object)
    }
}

impl<'de> Kept<'de> for () {
    type List = ();
    type Object = SeenNames<'de>;

    fn of(_: impl Into<Value>) {}

    fn push((): &mut (), (): ()) {}

    fn insert(object: &mut SeenNames<'de>, name: Cow<'de, str>, (): ()) -> bool {
        object.insert(name)
    }

    fn of_list((): ()) {}

    fn of_object(_: SeenNames<'de>) {}
}

/// The names in an object of which nothing else is kept.
#[derive(Default)]
pub(crate) struct SeenNames<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

impl<'de> SeenNames<'de> {
    /// Returns whether the name is there already.
    fn insert(&mut self, name: Cow<'de, str>) -> bool {
        /// Objects with more names than this are looked up and not gone through.
        const FEW: usize = 32;
        let is_among_few = self.few.contains(&name);
        if self.few.len() < FEW {
            self.few.push(name);
            return is_among_few;
        }
        is_among_few || !self.many.insert(name)
    }
}

impl<'de, K: Kept<'de>> Deserialize<'de> for JsonReading<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor(PhantomData))
    }
}

struct JsonVisitor<K>(PhantomData<K>);

impl<'de, K: Kept<'de>> JsonVisitor<K> {
    fn of<E>(value: impl Into<Value>) -> Result<JsonReading<K>, E> {
        Ok(JsonReading { kept: K::of(value), is_twice_named: false })
    }
}

impl<'de, K: Kept<'de>> Visitor<'de> for JsonVisitor<K> {
    type Value = JsonReading<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<JsonReading<K>, E> {
        Self::of(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<JsonReading<K>, E> {
        Self::of(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<JsonReading<K>, E> {
        Self::of(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<JsonReading<K>, E> {
        Self::of(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<JsonReading<K>, E> {
        Self::of(value)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<JsonReading<K>, E> {
        Self::of(value)
    }

    fn visit_string<E: Error>(self, value: String) -> Result<JsonReading<K>, E> {
        Self::of(value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<JsonReading<K>, A::Error> {
        let (mut list, mut is_twice_named) = (K::List::default(), false);
        while let Some(item) = items.next_element::<JsonReading<K>>()? {
            is_twice_named |= item.is_twice_named;
            K::push(&mut list, item.kept);
        }
        Ok(JsonReading { kept: K::of_list(list), is_twice_named })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<JsonReading<K>, A::Error> {
        let (mut object, mut is_twice_named) = (K::Object::default(), false);
        while let Some((PropertyName(name), reading)) = entries.next_entry::<_, JsonReading<K>>()? {
            is_twice_named |= reading.is_twice_named;
            is_twice_named |= K::insert(&mut object, name, reading.kept);
        }
        Ok(JsonReading { kept: K::of_object(object), is_twice_named })
    }
}

/// Returns whether a JSON text has an object with a name twice; `None` if it is no JSON. No value is made of it.
pub fn is_twice_named(text: &str) -> Option<bool> {
    serde_json::from_str::<JsonReading<()>>(text).ok().map(|reading| reading.is_twice_named)
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
        let reading: JsonReading<Value> = serde_json::from_str(text).unwrap();
        assert_eq!(reading.kept, serde_json::from_str::<Value>(text).unwrap());
    }
}
