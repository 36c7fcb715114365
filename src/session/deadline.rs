//! How long a step may take.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

/// Longer than any sign-in takes.
const FAR: Duration = Duration::from_secs(7 * 86_400);

/// How often a deadline is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The moment by which the running step must end. Shared between the step, which extends it when it has to wait, and
/// the runner, which ends the step when the moment has come.
#[derive(Clone, Debug)]
pub struct StepDeadline(Rc<Cell<Instant>>);

impl StepDeadline {
    /// A deadline `allowance` from now.
    pub fn after(allowance: Duration) -> Self {
        Self(Rc::new(Cell::new(Instant::now() + allowance)))
    }

    /// Starts anew, for the next step.
    pub fn restart(&self, allowance: Duration) {
        self.0.set(Instant::now() + allowance);
    }

    /// Grants more time.
    pub fn extend(&self, by: Duration) {
        // A deadline too far away for the clock is none at all; keeping the old one is the safe side.
        if let Some(later) = self.0.get().checked_add(by) {
            self.0.set(later);
        }
    }

    /// What comes of `future`, whose time does not count.
    pub async fn without<T>(&self, future: impl Future<Output = T>) -> T {
        let started = Instant::now();
        let left = self.0.get().saturating_duration_since(started);
        self.extend(FAR);
        let done = future.await;
        self.0.set(Instant::now() + left);
        done
    }

    /// Returns when the deadline has passed, however often it was extended meanwhile.
    pub async fn passed(&self) {
        while Instant::now() < self.0.get() {
            // It may come nearer again, so that it is looked at from time to time.
            tokio::time::sleep_until(self.0.get().min(Instant::now() + LOOK)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_extended_deadline_passes_later() {
        let deadline = StepDeadline::after(Duration::from_secs(1));
        let started = Instant::now();
        deadline.extend(Duration::from_secs(9));
        deadline.passed().await;
        assert_eq!(started.elapsed(), Duration::from_secs(10));
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_does_not_count_moves_the_deadline() {
        let deadline = StepDeadline::after(Duration::from_secs(5));
        let started = Instant::now();
        let person = deadline.without(tokio::time::sleep(Duration::from_secs(900)));
        let ((), ()) = tokio::join!(deadline.passed(), person);
        assert_eq!(started.elapsed().as_secs(), 905);
    }
}
