//! The step definitions, found by sentence.
//!
//! cucumber keeps Given, When and Then apart. Here a sentence is found under any keyword: whether it is something given,
//! done or expected depends on the story, not on the sentence.

use std::sync::LazyLock;

use cucumber::codegen::{StepConstructor, WorldInventory, inventory};
use cucumber::gherkin;
use cucumber::step::{Context, Location, Step};

use crate::session::Session;

use super::expression::Expression;

/// Every step definition that is linked into the program.
#[derive(Debug)]
pub struct Definitions(Vec<Definition>);

struct Definition {
    location: Location,
    expression: Expression,
    run: Step<Session>,
}

/// What a sentence is bound to.
pub(super) struct Binding {
    pub run: Step<Session>,
    pub context: Context,
    /// What of the sentence the definition cannot read, each with what is wrong with it.
    pub unreadable: Vec<(String, String)>,
}

impl Definitions {
    /// The definitions, collected once a process.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Definitions> = LazyLock::new(Definitions::collect);
        &SHARED
    }

    fn collect() -> Self {
        let mut all = Vec::new();
        gather::<<Session as WorldInventory>::Given>(&mut all);
        gather::<<Session as WorldInventory>::When>(&mut all);
        gather::<<Session as WorldInventory>::Then>(&mut all);
        all.sort_by_key(|definition| definition.location);
        Self(all)
    }

    /// The definition of `step`; none if it is undefined.
    ///
    /// # Errors
    ///
    /// The sentences and places of all definitions that fit, if more than one does.
    pub(super) fn find(&self, step: &gherkin::Step) -> Result<Option<Binding>, Vec<String>> {
        let fits = |definition: &'_ Definition| definition.expression.captures(&step.value);
        let mut fitting = self.0.iter().filter_map(|definition| Some((definition, fits(definition)?)));
        let Some((first, matches)) = fitting.next() else { return Ok(None) };
        let others: Vec<&Definition> = fitting.map(|(definition, _)| definition).collect();
        if others.is_empty() {
            let unreadable = first.expression.unreadable(&matches);
            let context = Context { step: step.clone(), matches };
            return Ok(Some(Binding { run: first.run, context, unreadable }));
        }
        Err([first].into_iter().chain(others).map(|definition| format!("{definition:?}")).collect())
    }

    /// The sentences of all definitions, as an author writes them, sorted.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences: Vec<String> = self.0.iter().map(|d| readable(d.expression.pattern())).collect();
        sentences.sort();
        sentences.dedup();
        sentences
    }
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", readable(self.expression.pattern()), self.location)
    }
}

fn gather<C: inventory::Collect + StepConstructor<Session>>(all: &mut Vec<Definition>) {
    for constructor in inventory::iter::<C> {
        let (location, full, run) = constructor.inner();
        all.push(Definition { location, expression: Expression::of(location, full), run });
    }
}

/// The sentences of all step definitions, sorted.
pub fn sentences() -> Vec<String> {
    Definitions::shared().sentences()
}

/// An expression as a sentence: what may stand in a place becomes `…`, a choice its first wording.
fn readable(expression: &str) -> String {
    let inner = expression.trim_start_matches('^').trim_end_matches('$');
    let mut sentence = String::new();
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        if c == '(' {
            let end = group_end(rest);
            sentence.push_str(&placeholder(&rest[..end]));
            rest = &rest[end..];
            continue;
        }
        let skip = if c == '\\' { 1 } else { 0 };
        if let Some(literal) = rest[skip..].chars().next() {
            sentence.push(literal);
            rest = &rest[skip + literal.len_utf8()..];
        } else {
            break;
        }
    }
    sentence
}

/// Where the group that `text` begins with ends, with what may follow it (`?`).
fn group_end(text: &str) -> usize {
    let mut depth = 0usize;
    let mut escaped = false;
    let mut in_class = false;
    for (index, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '[' if !in_class => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => {
                depth -= 1;
                if depth == 0 {
                    let end = index + 1;
                    return if text[end..].starts_with('?') { end + 1 } else { end };
                }
            }
            _ => {}
        }
    }
    text.len()
}

/// What an author may write where an expression has a group: of a choice of words the first, else an example.
fn placeholder(group: &str) -> String {
    let inner = group.trim_start_matches(['(', '?', ':']).trim_end_matches(['?', ')']);
    let literal = |c: char| c.is_alphabetic() || c == ' ' || c == '|';
    if group.contains("administrator") {
        "the administrator".to_owned()
    } else if group.contains("minute") {
        "10 minutes".to_owned()
    } else if group.contains("true|false") {
        "…".to_owned()
    } else if group.contains('"') {
        "\"…\"".to_owned()
    } else if group.contains("[0-9]+") {
        "5".to_owned()
    } else if inner.chars().all(literal) {
        inner.split('|').next().unwrap_or_default().to_owned()
    } else {
        "…".to_owned()
    }
}

/// A sentence of a feature in the form that [`Definitions::sentences`] has: with `"…"` for every quoted text.
pub(super) fn generalised(sentence: &str) -> String {
    let mut parts = sentence.split('"');
    let mut general = parts.next().unwrap_or_default().to_owned();
    while let Some(_quoted) = parts.next() {
        general.push_str("\"…\"");
        general.push_str(parts.next().unwrap_or_default());
    }
    general
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_reads_as_an_author_would_write_it() {
        insta::assert_snapshot!(sentences().join("\n"));
    }

    #[test]
    fn no_two_definitions_have_the_same_sentence() {
        let definitions = Definitions::shared();
        assert_eq!(definitions.sentences().len(), definitions.0.len());
    }
}
