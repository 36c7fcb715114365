//! JSON as it is printed on pages: read with the place of each value, and repaired where it is malformed.

use serde_json::{Map, Number, Value};

use super::source::Span;

mod parse;

/// The deepest that values may lie in each other. What lies deeper is refused.
const DEEPEST: usize = 100;

/// A value, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct PageJson {
    /// Its place in the page.
    pub span: Span,
    /// Its kind.
    pub kind: JsonKind,
}

/// The kind of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum JsonKind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// A text, without its escapes.
    Text(String),
    /// A list.
    List(Vec<PageJson>),
    /// An object, in the order of the page.
    Object(Vec<Member>),
}

/// A property of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// The place of the name.
    pub span: Span,
    /// Its value.
    pub value: PageJson,
}

/// A fault at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonFault {
    /// Its place, in bytes.
    pub offset: usize,
    /// A sentence without a stop.
    pub message: String,
}

/// The result of reading a text that should be JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadJson {
    /// The value, where one could be made of it.
    pub value: Option<PageJson>,
    /// The reasons why it is not JSON, in the order of the text; empty if it is.
    pub faults: Vec<JsonFault>,
    /// Whether it is JSON5 and nothing worse: comments, single quotes, bare names, commas at the end.
    pub is_json5: bool,
}

impl ReadJson {
    /// Reads a text that stands at `base` of the page. What is malformed is repaired and noted; nothing is made of what
    /// cannot be repaired.
    pub fn read(text: &str, base: usize) -> Self {
        parse::JsonParser::new(text, base).read()
    }
}

impl PageJson {
    /// The value as `serde_json` has it.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            JsonKind::Null => Value::Null,
            JsonKind::Bool(value) => Value::Bool(*value),
            JsonKind::Number(text) => text.parse::<Number>().map_or(Value::Null, Value::Number),
            JsonKind::Text(text) => Value::String(text.clone()),
            JsonKind::List(items) => items.iter().map(Self::to_value).collect(),
            JsonKind::Object(members) => {
                let pairs = members.iter().map(|member| (member.name.clone(), member.value.to_value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// The value of a property; of several with the name the last.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().rev().find(|member| member.name == name).map(|member| &member.value)
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            JsonKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Its properties; none if it is no object.
    pub fn members(&self) -> &[Member] {
        match &self.kind {
            JsonKind::Object(members) => members,
            _ => &[],
        }
    }

    /// Its items; none if it is not a list.
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            JsonKind::List(items) => items,
            _ => &[],
        }
    }

    /// Returns whether it is an object.
    pub fn is_object(&self) -> bool {
        matches!(self.kind, JsonKind::Object(_))
    }

    /// The value at a JSON pointer, or the nearest around it that is there.
    pub fn nearest_to(&self, pointer: &str) -> &Self {
        let mut at = self;
        for part in pointer.split('/').skip(1) {
            let name = part.replace("~1", "/").replace("~0", "~");
            let next = at.get(&name).or_else(|| name.parse::<usize>().ok().and_then(|index| at.items().get(index)));
            let Some(next) = next else { break };
            at = next;
        }
        at
    }

    /// Calls `visit` with itself and every value in it, each with its JSON pointer and the name of the property that it is,
    /// outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&str, Option<&'a Member>, &'a Self)) {
        let mut open: Vec<(String, Option<&Member>, &Self)> = vec![(String::new(), None, self)];
        while let Some((pointer, member, value)) = open.pop() {
            visit(&pointer, member, value);
            let inner: Vec<(String, Option<&Member>, &Self)> = match &value.kind {
                JsonKind::Object(members) => members
                    .iter()
                    .map(|member| {
                        let name = member.name.replace('~', "~0").replace('/', "~1");
                        (format!("{pointer}/{name}"), Some(member), &member.value)
                    })
                    .collect(),
                // An item of a list is of the property that the list is.
                JsonKind::List(items) => {
                    items.iter().enumerate().map(|(index, item)| (format!("{pointer}/{index}"), member, item)).collect()
                }
                _ => Vec::new(),
            };
            open.extend(inner.into_iter().rev());
        }
    }
}
