//! Bodies as programs keep them in a HAR: as text, in base64 of any dialect, still compressed, behind a byte order mark.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use graphwalk_secrets::masking::decode_base64;
use serde::de::IgnoredAny;

use super::file_text::without_lone_halves;
use super::reading::Doubt;

/// The largest body that is decompressed. The client reads no more of an answer either.
const LARGEST: u64 = 64 * 1024 * 1024;

/// No body is compressed more often.
const MOST_CODINGS: usize = 4;

/// The bytes that Brotli reads at a time.
const BUFFER: usize = 4096;

/// The mark before the first character in files of some programs.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The bytes of a body, and what is doubtful about them.
#[derive(Debug, PartialEq)]
pub(super) struct BodyBytes<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub doubt: Option<Doubt>,
}

/// The bytes that a text of a HAR means. `coding` is the `Content-Encoding` that the body came with; most programs have undone it.
pub(super) fn bytes_of<'a>(text: Cow<'a, str>, encoding: Option<&str>, coding: Option<&str>) -> BodyBytes<'a> {
    if !encoding.is_some_and(|encoding| encoding.trim().eq_ignore_ascii_case("base64")) {
        return BodyBytes { bytes: into_bytes(text), doubt: None };
    }
    // Some programs name an encoding and do not encode: JSON is never base64.
    if text.trim_start_matches(BYTE_ORDER_MARK).trim_start().starts_with(['{', '[', '<']) {
        return BodyBytes { bytes: into_bytes(text), doubt: None };
    }
    let encoded =
        text.strip_prefix("data:").and_then(|data| data.split_once(";base64,")).map_or(&*text, |(_, text)| text);
    match decode_base64(encoded) {
        Some(bytes) => decompressed(bytes, coding),
        None => BodyBytes { bytes: into_bytes(text), doubt: Some(Doubt::NotBase64) },
    }
}

fn into_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Returns whether a text is JSON in base64, where it is said to be JSON: some programs encode and do not say so.
pub(super) fn is_encoded_json(text: &str) -> bool {
    // `{`, `[`, and the mark of a byte order.
    ["e", "W", "77u/"].iter().any(|begin| text.starts_with(begin))
        && decode_base64(text)
            .is_some_and(|bytes| serde_json::from_slice::<IgnoredAny>(bytes_without_mark(&bytes)).is_ok())
}

/// The bytes of a body; of JSON without halves of characters, such as previews have that were cut in the middle of one.
pub(super) fn readable(bytes: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let repaired = std::str::from_utf8(&bytes).ok().and_then(|text| match without_lone_halves(text) {
        Cow::Owned(text) if text.trim_start().starts_with(['{', '[']) => Some(text),
        _ => None,
    });
    repaired.map_or(bytes, |text| Cow::Owned(text.into_bytes()))
}

/// The bytes without the compression that a proxy left on them. `coding` may name several, the last one outermost.
fn decompressed(bytes: Vec<u8>, coding: Option<&str>) -> BodyBytes<'static> {
    let mut codings: Vec<&str> =
        coding.unwrap_or_default().split(',').map(str::trim).filter(|c| !c.is_empty()).collect();
    let mut bytes = bytes;
    for _ in 0..MOST_CODINGS {
        let declared = codings.pop().map(Compression::named);
        // What is a text is not compressed any more, whatever its headers say.
        let Some(compression) = Compression::seen(&bytes).or(declared.filter(|_| !is_text(&bytes)).flatten()) else {
            if codings.is_empty() {
                return BodyBytes { bytes: Cow::Owned(bytes), doubt: None };
            }
            continue;
        };
        match compression.undo(&bytes) {
            Some(plain) => bytes = plain,
            None => return BodyBytes { bytes: Cow::Owned(bytes), doubt: Some(Doubt::Compressed) },
        }
    }
    BodyBytes { bytes: Cow::Owned(bytes), doubt: None }
}

/// The compression of a body.
#[derive(Clone, Copy)]
enum Compression {
    Gzip,
    Deflate,
    Brotli,
    Zstandard,
    /// Known by its name, and not read.
    Unread,
}

impl Compression {
    /// The one that `Content-Encoding` calls so.
    fn named(name: &str) -> Option<Self> {
        let names = [
            ("gzip", Self::Gzip),
            ("x-gzip", Self::Gzip),
            ("deflate", Self::Deflate),
            ("br", Self::Brotli),
            ("zstd", Self::Zstandard),
            ("compress", Self::Unread),
            ("x-compress", Self::Unread),
            ("dcb", Self::Unread),
            ("dcz", Self::Unread),
        ];
        names.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known)).map(|(_, compression)| compression)
    }

    /// The one that the first bytes tell: gzip (RFC 1952), Zstandard (RFC 8878).
    fn seen(bytes: &[u8]) -> Option<Self> {
        match bytes {
            bytes if is_gzip(bytes) => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstandard),
            _ => None,
        }
    }

    /// Decompresses; `None` if the bytes are faulty, or it is too much.
    fn undo(self, bytes: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Gzip => read_all(GzDecoder::new(bytes)),
            Self::Deflate => read_all(ZlibDecoder::new(bytes)).or_else(|| read_all(DeflateDecoder::new(bytes))),
            Self::Brotli => read_all(brotli_decompressor::Decompressor::new(bytes, BUFFER)),
            Self::Zstandard => read_all(ruzstd::decoding::StreamingDecoder::new(bytes).ok()?),
            Self::Unread => None,
        }
    }
}

/// Returns whether bytes are a text: in UTF-8, without the control characters that no text has.
fn is_text(bytes: &[u8]) -> bool {
    let is_stray = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{1e}');
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(is_stray))
}

/// Returns whether bytes begin as those of gzip do (RFC 1952).
pub(super) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// All that a decoder gives; `None` if that is too much, or the bytes are faulty.
fn read_all(decoder: impl std::io::Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    decoder.take(LARGEST + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() as u64 <= LARGEST).then_some(bytes)
}

/// A text without the mark of its byte order.
pub(super) fn without_mark(text: &str) -> &str {
    text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)
}

/// The bytes of a text without the mark of its byte order, also where that was read as Latin-1.
pub(super) fn bytes_without_mark(bytes: &[u8]) -> &[u8] {
    const MISREAD: &[u8] = "\u{ef}\u{bb}\u{bf}".as_bytes();
    let mark = BYTE_ORDER_MARK;
    bytes
        .strip_prefix(mark.encode_utf8(&mut [0; 4]).as_bytes())
        .or_else(|| bytes.strip_prefix(MISREAD))
        .unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use flate2::Compression;
    use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};

    const BODY: &str = "{\"displayName\": \"Adele ~~ÿÿ Vance\"}";

    fn read(text: &str, encoding: &str, coding: &str) -> (String, Option<Doubt>) {
        let BodyBytes { bytes, doubt } =
            bytes_of(Cow::Borrowed(text), Some(encoding), Some(coding).filter(|c| !c.is_empty()));
        (String::from_utf8_lossy(&bytes).into_owned(), doubt)
    }

    fn all(mut encoder: impl std::io::Read) -> String {
        let mut bytes = Vec::new();
        encoder.read_to_end(&mut bytes).unwrap();
        STANDARD.encode(bytes)
    }

    #[test]
    fn a_body_is_read_from_every_dialect_of_base64() {
        let padded = STANDARD.encode(BODY);
        let lines: Vec<&str> = padded.as_bytes().chunks(20).map(|line| std::str::from_utf8(line).unwrap()).collect();
        for text in
            [padded.clone(), lines.join("\r\n"), padded.trim_end_matches('=').to_owned(), URL_SAFE_NO_PAD.encode(BODY)]
        {
            for label in ["base64", "BASE64"] {
                assert_eq!(read(&text, label, ""), (BODY.to_owned(), None), "{text}");
            }
        }
        assert_eq!(read(BODY, "base64", ""), (BODY.to_owned(), None), "a label without encoding");
        assert_eq!(read("%%%", "base64", ""), ("%%%".to_owned(), Some(Doubt::NotBase64)));
        assert_eq!(read(BODY, "utf8", ""), (BODY.to_owned(), None));
    }

    #[test]
    fn json_in_base64_is_known_without_a_label_and_by_an_address_of_data() {
        for text in [STANDARD.encode(BODY), URL_SAFE_NO_PAD.encode(BODY), STANDARD.encode(format!("\u{feff}{BODY}"))] {
            assert!(is_encoded_json(&text), "{text}");
            assert_eq!(read(&format!("data:application/json;base64,{text}"), " Base64 ", "").1, None);
        }
        assert_eq!(read(&format!("data:;base64,{}", STANDARD.encode(BODY)), "base64", "").0, BODY);
        for text in [BODY, "eyJhbGciOiJub25lIn0.e30.", "e", "", "Words", &STANDARD.encode("{no json")] {
            assert!(!is_encoded_json(text), "{text}");
        }
    }

    #[test]
    fn a_body_with_half_a_character_is_readable_json() {
        let cut = br#"{"bodyPreview": "see \ud83d", "a": "\ud83d\ude00"}"#;
        assert_eq!(readable(Cow::Borrowed(cut)), &br#"{"bodyPreview": "see \ufffd", "a": "\ud83d\ude00"}"#[..]);
        for text in [&b"see \\ud83d"[..], BODY.as_bytes(), &[0xff, b'{']] {
            assert_eq!(readable(Cow::Borrowed(text)), text);
        }
        assert_eq!(bytes_without_mark("\u{ef}\u{bb}\u{bf}{}".as_bytes()), b"{}");
    }

    #[test]
    fn a_body_that_a_proxy_left_compressed_is_read() {
        let (bytes, fast) = (BODY.as_bytes(), Compression::fast());
        let gzip = all(GzEncoder::new(bytes, fast));
        assert_eq!(read(&gzip, "base64", "gzip"), (BODY.to_owned(), None));
        assert_eq!(read(&gzip, "base64", ""), (BODY.to_owned(), None), "it says so itself");
        for deflated in [all(ZlibEncoder::new(bytes, fast)), all(DeflateEncoder::new(bytes, fast))] {
            assert_eq!(read(&deflated, "base64", "deflate"), (BODY.to_owned(), None));
        }
        assert_eq!(read(&STANDARD.encode(BODY), "base64", "br"), (BODY.to_owned(), None), "undone already");
        assert_eq!(read(&STANDARD.encode([0xff, 0xfe]), "base64", "br").1, Some(Doubt::Compressed));
        assert_eq!(read(&gzip[..40], "base64", "gzip").1, Some(Doubt::Compressed));
        assert_eq!(read(&STANDARD.encode([0xff, 0xfe]), "base64", "compress").1, Some(Doubt::Compressed));
        assert_eq!(read(&STANDARD.encode([0xff, 0xd8]), "base64", "").1, None, "a picture");
    }

    /// Made by node's zlib of [`BODY`], the second of it in gzip.
    const BROTLI: &str = "CxKAeyJkaXNwbGF5TmFtZSI6ICJBZGVsZSB+fsO/w78gVmFuY2UifQM=";
    const BROTLI_OF_GZIP: &str = "CxyAH4sIAAAAAAAAA6tWSsksLshJrPRLzE1VslJQckxJzUlVqKs7vP/wfoWwxLzkVKVaAFcFUCglAAAAAw==";
    /// Made by `zstd -19` of [`BODY`].
    const ZSTANDARD: &str = "KLUv/QRoKQEAeyJkaXNwbGF5TmFtZSI6ICJBZGVsZSB+fsO/w78gVmFuY2UifV34cg8=";

    #[test]
    fn brotli_and_zstandard_are_read_alone_and_one_in_the_other() {
        for (text, coding) in [
            (BROTLI, "br"),
            (BROTLI, "BR"),
            (BROTLI_OF_GZIP, "gzip, br"),
            (ZSTANDARD, "zstd"),
            (ZSTANDARD, ""),
            (ZSTANDARD, "identity"),
        ] {
            assert_eq!(read(text, "base64", coding), (BODY.to_owned(), None), "{text} {coding}");
        }
        for broken in [&BROTLI[..20], &ZSTANDARD[..20]] {
            let coding = if broken.starts_with("Cx") { "br" } else { "zstd" };
            assert_eq!(read(broken, "base64", coding).1, Some(Doubt::Compressed), "{broken}");
        }
        assert_eq!(read(&STANDARD.encode(b"\x89PNG\r\n\x1a\n"), "base64", "identity").1, None, "a picture");
    }
}
