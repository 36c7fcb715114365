//! Judges pages by the rules.

use std::collections::HashMap;

use super::Page;
use super::allow::allows;
use super::rules::{Finding, Level, RULES};
use super::source::{Position, Span};

/// A finding of a rule on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFinding {
    /// The file, as the user knows it.
    pub file: String,
    /// The name of the rule.
    pub rule: &'static str,
    /// Its weight.
    pub level: Level,
    /// Its beginning and its end.
    pub place: (Position, Position),
    /// A sentence that says what is wrong.
    pub message: String,
    /// The place that it has to do with, and why.
    pub related: Option<(Position, Position, String)>,
}

impl PageFinding {
    /// Returns what stays the same of a finding when lines are added before it.
    pub fn fingerprint(&self) -> String {
        format!("{}: {}", self.rule, self.message)
    }
}

/// The findings of all rules on a page, in the order of its text, without those that the page allows.
pub fn lint(page: &Page) -> Vec<PageFinding> {
    let allows = allows(page);
    let mut findings = Vec::new();
    let is_reference = page.is_reference();
    for rule in RULES.iter().filter(|rule| !(is_reference && rule.of_tutorials)) {
        let scopes: Vec<&Span> = allows
            .iter()
            .filter(|allow| allow.rules.iter().any(|(name, _)| *name == rule.name))
            .map(|allow| &allow.scope)
            .collect();
        let is_allowed =
            |found: &Finding| scopes.iter().any(|scope| scope.contains(&found.span.start) || scope.is_empty());
        for found in (rule.check)(page).into_iter().filter(|found| !is_allowed(found)) {
            findings.push(finding(page, rule.name, rule.level, found));
        }
    }
    findings
        .sort_by(|one, other| (one.place, one.level, &one.message).cmp(&(other.place, other.level, &other.message)));
    findings
}

fn finding(page: &Page, rule: &'static str, level: Level, found: Finding) -> PageFinding {
    let places = |span: &Span| (page.source.position(span.start), page.source.position(span.end.max(span.start)));
    let related = found.related.map(|(span, why)| {
        let (start, end) = places(&span);
        (start, end, why)
    });
    PageFinding {
        file: page.source.file.clone(),
        rule,
        level,
        place: places(&found.span),
        message: found.message,
        related,
    }
}

/// The findings that an older state of the page does not have: of several that are alike so many as there are more now.
pub fn new_since(findings: Vec<PageFinding>, old: &[PageFinding]) -> Vec<PageFinding> {
    let mut known: HashMap<String, usize> = HashMap::new();
    for finding in old {
        *known.entry(finding.fingerprint()).or_default() += 1;
    }
    let is_new = |finding: &PageFinding| match known.get_mut(&finding.fingerprint()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    let mut is_new = is_new;
    findings.into_iter().filter(|finding| is_new(finding)).collect()
}
