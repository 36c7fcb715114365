//! Ids of objects, checked before they become a part of a path.

use std::fmt;

use graphwalk_catalog::EncodedGuids;
use uuid::Uuid;

/// The id of an object of Graph, which can stand in a path as it is: a GUID, in lower case, or GUIDs that are encoded one after
/// the other, as the id of a role assignment is.
///
/// Ids are answered by a server: `../users/X` or `X?a=` must never become a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(String);

impl ObjectId {
    /// The id that `text` is, if it is one: 36 characters, with hyphens, or two or three GUIDs in base64 for URLs and a number.
    pub fn parse(text: &str) -> Option<Self> {
        if EncodedGuids::parse(text).is_some() {
            return Some(Self(text.to_owned()));
        }
        let id = Uuid::try_parse(text).ok()?;
        (text.len() == 36).then(|| Self(id.hyphenated().to_string()))
    }

    /// The id as a part of a path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_guids_are_an_id_whose_case_counts() {
        let of_two = "lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1";
        let of_three = "kl2Jm9Msx0SdAqasLV6lw516k2sxx1tGqEQtW1NowWEQEx5mdr2VR4mnjzyPhVv8-1";
        for id in [of_two, of_three] {
            assert_eq!(ObjectId::parse(id).unwrap().as_str(), id);
        }
        assert_ne!(ObjectId::parse(of_two), ObjectId::parse(&of_two.to_lowercase()));
        for text in [
            &of_two[1..],
            &of_two[..44],
            &of_two.replace('l', "/"),
            &of_two.replace('l', "."),
            &of_two.replace('1', "x"),
        ] {
            assert_eq!(ObjectId::parse(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_but_a_guid_is_an_id() {
        let id = "EB75CCD2-59ef-48b7-8f76-cc3f33f899f4";
        assert_eq!(ObjectId::parse(id).unwrap().as_str(), id.to_lowercase());
        let guid = id.to_lowercase();
        for text in [
            String::new(),
            format!("../users/{guid}"),
            format!("{guid}?a="),
            format!("{guid}/members/{guid}/$ref"),
            format!("{{{guid}}}"),
            format!("urn:uuid:{guid}"),
            guid.replace('-', ""),
            format!(" {guid}"),
            guid.replace('e', "\u{435}"),
        ] {
            assert_eq!(ObjectId::parse(&text), None, "{text}");
        }
    }
}
