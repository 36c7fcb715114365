//! Scenarios that a reader may leave out.

use graphwalk::runner::Verdict::{Blocked, Failed, Passed, Skipped};
use graphwalk::runner::{SessionOutcome, Verdict};
use serde_json::json;

use crate::{Bench, endings, entry};

const STEPS: &str = r#"  @optional
  Scenario: not there
    When the administrator sends GET "/v1.0/teams/1"
    Then the status is 200
    And "$.id" is kept as "team"
  @optional
  Scenario: what builds on it
    When the administrator sends GET "/v1.0/teams/{team}"
    Then the status is 200
  Scenario: the rest
    When the administrator sends GET "/v1.0/organization"
    Then the status is 200
"#;

fn verdicts(outcome: &SessionOutcome) -> Vec<Verdict> {
    endings(outcome).into_iter().map(|(verdict, ..)| verdict).collect()
}

fn organization(second: u32, status: u16) -> serde_json::Value {
    entry(second, "GET /v1.0/organization", status, &[], &json!({"value": []}))
}

#[test]
fn an_optional_scenario_that_cannot_be_played_is_skipped_with_the_reason() {
    let outcome = Bench::new(STEPS).replay(&[organization(0, 200)]);
    assert_eq!((verdicts(&outcome), outcome.verdict()), (vec![Skipped, Skipped, Passed], Passed));
    let reasons: Vec<String> = endings(&outcome).into_iter().map(|(_, _, reason)| reason).collect();
    assert!(reasons[0].starts_with("optional, and not playable here: nothing was recorded"), "{reasons:?}");
    assert!(reasons[1].contains("nothing is kept under the name \"team\""), "{reasons:?}");
    let emulated = Bench::new(&STEPS.replace("/v1.0/teams/1", "/v1.0/applications/delta")).emulate();
    let told = endings(&emulated);
    assert!(told[0].0 == Skipped && told[0].2.contains("501"), "{told:?}");
}

#[test]
fn an_optional_scenario_that_can_be_played_has_to_hold_and_blocks_nothing() {
    let team = entry(0, "GET /v1.0/teams/1", 403, &[], &json!({"error": {"code": "Forbidden", "message": "no"}}));
    let outcome = Bench::new(STEPS).replay(&[team, organization(1, 200)]);
    assert_eq!((verdicts(&outcome), outcome.verdict()), (vec![Failed, Failed, Passed], Failed));
}

#[test]
fn without_the_tag_the_same_scenario_fails_and_blocks() {
    let outcome = Bench::new(&STEPS.replace("  @optional\n", "")).replay(&[organization(0, 200)]);
    assert_eq!(verdicts(&outcome), [Failed, Blocked, Blocked]);
}

#[test]
fn a_feature_may_be_optional_as_a_whole() {
    let steps = STEPS.replace("  @optional\n", "");
    let outcome = Bench::with_feature(&format!("@optional\nFeature: f\n{steps}")).replay(&[organization(0, 404)]);
    assert_eq!(verdicts(&outcome), [Skipped, Skipped, Failed]);
}
