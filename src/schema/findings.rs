//! What a validation found.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use super::document::BASE;

/// How many characters of a value a finding shows.
const SHOWN: usize = 80;

/// What a validation found: all of it, not only the first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What a value of this type can never be.
    pub violations: Vec<Finding>,
    /// What the metadata does not know, and a newer Graph may answer: an unknown property, a new value of a set that may
    /// grow.
    pub drift: Vec<Finding>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// JSON pointer into the payload; empty for the whole of it.
    pub pointer: String,
    /// What was expected.
    pub expected: String,
    /// What came, with its type: `string "x"`, `integer 5`, `nothing`. Never the value of a secret.
    pub found: String,
    /// The place in the schemas that says so: `group.json#/properties/id/type`.
    pub schema: String,
}

impl Findings {
    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.violations.is_empty() && self.drift.is_empty()
    }

    /// Adds other findings.
    pub fn extend(&mut self, other: Self) {
        self.violations.extend(other.violations);
        self.drift.extend(other.drift);
    }

    /// Adds what a validator says of a payload at `prefix`. `grows` tells whether the keyword at a place of the schemas
    /// is about a set that may grow.
    pub(super) fn add(&mut self, prefix: &str, error: &ValidationError<'_>, grows: impl Fn(&str) -> bool) {
        let schema = schema_place(error);
        let pointer = format!("{prefix}{}", error.instance_path().as_str());
        let finding = |pointer: String, expected: String, found: String| Finding {
            pointer,
            expected,
            found,
            schema: schema.clone(),
        };
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for name in unexpected {
                    let pointer = format!("{pointer}/{}", escaped(name));
                    let value = error.instance().get(name).unwrap_or(&Value::Null);
                    let found = found(&pointer, value);
                    self.drift.push(finding(pointer, "no property of this name".to_owned(), found));
                }
            }
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                let pointer = format!("{pointer}/{}", escaped(name));
                self.violations.push(finding(pointer, "a value".to_owned(), "nothing".to_owned()));
            }
            kind => {
                let found = found(&pointer, error.instance());
                let finding = finding(pointer, expected(kind), found);
                if matches!(kind, ValidationErrorKind::Enum { .. })
                    && error.instance().is_string()
                    && grows(&finding.schema)
                {
                    self.drift.push(finding);
                } else {
                    self.violations.push(finding);
                }
            }
        }
    }
}

/// A value with its type, cut where it is long.
pub(super) fn found(pointer: &str, value: &Value) -> String {
    let kind = match value {
        Value::Null => return "null".to_owned(),
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(items) => return format!("an array of {}", items.len()),
        Value::Object(properties) => return format!("an object of {} properties", properties.len()),
    };
    let name = pointer.rsplit('/').next().unwrap_or_default();
    if crate::recording::secrets::is_secret_name(name) {
        return format!("{kind} ***");
    }
    let text = crate::recording::secrets::masked_text(&value.to_string());
    if text.chars().count() <= SHOWN {
        return format!("{kind} {text}");
    }
    format!("{kind} {}…", text.chars().take(SHOWN).collect::<String>())
}

fn expected(kind: &ValidationErrorKind) -> String {
    match kind {
        ValidationErrorKind::Type { kind: TypeKind::Single(one) } => one.to_string(),
        ValidationErrorKind::Type { kind: TypeKind::Multiple(set) } => {
            let names: Vec<String> = set.iter().map(|ty| ty.to_string()).collect();
            names.join(" or ")
        }
        ValidationErrorKind::Enum { options } => match options.as_array() {
            Some(options) if options.len() <= 12 => {
                let names: Vec<String> =
                    options.iter().map(|o| o.as_str().map_or_else(|| o.to_string(), str::to_owned)).collect();
                format!("one of {}", names.join(", "))
            }
            _ => "another value".to_owned(),
        },
        ValidationErrorKind::Constant { expected_value } => expected_value.to_string(),
        ValidationErrorKind::Format { format } => match format.as_str() {
            "uuid" => "a GUID".to_owned(),
            "date" => "a date, YYYY-MM-DD".to_owned(),
            "date-time" => "a time with its offset, e.g. 2022-02-11T17:35:25Z".to_owned(),
            "duration" => "a duration, e.g. P30D".to_owned(),
            other => format!("a value of the format {other}"),
        },
        ValidationErrorKind::Minimum { limit } => format!("at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("at most {limit}"),
        ValidationErrorKind::Pattern { pattern } => format!("a text that matches {pattern}"),
        other => format!("what `{}` asks for", other.keyword()),
    }
}

fn schema_place(error: &ValidationError<'_>) -> String {
    match error.absolute_keyword_location() {
        Some(uri) => uri.as_str().strip_prefix(BASE).unwrap_or(uri.as_str()).to_owned(),
        None => error.schema_path().as_str().to_owned(),
    }
}

/// A name as a JSON pointer writes it.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
