//! `--trace`: the exchanges of a run as HAR 1.2, on whichever backend it was played.
//!
//! It shows what was sent and answered, with every read that was repeated. A recording that replays is made by `record`.

use std::collections::HashSet;
use std::time::Duration;

use graphwalk_recording::{Provenance, RecordedExchange, RequestBody, har_opening, json_text};
use serde_json::{Value, json};

use crate::session::{TracedExchange, Tracing};

use super::attachment::Content;
use super::message::Envelope;
use super::{Format, Opening, RunEnd, SessionMessages};

/// The format.
pub struct Har;

impl Format for Har {
    fn tracing(&self, _: usize) -> Tracing {
        Tracing::Whole
    }

    fn reads_observations(&self) -> bool {
        false
    }

    fn opening(&self, _: &Opening) -> Vec<u8> {
        har_opening().into_bytes()
    }

    fn session(&self, session: &SessionMessages<'_>) -> Vec<u8> {
        let name = session.session().map_or("", |note| note.name.as_str());
        let mut told = HashSet::new();
        let mut step = None;
        let mut entries = Vec::new();
        for message in &session.messages {
            match message {
                Envelope::TestCase(case) => step = step_of(session.opening, &case.pickle_id),
                // What is attached to the whole session belongs to no step.
                Envelope::TestRunHookStarted(_) => step = None,
                Envelope::Attachment(attachment) => {
                    // A failed step has the exchange once more that it is about.
                    if let Content::Exchange(exchange) = &attachment.content
                        && told.insert(exchange.number)
                    {
                        entries.push(entry(exchange, step, name).to_string());
                    }
                }
                _ => {}
            }
        }
        entries.join(",\n").into_bytes()
    }

    fn separator(&self) -> &'static [u8] {
        b",\n"
    }

    fn closing(&self, _: &RunEnd<'_>) -> Vec<u8> {
        b"\n]}}\n".to_vec()
    }
}

/// The number of the tutorial's step that a scenario belongs to.
fn step_of(opening: &Opening, pickle_id: &str) -> Option<u8> {
    let mut features = opening.features.iter();
    features.find(|feature| feature.pickles.iter().any(|pickle| pickle.id == pickle_id)).map(|feature| feature.number)
}

/// An entry of the HAR; beside what recordings have it names the session, how often the request was sent, and the entry of the
/// recording that was replayed.
pub(super) fn entry(exchange: &TracedExchange, step: Option<u8>, session: &str) -> Value {
    let mut entry = recorded(exchange, step).to_entry();
    entry["_session"] = json!(session);
    entry["_attempts"] = json!(exchange.attempts);
    if !exchange.earlier.is_empty() {
        entry["_earlier"] = json!(exchange.earlier);
    }
    if let Some(number) = exchange.entry {
        entry["_entry"] = json!(number);
    }
    if let Some(id) = &exchange.client_request_id {
        entry["_client_request_id"] = json!(id);
    }
    if let Some(why) = &exchange.outside {
        entry["_outside"] = json!(why);
    }
    if exchange.is_own_look {
        entry["_own_look"] = json!(true);
    }
    entry
}

/// The exchange in the form of a recorded one. One without an answer has the status 0, as browsers write it.
fn recorded(exchange: &TracedExchange, step: Option<u8>) -> RecordedExchange {
    let (media_type, response) = match &exchange.response.body {
        Value::Null => ("x-unknown", String::new()),
        Value::String(text) => ("text/plain", text.clone()),
        json => ("application/json", json_text(json)),
    };
    let own_headers = exchange.request.headers.iter().filter(|(name, _)| name != "content-type");
    RecordedExchange {
        entry: exchange.number,
        actor: exchange.actor.clone(),
        actor_known: true,
        step,
        provenance: exchange.origin.as_deref().and_then(Provenance::from_word).unwrap_or(Provenance::Unknown),
        started: exchange.started,
        took: Duration::from_millis(exchange.took_ms),
        method: exchange.method.clone(),
        path: exchange.path.clone(),
        request_headers: own_headers.cloned().collect(),
        request: match &exchange.request.body {
            Value::Null => RequestBody::Empty,
            Value::String(text) => RequestBody::Text(text.clone()),
            json => RequestBody::Json(json.clone()),
        },
        status: exchange.status.unwrap_or_default(),
        headers: exchange.response.headers.clone(),
        media_type: media_type.to_owned(),
        response: response.into_bytes().into(),
        is_shortened: false,
    }
}
