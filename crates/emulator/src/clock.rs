//! The tenant's clock.

use std::str::FromStr;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// The pace of a clock by itself: `virtual`, `real`, or so many times as fast, `3600x`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockPace {
    /// It stands until it is advanced.
    #[default]
    Standing,
    /// It runs so many times as fast as real time.
    Times(u32),
}

/// The fastest that a clock runs: a day in less than a tenth of a second.
const FASTEST: u32 = 1_000_000;

impl ClockPace {
    /// As real time passes.
    pub const REAL: Self = Self::Times(1);
}

impl FromStr for ClockPace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let times = text.strip_suffix(['x', 'X']).and_then(|number| number.parse().ok());
        match (text, times) {
            ("virtual", _) => Ok(Self::Standing),
            ("real", _) => Ok(Self::REAL),
            (_, Some(times)) if (1..=FASTEST).contains(&times) => Ok(Self::Times(times)),
            _ => Err(format!("expected real, virtual or a speed from 1x to {FASTEST}x such as 3600x, got '{text}'")),
        }
    }
}

/// A clock that moves on request, and by itself if it has a pace. It never goes back.
#[derive(Clone, Debug)]
pub struct EmulatedClock {
    /// The time that it showed at `since`, with what it was advanced by.
    at: Timestamp,
    since: Instant,
    pace: ClockPace,
}

impl EmulatedClock {
    /// One that shows `now`, and goes on from there at a pace.
    pub fn new(now: Timestamp, pace: ClockPace) -> Self {
        Self { at: now, since: Instant::now(), pace }
    }

    /// Returns the time that it shows.
    pub fn now(&self) -> Timestamp {
        self.after(self.since.elapsed())
    }

    /// Returns the time that it shows so long after it was made.
    fn after(&self, passed: Duration) -> Timestamp {
        let times = match self.pace {
            ClockPace::Standing => return self.at,
            ClockPace::Times(times) => times,
        };
        // To the microsecond: Graph's times have at most seven decimals.
        let passed = i64::try_from(passed.as_micros().saturating_mul(u128::from(times))).unwrap_or(i64::MAX);
        self.at.checked_add(SignedDuration::from_micros(passed)).unwrap_or(Timestamp::MAX)
    }

    /// Returns whether it moves by itself.
    pub fn is_moving(&self) -> bool {
        self.pace != ClockPace::Standing
    }

    /// Advances the clock at once, at most to the end of time.
    pub fn advance(&mut self, span: SignedDuration) {
        self.at = self.at.checked_add(span.max(SignedDuration::ZERO)).unwrap_or(Timestamp::MAX);
    }

    /// Advances the clock to `until`, if that lies ahead.
    pub fn advance_to(&mut self, until: Timestamp) {
        self.advance(until.duration_since(self.now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_moves_on_request_and_never_backwards() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut clock = EmulatedClock::new(start, ClockPace::Standing);
        clock.advance(SignedDuration::from_secs(5));
        clock.advance(SignedDuration::from_secs(-50));
        clock.advance_to(start);
        assert_eq!(clock.now(), start + SignedDuration::from_secs(5));
        clock.advance_to(start + SignedDuration::from_secs(60));
        assert_eq!(clock.now(), start + SignedDuration::from_secs(60));
        clock.advance(SignedDuration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
        assert!(EmulatedClock::new(start, ClockPace::REAL).now() >= start);
    }

    #[test]
    fn five_days_pass_in_two_minutes_at_3600_times_the_speed() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let five_days = "2026-01-06T00:00:00Z".parse().unwrap();
        let after = |pace: &str, seconds: u64| {
            EmulatedClock::new(start, pace.parse().unwrap()).after(Duration::from_secs(seconds))
        };
        assert_eq!(after("3600x", 120), five_days);
        assert_eq!(after("real", 5 * 86_400), five_days);
        assert_eq!(after("virtual", 5 * 86_400), start);
        assert_eq!(after("1000000x", u64::MAX / 2_000_000), Timestamp::MAX);
    }

    #[test]
    fn a_pace_is_real_virtual_or_so_many_times_as_fast() {
        for wrong in ["", "fast", "0x", "-1x", "3600", "1.5x", "1000001x", "x"] {
            let told = wrong.parse::<ClockPace>().unwrap_err();
            assert!(told.contains("such as 3600x") && told.ends_with(&format!("got '{wrong}'")), "{told}");
        }
        assert_eq!("1X".parse(), Ok(ClockPace::REAL));
    }
}
