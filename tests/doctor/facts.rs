//! What the doctor finds out of a tutorial against what the tutorial does, and the permissions of each call.

use std::collections::{BTreeMap, BTreeSet};

use assert_cmd::Command;
use graphwalk::config::{Config, Sources};
use graphwalk::doctor::{NeededCall, Needs, StepNeeds};
use graphwalk::tutorial::Library;
use graphwalk_catalog::Scheme;
use graphwalk_schema::Schemas;
use serde_json::Value;

async fn needs() -> Needs {
    let folder = tempfile::tempdir().unwrap();
    let config = Config::load(&Sources { directory: folder.path().to_owned(), ..Sources::default() }).unwrap();
    Needs::find(&Library::embedded(), None, &Schemas::embedded(), &config, &[]).await.unwrap()
}

#[tokio::test]
async fn the_least_permission_of_each_call_is_one_that_somebody_would_grant() {
    let needs = needs().await;
    let calls: Vec<&NeededCall> = needs.steps.iter().flat_map(|step| &step.calls).map(|made| &made.call).collect();
    let least = |scheme| -> BTreeMap<String, &str> {
        let of = |call: &&NeededCall| call.permissions(scheme).first().copied();
        calls.iter().filter_map(|call| Some((format!("{} {}", call.method, call.path), of(call)?))).collect()
    };
    insta::assert_debug_snapshot!(least(Scheme::DelegatedWork));
    insta::assert_debug_snapshot!(least(Scheme::Application));
}

#[tokio::test]
async fn the_calls_of_each_step_are_those_that_the_tutorial_makes() {
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
    let needs = needs().await;
    // Answers are lost, and reviews stopped, on other days than this.
    let of_step = |step: &StepNeeds| -> Vec<(u64, String, String)> {
        let is_made = |call: &NeededCall| !call.path.ends_with("/stop");
        let calls = step.calls.iter().filter(|made| !made.after_loss && is_made(&made.call));
        calls
            .map(|made| {
                (
                    u64::from(step.number),
                    made.actor.clone(),
                    format!("{} {}", made.call.method, made.call.path.to_lowercase()),
                )
            })
            .collect()
    };
    let needed: BTreeSet<_> = needs.steps.iter().flat_map(of_step).collect();
    assert_eq!(played, needed);
    let all = needs.steps.iter().map(|step| step.calls.len()).sum::<usize>();
    assert_eq!(all, needed.len() + 4);
    for made in needs.steps.iter().flat_map(|step| &step.calls) {
        assert!(!made.places.is_empty(), "{made:?}");
    }
}

/// Step, actor, method and path with `{id}` for ids.
fn call_of(entry: &Value) -> (u64, String, String) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let url: url::Url = text(&entry["request"]["url"]).parse().unwrap();
    let segment = |segment: &str| match segment {
        id if uuid::Uuid::try_parse(id).is_ok() || id.contains('@') => "{id}".to_owned(),
        filter if filter.starts_with("filterByCurrentUser(") => "filterbycurrentuser".to_owned(),
        other => other.to_lowercase(),
    };
    let path: Vec<String> = url.path_segments().unwrap().skip(1).map(segment).collect();
    let call = format!("{} /{}", text(&entry["request"]["method"]), path.join("/"));
    (entry["_step"].as_u64().unwrap(), text(&entry["_actor"]), call)
}
