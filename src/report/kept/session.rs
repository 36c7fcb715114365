//! The messages of a session, read again: each scenario with its steps, then what belongs to the whole session.

use std::collections::{HashMap, HashSet};

use crate::report::Opening;
use crate::report::message::{
    Envelope, Exception, ResultStatus, TestCase, TestCaseFinished, TestCaseStarted, TestStepFinished, TestStepResult,
    Timestamp,
};

use super::cut;
use super::line::KeptLine;

/// The part of a session that was read so far. Programs that play several scenarios at once mix their messages: here they
/// stand one scenario after the other, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct KeptSession {
    cases: HashMap<String, TestCase>,
    attempts: Vec<KeptAttempt>,
    /// The place of each attempt, by the id of its beginning.
    places: HashMap<String, usize>,
    /// The messages about the whole session.
    end: Vec<Envelope<'static>>,
}

/// A scenario that was played once.
#[derive(Debug)]
struct KeptAttempt {
    messages: Vec<Envelope<'static>>,
    /// The ids of what other programs do before and after steps: it is no step.
    beside: HashSet<String>,
    /// The failure of something of that.
    failed_beside: Option<TestStepResult>,
    is_repeated: bool,
}

impl KeptSession {
    /// Returns whether nothing of a session was read.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty() && self.attempts.is_empty() && self.end.is_empty()
    }

    /// Takes a message of a session.
    ///
    /// # Errors
    ///
    /// A sentence that says why it cannot stand here.
    pub fn take(&mut self, line: KeptLine, opening: &Opening) -> Result<(), String> {
        match line {
            KeptLine::TestCase(case) => drop(self.cases.insert(case.id.clone(), case)),
            KeptLine::TestCaseStarted(started) => self.begin(started, opening)?,
            KeptLine::TestStepStarted(started) => {
                let attempt = self.attempt(&started.test_case_started_id)?;
                if !attempt.beside.contains(&started.test_step_id) {
                    attempt.messages.push(Envelope::TestStepStarted(started));
                }
            }
            KeptLine::TestStepFinished(finished) => {
                self.attempt(&finished.test_case_started_id)?.end_step(finished);
            }
            KeptLine::TestCaseFinished(finished) => {
                self.attempt(&finished.test_case_started_id)?.end(finished);
            }
            KeptLine::Attachment(attachment) => {
                let case = attachment.case().map(str::to_owned);
                let Some(read) = attachment.read(opening)? else { return Ok(()) };
                let message = Envelope::Attachment(Box::new(read));
                match case {
                    Some(case) => self.attempt(&case)?.messages.push(message),
                    None => self.end.push(message),
                }
            }
            KeptLine::TestRunHookStarted(started) => self.end.push(Envelope::TestRunHookStarted(started)),
            KeptLine::TestRunHookFinished(finished) => self.end.push(Envelope::TestRunHookFinished(finished)),
            KeptLine::Meta(_) => return Err("a second run begins here: give each run a file of its own".to_owned()),
            _ => {}
        }
        Ok(())
    }

    /// All messages. Attempts after which the scenario was tried again are left out.
    pub fn finish(self) -> Vec<Envelope<'static>> {
        let last = self.attempts.into_iter().filter(|attempt| !attempt.is_repeated);
        last.flat_map(|attempt| attempt.messages).chain(self.end).collect()
    }

    /// All messages of one that did not end; `has_rest` says whether it is the only one, so that it would have played all scenarios.
    pub fn finish_early(self, opening: &Opening, has_rest: bool, at: Timestamp) -> Vec<Envelope<'static>> {
        let mut scenarios = Vec::new();
        let (mut worker, mut told) = (String::new(), HashSet::new());
        for mut attempt in self.attempts.into_iter().filter(|attempt| !attempt.is_repeated) {
            if !matches!(attempt.messages.last(), Some(Envelope::TestCaseFinished(_))) {
                cut::end_scenario(&mut attempt.messages, at);
            }
            for message in &attempt.messages {
                match message {
                    Envelope::TestCase(case) => drop(told.insert(case.pickle_id.clone())),
                    Envelope::TestCaseStarted(started) => worker.clone_from(&started.worker_id),
                    _ => {}
                }
            }
            scenarios.extend(attempt.messages);
        }
        if worker.is_empty() {
            worker.push_str("the session");
        }
        let pickles = opening.features.iter().flat_map(|feature| &feature.pickles);
        for pickle in pickles.filter(|pickle| has_rest && !told.contains(&pickle.id)) {
            scenarios.extend(cut::unreached_scenario(pickle, &worker, at));
        }
        let end = cut::end_session((&worker, opening), &scenarios, self.end, at);
        scenarios.into_iter().chain(end).collect()
    }

    fn begin(&mut self, started: TestCaseStarted, opening: &Opening) -> Result<(), String> {
        let mut case = self
            .cases
            .get(&started.test_case_id)
            .cloned()
            .ok_or_else(|| format!("no testCase came before that has the id \"{}\"", started.test_case_id))?;
        let mut pickles = opening.features.iter().flat_map(|feature| &feature.pickles);
        if !pickles.any(|pickle| pickle.id == case.pickle_id) {
            return Err(format!("no pickle came before that has the id \"{}\"", case.pickle_id));
        }
        let beside =
            case.test_steps.extract_if(.., |step| step.pickle_step_id.is_empty()).map(|step| step.id).collect();
        self.places.insert(started.id.clone(), self.attempts.len());
        let messages = vec![Envelope::TestCase(case), Envelope::TestCaseStarted(started)];
        self.attempts.push(KeptAttempt { messages, beside, failed_beside: None, is_repeated: false });
        Ok(())
    }

    fn attempt(&mut self, id: &str) -> Result<&mut KeptAttempt, String> {
        let place = self.places.get(id).copied();
        let attempt = place.and_then(|place| self.attempts.get_mut(place));
        attempt.ok_or_else(|| format!("no testCaseStarted came before that has the id \"{id}\""))
    }
}

impl KeptAttempt {
    fn end_step(&mut self, finished: TestStepFinished) {
        if !self.beside.contains(&finished.test_step_id) {
            self.messages.push(Envelope::TestStepFinished(finished));
        } else if finished.test_step_result.status == ResultStatus::Failed {
            self.failed_beside = Some(finished.test_step_result);
        }
    }

    /// Ends it. What failed before or after steps is told at the first step that was not played for it, else at the last.
    fn end(&mut self, finished: TestCaseFinished) {
        self.is_repeated = finished.will_be_retried;
        if let Some(mut result) = self.failed_beside.take() {
            let steps = self.messages.iter_mut().filter_map(|message| match message {
                Envelope::TestStepFinished(finished) => Some(&mut finished.test_step_result),
                _ => None,
            });
            let mut steps: Vec<&mut TestStepResult> = steps.collect();
            let place = steps.iter().position(|step| step.status == ResultStatus::Skipped);
            let place = place.unwrap_or(steps.len().saturating_sub(1));
            if let Some(step) = steps.get_mut(place) {
                let told = result.message.unwrap_or_default();
                result.message = Some(format!("what runs beside the steps failed: {told}"));
                result.exception.get_or_insert_with(|| Exception {
                    r#type: "hook".to_owned(),
                    message: told,
                    stack_trace: None,
                });
                **step = result;
            }
        }
        self.messages.push(Envelope::TestCaseFinished(finished));
    }
}
