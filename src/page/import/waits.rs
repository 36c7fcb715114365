//! Waits: another status in the next answer is asked for until it comes; "after five days" is time that passes.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::page::Page;
use crate::page::address::Address;
use crate::page::blocks::{BlockKind, step_of};
use crate::page::prose::{emphasised, is_value_like, sentences};
use crate::page::words;

use super::Notes;
use super::call::ImportedCall;
use super::complete::told_call;

/// Finds what has to be waited for.
pub fn find(page: &Page, calls: &mut Vec<ImportedCall>, notes: &mut Notes) {
    told_polls(page, calls, notes);
    polls(calls, notes);
    lengths_of_time(page, calls, notes);
}

/// Returns whether a property of this name says how far something has come.
pub fn is_status_name(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with("status") || name.ends_with("state")
}

/// Makes a poll of another status of the same object in a later answer of a read.
fn polls(calls: &mut [ImportedCall], notes: &mut Notes) {
    let mut known: HashMap<String, HashMap<String, String>> = HashMap::new();
    for call in calls.iter_mut().filter(|call| call.left_out.is_none() && call.is_answer_printed) {
        let Some(Value::Object(answer)) = &call.answer else { continue };
        let Some(id) = answer.get("id").and_then(Value::as_str) else { continue };
        let before = known.entry(id.to_lowercase()).or_default();
        for (name, value) in answer.iter().filter(|(name, _)| is_status_name(name)) {
            let Some(text) = value.as_str() else { continue };
            let other = before.insert(name.clone(), text.to_owned()).filter(|other| other != text);
            if let (Some(other), "GET", None) = (other, call.method.as_str(), &call.poll) {
                notes.inferred(call.line, format!("`{name}` was {other} and is {text}: it is asked for until it is"));
                call.poll = Some((format!("$.{name}"), value.clone()));
            }
        }
    }
}

/// "Once the **status** is `InProgress`": what was created with another one is asked for until it has it.
fn told_polls(page: &Page, calls: &mut Vec<ImportedCall>, notes: &mut Notes) {
    for block in page.blocks.iter().filter(|block| block.kind == BlockKind::Prose) {
        let line = page.source.line(block.span.start);
        let step = step_of(&page.sections, block.section);
        for (_, sentence) in sentences(page.source.slice(&block.span)) {
            if !words::has_one(sentence, words::UNTIL) {
                continue;
            }
            let Some((property, value)) = status_in(sentence) else { continue };
            let is_next = |call: &ImportedCall| call.line > line && step_of(&page.sections, call.section) == step;
            let Some(next) = calls.iter().position(is_next) else { continue };
            let made = calls[..next].iter().rev().find(|call| is_other(call, property, value));
            let Some(poll) = made.and_then(|made| poll_of(made, &calls[next], (property, value), line)) else {
                continue;
            };
            notes.inferred(line, format!("`{property}` is asked for until it is {value}, as the text says"));
            calls.insert(next, poll);
            break;
        }
    }
}

/// The property and the value that a sentence sets apart, one behind the other.
fn status_in(sentence: &str) -> Option<(&str, &str)> {
    let words = emphasised(sentence);
    let pair = words.windows(2).find(|pair| is_status_name(pair[0].text) && is_value_like(pair[1].text))?;
    Some((pair[0].text, pair[1].text))
}

/// Returns whether a call created an object in which a property has another value.
fn is_other(call: &ImportedCall, property: &str, value: &str) -> bool {
    let text = call.answer.as_ref().and_then(|answer| answer.get(property)).and_then(Value::as_str);
    call.method == "POST" && call.left_out.is_none() && text.is_some_and(|text| text != value)
}

/// The read of a created object, with the value that is waited for.
fn poll_of(
    made: &ImportedCall,
    next: &ImportedCall,
    (property, value): (&str, &str),
    line: usize,
) -> Option<ImportedCall> {
    let mut answer = made.answer.clone()?;
    let id = answer.get("id")?.as_str()?;
    let collection = made.address.text.split('?').next()?;
    let address = Address {
        version: made.address.version,
        version_from: made.address.version_from,
        ..Address::of(&format!("{collection}/{id}"))
    };
    answer[property] = json!(value);
    let read = told_call("GET", address, next.section, line, 200, Some(answer));
    Some(ImportedCall {
        actor: next.actor.clone(),
        poll: Some((format!("$.{property}"), json!(value))),
        title: Some(format!("{property} is {value}")),
        ..read
    })
}

/// A sentence such as "After five days, list the members again" lets time pass before the next call of its step.
fn lengths_of_time(page: &Page, calls: &mut [ImportedCall], notes: &mut Notes) {
    for block in page.blocks.iter().filter(|block| block.kind == BlockKind::Prose) {
        let text = page.source.slice(&block.span);
        // An item of a list tells of settings.
        if text.starts_with(['-', '+', '*', '|']) && !text.starts_with("**") {
            continue;
        }
        let line = page.source.line(block.span.start);
        let Some((sentence, seconds)) =
            sentences(text).into_iter().find_map(|(_, sentence)| Some((sentence, passes(sentence)?)))
        else {
            continue;
        };
        let step = step_of(&page.sections, block.section);
        let next = calls.iter_mut().find(|call| call.line > line && step_of(&page.sections, call.section) == step);
        let Some(call) = next.filter(|call| call.wait.is_none()) else { continue };
        notes.inferred(
            line,
            format!(
                "time passes before the next call: \"{}\"",
                sentence.split_whitespace().take(8).collect::<Vec<_>>().join(" ")
            ),
        );
        call.wait = Some(seconds);
    }
}

/// Returns how many seconds a sentence lets pass, if it begins by that: an hour at least, as shorter waits are what polls
/// are for.
fn passes(sentence: &str) -> Option<u64> {
    const SHORTEST: u64 = 3600;
    words::seconds_that_pass(sentence).filter(|seconds| *seconds >= SHORTEST)
}
