//! Reads JSON, JSON5, and what was meant as either.

use super::{DEEPEST, JsonFault, JsonKind, Member, PageJson, ReadJson};

/// So many faults are noted; of a text that is no JSON at all the first say enough.
const MOST_FAULTS: usize = 20;

/// A reader that never goes back further than one token.
pub(super) struct JsonParser<'a> {
    text: &'a str,
    at: usize,
    base: usize,
    faults: Vec<JsonFault>,
    json5_faults: usize,
    is_hopeless: bool,
}

impl<'a> JsonParser<'a> {
    pub fn new(text: &'a str, base: usize) -> Self {
        Self { text, at: 0, base, faults: Vec::new(), json5_faults: 0, is_hopeless: false }
    }

    pub fn read(mut self) -> ReadJson {
        // Nearly all bodies are JSON; what is deeper than serde reads is refused below, too.
        self.space();
        let value = self.value(0);
        self.space();
        if self.at < self.text.len() && !self.is_hopeless {
            self.fault("expected nothing behind the value");
            // What follows a whole value may be a second one: it is not known which is meant.
            self.is_hopeless = self.text[self.at..].contains('{');
        }
        let is_strict = serde_json::from_str::<serde::de::IgnoredAny>(self.text).is_ok();
        if is_strict {
            self.faults.clear();
        }
        let value = value.filter(|_| !self.is_hopeless);
        if value.is_none() && self.faults.is_empty() {
            self.fault("expected a JSON value");
        }
        let is_json5 = !self.faults.is_empty() && self.json5_faults == self.faults.len();
        ReadJson { value, is_json5, faults: self.faults }
    }

    fn fault(&mut self, message: impl Into<String>) {
        self.fault_at(self.at, message);
    }

    fn fault_at(&mut self, at: usize, message: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(JsonFault { offset: self.base + at, message: message.into() });
        }
    }

    /// Notes what JSON5 has and JSON has not.
    fn json5(&mut self, at: usize, message: &str) {
        self.json5_faults += usize::from(self.faults.len() < MOST_FAULTS);
        self.fault_at(at, message);
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Skips white space and comments.
    fn space(&mut self) {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start().len();
            let rest = self.rest();
            let end = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                return;
            };
            self.json5(self.at, "expected no comment: JSON has none");
            self.at += end;
        }
    }

    fn value(&mut self, depth: usize) -> Option<PageJson> {
        if depth > DEEPEST {
            self.fault(format!("expected at most {DEEPEST} values in each other"));
            self.is_hopeless = true;
            return None;
        }
        let start = self.at;
        let kind = match self.peek()? {
            '{' => self.object(depth)?,
            '[' => self.list(depth)?,
            quote @ ('"' | '\'' | '\u{201c}' | '\u{201d}') => JsonKind::Text(self.string(quote)),
            '.' | '\u{2026}' if self.skip_ellipsis() => {
                self.fault_at(start, "expected a value, got an ellipsis");
                JsonKind::Null
            }
            _ => self.word()?,
        };
        Some(PageJson { span: self.base + start..self.base + self.at, kind })
    }

    fn skip_ellipsis(&mut self) -> bool {
        let rest = self.rest();
        let length = if rest.starts_with("...") { 3 } else { '\u{2026}'.len_utf8() };
        let is_one = rest.starts_with("...") || rest.starts_with('\u{2026}');
        if is_one {
            self.at += length;
        }
        is_one
    }

    /// A number, a literal, or a text whose quotes are missing.
    fn word(&mut self) -> Option<JsonKind> {
        let start = self.at;
        let rest = self.rest();
        let end = rest.find([',', '}', ']', '\n', '\r', ':', '{', '[', '"']).unwrap_or(rest.len());
        let end = rest[..end].find(" //").unwrap_or(end);
        let word = rest[..end].trim_end();
        if word.is_empty() {
            self.fault("expected a value");
            return None;
        }
        self.at += word.len();
        match word {
            "null" => return Some(JsonKind::Null),
            "true" => return Some(JsonKind::Bool(true)),
            "false" => return Some(JsonKind::Bool(false)),
            _ => {}
        }
        if word.parse::<serde_json::Number>().is_ok() {
            return Some(JsonKind::Number(word.to_owned()));
        }
        match word.to_ascii_lowercase().as_str() {
            literal @ ("true" | "false") => {
                self.fault_at(start, format!("expected {literal}, got {word}"));
                Some(JsonKind::Bool(literal == "true"))
            }
            "null" | "none" => {
                self.fault_at(start, format!("expected null, got {word}"));
                Some(JsonKind::Null)
            }
            // What has no letter is no text whose quotes were forgotten.
            _ if !word.starts_with(char::is_alphanumeric) && !word.starts_with(['<', '/', '$']) => {
                self.fault_at(start, "expected a value");
                self.is_hopeless = true;
                None
            }
            _ => {
                self.fault_at(start, "expected a text in quotes");
                // A closing quote without an opening one belongs to it.
                self.at += usize::from(self.rest().starts_with('"'));
                Some(JsonKind::Text(word.to_owned()))
            }
        }
    }

    fn string(&mut self, quote: char) -> String {
        let start = self.at;
        self.at += quote.len_utf8();
        match quote {
            '\'' => self.json5(start, "expected double quotes"),
            '"' => {}
            _ => self.fault_at(start, "expected a straight quote, got a typographic one"),
        }
        let closes = |c: char| match quote {
            '"' | '\'' => c == quote,
            _ => matches!(c, '\u{201c}' | '\u{201d}' | '"'),
        };
        let mut out = String::new();
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            if closes(c) {
                self.doubled_quote(&out, c);
                return out;
            }
            match c {
                '\\' => self.escape(&mut out),
                '\n' => {
                    // A quote that is missing: the text ends with its line.
                    self.at -= 1;
                    self.fault_at(start, "expected a closing quote on the same line");
                    let whole = out.trim_end().trim_end_matches(',');
                    let is_cut = whole.len() < out.trim_end().len();
                    let text = whole.to_owned();
                    if is_cut {
                        self.at = start + self.text[start..self.at].rfind(',').unwrap_or(self.at - start);
                    }
                    return text;
                }
                _ => out.push(c),
            }
        }
        self.fault_at(start, "expected a closing quote");
        out
    }

    /// A quote printed twice: `""name"` or `"name""`.
    fn doubled_quote(&mut self, so_far: &str, quote: char) {
        let next = self.peek();
        let follows_text = so_far.is_empty() && next.is_some_and(char::is_alphanumeric);
        if next == Some(quote) && !so_far.is_empty() {
            self.fault("expected one quote, got two");
            self.at += quote.len_utf8();
        } else if follows_text {
            self.fault_at(self.at - quote.len_utf8(), "expected one quote, got two");
        }
    }

    fn escape(&mut self, out: &mut String) {
        let Some(c) = self.peek() else { return };
        self.at += c.len_utf8();
        match c {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            '"' | '\\' | '/' | '\'' => out.push(c),
            'u' => {
                let unit = |at: usize| self.text.get(at..at + 4).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                let Some(first) = unit(self.at) else {
                    self.fault("expected four hexadecimal digits");
                    return;
                };
                let is_pair = (0xd800..0xdc00).contains(&first) && self.text[self.at + 4..].starts_with("\\u");
                let second = if is_pair { unit(self.at + 6) } else { None };
                let code = second.map_or(first, |second| {
                    0x1_0000 + ((first - 0xd800) << 10) + (second.wrapping_sub(0xdc00) & 0x3ff)
                });
                self.at += if second.is_some() { 10 } else { 4 };
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            other => {
                self.fault_at(self.at - other.len_utf8(), format!("expected an escape, got \\{other}"));
                out.push(other);
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<JsonKind> {
        let open = self.at;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(']') => {
                    self.at += 1;
                    return Some(JsonKind::List(items));
                }
                None | Some('}') => {
                    self.fault_at(open, "expected a ] that closes this list");
                    return Some(JsonKind::List(items));
                }
                Some('.' | '\u{2026}') if self.rest().starts_with(['\u{2026}']) || self.rest().starts_with("...") => {
                    self.fault("expected a value, got an ellipsis");
                    self.skip_ellipsis();
                }
                Some(',') => {
                    self.fault("expected a value before the comma");
                    self.at += 1;
                    continue;
                }
                _ => items.push(self.value(depth + 1)?),
            }
            self.comma(']')?;
        }
    }

    fn object(&mut self, depth: usize) -> Option<JsonKind> {
        let open = self.at;
        self.at += 1;
        let mut members = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some('}') => {
                    self.at += 1;
                    return Some(JsonKind::Object(members));
                }
                None | Some(']') => {
                    self.fault_at(open, "expected a } that closes this object");
                    return Some(JsonKind::Object(members));
                }
                Some(',') => {
                    self.fault("expected a property before the comma");
                    self.at += 1;
                    continue;
                }
                _ if self.rest().starts_with("...") || self.rest().starts_with('\u{2026}') => {
                    self.fault("expected a property, got an ellipsis");
                    self.skip_ellipsis();
                }
                _ => members.push(self.member(depth)?),
            }
            self.comma('}')?;
        }
    }

    fn member(&mut self, depth: usize) -> Option<Member> {
        let start = self.at;
        let name = match self.peek()? {
            quote @ ('"' | '\'' | '\u{201c}' | '\u{201d}') => {
                let name = self.string(quote);
                if name.is_empty() && self.peek().is_some_and(char::is_alphanumeric) { self.bare_name() } else { name }
            }
            c if c.is_alphanumeric() || matches!(c, '_' | '$' | '@') => {
                self.json5(start, "expected the name in double quotes");
                self.bare_name()
            }
            _ => {
                self.fault("expected the name of a property");
                self.is_hopeless = true;
                return None;
            }
        };
        let span = self.base + start..self.base + self.at;
        self.space();
        if self.peek() == Some(':') {
            self.at += 1;
        } else {
            self.fault("expected a colon behind the name");
            if matches!(self.peek(), Some(',' | '}' | ']') | None) {
                self.is_hopeless = true;
                return None;
            }
        }
        self.space();
        if matches!(self.peek(), Some(',' | '}')) {
            self.fault("expected a value behind the colon");
            let value = PageJson { span: self.base + self.at..self.base + self.at, kind: JsonKind::Null };
            return Some(Member { name, span, value });
        }
        let value = self.value(depth + 1)?;
        Some(Member { name, span, value })
    }

    fn bare_name(&mut self) -> String {
        let rest = self.rest();
        let ends = |c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '@' | '.' | '-'));
        let end = rest.find(ends).unwrap_or(rest.len());
        self.at += end;
        self.at += usize::from(self.rest().starts_with('"'));
        rest[..end].to_owned()
    }

    /// Reads the comma between two items, unless the list ends.
    fn comma(&mut self, close: char) -> Option<()> {
        let before = self.at;
        self.space();
        match self.peek() {
            Some(',') => {
                let comma = self.at;
                self.at += 1;
                self.space();
                if self.peek() == Some(close) {
                    self.json5(comma, "expected no comma before the closing bracket");
                }
            }
            Some('}' | ']') | None => {}
            Some(c) if c == '"' || c == '\'' || c == '{' || c == '[' || c.is_alphanumeric() || c == '-' => {
                self.fault_at(before, "expected a comma");
            }
            Some(c) => {
                self.fault(format!("expected a comma, got {}", c.escape_default()));
                self.is_hopeless = true;
                return None;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::ReadJson;

    fn read(text: &str) -> (Option<serde_json::Value>, Vec<String>, bool) {
        let read = ReadJson::read(text, 0);
        let faults = read.faults.iter().map(|fault| format!("{}: {}", fault.offset, fault.message)).collect();
        (read.value.map(|value| value.to_value()), faults, read.is_json5)
    }

    #[test]
    fn what_is_json_is_read_as_serde_reads_it() {
        let text = r#"{"a": [1, -2.5e3, true, null, "x\u00e9\ud83d\ude00\n"], "b": {"c": {}}, "d": []}"#;
        assert_eq!(read(text), (Some(serde_json::from_str(text).unwrap()), Vec::new(), false));
    }

    #[test]
    fn what_is_malformed_is_repaired_and_told_with_its_place() {
        for (text, value, fault) in [
            (r#"{"a": 1,}"#, json!({"a": 1}), "7: expected no comma before the closing bracket"),
            (r#"{"a": 1 "b": 2}"#, json!({"a": 1, "b": 2}), "7: expected a comma"),
            (r#"{""a": 1}"#, json!({"a": 1}), "2: expected one quote, got two"),
            (r#"{"a": "x""}"#, json!({"a": "x"}), "9: expected one quote, got two"),
            (r#"{"a": {"b": 1}"#, json!({"a": {"b": 1}}), "0: expected a } that closes this object"),
            (r#"{"a": [1, 2}"#, json!({"a": [1, 2]}), "6: expected a ] that closes this list"),
            (r#"{"a": ...}"#, json!({"a": null}), "6: expected a value, got an ellipsis"),
            (r#"{"a": [1, ...]}"#, json!({"a": [1]}), "10: expected a value, got an ellipsis"),
            (r#"{"a": 1, ...}"#, json!({"a": 1}), "9: expected a property, got an ellipsis"),
            ("{\"a\": \"x,\n\"b\": 1}", json!({"a": "x", "b": 1}), "6: expected a closing quote on the same line"),
            (r#"{"a": x"}"#, json!({"a": "x"}), "6: expected a text in quotes"),
            (r#"{"a": True}"#, json!({"a": true}), "6: expected true, got True"),
            (r#"{'a': 1}"#, json!({"a": 1}), "1: expected double quotes"),
            ("{a: 1 // x\n}", json!({"a": 1}), "1: expected the name in double quotes"),
            (r#"{"a": , "b": 1}"#, json!({"a": null, "b": 1}), "6: expected a value behind the colon"),
            ("{\u{201c}a\u{201d}: 1}", json!({"a": 1}), "1: expected a straight quote, got a typographic one"),
        ] {
            let (found, faults, _) = read(text);
            assert_eq!(found, Some(value), "{text}");
            assert_eq!(faults.first().map(String::as_str), Some(fault), "{text}");
        }
    }

    #[test]
    fn nothing_is_made_of_what_cannot_be_understood() {
        for text in ["", "{{{", "{\"a\"}", "{\"a\": 1} {\"b\": 2}", "{%}", "{\"a\": %%}", &"[".repeat(5000), "[%]"] {
            let (value, faults, _) = read(text);
            assert!(value.is_none() && !faults.is_empty(), "{text:.20}: {value:?} {faults:?}");
        }
    }

    #[test]
    fn json5_is_told_from_what_is_neither() {
        assert!(read("{a: 1, /* b */ c: 'd',}").2);
        assert!(!read(r#"{"a": 1}"#).2);
    }

    #[test]
    fn values_know_where_they_stand() {
        let text = r#"  {"a": [true, {"b": "c"}]}"#;
        let value = ReadJson::read(text, 100).value.unwrap();
        let inner = value.nearest_to("/a/1/b");
        assert_eq!(text.get(inner.span.start - 100..inner.span.end - 100), Some("\"c\""));
        assert_eq!(value.nearest_to("/a/7/x").span, value.nearest_to("/a").span);
    }
}
