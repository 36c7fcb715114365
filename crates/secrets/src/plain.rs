//! Texts in which no secret can stand, so that nothing has to be searched for one.

use crate::tokens::{begins_document, names_scheme};

/// Returns whether a text is so plain that no secret can be named in it, and no token stand in it: short words, the digits of an
/// id or a time, or a request to Graph of such ones. Nearly all texts of a report are, and need not be searched.
pub(crate) fn is_plain(text: &str) -> bool {
    is_plain_id(text) || are_plain_words(text) || is_plain_request(text)
}

fn is_plain_id(text: &str) -> bool {
    const LONGEST: usize = 40;
    let is_of_id = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b':' | b'.' | b'T' | b'Z');
    text.len() <= LONGEST && text.bytes().all(is_of_id)
}

fn are_plain_words(text: &str) -> bool {
    const LONGEST: usize = 11;
    let (mut longest, mut length, mut is_sentence, mut has_inner_capital) = (0, 0, false, false);
    let is_of_words = text.bytes().all(|byte| {
        if byte.is_ascii_alphabetic() {
            has_inner_capital |= length > 0 && byte.is_ascii_uppercase();
            length += 1;
            longest = longest.max(length);
            return true;
        }
        (length, is_sentence) = (0, true);
        matches!(byte, b' ' | b',' | b'.')
    });
    // Behind a word such as `Bearer` one of mixed letters is a token.
    is_of_words && longest <= LONGEST && !(is_sentence && has_inner_capital)
}

/// Returns whether a text is a method and a path of Graph, or such a path, of words and ids alone.
fn is_plain_request(text: &str) -> bool {
    // What is encoded has digits among so many letters.
    const LONGEST: usize = 31;
    let is_method = |word: &str| word.bytes().all(|byte| byte.is_ascii_uppercase());
    let path = match text.split_once(' ') {
        Some((method, path)) if is_method(method) => path,
        Some(_) => return false,
        None => text,
    };
    // Words of Graph begin with small letters, keys of access do not.
    let is_word = |word: &str| {
        word.len() <= LONGEST
            && word.bytes().all(|byte| byte.is_ascii_alphabetic())
            && !word.starts_with(|c: char| c.is_ascii_uppercase())
            && !begins_document(word)
            && !names_scheme(word)
    };
    let below = ["/v1.0/", "/beta/"].into_iter().find_map(|version| path.strip_prefix(version));
    below.is_some_and(|path| path.split('/').all(|part| is_word(part) || is_plain_id(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_times_and_short_words_are_plain() {
        for text in [
            "",
            "Completed",
            "NotStarted",
            "Adele Vance, an owner.",
            "2026-11-28T08:00:00.25Z",
            "5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d",
        ] {
            assert!(is_plain(text), "{text}");
        }
        for text in [
            "a=b",
            "Bearer a1",
            "-p hunter",
            "user: hunter",
            "cGFzc3dvcmQ9",
            "a\tb",
            "grüße",
            "a|b",
            "<b>",
            "Bearer aBc",
        ] {
            assert!(!is_plain(text), "{text}");
        }
        let long = "0123456789abcdef0123456789abcdef0123456789";
        assert!(!is_plain(long) && is_plain(&long[..40]));
    }

    #[test]
    fn a_request_of_words_and_ids_is_plain_and_one_with_a_key_or_a_query_is_none() {
        let path = "/v1.0/groups/5a1b6c4d-0e2f-4a3b-9c8d-7e6f5a4b3c2d/transitiveMembers";
        assert!(is_plain(path) && is_plain(&format!("GET {path}")) && is_plain("/beta/users"));
        for text in [
            format!("{path}?token=a"),
            format!("get {path}"),
            format!("GET {path} x"),
            format!("{path}/eyJwYXNzd29yZCI"),
            format!("{path}/AKIAABCDEFGHIJKLMNOP"),
            format!("{path}/bearer/abcDEFghi"),
            format!("{path}/x1y2z3"),
            path.replace("v1.0", "v2.0"),
        ] {
            assert!(!is_plain(&text), "{text}");
        }
    }
}
