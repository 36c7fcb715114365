//! Cucumber JSON: the format that Cucumber's own tools and many CI plug-ins read.
//!
//! Shape: an array of features, each with `elements` (scenarios), each with `steps`, each with a `result` whose duration
//! is in nanoseconds. The format knows no *blocked*: such a step is `skipped`, with the reason as its message.

use serde::Serialize;

use super::session_notes;
use crate::runner::{
    FeatureOutcome, Plan, PlannedFeature, PlannedScenario, ScenarioOutcome, SessionOutcome, StepEnd, StepOutcome,
    failure_diagnostic,
};
use crate::secrets_in_use;

#[derive(Serialize)]
struct Feature<'a> {
    uri: &'a str,
    id: String,
    keyword: &'a str,
    name: String,
    description: &'a str,
    line: usize,
    tags: Vec<Tag>,
    elements: Vec<Element<'a>>,
}

#[derive(Serialize)]
struct Element<'a> {
    id: String,
    keyword: &'a str,
    r#type: &'a str,
    name: &'a str,
    line: usize,
    tags: Vec<Tag>,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Tag {
    name: String,
}

#[derive(Serialize)]
struct Step<'a> {
    keyword: String,
    name: &'a str,
    line: usize,
    r#match: Match,
    result: StepResult<'a>,
    /// Lines that viewers show below the step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    output: Vec<String>,
}

#[derive(Serialize)]
struct Match {
    location: String,
}

#[derive(Serialize)]
struct StepResult<'a> {
    status: &'a str,
    duration: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

/// The features of one session, without the brackets of the array and with a comma after each. `several` names the
/// session in each feature, since there are others.
pub fn features(plan: &Plan, outcome: &SessionOutcome, several: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(32 * 1024);
    for (place, feature) in outcome.features.iter().enumerate() {
        let mut written = feature_of(plan, outcome, feature, several);
        if place + 1 == outcome.features.len() {
            tell_of_session(&mut written, outcome);
        }
        push(&mut bytes, &written);
    }
    if let Some(failure) = &outcome.failure {
        push(&mut bytes, &failed_session(plan, outcome, failure.render(false)));
    }
    bytes
}

/// The format knows nothing beside steps: what was seen of the whole session is the output of its last one.
fn tell_of_session(last: &mut Feature<'_>, outcome: &SessionOutcome) {
    if let Some(step) = last.elements.last_mut().and_then(|scenario| scenario.steps.last_mut()) {
        step.output = session_notes(outcome).map(|(name, value)| format!("{name}: {value}")).collect();
    }
}

fn push(bytes: &mut Vec<u8>, feature: &Feature<'_>) {
    // A type of ours without maps, written into memory: serialising it cannot fail.
    if serde_json::to_writer(&mut *bytes, feature).is_ok() {
        bytes.extend_from_slice(b",\n");
    }
}

fn feature_of<'a>(plan: &'a Plan, outcome: &SessionOutcome, feature: &FeatureOutcome, several: bool) -> Feature<'a> {
    let planned = &plan.features[feature.index];
    let parsed = &planned.file.feature;
    let name = if several { format!("{} ({})", parsed.name, outcome.name) } else { parsed.name.clone() };
    let id = slug(&name);
    Feature {
        uri: &planned.file.path,
        keyword: &parsed.keyword,
        elements: feature.scenarios.iter().map(|scenario| element(planned, &id, scenario)).collect(),
        id,
        name,
        description: parsed.description.as_deref().unwrap_or_default(),
        line: parsed.position.line,
        tags: tags(&parsed.tags),
    }
}

fn element<'a>(feature: &'a PlannedFeature, feature_id: &str, outcome: &ScenarioOutcome) -> Element<'a> {
    let scenario = &feature.scenarios[outcome.index];
    Element {
        id: format!("{feature_id};{}", slug(&scenario.name)),
        keyword: "Scenario",
        r#type: "scenario",
        name: &scenario.name,
        line: scenario.line,
        tags: tags(&scenario.tags),
        steps: (0..scenario.steps.len()).map(|place| step(feature, scenario, outcome, place)).collect(),
    }
}

fn step<'a>(
    feature: &'a PlannedFeature,
    scenario: &'a PlannedScenario,
    outcome: &ScenarioOutcome,
    place: usize,
) -> Step<'a> {
    let planned = &scenario.steps[place];
    let StepOutcome { end, took } = &outcome.steps[place];
    let (status, error_message) = match end {
        StepEnd::Passed => ("passed", None),
        StepEnd::Skipped(reason) => ("skipped", Some(secrets_in_use::mask(reason).into_owned())),
        StepEnd::Blocked(reason) => ("skipped", Some(format!("blocked: {}", secrets_in_use::mask(reason)))),
        StepEnd::Failed(failure) => {
            ("failed", Some(failure_diagnostic(feature, outcome.index, place, failure).render(false)))
        }
    };
    Step {
        keyword: format!("{} ", planned.keyword),
        name: &planned.text,
        line: planned.line,
        r#match: Match { location: format!("{}:{}", feature.file.path, planned.line) },
        result: StepResult { status, duration: u64::try_from(took.as_nanos()).unwrap_or(u64::MAX), error_message },
        output: Vec::new(),
    }
}

/// A failure beside the steps, as a feature of one scenario of one step.
fn failed_session<'a>(plan: &'a Plan, outcome: &'a SessionOutcome, told: String) -> Feature<'a> {
    let result = StepResult { status: "failed", duration: 0, error_message: Some(told) };
    let step = Step {
        keyword: "Then ".to_owned(),
        name: "the session begins and ends as it should",
        line: 1,
        r#match: Match { location: outcome.name.clone() },
        result,
        output: Vec::new(),
    };
    let element = Element {
        id: format!("{};session", slug(&outcome.name)),
        keyword: "Scenario",
        r#type: "scenario",
        name: "The session",
        line: 1,
        tags: Vec::new(),
        steps: vec![step],
    };
    Feature {
        uri: &outcome.name,
        id: slug(&outcome.name),
        keyword: "Feature",
        name: format!("{} ({})", plan.tutorial, outcome.name),
        description: "",
        line: 1,
        tags: Vec::new(),
        elements: vec![element],
    }
}

fn tags(tags: &[String]) -> Vec<Tag> {
    tags.iter().map(|tag| Tag { name: format!("@{tag}") }).collect()
}

fn slug(name: &str) -> String {
    name.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_made_of_the_words_of_a_name() {
        assert_eq!(slug("Create the users: 3 (a.har)"), "create-the-users-3-a-har");
    }
}
