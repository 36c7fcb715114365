//! The messages with which a run begins, read again.

use std::collections::HashMap;

use crate::report::message::{GherkinDocument, Pickle, Source};
use crate::report::nodes::complete;
use crate::report::opening::{OpenedFeature, Opening, OpeningParts};
use crate::tutorial::step_tag;

use super::line::KeptLine;

/// The part of an opening that was read so far.
#[derive(Debug, Default)]
pub(super) struct KeptOpening {
    parts: OpeningParts,
    sources: HashMap<String, Source>,
    documents: Vec<GherkinDocument>,
    pickles: HashMap<String, Vec<Pickle>>,
}

impl KeptOpening {
    /// Takes a message; returns it if it is none of an opening.
    pub fn take(&mut self, line: KeptLine) -> Option<KeptLine> {
        let parts = &mut self.parts;
        match line {
            KeptLine::Meta(meta) if parts.meta.is_none() => parts.meta = Some(meta),
            KeptLine::Source(source) => drop(self.sources.insert(source.uri.clone(), source)),
            KeptLine::GherkinDocument(document) => self.documents.push(*document),
            KeptLine::Pickle(pickle) => self.pickles.entry(pickle.uri.clone()).or_default().push(pickle),
            KeptLine::ParameterType(parameter) => parts.parameters.push(parameter),
            KeptLine::StepDefinition(definition) => parts.definitions.push(definition),
            KeptLine::Hook(hook) => parts.hooks.push(hook),
            KeptLine::TestRunStarted(started) => parts.started = Some(started),
            other => return Some(other),
        }
        None
    }

    /// Whether it was read to its last message.
    pub fn is_whole(&self) -> bool {
        self.parts.started.is_some()
    }

    /// The opening, as far as it was read.
    pub fn finish(mut self) -> Opening {
        for (place, document) in self.documents.into_iter().enumerate() {
            let source = self.sources.remove(&document.uri).unwrap_or_else(|| Source {
                uri: document.uri.clone(),
                data: String::new(),
                media_type: Source::GHERKIN.into(),
            });
            let mut pickles = self.pickles.remove(&document.uri).unwrap_or_default();
            complete(&mut pickles, &document);
            let number = number(&document).unwrap_or_else(|| u8::try_from(place + 1).unwrap_or(u8::MAX));
            self.parts.features.push(OpenedFeature::kept(number, document, pickles, source));
        }
        Opening::kept(self.parts)
    }
}

/// The number of the tutorial's step, which a tag says.
fn number(document: &GherkinDocument) -> Option<u8> {
    let tags: Vec<&str> = document.feature.tags.iter().map(|tag| tag.name.trim_start_matches('@')).collect();
    step_tag(&tags).and_then(|number| number.parse().ok())
}
