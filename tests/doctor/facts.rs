//! The tables of the doctor against what they are copied from, and against what the tutorial does.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use assert_cmd::Command;
use graphwalk::doctor::{CALLS, NEWER_THAN_THE_TABLE, Needs, When};
use serde_json::Value;

/// Permissions of Graph's table that the doctor leaves out on purpose, by what their names begin with.
const LEFT_OUT: [&str; 8] = [
    "AgentIdUser.",
    "DeviceManagement",
    "Group-",
    "Group.ManageProtection.",
    "User.ReadWrite.CrossCloud",
    "User.Read",
    "User.ReadWrite",
    "User-",
];

/// Method and path, scheme → permission → whether it is a least one.
type Table = BTreeMap<(String, String), BTreeMap<String, BTreeMap<String, bool>>>;

fn graphs_table(text: &str) -> Table {
    let document: Value = serde_json::from_str(text).unwrap();
    let mut table = Table::new();
    for (name, permission) in document["permissions"].as_object().unwrap() {
        for set in permission["pathSets"].as_array().unwrap() {
            for (path, options) in set["paths"].as_object().unwrap() {
                let least = options.as_str().unwrap().strip_prefix("least=").unwrap_or_default();
                for (method, scheme) in
                    set["methods"].as_array().unwrap().iter().flat_map(|method| {
                        set["schemeKeys"].as_array().unwrap().iter().map(move |scheme| (method, scheme))
                    })
                {
                    let (method, scheme) = (method.as_str().unwrap(), scheme.as_str().unwrap());
                    let of = table.entry((method.to_owned(), path.clone())).or_default();
                    let is_least = least.split(',').any(|least| least == scheme);
                    let known = of.entry(scheme.to_owned()).or_default().entry(name.clone()).or_default();
                    *known |= is_least;
                }
            }
        }
    }
    table
}

#[test]
fn permissions_are_those_of_graphs_own_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/permissions.json");
    // Graph's table has three megabytes and stays where it comes from: where it is at hand the copy is compared.
    let Ok(text) = std::fs::read_to_string(file) else { return };
    let table = graphs_table(&text);
    for call in CALLS {
        let key = (call.method.to_owned(), call.path.to_owned());
        let of = table.get(&key).unwrap_or_else(|| panic!("{key:?} is not in Graph's table"));
        for (scheme, ours) in [("DelegatedWork", call.delegated), ("Application", call.application)] {
            let empty = BTreeMap::new();
            let theirs = of.get(scheme).unwrap_or(&empty);
            let left_out = |name: &str| {
                LEFT_OUT.iter().any(|prefix| {
                    if prefix.ends_with(['.', '-', 't']) { name.starts_with(prefix) } else { name == *prefix }
                })
            };
            let expected: BTreeSet<&str> = theirs.keys().map(String::as_str).filter(|name| !left_out(name)).collect();
            let found: BTreeSet<&str> =
                ours.iter().copied().filter(|name| !NEWER_THAN_THE_TABLE.contains(name)).collect();
            assert_eq!(found, expected, "{key:?} {scheme}");
            if let Some(first) = ours.first() {
                let least: Vec<&str> = expected.iter().copied().filter(|name| theirs[*name]).collect();
                assert!(least.is_empty() || least.contains(first), "{key:?} {scheme}: {first} is not of {least:?}");
            }
        }
    }
}

#[test]
fn the_calls_of_each_step_are_those_that_the_tutorial_makes() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    command.current_dir(folder.path());
    command
        .args(["record", "--on", "emulator", "--now", "2026-01-05T09:00:00Z", "--out", "played.har"])
        .assert()
        .success();
    let text = std::fs::read_to_string(folder.path().join("played.har")).unwrap();
    let har: Value = serde_json::from_str(&text).unwrap();
    let played: BTreeSet<(u64, String, String)> =
        har["log"]["entries"].as_array().unwrap().iter().map(call_of).collect();
    let needs = Needs::of(None).unwrap();
    let of_step = |made: fn(When) -> bool| -> BTreeSet<(u64, String, String)> {
        let step = |step: &'static graphwalk::doctor::StepNeeds| {
            let calls = step.calls.iter().filter(move |needed| made(needed.when));
            calls.map(|needed| {
                let call = format!("{} {}", needed.call.method, needed.call.path);
                (u64::from(step.number), needed.actor.to_owned(), call)
            })
        };
        needs.steps.iter().flat_map(step).collect()
    };
    // Answers are lost, and reviews stopped, on other days than this.
    let always = of_step(|when| matches!(when, When::Always | When::ReviewByApi));
    assert_eq!(played, always);
    assert_eq!(of_step(|_| true).len(), always.len() + 4);
}

/// Step, actor, method and path in the form of Graph's table.
fn call_of(entry: &Value) -> (u64, String, String) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let url: url::Url = text(&entry["request"]["url"]).parse().unwrap();
    let segment = |segment: &str| match segment {
        id if uuid::Uuid::try_parse(id).is_ok() || id.contains('@') => "{id}".to_owned(),
        filter if filter.starts_with("filterByCurrentUser(") => "filterbycurrentuser(on={value})".to_owned(),
        other => other.to_lowercase(),
    };
    let path: Vec<String> = url.path_segments().unwrap().skip(1).map(segment).collect();
    let call = format!("{} /{}", text(&entry["request"]["method"]), path.join("/"));
    (entry["_step"].as_u64().unwrap(), text(&entry["_actor"]), call)
}
