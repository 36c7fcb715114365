//! Comments that allow findings: `<!-- graphwalk-allow RULE -->`.

use super::Page;
use super::source::Span;

/// The word before the names of the rules.
const MARK: &str = "graphwalk-allow";

/// A comment that allows findings of some rules in a part of the page.
#[derive(Debug)]
pub struct Allow<'a> {
    /// The rules, and where each is named.
    pub rules: Vec<(&'a str, Span)>,
    /// The stretch of the page for which it holds.
    pub scope: Span,
}

/// The comments of a page that allow findings. One before the first heading of level 2 holds for the whole page, another one
/// for the section in which it stands, with the sections below it.
pub fn allows(page: &Page) -> Vec<Allow<'_>> {
    let mut found = Vec::new();
    for block in &page.blocks {
        let Some(comment) = block.comment() else { continue };
        let text = page.source.slice(&comment.content);
        let Some(names) = text.trim_start().strip_prefix(MARK) else { continue };
        let offset = comment.content.start + text.len() - names.len();
        let mut rules = Vec::new();
        let mut at = 0;
        for name in names.split(|c: char| c.is_whitespace() || c == ',') {
            if !name.is_empty() {
                let start = offset + at;
                rules.push((name, start..start + name.len()));
            }
            // All that parts names is one byte long, but for rare spaces.
            at += name.len() + names[at + name.len()..].chars().next().map_or(0, char::len_utf8);
        }
        found.push(Allow { rules, scope: scope(page, block.section) });
    }
    found
}

fn scope(page: &Page, section: usize) -> Span {
    let whole = 0..page.source.text.len();
    let Some(own) = page.sections.get(section).filter(|own| own.level > 1) else { return whole };
    let next = page.sections.iter().skip(section + 1).find(|other| other.level <= own.level);
    own.span.start..next.map_or(whole.end, |next| next.span.start)
}
