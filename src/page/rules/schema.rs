//! Bodies held against the types of their version.

use graphwalk_schema::{FindingKind, Findings, SchemaError, SchemaFinding, Schemas, Shape};

use crate::page::Page;
use crate::page::address::placeholder;
use crate::page::annotation::Annotation;
use crate::page::classify::Body;
use crate::page::json::Json;
use crate::page::pair::Exchange;

use super::Found;

pub(super) fn violation(page: &Page) -> Vec<Found> {
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
            found.push(Found::new(span, message));
        }
    }
    found
}

/// Members of enumerations that a page prints in another case than Graph has them, each with where it stands. They mislead
/// whoever compares them, and break nothing.
pub(in crate::page) fn other_case(page: &Page) -> Vec<(usize, SchemaFinding)> {
    let of_graph = page.exchanges.iter().filter(|exchange| exchange.address.is_graph);
    let judged = of_graph.flat_map(judge).filter(|(_, finding)| is_other_case(finding));
    judged.map(|(body, finding)| (body.nearest_to(&finding.pointer).span.start, finding)).collect()
}

fn is_other_case(finding: &SchemaFinding) -> bool {
    finding.kind == FindingKind::OtherCase
}

/// Whether a text is a placeholder, or cut.
fn stands_for_another(text: &str) -> bool {
    placeholder(text).is_some() || text.ends_with("...") || text.ends_with('\u{2026}')
}

/// A body that was not repaired: what a repair made of it says nothing about its type.
fn sound(body: &Body) -> Option<&Json> {
    let read = body.json.as_ref()?;
    read.value.as_ref().filter(|_| read.faults.is_empty() || read.is_json5)
}

/// What the types of the request and the answer do not allow, and words in another case: those of v1.0, or what the metadata of beta declares. The only
/// place where pages ask the schemas.
fn judge(exchange: &Exchange) -> Vec<(&Json, SchemaFinding)> {
    let schemas = Schemas::embedded();
    let (method, path) = (exchange.request.method.as_str(), exchange.address.versioned_text());
    let Some(operation) = schemas.operation(method, &path) else { return Vec::new() };
    let violations = |findings: Result<Option<Findings>, SchemaError>| {
        let findings = findings.ok().flatten().unwrap_or_default();
        let drift = findings.drift.into_iter().filter(is_other_case);
        findings.violations.into_iter().chain(drift).collect::<Vec<_>>()
    };
    let mut found = Vec::new();
    if let Some(body) = exchange.request.body.as_ref().and_then(sound) {
        let findings = violations(schemas.check_sent(method, &operation, &body.to_value()));
        found.extend(findings.into_iter().map(|finding| (body, finding)));
    }
    let Some(answer) = &exchange.answer else { return found };
    let Some(body) = answer.body.as_ref().and_then(sound) else { return found };
    let status = answer.status.as_ref().map_or(200, |status| status.code);
    // A list without its `value` has a rule of its own.
    let is_list = !matches!(operation.response, Shape::One(_));
    if status == 204 || (is_list && body.get("value").is_none()) {
        return found;
    }
    let is_shortened = answer.annotation.as_ref().is_none_or(Annotation::is_truncated);
    // What is shortened may lack anything.
    let counts = |finding: &SchemaFinding| finding.kind != FindingKind::Missing || !is_shortened;
    let findings = violations(schemas.check_answer(&operation, status, Some(&body.to_value())).map(Some));
    found.extend(findings.into_iter().filter(counts).map(|finding| (body, finding)));
    found
}
