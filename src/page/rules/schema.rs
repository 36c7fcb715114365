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

pub(super) fn violation(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    let of_graph = page.exchanges.iter().filter(|exchange| exchange.address.is_graph);
    for exchange in of_graph.filter(|exchange| !exchange.address.has_placeholder()) {
        for (body, finding) in judge(exchange).into_iter().filter(|(_, finding)| !is_other_case(finding)) {
            let place = body.nearest_to(&finding.pointer);
            if place.text().is_some_and(stands_for_another) {
                continue;
            }
            let what = if finding.pointer.is_empty() { "the body" } else { finding.pointer.as_str() };
            let message = format!("{what}: expected {}, got {}", finding.expected, finding.found);
            let start = place.span.start;
            let span = if place.is_object() { start..start + 1 } else { place.span.clone() };
            found.push(Finding::new(span, message));
        }
    }
    found
}

/// Members of enumerations that a page prints in another case than Graph has them, each with where it stands. They mislead
/// whoever compares them, and break nothing.
pub(in crate::page) fn other_case(page: &Page) -> Vec<(Span, SchemaFinding)> {
    let of_graph = page.exchanges.iter().filter(|exchange| exchange.address.is_graph);
    let judged = of_graph.flat_map(judge).filter(|(_, finding)| is_other_case(finding));
    judged.map(|(body, finding)| (body.nearest_to(&finding.pointer).span.clone(), finding)).collect()
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

/// Returns what the type of a request does not allow in its body, so that it is not even sent.
pub(in crate::page) fn violation_of_request(exchange: &PrintedExchange) -> Option<SchemaFinding> {
    let (_, findings) = check_request(exchange)?;
    findings.violations.into_iter().next()
}

/// Finds what the types of the request and the answer do not allow, what Graph takes for a mistake, and words in another
/// case: by the types of v1.0, or what the metadata of beta declares. The only place where pages ask the schemas.
fn judge(exchange: &PrintedExchange) -> Vec<(&PageJson, SchemaFinding)> {
    let mut found = Vec::new();
    if let Some((body, Findings { violations, drift, .. })) = check_request(exchange) {
        let drift = drift.into_iter().filter(|finding| is_other_case(finding) || is_refused(finding));
        found.extend(violations.into_iter().chain(drift).map(|finding| (body, finding)));
    }
    if let Some((body, Findings { violations, drift, .. })) = check_answer(exchange) {
        let drift = drift.into_iter().filter(|finding| is_other_case(finding) || is_misspelt(finding));
        found.extend(violations.into_iter().chain(drift).map(|finding| (body, finding)));
    }
    found
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
