//! What nothing follows from: answers of the emulator's generic store, and what beta's metadata does not declare.

use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};

fn graphwalk(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").args(arguments);
    command
}

fn text_of(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// The option that writes Cucumber messages to a file.
fn messages_to(file: &Path) -> String {
    format!("--report=messages={}", file.display())
}

/// The attachment of a kind to the only session of a file of Cucumber messages.
fn attached(messages: &str, kind: &str) -> Value {
    let media_type = format!("application/vnd.graphwalk.{kind}+json");
    let messages = messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut found = messages.filter(|message| message["attachment"]["mediaType"] == media_type.as_str());
    let body = found.next().unwrap()["attachment"]["body"].as_str().unwrap().to_owned();
    serde_json::from_str(&body).unwrap()
}

#[test]
fn generic_answers_are_counted_apart_in_every_report() {
    let folder = tempfile::tempdir().unwrap();
    let (messages, junit) = (folder.path().join("run.ndjson"), folder.path().join("run.xml"));
    let mut run = graphwalk(&["run", "--strict", "--on", "emulator", "--features", "tests/plain-data"]);
    let run = run.arg(messages_to(&messages)).arg("--junit").arg(&junit).assert().success();
    let told = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    let line = told.lines().find(|line| line.contains("provenance")).unwrap_or_else(|| panic!("{told}"));
    assert!(line.ends_with("1 emulated, 3 emulated (generic) exchanges"), "{told}");
    let counted = attached(&text_of(&messages), "provenance");
    assert_eq!(counted, json!({"emulated": 1, "emulated (generic)": 3}));
    let junit = text_of(&junit);
    for property in [r#"name="exchanges.emulated" value="1""#, r#"name="exchanges.emulated (generic)" value="3""#] {
        assert!(junit.contains(property), "{junit}");
    }
}

#[test]
fn a_recording_calls_generic_answers_so_and_replays_with_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("plain.har");
    graphwalk(&["record", "--on", "emulator", "--features", "tests/plain-data", "--out"]).arg(&out).assert().success();
    let har: Value = serde_json::from_str(&text_of(&out)).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    let provenance: Vec<&str> = entries.iter().map(|entry| entry["_provenance"].as_str().unwrap()).collect();
    let generic = "emulated (generic)";
    assert_eq!(provenance, [generic, "emulated", generic, generic]);
    let mut run = graphwalk(&["run", "--strict", "--features", "tests/plain-data", "--recording"]);
    let run = run.arg(&out).assert().success();
    let told = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(told.contains("1 emulated, 3 emulated (generic) exchanges"), "{told}");
}

#[test]
fn what_beta_does_not_declare_is_counted_and_fails_nothing_under_strict() {
    let folder = tempfile::tempdir().unwrap();
    for file in ["01-location.feature", "02-clean-up.feature"] {
        let text = text_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plain-data").join(file));
        let text = text.replace("/v1.0/identity", "/beta/identity").replace("\"DE\"] }", "\"DE\"], \"mood\": 1 }");
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    let features = folder.path().display().to_string();
    let messages = folder.path().join("run.ndjson");
    let mut run = graphwalk(&["run", "--strict", "--on", "emulator", "--features", &features]);
    let run = run.arg(messages_to(&messages)).assert().success();
    let told = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    // What is sent, what is answered, and what is read.
    assert!(told.contains("3 values of beta not judged") && !told.contains("drift"), "{told}");
    assert_eq!(attached(&text_of(&messages), "session")["unjudged"], 3);
}
