//! JSON that is masked while it is written.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use crate::masking::hide_secrets;

/// Writes a value as JSON with all its texts as [`without_secrets`](crate::masking::without_secrets) shows them. Names of properties
/// stand as they are. Returns whether anything was masked.
///
/// # Errors
///
/// The writer's; and if the value holds raw JSON, in which no text can be masked.
pub fn write_without_secrets<T: Serialize + ?Sized>(writer: impl Write, value: &T) -> serde_json::Result<bool> {
    let mut is_masked = false;
    let formatter =
        MaskingFormatter { text: String::new(), is_escaped: false, is_name: false, is_masked: &mut is_masked };
    value.serialize(&mut serde_json::Serializer::with_formatter(writer, formatter))?;
    Ok(is_masked)
}

/// Gathers each text before it writes it, since a secret may stand anywhere in it.
struct MaskingFormatter<'m> {
    /// The text, without escapes.
    text: String,
    /// Whether something in it is escaped.
    is_escaped: bool,
    /// Whether it is the name of a property.
    is_name: bool,
    /// Whether anything was masked so far.
    is_masked: &'m mut bool,
}

impl Formatter for MaskingFormatter<'_> {
    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.is_name = true;
        CompactFormatter.begin_object_key(writer, first)
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.is_name = false;
        CompactFormatter.end_object_key(writer)
    }

    fn begin_string<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.text.clear();
        self.is_escaped = false;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, _: &mut W, fragment: &str) -> io::Result<()> {
        self.text.push_str(fragment);
        Ok(())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, _: &mut W, escaped: CharEscape) -> io::Result<()> {
        self.is_escaped = true;
        self.text.push(match escaped {
            CharEscape::Quote => '"',
            CharEscape::ReverseSolidus => '\\',
            CharEscape::Solidus => '/',
            CharEscape::Backspace => '\u{8}',
            CharEscape::FormFeed => '\u{c}',
            CharEscape::LineFeed => '\n',
            CharEscape::CarriageReturn => '\r',
            CharEscape::Tab => '\t',
            CharEscape::AsciiControl(byte) => char::from(byte),
        });
        Ok(())
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let text = if self.is_name { Cow::Borrowed(self.text.as_str()) } else { hide_secrets(&self.text) };
        *self.is_masked |= matches!(text, Cow::Owned(_));
        if self.is_escaped {
            return serde_json::to_writer(writer, &*text).map_err(io::Error::from);
        }
        // What a mask puts there needs no escape either.
        writer.write_all(b"\"")?;
        writer.write_all(text.as_bytes())?;
        writer.write_all(b"\"")
    }

    fn write_raw_fragment<W: ?Sized + Write>(&mut self, _: &mut W, _: &str) -> io::Result<()> {
        Err(io::Error::other("raw JSON cannot be masked"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::in_use;
    use crate::masking::without_secrets;
    use proptest::prelude::*;
    use serde_json::value::RawValue;
    use serde_json::{Value, json};

    fn written(value: &impl Serialize) -> String {
        let mut bytes = Vec::new();
        write_without_secrets(&mut bytes, value).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_secret_is_masked_in_every_text_of_a_document() {
        in_use::remember("canary-Qx7-in-use-0001");
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJjYW5hcnkifQ.c2lnbmF0dXJl";
        let body = json!({
            "plain": "canary-Qx7-in-use-0001", "deep": [[{"er": format!("Bearer {token}")}]],
            "lines": "a\n\"canary-Qx7-in-use-0001\"\t\u{1}b", "json": "{\"password\": \"canary\"}", "url": "https://x/y?sig=canary",
            "number": 1.5, "null": null, "kept": "größe \\ \"x\"",
        });
        let text = written(&body);
        assert!(!text.contains("canary") && !text.contains("eyJ"), "{text}");
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["lines"], "a\n\"***\"\t\u{1}b");
        assert_eq!([&read["number"], &read["null"], &read["kept"]], [&body["number"], &body["null"], &body["kept"]]);
    }

    #[test]
    fn names_of_properties_stand_as_they_are() {
        assert_eq!(written(&json!({"a\"?sig=b": {"sig=c": "sig=d"}})), r#"{"a\"?sig=b":{"sig=c":"sig=***"}}"#);
    }

    #[test]
    fn it_is_told_whether_anything_was_masked() {
        let is_masked = |value: &Value| write_without_secrets(io::sink(), value).unwrap();
        assert!(is_masked(&json!([{"a": 1, "url": "https://x/y?sig=canary", "b": "c"}])));
        assert!(!is_masked(&json!([{"a": 1, "url": "https://x/y?sig=***", "sig=d": "\"b\"\n"}])));
    }

    #[test]
    fn raw_json_is_refused_because_its_texts_cannot_be_masked() {
        let raw = RawValue::from_string("{\"password\": \"canary\"}".to_owned()).unwrap();
        assert!(write_without_secrets(io::sink(), &raw).is_err());
    }

    proptest! {
        #[test]
        fn a_text_is_written_as_it_is_masked_alone(text in "(\\PC|[\"\\\\\n\t\u{0}-\u{1f}]|sig=|password: ){0,12}") {
            let expected = serde_json::to_string(&without_secrets(&text)).unwrap();
            prop_assert_eq!(written(&text), expected);
        }
    }
}
