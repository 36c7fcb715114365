//! What is expected of an answer: its type, what was sent, counts, and values that say how things stand. Never times, ids or
//! contexts.

use graphwalk_schema::{Extent, Schemas, Shape};
use serde_json::Value;

use crate::id_shape::{guids, looks_like_id};
use crate::page::Page;
use crate::page::blocks::{BlockKind, titled};
use crate::page::prose::{emphasised, is_property_like, is_value_like, sentences};
use crate::page::words;

use super::call::{CallOrigin, ImportedCall};
use super::waits::is_status_name;

/// So many properties of an answer are expected to be what was sent.
const MOST_ECHOES: usize = 8;

/// A sentence, with a table of one column where it has one.
pub type Sentence = (String, Vec<String>);

/// Returns what is expected of the answer of a call.
pub fn expectations(page: &Page, call: &ImportedCall) -> Vec<Sentence> {
    let mut found: Vec<Sentence> = vec![(format!("the status is {}", call.status), Vec::new())];
    let Some(answer) = call.answer.as_ref().filter(|_| call.is_answer_printed) else { return found };
    found.extend(type_of(call).map(|sentence| (sentence, Vec::new())));
    match answer.get("value").and_then(Value::as_array) {
        Some(items) => of_list(items, &mut found),
        None => of_object(call, answer, &mut found),
    }
    if call.origin == CallOrigin::Printed {
        add_told_values(page, call, answer, &mut found);
    }
    let mut seen = Vec::new();
    found.retain(|(sentence, _)| {
        let is_new = !seen.contains(sentence);
        seen.push(sentence.clone());
        is_new
    });
    found
}

/// The type of an answer, where the metadata of the call's version has it. What changed, as a delta query answers it, is of no
/// whole type.
fn type_of(call: &ImportedCall) -> Option<String> {
    let operation = Schemas::embedded().operation(&call.method, &call.address.versioned_text())?;
    match operation.response {
        _ if operation.extent == Extent::Shortened => None,
        Shape::One(name) => Some(format!("the answer is a valid \"{name}\"")),
        Shape::Many(name) => Some(format!("the answer is a list of valid \"{name}\"")),
        Shape::NoContent => None,
    }
}

fn of_object(call: &ImportedCall, answer: &Value, found: &mut Vec<Sentence>) {
    let mut count = 0;
    let sent = call.body.as_ref().and_then(Value::as_object).into_iter().flatten();
    for (name, value) in sent.filter(|_| call.method != "GET") {
        let is_echoed = answer.get(name) == Some(value) && is_simple(name, value);
        if is_echoed && count < MOST_ECHOES {
            found.push((format!("\"$.{name}\" is {value}"), Vec::new()));
            count += 1;
        }
    }
    for (name, value) in answer.as_object().into_iter().flatten() {
        let text = value.as_str().filter(|text| is_value_like(text) || text.chars().all(char::is_alphabetic));
        if text.is_some_and(|text| !text.is_empty()) && is_status_name(name) && call.poll.is_none() {
            found.push((format!("\"$.{name}\" is {value}"), Vec::new()));
        }
    }
}

/// Returns whether a value can be expected as it is: a text that is no id, no time and no address, a number, true or false.
fn is_simple(name: &str, value: &Value) -> bool {
    let is_plain_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_plain = match value {
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => {
            guids(text).is_empty()
                && !looks_like_id(text)
                && !text.contains("://")
                && !text.contains(['{', '\\', '\n'])
                && !text.is_empty()
                && text.get(..10).is_none_or(|day| day.parse::<jiff::civil::Date>().is_err())
        }
        _ => false,
    };
    is_plain && is_plain_name && name != "id"
}

fn of_list(items: &[Value], found: &mut Vec<Sentence>) {
    let values = if items.len() == 1 { "value" } else { "values" };
    found.push((format!("\"$.value[*]\" finds {} {values}", items.len()), Vec::new()));
    if items.is_empty() {
        return;
    }
    // A table is of what every item has; where names are given they say which items there are.
    for path in ["displayName", "userPrincipalName"] {
        table(items, path, found);
    }
    let names = items.first().and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name);
    let telling = |name: &&String| {
        let lower = name.to_lowercase();
        // What is recommended depends on when people have signed in, in each tenant another.
        is_status_name(name) || ["decision", "result"].iter().any(|end| lower.ends_with(end))
    };
    for name in names.filter(telling) {
        table(items, name, found);
    }
}

fn table(items: &[Value], name: &str, found: &mut Vec<Sentence>) {
    let values: Vec<&str> = items.iter().filter_map(|item| item.get(name)?.as_str()).collect();
    let is_plain =
        |text: &&str| !text.is_empty() && !text.contains(['|', '\\', '{', '\n', '<']) && text.trim() == *text;
    if values.len() == items.len() && values.iter().all(is_plain) {
        let rows = values.into_iter().map(str::to_owned).collect();
        found.push((format!("\"$.value[*].{name}\" finds exactly:"), rows));
    }
}

/// The values that sentences about the answer name: `**status** is `InProgress``.
fn add_told_values(page: &Page, call: &ImportedCall, answer: &Value, found: &mut Vec<Sentence>) {
    let section = titled(&page.sections, call.section);
    let prose = page
        .blocks
        .iter()
        .filter(|block| block.kind == BlockKind::Prose && titled(&page.sections, block.section) == section);
    for block in prose {
        for (_, sentence) in sentences(page.source.slice(&block.span)) {
            if words::is_conditional(sentence) {
                continue;
            }
            let words = emphasised(sentence);
            for pair in words.windows(2) {
                let [property, value] = pair else { continue };
                let holds = answer.get(property.text).and_then(Value::as_str) == Some(value.text);
                if holds && is_property_like(property.text) && is_value_like(value.text) && call.poll.is_none() {
                    found.push((format!("\"$.{}\" is \"{}\"", property.text, value.text), Vec::new()));
                }
            }
        }
    }
}
