//! Bodies as programs keep them in a HAR: as text, in base64 of any dialect, still compressed, behind a byte order mark.

use std::borrow::Cow;
use std::io::Read as _;

use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use graphwalk_secrets::masking::decode_base64;

use super::reading::Doubt;

/// The largest body that is decompressed. The client reads no more of an answer either.
const LARGEST: u64 = 64 * 1024 * 1024;

/// What is before the first character in files of some programs.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The bytes of a body, and what is doubtful about them.
#[derive(Debug, PartialEq)]
pub(super) struct BodyBytes<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub doubt: Option<Doubt>,
}

/// The bytes that a text of a HAR means. `coding` is the `Content-Encoding` that the body came with; most programs have undone it.
pub(super) fn bytes_of<'a>(text: Cow<'a, str>, encoding: Option<&str>, coding: Option<&str>) -> BodyBytes<'a> {
    if !encoding.is_some_and(|encoding| encoding.eq_ignore_ascii_case("base64")) {
        return BodyBytes { bytes: into_bytes(text), doubt: None };
    }
    // Some programs name an encoding and do not encode: JSON is never base64.
    if text.trim_start_matches(BYTE_ORDER_MARK).trim_start().starts_with(['{', '[', '<']) {
        return BodyBytes { bytes: into_bytes(text), doubt: None };
    }
    match decode_base64(&text) {
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

/// The bytes without the compression that a proxy left on them.
fn decompressed(bytes: Vec<u8>, coding: Option<&str>) -> BodyBytes<'static> {
    let plain = |bytes| BodyBytes { bytes: Cow::Owned(bytes), doubt: None };
    if is_gzip(&bytes) {
        return match read_all(GzDecoder::new(bytes.as_slice())) {
            Some(plain_bytes) => plain(plain_bytes),
            None => BodyBytes { bytes: Cow::Owned(bytes), doubt: Some(Doubt::Compressed) },
        };
    }
    // What is a text is not compressed any more, whatever its headers say.
    if coding.is_none() || std::str::from_utf8(&bytes).is_ok() {
        return plain(bytes);
    }
    let inflated = coding.filter(|coding| coding.eq_ignore_ascii_case("deflate")).and_then(|_| {
        read_all(ZlibDecoder::new(bytes.as_slice())).or_else(|| read_all(DeflateDecoder::new(bytes.as_slice())))
    });
    let is_known = coding
        .is_some_and(|coding| ["deflate", "br", "zstd", "compress"].iter().any(|c| coding.eq_ignore_ascii_case(c)));
    match inflated {
        Some(inflated) => plain(inflated),
        None => BodyBytes { bytes: Cow::Owned(bytes), doubt: is_known.then_some(Doubt::Compressed) },
    }
}

/// Whether bytes begin as those of gzip do (RFC 1952).
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

/// The bytes of a text without the mark of its byte order.
pub(super) fn bytes_without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK.encode_utf8(&mut [0; 4]).as_bytes()).unwrap_or(bytes)
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
        assert_eq!(read(&STANDARD.encode([0xff, 0xd8]), "base64", "").1, None, "a picture");
    }
}
