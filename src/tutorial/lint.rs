//! Faults of a tutorial that Gherkin's grammar accepts and that would make a run assert less than it seems to.

use cucumber::gherkin::Scenario;

use crate::diagnostic::Diagnostic;

use super::{FeatureFile, Tutorial, TutorialFaults};

/// The faults of all features, in their order.
pub fn faults_of(tutorial: &Tutorial) -> TutorialFaults {
    let mut faults = TutorialFaults::new();
    for (index, feature) in tutorial.features.iter().enumerate() {
        let earlier = &tutorial.features[..index];
        if let Some(twin) = earlier.iter().find(|other| other.feature.name == feature.feature.name) {
            faults.push(duplicate(feature, feature.feature.position.line, &feature.feature.name, &twin.path));
        }
        if let Some(twin) = earlier.iter().find(|other| other.number == feature.number) {
            let message = format!("two features are step {}: {} and {}", feature.number, twin.path, feature.path);
            let place = feature.place(feature.feature.position.line, None, "");
            faults.push(Diagnostic::new("duplicate-step", message).at(place).help("give each its own tag `@step-N`"));
        }
        faults_of_feature(feature, &mut faults);
    }
    faults.extend(faults_of_discovery(tutorial));
    faults
}

/// The features that find sessions come first, others are played on what they found, and nothing is written: the sessions
/// share a tenant, and none of them cleans up.
fn faults_of_discovery(tutorial: &Tutorial) -> TutorialFaults {
    let all = &tutorial.features;
    let Some(first) = all.iter().find(|feature| feature.is_discovery()) else { return TutorialFaults::new() };
    let fault = |feature: &FeatureFile, message: String, help: &str| {
        let place = feature.place(feature.feature.position.line, None, "");
        Diagnostic::new("discovery", message).at(place).help(help)
    };
    let mut faults = TutorialFaults::new();
    if all.iter().all(FeatureFile::is_discovery) {
        let message = "no feature is played on the sessions that this one finds".to_owned();
        faults.push(fault(first, message, "add a feature without the tag @discover"));
    }
    for (index, feature) in all.iter().enumerate() {
        if feature.is_discovery() && all[..index].iter().any(|before| !before.is_discovery()) {
            let message = format!(
                "\"{}\" finds sessions, and stands behind a feature that is played on them",
                feature.feature.name
            );
            faults.push(fault(feature, message, "move it before the others, by its file's name"));
        }
        if !feature.is_read_only() {
            let message =
                format!("\"{}\" is not tagged @read-only, and this tutorial finds its sessions", feature.feature.name);
            faults.push(fault(feature, message, "tag each feature of the tutorial @read-only"));
        }
    }
    faults
}

fn faults_of_feature(feature: &FeatureFile, faults: &mut TutorialFaults) {
    let scenarios: Vec<&Scenario> = feature.scenarios().collect();
    if scenarios.is_empty() {
        let message = format!("the feature \"{}\" has no scenario", feature.feature.name);
        let place = feature.place(feature.feature.position.line, None, "nothing would be verified");
        let help = "a scenario outline needs examples with at least one row";
        faults.push(Diagnostic::new("no-scenarios", message).at(place).help(help));
    }
    description_faults(feature, feature.feature.description.as_deref(), feature.feature.position.line, faults);
    for (index, scenario) in scenarios.iter().enumerate() {
        if scenarios[..index].iter().any(|other| other.name == scenario.name) {
            faults.push(duplicate(feature, scenario.position.line, &scenario.name, &feature.path));
        }
        if scenario.steps.is_empty() {
            let message = format!("the scenario \"{}\" has no steps", scenario.name);
            let place = feature.place(scenario.position.line, None, "nothing would be verified");
            faults.push(Diagnostic::new("no-steps", message).at(place).help("write its steps, or delete it"));
        }
        description_faults(feature, scenario.description.as_deref(), scenario.position.line, faults);
    }
    outline_faults(feature, faults);
}

/// An outline whose examples have no row is written out to no scenario at all.
fn outline_faults(feature: &FeatureFile, faults: &mut TutorialFaults) {
    for line in &feature.empty_examples {
        let place = feature.place(*line, None, "no row");
        let message = "these examples have no row, so their outline would verify nothing";
        faults.push(Diagnostic::new("no-examples", message).at(place).help("add a row under the column names"));
    }
}

/// A misspelt first keyword (`Gven x`) turns a scenario's steps into its description.
fn description_faults(
    feature: &FeatureFile,
    description: Option<&str>,
    after_line: usize,
    faults: &mut TutorialFaults,
) {
    for text in description.unwrap_or_default().lines().map(str::trim) {
        if !looks_like_a_step(text) {
            continue;
        }
        let line = feature.text.lines().enumerate().skip(after_line).find(|(_, line)| line.trim() == text);
        let line = line.map_or(after_line, |(index, _)| index + 1);
        let word = text.split_whitespace().next();
        let place = feature.place(line, word, "not a keyword here");
        let message = "a line of the description looks like a step, and would not be run";
        let help = "steps begin with Given, When, Then, And or But; put a description in other words";
        faults.push(Diagnostic::new("description-looks-like-step", message).at(place).help(help));
    }
}

/// Returns whether a line of prose was probably meant as a step: its first word is a keyword or a misspelt one, and no
/// common word.
pub fn looks_like_a_step(line: &str) -> bool {
    const KEYWORDS: [&str; 5] = ["given", "when", "then", "and", "but"];
    const WORDS: [&str; 25] = [
        "the", "them", "they", "there", "these", "than", "an", "any", "all", "add", "ant", "end", "hand", "hen", "men",
        "ten", "where", "who", "what", "out", "bit", "put", "buy", "give", "gives",
    ];
    let Some(first) = line.split_whitespace().next() else { return false };
    let word = first.trim_end_matches([',', ':']).to_lowercase();
    if KEYWORDS.contains(&word.as_str()) {
        return true;
    }
    let near = KEYWORDS.iter().any(|keyword| {
        let typos = if keyword.len() > 3 { 2 } else { 1 };
        word.len() >= 3 && strsim::damerau_levenshtein(&word, keyword) <= typos
    });
    // Two typos reach many words; a misspelt keyword still begins with a capital letter, like the keyword.
    near && !WORDS.contains(&word.as_str()) && first.starts_with(char::is_uppercase)
}

fn duplicate(feature: &FeatureFile, line: usize, name: &str, other: &str) -> Diagnostic {
    let message = format!("the name \"{name}\" is used twice");
    Diagnostic::new("duplicate-name", message)
        .at(feature.place(line, Some(name), "used before"))
        .note(format!("also in {other}"))
        .help("reports and --tags tell them apart by their names: give each its own")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tutorial::read_feature;

    fn codes(text: &str) -> Vec<&'static str> {
        let feature = read_feature("x.feature", text.to_owned(), 1).unwrap();
        let tutorial = Tutorial { name: "t".into(), features: vec![feature] };
        faults_of(&tutorial).into_iter().map(|fault| fault.code).collect()
    }

    #[test]
    fn a_misspelt_keyword_is_found_in_the_description_it_became() {
        let text = "Feature: f\n  Scenario: s\n    Gven something\n";
        assert_eq!(codes(text), ["no-steps", "description-looks-like-step"]);
    }

    #[test]
    fn prose_is_not_taken_for_a_step() {
        for line in ["The review needs three users.", "Any member may attest.", "They sign in.", "Whoever"] {
            assert!(!looks_like_a_step(line), "{line}");
        }
        for line in ["Gven x", "Given x", "Wehn y", "Thn z", "Adn w", "then"] {
            assert!(looks_like_a_step(line), "{line}");
        }
    }

    fn codes_of(tags: &[&str]) -> Vec<&'static str> {
        let feature = |(number, tags): (usize, &&str)| {
            let text = format!("{tags}\nFeature: f{number}\n  Scenario: s\n    When a\n");
            read_feature("x.feature", text, u8::try_from(number).unwrap()).unwrap()
        };
        let tutorial = Tutorial { name: "t".into(), features: tags.iter().enumerate().map(feature).collect() };
        faults_of(&tutorial).into_iter().map(|fault| fault.code).collect()
    }

    #[test]
    fn a_feature_that_finds_sessions_stands_first_and_all_of_its_tutorial_only_reads() {
        assert!(codes_of(&["@discover @read-only", "@read-only"]).is_empty());
        for faulty in [
            &["@discover @read-only", "@step-7"][..],
            &["@discover", "@read-only"],
            &["@read-only", "@discover @read-only"],
            &["@discover @read-only"],
        ] {
            assert_eq!(codes_of(faulty), ["discovery"], "{faulty:?}");
        }
    }

    #[test]
    fn scenarios_of_the_same_name_are_refused() {
        let text = "Feature: f\n  Scenario: s\n    When a\n  Scenario: s\n    When b\n";
        assert_eq!(codes(text), ["duplicate-name"]);
    }

    #[test]
    fn a_feature_without_scenarios_is_refused() {
        assert_eq!(codes("Feature: f\n"), ["no-scenarios"]);
    }

    #[test]
    fn examples_without_rows_are_refused() {
        let text =
            "Feature: f\n  Scenario: t\n    When b\n  Scenario Outline: s\n    When <a>\n    Examples:\n      | a |\n";
        assert_eq!(codes(text), ["no-examples"]);
    }
}
