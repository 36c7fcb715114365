//! Telling how a run went: in the terminal, as JUnit XML, as Cucumber JSON.
//!
//! What a report says of a session is made on the thread that played it ([`SessionReport::of`]) and sent on as bytes, so
//! that reports of many sessions cost little and are not kept to the end. The thread that prints puts the sessions back
//! into their order ([`Reports`]), so that parallel sessions give one coherent report.

mod cucumber_json;
mod file;
mod junit;
mod reports;
mod summary;
mod terminal;

pub use file::ReportFile;
pub use reports::{ReportError, Reports};
pub use summary::{ObservedLine, Summary, Totals};
pub use terminal::Terminal;

use crate::runner::{Plan, SessionOutcome};

/// Which reports are wanted beside the terminal's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Formats {
    /// JUnit XML.
    pub junit: bool,
    /// Cucumber JSON.
    pub json: bool,
    /// Whether there are several sessions, so that reports have to name the session.
    pub several: bool,
}

/// What the reports say of one session.
#[derive(Debug)]
pub struct SessionReport {
    /// What the terminal tells of it.
    pub summary: Summary,
    junit: Option<Vec<u8>>,
    json: Option<Vec<u8>>,
}

impl SessionReport {
    /// Renders what the reports say of `outcome`.
    pub fn of(plan: &Plan, outcome: &SessionOutcome, formats: Formats) -> Self {
        Self {
            summary: Summary::of(plan, outcome),
            junit: formats.junit.then(|| junit::suites(plan, outcome, formats.several)),
            json: formats.json.then(|| cucumber_json::features(plan, outcome, formats.several)),
        }
    }
}

/// What a report for machines tells of a whole session beside its steps: what was sent otherwise than features ask for, what
/// was seen late, how many attempts were repeated, and how many scenarios an earlier process played.
fn session_notes(outcome: &SessionOutcome) -> impl Iterator<Item = (&'static str, String)> {
    let seen = &outcome.seen;
    let repeated = (seen.repeated > 0).then(|| ("repeated", seen.repeated.to_string()));
    let changed = seen.changed.iter().map(|changed| ("changed", changed.clone()));
    let lags = seen.lags.iter().map(|lag| ("lag", lag.to_string()));
    let earlier = outcome.earlier().map(|earlier| ("resumed", earlier));
    let masked = |(name, text): (_, String)| (name, crate::secrets_in_use::mask(&text).into_owned());
    changed.chain(lags).chain(repeated).chain(earlier).map(masked)
}

/// A time as a person reads it: `12 ms`, `3.4 s`, `2 min 5 s`.
fn readable_time(took: std::time::Duration) -> String {
    let seconds = took.as_secs();
    if seconds >= 60 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else if seconds >= 1 {
        format!("{:.1} s", took.as_secs_f64())
    } else if took.as_millis() >= 1 {
        format!("{} ms", took.as_millis())
    } else {
        "< 1 ms".to_owned()
    }
}

/// A number with its thousands set apart: `12,580`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 session`, `2 sessions`.
fn counted(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", grouped(count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn times_and_numbers_are_short() {
        let times = [0, 12, 3_400, 125_000].map(|ms| readable_time(Duration::from_millis(ms)));
        assert_eq!(times, ["< 1 ms", "12 ms", "3.4 s", "2 min 5 s"]);
        assert_eq!(
            [grouped(7), grouped(999), grouped(12_580), grouped(1_000_000)],
            ["7", "999", "12,580", "1,000,000"]
        );
        assert_eq!([counted(1, "session"), counted(2_000, "session")], ["1 session", "2,000 sessions"]);
    }
}
