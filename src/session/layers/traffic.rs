//! The exchanges of the running step, for those who show them.

use std::time::{Duration, Instant};

use graphwalk_client::Exchange;
use graphwalk_recording::Provenance;
use jiff::Timestamp;

use crate::backend::{Backend, Origin};
use crate::session::{Call, TracedExchange, Tracing};

use super::unrecorded;

/// The exchanges of the running step, as far as reports want them, and the call that the session sent last.
///
/// Unless they are wanted no exchange is kept here: the session has its last answer anyway, and what is told of a failed step is
/// made of that.
#[derive(Default)]
pub struct Traffic {
    tracing: Tracing,
    /// How many requests were sent, attempts not counted.
    sent: usize,
    kept: Vec<HeldExchange>,
    last: Option<LastCall>,
}

/// An exchange that may be wanted. It is redacted only if it is, since that takes longer than all the rest.
#[derive(Debug)]
pub struct HeldExchange {
    call: LastCall,
    exchange: Option<Exchange>,
    is_own_look: bool,
}

/// A call that is being sent or was sent.
#[derive(Clone, Debug)]
pub(in crate::session) struct LastCall {
    pub number: usize,
    pub call: Call,
    pub sent: Sent,
    /// Where its answer comes from, and how long it took here; `None` if it has none.
    pub answered: Option<(Origin, Duration)>,
}

/// The time when a request was sent: on the backend's clock, and on this machine's for its duration.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub at: Timestamp,
    pub clock: Instant,
}

impl Sent {
    pub(super) fn now(backend: &dyn Backend) -> Self {
        Self { at: backend.clock().now(), clock: Instant::now() }
    }

    /// Where the answer comes from that has just come.
    pub(super) fn origin(&self, backend: &dyn Backend) -> Origin {
        backend.origin(self.at, self.clock.elapsed())
    }
}

impl Traffic {
    /// Says which exchanges are wanted.
    pub fn trace(&mut self, tracing: Tracing) {
        self.tracing = tracing;
    }

    /// Forgets the last call: what fails from now on is not about its answer.
    pub fn forget_last(&mut self) {
        self.last = None;
    }

    /// Notes that a call is sent which a feature asks for.
    pub(super) fn sending(&mut self, call: &Call, sent: Sent) {
        self.sent += 1;
        self.last = Some(LastCall { number: self.sent, call: call.clone(), sent, answered: None });
    }

    /// Notes the answer to it, which comes from `origin`.
    pub(super) fn answered(&mut self, exchange: &Exchange, origin: Origin) {
        let Some(last) = &mut self.last else { return };
        last.answered = Some((origin, last.sent.clock.elapsed()));
        if self.is_wanted() {
            self.hold(Some(exchange));
        }
    }

    /// Notes that it got no answer; if it was not sent at all, `is_sent` is false.
    pub(super) fn unanswered(&mut self, is_sent: bool) {
        if !is_sent {
            self.last = None;
        } else if self.is_wanted() {
            self.hold(None);
        }
    }

    /// Notes a request that no feature asks for, and its answer.
    pub(super) fn own_look(&mut self, call: &Call, exchange: &Exchange, sent: Sent, origin: Origin) {
        self.sent += 1;
        if self.is_wanted() {
            let answered = Some((origin, sent.clock.elapsed()));
            let call = LastCall { number: self.sent, call: call.clone(), sent, answered };
            self.kept.push(HeldExchange { call, exchange: Some(exchange.clone()), is_own_look: true });
        }
    }

    /// The exchanges that were kept since this was last asked.
    pub(in crate::session) fn take(&mut self) -> Vec<HeldExchange> {
        std::mem::take(&mut self.kept)
    }

    /// The call that was sent last in the scenario.
    pub(in crate::session) fn last(&self) -> Option<&LastCall> {
        self.last.as_ref()
    }

    /// Holds the exchange of the last call.
    fn hold(&mut self, exchange: Option<&Exchange>) {
        self.kept.extend(self.last.clone().map(|call| HeldExchange {
            call,
            exchange: exchange.cloned(),
            is_own_look: false,
        }));
    }

    fn is_wanted(&self) -> bool {
        self.tracing > Tracing::OfFailure
    }
}

impl HeldExchange {
    /// The exchange, redacted.
    pub fn traced(&self) -> TracedExchange {
        TracedExchange { is_own_look: self.is_own_look, ..self.call.traced(self.exchange.as_ref()) }
    }
}

impl LastCall {
    /// The exchange that it led to, with its answer if there is one.
    pub fn traced(&self, exchange: Option<&Exchange>) -> TracedExchange {
        match (exchange, self.answered) {
            (Some(exchange), Some((origin, took))) => {
                TracedExchange::answered(self.number, &self.call, exchange, &of_answer(exchange, origin, took))
            }
            _ => TracedExchange::unanswered(self.number, &self.call, self.sent.at, self.sent.clock.elapsed()),
        }
    }
}

/// Where an answer comes from that took so long here. A recording that does not have it says nothing of it, and of many answers
/// nobody has recorded how long they took.
fn of_answer(exchange: &Exchange, origin: Origin, took: Duration) -> Origin {
    let origin = if origin.took.is_zero() { Origin { took, ..origin } } else { origin };
    match unrecorded(exchange) {
        Some(_) => Origin { provenance: Provenance::Unknown, entry: None, ..origin },
        None => origin,
    }
}
