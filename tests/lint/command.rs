//! The command: formats, exit codes, folders, an older state.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::PredicateBooleanExt as _;
use serde_json::Value;

use crate::page_file;

fn lint() -> Command {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lint/pages")).arg("lint");
    command
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn findings_are_told_with_their_place_in_80_columns() {
    let text = stdout(lint().args(["deletes-unknown.md", "wait-in-prose.md"]));
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_rules_are_listed() {
    insta::assert_snapshot!(stdout(lint().arg("--rules")));
}

#[test]
fn json_tells_every_finding_with_its_place() {
    insta::assert_snapshot!(stdout(lint().args(["identity-clash.md", "--format", "json"])));
}

#[test]
fn the_exit_code_says_whether_there_are_findings_of_a_level() {
    for (args, code) in [
        (vec!["method-unlikely.md"], 1),
        (vec!["answer-missing.md"], 1),
        (vec!["answer-missing.md", "--fail-on", "error"], 0),
        (vec!["no-requests.md"], 0),
        (vec!["no-requests.md", "--fail-on", "note"], 1),
        (vec!["nowhere.md"], 2),
        (vec!["no-requests.md", "--against", "nowhere.md"], 2),
        (vec![], 2),
        (vec!["no-requests.md", "--format", "xml"], 2),
    ] {
        lint().args(&args).assert().code(code);
    }
}

#[test]
fn sarif_names_every_rule_and_the_place_of_every_finding() {
    let text = stdout(lint().args(["deletes-unknown.md", "--format", "sarif"]));
    let sarif: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(sarif["$schema"].as_str().unwrap().contains("sarif"));
    let run = &sarif["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    let rules: Vec<&str> =
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    let results = run["results"].as_array().unwrap();
    assert!(results.iter().all(|result| rules.contains(&result["ruleId"].as_str().unwrap())));
    let result = results.iter().find(|result| result["ruleId"] == "deletes-unknown").unwrap();
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "deletes-unknown.md");
    assert_eq!((result["level"].as_str(), place["region"]["startLine"].as_i64()), (Some("error"), Some(18)));
    assert_eq!(result["relatedLocations"][0]["physicalLocation"]["region"]["startLine"], 14);
}

#[test]
fn only_what_an_older_state_does_not_have_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let old = fs::read_to_string(page_file("answer-missing.md")).unwrap();
    let new = format!("# Before\n\n{old}\n```http\nDELETE https://graph.microsoft.com/v1.0/users\n```\n");
    let (old_folder, new_folder) = (folder.path().join("old"), folder.path().join("new"));
    for (folder, text) in [(&old_folder, &old), (&new_folder, &new)] {
        fs::create_dir_all(folder.join("inner")).unwrap();
        fs::write(folder.join("inner/page.md"), text).unwrap();
    }
    let rules = |new: &Path, old: &Path| -> Vec<String> {
        let text = stdout(lint().arg(new).arg("--against").arg(old).args(["--format", "json"]));
        let json: Value = serde_json::from_str(&text).unwrap();
        let findings = json["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
    };
    // Both requests lack an answer; only that of the second one is new.
    assert_eq!(rules(&new_folder, &old_folder), ["method-unlikely", "answer-missing"]);
    assert_eq!(rules(&new_folder.join("inner/page.md"), &old_folder.join("inner/page.md")).len(), 2);
    assert_eq!(rules(&old_folder, &old_folder), Vec::<String>::new());
}

#[test]
fn what_is_no_page_is_refused_and_the_others_are_judged() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.md"), b"# T\n\xff\xfe\n").unwrap();
    fs::write(folder.path().join("b.md"), b"\x89PNG\0\0").unwrap();
    fs::write(folder.path().join("c.md"), "# T\n\n```http\nDELETE https://graph.microsoft.com/v1.0/users\n```\n")
        .unwrap();
    let assert = lint().arg(folder.path()).assert().code(2);
    let assert = assert.stdout(predicates::str::contains("method-unlikely"));
    assert.stderr(predicates::str::contains("not UTF-8: byte 5").and(predicates::str::contains("binary")));
}

#[test]
fn a_folder_is_walked_and_one_without_pages_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    lint().arg(folder.path()).assert().code(2).stderr(predicates::str::contains("has no pages"));
    fs::create_dir_all(folder.path().join("a/b/.hidden")).unwrap();
    for file in ["x.md", "a/b/y.MD", "a/b/.hidden/z.md", "a/readme.txt"] {
        fs::write(folder.path().join(file), "# T\n").unwrap();
    }
    lint()
        .arg(folder.path())
        .assert()
        .code(0)
        .stdout(predicates::str::ends_with("2 pages: no errors, no warnings, 2 notes\n"));
}
