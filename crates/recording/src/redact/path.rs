//! URLs, paths, queries and the expressions in them.

use graphwalk_catalog::{SegmentOwner, graph_host};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::Redactor;
use super::pseudonyms::PseudonymKind;
use super::shape;
use crate::owners::parts;
use graphwalk_secrets::masking::{asks_for_changes, is_plain_secret_name, is_secret_name};

/// The characters that are percent-encoded in a part of a path.
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The characters that are percent-encoded behind `#`.
const FRAGMENT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'&').add(b'+').add(b'<').add(b'>');

/// The characters that are percent-encoded in the name or the value of a parameter: those of the URL standard as well, so
/// that a URL which was written is read as it is.
const PARAMETER: &AsciiSet = &FRAGMENT.add(b'\'');

/// Returns whether a text is an absolute URL.
pub(super) fn is_url(text: &str) -> bool {
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    (begins("https://") || begins("http://")) && !text.contains(char::is_whitespace)
}

impl Redactor<'_> {
    /// A URL of Graph, part by part; any other gets a pseudonym as a whole.
    pub(super) fn url(&mut self, url: &str) -> String {
        let after = url.find("://").map_or(0, |at| at + 3);
        let end = url[after..].find(['/', '?', '#']).map_or(url.len(), |at| after + at);
        match graph_host(&url[after..end]) {
            Some(host) => format!("https://{host}{}", self.path(&url[end..])),
            None => self.pseudonym(PseudonymKind::Link, url),
        }
    }

    /// A path with its query. What follows `#` is one text, but in the URL of a context, where it names a type.
    pub(super) fn path(&mut self, path: &str) -> String {
        let (path, fragment) = path.split_once('#').map_or((path, None), |(path, rest)| (path, Some(rest)));
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let segments = parts(path).into_iter().map(|(segment, owner)| self.segment(segment, owner));
        let mut redacted = segments.collect::<Vec<_>>().join("/");
        // Of the path that is kept, so that whoever reads it next finds the same.
        let (is_delta, is_context) = (asks_for_changes(&redacted), redacted.ends_with("/$metadata"));
        if let Some(query) = query {
            let parameters: Vec<String> =
                query.split('&').map(|parameter| self.parameter(parameter, is_delta)).collect();
            redacted.push('?');
            redacted.push_str(&parameters.join("&"));
        }
        if let Some(fragment) = fragment {
            let kept = if is_context { self.context(fragment) } else { self.value(fragment, PseudonymKind::Text) };
            redacted.push('#');
            redacted.push_str(&encoded(fragment, fragment, &kept, FRAGMENT));
        }
        redacted
    }

    fn segment(&mut self, segment: &str, owner: SegmentOwner) -> String {
        let decoded = percent_decode_str(segment).decode_utf8_lossy();
        let redacted = self.decoded_segment(&decoded, owner);
        encoded(segment, &decoded, &redacted, SEGMENT)
    }

    fn decoded_segment(&mut self, segment: &str, owner: SegmentOwner) -> String {
        if matches!(segment, "" | "." | "..") {
            return segment.to_owned();
        }
        // A key or the arguments of a function: `users('…')`, `filterByCurrentUser(on='reviewer')`.
        if let Some((name, rest)) = segment.split_once('(')
            && let Some(arguments) = rest.strip_suffix(')')
            && !name.is_empty()
        {
            return format!("{}({})", self.segment_name(name, owner), self.expression(arguments));
        }
        self.segment_name(segment, owner)
    }

    /// Replaces the name of a segment unless it is a word of Graph there. Any other text gets a pseudonym, even if Graph
    /// has a word that reads the same.
    fn segment_name(&mut self, name: &str, owner: SegmentOwner) -> String {
        if owner == SegmentOwner::Graph || self.public.has_path_part(name) {
            return name.to_owned();
        }
        if let Some(rest) = name.strip_prefix("microsoft.graph.") {
            return format!("microsoft.graph.{}", self.value(rest, PseudonymKind::Property));
        }
        // The colon before or behind a path in a drive or of a site.
        match name.strip_suffix(':') {
            Some(rest) => format!("{}:", self.value(rest, PseudonymKind::Text)),
            None => self.value(name, PseudonymKind::Text),
        }
    }

    /// Returns what a context says behind `$metadata#`: an expression, some of whose names only its place shows to be
    /// Graph's.
    fn context(&mut self, fragment: &str) -> String {
        let named = |(part, owner): (&str, SegmentOwner)| match part.split_once('(') {
            Some((name, rest)) if owner == SegmentOwner::Graph => format!("{name}({}", self.expression(rest)),
            None if owner == SegmentOwner::Graph => part.to_owned(),
            _ => self.expression(part),
        };
        parts(fragment).into_iter().map(named).collect::<Vec<_>>().join("/")
    }

    /// A name that may be that of a type: `microsoft.graph.user`.
    fn typed(&mut self, name: &str) -> String {
        match name.strip_prefix("microsoft.graph.") {
            Some(rest) => {
                let parts: Vec<String> = rest.split('.').map(|part| self.name(part)).collect();
                format!("microsoft.graph.{}", parts.join("."))
            }
            None if self.public.has_name(name) => name.to_owned(),
            None => self.value(name, PseudonymKind::Text),
        }
    }

    /// A parameter of a query. `is_delta` says whether it asks for changes: then a `token` is a place in them, and no secret.
    fn parameter(&mut self, parameter: &str, is_delta: bool) -> String {
        let (name, value) = parameter.split_once('=').map_or((parameter, None), |(name, value)| (name, Some(value)));
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let known = decode(name);
        let mut redacted = match () {
            () if known.is_empty() => String::new(),
            () if is_plain_secret_name(&known) => known.clone(),
            () => self.name(&known),
        };
        redacted = encoded(name, &known, &redacted, PARAMETER);
        if let Some(value) = value {
            let decoded = decode(value);
            let opaque = matches!(known.trim_start_matches('$').to_lowercase().as_str(), "skiptoken" | "deltatoken")
                || (is_delta && known.eq_ignore_ascii_case("token"));
            let kept = match () {
                () if decoded.is_empty() => String::new(),
                () if opaque => self.value(&decoded, PseudonymKind::Text),
                () if is_secret_name(&known) => self.dropped(),
                () if self.public.has_text(&decoded) => decoded.clone(),
                () if self.public.has_name(&known) => self.expression(&decoded),
                () => self.value(&decoded, PseudonymKind::Text),
            };
            redacted.push('=');
            redacted.push_str(&encoded(value, &decoded, &kept, PARAMETER));
        }
        redacted
    }

    /// An expression of OData: names, operators, numbers and times are kept, literals are texts like any other.
    pub(super) fn expression(&mut self, expression: &str) -> String {
        let mut redacted = String::with_capacity(expression.len());
        let mut rest = expression;
        while let Some(first) = rest.chars().next() {
            if matches!(first, '\'' | '"') {
                let (literal, length) = literal(rest, first);
                let value = self.literal(&literal);
                redacted.push_str(&format!("{first}{}{first}", value.replace(first, &format!("{first}{first}"))));
                rest = &rest[length..];
            } else if in_word(first) {
                let length = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
                redacted.push_str(&self.word(&rest[..length]));
                rest = &rest[length..];
            } else {
                redacted.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
        redacted
    }

    fn word(&mut self, word: &str) -> String {
        let number = word.len() <= 10 && word.bytes().all(|byte| byte.is_ascii_digit() || b"-.".contains(&byte));
        if number && word.parse::<f64>().is_ok() || shape::is_time(word) || self.public.has_name(word) {
            return word.to_owned();
        }
        if is_variable(word) {
            return word.to_owned();
        }
        match word.split_once(':') {
            // What follows the variable of a lambda: `p:startswith`, `plan:plan`.
            Some((variable, rest)) if self.is_lambda(variable, rest) => format!("{variable}:{}", self.word(rest)),
            Some(_) => self.literal(word),
            None => self.typed(word),
        }
    }

    /// Whether a word is a variable, and a longer one behind it: a function, or the same variable with a name that features have.
    fn is_lambda(&self, variable: &str, rest: &str) -> bool {
        let is_name = || self.public.has_name(variable) && self.public.has_name(rest);
        (is_letter(variable) && rest.len() > 1) || is_name()
    }

    /// The text between quotes; that of a search begins with a property: `displayName:Bob`.
    fn literal(&mut self, literal: &str) -> String {
        if self.public.has_text(literal) {
            return literal.to_owned();
        }
        match literal.split_once(':') {
            Some((name, value)) if !value.is_empty() && self.public.has_name(name) => {
                format!("{name}:{}", self.value(value, PseudonymKind::Text))
            }
            _ => self.value(literal, PseudonymKind::Text),
        }
    }
}

/// Returns whether a word is the variable of a lambda, `c` or, where it begins, `c:c`. A letter tells nothing of anybody.
fn is_variable(word: &str) -> bool {
    let (name, again) = word.split_once(':').unwrap_or((word, word));
    name == again && is_letter(name)
}

fn is_letter(name: &str) -> bool {
    name.len() == 1 && name.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// `redacted` in the place of `raw`, which is `decoded` without its percent signs: as it was where nothing changed.
fn encoded(raw: &str, decoded: &str, redacted: &str, set: &'static AsciiSet) -> String {
    if redacted == decoded { raw.to_owned() } else { utf8_percent_encode(redacted, set).to_string() }
}

/// The text between the quotes that `text` begins with, where two quotes mean one, and how long it is with them.
fn literal(text: &str, quote: char) -> (String, usize) {
    let mut literal = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        if c != quote {
            literal.push(c);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            literal.push(quote);
        } else {
            return (literal, at + 1);
        }
    }
    (literal, text.len())
}

/// The texts between quotes in an expression.
pub(super) fn literals(expression: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(at) = rest.find(['\'', '"']) {
        rest = &rest[at..];
        let quote = if rest.starts_with('"') { '"' } else { '\'' };
        let (text, length) = literal(rest, quote);
        found.push(text);
        rest = &rest[length..];
    }
    found
}

/// Returns what a word of an expression consists of; all ASCII punctuation but this stands between words.
fn in_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_.-@$:+%#~".contains(c) || (!c.is_ascii())
}
