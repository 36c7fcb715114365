//! Where tokens stand in a text, and other long random texts.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::named_values::escape;
use crate::search::hides_secrets;
use crate::shapes::{is_file, looks_like_token, looks_opaque, looks_random};

/// The number of times that a text may be encoded within another.
const DEEPEST: usize = 3;

/// Returns the places of tokens in a text, in order.
pub(crate) fn token_spans(text: &str, depth: usize) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    const SHORTEST: usize = 12;
    if text.len() < SHORTEST {
        return spans;
    }
    if let Some(at) = private_key(text) {
        spans.push(at..text.len());
    }
    if depth < DEEPEST && begins_document(text) && hides_secrets(text, depth + 1) {
        return std::iter::once(0..text.len()).collect();
    }
    let mut after_scheme = false;
    for range in words(text) {
        let word = &text[range.clone()];
        let covered = spans.last().is_some_and(|span| range.start < span.end);
        if covered {
            continue;
        }
        if looks_like_token(word) {
            spans.push(range.start..end_of_token(text, &range));
        } else if after_scheme {
            // An opaque token may have characters that end a word elsewhere.
            let ends = |c: char| c.is_whitespace() || "\"',;<>&".contains(c);
            let end = text[range.start..].find(ends).map_or(text.len(), |length| range.start + length);
            if looks_opaque(&text[range.start..end]) {
                spans.push(range.start..end);
            }
        } else if depth < DEEPEST && range.len() < text.len() && begins_document(word) && hides_secrets(word, depth + 1)
        {
            spans.push(range.clone());
        }
        after_scheme = ["bearer", "basic"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
    }
    if let Some(path) = incoming_webhook(text) {
        spans.retain(|span| span.end <= path.start || span.start >= path.end);
        spans.push(path);
        spans.sort_by_key(|span| span.start);
    }
    spans
}

/// Returns the part of an address that lets anybody post through an incoming webhook of Teams or of Slack: the rest of its
/// path.
fn incoming_webhook(text: &str) -> Option<Range<usize>> {
    static PLACES: LazyLock<[Finder<'static>; 2]> =
        LazyLock::new(|| ["/IncomingWebhook/", "hooks.slack.com/services/"].map(Finder::new));
    let from = PLACES.iter().find_map(|place| place.find(text.as_bytes()).map(|at| at + place.needle().len()))?;
    let end = text[from..].find(|c: char| !(c.is_ascii_alphanumeric() || "/-_".contains(c)));
    let path = from..end.map_or(text.len(), |length| from + length);
    (path.len() >= 24).then_some(path)
}

/// Returns the place at which a private key begins.
fn private_key(text: &str) -> Option<usize> {
    static BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("-----BEGIN "));
    let at = BEGIN.find(text.as_bytes())?;
    text[at..].contains("PRIVATE KEY-----").then_some(at)
}

/// The token of a Microsoft account is base64, with the characters that end a word elsewhere.
fn end_of_token(text: &str, word: &Range<usize>) -> usize {
    if !text[word.clone()].starts_with(['E', 'G']) {
        return word.end;
    }
    let in_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=%".contains(c);
    text[word.end..].find(|c: char| !in_base64(c)).map_or(text.len(), |length| word.end + length)
}

/// Returns the places of long random texts that are no tokens; none in a file that a person looks at.
pub(crate) fn random_spans(text: &str, opaque: &[Range<usize>]) -> Vec<Range<usize>> {
    const SHORTEST: usize = 32;
    if text.len() < SHORTEST {
        return Vec::new();
    }
    let covered = |word: &Range<usize>| opaque.iter().any(|range| range.start <= word.start && word.end <= range.end);
    let mut random: Vec<Range<usize>> = words(text)
        .filter(|word| word.len() >= SHORTEST && looks_random(&text[word.clone()]) && !covered(word))
        .collect();
    // Few texts have one: the rest is looked at for these alone.
    if !random.is_empty() {
        let pictures = pictures(text);
        random.retain(|word| !pictures.iter().any(|picture| picture.contains(&word.start)));
    }
    if random.is_empty() || is_file(text) { Vec::new() } else { random }
}

/// Returns the places of pictures and the like in a text: `data:image/png;base64,…`.
fn pictures(text: &str) -> Vec<Range<usize>> {
    let kinds =
        ["data:image/", "data:font/", "data:audio/", "data:video/", "data:application/font", "data:application/x-font"];
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "+/=-_:;,.%".contains(c));
    let picture = |(at, _): (usize, &str)| {
        let is_kind = kinds.iter().any(|kind| text[at..].starts_with(kind));
        is_kind.then(|| at..text[at..].find(ends).map_or(text.len(), |length| at + length))
    };
    text.match_indices("data:").filter_map(picture).collect()
}

/// Whether a word may be an object or a list of JSON, or XML, in base64.
fn begins_document(word: &str) -> bool {
    const SHORTEST: usize = 12;
    const JSON: [&str; 7] = ["eyJ", "eyA", "ew0K", "ewo", "W3s", "WyJ", "WwogI"];
    // `<` and a letter, a `?` or a `!`.
    let is_xml = matches!(word.as_bytes(), [b'P', b'C'..=b'H', ..]);
    word.len() >= SHORTEST && (is_xml || JSON.iter().any(|begin| word.starts_with(begin)))
}

/// The words of a text: what stands between spaces, quotes, brackets and what parts a URL, also where these have percent signs.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let start = at;
            let mut length = 0;
            while at < bytes.len() {
                length = separator(&bytes[at..]);
                if length > 0 {
                    break;
                }
                at += 1;
            }
            let end = at;
            at += length;
            if end > start {
                return Some(start..end);
            }
        }
        None
    })
}

/// Whether a byte ends a word. A table, since every byte of every text is asked for.
const ENDS_WORD: [bool; 256] = {
    let ends = b" \t\n\r\x0c\"'`,;:=&<>()[]{}/?#|\\";
    let (mut table, mut at) = ([false; 256], 0);
    while at < ends.len() {
        table[ends[at] as usize] = true;
        at += 1;
    }
    table
};

/// The length of what ends a word, where it stands; 0 if nothing does.
fn separator(bytes: &[u8]) -> usize {
    match bytes[0] {
        b'%' => escape(bytes).filter(|(byte, _)| ENDS_WORD[usize::from(*byte)]).map_or(0, |(_, length)| length),
        byte if ENDS_WORD[usize::from(byte)] => 1,
        // U+00A0, and the spaces and quotes from U+2000 on.
        0xc2 if bytes.get(1) == Some(&0xa0) => 2,
        0xe2 if bytes.get(1) == Some(&0x80) && bytes.len() > 2 => 3,
        _ => 0,
    }
}
