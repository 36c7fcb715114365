//! What a recording holds that nothing asked for: its features do not need it, or should ask.

use crate::backend::Backend;
use crate::diagnostic::Diagnostic;
use crate::in_words::counted_as;

use super::sessions::{Run, SessionSource};
use super::{SessionOutcome, SharedTenant, VerdictCounts};

/// Returns what nothing asked for, of the steps that a session played whole. A clean-up after a part of the tutorial has less to
/// delete than was recorded.
pub(super) fn of_session(run: &Run, backend: &dyn Backend, source: &SessionSource) -> Vec<String> {
    let Run { plan, selection, .. } = run;
    let whole = plan.features.iter().all(|feature| selection.includes_whole(feature));
    let played =
        plan.features.iter().filter(|feature| selection.includes_whole(feature) && (whole || !feature.clean_up));
    let unused = backend.unused(&played.map(|feature| feature.file.number).collect());
    match source {
        // What one session of several does not ask for, another may.
        SessionSource::Shared(shared) => {
            if let SharedTenant::Recording(recording) = &shared.tenant {
                recording.note_unused(unused);
            }
            Vec::new()
        }
        _ => unused,
    }
}

/// Returns the failure of a session, under `--strict`, by exchanges that nothing asked for; not if something else did not go
/// through, since that explains them and must not be hidden behind them.
pub(super) fn failure(outcome: &SessionOutcome) -> Option<Box<Diagnostic>> {
    let VerdictCounts { failed, blocked, .. } = outcome.scenario_counts();
    let is_fault = !outcome.unused.is_empty() && failed + blocked == 0;
    is_fault.then(|| Box::new(fault(&outcome.unused, &outcome.name)))
}

/// Returns the fault of what none of the sessions that share a recording has asked for.
pub(crate) fn unused(sources: &[SessionSource]) -> Option<Diagnostic> {
    let recordings = sources.iter().filter_map(|source| match source {
        SessionSource::Shared(shared) => match &shared.tenant {
            SharedTenant::Recording(recording) => Some(recording),
            SharedTenant::Emulator(_) | SharedTenant::Live(_) => None,
        },
        _ => None,
    });
    let mut unused = recordings.map(|shared| (shared.unused(), shared.recording.name.as_str()));
    let (unused, name) = unused.find(|(unused, _)| !unused.is_empty())?;
    Some(fault(&unused, name))
}

fn fault(unused: &[String], name: &str) -> Diagnostic {
    let told = counted_as(unused.len(), "recorded exchange was", "recorded exchanges were");
    Diagnostic::new("unused-exchange", format!("{told} never asked for in {name}"))
        .note(unused.join("\n"))
        .help("remove them from the recording, or request them in a feature")
}
