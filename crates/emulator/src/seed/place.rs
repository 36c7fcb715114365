//! Where in a seed's text a JSON pointer leads. The reader of the text is made to stop there, and says at which line it is.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Returns line and column, from 1, of what `pointer` leads to in a document; where that is not there, of what should hold it.
pub(super) fn place_of(text: &str, pointer: &str) -> Option<(usize, usize)> {
    let segments: Vec<String> =
        pointer.split('/').skip(1).map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect();
    // JSON is YAML, and the reader of YAML says where a value begins.
    let stopped = Seek { rest: &segments }.deserialize(yaml_serde::Deserializer::from_str(text)).err()?;
    stopped.location().map(|place| (place.line(), place.column()))
}

/// Follows a pointer and ends in an error: at the value, or where the way ends.
struct Seek<'a> {
    rest: &'a [String],
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((wanted, rest)) = self.rest.split_first() else { return Err(A::Error::custom("here")) };
        while let Some(name) = map.next_key::<String>()? {
            if name == *wanted {
                return map.next_value_seed(Seek { rest });
            }
            map.next_value::<IgnoredAny>()?;
        }
        Err(A::Error::custom("not in this map"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some((wanted, rest)) = self.rest.split_first() else { return Err(A::Error::custom("here")) };
        for _ in 0..wanted.parse().unwrap_or(0) {
            if list.next_element::<IgnoredAny>()?.is_none() {
                break;
            }
        }
        match list.next_element_seed(Seek { rest })? {
            Some(()) | None => Err(A::Error::custom("not in this list")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "users:\n  - {userPrincipalName: a@contoso.com}\n  - userPrincipalName: b@contoso.com\n    roles:\n      - Nobody\n";

    #[test]
    fn a_pointer_leads_to_the_line_of_its_value_or_of_what_should_hold_it() {
        for (pointer, line) in [
            ("/users/0/userPrincipalName", (2, 25)),
            ("/users/1", (3, 5)),
            ("/users/1/roles/0", (5, 9)),
            ("/users/0/displayName", (2, 5)),
            ("/users/1/roles/0/more", (5, 9)),
        ] {
            assert_eq!(place_of(YAML, pointer), Some(line), "{pointer}");
        }
        let json = "{\"groups\": [\n  {\"displayName\": \"G\",\n   \"members\": [\"a\", \"b\"]}\n]}";
        assert_eq!(place_of(json, "/groups/0/members/1"), Some((3, 21)));
        assert_eq!(place_of("a~b/c: [1]\n", "/a~0b~1c/0"), Some((1, 9)));
    }
}
