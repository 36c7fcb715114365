//! How a step ends when it does not pass.
//!
//! cucumber's step functions return nothing, and its macros turn an `Err` into a panic with a string. A step here returns
//! [`StepResult`] and uses `?` on a [`Failure`]: the conversion unwinds with the failure itself as payload, without
//! passing the panic hook, and the runner takes it back whole.

use std::convert::Infallible;
use std::panic::resume_unwind;

use crate::diagnostic::takes_notes_and_help;

/// The reason why a step failed: everything but the place, which the runner adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A short, stable name of the kind of failure.
    pub code: &'static str,
    /// The fault in one line.
    pub message: String,
    /// The part of the step's sentence that did not hold; the whole sentence if `None` or not found in it.
    pub focus: Option<String>,
    /// The text beside the underlined part.
    pub label: String,
    /// The facts that belong to it, a line or more each.
    pub notes: Vec<String>,
    /// An instruction.
    pub help: Option<String>,
}

/// The reason why a step has nothing to do. Not a failure: e.g. deleting what was never created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip(pub String);

/// The reason why a step cannot be judged here: what is missing, and what to do. Later scenarios are blocked by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block(pub String);

/// The error of a step function. It has no value: making one unwinds to the runner.
#[derive(Debug)]
pub struct Raised(Infallible);

/// The result of a step function.
pub type StepResult = Result<(), Raised>;

takes_notes_and_help!(Failure);

impl Failure {
    /// A failure with a code and a sentence.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), focus: None, label: String::new(), notes: Vec::new(), help: None }
    }

    /// Underlines `part` of the step's sentence, with `label` beside it.
    #[must_use]
    pub fn focus(mut self, part: impl Into<String>, label: impl Into<String>) -> Self {
        self.focus = Some(part.into());
        self.label = label.into();
        self
    }
}

impl From<Failure> for Raised {
    fn from(failure: Failure) -> Self {
        resume_unwind(Box::new(failure))
    }
}

impl From<Skip> for Raised {
    fn from(skip: Skip) -> Self {
        resume_unwind(Box::new(skip))
    }
}

impl From<Block> for Raised {
    fn from(block: Block) -> Self {
        resume_unwind(Box::new(block))
    }
}

impl std::fmt::Display for Raised {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reaches_whoever_catches_it_whole() {
        let caught = std::panic::catch_unwind(|| -> StepResult {
            Err(Failure::new("status", "expected 201").note("a note"))?;
            Ok(())
        });
        let failure = caught.unwrap_err().downcast::<Failure>().unwrap();
        assert_eq!((failure.code, failure.notes.len()), ("status", 1));
    }
}
