//! Status lines, headers, and answers that are not there.

use graphwalk_catalog::{Catalog, Payload, Type, TypeRef};

use crate::page::Page;
use crate::page::address::Address;
use crate::page::classify::{PrintedAnswer, StatusLine, header};
use crate::page::pair::PrintedExchange;

use super::Finding;

pub(super) fn status_unlikely(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for exchange in &page.exchanges {
        let Some(answer) = &exchange.answer else { continue };
        let Some(status) = &answer.status else { continue };
        let body = answer.body.as_ref();
        let reason = if status.code == 204 && body.is_some() {
            Some("204 has no body, and this answer has one".to_owned())
        } else {
            unlikely(exchange, status)
        };
        if let Some(reason) = reason {
            found.push(
                Finding::new(status.span.clone(), reason).related(exchange.request.url_span.clone(), "the request"),
            );
        }
    }
    found
}

fn unlikely(exchange: &PrintedExchange, status: &StatusLine) -> Option<String> {
    let method = exchange.request.method.as_str();
    let expected = expected_status(&exchange.address, method)?;
    let is_likely = match (method, status.code) {
        (_, code) if code == expected || code >= 300 => true,
        // What takes its time is accepted; a long list comes in parts.
        (_, 202) | ("GET", 206) => true,
        ("PATCH" | "PUT", 200 | 201 | 204) => true,
        // An action may create something, too.
        ("POST", 201) => expected == 200,
        ("POST", 200) => expected != 201,
        _ => false,
    };
    (!is_likely).then(|| format!("Graph answers such a {method} with {expected}, not with {}", status.code))
}

/// The status with which Graph answers a call that succeeds; nothing where it is not known.
pub fn expected_status(address: &Address, method: &str) -> Option<u16> {
    match method {
        "GET" => Some(200),
        "PATCH" if is_patch_answered(address) => Some(200),
        "DELETE" | "PATCH" | "PUT" => Some(204),
        "POST" => {
            let call = address.call("POST").ok()?;
            if call.creates().is_some() {
                return Some(201);
            }
            match call.response() {
                Payload::Nothing => Some(204),
                Payload::Unknown => None,
                _ => Some(200),
            }
        }
        _ => None,
    }
}

/// Returns whether Graph answers a change of what an address names with the object.
fn is_patch_answered(address: &Address) -> bool {
    let target = address.resolved().and_then(|resolved| resolved.target()).and_then(TypeRef::named);
    // What the overlay says of a type is said in the catalog of v1.0.
    target.and_then(|ty| Catalog::v1().type_named(ty.name())).is_some_and(Type::is_patch_answered)
}

pub(super) fn content_type(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for exchange in &page.exchanges {
        let request = &exchange.request;
        let has_json = request.body.as_ref().is_some_and(|body| body.json.is_some());
        match header(&request.headers, "Content-Type") {
            None if request.body.is_some() => {
                let span = request.span.start..request.url_span.end;
                found.push(Finding::new(span, "the request has a body and no Content-Type: Graph refuses it"));
            }
            Some(header) if has_json && !header.value.to_lowercase().contains("json") => {
                let message = format!("the body is JSON, and its Content-Type is {}", header.value);
                found.push(Finding::new(header.span.clone(), message));
            }
            _ => {}
        }
        let Some(answer) = &exchange.answer else { continue };
        let is_empty = answer.body.is_none() && answer.status.as_ref().is_some_and(|status| status.code == 204);
        if let (Some(header), true) = (header(&answer.headers, "Content-Type"), is_empty) {
            found.push(Finding::new(header.span.clone(), "an answer without a body has no Content-Type"));
        }
    }
    found
}

pub(super) fn answer_missing(page: &Page) -> Vec<Finding> {
    let missing = page.exchanges.iter().filter(|exchange| exchange.answer.is_none());
    let found = missing.map(|exchange| {
        let span = exchange.request.span.start..exchange.request.url_span.end;
        Finding::new(span, "the request has no answer: print it, also where it has no body")
    });
    found.collect()
}

fn answers(page: &Page) -> impl Iterator<Item = &PrintedAnswer> {
    page.exchanges.iter().filter_map(|exchange| exchange.answer.as_ref())
}

pub(super) fn status_line_missing(page: &Page) -> Vec<Finding> {
    let missing = answers(page).filter(|answer| answer.status.is_none());
    missing.map(|answer| Finding::new(first_line(page, answer), "the answer does not say its status")).collect()
}

fn first_line(page: &Page, answer: &PrintedAnswer) -> std::ops::Range<usize> {
    let text = page.source.slice(&answer.span);
    answer.span.start..answer.span.start + text.lines().next().map_or(0, str::len)
}

pub(super) fn reason_phrase(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for status in answers(page).filter_map(|answer| answer.status.as_ref()) {
        let known = http::StatusCode::from_u16(status.code).ok().and_then(|code| code.canonical_reason());
        let Some(known) = known else { continue };
        if !status.is_http || !status.reason.eq_ignore_ascii_case(known) {
            let message =
                format!("expected `HTTP/1.1 {} {known}`, got `{}`", status.code, page.source.slice(&status.span));
            found.push(Finding::new(status.span.clone(), message));
        }
    }
    found
}
