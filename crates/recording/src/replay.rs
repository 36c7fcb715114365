//! Answering requests from a recording, true to its transitions.
//!
//! The recording is cut into *eras*. A new one begins after each write, since a write changes what reads answer, and after
//! each wait: at the end of the period, and wherever else the session let time pass. A read is answered from the era that
//! the session has reached: the first answer of that era that was not given yet, and when all were given the last one again.
//! An answer of a later era cannot be had before the session has sent the writes before it and waited as the recorded one
//! did. `GET x`, `PATCH x`, `GET x`, a wait and `GET x`, for instance, lie in the eras 0, 0, 1 and 2: a client that reads
//! three times before it writes gets the first answer three times. What was written before a wait cannot be written after
//! it. A write is answered once, and only if its body is the recorded one, and only after the recorded writes to the same
//! object before it, since its answer and all later reads show what those did. Clean-up may delete what it created without
//! the steps in between having been played: a deletion leaves all writes before it behind. What was deleted is not found
//! from then on, whichever else the recording deleted before it looked.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::body_difference::{comparable, request_body};
use super::miss;
use super::request_key::RequestKey;
use super::timed_text::{are_as_far, without_moments};
use super::{Provenance, RecordedExchange, Recording, RequestBody};

/// One session's way through a recording.
#[derive(Debug)]
pub struct Replay {
    recording: Arc<Recording>,
    by_key: HashMap<RequestKey, Vec<usize>>,
    /// The exchanges whose requests hold moments, by all that is no moment in them.
    timed: HashMap<String, Vec<TimedExchange>>,
    /// For each exchange the era it belongs to.
    eras: Vec<usize>,
    /// For each read that found nothing the deletion before it that is the reason.
    deletions: Vec<Option<usize>>,
    /// For each read that was answered that nothing changed (304) the earlier answer that is still good: clients of a replay keep none.
    unchanged: Vec<Option<usize>>,
    /// For each write the one before it that was to the same object; deletions neither have one nor are one.
    earlier_writes: Vec<Option<usize>>,
    /// For each exchange the body that requests are compared with; only writes have one.
    bodies: Vec<RequestBody>,
    /// The waits of the recorded session, in order: until when each lasted, and the first exchange after it.
    waits: Vec<(Timestamp, usize)>,
    progress: Mutex<ReplayProgress>,
}

/// An exchange whose request holds moments.
#[derive(Debug)]
struct TimedExchange {
    index: usize,
    moments: Vec<Timestamp>,
}

#[derive(Debug)]
struct ReplayProgress {
    /// The place after the last write that was answered, in the order of the recording.
    position: usize,
    /// The number of waits that the session has done.
    waited: usize,
    served: Vec<bool>,
    now: Timestamp,
    /// The exchange that was answered with last.
    last: Option<usize>,
}

/// The answer to a request.
#[derive(Debug)]
pub enum ReplayAnswer<'a> {
    /// A recorded exchange.
    Recorded(&'a RecordedExchange),
    /// Nothing fits: the message names the nearest exchange and what differs.
    Unrecorded(String),
}

impl Replay {
    /// A session at the beginning of `recording`.
    pub fn new(recording: Arc<Recording>) -> Self {
        let exchanges = &recording.exchanges;
        let waits = waits(&recording);
        let mut by_key: HashMap<RequestKey, Vec<usize>> = HashMap::with_capacity(exchanges.len());
        let mut timed: HashMap<String, Vec<TimedExchange>> = HashMap::new();
        let (mut eras, mut bodies) = (Vec::with_capacity(exchanges.len()), Vec::with_capacity(exchanges.len()));
        let (mut deletions, mut deleted) = (Vec::with_capacity(exchanges.len()), HashMap::new());
        let mut unchanged = Vec::with_capacity(exchanges.len());
        let (mut earlier_writes, mut written) = (Vec::with_capacity(exchanges.len()), HashMap::new());
        let mut era = 0;
        for (index, exchange) in exchanges.iter().enumerate() {
            era += waits.iter().filter(|(_, first)| *first == index).count();
            eras.push(era);
            era += usize::from(exchange.is_write());
            let write = exchange.is_write().then(|| comparable(&exchange.request, &recording.volatile));
            bodies.push(write.unwrap_or(RequestBody::Empty));
            let key = RequestKey::new(&exchange.actor, &exchange.method, &exchange.path);
            if let Some(text) = without_moments(key.text()) {
                timed.entry(text.frame).or_default().push(TimedExchange { index, moments: text.moments });
            }
            if exchange.method == "DELETE" {
                deleted.insert(key.resource().to_owned(), index);
            }
            let object = key.object().filter(|_| exchange.is_write() && exchange.method != "DELETE");
            earlier_writes.push(object.and_then(|object| written.insert(object.to_owned(), index)));
            let revalidates = exchange.status == 304 && exchange.method == "GET";
            let full = |&&earlier: &&usize| (200..300).contains(&exchanges[earlier].status);
            let earlier = by_key.get(&key).and_then(|same| same.iter().rev().find(full).copied());
            unchanged.push(earlier.filter(|_| revalidates));
            let gone = !exchange.is_write() && matches!(exchange.status, 404 | 410);
            deletions.push(if gone { deleted.get(key.resource()).copied() } else { None });
            by_key.entry(key).or_default().push(index);
        }
        let now = exchanges.first().map_or(Timestamp::UNIX_EPOCH, |exchange| exchange.started);
        let progress = ReplayProgress { position: 0, waited: 0, served: vec![false; exchanges.len()], now, last: None };
        let progress = Mutex::new(progress);
        Self { by_key, timed, eras, deletions, unchanged, earlier_writes, bodies, waits, progress, recording }
    }

    /// The recording.
    pub fn recording(&self) -> &Arc<Recording> {
        &self.recording
    }

    /// Answers a request and moves on.
    pub fn answer(&self, actor: &str, method: &str, path_and_query: &str, body: &[u8]) -> ReplayAnswer<'_> {
        let key = RequestKey::new(actor, method, path_and_query);
        let mut progress = self.progress();
        let known = match self.by_key.get(&key) {
            Some(known) => Cow::Borrowed(known.as_slice()),
            None => Cow::Owned(self.as_far(&key, progress.now)),
        };
        let known = known.as_ref();
        let found = if matches!(method, "GET" | "HEAD") {
            self.read(known, &progress)
        } else {
            self.write(known, &progress, body)
        };
        let Some(index) = found else {
            let request =
                miss::MissedRequest { actor, method, path: path_and_query, key: &key, body: &request_body(body) };
            let state = miss::ReplayState { known, served: &progress.served, bodies: &self.bodies };
            return ReplayAnswer::Unrecorded(miss::explain(&self.recording, &request, &state));
        };
        let exchange = &self.recording.exchanges[index];
        progress.served[index] = true;
        progress.last = Some(index);
        progress.now = progress.now.max(exchange.started);
        if exchange.is_write() {
            progress.position = progress.position.max(index + 1);
        }
        ReplayAnswer::Recorded(self.unchanged[index].map_or(exchange, |full| &self.recording.exchanges[full]))
    }

    /// The exchanges whose requests are this one but for their moments, which are as far from the time at which they were sent
    /// as these are from `now`: what a feature counts from now is another text each time.
    fn as_far(&self, key: &RequestKey, now: Timestamp) -> Vec<usize> {
        let Some(sent) = without_moments(key.text()) else { return Vec::new() };
        let timed = self.timed.get(&sent.frame).map_or(&[][..], Vec::as_slice);
        let started = |index: usize| self.recording.exchanges[index].started;
        let fits = |timed: &&TimedExchange| are_as_far(&sent.moments, now, &timed.moments, started(timed.index));
        timed.iter().filter(fits).map(|timed| timed.index).collect()
    }

    /// Returns the time in the session: that of the last exchange, or what it waited for.
    pub fn now(&self) -> Timestamp {
        self.progress().now
    }

    /// The exchange that was answered with last.
    pub fn last(&self) -> Option<&RecordedExchange> {
        self.progress().last.map(|index| &self.recording.exchanges[index])
    }

    /// Advances the time of the session.
    pub fn wait_until(&self, until: Timestamp) {
        let mut progress = self.progress();
        progress.now = progress.now.max(until);
        let done = self.waits.partition_point(|(at, _)| *at <= until);
        progress.waited = progress.waited.max(done);
    }

    /// The exchanges that nothing asked for, of those for which `counts` holds, a line each.
    pub fn unused(&self, counts: impl Fn(&RecordedExchange) -> bool) -> Vec<String> {
        let progress = self.progress();
        let unused = self.recording.exchanges.iter().zip(&progress.served).filter(|(_, served)| !**served);
        unused.filter(|(exchange, _)| counts(exchange)).map(|(exchange, _)| exchange.describe()).collect()
    }

    /// Returns the number of exchanges with each provenance among those that were given; what was given several times counts once.
    pub fn provenance_counts(&self) -> Vec<(&'static str, usize)> {
        let progress = self.progress();
        let given = self.recording.exchanges.iter().zip(&progress.served).filter(|(_, served)| **served);
        Provenance::counts(given.map(|(exchange, _)| exchange.provenance))
    }

    /// The read to answer with: of the latest era that is reached the first that was not given, else the last.
    fn read(&self, known: &[usize], progress: &ReplayProgress) -> Option<usize> {
        let limit = self.limit(progress);
        let gone = |index: usize| self.deletions[index].is_some_and(|deletion| progress.served[deletion]);
        let reached = || known.iter().copied().filter(|&index| index < limit || gone(index));
        let latest = self.eras[reached().next_back()?];
        let era = || reached().filter(|&index| self.eras[index] == latest);
        era().find(|&index| !progress.served[index]).or_else(|| era().next_back())
    }

    fn write(&self, known: &[usize], progress: &ReplayProgress, body: &[u8]) -> Option<usize> {
        let body = comparable(&request_body(body), &self.recording.volatile);
        // What had to be written before a wait cannot be written after it.
        let since = progress.waited.checked_sub(1).and_then(|last| self.waits.get(last)).map_or(0, |(_, first)| *first);
        let closed = |index: usize| index < since;
        let in_turn = |index: usize| self.earlier_writes[index].is_none_or(|earlier| progress.served[earlier]);
        let fits = |index: usize| !progress.served[index] && !closed(index) && self.bodies[index] == body;
        known.iter().copied().find(|&index| fits(index) && in_turn(index))
    }

    /// The first exchange that is out of reach: the next write that was not sent, or the end of the next wait. A wait is done
    /// as well if a write that came after it was sent.
    fn limit(&self, progress: &ReplayProgress) -> usize {
        let exchanges = &self.recording.exchanges;
        let rest = &exchanges[progress.position..];
        let next_write =
            rest.iter().position(RecordedExchange::is_write).map_or(exchanges.len(), |at| progress.position + at);
        let next_wait = self.waits.iter().skip(progress.waited).find(|(_, first)| progress.position <= *first);
        next_wait.map_or(next_write, |(_, first)| next_write.min(*first))
    }

    /// A thread that panicked while it held the lock left whole values behind: they are only ever assigned.
    fn progress(&self) -> MutexGuard<'_, ReplayProgress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The waits of a recorded session in order, that for the end of the period among them, each with the first exchange after it.
fn waits(recording: &Recording) -> Vec<(Timestamp, usize)> {
    let mut until: Vec<Timestamp> = recording.waits.iter().copied().chain(recording.period_end).collect();
    until.sort();
    until.dedup();
    let first = |at: Timestamp| recording.exchanges.partition_point(|exchange| exchange.started < at);
    until.into_iter().map(|at| (at, first(at))).collect()
}

#[cfg(test)]
mod tests;
