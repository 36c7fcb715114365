//! A report that is made later is the one that the run would have written.

use super::{PUBLISHED, failing, graphwalk, kept};

/// Every format that the program writes into a file, by its long form.
const FORMATS: [&str; 5] = ["junit", "json", "cucumber-json-ruby", "ctrf", "messages"];

fn wanted(prefix: &str) -> Vec<String> {
    FORMATS.iter().flat_map(|format| ["--report".to_owned(), format!("{format}={prefix}.{format}")]).collect()
}

/// The run writes every report, and they are made of its messages again.
#[track_caller]
fn assert_same(recordings: &[&str], extra: &[&str], code: i32) {
    let at_once = wanted("at-once");
    let arguments: Vec<&str> = extra.iter().copied().chain(at_once.iter().map(String::as_str)).collect();
    let (folder, _) = kept(recordings, &arguments, code);
    let later = wanted("later");
    let arguments: Vec<&str> = ["report", "run.ndjson"].into_iter().chain(later.iter().map(String::as_str)).collect();
    graphwalk(folder.path(), &arguments, 0);
    for format in FORMATS {
        let text = |prefix: &str| std::fs::read_to_string(folder.path().join(format!("{prefix}.{format}"))).unwrap();
        assert!(text("at-once").len() > 1_000, "{format}");
        assert_eq!(text("at-once"), text("later"), "{format}");
    }
}

#[test]
fn the_reports_of_one_session_are_the_same_later() {
    assert_same(&[PUBLISHED], &[], 0);
}

#[test]
fn the_reports_of_sessions_that_failed_are_the_same_later() {
    assert_same(&[PUBLISHED, &failing(), "{}"], &["--strict", "--messages-full"], 2);
}

#[test]
fn the_reports_of_the_emulator_are_the_same_later() {
    assert_same(&[], &["--on", "emulator"], 0);
}

#[test]
fn two_runs_make_one_report() {
    let (folder, messages) = kept(&[PUBLISHED], &[], 0);
    let (failed, other) = kept(&[&failing()], &[], 1);
    let paths = [messages.display().to_string(), other.display().to_string()];
    let arguments =
        ["report", &paths[0], &paths[1], "--junit", "both.xml", "--json", "both.json", "--html", "both.html"];
    let (told, _) = graphwalk(folder.path(), &arguments, 0);
    assert_eq!(
        told,
        "1 passed, 1 failed of 2 sessions\nwrote both.xml (junit)\nwrote both.json (json)\nwrote both.html (html)\n"
    );
    let page = std::fs::read_to_string(folder.path().join("both.html")).unwrap();
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let different: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert!(ids.len() > 2 && different.len() == ids.len(), "each id stands in the page once: {ids:?}");
    let text = std::fs::read_to_string(folder.path().join("both.xml")).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&text).unwrap();
    // As of two sessions of one run, the suites name them.
    assert!(report.test_suites.iter().all(|suite| suite.name.ends_with("(0.har)")), "{text}");
    assert_eq!(report.test_suites.len(), 18);
    let features: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("both.json")).unwrap()).unwrap();
    assert_eq!(features.as_array().unwrap().len(), 18);
    drop(failed);
}
