//! The text of a file: unpacked, in UTF-8, without what no program reads.

use std::borrow::Cow;
use std::io::Read as _;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::RecordingError;
use super::body::{is_gzip, without_mark};

/// The largest file that is read. A session of a tutorial has some hundred kilobytes.
const LARGEST: u64 = 1024 * 1024 * 1024;

/// The bytes of a file, unpacked if it is a `.har.gz`, unless they are more than those of any recording.
pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, RecordingError> {
    let unreadable = |source| RecordingError::Unreadable { path: path.to_owned(), source };
    let name = || path.display().to_string();
    let too_large = |size: u64| {
        let megabytes = |bytes: u64| bytes / 1_000_000;
        RecordingError::TooLarge { name: name(), megabytes: megabytes(size), limit: megabytes(LARGEST) }
    };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > LARGEST {
        return Err(too_large(size));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    if !is_gzip(&bytes) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    let read = MultiGzDecoder::new(bytes.as_slice()).take(LARGEST + 1).read_to_end(&mut unpacked);
    match read {
        Ok(size) if size as u64 > LARGEST => Err(too_large(size as u64)),
        Ok(_) => Ok(unpacked),
        Err(_) => Err(RecordingError::OtherFormat {
            name: name(),
            what: "a gzip file that is damaged or not whole",
            help: "fetch it again",
        }),
    }
}

/// The text of a file, without the mark of the byte order that some editors put before it.
pub(super) fn text_of<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, RecordingError> {
    let format = |what, help| RecordingError::OtherFormat { name: name.to_owned(), what, help };
    match bytes {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => {
            let help =
                "unpack it and name the `.har` in it; Playwright keeps bodies in the HAR with `content: \"embed\"`";
            return Err(format("a ZIP archive", help));
        }
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'{', ..] | [b'{', 0, ..] => {
            return Err(format("UTF-16 text", "save it as UTF-8"));
        }
        _ if is_gzip(bytes) => return Err(format("a gzip file", "unpack it")),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => return Err(format("a Zstandard file", "unpack it")),
        [b'7', b'z', 0xbc, 0xaf, ..] => return Err(format("a 7z archive", "unpack it and name the `.har` in it")),
        [b'c', b'h', b'l', b's', ..] => return Err(format("a session of Charles", "export it there as HAR")),
        _ => {}
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| RecordingError::NotUtf8 { name: name.to_owned(), byte: error.valid_up_to() + 1 })?;
    // What programs write to fill a block, and the end of a file of old.
    Ok(without_mark(text).trim_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{1a}')))
}

/// Returns the fault of a text that is something else than a HAR, by how it begins.
pub(super) fn other_format(name: &str, text: &str) -> Option<RecordingError> {
    const BEGINNING: usize = 4096;
    let begins = |with: &str| text.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let end = (0..=BEGINNING.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    let has = |words: &str| text[..end].contains(words);
    let (what, help) = match () {
        () if begins("version https://git-lfs") => ("a pointer of Git LFS", "fetch the file itself: git lfs pull"),
        () if begins("<!doctype html") || begins("<html") => {
            ("an HTML page", "a server has answered with a page, e.g. to sign in, instead of the file: fetch it again")
        }
        () if begins("<") && has("burpVersion") => ("an export of Burp in XML", "export it as HAR"),
        () if begins("<") => ("XML", "export the traffic as HAR"),
        () if has("schema.getpostman.com") => {
            ("a Postman collection", "make a recording of it: graphwalk recording import FILE --out FILE")
        }
        () if has("\"__export_format\"") => ("an export of Insomnia", "export the traffic as HAR"),
        () => return None,
    };
    Some(RecordingError::OtherFormat { name: name.to_owned(), what, help })
}

/// The text with U+FFFD in the place of each half of a character that stands alone: JavaScript writes such halves, and no JSON
/// reader takes them. What stands where in the text stays.
pub(super) fn without_lone_halves(text: &str) -> Cow<'_, str> {
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let half = |at: usize| {
        let digits = bytes.get(at..at + 6).and_then(|escape| escape.strip_prefix(b"\\u"))?;
        let code = u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        (0xd800..0xe000).contains(&code).then_some(code < 0xdc00)
    };
    let mut repaired = String::new();
    let (mut at, mut kept) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
        } else {
            match (half(at), half(at + 6)) {
                (Some(true), Some(false)) => at += 12,
                (Some(_), _) => {
                    repaired.push_str(&text[kept..at]);
                    repaired.push_str("\\ufffd");
                    at += 6;
                    kept = at;
                }
                // The character behind a backslash is not a beginning.
                (None, _) => at += 2,
            }
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    repaired.push_str(&text[kept..]);
    Cow::Owned(repaired)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_half_of_a_character_is_replaced_and_a_whole_one_stays() {
        for (text, expected) in [
            (r#"{"a": "x\ud83dy"}"#, r#"{"a": "x\ufffdy"}"#),
            (
                r#"["\uDE00", "\ud83d\ude00", "\\ud83d", "\ud83d\ud83d\ude00"]"#,
                r#"["\ufffd", "\ud83d\ude00", "\\ud83d", "\ufffd\ud83d\ude00"]"#,
            ),
            (r#""\ud8"#, r#""\ud8"#),
            ("größe", "größe"),
        ] {
            assert_eq!(without_lone_halves(text), expected);
        }
    }

    #[test]
    fn a_file_that_is_no_text_is_named_for_what_it_is() {
        let told = |bytes: &[u8]| text_of("x.har", bytes).unwrap_err().to_string();
        let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(told(&utf16), "x.har is UTF-16 text, and no recording");
        assert_eq!(told(b"{\0\"\0"), "x.har is UTF-16 text, and no recording");
        assert_eq!(told(b"PK\x03\x04har.har"), "x.har is a ZIP archive, and no recording");
        assert_eq!(told(b"{\xeb}"), "x.har is not UTF-8: byte 2 is wrong");
        assert_eq!(told(b"PK\x05\x06"), "x.har is a ZIP archive, and no recording");
        assert_eq!(told(b"\x28\xb5\x2f\xfd"), "x.har is a Zstandard file, and no recording");
        for (text, what) in [
            ("<!DOCTYPE html>", "an HTML page"),
            ("<?xml version=\"1.0\"?><items burpVersion=\"1\">", "an export of Burp in XML"),
            ("version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS"),
            ("{\"info\": {\"schema\": \"https://schema.getpostman.com/x\"}}", "a Postman collection"),
        ] {
            let told = crate::Recording::parse("x.har", text.as_bytes()).unwrap_err().to_string();
            assert_eq!(told, format!("x.har is {what}, and no recording"));
        }
        assert!(other_format("x.har", "{\"log\": 1").is_none() && other_format("x.har", "hello").is_none());
        assert_eq!(text_of("x.har", b" \xef\xbb\xbf{}\n\0\0\x1a").unwrap(), "\u{feff}{}");
    }

    #[test]
    fn a_gzipped_file_is_unpacked_and_a_damaged_one_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.har.gz");
        let mut packed = Vec::new();
        flate2::read::GzEncoder::new(&b"{\"log\": 1}"[..], flate2::Compression::fast())
            .read_to_end(&mut packed)
            .unwrap();
        std::fs::write(&path, &packed).unwrap();
        assert_eq!(bytes_of(&path).unwrap(), b"{\"log\": 1}");
        std::fs::write(&path, &packed[..15]).unwrap();
        assert!(
            bytes_of(&path)
                .unwrap_err()
                .to_string()
                .ends_with("is a gzip file that is damaged or not whole, and no recording")
        );
    }
}
