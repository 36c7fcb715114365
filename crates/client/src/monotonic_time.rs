//! The clock that budgets, polls and waits are measured by.

use jiff::{SignedDuration, Timestamp};

/// A moment on the clock that budgets, retries, polls and waits are measured by. It has no date: on a real tenant it is the
/// time since the session was made, by a clock that nobody can set; where time is virtual or recorded it is that time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonotonicTime(SignedDuration);

impl MonotonicTime {
    /// The moment so long after the clock was started.
    pub fn after_start(passed: SignedDuration) -> Self {
        Self(passed)
    }

    /// The moment at which a virtual clock shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(now.duration_since(Timestamp::UNIX_EPOCH))
    }

    /// Returns how long ago `earlier` was; negative if it is still to come.
    pub fn since(self, earlier: Self) -> SignedDuration {
        self.0.saturating_sub(earlier.0)
    }

    /// The moment so much later.
    #[must_use]
    pub fn after(self, span: SignedDuration) -> Self {
        Self(self.0.saturating_add(span))
    }
}
