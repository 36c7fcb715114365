use std::fs;

use libtest_mimic::{Arguments, Conclusion};
use serde_json::json;
use tempfile::TempDir;

use super::*;

const CREATES: &str = "    When the administrator creates the user \"Adele\":
      | mailNickname      | adele             |
      | userPrincipalName | adele@contoso.com |
    Then the user \"Adele\" is created as \"adele@contoso.com\"\n";
const READS: &str = "    When the administrator sends GET \"/v1.0/users\"\n    Then the status is 200\n";
const FAILS: &str = "    When the administrator sends GET \"/v1.0/users\"\n    Then the status is 404\n";
const DELETES: &str = "    When the administrator deletes the user \"Adele\"\n    Then the deletion is accepted\n";

/// A folder with the tutorial `t`: a feature for each text, all of the last one's if it is tagged as clean-up.
fn folder(features: &[(&str, &[(&str, &str)])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tutorial = folder.path().join("features/t");
    fs::create_dir_all(&tutorial).unwrap();
    for (number, (tags, scenarios)) in (1..).zip(features) {
        let scenarios: String = scenarios.iter().map(|(name, steps)| format!("  Scenario: {name}\n{steps}")).collect();
        let text = format!("{tags}\nFeature: f{number}\n{scenarios}");
        fs::write(tutorial.join(format!("{number}.feature")), text).unwrap();
    }
    folder
}

fn harness(folder: &TempDir) -> Harness {
    Harness::new(folder.path().join("features")).recordings(folder.path().join("recordings"))
}

fn record(folder: &TempDir, name: &str, text: &str) {
    let recordings = folder.path().join("recordings/t");
    fs::create_dir_all(&recordings).unwrap();
    fs::write(recordings.join(name), text).unwrap();
}

fn arguments(given: &[&str]) -> Arguments {
    Arguments::from_iter(["tests", "--logfile", "/dev/null"].iter().chain(given))
}

fn names(harness: &Harness) -> Vec<String> {
    let trials = harness.trials(&arguments(&["--list"])).unwrap();
    trials.iter().map(|trial| trial.name().to_owned()).collect()
}

/// Returns how many tests passed and failed.
fn counts(harness: &Harness, given: &[&str]) -> (u64, u64) {
    let arguments = arguments(given);
    let Conclusion { num_passed, num_failed, .. } = libtest_mimic::run(&arguments, harness.trials(&arguments).unwrap());
    (num_passed, num_failed)
}

/// The recording of a read of all users, with a property that Graph's metadata does not have.
fn drifting() -> String {
    let body = json!({"value": [], "unheardOf": 1}).to_string();
    let request = json!({"method": "GET", "url": "https://graph.microsoft.com/v1.0/users", "headers": []});
    let content = json!({"mimeType": "application/json", "text": body});
    let headers = json!([{"name": "Content-Type", "value": "application/json"}]);
    let response = json!({"status": 200, "headers": headers, "content": content});
    let entry = json!({
        "startedDateTime": "2026-01-01T08:00:00Z", "request": request, "response": response,
        "_actor": "administrator", "_step": 1, "_provenance": "published",
    });
    json!({"log": {"version": "1.2", "_tutorial": "t", "entries": [entry]}}).to_string()
}

#[test]
fn every_scenario_is_a_test_in_every_session() {
    let folder = folder(&[("@step-1", &[("It is read", READS), ("And again", READS)])]);
    assert_eq!(
        names(&harness(&folder)),
        ["t::emulator::step_1::It_is_read", "t::emulator::step_1::And_again", "t::emulator::the_whole_session"]
    );
    record(&folder, "a.har", &drifting());
    record(&folder, PUBLISHED, &drifting());
    let names = names(&harness(&folder));
    let sessions: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix("::the_whole_session")).collect();
    assert_eq!(sessions, ["t::published.har", "t::a.har", "t::emulator"]);
    assert_eq!(names.last().unwrap(), "t::emulator::the_report_is_that_of_a_recording");
}

#[test]
fn a_blocked_scenario_is_a_failed_test() {
    let folder = folder(&[("@step-1", &[("reads", READS), ("fails", FAILS), ("is blocked", READS)])]);
    let harness = harness(&folder);
    assert_eq!(counts(&harness, &[]), (2, 2));
    assert_eq!(counts(&harness, &["is_blocked"]), (0, 1));
    assert_eq!(counts(&harness, &["--skip", "fails", "--skip", "blocked"]), (2, 0));
}

#[test]
fn a_selected_scenario_plays_those_before_it_and_no_later_step() {
    let read = "    When the administrator sends GET \"/v1.0/users/{Adele}\"\n    Then the status is 200\n";
    let moves_on = "    Given 300 days have passed\n";
    let folder = folder(&[
        ("@step-1", &[("creates", CREATES)]),
        ("@step-2", &[("reads", read)]),
        ("@step-3", &[("moves on", moves_on)]),
        ("@step-4 @clean-up", &[("deletes", DELETES)]),
    ]);
    let harness = harness(&folder);
    let name = "t::emulator::step_2::reads";
    assert_eq!(counts(&harness, &["--exact", name]), (1, 0));
    let played = |given: &[&str]| {
        let groups = harness.groups(
            &Library::from_folder(&harness.features).unwrap(),
            "t",
            &Arc::new(Settings::default()),
            &arguments(given),
        );
        groups.unwrap().into_iter().map(|group| (group.through, group.is_wanted())).collect::<Vec<_>>()
    };
    assert_eq!(played(&["--exact", name]), [(Some(2), true)]);
    assert_eq!(played(&["step_4"]), [(None, true)]);
    assert_eq!(played(&["the_whole_session"]), [(None, true)]);
    assert_eq!(played(&["--exact", "reads"]), [(None, false)]);
    assert_eq!(counts(&harness, &["step_4"]), (1, 0));
}

#[test]
fn an_object_left_behind_fails_the_whole_session() {
    let folder = folder(&[("@step-1", &[("creates", CREATES)])]);
    let harness = harness(&folder);
    assert_eq!(counts(&harness, &["step_1"]), (1, 0));
    assert_eq!(counts(&harness, &["the_whole_session"]), (0, 1));
}

#[test]
fn drift_fails_unless_the_harness_is_lenient_and_is_no_report_of_the_emulator() {
    let folder = folder(&[("@step-1", &[("reads", READS)])]);
    record(&folder, PUBLISHED, &drifting());
    let strict = harness(&folder);
    assert_eq!(counts(&strict, &["published.har::step_1"]), (0, 1));
    let lenient = strict.strict(false);
    assert_eq!(counts(&lenient, &["published.har::step_1"]), (1, 0));
    assert_eq!(counts(&lenient, &["the_report_is_that_of_a_recording"]), (0, 1));
}

#[test]
fn a_recorded_exchange_that_nothing_asks_for_fails_the_whole_session() {
    let feature = "    When the administrator sends GET \"/v1.0/users\"\n";
    let folder = folder(&[("@step-1", &[("reads", feature)])]);
    let mut har: serde_json::Value = serde_json::from_str(&drifting().replace(r#",\"unheardOf\":1"#, "")).unwrap();
    record(&folder, PUBLISHED, &har.to_string());
    assert_eq!(counts(&harness(&folder), &["published.har"]), (2, 0));
    let mut other = har["log"]["entries"][0].clone();
    other["request"]["url"] = "https://graph.microsoft.com/v1.0/groups".into();
    har["log"]["entries"].as_array_mut().unwrap().push(other);
    record(&folder, PUBLISHED, &har.to_string());
    assert_eq!(counts(&harness(&folder), &["published.har"]), (1, 1));
}

#[test]
fn a_recording_that_cannot_be_read_fails_every_test_of_it() {
    let folder = folder(&[("@step-1", &[("reads", READS)])]);
    record(&folder, "broken.har", "{");
    assert_eq!(counts(&harness(&folder), &["broken.har"]), (0, 2));
    assert_eq!(counts(&harness(&folder), &["emulator::step_1"]), (1, 0));
}

#[test]
fn nothing_verified_is_never_success() {
    let empty = tempfile::tempdir().unwrap();
    let code = |harness: &Harness| harness.trials(&arguments(&[])).map(|trials| trials.len()).unwrap_err()[0].code;
    assert_eq!(code(&Harness::new(empty.path())), "no-features");
    assert_eq!(code(&Harness::new(empty.path().join("none"))), "features");
    let folder = folder(&[("@step-1", &[("reads", READS)])]);
    assert_eq!(code(&harness(&folder).backends([PlayedOn::Recordings])), "harness");
    fs::write(folder.path().join("features/t/2.feature"), "Feature: x\n  Scenario: y\n    When z\n").unwrap();
    assert_eq!(code(&harness(&folder)), "undefined-step");
}

#[test]
fn the_emulated_tenant_is_set_up_as_the_seed_says() {
    let seeded = "    When the administrator sends GET \"/v1.0/users/grady@contoso.com\"\n    Then the status is 200\n";
    let folder = folder(&[("@step-1", &[("is there", seeded)])]);
    assert_eq!(counts(&harness(&folder), &["step_1"]), (0, 1));
    let seed = folder.path().join("seed.yaml");
    let text =
        "tenant: {domains: [contoso.com]}\nusers:\n  - {userPrincipalName: grady@contoso.com, displayName: Grady}\n";
    fs::write(&seed, text).unwrap();
    assert_eq!(counts(&harness(&folder).seed(&seed), &["step_1"]), (1, 0));
    fs::write(&seed, "users: 5\n").unwrap();
    assert_eq!(harness(&folder).seed(&seed).trials(&arguments(&[])).unwrap_err()[0].code, "seed");
}

#[test]
fn a_real_tenant_is_played_on_only_where_the_variable_is_set() {
    let folder = folder(&[("@step-1", &[("reads", READS)])]);
    let unset = harness(&folder).live_if_set("GRAPHWALK_HARNESS_TEST_IS_NEVER_SET");
    assert!(!names(&unset).iter().any(|name| name.contains("::live::")));
    // This one is always set.
    let set = harness(&folder).live_if_set("PATH");
    assert!(names(&set).contains(&"t::live::step_1::reads".to_owned()));
    // Nothing is configured here, so that nothing is sent; and where no live test is selected nothing is asked.
    assert!(set.trials(&arguments(&["live"])).is_err());
    assert_eq!(counts(&set, &["emulator::step_1"]), (1, 0));
}

/// Serves an emulated tenant on loopback until the process ends, and returns it with its address.
fn served_tenant() -> (Emulator, String) {
    let seed = "tenant: {id: 5f0a1c1e-0000-4000-8000-000000000001, domains: [fabrikam.onmicrosoft.com]}\n\
                administrator: {displayName: Rhoda, password: Canary-7b1e-admin!}\n\
                apps: [{clientId: 11111111-2222-4333-8444-555555555555, name: graphwalk}]\n";
    let settings = Settings {
        seed: Seed::parse(seed).unwrap(),
        clock: graphwalk_emulator::ClockPace::REAL,
        ..Settings::default()
    };
    let emulator = Emulator::new(settings, Schemas::embedded()).unwrap();
    let (sender, origin) = std::sync::mpsc::channel();
    let service = Arc::new(emulator.clone());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let server = graphwalk_emulator::server::Server::bind("127.0.0.1:0".parse().unwrap()).unwrap();
            sender.send(server.origin()).unwrap();
            server.run(service, std::future::pending()).await;
        });
    });
    (emulator, origin.recv().unwrap())
}

/// Plays the tutorial of the working directory on the configured tenant.
#[test]
#[ignore = "a part of the test below, which runs it in a process with a configuration"]
fn plays_on_the_configured_tenant() {
    let harness = Harness::new("features").backends([]).live_if_set("PATH");
    assert_eq!(counts(&harness, &["live::step_1"]), (1, 0));
}

#[test]
fn a_live_test_plays_on_the_configured_tenant_and_deletes_what_it_created() {
    let folder = folder(&[
        ("@step-1", &[("creates", CREATES)]),
        ("@step-2", &[("fails", FAILS)]),
        (
            "@step-3 @clean-up",
            &[("deletes", DELETES), ("is gone", "    Then the user \"Adele\" is gone within 1 minute\n")],
        ),
    ]);
    let (emulator, origin) = served_tenant();
    let configuration = format!(
        "tenant = \"fabrikam.onmicrosoft.com\"\nbase-url = \"{origin}\"\nauthority = \"{origin}\"\nresource = \"{origin}\"\n\
         token-cache = \"off\"\n[timeouts]\npoll = 1\nsettle = 1\n[actors.administrator]\nsign-in = \"password\"\n\
         client-id = \"11111111-2222-4333-8444-555555555555\"\nusername = \"admin@fabrikam.onmicrosoft.com\"\n\
         password-env = \"TEST_PASSWORD\"\n"
    );
    fs::write(folder.path().join("graphwalk.toml"), configuration).unwrap();
    let play = |allowed: &str| {
        let mut program = std::process::Command::new(std::env::current_exe().unwrap());
        program.args(["--exact", "harness::tests::plays_on_the_configured_tenant", "--ignored", "--nocapture"]);
        program.env("TEST_PASSWORD", "Canary-7b1e-admin!").env("GRAPHWALK_ALLOW_WRITES", allowed);
        let output = program.current_dir(folder.path()).output().unwrap();
        (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
    };
    let before = emulator.user_names();
    let (passed, told) = play("false");
    assert!(!passed && told.contains("nothing was sent"), "{told}");
    let (passed, told) = play("true");
    assert!(passed && told.contains("1 passed"), "{told}");
    assert_eq!(emulator.user_names(), before);
    assert_eq!(fs::read_dir(folder.path().join(".graphwalk/runs")).unwrap().count(), 2, "the run, and .gitignore");
}

#[test]
fn the_example_of_the_documentation_names_this_version() {
    let (version, _) = env!("CARGO_PKG_VERSION").rsplit_once('.').unwrap();
    assert!(include_str!("mod.rs").contains(&format!("//! graphwalk = \"{version}\"\n")), "{version}");
}
