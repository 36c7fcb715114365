//! Ids that are more than one GUID, or mean no object.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// The id that Graph writes where nobody is meant, e.g. as who applied a decision that was applied automatically.
pub const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// An id that is made of two or three GUIDs in base64 for URLs and a digit, as that of a role assignment is.
///
/// ```
/// use graphwalk_catalog::EncodedGuids;
///
/// let id = "lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1";
/// let encoded = EncodedGuids::parse(id).unwrap();
/// assert_eq!(encoded.guids[0].to_string(), "62e90394-69f5-4237-9190-012177145e10");
/// assert_eq!(encoded.to_string(), id);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedGuids {
    /// The GUIDs, in their order. Of a role assignment: the role and the principal.
    pub guids: Vec<Uuid>,
    /// The digit at the end, `1` for the scope of the whole tenant.
    pub digit: char,
}

impl EncodedGuids {
    /// Reads such an id; `None` for any other text, also one of that length.
    pub fn parse(text: &str) -> Option<Self> {
        let (guids, digit) = text.rsplit_once('-')?;
        let digit = digit.parse().ok().filter(char::is_ascii_digit)?;
        let bytes = URL_SAFE_NO_PAD.decode(guids).ok().filter(|bytes| [32, 48].contains(&bytes.len()))?;
        let guids = bytes.chunks_exact(16).filter_map(|guid| Uuid::from_slice_le(guid).ok()).collect();
        Some(Self { guids, digit })
    }
}

impl fmt::Display for EncodedGuids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: Vec<u8> = self.guids.iter().flat_map(|guid| guid.to_bytes_le()).collect();
        write!(f, "{}-{}", URL_SAFE_NO_PAD.encode(bytes), self.digit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_id_is_made_of_the_guids_that_it_is_read_as() {
        let of_two = "lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1";
        let encoded = EncodedGuids::parse(of_two).unwrap();
        let ids = ["62e90394-69f5-4237-9190-012177145e10", "ace08ec9-aa11-4ada-9145-addf0398233e"];
        assert_eq!(encoded.guids, ids.map(|id| id.parse::<Uuid>().unwrap()));
        let of_three = "kl2Jm9Msx0SdAqasLV6lw516k2sxx1tGqEQtW1NowWEQEx5mdr2VR4mnjzyPhVv8-1";
        for id in [of_two, of_three] {
            assert_eq!(EncodedGuids::parse(id).unwrap().to_string(), id);
        }
        for text in [&of_two[..44], &of_two[1..], "a-1", &of_two.replace('-', "+"), &of_two.replace("-1", "-x")] {
            assert!(EncodedGuids::parse(text).is_none(), "{text}");
        }
    }
}
