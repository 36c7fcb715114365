//! What is made of the messages of a run that did not end: its process was killed, or still plays.
//!
//! Nothing is taken for proved that the messages do not tell: a scenario that was not ended and those that the run did not get to are
//! blocked, and the session is blocked at best.

use std::collections::HashSet;

use crate::report::Opening;
use crate::report::attachment::{AttachedTo, Attachment, Content, VerdictNote};
use crate::report::message::{
    Duration, Envelope, Pickle, ResultStatus, StepBinding, TestCase, TestCaseFinished, TestCaseStarted, TestStep,
    TestStepFinished, TestStepResult, TestStepStarted, Timestamp,
};
use crate::runner::Verdict;

use super::foreign::{ToldSession, session_end};

/// The word for the backend, which is told at the end of a session only.
const BACKEND: &str = "not told";
const CUT_OFF: &str = "the run did not end: it was killed here, or still plays";
const NOT_REACHED: &str = "the run did not end, and did not get to it";

/// Ends a scenario where its messages end.
pub(super) fn end_scenario(messages: &mut Vec<Envelope<'static>>, at: Timestamp) {
    block_rest(messages, CUT_OFF, at);
}

/// Ends a scenario: each step that did not end is blocked.
fn block_rest(messages: &mut Vec<Envelope<'static>>, why: &str, at: Timestamp) {
    let Some(Envelope::TestCase(TestCase { test_steps, .. })) = messages.first().cloned() else { return };
    let (mut case, mut begun, mut ended) = (None, HashSet::new(), HashSet::new());
    for message in &*messages {
        match message {
            Envelope::TestCaseStarted(started) => case = Some(started.id.clone()),
            Envelope::TestStepStarted(started) => drop(begun.insert(started.test_step_id.clone())),
            Envelope::TestStepFinished(finished) => drop(ended.insert(finished.test_step_id.clone())),
            _ => {}
        }
    }
    let Some(case) = case else { return };
    for TestStep { id, .. } in test_steps.iter().filter(|step| !ended.contains(&step.id)) {
        if !begun.contains(id) {
            messages.push(Envelope::TestStepStarted(TestStepStarted {
                test_case_started_id: case.clone(),
                test_step_id: id.clone(),
                timestamp: at,
            }));
        }
        messages.extend(blocked_end(&case, id, why, at));
    }
    messages.push(Envelope::TestCaseFinished(TestCaseFinished {
        test_case_started_id: case,
        timestamp: at,
        will_be_retried: false,
    }));
}

/// A scenario that the run did not get to.
pub(super) fn unreached_scenario(pickle: &Pickle, worker: &str, at: Timestamp) -> Vec<Envelope<'static>> {
    let (id, started) = (format!("t0.{}", pickle.id), format!("t0.{}.0", pickle.id));
    let step = |(place, step): (usize, &crate::report::message::PickleStep)| TestStep {
        id: format!("{id}-{place}"),
        pickle_step_id: step.id.clone(),
        binding: StepBinding::Kept(Box::default()),
    };
    let test_steps = pickle.steps.iter().enumerate().map(step).collect();
    let mut messages = vec![
        Envelope::TestCase(TestCase {
            id: id.clone(),
            pickle_id: pickle.id.clone(),
            test_steps,
            test_run_started_id: String::new(),
        }),
        Envelope::TestCaseStarted(TestCaseStarted {
            attempt: 0,
            id: started,
            test_case_id: id,
            worker_id: worker.to_owned(),
            timestamp: at,
        }),
    ];
    block_rest(&mut messages, NOT_REACHED, at);
    messages
}

/// The end of a session of which these messages were read: the scenarios, then what was attached to its end.
pub(super) fn end_session(
    (name, opening): (&str, &Opening),
    scenarios: &[Envelope<'static>],
    end: Vec<Envelope<'static>>,
    at: Timestamp,
) -> Vec<Envelope<'static>> {
    let tutorial = opening.features.first().and_then(|feature| feature.document.uri.rsplit(['/', '\\']).nth(1));
    let told = ToldSession { name, backend: BACKEND, tutorial: tutorial.unwrap_or(name), best: Verdict::Blocked };
    let [begins, note, ends] = session_end(&told, scenarios, None, at);
    let is_kept = |message: &Envelope<'_>| match message {
        Envelope::Attachment(attachment) => !matches!(attachment.content, Content::Session(_)),
        _ => false,
    };
    let kept = end.into_iter().filter(is_kept);
    std::iter::once(begins).chain(kept).chain([note, ends]).collect()
}

/// The end of a step that is blocked, and why.
fn blocked_end(case: &str, step: &str, why: &str, at: Timestamp) -> [Envelope<'static>; 2] {
    let note = VerdictNote { verdict: Verdict::Blocked, reason: Some(why.to_owned()) };
    let to = AttachedTo::Step { case: case.to_owned(), step: step.to_owned() };
    [
        Envelope::Attachment(Box::new(Attachment { content: Content::Verdict(note), to, timestamp: at })),
        Envelope::TestStepFinished(TestStepFinished {
            test_case_started_id: case.to_owned(),
            test_step_id: step.to_owned(),
            test_step_result: TestStepResult {
                duration: Duration::default(),
                message: Some(format!("blocked: {why}")),
                status: ResultStatus::Skipped,
                exception: None,
            },
            timestamp: at,
        }),
    ]
}
