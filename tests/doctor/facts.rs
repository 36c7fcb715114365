//! The tables of the doctor against what they are copied from, and against what the tutorial does.

use std::collections::{BTreeMap, BTreeSet};

use assert_cmd::Command;
use graphwalk::doctor::{CALLS, Needs, When};
use graphwalk_catalog::Scheme;
use serde_json::Value;

#[test]
fn the_least_permission_of_each_call_is_one_that_somebody_would_grant() {
    let least = |scheme| -> BTreeMap<String, &str> {
        let of = |call: &&&graphwalk::doctor::Call| call.permissions(scheme).first().copied();
        let calls = CALLS.iter().filter_map(|call| Some((format!("{} {}", call.method, call.path), of(&call)?)));
        calls.collect()
    };
    insta::assert_debug_snapshot!(least(Scheme::DelegatedWork));
    insta::assert_debug_snapshot!(least(Scheme::Application));
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
