//! Cucumber JSON: the format that Cucumber's own tools and many CI plug-ins read.
//!
//! Shape: an array of features, each with `elements` (scenarios), each with `steps`, each with a `result` whose duration
//! is in nanoseconds. The format knows no *blocked*: such a step is `skipped`, with the reason as its message.

use serde::Serialize;

use super::message::{PickleStep, Status, Tag, TestStepResult};
use super::{Case, CaseStep, Format, OpenedFeature, Opening, RunEnd, SessionMessages, SessionNote};

/// The format.
pub struct CucumberJson;

#[derive(Serialize)]
struct Feature<'a> {
    uri: &'a str,
    id: String,
    keyword: &'a str,
    name: String,
    description: &'a str,
    line: usize,
    tags: Vec<TagName<'a>>,
    elements: Vec<Element<'a>>,
}

#[derive(Serialize)]
struct Element<'a> {
    id: String,
    keyword: &'a str,
    r#type: &'a str,
    name: &'a str,
    line: usize,
    tags: Vec<TagName<'a>>,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct TagName<'a> {
    name: &'a str,
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
    error_message: Option<&'a str>,
}

impl Format for CucumberJson {
    fn opening(&self, _: &Opening) -> Vec<u8> {
        b"[".to_vec()
    }

    /// The features of the session, without the brackets of the array.
    fn session(&self, session: &SessionMessages<'_>) -> Vec<u8> {
        let cases = session.cases();
        let mut features: Vec<Feature<'_>> = cases
            .chunk_by(|first, second| std::ptr::eq(first.feature, second.feature))
            .map(|cases| feature(session, cases[0].feature, cases))
            .collect();
        let note = session.session();
        // The format knows nothing beside steps: what was seen of the whole session is the output of its last one.
        let last = features.last_mut().and_then(|feature| feature.elements.last_mut());
        if let (Some(step), Some(note)) = (last.and_then(|element| element.steps.last_mut()), note) {
            step.output = note.notes().map(|(name, value)| format!("{name}: {value}")).collect();
        }
        if let (Some(failure), Some(note)) = (session.failure(), note) {
            features.push(failed_session(note, failure));
        }
        let documents = features.iter().filter_map(|feature| serde_json::to_vec(feature).ok());
        documents.collect::<Vec<_>>().join(self.separator())
    }

    fn separator(&self) -> &'static [u8] {
        b",\n"
    }

    fn closing(&self, _: &RunEnd<'_>) -> Vec<u8> {
        b"]\n".to_vec()
    }
}

fn feature<'a>(session: &SessionMessages<'_>, opened: &'a OpenedFeature, cases: &[Case<'a>]) -> Feature<'a> {
    let parsed = &opened.document.feature;
    let name = match session.session() {
        Some(note) if session.opening.several => format!("{} ({})", parsed.name, note.name),
        _ => parsed.name.clone(),
    };
    let id = slug(&name);
    Feature {
        uri: &opened.document.uri,
        keyword: &parsed.keyword,
        elements: cases.iter().map(|case| element(opened, &id, case)).collect(),
        id,
        name,
        description: &parsed.description,
        line: parsed.location.line,
        tags: parsed.tags.iter().map(|Tag { name, .. }| TagName { name }).collect(),
    }
}

fn element<'a>(feature: &'a OpenedFeature, feature_id: &str, case: &Case<'a>) -> Element<'a> {
    let pickle = case.pickle;
    Element {
        id: format!("{feature_id};{}", slug(&pickle.name)),
        keyword: "Scenario",
        r#type: "scenario",
        name: &pickle.name,
        line: pickle.location.line,
        tags: pickle.tags.iter().map(|tag| TagName { name: &tag.name }).collect(),
        steps: pickle.steps.iter().zip(&case.steps).map(|(pickle, played)| step(feature, pickle, played)).collect(),
    }
}

fn step<'a>(feature: &OpenedFeature, pickle: &'a PickleStep, played: &CaseStep<'a>) -> Step<'a> {
    Step {
        keyword: format!("{} ", pickle.keyword),
        name: &pickle.text,
        line: pickle.line,
        r#match: Match { location: format!("{}:{}", feature.document.uri, pickle.line) },
        result: result(played.result),
        output: Vec::new(),
    }
}

fn result(result: &TestStepResult) -> StepResult<'_> {
    let status = match result.status {
        Status::Passed => "passed",
        Status::Skipped => "skipped",
        Status::Failed | Status::Ambiguous => "failed",
        Status::Pending => "pending",
        Status::Undefined | Status::Unknown => "undefined",
    };
    let duration = u64::try_from(std::time::Duration::from(result.duration).as_nanos()).unwrap_or(u64::MAX);
    StepResult { status, duration, error_message: result.message.as_deref() }
}

/// A failure beside the steps, as a feature of one scenario of one step.
fn failed_session<'a>(note: &'a SessionNote, failure: &'a TestStepResult) -> Feature<'a> {
    let step = Step {
        keyword: "Then ".to_owned(),
        name: "the session begins and ends as it should",
        line: 1,
        r#match: Match { location: note.name.clone() },
        result: result(failure),
        output: Vec::new(),
    };
    let element = Element {
        id: format!("{};session", slug(&note.name)),
        keyword: "Scenario",
        r#type: "scenario",
        name: "The session",
        line: 1,
        tags: Vec::new(),
        steps: vec![step],
    };
    Feature {
        uri: &note.name,
        id: slug(&note.name),
        keyword: "Feature",
        name: format!("{} ({})", note.tutorial, note.name),
        description: "",
        line: 1,
        tags: Vec::new(),
        elements: vec![element],
    }
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
