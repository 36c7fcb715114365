//! Where tokens stand in a text, and other long random texts.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::harmless::harmless_spans;
use crate::marks::unredacted;
use crate::search::hides_secrets;
use crate::shapes::{begins_prose, is_file, looks_like_token, looks_opaque, looks_random};

/// The number of times that a text may be encoded within another.
const DEEPEST: usize = 3;

/// Returns the places of tokens in a text, in order. `random` says whether a long random text in base64 is one too.
pub(crate) fn token_spans(text: &str, depth: usize, random: bool) -> Vec<Range<usize>> {
    let mut spans: Vec<Range<usize>> = Vec::new();
    const SHORTEST: usize = 12;
    if text.len() < SHORTEST {
        return spans;
    }
    if let Some(at) = private_key(text) {
        spans.push(at..text.len());
    }
    let hides = |part: &str| {
        depth < DEEPEST && (begins_document(part) || begins_prose(part)) && hides_secrets(part, depth + 1, random)
    };
    if hides(text) {
        return std::iter::once(0..text.len()).collect();
    }
    let mut after = AuthScheme::None;
    for range in words(text) {
        let word = &text[range.clone()];
        let covered = spans.last().is_some_and(|span| range.start < span.end);
        if covered {
            continue;
        }
        // What authorizes may have characters that end a word elsewhere.
        let ends = |c: char| c.is_whitespace() || "\"',;<>&\\".contains(c);
        let end = || text[range.start..].find(ends).map_or(text.len(), |length| range.start + length);
        if looks_like_token(word) {
            let end = if after == AuthScheme::None { 0 } else { end() };
            spans.push(range.start..end_of_token(text, &range).max(end));
        } else if after != AuthScheme::None {
            if after.has(&text[range.start..end()]) {
                spans.push(range.start..end());
            }
        } else if range.len() < text.len() && hides(word) {
            spans.push(range.clone());
        }
        after = AuthScheme::named(word);
    }
    if let Some(path) = incoming_webhook(text) {
        spans.retain(|span| span.end <= path.start || span.start >= path.end);
        spans.push(path);
        spans.sort_by_key(|span| span.start);
    }
    spans
}

/// A scheme of `Authorization`, as far as it tells what follows it.
#[derive(Clone, Copy, PartialEq)]
enum AuthScheme {
    /// None.
    None,
    /// One that prose hardly has before a word with digits.
    Opaque,
    /// One whose name is a word of its own: what follows it is long and random.
    Random,
}

impl AuthScheme {
    fn named(word: &str) -> Self {
        let is = |known: &[&str]| known.iter().any(|known| word.eq_ignore_ascii_case(known));
        match word.len() {
            5 | 6 if is(&["bearer", "basic"]) => Self::Opaque,
            4 | 9 if is(&["ntlm", "dpop", "negotiate", "sharedkey"]) => Self::Random,
            _ => Self::None,
        }
    }

    /// Returns whether a word behind the scheme is what authorizes.
    fn has(self, word: &str) -> bool {
        const SHORTEST: usize = 20;
        let fits = match self {
            Self::None => false,
            Self::Opaque => looks_opaque(word),
            Self::Random => {
                word.len() >= SHORTEST && looks_opaque(word) && word.bytes().any(|byte| byte.is_ascii_uppercase())
            }
        };
        fits && unredacted(word)
    }
}

/// Returns whether a word is the name of a scheme of `Authorization`, behind which a token stands.
pub(crate) fn names_scheme(word: &str) -> bool {
    AuthScheme::named(word) != AuthScheme::None
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

/// Returns the place at which a private key begins; its spaces may be escaped.
fn private_key(text: &str) -> Option<usize> {
    const LONGEST_KIND: usize = 48;
    static BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("-----BEGIN"));
    let is_private = |at: &usize| {
        let kind = text[*at + BEGIN.needle().len()..].split("-----").next().unwrap_or_default();
        kind.len() <= LONGEST_KIND && kind.contains("PRIVATE") && kind.ends_with("KEY")
    };
    BEGIN.find_iter(text.as_bytes()).find(is_private)
}

/// The token of a Microsoft account is base64, with the characters that end a word elsewhere.
fn end_of_token(text: &str, word: &Range<usize>) -> usize {
    if !text[word.clone()].starts_with(['E', 'G']) {
        return word.end;
    }
    let in_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=%".contains(c);
    text[word.end..].find(|c: char| !in_base64(c)).map_or(text.len(), |length| word.end + length)
}

/// Returns the places of long random texts that are no tokens; none in a file that a person looks at. `opaque` has the places of
/// values that are no secrets however random they look.
pub(crate) fn random_spans(text: &str, opaque: &[Range<usize>]) -> Vec<Range<usize>> {
    const SHORTEST: usize = 32;
    if text.len() < SHORTEST {
        return Vec::new();
    }
    let random = words(text).filter(|word| word.len() >= SHORTEST && looks_random(&text[word.clone()])).collect();
    without_harmless(text, random, opaque).into_iter().map(|word| whole_base64(text, word)).collect()
}

/// Leaves out of the places of random texts those that are harmless there.
pub(crate) fn without_harmless(
    text: &str,
    mut random: Vec<Range<usize>>,
    opaque: &[Range<usize>],
) -> Vec<Range<usize>> {
    // Few texts have one: the rest is looked at for these alone.
    if random.is_empty() || is_file(text) {
        return Vec::new();
    }
    let harmless = harmless_spans(text);
    random.retain(|word| !harmless.iter().chain(opaque).any(|span| span.contains(&word.start)));
    random
}

/// A random word with all that is in base64 around it: `/` and `+` end a word elsewhere.
fn whole_base64(text: &str, word: Range<usize>) -> Range<usize> {
    let in_base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let bytes = text.as_bytes();
    let start = word.start - bytes[..word.start].iter().rev().take_while(in_base64).count();
    let end = word.end + bytes[word.end..].iter().take_while(in_base64).count();
    let is_whole = (end - start).is_multiple_of(4) && bytes[start] != b'/' && !text[start..end].contains("//");
    if is_whole { start..end } else { word }
}

/// Returns whether a word may be an object or a list of JSON, or XML, in base64.
pub(crate) fn begins_document(word: &str) -> bool {
    const SHORTEST: usize = 12;
    const JSON: [&str; 7] = ["eyJ", "eyA", "ew0K", "ewo", "W3s", "WyJ", "WwogI"];
    word.len() >= SHORTEST
        && match word.as_bytes() {
            [b'e' | b'W', ..] => JSON.iter().any(|begin| word.starts_with(begin)),
            // `<` and a letter, a `?` or a `!`.
            [b'P', b'C'..=b'H', ..] => true,
            _ => false,
        }
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
                length = if is_within_word(bytes[at]) { 0 } else { separator(&bytes[at..]) };
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

/// Returns whether a byte surely ends no word, as most do not.
fn is_within_word(byte: u8) -> bool {
    byte.is_ascii() && byte != b'%' && !ENDS_WORD[usize::from(byte)]
}

/// The length of what ends a word, where it stands; 0 if nothing does.
fn separator(bytes: &[u8]) -> usize {
    match bytes[0] {
        b'%' => percent_escape(bytes).filter(|(byte, _)| ENDS_WORD[usize::from(*byte)]).map_or(0, |(_, length)| length),
        byte if ENDS_WORD[usize::from(byte)] => 1,
        // U+00A0, and the spaces and quotes from U+2000 on.
        0xc2 if bytes.get(1) == Some(&0xa0) => 2,
        0xe2 if bytes.get(1) == Some(&0x80) && bytes.len() > 2 => 3,
        _ => 0,
    }
}

/// The character that a percent sign and two digits mean, also encoded twice, and their length.
fn percent_escape(bytes: &[u8]) -> Option<(u8, usize)> {
    let mut digits = bytes.strip_prefix(b"%")?;
    let mut length = 1;
    while let Some(rest) = digits.strip_prefix(b"25") {
        if rest.len() < 2 || !rest[..2].iter().all(u8::is_ascii_hexdigit) {
            break;
        }
        (digits, length) = (rest, length + 2);
    }
    let digits = digits.get(..2)?;
    let value = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    Some((value, length + 2))
}
