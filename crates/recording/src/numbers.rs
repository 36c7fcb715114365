//! Numbers that a JSON value cannot hold as they are written: more digits than a float has, `1E3`, `-0`.
//!
//! In a value that [`read_json`] reads they are texts, a mark and what was written; [`restore`] writes them as they were.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// The mark before a number as it was written. No text of a service begins with it.
const MARK: char = '\u{1}';

/// The mark as JSON writes it, at the beginning of a text.
const WRITTEN_MARK: &str = "\"\\u0001";

/// Reads JSON, with each number that a value cannot hold kept as it is written. By itself serde_json may be one digit off, and again
/// each time that the number is written and read.
pub(super) fn read_json(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&shielded(text))
}

/// A JSON text with a marked text in the place of each such number.
fn shielded(text: &str) -> Cow<'_, str> {
    // What is marked already would be taken for a number.
    if text.contains("\\u0001") {
        return Cow::Borrowed(text);
    }
    let (mut shielded, mut kept) = (String::new(), 0);
    for (at, number) in numbers_of(text).filter(|(_, number)| !holds(number)) {
        shielded.push_str(&text[kept..at]);
        shielded.push_str(&format!("{WRITTEN_MARK}{number}\""));
        kept = at + number.len();
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    shielded.push_str(&text[kept..]);
    Cow::Owned(shielded)
}

/// `text`, which was made of a value of [`read_json`], with the numbers as they were written.
pub(super) fn restore(text: String) -> String {
    if !text.contains(WRITTEN_MARK) {
        return text;
    }
    let (mut restored, mut rest) = (String::with_capacity(text.len()), text.as_str());
    while let Some(at) = rest.find(WRITTEN_MARK) {
        let after = &rest[at + WRITTEN_MARK.len()..];
        let number = after.split('"').next().unwrap_or_default();
        restored.push_str(&rest[..at]);
        if is_number(number) {
            restored.push_str(number);
            rest = &after[number.len() + 1..];
        } else {
            restored.push_str(WRITTEN_MARK);
            rest = after;
        }
    }
    restored + rest
}

/// Returns whether a text is in the place of a number. It tells nothing, whoever wrote it.
pub(super) fn is_shielded(text: &str) -> bool {
    text.strip_prefix(MARK).is_some_and(is_number)
}

/// The number in whose place a text is, as near as a float is.
pub(super) fn shielded_number(text: &str) -> Option<Number> {
    let written = text.strip_prefix(MARK).filter(|written| is_number(written))?;
    written.parse().ok().and_then(Number::from_f64)
}

/// Returns whether a text is a number of JSON that no value holds.
fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
        && !holds(text)
        && serde_json::from_str::<Number>(text).is_ok()
}

/// Returns whether a JSON value holds a number so that it is written again as it is.
fn holds(number: &str) -> bool {
    // What most numbers are.
    if number.len() < 16 && number.bytes().all(|byte| byte.is_ascii_digit()) {
        return true;
    }
    let written = serde_json::from_str::<Value>(number).map(|value| value.to_string());
    written.is_ok_and(|written| written == number)
}

/// The numbers of a JSON text, and where they stand.
fn numbers_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let mut in_string = false;
        while at < bytes.len() {
            match bytes[at] {
                b'\\' if in_string => at += 1,
                b'"' => in_string = !in_string,
                b'-' | b'0'..=b'9' if !in_string => {
                    let length =
                        bytes[at..].iter().take_while(|byte| byte.is_ascii_digit() || b"-+.eE".contains(byte)).count();
                    let start = at;
                    at += length;
                    return Some((start, &text[start..at]));
                }
                _ => {}
            }
            at += 1;
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_they_were() {
        let text = r#"{"a": 9007199254740993, "b": [123456789012345678901234567890, 1.0, 1E3, -0], "c": "12E5 \" 7E7", "d": 0.1000000000000000055511151231257827}"#;
        let value = read_json(text).unwrap();
        assert_eq!(crate::json_text(&value), text);
        assert_eq!(value["c"], "12E5 \" 7E7");
        assert!(is_shielded(value["b"][0].as_str().unwrap()) && !is_shielded("canary") && !is_shielded("\u{1}canary"));
        assert!(matches!(shielded("{\"a\": 17}"), Cow::Borrowed(_)));
        let marked = "[\"\\u0001canary\", \"\\u00017\"]";
        assert_eq!(crate::json_text(&read_json(marked).unwrap()), marked, "texts, no numbers");
    }

    #[test]
    fn a_number_that_is_read_and_written_again_and_again_stays() {
        let mut text = "[5.727466687663227e177, 123456789012345678901234567890]".to_owned();
        let first = read_json(&text).unwrap();
        for _ in 0..5 {
            text = crate::json_text(&read_json(&text).unwrap());
        }
        assert_eq!(read_json(&text).unwrap(), first);
        assert_eq!(
            shielded_number(first[1].as_str().unwrap()).and_then(|number| number.as_f64()),
            Some(1.234_567_890_123_456_8e29)
        );
    }
}
