//! Literal dates in requests become days from today.

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::Value;

use super::call::ImportedCall;

/// The day on which the page's session begins.
#[derive(Clone, Copy, Debug)]
pub struct FirstDay {
    /// The day.
    pub day: Date,
    /// Whether a request names it, so that dates in requests are counted from it.
    pub is_sent: bool,
}

/// So many days from the first one a date may lie to be written as days from today.
const FARTHEST: i32 = 36_500;

/// The first date that a request sends, else the first time that an answer shows.
pub fn first_day(calls: &[ImportedCall]) -> FirstDay {
    let mut sent = Vec::new();
    let mut shown = Vec::new();
    for call in calls {
        call.body.iter().for_each(|body| dates(body, &mut sent));
        call.answer.iter().for_each(|answer| dates(answer, &mut shown));
    }
    let plausible = |dates: Vec<Date>| dates.into_iter().filter(|date| (2000..2100).contains(&date.year())).min();
    match (plausible(sent), plausible(shown)) {
        (Some(day), _) => FirstDay { day, is_sent: true },
        (None, Some(day)) => FirstDay { day, is_sent: false },
        (None, None) => FirstDay { day: Date::constant(2026, 1, 5), is_sent: false },
    }
}

fn dates(value: &Value, found: &mut Vec<Date>) {
    match value {
        Value::String(text) => found.extend(date_of(text).map(|(date, _)| date)),
        Value::Array(items) => items.iter().for_each(|item| dates(item, found)),
        Value::Object(members) => members.values().for_each(|value| dates(value, found)),
        _ => {}
    }
}

/// The date with which a text begins, if it is a date or a time, and what follows it.
fn date_of(text: &str) -> Option<(Date, &str)> {
    let date = text.get(..10)?;
    let rest = text.get(10..)?;
    let is_time = rest.is_empty() || (rest.starts_with('T') && rest.len() >= 6);
    let is_formed = date
        .bytes()
        .enumerate()
        .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    Some((date.parse().ok().filter(|_| is_time && is_formed)?, rest))
}

impl FirstDay {
    /// A date or time as days from the first one: `{today+5}T08:00:00Z`.
    pub fn relative(&self, text: &str) -> Option<String> {
        let (date, rest) = date_of(text).filter(|_| self.is_sent)?;
        let days = self.day.until(date).ok()?.get_days();
        match days {
            0 => Some(format!("{{today}}{rest}")),
            1..=FARTHEST => Some(format!("{{today+{days}}}{rest}")),
            _ => None,
        }
    }
}

/// The day that is so many seconds after the beginning of another one.
pub fn day_after(day: Date, seconds: i64) -> Date {
    day.checked_add((seconds / 86_400).days()).unwrap_or(day)
}
