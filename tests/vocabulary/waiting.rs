//! Asking again until a status or a count comes.

use graphwalk::runner::Recorder;
use graphwalk::runner::sessions::Run;
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
    let recorder = Some(Recorder { public });
    let outcome = Run { recorder, ..Run::new(bench.plan()) }.outcomes(&[emulator()]).remove(0);
    all_passed(&outcome);
    assert_eq!(outcome.recorded.unwrap().recording.volatile, ["/description"]);
}
