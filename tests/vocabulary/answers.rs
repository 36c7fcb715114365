//! What the last answer holds.

use graphwalk::runner::Verdict;
use serde_json::{Value, json};

use crate::{Bench, all_passed, each, endings, entry, sent};

fn body() -> Value {
    json!({"status": "InProgress", "count": 5, "at": "2022-02-11T08:00:00Z", "tags": ["a", "b"], "none": null,
        "value": [{"id": "1"}, {"id": "2"}]})
}

/// What comes of each step, looking at the same answer.
fn told(steps: &[&str]) -> Vec<(Verdict, String)> {
    let bench = Bench::with_feature(&format!("@clean-up\nFeature: f\n{}", each(steps)));
    let headers = [("ETag", "W/\"abc\""), ("Location", "https://graph.microsoft.com/v1.0/x/1")];
    let outcome = bench.replay(&[entry(0, "GET /v1.0/x", 200, &headers, &body())]);
    endings(&outcome).into_iter().map(|(verdict, _, message)| (verdict, message)).collect()
}

#[test]
fn a_list_that_is_named_is_not_counted_as_one_value() {
    for step in [
        "\"$.value\" finds 1 value",
        "\"$.value\" finds 2 values",
        "\"$.value\" finds at least 1 value",
        "\"$['tags']\" finds exactly:\n      | a |",
        "the administrator polls \"/v1.0/x\" until \"$.value\" finds 1 value within 1 minute",
    ] {
        let (verdict, message) = told(&[step]).remove(0);
        assert_eq!(verdict, Verdict::Failed, "{step}");
        assert!(message.contains("finds one value, a list of 2, and not the members of the list"), "{step}: {message}");
    }
    // One value that is no list is counted, and so is a list in each of several places.

    for (verdict, message) in
        told(&["\"$.count\" finds 1 value", "\"$.value[*].id\" finds exactly:\n      | 1 |\n      | 2 |"])
    {
        assert_eq!(verdict, Verdict::Passed, "{message}");
    }
}

#[test]
fn comparisons_that_hold_pass() {
    let steps = [
        "the status is one of 200, 204",
        "the status is one of 201 or 200",
        "\"$.status\" is one of \"Done\", \"InProgress\"",
        "\"$.none\" is one of 5 or null",
        "\"$.status\" contains \"Progress\"",
        "\"$.tags\" contains \"b\"",
        "\"$.count\" is greater than 4",
        "\"$.count\" is less than 5.5",
        "\"$.at\" is greater than \"2022-02-11T07:59:59.999Z\"",
        "\"$.at\" is less than \"{today+1}T00:00:00Z\"",
        "\"$.value[*]\" finds at least 2 values",
        "\"$.value[*]\" finds at least 1 value",
        "the header \"etag\" is 'W/\"abc\"'",
        "the header \"Location\" contains \"/x/\"",
        "the header \"Location\" matches \"^https://.+/[0-9]$\"",
        "the header \"Retry-After\" is absent",
    ];
    let told = told(&steps);
    assert!(told.iter().all(|(verdict, _)| *verdict == Verdict::Passed), "{told:?}");
    assert_eq!(told.len(), steps.len());
}

#[test]
fn comparisons_that_do_not_hold_say_what_was_found() {
    let steps = [
        "the status is one of 201, 204",
        "\"$.status\" is one of \"Done\", 5",
        "\"$.count\" is one of \"5\"",
        "\"$.status\" contains \"progress\"",
        "\"$.tags\" contains \"c\"",
        "\"$.count\" contains \"5\"",
        "\"$.count\" is greater than 5",
        "\"$.count\" is less than \"6\"",
        "\"$.value[*]\" finds at least 3 values",
        "the answer has no body",
        "the header \"ETag\" is \"abc\"",
        "the header \"Retry-After\" is \"5\"",
        "the header \"Location\" is absent",
        "the answer holds what was sent",
    ];
    let told = told(&steps);
    assert!(told.iter().all(|(verdict, _)| *verdict == Verdict::Failed), "{told:?}");
    let lines: Vec<&str> = told.iter().map(|(_, message)| message.as_str()).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn an_answer_without_a_body_has_none() {
    let bench = Bench::new(
        "  Scenario: s\n    When the administrator sends DELETE \"/v1.0/x\"\n    Then the status is 204\n    And the answer has no body\n",
    );
    all_passed(&bench.replay(&[entry(0, "DELETE /v1.0/x", 204, &[], &Value::Null)]));
}

const CREATE: &str = r#"  Scenario: s
    When the administrator sends POST "/v1.0/groups"
      """json
      {
        "displayName": "Readers",
        "mailEnabled": false,
        "mailNickname": "readers",
        "securityEnabled": true,
        "description": "a {{brace}"
      }
      """
    Then the status is 201
    And the answer holds what was sent
"#;

#[test]
fn an_echo_is_compared_property_by_property() {
    let asked = json!({"displayName": "Readers", "mailEnabled": false, "mailNickname": "readers",
        "securityEnabled": true, "description": "a {brace}"});
    let exchange = |change: &Value| {
        let mut answered = asked.clone();
        answered["id"] = "eb75ccd2-59ef-48b7-8f76-cc3f33f899f4".into();
        answered.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        sent(entry(0, "POST /v1.0/groups", 201, &[], &answered), &asked.to_string())
    };
    all_passed(&Bench::new(CREATE).replay(&[exchange(&json!({}))]));
    let failed = endings(&Bench::new(CREATE).replay(&[exchange(&json!({"securityEnabled": false}))]));
    assert_eq!(failed[0].1, "echo");
    all_passed(&Bench::new(CREATE).emulate());
}

#[test]
fn a_read_after_a_change_is_held_against_what_was_sent() {
    let steps = "  Scenario: s\n    When the administrator sends PATCH \"/v1.0/x\"\n      \"\"\"\n      {\"a\": 1}\n      \"\"\"\n    \
         Then the status is 204\n    When the administrator sends GET \"/v1.0/x\"\n    Then the answer holds what was sent\n";
    let entries = |found: i32| {
        [
            sent(entry(0, "PATCH /v1.0/x", 204, &[], &Value::Null), "{\"a\": 1}"),
            entry(1, "GET /v1.0/x", 200, &[], &json!({"a": found, "b": 1})),
        ]
    };
    all_passed(&Bench::new(steps).replay(&entries(1)));
    assert_eq!(endings(&Bench::new(steps).replay(&entries(2)))[0].1, "echo");
}
