//! Where long random texts stand that are no secrets: pictures, certificates, digests, the ids in paths of Graph.

use std::ops::Range;

use crate::shapes::is_file;

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
