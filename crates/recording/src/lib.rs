#![doc = include_str!("../README.md")]
//!
//! ## What a recording has beside HAR
//!
//! In fields that begin with `_` a recording of graphwalk says who called (`_actor`), at which step of the tutorial (`_step`) and
//! where the exchange comes from (`_provenance`); its log says how the review's period ended (`_finish`), until when else it let
//! time pass (`_waits`), which ids it was given (`_values`), what the session changed in the features' bodies (`_overrides`) and
//! which parts of a request's body are not compared (`_volatile`). All of them may be missing, so that a HAR of a browser or of
//! Graph Explorer can be replayed too.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod batch;
mod body;
mod body_difference;
mod check;
mod collection;
mod doubles;
mod entries;
mod error;
mod file_text;
mod find;
mod foreign;
mod har;
mod loose;
mod miss;
mod moment;
mod multipart;
mod numbers;
mod overrides;
mod owners;
mod postman;
#[cfg(test)]
mod published;
mod read;
mod reading;
pub mod redact;
mod replay;
mod request_key;
mod session_entries;
mod timed_text;
mod variables;
mod write;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Value;

use graphwalk_secrets::masking;

pub use body_difference::digest;
pub use check::Check;
pub use error::RecordingError;
pub use find::{RecordingFile, find};
pub use overrides::Overrides;
pub use postman::LeftOut;
pub use reading::{Doubt, FileReading, PassedOver};
pub use replay::{Replay, ReplayAnswer};
pub use write::{REQUEST_HEADERS, RESPONSE_HEADERS, har_opening, json_text};

/// The error code with which a replay answers what was not recorded.
pub const UNRECORDED: &str = "UnrecordedRequest";

/// The caller where a recording does not say.
pub const ADMINISTRATOR: &str = "administrator";

/// The exchanges of one tenant session, in the order of time.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The file as the user knows it.
    pub name: String,
    /// The tutorial that it was recorded for, if it says so.
    pub tutorial: Option<String>,
    /// The end of the review's period, if the clock ended it; else the recording has a `POST …/stop`.
    pub period_end: Option<Timestamp>,
    /// The times until which the session let time pass, beside the end of the period: what came after cannot be had before.
    pub waits: Vec<Timestamp>,
    /// The ids that features name and the session was given from outside, by their names.
    pub values: BTreeMap<String, String>,
    /// The changes that the session made in the bodies of the features.
    pub overrides: Overrides,
    /// JSON pointers of what is left out when a request's body is compared with a recorded one.
    pub volatile: Vec<String>,
    /// The exchanges; never none.
    pub exchanges: Vec<RecordedExchange>,
    /// Whether the file has them in another order than that of time.
    pub reordered: bool,
    /// The offset from UTC of the clocks where it was recorded, as its first exchange says.
    pub offset: Offset,
    /// The rest of the file: entries that are no exchange of the session, and doubts.
    pub reading: FileReading,
}

/// The way in which a review's period comes to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// By the API: the administrator stops the instance as soon as the decisions are made.
    Stop,
    /// By the clock: the session waits for the instance's `endDateTime`, on a tenant for days.
    Wait,
}

/// One recorded request and its answer. Of the headers only those are kept that cannot hold a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedExchange {
    /// Its number in the file; 1 for the first.
    pub entry: usize,
    /// The actor who called.
    pub actor: String,
    /// Whether the file says who called.
    pub actor_known: bool,
    /// The step of the tutorial, if the file says so.
    pub step: Option<u8>,
    /// The provenance.
    pub provenance: Provenance,
    /// The time when the request was sent.
    pub started: Timestamp,
    /// The time that its answer took, in whole milliseconds; zero if the file does not say.
    pub took: Duration,
    /// The HTTP method, upper case.
    pub method: String,
    /// Path and query, as recorded.
    pub path: String,
    /// The headers of the request that belong to its meaning, e.g. `consistencylevel`: see [`REQUEST_HEADERS`].
    pub request_headers: Vec<(String, String)>,
    /// The body of the request.
    pub request: RequestBody,
    /// The status code of the answer.
    pub status: u16,
    /// The headers of the answer that are replayed, e.g. `request-id`: see [`RESPONSE_HEADERS`].
    pub headers: Vec<(String, String)>,
    /// The media type of the answer.
    pub media_type: String,
    /// The body of the answer; empty if it has none.
    pub response: Arc<[u8]>,
    /// Whether the file says that the answer was shortened, so that it may lack properties (`_truncated`).
    pub is_shortened: bool,
}

/// The body of a recorded request.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestBody {
    /// None.
    Empty,
    /// A JSON document. [`json_text`] writes it: a number that no `Value` holds as it was recorded is a marked text in it.
    Json(Value),
    /// Something else.
    Text(String),
}

/// The place where an exchange comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provenance {
    /// Printed on the tutorial's page.
    Published,
    /// The page describes it in prose only; written from the documentation of the API.
    Inferred,
    /// Answered by graphwalk's emulator, with a behaviour behind it.
    Emulated,
    /// Answered by the emulator's generic store: what was written is read again, and no behaviour stands behind it.
    EmulatedGeneric,
    /// Recorded on a real tenant.
    Tenant,
    /// Saved by a person in another program, such as Postman, which does not say who answered and lets answers be edited.
    Saved,
    /// The file does not say.
    Unknown,
}

impl Provenance {
    const ALL: [(Self, &'static str); 7] = [
        (Self::Published, "published"),
        (Self::Inferred, "inferred"),
        (Self::Emulated, "emulated"),
        (Self::EmulatedGeneric, "emulated (generic)"),
        (Self::Tenant, "tenant"),
        (Self::Saved, "saved"),
        (Self::Unknown, "of unknown origin"),
    ];

    /// The word that a file has for it.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(provenance, _)| *provenance)
    }

    /// Returns the words that a file may have, as a list.
    fn words() -> String {
        Self::ALL.map(|(_, word)| word)[..Self::ALL.len() - 1].join(", ")
    }

    /// The word that reports have for it.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(provenance, _)| *provenance == self).map_or("", |(_, word)| word)
    }

    /// Counts exchanges by where they come from, leaving out what nothing comes from.
    fn counts(all: impl Iterator<Item = Self>) -> Vec<(&'static str, usize)> {
        let mut counts = Self::ALL.map(|(provenance, word)| (provenance, word, 0));
        for provenance in all {
            counts.iter_mut().filter(|(known, ..)| *known == provenance).for_each(|(.., count)| *count += 1);
        }
        counts.into_iter().filter(|(.., count)| *count > 0).map(|(_, word, count)| (word, count)).collect()
    }
}

impl RecordedExchange {
    /// Returns whether the request may change something.
    pub fn is_write(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD")
    }

    /// The exchange in one line: `entry 12: GET /v1.0/users as administrator (step 1)`.
    pub fn describe(&self) -> String {
        let step = self.step.map_or_else(String::new, |step| format!(" (step {step})"));
        let path = masking::text_without_leaks(&self.path);
        format!("entry {}: {} {path} as {}{step}", self.entry, self.method, self.actor)
    }

    /// Returns what belongs to the exchange beside HTTP: `entry 12, step 1, as administrator, 2022-02-11T17:30:02Z,
    /// published`.
    pub fn summary(&self) -> String {
        let step = self.step.map_or_else(String::new, |step| format!("step {step}, "));
        let Self { entry, actor, started, provenance, .. } = self;
        format!("entry {entry}, {step}as {actor}, {started}, {}", provenance.word())
    }
}

impl Recording {
    /// Makes a recording of what a session was answered, in order. When the review's period ended by the clock is read from
    /// the exchanges.
    ///
    /// `None` if nothing was answered: there would be nothing to replay.
    pub fn of_session(
        name: impl Into<String>,
        tutorial: &str,
        finish: Finish,
        mut exchanges: Vec<RecordedExchange>,
    ) -> Option<Self> {
        if exchanges.is_empty() {
            return None;
        }
        exchanges.sort_by_key(|exchange| exchange.started);
        for (index, exchange) in exchanges.iter_mut().enumerate() {
            exchange.entry = index + 1;
        }
        let period_end = match finish {
            Finish::Stop => None,
            Finish::Wait => read::apparent_end(&exchanges),
        };
        let (name, tutorial) = (name.into(), Some(tutorial.to_owned()));
        let overrides = Overrides::default();
        Some(Self {
            name,
            tutorial,
            period_end,
            overrides,
            volatile: Vec::new(),
            exchanges,
            reordered: false,
            waits: Vec::new(),
            values: BTreeMap::new(),
            offset: Offset::UTC,
            reading: FileReading::default(),
        })
    }

    /// Returns how the review's period ended.
    pub fn finish(&self) -> Finish {
        if self.period_end.is_some() { Finish::Wait } else { Finish::Stop }
    }

    /// Returns the number of exchanges that have which provenance; only those that occur.
    pub fn provenance_counts(&self) -> Vec<(&'static str, usize)> {
        Provenance::counts(self.exchanges.iter().map(|exchange| exchange.provenance))
    }

    /// Returns the callers in it, each once, in the order of their first calls.
    pub fn actors(&self) -> Vec<&str> {
        let mut actors: Vec<&str> = Vec::new();
        for exchange in &self.exchanges {
            if !actors.contains(&exchange.actor.as_str()) {
                actors.push(&exchange.actor);
            }
        }
        actors
    }
}
