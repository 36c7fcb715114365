//! Checks what was imported, and plays it on its recording.

use std::collections::BTreeSet;
use std::path::Path;

use graphwalk_schema::Schemas;

use crate::check::{CheckFacts, faults_of};
use crate::diagnostic::Diagnostic;
use crate::runner::sessions::{Run, SessionSource};
use crate::runner::{Plan, Verdict};
use crate::tutorial::{Library, TutorialFaults};

use super::folder::RECORDING;

/// The results of check and replay.
#[derive(Debug, Default)]
pub struct ImportVerification {
    /// The faults that the check finds.
    pub check: TutorialFaults,
    /// The faults of playing it strictly; it is not played if the check finds something.
    pub replay: Option<TutorialFaults>,
    /// Scenarios and those that passed.
    pub scenarios: (usize, usize),
}

impl ImportVerification {
    /// Returns whether nothing was found.
    pub fn is_green(&self) -> bool {
        self.check.is_empty() && self.replay.as_ref().is_some_and(Vec::is_empty)
    }
}

/// Checks the features of a folder, and plays them strictly on its recording.
pub fn verify(folder: &Path) -> ImportVerification {
    let tutorial = Library::from_folder(folder).and_then(|library| library.tutorial(None));
    let plan = match tutorial.and_then(Plan::new) {
        Ok(plan) => plan,
        Err(faults) => return ImportVerification { check: faults, ..ImportVerification::default() },
    };
    let known = CheckFacts { schemas: Schemas::embedded(), actors: BTreeSet::new(), may_change: Vec::new() };
    let check = faults_of(&plan, &known);
    if !check.is_empty() {
        return ImportVerification { check, ..ImportVerification::default() };
    }
    let run = Run { strict: true, ..Run::new(plan) };
    let outcomes = run.outcomes(&[SessionSource::File(folder.join(RECORDING))]);
    let mut replay = TutorialFaults::new();
    let mut scenarios = (0, 0);
    for outcome in &outcomes {
        replay.extend(outcome.diagnostics(&run.plan));
        let counts = outcome.scenario_counts();
        scenarios = (scenarios.0 + counts.total(), scenarios.1 + counts.passed);
        if replay.is_empty() && outcome.verdict() != Verdict::Passed {
            replay.push(Diagnostic::new("replay", format!("the replay ended {:?}", outcome.verdict())));
        }
    }
    if outcomes.is_empty() {
        replay.push(Diagnostic::new("replay", "the recording was not played"));
    }
    ImportVerification { check, replay: Some(replay), scenarios }
}
