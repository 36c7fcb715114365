//! How long a step may take.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

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

    /// Returns when the deadline has passed, however often it was extended meanwhile.
    pub async fn passed(&self) {
        while Instant::now() < self.0.get() {
            tokio::time::sleep_until(self.0.get()).await;
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
}
