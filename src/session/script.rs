//! What a session sends, keeps and expects, in order: for code that writes it down for another program.
//!
//! Steps do not write a script: they send, keep and expect as ever, and the session notes what they do. What a step judges by
//! code of its own it tells with [`Session::expects`] or [`Session::judges_by_itself`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use graphwalk_client::Exchange;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Call, Captures, Expectation, Mismatches, Session, Spot, StepPlace};

/// One thing that a step does.
#[derive(Clone, Debug)]
pub struct ScriptLine {
    /// The sentence that does it.
    pub place: StepPlace,
    /// The event.
    pub event: ScriptEvent,
}

/// An event of a step.
#[derive(Clone, Debug)]
pub enum ScriptEvent {
    /// A sentence begins.
    Enters,
    /// It prepares the next request.
    Prepares,
    /// It sends a request; a read that is repeated counts once.
    Sends(Box<ScriptedCall>),
    /// It keeps a value under a name.
    Keeps(String, Value),
    /// It expects something of the last answer.
    Expects(Expectation),
    /// It waits for a moment.
    WaitsUntil(Timestamp),
    /// It waits for so long.
    WaitsFor(SignedDuration),
    /// It waits for what a person does elsewhere.
    AsksPerson(String),
    /// It judges by code of its own, which no expectation describes: what, in words, or the whole sentence.
    Judges(Option<String>),
}

/// A request with its answer.
#[derive(Clone, Debug)]
pub struct ScriptedCall {
    /// The request.
    pub call: Call,
    /// The time on the backend's clock.
    pub sent_at: Timestamp,
    /// The JSON of the answer.
    pub answer: Option<Value>,
    /// The headers of the answer.
    pub headers: Vec<(String, String)>,
    /// Whether it is sent until the expectations that follow hold.
    pub polls: bool,
    /// Whether its address is a link that Graph answered.
    pub follows: bool,
}

/// The script of a session, or nothing if nobody asks for it.
#[derive(Clone, Default)]
pub struct Script(Rc<RefCell<Option<ScriptLog>>>);

#[derive(Default)]
struct ScriptLog {
    place: StepPlace,
    lines: Vec<ScriptLine>,
    /// The values that were kept when it was last looked.
    kept: BTreeMap<String, Value>,
    /// The place among the lines of the last request of the scenario.
    last_call: Option<usize>,
    polls: bool,
    /// Whether the last request is only sent again.
    repeats: bool,
    /// Whether the next request goes to a link.
    follows: bool,
}

impl Script {
    /// Begins to note.
    pub fn begin(&self) {
        self.0.borrow_mut().get_or_insert_default();
    }

    /// Returns what was noted; afterwards nothing is.
    pub fn take(&self) -> Vec<ScriptLine> {
        self.0.borrow_mut().as_mut().map(|log| std::mem::take(&mut log.lines)).unwrap_or_default()
    }

    /// Returns whether anybody asks for it.
    pub fn is_asked_for(&self) -> bool {
        self.0.borrow().is_some()
    }

    fn with(&self, note: impl FnOnce(&mut ScriptLog)) {
        if let Some(log) = self.0.borrow_mut().as_mut() {
            note(log);
        }
    }

    pub(super) fn enter_scenario(&self) {
        self.with(|log| log.last_call = None);
    }

    /// Goes on with another sentence; what the one before has kept is noted.
    pub(super) fn enter_step(&self, place: &StepPlace, captures: &Captures) {
        self.with(|log| {
            log.keeps(captures);
            log.place = place.clone();
            log.polls = false;
            log.note(ScriptEvent::Enters);
        });
    }

    pub(super) fn sends(&self, call: &Call, captures: &Captures, sent_at: Timestamp) {
        self.with(|log| {
            log.keeps(captures);
            if log.repeats && log.last_call.is_some() {
                return;
            }
            log.last_call = Some(log.lines.len());
            let call = ScriptedCall {
                call: call.clone(),
                sent_at,
                answer: None,
                headers: Vec::new(),
                polls: log.polls,
                follows: std::mem::take(&mut log.follows),
            };
            log.note(ScriptEvent::Sends(Box::new(call)));
        });
    }

    pub(super) fn answered(&self, exchange: &Exchange) {
        self.with(|log| {
            if let Some(ScriptEvent::Sends(sent)) = log.last_call.map(|index| &mut log.lines[index].event) {
                sent.answer = exchange.json().cloned();
                let headers = exchange.headers.iter();
                sent.headers = headers.map(|(name, value)| (name.to_owned(), value.expose().to_owned())).collect();
            }
        });
    }

    /// Notes what a step does.
    pub(super) fn note(&self, event: ScriptEvent) {
        self.with(|log| log.note(event));
    }

    /// Notes what the last sentence has kept.
    pub fn keeps(&self, captures: &Captures) {
        self.with(|log| log.keeps(captures));
    }

    /// Says that the next request goes to a link that Graph answered.
    pub(super) fn follows(&self) {
        self.with(|log| log.follows = true);
    }

    /// Says whether what is sent from now on is the last request again, which counts once.
    pub(super) fn repeats(&self, repeats: bool) {
        self.with(|log| log.repeats = repeats);
    }

    /// Says whether what is sent from now on is sent until something holds.
    pub(super) fn polls(&self, polls: bool) {
        self.with(|log| log.polls = polls);
    }

    /// The place that another attempt at a read goes back to.
    pub(super) fn mark(&self) -> usize {
        self.0.borrow().as_ref().map_or(0, |log| log.lines.len())
    }

    /// Forgets what was noted since, but what was kept.
    pub(super) fn back_to(&self, mark: usize) {
        self.with(|log| {
            let tail = log.lines.split_off(mark.min(log.lines.len()));
            log.lines.extend(tail.into_iter().filter(|line| matches!(line.event, ScriptEvent::Keeps(..))));
        });
    }

    /// The place in the last answer of what stands at `pointer` of `document`, a part of that answer.
    fn located(&self, document: &Value, pointer: &str) -> Option<String> {
        let log = self.0.borrow();
        let log = log.as_ref()?;
        let ScriptEvent::Sends(sent) = &log.lines.get(log.last_call?)?.event else { return None };
        let answer = sent.answer.as_ref()?;
        if answer == document {
            return Some(pointer.to_owned());
        }
        let items = answer.get("value")?.as_array()?;
        let index = items.iter().position(|item| item == document)?;
        Some(format!("/value/{index}{pointer}"))
    }

    /// The expectation about what stands at `pointer` of `document`; in words, if that is not in the last answer.
    pub(super) fn of_part(
        &self,
        document: &Value,
        pointer: &str,
        expectation: impl FnOnce(Spot) -> Expectation,
    ) -> ScriptEvent {
        match self.located(document, pointer) {
            Some(pointer) => ScriptEvent::Expects(expectation(Spot::Pointer(pointer))),
            None => ScriptEvent::Judges(None),
        }
    }
}

impl ScriptLog {
    fn note(&mut self, event: ScriptEvent) {
        self.lines.push(ScriptLine { place: self.place.clone(), event });
    }

    fn keeps(&mut self, captures: &Captures) {
        for (name, value) in captures.all() {
            if self.kept.get(name) != Some(value) {
                self.kept.insert(name.to_owned(), value.clone());
                self.note(ScriptEvent::Keeps(name.to_owned(), value.clone()));
            }
        }
    }
}

/// Without what is noted: bodies may hold secrets.
impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Script").field(&self.mark()).finish()
    }
}

impl Session {
    /// Says what a step expects of the last answer, which has been found to be so. What a step compares by [`Mismatches`], or
    /// expects by functions of the session, is known without it.
    pub fn expects(&self, expectation: Expectation) {
        self.script.note(ScriptEvent::Expects(expectation));
    }

    /// Says that a step only prepares the next request.
    pub fn prepares(&self) {
        self.script.note(ScriptEvent::Prepares);
    }

    /// Says what a step judges that no [`Expectation`] describes.
    pub fn judges_by_itself(&self, what: &str) {
        self.script.note(ScriptEvent::Judges(Some(what.to_owned())));
    }

    /// Begins without a mismatch; what is compared is known to whoever writes the session down.
    pub fn mismatches(&self) -> Mismatches {
        Mismatches::noted_in(&self.script)
    }
}
