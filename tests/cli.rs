//! The program from outside: what it prints, how it exits, what it leaves.

use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;

const PUBLISHED: &str = "recordings/security-group-review/published.har";

fn graphwalk() -> Command {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1");
    command
}

fn published() -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(PUBLISHED)).unwrap())
        .unwrap()
}

/// Times differ from run to run.
fn steady(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let line = match line.rsplit_once("  ") {
            Some((head, time)) if time.trim().ends_with(" ms") || time.trim().ends_with(" s") => {
                format!("{}  TIME", head.trim_end())
            }
            _ => line.to_owned(),
        };
        let line = line.split(", in ").next().unwrap().to_owned();
        let words = line.split(", ").filter(|part| !part.ends_with(" ms")).collect::<Vec<_>>();
        lines.push(words.join(", "));
    }
    lines.join("\n")
}

#[test]
fn a_run_without_arguments_replays_the_tutorial_and_passes() {
    let output = graphwalk().arg("run").assert().success().get_output().clone();
    assert!(output.stderr.is_empty());
    insta::assert_snapshot!(steady(&output.stdout));
}

#[test]
fn the_bundled_recording_passes_strictly() {
    graphwalk().args(["run", "--strict"]).assert().success();
}

#[test]
fn no_line_of_the_report_is_wider_than_80_columns() {
    let output = graphwalk().arg("run").assert().success().get_output().clone();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

#[test]
fn every_prefix_of_the_tutorial_can_be_played_and_cleans_up() {
    for step in 1..=9 {
        graphwalk().args(["run", "--strict", "--through", &step.to_string()]).assert().success();
    }
}

/// What was not asked for answered nothing.
#[test]
fn the_provenance_of_a_part_is_that_of_the_exchanges_in_it() {
    let told = graphwalk().args(["run", "--through", "1"]).assert().success().get_output().stdout.clone();
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("provenance  2 published, 7 inferred exchanges"), "{told}");
    assert!(told.contains("exchanges   9 made"), "{told}");
}

/// A recording in which Alex stays a member after the review.
fn alex_stays(folder: &Path) -> String {
    let mut har = published();
    for entry in har["log"]["entries"].as_array_mut().unwrap() {
        let url = entry["request"]["url"].as_str().unwrap();
        if entry["_step"] == 8 && url.ends_with("/members") {
            let members = entry["response"]["content"]["text"].as_str().unwrap();
            let mut body: serde_json::Value = serde_json::from_str(members).unwrap();
            let mut alex = body["value"][0].clone();
            alex["id"] = "bf59c5ba-5304-4c9b-9192-e5a4cb8444e7".into();
            alex["displayName"] = "Alex Wilber".into();
            alex["userPrincipalName"] = "AlexW@Contoso.com".into();
            body["value"].as_array_mut().unwrap().push(alex);
            entry["response"]["content"]["text"] = body.to_string().into();
        }
    }
    let path = folder.join("alex-stays.har");
    std::fs::write(&path, har.to_string()).unwrap();
    path.display().to_string()
}

#[test]
fn access_that_was_kept_fails_and_blocks_all_but_the_clean_up() {
    let folder = tempfile::tempdir().unwrap();
    let recording = alex_stays(folder.path());
    let output = graphwalk().args(["run", "--recording", &recording]).assert().code(1).get_output().clone();
    let text = steady(&output.stdout).replace(&recording, "alex-stays.har");
    let ids: Vec<&str> = text.split("client-request-id ").skip(1).map(|rest| rest.lines().next().unwrap()).collect();
    let steady = ids.iter().fold(text.clone(), |text, id| text.replace(id, "GUID"));
    insta::assert_snapshot!(steady.split(" 7  ").nth(1).unwrap());
}

#[test]
fn a_failure_early_blocks_later_steps_and_cleans_up_only_what_exists() {
    let folder = tempfile::tempdir().unwrap();
    let mut har = published();
    har["log"]["entries"][3]["response"]["status"] = 403.into();
    har["log"]["entries"][3]["response"]["content"]["text"] =
        r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to complete the operation."}}"#.into();
    let path = folder.path().join("denied.har");
    std::fs::write(&path, har.to_string()).unwrap();
    let junit = folder.path().join("junit.xml");
    let output = graphwalk()
        .args(["run", "--junit"])
        .arg(&junit)
        .arg("--recording")
        .arg(&path)
        .assert()
        .code(1)
        .get_output()
        .clone();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Graph says: Authorization_RequestDenied"), "{text}");
    assert!(text.contains("blocked     step 2 failed: Create the group with its owner and its members"), "{text}");
    assert!(text.contains("- Delete the group Building security"), "{text}");
    assert!(text.contains("✓ Delete the user Adele Vance"), "{text}");
    let report = quick_junit::Report::deserialize_from_str(&std::fs::read_to_string(junit).unwrap()).unwrap();
    assert_eq!(report.test_suites.len(), 9);
    let cases = report.test_suites.iter().flat_map(|suite| &suite.test_cases);
    let failed = cases.filter(|case| matches!(case.status, quick_junit::TestCaseStatus::NonSuccess { .. }));
    assert_eq!(failed.count(), 1);
}

#[test]
fn many_sessions_give_one_report_in_the_order_of_the_recordings() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["c", "a", "b"] {
        std::fs::write(folder.path().join(format!("{name}.har")), published().to_string()).unwrap();
    }
    let (junit, json) = (folder.path().join("junit.xml"), folder.path().join("run.json"));
    let mut command = graphwalk();
    command
        .args(["run", "--jobs", "2", "--junit"])
        .arg(&junit)
        .arg("--json")
        .arg(&json)
        .arg("--recording")
        .arg(folder.path());
    let output = command.assert().success().get_output().clone();
    let text = steady(&output.stdout).replace(&folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!(text);
    let report = quick_junit::Report::deserialize_from_str(&std::fs::read_to_string(junit).unwrap()).unwrap();
    assert_eq!((report.test_suites.len(), report.test_suites[0].name.ends_with("a.har)")), (27, true));
    let features: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(features.as_array().unwrap().len(), 27);
    assert_eq!(features[0]["elements"][0]["steps"][0]["result"]["status"], "passed");
}

#[test]
fn a_tutorial_of_ones_own_runs_from_a_folder_without_any_rust() {
    let folder = tempfile::tempdir().unwrap();
    let features = folder.path().join("my-groups");
    std::fs::create_dir(&features).unwrap();
    std::fs::write(features.join("01-group.feature"), include_str!("own-tutorial/01-group.feature")).unwrap();
    std::fs::write(features.join("02-clean-up.feature"), include_str!("own-tutorial/02-clean-up.feature")).unwrap();
    let recording = folder.path().join("mine.har");
    std::fs::write(&recording, include_str!("own-tutorial/mine.har")).unwrap();
    let mut command = graphwalk();
    command.args(["run", "--strict", "--features"]).arg(folder.path()).arg("--recording").arg(&recording);
    command.assert().success().stdout(predicate::str::contains("2 passed of 2 steps"));
}

/// What has to be refused: its name, the file's bytes, words of the message.
#[test]
fn unusable_recordings_are_refused_with_the_reason_and_no_report() {
    let whole = published().to_string();
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("empty", Vec::new(), "is empty"),
        ("truncated", whole.as_bytes()[..whole.len() / 2].to_vec(), "is truncated"),
        ("not-utf8", vec![b'{', 0xff, b'}'], "is not UTF-8: byte 2 is wrong"),
        ("not-har", b"{\"name\": \"package\"}".to_vec(), "is JSON but not HAR"),
        ("not-json", b"hello".to_vec(), "is not JSON"),
        ("no-entries", b"{\"log\": {\"entries\": []}}".to_vec(), "holds no exchange"),
    ];
    for (name, bytes, message) in cases {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("{name}.har"));
        std::fs::write(&path, bytes).unwrap();
        graphwalk().arg("run").arg("--recording").arg(&path).assert().code(2).stdout(predicate::str::contains(message));
        graphwalk().args(["recording", "check"]).arg(&path).assert().code(2).stderr(predicate::str::contains(message));
    }
    graphwalk()
        .args(["run", "--recording", "nowhere.har"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("cannot read nowhere.har"));
}

#[test]
fn outputs_that_cannot_be_written_are_known_before_anything_runs() {
    for (option, prefix) in [("--junit", ""), ("--json", ""), ("--report", "junit="), ("--report", "messages=")] {
        let mut command = graphwalk();
        let assert = command.args(["run", option, &format!("{prefix}no/such/folder/report")]).assert().code(2);
        let told =
            predicate::str::contains("cannot write no/such/folder/report: No such file or directory (os error 2)\n");
        assert.stdout("").stderr(told);
    }
    let mut command = graphwalk();
    let assert = command.args(["run", "--report", "xml=report"]).assert().code(2);
    assert.stdout("").stderr(predicate::str::contains(
        "expected one of the formats junit, json, cucumber-json-ruby, ctrf, html, messages, har, got \"xml\"",
    ));
}

#[test]
fn features_with_faults_are_refused_by_check_and_by_run() {
    let cases = [
        ("Feature: f\n  Scenario: s\n    oops\n    Whn x\n", "has no steps"),
        (
            "Feature: f\n  Scenario: s\n    When the administrator sneds GET \"/x\"\n",
            "nearest: the administrator sends GET",
        ),
        ("Feature: f\n  Scenario: s\n    When x\n  Scenario: s\n    When x\n", "is used twice"),
        ("Feature: f\n  Scenario: s\n    Then the review becomes \"Applied\"\n", "without a deadline"),
        ("Feature: f\n  Scenario: s\n    When x\n    nonsense\n", "x.feature:4:5"),
        ("", "is empty"),
    ];
    for (text, message) in cases {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.feature"), text).unwrap();
        for command in ["check", "run"] {
            let mut graphwalk = graphwalk();
            let assert = graphwalk.args([command, "--features"]).arg(folder.path()).assert().code(2);
            assert.stderr(predicate::str::contains(message));
        }
    }
    let empty = tempfile::tempdir().unwrap();
    graphwalk()
        .args(["check", "--features"])
        .arg(empty.path())
        .assert()
        .code(2)
        .stderr(predicate::str::contains("no feature was found"));
}

#[test]
fn names_that_do_not_exist_are_answered_with_the_nearest() {
    graphwalk()
        .args(["run", "security-group-revew"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("did you mean \"security-group-review\"?"));
    graphwalk()
        .args(["schema", "show", "acessReviewScope"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("did you mean \"accessReviewScope\"?"));
    graphwalk().args(["run", "--through", "12"]).assert().code(2).stderr(predicate::str::contains("has no step 12"));
    graphwalk()
        .args(["run", "--tags", "@nothing"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("nothing would be verified"));
    graphwalk().args(["run", "--tags", "and and"]).assert().code(2).stderr(predicate::str::contains("cannot be read"));
}

#[test]
fn numbers_and_times_that_are_none_are_refused_with_what_is_expected() {
    for (arguments, expected) in [
        (&["run", "--jobs", "x"][..], "'x' for '--jobs <N>': expected a whole number from 1 to 512"),
        (&["run", "--step-timeout", "-1"], "expected a whole number, at least 1"),
        (&["run", "--through", "x"], "expected a whole number from 1 to 255"),
        (&["serve", "--port", "70000"], "expected a whole number from 0 to 65535"),
        (&["run", "--on", "emulator", "--now", "yesterday"], "expected a time such as 2026-01-31T09:00:00Z"),
        (&["run", "--on", "emulator", "--end-hour", "24"], "expected a whole number from 0 to 23"),
    ] {
        graphwalk().args(arguments).assert().code(2).stdout("").stderr(predicate::str::contains(expected));
    }
}

#[test]
fn a_port_in_use_is_reported() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    graphwalk()
        .args(["serve", "--port", &port])
        .assert()
        .code(2)
        .stderr(predicate::str::contains(format!("cannot listen on 127.0.0.1:{port}")));
}

#[test]
fn a_password_that_is_sent_is_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut har = published();
    har["log"]["entries"][0]["request"]["postData"]["text"] =
        r#"{"displayName": "Adele Vance", "mailNickname": "AdeleV", "userPrincipalName": "AdeleV@Contoso.com", "password": "canary-recorded"}"#
            .into();
    let path = folder.path().join("x.har");
    std::fs::write(&path, har.to_string()).unwrap();
    let reports = [folder.path().join("junit.xml"), folder.path().join("run.json")];
    let mut command = graphwalk();
    command.args(["run", "--junit"]).arg(&reports[0]).arg("--json").arg(&reports[1]).arg("--recording").arg(&path);
    let output = command.assert().code(1).get_output().clone();
    let mut seen = String::from_utf8(output.stdout).unwrap();
    assert!(seen.contains("\"password\": \"***\""), "{seen}");
    reports.iter().for_each(|report| seen.push_str(&std::fs::read_to_string(report).unwrap()));
    // `Gw!` is how the passwords begin that graphwalk makes.
    assert!(!seen.contains("canary-recorded") && !seen.contains("Gw!"));
}

#[test]
fn help_has_examples_for_every_command_and_completions_are_printed() {
    for command in ["run", "check", "list", "recording", "schema", "serve", "completions"] {
        graphwalk().args([command, "--help"]).assert().success().stdout(predicate::str::contains("Example"));
    }
    graphwalk().args(["completions", "bash"]).assert().success().stdout(predicate::str::contains("_graphwalk()"));
}

#[test]
fn list_and_recording_show_are_readable() {
    let output = graphwalk().arg("list").assert().success().get_output().clone();
    insta::assert_snapshot!("list", String::from_utf8(output.stdout).unwrap());
    let output = graphwalk().args(["recording", "show", PUBLISHED]).assert().success().get_output().clone();
    insta::assert_snapshot!("recording_show", String::from_utf8(output.stdout).unwrap());
}

#[test]
fn a_secret_in_a_recording_is_found_and_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let mut har = published();
    har["log"]["entries"][0]["request"]["headers"] =
        serde_json::json!([{"name": "Authorization", "value": "Bearer canary-9"}]);
    let path = folder.path().join("x.har");
    std::fs::write(&path, har.to_string()).unwrap();
    let assert = graphwalk().args(["recording", "check"]).arg(&path).assert().code(1);
    assert.stdout(predicate::str::contains("the value of Authorization").and(predicate::str::contains("canary").not()));
}

#[test]
fn flags_of_the_emulator_are_refused_on_other_backends() {
    let of_emulator = [
        &["--now", "2026-01-31T09:00:00Z"][..],
        &["--seed", "a.json"],
        &["--no-licence"],
        &["--faults", "a.json"],
        &["--fault-seed", "1"],
        &["--end-hour", "8"],
        &["--next-occurrence", "schedule"],
    ];
    for flag in of_emulator {
        for backend in [&["run"][..], &["run", "--on", "live"], &["serve"]] {
            let told = predicate::str::contains(format!("{} is for an emulated tenant", flag[0]));
            graphwalk().args(backend).args(flag).assert().code(2).stdout("").stderr(told);
        }
    }
    for command in ["run", "serve"] {
        let told = predicate::str::contains("a recording is replayed");
        graphwalk()
            .args([command, "--on", "emulator", "--recording", "a.har"])
            .assert()
            .code(2)
            .stdout("")
            .stderr(told);
    }
}

#[test]
fn flags_of_a_tenant_are_refused_where_they_would_change_nothing() {
    let of_tenant = [
        &["--tenant", "contoso.com"][..],
        &["--cloud", "usgov"],
        &["--upn-domain", "contoso.com"],
        &["--proxy", "http://127.0.0.1:1"],
        &["--finish", "wait"],
        &["--mail"],
        &["--yes"],
        &["--runs", "runs"],
    ];
    for flag in of_tenant {
        for on in ["replay", "emulator"] {
            let told = predicate::str::contains(format!("{} is for a real tenant", flag[0]));
            let told = told.and(predicate::str::contains("add --on live, or leave it out"));
            graphwalk().args(["run", "--on", on]).args(flag).assert().code(2).stdout("").stderr(told);
        }
    }
    let by_person = ["run", "--review-by", "portal"];
    let told = predicate::str::contains("--review-by is for an emulated or a real tenant");
    graphwalk().args(by_person).assert().code(2).stdout("").stderr(told);
    graphwalk().args(["run", "--on", "emulator", "--review-by", "api"]).assert().success();
}

#[test]
fn the_version_names_the_files_that_the_knowledge_of_graph_was_made_from() {
    let told = |flag: &str| {
        let output = graphwalk().arg(flag).assert().success().get_output().clone();
        String::from_utf8(output.stdout).unwrap()
    };
    let of_catalog =
        |name: &str| std::fs::read(format!("{}/crates/catalog/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let overlay = [of_catalog("overlay.toml"), of_catalog("documented.toml")].concat();
    let hash = ring::digest::digest(&ring::digest::SHA256, &overlay);
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let (short, long) = (told("-V"), told("--version"));
    let date = graphwalk_catalog::Catalog::v1().metadata_date().unwrap();
    assert!(short.trim_end().ends_with(&format!("Graph v1.0 of {date})")), "{short}");
    assert!(long.contains(&format!("\n  target       {}-", std::env::consts::ARCH)), "{long}");
    assert!(long.contains(&format!("\n  catalog      Graph v1.0 of {date}, ")), "{long}");
    assert!(long.contains(&format!("\n  overlay      {hash}\n")), "{long}");
    // Of the other two nothing is here to compare with.
    assert_eq!((short.lines().count(), short.trim_end().chars().count() <= 100), (1, true), "{short}");
    let after = |line: &'static str| long.lines().skip_while(move |other| !other.starts_with(line));
    let hashes: Vec<&str> =
        after("What").filter_map(|line| line.strip_prefix("  ")?.split_whitespace().nth(1)).collect();
    assert!(hashes.len() == 4 && hashes.iter().all(|hash| hash.len() == 64), "{long}");
    assert!(long.starts_with(&format!("graphwalk {}\n", env!("CARGO_PKG_VERSION"))), "{long}");
}

#[test]
fn the_schema_of_the_configuration_and_the_manual_pages_are_written() {
    let output = graphwalk().args(["config", "schema"]).assert().success().get_output().clone();
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["properties"]["timeouts"]["properties"]["connect"]["default"], 10);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("man/man1");
    graphwalk().args(["man", "--out"]).arg(&out).assert().success();
    for (page, part) in [("graphwalk.1", "graphwalk\\-rehearse(1)"), ("graphwalk-recording-redact.1", "\\-\\-out")] {
        let text = std::fs::read_to_string(out.join(page)).unwrap();
        assert!(text.starts_with(".ie") && text.contains(part), "{text}");
    }
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let refused = graphwalk().args(["man", "--out"]).arg(file.join("man1")).assert().code(2);
    refused.stderr(predicate::str::contains("name a folder that can be written"));
}

#[test]
fn health_tells_whether_a_server_answers() {
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port().to_string();
    drop(silent);
    let refused = graphwalk().args(["health", "--port", &port]).assert().code(1);
    refused.stderr(predicate::str::contains("does not answer").and(predicate::str::contains("graphwalk serve --port")));
    for (answer, code) in [("HTTP/1.1 401 Unauthorized\r\n\r\n", 0), ("SSH-2.0-OpenSSH_9.2\r\n", 1), ("HTTP", 1)] {
        let server = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = server.local_addr().unwrap().port().to_string();
        let answering = std::thread::spawn(move || {
            use std::io::{Read as _, Write as _};
            let (mut stream, _) = server.accept().unwrap();
            let _ = stream.read(&mut [0; 256]).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        graphwalk().args(["health", "--port", &port]).assert().code(code);
        answering.join().unwrap();
    }
}
