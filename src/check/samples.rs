//! Texts with names in braces, filled in with what may stand there, so that their form can be judged.

use serde_json_path::JsonPath;

use crate::diagnostic::Diagnostic;
use crate::session::placeholder_spans;

use super::StepContext;

/// `template` with `inside` for each name within quotes, and `outside` for each other.
pub(super) fn filled(template: &str, inside: &str, outside: &str) -> String {
    let mut text = String::with_capacity(template.len());
    let (mut end, mut is_quoted, mut is_escaped) = (0, false, false);
    for span in placeholder_spans(template) {
        let before = &template[end..span.start];
        for c in before.chars() {
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' if is_quoted => is_escaped = true,
                '"' => is_quoted = !is_quoted,
                _ => {}
            }
        }
        text.push_str(before);
        text.push_str(if is_quoted { inside } else { outside });
        end = span.end;
    }
    text.push_str(&template[end..]);
    // Two braces are one of the text.
    text.replace("{{", "{")
}

/// The JSON paths and values of a sentence that could not be read whatever stands for their names.
pub(super) fn unreadable(at: StepContext<'_>) -> Vec<Diagnostic> {
    let faults = at.step.arguments.iter().filter_map(|argument| {
        let text = argument.text.as_str();
        // What has no names is read when the step is bound.
        placeholder_spans(text).next()?;
        let (why, help) = match argument.kind? {
            "query" => {
                let error = JsonPath::parse(&filled(text, "x", "x")).err()?;
                (format!("is not a JSON path: {error}"), "write it as RFC 9535 has it, e.g. `$.value[0].id`")
            }
            "json" => {
                let sample = filled(text, "x", "0");
                let error = serde_json::from_str::<serde_json::Value>(&sample).err()?;
                (format!("is not JSON: {error}"), "a name within quotes is a text, one outside of them a value")
            }
            _ => return None,
        };
        Some(at.fault("parameter", format!("{text} {why}"), text, "cannot be read").help(help))
    });
    faults.collect()
}
