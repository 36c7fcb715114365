//! What is found without playing anything, and what is left alone.

use super::*;
use crate::tutorial::{Tutorial, read_feature};

fn found(text: &str) -> TutorialFaults {
    let feature = read_feature("x.feature", text.to_owned(), 1).unwrap();
    let plan = Plan::new(Tutorial { name: "t".into(), features: vec![feature] }).unwrap();
    let known = CheckFacts {
        schemas: Schemas::embedded(),
        actors: BTreeSet::from(["Megan Bowen".to_owned()]),
        may_change: Vec::new(),
    };
    faults_of(&plan, &known)
}

fn codes(steps: &str) -> Vec<&'static str> {
    found(&format!("Feature: f\n  Scenario: s\n{steps}")).into_iter().map(|fault| fault.code).collect()
}

fn sends(request: &str) -> String {
    format!("    When the administrator sends {request}\n")
}

fn body(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("      {line}\n")).collect();
    format!("{}      \"\"\"json\n{}      \"\"\"\n", sends("POST \"/v1.0/groups\""), lines.concat())
}

#[test]
fn each_fault_is_shown_with_its_place_and_what_to_do() {
    let text = r#"Feature: f
  Scenario: s
    When the administrator sends GET "/v1.0/grups"
    Then the answer is a valid "gruop"
    And "$.id" is kept as "group"
    When the adminstrator sends GET "/v1.0/groups/{gruop}"
    Then "$.value[{group}" is 1
    And "$.a" is ["{group}",]
    When Megan Bowem sends PUT "/v1.0/groups/{group}/members"
      """json
      {
        "displayName": "x",
        oops
      }
      """
    When the administrator sends POST "/v1.0/groups"
      """json
      {
        "displayName": "Readers",
        "mailEnabled": "no",
        "mailNickname": "{group}",
        "securityEnabled": true
      }
      """
    And the administrator sends GET "/v1.0/users/{later}"
    Then "$.id" is kept as "later"
"#;
    let shown: Vec<String> = found(text).iter().map(|fault| fault.render(false)).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn what_is_kept_given_or_cannot_be_judged_is_no_fault() {
    let steps = [
        &sends("GET \"/v1.0/groups?$filter=createdDateTime ge {now-1h}&$count=true\""),
        "    Then \"$.id\" is kept as \"group\"\n    And the header \"Location\" is kept as \"link\"\n",
        "    Given \"door\" is the id of a group\n",
        &sends("GET \"{link}\""),
        &sends("GET \"/v1.0/groups/{group}/members/$count\""),
        &sends("GET \"/v1.0/groups/{door}/owners?$select=id\""),
        &sends("GET \"/beta/whatever/{group}/nobody/knows\""),
        "    Then \"$.a\" matches \"^\\{x}$\"\n    And \"$.a\" is \"{today+5} {guid} {{text}\"\n",
        "    When Somebody Else sends GET \"/v1.0/me\"\n",
    ]
    .concat();
    assert_eq!(codes(&steps), Vec::<&str>::new());
}

#[test]
fn a_body_is_judged_but_for_what_names_stand_for() {
    let group = |nickname: &str, mail: &str| {
        format!(
            "{{\"displayName\": \"R\", \"mailEnabled\": {mail}, \"mailNickname\": {nickname}, \"securityEnabled\": true}}"
        )
    };
    assert_eq!(codes(&body(&group("\"r\"", "false"))), Vec::<&str>::new());
    assert_eq!(codes(&body(&group("5", "false"))), ["request-schema"]);
    assert_eq!(codes(&body(&group("{guid}", "\"{password}\""))), Vec::<&str>::new());
    assert_eq!(codes(&body("{\"displayName\": \"R\"")), ["body"]);
    assert_eq!(codes(&body("{\"displayName\": \"R\"}")), ["request-schema"; 3]);
}

#[test]
fn what_only_an_optional_scenario_keeps_cannot_be_relied_on() {
    let scenarios = |tag: &str| {
        format!(
            "Feature: f\n  @optional\n  Scenario: a\n{}    Then \"$.id\" is kept as \"org\"\n{tag}  Scenario: b\n{}",
            sends("GET \"/v1.0/organization\""),
            sends("GET \"/v1.0/organization/{org}\"")
        )
    };
    let faults = found(&scenarios(""));
    assert_eq!(faults.len(), 1);
    assert!(faults[0].message.contains("kept by an optional scenario alone"), "{faults:?}");
    assert_eq!(found(&scenarios("  @optional\n")), Vec::new());
}

#[test]
fn the_line_of_a_broken_body_is_the_one_in_the_feature() {
    let faults = found(&format!("Feature: f\n  Scenario: s\n{}", body("\n{\n  \"a\": 1,\n  b\n}")));
    assert!(faults[0].render(false).contains("x.feature:8:"), "{}", faults[0].render(false));
}

#[test]
fn names_are_filled_in_by_where_they_stand() {
    let text = r#"{"a": "{x}", "b": {y}, "c": "\"{z}", "d": "{{e}"}"#;
    assert_eq!(samples::filled(text, "1", "2"), r#"{"a": "1", "b": 2, "c": "\"1", "d": "{e}"}"#);
}

#[test]
fn calls_of_beta_are_judged_as_far_as_beta_is_known() {
    let path = "\"/beta/identityGovernance/accessReviews/definitions\"";
    assert_eq!(codes(&sends(&format!("DELETE {path}"))), ["unknown-call"]);
    assert_eq!(codes(&sends(&format!("GET {path}"))), Vec::<&str>::new());
    // Neither the metadata nor the permissions list has it: beta may.
    assert_eq!(codes(&sends("DELETE \"/beta/owls\"")), Vec::<&str>::new());
}
