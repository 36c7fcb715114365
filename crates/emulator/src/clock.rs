//! The tenant's clock.

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// A clock that moves on request, and by itself only if it is a real one. It never goes back.
#[derive(Clone, Debug)]
pub struct EmulatedClock {
    /// What it showed at `set`.
    at: Timestamp,
    /// Since when it has been moving by itself.
    moving_since: Option<Instant>,
    /// How many times faster than this machine's it moves.
    speed: u32,
}

impl EmulatedClock {
    /// One that stands at `now` until it is advanced.
    pub fn standing(now: Timestamp) -> Self {
        Self { at: now, moving_since: None, speed: 1 }
    }

    /// One that shows `now` and goes on by itself, `speed` times as fast as this machine's.
    pub fn moving(now: Timestamp, speed: u32) -> Self {
        Self { at: now, moving_since: Some(Instant::now()), speed }
    }

    /// What it shows.
    pub fn now(&self) -> Timestamp {
        // To the microsecond: Graph's times have at most seven decimals.
        let passed = self.moving_since.map_or(SignedDuration::ZERO, |since| {
            let micros = since.elapsed().as_micros().saturating_mul(u128::from(self.speed));
            SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
        });
        self.at.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// Whether it moves by itself.
    pub fn is_moving(&self) -> bool {
        self.moving_since.is_some()
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
        let mut clock = EmulatedClock::standing(start);
        clock.advance(SignedDuration::from_secs(5));
        clock.advance(SignedDuration::from_secs(-50));
        clock.advance_to(start);
        assert_eq!(clock.now(), start + SignedDuration::from_secs(5));
        clock.advance_to(start + SignedDuration::from_secs(60));
        assert_eq!(clock.now(), start + SignedDuration::from_secs(60));
        clock.advance(SignedDuration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
        assert!(EmulatedClock::moving(start, 1).now() >= start);
    }

    #[test]
    fn a_clock_goes_as_many_times_faster_as_it_is_told() {
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let clock = EmulatedClock {
            moving_since: Instant::now().checked_sub(std::time::Duration::from_secs(2)),
            ..EmulatedClock::moving(start, 3600)
        };
        let passed = clock.now().duration_since(start);
        assert!(passed >= SignedDuration::from_secs(7200), "{passed}");
        let never = EmulatedClock { speed: u32::MAX, ..clock };
        assert!(never.now() > start);
    }
}
