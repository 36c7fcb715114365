//! Faults of a tutorial that are found without playing it: names that nothing keeps, calls that Graph does not have, bodies that
//! no schema would let pass, actors whom nobody knows, ids of somebody's tenant.
//!
//! What cannot be judged is no fault: a step of another crate may keep any name, and a person may be known to the recording
//! alone.

mod actors;
mod bodies;
mod calls;
mod names;
mod samples;

use std::collections::BTreeSet;

use graphwalk_schema::Schemas;

use crate::diagnostic::Diagnostic;
use crate::runner::{Plan, PlannedFeature, PlannedScenario, PlannedStep, literal_ids};
use crate::session::guard::Named;
use crate::tutorial::TutorialFaults;

/// The facts that a tutorial is checked against.
#[derive(Clone, Debug)]
pub struct CheckFacts {
    /// The types of payloads.
    pub schemas: Schemas,
    /// The actors who can call, beside the administrator and whom the tutorial creates: those of graphwalk.toml and of
    /// recordings.
    pub actors: BTreeSet<String>,
    /// The objects that may be changed although no run creates them.
    pub may_change: Vec<Named>,
}

/// One step of a plan, with what it stands in.
#[derive(Clone, Copy)]
struct StepContext<'a> {
    feature: &'a PlannedFeature,
    scenario: &'a PlannedScenario,
    step: &'a PlannedStep,
}

/// Every fault of a tutorial that can be played, in the order of its features and lines.
pub fn faults_of(plan: &Plan, known: &CheckFacts) -> TutorialFaults {
    let mut faults = literal_ids(plan, &known.may_change);
    let mut tell = |found: Vec<Diagnostic>| {
        for fault in found {
            // The same step in several rows of an outline, and of a background, is one fault.
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    };
    tell(names::unknown(plan));
    for at in steps(plan) {
        tell(samples::unreadable(at));
        tell(calls::unknown(at, known));
        tell(bodies::unfit(at, known));
    }
    tell(actors::unknown(plan, known));
    let place = |fault: &Diagnostic| {
        let place = fault.place.as_ref()?;
        let feature = plan.features.iter().position(|feature| *feature.file.path == *place.file)?;
        Some((feature, place.line()))
    };
    faults.sort_by_key(place);
    faults
}

fn steps(plan: &Plan) -> impl Iterator<Item = StepContext<'_>> {
    plan.features.iter().flat_map(|feature| {
        feature
            .scenarios
            .iter()
            .flat_map(move |scenario| scenario.steps.iter().map(move |step| StepContext { feature, scenario, step }))
    })
}

impl<'a> StepContext<'a> {
    /// A fault at the step, with `part` of its sentence underlined.
    fn fault(&self, code: &'static str, message: String, part: &str, label: &str) -> Diagnostic {
        Diagnostic::new(code, message).at(self.feature.file.place(self.step.line, Some(part), label))
    }

    /// A fault at the line under the step that holds `part`, or at the step.
    fn fault_below(&self, code: &'static str, message: String, part: &str, label: &str) -> Diagnostic {
        let lines = self.feature.file.text.lines().enumerate().skip(self.step.line.saturating_sub(1));
        let line =
            lines.into_iter().find(|(_, line)| line.contains(part)).map_or(self.step.line, |(index, _)| index + 1);
        Diagnostic::new(code, message).at(self.feature.file.place(line, Some(part), label))
    }

    /// The number of the first line of its doc string.
    fn body_line(&self) -> usize {
        let lines: Vec<&str> = self.feature.file.text.lines().map(str::trim).collect();
        let is_quotes = |line: &&str| ["\"\"\"", "```"].iter().any(|quotes| line.starts_with(quotes));
        let opening = lines.iter().skip(self.step.line).position(is_quotes).unwrap_or(0);
        self.step.line + opening + 2
    }

    /// The doc string.
    fn doc_string(&self) -> Option<&'a str> {
        self.step.context.step.docstring.as_deref()
    }

    /// The cells of the table.
    fn cells(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let rows = self.step.context.step.table.iter().flat_map(|table| &table.rows);
        rows.flatten().map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
