//! Numbers and lengths of time as a person reads them.

use std::time::Duration;

use graphwalk_recording::ADMINISTRATOR;
use jiff::SignedDuration;

/// `1 session`, `2 sessions`, `12,580 sessions`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{} {}", grouped(count), plural(count, noun))
}

/// The noun alone: `session`, `sessions`.
pub(crate) fn plural(count: usize, noun: &str) -> String {
    format!("{noun}{}", if count == 1 { "" } else { "s" })
}

/// As [`counted`], for a noun with another plural.
pub(crate) fn counted_as(count: usize, one: &str, several: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { several })
}

/// As [`counted`], with a word for nothing: `no sessions`.
pub(crate) fn counted_or_no(count: usize, noun: &str) -> String {
    if count == 0 { format!("no {noun}s") } else { counted(count, noun) }
}

/// A number with its thousands set apart: `12,580`.
pub(crate) fn grouped(number: usize) -> String {
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

/// An actor as sentences and messages name it: `the administrator`, `Adele Vance`.
pub(crate) fn named_actor(name: &str) -> &str {
    if name == ADMINISTRATOR { "the administrator" } else { name }
}

/// A length of time: `12 ms`, `3.4 s`, `2 min 5 s`.
pub(crate) fn readable_time(took: Duration) -> String {
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

/// A length of time in its largest unit: `15 min`.
pub(crate) fn rough_time(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_numbers_are_short() {
        let times = [0, 12, 3_400, 125_000].map(|ms| readable_time(Duration::from_millis(ms)));
        assert_eq!(times, ["< 1 ms", "12 ms", "3.4 s", "2 min 5 s"]);
        let rough = [-1, 119, 120, 7_199, 7_200, 172_800].map(|seconds| rough_time(SignedDuration::from_secs(seconds)));
        assert_eq!(rough, ["0 s", "119 s", "2 min", "119 min", "2 h", "2 days"]);
        assert_eq!(
            [grouped(7), grouped(999), grouped(12_580), grouped(1_000_000)],
            ["7", "999", "12,580", "1,000,000"]
        );
        assert_eq!([counted(1, "session"), counted(2_000, "session")], ["1 session", "2,000 sessions"]);
        assert_eq!([counted_or_no(0, "secret"), counted_or_no(1, "secret")], ["no secrets", "1 secret"]);
        assert_eq!([counted_as(1, "entry", "entries"), counted_as(2, "entry", "entries")], ["1 entry", "2 entries"]);
    }
}
