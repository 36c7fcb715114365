//! Makes a tutorial of a page: features in the general vocabulary, a recording, a report of what was inferred.
//!
//! The calls of the page (`call`) are completed by what it tells without printing it (`complete`, `repeats`), given
//! their actors and waits (`actors`, `waits`), and linked: an id in an answer becomes a kept name (`links`). Then they
//! are written as features (`steps`, `feature`) and entries (`har`), and played ([`verify`]).

mod actors;
mod assertions;
mod call;
mod complete;
mod dates;
mod feature;
pub mod folder;
mod har;
mod links;
mod naming;
mod repeats;
mod report;
mod steps;
pub mod verify;
mod vocabulary;
mod waits;

pub use report::{describe, errors_by_lint, result};

use super::Page;
use super::rules::other_case;

/// The result of importing a page.
#[derive(Debug)]
pub struct Imported {
    /// The features: file name and text.
    pub features: Vec<(String, String)>,
    /// The bodies that are no JSON, as files beside the features: name and text.
    pub files: Vec<(String, String)>,
    /// The recording, as HAR.
    pub recording: String,
    /// The number of its calls: as they are printed, and inferred.
    pub calls: (usize, usize),
    /// The number of ids that were linked to an answer, and of those that were not.
    pub ids: (usize, usize),
    /// The notes on what was inferred, left out or found at fault, in the order of the page.
    pub notes: Vec<ImportNote>,
}

/// One thing that the import did beyond copying.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImportNote {
    /// The page's line.
    pub line: usize,
    /// Its kind.
    pub kind: NoteKind,
    /// The thing that was done, and why.
    pub text: String,
}

/// The kind of thing that the import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// Something was written in another form.
    Normalised,
    /// Something was added that the page tells or that Graph does.
    Inferred,
    /// Something is left to a person, or has to be brought.
    Open,
    /// The page is at fault, and something was left out or kept as it is.
    Fault,
}

/// Notes of one import.
#[derive(Debug, Default)]
pub(crate) struct Notes(Vec<ImportNote>);

impl Notes {
    fn push(&mut self, line: usize, kind: NoteKind, text: impl Into<String>) {
        self.0.push(ImportNote { line, kind, text: text.into() });
    }

    fn normalised(&mut self, line: usize, text: impl Into<String>) {
        self.push(line, NoteKind::Normalised, text);
    }

    fn inferred(&mut self, line: usize, text: impl Into<String>) {
        self.push(line, NoteKind::Inferred, text);
    }

    fn open(&mut self, line: usize, text: impl Into<String>) {
        self.push(line, NoteKind::Open, text);
    }

    fn fault(&mut self, line: usize, text: impl Into<String>) {
        self.push(line, NoteKind::Fault, text);
    }
}

/// Makes a tutorial of a page. `name` is that of the tutorial.
pub fn import(page: &Page, name: &str) -> Imported {
    let mut notes = Notes::default();
    let mut calls = call::collect(page, &mut notes);
    for (span, finding) in other_case(page) {
        let text = format!("{} is {}: Graph has this word in another case", finding.pointer, finding.found);
        notes.fault(page.source.line(span.start), text);
    }
    complete::complete(page, &mut calls, &mut notes);
    repeats::repeat(page, &mut calls, &mut notes);
    actors::assign(page, &mut calls, &mut notes);
    waits::find(page, &mut calls, &mut notes);
    let first_day = dates::first_day(&calls);
    let linked = links::link(page, &mut calls, &first_day, &mut notes);
    let features = steps::features(page, &calls, &linked, &mut notes);
    let recording = har::write(name, &calls, &linked, first_day.day);
    let used = || calls.iter().filter(|call| call.left_out.is_none());
    let files =
        used().filter_map(|call| call.file.as_ref()).map(|file| (file.name.clone(), file.text.clone())).collect();
    let published = used().filter(|call| call.is_published()).count();
    let mut notes = notes.0;
    notes.sort();
    notes.dedup();
    Imported { features, files, recording, calls: (published, used().count() - published), ids: linked.counts, notes }
}
