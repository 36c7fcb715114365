//! What recordings of a tutorial tell of the sentences that its dry run did not come to: the tutorial is played over them.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use graphwalk_recording::Recording;
use graphwalk_schema::Schemas;

use crate::backend::replay::{ReplayServer, ReplayServerError};
use crate::runner::{Interrupt, Plan, PlayOptions, ScenarioOutcome, Selection, Verdict, play};
use crate::session::{LoggedCall, Session};

use super::name_ids;
use super::planned_calls::NotPlayed;

/// The calls of a recording.
#[derive(Clone, Debug, Default)]
pub(super) struct RecordedCalls {
    /// The recording.
    pub recording: String,
    /// The calls, in order.
    pub calls: Vec<NamedCall>,
    /// The place at which the tutorial cannot be played on over it, and why, if it cannot be played to its end.
    pub broken_off: Option<String>,
}

/// A call, and its path as people read it.
#[derive(Clone, Debug)]
pub(super) struct NamedCall {
    /// The call.
    pub call: LoggedCall,
    /// The path with names in braces for ids.
    pub path: String,
}

/// Plays the tutorial over each recording until every sentence of `missing` was played over one. Takes out of `missing` what
/// was.
///
/// # Errors
///
/// If no server can be started here.
pub(super) async fn recorded(
    plan: &Plan,
    selection: &Selection,
    schemas: &Schemas,
    recordings: &[Arc<Recording>],
    missing: &mut NotPlayed,
) -> Result<Vec<RecordedCalls>, ReplayServerError> {
    let mut found = Vec::new();
    if recordings.is_empty() || missing.is_empty() {
        return Ok(found);
    }
    let server = ReplayServer::start().await?;
    for recording in recordings {
        if missing.is_empty() {
            break;
        }
        let mut session = Session::new(Rc::new(server.open(Arc::clone(recording))), schemas.clone(), false);
        session.calls.begin();
        let options = PlayOptions {
            step_timeout: Duration::from_secs(60),
            interrupt: Interrupt::never(),
            tracing: crate::session::Tracing::default(),
        };
        let (mut not_played, mut broken_off) = (NotPlayed::default(), None);
        let mut watch = |feature: usize, outcome: &ScenarioOutcome| {
            not_played.note(feature, outcome);
            broken_off = broken_off.take().or_else(|| break_off(plan, feature, outcome));
        };
        play(plan, selection, &mut session, &options, &mut watch).await;
        let played = missing.take_played(&not_played, plan);
        let of_these = session.calls.take().into_iter().filter(|call| played.contains(&call.place));
        let calls = of_these.map(|call| NamedCall { path: name_ids(&session, &call.path), call }).collect();
        found.push(RecordedCalls { recording: recording.name.clone(), calls, broken_off });
    }
    Ok(found)
}

/// Returns where a tutorial stopped being played, and why, if this scenario failed.
pub(super) fn break_off(plan: &Plan, feature: usize, outcome: &ScenarioOutcome) -> Option<String> {
    let failed = outcome.verdict() == Verdict::Failed;
    let why = || outcome.failure().map(|(_, failure)| failure.message.clone()).unwrap_or_default();
    failed.then(|| format!("step {}: {}", plan.features[feature].file.number, why()))
}
