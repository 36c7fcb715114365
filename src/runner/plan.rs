//! A tutorial with every step bound to the function that runs it.

use std::fmt;
use std::sync::Arc;

use cucumber::gherkin;
use cucumber::step::{Context, Step};

use crate::diagnostic::Diagnostic;
use crate::session::{FARTHEST_DAY, Session, too_far_days};
use crate::tutorial::{FeatureFile, INDEPENDENT, OPTIONAL, Tutorial, TutorialFaults, nearest};

use crate::sentences::{Definitions, StepArguments, generalised};

/// The place of a sentence in a plan: feature, scenario, step.
pub(crate) type SentenceIndex = (usize, usize, usize);

/// A tutorial that can be played: every step is defined, exactly once.
#[derive(Debug)]
pub struct Plan {
    /// The tutorial's name.
    pub tutorial: String,
    /// Its features, one a step.
    pub features: Vec<PlannedFeature>,
}

/// One step of a tutorial.
#[derive(Debug)]
pub struct PlannedFeature {
    /// The feature file.
    pub file: FeatureFile,
    /// Whether it deletes what the others created.
    pub clean_up: bool,
    /// Whether it finds the sessions that the others are played on.
    pub discovers: bool,
    /// Whether nothing in it may write.
    pub reads_only: bool,
    /// Its scenarios, in order.
    pub scenarios: Vec<PlannedScenario>,
}

/// One scenario.
#[derive(Debug)]
pub struct PlannedScenario {
    /// Its name, filled in if it comes from an outline.
    pub name: String,
    /// Its line in the file.
    pub line: usize,
    /// Its tags and its feature's, without `@`.
    pub tags: Vec<String>,
    /// Its steps, those of the background first; never none.
    pub steps: Vec<PlannedStep>,
}

/// One step, with the function that runs it.
pub struct PlannedStep {
    /// `Given`, `When`, `Then`, `And`, `But`.
    pub keyword: String,
    /// The sentence after the keyword.
    pub text: Arc<str>,
    /// Its line in the file.
    pub line: usize,
    /// The step definition that it is bound to, by its order, and the texts in the places of the parameters.
    pub(crate) definition: usize,
    pub(crate) arguments: Arc<StepArguments>,
    /// The source of its definition.
    pub(crate) source: StepSource,
    pub(super) run: Step<Session>,
    pub(crate) context: Context,
}

/// The source of the definition of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepSource {
    /// The general vocabulary.
    General,
    /// This library's steps that tell what people do.
    Domain,
    /// Another crate.
    Outside,
}

impl PlannedScenario {
    /// Returns whether a reader may leave it out.
    pub fn is_optional(&self) -> bool {
        self.tags.iter().any(|tag| tag == OPTIONAL)
    }

    /// Returns whether nothing later relies on it.
    pub fn is_independent(&self) -> bool {
        self.tags.iter().any(|tag| tag == INDEPENDENT)
    }
}

impl Plan {
    /// Binds every step of a tutorial to its definition.
    ///
    /// # Errors
    ///
    /// Every step that is undefined (with the nearest known sentence), ambiguous, or polls without a deadline.
    pub fn new(tutorial: Tutorial) -> Result<Self, TutorialFaults> {
        let mut binder = Binder { definitions: Definitions::shared(), faults: TutorialFaults::new() };
        let features = tutorial.features.into_iter().map(|file| binder.feature(file)).collect();
        if binder.faults.is_empty() { Ok(Self { tutorial: tutorial.name, features }) } else { Err(binder.faults) }
    }

    /// Returns whether its sessions are found by playing a part of it first.
    pub fn discovers(&self) -> bool {
        self.features.iter().any(|feature| feature.discovers)
    }

    /// Returns whether nothing in it may write.
    pub fn is_read_only(&self) -> bool {
        !self.features.is_empty() && self.features.iter().all(|feature| feature.reads_only)
    }

    /// Returns the seed of its emulated tenant where no other one is named: the text of the file beside its features, if
    /// there is one.
    pub fn seed_text(&self) -> Option<String> {
        self.features.first()?.file.seed_text()
    }

    /// Returns the number of scenarios.
    pub fn scenario_count(&self) -> usize {
        self.features.iter().map(|feature| feature.scenarios.len()).sum()
    }

    /// Returns how many steps all scenarios have together.
    pub fn step_count(&self) -> usize {
        self.features.iter().flat_map(|feature| &feature.scenarios).map(|scenario| scenario.steps.len()).sum()
    }
}

struct Binder {
    definitions: &'static Definitions,
    faults: TutorialFaults,
}

impl Binder {
    fn feature(&mut self, file: FeatureFile) -> PlannedFeature {
        let mut scenarios = Vec::new();
        let feature = &file.feature;
        let background = background_steps(feature.background.as_ref());
        for scenario in &feature.scenarios {
            scenarios.push(self.scenario(&file, &[background], scenario, &[]));
        }
        for rule in &feature.rules {
            let own = background_steps(rule.background.as_ref());
            for scenario in &rule.scenarios {
                scenarios.push(self.scenario(&file, &[background, own], scenario, &rule.tags));
            }
        }
        let (discovers, reads_only) = (file.is_discovery(), file.is_read_only());
        PlannedFeature { clean_up: file.is_clean_up(), discovers, reads_only, file, scenarios }
    }

    fn scenario(
        &mut self,
        file: &FeatureFile,
        backgrounds: &[&[gherkin::Step]],
        scenario: &gherkin::Scenario,
        rule_tags: &[String],
    ) -> PlannedScenario {
        let all = backgrounds.iter().copied().flatten().chain(&scenario.steps);
        let steps = all.filter_map(|step| self.step(file, step)).collect();
        let tags = file.feature.tags.iter().chain(rule_tags).chain(&scenario.tags).cloned().collect();
        PlannedScenario { name: scenario.name.clone(), line: scenario.position.line, tags, steps }
    }

    fn step(&mut self, file: &FeatureFile, step: &gherkin::Step) -> Option<PlannedStep> {
        let fault = match self.definitions.find(step) {
            Ok(Some(binding)) => {
                for fault in unreadable(file, step, binding.unreadable) {
                    self.tell(fault);
                }
                let text: Arc<str> = step.value.as_str().into();
                return Some(PlannedStep {
                    keyword: step.keyword.trim().to_owned(),
                    arguments: Arc::new(StepArguments::new(Arc::clone(&text), binding.arguments)),
                    text,
                    line: step.position.line,
                    definition: binding.definition,
                    source: match binding.file {
                        None => StepSource::Outside,
                        Some(file) if crate::steps::GENERAL.contains(&file) => StepSource::General,
                        Some(_) => StepSource::Domain,
                    },
                    run: binding.run,
                    context: binding.context,
                });
            }
            Ok(None) if self.waits_without_end(step) => without_deadline(file, step),
            Ok(None) => undefined(file, step, &self.definitions.sentences()),
            Err(fitting) => Diagnostic::new("ambiguous-step", "more than one definition fits this step")
                .at(file.place(step.position.line, Some(&step.value), ""))
                .notes(fitting),
        };
        self.tell(fault);
        None
    }

    /// Returns whether it is a sentence that asks again and again, but for how long it does.
    fn waits_without_end(&self, step: &gherkin::Step) -> bool {
        let whole = gherkin::Step { value: format!("{} within 1 minute", step.value), ..step.clone() };
        !step.value.contains(" within ") && matches!(self.definitions.find(&whole), Ok(Some(_)))
    }

    fn tell(&mut self, fault: Diagnostic) {
        // The same step in several rows of an outline is one fault.
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

fn background_steps(background: Option<&gherkin::Background>) -> &[gherkin::Step] {
    background.map_or(&[], |background| &background.steps)
}

/// Returns what of a step cannot be read: its parameters, and days too far away in its sentence and in what stands
/// below it.
fn unreadable(file: &FeatureFile, step: &gherkin::Step, parameters: Vec<(String, String)>) -> Vec<Diagnostic> {
    let mut faults: Vec<Diagnostic> = parameters
        .into_iter()
        .map(|(text, why)| {
            Diagnostic::new("parameter", why).at(file.place(step.position.line, Some(&text), "cannot be read"))
        })
        .collect();
    let cells = step.table.iter().flat_map(|table| table.rows.iter().flatten());
    for text in std::iter::once(&step.value).chain(cells).chain(&step.docstring) {
        for day in too_far_days(text) {
            let name = format!("{{{day}}}");
            let lines = file.text.lines().enumerate().skip(step.position.line.saturating_sub(1));
            let line = lines.into_iter().find(|(_, line)| line.contains(&name)).map(|(index, _)| index + 1);
            let place = file.place(line.unwrap_or(step.position.line), Some(&name), "too far away");
            let message = format!("{name} is too far away: expected at most {FARTHEST_DAY} days before or after today");
            faults.push(Diagnostic::new("parameter", message).at(place));
        }
    }
    faults
}

fn without_deadline(file: &FeatureFile, step: &gherkin::Step) -> Diagnostic {
    Diagnostic::new("poll-without-deadline", "this step waits without a deadline")
        .at(file.place(step.position.line, Some(&step.value), "no deadline"))
        .help("add the longest time to wait, e.g. `within 10 minutes`")
}

fn undefined(file: &FeatureFile, step: &gherkin::Step, known: &[String]) -> Diagnostic {
    let fault = Diagnostic::new("undefined-step", "no definition fits this step").at(file.place(
        step.position.line,
        Some(&step.value),
        "undefined",
    ));
    match nearest(&generalised(&step.value), known.iter().map(String::as_str)) {
        Some(near) => fault.note(format!("nearest: {near}")).help("`graphwalk check --sentences` lists all sentences"),
        None => fault.help("`graphwalk check --sentences` lists all sentences that a feature can use"),
    }
}

impl fmt::Debug for PlannedStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.line, self.keyword, self.text)
    }
}

#[cfg(test)]
mod tests;
