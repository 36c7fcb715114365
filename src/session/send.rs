//! Sending one request through the layers, and what the session keeps of it.

use graphwalk_client::Exchange;
use graphwalk_schema::{Findings, SchemaError};

use super::layers::look_up::LookUpLayer;
use super::layers::record::RecordLayer;
use super::layers::settle::Settle;
use super::layers::{Around, Validate};
use super::{Call, ExchangeLog, Failure, Guard, HeldExchange, Journalled, Session, TracedExchange, Tracing, Watcher};

impl Session {
    /// Sends a request, validates what is sent and what comes, and remembers the exchange as the last one.
    ///
    /// It is sent again where Graph asks for that, or where that can help and does no harm; where reads may lag, also while
    /// what this session created just before is not found. An answer that was lost is looked for: see [`Call::lookup`].
    ///
    /// # Errors
    ///
    /// A failure if the actor has no token, a payload violates its schema (a request is then not sent at all), nothing
    /// answers, or the recording has no such request. An error status is no failure: steps say which status they expect.
    pub async fn send(&mut self, call: &Call) -> Result<&Exchange, Failure> {
        self.calls.note(call, &self.place);
        self.note_sent(call);
        self.script.sends(call, &self.captures, self.backend.clock().now());
        self.traffic.forget_last();
        let (layers, mut around) = self.apart();
        let answer = layers.send(call, &mut around).await?;
        if self.is_eventual() {
            self.last_read = (call.method == "GET").then(|| call.clone());
        }
        // Kept before it is judged: what it created has to be cleaned up, however wrong the answer is.
        self.script.answered(&answer.exchange);
        self.last = Some(answer.exchange);
        match answer.fault {
            Some(fault) => Err(fault),
            None => self.last(),
        }
    }

    /// Returns the findings about the last answer, `exchange`, as a value of a type or as a list of it.
    ///
    /// # Errors
    ///
    /// If there is no such type, or its schema is broken.
    pub fn check_last_as(&self, type_name: &str, many: bool, exchange: &Exchange) -> Result<Findings, SchemaError> {
        self.layers.check_as(type_name, many, exchange)
    }

    /// Fails on violations, and on drift under `--strict`; else keeps the drift for the report.
    ///
    /// # Errors
    ///
    /// The failure, with `code` and `message` if it is of violations.
    #[doc(hidden)]
    pub fn judge(
        &mut self,
        findings: Findings,
        code: &'static str,
        message: &str,
        notes: &[String],
    ) -> Result<(), Failure> {
        let (layers, mut around) = self.apart();
        layers.judge(findings, code, message, notes, &mut around)
    }

    /// Makes `guard` judge every write from now on.
    pub(crate) fn guard_by(&mut self, guard: Guard) {
        self.layers.guarded.guard = Some(guard);
    }

    /// Returns the judge of its writes, on a real tenant.
    pub(crate) fn guard(&self) -> Option<&Guard> {
        self.layers.guarded.guard.as_ref()
    }

    pub(super) fn guard_mut(&mut self) -> Option<&mut Guard> {
        self.layers.guarded.guard.as_mut()
    }

    /// Makes `journal` list every create from now on, before it is sent.
    pub(crate) fn write_into(&mut self, journal: Journalled) {
        self.layers.guarded.journal = Some(journal);
    }

    pub(super) fn has_journal(&self) -> bool {
        self.layers.guarded.journal.is_some()
    }

    /// Its exchanges whole, if somebody records it.
    #[doc(hidden)]
    pub fn log(&self) -> &ExchangeLog {
        &self.layers.record().log
    }

    /// The same, to begin it or to take from it.
    #[doc(hidden)]
    pub fn log_mut(&mut self) -> &mut ExchangeLog {
        &mut self.layers.record_mut().log
    }

    /// Says which exchanges reports are given: see [`Session::take_traffic`].
    pub(crate) fn trace(&mut self, tracing: Tracing) {
        self.traffic.trace(tracing);
    }

    /// Says who hears of each exchange at once, as far as they are traced.
    #[doc(hidden)]
    pub fn watch(&mut self, watcher: Option<Watcher>) {
        self.traffic.watch(watcher);
    }

    /// Masks what an exchange may hold of the session's secrets.
    pub(crate) fn hide_secrets(&self, exchange: &mut TracedExchange) {
        exchange.hide_secrets(&self.captures, self.backend.as_ref());
    }

    /// The exchanges since this was last asked, as far as they are traced. If the step has `failed`, the one that it is about is
    /// the last of them, whether or not the step has made it.
    pub(crate) fn take_traffic(&mut self, failed: bool) -> Vec<TracedExchange> {
        let mut made: Vec<TracedExchange> = self.hold_traffic().iter().map(HeldExchange::traced).collect();
        if failed && let Some(judged) = self.judged_exchange() {
            made.retain(|exchange| exchange.number != judged.number);
            made.push(judged);
        }
        made.iter_mut().for_each(|exchange| exchange.host.clone_from(&self.profile.host));
        made
    }

    /// The exchanges since this was last asked, for when it is known whether they are wanted.
    pub(crate) fn hold_traffic(&mut self) -> Vec<HeldExchange> {
        self.traffic.take()
    }

    /// The exchange that a step which fails now is about: the last of the scenario. `None` if nothing was sent, also where the
    /// last request was refused before it was sent.
    fn judged_exchange(&self) -> Option<TracedExchange> {
        let last = self.traffic.last()?;
        let answer = last.answered.and(self.last.as_deref());
        Some(last.traced(answer))
    }

    /// The layers, and what they need of the rest of the session.
    pub(super) fn apart(&mut self) -> (&mut Validate, Around<'_>) {
        let Self { layers, captures, naming, resources, place, seen, doing, traffic, .. } = self;
        (layers, Around { captures, naming, resources, place, seen, doing, traffic })
    }
}

/// The requests of the session to the layer, beside sending.
impl Validate {
    pub(super) fn settle(&self) -> &Settle {
        &self.guarded.pages.settle
    }

    pub(super) fn settle_mut(&mut self) -> &mut Settle {
        &mut self.guarded.pages.settle
    }

    pub(super) fn record(&self) -> &RecordLayer {
        &self.settle().record
    }

    pub(super) fn record_mut(&mut self) -> &mut RecordLayer {
        &mut self.settle_mut().record
    }

    pub(super) fn look_up(&self) -> &LookUpLayer {
        &self.record().look_up
    }

    pub(super) fn look_up_mut(&mut self) -> &mut LookUpLayer {
        &mut self.record_mut().look_up
    }
}
