//! Every exchange of a session whole, for those who record it.

use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, Instant};

use graphwalk_client::{Exchange, ResponseBody};
use graphwalk_recording::{Provenance, REQUEST_HEADERS, RESPONSE_HEADERS, RecordedExchange, RequestBody};
use graphwalk_secrets::in_use;
use graphwalk_secrets::masking;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::{Position, Url};

use crate::backend::Backend;

use crate::session::Call;

/// Every exchange of a session, in order, or nothing at all if nobody records it.
///
/// It holds no secret: no `Authorization` is ever given to it, of the other headers only those of a list are kept, and
/// passwords and tokens are dropped from bodies before they are.
#[derive(Default)]
pub struct ExchangeLog {
    exchanges: Option<Vec<RecordedExchange>>,
    /// The places of requests' bodies that are otherwise each time.
    volatile: BTreeSet<String>,
    /// The times until which the session let time pass.
    waits: Vec<Timestamp>,
    step: Option<u8>,
}

/// The time when a request was sent: on the backend's clock, and on this machine's for its duration.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    at: Timestamp,
    clock: Instant,
}

impl ExchangeLog {
    /// Begins to keep exchanges.
    pub fn begin(&mut self) {
        self.exchanges.get_or_insert_default();
    }

    /// Takes the exchanges, if any were to be kept; afterwards the log is empty.
    pub fn take(&mut self) -> Option<Vec<RecordedExchange>> {
        self.exchanges.as_mut().map(std::mem::take)
    }

    /// Says which step of the tutorial the next exchanges belong to.
    pub fn enter_step(&mut self, step: u8) {
        self.step = Some(step);
    }

    /// Forgets the last answer to a call, which is sent again since the answer missed what had just been written. Whoever
    /// replays the recording does not wait, and gets the one that the session went on with.
    pub fn supersede(&mut self, call: &Call) {
        let Some(exchanges) = &mut self.exchanges else { return };
        let (method, path) = (call.method.to_uppercase(), normal(&call.path));
        let same = |kept: &RecordedExchange| kept.actor == call.actor && kept.method == method && kept.path == path;
        if let Some(last) = exchanges.iter().rposition(same) {
            exchanges.remove(last);
        }
    }

    /// Notes that the session let time pass for `span`, and that it is `now` after that. Whoever replays the recording counts
    /// the span from the answer before it.
    pub fn note_wait(&mut self, span: SignedDuration, now: Timestamp) {
        if let Some(last) = self.exchanges.as_ref().and_then(|exchanges| exchanges.last()) {
            self.waits.push(last.started.saturating_add(span).unwrap_or(now).min(now));
        }
    }

    /// Notes that the session let time pass until a date.
    pub fn note_wait_until(&mut self, until: Timestamp) {
        let last = self.exchanges.as_ref().and_then(|exchanges| exchanges.last());
        if last.is_some_and(|last| last.started < until) {
            self.waits.push(until);
        }
    }

    /// Returns the times until which the session let time pass, in order.
    pub fn waits(&self) -> &[Timestamp] {
        &self.waits
    }

    /// The places of requests' bodies that are otherwise each time: JSON pointers.
    pub fn volatile(&self) -> impl Iterator<Item = &str> {
        self.volatile.iter().map(String::as_str)
    }

    /// Returns the exchanges so far, if any are to be kept.
    pub fn exchanges(&self) -> Option<&[RecordedExchange]> {
        self.exchanges.as_deref()
    }

    /// Returns the number of exchanges that are kept.
    fn len(&self) -> usize {
        self.exchanges.as_ref().map_or(0, Vec::len)
    }

    /// Notes the time right before a request is sent, for [`ExchangeLog::record`].
    pub fn sending(&self, backend: &dyn Backend) -> Option<Sent> {
        self.exchanges.is_some().then(|| Sent { at: backend.clock().now(), clock: Instant::now() })
    }

    /// Keeps an exchange, if exchanges are kept.
    pub fn record(&mut self, call: &Call, exchange: &Exchange, sent: Option<Sent>, backend: &dyn Backend) {
        let (Some(exchanges), Some(sent)) = (&mut self.exchanges, sent) else { return };
        self.volatile.extend(call.volatile.iter().cloned());
        let origin = backend.origin(sent.at, sent.clock.elapsed());
        // A tenant's clock may turn out to have been wrong; the times of a recording go forward.
        for earlier in exchanges.iter_mut().rev().take_while(|earlier| earlier.started > origin.started) {
            earlier.started = origin.started;
        }
        let recovered = exchange.recovered.is_some();
        let (status, body) =
            if recovered { lost_answer(call, exchange) } else { (exchange.status, exchange.body.clone()) };
        let (media_type, response) = answer(&body);
        exchanges.push(RecordedExchange {
            is_shortened: origin.is_shortened,
            entry: exchanges.len() + 1,
            actor: call.actor.clone(),
            actor_known: true,
            step: self.step,
            provenance: if recovered { Provenance::Inferred } else { origin.provenance },
            started: origin.started,
            took: Duration::from_millis(u64::try_from(origin.took.as_millis()).unwrap_or(u64::MAX)),
            method: call.method.to_uppercase(),
            path: normal(&call.path),
            request_headers: request_headers(&call.headers),
            request: request_body(call),
            status,
            headers: if recovered { Vec::new() } else { response_headers(exchange) },
            media_type: media_type.to_owned(),
            response: response.into(),
        });
    }
}

fn request_body(call: &Call) -> RequestBody {
    match (&call.body, &call.file) {
        (Some(body), _) => {
            let mut body = body.clone();
            masking::drop_from(&mut body);
            RequestBody::Json(body)
        }
        // The file stands beside the feature: a recording need not hold it again.
        (None, Some(file)) => RequestBody::Text(graphwalk_recording::digest(&file.bytes)),
        (None, None) => RequestBody::Empty,
    }
}

/// Returns the answer that must have been lost, where it was found out that the request was done: Graph answers a `POST`
/// that creates something with it, and a change or a deletion with nothing.
fn lost_answer(call: &Call, found: &Exchange) -> (u16, ResponseBody) {
    match call.method.as_str() {
        "POST" if found.json().is_some() => {
            let mut body = found.body.clone();
            if let (ResponseBody::Json(Value::Object(created)), Some(lookup)) = (&mut body, &call.lookup) {
                created.extend(lookup.first.clone());
            }
            (201, body)
        }
        _ => (204, ResponseBody::Empty),
    }
}

/// The path as it goes over the wire: what a URL cannot hold is percent-encoded.
fn normal(path: &str) -> String {
    let path = masking::dropped_from_text(path);
    match Url::parse("https://graph.microsoft.com").and_then(|base| base.join(&path)) {
        Ok(url) => url[Position::BeforePath..Position::AfterQuery].to_owned(),
        Err(_) => path,
    }
}

fn request_headers(headers: &[(String, String)]) -> Vec<(String, String)> {
    let named = headers.iter().map(|(name, value)| (name.to_lowercase(), masking::dropped_from_text(value)));
    named.filter(|(name, _)| REQUEST_HEADERS.contains(&name.as_str())).collect()
}

fn response_headers(exchange: &Exchange) -> Vec<(String, String)> {
    let kept =
        exchange.headers.iter().filter(|(name, _)| RESPONSE_HEADERS.contains(name) && *name != "client-request-id");
    kept.map(|(name, value)| (name.to_owned(), masking::dropped_from_text(&in_use::mask(value.expose())))).collect()
}

fn answer(body: &ResponseBody) -> (&'static str, Vec<u8>) {
    match body {
        ResponseBody::Empty => ("x-unknown", Vec::new()),
        ResponseBody::Json(json) => {
            let mut json = json.clone();
            masking::drop_from(&mut json);
            ("application/json", graphwalk_recording::json_text(&json).into_bytes())
        }
        ResponseBody::Repeats(_) => ("application/json", Vec::new()),
        ResponseBody::Text(text) => {
            ("text/plain", masking::dropped_from_text(&in_use::mask(text.expose())).into_bytes())
        }
    }
}

impl fmt::Debug for ExchangeLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExchangeLog of {} exchanges", self.len())
    }
}
