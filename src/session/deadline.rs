//! How long a step may take.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// The moment by which the running step must end. Shared between the step, which holds it while it waits, and the runner, which
/// ends the step when the moment has come.
#[derive(Clone, Debug)]
pub struct StepDeadline(Rc<Allowed>);

#[derive(Debug)]
struct Allowed {
    until: Cell<Instant>,
    /// The number of waits in progress whose time does not count.
    held: Cell<usize>,
    /// Wakes the tasks that wait for the deadline when it moves or is held no longer. All of a session runs on one thread, so that
    /// nothing can change between looking at the deadline and waiting for the change.
    changed: Notify,
}

/// A wait whose time does not count. It ends when this is dropped, also if the step was given up meanwhile.
struct HeldDeadline<'a> {
    deadline: &'a StepDeadline,
    since: Instant,
}

impl StepDeadline {
    /// A deadline `allowance` from now.
    pub fn after(allowance: Duration) -> Self {
        Self(Rc::new(Allowed {
            until: Cell::new(Instant::now() + allowance),
            held: Cell::new(0),
            changed: Notify::new(),
        }))
    }

    /// Starts again, for the next step.
    pub fn restart(&self, allowance: Duration) {
        self.0.until.set(Instant::now() + allowance);
        self.0.changed.notify_waiters();
    }

    /// Grants more time.
    pub fn extend(&self, by: Duration) {
        // A deadline too far away for the clock is none at all; keeping the old one is the safe side.
        if let Some(later) = self.0.until.get().checked_add(by) {
            self.0.until.set(later);
        }
    }

    /// Runs `future`, whose time does not count.
    pub async fn without<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.held.set(self.0.held.get() + 1);
        let held = HeldDeadline { deadline: self, since: Instant::now() };
        let done = future.await;
        drop(held);
        done
    }

    /// Returns when the deadline has passed, however often it was extended meanwhile.
    pub async fn passed(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.0.held.get() > 0 {
                changed.await;
            } else if Instant::now() < self.0.until.get() {
                let _ = timeout_at(self.0.until.get(), changed).await;
            } else {
                return;
            }
        }
    }
}

impl Drop for HeldDeadline<'_> {
    fn drop(&mut self) {
        let others = self.deadline.0.held.get().saturating_sub(1);
        self.deadline.0.held.set(others);
        // Of waits within a wait the outer one counts.
        if others == 0 {
            self.deadline.extend(self.since.elapsed());
            self.deadline.0.changed.notify_waiters();
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
