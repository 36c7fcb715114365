//! Where long random texts stand that are no secrets: pictures, certificates, digests, the ids in paths of Graph.

use std::ops::Range;

use crate::shapes::is_file;
use crate::tokens::{begins_document, names_scheme};

/// The beginnings of what follows `data:` where a picture, a font or the like follows.
const KINDS: [&str; 6] = ["image/", "font/", "audio/", "video/", "application/font", "application/x-font"];

/// The beginnings and ends of public keys and certificates.
const PUBLIC_KEYS: [(&str, &str); 7] = [
    ("-----BEGIN CERTIFICATE-----", "-----END"),
    ("-----BEGIN PUBLIC KEY-----", "-----END"),
    ("-----BEGIN RSA PUBLIC KEY-----", "-----END"),
    ("-----BEGIN CERTIFICATE REQUEST-----", "-----END"),
    ("ssh-rsa AAAA", " "),
    ("ssh-ed25519 AAAA", " "),
    ("ecdsa-sha2-nistp256 AAAA", " "),
];

/// The elements of signed XML that hold what is no secret.
const SIGNED: [&str; 4] = ["X509Certificate>", "DigestValue>", "SignatureValue>", "Modulus>"];

/// The words before digests, and before numbers that are used once.
const DIGESTS: [&str; 5] = ["sha256-", "sha384-", "sha512-", "nonce-", "sha512:"];

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

/// Returns the places in a text that hold no secret however random they look.
pub(crate) fn harmless_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = files(text);
    for (begin, end) in PUBLIC_KEYS {
        spans.extend(between(text, begin, |rest| rest.find(end)));
    }
    for element in SIGNED {
        let opens =
            |span: &Range<usize>| !text[..span.start].rsplit('<').next().is_some_and(|tag| tag.starts_with('/'));
        spans.extend(between(text, element, |rest| rest.find('<')).filter(opens));
    }
    for word in DIGESTS {
        spans.extend(between(text, word, |rest| {
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+/=-_".contains(c)))
        }));
    }
    spans.extend(ids(text));
    spans
}

/// From each `begin` to what `end` finds behind it.
fn between<'t>(
    text: &'t str,
    begin: &'t str,
    end: impl Fn(&str) -> Option<usize>,
) -> impl Iterator<Item = Range<usize>> {
    text.match_indices(begin).map(move |(at, _)| {
        let from = at + begin.len();
        at..end(&text[from..]).map_or(text.len(), |length| from + length)
    })
}

/// Pictures and the like in a text: `data:image/png;base64,…`.
fn files(text: &str) -> Vec<Range<usize>> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "+/=-_:;,.%".contains(c));
    let file = |(at, begin): (usize, &str)| {
        let rest = &text[at + begin.len()..];
        let end = text[at..].find(ends).map_or(text.len(), |length| at + length);
        let is_kind = KINDS.iter().any(|kind| rest.starts_with(kind));
        let holds_file = || text[at..end].split_once(";base64,").is_some_and(|(_, file)| is_file(file));
        (is_kind || holds_file()).then_some(at..end)
    };
    text.match_indices("data:").filter_map(file).collect()
}

/// The path behind a version of Graph up to its query, and all of a path that stands alone: what looks random there is an id.
fn ids(text: &str) -> Vec<Range<usize>> {
    let ends = |c: char| c.is_whitespace() || "?\"<>\\".contains(c);
    let path = |from: usize| from..text[from..].find(ends).map_or(text.len(), |length| from + length);
    let mut paths: Vec<Range<usize>> = ["/v1.0/", "/beta/"]
        .into_iter()
        .flat_map(|version| text.match_indices(version))
        .map(|(at, _)| path(at))
        .collect();
    if text.starts_with('/') && !text.contains(char::is_whitespace) {
        paths.push(path(0));
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with an ellipsis in the place of what is harmless.
    fn shortened(text: &str) -> String {
        let spans = harmless_spans(text);
        let mut shortened = String::new();
        for (at, c) in text.char_indices() {
            match spans.iter().any(|span| span.contains(&at)) {
                false => shortened.push(c),
                true if shortened.ends_with('…') => {}
                true => shortened.push('…'),
            }
        }
        shortened
    }

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
    fn places_of_public_keys_pictures_and_ids_are_harmless_and_nothing_beside_them() {
        for (text, expected) in [
            ("a data:image/png;base64,iVBO b", "a … b"),
            ("url(data:application/octet-stream;base64,d09GMgABAAAAAAAA)", "url(…)"),
            ("data:application/json;base64,eyJ", "data:application/json;base64,eyJ"),
            ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY----- x", "…-----END PUBLIC KEY----- x"),
            ("ssh-rsa AAAAB3 me", "… me"),
            ("<X509Certificate>MIIC</X509Certificate> x", "<…</X509Certificate> x"),
            ("'sha256-ab+/=' x", "'…' x"),
            ("https://graph.microsoft.com/v1.0/me/x?y=z", "https://graph.microsoft.com…?y=z"),
            ("/me/messages/AAMk?x=1", "…?x=1"),
            ("/ not a path", "/ not a path"),
            ("https://app.example/me/x", "https://app.example/me/x"),
        ] {
            assert_eq!(shortened(text), expected);
        }
    }
}
