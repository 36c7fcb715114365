//! What of a tutorial cannot be planned.

use super::*;
use crate::tutorial::read_feature;

fn faults(steps: &str) -> TutorialFaults {
    let text = format!("Feature: f\n  Scenario: s\n{steps}");
    let feature = read_feature("x.feature", text, 1).unwrap();
    Plan::new(Tutorial { name: "t".into(), features: vec![feature] }).unwrap_err()
}

#[test]
fn an_undefined_step_is_a_fault_with_the_nearest_sentence() {
    let faults = faults("    When the administrator sneds GET \"/v1.0/users\"\n");
    insta::assert_snapshot!(faults[0].render(false));
}

#[test]
fn a_poll_without_a_deadline_is_a_fault() {
    let found = faults("    Then the review becomes \"InProgress\"\n");
    insta::assert_snapshot!(found[0].render(false));
    for step in [
        "When the administrator polls \"/v1.0/me\" until \"$.id\" is 1",
        "Then every decision is applied",
        "Then the user \"A\" is gone",
    ] {
        assert_eq!(faults(&format!("    {step}\n"))[0].code, "poll-without-deadline", "{step}");
    }
    assert_eq!(faults("    Then the lamp becomes \"On\"\n")[0].code, "undefined-step");
}

#[test]
fn every_fault_is_reported_not_only_the_first() {
    assert_eq!(faults("    When x\n    Then y\n").len(), 2);
}
