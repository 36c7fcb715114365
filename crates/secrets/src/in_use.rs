//! The secrets that this process has used: their traces, to find them again in what others say.
//!
//! A server, a proxy or a program may repeat a token that it was sent, whole or in parts. What is remembered of a secret is no
//! secret: the keyed hashes of its pieces, with a key that is new in every process. So the secrets themselves can be
//! wiped when they are no longer needed, and their pieces are found however they are laid out.
//!
//! Found are twelve letters and digits of a secret in a row, in any case, whatever stands between them (line breaks, quotes,
//! dots), percent-encoded, escaped as in JSON, and in base64. Not found are shorter pieces, secrets with less than eight
//! letters and digits, and other encodings: hexadecimal, backwards, compressed.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// The text in place of a secret.
const MASK: &str = "***";

/// The number of letters and digits of a secret that count as the secret.
const PIECE: usize = 12;

/// Secrets with fewer letters and digits could be words of any message.
const SHORTEST: usize = 8;

/// The number of long secrets that are remembered: tokens are renewed for as long as a run takes.
const MOST_LONG: usize = 16;

/// The number of shorter ones that are kept: a process can replay a thousand sessions, each with tokens and passwords of
/// its own.
const MOST_SHORT: usize = 256;

/// The number of pieces from which a secret is a long one.
const LONG: usize = 1000;

static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
static KEYS: LazyLock<(u64, u64)> = LazyLock::new(|| (KEY.hash_one(1), KEY.hash_one(2)));
static KNOWN: LazyLock<RwLock<KnownTraces>> = LazyLock::new(RwLock::default);
static ANY: AtomicBool = AtomicBool::new(false);

/// The traces of all secrets.
#[derive(Default)]
struct KnownTraces {
    long: VecDeque<Traces>,
    short: VecDeque<Traces>,
    /// The hashes of the whole secrets.
    wholes: HashSet<u64>,
    /// The hash of every piece of them, and in how many places it stands: secrets have pieces in common.
    pieces: HashMap<u64, usize, BuildHasherDefault<AsItIs>>,
    /// The number of pieces of each length. Few secrets are shorter than a piece.
    lengths: [usize; PIECE + 1],
}

/// Takes a hash for its own: it is one already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = self.0.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// The pieces of one secret.
struct Traces {
    whole: u64,
    pieces: Vec<(usize, u64)>,
}

/// Remembers a secret that is about to be used, so that it is found in answers.
pub fn remember(secret: &str) {
    let whole = KEY.hash_one(secret);
    if KNOWN.read().unwrap_or_else(PoisonError::into_inner).wholes.contains(&whole) {
        return;
    }
    let Some(traces) = Traces::new(secret) else { return };
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.add(traces);
    ANY.store(true, Ordering::Release);
}

/// `text` with `***` in place of the secrets in use, and of long pieces of them.
pub fn mask(text: &str) -> Cow<'_, str> {
    if !ANY.load(Ordering::Acquire) {
        return Cow::Borrowed(text);
    }
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let spans = known.spans_in(text);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let (mut masked, mut end) = (String::with_capacity(text.len()), 0);
    for span in spans {
        masked.push_str(&text[end..span.start]);
        masked.push_str(MASK);
        end = span.end;
    }
    masked.push_str(&text[end..]);
    Cow::Owned(masked)
}

impl Traces {
    /// The traces of a secret; `None` if it is too short to be distinguished from a word.
    fn new(secret: &str) -> Option<Self> {
        let mut pieces = pieces_of(secret);
        if pieces.is_empty() {
            return None;
        }
        // In base64 a text looks different at each of three places.
        for before in ["", "x", "xx"] {
            let encoded = STANDARD_NO_PAD.encode(format!("{before}{secret}"));
            // What stands at the ends depends on what stands beside the secret.
            let (first, last) = (before.len() * 2, encoded.len().saturating_sub(2));
            pieces.extend(encoded.get(first..last).map(pieces_of).unwrap_or_default());
        }
        Some(Self { whole: KEY.hash_one(secret), pieces })
    }
}

impl KnownTraces {
    fn add(&mut self, traces: Traces) {
        // Another thread may have been first.
        if !self.wholes.insert(traces.whole) {
            return;
        }
        for (length, piece) in &traces.pieces {
            *self.pieces.entry(*piece).or_default() += 1;
            self.lengths[*length] += 1;
        }
        let is_long = traces.pieces.len() >= LONG;
        let (kin, most) = if is_long { (&mut self.long, MOST_LONG) } else { (&mut self.short, MOST_SHORT) };
        kin.push_back(traces);
        if kin.len() > most
            && let Some(oldest) = kin.pop_front()
        {
            self.forget(&oldest);
        }
    }

    fn forget(&mut self, traces: &Traces) {
        self.wholes.remove(&traces.whole);
        for (length, piece) in &traces.pieces {
            self.lengths[*length] -= 1;
            if let Entry::Occupied(mut places) = self.pieces.entry(*piece) {
                *places.get_mut() -= 1;
                if *places.get() == 0 {
                    places.remove();
                }
            }
        }
    }

    /// Returns the places of secrets in a text, in order.
    fn spans_in(&self, text: &str) -> Vec<Range<usize>> {
        if text.len() < SHORTEST {
            return Vec::new();
        }
        let bare: Vec<u8> = letters_of(text).map(|(letter, _)| letter).collect();
        let mut covered = Vec::new();
        for length in (SHORTEST..=PIECE).filter(|length| self.lengths[*length] > 0) {
            for (at, piece) in bare.windows(length).enumerate() {
                if self.pieces.contains_key(&trace(piece)) {
                    covered.resize(bare.len(), false);
                    covered[at..at + length].fill(true);
                }
            }
        }
        if covered.is_empty() {
            return Vec::new();
        }
        let mut spans: Vec<Range<usize>> = Vec::new();
        let mut before = false;
        for ((_, span), covered) in letters_of(text).zip(covered) {
            match spans.last_mut() {
                Some(last) if covered && before => last.end = span.end,
                _ if covered => spans.push(span),
                _ => {}
            }
            before = covered;
        }
        spans
    }
}

/// The pieces of a secret: all that are as long as a piece, or the whole of a short one.
fn pieces_of(secret: &str) -> Vec<(usize, u64)> {
    let bare: Vec<u8> = secret.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase()).collect();
    if bare.len() < SHORTEST {
        return Vec::new();
    }
    let length = bare.len().min(PIECE);
    bare.windows(length).map(|piece| (length, trace(piece))).collect()
}

/// The hash of a piece, with two keys that are new in every process. Every letter of every text is hashed several times, so it is
/// one multiplication: who could read the hashes could read the keys as well, and would find the pieces by trying, whatever the
/// hash is.
fn trace(piece: &[u8]) -> u64 {
    let (Some(first), Some(last)) = (piece.first_chunk::<8>(), piece.last_chunk::<8>()) else { return 0 };
    let (one, other) = *KEYS;
    let first = u64::from_le_bytes(*first) ^ one;
    let last = u64::from_le_bytes(*last) ^ other ^ ((piece.len() as u64) << 60);
    let product = u128::from(first) * u128::from(last);
    (product >> 64) as u64 ^ product as u64
}

/// The letters and digits of a text, in lower case, each with the bytes that stand for it.
fn letters_of(text: &str) -> impl Iterator<Item = (u8, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let (letter, length) = match bytes[at..] {
                [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => (hex(&[high, low]), 3),
                [b'\\', b'u', b'0', b'0', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    (hex(&[high, low]), 6)
                }
                [b'\\', b'n' | b'r' | b't' | b'b' | b'f', ..] => (b' ', 2),
                [byte, ..] => (byte, 1),
                [] => break,
            };
            let span = at..at + length;
            at += length;
            if letter.is_ascii_alphanumeric() {
                return Some((letter.to_ascii_lowercase(), span));
            }
        }
        None
    })
}

fn hex(digits: &[u8; 2]) -> u8 {
    std::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A different secret for each test, because the process remembers each one.
    fn secret(seed: &str) -> String {
        format!("{seed}.Qx7-Rt_{seed}zW~{seed}9kLm4Np8")
    }

    #[test]
    fn a_secret_is_masked_however_it_is_written() {
        let secret = secret("aGvd81");
        remember(&secret);
        let percent: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let escaped: String = secret.bytes().map(|byte| format!("\\u{byte:04X}")).collect();
        let lines: Vec<String> = secret.as_bytes().chunks(5).map(|part| String::from_utf8_lossy(part).into()).collect();
        let base64 = |before: &str| STANDARD_NO_PAD.encode(format!("{before}{secret}"));
        for form in [
            secret.clone(),
            secret.to_uppercase(),
            percent,
            escaped,
            lines.join("\r\n  "),
            lines.join("\\n"),
            base64(""),
            base64("a"),
            base64("ab"),
            base64("abc").replace('+', "-"),
            secret[3..].to_owned(),
            secret[..15].to_owned(),
        ] {
            let masked = mask(&format!("before {form} after")).into_owned();
            assert!(
                masked.starts_with("before ") && masked.ends_with("after") && masked.contains("***"),
                "{form}: {masked}"
            );
            let left: String = masked.chars().filter(char::is_ascii_alphanumeric).collect();
            assert!(left.len() < "beforeafter".len() + 12, "{form}: {masked}");
        }
    }

    #[test]
    fn text_without_secrets_is_unchanged() {
        remember(&secret("Zr5tQ0"));
        remember("short");
        for text in [
            "Request_ResourceNotFound",
            "7d0c2f9e-6d3f-4a53-9e0c-2b1f4f3f9a10",
            "short",
            "%",
            "%4",
            "\\u00",
            "größe %e4",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    /// On traces of its own: those of the process are the other tests', too.
    #[test]
    fn only_the_newest_secrets_are_remembered() {
        let mut known = KnownTraces::default();
        let token = |index: usize| format!("{index:03}abcdefghijk").repeat(80);
        known.add(Traces::new("Passw0rd-of-mine").unwrap());
        (0..40).for_each(|index| known.add(Traces::new(&token(index)).unwrap()));
        assert_eq!(known.long.len(), MOST_LONG);
        assert_eq!(known.spans_in(&token(39)).first(), Some(&(0..token(39).len())));
        assert_eq!(known.spans_in("Passw0rd-of-mine").len(), 1);
        (0..4_000).for_each(|index| known.add(Traces::new(&format!("of-session-{index:05}")).unwrap()));
        assert_eq!(known.spans_in("of-session-03999").len(), 1);
        assert!(known.spans_in("Passw0rd-of-mine").is_empty());
        assert_eq!((known.short.len(), known.wholes.len()), (MOST_SHORT, MOST_SHORT + MOST_LONG));
        assert!(known.pieces.len() < 200_000, "{}", known.pieces.len());
    }

    proptest! {
        #[test]
        fn any_text_is_masked_without_a_panic(text in "\\PC*", around in "\\PC{0,8}") {
            let secret = secret("mK2pX9");
            remember(&secret);
            let _ = mask(&text);
            let masked = mask(&format!("{around} {secret} {around}")).into_owned();
            prop_assert!(!masked.contains(&secret));
        }
    }
}
