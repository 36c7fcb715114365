//! Which writes are found.

use super::*;
use crate::tutorial::{Tutorial, read_feature};

const ID: &str = "0f6a3a77-0000-4000-8000-000000000005";

fn found(steps: &str, may_change: &[Named]) -> Vec<String> {
    let text = format!("Feature: f\n  Scenario: s\n{steps}");
    let feature = read_feature("x.feature", text, 1).unwrap();
    let plan = Plan::new(Tutorial { name: "t".into(), features: vec![feature] }).unwrap();
    literal_ids(&plan, may_change).iter().map(|fault| fault.render(false)).collect()
}

fn sends(request: &str) -> String {
    format!("    When the administrator sends {request}\n")
}

#[test]
fn an_id_in_a_write_is_found_with_its_place() {
    insta::assert_snapshot!(found(&sends(&format!("DELETE \"/v1.0/users/{ID}\"")), &[]).concat());
    for request in [
        format!("PATCH \"/v1.0/users('{ID}')\""),
        "PUT \"/beta/users/adele@contoso.com/manager/$ref\"".to_owned(),
        format!("POST \"/v1.0/groups/{ID}/members/$ref\""),
        format!("DELETE \"/v1.0/somethingNew/{ID}\""),
        "DELETE \"/v1.0/groups/door\"".to_owned(),
        format!("DELETE \"/v1.0/groups/{{group}}/members/{ID}/$ref\""),
    ] {
        assert_eq!(found(&sends(&request), &[]).len(), 1, "{request}");
    }
    let batch = format!(
        "      \"\"\"\n      {{\"requests\": [{{\"method\": \"delete\", \"url\": \"users/{ID}\"}}]}}\n      \"\"\"\n"
    );
    assert_eq!(found(&format!("{}{batch}", sends("POST \"/v1.0/$batch\"")), &[]).len(), 1);
}

#[test]
fn reads_names_in_braces_and_named_objects_are_no_fault() {
    for request in [
        format!("GET \"/v1.0/users/{ID}\""),
        "DELETE \"/v1.0/users/{Adele Vance}\"".to_owned(),
        "POST \"/v1.0/users\"".to_owned(),
        format!("POST \"/v1.0/users/{ID}/getMemberGroups\""),
        "DELETE \"/v1.0/groups/{group}/members/{Adele Vance}/$ref\"".to_owned(),
    ] {
        assert_eq!(found(&sends(&request), &[]), Vec::<String>::new(), "{request}");
    }
    let named = Named { name: "x".to_owned(), object: format!("/users/{ID}").parse().unwrap() };
    assert_eq!(found(&sends(&format!("PATCH \"/v1.0/users/{ID}\"")), &[named]), Vec::<String>::new());
}
