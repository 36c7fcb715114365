//! Which scenarios of a plan are played.

use std::collections::BTreeSet;

use cucumber::gherkin::tagexpr::TagOperation;
use cucumber::tag::Ext as _;

use crate::diagnostic::Diagnostic;

use super::{Plan, PlannedFeature, PlannedScenario, ScenarioPlace, next};
use crate::session::NextScenario;

/// The scenarios of a plan that are played. The clean-up always is, so that nothing is left behind.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    tags: Option<TagOperation>,
    through: Option<u8>,
    part: TutorialPart,
    until: Option<ScenarioPlace>,
}

/// The part that a session plays of a tutorial that finds its sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TutorialPart {
    /// All of it.
    #[default]
    Whole,
    /// The features that find the sessions, whatever else is selected.
    Discovery,
    /// The features that are played on each of them.
    Found,
}

impl Selection {
    /// Selects the scenarios whose tags fit the expression `tags`, of the steps up to the one numbered `through`.
    ///
    /// # Errors
    ///
    /// A diagnostic if the expression cannot be read, the tutorial has no such step, or nothing would be played but
    /// the clean-up.
    pub fn new(plan: &Plan, tags: Option<&str>, through: Option<u8>) -> Result<Self, Box<Diagnostic>> {
        let tags = tags.map(parse_tags).transpose()?;
        if let Some(through) = through
            && !plan.features.iter().any(|feature| feature.file.number == through)
        {
            let message = format!("{} has no step {through}", plan.tutorial);
            let steps: Vec<String> = plan.features.iter().map(|feature| feature.file.number.to_string()).collect();
            return Err(Box::new(
                Diagnostic::new("unknown-step", message).note(format!("steps: {}", steps.join(", "))),
            ));
        }
        let selection = Self { tags, through, part: TutorialPart::Whole, until: None };
        let mut verifying = plan.features.iter().filter(|feature| !feature.discovers);
        if verifying.any(|feature| feature.scenarios.iter().any(|s| selection.wants(feature, s))) {
            return Ok(selection);
        }
        let message = format!("no scenario of {} is selected, so nothing would be verified", plan.tutorial);
        Err(Box::new(
            Diagnostic::new("nothing-selected", message)
                .help("`graphwalk list` shows the tags; an expression joins them with `and`, `or`, `not`"),
        ))
    }

    /// The same, and nothing after the scenario at `last`.
    #[must_use]
    pub(crate) fn until(self, last: Option<ScenarioPlace>) -> Self {
        Self { until: last, ..self }
    }

    /// The same of one part of the tutorial.
    pub fn of_part(&self, part: TutorialPart) -> Self {
        Self { part, ..self.clone() }
    }

    /// Returns whether this scenario is played.
    pub fn includes(&self, feature: &PlannedFeature, scenario: &PlannedScenario) -> bool {
        match self.part {
            TutorialPart::Discovery => feature.discovers,
            TutorialPart::Found if feature.discovers => false,
            // What finds the sessions is always played.
            TutorialPart::Whole | TutorialPart::Found => {
                feature.discovers || feature.clean_up || self.wants(feature, scenario)
            }
        }
    }

    /// The numbers of the steps of which something is played, from the scenario `from` on; from the first if `None`.
    pub fn steps(&self, plan: &Plan, from: Option<&NextScenario>) -> BTreeSet<u8> {
        let all = plan.features.iter().flat_map(|feature| feature.scenarios.iter().map(move |of| (feature, of)));
        let chosen = all.filter(|(feature, scenario)| self.includes(feature, scenario));
        let to_come =
            chosen.skip_while(|(feature, scenario)| from.is_some_and(|from| *from != next(feature, scenario)));
        to_come.map(|(feature, _)| feature.file.number).collect()
    }

    /// Returns whether every scenario of this feature is played.
    pub fn includes_whole(&self, feature: &PlannedFeature) -> bool {
        feature.scenarios.iter().all(|scenario| self.includes(feature, scenario))
    }

    fn wants(&self, feature: &PlannedFeature, scenario: &PlannedScenario) -> bool {
        let in_range = self.through.is_none_or(|through| feature.file.number <= through);
        let is_before = self.until.is_none_or(|last| ScenarioPlace::new(feature, scenario) <= last);
        in_range && is_before && self.tags.as_ref().is_none_or(|tags| tags.eval(scenario.tags.iter()))
    }
}

fn parse_tags(expression: &str) -> Result<TagOperation, Box<Diagnostic>> {
    expression.parse().map_err(|_| {
        let message = format!("the tag expression \"{expression}\" cannot be read");
        Box::new(
            Diagnostic::new("tags", message).help("write it like `@step-1 or @step-2`, or `not (@step-7 and @slow)`"),
        )
    })
}
