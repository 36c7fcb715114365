//! The program of this crate, with its own sentences.

use std::path::Path;
use std::process::{Command, Output};

fn program(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_own-steps"));
    program.env("NO_COLOR", "1").args(arguments).output().unwrap()
}

fn told(arguments: &[&str], code: i32) -> String {
    let Output { status, stdout, stderr } = program(arguments);
    let told = String::from_utf8([stdout, stderr].concat()).unwrap();
    assert_eq!(status.code(), Some(code), "{told}");
    told
}

#[test]
fn its_own_sentences_are_listed_with_those_of_graphwalk() {
    let told = told(&["check", "--sentences"], 0);
    for sentence in ["the administrator gives \"…\" the badge \"green\"", "the administrator sends GET \"…\""] {
        assert!(told.lines().any(|line| line == sentence), "{told}");
    }
}

#[test]
fn a_badge_that_there_is_not_is_a_fault_of_the_feature() {
    let folder = tempfile::tempdir().unwrap();
    let text = "Feature: f\n  Scenario: s\n    When the administrator gives \"Grady\" the badge \"blue\"\n";
    std::fs::write(folder.path().join("f.feature"), text).unwrap();
    let told = told(&["check", "--features", folder.path().to_str().unwrap()], 2);
    assert!(told.contains("blue is no badge: expected red or green") && told.contains("f.feature:3:"), "{told}");
}

#[test]
fn it_checks_records_and_replays_its_own_tutorial() {
    assert!(told(&["check", "--features", "features"], 0).contains("badges: no faults"));
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("badges.har");
    let file = recording.to_str().unwrap();
    told(&["record", "--on", "emulator", "--features", "features", "--out", file], 0);
    let recorded = std::fs::read_to_string(Path::new(file)).unwrap();
    // No feature says it: the code of a step does, and lets it stand there.
    assert!(recorded.contains("Ground floor"), "{recorded}");
    let told = told(&["run", "--strict", "--features", "features", "--recording", file], 0);
    assert!(told.contains("Grady gets a green badge"), "{told}");
}
