//! The parts of a sentence that vary and are not quoted texts.

use std::convert::Infallible;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use cucumber::Parameter;
use jiff::Timestamp;
use serde_json::Value;
use serde_json_path::JsonPath;

use graphwalk_catalog::Resource;

use super::outside::ObjectType;
use crate::sentences::{ParameterKind, Regex};
use crate::session::{FARTHEST_DAY, names_in};

/// Every parameter that the definitions here use, beside those that cucumber brings; each with an example.
///
/// The patterns are wide, and what they let through is checked by reading it, so that an author learns what is wrong with
/// `65536` instead of that no sentence fits.
pub static PARAMETERS: [ParameterKind; 14] = [
    ParameterKind::of::<Actor>("the administrator"),
    ParameterKind::of::<MethodName>("GET"),
    ParameterKind::of::<TimeSpan>("10 minutes"),
    ParameterKind::of::<Json>("…"),
    ParameterKind::of::<ObjectKind>("user"),
    ParameterKind::of::<StatusCode>("5"),
    ParameterKind::of::<StatusCodes>("200, 204"),
    ParameterKind::of::<Values>("…, …"),
    ParameterKind::of::<Count>("5"),
    ParameterKind::of::<Days>("5"),
    ParameterKind::of::<ObjectType>("user"),
    ParameterKind::of::<JsonQuery>("\"…\""),
    ParameterKind::of::<Pattern>("\"…\""),
    ParameterKind::of::<Moment>("\"…\""),
];

/// An actor: `the administrator`, or a person by the name that the recording gives: `Adele Vance`.
#[derive(Clone, Debug, Parameter)]
#[param(name = "actor", regex = "the administrator|[^\"]+")]
pub struct Actor(pub String);

impl FromStr for Actor {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.strip_prefix("the ").unwrap_or(text).to_owned()))
    }
}

/// An HTTP method.
#[derive(Clone, Debug, Parameter)]
#[param(name = "method", regex = "GET|HEAD|POST|PUT|PATCH|DELETE")]
pub struct MethodName(pub String);

impl FromStr for MethodName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// A length of time: `30 seconds`, `10 minutes`, `1 hour`, `5 days`.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "duration", regex = "[0-9]+ (?:second|minute|hour|day)s?")]
pub struct TimeSpan(pub Duration);

/// The longest time that a step can name: a hundred years.
const LONGEST: Duration = Duration::from_secs(FARTHEST_DAY.unsigned_abs() * 86_400);

impl FromStr for TimeSpan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (count, unit) = text.split_once(' ').ok_or_else(|| format!("{text:?} has no unit"))?;
        let seconds: u64 = match unit.trim_end_matches('s') {
            "second" => 1,
            "minute" => 60,
            "hour" => 3_600,
            _ => 86_400,
        };
        let span = count.parse().ok().and_then(|count: u64| count.checked_mul(seconds)).map(Duration::from_secs);
        let allowed = span.filter(|span| *span <= LONGEST);
        allowed.map(Self).ok_or_else(|| format!("{text} is too long: expected at most {FARTHEST_DAY} days"))
    }
}

/// A JSON value, in which kept values may stand: `"Deny"`, `5`, `true`, `null`, `["{group}"]`.
#[derive(Clone, Debug, Parameter)]
#[param(name = "json", regex = "\"(?:[^\"\\\\]|\\\\.)*\"|-?[0-9][0-9.eE+-]*|true|false|null|\\[.*\\]|\\{.*\\}")]
pub struct Json(pub String);

impl FromStr for Json {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = |text: &str| serde_json::from_str::<Value>(text).map(drop);
        literal(text, read, |text, error| format!("{text} is not JSON: {error}")).map(Self)
    }
}

/// `text` as it stands, if `read` can read it. One in which kept values stand is read when they are known.
fn literal<T, E>(
    text: &str,
    read: impl FnOnce(&str) -> Result<T, E>,
    wrong: impl FnOnce(&str, E) -> String,
) -> Result<String, String> {
    if names_in(text).next().is_none() {
        read(text).map_err(|error| wrong(text, error))?;
    }
    Ok(text.to_owned())
}

/// A JSON path between quotes, in which kept values may stand.
#[derive(Clone, Debug, Parameter)]
#[param(name = "query", regex = "\"([^\"\\\\]*(?:\\\\.[^\"\\\\]*)*)\"|'([^'\\\\]*(?:\\\\.[^'\\\\]*)*)'")]
pub struct JsonQuery(pub String);

impl FromStr for JsonQuery {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        literal(text, JsonPath::parse, |text, error| {
            format!("\"{text}\" is not a JSON path: {error}: expected one such as $.id or $.value[*].id")
        })
        .map(Self)
    }
}

/// A regular expression between quotes.
#[derive(Clone, Debug, Parameter)]
#[param(name = "pattern", regex = "\"([^\"\\\\]*(?:\\\\.[^\"\\\\]*)*)\"|'([^'\\\\]*(?:\\\\.[^'\\\\]*)*)'")]
pub struct Pattern(pub Regex);

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |error| format!("\"{text}\" is not a regular expression: {error}");
        Regex::new(text).map(Self).map_err(wrong)
    }
}

/// A moment between quotes, in which kept values may stand.
#[derive(Clone, Debug, Parameter)]
#[param(name = "moment", regex = "\"([^\"\\\\]*(?:\\\\.[^\"\\\\]*)*)\"|'([^'\\\\]*(?:\\\\.[^'\\\\]*)*)'")]
pub struct Moment(pub String);

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        literal(text, str::parse::<Timestamp>, |text, error| {
            format!(
                "\"{text}\" is not a time: expected one such as 2022-02-16T08:00:00Z, before the year 10000: {error}"
            )
        })
        .map(Self)
    }
}

/// The status of an answer.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "status", regex = "-?[0-9]+")]
pub struct StatusCode(pub u16);

impl FromStr for StatusCode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        number(text, "is not a status", 100..=599).map(Self)
    }
}

/// Some statuses of answers: `200, 204`, `200 or 204`.
#[derive(Clone, Debug, Parameter)]
#[param(name = "statuses", regex = "-?[0-9]+(?:(?:, | or )-?[0-9]+)*")]
pub struct StatusCodes(pub Vec<u16>);

impl FromStr for StatusCodes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split(", ").flat_map(|part| part.split(" or "));
        parts.map(|part| part.parse().map(|status: StatusCode| status.0)).collect::<Result<_, _>>().map(Self)
    }
}

/// Some JSON values, in which kept values may stand: `"Approve", "Deny" or null`.
#[derive(Clone, Debug, Parameter)]
#[param(
    name = "values",
    regex = "(?:\"(?:[^\"\\\\]|\\\\.)*\"|-?[0-9][0-9.eE+-]*|true|false|null)(?:(?:, | or )(?:\"(?:[^\"\\\\]|\\\\.)*\"|-?[0-9][0-9.eE+-]*|true|false|null))*"
)]
pub struct Values(pub Vec<Json>);

impl FromStr for Values {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut values = Vec::new();
        let mut rest = text;
        loop {
            let end = end_of_value(rest);
            let (value, after) = rest.split_at(end);
            values.push(value.parse()?);
            let next = after.strip_prefix(", ").or_else(|| after.strip_prefix(" or "));
            match next {
                Some(next) => rest = next,
                None if after.is_empty() => return Ok(Self(values)),
                None => return Err(format!("{text} are no values: expected them as in \"a\", 5 or null")),
            }
        }
    }
}

/// Returns the end of the JSON value that `text` begins with.
fn end_of_value(text: &str) -> usize {
    if !text.starts_with('"') {
        return text.find([',', ' ']).unwrap_or(text.len());
    }
    let mut escaped = false;
    let closing = text.char_indices().skip(1).find(|&(_, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    });
    closing.map_or(text.len(), |(index, _)| index + 1)
}

/// A number of things.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "count", regex = "-?[0-9]+")]
pub struct Count(pub usize);

impl FromStr for Count {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        number(text, "is not a count", 0..=1_000_000).map(Self)
    }
}

/// A number of days until something.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "days", regex = "-?[0-9]+")]
pub struct Days(pub u16);

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        number(text, "is too far away or too near", 0..=36_500).map(Self)
    }
}

fn number<T: FromStr + PartialOrd + fmt::Display>(
    text: &str,
    wrong: &str,
    allowed: RangeInclusive<T>,
) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| allowed.contains(number));
    number.ok_or_else(|| format!("{text} {wrong}: expected a number from {} to {}", allowed.start(), allowed.end()))
}

/// The resource of an object that a tutorial created, by its id.
#[derive(Clone, Debug, Parameter)]
#[param(name = "kind", regex = "user|guest|group|review|role assignment")]
pub struct ObjectKind(pub String);

impl FromStr for ObjectKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A guest is made by an invitation.
        let id = if text == "guest" { "invitation".to_owned() } else { text.replace(' ', "-") };
        match Resource::named(&id) {
            Some(resource) => Ok(Self(resource.id().to_owned())),
            None => Err(format!("{text:?} is not a kind of object")),
        }
    }
}

/// A value as a table's cell writes it: `true`, `5` and `null` as JSON, everything else as a text.
pub fn cell_value(cell: &str) -> Value {
    match serde_json::from_str(cell) {
        Ok(value @ (Value::Bool(_) | Value::Number(_) | Value::Null)) => value,
        _ => Value::from(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lengths_of_time_are_read_in_all_units() {
        let seconds = |text: &str| text.parse::<TimeSpan>().unwrap().0.as_secs();
        assert_eq!(
            [seconds("1 second"), seconds("10 minutes"), seconds("1 hour"), seconds("5 days")],
            [1, 600, 3600, 432_000]
        );
    }

    #[test]
    fn several_values_are_read_one_by_one() {
        let values = |text: &str| text.parse::<Values>().map(|Values(all)| all.into_iter().map(|Json(v)| v).collect());
        assert_eq!(
            values(r#""a, b", "c \" or" or 5, null"#),
            Ok(vec![r#""a, b""#.to_owned(), r#""c \" or""#.to_owned(), "5".to_owned(), "null".to_owned()])
        );
        assert!(values("1.2.3, 4").is_err() && values("\"a\" \"b\"").is_err() && values("1,").is_err());
        assert_eq!("200, 201 or 204".parse::<StatusCodes>().unwrap().0, [200, 201, 204]);
        assert!("200, 99".parse::<StatusCodes>().is_err());
    }

    #[test]
    fn a_cell_is_a_boolean_a_number_or_null_where_it_looks_like_one() {
        assert_eq!(
            [cell_value("true"), cell_value("5"), cell_value("null"), cell_value("Deny")],
            [json!(true), json!(5), json!(null), json!("Deny")]
        );
    }
}
