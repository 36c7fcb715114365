//! Cucumber JSON: the format that Cucumber's own tools and many CI plug-ins read, as cucumber-jvm or as cucumber-ruby writes it.
//!
//! Shape: an array of features, each with `elements` (scenarios), each with `steps`, each with a `result` whose duration
//! is in nanoseconds. The format knows no *blocked*: such a step is `skipped`, with the reason as its message.
//! Source: the schemas of <https://github.com/cucumber/cucumber-json-schema>.

use serde::Serialize;

use super::message::{Location, PickleStep, PickleTable, PickleTag, ResultStatus, Tag, TestStepResult, Timestamp};
use super::{Case, CaseStep, Format, OpenedFeature, Opening, RunEnd, SessionMessages, SessionNote};

/// The format.
pub struct CucumberJson {
    flavour: Flavour,
}

/// The flavour of the format: the Cucumber that writes so.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flavour {
    /// A feature's tags have a location, a scenario's none; what is told of a step is its output.
    Jvm,
    /// Tags have a line. Steps have no output: what is told of them stands in the scenario's description.
    Ruby,
}

impl CucumberJson {
    /// As cucumber-jvm writes it.
    pub const JVM: Self = Self { flavour: Flavour::Jvm };
    /// As cucumber-ruby writes it.
    pub const RUBY: Self = Self { flavour: Flavour::Ruby };
}

#[derive(Serialize)]
struct JsonFeature<'a> {
    uri: &'a str,
    id: String,
    keyword: &'a str,
    name: String,
    description: &'a str,
    line: usize,
    tags: Vec<WrittenTag<'a>>,
    elements: Vec<Element<'a>>,
}

#[derive(Serialize)]
struct Element<'a> {
    id: String,
    keyword: &'a str,
    r#type: &'a str,
    name: &'a str,
    description: String,
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_timestamp: Option<String>,
    tags: Vec<WrittenTag<'a>>,
    steps: Vec<JsonStep<'a>>,
}

/// A tag in the form of a flavour.
#[derive(Serialize)]
#[serde(untagged)]
enum WrittenTag<'a> {
    Name { name: &'a str },
    Line { name: &'a str, line: usize },
    Place { name: &'a str, r#type: &'a str, location: JsonPlace },
}

#[derive(Serialize)]
struct JsonPlace {
    line: usize,
    column: usize,
}

#[derive(Serialize)]
struct JsonStep<'a> {
    keyword: String,
    name: &'a str,
    line: usize,
    r#match: Match,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<JsonRow<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    doc_string: Option<JsonDocString<'a>>,
    result: JsonStepResult<'a>,
    /// Lines that viewers show below the step.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    output: Vec<String>,
}

#[derive(Serialize)]
struct Match {
    location: String,
}

#[derive(Serialize)]
struct JsonRow<'a> {
    cells: Vec<&'a str>,
}

#[derive(Serialize)]
struct JsonDocString<'a> {
    line: usize,
    value: &'a str,
}

#[derive(Serialize)]
struct JsonStepResult<'a> {
    status: &'a str,
    duration: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
}

impl Format for CucumberJson {
    fn reads_observations(&self) -> bool {
        false
    }

    fn opening(&self, _: &Opening) -> Vec<u8> {
        b"[".to_vec()
    }

    /// The features of the session, without the brackets of the array.
    fn session(&self, session: &SessionMessages<'_>) -> Vec<u8> {
        let cases = session.cases();
        let mut features: Vec<JsonFeature<'_>> = cases
            .chunk_by(|first, second| std::ptr::eq(first.feature, second.feature))
            .map(|cases| self.feature(session, cases[0].feature, cases))
            .collect();
        let note = session.session();
        // The format knows nothing beside steps: what was seen of the whole session is told with its last one.
        let last = features.last_mut().and_then(|feature| feature.elements.last_mut());
        if let Some(step) = last.and_then(|element| element.steps.last_mut()) {
            step.output.extend(session.notes().into_iter().map(|(name, value)| format!("{name}: {value}")));
        }
        if let (Some(failure), Some(note)) = (session.failure(), note) {
            features.push(failed_session(note, failure));
        }
        if self.flavour == Flavour::Ruby {
            features.iter_mut().flat_map(|feature| &mut feature.elements).for_each(Element::describe);
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

impl CucumberJson {
    fn feature<'a>(
        &self,
        session: &SessionMessages<'_>,
        opened: &'a OpenedFeature,
        cases: &[Case<'a>],
    ) -> JsonFeature<'a> {
        let parsed = &opened.document.feature;
        let name = match session.session() {
            Some(note) if session.opening.several => format!("{} ({})", parsed.name, note.name),
            _ => parsed.name.clone(),
        };
        let id = slug(&name);
        JsonFeature {
            uri: &opened.document.uri,
            keyword: &parsed.keyword,
            elements: cases.iter().map(|case| self.element(opened, &id, case)).collect(),
            id,
            name,
            description: &parsed.description,
            line: parsed.location.line,
            tags: parsed.tags.iter().map(|tag| self.feature_tag(tag)).collect(),
        }
    }

    fn element<'a>(&self, feature: &'a OpenedFeature, feature_id: &str, case: &Case<'a>) -> Element<'a> {
        let pickle = case.pickle;
        Element {
            id: format!("{feature_id};{}", slug(&pickle.name)),
            keyword: &pickle.keyword,
            r#type: "scenario",
            name: &pickle.name,
            description: pickle.description.clone(),
            line: pickle.location.line,
            start_timestamp: date(case.started),
            tags: pickle.tags.iter().map(|tag| self.scenario_tag(tag)).collect(),
            steps: pickle.steps.iter().zip(&case.steps).map(|(pickle, played)| step(feature, pickle, played)).collect(),
        }
    }

    fn feature_tag<'a>(&self, tag: &'a Tag) -> WrittenTag<'a> {
        let Tag { location: Location { line, column }, name, .. } = tag;
        match self.flavour {
            Flavour::Jvm => {
                let location = JsonPlace { line: *line, column: column.unwrap_or(1) };
                WrittenTag::Place { name, r#type: "Tag", location }
            }
            Flavour::Ruby => WrittenTag::Line { name, line: *line },
        }
    }

    fn scenario_tag<'a>(&self, tag: &'a PickleTag) -> WrittenTag<'a> {
        let PickleTag { name, line, .. } = tag;
        match self.flavour {
            Flavour::Jvm => WrittenTag::Name { name },
            Flavour::Ruby => WrittenTag::Line { name, line: *line },
        }
    }
}

impl Element<'_> {
    /// Moves the output of the steps into the description.
    fn describe(&mut self) {
        for line in self.steps.iter_mut().flat_map(|step| step.output.drain(..)) {
            if !self.description.is_empty() {
                self.description.push('\n');
            }
            self.description.push_str(&line);
        }
    }
}

fn step<'a>(feature: &OpenedFeature, pickle: &'a PickleStep, played: &CaseStep<'a>) -> JsonStep<'a> {
    let argument = pickle.argument.as_ref();
    let doc_string = argument.and_then(|argument| argument.doc_string.as_ref());
    let table = argument.and_then(|argument| argument.data_table.as_ref());
    JsonStep {
        keyword: format!("{} ", pickle.keyword),
        name: &pickle.text,
        line: pickle.line,
        r#match: Match { location: format!("{}:{}", feature.document.uri, pickle.line) },
        rows: table.map(rows),
        doc_string: doc_string.map(|text| JsonDocString { line: text.line, value: &text.content }),
        result: result(played.result),
        output: played.drift.iter().map(|drift| format!("drift: {drift}")).collect(),
    }
}

fn rows(table: &PickleTable) -> Vec<JsonRow<'_>> {
    let rows = table.rows.iter().map(|row| row.cells.iter().map(|cell| cell.value.as_str()));
    rows.map(|cells| JsonRow { cells: cells.collect() }).collect()
}

fn result(result: &TestStepResult) -> JsonStepResult<'_> {
    let status = match result.status {
        ResultStatus::Passed => "passed",
        ResultStatus::Skipped => "skipped",
        ResultStatus::Failed | ResultStatus::Ambiguous => "failed",
        ResultStatus::Pending => "pending",
        ResultStatus::Undefined | ResultStatus::Unknown => "undefined",
    };
    let duration = u64::try_from(std::time::Duration::from(result.duration).as_nanos()).unwrap_or(u64::MAX);
    JsonStepResult { status, duration, error_message: result.message.as_deref() }
}

/// A failure beside the steps, as a feature of one scenario of one step.
fn failed_session<'a>(note: &'a SessionNote, failure: &'a TestStepResult) -> JsonFeature<'a> {
    let step = JsonStep {
        keyword: "Then ".to_owned(),
        name: "the session begins and ends as it should",
        line: 1,
        r#match: Match { location: note.name.clone() },
        rows: None,
        doc_string: None,
        result: result(failure),
        output: Vec::new(),
    };
    let element = Element {
        id: format!("{};session", slug(&note.name)),
        keyword: "Scenario",
        r#type: "scenario",
        name: "The session",
        description: String::new(),
        line: 1,
        start_timestamp: None,
        tags: Vec::new(),
        steps: vec![step],
    };
    JsonFeature {
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

/// The date and time in UTC, with milliseconds.
fn date(moment: Timestamp) -> Option<String> {
    let moment = jiff::Timestamp::new(moment.seconds, moment.nanos).ok()?;
    Some(format!("{moment:.3}"))
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

    #[test]
    fn a_scenario_begins_at_a_date_with_milliseconds() {
        let moment = Timestamp { seconds: 1_795_869_629, nanos: 635_351_490 };
        assert_eq!(date(moment).as_deref(), Some("2026-11-28T12:40:29.635Z"));
    }
}
