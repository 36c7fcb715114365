//! Messages grow while the run plays, and hold as many exchanges as are wanted.

use assert_cmd::cargo::cargo_bin_cmd;

use super::{PUBLISHED, Reports, failing};

fn exchanges(text: &str) -> usize {
    text.matches("application/vnd.graphwalk.exchange+json").count()
}

#[test]
fn of_many_sessions_only_failed_scenarios_keep_their_exchanges() {
    let folder = tempfile::tempdir().unwrap();
    for (name, har) in [("a", PUBLISHED.to_owned()), ("b", failing())] {
        std::fs::write(folder.path().join(format!("{name}.har")), har).unwrap();
    }
    let run = |extra: &[&str]| {
        let mut command = cargo_bin_cmd!("graphwalk");
        command.current_dir(folder.path()).args(["run", "--recording", ".", "--messages", "run.ndjson"]).args(extra);
        command.assert().code(1);
        std::fs::read_to_string(folder.path().join("run.ndjson")).unwrap()
    };
    let (partial, full) = (run(&[]), run(&["--messages-full"]));
    let (few, all) = (exchanges(&partial), exchanges(&full));
    assert!(few > 0 && few < 10, "{few} of {all}");
    assert!(all > 60, "{all}");
    // Nothing else is left out.
    let others = |text: &str| text.lines().filter(|line| exchanges(line) == 0).count();
    assert_eq!(others(&partial), others(&full));
}

#[test]
fn the_reports_made_of_partial_messages_are_the_same() {
    let reports = Reports::of(&[PUBLISHED, &failing()], 1);
    let mut command = cargo_bin_cmd!("graphwalk");
    command.current_dir(reports.folder.path()).args(["report", "run.ndjson", "--junit", "later.xml"]);
    command.args(["--json", "later-jvm.json", "--ctrf", "later-ctrf.json"]);
    command.args(["--report", "cucumber-json-ruby=later-ruby.json"]).assert().success();
    for (at_once, later) in [
        ("junit.xml", "later.xml"),
        ("jvm.json", "later-jvm.json"),
        ("ruby.json", "later-ruby.json"),
        ("ctrf.json", "later-ctrf.json"),
    ] {
        assert_eq!(reports.text(at_once), reports.text(later), "{at_once}");
    }
}

#[test]
fn attachments_have_names_that_say_what_they_are() {
    let text = Reports::of(&[&failing()], 1).text("run.ndjson");
    for name in ["exchange-001-post-201.json", "observation-status.json", "session.json", "failure.json"] {
        assert!(text.contains(&format!("\"fileName\":\"{name}\"")), "{name}");
    }
    // A viewer shows all that is told of a failure, with its place.
    let failed = text.lines().find(|line| line.contains("\"status\":\"FAILED\"")).unwrap();
    let failed: serde_json::Value = serde_json::from_str(failed).unwrap();
    let told = failed["testStepFinished"]["testStepResult"]["exception"]["stackTrace"].as_str().unwrap();
    assert!(told.contains("08-confirm-outcome.feature:"), "{told}");
}

#[cfg(unix)]
#[test]
fn messages_of_a_scenario_are_written_before_the_next_one_ends() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().unwrap();
    let (pipe, printed) = (folder.path().join("run.ndjson"), folder.path().join("printed"));
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("graphwalk"))
        .current_dir(folder.path())
        .args(["run", "--messages", "run.ndjson"])
        .stdout(Stdio::from(std::fs::File::create(&printed).unwrap()))
        .spawn()
        .unwrap();
    // A pipe holds less than a run: who writes it waits for who reads it.
    let mut lines = BufReader::with_capacity(1, std::fs::File::open(&pipe).unwrap()).lines();
    let first = lines.find(|line| line.as_ref().unwrap().starts_with("{\"testCaseFinished\""));
    assert!(first.is_some());
    let told = std::fs::read_to_string(&printed).unwrap();
    assert!(!told.contains("Delete the user Adele Vance"), "all was played before anything was written: {told}");
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(child.wait().unwrap().success());
    let count = |name: &str| rest.iter().filter(|line| line.starts_with(&format!("{{\"{name}\""))).count();
    // Each is written once, and the end is written too.
    assert_eq!((count("testCaseFinished"), count("testRunHookFinished"), count("testRunFinished")), (30, 1, 1));
    assert!(std::fs::read_to_string(&printed).unwrap().contains("Delete the user Adele Vance"));
}
