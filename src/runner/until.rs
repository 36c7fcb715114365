//! The last scenario that is played, where a person names scenarios: each relies on those before it.

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::tutorial::nearest;

use super::{Plan, PlannedFeature, PlannedScenario};

/// The place of a scenario in its tutorial: the number of the step and the line in its feature. Places are in the order in which
/// scenarios are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ScenarioPlace {
    /// The number of the tutorial's step.
    pub step: u8,
    /// The line of the scenario; 1 for the first.
    pub line: usize,
}

impl ScenarioPlace {
    /// The place of this scenario.
    pub fn new(feature: &PlannedFeature, scenario: &PlannedScenario) -> Self {
        Self { step: feature.file.number, line: scenario.line }
    }

    /// The last of the scenarios that a person names, each by its name or as `FILE:LINE`; `None` if none is named.
    ///
    /// # Errors
    ///
    /// A name, file or line that the tutorial does not have, with the nearest.
    pub fn last_named(plan: &Plan, named: &[String]) -> Result<Option<Self>, Box<Diagnostic>> {
        let mut last = None;
        for text in named {
            let place = match file_and_line(text) {
                Some((file, line)) => at_line(plan, file, line)?,
                None => by_name(plan, text)?,
            };
            last = last.max(Some(place));
        }
        Ok(last)
    }
}

/// `FILE:LINE`, if a text has that form; without a line the whole feature is meant.
pub fn file_and_line(text: &str) -> Option<(&str, Option<usize>)> {
    const END: &str = ".feature";
    if text.ends_with(END) {
        return Some((text, None));
    }
    let (file, line) = text.rsplit_once(':')?;
    Some((file, Some(line.parse().ok()?))).filter(|_| file.ends_with(END))
}

fn by_name(plan: &Plan, name: &str) -> Result<ScenarioPlace, Box<Diagnostic>> {
    let all = || plan.features.iter().flat_map(|feature| feature.scenarios.iter().map(move |of| (feature, of)));
    let same = |scenario: &PlannedScenario| scenario.name.to_lowercase() == name.to_lowercase();
    if let Some((feature, scenario)) = all().rfind(|(_, scenario)| same(scenario)) {
        return Ok(ScenarioPlace::new(feature, scenario));
    }
    let fault = unknown(format!("{} has no scenario called \"{name}\"", plan.tutorial));
    Err(Box::new(match nearest(name, all().map(|(_, scenario)| scenario.name.as_str())) {
        Some(near) => fault.help(format!("did you mean \"{near}\"?")),
        None => fault.help("`graphwalk list` shows the scenarios"),
    }))
}

/// The scenario that the line belongs to: the last that begins at it or before. A line above all scenarios means the whole feature.
fn at_line(plan: &Plan, file: &str, line: Option<usize>) -> Result<ScenarioPlace, Box<Diagnostic>> {
    let Some(feature) = plan.features.iter().find(|feature| is_file(&feature.file.path, file)) else {
        let files: Vec<&str> = plan.features.iter().map(|feature| &*feature.file.path).collect();
        let fault = unknown(format!("{} has no feature {file}", plan.tutorial));
        return Err(Box::new(match nearest(file, files) {
            Some(near) => fault.help(format!("did you mean {near}?")),
            None => fault.help("`graphwalk list` shows the features"),
        }));
    };
    let lines = feature.file.text.lines().count();
    if let Some(line) = line.filter(|line| !(1..=lines).contains(line)) {
        let message = format!("{file} has {lines} lines: expected one of them, got {line}");
        return Err(Box::new(unknown(message).help("name the line of a scenario, or of one of its steps")));
    }
    let begun = |scenario: &&PlannedScenario| line.is_none_or(|line| scenario.line <= line);
    let scenarios = || feature.scenarios.iter();
    let found = scenarios().filter(begun).max_by_key(|scenario| scenario.line);
    let found = found.or_else(|| scenarios().max_by_key(|scenario| scenario.line));
    let found = found.ok_or_else(|| Box::new(unknown(format!("{file} has no scenario"))))?;
    Ok(ScenarioPlace::new(feature, found))
}

/// Returns whether `named` is the file at `path`: the same, or one is the end of the other.
fn is_file(path: &str, named: &str) -> bool {
    let (path, named) = (path.replace('\\', "/"), named.replace('\\', "/"));
    let ends =
        |long: &str, short: &str| long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
    ends(&path, named.trim_start_matches("./")) || ends(&named, path.trim_start_matches("./"))
}

fn unknown(message: String) -> Diagnostic {
    Diagnostic::new("unknown-scenario", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tutorial::Library;

    /// The first of the tutorials that the program carries.
    fn plan() -> Plan {
        Plan::new(Library::embedded().tutorial(None).unwrap()).unwrap()
    }

    fn place(named: &[&str]) -> Result<(u8, usize), String> {
        let plan = plan();
        let named: Vec<String> = named.iter().map(|text| (*text).to_owned()).collect();
        let last =
            ScenarioPlace::last_named(&plan, &named).map_err(|fault| format!("{} {:?}", fault.message, fault.help));
        last.map(|place| place.map_or((0, 0), |place| (place.step, place.line)))
    }

    #[test]
    fn a_scenario_is_named_or_a_line_of_it() {
        let by_name = place(&["the review STARTS"]).unwrap();
        let file = "03-create-access-review.feature";
        assert_eq!(by_name.0, 3);
        let folder = plan().tutorial;
        for path in
            ["", &format!("{folder}/"), &format!("./features/{folder}/"), &format!("/elsewhere/features/{folder}/")]
        {
            for line in [by_name.1, by_name.1 + 1] {
                assert_eq!(place(&[&format!("{path}{file}:{line}")]), Ok(by_name), "{path} {line}");
            }
        }
        assert_ne!(place(&[&format!("{file}:{}", by_name.1 - 1)]), Ok(by_name));
        assert_eq!(place(&[file]).unwrap().0, 3);
    }

    #[test]
    fn of_several_scenarios_the_last_one_counts() {
        let last = place(&["The review starts"]);
        assert_eq!(place(&["The review starts", "Create Adele Vance"]), last);
        assert_eq!(place(&[]), Ok((0, 0)));
    }

    #[test]
    fn what_the_tutorial_does_not_have_is_refused_with_the_nearest() {
        let refused = |named: &str| place(&[named]).unwrap_err();
        assert!(refused("The review start").contains("did you mean \\\"The review starts\\\"?"));
        assert!(refused("04-x.feature:3").contains("has no feature 04-x.feature"));
        assert!(refused("03-create-access-review.feature:9999").contains("expected one of them, got 9999"));
        assert!(refused("x03-create-access-review.feature:3").contains("has no feature"));
    }
}
