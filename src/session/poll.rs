//! Asking again until something holds, with a deadline, and a history that shows why it never did.

use std::time::{Duration, Instant};

use graphwalk_client::{MonotonicTime, may_pass};
use jiff::{SignedDuration, Timestamp};

use crate::backend::Waiting;
use crate::in_words::counted;

use super::expect::STATUS;
use super::layers::look_up::NO_ANSWER;
use super::{Call, Failure, Lag, LagKind, Session, left_time};

/// The sleep after a read that would be wrong if it did not lag.
const AFTER_WRONG: SignedDuration = SignedDuration::from_secs(5);

/// The shortest sleep between two reads.
const SHORTEST: SignedDuration = SignedDuration::from_secs(1);

/// The number of entries of a history that a failure shows at each end.
const SHOWN: usize = 4;

/// A read that is repeated, and for how long.
#[derive(Clone, Debug)]
pub struct Poll {
    /// The request.
    pub call: Call,
    /// The time after which it is given up.
    pub within: Duration,
    /// The code of the failure if it is given up, e.g. `review-status`.
    pub code: &'static str,
    /// The event that is waited for, e.g. `the review to become InProgress`.
    pub what: String,
    /// The sentence of that failure, e.g. `the review never reached InProgress`.
    pub never: String,
    /// The part of the step's sentence to underline then.
    pub focus: String,
    /// The advice then.
    pub help: String,
    /// The actor who is waited for, if that is a person who acts elsewhere.
    pub person: Option<String>,
}

/// The result of one read.
#[derive(Debug)]
pub enum Probe {
    /// The awaited event came.
    Done,
    /// Not yet; a word for the history.
    NotYet(String),
}

impl Session {
    /// Sends `poll.call` until `probe` says that it is done.
    ///
    /// A service that is away or throttles for a while, longer than a call is sent again, does not end the wait: it ends when
    /// its own time is over.
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
        let whole = SignedDuration::try_from(poll.within).unwrap_or(SignedDuration::MAX);
        let name = format!("{} {}", poll.call.method, poll.call.path);
        let within = self.time_left(&name, whole);
        let started = self.backend.clock().monotonic_now();
        let until = started.after(within);
        let mut course = PollCourse { started, until, ..PollCourse::default() };
        self.doing.waits_for(&poll.what);
        self.script.polls(true);
        let mark = self.script.mark();
        loop {
            self.script.back_to(mark);
            if std::mem::take(&mut course.supersede) {
                self.layers.record_mut().supersede(&poll.call);
            }
            let asked = Instant::now();
            let answered = self.send(&poll.call).await.map(drop);
            let is_answered = answered.is_ok();
            if is_answered {
                // The poll has time of its own, however slow the answers are.
                self.deadline.extend(asked.elapsed());
            }
            let looked = answered.and_then(|()| probe(self));
            if looked.is_ok() {
                self.note_flap(poll, &mut course);
            }
            let interval = match looked {
                Ok(Probe::Done) => {
                    // What was waited for has just come: other reads may not see it yet.
                    let now = self.backend.clock().monotonic_now();
                    self.layers.settle_mut().fresh.changed(now);
                    self.doing.no_longer_waits();
                    self.script.polls(false);
                    return Ok(());
                }
                Ok(Probe::NotYet(seen)) => self.on_the_way(&mut course, seen),
                Err(failure) => self.excused(&mut course, failure, is_answered)?,
            };
            let now = self.backend.clock().monotonic_now();
            if now >= until {
                return Err(self.given_up(poll, &course.history)?);
            }
            let left = until.since(now);
            let next = interval.min(left).max(SHORTEST);
            let seen = course.history.last().map_or("", |(seen, _)| seen.as_str());
            self.doing.sees(seen);
            let date = self.backend.clock().now().saturating_add(left).unwrap_or(Timestamp::MAX);
            let person = poll.person.as_deref();
            self.backend.progress(&Waiting { what: &poll.what, seen, next, until: date, leavable: false, person });
            self.note_time_left(&name, left);
            match person {
                None => self.sleep(next).await,
                Some(_) => self.deadline.without(self.backend.clock().sleep_for_person(next)).await,
            }
        }
    }

    /// Takes note of a read that did not show what is waited for; how long to sleep.
    fn on_the_way(&mut self, course: &mut PollCourse, seen: String) -> SignedDuration {
        let now = self.backend.clock().monotonic_now();
        if course.stage != seen {
            // Other reads may not see this yet, either.
            self.layers.settle_mut().fresh.changed(now);
            course.stage.clone_from(&seen);
        }
        course.add(seen, now);
        self.profile.pace.poll
    }

    /// Takes note of a read that failed, if that may pass; how long to sleep.
    ///
    /// # Errors
    ///
    /// The failure, if it may not, or if the time is over.
    fn excused(
        &mut self,
        course: &mut PollCourse,
        failure: Failure,
        is_answered: bool,
    ) -> Result<SignedDuration, Failure> {
        let now = self.backend.clock().monotonic_now();
        let away = self.away(&failure, is_answered);
        let may_pass = match &away {
            // A clean-up does not wait for who is away: it reports what is left.
            Some(_) if !self.cleaning_up => true,
            Some(_) if !is_answered => false,
            // A replica that lags may answer what is wrong only as long as the last change is young.
            _ => self.layers.settle().fresh.unsettled(now).is_some(),
        };
        if !may_pass || now >= course.until || !self.is_eventual() {
            return Err(if course.history.is_empty() {
                failure
            } else {
                failure.note(render_history(&course.history))
            });
        }
        course.supersede = is_answered;
        if away.is_none() {
            course.wrong_since.get_or_insert(now);
        }
        let interval = if away.is_none() || self.cleaning_up { AFTER_WRONG } else { self.profile.pace.poll };
        course.add(away.unwrap_or(failure.message), now);
        Ok(interval)
    }

    /// A word for a read that showed nothing, because the service, the authority or the network between was away, or had no
    /// time.
    fn away(&self, failure: &Failure, is_answered: bool) -> Option<String> {
        if !is_answered {
            return (failure.code == NO_ANSWER).then(|| "no answer".to_owned());
        }
        let status = self.last().ok().filter(|_| failure.code == STATUS)?.status;
        may_pass(status).then(|| format!("status {status}"))
    }

    /// The failure of a poll whose time is over.
    fn given_up(&self, poll: &Poll, history: &[(String, i64)]) -> Result<Failure, Failure> {
        let last_seen = history.last().map_or("nothing", |(seen, _)| seen.as_str());
        let stands = self
            .backend
            .clock()
            .standstill()
            .map(|at| format!("{} {at}, so nothing changes with time", left_time::STANDS));
        Ok(Failure::new(poll.code, &poll.never)
            .focus(&poll.focus, format!("last seen: {last_seen}"))
            .note(render_history(history))
            .notes(stands)
            .notes(self.last()?.notes())
            .help(&poll.help))
    }

    /// Notes that a read is right again after others were wrong.
    fn note_flap(&mut self, poll: &Poll, course: &mut PollCourse) {
        if let Some(since) = course.wrong_since.take() {
            let (what, now) = (self.with_names(&poll.call.path), self.backend.clock().monotonic_now());
            self.seen.lags.push(Lag { what, kind: LagKind::Flapped, span: now.since(since) });
        }
    }
}

/// The course of a poll so far.
#[derive(Default)]
struct PollCourse {
    started: MonotonicTime,
    until: MonotonicTime,
    /// The result of each read, and after how many seconds.
    history: Vec<(String, i64)>,
    /// The last state that was right.
    stage: String,
    /// Since when reads are wrong that were right before.
    wrong_since: Option<MonotonicTime>,
    /// Whether the last answer stays out of a recording: a client that replays it does not wait for what lags.
    supersede: bool,
}

impl PollCourse {
    fn add(&mut self, seen: String, now: MonotonicTime) {
        self.history.push((seen, now.since(self.started).as_secs()));
    }
}

/// The history of a poll for a note.
fn render_history(history: &[(String, i64)]) -> String {
    let told: Vec<String> = history.iter().map(|(seen, at)| format!("{seen} {at} s")).collect();
    let shown = if told.len() <= 2 * SHOWN {
        told.join(" → ")
    } else {
        format!("{} → … → {}", told[..SHOWN].join(" → "), told[told.len() - SHOWN..].join(" → "))
    };
    format!("history: {shown} ({})", counted(history.len(), "read"))
}
