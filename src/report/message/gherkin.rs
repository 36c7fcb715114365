//! The messages about feature files: their text, what was read of it, and the scenarios that were made of it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The text of a feature file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The file, as reports name it.
    pub uri: String,
    /// The whole text.
    pub data: String,
    /// [`Source::GHERKIN`].
    pub media_type: Cow<'static, str>,
}

/// A feature file as it was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GherkinDocument {
    /// The file.
    pub uri: String,
    /// The feature.
    #[serde(default = "Feature::empty")]
    pub feature: Feature,
    /// The parser keeps none.
    #[serde(skip_deserializing)]
    pub comments: [(); 0],
}

/// A place in a file; both count from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

/// A tag as it stands in the file, with its `@`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tag {
    /// The place.
    pub location: Location,
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
}

/// A feature.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Feature {
    /// The place.
    pub location: Location,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// The language of its keywords.
    pub language: String,
    /// Its keyword, as the file has it.
    pub keyword: String,
    /// Its name.
    pub name: String,
    /// The text below its name.
    #[serde(default)]
    pub description: String,
    /// Background, scenarios, rules.
    pub children: Vec<Child>,
}

/// A part of a feature or of a rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Child {
    /// Steps before those of every scenario.
    Background(Background),
    /// A scenario.
    Scenario(Scenario),
    /// A rule with scenarios of its own.
    Rule(Rule),
}

/// A rule.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// The place.
    pub location: Location,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its keyword, as the file has it.
    pub keyword: String,
    /// Its name.
    pub name: String,
    /// The text below its name.
    #[serde(default)]
    pub description: String,
    /// Background and scenarios.
    pub children: Vec<Child>,
    /// Its id.
    pub id: String,
}

/// Steps before those of every scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Background {
    /// The place.
    pub location: Location,
    /// Its keyword, as the file has it.
    pub keyword: String,
    /// Its name.
    pub name: String,
    /// The text below its name.
    #[serde(default)]
    pub description: String,
    /// Its steps.
    pub steps: Vec<Step>,
    /// Its id.
    pub id: String,
}

/// A scenario, or an outline of several.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scenario {
    /// The place.
    pub location: Location,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Its keyword, as the file has it.
    pub keyword: String,
    /// Its name.
    pub name: String,
    /// The text below its name.
    #[serde(default)]
    pub description: String,
    /// Its steps.
    pub steps: Vec<Step>,
    /// The examples of an outline.
    pub examples: Vec<Examples>,
    /// Its id.
    pub id: String,
}

/// The examples of an outline.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Examples {
    /// The place.
    pub location: Location,
    /// Their tags.
    pub tags: Vec<Tag>,
    /// The word for them.
    pub keyword: String,
    /// Their name.
    pub name: String,
    /// The text below it.
    #[serde(default)]
    pub description: String,
    /// The first row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table_header: Option<TableRow>,
    /// The others.
    pub table_body: Vec<TableRow>,
    /// Their id.
    pub id: String,
}

/// A step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// The place.
    pub location: Location,
    /// The word before its sentence, with the space between.
    pub keyword: String,
    /// The meaning of the keyword.
    #[serde(default)]
    pub keyword_type: StepType,
    /// The sentence.
    pub text: String,
    /// The text below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc_string: Option<DocString>,
    /// The table below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_table: Option<DataTable>,
    /// Its id.
    pub id: String,
}

/// The meaning of the keyword before a sentence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepType {
    /// `Given`.
    Context,
    /// `When`.
    Action,
    /// `Then`.
    Outcome,
    /// `And`, `But`: as the step before. Only in documents, not in pickles.
    Conjunction,
    /// A star, as other programs read it.
    #[default]
    Unknown,
}

/// A text below a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DocString {
    /// The place.
    pub location: Location,
    /// The text.
    pub content: String,
    /// The characters around it.
    pub delimiter: Cow<'static, str>,
}

/// A table below a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DataTable {
    /// The place.
    pub location: Location,
    /// Its rows.
    pub rows: Vec<TableRow>,
}

/// A row of a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableRow {
    /// The place.
    pub location: Location,
    /// Its cells.
    pub cells: Vec<TableCell>,
    /// Its id.
    pub id: String,
}

/// A cell of a table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableCell {
    /// The place.
    pub location: Location,
    /// The text of the cell.
    pub value: String,
}

/// A scenario that can be played.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pickle {
    /// Its id.
    pub id: String,
    /// The file.
    pub uri: String,
    /// The place: of a row of an outline, that of the row.
    #[serde(default)]
    pub location: Location,
    /// Its name.
    pub name: String,
    /// The language of its keywords.
    pub language: String,
    /// Its steps, those of backgrounds too.
    pub steps: Vec<PickleStep>,
    /// Its tags, those that it inherits too.
    pub tags: Vec<PickleTag>,
    /// The nodes that it was made of.
    pub ast_node_ids: Vec<String>,
    /// The keyword of its scenario, for reports; no part of the message.
    #[serde(skip)]
    pub keyword: String,
    /// The text below the scenario's name, for reports; no part of the message.
    #[serde(skip)]
    pub description: String,
}

/// A step that can be played.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PickleStep {
    /// The nodes that it was made of.
    pub ast_node_ids: Vec<String>,
    /// Its id.
    pub id: String,
    /// The meaning of the keyword before its sentence.
    #[serde(default)]
    pub r#type: StepType,
    /// Its sentence.
    pub text: String,
    /// The table or text below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub argument: Option<PickleArgument>,
    /// The word before its sentence, for reports; no part of the message.
    #[serde(skip)]
    pub keyword: String,
    /// Its line, for reports; no part of the message.
    #[serde(skip)]
    pub line: usize,
}

/// The table or the text below a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PickleArgument {
    /// A text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc_string: Option<PickleDocString>,
    /// A table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_table: Option<PickleTable>,
}

/// A text below a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PickleDocString {
    /// The text.
    pub content: String,
    /// Its line, for reports; no part of the message.
    #[serde(skip)]
    pub line: usize,
}

/// A table below a step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PickleTable {
    /// Its rows.
    pub rows: Vec<PickleRow>,
}

/// A row of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PickleRow {
    /// Its cells.
    pub cells: Vec<PickleCell>,
}

/// A cell of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PickleCell {
    /// The text of the cell.
    pub value: String,
}

/// A tag of a pickle.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PickleTag {
    /// Its name, with its `@`.
    pub name: String,
    /// The tag in the document.
    pub ast_node_id: String,
    /// Its line, for reports; no part of the message.
    #[serde(skip)]
    pub line: usize,
}

impl Source {
    /// The media type of a feature file.
    pub const GHERKIN: &str = "text/x.cucumber.gherkin+plain";
}
