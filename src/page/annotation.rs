//! Annotations: an object in a comment right before a fence that says what the fence shows.

use super::json::{PageJson, ReadJson};
use super::source::{PageSource, Span};

/// The content of a fence, as the page annotates it.
#[derive(Clone, Debug, PartialEq)]
pub struct Annotation {
    /// The whole comment.
    pub span: Span,
    /// The object, where it can be read.
    pub json: Option<PageJson>,
    /// The reason why it is not even JSON5.
    pub fault: Option<String>,
}

impl Annotation {
    /// Reads the content of a comment; nothing if it does not begin as an object.
    pub fn parse(source: &PageSource, span: Span, content: &Span) -> Option<Self> {
        let text = source.slice(content);
        if !text.trim_start().starts_with('{') {
            return None;
        }
        let read = ReadJson::read(text, content.start);
        let is_usable = read.faults.is_empty() || read.is_json5;
        let fault = read.faults.first().filter(|_| !is_usable).map(|fault| fault.message.clone());
        // A comment that begins with a bracket and has no properties is a note of the author.
        let json = read.value.filter(|json| !json.members().is_empty());
        (json.is_some() || text.contains("blockType")).then_some(Self { span, json, fault })
    }

    /// The text of a property.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.json.as_ref()?.get(name)?.text()
    }

    /// The type of the block: `request`, `response`, `ignored`.
    pub fn block_type(&self) -> Option<&str> {
        self.text("blockType")
    }

    /// Returns whether the answer is said to be shortened.
    pub fn is_truncated(&self) -> bool {
        let value = self.json.as_ref().and_then(|json| json.get("truncated")).map(PageJson::to_value);
        value.is_some_and(|value| value == true || value == "true")
    }
}
