//! Messages of other programs. `cucumber-js.ndjson` was written by cucumber-js 12 with two workers at once, and a second try for
//! what failed; in it are hooks that fail, steps that are pending or undefined, and an outline.

use quick_junit::{Report, TestCaseStatus};
use serde_json::Value;

use super::graphwalk;

const MESSAGES: &str = include_str!("cucumber-js.ndjson");

#[test]
fn messages_of_another_cucumber_become_reports() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("js.ndjson"), MESSAGES).unwrap();
    let arguments = ["report", "js.ndjson", "--junit", "js.xml", "--json", "js.json"];
    let (told, _) = graphwalk(folder.path(), &arguments, 0);
    assert!(told.starts_with("0 passed, 1 failed of 1 session\n"), "{told}");
    let text = std::fs::read_to_string(folder.path().join("js.xml")).unwrap();
    let report = Report::deserialize_from_str(&text).unwrap();
    let cases: Vec<(&str, String)> = report.test_suites[0]
        .test_cases
        .iter()
        .map(|case| match &case.status {
            TestCaseStatus::Success { .. } => (case.name.as_str(), "passed".to_owned()),
            TestCaseStatus::NonSuccess { message, .. } => (case.name.as_str(), message.as_ref().unwrap().to_string()),
            TestCaseStatus::Skipped { message, .. } => (case.name.as_str(), message.as_ref().unwrap().to_string()),
        })
        .collect();
    let cases: Vec<(&str, &str)> = cases.iter().map(|(name, status)| (*name, status.as_str())).collect();
    let expected = [
        ("drink", "passed"),
        ("undefined", "blocked: the step is undefined"),
        ("fails", "it is warm"),
        ("flaky", "passed"),
        ("pending", "blocked: the step is pending"),
        ("a hook fails", "no water"),
        ("cups of black", "passed"),
        ("cups of white", "passed"),
    ];
    assert_eq!(cases, expected);
    let features: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("js.json")).unwrap()).unwrap();
    let drink = &features[0]["elements"][0];
    let steps: Vec<(&str, u64)> = drink["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["keyword"].as_str().unwrap(), step["line"].as_u64().unwrap()))
        .collect();
    // Neither is in the messages of a scenario: both are found in the document.
    assert_eq!(steps, [("Given ", 5), ("When ", 9), ("Then ", 12)]);
    assert_eq!(
        (&features[0]["elements"][6]["name"], &features[0]["elements"][6]["line"]),
        (&"cups of black".into(), &38.into())
    );
}

#[test]
fn a_session_of_another_cucumber_in_which_nothing_passed_is_blocked() {
    let statuses = ["PASSED", "FAILED", "PENDING", "UNDEFINED"];
    let skipped = statuses.iter().fold(MESSAGES.to_owned(), |text, status| {
        text.replace(&format!("\"status\":\"{status}\""), "\"status\":\"SKIPPED\"")
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("js.ndjson"), skipped).unwrap();
    let (told, _) = graphwalk(folder.path(), &["report", "js.ndjson", "--html", "js.html"], 0);
    assert!(told.starts_with("0 passed, 1 blocked of 1 session\n"), "{told}");
}
