//! What a validation found.

use graphwalk_secrets::{in_use, masking};
use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use super::document::{OPEN, WITHOUT, local};
use super::keywords::AND;

/// The longest text that a finding repeats: the tags of Graph's types are that long.
const LONGEST_WORD: usize = 64;
/// No more members of an enumeration are named.
const NAMED: usize = 12;

/// The findings of a validation: all of them, not only the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Values that the type can never have.
    pub violations: Vec<SchemaFinding>,
    /// Values that the metadata does not know, and a newer Graph may answer: an unknown property, a new value of a set that
    /// may grow.
    pub drift: Vec<SchemaFinding>,
    /// Values that incomplete metadata does not declare, so that nobody can say whether they are right: properties, members
    /// and types of beta.
    pub unjudged: Vec<SchemaFinding>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaFinding {
    /// JSON pointer into the payload; empty for the whole of it.
    pub pointer: String,
    /// The expected value or form.
    pub expected: String,
    /// The value that came: of an unknown property and of a wrong type the JSON type, `a string of 12 characters`; of a
    /// wrong form the value, if it is a number or a word, `"Sleeping"`; `nothing`. Never the value of a secret.
    pub found: String,
    /// The place in the schemas that says so: `group.json#/properties/id/type`.
    pub schema: String,
    /// The kind of fault, for callers that ignore some.
    pub kind: FindingKind,
    /// The member of the metadata's enumeration in its own case, where the value has it in another one.
    pub meant: Option<String>,
}

/// The kind of fault in a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// It lacks what it has to have.
    Missing,
    /// It has a property of a name that is not declared.
    UnknownName,
    /// A member of an enumeration is written in another case.
    OtherCase,
    /// A value is none of its type or of its set.
    Value,
    /// A property is sent that cannot be written, or not then.
    ReadOnly,
}

impl Findings {
    /// Returns whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.violations.is_empty() && self.drift.is_empty()
    }

    /// Adds other findings.
    pub fn extend(&mut self, other: Self) {
        self.violations.extend(other.violations);
        self.drift.extend(other.drift);
        self.unjudged.extend(other.unjudged);
    }

    /// Adds what a validator says of a payload at `prefix`. `mark` tells what is said of the keyword at a place of the schemas;
    /// `is_partial`, whether the schemas declare less than there is.
    pub(super) fn add(
        &mut self,
        prefix: &str,
        error: &ValidationError<'_>,
        is_partial: bool,
        mark: impl Fn(&str) -> DriftMark,
    ) {
        let schema = schema_place(error);
        let pointer = format!("{prefix}{}", error.instance_path().as_str());
        let finding = |pointer: String, expected: String, found: String, kind: FindingKind| SchemaFinding {
            pointer,
            expected,
            found,
            schema: schema.clone(),
            kind,
            meant: None,
        };
        let value = error.instance();
        let undeclared = if is_partial { &mut self.unjudged } else { &mut self.drift };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    let pointer = format!("{pointer}/{}", escaped(name));
                    let found = kind_of(value.get(name).unwrap_or(&Value::Null));
                    let expected = "no property of this name".to_owned();
                    undeclared.push(finding(pointer, expected, found, FindingKind::UnknownName));
                }
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let pointer = format!("{pointer}/{}", escaped(name));
                let (expected, found) = ("a value".to_owned(), "nothing".to_owned());
                self.violations.push(finding(pointer, expected, found, FindingKind::Missing));
            }
            ValidationErrorKind::Custom { keyword, message } if message.contains(AND) => {
                let (name, other) = message.split_once(AND).unwrap_or_default();
                let at = format!("{pointer}/{}", escaped(name));
                let there = value.get(name).unwrap_or(&Value::Null);
                if keyword == OPEN {
                    let expected = format!("the name {other}");
                    undeclared.push(finding(at, expected, kind_of(there), FindingKind::UnknownName));
                } else {
                    let start = value.get(other).and_then(Value::as_str).unwrap_or_default();
                    let expected = format!("no time before {other}, {start}");
                    self.drift.push(finding(at, expected, word(name, there), FindingKind::Value));
                }
            }
            kind => {
                let mistyped = matches!(kind, ValidationErrorKind::Type { .. });
                let found = if mistyped { kind_of(value) } else { word(&pointer, value) };
                let meant = member_in_its_case(kind, value);
                let of = if meant.is_some() { FindingKind::OtherCase } else { FindingKind::Value };
                let finding = SchemaFinding { meant, ..finding(pointer, expected(kind), found, of) };
                self.file(finding, kind, value, is_partial, mark);
            }
        }
    }

    /// Adds a finding about a value to those of its kind.
    fn file(
        &mut self,
        mut finding: SchemaFinding,
        kind: &ValidationErrorKind,
        value: &Value,
        is_partial: bool,
        mark: impl Fn(&str) -> DriftMark,
    ) {
        let mark = if is_of_value(kind, value) { mark(&finding.schema) } else { DriftMark::None };
        let is_member = is_declared_of_enum(kind, value);
        if mark == DriftMark::Documented {
            // The reference says nothing of other cases in a text, as the metadata of enumerations does.
            finding.meant = None;
        }
        if finding.kind == FindingKind::OtherCase || mark == DriftMark::Documented {
            self.drift.push(finding);
        } else if is_partial && is_member {
            self.unjudged.push(finding);
        } else if mark == DriftMark::Grows {
            self.drift.push(finding);
        } else {
            self.violations.push(finding);
        }
    }
}

/// The finding of a whole payload.
pub(super) fn one_violation(expected: &str, found: &str, schema: String) -> Findings {
    let (expected, found) = (expected.to_owned(), found.to_owned());
    let finding =
        SchemaFinding { pointer: String::new(), expected, found, schema, kind: FindingKind::Value, meant: None };
    Findings { violations: vec![finding], ..Findings::default() }
}

/// The weight that a schema gives to one of its keywords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DriftMark {
    /// Nothing: it holds.
    None,
    /// It is a set that Graph may add to.
    Grows,
    /// It is documented, and not in the metadata.
    Documented,
}

/// Returns whether a keyword says which members an enumeration has, and the value could be another one.
fn is_declared_of_enum(kind: &ValidationErrorKind, value: &Value) -> bool {
    let is_of_flags = matches!(kind, ValidationErrorKind::Pattern { pattern } if pattern.contains(")( *, *("));
    value.is_string() && (is_of_flags || matches!(kind, ValidationErrorKind::Enum { .. }))
}

/// Returns whether a keyword is about the values that a type has, and not about the type.
fn is_of_value(kind: &ValidationErrorKind, value: &Value) -> bool {
    match kind {
        ValidationErrorKind::Enum { .. } => value.is_string(),
        ValidationErrorKind::Format { .. }
        | ValidationErrorKind::Minimum { .. }
        | ValidationErrorKind::Maximum { .. }
        | ValidationErrorKind::MaxLength { .. }
        | ValidationErrorKind::MaxItems { .. }
        | ValidationErrorKind::Pattern { .. } => true,
        _ => false,
    }
}

/// The member of an enumeration that a text is, or the members, but for the case of letters.
fn member_in_its_case(kind: &ValidationErrorKind, value: &Value) -> Option<String> {
    let text = value.as_str()?;
    match kind {
        ValidationErrorKind::Enum { options } => {
            let mut options = options.as_array()?.iter().filter_map(Value::as_str);
            options.find(|option| option.eq_ignore_ascii_case(text)).map(str::to_owned)
        }
        ValidationErrorKind::Pattern { pattern } => {
            // Members of an enumeration that may stand together: `^(a|b)( *, *(a|b))*$`.
            let (members, _) = pattern.strip_prefix("^(")?.split_once(")( *, *(")?;
            let member = |text: &str| members.split('|').find(|member| member.eq_ignore_ascii_case(text.trim()));
            let meant: Option<Vec<&str>> = text.split(',').map(member).collect();
            Some(meant?.join(","))
        }
        _ => None,
    }
}

/// The JSON type of a value, and how much is in it; never what.
pub(super) fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(number) if number.is_f64() => "a number".to_owned(),
        Value::Number(_) => "an integer".to_owned(),
        Value::String(text) => match text.chars().count() {
            1 => "a string of 1 character".to_owned(),
            count => format!("a string of {count} characters"),
        },
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(properties) => format!("an object of {} properties", properties.len()),
    }
}

/// A value of the right type and the wrong form: a number, or a word such as those of an enumeration. Of a longer text only
/// the type is told.
fn word(pointer: &str, value: &Value) -> String {
    let name = pointer.rsplit('/').next().unwrap_or_default();
    let shown = match value {
        _ if masking::is_secret_name(name) => None,
        Value::Number(number) => Some(format!("{number}")),
        Value::String(text) if is_word(text) => Some(format!("\"{text}\"")),
        _ => None,
    };
    shown.unwrap_or_else(|| kind_of(value))
}

fn is_word(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b"#._:+-".contains(&b);
    text.len() <= LONGEST_WORD && text.bytes().all(fits) && !masking::holds_token(text) && *in_use::mask(text) == *text
}

fn expected(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Type { kind: TypeKind::Single(one) } => one.to_string(),
        ValidationErrorKind::Type { kind: TypeKind::Multiple(set) } => {
            let names: Vec<String> = set.iter().map(|ty| ty.to_string()).collect();
            names.join(" or ")
        }
        ValidationErrorKind::Enum { options } => match options.as_array() {
            Some(options) => {
                let names = options.iter().map(|o| o.as_str().map_or_else(|| o.to_string(), str::to_owned));
                let more = options.len().saturating_sub(NAMED);
                let more = if more > 0 { format!(" or one of {more} more") } else { String::new() };
                format!("one of {}{more}", names.take(NAMED).collect::<Vec<_>>().join(", "))
            }
            _ => "another value".to_owned(),
        },
        ValidationErrorKind::Constant { expected_value } => expected_value.to_string(),
        ValidationErrorKind::Format { format } => match format.as_str() {
            "uuid" => "a GUID".to_owned(),
            "date" => "a date, YYYY-MM-DD".to_owned(),
            "date-time" => "a time with its offset, e.g. 2022-02-11T17:35:25Z".to_owned(),
            "duration" => "a duration, e.g. P30D".to_owned(),
            "country-code" => "a country of two letters by ISO 3166, e.g. DE".to_owned(),
            "user-principal-name" => "a user principal name, e.g. adele@contoso.com".to_owned(),
            "ascii" => "a text of ASCII characters".to_owned(),
            "without-accents" => "a text without accents".to_owned(),
            other => format!("a value of the format {other}"),
        },
        ValidationErrorKind::Minimum { limit } => format!("at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("at most {limit}"),
        ValidationErrorKind::MaxLength { limit } => format!("at most {limit} characters"),
        ValidationErrorKind::MaxItems { limit } => {
            format!("at most {limit} {}", if *limit == 1 { "item" } else { "items" })
        }
        ValidationErrorKind::Pattern { pattern } => match pattern.strip_prefix(WITHOUT) {
            Some(characters) => {
                let characters = characters.trim_end_matches("]*$").replace(' ', " space");
                format!("a text without any of {}", unescaped(&characters))
            }
            None => format!("a text that matches {pattern}"),
        },
        other => format!("what `{}` asks for", other.keyword()),
    }
}

/// Characters of a pattern without the backslashes before them.
fn unescaped(characters: &str) -> String {
    let mut rest = characters.chars();
    std::iter::from_fn(|| rest.next().and_then(|c| if c == '\\' { rest.next() } else { Some(c) })).collect()
}

fn schema_place(error: &ValidationError<'_>) -> String {
    match error.absolute_keyword_location() {
        Some(uri) => local(uri.as_str()).to_owned(),
        None => error.schema_path().as_str().to_owned(),
    }
}

/// A name as a JSON pointer writes it.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::Schemas;

    const ID: &str = "3b8ceebc-49e6-4e0c-9e14-c906374a7ef6";

    fn told(name: &str, body: &Value) -> Vec<String> {
        let findings = Schemas::embedded().check_type(name, false, body).unwrap();
        let all = findings.violations.iter().chain(&findings.drift);
        all.map(|finding| format!("{}: {}", finding.pointer, finding.found)).collect()
    }

    #[test]
    fn of_an_unknown_property_the_name_and_the_type_are_told_and_never_the_value() {
        let body = json!({"id": ID, "a": "canary", "b": 4711, "c": {"canary": 1}, "d": ["canary"], "e": 1.5, "f": true, "g": null, "h": "x"});
        let expected = [
            "/a: a string of 6 characters",
            "/b: an integer",
            "/c: an object of 1 properties",
            "/d: an array of 1",
            "/e: a number",
            "/f: a boolean",
            "/g: null",
            "/h: a string of 1 character",
        ];
        assert_eq!(told("accessReviewInstance", &body), expected);
    }

    #[test]
    fn of_a_known_property_a_wrong_type_is_told_as_such_and_a_wrong_word_as_it_is() {
        for (property, value, found) in [
            ("status", json!("Sleeping"), "\"Sleeping\""),
            ("status", json!("a canary of three words"), "a string of 23 characters"),
            ("status", json!("eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJjYW5hcnkifQ.c2lnbmF0dXJl"), "a string of 56 characters"),
            ("status", json!("x".repeat(65)), "a string of 65 characters"),
            ("status", json!(["canary"]), "an array of 1"),
            ("endDateTime", json!("tomorrow"), "\"tomorrow\""),
            ("endDateTime", json!("canary@contoso.com"), "a string of 18 characters"),
            ("endDateTime", json!(4711), "an integer"),
        ] {
            let body = json!({"id": ID, property: value});
            assert!(
                told("accessReviewInstance", &body).contains(&format!("/{property}: {found}")),
                "{:?}",
                told("accessReviewInstance", &body)
            );
        }
    }
}
