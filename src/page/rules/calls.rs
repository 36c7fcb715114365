//! What is wrong with method and path.

use std::collections::HashSet;

use graphwalk_catalog::{Catalog, NoCall, NotUnderstood, PathPlace, Resolved, Version};

use crate::page::Page;
use crate::page::address::{VersionFrom, placeholder};
use crate::page::pair::PrintedExchange;

use super::Finding;
use super::schema::other_case;

pub(super) fn method_unlikely(page: &Page) -> Vec<Finding> {
    let of_graph = page.exchanges.iter().filter(|exchange| exchange.address.is_graph);
    let unlikely = of_graph.filter_map(|exchange| {
        let method = &exchange.request.method;
        let Err(NoCall::Method(methods)) = exchange.address.call(method) else { return None };
        if !is_judged(exchange) {
            return None;
        }
        let names: Vec<&str> = methods.iter().map(|method| method.name()).collect();
        let start = exchange.request.span.start;
        let message = format!("Graph does not have {method} for this path: expected {}", names.join(" or "));
        (!names.is_empty()).then(|| Finding::new(start..exchange.request.url_span.end, message))
    });
    unlikely.collect()
}

pub(super) fn path_unknown(page: &Page) -> Vec<Finding> {
    let unknown = page.exchanges.iter().filter_map(|exchange| {
        let why = unknown_path(exchange)?;
        let span = &exchange.request.url_span;
        let place = match &why {
            NotUnderstood::Unknown(segment, _) => page.source.slice(span).find(segment.as_str()).map(|at| {
                let start = span.start + at;
                start..start + segment.len()
            }),
            _ => None,
        };
        Some(Finding::new(place.unwrap_or_else(|| span.clone()), format!("Graph v1.0 does not have this path: {why}")))
    });
    unknown.collect()
}

/// Returns why v1.0 does not have the path of a call; nothing if it has, or the path is one of beta, of which not all is
/// known.
pub(in crate::page) fn unknown_path(exchange: &PrintedExchange) -> Option<NotUnderstood> {
    let address = &exchange.address;
    let is_judged = address.is_graph
        && address.version == Version::V1
        && address.version_from != VersionFrom::Nothing
        // A batch and the metadata are no paths of the metadata.
        && !address.path.segments().last().is_some_and(|last| last.name().starts_with('$'));
    match address.call(&exchange.request.method) {
        Err(NoCall::Path(why @ NotUnderstood::Unknown(..))) if is_judged => Some(why),
        _ => None,
    }
}

/// Returns whether the methods of a path are known: of beta only those that the permissions list has, as its metadata is
/// not whole.
pub(in crate::page) fn is_judged(exchange: &PrintedExchange) -> bool {
    let is_listed = || !Catalog::v1().listed_methods(&exchange.address.versioned()).is_empty();
    exchange.address.version == Version::V1 || is_listed()
}

pub(super) fn placeholder_in_url(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    // What another host than Graph's takes is not known.
    for exchange in page.exchanges.iter().filter(|exchange| exchange.address.is_graph) {
        let Some((at, name)) = placeholder(&exchange.request.url) else { continue };
        let span = &exchange.request.url_span;
        // The URL may go over several lines: then the whole of it is named.
        let is_whole = page.source.slice(span) == exchange.request.url;
        let place = if is_whole { span.start + at..span.start + at + name.len() + 2 } else { span.clone() };
        let message = format!(
            "`{{{name}}}` in the URL says not which object is meant: print the id that an answer before it shows"
        );
        found.push(Finding::new(place, message));
    }
    found
}

pub(super) fn url_relative(page: &Page) -> Vec<Finding> {
    let relative = page.exchanges.iter().filter(|exchange| exchange.address.is_relative);
    let found = relative.map(|exchange| {
        let version = if exchange.address.path.version().is_none() { " and no version" } else { "" };
        Finding::new(exchange.request.url_span.clone(), format!("the URL has no host{version}: print it whole"))
    });
    found.collect()
}

pub(super) fn casing_mixed(page: &Page) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let mut found: Vec<Finding> = page.exchanges.iter().filter_map(|exchange| small_method(page, exchange)).collect();
    for exchange in &page.exchanges {
        let Some(resolved) = exchange.address.resolved() else { continue };
        let segments = exchange.address.path.segments();
        for known in words_of(&resolved) {
            let other = segments.iter().find(|segment| segment.is(known) && segment.name() != known);
            let Some(other) = other.filter(|other| seen.insert(other.name().to_owned())) else { continue };
            let span = &exchange.request.url_span;
            let at = page.source.slice(span).find(other.name());
            let place = at.map_or_else(|| span.clone(), |at| span.start + at..span.start + at + other.name().len());
            found.push(Finding::new(place, format!("`{}` is spelled `{known}` by the metadata", other.name())));
        }
    }
    found.extend(values_in_other_case(page).filter(|(word, _)| seen.insert(word.clone())).map(|(_, found)| found));
    found
}

/// Of a method in small letters the finding: to HTTP it is another one (RFC 9110, 9.1).
fn small_method(page: &Page, exchange: &PrintedExchange) -> Option<Finding> {
    let method = &exchange.request.method;
    let before = exchange.request.span.start..exchange.request.url_span.start;
    let text = page.source.slice(&before);
    let word = text.trim();
    let start = before.start + text.find(word)?;
    let message = format!("`{word}` is `{method}` in HTTP, where the case of methods counts");
    (word != method && word.eq_ignore_ascii_case(method)).then(|| Finding::new(start..start + word.len(), message))
}

/// Words of enumerations that a body has in another case, each with the finding.
fn values_in_other_case(page: &Page) -> impl Iterator<Item = (String, Finding)> + '_ {
    other_case(page).filter_map(|(span, finding)| {
        let (word, meant) = (finding.found.trim_matches('"').to_owned(), finding.meant.as_ref()?);
        let message = format!("`{word}` is spelled `{meant}` by the metadata");
        Some((word, Finding::new(span.clone(), message)))
    })
}

/// The words of a path as the metadata spells them.
fn words_of(resolved: &Resolved) -> Vec<&'static str> {
    let words = resolved.places().iter().filter_map(|place| match place {
        PathPlace::Step(step) => Some(step.name),
        PathPlace::Property(name) => Some(*name),
        PathPlace::Operation(operation) => Some(operation.name),
        PathPlace::Call(operation) => Some(operation.name()),
        _ => None,
    });
    words.collect()
}
