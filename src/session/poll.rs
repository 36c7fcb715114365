//! Asking again until something holds, with a deadline, and a history for whoever asks why it never did.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::backend::Waiting;
use crate::graph::Exchange;

use super::{Call, Failure, Session};

/// How long it sleeps after a read that would be wrong if it did not lag.
const AFTER_WRONG: SignedDuration = SignedDuration::from_secs(5);

/// How many entries of a history a failure shows at each end.
const SHOWN: usize = 4;

/// What is asked again, and for how long.
#[derive(Clone, Debug)]
pub struct Poll {
    /// The request.
    pub call: Call,
    /// The time after which it is given up.
    pub within: Duration,
    /// The code of the failure if it is given up, e.g. `review-status`.
    pub code: &'static str,
    /// What is waited for, e.g. `the review to become InProgress`.
    pub what: String,
    /// The sentence of that failure, e.g. `the review never reached InProgress`.
    pub never: String,
    /// The part of the step's sentence to underline then.
    pub focus: String,
    /// What to do then.
    pub help: String,
}

/// What one read showed.
#[derive(Debug)]
pub enum Probe {
    /// What was waited for.
    Done,
    /// Not yet; a word for the history.
    NotYet(String),
}

impl Session {
    /// Sends `poll.call` until `probe` says that it is done.
    ///
    /// # Errors
    ///
    /// A failure with the history if the deadline passes, or at once if `probe` fails: what can never become right is
    /// not waited for, unless the read may lag behind a change of just before.
    pub async fn poll(
        &mut self,
        poll: &Poll,
        mut probe: impl FnMut(&mut Session) -> Result<Probe, Failure>,
    ) -> Result<(), Failure> {
        let within = SignedDuration::try_from(poll.within).unwrap_or(SignedDuration::MAX);
        let started = self.backend().now();
        let mut history = Vec::new();
        loop {
            self.send(&poll.call).await?;
            let now = self.backend().now();
            let elapsed = now.duration_since(started);
            let mut interval = self.backend.pace().poll;
            match probe(self) {
                Ok(Probe::Done) => {
                    // What was waited for has just come: other reads may not see it yet.
                    self.fresh.changed(now);
                    return Ok(());
                }
                Ok(Probe::NotYet(seen)) => history.push((seen, elapsed.as_secs())),
                // A replica that lags may answer what is wrong only as long as the last change is young.
                Err(failure) if !self.may_lag(now) || elapsed >= within => return Err(failure),
                Err(failure) => {
                    history.push((failure.message, elapsed.as_secs()));
                    interval = AFTER_WRONG;
                }
            }
            if elapsed >= within {
                return Err(given_up(poll, &history, self.last()?));
            }
            let pause = interval.min(within - elapsed).max(SignedDuration::from_secs(1));
            let next = now.checked_add(pause).unwrap_or(Timestamp::MAX);
            let until = started.checked_add(within).unwrap_or(Timestamp::MAX);
            let seen = history.last().map_or("", |(seen, _)| seen.as_str());
            self.backend.progress(&Waiting { what: &poll.what, seen, next, until, leavable: false });
            self.wait_until(next).await;
        }
    }
}

impl Session {
    fn may_lag(&self, now: Timestamp) -> bool {
        self.is_eventual() && self.fresh.unsettled(now).is_some()
    }
}

fn given_up(poll: &Poll, history: &[(String, i64)], last: &Exchange) -> Failure {
    let told: Vec<String> = history.iter().map(|(seen, at)| format!("{seen} {at} s")).collect();
    let shown = if told.len() <= 2 * SHOWN {
        told.join(" → ")
    } else {
        format!("{} → … → {}", told[..SHOWN].join(" → "), told[told.len() - SHOWN..].join(" → "))
    };
    let reads = if history.len() == 1 { "1 read".to_owned() } else { format!("{} reads", history.len()) };
    let last_seen = history.last().map_or("nothing", |(seen, _)| seen.as_str());
    Failure::new(poll.code, &poll.never)
        .focus(&poll.focus, format!("last seen: {last_seen}"))
        .note(format!("history: {shown} ({reads})"))
        .notes(last.notes())
        .help(&poll.help)
}
