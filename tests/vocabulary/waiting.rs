//! Asking again until a status or a count comes.

use graphwalk::runner::Recorder;
use graphwalk::runner::sessions::{Run, SessionSource};
use graphwalk_recording::redact::Public;
use serde_json::{Value, json};

use crate::{Bench, all_passed, emulator, endings, entry};

fn list(second: u32, count: usize) -> Value {
    let items: Vec<Value> = (0..count).map(|id| json!({"id": id.to_string()})).collect();
    entry(second, "GET /v1.0/x", 200, &[], &json!({"value": items}))
}

fn polls(until: &str) -> Bench {
    Bench::new(&format!("  Scenario: s\n    When the administrator polls \"/v1.0/x\" until {until} within 2 minutes\n"))
}

#[test]
fn a_count_is_waited_for() {
    for until in
        ["\"$.value[*]\" finds 2 values", "\"$.value[*]\" finds at least 2 values", "\"$.value[1].id\" is \"1\""]
    {
        all_passed(&polls(until).replay(&[list(0, 0), list(1, 1), list(2, 2)]));
    }
    all_passed(&polls("\"$.value[*]\" finds at least 2 values").replay(&[list(0, 0), list(1, 3)]));
    let endings = endings(&polls("\"$.value[*]\" finds 2 values").replay(&[list(0, 0), list(1, 3)]));
    assert_eq!((endings[0].1.as_str(), endings[0].2.as_str()), ("poll", "$.value[*] never found 2 values"));
}

#[test]
fn a_status_is_waited_for() {
    let missing = entry(0, "GET /v1.0/x", 404, &[], &json!({"error": {"code": "NotFound", "message": "x"}}));
    all_passed(&polls("the status is 200").replay(&[missing.clone(), list(1, 0)]));
    let endings = endings(&polls("the status is 200").replay(&[missing]));
    assert_eq!((endings[0].1.as_str(), endings[0].2.as_str()), ("poll", "the status never became 200"));
}

const MOMENT: &str = r#"  Scenario: s
    When the administrator sends POST "/v1.0/groups"
      """
      {"displayName": "R", "mailEnabled": false, "mailNickname": "r", "securityEnabled": true, "description": "{now+5h} {guid}"}
      """
    Then the status is 201
    And "$.description" matches "^2026-01-05T14:00:0[0-9]Z "
    And the answer holds what was sent
"#;

#[test]
fn what_is_otherwise_each_time_is_not_compared_when_its_recording_is_replayed() {
    let bench = Bench::new(MOMENT);
    let mut public = Public::new();
    public.add_schema("group", &json!({"properties": {"description": {"type": "string"}}}));
    let recorder = Some(Recorder::of_public(public));
    let outcome = Run { recorder, ..Run::new(bench.plan()) }.outcomes(&[emulator()]).remove(0);
    all_passed(&outcome);
    assert_eq!(outcome.recorded.unwrap().recording.volatile, ["/description"]);
}

/// What a feature counts from now stands in the path, too, and the session stands at another moment when it is replayed.
#[test]
fn a_moment_in_a_path_is_replayed_by_its_distance_from_now() {
    let steps = |path: &str| {
        Bench::new(&format!(
            "  Scenario: s\n    When the administrator sends GET \"/v1.0/x\"\n    \
             When the administrator sends GET \"{path}\"\n    Then \"$.a\" is 1\n"
        ))
    };
    let recorded =
        |path: &str| [entry(0, "GET /v1.0/x", 200, &[], &json!({})), entry(50, path, 200, &[], &json!({"a": 1}))];
    let query = |moment: &str| format!("/v1.0/y?$filter=createdDateTime ge {moment}");
    all_passed(&steps(&query("{now-1h}")).replay(&recorded(&format!("GET {}", query("2022-02-11T07:00:50Z")))));
    all_passed(&steps("/v1.0/y/f(from={now})").replay(&recorded("GET /v1.0/y/f(from=2022-02-11T08:00:50Z)")));
    let other = steps(&query("{now-2h}")).replay(&recorded(&format!("GET {}", query("2022-02-11T07:00:50Z"))));
    let endings = endings(&other);
    assert!(endings[0].2.contains("nothing was recorded"), "{endings:?}");
}

const TWO_WAITS: &str = r#"  Scenario: s
    When the administrator sends GET "/v1.0/organization"
    Given 2 days have passed
    When the administrator sends GET "/v1.0/organization"
    Then the status is 200
    Given the time "{today+9}T00:00:00Z" has come
    When the administrator sends GET "/v1.0/organization"
    Then the status is 200
"#;

#[test]
fn a_recording_keeps_each_wait_and_its_replay_waits_for_each() {
    let bench = Bench::new(TWO_WAITS);
    let recorder = Some(Recorder::of_public(Public::new()));
    let outcome = Run { recorder, ..Run::new(bench.plan()) }.outcomes(&[emulator()]).remove(0);
    all_passed(&outcome);
    let recording = outcome.recorded.unwrap().recording;
    let waits: Vec<String> = recording.waits.iter().map(ToString::to_string).collect();
    assert_eq!(waits, ["2026-01-07T09:00:00Z", "2026-01-14T00:00:00Z"]);
    let file = bench.path().join("x.har");
    std::fs::write(&file, recording.to_har()).unwrap();
    let replayed = bench.play(SessionSource::File(file));
    all_passed(&replayed);
    assert_eq!(replayed.unused, Vec::<String>::new());
}

#[test]
fn who_does_not_wait_reads_what_came_before_the_wait() {
    let steps = "  Scenario: s\n    When the administrator sends GET \"/v1.0/x\"\n    \
                 When the administrator sends GET \"/v1.0/x\"\n    Then \"$.a\" is 1\n    Given 5 days have passed\n    \
                 When the administrator sends GET \"/v1.0/x\"\n    Then \"$.a\" is 2\n";
    let at = |day: u8, value: u8| {
        let mut entry = entry(0, "GET /v1.0/x", 200, &[], &json!({"a": value}));
        entry["startedDateTime"] = format!("2022-02-{day}T08:00:00Z").into();
        entry
    };
    let log = json!({"_finish": {"by": "stop"}, "_waits": ["2022-02-15T08:00:00Z"], "entries": [at(10, 1), at(15, 2)]});
    all_passed(&Bench::new(steps).replay_log(log));
}
