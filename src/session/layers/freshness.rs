//! What was written so recently that reads may miss it, and what such reads showed.
//!
//! Several replicas answer for a tenant, and a write reaches them one after the other. A read right after it may get 404 or the
//! old list from one, and the next read what is new from another. So a read that misses a write is no failure while the *window*
//! after that write lasts: it is sent again. One read that shows it proves little, since a replica that lags may answer the next
//! one: *two in a row* settle it. What that took is a [`Lag`] in the report, so that nobody takes a slow tenant for a flaky test.
//! Where answers are recorded the window is empty.

use graphwalk_catalog::{ApiPath, Segment};
use graphwalk_client::{Exchange, MonotonicTime};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::session::Call;

/// The messages of Graph about a reference to an object that a replica does not know yet. Both are sentences, since the
/// code, `Request_BadRequest`, is that of any bad request.
const NOT_YET: [&str; 2] = [
    "does not exist or one of its queried reference-property objects are not present",
    "one of the objects being referenced",
];

/// The objects that this session created and changed of late.
#[derive(Clone, Debug)]
pub(in crate::session) struct Fresh {
    /// The time after a write in which a read may miss it before that is a failure.
    window: SignedDuration,
    objects: Vec<WrittenObject>,
    changed: Option<MonotonicTime>,
}

#[derive(Clone, Debug)]
struct WrittenObject {
    id: String,
    created: MonotonicTime,
    seen: bool,
    deleted: bool,
}

/// Something that was written, and how reads after that saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lag {
    /// The object's name, or the path that was read, with names in place of ids.
    pub what: String,
    /// The way.
    pub kind: LagKind,
    /// From the write to the first read that was followed by no other kind; for [`LagKind::Never`] to the last. Of what changes
    /// by itself, such as a status: from the first read that showed what was there before.
    pub span: SignedDuration,
}

/// The way reads saw what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LagKind {
    /// Not at first, and then always.
    Late,
    /// In turns with what was there before, until they saw it always.
    Flapped,
    /// Not as long as was looked.
    Never,
}

/// One thing that is read again and again until it is seen.
#[derive(Clone, Debug)]
pub(in crate::session) struct Watch {
    since: MonotonicTime,
    until: MonotonicTime,
    seen: bool,
    flapped: bool,
    in_a_row: u32,
    reads: usize,
    first_of_row: MonotonicTime,
}

impl Fresh {
    /// Begins with nothing written. `window` is how long after a write a read may miss it before that is a failure.
    pub fn within(window: SignedDuration) -> Self {
        Self { window, objects: Vec::new(), changed: None }
    }

    /// Records what an answer says about recent writes.
    pub fn note(&mut self, call: &Call, exchange: &Exchange, now: MonotonicTime) {
        let done = exchange.status < 300 || exchange.recovered.is_some();
        if !done {
            return;
        }
        match call.method.as_str() {
            "GET" | "HEAD" => {
                self.objects
                    .iter_mut()
                    .filter(|object| names(&call.path, &object.id))
                    .for_each(|object| object.seen = true);
                return;
            }
            "POST" => {
                if let Some(id) = exchange.json().and_then(|body| body.get("id")).and_then(Value::as_str) {
                    self.objects.push(WrittenObject { id: id.to_owned(), created: now, seen: false, deleted: false });
                }
            }
            "DELETE" => {
                self.objects
                    .iter_mut()
                    .filter(|object| ends_with(&call.path, &object.id))
                    .for_each(|object| object.deleted = true);
            }
            _ => {}
        }
        self.changed = Some(now);
    }

    /// Records that something was seen to change by itself.
    pub fn changed(&mut self, now: MonotonicTime) {
        self.changed = Some(now);
    }

    /// Returns how long reads may still miss the last change; nothing if they may not.
    pub fn time_left(&self, now: MonotonicTime) -> Option<SignedDuration> {
        self.unsettled(now).map(|changed| self.window - now.since(changed))
    }

    /// Goes on with what another process left: reads may miss what was changed last, and what was created with these ids, for
    /// `left` from now.
    pub fn go_on(&mut self, left: SignedDuration, ids: impl IntoIterator<Item = String>, now: MonotonicTime) {
        let changed = now.after(left.min(self.window) - self.window);
        self.changed = Some(changed);
        let objects = ids.into_iter().map(|id| WrittenObject { id, created: changed, seen: false, deleted: false });
        self.objects.extend(objects);
    }

    /// Returns when the last change was made, if reads may still miss it.
    pub fn unsettled(&self, now: MonotonicTime) -> Option<MonotonicTime> {
        self.changed.filter(|changed| now.since(*changed) < self.window)
    }

    /// A watch on what was changed at `since`, after a first read that has missed it. `seen` says whether it was seen before
    /// that.
    pub fn watch(&self, since: MonotonicTime, seen: bool, now: MonotonicTime) -> Watch {
        let until = since.after(self.window);
        Watch { since, until, seen, flapped: seen, in_a_row: 0, reads: 1, first_of_row: now }
    }

    /// The object that this session created just now and that the answer says is not there: its id, and the watch on it.
    pub fn missed(&self, call: &Call, exchange: &Exchange, now: MonotonicTime) -> Option<(String, Watch)> {
        let young = |object: &&WrittenObject| !object.deleted && now.since(object.created) < self.window;
        let named = |object: &&WrittenObject| match exchange.status {
            404 => names(&call.path, &object.id),
            400 if call.method != "GET" && says_not_yet(exchange) => {
                names(&call.path, &object.id)
                    || call.body.as_ref().is_some_and(|body| body.to_string().contains(&object.id))
            }
            _ => false,
        };
        if exchange.recovered.is_some() {
            return None;
        }
        // The youngest, which is the likeliest.
        let object = self.objects.iter().rev().filter(young).find(named)?;
        Some((object.id.clone(), self.watch(object.created, object.seen, now)))
    }
}

impl Watch {
    /// Notes that another read has missed it.
    pub fn miss(&mut self) {
        self.reads += 1;
        self.flapped |= self.seen;
        self.in_a_row = 0;
    }

    /// Notes that another read has seen it. Returns whether that settles it: two in a row do.
    pub fn see(&mut self, now: MonotonicTime) -> bool {
        self.reads += 1;
        self.seen = true;
        self.in_a_row += 1;
        if self.in_a_row == 1 {
            self.first_of_row = now;
        }
        self.in_a_row >= 2
    }

    /// Returns whether the last read has seen it.
    pub fn is_seen(&self) -> bool {
        self.in_a_row > 0
    }

    /// Returns how long it is read again.
    pub fn until(&self) -> MonotonicTime {
        self.until
    }

    /// Returns how long to wait before the next read: a second, and longer the longer it takes.
    pub fn pause(&self) -> SignedDuration {
        let seconds = if self.is_seen() { 1 } else { i64::try_from(self.reads).unwrap_or(10).min(10) };
        SignedDuration::from_secs(seconds)
    }

    /// Returns the number of reads and the time that they took, as a text.
    pub fn describe(&self, now: MonotonicTime) -> String {
        format!("{} reads, until {} s after the last change", self.reads, now.since(self.since).as_secs())
    }

    /// Returns the lag as it is reported.
    pub fn lag(&self, what: String, now: MonotonicTime) -> Lag {
        let (kind, end) = match (self.is_seen(), self.flapped) {
            (false, _) => (LagKind::Never, now),
            (true, true) => (LagKind::Flapped, self.first_of_row),
            (true, false) => (LagKind::Late, self.first_of_row),
        };
        Lag { what, kind, span: end.since(self.since) }
    }
}

impl std::fmt::Display for Lag {
    /// `Building security late by 4 s`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seconds = self.span.as_millis().div_euclid(100) as f64 / 10.0;
        match self.kind {
            LagKind::Late => write!(f, "{} late by {seconds} s", self.what),
            LagKind::Flapped => write!(f, "{} flapped for {seconds} s", self.what),
            LagKind::Never => write!(f, "{} never seen in {seconds} s", self.what),
        }
    }
}

/// Returns whether a segment of the path, or the key in its brackets, is the id.
fn names(path: &str, id: &str) -> bool {
    ApiPath::parse(path).is_ok_and(|path| path.segments().iter().any(|segment| is(segment, id)))
}

/// Returns whether the last segment of the path, or the key in its brackets, is the id.
fn ends_with(path: &str, id: &str) -> bool {
    ApiPath::parse(path).is_ok_and(|path| path.segments().last().is_some_and(|last| is(last, id)))
}

fn is(segment: &Segment, id: &str) -> bool {
    segment.key().unwrap_or(segment.name()).eq_ignore_ascii_case(id)
}

fn says_not_yet(exchange: &Exchange) -> bool {
    let said = exchange.error().map(|error| error.message.expose().to_lowercase()).unwrap_or_default();
    NOT_YET.iter().any(|sentence| said.contains(sentence))
}
