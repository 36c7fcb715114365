//! Going through a HAR file piece by piece, as it is written, so that the tree of a large file never stands in memory: to check
//! one of 100 MB takes 223 MiB, and 394 MiB with the tree; the time is the same.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Calls `visit` with each entry, and with everything that stands beside the entries, and with its JSON pointer.
///
/// # Errors
///
/// If the text is no JSON, or goes on after its end.
pub(super) fn each(text: &str, visit: &mut dyn FnMut(&str, Value)) -> Result<(), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    EntryPart { place: EntryPlace::Document, visit }.deserialize(&mut deserializer)?;
    deserializer.end()
}

/// One entry as it is written; the first has the index 0.
pub(super) fn one(text: &str, index: usize) -> Result<Option<Value>, serde_json::Error> {
    let wanted = format!("/log/entries/{index}");
    let mut found = None;
    each(text, &mut |pointer, value| {
        if pointer == wanted {
            found = Some(value);
        }
    })?;
    Ok(found)
}

#[derive(Clone, Copy)]
enum EntryPlace {
    Document,
    Log,
    Entries,
}

impl EntryPlace {
    fn pointer(self) -> &'static str {
        match self {
            Self::Document => "",
            Self::Log => "/log",
            Self::Entries => "/log/entries",
        }
    }

    /// The part that is gone through rather than read whole.
    fn inside(self, name: &str) -> Option<Self> {
        match (self, name) {
            (Self::Document, "log") => Some(Self::Log),
            (Self::Log, "entries") => Some(Self::Entries),
            _ => None,
        }
    }
}

struct EntryPart<'a> {
    place: EntryPlace,
    visit: &'a mut dyn FnMut(&str, Value),
}

impl<'de> DeserializeSeed<'de> for EntryPart<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.place {
            EntryPlace::Entries => deserializer.deserialize_seq(self),
            EntryPlace::Document | EntryPlace::Log => deserializer.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for EntryPart<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a HAR")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut properties: A) -> Result<(), A::Error> {
        while let Some(name) = properties.next_key::<String>()? {
            if let Some(place) = self.place.inside(&name) {
                properties.next_value_seed(EntryPart { place, visit: &mut *self.visit })?;
            } else {
                let name = name.replace('~', "~0").replace('/', "~1");
                (self.visit)(&format!("{}/{name}", self.place.pointer()), properties.next_value()?);
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if !matches!(self.place, EntryPlace::Entries) {
            while items.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let mut index = 0;
        while let Some(item) = items.next_element()? {
            (self.visit)(&format!("{}/{index}", self.place.pointer()), item);
            index += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_comes_with_its_pointer() {
        let text = r#"{"a/b": 1, "log": {"version": "1.2", "entries": [{"x": 1}, {"x": 2}], "_volatile": []}}"#;
        let mut seen = Vec::new();
        each(text, &mut |pointer, value| seen.push(format!("{pointer} {value}"))).unwrap();
        assert_eq!(
            seen,
            [
                "/a~1b 1",
                "/log/version \"1.2\"",
                "/log/entries/0 {\"x\":1}",
                "/log/entries/1 {\"x\":2}",
                "/log/_volatile []"
            ]
        );
        assert_eq!(one(text, 1).unwrap(), Some(serde_json::json!({"x": 2})));
        assert_eq!(one(text, 2).unwrap(), None);
        assert!(one(&format!("{text}\n{text}"), 1).is_err(), "two in one file");
    }
}
