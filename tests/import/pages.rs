//! What comes of pages of several kinds.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{features, import, literal_writes, page_file};

/// What came of a page: the exit code, what was printed, the features, the recording, the report.
struct Outcome {
    code: i32,
    printed: String,
    features: String,
    recording: Value,
    report: String,
}

fn outcome(page: &str) -> Outcome {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("tutorial");
    let (code, printed) = import(&page_file(page), &folder);
    let read = |name: &str| fs::read_to_string(Path::new(&folder).join(name)).unwrap();
    Outcome {
        code,
        printed,
        features: features(&folder),
        recording: serde_json::from_str(&read("published.har")).unwrap(),
        report: read("import.md"),
    }
}

fn provenance(recording: &Value) -> Vec<(String, String)> {
    let entries = recording["log"]["entries"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    entries.iter().map(|entry| (text(&entry["request"]["method"]), text(&entry["_provenance"]))).collect()
}

#[test]
fn a_whole_page_becomes_a_tutorial_that_replays_strictly() {
    let outcome = outcome("night-shift.md");
    assert_eq!(outcome.code, 0, "{}", outcome.printed);
    insta::assert_snapshot!(outcome.features);
}

#[test]
fn what_the_page_repeats_in_words_is_inferred_and_marked_as_such() {
    let outcome = outcome("night-shift.md");
    let inferred =
        provenance(&outcome.recording).into_iter().filter(|(_, word)| word == "inferred").map(|(method, _)| method);
    assert_eq!(inferred.collect::<Vec<_>>(), ["POST", "POST", "DELETE", "DELETE"]);
    // The second watchman is named as the members are listed, the third one is not named anywhere.
    for text in ["Olga Winter (f3b6a1c7", "Ida Berg 2 (7e02c9d4", "repeated as the page says"] {
        assert!(outcome.report.contains(text), "{text}: {}", outcome.report);
    }
}

#[test]
fn no_secret_of_a_page_comes_into_features_or_recording() {
    let outcome = outcome("night-shift.md");
    let all = format!("{}{}{}", outcome.features, outcome.recording, outcome.report);
    assert!(!all.contains("Owl-at-4"), "{all}");
    assert!(outcome.features.contains("{password}") && outcome.recording.to_string().contains("<redacted>"));
}

#[test]
fn a_fault_of_the_page_is_named_and_its_write_left_out() {
    let outcome = outcome("faulty.md");
    assert_eq!(outcome.code, 0, "{}", outcome.printed);
    assert_eq!(literal_writes(&outcome.features), Vec::<String>::new());
    // The recording names the version of the program, so that its checksum is another one after each release.
    let checksum = regex_lite::Regex::new("(<!-- written: published.har )[0-9a-f]+").unwrap();
    assert!(checksum.is_match(&outcome.report), "{}", outcome.report);
    let report = checksum.replace(&outcome.report, "${1}CHECKSUM");
    insta::assert_snapshot!(report);
}

#[test]
fn what_stands_in_a_comment_is_not_imported() {
    let outcome = outcome("faulty.md");
    let deletes = provenance(&outcome.recording).into_iter().filter(|(method, _)| method == "DELETE").count();
    assert_eq!(deletes, 1);
}

#[test]
fn actors_polls_waits_and_own_ids_come_from_the_text() {
    let outcome = outcome("package.md");
    assert_eq!(outcome.code, 0, "{}", outcome.printed);
    for text in [
        "When Pavel sends POST \"/beta/identityGovernance/entitlementManagement/accessPackageAssignmentRequests\"",
        "When the administrator polls \"/beta/identityGovernance/entitlementManagement/accessPackageAssignmentRequests/{accessPackageAssignmentRequest}\" until \"$.requestState\" is \"Delivered\" within 10 minutes",
        "Given 3 days have passed",
        "When the administrator sends GET \"/v1.0/me\"",
        "https://graph.microsoft.com/v1.0/users/{me}",
        "@step-4\nFeature: Make yourself a watchman\n",
        "When the administrator sends DELETE \"/v1.0/groups/{group Watchmen}\"",
    ] {
        assert!(outcome.features.contains(text), "{text}\n{}", outcome.features);
    }
}

#[test]
fn a_placeholder_stands_for_the_last_object_of_its_collection_or_name() {
    let outcome = outcome("placeholders.md");
    assert_eq!(outcome.code, 0, "{}", outcome.printed);
    for text in [
        "\"https://graph.microsoft.com/v1.0/groups/{group Owls}\"",
        "sends GET \"/v1.0/groups?$filter=id eq '{group Birds}'\"",
        "sends GET \"/v1.0/users/olga_out.example%23EXT%23@fabrikam.example\"",
        "sends DELETE \"/v1.0/applications/{application Nest}\"",
    ] {
        assert!(outcome.features.contains(text), "{text}\n{}", outcome.features);
    }
    // Nothing that an answer shows stands for these.
    for text in ["GET is left out: `{user-id}` in the query", "DELETE is left out: `{id}` in the URL"] {
        assert!(outcome.report.contains(text), "{text}\n{}", outcome.report);
    }
    assert!(!outcome.recording.to_string().contains("OwlsSecret"));
}

#[test]
fn an_id_that_the_reader_brings_is_taken_from_outside_also_in_a_write() {
    let outcome = outcome("brought.md");
    assert_eq!(outcome.code, 0, "{}", outcome.printed);
    assert_eq!(outcome.features.matches("Given \"own group\" is the id of a group").count(), 1, "{}", outcome.features);
    assert!(outcome.features.contains("sends PATCH \"/v1.0/groups/{own group}\""), "{}", outcome.features);
    assert_eq!(outcome.recording["log"]["_values"]["own group"], "8c7b6a59-4837-4261-9f0e-d1c2b3a49586");
}

#[test]
fn an_id_that_only_the_location_shows_is_kept_from_there() {
    let outcome = outcome("location.md");
    assert_eq!(outcome.code, 0, "{}", outcome.printed);
    assert_eq!(literal_writes(&outcome.features), Vec::<String>::new());
    for text in [
        "And the id after \"teams\" in the header \"Location\" is kept as \"team\"",
        "sends PATCH \"/v1.0/teams/{team}\"",
        "sends DELETE \"/v1.0/groups/{team}\"",
    ] {
        assert!(outcome.features.contains(text), "{text}\n{}", outcome.features);
    }
}

#[test]
fn an_answer_of_beta_is_held_against_the_type_that_beta_declares() {
    let features = outcome("package.md").features;
    let path = "\"/beta/identityGovernance/entitlementManagement/accessPackageAssignmentRequests?";
    let list = features.split_once(path).unwrap().1;
    assert!(list.contains("the answer is a list of valid \"accessPackageAssignmentRequest\""), "{features}");
}

#[test]
fn a_fault_that_only_the_replay_finds_is_named_with_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.md");
    let text = fs::read_to_string(page_file("night-shift.md")).unwrap();
    let (before, after) = text.rsplit_once("\"mailEnabled\": false").unwrap();
    fs::write(&page, format!("{before}\"mailEnabled\": \"no\"{after}")).unwrap();
    let (code, printed) = import(&page, &folder.path().join("out"));
    assert_eq!(code, 1, "{printed}");
    for text in ["check: no faults", "02-create-the-group.feature:7", "/mailEnabled: expected null or boolean"] {
        assert!(printed.contains(text), "{text}: {printed}");
    }
}

#[test]
fn a_word_in_another_case_is_a_fault_of_the_page_and_fails_strictly_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("tutorial");
    let (code, printed) = import(&page_file("other-case.md"), &folder);
    let report = fs::read_to_string(folder.join("import.md")).unwrap();
    assert!(code == 1 && printed.contains("got \"UserAdd\""), "{printed}");
    assert!(printed.contains("import: 2 faults of the page") && printed.contains("lint: 0 errors"), "{printed}");
    assert!(
        report.contains("| 13 | /value/0/state is \"Delivered\": Graph has this word in another case |"),
        "{report}"
    );
    let run = |more: &[&str]| {
        let recording = folder.join("published.har");
        let mut command = assert_cmd::Command::cargo_bin("graphwalk").unwrap();
        command.args(["run", "--features"]).arg(&folder).arg("--recording").arg(recording).args(more);
        command.output().unwrap().status.code()
    };
    assert_eq!((run(&[]), run(&["--strict"])), (Some(0), Some(1)));
}

#[test]
fn the_summary_tells_the_errors_that_lint_finds() {
    let outcome = outcome("faulty.md");
    let count = outcome.report.split_once("## What `lint` calls errors").unwrap().1;
    let count = count.lines().skip(4).take_while(|line| line.starts_with('|')).count();
    assert!(
        count > 1 && outcome.printed.contains(&format!("lint: {count} errors of the page\n")),
        "{}",
        outcome.printed
    );
}

#[test]
fn a_page_of_more_steps_than_a_tutorial_may_have_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let page = parent.path().join("page.md");
    let import_of = |steps: usize, folder: &str| {
        let step = |number: usize| {
            format!(
                "## Step {number}: Look {number}\n\n```http\nGET https://graph.microsoft.com/v1.0/groups?$top={number}\n```\n\n"
            )
        };
        fs::write(&page, (1..=steps).map(step).collect::<String>()).unwrap();
        let folder = parent.path().join(folder);
        (import(&page, &folder), folder.exists())
    };
    let ((code, printed), exists) = import_of(256, "many");
    assert!(code == 2 && printed.contains("has 256 steps: expected at most 255"), "{printed}");
    assert!(!exists);
    let ((code, printed), exists) = import_of(255, "most");
    assert!(code == 0 && exists, "{printed}");
}

#[test]
fn a_page_without_a_call_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for text in [
        "",
        "# T\n",
        "# T\n\n```http\nPOST https://elsewhere.example/x\n```\n",
        "```http\nDELETE https://graph.microsoft.com/v1.0/users/{id}\n```\n",
    ] {
        let page = folder.path().join("page.md");
        fs::write(&page, text).unwrap();
        let (code, printed) = import(&page, &folder.path().join("out"));
        assert!(code == 2 && printed.contains("no call that can be played"), "{text}: {code} {printed}");
        assert!(!folder.path().join("out").exists());
    }
}
