//! A feature file as Cucumber's messages have it: every node with its id and its place.

use std::collections::HashMap;

use cucumber::gherkin::{self, LineCol};

use crate::tutorial::parse_gherkin;

use super::message::{
    Background, Child, DataTable, DocString, Examples, Feature, GherkinDocument, Location, Rule, Scenario, Step,
    StepType, TableCell, TableRow, Tag,
};

/// The language of keywords where a file says none.
const ENGLISH: &str = "en";

/// A feature file, and where its nodes are found.
#[derive(Debug)]
pub(super) struct FeatureDocument {
    /// The message.
    pub message: GherkinDocument,
    /// The ids of the steps, scenarios and rows of examples, by line; of a row first its scenario's.
    pub nodes: HashMap<usize, Vec<String>>,
    /// The ids of the tags of a scenario, by its line: those that it inherits first.
    pub tags: HashMap<usize, Vec<String>>,
}

/// The document of the file `uri`, which has this text. Its ids begin with `prefix`. A text that is no feature, of which none is
/// ever planned, gives an empty one.
pub(super) fn document(uri: &str, text: &str, prefix: &str) -> FeatureDocument {
    let mut reading = DocumentReading {
        lines: text.lines().collect(),
        prefix,
        count: 0,
        nodes: HashMap::new(),
        tags: HashMap::new(),
        inherited: Vec::new(),
    };
    let feature = parse_gherkin(text).ok();
    let feature = feature.map_or_else(Feature::empty, |feature| reading.feature(feature));
    let message = GherkinDocument { uri: uri.to_owned(), feature, comments: [] };
    FeatureDocument { message, nodes: reading.nodes, tags: reading.tags }
}

struct DocumentReading<'a> {
    lines: Vec<&'a str>,
    prefix: &'a str,
    count: usize,
    nodes: HashMap<usize, Vec<String>>,
    tags: HashMap<usize, Vec<String>>,
    /// The ids of the tags that what is being read inherits.
    inherited: Vec<String>,
}

impl DocumentReading<'_> {
    fn id(&mut self) -> String {
        self.count += 1;
        format!("a{}.{}", self.prefix, self.count)
    }

    fn feature(&mut self, feature: gherkin::Feature) -> Feature {
        let gherkin::Feature { keyword, name, description, background, scenarios, rules, tags, position, .. } = feature;
        let tags = self.tags(&tags, position.line);
        self.inherited = ids_of(&tags);
        let mut children = self.children(background, scenarios);
        for rule in rules {
            children.push(Child::Rule(self.rule(rule)));
        }
        Feature {
            location: at(position),
            tags,
            language: language(&self.lines),
            keyword,
            name,
            description: description.unwrap_or_default(),
            children,
        }
    }

    fn rule(&mut self, rule: gherkin::Rule) -> Rule {
        let gherkin::Rule { keyword, name, description, background, scenarios, tags, position, .. } = rule;
        let tags = self.tags(&tags, position.line);
        let outside = self.inherited.len();
        self.inherited.extend(ids_of(&tags));
        let children = self.children(background, scenarios);
        self.inherited.truncate(outside);
        let (location, description, id) = (at(position), description.unwrap_or_default(), self.id());
        Rule { location, tags, keyword, name, description, children, id }
    }

    fn children(&mut self, background: Option<gherkin::Background>, scenarios: Vec<gherkin::Scenario>) -> Vec<Child> {
        let background = background.map(|background| Child::Background(self.background(background)));
        let mut children: Vec<Child> = background.into_iter().collect();
        for scenario in scenarios {
            children.push(Child::Scenario(self.scenario(scenario)));
        }
        children
    }

    fn background(&mut self, background: gherkin::Background) -> Background {
        let gherkin::Background { keyword, name, description, steps, position, .. } = background;
        Background {
            location: at(position),
            keyword,
            name,
            description: description.unwrap_or_default(),
            steps: self.steps(steps),
            id: self.id(),
        }
    }

    fn scenario(&mut self, scenario: gherkin::Scenario) -> Scenario {
        let gherkin::Scenario { keyword, name, description, steps, examples, tags, position, .. } = scenario;
        let id = self.id();
        self.nodes.insert(position.line, vec![id.clone()]);
        let tags = self.tags(&tags, position.line);
        let all: Vec<String> = self.inherited.iter().cloned().chain(ids_of(&tags)).collect();
        self.tags.insert(position.line, all.clone());
        Scenario {
            location: at(position),
            tags,
            keyword,
            name,
            description: description.unwrap_or_default(),
            steps: self.steps(steps),
            examples: examples.into_iter().map(|examples| self.examples((&id, &all), examples)).collect(),
            id,
        }
    }

    /// The examples of a scenario that has this id and the tags with these.
    fn examples(&mut self, (scenario, outer): (&str, &[String]), examples: gherkin::Examples) -> Examples {
        let gherkin::Examples { keyword, name, description, table, tags, position, .. } = examples;
        let mut rows = table.map(|table| self.rows(&table)).unwrap_or_default().into_iter();
        let table_header = rows.next();
        let table_body: Vec<TableRow> = rows.collect();
        let tags = self.tags(&tags, position.line);
        let all: Vec<String> = outer.iter().cloned().chain(ids_of(&tags)).collect();
        for row in &table_body {
            let line = row.location.line;
            self.nodes.insert(line, vec![scenario.to_owned(), row.id.clone()]);
            self.tags.insert(line, all.clone());
        }
        Examples {
            location: at(position),
            tags,
            keyword,
            name: name.unwrap_or_default(),
            description: description.unwrap_or_default(),
            table_header,
            table_body,
            id: self.id(),
        }
    }

    fn steps(&mut self, steps: Vec<gherkin::Step>) -> Vec<Step> {
        steps.into_iter().map(|step| self.step(step)).collect()
    }

    fn step(&mut self, step: gherkin::Step) -> Step {
        let gherkin::Step { keyword, ty, value, docstring, table, position, .. } = step;
        let id = self.id();
        self.nodes.insert(position.line, vec![id.clone()]);
        let is_conjunction = ["And", "But", "*"].contains(&keyword.trim());
        let doc_string = docstring.map(|content| {
            let is_quotes = |(_, line): &(usize, &&str)| ["\"\"\"", "```"].iter().any(|q| line.trim().starts_with(q));
            let below = self.lines.iter().enumerate().skip(position.line).find(is_quotes);
            let (index, delimiter) = below.map_or((position.line, "\"\"\""), |(index, line)| {
                (index, if line.trim().starts_with("```") { "```" } else { "\"\"\"" })
            });
            DocString { location: Location { line: index + 1, column: None }, content, delimiter: delimiter.into() }
        });
        Step {
            location: at(position),
            keyword,
            keyword_type: if is_conjunction { StepType::Conjunction } else { StepType::from_gherkin(ty) },
            text: value,
            doc_string,
            data_table: table.map(|table| DataTable { location: at(table.position), rows: self.rows(&table) }),
            id,
        }
    }

    /// The rows of a table, each at its own line: between rows there may be comments.
    fn rows(&mut self, table: &gherkin::Table) -> Vec<TableRow> {
        let lines = self.lines.iter().enumerate().skip(table.position.line.saturating_sub(1));
        let lines = lines.filter(|(_, line)| line.trim_start().starts_with('|')).map(|(index, _)| index + 1);
        let lines: Vec<usize> = lines.take(table.rows.len()).collect();
        let mut rows = Vec::with_capacity(table.rows.len());
        for (index, cells) in table.rows.iter().enumerate() {
            let location = Location { line: lines.get(index).copied().unwrap_or(table.position.line), column: None };
            let cells = cells.iter().map(|value| TableCell { location, value: value.clone() }).collect();
            rows.push(TableRow { location, cells, id: self.id() });
        }
        rows
    }

    /// Tags, which stand above the line of what they belong to.
    fn tags(&mut self, tags: &[String], line: usize) -> Vec<Tag> {
        let above = line.saturating_sub(1).min(self.lines.len());
        let place = |name: &str| {
            let lines = self.lines[..above].iter().enumerate().rev();
            let mut lines = lines.take_while(|(_, line)| line.trim().is_empty() || line.trim().starts_with(['@', '#']));
            lines.find_map(|(index, line)| {
                let is_whole =
                    |end: usize| line[end..].chars().next().is_none_or(|next| next.is_whitespace() || next == '@');
                let (offset, _) = line.match_indices(name).find(|(offset, _)| is_whole(offset + name.len()))?;
                Some(Location { line: index + 1, column: Some(line[..offset].chars().count() + 1) })
            })
        };
        let named: Vec<(String, Location)> = tags
            .iter()
            .map(|tag| {
                let name = format!("@{tag}");
                let location = place(&name).unwrap_or(Location { line, column: None });
                (name, location)
            })
            .collect();
        let mut all = Vec::with_capacity(named.len());
        for (name, location) in named {
            all.push(Tag { location, name, id: self.id() });
        }
        all
    }
}

/// The language of the keywords: what `# language:` at the top says.
fn language(lines: &[&str]) -> String {
    let top = lines.iter().take_while(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
    let said = top.into_iter().find_map(|line| line.trim_start_matches([' ', '#']).strip_prefix("language:"));
    said.map_or(ENGLISH, str::trim).to_owned()
}

fn ids_of(tags: &[Tag]) -> Vec<String> {
    tags.iter().map(|tag| tag.id.clone()).collect()
}

fn at(position: LineCol) -> Location {
    Location { line: position.line, column: Some(position.col) }
}

impl StepType {
    /// Returns the type of a step, by what cucumber read the word before its sentence as.
    pub(super) fn from_gherkin(ty: gherkin::StepType) -> Self {
        match ty {
            gherkin::StepType::Given => Self::Context,
            gherkin::StepType::When => Self::Action,
            gherkin::StepType::Then => Self::Outcome,
        }
    }
}

impl Feature {
    /// The feature of a text that is none.
    pub(super) fn empty() -> Self {
        Self {
            location: Location { line: 1, column: None },
            tags: Vec::new(),
            language: ENGLISH.to_owned(),
            keyword: "Feature".to_owned(),
            name: String::new(),
            description: String::new(),
            children: Vec::new(),
        }
    }
}
