//! The reports for programs: by rules of our own always, and by the published schemas where they are found.

mod consumers;
mod contents;
mod junit;
mod messages;
mod published;
mod shape;

use std::path::Path;

use assert_cmd::cargo::cargo_bin_cmd;
use serde_json::Value;

const PUBLISHED: &str = include_str!("../../recordings/security-group-review/published.har");

/// The recording of the page, in which the last decision is applied with another result.
fn failing() -> String {
    changed("\\\"AppliedSuccessfully\\\"", "\\\"AppliedWithUnknownFailure\\\"")
}

/// The recording of the page, in which the review that was created has a property that no schema knows.
fn drifting() -> String {
    let review = "$metadata#identityGovernance/accessReviews/definitions/$entity\\\",";
    let drifting = PUBLISHED.replacen(review, &format!("{review} \\\"brandNew\\\": 1,"), 1);
    assert_ne!(drifting, PUBLISHED);
    drifting
}

fn changed(from: &str, to: &str) -> String {
    let changed = PUBLISHED.replace(from, to);
    assert_ne!(changed, PUBLISHED);
    changed
}

/// The reports of sessions of every fate: passed, failed and so blocked, with drift, not begun.
struct Reports {
    folder: tempfile::TempDir,
}

impl Reports {
    fn of_every_fate() -> Self {
        Self::of(&[PUBLISHED, &failing(), &drifting(), "{}"], 2)
    }

    /// The reports of a run of these recordings, in all formats.
    fn of(recordings: &[&str], code: i32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = cargo_bin_cmd!("graphwalk");
        command.current_dir(folder.path()).args(["run", "--messages", "run.ndjson", "--messages-full"]);
        command.args(["--junit", "junit.xml", "--json", "jvm.json", "--ctrf", "ctrf.json"]);
        command.args(["--report", "cucumber-json-ruby=ruby.json"]);
        for (number, har) in recordings.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{number}.har")), har).unwrap();
            command.arg("--recording").arg(format!("{number}.har"));
        }
        command.assert().code(code);
        Self { folder }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.text(name)).unwrap()
    }
}

/// The folder with the published schemas, which are no part of this repository: `cucumber-jvm.json`, `cucumber-ruby.json`,
/// `ctrf.json`, `messages.json`, `junit10.xsd`.
const SCHEMAS: &str = "REPORT_SCHEMAS";

/// A published schema, if the folder with them is named.
fn published_schema(name: &str) -> Option<std::path::PathBuf> {
    let Some(folder) = std::env::var_os(SCHEMAS) else {
        println!("skipped: {SCHEMAS} names no folder");
        return None;
    };
    Some(Path::new(&folder).join(name))
}
