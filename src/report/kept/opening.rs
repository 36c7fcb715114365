//! The messages with which a run begins, read again.

use std::collections::HashMap;

use crate::report::message::{Child, Examples, GherkinDocument, Pickle, Scenario, Source, Step};
use crate::report::opening::{OpenedFeature, Opening, OpeningParts};
use crate::tutorial::step_tag;

use super::line::KeptLine;

/// What was read of an opening so far.
#[derive(Debug, Default)]
pub(super) struct KeptOpening {
    parts: OpeningParts,
    sources: HashMap<String, Source>,
    documents: Vec<GherkinDocument>,
    pickles: HashMap<String, Vec<Pickle>>,
}

/// Where a node of a document stands, and the word before it if it is a step.
struct Node<'a> {
    line: usize,
    keyword: &'a str,
}

impl KeptOpening {
    /// Takes a message; returns it if it is none of an opening.
    pub fn take(&mut self, line: KeptLine) -> Option<KeptLine> {
        let parts = &mut self.parts;
        match line {
            KeptLine::Meta(meta) if parts.meta.is_none() => parts.meta = Some(meta),
            KeptLine::Source(source) => drop(self.sources.insert(source.uri.clone(), source)),
            KeptLine::GherkinDocument(document) => self.documents.push(*document),
            KeptLine::Pickle(pickle) => self.pickles.entry(pickle.uri.clone()).or_default().push(pickle),
            KeptLine::ParameterType(parameter) => parts.parameters.push(parameter),
            KeptLine::StepDefinition(definition) => parts.definitions.push(definition),
            KeptLine::Hook(hook) => parts.hooks.push(hook),
            KeptLine::TestRunStarted(started) => parts.started = Some(started),
            other => return Some(other),
        }
        None
    }

    /// The opening, as far as it was read.
    pub fn finish(mut self) -> Opening {
        for (place, document) in self.documents.into_iter().enumerate() {
            let source = self.sources.remove(&document.uri).unwrap_or_else(|| Source {
                uri: document.uri.clone(),
                data: String::new(),
                media_type: Source::GHERKIN.into(),
            });
            let mut pickles = self.pickles.remove(&document.uri).unwrap_or_default();
            let nodes = nodes(&document);
            pickles.iter_mut().for_each(|pickle| locate(pickle, &nodes));
            let number = number(&document).unwrap_or_else(|| u8::try_from(place + 1).unwrap_or(u8::MAX));
            self.parts.features.push(OpenedFeature::kept(number, document, pickles, source));
        }
        Opening::kept(self.parts)
    }
}

/// The number of the tutorial's step, which a tag says.
fn number(document: &GherkinDocument) -> Option<u8> {
    let tags: Vec<&str> = document.feature.tags.iter().map(|tag| tag.name.trim_start_matches('@')).collect();
    step_tag(&tags).and_then(|number| number.parse().ok())
}

/// Adds to a scenario what its messages leave to the document: lines, and the words before sentences.
fn locate(pickle: &mut Pickle, nodes: &HashMap<&str, Node<'_>>) {
    let node = |ids: &[String]| ids.iter().rev().find_map(|id| nodes.get(id.as_str()));
    if pickle.location.line == 0
        && let Some(Node { line, .. }) = node(&pickle.ast_node_ids)
    {
        pickle.location.line = *line;
    }
    for step in &mut pickle.steps {
        // The first node is the step; a second one is the row of examples that its values are from.
        if let Some(Node { line, keyword }) = step.ast_node_ids.first().and_then(|id| nodes.get(id.as_str())) {
            step.line = *line;
            step.keyword = keyword.trim_end().to_owned();
        }
    }
}

fn nodes(document: &GherkinDocument) -> HashMap<&str, Node<'_>> {
    let mut nodes = HashMap::new();
    for child in &document.feature.children {
        add_child(child, &mut nodes);
    }
    nodes
}

fn add_child<'a>(child: &'a Child, nodes: &mut HashMap<&'a str, Node<'a>>) {
    match child {
        Child::Background(background) => add_steps(&background.steps, nodes),
        Child::Scenario(scenario) => add_scenario(scenario, nodes),
        Child::Rule(rule) => rule.children.iter().for_each(|child| add_child(child, nodes)),
    }
}

fn add_scenario<'a>(scenario: &'a Scenario, nodes: &mut HashMap<&'a str, Node<'a>>) {
    nodes.insert(&scenario.id, Node { line: scenario.location.line, keyword: &scenario.keyword });
    add_steps(&scenario.steps, nodes);
    for row in scenario.examples.iter().flat_map(|Examples { table_body, .. }| table_body) {
        nodes.insert(&row.id, Node { line: row.location.line, keyword: "" });
    }
}

fn add_steps<'a>(steps: &'a [Step], nodes: &mut HashMap<&'a str, Node<'a>>) {
    for step in steps {
        nodes.insert(&step.id, Node { line: step.location.line, keyword: &step.keyword });
    }
}
