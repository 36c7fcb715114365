//! Actors whom nobody knows.

use std::collections::BTreeSet;

use graphwalk_recording::ADMINISTRATOR;
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::runner::{Plan, StepSource};
use crate::steps::Actor;
use crate::tutorial::nearest;

use super::{CheckFacts, StepContext, steps};

/// Every actor who is nearly, but not quite, one who can call, or who is no person's name at all. A person whom neither the
/// tutorial nor the configuration names may be known to a recording or a seed.
pub(super) fn unknown(plan: &Plan, known: &CheckFacts) -> Vec<Diagnostic> {
    let mut people: BTreeSet<String> = known.actors.clone();
    people.insert(ADMINISTRATOR.to_owned());
    let mut faults = Vec::new();
    for at in steps(plan) {
        if at.step.source != StepSource::Outside {
            faults.extend(
                actors(at).filter(|actor| !people.contains(actor)).filter_map(|actor| fault(at, &actor, &people)),
            );
        }
        people.extend(named_texts(at));
    }
    faults
}

fn actors(at: StepContext<'_>) -> impl Iterator<Item = String> {
    let actors = at.step.arguments.iter().filter(|argument| argument.kind == Some("actor"));
    actors.map(|argument| {
        let Ok(Actor(name)) = argument.text.parse();
        name
    })
}

fn fault(at: StepContext<'_>, actor: &str, people: &BTreeSet<String>) -> Option<Diagnostic> {
    let is_name = actor.chars().next().is_some_and(char::is_uppercase);
    // A short name is near to many.
    let near = nearest(actor, people.iter().map(String::as_str)).filter(|_| !is_name || actor.chars().count() > 4);
    if is_name && near.is_none() {
        return None;
    }
    let fault = at.fault("unknown-actor", format!("nobody is known as \"{actor}\""), actor, "not known");
    Some(match near {
        Some(ADMINISTRATOR) => fault.help("did you mean the administrator?"),
        Some(near) => fault.help(format!("did you mean {near}?")),
        None => fault
            .help("an actor is `the administrator`, or a person by the name that the tutorial or the recording has"),
    })
}

/// Whoever may be a person of what a step names: texts of the sentence, cells, texts of the body.
fn named_texts(at: StepContext<'_>) -> Vec<String> {
    let mut texts: Vec<String> = at.cells().map(str::to_owned).collect();
    let is_text = |kind: Option<&str>| kind != Some("actor");
    texts.extend(at.step.arguments.iter().filter(|argument| is_text(argument.kind)).map(|a| a.text.clone()));
    if let Some(body) =
        at.doc_string().and_then(|text| serde_json::from_str(&super::samples::filled(text, "x", "0")).ok())
    {
        add_texts(&body, &mut texts);
    }
    texts
}

fn add_texts(body: &Value, texts: &mut Vec<String>) {
    match body {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| add_texts(item, texts)),
        Value::Object(properties) => properties.values().for_each(|value| add_texts(value, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
