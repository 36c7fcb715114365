//! `--evidence DIR` and `report verify DIR`.

use std::fs;
use std::path::Path;

use graphwalk::report::FORMATS;
use predicates::prelude::*;

use crate::graphwalk;
use crate::markup::Page;

/// The names in a folder, sorted.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The files of a folder of evidence: with a recording, where that is a format.
fn files() -> Vec<&'static str> {
    let has_recording = FORMATS.iter().any(|(name, _)| *name == "har");
    let recording = has_recording.then_some("exchanges.har");
    recording.into_iter().chain(["manifest.sha256", "messages.ndjson", "report.html"]).collect()
}

#[test]
fn evidence_of_a_run_is_verified_and_whatever_is_done_to_it_is_found() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("evidence");
    graphwalk().args(["run", "--evidence"]).arg(&folder).assert().success();
    assert_eq!(names(parent.path()), ["evidence"], "nothing else is left");
    let files = files();
    assert_eq!(names(&folder), files);
    Page::read(&folder.join("report.html")).is_harmless();
    let verify = || graphwalk().args(["report", "verify"]).arg(&folder).assert();
    verify()
        .code(0)
        .stdout(predicate::str::contains(format!("{} files are as the manifest has them", files.len() - 1)));

    let page = fs::read_to_string(folder.join("report.html")).unwrap();
    fs::write(folder.join("report.html"), page.replace("Alex Wilber", "Alex Wilbur")).unwrap();
    fs::write(folder.join("more.txt"), "").unwrap();
    fs::remove_file(folder.join("messages.ndjson")).unwrap();
    verify().code(1).stdout(
        predicate::str::contains("changed: report.html")
            .and(predicate::str::contains("additional: more.txt"))
            .and(predicate::str::contains("missing: messages.ndjson")),
    );
    fs::remove_file(folder.join("manifest.sha256")).unwrap();
    verify().code(2).stderr(predicate::str::contains("cannot read"));
}

#[test]
fn evidence_is_kept_of_a_run_that_fails_and_never_put_over_other_files() {
    let parent = tempfile::tempdir().unwrap();
    let har = parent.path().join("bad.har");
    fs::write(&har, crate::PUBLISHED.replace("\\\"AppliedSuccessfully\\\"", "\\\"AppliedWithUnknownFailure\\\""))
        .unwrap();
    let folder = parent.path().join("evidence");
    let run = || graphwalk().args(["run", "--recording"]).arg(&har).arg("--evidence").arg(&folder).assert();
    run().code(1);
    graphwalk().args(["report", "verify"]).arg(&folder).assert().code(0);
    let before = fs::read(folder.join("report.html")).unwrap();
    run().code(2).stderr(predicate::str::contains("is there already, and is no empty folder"));
    assert_eq!(fs::read(folder.join("report.html")).unwrap(), before);
    assert_eq!(names(parent.path()), ["bad.har", "evidence"]);
}

#[test]
fn evidence_is_made_later_of_messages_that_were_kept() {
    let parent = tempfile::tempdir().unwrap();
    let (messages, folder) = (parent.path().join("run.ndjson"), parent.path().join("evidence"));
    graphwalk().args(["run", "--messages"]).arg(&messages).assert().success();
    graphwalk().arg("report").arg(&messages).arg("--evidence").arg(&folder).assert().success();
    graphwalk().args(["report", "verify"]).arg(&folder).assert().code(0);
    assert_eq!(names(&folder), files());
}
