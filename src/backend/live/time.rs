//! The tenant's clock: what day it is there, and waiting for a date.
//!
//! How long something takes is measured by this machine's monotonic clock alone. That one does not count the time during which
//! the machine itself sleeps: a wait is then longer than it had to be, and never shorter.

use std::cell::Cell;
use std::ops::RangeInclusive;
use std::time::Duration;

use graphwalk_client::{GraphRequest, MonotonicTime, ServerTime};
use graphwalk_recording::ADMINISTRATOR;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::LiveSession;
use crate::backend::{Actors as _, TenantClock as _};

/// The path that is asked for the sake of the answer's `Date`, whatever the answer is otherwise.
const ASKED: &str = "/v1.0/organization?$select=id";

/// The most requests of one look at the tenant's clock: three that agree, and some that do not.
const MOST_ASKED: usize = 6;

/// The uncertainty of the tenant's time as its answers tell it: see `NEGLIGIBLE` of the client's clock.
const UNCERTAIN: SignedDuration = SignedDuration::from_secs(6);

/// The longest sleep in one piece: this machine's clock may be set meanwhile, or the machine sleep.
const NAP: Duration = Duration::from_secs(30);

/// The time between the first look at the tenant's clock and the next one. Each one after that takes twice as long to come.
const FIRST: Duration = Duration::from_secs(1);

/// The longest time between two looks.
const LONGEST: Duration = Duration::from_mins(5);

/// A clock that does not move for this time may be a cache's.
const LEAST_PATIENCE: Duration = Duration::from_secs(10);

/// The number of times that a changing difference between the clocks is reported.
const TOLD_AGAIN: Duration = Duration::from_mins(1);

/// Differences smaller than this are no news.
const NO_NEWS: SignedDuration = SignedDuration::from_secs(5);

/// A session's own clock, and what was reported about the tenant's.
#[derive(Debug)]
pub(super) struct TenantTime {
    started: Instant,
    /// The time that counts as passed since, although it has not.
    skipped: Cell<Duration>,
    told: Cell<Option<(ServerTime, Instant)>>,
    /// The time by which the tenant's clock is meant to be ahead of this machine's.
    ahead: SignedDuration,
}

impl TenantTime {
    /// A clock that begins now, of a tenant whose clock is meant to be so much ahead of this machine's.
    pub fn new(ahead: SignedDuration) -> Self {
        Self { started: Instant::now(), skipped: Cell::default(), told: Cell::new(None), ahead }
    }

    pub fn monotonic_now(&self) -> MonotonicTime {
        let passed = self.started.elapsed().saturating_add(self.skipped.get());
        MonotonicTime::after_start(SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX))
    }

    /// The time that was skipped so far.
    pub fn skipped(&self) -> Duration {
        self.skipped.get()
    }

    /// Counts `span` as passed.
    pub fn skip(&self, span: Duration) {
        self.skipped.set(self.skipped.get().saturating_add(span));
    }
}

impl LiveSession {
    /// Finds out what time it is in the tenant, unless its last answer left no doubt.
    pub async fn learn_time(&self) {
        if !self.client.is_sure_of_server_time() {
            self.look_at_clock().await;
        }
    }

    /// Returns the range in which the tenant's time lies now. As long as its answers contradict each other, any of them may
    /// be right.
    pub(super) async fn time_range(&self) -> RangeInclusive<Timestamp> {
        self.learn_time().await;
        let now = self.now();
        let other = self.client.server_date().filter(|_| !self.client.is_sure_of_server_time()).unwrap_or(now);
        let earliest = now.min(other).saturating_sub(UNCERTAIN).unwrap_or(Timestamp::MIN);
        earliest..=now.max(other).saturating_add(UNCERTAIN).unwrap_or(Timestamp::MAX)
    }

    /// Returns when a request was sent whose answer has just come. What the tenant's clock says now is not known as
    /// long as its answers contradict each other: then the last one may be right.
    pub(super) fn answered_just_now(&self, took: Duration) -> Timestamp {
        let sent = self.now().saturating_sub(took).unwrap_or(Timestamp::MIN);
        let doubted = self.client.server_date().filter(|_| !self.client.is_sure_of_server_time());
        doubted.map_or(sent, |date| date.max(sent))
    }

    /// Asks what time it is in the tenant until its answers leave no doubt. Who gets no answer goes on with what was known.
    async fn look_at_clock(&self) {
        let token = self.token(ADMINISTRATOR).unwrap_or_default();
        let request = GraphRequest::get(ADMINISTRATOR, &token, ASKED);
        for _ in 0..MOST_ASKED {
            // Of an answer that refuses an old token the `Date` is as good.
            if self.client.send(&request).await.is_err() || self.client.is_sure_of_server_time() {
                break;
            }
        }
        self.tell_time();
    }

    /// Returns when it is `until` in the tenant, or when its clock stands still for good. How long that is is found out again
    /// at each wake: both clocks may have been set meanwhile.
    pub(super) async fn wait_for_date(&self, until: Timestamp) {
        let mut pause = FIRST;
        loop {
            self.look_at_clock().await;
            let left = self.time_until(until);
            if left.is_zero() || self.stands_for_good().is_some() {
                return;
            }
            if self.skip(left) {
                continue;
            }
            let stands = matches!(self.client.server_time(), ServerTime::Stands(_));
            self.doze(until, left.min(if stands { pause.min(self.patience() / 2) } else { pause })).await;
            pause = (pause * 2).min(LONGEST);
        }
    }

    /// Sleeps for a while, or until the date may have come.
    async fn doze(&self, until: Timestamp, pause: Duration) {
        let wake = Instant::now() + pause;
        while let left = wake.saturating_duration_since(Instant::now())
            && !left.is_zero()
            && !self.time_until(until).is_zero()
        {
            tokio::time::sleep(left.min(NAP)).await;
        }
    }

    fn time_until(&self, until: Timestamp) -> Duration {
        Duration::try_from(until.duration_since(self.now())).unwrap_or_default()
    }

    /// Returns the time at which the tenant's clock stands, if it has stood longer than what fails may take to fix itself.
    pub(super) fn stands_for_good(&self) -> Option<Timestamp> {
        match self.client.server_time() {
            ServerTime::Stands(at) if self.client.server_time_unchanged() >= self.patience() => Some(at),
            _ => None,
        }
    }

    fn patience(&self) -> Duration {
        Duration::try_from(self.pace.settle).unwrap_or_default().max(LEAST_PATIENCE)
    }

    /// Tells once that the tenant's clock differs from this machine's, and again when that has changed.
    pub(super) fn tell_time(&self) {
        let time = self.client.server_time();
        let told = self.time.told.get();
        let before = told.map_or(ServerTime::Goes(self.time.ahead), |(time, _)| time);
        let is_news = match (before, time) {
            // No answer has told the time yet.
            (_, ServerTime::Goes(now)) if told.is_none() && now.is_zero() => false,
            (ServerTime::Goes(before), ServerTime::Goes(now)) => (now - before).abs() >= NO_NEWS,
            (ServerTime::Stands(before), ServerTime::Stands(now)) => before != now,
            _ => true,
        };
        let is_recent = told.is_some_and(|(_, at)| at.elapsed() < TOLD_AGAIN);
        if is_news && !is_recent {
            self.host.show(&describe(time));
            self.time.told.set(Some((time, Instant::now())));
        }
    }
}

fn describe(time: ServerTime) -> String {
    match time {
        ServerTime::Stands(at) => {
            format!("the tenant's clock stands still at {}", at.strftime("%Y-%m-%d %H:%M:%S UTC"))
        }
        ServerTime::Goes(ahead) if ahead.is_zero() => "the tenant's clock agrees with this machine's again".to_owned(),
        ServerTime::Goes(ahead) => {
            let which = if ahead.is_negative() { "behind" } else { "ahead of" };
            format!("the tenant's clock is {} {which} this machine's: dates follow the tenant's", span(ahead.abs()))
        }
    }
}

/// A span in its two largest units, to five seconds: answers are dated with whole ones.
fn span(span: SignedDuration) -> String {
    let seconds = (span.as_secs() + 2) / 5 * 5;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut left = seconds;
    let parts = units.map(|(unit, word)| {
        let count = left / unit;
        left %= unit;
        (count, word)
    });
    let parts = parts.into_iter().skip_while(|(count, _)| *count == 0).take(2).filter(|(count, _)| *count > 0);
    parts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_in_its_two_largest_units() {
        let told = |seconds| span(SignedDuration::from_secs(seconds));
        assert_eq!(
            [5, 199, 601, 3_600, 7_384, 90_061].map(told),
            ["5 s", "3 min 20 s", "10 min", "1 h", "2 h 3 min", "1 d 1 h"]
        );
    }
}
