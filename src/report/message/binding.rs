//! The messages about step definitions, and what of a test step is bound to which.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::sentences::StepArguments;

use super::Location;

/// A kind of parameter that may stand in an expression, beside those that cucumber brings.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParameterType {
    /// Its id.
    pub id: String,
    /// Its name, which stands in braces.
    pub name: Cow<'static, str>,
    /// The patterns of its texts.
    pub regular_expressions: Vec<Cow<'static, str>>,
    /// Never: only expressions name it.
    pub prefer_for_regular_expression_match: bool,
    /// Whether a snippet of a new step may have it.
    pub use_for_snippets: bool,
}

/// A step definition.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StepDefinition {
    /// Its id: [`definition_id`].
    pub id: String,
    /// The pattern of its sentences.
    pub pattern: StepDefinitionPattern,
    /// The place of its code.
    pub source_reference: SourceReference,
}

/// The pattern of the sentences of a step definition.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepDefinitionPattern {
    /// The expression.
    pub source: String,
    /// Of which kind it is.
    pub r#type: PatternType,
}

/// The kind of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PatternType {
    /// Cucumber's own.
    CucumberExpression,
    /// A regular one: what cucumber makes of the expression of a step that another crate defines.
    RegularExpression,
}

/// A place in the source of a program; left open for what has none.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SourceReference {
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// The place in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// The definition that a step is bound to.
#[derive(Clone, Debug)]
pub enum StepBinding {
    /// Of a step that is played. It is shared with the plan, so that a session costs nothing more.
    Planned {
        /// The place of the definition among all.
        definition: usize,
        /// The texts in the places of its parameters.
        arguments: Arc<StepArguments>,
    },
    /// Of a step that was read from messages.
    Kept(Box<KeptBinding>),
}

/// The definition that a step is bound to, as messages tell it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeptBinding {
    pub(super) step_definition_ids: Vec<String>,
    pub(super) step_match_arguments_lists: Vec<Value>,
}

/// The id of the definition at this place among all.
pub fn definition_id(place: usize) -> String {
    format!("d{place}")
}

impl<'de> Deserialize<'de> for StepBinding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        KeptBinding::deserialize(deserializer).map(|kept| Self::Kept(Box::new(kept)))
    }
}
