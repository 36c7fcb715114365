//! Moments in requests. What a feature counts from the time at which it is played, as `{now-1h}`, is another text each time.

use jiff::{SignedDuration, Timestamp};

/// The time between forming a request and recording when it was sent, and what is lost by whole seconds.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// A text without its moments, and the moments.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TimedText {
    /// The text, with a mark in the place of each moment.
    pub frame: String,
    /// The moments, in the order of the text.
    pub moments: Vec<Timestamp>,
}

/// Takes the moments out of a text; nothing if it has none.
pub(super) fn without_moments(text: &str) -> Option<TimedText> {
    let (mut frame, mut moments, mut done) = (String::new(), Vec::new(), 0);
    for (at, _) in text.match_indices(['T', 't']) {
        let Some(start) = at.checked_sub("2026-11-28".len()).filter(|start| *start >= done) else { continue };
        let Some((length, moment)) = text.get(start..).and_then(moment_at) else { continue };
        frame.push_str(&text[done..start]);
        // A text that has this character there has one moment less, so that it is never taken for this one.
        frame.push('\n');
        moments.push(moment);
        done = start + length;
    }
    if moments.is_empty() {
        return None;
    }
    frame.push_str(&text[done..]);
    Some(TimedText { frame, moments })
}

/// The moment that a text begins with, and its length.
fn moment_at(text: &str) -> Option<(usize, Timestamp)> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | 'T' | 't');
    let local = text.find(|c| !is_part(c)).unwrap_or(text.len());
    // An offset to the west is taken for a part of the time.
    let zone = match text.as_bytes().get(local) {
        Some(b'Z' | b'z') => 1,
        Some(b'+') => "+00:00".len(),
        _ => 0,
    };
    let end = local + zone;
    Some((end, text.get(..end)?.parse().ok()?))
}

/// Whether moments that are sent at `now` are as far from it as the recorded ones are from the time at which they were sent.
pub(super) fn are_as_far(sent: &[Timestamp], now: Timestamp, recorded: &[Timestamp], then: Timestamp) -> bool {
    let distance = |moment: &Timestamp, from: Timestamp| moment.duration_since(from);
    let differ = |(sent, recorded): (&Timestamp, &Timestamp)| {
        let difference = distance(sent, now).checked_sub(distance(recorded, then));
        difference.is_none_or(|difference| difference.abs() > TOLERANCE)
    };
    sent.len() == recorded.len() && !sent.iter().zip(recorded).any(differ)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        without_moments(text).map_or_else(Vec::new, |timed| timed.moments.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn moments_are_found_in_whatever_form_a_client_writes_them() {
        assert_eq!(found("a ge 2026-11-28T19:00:00Z and b"), ["2026-11-28T19:00:00Z"]);
        assert_eq!(
            found("/x(from=2026-11-28t19:00:00.5z,to=2026-11-28T21:00:00+02:00)"),
            ["2026-11-28T19:00:00.5Z", "2026-11-28T19:00:00Z"]
        );
        assert_eq!(found("2026-11-28T09:00:00-10:00"), ["2026-11-28T19:00:00Z"]);
        for other in
            ["", "Test", "2026-11-28", "2026-11-28T", "2026-13-28T19:00:00Z", "ü026-11-28T19:00:00Z", "T2026-11-28"]
        {
            assert_eq!(found(other), Vec::<String>::new(), "{other}");
        }
    }

    #[test]
    fn what_stands_around_the_moments_is_kept() {
        let frame = |text: &str| without_moments(text).map(|timed| timed.frame);
        assert_eq!(frame("a 2026-11-28T19:00:00Z b 2026-11-28T20:00:00Z c"), Some("a \n b \n c".to_owned()));
        assert_eq!(frame("a 2026-11-28 b"), None);
    }

    #[test]
    fn moments_are_as_far_within_a_minute() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (now, then) = (at("2026-01-01T10:00:00Z"), at("2025-06-01T08:00:00Z"));
        let recorded = [at("2025-06-01T07:00:00Z")];
        assert!(are_as_far(&[at("2026-01-01T09:00:59Z")], now, &recorded, then));
        assert!(!are_as_far(&[at("2026-01-01T09:01:01Z")], now, &recorded, then));
        assert!(!are_as_far(&[at("2026-01-01T08:00:00Z")], now, &recorded, then));
        assert!(!are_as_far(&[], now, &recorded, then));
    }
}
