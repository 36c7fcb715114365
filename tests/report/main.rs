//! `graphwalk report`: reports that are made later, of messages that a run kept.

mod faults;
mod foreign;
mod same;

use std::path::{Path, PathBuf};

use assert_cmd::cargo::cargo_bin_cmd;

const PUBLISHED: &str = include_str!("../../recordings/security-group-review/published.har");

/// The recording of the page, in which the last decision is applied with another result.
fn failing() -> String {
    let failing = PUBLISHED.replace("\\\"AppliedSuccessfully\\\"", "\\\"AppliedWithUnknownFailure\\\"");
    assert_ne!(failing, PUBLISHED);
    failing
}

/// Runs the program in `folder`, and returns what it prints and says.
fn graphwalk(folder: &Path, arguments: &[&str], code: i32) -> (String, String) {
    let mut command = cargo_bin_cmd!("graphwalk");
    let output = command.current_dir(folder).args(arguments).assert().code(code).get_output().clone();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// Plays these recordings in a folder of their own, with messages in `run.ndjson` and these arguments.
fn kept(recordings: &[&str], arguments: &[&str], code: i32) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let mut all = vec!["run".to_owned(), "--messages".to_owned(), "run.ndjson".to_owned()];
    for (number, har) in recordings.iter().enumerate() {
        let name = format!("{number}.har");
        std::fs::write(folder.path().join(&name), har).unwrap();
        all.extend(["--recording".to_owned(), name]);
    }
    let all: Vec<&str> = all.iter().map(String::as_str).chain(arguments.iter().copied()).collect();
    graphwalk(folder.path(), &all, code);
    let messages = folder.path().join("run.ndjson");
    (folder, messages)
}
