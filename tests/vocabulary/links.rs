//! Links that Graph answered.

use graphwalk::runner::Verdict;
use serde_json::{Value, json};

use crate::{Bench, all_passed, endings, entry};

const PAGES: &str = r#"  Scenario: pages
    When the administrator sends GET "/v1.0/users?$top=1"
    Then the status is 200
    And "$['@odata.nextLink']" is kept as "second"
    When the administrator follows the link "@odata.nextLink"
    Then the status is 200
    And "$.value[*]" finds 1 value
    When the administrator follows the link "{second}"
    Then the status is 200
    When the administrator sends GET "{second}"
    Then the status is 200
    And "$.value[*]" finds 1 value
"#;

fn pages(link: &str) -> [Value; 2] {
    let user = |name: &str| json!({"id": "eb75ccd2-59ef-48b7-8f76-cc3f33f899f4", "displayName": name});
    [
        entry(0, "GET /v1.0/users?$top=1", 200, &[], &json!({"value": [user("a")], "@odata.nextLink": link})),
        entry(1, "GET /v1.0/users?$top=1&$skiptoken=x", 200, &[], &json!({"value": [user("b")]})),
    ]
}

#[test]
fn a_next_link_is_followed_on_the_host_that_stands_for_graph() {
    all_passed(&Bench::new(PAGES).replay(&pages("https://graph.microsoft.com/v1.0/users?$top=1&$skiptoken=x")));
    all_passed(&Bench::new(PAGES).emulate());
}

#[test]
fn a_link_to_another_host_is_refused() {
    for link in [
        "https://graph.microsoft.com.evil.example/v1.0/x?$top=1&$skiptoken=x",
        "http://graph.microsoft.com/v1.0/users?$top=1&$skiptoken=x",
        "//evil.example/v1.0/users?$top=1&$skiptoken=x",
        "v1.0/users?$top=1&$skiptoken=x",
    ] {
        // Of a list that no schema is known for.
        let entries = pages(link)
            .map(|entry| serde_json::from_str(&entry.to_string().replace("/v1.0/users", "/v1.0/x")).unwrap());
        let endings = endings(&Bench::new(&PAGES.replace("/v1.0/users", "/v1.0/x")).replay(&entries));
        assert_eq!((endings[0].0, endings[0].1.as_str()), (Verdict::Failed, "foreign-link"), "{link}");
    }
}

#[test]
fn a_page_without_a_next_link_is_said_to_have_none() {
    let steps = "  Scenario: s\n    When the administrator sends GET \"/v1.0/users\"\n    \
                 When the administrator follows the link \"@odata.nextLink\"\n";
    let endings = endings(&Bench::new(steps).replay(&[entry(0, "GET /v1.0/users", 200, &[], &json!({"value": []}))]));
    assert_eq!(endings[0].2, "expected a link at \"@odata.nextLink\", got none");
}

const OPERATION: &str = r#"  Scenario: operation
    When the administrator sends POST "/beta/teams/1/clone"
    Then the status is 202
    And the header "Location" is kept as "operation"
    When the administrator follows the header "Location"
    Then "$.status" is "running"
    When the administrator polls "{operation}" until "$.status" is one of "succeeded", "failed" within 5 minutes
    Then "$.status" is "succeeded"
"#;

#[test]
fn the_location_of_an_operation_is_followed_with_a_host_and_without() {
    for link in [
        "https://graph.microsoft.com/beta/teams('1')/operations('2')",
        "/beta/teams('1')/operations('2')",
        "/teams('1')/operations('2')",
    ] {
        let status = |second: u32, status: &str| {
            entry(second, "GET /beta/teams('1')/operations('2')", 200, &[], &json!({"id": "2", "status": status}))
        };
        let entries = [
            entry(0, "POST /beta/teams/1/clone", 202, &[("Location", link)], &Value::Null),
            status(1, "running"),
            status(2, "running"),
            status(3, "succeeded"),
        ];
        all_passed(&Bench::new(OPERATION).replay(&entries));
    }
}

#[test]
fn an_id_in_the_link_of_a_header_is_kept() {
    let steps = "  Scenario: s\n    When the administrator sends POST \"/beta/teams/1/clone\"\n    Then the status is 202\n    \
                 And the id after \"teams\" in the header \"Location\" is kept as \"copy\"\n    \
                 When the administrator sends GET \"/beta/teams/{copy}/x\"\n    Then the status is 200\n";
    for link in ["/teams('7')/operations('2')", "https://graph.microsoft.com/beta/Teams/7/operations/2?a=teams/9"] {
        let entries = [
            entry(0, "POST /beta/teams/1/clone", 202, &[("Location", link)], &Value::Null),
            entry(1, "GET /beta/teams/7/x", 200, &[], &json!({})),
        ];
        all_passed(&Bench::new(steps).replay(&entries));
        let other = endings(&Bench::new(&steps.replace("\"teams\"", "\"groups\"")).replay(&entries));
        let expected = format!("expected an id after \"groups\" in the header \"Location\", got \"{link}\"");
        assert_eq!((other[0].0, other[0].2.as_str()), (Verdict::Failed, expected.as_str()));
    }
}

#[test]
fn the_emulator_answers_where_an_object_was_created() {
    let steps = "  Scenario: s\n    When the administrator sends POST \"/v1.0/groups\"\n      \"\"\"\n      \
        {\"displayName\": \"R\", \"mailEnabled\": false, \"mailNickname\": \"r\", \"securityEnabled\": true}\n      \"\"\"\n    \
        Then the status is 201\n    And \"$.id\" is kept as \"group\"\n    \
        And the header \"Location\" contains \"/groups/{group}\"\n    When the administrator follows the header \"Location\"\n    \
        Then \"$.displayName\" is \"R\"\n    When the administrator sends DELETE \"/v1.0/groups/{group}\"\n    \
        Then the answer has no body\n    And the header \"Location\" is absent\n    \
        When the administrator polls \"/v1.0/groups/{group}\" until the status is 404 within 5 minutes\n    \
        Then the status is 404\n";
    all_passed(&Bench::new(steps).emulate());
}
