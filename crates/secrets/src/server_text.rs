//! What others say: servers, proxies, the programs that are asked for a token.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::masking::without_secrets;

/// A text that a server, a proxy or another program said.
///
/// It may repeat what it was sent, a token or a password among it. So it shows itself masked, whichever way it is printed:
/// without the [secrets in use](crate::in_use) and without anything that looks like a token, on one line. Ids, error
/// codes and words stay as they are. Only [`ServerText::expose`] gives the text itself, for decisions.
///
/// ```
/// use graphwalk_secrets::ServerText;
///
/// let said = ServerText::from("Denied: Bearer eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJncmFwaCJ9.c2ln\nis not enough");
/// assert_eq!(format!("{said}"), "Denied: Bearer *** is not enough");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ServerText(String);

impl ServerText {
    /// The text itself, for decisions and for what redacts it by itself; never for a message.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text masked, with its line breaks.
    pub fn masked_lines(&self) -> String {
        let masked = without_secrets(&self.0);
        let harmless = |c: char| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c };
        masked.replace("\r\n", "\n").chars().map(harmless).collect()
    }
}

impl fmt::Display for ServerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked_lines().replace('\n', " "))
    }
}

impl fmt::Debug for ServerText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

impl From<String> for ServerText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for ServerText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl PartialEq<str> for ServerText {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for ServerText {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl<'de> Deserialize<'de> for ServerText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self)
    }
}

impl Serialize for ServerText {
    /// Writes the text masked.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.masked_lines())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_print_what_was_said_masks_it() {
        crate::in_use::remember("Canary+said/0815=xyz");
        let said = ServerText::from("no: Canary+said/0815=xyz\u{1b}[2J\r\nand client_secret=abc");
        assert_eq!(said.to_string(), "no: ***\u{fffd}[2J and client_secret=***");
        assert_eq!(said.masked_lines().lines().count(), 2);
        for shown in [said.to_string(), format!("{said:?}"), serde_json::to_string(&said).unwrap()] {
            assert!(!shown.contains("said/") && !shown.contains("=abc") && !shown.contains('\u{1b}'), "{shown}");
        }
        assert!(said.expose().contains("0815"));
    }
}
