//! Answers that do not give back what was sent.

use graphwalk_secrets::masking;

use crate::page::Page;
use crate::page::json::{JsonKind, PageJson};

use super::Finding;

pub(super) fn differs(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for exchange in page.exchanges.iter().filter(|exchange| exchange.request.method != "GET") {
        let sent = exchange.request.body.as_ref().and_then(|body| body.value());
        let answered = exchange.answer.as_ref().and_then(|answer| answer.body.as_ref()?.value());
        let is_object = exchange.address.call(&exchange.request.method).is_ok_and(|call| call.operation().is_none());
        let (Some(sent), Some(answered), true) = (sent, answered, is_object) else { continue };
        compare("", sent, answered, &mut found);
    }
    found
}

/// Compares what both have, property by property. Lists may be in another order, and hold more.
fn compare(path: &str, sent: &PageJson, answered: &PageJson, found: &mut Vec<Finding>) {
    for member in sent.members() {
        let Some(answer) = answered.get(&member.name) else { continue };
        let name = if path.is_empty() { member.name.clone() } else { format!("{path}/{}", member.name) };
        if member.name.contains('@') || masking::is_secret_name(&member.name) {
            continue;
        }
        if member.value.is_object() {
            compare(&name, &member.value, answer, found);
            continue;
        }
        let (Some(one), Some(other)) = (scalar(&member.value), scalar(answer)) else { continue };
        if !is_echo(&one, &other) {
            let message = format!("`{name}` was sent as {one} and is answered as {other}");
            found.push(Finding::new(answer.span.clone(), message).related(member.value.span.clone(), "sent here"));
        }
    }
}

/// A value that is neither a list nor empty: what is answered without a value is left out.
fn scalar(value: &PageJson) -> Option<String> {
    match &value.kind {
        JsonKind::Bool(_) | JsonKind::Number(_) => Some(value.to_value().to_string()),
        JsonKind::Text(text) if !text.trim().is_empty() => Some(value.to_value().to_string()),
        _ => None,
    }
}

/// Returns whether one text is the other as Graph gives it back: times in another form, addresses made absolute, the case
/// of a word.
fn is_echo(sent: &str, answered: &str) -> bool {
    let (one, other) = (sent.trim_matches('"').trim(), answered.trim_matches('"').trim());
    let is_reference = |text: &str| text.contains("://") || text.starts_with(['/', '.']);
    let is_time = |text: &str| {
        text.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok()) && text.get(10..11) == Some("T")
    };
    let is_length_of_time = |text: &str| text.starts_with('P') && text.parse::<jiff::Span>().is_ok();
    let is_told = |text: &str| text.starts_with('{') || text.starts_with('<');
    let same_number = match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one.total_cmp(&other).is_eq(),
        _ => false,
    };
    one.eq_ignore_ascii_case(other)
        || same_number
        || (is_reference(one) && is_reference(other))
        || (is_time(one) && is_time(other))
        || (is_length_of_time(one) && is_length_of_time(other))
        || is_told(one)
        || is_told(other)
}
