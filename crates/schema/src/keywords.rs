//! The formats and keywords that Graph's schemas have beside those of JSON Schema.

use jiff::Timestamp;
use jiff::civil::Date;
use jsonschema::{Keyword, ValidationError, ValidationOptions};
use serde_json::{Map, Value};

use graphwalk_catalog::mistyped;

use super::document::{NOT_BEFORE, OPEN};

/// Between what an error of a keyword is about and what it says.
pub(super) const AND: char = '\n';

/// Adds them to the options of a validator.
pub(super) fn known_to(options: ValidationOptions) -> ValidationOptions {
    options
        .should_validate_formats(true)
        .with_format("uuid", |text: &str| text.len() == 36 && uuid::Uuid::try_parse(text).is_ok())
        .with_format("date-time", |text: &str| text.parse::<Timestamp>().is_ok())
        .with_format("duration", is_duration)
        .with_format("time-of-day", |text: &str| text.parse::<jiff::civil::Time>().is_ok())
        .with_format("base64url", |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte))
        })
        .with_format("country-code", |text: &str| {
            text.bytes().all(|byte| byte.is_ascii_uppercase()) && celes::Country::from_alpha2(text).is_ok()
        })
        .with_format("user-principal-name", is_user_principal_name)
        .with_format("ascii", str::is_ascii)
        .with_format("without-accents", |text: &str| !text.chars().any(is_accented))
        .with_keyword(OPEN, |parent, _, _| Ok(OpenNames::keyword(parent)))
        .with_keyword(NOT_BEFORE, |_, value, _| Ok(Order::keyword(value)))
}

/// A duration of ISO 8601 as OData and .NET write it, of any length: `P30D`, `PT0.5S`, `-P1DT2H`, and the longest of .NET,
/// `P10675199DT2H48M5.4775807S`.
fn is_duration(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let Some(text) = text.strip_prefix('P') else { return false };
    let (days, time) = text.split_once('T').map_or((text, None), |(days, time)| (days, Some(time)));
    let has_days = units(days, "YMWD", false);
    match time {
        None => has_days == Some(true),
        Some(time) => has_days.is_some() && units(time, "HMS", true) == Some(true),
    }
}

/// Returns whether a text has numbers before some of these units, in their order; nothing if it has something else.
fn units(text: &str, units: &str, with_fraction: bool) -> Option<bool> {
    let (mut rest, mut left) = (text, units);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, unit) = (rest.get(..end)?, rest[end..].chars().next()?);
        let (whole, part) = number.split_once('.').map_or((number, None), |(whole, part)| (whole, Some(part)));
        let is_number = !whole.is_empty() && part.is_none_or(|part| with_fraction && unit == 'S' && !part.is_empty());
        left = left.split_once(unit).filter(|_| is_number && part.is_none_or(|part| !part.contains('.')))?.1;
        rest = rest.get(end + unit.len_utf8()..)?;
    }
    Some(!text.is_empty())
}

fn is_user_principal_name(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace))
}

/// Returns whether a character is a Latin letter with an accent, or an accent on its own.
fn is_accented(c: char) -> bool {
    let latin = matches!(c, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}') && c.is_alphabetic();
    latin || matches!(c, '\u{300}'..='\u{36f}')
}

/// The names of an open object's declared properties, sorted.
struct OpenNames(Vec<String>);

impl OpenNames {
    fn keyword(parent: &Map<String, Value>) -> Box<dyn for<'i> Keyword<'i>> {
        let properties = parent.get("properties").and_then(Value::as_object);
        let mut names: Vec<String> = properties.into_iter().flat_map(|all| all.keys().cloned()).collect();
        names.sort();
        Box::new(Self(names))
    }

    /// The properties of a value that are slips of declared ones, and those.
    fn slips<'a>(&'a self, value: &'a Value) -> impl Iterator<Item = (&'a str, &'a str)> {
        let names = value.as_object().into_iter().flat_map(|members| members.keys().map(String::as_str));
        names.filter_map(|name| {
            let is_known = name.contains('@') || self.0.binary_search_by(|known| known.as_str().cmp(name)).is_ok();
            let meant = if is_known { None } else { mistyped(name, self.0.iter().map(String::as_str)) }?;
            // What is there under its right name was not meant.
            value.get(meant).is_none().then_some((name, meant))
        })
    }
}

impl<'i> Keyword<'i> for OpenNames {
    fn validate(&self, value: &'i Value) -> Result<(), ValidationError<'i>> {
        self.iter_errors(value).next().map_or(Ok(()), Err)
    }

    fn is_valid(&self, value: &'i Value) -> bool {
        self.slips(value).next().is_none()
    }

    fn iter_errors(&self, value: &'i Value) -> Box<dyn Iterator<Item = ValidationError<'i>> + 'i> {
        let errors: Vec<_> =
            self.slips(value).map(|(name, meant)| ValidationError::custom(format!("{name}{AND}{meant}"))).collect();
        Box::new(errors.into_iter())
    }
}

/// Pairs of times: the one that is not earlier, and the other.
struct Order(Vec<(String, String)>);

impl Order {
    fn keyword(value: &Value) -> Box<dyn for<'i> Keyword<'i>> {
        let pairs = value.as_object().into_iter().flatten();
        Box::new(Self(pairs.filter_map(|(late, early)| Some((late.clone(), early.as_str()?.to_owned()))).collect()))
    }

    fn reversed<'a>(&'a self, value: &'a Value) -> impl Iterator<Item = &'a (String, String)> {
        self.0.iter().filter(|(late, early)| {
            let text = |name: &String| value.get(name).and_then(Value::as_str);
            text(late).zip(text(early)).is_some_and(|(late, early)| is_before(late, early))
        })
    }
}

/// Returns whether one time, or one day, is before another of the same kind.
fn is_before(one: &str, other: &str) -> bool {
    // .NET writes its first day where there is none.
    if one.starts_with("0001-01-01") {
        return false;
    }
    match (one.parse::<Timestamp>(), other.parse::<Timestamp>()) {
        (Ok(one), Ok(other)) => one < other,
        _ => one.parse::<Date>().ok().zip(other.parse::<Date>().ok()).is_some_and(|(one, other)| one < other),
    }
}

impl<'i> Keyword<'i> for Order {
    fn validate(&self, value: &'i Value) -> Result<(), ValidationError<'i>> {
        self.iter_errors(value).next().map_or(Ok(()), Err)
    }

    fn is_valid(&self, value: &'i Value) -> bool {
        self.reversed(value).next().is_none()
    }

    fn iter_errors(&self, value: &'i Value) -> Box<dyn Iterator<Item = ValidationError<'i>> + 'i> {
        let errors: Vec<_> =
            self.reversed(value).map(|(late, early)| ValidationError::custom(format!("{late}{AND}{early}"))).collect();
        Box::new(errors.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_one_of_iso_8601_of_any_length() {
        for duration in [
            "P30D",
            "P1Y6M",
            "P2W",
            "PT1H30M",
            "PT0.5S",
            "-PT15M",
            "P0D",
            "P10675199DT2H48M5.4775807S",
            "-P10675199DT2H48M5.4775808S",
        ] {
            assert!(is_duration(duration), "{duration}");
        }
        for no_duration in [
            "", "P", "PT", "P1DT", "30 days", "P30", "--P1D", "P1H", "PT1D", "P1M1Y", "PT1.5H", "PT1.S", "P1.5D",
            "PT1S1S", "Pé",
        ] {
            assert!(!is_duration(no_duration), "{no_duration}");
        }
    }

    #[test]
    fn times_and_days_are_compared_with_their_own_kind() {
        assert!(is_before("2026-01-01T00:00:00Z", "2026-01-01T00:30:00.1234567Z"));
        assert!(!is_before("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z"));
        assert!(is_before("2026-01-01", "2026-01-02"));
        assert!(!is_before("0001-01-01", "2026-01-02"));
        assert!(!is_before("soon", "2026-01-02"));
    }
}
