//! Tutorials that find their sessions, and those that only read: a made-up one, of what every tenant has.

use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use graphwalk_recording::Recording;

const FEATURES: &str = "tests/discovery/each-team";

fn graphwalk(arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").args(arguments);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The tutorial in a folder of its own, with a file of it changed.
fn changed(folder: &Path, file: &str, from: &str, to: &str) -> PathBuf {
    let copy = folder.join("each-team");
    std::fs::create_dir(&copy).unwrap();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(FEATURES)).unwrap() {
        let path = entry.unwrap().path();
        let mut read = std::fs::read_to_string(&path).unwrap();
        if path.ends_with(file) {
            assert!(read.contains(from), "{read}");
            read = read.replace(from, to);
        }
        std::fs::write(copy.join(path.file_name().unwrap()), read).unwrap();
    }
    copy
}

fn run_in(folder: &Path) -> (Option<i32>, String) {
    let output = graphwalk(&["run", "--on", "emulator", "--features", folder.to_str().unwrap()]);
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn each_session_that_is_found_is_played_with_its_own_values() {
    let output = graphwalk(&["run", "--on", "emulator", "--features", FEATURES]);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{told}{}", text(&output.stderr));
    for name in ["Doors", "Keys", "Lamps"] {
        assert!(told.contains(&format!("✓ {name}")), "{told}");
    }
    assert!(told.contains("3 passed of 3 sessions"), "{told}");
}

#[test]
fn a_session_that_fails_is_named_and_an_independent_scenario_blocks_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let own = changed(folder.path(), "seed.yaml", "description: who has keys", "description: \"\"");
    let (code, told) = run_in(&own);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("✗ Keys") && told.contains("✓ Doors") && told.contains("✓ Lamps"), "{told}");
    // The scenario after the one that failed is judged by itself.
    assert!(!told.contains("blocked"), "{told}");
    assert!(told.contains("2 passed, 1 failed of 3 sessions"), "{told}");
}

#[test]
fn where_nothing_is_found_nothing_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    let own = changed(folder.path(), "01-find-teams.feature", "groups?$top=1", "groups?$filter=displayName eq 'none'");
    let (code, told) = run_in(&own);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("nothing to verify"), "{told}");
}

#[test]
fn sessions_that_cannot_be_told_apart_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let own = changed(folder.path(), "01-find-teams.feature", "| team | $.id |", "| team | $.mailNickname |");
    let seed = own.join("seed.yaml");
    let alike = std::fs::read_to_string(&seed).unwrap().replace("description", "mailNickname: same, description");
    std::fs::write(seed, alike).unwrap();
    let (code, told) = run_in(&own);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("two sessions have the same values: \"Doors\" and \"Keys\""), "{told}");
}

#[test]
fn a_write_in_a_feature_that_only_reads_is_refused_before_it_is_sent() {
    for write in [
        "POST \"/v1.0/groups\"",
        "PATCH \"/v1.0/groups/{team}\"",
        "DELETE \"/v1.0/groups/{team}\"",
        "POST \"/v1.0/$batch\"",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let read = "sends GET \"/v1.0/groups/{team}\"\n    Then the status is 200";
        let own = changed(
            folder.path(),
            "02-look-at-team.feature",
            read,
            &format!("sends {write}\n    Then the status is 200"),
        );
        let (code, told) = run_in(&own);
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains("error[read-only]") && told.contains("was not sent: this feature only reads"), "{told}");
        let checked = graphwalk(&["check", "--features", own.to_str().unwrap()]);
        assert!(text(&checked.stderr).contains("error[read-only]"), "{}", text(&checked.stderr));
    }
}

#[test]
fn a_tutorial_that_finds_its_sessions_has_to_be_one_that_only_reads() {
    let folder = tempfile::tempdir().unwrap();
    let own = changed(folder.path(), "02-look-at-team.feature", "@read-only @step-2", "@step-2");
    let (code, told) = run_in(&own);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("\"Look at a team\" is not tagged @read-only"), "{told}");
}

#[test]
fn what_is_given_as_a_day_has_to_be_one() {
    let run = |day: &str| graphwalk(&["run", "--on", "emulator", "--features", FEATURES, "--set", day]);
    let wrong = run("since=yesterday");
    assert_eq!(wrong.status.code(), Some(2));
    let told = text(&wrong.stderr);
    assert!(told.contains("--set since: expected a day, got \"yesterday\""), "{told}");
    assert_eq!(run("since=2026-01-31").status.code(), Some(0));
    assert_eq!(run("sinse=2026-01-31").status.code(), Some(2));
}

#[test]
fn one_recording_holds_all_sessions_and_replays_them_with_pseudonyms() {
    let folder = tempfile::tempdir().unwrap();
    let har = folder.path().join("teams.har");
    let path = har.to_str().unwrap();
    let made = graphwalk(&["record", "--on", "emulator", "--features", FEATURES, "--out", path]);
    assert_eq!(made.status.code(), Some(0), "{}{}", text(&made.stdout), text(&made.stderr));
    let recording = Recording::read(&har).unwrap();
    // Three pages of the list, and each group once though it is read three times.
    assert_eq!(recording.exchanges.len(), 6, "{:?}", recording.exchanges.iter().map(|e| &e.path).collect::<Vec<_>>());
    let held = std::fs::read_to_string(&har).unwrap();
    assert!(!held.contains("who has keys") && !held.contains("\"Keys\""), "{held}");
    let replayed = graphwalk(&["run", "--features", FEATURES, "--recording", path]);
    let told = text(&replayed.stdout);
    assert_eq!(replayed.status.code(), Some(0), "{told}{}", text(&replayed.stderr));
    assert!(told.contains("3 passed of 3 sessions"), "{told}");
}

#[test]
fn what_no_session_asks_for_in_a_shared_recording_fails_under_strict() {
    let folder = tempfile::tempdir().unwrap();
    let har = folder.path().join("teams.har");
    let path = har.to_str().unwrap();
    let made = graphwalk(&["record", "--on", "emulator", "--features", FEATURES, "--out", path]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stdout));
    let strict = || graphwalk(&["run", "--features", FEATURES, "--recording", path, "--strict"]);
    // Each session asks for a part only, and all together for everything.
    assert_eq!(strict().status.code(), Some(0), "{}", text(&strict().stderr));
    let mut held: serde_json::Value = serde_json::from_slice(&std::fs::read(&har).unwrap()).unwrap();
    let entries = held.pointer_mut("/log/entries").unwrap().as_array_mut().unwrap();
    let mut more = entries[0].clone();
    more["request"]["url"] = "https://graph.microsoft.com/v1.0/users".into();
    entries.push(more);
    std::fs::write(&har, held.to_string()).unwrap();
    let output = strict();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stderr).contains("1 recorded exchange was never asked for"), "{}", text(&output.stderr));
}
