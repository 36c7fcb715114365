//! The audit of existing reviews: a tenant that is as it should be passes, and each check fails where just that is wrong.

mod fates;
mod recorded;
mod roles;
#[path = "../tenants/same_report.rs"]
mod same_report;
mod scale;
mod tenants;

use std::process::Output;

use assert_cmd::Command;

/// The tenant beside the features.
fn healthy() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/features/existing-reviews/seed.yaml")).unwrap()
}

fn graphwalk(arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").args(arguments);
    command.output().unwrap()
}

/// How an audit of a tenant ends, and what it tells.
fn audit(seed: &str, more: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tenant.yaml");
    std::fs::write(&file, seed).unwrap();
    let arguments = ["run", "existing-reviews", "--on", "emulator", "--seed", file.to_str().unwrap()];
    ended(&graphwalk(&[&arguments[..], more].concat()))
}

fn ended(output: &Output) -> (i32, String) {
    let told = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    (output.status.code().unwrap(), told.concat())
}

/// The text with one thing changed, which has to be there.
fn with(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// Lines of a message are broken to fit: one line again.
fn joined(told: &str) -> String {
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_tenant_whose_reviews_did_what_they_should_passes() {
    let (code, told) = ended(&graphwalk(&["run", "existing-reviews", "--on", "emulator"]));
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("3 passed of 3 sessions"), "{told}");
    assert!(told.contains("Building security once 2026-03-02"), "{told}");
}

#[test]
fn reviews_without_an_instance_are_named_and_are_no_session() {
    let later = healthy().replace("accessReviews:\n", "accessReviews:\n  - {id: c0000009-0000-4000-8000-000000000000, displayName: Begins later, scope: {query: /groups/a0000001-0000-4000-8000-000000000000/transitiveMembers, queryType: MicrosoftGraph}, reviewers: [], settings: {instanceDurationInDays: 5, recurrence: {range: {type: numbered, startDate: 2026-05-02, endDate: 2026-05-07}}}}\n");
    let (code, told) = audit(&later, &[]);
    assert!(code == 0 && told.contains("3 passed of 3 sessions"), "{told}");
    assert!(joined(&told).contains("not audited 1 review without an instance: Begins later (NotStarted)"), "{told}");
    let (_, told) = audit(&healthy(), &[]);
    assert!(!told.contains("not audited"), "{told}");
}

#[test]
fn one_review_or_what_began_since_a_day_is_audited_alone() {
    let sessions = |set: &str| ended(&graphwalk(&["run", "existing-reviews", "--on", "emulator", "--set", set])).1;
    assert!(sessions("review=c0000001-0000-4000-8000-000000000000").contains("1 passed of 1 session,"));
    assert!(sessions("since=2026-03-02").contains("2 passed of 2 sessions"));
    let (code, told) = ended(&graphwalk(&["run", "existing-reviews", "--on", "emulator", "--set", "since=tomorrow"]));
    assert!(code == 2 && told.contains("--set since: expected a day, got \"tomorrow\""), "{told}");
    let (code, told) = ended(&graphwalk(&["run", "existing-reviews", "--on", "emulator", "--set", "since=2027-01-01"]));
    assert!(code == 3 && told.contains("no instance began since then"), "{told}");
}

#[test]
fn a_tenant_with_every_fate_is_told_a_line_a_session_that_did_not_pass() {
    let arguments = ["run", "existing-reviews", "--on", "emulator", "--seed", "docs/audit-tenant.yaml", "--jobs", "1"];
    let (code, told) = ended(&graphwalk(&arguments));
    assert_eq!(code, 1, "{told}");
    let steady: Vec<&str> = told.lines().filter(|line| !line.contains(" exchange")).collect();
    let marked = steady.iter().filter(|line| line.starts_with(['✓', '✗', '○']));
    assert!(marked.clone().count() > 10 && marked.clone().all(|line| line.chars().count() <= 80), "{told}");
    insta::assert_snapshot!(steady.join("\n"));
}

#[test]
fn a_storm_of_faults_and_throttling_changes_no_verdict() {
    for number in ["1", "7", "42"] {
        let arguments = ["run", "existing-reviews", "--on", "emulator", "--fault-seed", number, "--jobs", "4"];
        let (code, told) = ended(&graphwalk(&arguments));
        assert!(code == 0 && told.contains("3 passed of 3 sessions"), "{number}: {told}");
    }
}

#[test]
fn what_makes_a_review_toothless_stands_in_every_report() {
    let folder = tempfile::tempdir().unwrap();
    let reports = ["junit", "json", "cucumber-json-ruby", "ctrf", "html", "messages"];
    let file = |format: &str| folder.path().join(format);
    let wanted: Vec<String> = reports.iter().map(|format| format!("{format}={}", file(format).display())).collect();
    let wanted: Vec<&str> = wanted.iter().flat_map(|wanted| ["--report", wanted.as_str()]).collect();
    let seed = ["run", "existing-reviews", "--on", "emulator", "--seed", "docs/audit-tenant.yaml"];
    graphwalk(&[&seed[..], &wanted].concat());
    for format in reports {
        let text = std::fs::read_to_string(file(format)).unwrap();
        let told =
            text.to_lowercase().contains("toothless") && text.contains("decisions are not applied by themselves");
        assert!(told, "{format}");
    }
}

#[test]
fn each_status_stands_with_the_request_that_shows_it() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("audit.html").display().to_string();
    let (code, told) = ended(&graphwalk(&["run", "existing-reviews", "--on", "emulator", "--html", &page]));
    assert_eq!(code, 0, "{told}");
    let page = std::fs::read_to_string(page).unwrap();
    let states = page.split("States of ").skip(1).map(|rest| rest.split("</table>").next().unwrap());
    let (all, without) = states.partition::<Vec<_>, _>(|table| table.contains("request-id"));
    assert_eq!((all.len(), without), (6, vec![]), "of the review and the instance, in three sessions");
}

#[test]
fn the_exchanges_of_the_search_are_shown_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let [har, messages] = ["all.har", "run.ndjson"].map(|name| folder.path().join(name).display().to_string());
    let audit = ["run", "existing-reviews", "--on", "emulator", "-v", "--trace", &har, "--messages", &messages];
    let (code, told) = ended(&graphwalk(&audit));
    assert_eq!(code, 0, "{told}");
    let lists = "administrator: GET /v1.0/…/accessReviews/definitions         200,";
    assert_eq!(told.matches(lists).count(), 1, "{told}");
    let har: serde_json::Value = serde_json::from_slice(&std::fs::read(har).unwrap()).unwrap();
    let path = "/v1.0/identityGovernance/accessReviews/definitions";
    let is_list = |entry: &&serde_json::Value| entry["request"]["url"].as_str().unwrap().ends_with(path);
    let first = har["log"]["entries"].as_array().unwrap().iter().find(is_list).unwrap();
    assert!(first["_session"].as_str().unwrap().starts_with("looking for sessions"), "{first}");
    let kept = std::fs::read_to_string(messages).unwrap();
    assert!(kept.contains("graphwalk.exchange") && kept.contains("/accessReviews/definitions\\\""), "{}", &kept[..99]);
}
