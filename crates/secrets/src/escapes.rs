//! A text without its escapes: percent signs of URLs, entities of HTML, escapes of JavaScript. A secret may stand behind several layers.

use std::ops::Range;

use memchr::memchr3;

/// The characters that part names and values from one another, or one address from the next: what is escaped without one of them reads
/// the same without its escapes.
const PARTING: &[u8] = b"\"=&:/@\\{<%+#";

/// A text without the escapes of one layer, and where what it consists of stood.
pub(crate) struct Unescaped {
    pub text: String,
    /// For each byte of the text, and for its end, the place where it stood.
    places: Vec<usize>,
}

impl Unescaped {
    /// `None` if nothing that parts names and values is escaped in a text.
    pub fn new(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut at = 0;
        // Most texts end here.
        let first = loop {
            at += memchr3(b'%', b'\\', b'&', &bytes[at..])?;
            match escape(&bytes[at..]) {
                Some((byte, _)) if PARTING.contains(&byte) => break at,
                _ => at += 1,
            }
        };
        let mut unescaped = Self { text: text[..first].to_owned(), places: (0..first).collect() };
        let mut at = first;
        while at < bytes.len() {
            match escape(&bytes[at..]) {
                Some((byte, length)) => {
                    unescaped.text.push(char::from(byte));
                    unescaped.places.push(at);
                    at += length;
                }
                None => {
                    let length = text[at..].chars().next().map_or(1, char::len_utf8);
                    unescaped.text.push_str(&text[at..at + length]);
                    unescaped.places.extend(at..at + length);
                    at += length;
                }
            }
        }
        unescaped.places.push(bytes.len());
        Some(unescaped)
    }

    /// Returns the place of a part of the text before its escapes were taken out.
    pub fn place(&self, part: &Range<usize>) -> Range<usize> {
        let place = |at: usize| self.places.get(at).copied().unwrap_or_default();
        place(part.start)..place(part.end)
    }
}

/// The ASCII character that an escape means, and the length of the escape.
fn escape(bytes: &[u8]) -> Option<(u8, usize)> {
    const ENTITIES: [(&[u8], u8); 5] =
        [(b"&quot;", b'"'), (b"&amp;", b'&'), (b"&lt;", b'<'), (b"&gt;", b'>'), (b"&apos;", b'\'')];
    match bytes {
        [b'%', digits @ ..] => ascii(digits.get(..2)?, 16).map(|byte| (byte, 3)),
        [b'\\', b'x', digits @ ..] => ascii(digits.get(..2)?, 16).map(|byte| (byte, 4)),
        [b'\\', b'u', b'0', b'0', digits @ ..] => ascii(digits.get(..2)?, 16).map(|byte| (byte, 6)),
        [b'\\', byte @ (b'/' | b'"'), ..] => Some((*byte, 2)),
        [b'&', b'#', b'x' | b'X', digits @ ..] => entity(digits, 16).map(|(byte, length)| (byte, length + 3)),
        [b'&', b'#', digits @ ..] => entity(digits, 10).map(|(byte, length)| (byte, length + 2)),
        [b'&', ..] => ENTITIES.iter().find(|(name, _)| bytes.starts_with(name)).map(|(name, byte)| (*byte, name.len())),
        _ => None,
    }
}

fn entity(digits: &[u8], radix: u32) -> Option<(u8, usize)> {
    const LONGEST: usize = 8;
    let end = digits.iter().take(LONGEST).position(|byte| *byte == b';')?;
    ascii(&digits[..end], radix).map(|byte| (byte, end + 1))
}

fn ascii(digits: &[u8], radix: u32) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
    u8::from_str_radix(digits, radix).ok().filter(u8::is_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_of_every_kind_are_taken_out_and_their_places_known() {
        for (text, expected) in [
            ("?d=%7B%22a%22%3A1%7D", "?d={\"a\":1}"),
            ("a&quot;b&#034;c&#x00022;d&amp;", "a\"b\"c\"d&"),
            ("\\x22a\\u0022:\\u003d\\/", "\"a\":=/"),
            ("ä%3Dö", "ä=ö"),
        ] {
            let unescaped = Unescaped::new(text).unwrap();
            assert_eq!(unescaped.text, expected);
            let at = expected.rfind('=').or(expected.rfind('"')).unwrap();
            assert!(text[unescaped.place(&(at..at + 1))].len() > 1 || text.contains("?d"), "{text}");
            assert_eq!(unescaped.place(&(expected.len()..expected.len())), text.len()..text.len());
        }
    }

    #[test]
    fn a_text_whose_escapes_part_nothing_is_left() {
        for text in ["", "plain", "a%20b%27c%24d", "100%", "%zz", "\\n", "a & b", "&#", "&#12345678;", "%ff"] {
            assert!(Unescaped::new(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_part_has_its_place(text in "([a-z%&;#x\\\\/=\"]|%3D|&quot;|\\\\u0022|\\PC){0,24}") {
            if let Some(unescaped) = Unescaped::new(&text) {
                for (at, c) in unescaped.text.char_indices() {
                    prop_assert!(text.get(unescaped.place(&(at..at + c.len_utf8()))).is_some());
                }
            }
        }
    }
}
