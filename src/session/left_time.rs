//! What a session waits for, and how much of its time another process has left when this one is left or killed.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Failure, ScriptEvent, Session};
use crate::backend::Waiting;

/// The beginning of a message about a tenant whose clock does not go on.
pub(super) const STANDS: &str = "the tenant's clock stands still at";

/// Waits longer than this can be left with Ctrl-C and resumed later.
const LEAVABLE: SignedDuration = SignedDuration::from_mins(10);

/// The time that a wait has left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeLeft {
    /// The wait: the feature's name and the line of its step, and what is waited for.
    pub wait: String,
    /// The time that was left when this was written.
    pub left: SignedDuration,
    /// The time when it was written, on this machine's clock.
    pub at: Timestamp,
}

/// A wait that goes on, as another process has to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LongWait {
    /// The time until which it lasts on the tenant's clock, if this process may leave it.
    pub until: Option<Timestamp>,
    /// The time that is left, if it is a wait of some length and not one for a date.
    pub left: Option<TimeLeft>,
    /// The act that a person is waited for to do, if it is a wait for one.
    pub act: Option<String>,
}

/// Keeps that the session waits, for a process that finds it left or killed. The error is a sentence that says why it
/// could not be kept.
pub type BeforeLongWait = Box<dyn Fn(&LongWait) -> Result<(), String>>;

impl TimeLeft {
    /// Returns the time that is left at `now`, on this machine's clock.
    ///
    /// Nobody measured the time between two processes, and the tenant went on meanwhile: it counts as this machine's clock has
    /// it. A clock that was set back makes no time.
    pub fn at(&self, now: Timestamp) -> SignedDuration {
        let away = now.duration_since(self.at).max(SignedDuration::ZERO);
        self.left.saturating_sub(away).max(SignedDuration::ZERO)
    }
}

impl Session {
    /// Waits until it is `until` in the tenant, which may be days away: the player of the session may leave it meanwhile, and
    /// another process go on. How far away that is is computed again all the time, from the tenant's clock.
    ///
    /// # Errors
    ///
    /// A failure, before anything is waited for, if it cannot be kept that the session waits; later if the tenant's clock does
    /// not move.
    pub async fn wait_long(&mut self, what: &str, until: Timestamp) -> Result<(), Failure> {
        if until.duration_since(self.backend.clock().now()) > LEAVABLE {
            self.may_leave(what, until, None)?;
        }
        self.doing.waits_for(format!("{what}, until {until}"));
        self.script.note(ScriptEvent::WaitsUntil(until));
        self.wait_until(until).await;
        self.leavable.set(None);
        self.log_mut().note_wait_until(until);
        match self.backend.clock().standstill() {
            Some(at) if at < until => Err(Failure::new("clock", format!("{STANDS} {at}"))
                .note(format!("waited for {what}, until {until}"))
                .help("let the tenant's clock run (`graphwalk serve --clock real`), or advance it and run again")),
            _ => Ok(()),
        }
    }

    /// Waits as long as `span`, by the monotonic clock. It may be left as [`Session::wait_long`] may, and
    /// what is left then is waited for by another process.
    ///
    /// # Errors
    ///
    /// A failure, before anything is waited for, if it cannot be kept that the session waits.
    pub async fn wait_for(&mut self, what: &str, span: SignedDuration) -> Result<(), Failure> {
        let left = self.time_left(what, span);
        let until = self.backend.clock().now().saturating_add(left).unwrap_or(Timestamp::MAX);
        if left > LEAVABLE {
            let left = self.wait_name(what, left);
            self.may_leave(what, until, Some(left))?;
        }
        self.doing.waits_for(format!("{what}, until {until}"));
        self.script.note(ScriptEvent::WaitsFor(span));
        self.sleep(left).await;
        self.leavable.set(None);
        let now = self.backend.clock().now();
        self.log_mut().note_wait(span, now);
        Ok(())
    }

    fn may_leave(&self, what: &str, until: Timestamp, left: Option<TimeLeft>) -> Result<(), Failure> {
        if !self.has_journal() {
            return Ok(());
        }
        if let Some(keep) = &self.before_long_wait {
            keep(&LongWait { until: Some(until), left, act: None }).map_err(|reason| Failure::new("state", reason))?;
        }
        self.leavable.set(Some(until));
        let next = until.duration_since(self.backend.clock().now());
        if self.detaches {
            self.to_be_left.notify_one();
        } else {
            self.backend.progress(&Waiting { what, seen: "", next, until, leavable: true, person: None });
        }
        Ok(())
    }

    /// Returns how much time a wait has that has `whole` when it begins: less if another process began it. Asked once
    /// for each wait.
    pub(super) fn time_left(&mut self, what: &str, whole: SignedDuration) -> SignedDuration {
        let name = self.wait_name(what, whole).wait;
        match self.left_time.take_if(|left| left.wait == name) {
            Some(left) => left.at(Timestamp::now()).min(whole),
            None => whole,
        }
    }

    /// Keeps how much time a wait has left that this process may not leave, but may be killed in.
    pub(super) fn note_time_left(&self, what: &str, left: SignedDuration) {
        let Some(keep) = self.before_long_wait.as_ref().filter(|_| left > LEAVABLE && self.has_journal()) else {
            return;
        };
        // If it cannot be kept, the wait is whole again in another process: that is no reason to end this one.
        drop(keep(&LongWait { until: None, left: Some(self.wait_name(what, left)), act: None }));
    }

    /// Forgets what another process left of a wait: what was waited for was deleted, and is created again.
    pub fn wait_anew(&mut self) {
        self.left_time = None;
    }

    fn wait_name(&self, what: &str, left: SignedDuration) -> TimeLeft {
        // By the file's name alone: another process may get the features by another path.
        let wait = format!("{} {what}", self.place.short());
        TimeLeft { wait, left, at: Timestamp::now() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_on_while_nobody_runs_and_never_back() {
        let at: Timestamp = "2026-11-25T08:00:00Z".parse().unwrap();
        let left = TimeLeft { wait: String::new(), left: SignedDuration::from_hours(72), at };
        for (away, hours) in [(0, 72), (24, 48), (71, 1), (73, 0), (9_000, 0), (-48, 72)] {
            assert_eq!(left.at(at + SignedDuration::from_hours(away)).as_hours(), hours, "{away}");
        }
    }
}
