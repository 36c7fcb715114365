//! Bodies held against the types of their version.

use graphwalk_catalog::{Catalog, mistyped};
use graphwalk_schema::{FindingKind, Findings, OperationTypes, SchemaFinding, Schemas, Shape};

use crate::page::Page;
use crate::page::address::placeholder;
use crate::page::annotation::Annotation;
use crate::page::classify::PrintedBody;
use crate::page::json::PageJson;
use crate::page::pair::PrintedExchange;
use crate::page::source::Span;

use super::Finding;

/// A finding of the schemas in a body of a page.
#[derive(Debug)]
pub(in crate::page) struct BodyFinding {
    exchange: usize,
    is_sent: bool,
    /// Whether nothing of that kind is right, rather than something that other readers take for drift.
    is_violation: bool,
    /// The place of what was found.
    span: Span,
    /// Whether the value there is a placeholder, or cut.
    is_stand_in: bool,
    finding: SchemaFinding,
}

pub(super) fn violation(page: &Page) -> Vec<Finding> {
    let judged = page.judged().iter().filter(|judged| !is_other_case(&judged.finding) && !judged.is_stand_in);
    let of_paths = judged.filter(|judged| !page.exchanges[judged.exchange].address.has_placeholder());
    let told = of_paths.map(|BodyFinding { span, finding, .. }| {
        let what = if finding.pointer.is_empty() { "the body" } else { finding.pointer.as_str() };
        Finding::new(span.clone(), format!("{what}: expected {}, got {}", finding.expected, finding.found))
    });
    told.collect()
}

/// Members of enumerations that a page prints in another case than Graph has them, each with where it stands. They mislead
/// whoever compares them, and break nothing.
pub(in crate::page) fn other_case(page: &Page) -> impl Iterator<Item = (&Span, &SchemaFinding)> {
    let judged = page.judged().iter().filter(|judged| is_other_case(&judged.finding));
    judged.map(|judged| (&judged.span, &judged.finding))
}

fn is_other_case(finding: &SchemaFinding) -> bool {
    finding.kind == FindingKind::OtherCase
}

/// Returns whether a text is a placeholder, or cut.
fn stands_for_another(text: &str) -> bool {
    placeholder(text).is_some() || text.ends_with("...") || text.ends_with('\u{2026}')
}

/// A body that was not repaired: what a repair made of it says nothing about its type.
fn sound(body: &PrintedBody) -> Option<&PageJson> {
    let read = body.json.as_ref()?;
    read.value.as_ref().filter(|_| read.faults.is_empty() || read.is_json5)
}

/// Returns what the type of a request does not allow in its body, so that it is not even sent. A placeholder is filled before.
pub(in crate::page) fn violation_of_request(page: &Page, exchange: usize) -> Option<&SchemaFinding> {
    let is_one = |judged: &&BodyFinding| judged.exchange == exchange && judged.is_sent && judged.is_violation;
    let is_filled = |judged: &BodyFinding| placeholder(page.source.slice(&judged.span)).is_some();
    page.judged().iter().filter(is_one).find(|judged| !is_filled(judged)).map(|judged| &judged.finding)
}

/// Finds what the types of the requests and the answers do not allow, what Graph takes for a mistake, and words in another
/// case: by the types of v1.0, or what the metadata of beta declares. The only place where pages ask the schemas.
pub(in crate::page) fn judge(exchanges: &[PrintedExchange]) -> Vec<BodyFinding> {
    let mut judged = Vec::new();
    for (index, exchange) in exchanges.iter().enumerate().filter(|(_, exchange)| exchange.address.is_graph) {
        for (is_sent, checked) in [(true, check_request(exchange)), (false, check_answer(exchange))] {
            let Some((body, Findings { violations, drift, .. })) = checked else { continue };
            let is_told = if is_sent { is_refused } else { is_misspelt };
            let drift = drift.into_iter().filter(|finding| is_other_case(finding) || is_told(finding));
            let all =
                violations.into_iter().map(|finding| (true, finding)).chain(drift.map(|finding| (false, finding)));
            judged.extend(all.map(|(is_violation, finding)| {
                let value = body.nearest_to(&finding.pointer);
                let start = value.span.start;
                let span = if value.is_object() { start..start + 1 } else { value.span.clone() };
                let is_stand_in = value.text().is_some_and(stands_for_another);
                BodyFinding { exchange: index, is_sent, is_violation, span, is_stand_in, finding }
            }));
        }
    }
    judged
}

/// Returns whether Graph refuses a request for what is drift to others: a word that the enumeration does not have, a
/// misspelt name.
fn is_refused(finding: &SchemaFinding) -> bool {
    finding.schema.ends_with("/enum") || is_misspelt(finding)
}

/// Returns whether a name that its type does not have is nearly one that it has. Another one may be newer than the
/// metadata.
fn is_misspelt(finding: &SchemaFinding) -> bool {
    if finding.kind != FindingKind::UnknownName {
        return finding.schema.ends_with("/x-open");
    }
    let name = finding.pointer.rsplit('/').next().unwrap_or_default();
    let type_name = finding.schema.split(".json").next().unwrap_or_default();
    let Some(ty) = Catalog::v1().type_named(type_name) else { return false };
    let names = ty.properties().map(|property| property.name).chain(ty.navigations().map(|navigation| navigation.name));
    mistyped(name, names).is_some()
}

fn operation_of(exchange: &PrintedExchange) -> Option<OperationTypes> {
    Schemas::embedded().operation(&exchange.request.method, &exchange.address.versioned_text())
}

fn check_request(exchange: &PrintedExchange) -> Option<(&PageJson, Findings)> {
    let operation = operation_of(exchange)?;
    let body = exchange.request.body.as_ref().and_then(sound)?;
    let checked = Schemas::embedded().check_sent(&exchange.request.method, &operation, &body.to_value());
    Some((body, checked.ok().flatten()?))
}

fn check_answer(exchange: &PrintedExchange) -> Option<(&PageJson, Findings)> {
    let operation = operation_of(exchange)?;
    let answer = exchange.answer.as_ref()?;
    let body = answer.body.as_ref().and_then(sound)?;
    let status = answer.status.as_ref().map_or(200, |status| status.code);
    // A list without its `value` has a rule of its own.
    let is_list = !matches!(operation.response, Shape::One(_));
    if status == 204 || (is_list && body.get("value").is_none()) {
        return None;
    }
    let mut findings = Schemas::embedded().check_answer(&operation, status, Some(&body.to_value())).ok()?;
    // What is shortened may lack anything.
    if answer.annotation.as_ref().is_none_or(Annotation::is_truncated) {
        findings.violations.retain(|finding| finding.kind != FindingKind::Missing);
    }
    Some((body, findings))
}
