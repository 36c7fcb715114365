//! Every exchange of a session whole, for those who record it.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use graphwalk_client::Exchange;
use graphwalk_recording::{RecordedExchange, RequestBody};
use jiff::{SignedDuration, Timestamp};

use crate::backend::Origin;
use crate::session::Call;

use super::redacted::{self, RedactedAnswer};

/// Every exchange of a session, in order, or nothing at all if nobody records it.
///
/// It holds no secret: what it is given is redacted first.
#[derive(Default)]
pub struct ExchangeLog {
    exchanges: Option<Vec<RecordedExchange>>,
    /// The places of requests' bodies that are otherwise each time.
    volatile: BTreeSet<String>,
    /// The times until which the session let time pass.
    waits: Vec<Timestamp>,
    step: Option<u8>,
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
        let (method, path) = (call.method.to_uppercase(), redacted::path(&call.path));
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

    /// Keeps an exchange, if exchanges are kept. `origin` belongs to its answer.
    pub fn record(&mut self, call: &Call, exchange: &Exchange, origin: &Origin) {
        let Some(exchanges) = &mut self.exchanges else { return };
        self.volatile.extend(call.volatile.iter().cloned());
        // A tenant's clock may turn out to have been wrong; the times of a recording go forward.
        for earlier in exchanges.iter_mut().rev().take_while(|earlier| earlier.started > origin.started) {
            earlier.started = origin.started;
        }
        let RedactedAnswer { status, provenance, headers, media_type, body } =
            redacted::answer(call, exchange, origin.provenance);
        exchanges.push(RecordedExchange {
            is_shortened: origin.is_shortened,
            entry: exchanges.len() + 1,
            actor: call.actor.clone(),
            actor_known: true,
            step: self.step,
            provenance,
            started: origin.started,
            took: Duration::from_millis(u64::try_from(origin.took.as_millis()).unwrap_or(u64::MAX)),
            method: call.method.to_uppercase(),
            path: redacted::path(&call.path),
            request_headers: redacted::request_headers(&call.headers),
            request: redacted::request_body(call),
            status,
            headers,
            media_type: media_type.to_owned(),
            response: bytes(body).into(),
        });
    }
}

fn bytes(body: RequestBody) -> Vec<u8> {
    match body {
        RequestBody::Empty => Vec::new(),
        RequestBody::Json(json) => graphwalk_recording::json_text(&json).into_bytes(),
        RequestBody::Text(text) => text.into_bytes(),
    }
}

impl fmt::Debug for ExchangeLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExchangeLog of {} exchanges", self.len())
    }
}
