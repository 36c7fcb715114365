//! The messages of a session read as scenarios with their steps.

use std::time::Duration;

use crate::runner::Verdict;

use super::attachment::{AttachedTo, Content, SessionNote};
use super::message::{Envelope, Pickle, Status, TestStepResult};
use super::opening::OpenedFeature;
use super::session_messages::SessionMessages;

/// A scenario as it was played.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The feature.
    pub feature: &'a OpenedFeature,
    /// The scenario.
    pub pickle: &'a Pickle,
    /// Its steps, in order; as many as the scenario has.
    pub steps: Vec<CaseStep<'a>>,
}

/// A step as it was played.
#[derive(Clone, Debug)]
pub struct CaseStep<'a> {
    /// How it ended, in Cucumber's words.
    pub result: &'a TestStepResult,
    /// How it ended, in graphwalk's: of what is skipped in Cucumber's the attachments say whether it was blocked.
    pub verdict: Verdict,
    /// Why it was not played.
    pub reason: Option<&'a str>,
}

/// The scenarios of a session, in the order in which they were played: the id of each, and how its steps ended.
pub(super) fn played<'a>(messages: &'a [Envelope<'_>]) -> Vec<(&'a str, Vec<CaseStep<'a>>)> {
    let mut played: Vec<(&str, Vec<CaseStep<'_>>)> = Vec::new();
    let mut told = None;
    for message in messages {
        match message {
            Envelope::TestCase(case) => played.push((&case.pickle_id, Vec::with_capacity(case.test_steps.len()))),
            Envelope::Attachment(attachment) if matches!(attachment.to, AttachedTo::Step { .. }) => {
                if let Content::Verdict(note) = &attachment.content {
                    told = Some((note.verdict, note.reason.as_deref()));
                }
            }
            Envelope::TestStepFinished(finished) => {
                let result = &finished.test_step_result;
                let (verdict, reason) = told.take().unwrap_or_else(|| plain_verdict(result));
                if let Some((_, steps)) = played.last_mut() {
                    steps.push(CaseStep { result, verdict, reason });
                }
            }
            _ => {}
        }
    }
    played
}

/// What Cucumber's word for the end of a step is in graphwalk's, where no attachment says more.
fn plain_verdict(result: &TestStepResult) -> (Verdict, Option<&str>) {
    let told = result.message.as_deref();
    match result.status {
        Status::Passed => (Verdict::Passed, None),
        Status::Failed | Status::Ambiguous => (Verdict::Failed, None),
        Status::Skipped => (Verdict::Skipped, told),
        Status::Pending => (Verdict::Blocked, told.or(Some("the step is pending"))),
        Status::Undefined => (Verdict::Blocked, told.or(Some("the step is undefined"))),
        Status::Unknown => (Verdict::Blocked, told.or(Some("how the step ended is unknown"))),
    }
}

/// Failed if a step failed, else blocked if one was blocked, else skipped if one was skipped.
pub(super) fn verdict(steps: &[CaseStep<'_>]) -> Verdict {
    steps.iter().map(|step| step.verdict).max().unwrap_or(Verdict::Blocked)
}

/// Why a scenario was blocked or skipped, if it was.
pub(super) fn reason<'a>(steps: &[CaseStep<'a>]) -> Option<&'a str> {
    let verdict = verdict(steps);
    steps.iter().find(|step| step.verdict == verdict).and_then(|step| step.reason)
}

/// What was attached to the whole session, in order.
pub(super) fn session_contents<'a>(messages: &'a [Envelope<'_>]) -> impl Iterator<Item = &'a Content> {
    messages.iter().filter_map(|message| match message {
        Envelope::Attachment(attachment) if matches!(attachment.to, AttachedTo::Session(_)) => {
            Some(&attachment.content)
        }
        _ => None,
    })
}

/// What is to be reported of a whole session.
pub(super) fn session_note<'a>(messages: &'a [Envelope<'_>]) -> Option<&'a SessionNote> {
    session_contents(messages).find_map(|content| match content {
        Content::Session(note) => Some(&**note),
        _ => None,
    })
}

impl SessionMessages<'_> {
    /// The scenarios, in the order in which they were played.
    pub fn cases(&self) -> Vec<Case<'_>> {
        let cases = played(&self.messages).into_iter().filter_map(|(pickle_id, steps)| {
            self.opening
                .features
                .iter()
                .find_map(|feature| {
                    let pickle = feature.pickles.iter().find(|pickle| pickle.id == pickle_id)?;
                    Some((feature, pickle))
                })
                .map(|(feature, pickle)| Case { feature, pickle, steps })
        });
        cases.collect()
    }

    /// What is to be reported of the whole session.
    pub fn session(&self) -> Option<&SessionNote> {
        session_note(&self.messages)
    }

    /// What was attached to the whole session, in order.
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        session_contents(&self.messages)
    }

    /// How the session failed beside its steps, if it did: it could not begin, or something is wrong with the whole of it.
    pub fn failure(&self) -> Option<&TestStepResult> {
        self.messages.iter().find_map(|message| match message {
            Envelope::TestRunHookFinished(finished) => Some(&finished.result).filter(|r| r.status == Status::Failed),
            _ => None,
        })
    }
}

impl Case<'_> {
    /// Failed if a step failed, else blocked if one was blocked, else skipped if one was skipped.
    pub fn verdict(&self) -> Verdict {
        verdict(&self.steps)
    }

    /// The step that failed.
    pub fn failure(&self) -> Option<&CaseStep<'_>> {
        self.steps.iter().find(|step| step.verdict == Verdict::Failed)
    }

    /// Why it was blocked or skipped, if it was.
    pub fn reason(&self) -> Option<&str> {
        reason(&self.steps)
    }

    /// The time of all its steps.
    pub fn took(&self) -> Duration {
        self.steps.iter().map(|step| Duration::from(step.result.duration)).sum()
    }
}

impl SessionNote {
    /// What a report that has no place of its own for it says of a whole session beside its steps: a name and a text each.
    pub fn notes(&self) -> impl Iterator<Item = (&'static str, String)> {
        let changed = self.changed.iter().map(|changed| ("changed", changed.clone()));
        let lags = self.lags.iter().map(|lag| ("lag", lag.clone()));
        let repeated = (self.repeated > 0).then(|| ("repeated", self.repeated.to_string()));
        let resumed = self.resumed.iter().map(|resumed| ("resumed", resumed.clone()));
        let acts = self.acts.iter().map(|act| (if act.is_told { "told, not proved" } else { "act" }, act.act.clone()));
        changed.chain(lags).chain(repeated).chain(resumed).chain(acts)
    }
}
