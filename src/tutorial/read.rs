//! Reading one feature file: its tree, and the number of its step.

use std::sync::Arc;

use cucumber::gherkin::{Examples, Feature};

use crate::diagnostic::{Diagnostic, Place};

use super::gherkin::{self, Misread};
use super::{FeatureFile, FilesBeside};

/// Parses a feature and writes out its scenario outlines. `place` is its place in the folder, the step's number if no
/// tag `@step-N` says otherwise.
///
/// # Errors
///
/// A diagnostic with line and excerpt if the text is not Gherkin, or an outline uses a column that its examples lack.
pub fn read_feature(path: &str, text: String, place: u8) -> Result<FeatureFile, Box<Diagnostic>> {
    // Some editors put the mark of the byte order before it.
    let text: Arc<str> = text.strip_prefix('\u{feff}').unwrap_or(&text).into();
    let parsed = gherkin::parse(&text).map_err(|misread| Box::new(syntax_error(path, &text, &misread)))?;
    let empty_examples = empty_examples(&parsed);
    let feature = gherkin::written_out(parsed, &text).map_err(|unknown| {
        let label = format!("no column \"{}\"", unknown.name);
        let part = format!("<{}>", unknown.name);
        let message = format!("the examples have no column called \"{}\"", unknown.name);
        let place = Place::of_line(path, Arc::clone(&text), unknown.line, Some(&part), &label);
        Box::new(Diagnostic::new("feature-syntax", message).at(place))
    })?;
    let number = match step_tag(&feature.tags) {
        None => place,
        Some(tag) => tag.parse().map_err(|_| unnumbered(path, &text, tag))?,
    };
    Ok(FeatureFile { path: path.into(), text, feature, number, files: FilesBeside::None, empty_examples })
}

/// The number of the first tag `@step-N`.
pub(crate) fn step_tag<T: AsRef<str>>(tags: &[T]) -> Option<&str> {
    let mut numbers = tags.iter().filter_map(|tag| tag.as_ref().strip_prefix("step-"));
    numbers.find(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn unnumbered(path: &str, text: &Arc<str>, number: &str) -> Box<Diagnostic> {
    let tag = format!("@step-{number}");
    let line = text.lines().position(|line| line.contains(&tag)).map_or(1, |index| index + 1);
    let message = format!("{tag} is not a step: expected a number from 0 to {}", u8::MAX);
    let place = Place::of_line(path, Arc::clone(text), line, Some(&tag), "too large");
    Box::new(Diagnostic::new("step-number", message).at(place))
}

/// The lines of examples without a row, whose outline would verify nothing.
fn empty_examples(feature: &Feature) -> Vec<usize> {
    let rules = feature.rules.iter().flat_map(|rule| &rule.scenarios);
    let examples = feature.scenarios.iter().chain(rules).flat_map(|scenario| &scenario.examples);
    let is_empty = |examples: &&Examples| examples.table.as_ref().is_none_or(|table| table.rows.len() < 2);
    examples.filter(is_empty).map(|examples| examples.position.line).collect()
}

fn syntax_error(path: &str, text: &Arc<str>, misread: &Misread) -> Diagnostic {
    if text.trim().is_empty() {
        return Diagnostic::new("feature-syntax", format!("{path} is empty")).help(misread.help);
    }
    Diagnostic::new("feature-syntax", format!("this is not Gherkin: {}", misread.reason))
        .at(Place::of_line(path, Arc::clone(text), misread.line, misread.part.as_deref(), "does not fit here"))
        .help(misread.help)
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
