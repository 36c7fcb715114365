//! Telling how a run went: in the terminal, and in files for programs.
//!
//! There is one stream of events, Cucumber Messages ([`message`]): an [`Opening`] with the feature files and scenarios, the
//! [`SessionMessages`] of each session, and the end. What Cucumber has no message for is an [`attachment`]. A [`Format`] reads
//! the stream and makes bytes of it; a new one is a file here and a line in [`FORMATS`].
//!
//! What a report says of a session is made on the thread that played it ([`Renderer`]) and sent on as bytes, so that reports
//! of many sessions cost little and are not kept to the end. The thread that prints puts the sessions back into their order
//! ([`Reports`]), so that parallel sessions give one coherent report.

pub mod attachment;
mod cases;
mod cucumber_json;
mod document;
mod file;
mod format;
mod junit;
pub mod message;
mod messages;
mod opening;
mod reports;
mod session_messages;
mod summary;
mod terminal;

pub use attachment::{Content, SessionNote};
pub use cases::{Case, CaseStep};
pub use cucumber_json::CucumberJson;
pub use file::ReportFile;
pub use format::{FORMATS, Format, Wanted};
pub use junit::Junit;
pub use messages::Messages;
pub use opening::{OpenedFeature, Opening};
pub use reports::{Renderer, ReportError, Reports, SessionReport};
pub use session_messages::SessionMessages;
pub use summary::{ObservedLine, Summary, Totals};
pub use terminal::Terminal;

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
