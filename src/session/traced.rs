//! An exchange as reports show it.

use std::borrow::Cow;
use std::time::Duration;

use graphwalk_client::{Attempt, Exchange};
use graphwalk_recording::{Provenance, RequestBody};
use graphwalk_secrets::in_use;
use graphwalk_secrets::masking::without_secrets;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::backend::{Backend, Origin};

use super::layers::redacted;
use super::{Call, Captures};

/// The exchanges of a session that reports get, from the least to the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tracing {
    /// The one that a failed step is about.
    #[default]
    OfFailure,
    /// All of scenarios that failed.
    OfFailedScenarios,
    /// All.
    Whole,
}

/// One request and its answer, redacted as in recordings: secrets are masked, ids and names stand as they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TracedExchange {
    /// Its number in the session, 1 for the first. A failed step may have one again that an earlier step made.
    pub number: usize,
    /// The caller.
    pub actor: String,
    /// The HTTP method, upper case.
    pub method: String,
    /// Path and query, with the version: `/v1.0/users`.
    pub path: String,
    /// The status code; `None` if nothing answered.
    pub status: Option<u16>,
    /// The time when the request was sent, on the backend's clock.
    pub started: Timestamp,
    /// The milliseconds that the answer took: in the recording, if that says so; else here, all attempts together.
    pub took_ms: u64,
    /// The number of attempts.
    pub attempts: usize,
    /// The ends of the attempts before the last one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierAttempt>,
    /// The request.
    pub request: TracedMessage,
    /// The answer; empty if there is none.
    pub response: TracedMessage,
    /// The header `request-id` of the answer: what Microsoft's support asks for.
    pub request_id: Option<String>,
    /// The header `client-request-id` that was sent.
    pub client_request_id: Option<String>,
    /// The origin of the answer: `published`, `tenant` and the like; `None` if there is none.
    pub origin: Option<String>,
    /// Its number in the recording that is replayed, 1 for the first.
    pub entry: Option<usize>,
    /// Whether no step asked for it: graphwalk looks by itself whether what it wrote is there.
    #[serde(default)]
    pub is_own_look: bool,
    /// The reason for sending it, if it belongs to no step: `clean-up`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<Cow<'static, str>>,
    /// The address that it was sent to, scheme and host, if a person can send it there again and it is not Graph's public
    /// cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The evidence that the request was done, if its answer was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_by: Option<String>,
}

/// An attempt that was followed by another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierAttempt {
    /// The end: `429`, `lost (connection reset)`.
    pub end: String,
    /// The header `request-id` of its answer.
    pub request_id: Option<String>,
    /// The header `client-request-id` that was sent.
    pub client_request_id: String,
}

/// A request or an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TracedMessage {
    /// The headers that recordings keep, by their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body: JSON, or a text; `null` if there is none. Of a file only its digest is told.
    pub body: Value,
}

impl TracedExchange {
    /// The exchange with this number in its session that `call` led to; `origin` belongs to its answer.
    pub(super) fn answered(number: usize, call: &Call, exchange: &Exchange, origin: &Origin) -> Self {
        let is_lost = exchange.recovered.is_some();
        let answer = redacted::answer(call, exchange, origin.provenance);
        let (method, path) = if is_lost { (&call.method, &call.path) } else { (&exchange.method, &exchange.path) };
        // One page of a list, or an answer that was looked back at, is not what `call` asked for.
        let sent = if (&call.method, &call.path) == (method, path) { request(call) } else { TracedMessage::default() };
        Self {
            number,
            actor: exchange.actor.clone(),
            method: method.to_uppercase(),
            path: redacted::path(path),
            status: Some(answer.status),
            started: origin.started,
            took_ms: milliseconds(origin.took),
            // What was found in place of a lost answer is an exchange of its own.
            attempts: exchange.attempts.len() + usize::from(!is_lost),
            earlier: exchange.attempts.iter().map(EarlierAttempt::from).collect(),
            request: sent,
            response: TracedMessage { headers: answer.headers, body: text_or_json(answer.body) },
            request_id: exchange.request_id.as_ref().map(ToString::to_string),
            client_request_id: Some(exchange.client_request_id.clone()),
            origin: (answer.provenance != Provenance::Unknown).then(|| answer.provenance.word().to_owned()),
            entry: origin.entry,
            is_own_look: false,
            outside: None,
            host: None,
            shown_by: exchange.recovered.as_ref().map(|recovered| recovered.shown_by.clone()),
        }
    }

    /// A request without an answer that was sent at `started` and given up `took_ms` later.
    pub(super) fn unanswered(number: usize, call: &Call, started: Timestamp, took: Duration) -> Self {
        Self {
            number,
            actor: call.actor.clone(),
            method: call.method.to_uppercase(),
            path: redacted::path(&call.path),
            status: None,
            started,
            took_ms: milliseconds(took),
            attempts: 1,
            earlier: Vec::new(),
            request: request(call),
            response: TracedMessage::default(),
            request_id: None,
            client_request_id: None,
            origin: None,
            entry: None,
            is_own_look: false,
            outside: None,
            host: None,
            shown_by: None,
        }
    }

    /// A read that no session made: by whom, of what, its answer, when it was sent and how long it took.
    pub(crate) fn of_read(
        number: usize,
        (actor, path): (&str, &str),
        answer: Option<&Exchange>,
        (started, took): (Timestamp, Duration),
    ) -> Self {
        let call = Call::new(actor, "GET", path);
        let origin = Origin { provenance: Provenance::Tenant, started, took, is_shortened: false, entry: None };
        match answer {
            Some(exchange) => Self::answered(number, &call, exchange, &origin),
            None => Self::unanswered(number, &call, started, took),
        }
    }

    /// The same without what may be a secret in it, such as the token that it was sent with.
    #[must_use]
    pub(crate) fn without_secrets_of(mut self, token: &str) -> Self {
        in_use::remember(token);
        self.mask();
        self
    }

    /// Masks what it may still hold of a session's secrets: a server may repeat them under any name.
    pub(super) fn hide_secrets(&mut self, captures: &Captures, backend: &dyn Backend) {
        captures.remember_passwords();
        if let Some(token) = backend.actors().token(&self.actor) {
            in_use::remember(&token);
        }
        self.mask();
    }

    fn mask(&mut self) {
        let Self { path, earlier, request, response, request_id, shown_by, .. } = self;
        let texts =
            [path].into_iter().chain(request_id).chain(shown_by).chain(earlier.iter_mut().map(|told| &mut told.end));
        for text in texts {
            *text = without_secrets(text);
        }
        for message in [request, response] {
            for (_, value) in &mut message.headers {
                *value = without_secrets(value);
            }
            mask_texts(&mut message.body);
        }
    }
}

impl From<&Attempt> for EarlierAttempt {
    fn from(attempt: &Attempt) -> Self {
        Self {
            end: attempt.end.to_string(),
            request_id: attempt.request_id.as_ref().map(ToString::to_string),
            client_request_id: attempt.client_request_id.clone(),
        }
    }
}

fn request(call: &Call) -> TracedMessage {
    let mut headers = redacted::request_headers(&call.headers);
    let media_type = match (&call.body, &call.file) {
        (Some(_), _) => Some("application/json"),
        (None, file) => file.as_ref().map(|file| file.media_type.as_str()),
    };
    headers.extend(media_type.map(|media_type| ("content-type".to_owned(), media_type.to_owned())));
    TracedMessage { headers, body: text_or_json(redacted::request_body(call)) }
}

fn text_or_json(body: RequestBody) -> Value {
    match body {
        RequestBody::Empty => Value::Null,
        RequestBody::Json(json) => json,
        RequestBody::Text(text) => Value::String(text),
    }
}

fn milliseconds(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// Masks the secrets in use, and what looks like one, in all texts of a document.
pub(crate) fn mask_texts(value: &mut Value) {
    match value {
        Value::String(text) => *text = without_secrets(text),
        Value::Array(items) => items.iter_mut().for_each(mask_texts),
        Value::Object(properties) => properties.values_mut().for_each(mask_texts),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
