//! Writes Gherkin.

use std::fmt::Write as _;

use super::assertions::{Sentence, expectations};
use super::call::{CallOrigin, ImportedCall};
use super::links::LinkedCall;
use crate::in_words::named_actor;
use crate::page::Page;

/// The columns of a title: longer ones are cut, as they are names in reports.
const LONGEST_TITLE: usize = 100;

/// A scenario, written.
#[derive(Debug)]
pub struct ScenarioText {
    /// Its name.
    pub name: String,
    /// Its steps and comments, a line each, without indent.
    pub lines: Vec<String>,
}

/// A feature, written.
#[derive(Debug)]
pub struct FeatureText<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its tags, without `@`.
    pub tags: Vec<String>,
    /// The comments above it.
    pub comments: Vec<String>,
    /// Its scenarios.
    pub scenarios: Vec<ScenarioText>,
}

impl FeatureText<'_> {
    /// The text of the file.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for comment in &self.comments {
            let _ = writeln!(text, "# {comment}");
        }
        let tags: Vec<String> = self.tags.iter().map(|tag| format!("@{tag}")).collect();
        let _ = writeln!(text, "{}\nFeature: {}", tags.join(" "), self.name);
        for scenario in &self.scenarios {
            let _ = writeln!(text, "\n  Scenario: {}", scenario.name);
            for line in &scenario.lines {
                let _ = writeln!(text, "{}", format!("    {line}").trim_end());
            }
        }
        text
    }
}

/// A name of one line, as Gherkin has it.
pub fn title(text: &str) -> String {
    let clean: String = text.chars().map(|c| if matches!(c, '<' | '>') { '\'' } else { c }).collect();
    let clean = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = clean.trim_start_matches(['#', '@', '|', '*', ':', ' ']);
    clean.chars().take(LONGEST_TITLE).collect()
}

/// The steps of a call.
pub fn call_lines(page: &Page, call: &ImportedCall, linked: &LinkedCall) -> Vec<String> {
    let mut lines = vec![format!("# {}:{}, {}", page.source.file, call.line, describe_origin(call.origin))];
    let mut given = linked.givens.clone();
    if let Some(seconds) = call.wait {
        given.push(span(seconds));
    }
    for (name, value) in &call.headers {
        let quoted = |text: &str| text.replace('"', "'");
        given.push(format!(
            "the next request carries the header \"{}\" with the value \"{}\"",
            quoted(name),
            quoted(value)
        ));
    }
    for (index, sentence) in given.into_iter().enumerate() {
        lines.push(format!("{} {sentence}", if index == 0 { "Given" } else { "And" }));
    }
    let actor = named_actor(&call.actor);
    match &call.poll {
        Some((query, value)) => {
            lines
                .push(format!("When {actor} polls \"{}\" until \"{query}\" is {value} within 10 minutes", linked.path));
        }
        None => {
            let file = call.file.as_ref().map(|file| format!(" with the file \"{}\"", file.name)).unwrap_or_default();
            lines.push(format!("When {actor} sends {} \"{}\"{file}", call.method, linked.path));
        }
    }
    if let Some(body) = linked.body.as_ref() {
        lines.push("  \"\"\"json".to_owned());
        let text = serde_json::to_string_pretty(body).unwrap_or_default();
        lines.extend(text.lines().map(|line| format!("  {line}")));
        lines.push("  \"\"\"".to_owned());
    }
    let keeps = linked.keeps.iter().map(|(place, name)| (format!("{place} is kept as \"{name}\""), Vec::new()));
    let then: Vec<Sentence> = expectations(page, call).into_iter().chain(keeps).collect();
    for (index, (sentence, rows)) in then.into_iter().enumerate() {
        lines.push(format!("{} {sentence}", if index == 0 { "Then" } else { "And" }));
        lines.extend(rows.into_iter().map(|row| format!("  | {row} |")));
    }
    lines
}

fn describe_origin(origin: CallOrigin) -> &'static str {
    match origin {
        CallOrigin::Printed => "as the page prints it",
        CallOrigin::RequestPrinted => "the answer is inferred",
        CallOrigin::Told => "as the text tells it",
    }
}

/// The sentence for time that passes.
fn span(seconds: u64) -> String {
    let (count, unit) =
        if seconds.is_multiple_of(86_400) { (seconds / 86_400, "day") } else { (seconds / 3600, "hour") };
    if count == 1 { format!("1 {unit} has passed") } else { format!("{count} {unit}s have passed") }
}
