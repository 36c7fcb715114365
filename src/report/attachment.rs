//! What graphwalk attaches to the messages of a run: what Cucumber has no message for.
//!
//! An attachment is a JSON document of the media type `application/vnd.graphwalk.KIND+json`; [`Content`] lists the kinds.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer};

use crate::diagnostic::Diagnostic;
use crate::runner::Verdict;
use crate::session::{Drift, Observation, PersonalAct, RunId, TracedExchange};

use super::message::{Duration, Timestamp};

/// Something that belongs to a step, or to a whole session.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The content.
    pub content: Content,
    /// The part of the run that it belongs to.
    pub to: AttachedTo,
    /// The time when it was attached.
    pub timestamp: Timestamp,
}

/// The part of a run that an attachment belongs to.
#[derive(Clone, Debug)]
pub enum AttachedTo {
    /// A step of a scenario that is being played: the ids of both.
    Step {
        /// The `TestCaseStarted`.
        case: String,
        /// The `TestStep`.
        step: String,
    },
    /// A session: the id of its end.
    Session(String),
}

/// The content of an attachment, by kind.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Content {
    /// `verdict`: why a step did not pass.
    Verdict(VerdictNote),
    /// `failure`: why a step, or a session beside its steps, failed.
    Failure(#[serde(serialize_with = "failure")] Box<Diagnostic>),
    /// `session`: what was played, and what is to be reported of the whole of it.
    Session(Box<SessionNote>),
    /// `provenance`: how many exchanges come from where.
    Provenance(#[serde(serialize_with = "by_word")] Vec<(Cow<'static, str>, usize)>),
    /// `drift`: what the schemas do not know.
    Drift(Drift),
    /// `observation`: what steps observed beside what they assert.
    Observation(ObservationNote),
    /// `exchange`: a request of a step and its answer. A failed step has the one that it is about as its last, which an earlier
    /// step may have made.
    Exchange(Box<TracedExchange>),
}

/// The verdict on a step that did not pass, and the reason. In Cucumber's words a blocked step is a skipped one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VerdictNote {
    /// `skipped`, `blocked` or `failed`.
    pub verdict: Verdict,
    /// The reason why it was not played; none if it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A failure with all that belongs to it, as the attachment has it.
#[derive(Serialize)]
struct FailureNote<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<FailurePlace<'a>>,
    notes: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

/// The place of a failure: the file, the line (1 for the first), the part of it that did not hold, and the note beside it.
#[derive(Serialize)]
struct FailurePlace<'a> {
    file: &'a str,
    line: usize,
    part: &'a str,
    label: &'a str,
}

/// A session that was played, and the facts about the whole of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionNote {
    /// The name of the session: the recording's file, the run.
    pub name: String,
    /// The tenant of a file that it was played on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The labels of its tenant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// `replay`, `emulator` or `live`.
    pub backend: Cow<'static, str>,
    /// The tutorial.
    pub tutorial: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// The number of exchanges.
    pub exchanges: usize,
    /// The number of exchanges that repeat a failed one.
    pub repeated: usize,
    /// The number of payloads validated against a schema.
    pub validated: usize,
    /// The number of payloads without a known schema.
    pub unvalidated: usize,
    /// The number of values of beta that were not judged, since its metadata does not declare them.
    pub unjudged: usize,
    /// The requests that were sent otherwise than features ask for, and why.
    pub changed: Vec<String>,
    /// The reads after a write that saw it late, in turns or never.
    pub lags: Vec<String>,
    /// The number of scenarios that an earlier process of the run played, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumed: Option<String>,
    /// The recorded exchanges that nothing asked for.
    pub unused: Vec<String>,
    /// The objects that were created and not seen to be gone.
    pub left: Vec<String>,
    /// The acts of persons elsewhere; those that are told have nothing but somebody's word for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acts: Vec<PersonalAct>,
    /// Whether it only looked for sessions, and is none itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_search: bool,
    /// Whether it waits, and another process goes on with it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_waiting: bool,
    /// The time until which it waits, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<jiff::Timestamp>,
    /// Whether it could begin at all: its recording could be read.
    pub begun: bool,
    /// The run on a tenant that it was, by whose name what is left can be deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The seconds that passed on the backend's clock and not on the machine's: it was moved, or had been recorded.
    #[serde(default)]
    pub clock_moved: u64,
    /// The duration.
    #[serde(default)]
    pub took: Duration,
}

/// The observations of steps, with their heading.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ObservationNote {
    /// The heading.
    pub heading: String,
    /// Whether reports for people show it.
    pub is_shown: bool,
    /// The observation.
    #[serde(flatten)]
    pub observation: Observation,
}

impl Content {
    /// The word for its kind in the media type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Verdict(_) => "verdict",
            Self::Failure(_) => "failure",
            Self::Session(_) => "session",
            Self::Provenance(_) => "provenance",
            Self::Drift(_) => "drift",
            Self::Observation(_) => "observation",
            Self::Exchange(_) => "exchange",
        }
    }

    /// The name that viewers show and save it under, e.g. `exchange-031-get-200.json`.
    pub fn file_name(&self) -> String {
        match self {
            Self::Exchange(exchange) => {
                let TracedExchange { number, method, status, .. } = &**exchange;
                let status = status.map_or_else(|| "lost".to_owned(), |status| status.to_string());
                format!("exchange-{number:03}-{}-{status}.json", method.to_lowercase())
            }
            Self::Observation(note) => format!("observation-{}.json", note.heading),
            other => format!("{}.json", other.kind()),
        }
    }

    /// The media type, e.g. `application/vnd.graphwalk.verdict+json`.
    pub fn media_type(&self) -> String {
        format!("application/vnd.graphwalk.{}+json", self.kind())
    }
}

fn failure<S: Serializer>(fault: &Diagnostic, serializer: S) -> Result<S::Ok, S::Error> {
    let place = fault.place.as_ref().map(|place| FailurePlace {
        file: &place.file,
        line: place.line(),
        part: place.text.get(place.span.clone()).unwrap_or_default(),
        label: &place.label,
    });
    let Diagnostic { code, message, notes, help, .. } = fault;
    FailureNote { code, message, place, notes, help: help.as_deref() }.serialize(serializer)
}

fn by_word<S: Serializer>(counts: &[(Cow<'static, str>, usize)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(counts.iter().map(|(word, count)| (word, count)))
}
