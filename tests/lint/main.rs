//! `graphwalk lint`: what each rule finds, what it does not find, and how the program tells of it.
//!
//! `pages/RULE.md` has what a rule finds, `pages/RULE.near-miss.md` what is near it and right.

mod bad_input;
mod command;
mod documented;
mod reading;
mod rules;

use std::path::PathBuf;

use graphwalk::page::Page;
use graphwalk::page::lint::{PageFinding, lint};

/// A page of the folder `pages`.
fn page_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/lint/pages").join(name)
}

/// What is found in a text.
fn findings(text: &str) -> Vec<PageFinding> {
    lint(&Page::read("page.md", text))
}

/// The names of the rules that find something in a text, in its order.
fn found_by(text: &str) -> Vec<&'static str> {
    findings(text).into_iter().map(|finding| finding.rule).collect()
}
