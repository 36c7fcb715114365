//! What is wrong with the blocks of a page and their annotations.

use graphwalk_catalog::{Catalog, Type, Version, mistyped, nearest};

use crate::page::Page;
use crate::page::allow::allows;
use crate::page::annotation::Annotation;
use crate::page::classify::is_method;
use crate::page::json::PageJson;
use crate::page::source::Span;

use super::{Finding, RULES};

/// The kinds of blocks that the tool knows which reads the annotations of Graph's documentation.
const BLOCK_TYPES: [&str; 8] =
    ["request", "response", "simulatedResponse", "resource", "example", "ignored", "samplefile", "followupRequest"];

/// The words of an annotation.
const WORDS: [&str; 24] = [
    "blockType",
    "name",
    "@odata.type",
    "@type",
    "truncated",
    "isCollection",
    "isEmpty",
    "isError",
    "expectError",
    "scopes",
    "requiredScopes",
    "sampleKeys",
    "optionalProperties",
    "openType",
    "keyProperty",
    "baseType",
    "nameSpace",
    "example",
    "isMediaEntity",
    "description",
    "keywords",
    "section",
    "tocPath",
    "idempotent",
];

pub(super) fn never_closed(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for block in &page.blocks {
        let line = page.source.slice(&block.span).lines().next().map_or(0, str::len);
        let first = block.span.start..block.span.start + line;
        if block.fence().is_some_and(|fence| !fence.is_closed) {
            found.push(Finding::new(first, "this fence is never closed: all that follows belongs to it"));
        } else if block.comment().is_some_and(|comment| !comment.is_closed) {
            found.push(Finding::new(first, "this comment is never closed: all that follows belongs to it"));
        }
    }
    found
}

/// The requests and answers of a page, with their annotations.
fn messages(page: &Page) -> Vec<(Span, Option<&Annotation>, &'static str)> {
    let mut found = Vec::new();
    for exchange in &page.exchanges {
        let request = &exchange.request;
        found.push((request.span.start..request.url_span.end, request.annotation.as_ref(), "request"));
        if let Some(answer) = &exchange.answer {
            let line = page.source.slice(&answer.span).lines().next().map_or(0, str::len);
            found.push((answer.span.start..answer.span.start + line, answer.annotation.as_ref(), "response"));
        }
    }
    found
}

pub(super) fn unannotated(page: &Page) -> Vec<Finding> {
    let messages = messages(page);
    let bare = || messages.iter().filter(|(_, annotation, _)| annotation.is_none());
    if bare().count() == messages.len() {
        let first = messages.first().map(|(span, ..)| span.clone());
        let message = "no block of the page has an annotation";
        return first.map(|span| Finding::new(span, message)).into_iter().collect();
    }
    bare()
        .map(|(span, _, what)| {
            Finding::new(span.clone(), format!("this {what} has no annotation, and others of the page have one"))
        })
        .collect()
}

pub(super) fn annotation_unknown(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut last = None;
    let has_beta = page.exchanges.iter().any(|exchange| exchange.address.version == Version::Beta);
    for annotation in page.blocks.iter().filter_map(|block| block.fence()?.annotation.as_ref()) {
        if last.replace(annotation.span.start) != Some(annotation.span.start) {
            found.extend(faults(annotation, has_beta));
        }
    }
    found
}

fn faults(annotation: &Annotation, has_beta: bool) -> Vec<Finding> {
    let Some(json) = &annotation.json else {
        let reason = annotation.fault.as_deref().unwrap_or("expected an object");
        return vec![Finding::new(annotation.span.clone(), format!("the annotation cannot be read: {reason}"))];
    };
    let mut found = Vec::new();
    if let Some(fault) = &annotation.fault {
        found.push(Finding::new(annotation.span.clone(), format!("the annotation is no JSON: {fault}")));
    }
    for member in json.members() {
        let text = member.value.text();
        let message = match member.name.as_str() {
            "blockType" => text.and_then(|word| unknown_word("block type", word, &BLOCK_TYPES)),
            "@odata.type" | "@type" => text.and_then(|name| unknown_type(name, has_beta)),
            "truncated" | "isCollection" | "isEmpty" | "isError" | "expectError" => {
                unknown_flag(&member.name, &member.value)
            }
            name => unknown_word("word", name, &WORDS),
        };
        let span = if message.as_ref().is_some_and(|text| text.starts_with("unknown word")) {
            member.span.clone()
        } else {
            member.value.span.clone()
        };
        found.extend(message.map(|message| Finding::new(span, message)));
    }
    found
}

fn unknown_word(what: &str, word: &str, known: &[&str]) -> Option<String> {
    if known.contains(&word) {
        return None;
    }
    let meant = nearest(word, known.iter().copied()).map(|meant| format!(": perhaps `{meant}`")).unwrap_or_default();
    Some(format!("unknown {what} `{word}`{meant}"))
}

fn unknown_flag(name: &str, value: &PageJson) -> Option<String> {
    (!value.to_value().is_boolean()).then(|| format!("`{name}` is true or false, got {}", value.to_value()))
}

/// Returns what is wrong with the name of a type. Of beta not all types are known: on a page that uses it a name that is formed
/// like one is let pass, if it is no slip of a known one.
fn unknown_type(name: &str, has_beta: bool) -> Option<String> {
    let inner = name.strip_prefix("Collection(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(name);
    let lower = inner.to_lowercase();
    if lower.starts_with("collection(") {
        return Some(format!("a list is annotated by `isCollection`, or as `Collection(…)`: got `{name}`"));
    }
    let is_formed = lower.starts_with("microsoft.graph.") || lower.starts_with("#microsoft.graph.");
    let is_primitive = inner.starts_with("Edm.") || ["string", "stream", "boolean", "int32"].contains(&lower.as_str());
    let bare = inner.rsplit('.').next().unwrap_or(inner);
    let slip = slip_of(bare);
    let is_known = has_beta || [Catalog::v1(), Catalog::beta()].iter().any(|known| known.type_named(inner).is_some());
    let is_word = bare.chars().all(char::is_alphanumeric);
    let is_right = is_formed && is_word && is_known && has_its_case(inner) && slip.is_none();
    if is_primitive || is_right {
        return None;
    }
    let elsewhere = || Catalog::v1().types().find(|ty| ty.name().rsplit('.').next() == Some(bare));
    let meant = Catalog::v1().type_named(bare).or(slip).or_else(elsewhere);
    let meant = meant.map(|ty| format!(": perhaps `{}`", ty.qualified_name())).unwrap_or_default();
    Some(format!("unknown type `{name}`{meant}"))
}

/// The type that a name which no metadata has is a slip of.
fn slip_of(name: &str) -> Option<Type> {
    let (v1, beta) = (Catalog::v1(), Catalog::beta());
    if v1.type_named(name).is_some() || beta.type_named(name).is_some() {
        return None;
    }
    v1.type_named(mistyped(name, v1.types().map(Type::name))?)
}

/// Returns whether a name of a type that the metadata has is spelled as there.
fn has_its_case(name: &str) -> bool {
    let bare = name.trim_start_matches('#');
    Catalog::v1().type_named(bare).is_none_or(|ty| ty.qualified_name() == bare)
}

pub(super) fn commented_out(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for block in &page.blocks {
        let Some(comment) = block.comment() else { continue };
        let text = page.source.slice(&comment.content);
        let is_call = |line: &&str| {
            let mut words = line.split_whitespace();
            words.next().is_some_and(is_method) && words.next().is_some_and(|url| url.contains('/'))
        };
        let count = text.lines().filter(is_call).count();
        if count > 0 {
            let line = page.source.slice(&block.span).lines().next().map_or(0, str::len);
            let message = match count {
                1 => "a request stands in a comment and is no part of the page".to_owned(),
                count => format!("{count} requests stand in a comment and are no part of the page"),
            };
            found.push(Finding::new(block.span.start..block.span.start + line, message));
        }
    }
    found
}

pub(super) fn allow_unknown(page: &Page) -> Vec<Finding> {
    let named = allows(page).into_iter().flat_map(|allow| allow.rules);
    let unknown = named.filter(|(name, _)| super::rule_by_name(name).is_none());
    unknown
        .map(|(name, span)| {
            let meant = nearest(name, RULES.iter().map(|rule| rule.name));
            let meant = meant.map(|meant| format!(": perhaps {meant}")).unwrap_or_default();
            Finding::new(span, format!("there is no rule {name}{meant}"))
        })
        .collect()
}

pub(super) fn no_requests(page: &Page) -> Vec<Finding> {
    if !page.exchanges.is_empty() {
        return Vec::new();
    }
    vec![Finding::new(0..0, "the page has no request: expected a fence that begins with a method and a URL")]
}
