//! Configuration and runs, through the program.

use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;

/// The program in `folder`, without the variables of whoever runs the tests.
fn graphwalk(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GRAPHWALK_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).args(arguments);
    command
}

#[test]
fn a_first_file_is_written_read_and_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    graphwalk(folder.path(), &["init"]).assert().success().stdout(predicate::str::starts_with("wrote graphwalk.toml"));
    graphwalk(folder.path(), &["config", "show"]).assert().success();
    graphwalk(folder.path(), &["init"])
        .assert()
        .code(2)
        .stderr(predicate::str::contains("graphwalk.toml already exists"));
    graphwalk(folder.path(), &["init", "--force"]).assert().success();
}

#[test]
fn file_variable_and_flag_override_one_another() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("graphwalk.toml"), "tenant = \"file.example\"\ncloud = \"usgov\"\n").unwrap();
    let below = folder.path().join("a/b");
    std::fs::create_dir_all(&below).unwrap();
    let tenant = |variable: Option<&str>, flag: Option<&str>| {
        let mut command = graphwalk(&below, &["config", "show", "--json"]);
        command.envs(variable.map(|value| ("GRAPHWALK_TENANT", value)));
        command.args(flag.iter().flat_map(|value| ["--tenant", value]));
        let output = command.assert().success().get_output().stdout.clone();
        let rows: serde_json::Value = serde_json::from_slice(&output).unwrap();
        assert_eq!(rows[2]["value"], "https://graph.microsoft.us");
        rows[0]["value"].as_str().unwrap().to_owned()
    };
    assert_eq!(tenant(None, None), "file.example");
    assert_eq!(tenant(Some("variable.example"), None), "variable.example");
    assert_eq!(tenant(Some("variable.example"), Some("flag.example")), "flag.example");
}

#[test]
fn a_misspelt_key_ends_the_program_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.toml"), "\ntenannt = \"canary\"\n").unwrap();
    let assert = graphwalk(folder.path(), &["runs", "--config", "mine.toml"]).assert().code(2);
    assert
        .stderr(predicate::str::contains("mine.toml:2:1"))
        .stderr(predicate::str::contains("did you mean tenant?"))
        .stderr(predicate::str::contains("canary").not());
}

#[test]
fn a_run_that_was_killed_is_listed_with_what_it_left() {
    use graphwalk::runs::{NewRun, Runs};
    use graphwalk::session::journal::{JournalObject, PropertySearch};

    let folder = tempfile::tempdir().unwrap();
    let new = NewRun { tutorial: "t".into(), tenant: "x".into(), base_url: "https://graph.example".into() };
    let runs = Runs::in_folder(folder.path().join(".graphwalk/runs"));
    let (run, mut journal) = runs.begin("2026-11-25T01:27:00Z".parse().unwrap(), new).unwrap();
    let search = PropertySearch { property: "mailNickname".into(), value: run.run().mark().name("readers") };
    let _unanswered = journal
        .intend(JournalObject {
            resource: graphwalk_catalog::Resource::named("group").unwrap(),
            name: "Readers".into(),
            search,
        })
        .unwrap();

    let listed = || {
        let output = graphwalk(folder.path(), &["runs"]).assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    };
    // While this process holds the run, another one sees that it is held.
    assert!(listed().contains(&format!("{}  running", run.run())), "{}", listed());
    let id = run.run().clone();
    drop(run);
    let output = listed();
    assert!(output.contains(&format!("{id}  killed")), "{output}");
    assert!(output.contains("in the tenant: 1 group"), "{output}");
    assert!(output.contains(&format!("`graphwalk clean {id}`")), "{output}");
}
