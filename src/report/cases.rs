//! The messages of a session read as scenarios with their steps.

use std::time::Duration;

use graphwalk_secrets::masking::without_secrets;

use crate::runner::Verdict;
use crate::session::Drift;

use super::attachment::{AttachedTo, Content, SessionNote};
use super::message::{Envelope, Pickle, ResultStatus, TestStepResult, Timestamp};
use super::opening::OpenedFeature;
use super::session_messages::SessionMessages;
use super::summary::observed_lines;

/// A scenario as it was played.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// The feature.
    pub feature: &'a OpenedFeature,
    /// The scenario.
    pub pickle: &'a Pickle,
    /// The time when it began.
    pub started: Timestamp,
    /// Its steps, in order; as many as the scenario has.
    pub steps: Vec<CaseStep<'a>>,
}

/// A step as it was played.
#[derive(Clone, Debug)]
pub struct CaseStep<'a> {
    /// The result in Cucumber's words.
    pub result: &'a TestStepResult,
    /// The result in graphwalk's words: of what is skipped in Cucumber's the attachments say whether it was blocked.
    pub verdict: Verdict,
    /// The reason why it was not played.
    pub reason: Option<&'a str>,
    /// The drift of its payloads, a line each.
    pub drift: Vec<String>,
    /// The contents attached to it, in order.
    pub contents: Vec<&'a Content>,
}

/// A scenario that was played: its id, and the results of its steps.
pub(super) struct PlayedCase<'a> {
    pub pickle_id: &'a str,
    pub started: Timestamp,
    pub steps: Vec<CaseStep<'a>>,
}

/// The scenarios of a session, in the order in which they were played.
pub(super) fn played<'a>(messages: &'a [Envelope<'_>]) -> Vec<PlayedCase<'a>> {
    let mut played: Vec<PlayedCase<'_>> = Vec::new();
    let (mut told, mut contents) = (None, Vec::new());
    for message in messages {
        match message {
            Envelope::TestCase(case) => played.push(PlayedCase {
                pickle_id: &case.pickle_id,
                started: Timestamp::default(),
                steps: Vec::with_capacity(case.test_steps.len()),
            }),
            Envelope::TestCaseStarted(started) => {
                if let Some(case) = played.last_mut() {
                    case.started = started.timestamp;
                }
            }
            Envelope::Attachment(attachment) if matches!(attachment.to, AttachedTo::Step { .. }) => {
                if let Content::Verdict(note) = &attachment.content {
                    told = Some((note.verdict, note.reason.as_deref()));
                }
                contents.push(&attachment.content);
            }
            Envelope::TestStepFinished(finished) => {
                let result = &finished.test_step_result;
                let (verdict, reason) = told.take().unwrap_or_else(|| plain_verdict(result));
                if let Some(case) = played.last_mut() {
                    let contents = std::mem::take(&mut contents);
                    case.steps.push(CaseStep { result, verdict, reason, drift: Vec::new(), contents });
                }
            }
            _ => {}
        }
    }
    played
}

/// Returns graphwalk's verdict for a result of Cucumber, where no attachment says more.
fn plain_verdict(result: &TestStepResult) -> (Verdict, Option<&str>) {
    let told = result.message.as_deref();
    match result.status {
        ResultStatus::Passed => (Verdict::Passed, None),
        ResultStatus::Failed | ResultStatus::Ambiguous => (Verdict::Failed, None),
        ResultStatus::Skipped => (Verdict::Skipped, told),
        ResultStatus::Pending => (Verdict::Blocked, told.or(Some("the step is pending"))),
        ResultStatus::Undefined => (Verdict::Blocked, told.or(Some("the step is undefined"))),
        ResultStatus::Unknown => (Verdict::Blocked, told.or(Some("how the step ended is unknown"))),
    }
}

/// Failed if a step failed, else blocked if one was blocked, else skipped if one was skipped.
pub(super) fn verdict(steps: &[CaseStep<'_>]) -> Verdict {
    steps.iter().map(|step| step.verdict).max().unwrap_or(Verdict::Blocked)
}

/// Returns why a scenario was blocked or skipped, if it was.
pub(super) fn reason<'a>(steps: &[CaseStep<'a>]) -> Option<&'a str> {
    let verdict = verdict(steps);
    steps.iter().find(|step| step.verdict == verdict).and_then(|step| step.reason)
}

/// Returns the contents attached to the whole session, in order.
pub(super) fn session_contents<'a>(messages: &'a [Envelope<'_>]) -> impl Iterator<Item = &'a Content> {
    messages.iter().filter_map(|message| match message {
        Envelope::Attachment(attachment) if matches!(attachment.to, AttachedTo::Session(_)) => {
            Some(&attachment.content)
        }
        _ => None,
    })
}

/// Returns the note of the whole session.
pub(super) fn session_note<'a>(messages: &'a [Envelope<'_>]) -> Option<&'a SessionNote> {
    session_contents(messages).find_map(|content| match content {
        Content::Session(note) => Some(&**note),
        _ => None,
    })
}

impl SessionMessages<'_> {
    /// The scenarios, in the order in which they were played.
    pub fn cases(&self) -> Vec<Case<'_>> {
        let features = &self.opening.features;
        let cases = played(&self.messages).into_iter().filter_map(|PlayedCase { pickle_id, started, steps }| {
            let (feature, pickle) = features.iter().find_map(|feature| {
                let pickle = feature.pickles.iter().find(|pickle| pickle.id == pickle_id)?;
                Some((feature, pickle))
            })?;
            Some(Case { feature, pickle, started, steps })
        });
        let mut cases: Vec<Case<'_>> = cases.collect();
        for content in self.contents() {
            if let Content::Drift(drift) = content {
                give(drift, &mut cases);
            }
        }
        cases
    }

    /// Returns the note of the whole session.
    pub fn session(&self) -> Option<&SessionNote> {
        session_note(&self.messages)
    }

    /// Returns the facts about the whole session beside its steps, for a report that has no place of its own for them: a
    /// name and a text each.
    pub fn notes(&self) -> Vec<(String, String)> {
        let of_note = self.session().into_iter().flat_map(SessionNote::notes);
        let observed = self.contents().filter_map(|content| match content {
            Content::Observation(note) if note.is_shown => Some(note),
            _ => None,
        });
        let observed = observed_lines(&observed.collect::<Vec<_>>()).into_iter();
        let observed = observed.map(|line| (line.heading, without_secrets(&line.text)));
        of_note.map(|(name, text)| (name.to_owned(), text)).chain(observed).collect()
    }

    /// Returns the contents attached to the whole session, in order.
    pub fn contents(&self) -> impl Iterator<Item = &Content> {
        session_contents(&self.messages)
    }

    /// Returns the time when the session ended.
    pub fn ended(&self) -> Option<Timestamp> {
        self.messages.iter().find_map(|message| match message {
            Envelope::TestRunHookFinished(finished) => Some(finished.timestamp),
            _ => None,
        })
    }

    /// Returns the failure of the session beside its steps, if there is one: it could not begin, or something is wrong with
    /// the whole of it.
    pub fn failure(&self) -> Option<&TestStepResult> {
        failure(&self.messages)
    }
}

/// Returns the failure of a session beside its steps, if there is one.
pub(super) fn failure<'a>(messages: &'a [Envelope<'_>]) -> Option<&'a TestStepResult> {
    messages.iter().find_map(|message| match message {
        Envelope::TestRunHookFinished(finished) => Some(&finished.result).filter(|r| r.status == ResultStatus::Failed),
        _ => None,
    })
}

/// Gives drift to the step that met it: the first that stands there. The last step gets what belongs to none.
fn give(drift: &Drift, cases: &mut [Case<'_>]) {
    let is_met = |case: &Case<'_>, place: usize| {
        let step = case.pickle.steps.get(place);
        case.pickle.uri == *drift.place.file && step.is_some_and(|step| step.line == drift.place.line)
    };
    let met = cases.iter().enumerate().find_map(|(index, case)| {
        let place = (0..case.steps.len()).find(|place| is_met(case, *place))?;
        Some((index, place))
    });
    let step = match met {
        Some((case, place)) => cases[case].steps.get_mut(place),
        None => cases.last_mut().and_then(|case| case.steps.last_mut()),
    };
    if let Some(step) = step {
        step.drift.push(drift.to_string());
    }
}

impl Case<'_> {
    /// Returns the drift of its payloads, a line each.
    pub fn drift(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().flat_map(|step| &step.drift).map(String::as_str)
    }

    /// Failed if a step failed, else blocked if one was blocked, else skipped if one was skipped.
    pub fn verdict(&self) -> Verdict {
        verdict(&self.steps)
    }

    /// The step that failed.
    pub fn failure(&self) -> Option<&CaseStep<'_>> {
        self.steps.iter().find(|step| step.verdict == Verdict::Failed)
    }

    /// Returns why it was blocked or skipped, if it was.
    pub fn reason(&self) -> Option<&str> {
        reason(&self.steps)
    }

    /// The time of all its steps.
    pub fn took(&self) -> Duration {
        self.steps.iter().map(|step| Duration::from(step.result.duration)).sum()
    }
}

impl SessionNote {
    /// Returns the facts about the whole session beside its steps: a name and a text each.
    fn notes(&self) -> impl Iterator<Item = (&'static str, String)> {
        let changed = self.changed.iter().map(|changed| ("changed", changed.clone()));
        let lags = self.lags.iter().map(|lag| ("lag", lag.clone()));
        let repeated = (self.repeated > 0).then(|| ("repeated", self.repeated.to_string()));
        let resumed = self.resumed.iter().map(|resumed| ("resumed", resumed.clone()));
        let acts = self.acts.iter().map(|act| (if act.is_told { "told, not proved" } else { "act" }, act.act.clone()));
        changed.chain(lags).chain(repeated).chain(resumed).chain(acts)
    }
}
