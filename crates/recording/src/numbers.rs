//! Numbers that a JSON value cannot hold as they are written: more digits than a float has, `1E3`, `-0`.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// What stands in the place of a number, before its place in the list. No text of a service begins with it.
const MARK: char = '\u{1}';

/// Reads JSON with every number as near to what is written as a float is. By itself serde_json may be one digit off, and again each time
/// that the number is written and read.
pub(super) fn read_json(text: &str) -> serde_json::Result<Value> {
    let shielded = Shielded::new(text);
    let mut json = serde_json::from_str(shielded.text())?;
    if !shielded.numbers.is_empty() {
        shielded.put_back(&mut json);
    }
    Ok(json)
}

/// A JSON text with a string in the place of each such number.
pub(super) struct Shielded<'a> {
    text: Cow<'a, str>,
    numbers: Vec<&'a str>,
}

impl<'a> Shielded<'a> {
    pub fn new(text: &'a str) -> Self {
        let mut shielded = String::new();
        let (mut numbers, mut kept) = (Vec::new(), 0);
        for (at, number) in numbers_of(text) {
            if holds(number) {
                continue;
            }
            shielded.push_str(&text[kept..at]);
            shielded.push_str(&format!("\"\\u0001{}\"", numbers.len()));
            kept = at + number.len();
            numbers.push(number);
        }
        if numbers.is_empty() {
            return Self { text: Cow::Borrowed(text), numbers };
        }
        shielded.push_str(&text[kept..]);
        Self { text: Cow::Owned(shielded), numbers }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Puts the numbers into the value that was read of the text.
    fn put_back(&self, json: &mut Value) {
        match json {
            Value::Object(properties) => properties.values_mut().for_each(|value| self.put_back(value)),
            Value::Array(items) => items.iter_mut().for_each(|item| self.put_back(item)),
            Value::String(text) => {
                let index = text.strip_prefix(MARK).and_then(|index| index.parse::<usize>().ok());
                let written = index.and_then(|index| self.numbers.get(index));
                let number = written.and_then(|number| number.parse().ok()).and_then(Number::from_f64);
                if let Some(number) = number {
                    *json = Value::Number(number);
                }
            }
            _ => {}
        }
    }

    /// `text`, which was made of this one, with the numbers in their places again.
    pub fn restored(&self, text: String) -> String {
        let restore =
            |text: String, (index, number): (usize, &&str)| text.replace(&format!("\"\\u0001{index}\""), number);
        self.numbers.iter().enumerate().fold(text, restore)
    }
}

/// Whether a text is in the place of a number. It tells nothing, whoever wrote it.
pub(super) fn is_shielded(text: &str) -> bool {
    text.strip_prefix(MARK)
        .is_some_and(|index| (1..=6).contains(&index.len()) && index.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a JSON value holds a number so that it is written again as it is.
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
        let shielded = Shielded::new(text);
        let value: Value = serde_json::from_str(shielded.text()).unwrap();
        assert_eq!(shielded.restored(crate::json_text(&value)), text);
        assert_eq!(value["c"], "12E5 \" 7E7");
        assert!(is_shielded(value["b"][0].as_str().unwrap()) && !is_shielded("canary") && !is_shielded("\u{1}canary"));
        assert!(matches!(Shielded::new("{\"a\": 17}").text, Cow::Borrowed(_)));
    }

    #[test]
    fn a_number_that_is_read_and_written_again_and_again_stays() {
        let mut text = "[5.727466687663227e177, 123456789012345678901234567890]".to_owned();
        let first = read_json(&text).unwrap();
        for _ in 0..5 {
            text = crate::json_text(&read_json(&text).unwrap());
        }
        assert_eq!(read_json(&text).unwrap(), first);
        assert_eq!(first[0].as_f64(), "5.727466687663227e177".parse().ok());
    }
}
