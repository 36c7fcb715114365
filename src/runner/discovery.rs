//! Finding the sessions of a tutorial: the features tagged `@discover` are played once, the others on what they find.

use std::sync::Arc;

use graphwalk_emulator::Emulator;
use graphwalk_recording::Recording;
use graphwalk_schema::Schemas;

use crate::diagnostic::Diagnostic;

use super::sessions::{self, PlayEvent, Run, SessionSource, not_started};
use super::{
    FeatureOutcome, Interrupt, SessionOutcome, SharedRecording, SharedTenant, StepEnd, Verdict, together, unused,
};

/// The result of looking for the sessions on one tenant.
#[derive(Debug)]
pub struct Discovery {
    /// The outcome of the features that find the sessions.
    pub outcome: SessionOutcome,
    /// The sessions; none if one of those features did not pass.
    pub sources: Vec<SessionSource>,
}

impl Discovery {
    /// Plays what finds the sessions of `run` on the tenant of `source`.
    pub fn play(run: &Run, source: &SessionSource, interrupt: &Interrupt) -> Self {
        let tenant = match source.to_shared(&run.schemas) {
            Ok(tenant) => tenant,
            Err(fault) => {
                let outcome = SessionOutcome { is_search: true, ..sessions::not_begun(source, *fault) };
                return Self { outcome, sources: Vec::new() };
            }
        };
        let (events, mut ended) = tokio::sync::mpsc::unbounded_channel();
        sessions::run(run, &[tenant.discovery()], interrupt, false, |_, outcome| outcome, &events);
        drop(events);
        let mut outcome = match ended.try_recv() {
            Ok(PlayEvent::Session(_, outcome)) => outcome,
            Ok(PlayEvent::Begins(..) | PlayEvent::Exchange(..) | PlayEvent::Scenario(..)) | Err(_) => {
                sessions::not_begun(source, not_started("it was interrupted"))
            }
        };
        outcome.is_search = true;
        let found = std::mem::take(&mut outcome.found);
        if outcome.verdict() != Verdict::Passed {
            return Self { outcome, sources: Vec::new() };
        }
        if found.is_empty() {
            let fault = Diagnostic::new("discovery", "the features tagged @discover found no session").help(
                "register each with a step such as `each item of \"$.value\" is a session called \"$.id\" with:`",
            );
            outcome.failure = Some(Box::new(fault));
        }
        let sources = found.into_iter().map(|found| tenant.session(found)).collect();
        Self { outcome, sources }
    }

    /// Plays what was found, too, and returns one outcome for all: of each scenario the worst one.
    pub(super) fn play_on(self, run: &Run, interrupt: &Interrupt) -> SessionOutcome {
        let Self { outcome: mut whole, sources } = self;
        whole.is_search = false;
        let outcomes = run.outcomes_of(&sources, interrupt);
        let mut features: Vec<FeatureOutcome> = Vec::new();
        for SessionOutcome { name, features: own, seen, failure, left, .. } in outcomes {
            for mut feature in own {
                name_session(&mut feature, &name);
                take_worst(&mut features, feature);
            }
            whole.seen.drift.extend(seen.drift);
            whole.seen.lags.extend(seen.lags);
            whole.seen.exchanges += seen.exchanges;
            whole.seen.repeated += seen.repeated;
            whole.seen.validated += seen.validated;
            whole.seen.unvalidated += seen.unvalidated;
            whole.left.extend(left);
            if let Some(failure) = failure {
                whole.failure.get_or_insert_with(|| Box::new(failure.note(format!("in the session {name}"))));
            }
        }
        whole.features.extend(features);
        if run.strict && whole.verdict() == Verdict::Passed {
            whole.failure = unused(&sources).map(Box::new);
        }
        whole
    }
}

/// Says of what failed in which of several sessions it did.
fn name_session(feature: &mut FeatureOutcome, name: &str) {
    for step in feature.scenarios.iter_mut().flat_map(|scenario| &mut scenario.steps) {
        if let StepEnd::Failed(failure) = &mut step.end {
            failure.notes.push(format!("in the session {name}"));
        }
    }
}

fn take_worst(features: &mut Vec<FeatureOutcome>, other: FeatureOutcome) {
    let Some(known) = features.iter_mut().find(|known| known.index == other.index) else {
        features.push(other);
        return;
    };
    for scenario in other.scenarios {
        match known.scenarios.iter_mut().find(|known| known.index == scenario.index) {
            None => known.scenarios.push(scenario),
            Some(known) => {
                // One that had nothing to do in one session and passed in another has passed.
                if together([known.verdict(), scenario.verdict()].into_iter()) != known.verdict() {
                    *known = scenario;
                }
            }
        }
    }
}

impl SessionSource {
    /// The tenant of a source, for several sessions.
    ///
    /// # Errors
    ///
    /// The recording cannot be read, or the emulator's seed contradicts itself.
    fn to_shared(&self, schemas: &Schemas) -> Result<SharedTenant, Box<Diagnostic>> {
        Ok(match self {
            Self::Bundled(recording) => SharedTenant::Recording(Arc::new(SharedRecording::new(Arc::clone(recording)))),
            Self::File(path) => {
                let recording = Recording::read(path).map_err(|error| Box::new(Diagnostic::from(&error)))?;
                SharedTenant::Recording(Arc::new(SharedRecording::new(Arc::new(recording))))
            }
            Self::Emulator(settings) => {
                let emulator = Emulator::new((**settings).clone(), schemas.clone());
                SharedTenant::Emulator(emulator.map_err(|error| Box::new(not_started(&error.to_string())))?)
            }
            Self::Shared(shared) => shared.tenant.clone(),
            Self::Live(_) => return Err(Box::new(not_started("a run that writes has one session"))),
        })
    }
}
