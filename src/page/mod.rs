//! Tutorials as Markdown pages: read, judged by rules, imported as features and a recording.
//!
//! A page passes the modules in this order: `read` makes blocks of its text, [`classify`] requests and answers of the
//! blocks, `pair` exchanges of both, `address` says where a request goes, `ids` where objects are named and used. The
//! [`rules`] judge the [`Page`] that comes of it.

pub(crate) mod address;
pub(crate) mod allow;
pub(crate) mod annotation;
pub(crate) mod blocks;
pub mod classify;
pub(crate) mod files;
pub(crate) mod ids;
pub mod import;
pub(crate) mod json;
pub mod lint;
pub(crate) mod pair;
pub(crate) mod prose;
pub(crate) mod prose_request;
pub(crate) mod read;
pub(crate) mod report;
pub mod rules;
pub(crate) mod source;
pub(crate) mod told_steps;
pub(crate) mod words;

use std::sync::OnceLock;

use rules::BodyFinding;
use source::PageSource;

/// A tutorial's page, read.
#[derive(Debug)]
pub struct Page {
    /// Its text.
    pub source: PageSource,
    /// Its blocks, in the order of the text.
    pub blocks: Vec<blocks::PageBlock>,
    /// Its headings, as the sections that they begin.
    pub sections: Vec<blocks::Section>,
    /// Requests with their answers.
    pub exchanges: Vec<pair::PrintedExchange>,
    /// Answers that belong to no request.
    pub stray_answers: Vec<classify::PrintedAnswer>,
    /// The places where ids are made and used.
    pub ids: ids::PageIds,
    /// The findings of the schemas in its bodies, once somebody asks.
    judged: OnceLock<Vec<BodyFinding>>,
}

impl Page {
    /// Reads a page. Never fails: a text without requests is a page without exchanges.
    pub fn read(file: impl Into<String>, text: &str) -> Self {
        let source = PageSource::new(file, text);
        let read = read::read(&source);
        let messages = classify::classify(&source, &read);
        let (mut exchanges, stray_answers) = pair::pair(messages, &read);
        address::complete(&source, &mut exchanges);
        let ids = ids::PageIds::find(&source, &read, &exchanges);
        let judged = OnceLock::new();
        Self { source, blocks: read.blocks, sections: read.sections, exchanges, stray_answers, ids, judged }
    }

    /// The findings of the schemas in its bodies.
    fn judged(&self) -> &[BodyFinding] {
        self.judged.get_or_init(|| rules::judge(&self.exchanges))
    }

    /// Returns whether it is a page of Graph's reference, as its metadata says: examples of one call, each for itself, which nobody
    /// follows from the first to the last.
    pub fn is_reference(&self) -> bool {
        let is_metadata = |block: &&blocks::PageBlock| block.kind == blocks::BlockKind::FrontMatter;
        let metadata = self.blocks.iter().find(is_metadata).map_or("", |block| self.source.slice(&block.span));
        let kind = metadata.lines().find_map(|line| line.strip_prefix("doc_type:"));
        let kind = kind.map_or("", |kind| kind.trim().trim_matches(['"', '\'']));
        ["apiPageType", "resourcePageType"].iter().any(|known| kind.eq_ignore_ascii_case(known))
    }
}
