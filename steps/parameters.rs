//! The parts of a sentence that vary and are not quoted texts.

use std::convert::Infallible;
use std::str::FromStr;
use std::time::Duration;

use cucumber::Parameter;
use serde_json::Value;

use crate::session::Kind;

/// The name of each parameter in braces, and the pattern of what may stand there.
pub const PARAMETERS: [(&str, &str); 5] = [
    (Actor::NAME, Actor::REGEX),
    (Method::NAME, Method::REGEX),
    (Span::NAME, Span::REGEX),
    (Json::NAME, Json::REGEX),
    (ObjectKind::NAME, ObjectKind::REGEX),
];

/// Who acts: `the administrator`, or a person by the name that the recording gives: `Adele Vance`.
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
pub struct Method(pub String);

impl FromStr for Method {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// A length of time: `30 seconds`, `10 minutes`, `1 hour`, `5 days`.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "duration", regex = "[0-9]{1,6} (?:second|minute|hour|day)s?")]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (count, unit) = text.split_once(' ').ok_or_else(|| format!("{text:?} has no unit"))?;
        let count: u64 = count.parse().map_err(|_| format!("{count:?} is no number"))?;
        let seconds = match unit.trim_end_matches('s') {
            "second" => 1,
            "minute" => 60,
            "hour" => 3_600,
            _ => 86_400,
        };
        Ok(Self(Duration::from_secs(count * seconds)))
    }
}

/// A JSON value, in which kept values may stand: `"Deny"`, `5`, `true`, `null`, `["{group}"]`.
#[derive(Clone, Debug, Parameter)]
#[param(name = "json", regex = "\"(?:[^\"\\\\]|\\\\.)*\"|-?[0-9][0-9.eE+-]*|true|false|null|\\[.*\\]|\\{.*\\}")]
pub struct Json(pub String);

impl FromStr for Json {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

/// A kind of object that tutorials create.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "kind", regex = "user|group|review")]
pub struct ObjectKind(pub Kind);

impl FromStr for ObjectKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "user" => Ok(Self(Kind::User)),
            "group" => Ok(Self(Kind::Group)),
            "review" => Ok(Self(Kind::Review)),
            other => Err(format!("{other:?} is not a kind of object")),
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
        let seconds = |text: &str| text.parse::<Span>().unwrap().0.as_secs();
        assert_eq!(
            [seconds("1 second"), seconds("10 minutes"), seconds("1 hour"), seconds("5 days")],
            [1, 600, 3600, 432_000]
        );
    }

    #[test]
    fn a_cell_is_a_boolean_a_number_or_null_where_it_looks_like_one() {
        assert_eq!(
            [cell_value("true"), cell_value("5"), cell_value("null"), cell_value("Deny")],
            [json!(true), json!(5), json!(null), json!("Deny")]
        );
    }
}
