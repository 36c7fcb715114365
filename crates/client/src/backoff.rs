//! How long to wait before a request is sent again.

use jiff::{SignedDuration, Timestamp};

/// The most that the first wait without `Retry-After` lasts.
const FIRST: SignedDuration = SignedDuration::from_secs(1);
/// The most that any wait without `Retry-After` lasts.
const LONGEST: SignedDuration = SignedDuration::from_secs(60);

/// Waits of random length, so that clients that were refused together do not come back together.
#[derive(Clone, Debug)]
pub struct Backoff {
    random: fastrand::Rng,
}

impl Backoff {
    /// Waits that depend on `seed` alone.
    pub fn seeded(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed) }
    }

    /// Waits that differ each time.
    pub fn random() -> Self {
        Self { random: fastrand::Rng::new() }
    }

    /// The wait before the next attempt when `failed` have failed: as long as the service asks for, at least; else random
    /// below a bound that doubles with each attempt ("full jitter").
    pub fn wait(&mut self, failed: usize, retry_after: Option<SignedDuration>) -> SignedDuration {
        match retry_after {
            // A tenth more at most, for the same reason.
            Some(asked) => asked + self.below(asked / 10),
            None => {
                let doublings = u32::try_from(failed.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
                self.below((FIRST * 2_i32.pow(doublings)).min(LONGEST))
            }
        }
    }

    fn below(&mut self, bound: SignedDuration) -> SignedDuration {
        let milliseconds = i64::try_from(bound.as_millis()).unwrap_or(i64::MAX).max(0);
        SignedDuration::from_millis(self.random.i64(0..=milliseconds))
    }
}

/// Returns the wait that `Retry-After` asks for, seen from `now`: seconds, which may have a fraction, or a date (RFC 9110,
/// section 10.2.3). Nothing if it is neither.
pub fn retry_after(header: &str, now: Timestamp) -> Option<SignedDuration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<f64>() {
        let sane = seconds.is_finite() && (0.0..=1e9).contains(&seconds);
        return sane.then(|| SignedDuration::from_millis((seconds * 1000.0).ceil() as i64));
    }
    let date = jiff::fmt::rfc2822::parse(header).ok()?.timestamp();
    Some(date.duration_since(now).max(SignedDuration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn seconds_fractions_and_dates_are_understood() {
        let now: Timestamp = "2022-02-11T08:00:00Z".parse().unwrap();
        let wait = |header: &str| retry_after(header, now).map(|wait| wait.as_millis());
        assert_eq!(wait("7"), Some(7_000));
        assert_eq!(wait(" 0.25 "), Some(250));
        assert_eq!(wait("Fri, 11 Feb 2022 08:00:09 GMT"), Some(9_000));
        assert_eq!(wait("Fri, 11 Feb 2022 07:00:00 GMT"), Some(0));
        for nonsense in ["", "soon", "-3", "NaN", "inf", "1e300", "Fri, 99 Feb 2022 08:00:09 GMT"] {
            assert_eq!(wait(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn without_retry_after_the_bound_doubles_up_to_a_minute() {
        let longest = |failed: usize| {
            let mut backoff = Backoff::seeded(1);
            (0..2_000).map(|_| backoff.wait(failed, None).as_millis()).max().unwrap()
        };
        for (failed, bound) in [(1, 1_000), (2, 2_000), (4, 8_000), (7, 60_000), (60, 60_000)] {
            assert!((bound * 98 / 100..=bound).contains(&longest(failed)), "{failed}: {}", longest(failed));
        }
    }

    #[test]
    fn the_same_seed_waits_the_same() {
        let waits = |seed| {
            let mut backoff = Backoff::seeded(seed);
            [1, 2, 3, 4].map(|failed| backoff.wait(failed, None))
        };
        assert_eq!(waits(5), waits(5));
        assert_ne!(waits(5), waits(6));
    }

    proptest! {
        #[test]
        fn a_wait_lasts_at_least_as_long_as_the_service_asks(milliseconds in 0i64..600_000, seed: u64) {
            let asked = SignedDuration::from_millis(milliseconds);
            let wait = Backoff::seeded(seed).wait(3, Some(asked));
            prop_assert!(wait >= asked && wait <= asked + asked / 10);
        }

        #[test]
        fn no_header_makes_it_panic(header in "\\PC*") {
            let _ = retry_after(&header, Timestamp::MAX);
        }
    }
}
