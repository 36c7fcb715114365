//! What messages about a scenario leave to the document that it was made of: lines, keywords, descriptions.

use std::collections::HashMap;

use super::message::{Child, Examples, GherkinDocument, Pickle, Scenario, Step, Tag};

/// A node of a document.
#[derive(Clone, Copy, Default)]
struct Node<'a> {
    line: usize,
    /// The keyword of a step or of a scenario.
    keyword: &'a str,
    /// The text below the name of a scenario.
    description: &'a str,
    /// The line of the text below a step.
    doc_string: Option<usize>,
}

/// Nodes by their ids.
type Nodes<'a> = HashMap<&'a str, Node<'a>>;

/// Adds it to the scenarios of this document.
pub(super) fn complete(pickles: &mut [Pickle], document: &GherkinDocument) {
    let mut nodes = Nodes::new();
    add_tags(&document.feature.tags, &mut nodes);
    for child in &document.feature.children {
        add_child(child, &mut nodes);
    }
    pickles.iter_mut().for_each(|pickle| complete_pickle(pickle, &nodes));
}

fn complete_pickle(pickle: &mut Pickle, nodes: &Nodes<'_>) {
    // The first node is the scenario; a second one is the row of examples that its values are from.
    let node = |id: Option<&String>| id.and_then(|id| nodes.get(id.as_str())).copied();
    let scenario = node(pickle.ast_node_ids.first()).unwrap_or_default();
    pickle.keyword = scenario.keyword.to_owned();
    pickle.description = scenario.description.to_owned();
    if pickle.location.line == 0 {
        pickle.location.line = node(pickle.ast_node_ids.last()).unwrap_or_default().line;
    }
    for tag in &mut pickle.tags {
        tag.line = node(Some(&tag.ast_node_id)).unwrap_or_default().line;
    }
    for step in &mut pickle.steps {
        let Node { line, keyword, doc_string, .. } = node(step.ast_node_ids.first()).unwrap_or_default();
        step.line = line;
        step.keyword = keyword.trim_end().to_owned();
        if let Some(text) = step.argument.as_mut().and_then(|argument| argument.doc_string.as_mut()) {
            text.line = doc_string.unwrap_or(line);
        }
    }
}

fn add_child<'a>(child: &'a Child, nodes: &mut Nodes<'a>) {
    match child {
        Child::Background(background) => add_steps(&background.steps, nodes),
        Child::Scenario(scenario) => add_scenario(scenario, nodes),
        Child::Rule(rule) => {
            add_tags(&rule.tags, nodes);
            rule.children.iter().for_each(|child| add_child(child, nodes));
        }
    }
}

fn add_scenario<'a>(scenario: &'a Scenario, nodes: &mut Nodes<'a>) {
    let Scenario { location, tags, keyword, description, steps, examples, id, .. } = scenario;
    nodes.insert(id, Node { line: location.line, keyword, description, doc_string: None });
    add_tags(tags, nodes);
    add_steps(steps, nodes);
    for Examples { tags, table_body, .. } in examples {
        add_tags(tags, nodes);
        for row in table_body {
            nodes.insert(&row.id, Node { line: row.location.line, ..Node::default() });
        }
    }
}

fn add_tags<'a>(tags: &'a [Tag], nodes: &mut Nodes<'a>) {
    for tag in tags {
        nodes.insert(&tag.id, Node { line: tag.location.line, ..Node::default() });
    }
}

fn add_steps<'a>(steps: &'a [Step], nodes: &mut Nodes<'a>) {
    for Step { location, keyword, doc_string, id, .. } in steps {
        let doc_string = doc_string.as_ref().map(|text| text.location.line);
        nodes.insert(id, Node { line: location.line, keyword, description: "", doc_string });
    }
}
