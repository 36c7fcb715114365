//! How long a step may take.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

/// How often a deadline is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The moment by which the running step must end. Shared between the step, which holds it while it waits, and the runner, which
/// ends the step when the moment has come.
#[derive(Clone, Debug)]
pub struct StepDeadline(Rc<Allowed>);

#[derive(Debug)]
struct Allowed {
    until: Cell<Instant>,
    /// How many waits are going on whose time does not count.
    held: Cell<usize>,
}

/// A wait whose time does not count. It ends when this is dropped, also if the step was given up meanwhile.
struct Held<'a> {
    deadline: &'a StepDeadline,
    since: Instant,
}

impl StepDeadline {
    /// A deadline `allowance` from now.
    pub fn after(allowance: Duration) -> Self {
        Self(Rc::new(Allowed { until: Cell::new(Instant::now() + allowance), held: Cell::new(0) }))
    }

    /// Starts anew, for the next step.
    pub fn restart(&self, allowance: Duration) {
        self.0.until.set(Instant::now() + allowance);
    }

    /// Grants more time.
    pub fn extend(&self, by: Duration) {
        // A deadline too far away for the clock is none at all; keeping the old one is the safe side.
        if let Some(later) = self.0.until.get().checked_add(by) {
            self.0.until.set(later);
        }
    }

    /// What comes of `future`, whose time does not count.
    pub async fn without<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.held.set(self.0.held.get() + 1);
        let held = Held { deadline: self, since: Instant::now() };
        let done = future.await;
        drop(held);
        done
    }

    /// Returns when the deadline has passed, however often it was extended meanwhile.
    pub async fn passed(&self) {
        while self.0.held.get() > 0 || Instant::now() < self.0.until.get() {
            // It may be held, or end sooner than it does now, so that it is looked at from time to time.
            let look = Instant::now() + LOOK;
            let next = if self.0.held.get() > 0 { look } else { self.0.until.get().min(look) };
            tokio::time::sleep_until(next).await;
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let others = self.deadline.0.held.get().saturating_sub(1);
        self.deadline.0.held.set(others);
        // Of waits within a wait the outer one counts.
        if others == 0 {
            self.deadline.extend(self.since.elapsed());
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

    #[tokio::test(start_paused = true)]
    async fn a_wait_of_weeks_is_no_reason_to_end_a_step() {
        let deadline = StepDeadline::after(Duration::from_secs(5));
        let started = Instant::now();
        let weeks = Duration::from_secs(30 * 86_400);
        let nested = deadline.without(deadline.without(tokio::time::sleep(weeks)));
        let ((), ()) = tokio::join!(deadline.passed(), nested);
        assert_eq!((started.elapsed() - weeks).as_secs(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_given_up_counts_no_longer() {
        let deadline = StepDeadline::after(Duration::from_secs(5));
        let started = Instant::now();
        let wait = deadline.without(std::future::pending::<()>());
        assert!(tokio::time::timeout(Duration::from_secs(60), wait).await.is_err());
        deadline.passed().await;
        assert_eq!(started.elapsed().as_secs(), 65);
    }
}
