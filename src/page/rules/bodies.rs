//! What is wrong within one body.

use graphwalk_secrets::masking;

use crate::page::Page;
use crate::page::classify::PrintedBody;

use super::Finding;

/// All bodies of a page: of requests and of answers.
pub(super) fn bodies(page: &Page) -> impl Iterator<Item = &PrintedBody> {
    let exchanges = page.exchanges.iter().flat_map(|exchange| {
        let answer = exchange.answer.as_ref().and_then(|answer| answer.body.as_ref());
        exchange.request.body.iter().chain(answer)
    });
    exchanges.chain(page.stray_answers.iter().filter_map(|answer| answer.body.as_ref()))
}

pub(super) fn malformed(page: &Page) -> Vec<Finding> {
    let read = bodies(page).filter_map(|body| body.json.as_ref());
    let faulty = read.filter_map(|json| {
        let fault = json.faults.first()?;
        let more = match json.faults.len() {
            1 => String::new(),
            count => format!(" ({} more in this body)", count - 1),
        };
        let kind = if json.is_json5 { "JSON5, not JSON" } else { "not JSON" };
        Some(Finding::new(fault.offset..fault.offset + 1, format!("the body is {kind}: {}{more}", fault.message)))
    });
    faulty.collect()
}

pub(super) fn list_without_value(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for exchange in page.exchanges.iter().filter(|exchange| exchange.request.method == "GET") {
        let Some(body) = exchange.answer.as_ref().and_then(|answer| answer.body.as_ref()) else { continue };
        let Some(value) = body.value().filter(|value| value.is_object()) else { continue };
        let is_list = exchange.address.resolved().and_then(|resolved| resolved.target()).is_some_and(|ty| ty.is_many());
        if is_list && value.get("value").is_none() && value.get("error").is_none() {
            let message = "the answer to a list has no `value`: expected `{\"value\": [ … ]}`";
            found.push(
                Finding::new(body.span.start..body.span.start + 1, message)
                    .related(exchange.request.url_span.clone(), "the request that lists"),
            );
        }
    }
    found
}

pub(super) fn ellipsis(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for value in bodies(page).filter_map(PrintedBody::value) {
        value.walk(&mut |_, member, value| {
            let Some(text) = value.text() else { return };
            let name = member.map_or("", |member| member.name.as_str());
            if is_cut(text) && !is_told_to_people(name) {
                found.push(Finding::new(
                    value.span.clone(),
                    "the value is cut with an ellipsis: print it whole, or a made-up one",
                ));
            }
        });
    }
    found
}

/// Returns whether a text is a value of which a part is left out, rather than a sentence that trails off.
fn is_cut(text: &str) -> bool {
    let cut = text.trim_end_matches(['.', '\u{2026}']);
    let marks = text.len() - cut.len();
    let has_mark = text.contains('\u{2026}') || marks >= 3 || text.starts_with("...");
    has_mark && !text.trim().contains(' ')
}

/// Returns whether people write what a property of this name holds.
fn is_told_to_people(name: &str) -> bool {
    let name = name.to_lowercase();
    ["description", "displayname", "justification", "message", "bodypreview", "subject"]
        .iter()
        .any(|end| name.ends_with(end))
}

pub(super) fn secret_printed(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for value in bodies(page).filter_map(PrintedBody::value) {
        value.walk(&mut |_, member, value| {
            let Some(text) = value.text().filter(|text| !is_placeholder(text)) else { return };
            let name = member.map_or("", |member| member.name.as_str());
            if masking::is_secret_name(name) {
                let message = format!("`{name}` is printed: write a placeholder such as `{{{name}}}`");
                found.push(Finding::new(value.span.clone(), message));
            } else if let Some(at) = signature(text) {
                let message = format!("`{name}` holds a signature (`{at}`): write a placeholder for it");
                found.push(Finding::new(value.span.clone(), message));
            } else if masking::holds_token(text) {
                found.push(Finding::new(value.span.clone(), "a token is printed: write a placeholder for it"));
            }
        });
    }
    found.extend(bodies(page).filter(|body| body.json.is_none()).flat_map(|body| secrets_of_form(page, body)));
    let headers = page.exchanges.iter().flat_map(|exchange| &exchange.request.headers);
    for header in headers.filter(|header| masking::is_secret_header(&header.name)) {
        let value = header.value.rsplit(' ').next().unwrap_or_default();
        if !is_placeholder(value) {
            let message = format!("the header `{}` is printed with its value: write a placeholder", header.name);
            found.push(Finding::new(header.span.clone(), message));
        }
    }
    found
}

/// The secrets in a body that is a form: `client_id=a&client_secret=b`, also over several lines.
fn secrets_of_form(page: &Page, body: &PrintedBody) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut at = body.span.start;
    for pair in page.source.slice(&body.span).split_inclusive(['&', '\n']) {
        let start = at;
        at += pair.len();
        let pair = pair.trim_end_matches(['&', '\n', '\r', ' ']);
        let Some((name, value)) = pair.split_once('=') else { continue };
        if masking::is_secret_name(name.trim()) && !is_placeholder(value) {
            let end = start + pair.len();
            let message = format!("`{0}` is printed: write a placeholder such as `{{{0}}}`", name.trim());
            found.push(Finding::new(end - value.len()..end, message));
        }
    }
    found
}

/// Returns whether a text only stands for a secret.
fn is_placeholder(text: &str) -> bool {
    let bare = text.trim();
    let is_marked = (bare.starts_with('{') && bare.ends_with('}'))
        || (bare.starts_with('<') && bare.ends_with('>'))
        || (bare.starts_with('[') && bare.ends_with(']'));
    let is_blank = bare.is_empty() || bare.chars().all(|c| matches!(c, '*' | '.' | 'x' | 'X' | '\u{2026}' | '-'));
    is_marked
        || is_blank
        || (bare.len() > 3 && bare.to_lowercase().contains("password") && bare.contains([' ', '-', '_']))
}

/// The parameter of a URL that signs it, if it has a value.
fn signature(text: &str) -> Option<&'static str> {
    let (_, query) = text.split_once('?')?;
    let signs = |pair: &str| pair.split_once('=').is_some_and(|(name, value)| name == "sig" && !is_placeholder(value));
    query.split('&').any(signs).then_some("sig")
}
