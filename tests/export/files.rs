//! The files that `export` writes.

use predicates::prelude::*;
use regex_lite::Regex;

use super::{exported, graphwalk};

const TUTORIALS: [&str; 4] = ["existing-reviews", "guest-review", "role-review", "security-group-review"];

#[test]
fn an_export_is_the_same_each_time_and_holds_nothing_of_its_play() {
    let guid = Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap();
    // The id of nobody, and that of the app which people sign in to.
    let meant = ["00000000-0000-0000-0000-000000000000", "14d82eec-204b-4c2f-b7e8-296a70dab67e"];
    for tutorial in TUTORIALS {
        for format in ["postman", "http"] {
            let text = exported(&[format, tutorial]);
            assert_eq!(text, exported(&[format, tutorial]), "{format} {tutorial}");
            let ids: Vec<&str> = guid.find_iter(&text).map(|id| id.as_str()).filter(|id| !meant.contains(id)).collect();
            assert_eq!(ids, Vec::<&str>::new(), "{format} {tutorial}");
            assert!(
                !text.contains("2251-") && !text.to_lowercase().contains("@contoso.com\"\n"),
                "{format} {tutorial}"
            );
            assert!(!Regex::new("Gw![0-9a-f]{8}").unwrap().is_match(&text), "a password of the play");
        }
    }
}

#[test]
fn each_tutorial_is_exported_with_its_requests_and_what_is_told_in_words() {
    for tutorial in TUTORIALS {
        let text = exported(&["http", tutorial]);
        let is_told = |line: &&str| {
            ["### ", "# - ", "# A person", "GET ", "POST ", "PATCH ", "DELETE ", "    \""]
                .iter()
                .any(|start| line.starts_with(start))
        };
        let outline: Vec<&str> = text.lines().filter(is_told).map(|line| line.trim_end_matches(": () => {")).collect();
        insta::assert_snapshot!(tutorial, outline.join("\n"));
    }
}

#[test]
fn an_environment_has_the_variables_of_the_file_and_hides_the_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("environment.json");
    let read = || serde_json::from_str::<serde_json::Value>(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let collection = exported(&["postman", "guest-review", "--environment", file.to_str().unwrap()]);
    let collection: serde_json::Value = serde_json::from_str(&collection).unwrap();
    let environment = read();
    assert_eq!(environment["_postman_variable_scope"], "environment");
    let pairs = |list: &serde_json::Value| -> Vec<(String, String)> {
        let text = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap().to_owned();
        list.as_array().unwrap().iter().map(|entry| (text(entry, "key"), text(entry, "value"))).collect()
    };
    let mut expected = pairs(&collection["variable"]);
    expected.retain(|(name, _)| !name.starts_with("token_") || name == "token_administrator");
    assert_eq!(pairs(&environment["values"]), expected);
    for entry in environment["values"].as_array().unwrap() {
        let is_token = entry["key"].as_str().unwrap().starts_with("token_");
        assert_eq!(entry["type"] == "secret", is_token, "{entry}");
        // The administrator has to give one; whoever the tutorial creates signs in.
        assert!(!is_token || entry["key"] == "token_administrator", "{entry}");
    }
    exported(&["http", "guest-review", "--environment", file.to_str().unwrap()]);
    let names: Vec<String> = read()["graph"].as_object().unwrap().keys().cloned().collect();
    let mut expected: Vec<String> = pairs(&collection["variable"]).into_iter().map(|(name, _)| name).collect();
    expected.sort();
    assert_eq!(names.into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn of_an_audit_the_export_says_that_its_sessions_cannot_be_found() {
    for format in ["postman", "http"] {
        let output = graphwalk().args(["export", format, "existing-reviews"]).assert().success();
        output.stderr(predicate::str::contains(
            "the sessions that the tutorial finds cannot be exported: give the file one (instance, review)",
        ));
    }
    let output = graphwalk().args(["export", "http", "guest-review"]).assert().success();
    output.stderr(predicate::str::contains("cannot be exported").not());
}

#[test]
fn a_collection_has_variables_tests_and_folders() {
    insta::assert_snapshot!(exported(&["postman", "--features", "tests/plain-data"]));
}

#[test]
fn a_http_file_has_variables_handlers_and_comments() {
    insta::assert_snapshot!(exported(&["http", "--features", "tests/plain-data"]));
}

#[test]
fn requests_of_every_kind_are_exported() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("01-all.feature"), include_str!("every-kind.feature")).unwrap();
    std::fs::write(folder.path().join("photo.png"), b"png").unwrap();
    let folder = folder.path().to_str().unwrap();
    let text = exported(&["http", "--features", folder]);
    let place = text.find("\n### 1 ").unwrap();
    insta::assert_snapshot!(&text[place..]);
}

#[test]
fn a_part_that_the_emulator_cannot_play_is_named_and_the_rest_is_written() {
    let output = graphwalk().args(["export", "http", "--features", "tests/own-tutorial"]).assert().code(3);
    let output = output
        .stderr(predicate::str::contains("not exported: Create a group and read it back: expected nothing at $.mail"));
    output.stdout(predicate::str::contains("# Not in this file, for it could not be played: A member appears"));
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("review.http");
    std::fs::write(&file, "mine").unwrap();
    // Steps that this program does not know.
    graphwalk()
        .args(["export", "http", "--features", "examples/own-steps/features", "--out"])
        .arg(&file)
        .assert()
        .code(2);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    graphwalk().args(["export", "http", "guest-review", "--out"]).arg(&file).assert().success().stdout("");
    assert!(std::fs::read_to_string(&file).unwrap().ends_with("%}\n"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing beside it");
    let nowhere = folder.path().join("no/such/folder.http");
    graphwalk()
        .args(["export", "http", "--out"])
        .arg(&nowhere)
        .assert()
        .code(2)
        .stderr(predicate::str::contains("folder.http"));
    graphwalk().args(["export", "http", "no-such"]).assert().code(2).stderr(predicate::str::contains("no-such"));
    graphwalk().args(["export", "word"]).assert().code(2).stderr(predicate::str::contains("postman, http"));
}
