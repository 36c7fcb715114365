//! What time it is where the server is.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

/// Smaller differences than this come from the way and from the header's whole seconds.
const NEGLIGIBLE: SignedDuration = SignedDuration::from_secs(5);

/// Two measurements of the same difference are not further apart: headers have whole seconds.
const NOISE: SignedDuration = SignedDuration::from_secs(2);

/// This machine's clock, put right by the `Date` of answers (RFC 9110, section 6.6.1). It never goes back.
#[derive(Debug, Default)]
pub(super) struct ServerClock {
    /// How far the server is ahead, in milliseconds.
    ahead: AtomicI64,
    /// What it showed last, in milliseconds since 1970.
    shown: AtomicI64,
}

impl ServerClock {
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::now().saturating_add(self.ahead()).unwrap_or(Timestamp::MAX).as_millisecond();
        let before = self.shown.fetch_max(now, Ordering::Relaxed);
        Timestamp::from_millisecond(now.max(before)).unwrap_or(Timestamp::MAX)
    }

    /// How far the server's clock is ahead of this machine's; negative if it is behind.
    pub fn ahead(&self) -> SignedDuration {
        SignedDuration::from_millis(self.ahead.load(Ordering::Relaxed))
    }

    /// Takes in the `Date` of an answer that has just come.
    pub fn read(&self, date: &str) {
        static PARSER: DateTimeParser = DateTimeParser::new();
        let Ok(date) = PARSER.parse_timestamp(date) else { return };
        let ahead = date.duration_since(Timestamp::now());
        let ahead = if ahead.abs() < NEGLIGIBLE { SignedDuration::ZERO } else { ahead };
        if (ahead - self.ahead()).abs() <= NOISE {
            return;
        }
        self.ahead.store(i64::try_from(ahead.as_millis()).unwrap_or_default(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_puts_the_clock_right_unless_it_differs_by_little() {
        let clock = ServerClock::default();
        let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
        let header = |time: Timestamp| printer.timestamp_to_rfc9110_string(&time).unwrap();
        clock.read(&header(Timestamp::now() + SignedDuration::from_hours(2)));
        assert!((clock.ahead().as_secs() - 7200).abs() <= 1, "{:?}", clock.ahead());
        clock.read("Wed, 25 Nov 2020 03:00:00 GMT");
        assert!(clock.ahead() < SignedDuration::from_hours(-24));
        clock.read("no date");
        assert!(clock.ahead() < SignedDuration::from_hours(-24));
        clock.read(&header(Timestamp::now()));
        assert_eq!(clock.ahead(), SignedDuration::ZERO);
    }

    #[test]
    fn it_does_not_go_back_and_does_not_waver() {
        let clock = ServerClock::default();
        let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
        let read = |seconds| {
            let time = Timestamp::now() + SignedDuration::from_secs(seconds);
            clock.read(&printer.timestamp_to_rfc9110_string(&time).unwrap());
            (clock.ahead(), clock.now())
        };
        let (ahead, first) = read(100);
        let (again, second) = read(101);
        assert_eq!(ahead, again);
        let (_, third) = read(0);
        assert!(first <= second && second <= third, "{first} {second} {third}");
    }
}
