//! The exchanges of the running step, for those who show them.

use std::rc::Rc;
use std::time::{Duration, Instant};

use graphwalk_client::Exchange;
use graphwalk_recording::Provenance;
use jiff::Timestamp;

use crate::backend::{Backend, Origin};
use crate::session::{Call, Captures, StepPlace, TracedExchange, Tracing};

use super::unrecorded;

/// The exchanges of the running step, as far as reports want them, and the call that the session sent last.
///
/// Unless they are wanted no exchange is kept here: the session has its last answer anyway, and what is told of a failed step is
/// made of that.
#[derive(Default)]
pub struct Traffic {
    tracing: Tracing,
    /// The number of requests that were sent, attempts not counted.
    sent: usize,
    kept: Vec<HeldExchange>,
    last: Option<LastCall>,
    /// The reason for sending requests that belong to no step.
    outside: Option<&'static str>,
    /// Hears of each exchange that is kept, at once.
    watcher: Option<Watcher>,
}

/// Hears of each exchange as soon as it has been answered, with the step that made it. Secrets are masked in it.
pub type Watcher = Rc<dyn Fn(&StepPlace, TracedExchange)>;

/// The maker of an exchange: the step, and the session whose secrets it may hold.
#[derive(Clone, Copy)]
pub(super) struct Maker<'a> {
    pub place: &'a StepPlace,
    pub captures: &'a Captures,
    pub backend: &'a dyn Backend,
}

/// An exchange that may be wanted. It is redacted only if it is, since that takes longer than all the rest.
#[derive(Debug)]
pub struct HeldExchange {
    call: LastCall,
    exchange: Option<Rc<Exchange>>,
    is_own_look: bool,
    outside: Option<&'static str>,
}

/// A call that is being sent or was sent.
#[derive(Clone, Debug)]
pub(in crate::session) struct LastCall {
    pub number: usize,
    pub call: Rc<Call>,
    pub sent: SendTime,
    /// The origin of its answer, and the time that it took here; `None` if it has none.
    pub answered: Option<(Origin, Duration)>,
}

/// The time when a request was sent: on the backend's clock, and on this machine's for its duration.
#[derive(Clone, Copy, Debug)]
pub struct SendTime {
    pub at: Timestamp,
    pub clock: Instant,
}

impl SendTime {
    pub(super) fn now(backend: &dyn Backend) -> Self {
        Self { at: backend.clock().now(), clock: Instant::now() }
    }

    /// Returns the origin of the answer that has just come.
    pub(super) fn origin(&self, backend: &dyn Backend) -> Origin {
        backend.origin(self.at, self.clock.elapsed())
    }
}

impl Traffic {
    /// Says which exchanges are wanted.
    pub fn trace(&mut self, tracing: Tracing) {
        self.tracing = tracing;
    }

    /// Says who hears of each exchange at once.
    pub fn watch(&mut self, watcher: Option<Watcher>) {
        self.watcher = watcher;
    }

    /// Says why requests are sent that belong to no step; `None` where they do again.
    pub fn mark_outside(&mut self, why: Option<&'static str>) {
        self.outside = why;
    }

    /// The number of the exchange that was made last.
    pub fn number(&self) -> usize {
        self.sent
    }

    /// Numbers what is sent from now on behind `number`: another session made that many before.
    pub fn number_behind(&mut self, number: usize) {
        self.sent = number;
    }

    /// Forgets the last call: what fails from now on is not about its answer.
    pub fn forget_last(&mut self) {
        self.last = None;
    }

    /// Notes that a call is sent which a feature asks for.
    pub(super) fn sending(&mut self, call: &Call, sent: SendTime) {
        self.sent += 1;
        self.last = Some(LastCall { number: self.sent, call: Rc::new(call.clone()), sent, answered: None });
    }

    /// Notes the answer to it, which comes from `origin`.
    pub(super) fn answered(&mut self, exchange: &Rc<Exchange>, origin: Origin, maker: Maker<'_>) {
        let Some(last) = &mut self.last else { return };
        last.answered = Some((origin, last.sent.clock.elapsed()));
        self.hold_last(Some(exchange), maker);
    }

    /// Notes that it got no answer; if it was not sent at all, `is_sent` is false.
    pub(super) fn unanswered(&mut self, is_sent: bool, maker: Maker<'_>) {
        if is_sent {
            self.hold_last(None, maker);
        } else {
            self.last = None;
        }
    }

    /// Notes a request that no feature asks for, and its answer, if there is one.
    pub(super) fn own_look(&mut self, call: &Call, exchange: Option<&Rc<Exchange>>, sent: SendTime, maker: Maker<'_>) {
        self.sent += 1;
        if self.is_wanted() {
            let answered = exchange.map(|_| (sent.origin(maker.backend), sent.clock.elapsed()));
            let call = LastCall { number: self.sent, call: Rc::new(call.clone()), sent, answered };
            self.hold(call, exchange, true, maker);
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

    /// Holds the exchange of the last call, if it may be wanted.
    fn hold_last(&mut self, exchange: Option<&Rc<Exchange>>, maker: Maker<'_>) {
        if let Some(call) = self.last.clone().filter(|_| self.is_wanted()) {
            self.hold(call, exchange, false, maker);
        }
    }

    fn hold(&mut self, call: LastCall, exchange: Option<&Rc<Exchange>>, is_own_look: bool, maker: Maker<'_>) {
        let held = HeldExchange { call, exchange: exchange.cloned(), is_own_look, outside: self.outside };
        if let Some(watcher) = &self.watcher {
            let mut traced = held.traced();
            traced.hide_secrets(maker.captures, maker.backend);
            watcher(maker.place, traced);
        }
        self.kept.push(held);
    }

    fn is_wanted(&self) -> bool {
        self.tracing > Tracing::OfFailure
    }
}

impl HeldExchange {
    /// The exchange, redacted.
    pub fn traced(&self) -> TracedExchange {
        let outside = self.outside.map(Into::into);
        TracedExchange { is_own_look: self.is_own_look, outside, ..self.call.traced(self.exchange.as_deref()) }
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

/// Returns the origin of an answer that took so long here. A recording that does not have it says nothing of it, and of
/// many answers nobody has recorded how long they took.
fn of_answer(exchange: &Exchange, origin: Origin, took: Duration) -> Origin {
    let origin = if origin.took.is_zero() { Origin { took, ..origin } } else { origin };
    match unrecorded(exchange) {
        Some(_) => Origin { provenance: Provenance::Unknown, entry: None, ..origin },
        None => origin,
    }
}
