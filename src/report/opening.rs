//! What is known of a run before a session is played: the program, the feature files, the scenarios.

use std::collections::HashMap;

use cucumber::step::Location as StepLocation;

use crate::runner::{Plan, PlannedFeature, PlannedScenario, PlannedStep};
use crate::sentences::{self, Definitions, ParameterKind, known_parameters};

use super::document::{FeatureDocument, document};
use super::masking::masked_message;
use super::message::{
    Envelope, GherkinDocument, Hook, HookType, Location, Meta, PROTOCOL, ParameterType, PatternType, Pickle,
    PickleArgument, PickleCell, PickleDocString, PickleRow, PickleStep, PickleTable, PickleTag, Product, Source,
    SourceReference, StepDefinition, StepDefinitionPattern, StepType, TestRunStarted, Timestamp, definition_id,
};
use super::nodes::complete;

/// The id of the run.
pub(super) const RUN: &str = "run";
/// The id of what ends a session.
pub(super) const SESSION_END: &str = "session-end";

/// The messages with which a run begins. Every session's messages point into them.
#[derive(Debug)]
pub struct Opening {
    /// The tutorial.
    pub tutorial: String,
    /// Whether there are several sessions, so that reports have to name the session.
    pub several: bool,
    /// The features, in the order of the plan.
    pub features: Vec<OpenedFeature>,
    meta: Meta,
    parameters: Vec<ParameterType>,
    definitions: Vec<StepDefinition>,
    hooks: Vec<Hook>,
    started: TestRunStarted,
}

/// The parts of an opening that is read from messages.
#[derive(Debug, Default)]
pub(super) struct OpeningParts {
    pub meta: Option<Meta>,
    pub features: Vec<OpenedFeature>,
    pub parameters: Vec<ParameterType>,
    pub definitions: Vec<StepDefinition>,
    pub hooks: Vec<Hook>,
    pub started: Option<TestRunStarted>,
}

/// One feature file, i.e. one step of the tutorial.
#[derive(Debug)]
pub struct OpenedFeature {
    /// The number of the tutorial's step; 1 for the first.
    pub number: u8,
    /// The feature file.
    pub document: GherkinDocument,
    /// Its scenarios, in the order of the plan.
    pub pickles: Vec<Pickle>,
    source: Source,
}

impl Opening {
    /// The program that played, with its version: `graphwalk 0.1.0`.
    pub fn program(&self) -> String {
        let Product { name, version } = &self.meta().implementation;
        version.as_ref().map_or_else(|| name.to_string(), |version| format!("{name} {version}"))
    }

    /// The opening of a run of `plan`. `several` says whether it has more than one session.
    pub fn new(plan: &Plan, several: bool) -> Self {
        let product = |name: &'static str, version: Option<&'static str>| Product {
            name: name.into(),
            version: version.map(Into::into),
        };
        let features = plan.features.iter().enumerate();
        Self {
            tutorial: plan.tutorial.clone(),
            several,
            features: features.map(|(index, feature)| OpenedFeature::new(index, feature)).collect(),
            meta: Meta {
                protocol_version: PROTOCOL.into(),
                implementation: product("graphwalk", Some(env!("CARGO_PKG_VERSION"))),
                runtime: product("Rust", None),
                os: product(std::env::consts::OS, None),
                cpu: product(std::env::consts::ARCH, None),
            },
            parameters: known_parameters().enumerate().map(|(place, kind)| parameter_type(place, kind)).collect(),
            definitions: Definitions::shared().described().enumerate().map(step_definition).collect(),
            hooks: vec![Hook {
                id: SESSION_END.to_owned(),
                name: "the session begins and ends as it should".to_owned(),
                source_reference: SourceReference::default(),
                r#type: Some(HookType::AfterTestRun),
            }],
            started: TestRunStarted { timestamp: jiff::Timestamp::now().into(), id: RUN.to_owned() },
        }
    }

    /// The messages, in order.
    pub fn messages(&self) -> impl Iterator<Item = Envelope<'_>> {
        let of_features = self.features.iter().flat_map(|feature| {
            let documents = [Envelope::Source(&feature.source), Envelope::GherkinDocument(&feature.document)];
            documents.into_iter().chain(feature.pickles.iter().map(Envelope::Pickle))
        });
        let first = std::iter::once(Envelope::Meta(&self.meta));
        let parameters = self.parameters.iter().map(Envelope::ParameterType);
        let definitions = self.definitions.iter().map(Envelope::StepDefinition);
        let hooks = self.hooks.iter().map(Envelope::Hook);
        let last = std::iter::once(Envelope::TestRunStarted(&self.started));
        first.chain(of_features).chain(parameters).chain(definitions).chain(hooks).chain(last)
    }

    /// An opening that was read. Which tutorial it is, and how many sessions there are, those who read on know.
    pub(super) fn kept(parts: OpeningParts) -> Self {
        let OpeningParts { meta, features, parameters, definitions, hooks, started } = parts;
        Self {
            tutorial: String::new(),
            several: false,
            features,
            meta: meta.unwrap_or_default(),
            parameters,
            definitions,
            hooks,
            started: started.unwrap_or_default(),
        }
    }

    /// The id of the run.
    pub fn run(&self) -> &str {
        &self.started.id
    }

    /// Returns the time when the run began.
    pub fn started(&self) -> Timestamp {
        self.started.timestamp
    }

    /// Returns the program that wrote the messages, and its surroundings.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// The text of a feature file.
    pub fn text(&self, uri: &str) -> Option<&str> {
        self.features.iter().map(|feature| &feature.source).find(|source| source.uri == uri).map(|s| s.data.as_str())
    }
}

impl OpenedFeature {
    /// A feature that was read from messages.
    pub(super) fn kept(number: u8, document: GherkinDocument, pickles: Vec<Pickle>, source: Source) -> Self {
        Self { number, document, pickles, source }
    }

    fn new(index: usize, planned: &PlannedFeature) -> Self {
        let file = &planned.file;
        let uri = file.path.to_string();
        let source = Source { uri: uri.clone(), data: file.text.to_string(), media_type: Source::GHERKIN.into() };
        let FeatureDocument { message, nodes, tags } = document(&uri, &file.text, &index.to_string());
        let scenarios = planned.scenarios.iter().enumerate();
        let pickles = scenarios.map(|(place, scenario)| {
            let id = pickle_id(index, place);
            let steps = scenario.steps.iter().enumerate();
            Pickle {
                uri: uri.clone(),
                location: Location { line: scenario.line, column: None },
                name: scenario.name.clone(),
                language: message.feature.language.clone(),
                steps: steps.map(|(place, step)| pickle_step(&id, place, step, &nodes)).collect(),
                tags: pickle_tags(scenario, &tags),
                ast_node_ids: nodes.get(&scenario.line).cloned().unwrap_or_default(),
                id,
                keyword: String::new(),
                description: String::new(),
            }
        });
        let mut pickles = masked_message(pickles.collect::<Vec<_>>());
        let document = masked_message(message);
        complete(&mut pickles, &document);
        Self { number: file.number, document, pickles, source: masked_message(source) }
    }
}

fn parameter_type(place: usize, kind: &ParameterKind) -> ParameterType {
    ParameterType {
        id: format!("k{place}"),
        name: kind.name.into(),
        regular_expressions: vec![kind.pattern.into()],
        prefer_for_regular_expression_match: false,
        use_for_snippets: true,
    }
}

fn step_definition(
    (place, (source, uri, at)): (usize, (sentences::DefinitionText, String, StepLocation)),
) -> StepDefinition {
    let (source, r#type) = match source {
        sentences::DefinitionText::Expression(written) => (written.to_owned(), PatternType::CucumberExpression),
        sentences::DefinitionText::Pattern(pattern) => (pattern, PatternType::RegularExpression),
    };
    let location = Location { line: at.line as usize, column: Some(at.column as usize) };
    StepDefinition {
        id: definition_id(place),
        pattern: StepDefinitionPattern { source, r#type },
        source_reference: SourceReference { uri: Some(uri), location: Some(location) },
    }
}

/// The id of a scenario, by its place in the plan.
pub(super) fn pickle_id(feature: usize, scenario: usize) -> String {
    format!("p{feature}.{scenario}")
}

/// The part of a scenario's id that those of its feature have in common.
pub(super) fn feature_of(pickle_id: &str) -> &str {
    pickle_id.split_once('.').map_or(pickle_id, |(feature, _)| feature)
}

fn pickle_step(pickle: &str, place: usize, step: &PlannedStep, nodes: &HashMap<usize, Vec<String>>) -> PickleStep {
    let read = &step.context.step;
    let doc_string = read.docstring.clone().map(|content| PickleDocString { content, line: 0 });
    let cells =
        |row: &Vec<String>| PickleRow { cells: row.iter().map(|value| PickleCell { value: value.clone() }).collect() };
    let data_table = read.table.as_ref().map(|table| PickleTable { rows: table.rows.iter().map(cells).collect() });
    let has_argument = doc_string.is_some() || data_table.is_some();
    PickleStep {
        ast_node_ids: nodes.get(&step.line).cloned().unwrap_or_else(|| vec![format!("line {}", step.line)]),
        id: format!("{pickle}.{place}"),
        r#type: StepType::from_gherkin(read.ty),
        text: step.text.to_string(),
        argument: has_argument.then_some(PickleArgument { doc_string, data_table }),
        keyword: String::new(),
        line: 0,
    }
}

fn pickle_tags(scenario: &PlannedScenario, tags: &HashMap<usize, Vec<String>>) -> Vec<PickleTag> {
    let ids = tags.get(&scenario.line).into_iter().flatten().cloned().chain(std::iter::repeat(String::new()));
    scenario
        .tags
        .iter()
        .zip(ids)
        .map(|(tag, id)| PickleTag { name: format!("@{tag}"), ast_node_id: id, line: 0 })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tutorial::{Tutorial, read_feature};
    use serde_json::Value;

    const FEATURE: &str = r#"# language: en
@all @step-1
Feature: f
  About it.

  Background:
    Given the administrator sends GET "/v1.0/me"

  @one @all
  Scenario: s
    When the administrator sends POST "/v1.0/$batch"
      ```
      {"requests": []}
      ```
    Then the status is 200

  Rule: r
    Scenario Outline: o <path>
      When the administrator sends GET "/v1.0/<path>"
      @one
      Examples: e
        | path   |
        | users  |
        | devices |
"#;

    fn opening() -> Opening {
        let feature = read_feature("x.feature", FEATURE.to_owned(), 1).unwrap_or_else(|fault| panic!("{fault:?}"));
        let tutorial = Tutorial { name: "t".to_owned(), features: vec![feature] };
        Opening::new(&Plan::new(tutorial).unwrap_or_else(|faults| panic!("{faults:?}")), false)
    }

    /// The nodes of a document that have an id: their ids with their names or texts, and their lines.
    fn nodes(node: &Value, found: &mut HashMap<String, (String, u64)>) {
        if let (Some(id), Some(line)) = (node["id"].as_str(), node.pointer("/location/line").and_then(Value::as_u64)) {
            let cell = node.pointer("/cells/0/value");
            let name = node.get("text").or(node.get("name")).or(cell).and_then(Value::as_str).unwrap_or_default();
            assert!(found.insert(id.to_owned(), (name.to_owned(), line)).is_none(), "twice: {id}");
        }
        let below = node.as_object().into_iter().flat_map(|properties| properties.values());
        below.chain(node.as_array().into_iter().flatten()).for_each(|node| nodes(node, found));
    }

    #[test]
    fn scenarios_know_the_nodes_of_the_file_that_they_were_made_of() {
        let opening = opening();
        let feature = &opening.features[0];
        let mut found = HashMap::new();
        nodes(&serde_json::to_value(&feature.document).unwrap(), &mut found);
        let named =
            |ids: &[String]| -> Vec<(&str, u64)> { ids.iter().map(|id| (found[id].0.as_str(), found[id].1)).collect() };
        let pickles: Vec<_> = feature.pickles.iter().map(|pickle| named(&pickle.ast_node_ids)).collect();
        let outline = ("o <path>", 18);
        assert_eq!(pickles, [vec![("s", 10)], vec![outline, ("users", 23)], vec![outline, ("devices", 24)]]);
        let steps: Vec<_> = feature.pickles[0].steps.iter().map(|step| named(&step.ast_node_ids)[0].1).collect();
        assert_eq!(steps, [7, 11, 15]);
        let tags: Vec<_> =
            feature.pickles[0].tags.iter().map(|tag| (tag.name.as_str(), found[&tag.ast_node_id].1)).collect();
        assert_eq!(tags, [("@all", 2), ("@step-1", 2), ("@one", 9), ("@all", 9)]);
        let tags: Vec<_> = feature.pickles[2].tags.iter().map(|tag| found[&tag.ast_node_id].1).collect();
        assert_eq!(tags, [2, 2, 20]);
        assert_eq!((feature.document.feature.language.as_str(), feature.document.feature.children.len()), ("en", 3));
    }
}
