//! Messages in the hands of Cucumber's own packages: the schema of every message, and the query that reports are made with.
//!
//! `.ci/run` installs them into `target/message-consumers` and runs these tests; elsewhere they are ignored. By hand:
//! `npm install --prefix target/message-consumers @cucumber/messages @cucumber/query`, then
//! `cargo test --test formats -- --ignored`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{PUBLISHED, Reports, failing};

fn package(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/message-consumers");
    let place = folder.join("node_modules/@cucumber").join(name);
    assert!(place.exists(), "{}: npm install --prefix {} @cucumber/{name}", place.display(), folder.display());
    place
}

/// The messages of runs of every kind: recordings that pass and fail, every fate of a scenario, and an audit with many sessions.
fn all_messages() -> Vec<(&'static str, String)> {
    let audit = tempfile::tempdir().unwrap();
    let file = audit.path().join("run.ndjson");
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("graphwalk");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["run", "existing-reviews", "--on", "emulator", "--seed"]);
    command.args(["docs/audit-tenant.yaml", "--messages"]).arg(&file).assert().code(1);
    vec![
        ("passed", Reports::of(&[PUBLISHED], 0).text("run.ndjson")),
        ("failed", Reports::of(&[PUBLISHED, &failing()], 1).text("run.ndjson")),
        ("every fate", Reports::of_every_fate().text("run.ndjson")),
        ("an audit", std::fs::read_to_string(file).unwrap()),
    ]
}

#[test]
#[ignore = "needs @cucumber/messages in target/message-consumers: .ci/run installs it"]
fn every_message_fits_the_schema_of_cucumber() {
    let schema = std::fs::read_to_string(package("messages").join("messages.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    // Its parts refer to each other by the names of files, which they have as their ids.
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for (name, text) in all_messages() {
        for (number, line) in text.lines().enumerate() {
            let message: Value = serde_json::from_str(line).unwrap();
            let errors: Vec<String> =
                validator.iter_errors(&message).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert!(errors.is_empty(), "{name}, line {}: {errors:#?}", number + 1);
            kinds.extend(message.as_object().unwrap().keys().cloned());
        }
    }
    assert!(kinds.len() >= 14, "{kinds:?}");
    let mut broken: Value = serde_json::json!({"testRunFinished": {"success": true}});
    assert!(!validator.is_valid(&broken), "the schema asserts nothing");
    broken["testRunFinished"]["timestamp"] = serde_json::json!({"seconds": 1, "nanos": 2});
    assert!(validator.is_valid(&broken));
}

/// What Cucumber's query makes of messages: how many scenarios were played, how many ended how, how many have a pickle and a duration.
const QUERY: &str = "
import { Query } from '@cucumber/query';
import { readFileSync } from 'node:fs';
const query = new Query();
for (const line of readFileSync(process.argv[2], 'utf8').trim().split('\\n')) query.update(JSON.parse(line));
const cases = query.findAllTestCaseStarted();
const ends = { PASSED: 0, FAILED: 0, SKIPPED: 0 };
let whole = 0, attachments = 0;
for (const started of cases) {
  ends[query.findMostSevereTestStepResultBy(started).status] += 1;
  if (query.findPickleBy(started) && query.findTestCaseDurationBy(started) && query.findLineageBy(started)) whole += 1;
  for (const [finished] of query.findTestStepFinishedAndTestStepBy(started)) attachments += query.findAttachmentsBy(finished).length;
}
console.log(JSON.stringify({ cases: cases.length, ends, whole, attachments, success: query.findTestRunFinished().success }));
";

#[test]
#[ignore = "needs @cucumber/query in target/message-consumers: .ci/run installs it"]
fn the_query_of_cucumber_counts_what_the_reports_count() {
    package("query");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/message-consumers/query.mjs");
    std::fs::write(&script, QUERY).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in all_messages() {
        let file = folder.path().join("run.ndjson");
        std::fs::write(&file, &text).unwrap();
        let output = Command::new("node").arg(&script).arg(&file).output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let counted: Value = serde_json::from_slice(&output.stdout).unwrap();
        let mut command = assert_cmd::cargo::cargo_bin_cmd!("graphwalk");
        command.current_dir(folder.path()).args(["report", "run.ndjson", "--ctrf", "ctrf.json"]).assert().success();
        let ctrf: Value = serde_json::from_slice(&std::fs::read(folder.path().join("ctrf.json")).unwrap()).unwrap();
        let count = |name: &str| ctrf["results"]["summary"][name].as_u64().unwrap();
        // A session that could not begin has no scenario: in messages its end failed, and CTRF has a test for it.
        let beside =
            text.lines().filter(|line| line.starts_with("{\"testRunHookFinished\"") && line.contains("FAILED"));
        let beside = beside.count() as u64;
        assert_eq!(counted["cases"], count("tests") - beside, "{name}");
        assert_eq!(counted["ends"]["PASSED"], count("passed"), "{name}");
        assert_eq!(counted["ends"]["FAILED"], count("failed") - beside, "{name}");
        assert_eq!(counted["ends"]["SKIPPED"], count("skipped") + count("pending") + count("other"), "{name}");
        assert_eq!(counted["whole"], counted["cases"], "{name}");
        assert_eq!(counted["success"], Value::from(name == "passed"), "{name}");
        let of_steps =
            text.lines().filter(|line| line.starts_with("{\"attachment\"") && line.contains("\"testStepId\""));
        assert_eq!(counted["attachments"], of_steps.count(), "{name}");
    }
}
