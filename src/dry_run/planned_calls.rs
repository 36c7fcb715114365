//! The calls of a tutorial: those that its dry run made and, where it did not come, those of a recording, or else those that
//! its sentences name.

use std::collections::BTreeSet;

use crate::runner::{Plan, PlannedFeature, ScenarioOutcome, SentenceIndex, StepEnd};
use crate::session::{LoggedCall, StepPlace};

/// A call that a tutorial makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedCall {
    /// The tutorial's step.
    pub step: u8,
    /// The sentence that makes it.
    pub place: StepPlace,
    /// The caller.
    pub actor: String,
    /// The HTTP method, upper case.
    pub method: String,
    /// Path and query, with the version; with names in braces where the dry run did not make it.
    pub path: String,
    /// The `displayName` in its body, if it has one.
    pub display_name: Option<String>,
    /// The act of a person instead, if it may be done by hand.
    pub by_hand: Option<&'static str>,
    /// The occasion on which it is made.
    pub occasion: Occasion,
}

/// The occasion of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Occasion {
    /// Each time; the dry run made it.
    DryRun,
    /// Each time; it was recorded, and the dry run did not come so far.
    Recorded,
    /// Each time; its sentence names it, and neither the dry run nor a recording came so far.
    Named,
    /// Only if an answer is lost, to find out what it would have said.
    AfterLoss,
}

/// A sentence that was not in the dry run and does not name what it calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCalls {
    /// The tutorial's step.
    pub step: u8,
    /// The place of the sentence.
    pub place: StepPlace,
    /// The sentence.
    pub sentence: String,
}

/// The sentences that were not played, or not to their end.
#[derive(Clone, Debug, Default)]
pub(super) struct NotPlayed {
    open: BTreeSet<SentenceIndex>,
    failed: BTreeSet<SentenceIndex>,
}

impl NotPlayed {
    /// Takes note of how a scenario ended.
    pub fn note(&mut self, feature: usize, outcome: &ScenarioOutcome) {
        for (step, played) in outcome.steps.iter().enumerate() {
            let index = (feature, outcome.index, step);
            match played.end {
                // What the clean-up skips was never created, which may be for want of the sentences before.
                StepEnd::Blocked(_) | StepEnd::Skipped(_) => self.open.insert(index),
                StepEnd::Failed(_) => self.failed.insert(index),
                StepEnd::Passed => continue,
            };
        }
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty() && self.failed.is_empty()
    }

    /// Takes out the sentences that were played to their end elsewhere, `other` being those that were not, and returns their
    /// places.
    pub fn take_played(&mut self, other: &Self, plan: &Plan) -> Vec<StepPlace> {
        let is_missing = |index: &SentenceIndex| other.open.contains(index) || other.failed.contains(index);
        let mut played = Vec::new();
        for missing in [&mut self.open, &mut self.failed] {
            missing.retain(|index| {
                let (feature, scenario, step) = *index;
                let keep = is_missing(index);
                if !keep {
                    let feature = &plan.features[feature];
                    played.push(place(feature, feature.scenarios[scenario].steps[step].line));
                }
                keep
            });
        }
        played
    }

    /// Reads the calls of these sentences, as far as they say them.
    pub fn read(&self, plan: &Plan) -> (Vec<PlannedCall>, Vec<UnknownCalls>) {
        let (mut calls, mut unknown) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for (feature, scenario, step) in &self.open {
            let feature = &plan.features[*feature];
            let sentence = &feature.scenarios[*scenario].steps[*step];
            // The rows of an outline say the same, but for the names.
            if !seen.insert((&feature.file.path, sentence.line, &sentence.text)) {
                continue;
            }
            let (number, place) = (feature.file.number, place(feature, sentence.line));
            let named = sentence.named_requests();
            if named.is_empty() && sentence.acts() {
                unknown.push(UnknownCalls { step: number, place, sentence: sentence.text.to_string() });
                continue;
            }
            calls.extend(named.into_iter().map(|request| PlannedCall {
                step: number,
                place: place.clone(),
                actor: request.actor,
                method: request.method,
                path: request.path,
                display_name: None,
                by_hand: None,
                occasion: Occasion::Named,
            }));
        }
        (calls, unknown)
    }
}

impl PlannedCall {
    /// A call that was made, and what is read if its answer is lost.
    pub(super) fn calls_of(plan: &Plan, logged: LoggedCall, occasion: Occasion) -> Vec<Self> {
        let feature = plan.features.iter().find(|feature| feature.file.path == logged.place.file);
        let call = Self {
            step: feature.map(|feature| feature.file.number).unwrap_or_default(),
            place: logged.place,
            actor: logged.actor,
            method: logged.method,
            path: logged.path,
            display_name: logged.display_name,
            by_hand: logged.by_hand,
            occasion,
        };
        let read_after_loss = logged.lookup.map(|path| Self {
            method: "GET".to_owned(),
            path,
            display_name: None,
            occasion: Occasion::AfterLoss,
            ..call.clone()
        });
        [Some(call), read_after_loss].into_iter().flatten().collect()
    }
}

fn place(feature: &PlannedFeature, line: usize) -> StepPlace {
    StepPlace { file: feature.file.path.clone(), line }
}
