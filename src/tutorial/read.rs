//! Reading one feature file: gherkin's parser, with what it leaves undone.

use std::sync::Arc;

use cucumber::feature::Ext as _;
use cucumber::gherkin::{Feature, GherkinEnv};

use crate::diagnostic::{Diagnostic, Place};

use super::{FeatureFile, FilesBeside};

/// Parses a feature and writes out its scenario outlines. `place` is its place in the folder, the step's number if no
/// tag `@step-N` says otherwise.
///
/// # Errors
///
/// A diagnostic with line and excerpt if the text is not Gherkin, or an outline uses a column that its examples lack.
pub fn read_feature(path: &str, text: String, place: u8) -> Result<FeatureFile, Box<Diagnostic>> {
    let text: Arc<str> = text.into();
    let parsed = Feature::parse(text.as_ref(), GherkinEnv::default())
        .map_err(|error| Box::new(syntax_error(path, &text, &error.to_string())))?;
    let mut feature = parsed.expand_examples().map_err(|error| {
        let label = format!("no column \"{}\"", error.name);
        let part = format!("<{}>", error.name);
        let message = format!("the examples have no column called \"{}\"", error.name);
        let place = Place::of_line(path, Arc::clone(&text), error.pos.line, Some(&part), &label);
        Box::new(Diagnostic::new("feature-syntax", message).at(place))
    })?;
    for step in steps_of(&mut feature) {
        if let Some(doc_string) = &mut step.docstring {
            *doc_string = plain_doc_string(doc_string);
        }
    }
    let number = match step_tag(&feature.tags) {
        None => place,
        Some(tag) => tag.parse().map_err(|_| unnumbered(path, &text, tag))?,
    };
    Ok(FeatureFile { path: path.into(), text, feature, number, files: FilesBeside::None })
}

/// The number of the first tag `@step-N`.
fn step_tag(tags: &[String]) -> Option<&str> {
    let mut numbers = tags.iter().filter_map(|tag| tag.strip_prefix("step-"));
    numbers.find(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn unnumbered(path: &str, text: &Arc<str>, number: &str) -> Box<Diagnostic> {
    let tag = format!("@step-{number}");
    let line = text.lines().position(|line| line.contains(&tag)).map_or(1, |index| index + 1);
    let message = format!("{tag} is not a step: expected a number from 0 to {}", u8::MAX);
    let place = Place::of_line(path, Arc::clone(text), line, Some(&tag), "too large");
    Box::new(Diagnostic::new("step-number", message).at(place))
}

fn steps_of(feature: &mut Feature) -> impl Iterator<Item = &mut cucumber::gherkin::Step> {
    let of_rules = feature.rules.iter_mut().flat_map(|rule| {
        let background = rule.background.iter_mut().flat_map(|background| &mut background.steps);
        background.chain(rule.scenarios.iter_mut().flat_map(|scenario| &mut scenario.steps))
    });
    let background = feature.background.iter_mut().flat_map(|background| &mut background.steps);
    background.chain(feature.scenarios.iter_mut().flat_map(|scenario| &mut scenario.steps)).chain(of_rules)
}

/// The text of a doc string without its media type and its indent.
///
/// gherkin's parser hands over what follows the opening quotes as the first line (`json`) and, because that line has no
/// indent, leaves the indent of all others.
fn plain_doc_string(raw: &str) -> String {
    let content = match raw.split_once('\n') {
        Some((_media_type, content)) => content,
        None => raw,
    };
    let lines: Vec<&str> = content.lines().collect();
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let common = lines.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let dedented: Vec<&str> = lines.iter().map(|line| line.get(common..).unwrap_or("").trim_end()).collect();
    dedented.join("\n").trim_matches('\n').to_owned()
}

/// gherkin gives the position only inside its message, `Error at LINE:COLUMN: {expected}`, and points to the line after
/// the fault; the last line that has text, at or before that one, is the one to look at.
fn syntax_error(path: &str, text: &Arc<str>, message: &str) -> Diagnostic {
    let told = message.strip_prefix("Error at ").and_then(|rest| rest.split(':').next()).and_then(|l| l.parse().ok());
    let lines: Vec<&str> = text.lines().collect();
    if lines.iter().all(|line| line.trim().is_empty()) {
        return Diagnostic::new("feature-syntax", format!("{path} is empty"))
            .help("a feature begins with `Feature: …`; `graphwalk list` shows examples that ship with graphwalk");
    }
    let told: usize = told.unwrap_or(1);
    let at = if told > lines.len() { lines.len() } else { told };
    let before = told.saturating_sub(1).min(lines.len());
    // The parser stops where a rule no longer fits: the last line with text before that is what did not fit, unless the
    // very first line is wrong.
    let line = match lines.get(at.saturating_sub(1)) {
        Some(stopped) if !stopped.trim().is_empty() => at,
        _ => (1..=before).rev().find(|line| !lines[line - 1].trim().is_empty()).unwrap_or(1),
    };
    let shown = lines.get(line - 1).map_or("", |line| line.trim());
    Diagnostic::new("feature-syntax", "this is not Gherkin")
        .at(Place::of_line(path, Arc::clone(text), line, None, "the parser cannot go on from here"))
        .help(advice(shown))
}

fn advice(line: &str) -> &'static str {
    if line.starts_with('|') {
        "every row of a table needs the same number of cells and a `|` at its end"
    } else if line.starts_with("\"\"\"") || line.starts_with("```") {
        "a doc string ends with the same three quotes, on a line of their own"
    } else if line.starts_with('#') {
        "a comment stands above a scenario or a feature, not between the steps of a scenario"
    } else if line.starts_with("Examples") {
        "examples belong to a `Scenario Outline:`"
    } else {
        "a line here is a step (`Given`, `When`, `Then`, `And`, `But`), a `Scenario:`, a table row or a doc string"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FEATURE: &str = "@step-3\nFeature: f\n  Scenario: s\n    When a body:\n      \"\"\"json\n      {\n        \"a\": 1\n      }\n      \"\"\"\n";

    #[test]
    fn a_doc_string_loses_its_media_type_and_its_indent() {
        let feature = read_feature("x.feature", FEATURE.to_owned(), 1).unwrap();
        let step = &feature.scenarios().next().unwrap().steps[0];
        assert_eq!(step.docstring.as_deref(), Some("{\n  \"a\": 1\n}"));
    }

    #[test]
    fn the_step_number_is_the_tags_else_the_place_in_the_folder() {
        assert_eq!(read_feature("x", FEATURE.to_owned(), 1).unwrap().number, 3);
        assert_eq!(read_feature("x", FEATURE.replace("@step-3", "@other"), 7).unwrap().number, 7);
        assert_eq!(read_feature("x", FEATURE.replace("@step-3", "@step-x @step-"), 7).unwrap().number, 7);
        let fault = read_feature("x", FEATURE.replace("@step-3", "@step-256"), 7).unwrap_err();
        assert!(fault.render(false).contains("x:1:1") && fault.message.contains("from 0 to 255"), "{fault:?}");
    }

    #[test]
    fn a_syntax_error_names_file_and_line() {
        let text = "Feature: f\n  Scenario: s\n    When x\n    oops, this is no step\n    Then y\n";
        let fault = read_feature("dir/x.feature", text.to_owned(), 1).unwrap_err();
        insta::assert_snapshot!(fault.render(false));
    }

    #[test]
    fn an_empty_file_is_reported_as_empty() {
        let fault = read_feature("dir/x.feature", "\n \n".to_owned(), 1).unwrap_err();
        assert_eq!(fault.message, "dir/x.feature is empty");
    }

    #[test]
    fn an_outline_with_an_unknown_column_is_refused() {
        let text =
            "Feature: f\n  Scenario Outline: s\n    When <who> acts\n    Examples:\n      | name |\n      | A    |\n";
        let fault = read_feature("x.feature", text.to_owned(), 1).unwrap_err();
        insta::assert_snapshot!(fault.render(false));
    }
}
