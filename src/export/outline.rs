//! A tutorial as other programs play it: requests with variables, what is kept of answers, and what is expected of them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::session::Expectation;

/// A text with variables in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutlineTemplate(pub Vec<TemplatePiece>);

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplatePiece {
    /// It stands as it is.
    Literal(String),
    /// The value of a variable.
    Variable(String),
}

impl OutlineTemplate {
    /// The text with variables in double braces, each literal part written by `literal`.
    pub fn braced(&self, literal: impl Fn(&str) -> String) -> String {
        let piece = |piece: &TemplatePiece| match piece {
            TemplatePiece::Literal(text) => literal(text),
            TemplatePiece::Variable(name) => format!("{{{{{name}}}}}"),
        };
        self.0.iter().map(piece).collect()
    }

    /// Returns whether it has a variable.
    pub fn has_variable(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, TemplatePiece::Variable(_)))
    }

    /// The names of its variables.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            TemplatePiece::Variable(name) => Some(name.as_str()),
            TemplatePiece::Literal(_) => None,
        })
    }
}

/// A JSON value whose texts are templates.
#[derive(Clone, Debug, PartialEq)]
pub enum TemplateJson {
    /// A text.
    Text(OutlineTemplate),
    /// Null, a boolean, a number.
    Plain(Value),
    /// A list.
    List(Vec<Self>),
    /// An object, in the order of its properties.
    Object(Vec<(String, Self)>),
}

impl TemplateJson {
    /// Adds the templates in it.
    pub fn templates<'t>(&'t self, found: &mut Vec<&'t OutlineTemplate>) {
        match self {
            Self::Text(template) => found.push(template),
            Self::Plain(_) => {}
            Self::List(items) => items.iter().for_each(|item| item.templates(found)),
            Self::Object(properties) => properties.iter().for_each(|(_, value)| value.templates(found)),
        }
    }
}

/// A tutorial.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Its name.
    pub tutorial: String,
    /// The notes that hold for the whole file.
    pub notes: Vec<String>,
    /// Its steps.
    pub parts: Vec<OutlinePart>,
    /// The callers: the name, the variable of the token, and whether somebody has to give it.
    pub actors: Vec<OutlineActor>,
    /// Variables that somebody has to give, each with what it is.
    pub given: Vec<(String, String)>,
    /// The variables that are made when the file begins to be played.
    pub made: Vec<MadeVariable>,
}

/// Somebody who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineActor {
    /// The name, as features have it.
    pub name: String,
    /// The variable of the token.
    pub token: String,
    /// Whether the file has a request that signs in.
    pub signs_in: bool,
}

/// A variable that is made at the beginning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MadeVariable {
    /// A mark of this play in the names of what it creates.
    Run(String),
    /// A random password.
    Password(String),
    /// The day so many days from the first one.
    Day(String, i64),
    /// The moment so many seconds from the beginning.
    Moment(String, i64),
    /// A random GUID.
    Guid(String),
}

/// A step of the tutorial.
#[derive(Clone, Debug)]
pub struct OutlinePart {
    /// Its number and name.
    pub title: String,
    /// The text that the feature has under its name.
    pub description: String,
    /// Its requests.
    pub requests: Vec<OutlineRequest>,
    /// Sentences of it that stand at no request.
    pub untold: Vec<String>,
}

/// A request.
#[derive(Clone, Debug)]
pub struct OutlineRequest {
    /// Its number in the file, such as `3.2`.
    pub number: String,
    /// The purpose.
    pub title: String,
    /// The request itself.
    pub sends: Sends,
    /// The variables that its answer gives.
    pub keeps: Vec<KeptVariable>,
    /// The expectations, a sentence each.
    pub tests: Vec<SentenceTest>,
    /// Whether it is sent until all holds, for long.
    pub polls: bool,
    /// The parts that the file does not have.
    pub untold: Vec<String>,
}

/// The content of a request.
#[derive(Clone, Debug)]
pub enum Sends {
    /// A request to Graph.
    Call(Box<OutlineCall>),
    /// A sign-in by password of an actor, by place in the list of actors.
    SignIn {
        /// The actor.
        actor: OutlineActor,
        /// The principal name.
        username: OutlineTemplate,
        /// The variable of the password.
        password: String,
    },
    /// Nothing but the question what time it is, until a moment has come: the value of a variable, or so many seconds.
    Wait(WaitEnd),
}

/// The end of a wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitEnd {
    /// The value of a variable.
    At(OutlineTemplate),
    /// So many seconds later.
    After(i64),
}

/// A request to Graph.
#[derive(Clone, Debug)]
pub struct OutlineCall {
    /// The variable of the caller's token.
    pub token: String,
    /// The method.
    pub method: String,
    /// The path and query; a link alone, if it is one variable.
    pub path: OutlineTemplate,
    /// Headers beside the token.
    pub headers: Vec<(String, OutlineTemplate)>,
    /// The JSON body.
    pub body: Option<TemplateJson>,
    /// The body that is a file beside the feature: its name, and its media type.
    pub file: Option<(String, String)>,
}

/// A value of an answer that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptVariable {
    /// The variable.
    pub variable: String,
    /// The place of its value.
    pub from: AnswerPlace,
}

/// A place in an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerPlace {
    /// A JSON pointer.
    Pointer(String),
    /// A pointer in the item of `/value` that has a value at another pointer.
    Item {
        /// The place in the item of the value by which it is found.
        by: String,
        /// That value.
        is: OutlineTemplate,
        /// The place in the item.
        pointer: String,
    },
    /// A JSON path, as JavaScript.
    Script(String),
    /// A header, and the segment of the path in it after which the value stands, if it is not the whole.
    Header(String, Option<String>),
}

/// The expectation of a sentence.
#[derive(Clone, Debug)]
pub struct SentenceTest {
    /// The sentence.
    pub sentence: String,
    /// The expectations.
    pub expected: Vec<LinkedExpectation>,
}

/// An expectation, with its place found and its values as templates.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkedExpectation {
    /// The expectation; its place and values are those beside it.
    pub expectation: Expectation,
    /// The place in the answer.
    pub place: Option<AnswerPlace>,
    /// The values.
    pub values: Vec<TemplateJson>,
}

impl Outline {
    /// Its requests in order.
    pub fn requests(&self) -> impl Iterator<Item = &OutlineRequest> {
        self.parts.iter().flat_map(|part| &part.requests)
    }

    /// Leaves out what is kept and given, but never used.
    pub fn drop_unused(&mut self) {
        let mut used: BTreeSet<String> = BTreeSet::new();
        for request in self.requests() {
            let mut found = super::script::templates(request);
            for expected in request.tests.iter().flat_map(|test| &test.expected) {
                if let Some(AnswerPlace::Script(script)) = &expected.place {
                    used.extend(
                        script.split("v(\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())),
                    );
                }
                expected.values.iter().for_each(|value| value.templates(&mut found));
                if let Some(AnswerPlace::Item { is, .. }) = &expected.place {
                    found.push(is);
                }
            }
            for kept in &request.keeps {
                if let AnswerPlace::Item { is, .. } = &kept.from {
                    found.push(is);
                }
            }
            used.extend(found.into_iter().flat_map(OutlineTemplate::variables).map(str::to_owned));
        }
        for request in self.parts.iter_mut().flat_map(|part| &mut part.requests) {
            request.keeps.retain(|kept| used.contains(&kept.variable));
        }
        self.given.retain(|(name, _)| used.contains(name));
    }

    /// Returns whether a variable is used in a request.
    pub fn uses(&self, name: &str) -> bool {
        let mut requests = self.requests();
        requests.any(|request| {
            super::script::templates(request).iter().any(|template| template.variables().any(|used| used == name))
        })
    }

    /// The number of things that the file does not say.
    pub fn untold(&self) -> usize {
        let of_part = |part: &OutlinePart| {
            part.untold.len() + part.requests.iter().map(|request| request.untold.len()).sum::<usize>()
        };
        self.parts.iter().map(of_part).sum()
    }
}
