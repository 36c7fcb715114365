//! The step definitions, found by sentence.
//!
//! cucumber keeps Given, When and Then apart. Here a sentence is found under any keyword: whether it is something given,
//! done or expected depends on the story, not on the sentence.

use std::sync::LazyLock;

use cucumber::gherkin;
use cucumber::step::{Context, Location, Step};

use crate::session::Session;

use super::expression::{DefinitionText, Expression, SentenceArgument, file_of};
use super::registered;

/// Every step definition that is linked into the program.
#[derive(Debug)]
pub struct Definitions(Vec<BoundDefinition>);

struct BoundDefinition {
    location: Location,
    expression: Expression,
    run: Step<Session>,
}

/// The definition that a sentence is bound to.
pub(crate) struct Binding {
    /// The definition's place in [`Definitions::described`].
    pub definition: usize,
    /// The texts in the places of its parameters.
    pub arguments: Vec<SentenceArgument>,
    pub run: Step<Session>,
    pub context: Context,
    /// The parts of the sentence that the definition cannot read, each with what is wrong with it.
    pub unreadable: Vec<(String, String)>,
    /// The file of the definition in the steps of this library; nothing for a step of another crate.
    pub file: Option<&'static str>,
}

impl Definitions {
    /// The definitions, collected once a process.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Definitions> = LazyLock::new(Definitions::collect);
        &SHARED
    }

    fn collect() -> Self {
        let all = registered::all();
        let groups = all.chunk_by(|first, second| first.location == second.location);
        let definitions = groups.flat_map(|group| {
            group.iter().map(|registered| BoundDefinition {
                location: registered.location,
                expression: Expression::new(registered.location, group.len() == 1, registered.pattern),
                run: registered.run,
            })
        });
        Self(definitions.collect())
    }

    /// The definition of `step`; none if it is undefined.
    ///
    /// # Errors
    ///
    /// The sentences and places of all definitions that fit, if more than one does.
    pub(crate) fn find(&self, step: &gherkin::Step) -> Result<Option<Binding>, Vec<String>> {
        let fits = |definition: &'_ BoundDefinition| definition.expression.captures(&step.value);
        let all = self.0.iter().enumerate();
        let mut fitting = all.filter_map(|(place, definition)| Some((place, definition, fits(definition)?)));
        let Some((place, first, captured)) = fitting.next() else { return Ok(None) };
        let others: Vec<&BoundDefinition> = fitting.map(|(_, definition, _)| definition).collect();
        if others.is_empty() {
            let unreadable = first.expression.unreadable(&captured.matches);
            let (arguments, file) = (first.expression.arguments(&captured), first.expression.file());
            let context = Context { step: step.clone(), matches: captured.matches };
            return Ok(Some(Binding { definition: place, arguments, file, run: first.run, context, unreadable }));
        }
        Err([first].into_iter().chain(others).map(|definition| format!("{definition:?}")).collect())
    }

    /// Returns what each definition is written as, and where it stands: its file and the place in it.
    pub fn described(&self) -> impl Iterator<Item = (DefinitionText, String, Location)> {
        let describe = |d: &BoundDefinition| (d.expression.source(), file_of(d.location), d.location);
        self.0.iter().map(describe)
    }

    /// Returns each sentence, as an author writes it, with the file of its definition.
    #[cfg(test)]
    pub(crate) fn with_files(&self) -> impl Iterator<Item = (String, String)> {
        self.0.iter().map(|d| (d.expression.sentence().to_owned(), file_of(d.location)))
    }

    /// The sentences of all definitions, as an author writes them, sorted.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences: Vec<String> = self.0.iter().map(|d| d.expression.sentence().to_owned()).collect();
        sentences.sort();
        sentences.dedup();
        sentences
    }
}

impl std::fmt::Debug for BoundDefinition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.expression.sentence(), self.location)
    }
}

/// The sentences of all step definitions, sorted.
pub fn sentences() -> Vec<String> {
    Definitions::shared().sentences()
}

/// A sentence of a feature in the form that [`Definitions::sentences`] has: with `"…"` for every quoted text.
pub(crate) fn generalised(sentence: &str) -> String {
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
