//! Which sentences there are for what a page leaves to a person.

use cucumber::gherkin::{LineCol, Span, Step, StepType};

use crate::sentences::Definitions;

/// The sentence for what a person does in a portal; nothing where no step has it.
pub fn person_act(what: &str) -> Option<String> {
    let what: String =
        what.chars().map(|c| if matches!(c, '"' | '{' | '}' | '\\' | '<' | '>') { '\'' } else { c }).collect();
    let sentence = format!("a person has done: \"{what}\"");
    is_defined(&sentence).then_some(sentence)
}

/// The sentence for an object that the reader brings: the kind as the type's name; nothing where no step has it.
pub fn outside_id(name: &str, kind: &str) -> Option<String> {
    // One kind that is named as another would be refused, and an object of the directory is one of any kind.
    let words = |kind: &str| {
        let article = if kind.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        format!("\"{name}\" is the id of {article} {kind}")
    };
    [words(kind), words("directoryObject")].into_iter().find(|sentence| is_defined(sentence))
}

/// Returns whether a sentence is bound to a step definition.
fn is_defined(sentence: &str) -> bool {
    let step = Step {
        keyword: "Given ".to_owned(),
        ty: StepType::Given,
        value: sentence.to_owned(),
        docstring: None,
        table: None,
        span: Span { start: 0, end: 0 },
        position: LineCol { line: 1, col: 1 },
    };
    matches!(Definitions::shared().find(&step), Ok(Some(binding)) if binding.unreadable.is_empty())
}
