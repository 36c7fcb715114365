//! What looks like an id that a service gave, for pages and for writes of features.

use std::ops::Range;

/// The length of a GUID.
const GUID: usize = 36;

/// The GUIDs in a text. The one of zeros stands for nobody.
pub fn guids(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at + GUID <= bytes.len() {
        if bytes[at + 8] == b'-' && is_guid(&bytes[at..at + GUID]) && is_free(bytes, at) {
            if bytes[at..at + GUID].iter().any(|byte| !matches!(byte, b'0' | b'-')) {
                found.push(at..at + GUID);
            }
            at += GUID;
        } else {
            at += 1;
        }
    }
    found
}

fn is_guid(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// Returns whether a GUID is no part of a longer number.
fn is_free(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| bytes[before]);
    let after = bytes.get(at + GUID).copied();
    !before.is_some_and(|byte| byte.is_ascii_hexdigit()) && !after.is_some_and(|byte| byte.is_ascii_hexdigit())
}

/// Returns whether what an answer calls an `id` can be one: no placeholder, and nothing that could not stand in a path.
pub fn may_be_id(text: &str) -> bool {
    const LONGEST: usize = 512;
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'-'));
    !is_zero && text.len() <= LONGEST && !text.contains(['{', '}', '<', '>', '/', '?', '#', '"', '\\', ' '])
}

/// Returns whether a key is a word, and no id that somebody's tenant has.
pub fn is_word(key: &str) -> bool {
    const LONGEST: usize = 24;
    key.len() <= LONGEST && key.chars().all(char::is_alphabetic)
}

/// Returns whether a text may be an id that a service gave: a GUID, a long word with digits in it, the number of a message,
/// the id of a conversation (`19:…@thread.tacv2`) or of a site (`host,GUID,GUID`).
pub fn looks_like_id(text: &str) -> bool {
    const SHORTEST: usize = 16;
    const SHORTEST_NUMBER: usize = 12;
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'-'));
    let is_number = text.len() >= SHORTEST_NUMBER && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_word = text.len() >= SHORTEST
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'=' | b'!' | b'.'));
    !is_zero && (is_number || is_word || is_conversation(text) || is_site(text))
}

fn is_conversation(text: &str) -> bool {
    let (id, service) = text.strip_prefix("19:").and_then(|rest| rest.split_once('@')).unwrap_or_default();
    !id.is_empty() && !service.is_empty() && !text.contains(['/', ' ', '{'])
}

fn is_site(text: &str) -> bool {
    let parts: Vec<&str> = text.split(',').collect();
    let are_guids = |ids: &[&str]| ids.iter().all(|id| id.len() == GUID && is_guid(id.as_bytes()));
    matches!(parts.as_slice(), [host, ids @ ..] if ids.len() == 2 && host.contains('.') && are_guids(ids))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_all_services_look_like_ids_and_words_do_not() {
        for id in [
            "d4bb5e02-8a0b-4d9f-8b5a-3f6c1d0e2b7a",
            "lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1",
            "01NKDM7HMOJTVYMDOSXFDK2QJDXCDI3WUK",
            "19:33b76eea88574bd1969dca37e2b7a819@thread.tacv2",
            "1616990032035",
            "contoso.sharepoint.com,da60e844-ba1d-49bc-b4d4-d5e36bae9019,712a596e-90a1-49e3-9b48-bfa80bee8740",
        ] {
            assert!(looks_like_id(id), "{id}");
        }
        for word in [
            "inbox",
            "fido2",
            "19:00",
            "20220824",
            "AdeleV@contoso.com",
            "00000000-0000-0000-0000-000000000000",
            "a,b,c",
            "authenticationMethodConfigurations",
        ] {
            assert!(!looks_like_id(word), "{word}");
        }
    }

    #[test]
    fn a_key_of_letters_alone_is_a_word() {
        assert!(is_word("inbox") && is_word("microsoftAuthenticator"));
        assert!(!is_word("AAMkADhMGAAA=") && !is_word("fido2") && !is_word(&"a".repeat(40)));
    }

    #[test]
    fn an_id_of_an_answer_may_be_short_and_is_no_placeholder() {
        assert!(may_be_id("1234") && may_be_id("AAMkADhMGAAA="));
        assert!(!may_be_id("{id}") && !may_be_id("<id>") && !may_be_id("a/b") && !may_be_id("0"));
    }
}
