//! What happened in one session, as messages.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use graphwalk_secrets::masking::without_secrets;

use crate::runner::{
    Plan, PlannedFeature, PlannedStep, ScenarioOutcome, SessionOutcome, StepEnd, StepOutcome, Verdict,
    failure_diagnostic,
};
use crate::session::Heading;

use super::attachment::{AttachedTo, Attachment, Content, ObservationNote, SessionNote, VerdictNote};
use super::masking::{mask_message, masked_message};
use super::message::{
    Envelope, Exception, ResultStatus, StepBinding, TestCase, TestCaseFinished, TestCaseStarted, TestRunHookFinished,
    TestRunHookStarted, TestStep, TestStepFinished, TestStepResult, TestStepStarted,
};
use super::opening::{Opening, RUN, SESSION_END, pickle_id};

/// The messages of one session, in order: each scenario with its steps, then what belongs to the whole session.
#[derive(Debug)]
pub struct SessionMessages<'a> {
    /// With what the run began.
    pub opening: &'a Opening,
    /// The messages.
    pub messages: Vec<Envelope<'a>>,
}

/// The number of a session in its run, 0 for the first; of one of several on a tenant the tenant's place and its own among these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionNumber {
    place: usize,
    part: Option<usize>,
}

impl SessionNumber {
    /// One of several on the tenant at this place.
    pub fn of_tenant(place: usize, part: usize) -> Self {
        Self { place, part: Some(part) }
    }
}

impl From<usize> for SessionNumber {
    fn from(place: usize) -> Self {
        Self { place, part: None }
    }
}

impl fmt::Display for SessionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            Some(part) => write!(f, "{}.{part}", self.place),
            None => write!(f, "{}", self.place),
        }
    }
}

/// The messages of the session with this number. They point into those of the run's opening, and do not need them.
pub(super) fn session_messages(plan: &Plan, number: SessionNumber, outcome: &SessionOutcome) -> Vec<Envelope<'static>> {
    let (began, name) = (outcome.began, without_secrets(&outcome.name));
    let mut telling = Telling { plan, number, name, began, messages: Vec::with_capacity(512) };
    for feature in &outcome.features {
        for scenario in &feature.scenarios {
            telling.scenario(feature.index, scenario);
        }
    }
    telling.session_end(outcome);
    telling.messages
}

/// Masks what steps observed, which is long, and few formats read.
pub(super) fn mask_observations(messages: &mut [Envelope<'_>]) {
    for message in messages {
        if let Envelope::Attachment(attachment) = message
            && let Content::Observation(note) = &mut attachment.content
        {
            mask_message(note);
        }
    }
}

/// Gives the session whose messages these are another number: of several runs in one report, each calls its first one 0.
pub(crate) fn renumber(messages: &mut [Envelope<'_>], number: usize) {
    let id = session_id(number.into());
    for message in messages {
        match message {
            Envelope::TestRunHookStarted(started) => started.id.clone_from(&id),
            Envelope::TestRunHookFinished(finished) => finished.test_run_hook_started_id.clone_from(&id),
            Envelope::Attachment(attachment) => {
                if let AttachedTo::Session(of_session) = &mut attachment.to {
                    of_session.clone_from(&id);
                }
            }
            _ => {}
        }
    }
}

/// The id of what ends the session with this number.
fn session_id(number: SessionNumber) -> String {
    format!("s{number}")
}

/// The messages of a scenario of the first session, which has this name and may still play.
pub(super) fn scenario_messages(
    plan: &Plan,
    name: &str,
    feature: usize,
    scenario: &ScenarioOutcome,
) -> Vec<Envelope<'static>> {
    let began = scenario.began.unwrap_or_else(jiff::Timestamp::now);
    let mut telling = Telling { plan, number: 0.into(), name: without_secrets(name), began, messages: Vec::new() };
    telling.scenario(feature, scenario);
    telling.messages
}

struct Telling<'o> {
    plan: &'o Plan,
    number: SessionNumber,
    /// The name of the session.
    name: String,
    /// The time when the session began.
    began: jiff::Timestamp,
    messages: Vec<Envelope<'static>>,
}

impl Telling<'_> {
    fn scenario(&mut self, feature: usize, scenario: &ScenarioOutcome) {
        let pickle_id = pickle_id(feature, scenario.index);
        let id = format!("t{}.{pickle_id}", self.number);
        let started_id = format!("{id}.0");
        let planned = &self.plan.features[feature].scenarios[scenario.index].steps;
        let step_ids: Vec<String> = (0..scenario.steps.len()).map(|place| format!("{id}-{place}")).collect();
        let test_step = |(place, (step, id)): (usize, (&PlannedStep, &String))| TestStep {
            id: id.clone(),
            pickle_step_id: format!("{pickle_id}.{place}"),
            binding: StepBinding::Planned { definition: step.definition, arguments: Arc::clone(&step.arguments) },
        };
        let test_steps = planned.iter().zip(&step_ids).enumerate().map(test_step).collect();
        let test_run_started_id = RUN.to_owned();
        self.messages.push(Envelope::TestCase(TestCase { id: id.clone(), pickle_id, test_steps, test_run_started_id }));
        let mut moment = scenario.began.unwrap_or(self.began);
        self.messages.push(Envelope::TestCaseStarted(TestCaseStarted {
            attempt: 0,
            id: started_id.clone(),
            test_case_id: id.clone(),
            worker_id: self.name.clone(),
            timestamp: moment.into(),
        }));
        for ((place, step), id) in scenario.steps.iter().enumerate().zip(step_ids) {
            let ids = (started_id.as_str(), id);
            moment = self.step(&self.plan.features[feature], (scenario.index, place), step, ids, moment);
        }
        self.messages.push(Envelope::TestCaseFinished(TestCaseFinished {
            test_case_started_id: started_id,
            timestamp: moment.into(),
            will_be_retried: false,
        }));
    }

    /// A step; returns when it ended.
    fn step(
        &mut self,
        feature: &PlannedFeature,
        (scenario, place): (usize, usize),
        step: &StepOutcome,
        (case, id): (&str, String),
        began: jiff::Timestamp,
    ) -> jiff::Timestamp {
        let StepOutcome { end, took, exchanges } = step;
        let ended = began.checked_add(*took).unwrap_or(began);
        self.messages.push(Envelope::TestStepStarted(TestStepStarted {
            test_case_started_id: case.to_owned(),
            test_step_id: id.clone(),
            timestamp: began.into(),
        }));
        let (result, contents) = match end {
            StepEnd::Passed => (result(ResultStatus::Passed, *took), Vec::new()),
            StepEnd::Skipped(reason) | StepEnd::Blocked(reason) => {
                let reason = without_secrets(reason);
                let note = VerdictNote { verdict: end.verdict(), reason: Some(reason.clone()) };
                let message = if note.verdict == Verdict::Blocked { format!("blocked: {reason}") } else { reason };
                let result = TestStepResult { message: Some(message), ..result(ResultStatus::Skipped, *took) };
                (result, vec![Content::Verdict(note)])
            }
            StepEnd::Failed(failure) => {
                let fault = failure_diagnostic(feature, scenario, place, failure);
                let verdict = VerdictNote { verdict: Verdict::Failed, reason: None };
                let contents = vec![Content::Verdict(verdict), Content::Failure(Box::new(fault.clone()))];
                (failed(&fault, *took), contents)
            }
        };
        let to = || AttachedTo::Step { case: case.to_owned(), step: id.clone() };
        let exchanges = exchanges.iter().map(|exchange| Content::Exchange(Box::new(exchange.clone())));
        self.attach(exchanges.chain(contents), to, ended);
        self.messages.push(Envelope::TestStepFinished(TestStepFinished {
            test_case_started_id: case.to_owned(),
            test_step_id: id,
            test_step_result: result,
            timestamp: ended.into(),
        }));
        ended
    }

    /// Writes the messages about the whole session, and whether it failed beside its steps.
    fn session_end(&mut self, outcome: &SessionOutcome) {
        let id = session_id(self.number);
        let ended = outcome.began.checked_add(outcome.took).unwrap_or(outcome.began);
        self.messages.push(Envelope::TestRunHookStarted(TestRunHookStarted {
            id: id.clone(),
            test_run_started_id: RUN.to_owned(),
            hook_id: SESSION_END.to_owned(),
            worker_id: self.name.clone(),
            timestamp: ended.into(),
        }));
        let contents = session_contents(&self.plan.tutorial, outcome);
        self.attach(contents, || AttachedTo::Session(id.clone()), ended);
        let result = match outcome.failure.as_deref() {
            Some(fault) => failed(fault, Duration::ZERO),
            None => result(ResultStatus::Passed, Duration::ZERO),
        };
        self.messages.push(Envelope::TestRunHookFinished(TestRunHookFinished {
            test_run_hook_started_id: id,
            result,
            timestamp: ended.into(),
        }));
    }

    fn attach(
        &mut self,
        contents: impl IntoIterator<Item = Content>,
        to: impl Fn() -> AttachedTo,
        at: jiff::Timestamp,
    ) {
        let attachments = contents.into_iter().map(|content| Attachment { content, to: to(), timestamp: at.into() });
        self.messages.extend(attachments.map(|attachment| Envelope::Attachment(Box::new(attachment))));
    }
}

fn session_contents(tutorial: &str, outcome: &SessionOutcome) -> Vec<Content> {
    let seen = &outcome.seen;
    let all_masked = |texts: &[String]| texts.iter().map(|text| without_secrets(text)).collect();
    let lags: Vec<String> = seen.lags.iter().map(ToString::to_string).collect();
    let session = SessionNote {
        name: without_secrets(&outcome.name),
        tenant: outcome.tenant.as_deref().map(without_secrets),
        labels: all_masked(&outcome.labels),
        backend: outcome.backend.into(),
        tutorial: tutorial.to_owned(),
        verdict: outcome.verdict(),
        exchanges: seen.exchanges,
        repeated: seen.repeated,
        validated: seen.validated,
        unvalidated: seen.unvalidated,
        unjudged: seen.unjudged,
        changed: all_masked(&seen.changed),
        lags: all_masked(&lags),
        resumed: outcome.earlier(),
        unused: all_masked(&outcome.unused),
        left: all_masked(&outcome.left),
        acts: masked_message(seen.acts.clone()),
        is_search: outcome.is_search,
        is_waiting: outcome.is_waiting,
        waits_until: outcome.waits_until,
        begun: outcome.begun,
        run: outcome.run.clone(),
        clock_moved: outcome.clock_moved.as_secs().unsigned_abs(),
        took: outcome.took.into(),
    };
    let mut contents = vec![Content::Session(Box::new(session))];
    let provenance = outcome.provenance.iter().map(|(word, count)| ((*word).into(), *count));
    contents.push(Content::Provenance(provenance.collect()));
    contents.extend(outcome.outside.iter().map(|exchange| Content::Exchange(Box::new(exchange.clone()))));
    contents.extend(outcome.failure.as_deref().map(|fault| Content::Failure(Box::new(fault.clone()))));
    contents.extend(seen.drift.iter().cloned().map(masked_message).map(Content::Drift));
    for heading in seen.observations.headings() {
        let notes = heading.observed.iter().map(|observation| {
            let Heading { heading, is_shown, .. } = heading;
            let (heading, is_shown, observation) = (heading.clone(), *is_shown, observation.clone());
            Content::Observation(ObservationNote { heading, is_shown, observation })
        });
        contents.extend(notes);
    }
    contents
}

fn result(status: ResultStatus, took: Duration) -> TestStepResult {
    TestStepResult { duration: took.into(), message: None, status, exception: None }
}

fn failed(fault: &crate::diagnostic::Diagnostic, took: Duration) -> TestStepResult {
    let rendered = without_secrets(&fault.render(false));
    let (code, message) = (fault.code.to_owned(), without_secrets(&fault.message));
    let exception = Exception { r#type: code, message, stack_trace: Some(rendered.clone()) };
    TestStepResult { message: Some(rendered), exception: Some(exception), ..result(ResultStatus::Failed, took) }
}
