//! Sentences are completed and checked in VS Code: judged by the library that Cucumber's extension is made of.

use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use predicates::prelude::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn init(folder: &Path, arguments: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = assert_cmd::Command::new(cargo_bin("graphwalk"));
    command.current_dir(folder).arg("init").args(arguments).assert()
}

fn bundled_features() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(root().join("features")).unwrap();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "feature"));
    files.sort();
    assert!(files.len() > 30);
    files
}

/// What the extension finds in features, with the settings and sources in `folder`.
fn judge(folder: &Path, features: &[PathBuf]) -> String {
    let modules = root().join("target/language-service");
    assert!(modules.join("node_modules").is_dir(), "install it: see .ci/run");
    let mut command = Command::new("node");
    command.arg(root().join("tests/editor/check.mjs")).arg(modules).arg(folder).args(features);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Every sentence of the bundled features is known, a misspelt one is not, and what is typed is completed.
fn knows_every_sentence(folder: &Path) {
    let features = bundled_features();
    let judged = judge(folder, &features);
    let known =
        assert_cmd::Command::new(cargo_bin("graphwalk")).args(["check", "--sentences"]).output().unwrap().stdout;
    let known = String::from_utf8(known).unwrap().lines().count();
    let count = format!("{known} sentences, {} features, 0 undefined, ", features.len());
    assert!(known > 100 && judged.contains(&count) && judged.lines().count() == 1, "{judged}, {known}");
    assert!(!judged.contains(" 0 completions"), "{judged}");
    let misspelt = tempfile::Builder::new().suffix(".feature").tempfile().unwrap();
    let text = "Feature: f\n  Scenario: s\n    Given the status is 200\n    And Adele Vance approvs her access\n";
    std::fs::write(misspelt.path(), text).unwrap();
    let judged = judge(folder, &[misspelt.path().to_owned()]);
    assert!(judged.contains(":4: Undefined step: Adele Vance approvs her access\n"), "{judged}");
    assert!(judged.contains(" 1 undefined"), "{judged}");
}

#[test]
#[ignore = "needs @cucumber/language-service of npm in target/language-service: see .ci/run"]
fn an_author_who_has_only_the_program_gets_every_sentence() {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), &["--editor"]).success();
    knows_every_sentence(folder.path());
}

#[test]
#[ignore = "needs @cucumber/language-service of npm in target/language-service: see .ci/run"]
fn the_settings_of_this_repository_find_every_sentence_in_its_steps() {
    knows_every_sentence(root());
}

#[test]
fn settings_that_are_there_are_kept_and_what_to_add_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let wrote = predicate::str::contains("wrote .vscode/settings.json\n");
    init(folder.path(), &["--editor"]).success().stdout(wrote);
    init(folder.path(), &["--editor"]).success().stdout(predicate::str::contains("kept").not());
    let settings = folder.path().join(".vscode/settings.json");
    std::fs::write(&settings, "{\"mine\": true}").unwrap();
    std::fs::write(folder.path().join(".vscode/graphwalk-steps.js"), "old").unwrap();
    let said = predicate::str::contains("kept .vscode/settings.json").and(predicate::str::contains("cucumber.glue"));
    init(folder.path(), &["--editor"]).success().stdout(said);
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), "{\"mine\": true}");
    let glue = std::fs::read_to_string(folder.path().join(".vscode/graphwalk-steps.js")).unwrap();
    assert!(glue.contains("Given(\"the status is {status}\", () => {});"), "{glue}");
    init(folder.path(), &["--editor", "--force"]).success();
    assert!(std::fs::read_to_string(&settings).unwrap().contains("cucumber.glue"));
    assert!(!folder.path().join("graphwalk.toml").exists());
}
