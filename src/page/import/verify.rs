//! Checks what was imported, and plays it on its recording.

use std::collections::BTreeSet;
use std::path::Path;

use graphwalk_schema::Schemas;

use crate::check::{Known, faults_of};
use crate::diagnostic::Diagnostic;
use crate::runner::sessions::{Run, Source};
use crate::runner::{Plan, Verdict};
use crate::tutorial::{Faults, Library};

use super::folder::RECORDING;

/// The results of check and replay.
#[derive(Debug, Default)]
pub struct Verified {
    /// The faults that the check finds.
    pub check: Faults,
    /// The faults of playing it strictly; it is not played if the check finds something.
    pub replay: Option<Faults>,
    /// Scenarios and those that passed.
    pub scenarios: (usize, usize),
}

impl Verified {
    /// Whether nothing was found.
    pub fn is_green(&self) -> bool {
        self.check.is_empty() && self.replay.as_ref().is_some_and(Vec::is_empty)
    }
}

/// Checks the features of a folder, and plays them strictly on its recording.
pub fn verify(folder: &Path) -> Verified {
    let tutorial = Library::from_folder(folder).and_then(|library| library.tutorial(None));
    let plan = match tutorial.and_then(Plan::new) {
        Ok(plan) => plan,
        Err(faults) => return Verified { check: faults, ..Verified::default() },
    };
    let known = Known { schemas: Schemas::embedded(), actors: BTreeSet::new(), may_change: Vec::new() };
    let check = faults_of(&plan, &known);
    if !check.is_empty() {
        return Verified { check, ..Verified::default() };
    }
    let run = Run { strict: true, ..Run::new(plan) };
    let outcomes = run.outcomes(&[Source::File(folder.join(RECORDING))]);
    let mut replay = Faults::new();
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
    Verified { check, replay: Some(replay), scenarios }
}
