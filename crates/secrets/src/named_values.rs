//! The values that a text gives to names of secrets, whatever it is written in: a query, a form in parts or in one line, a connection
//! string, XML, HTML, JavaScript, lines of headers. JSON is read as JSON, by `search`.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::percent_decode_str;

use crate::code::{is_code, is_expression, is_label, is_typed_secret};
use crate::marks::unredacted;
use crate::masking::asks_for_changes;
use crate::names::{is_opaque_name, is_secret_header, is_secret_name, is_secret_parameter};

/// No name is looked for farther back, no tag is longer, and no address in front of a parameter.
const LONGEST_NAME: usize = 96;
const LONGEST_TAG: usize = 4096;
const LONGEST_ADDRESS: usize = 4096;

/// No value in quotes is longer: so that what only looks like the beginning of one costs little.
const LONGEST_VALUE: usize = 256 * 1024;

/// The name of the password in front of a host.
pub(crate) const URL_USER: &str = "the user in a URL";

/// The values that a text names.
#[derive(Debug, Default)]
pub(crate) struct NamedValues {
    /// The secrets, each with its name; in order, and none in another.
    pub secrets: Vec<(String, Range<usize>)>,
    /// The values that are opaque and no secrets, such as a skip token.
    pub opaque: Vec<Range<usize>>,
}

impl NamedValues {
    pub fn new(text: &str) -> Self {
        if !text.bytes().any(|byte| matches!(byte, b'=' | b':' | b'<')) {
            return Self::default();
        }
        let mut reading = NamedValueReading {
            text,
            bytes: text.as_bytes(),
            found: Self::default(),
            group: NameGroup::default(),
            closing: usize::MAX,
            is_code: None,
        };
        reading.read();
        let Self { mut secrets, opaque } = reading.found;
        secrets.sort_by_key(|(_, value)| (value.start, std::cmp::Reverse(value.end)));
        let mut end = 0;
        secrets.retain(|(_, value)| {
            let outside = value.start >= end && !value.is_empty();
            end = end.max(value.end);
            outside
        });
        Self { secrets, opaque }
    }
}

/// The content of one tag of HTML, or one object of JavaScript: a name and a value may be two of its attributes.
#[derive(Default)]
struct NameGroup {
    name: Option<String>,
    values: Vec<Range<usize>>,
    /// Whether it is the word of an enumeration, which has a number for its value.
    is_member: bool,
    /// Whether its value is what stands behind the tag.
    is_area: bool,
}

struct NamedValueReading<'a> {
    text: &'a str,
    bytes: &'a [u8],
    found: NamedValues,
    group: NameGroup,
    /// The place where the quotes close in which reading goes on.
    closing: usize,
    /// Whether the text is a program, once that has been asked.
    is_code: Option<bool>,
}

/// The place of a value after its name, and whether it is in quotes.
struct ValuePlace {
    range: Range<usize>,
    quoted: bool,
}

impl<'a> NamedValueReading<'a> {
    fn read(&mut self) {
        let mut at = 0;
        while at < self.bytes.len() {
            at = match self.bytes[at] {
                b'=' => self.assignment(at),
                b':' if self.bytes[at..].starts_with(b"://") => self.authority(at + 3),
                b':' => self.colon(at),
                b'<' => {
                    self.end_group();
                    self.element(at)
                }
                b'>' if self.group.is_area => {
                    let length = self.text[at + 1..].find('<').unwrap_or_default();
                    self.group.values.push(at + 1..at + 1 + length);
                    self.end_group();
                    at + 1
                }
                b'>' | b'{' | b'}' => {
                    self.end_group();
                    at + 1
                }
                _ => at + 1,
            };
        }
        self.end_group();
    }

    /// `name=value`, `name="value"`.
    fn assignment(&mut self, at: usize) -> usize {
        let after = at + 1;
        let is_comparison = self.bytes.get(after) == Some(&b'=') || (at > 0 && b"=!".contains(&self.bytes[at - 1]));
        if is_comparison {
            return after;
        }
        let Some((start, name)) = self.name_before(at) else { return after };
        let bare = || ValuePlace { range: after..self.end_of_bare(after), quoted: false };
        let place = self.quoted(after).unwrap_or_else(bare);
        self.note(start, &name, place, after)
    }

    /// `"name": "value"`, `name: 'value'`, and the lines of headers.
    fn colon(&mut self, at: usize) -> usize {
        let after = at + 1;
        let Some((start, name)) = self.name_before(at) else { return after };
        if let Some(place) = self.quoted(after) {
            return self.note(start, &name, place, after);
        }
        let in_quotes = at > 0 && b"\"'".contains(&self.bytes[at - 1]);
        if in_quotes && is_secret_name(&name) {
            let range = self.unquoted(after);
            return self.note(start, &name, ValuePlace { range, quoted: true }, after);
        }
        if !in_quotes
            && is_secret_name(&name)
            && let Some(range) = self.rest_of_line(after)
        {
            let end = range.end;
            self.found.secrets.push((name.into_owned(), range));
            return end;
        }
        let begins_line = start == 0 || self.bytes[start - 1] == b'\n';
        if begins_line && is_secret_header(&name) && !is_secret_name(&name) && self.bytes.get(after) == Some(&b' ') {
            let line = self.text[after..].find(['\r', '\n']).map_or(self.text.len(), |length| after + length);
            let value = self.text[after..line].trim();
            let start = after + self.text[after..line].len() - self.text[after..line].trim_start().len();
            if unredacted(value)
                && (value.contains('=') || !value.contains(' ') || value.to_ascii_lowercase().starts_with("b"))
            {
                self.found.secrets.push((name.into_owned(), start..start + value.len()));
                return line;
            }
        }
        after
    }

    /// A word that is all of a line behind a name, as in YAML and in mails.
    fn rest_of_line(&self, after: usize) -> Option<Range<usize>> {
        if !matches!(self.bytes.get(after), Some(b' ' | b'\t')) {
            return None;
        }
        let end = self.text[after..].find(['\r', '\n', '<']).map_or(self.text.len(), |length| after + length);
        let line = &self.text[after..end];
        let start = after + line.len() - line.trim_start().len();
        let word = line.trim();
        (is_typed_secret(word) && unredacted(word)).then(|| start..start + word.len())
    }

    /// Notes what is known of a name and its value; returns where reading goes on.
    fn note(&mut self, start: usize, name: &str, place: ValuePlace, after: usize) -> usize {
        let value = &self.text[place.range.clone()];
        if self.is_place_in_changes(start, name) || is_opaque_name(name) {
            self.found.opaque.push(place.range.clone());
            if !is_secret_name(name) || self.is_place_in_changes(start, name) {
                self.group_with(start, name, &place);
                return after;
            }
        }
        if unredacted(value) && is_secret_parameter(name, value) && !self.is_written_for_reading(name, value, &place) {
            let end = place.range.end;
            self.found.secrets.push((name.to_owned(), place.range));
            return end.max(after);
        }
        self.group_with(start, name, &place);
        // What stands in the value may name secrets itself.
        if !place.quoted {
            return after;
        }
        self.closing = place.range.end;
        place.range.start.max(after)
    }

    /// Returns whether a value is a label, or an expression of a program.
    fn is_written_for_reading(&mut self, name: &str, value: &str, place: &ValuePlace) -> bool {
        if place.quoted {
            return is_label(name, value);
        }
        let text = self.text;
        is_copy(name, value) || (is_expression(value) && *self.is_code.get_or_insert_with(|| is_code(text)))
    }

    /// Notes what a name and a value are in their group.
    fn group_with(&mut self, start: usize, name: &str, place: &ValuePlace) {
        let value = &self.text[place.range.clone()];
        match name.to_ascii_lowercase().as_str() {
            "name" | "key" | "id" | "property" | "field" | "header" | "parameter"
                if is_secret_name(value) || is_secret_header(value) =>
            {
                self.group.name = Some(value.to_owned());
                let line = self.text[..start].rfind('\n').map_or(0, |at| at + 1);
                if self.text[line..start].to_ascii_lowercase().contains("form-data") {
                    self.part_of_form(place.range.end, value);
                }
            }
            "type" if value.eq_ignore_ascii_case("password") => self.group.name = Some("password".to_owned()),
            "value" | "content" => self.group.values.push(place.range.clone()),
            _ => {}
        }
    }

    fn end_group(&mut self) {
        let NameGroup { name, values, is_member, is_area: _ } = std::mem::take(&mut self.group);
        let Some(name) = name.filter(|_| !is_member) else { return };
        let unredacted = values.into_iter().filter(|value| unredacted(&self.text[value.clone()]));
        self.found.secrets.extend(unredacted.map(|value| (name.clone(), value)));
    }

    /// The part of a `multipart/form-data` whose header ends at or after `from`.
    fn part_of_form(&mut self, from: usize, name: &str) {
        let rest = &self.text[from..];
        let Some((head, gap)) = ["\r\n\r\n", "\n\n"].iter().filter_map(|gap| Some((rest.find(gap)?, gap.len()))).min()
        else {
            return;
        };
        let start = from + head + gap;
        let end = self.text[start..].find("\n--").map_or(self.text.len(), |length| start + length);
        let value = self.text[start..end].trim_end();
        if unredacted(value) {
            self.found.secrets.push((name.to_owned(), start..start + value.len()));
        }
    }

    /// `<o:Password Type="x">value</o:Password>`; where reading goes on.
    fn element(&mut self, at: usize) -> usize {
        let name_end = self.text[at + 1..].find(|c: char| !(c.is_ascii_alphanumeric() || "_-.:".contains(c)));
        let name_end = name_end.map_or(self.text.len(), |length| at + 1 + length);
        let name = &self.text[at + 1..name_end];
        self.group.is_member = matches!(name, "Member" | "EnumMember");
        self.group.is_area = name.eq_ignore_ascii_case("textarea");
        if matches!(name, "key" | "Key" | "name" | "Name") {
            self.element_behind(name_end);
        }
        if !is_secret_name(name) {
            return name_end.max(at + 1);
        }
        let tag = self.text.get(name_end..).unwrap_or_default();
        let Some(close) = tag.find('>').filter(|length| *length < LONGEST_TAG && !tag[..*length].ends_with('/')) else {
            return name_end;
        };
        let start = name_end + close + 1;
        let rest = &self.text[start..];
        let end =
            rest.find(&format!("</{name}")).or_else(|| rest.find('<')).map_or(self.text.len(), |length| start + length);
        let inner = &self.text[start..end];
        let (before, value) = (inner.len() - inner.trim_start().len(), inner.trim());
        let (before, value) = match value.strip_prefix("<![CDATA[").and_then(|value| value.strip_suffix("]]>")) {
            Some(value) => (before + "<![CDATA[".len(), value),
            None => (before, value),
        };
        if !unredacted(value) {
            return name_end;
        }
        self.found.secrets.push((name.to_owned(), start + before..start + before + value.len()));
        end
    }

    /// Notes the value of `<key>password</key><string>value</string>`, as property lists have it, whose first tag's name ends at `at`.
    fn element_behind(&mut self, at: usize) {
        let Some((name, rest)) = self.text[at..].strip_prefix('>').and_then(|text| text.split_once("</")) else {
            return;
        };
        let Some((_, rest)) = rest.split_once('>').filter(|_| name.len() < LONGEST_NAME && is_secret_name(name)) else {
            return;
        };
        let Some((_, value)) = rest.trim_start().strip_prefix('<').and_then(|rest| rest.split_once('>')) else {
            return;
        };
        let value = value.split('<').next().unwrap_or_default();
        let start = value.as_ptr() as usize - self.text.as_ptr() as usize;
        if unredacted(value) {
            self.found.secrets.push((name.to_owned(), start..start + value.len()));
        }
    }

    /// The password of `https://user:password@host`; where reading goes on.
    fn authority(&mut self, from: usize) -> usize {
        let ends = |c: char| c.is_whitespace() || "/?#\"'<>\\".contains(c);
        let end = self.text[from..].find(ends).map_or(self.text.len(), |length| from + length);
        if let Some((user, _)) = self.text[from..end].rsplit_once('@')
            && let Some((name, password)) = user.split_once(':')
            && unredacted(password)
        {
            let start = from + name.len() + 1;
            self.found.secrets.push((URL_USER.to_owned(), start..start + password.len()));
            return start + password.len();
        }
        from
    }

    /// A name that ends before `at`, in quotes or not, and where it begins.
    fn name_before(&self, at: usize) -> Option<(usize, Cow<'a, str>)> {
        let text = self.text;
        let blank = |byte: &&u8| matches!(**byte, b' ' | b'\t');
        let end = at - self.bytes[..at].iter().rev().take_while(blank).count();
        // The name of a property in brackets: `settings["password"]`.
        let end = if self.bytes[..end].ends_with(b"\"]") || self.bytes[..end].ends_with(b"']") { end - 1 } else { end };
        let quote = self.bytes[..end].last().copied().filter(|byte| matches!(byte, b'"' | b'\''));
        if let Some(quote) = quote {
            let end = end - 1;
            let end = end - self.bytes[..end].iter().rev().take_while(|byte| **byte == b'\\').count();
            let from = floor(self.text, end.saturating_sub(LONGEST_NAME));
            let start = from + self.bytes[from..end].iter().rposition(|byte| *byte == quote)? + 1;
            return Some((start, Cow::Borrowed(&text[start..end])));
        }
        let in_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-.$[]@%+".contains(byte);
        let start = end - self.bytes[..end].iter().rev().take(LONGEST_NAME).take_while(in_name).count();
        let name = decoded(&text[start..end]);
        // An escaped query: the name begins behind what parts it.
        let length = name.rfind(['&', '?', '#', ';', ',', '=']).map_or(name.len(), |at| name.len() - at - 1);
        let name = match name {
            name if length == name.len() => name,
            name => Cow::Owned(name[name.len() - length..].to_owned()),
        };
        (!name.is_empty()).then_some((start, name))
    }

    /// A value in quotes that begins at `at`, or after blanks.
    fn quoted(&self, at: usize) -> Option<ValuePlace> {
        let blanks = self.bytes[at..].iter().take_while(|byte| matches!(**byte, b' ' | b'\t')).count();
        let open = at + blanks;
        let slashes = self.bytes[open..].iter().take_while(|byte| **byte == b'\\').count();
        let quote = *self.bytes.get(open + slashes).filter(|byte| matches!(**byte, b'"' | b'\'' | b'`'))?;
        if open == self.closing {
            return None;
        }
        let start = open + slashes + 1;
        let mut end = start;
        let mut behind = 0;
        loop {
            match self.bytes.get(end) {
                // Where it ends in the middle, all of the rest is the value.
                None => break,
                Some(_) if end - start > LONGEST_VALUE => return None,
                Some(byte) if *byte == quote && behind <= slashes => {
                    end -= behind.min(slashes);
                    break;
                }
                Some(b'\\') => behind += 1,
                Some(_) => behind = 0,
            }
            end += 1;
        }
        Some(ValuePlace { range: start..end.max(start), quoted: true })
    }

    /// The end of a value without quotes.
    fn end_of_bare(&self, from: usize) -> usize {
        let ends = |c: char| c.is_whitespace() || "&;\"'`<>#\\".contains(c);
        let end = self.text[from..].find(ends).map_or(self.text.len(), |length| from + length);
        let closing = |byte: &&u8| b")]},.".contains(*byte);
        end - self.bytes[from..end].iter().rev().take_while(closing).count()
    }

    /// A number, an object or a list, from `at` on.
    fn unquoted(&self, at: usize) -> Range<usize> {
        let start = at + self.bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let opens = self.bytes.get(start).copied();
        if !matches!(opens, Some(b'{' | b'[')) {
            let length = self.bytes[start..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
            return start..start + length;
        }
        let mut depth = 0_usize;
        for (offset, byte) in self.bytes[start..].iter().enumerate() {
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 1 => return start..start + offset + 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
        }
        start..start
    }

    /// Returns whether the parameter of `delta(token='…')` and `delta?$top=5&token=…`, which says from where on changes
    /// are listed.
    fn is_place_in_changes(&self, start: usize, name: &str) -> bool {
        if !name.eq_ignore_ascii_case("token") {
            return false;
        }
        let before = &self.text[floor(self.text, start.saturating_sub(LONGEST_ADDRESS))..start];
        // Single quotes may be those of an argument in it.
        let address = before.rsplit(|c: char| c.is_whitespace() || "\"`<>".contains(c)).next().unwrap_or_default();
        let path = match address.strip_suffix(['?', '(']) {
            Some(path) => Some(path),
            // Not the first parameter of the query.
            None if address.ends_with(['&', ';']) && !address.contains('#') => {
                address.split_once('?').map(|(path, _)| path)
            }
            None => None,
        };
        path.is_some_and(asks_for_changes)
    }
}

fn decoded(name: &str) -> Cow<'_, str> {
    if !name.contains('%') {
        return Cow::Borrowed(name);
    }
    let once = percent_decode_str(name).decode_utf8_lossy();
    Cow::Owned(percent_decode_str(&once).decode_utf8_lossy().into_owned())
}

/// The last place that is not inside a character, at `at` or before it.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

/// Returns whether JavaScript takes a value from another place of the same name: `r.token=e.token||null`.
fn is_copy(name: &str, value: &str) -> bool {
    let Some((_, name)) = name.rsplit_once('.') else { return false };
    let value = value.split("||").next().unwrap_or_default();
    value.rsplit_once('.').is_some_and(|(_, last)| last == name)
}

#[cfg(test)]
mod tests;
