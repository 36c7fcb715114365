//! The JSON formats have the shape that their readers take, and say all that they have a place for.

use serde_json::{Value, json};

use super::shape::{CTRF, JVM, RUBY, Shape};
use super::{Reports, drifting};

#[track_caller]
fn assert_features_fit(reports: &Reports, name: &str, shape: &Shape) {
    let features = reports.json(name);
    let mut faults = Vec::new();
    for (index, feature) in features.as_array().unwrap().iter().enumerate() {
        shape.faults(&index.to_string(), feature, &mut faults);
    }
    assert!(faults.is_empty(), "{} faults: {:#?}", faults.len(), &faults[..faults.len().min(10)]);
}

/// The steps of all features.
fn steps(features: &Value) -> Vec<&Value> {
    let elements = features.as_array().unwrap().iter().flat_map(|feature| feature["elements"].as_array().unwrap());
    elements.flat_map(|element| element["steps"].as_array().unwrap()).collect()
}

#[test]
fn the_json_formats_have_only_members_that_are_known() {
    let reports = Reports::of_every_fate();
    assert_features_fit(&reports, "jvm.json", &JVM);
    assert_features_fit(&reports, "ruby.json", &RUBY);
    let mut faults = Vec::new();
    CTRF.faults("", &reports.json("ctrf.json"), &mut faults);
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn the_flavours_of_cucumber_json_differ_in_their_tags() {
    let reports = Reports::of(&[super::PUBLISHED], 0);
    let (jvm, ruby) = (reports.json("jvm.json"), reports.json("ruby.json"));
    assert_eq!(jvm[0]["tags"][0], json!({"name": "@step-1", "type": "Tag", "location": {"line": 1, "column": 1}}));
    assert_eq!(jvm[0]["elements"][0]["tags"][0], json!({"name": "@step-1"}));
    assert_eq!(ruby[0]["tags"][0], json!({"name": "@step-1", "line": 1}));
    assert_eq!(ruby[0]["elements"][0]["tags"][0], json!({"name": "@step-1", "line": 1}));
    let began = jvm[0]["elements"][0]["start_timestamp"].as_str().unwrap();
    assert!(began.parse::<jiff::Timestamp>().is_ok() && began.len() == "2026-11-28T12:40:29.635Z".len(), "{began}");
}

#[test]
fn cucumber_json_keeps_tables_and_doc_strings() {
    let reports = Reports::of(&[super::PUBLISHED], 0);
    let (jvm, ruby) = (reports.json("jvm.json"), reports.json("ruby.json"));
    for features in [&jvm, &ruby] {
        let all = steps(features);
        let table = all.iter().find(|step| step["name"].as_str().unwrap().contains("creates the user")).unwrap();
        assert_eq!(table["rows"][0]["cells"], json!(["mailNickname", "AdeleV"]), "{table}");
        let text = all.iter().find(|step| step.get("doc_string").is_some()).expect("a step with a text");
        assert!(text["doc_string"]["line"].as_u64().unwrap() > text["line"].as_u64().unwrap(), "{text}");
        assert!(!text["doc_string"]["value"].as_str().unwrap().is_empty(), "{text}");
    }
}

#[test]
fn drift_is_told_in_every_format_at_the_step_that_met_it() {
    let reports = Reports::of(&[&drifting()], 0);
    let (jvm, ruby, ctrf) = (reports.json("jvm.json"), reports.json("ruby.json"), reports.json("ctrf.json"));
    let is_drift = |text: &str| text.contains("brandNew") && text.contains("03-create-access-review.feature:");
    let told = steps(&jvm).into_iter().filter(|step| step.get("output").is_some()).collect::<Vec<_>>();
    let output = told.iter().find(|step| is_drift(step["output"][0].as_str().unwrap())).unwrap();
    let line = output["line"].as_u64().unwrap();
    assert!(output["output"][0].as_str().unwrap().contains(&format!(".feature:{line}: ")), "{output}");
    let described = ruby[2]["elements"][0]["description"].as_str().unwrap();
    assert!(is_drift(described), "{described}");
    let tests = ctrf["results"]["tests"].as_array().unwrap().iter();
    let extra: Vec<&Value> = tests
        .flat_map(|test| test["steps"].as_array().unwrap())
        .filter_map(|step| step.pointer("/extra/drift/0"))
        .collect();
    assert!(extra.len() == 1 && is_drift(extra[0].as_str().unwrap()), "{extra:?}");
    let junit = reports.text("junit.xml");
    let case = junit.split("<testcase ").find(|case| case.contains("<system-out>")).unwrap();
    assert!(case.contains("<system-out>drift: ") && is_drift(case), "{case}");
    let messages = reports.text("run.ndjson");
    let attached = messages.lines().filter(|line| line.contains("vnd.graphwalk.drift+json")).collect::<Vec<_>>();
    assert!(attached.len() == 1 && attached[0].contains("brandNew"), "{attached:?}");
    // Where there is none, nothing is told.
    assert_eq!(junit.matches("<system-out>").count(), 1);
}

#[test]
fn ctrf_counts_what_its_tests_say() {
    let reports = Reports::of_every_fate();
    let results = &reports.json("ctrf.json")["results"];
    let tests = results["tests"].as_array().unwrap();
    let count = |status: &str| tests.iter().filter(|test| test["status"] == status).count();
    let summary = &results["summary"];
    for status in ["passed", "failed", "skipped", "pending", "other"] {
        assert_eq!(summary[status], count(status), "{status}");
    }
    assert_eq!(summary["tests"], tests.len());
    assert_eq!(count("failed"), 2, "a scenario, and the session that could not begin");
    assert!(count("other") > 0);
    let failed = tests.iter().find(|test| test["status"] == "failed").unwrap();
    assert!(failed["trace"].as_str().unwrap().contains(".feature:"), "{failed}");
    let blocked = tests.iter().find(|test| test["status"] == "other").unwrap();
    assert_eq!(blocked["rawStatus"], "blocked");
    assert!(blocked["message"].as_str().unwrap().starts_with("step "), "{blocked}");
}

#[test]
fn a_password_that_stands_in_a_feature_is_in_no_report() {
    let folder = tempfile::tempdir().unwrap();
    let tutorial = folder.path().join("mine");
    std::fs::create_dir(&tutorial).unwrap();
    let feature = r#"@step-1
Feature: A user
  Scenario: Create one
    When the administrator sends POST "/v1.0/users"
      """
      {"accountEnabled": true, "displayName": "A", "mailNickname": "A", "userPrincipalName": "A@Contoso.com",
       "passwordProfile": {"password": "Canary-3f1c-Qx7!"}}
      """
    Then the status is 201
"#;
    std::fs::write(tutorial.join("01-user.feature"), feature).unwrap();
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("graphwalk");
    command.current_dir(folder.path()).args(["run", "--features", ".", "--on", "emulator", "--messages", "run.ndjson"]);
    command.args(["--junit", "a.xml", "--json", "a.json", "--ctrf", "a.ctrf", "--report", "cucumber-json-ruby=a.ruby"]);
    command.assert().success();
    for name in ["run.ndjson", "a.xml", "a.json", "a.ctrf", "a.ruby"] {
        let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(text.contains("Create one") && !text.contains("Canary"), "{name}: {text}");
    }
    let text = std::fs::read_to_string(folder.path().join("a.json")).unwrap();
    assert!(text.contains("doc_string") && text.contains("***"), "{text}");
}
