//! What a run sent and was answered, as a person sees it: with `-v`, where a step fails, in a HAR; and which scenarios are played.

use std::path::Path;

use assert_cmd::Command;
use graphwalk_recording::Recording;
use graphwalk_secrets::masking::leaks;
use serde_json::Value;

const PUBLISHED: &str = include_str!("../recordings/security-group-review/published.har");

/// The program in a folder of its own.
fn graphwalk(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    let gone = ["GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"];
    for name in gone {
        command.env_remove(name);
    }
    command.current_dir(folder).env("NO_COLOR", "1");
    command
}

/// What it prints on stdout when it ends with this code.
fn printed(command: &mut Command, code: i32) -> String {
    String::from_utf8(command.assert().code(code).get_output().stdout.clone()).unwrap()
}

/// The published recording, in which a decision is applied with another result, and so the outcome is not confirmed.
fn failing(folder: &Path) -> String {
    let failing = PUBLISHED.replace("\\\"AppliedSuccessfully\\\"", "\\\"AppliedWithUnknownFailure\\\"");
    assert_ne!(failing, PUBLISHED);
    std::fs::write(folder.join("failing.har"), failing).unwrap();
    "failing.har".to_owned()
}

/// Times and random ids differ from run to run.
fn steady(text: &str) -> String {
    let time = regex_lite::Regex::new(r" *(< 1 ms|\d+ ms|\d+\.\d s)\b").unwrap();
    let id = regex_lite::Regex::new(r"client-request-id [0-9a-f-]{36}").unwrap();
    let text = time.replace_all(text, " TIME");
    id.replace_all(&text, "client-request-id GUID").into_owned()
}

fn assert_narrow(text: &str) {
    // Notes and addresses are not broken: they are searched and pasted.
    for line in text.lines().filter(|line| !line.starts_with("   = ") && !line.contains("'https://")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

fn entries(folder: &Path, name: &str) -> Vec<Value> {
    let har: Value = serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap();
    assert_eq!(leaks(&har), []);
    har["log"]["entries"].as_array().unwrap().clone()
}

#[test]
fn v_shows_a_line_an_exchange_under_its_step() {
    let folder = tempfile::tempdir().unwrap();
    let told = printed(graphwalk(folder.path()).args(["run", "-v", "--through", "3"]), 0);
    assert_narrow(&told);
    insta::assert_snapshot!(steady(&told));
    let quiet = printed(graphwalk(folder.path()).args(["run", "--through", "3"]), 0);
    assert!(!quiet.contains("administrator:"), "{quiet}");
}

#[test]
fn vv_shows_headers_and_bodies_without_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let told = printed(graphwalk(folder.path()).args(["run", "-vv", "--through", "1"]), 0);
    let first = told.split("    ✓ Create Alex").next().unwrap();
    insta::assert_snapshot!(steady(first));
}

#[test]
fn a_failed_step_shows_its_exchange_and_how_to_repeat_it() {
    let folder = tempfile::tempdir().unwrap();
    let recording = failing(folder.path());
    let told = printed(graphwalk(folder.path()).args(["run", "--recording", &recording]), 1);
    let failure = told.split("error[").nth(1).unwrap();
    assert!(failure.contains("curl \\\n") && failure.contains("$TOKEN_ADMINISTRATOR"), "{failure}");
    insta::assert_snapshot!(steady(failure.split("\nstatus ").next().unwrap()));
}

#[test]
fn of_many_sessions_v_shows_what_failed() {
    let folder = tempfile::tempdir().unwrap();
    let recording = failing(folder.path());
    std::fs::write(folder.path().join("a.har"), PUBLISHED).unwrap();
    let arguments = ["run", "-v", "--recording", "a.har", "--recording", &recording];
    let told = printed(graphwalk(folder.path()).args(arguments), 1);
    assert_narrow(&told);
    assert!(told.contains("administrator: GET") && !told.contains("POST /v1.0/users"), "{told}");
    let quiet = printed(graphwalk(folder.path()).args(&arguments[..1]).args(&arguments[2..]), 1);
    assert!(!quiet.contains("administrator: GET") && quiet.contains("> GET"), "{quiet}");
}

#[test]
fn a_trace_holds_every_exchange_on_every_backend() {
    let folder = tempfile::tempdir().unwrap();
    printed(graphwalk(folder.path()).args(["run", "--trace", "replay.har"]), 0);
    let replayed = entries(folder.path(), "replay.har");
    assert_eq!(replayed.len(), 37);
    assert!(replayed.iter().all(|entry| entry["_attempts"] == 1 && entry["_entry"].is_u64()));
    assert!(replayed.iter().any(|entry| entry["_step"] == 9) && replayed[0]["_step"] == 1);
    printed(graphwalk(folder.path()).args(["run", "--on", "emulator", "--trace", "emulator.har"]), 0);
    let emulated = entries(folder.path(), "emulator.har");
    assert!(emulated.len() >= 37 && emulated.iter().all(|entry| entry["_provenance"] == "emulated"));
    assert!(!std::fs::read_to_string(folder.path().join("emulator.har")).unwrap().contains("Bearer"));
    // Other programs read it, and so does this one.
    assert_eq!(Recording::read(&folder.path().join("emulator.har")).unwrap().exchanges.len(), emulated.len());
}

#[test]
fn a_trace_of_several_sessions_says_which_an_entry_belongs_to() {
    let folder = tempfile::tempdir().unwrap();
    let recording = failing(folder.path());
    std::fs::write(folder.path().join("a.har"), PUBLISHED).unwrap();
    let arguments = ["run", "--recording", "a.har", "--recording", &recording, "--trace", "both.har"];
    printed(graphwalk(folder.path()).args(arguments), 1);
    let entries = entries(folder.path(), "both.har");
    let of = |name: &str| entries.iter().filter(|entry| entry["_session"] == name).count();
    assert_eq!(of("a.har"), 37);
    // What a failed step is about stands there once.
    assert!((20..=37).contains(&of("failing.har")), "{}", of("failing.har"));
}

#[test]
fn a_named_scenario_is_played_with_those_before_it_and_the_clean_up() {
    let folder = tempfile::tempdir().unwrap();
    let by_name = printed(graphwalk(folder.path()).args(["run", "--scenario", "The review starts"]), 0);
    assert!(by_name.contains("✓ Create Adele Vance") && by_name.contains("✓ Delete the user Adele Vance"), "{by_name}");
    assert!(by_name.contains("✓ The review starts") && !by_name.contains("The review has one instance"), "{by_name}");
    let file = "features/security-group-review/03-create-access-review.feature";
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let line = text.lines().position(|line| line.contains("Scenario: The review starts")).unwrap() + 1;
    let by_line = printed(graphwalk(folder.path()).args(["run", &format!("{file}:{line}")]), 0);
    assert_eq!(steady(&by_line), steady(&by_name));
    let on_disk = folder.path().join("mine");
    std::fs::create_dir(&on_disk).unwrap();
    std::fs::write(on_disk.join("own.feature"), text).unwrap();
    let refused = graphwalk(folder.path()).args(["run", "mine/own.feature:9999"]).assert().code(2);
    let refused = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(refused.contains("no recording of mine") || refused.contains("got 9999"), "{refused}");
    graphwalk(folder.path()).args(["run", "--scenario", "The review start"]).assert().code(2);
}

/// Whoever plays one of several tutorials without knowing it believes that all were played.
#[test]
fn of_several_tutorials_in_a_folder_one_has_to_be_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["first", "second"] {
        let own = folder.path().join("all").join(name);
        std::fs::create_dir_all(&own).unwrap();
        let text = format!("Feature: {name}\n  Scenario: {name} too\n    Given 1 second has passed\n");
        std::fs::write(own.join("1.feature"), text).unwrap();
    }
    let told = |arguments: &[&str], code: i32| {
        let mut command = graphwalk(folder.path());
        let output = command.args(["run", "--on", "emulator"]).args(arguments).assert().code(code).get_output().clone();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    let several = told(&["--features", "all"], 2);
    assert!(several.contains("all holds 2") && several.contains("tutorials: first, second"), "{several}");
    for arguments in [
        &["second", "--features", "all"][..],
        &["--features", "all", "all/second/1.feature:2"],
        &["--features", "all/second"],
        &["all/second/1.feature:2"],
    ] {
        let played = told(arguments, 0);
        assert!(played.starts_with("second on emulator") && played.contains("✓ second too"), "{arguments:?}: {played}");
    }
    let missing = told(&["all/second/2.feature:2"], 2);
    assert!(missing.contains("second has no feature all/second/2.feature"), "{missing}");
}

#[test]
fn what_failed_last_is_played_again_until_it_passes() {
    let folder = tempfile::tempdir().unwrap();
    let last_failed = |recording: &str, code| {
        let mut command = graphwalk(folder.path());
        command.args(["run", "--last-failed", "--recording", recording]);
        let output = command.assert().code(code).get_output().clone();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    std::fs::write(folder.path().join("good.har"), PUBLISHED).unwrap();
    printed(graphwalk(folder.path()).args(["run", "--recording", "good.har"]), 0);
    assert!(!folder.path().join(".graphwalk").exists(), "nothing failed, so nothing is kept");
    let told = last_failed("good.har", 2);
    assert!(told.contains("nothing is kept of a failure") && told.contains(".graphwalk/last-failed.json"), "{told}");
    let recording = failing(folder.path());
    printed(graphwalk(folder.path()).args(["run", "--recording", &recording]), 1);
    // A part that passes and does not hold it changes nothing.
    printed(graphwalk(folder.path()).args(["run", "--recording", "good.har", "--through", "2"]), 0);
    let told = last_failed(&recording, 1);
    assert!(told.contains("error[") && !told.contains("Alex is no indirect member"), "{told}");
    last_failed("good.har", 0);
    last_failed("good.har", 2);
}

#[test]
fn github_is_shown_each_failure_at_its_line_and_a_summary() {
    let folder = tempfile::tempdir().unwrap();
    let recording = failing(folder.path());
    let mut command = graphwalk(folder.path());
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md"));
    let told = printed(command.args(["run", "--recording", &recording]), 1);
    let annotation = told.lines().find(|line| line.starts_with("::error ")).unwrap();
    assert!(
        annotation.contains("file=features/security-group-review/08-confirm-outcome.feature,line="),
        "{annotation}"
    );
    assert!(annotation.contains("%0A"), "{annotation}");
    let summary = std::fs::read_to_string(folder.path().join("summary.md")).unwrap();
    insta::assert_snapshot!(steady(&summary));
    assert!(!printed(graphwalk(folder.path()).args(["run", "--recording", &recording]), 1).contains("::error"));
}

#[test]
fn pause_waits_for_a_person_and_refuses_where_none_is() {
    let folder = tempfile::tempdir().unwrap();
    let refused = graphwalk(folder.path()).args(["run", "--pause"]).assert().code(2);
    let told = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(told.contains("this is no terminal") && refused.get_output().stdout.is_empty(), "{told}");
}

#[cfg(target_os = "linux")]
#[path = "person/sitting.rs"]
mod sitting;

/// A person before a terminal.
#[cfg(target_os = "linux")]
mod person {
    use std::path::Path;
    use std::process::Command;

    use super::sitting::{PROMPT, Sitting};

    fn program(folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
        command.args(arguments).current_dir(folder).env("NO_COLOR", "1");
        command
    }

    #[test]
    fn a_person_goes_through_a_tutorial_scenario_by_scenario() {
        let folder = tempfile::tempdir().unwrap();
        let mut sitting =
            Sitting::before(program(folder.path(), &["run", "--on", "emulator", "--pause", "--through", "1"]));
        let (pressed, code) = sitting.press_at_each_prompt("\n", |_| {});
        let screen = &sitting.screen;
        assert_eq!(code, Some(0), "{screen}");
        // What was never created is skipped by the clean-up, and asked for as well.
        let passed = screen.matches("✓ ").count();
        assert!(passed > 4 && pressed >= passed, "{pressed} of {passed}: {screen}");
        // Its text and what it will send, Enter, what came.
        let order = [
            "When the administrator creates the user",
            "sends",
            "administrator: POST /v1.0/users",
            PROMPT,
            "✓ Create Adele Vance",
            "201",
        ];
        let mut rest = screen.as_str();
        for part in order {
            let at = rest.find(part).unwrap_or_else(|| panic!("{part} is missing: {rest}\n---\n{screen}"));
            rest = &rest[at + part.len()..];
        }
        assert!(screen.contains("{id}"), "ids are not known before: {screen}");
    }

    #[test]
    fn who_leaves_at_a_prompt_ends_the_run_with_its_clean_up() {
        let folder = tempfile::tempdir().unwrap();
        let mut sitting = Sitting::before(program(folder.path(), &["run", "--pause", "--through", "1"]));
        let (pressed, code) = sitting.press_at_each_prompt("\u{4}", |_| {});
        assert_eq!((pressed, code), (1, Some(3)), "{}", sitting.screen);
        assert!(sitting.screen.contains("interrupted: cleaning up"), "{}", sitting.screen);
    }
}
