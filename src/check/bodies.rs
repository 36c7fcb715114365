//! Bodies of requests that are no JSON, or that their schemas would refuse.

use std::collections::BTreeSet;

use graphwalk_catalog::{ApiPath, Version};
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::session::differing;
use crate::steps::requests::request_of;

use super::samples::filled;
use super::{CheckFacts, StepContext};

/// Returns the faults in the doc string of a step that sends it. What stands for a name in braces is not judged.
pub(super) fn unfit(at: StepContext<'_>, known: &CheckFacts) -> Vec<Diagnostic> {
    let (Some((_, method, path)), Some(text)) = (request_of(&at.step.text), at.doc_string()) else { return Vec::new() };
    let body: Value = match serde_json::from_str(&filled(text, "x", "0")) {
        Ok(body) => body,
        Err(error) => return vec![no_json(at, text, &error)],
    };
    let is_v1 = ApiPath::parse(path).is_ok_and(|path| path.version() == Some(Version::V1));
    let operation = known.schemas.operation(method, path).filter(|_| is_v1);
    let Some(type_name) = operation.and_then(|operation| operation.request) else { return Vec::new() };
    let Ok(findings) = known.schemas.check_request(method, &type_name, &body) else { return Vec::new() };
    let open = places_of_names(text, &body);
    let is_open = |pointer: &str| open.iter().any(|place| pointer.starts_with(place.as_str()));
    let found = findings.violations.into_iter().filter(|finding| !is_open(&finding.pointer));
    let faults = found.map(|finding| {
        let place = if finding.pointer.is_empty() { "the body" } else { &finding.pointer };
        let message = format!("{place} does not fit its schema: expected {}, got {}", finding.expected, finding.found);
        let property = finding.pointer.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap_or_default();
        let quoted = format!("\"{property}\"");
        let part = if text.contains(&quoted) { quoted.as_str() } else { path };
        let help = format!("`graphwalk schema show {type_name}` shows what is expected ({})", finding.schema);
        at.fault_below("request-schema", message, part, "would not be sent").help(help)
    });
    faults.collect()
}

/// The places of a body that a name in braces stands in.
fn places_of_names(template: &str, body: &Value) -> BTreeSet<String> {
    let mut places = Vec::new();
    if let Ok(other) = serde_json::from_str(&filled(template, "y", "1")) {
        differing(body, &other, "", &mut places);
    }
    places.into_iter().collect()
}

fn no_json(at: StepContext<'_>, text: &str, error: &serde_json::Error) -> Diagnostic {
    // A text of several lines ends where it is broken off, an empty one nowhere.
    let within = error.line().clamp(1, text.lines().count().max(1));
    let line = at.body_line() + within - 1;
    let told = error.to_string();
    let why = told.split(" at line ").next().unwrap_or_default();
    Diagnostic::new("body", format!("the body is not JSON: {why}"))
        .at(at.feature.file.place(line, None, "the parser cannot go on from here"))
        .help("a name within quotes is a text, one outside of them a value; a brace of the text is written {{")
}
