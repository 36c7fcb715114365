//! What is found of values.

use super::*;
use serde_json::json;

const ID: &str = "3b8ceebc-49e6-4e0c-9e14-c906374a7ef6";

/// The findings of a value, `violation POINTER` or `drift POINTER`.
fn found(name: &str, body: &Value) -> Vec<String> {
    told(&Schemas::embedded().check_type(name, false, body).unwrap())
}

fn told(findings: &Findings) -> Vec<String> {
    let violations = findings.violations.iter().map(|finding| format!("violation {}", finding.pointer));
    violations.chain(findings.drift.iter().map(|finding| format!("drift {}", finding.pointer))).collect()
}

#[test]
fn what_a_type_can_never_be_is_a_violation() {
    assert_eq!(found("user", &json!({"displayName": "x"})), ["violation /id"]);
    assert_eq!(found("user", &json!({"id": "not a guid"})), ["violation /id"]);
    assert_eq!(found("user", &json!({"id": ID, "displayName": 5})), ["violation /displayName"]);
    assert_eq!(
        found("accessReviewInstance", &json!({"id": ID, "endDateTime": "tomorrow"})),
        ["violation /endDateTime"]
    );
    let settings = json!({"id": ID, "settings": {"instanceDurationInDays": null}});
    assert_eq!(found("accessReviewScheduleDefinition", &settings), ["violation /settings/instanceDurationInDays"]);
    let closed = json!({"id": ID, "settings": {"recurrence": {"range": {"type": "sometimes"}}}});
    assert_eq!(found("accessReviewScheduleDefinition", &closed), ["violation /settings/recurrence/range/type"]);
}

#[test]
fn what_a_newer_graph_may_answer_is_drift() {
    assert_eq!(found("accessReviewInstance", &json!({"id": ID, "status": "Sleeping"})), ["drift /status"]);
    assert_eq!(found("accessReviewInstance", &json!({"id": ID, "mood": 1})), ["drift /mood"]);
    assert_eq!(
        found("accessReviewScope", &json!({"@odata.type": "#microsoft.graph.newScope"})),
        ["drift /@odata.type"]
    );
    assert_eq!(
        found("directoryObject", &json!({"@odata.type": "#microsoft.graph.agent", "id": ID})),
        ["drift /@odata.type"]
    );
    assert_eq!(found("user", &json!({"id": ID, "anything": 1, "memberOf": [], "x@odata.count": 1})), [""; 0]);
}

#[test]
fn a_value_is_checked_as_the_type_that_it_says_it_is() {
    let member = json!({"@odata.type": "#microsoft.graph.user", "id": ID, "accountEnabled": "yes"});
    assert_eq!(found("directoryObject", &member), ["violation /accountEnabled"]);
    let scope =
        json!({"@odata.type": "#microsoft.graph.accessReviewInactiveUsersQueryScope", "inactiveDuration": "long"});
    assert_eq!(found("accessReviewScope", &scope), ["violation /inactiveDuration"]);
    let nested = json!({"id": ID, "scope": scope});
    assert_eq!(found("accessReviewInstance", &nested), ["violation /scope/inactiveDuration"]);
}

#[test]
fn a_duration_is_one_of_odata_with_parts_of_a_second_and_with_a_sign() {
    let scope = |duration: &str| found("accessReviewInactiveUsersQueryScope", &json!({"inactiveDuration": duration}));
    for duration in ["P30D", "P1Y6M", "PT1H30M", "PT0.5S", "-PT15M"] {
        assert_eq!(scope(duration), [""; 0], "{duration}");
    }
    for no_duration in ["", "P", "PT", "30 days", "P30", "--P1D"] {
        assert_eq!(scope(no_duration), ["violation /inactiveDuration"], "{no_duration}");
    }
}

#[test]
fn every_finding_is_told_at_once_and_none_shows_a_password() {
    let body = json!({"id": "x", "displayName": 1, "passwordProfile": {"password": 12345}});
    let findings = Schemas::embedded().check_type("user", false, &body).unwrap();
    assert_eq!(findings.violations.len(), 3);
    assert!(!format!("{findings:?}").contains("12345"));
    assert_eq!(findings.violations[0].schema.split('#').next(), Some("user.json"));
}

#[test]
fn the_request_that_creates_the_review_passes_though_its_scopes_name_no_type() {
    let scope = json!({"query": "/groups/1/transitiveMembers", "queryType": "MicrosoftGraph"});
    let mut body = json!({"displayName": "r", "scope": scope, "instanceEnumerationScope": scope, "settings": {
        "defaultDecision": "Deny", "instanceDurationInDays": 5,
        "recurrence": {"pattern": null, "range": {"type": "numbered", "numberOfOccurrences": 0, "recurrenceTimeZone": null, "startDate": "2022-02-11", "endDate": "2022-02-16"}}}});
    let schemas = Schemas::embedded();
    let check = |body: &Value| told(&schemas.check_request("POST", "accessReviewScheduleDefinition", body).unwrap());
    assert_eq!(check(&body), [""; 0]);
    body["settings"]["recurrence"]["range"]["startDate"] = json!("11.2.2022");
    body.as_object_mut().unwrap().shift_remove("scope");
    assert_eq!(check(&body), ["violation /settings/recurrence/range/startDate", "violation /scope"]);
}

#[test]
fn lists_errors_and_empty_answers_have_their_shapes() {
    let schemas = Schemas::embedded();
    let many = Shape::Many("user".into());
    let check = |status, expected: Option<&Shape>, body: Option<Value>| {
        told(&schemas.check_response(status, expected, body.as_ref()).unwrap())
    };
    assert_eq!(check(200, Some(&many), Some(json!({"value": [{"id": ID}, {"id": 7}]}))), ["violation /value/1/id"]);
    assert_eq!(
        check(200, Some(&many), Some(json!({"@odata.count": -1}))),
        ["violation /value", "violation /@odata.count"]
    );
    assert_eq!(check(404, None, Some(json!({"error": {"code": "x"}}))), ["violation /error/message"]);
    assert_eq!(check(404, None, Some(json!({"Message": "no such path"}))), [""; 0]);
    assert_eq!(check(204, Some(&many), None), [""; 0]);
    assert_eq!(check(204, None, Some(json!({}))), ["violation "]);
    assert_eq!(check(200, Some(&many), None), ["violation "]);
}

#[test]
fn a_selected_answer_has_what_was_selected_and_nothing_else_has_to_be_there() {
    let schemas = Schemas::embedded();
    let check = |path: &str, body: Value| {
        told(&schemas.validate_answer("GET", path, 200, Some(&body), false).unwrap().unwrap())
    };
    let users = "/v1.0/users?$select=displayName,mail";
    assert_eq!(check(users, json!({"value": [{"displayName": "P", "mail": null}]})), [""; 0]);
    assert_eq!(check(users, json!({"value": [{"displayName": "P"}]})), ["violation /value/0/mail"]);
    assert_eq!(check("/v1.0/users/1?$select=id,mail", json!({"mail": null})), ["violation /id"]);
    assert_eq!(check("/v1.0/users/1?$select=signInActivity", json!({})), [""; 0]);
    assert_eq!(check("/v1.0/users", json!({"value": [{"displayName": "P"}]})), ["violation /value/0/id"]);
    let members = json!({"value": [
        {"@odata.type": "#microsoft.graph.user", "displayName": "A", "userPrincipalName": "a@b.org"},
        {"@odata.type": "#microsoft.graph.group", "displayName": "B"},
    ]});
    assert_eq!(check("/v1.0/groups/1/members?$select=displayName,userPrincipalName", members), [""; 0]);
    let by_context = json!({"@odata.context": "https://graph.microsoft.com/v1.0/$metadata#users(displayName)", "value": [{"displayName": 5}]});
    assert_eq!(told(&schemas.check_type("user", true, &by_context).unwrap()), ["violation /value/0/displayName"]);
    let delta = json!({"value": [{"id": ID}], "@odata.deltaLink": "https://graph.microsoft.com/v1.0/users/delta?$deltatoken=1"});
    assert_eq!(check("/v1.0/users/delta?$select=displayName", delta), [""; 0]);
}

#[test]
fn a_refusal_is_graphs_error_whatever_the_call_answers() {
    let schemas = Schemas::embedded();
    let operation = schemas.operation("GET", "/v1.0/users/1").unwrap();
    let refusal = json!({"error": {"code": "x", "message": "y"}});
    assert_eq!(told(&schemas.check_answer(&operation, 404, Some(&refusal)).unwrap()), [""; 0]);
    assert_eq!(told(&schemas.check_answer(&operation, 404, Some(&json!({"id": ID}))).unwrap()), ["violation /Message"]);
}

#[test]
fn a_shortened_answer_may_lack_properties_and_holds_no_wrong_ones() {
    let schemas = Schemas::embedded();
    let check =
        |body: Value| told(&schemas.validate_answer("GET", "/v1.0/users/1", 200, Some(&body), true).unwrap().unwrap());
    assert_eq!(check(json!({"displayName": "A"})), [""; 0]);
    assert_eq!(check(json!({"displayName": 5})), ["violation /displayName"]);
    let list = |body: Option<Value>| {
        told(&schemas.validate_answer("GET", "/v1.0/users", 200, body.as_ref(), true).unwrap().unwrap())
    };
    assert_eq!(list(Some(json!({"@odata.count": 2}))), [""; 0]);
    assert_eq!(list(Some(json!({"@odata.count": -2}))), ["violation /@odata.count"]);
    assert_eq!(list(None), [""; 0]);
}

#[test]
fn a_member_in_another_case_is_drift() {
    let range = |kind: &str| found("recurrenceRange", &json!({"type": kind}));
    assert_eq!(range("EndDate"), ["drift /type"]);
    assert_eq!(range("sometimes"), ["violation /type"]);
    let decisions = |text: &str| found("accessReviewHistoryDefinition", &json!({"id": ID, "decisions": [text]}));
    assert_eq!(decisions("Approve"), ["drift /decisions/0"]);
    // Of an enumeration whose members may stand together.
    let guests =
        |kinds: &str| found("conditionalAccessGuestsOrExternalUsers", &json!({"guestOrExternalUserTypes": kinds}));
    assert_eq!(guests("internalGuest,b2bCollaborationGuest"), [""; 0]);
    assert_eq!(guests("InternalGuest, b2bCollaborationGuest"), ["drift /guestOrExternalUserTypes"]);
    assert_eq!(guests("InternalGuest, nobody"), ["violation /guestOrExternalUserTypes"]);
    let body = json!({"displayName": "r", "scope": {"query": "/users"}, "settings": {"recurrence": {"range": {"type": "NoEnd"}}}});
    let findings =
        Schemas::embedded().validate_request("POST", "/v1.0/identityGovernance/accessReviews/definitions", &body);
    assert_eq!(told(&findings.unwrap().unwrap()), ["drift /settings/recurrence/range/type"]);
}

#[test]
fn only_an_id_that_is_documented_as_a_guid_has_to_be_one() {
    let assigned = json!({"id": "41W1zT6z1U-kJxf62svfp1HFE8pMZhxDun-ThPczmJE"});
    assert_eq!(found("appRoleAssignment", &assigned), [""; 0]);
    assert_eq!(found("directoryObject", &assigned), [""; 0]);
    assert_eq!(found("permissionGrantPolicy", &json!({"id": "microsoft-user-default-low"})), [""; 0]);
    assert_eq!(found("servicePrincipal", &assigned), ["violation /id"]);
}

#[test]
fn a_slip_of_a_declared_name_is_drift_on_open_types_too() {
    let user = |name: &str| found("user", &json!({"id": ID, name: null}));
    assert_eq!(user("displayname"), ["drift /displayname"]);
    assert_eq!(user("displayNam"), ["drift /displayNam"]);
    assert_eq!(found("user", &json!({"id": ID, "displayName": "A", "displayNam": "B"})), [""; 0]);
    assert_eq!(found("group", &json!({"id": ID, "secureEnabled": true})), ["drift /secureEnabled"]);
    for own in
        ["extension_0a1b_jobLevel", "contoso_displayName", "favouriteColour", "displayName@odata.note", "displayName@"]
    {
        assert_eq!(user(own), [""; 0], "{own}");
    }
}

#[test]
fn documented_values_forms_ranges_and_orders_are_held_as_drift() {
    let settings = |settings: Value| found("accessReviewScheduleSettings", &settings);
    for (name, value, expected) in [
        ("group", json!({"groupTypes": ["Unified"], "visibility": "Public"}), ""),
        ("group", json!({"groupTypes": ["Unifed"]}), "drift /groupTypes/0"),
        ("group", json!({"visibility": "Secret"}), "drift /visibility"),
        ("user", json!({"userType": "Guest", "usageLocation": "DE", "userPrincipalName": "a@b.org"}), ""),
        ("user", json!({"userType": "Robot"}), "drift /userType"),
        ("user", json!({"usageLocation": "Germany"}), "drift /usageLocation"),
        ("user", json!({"usageLocation": "ZZ"}), "drift /usageLocation"),
        ("user", json!({"usageLocation": "de"}), "drift /usageLocation"),
        ("user", json!({"usageLocation": null, "userType": null}), ""),
        ("group", json!({"visibility": null}), ""),
        ("group", json!({"visibility": "Hiddenmembership"}), ""),
        ("user", json!({"userPrincipalName": "@b.org"}), "drift /userPrincipalName"),
        ("user", json!({"userPrincipalName": "a@"}), "drift /userPrincipalName"),
        ("user", json!({"userPrincipalName": "a b@c.org"}), "drift /userPrincipalName"),
        ("user", json!({"usageLocation": 5}), "violation /usageLocation"),
        ("user", json!({"userPrincipalName": "noat"}), "drift /userPrincipalName"),
        (
            "accessReviewInstance",
            json!({"startDateTime": "2026-02-02T00:00:00Z", "endDateTime": "2026-01-01T00:00:00Z"}),
            "drift /endDateTime",
        ),
        (
            "accessReviewInstance",
            json!({"startDateTime": "2026-01-01T00:00:00Z", "endDateTime": "2026-01-01T00:00:00Z"}),
            "",
        ),
    ] {
        let mut body = json!({"id": ID});
        body.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        assert_eq!(found(name, &body).join(", "), expected, "{name}: {value}");
    }
    let pattern = |name: &str, number: i64| settings(json!({"recurrence": {"pattern": {name: number}}})).len();
    for (name, wrong, right) in [("dayOfMonth", 77, 0), ("interval", 0, 1), ("month", 13, 12)] {
        assert_eq!((pattern(name, wrong), pattern(name, right)), (1, 0), "{name}");
    }
    assert_eq!(settings(json!({"instanceDurationInDays": -5})), ["drift /instanceDurationInDays"]);
    assert_eq!(settings(json!({"instanceDurationInDays": "5"})), ["violation /instanceDurationInDays"]);
    let range = json!({"recurrence": {"range": {"numberOfOccurrences": -1, "startDate": "2026-02-01", "endDate": "0001-01-01"}}});
    assert_eq!(settings(range), ["drift /recurrence/range/numberOfOccurrences"]);
}

#[test]
fn beta_is_judged_by_what_its_metadata_declares_and_by_nothing_else() {
    let schemas = Schemas::embedded();
    let path = "/beta/identityGovernance/accessReviews/definitions/1/instances/2/decisions/3";
    let check = |body: Value| {
        let findings = schemas.validate_answer("GET", path, 200, Some(&body), false).unwrap().unwrap();
        let unjudged = findings.unjudged.iter().map(|finding| format!("unjudged {}", finding.pointer));
        told(&findings).into_iter().chain(unjudged).collect::<Vec<_>>()
    };
    // Declared in beta alone.
    assert_eq!(check(json!({"id": ID, "accessReviewId": ID, "target": null})), [""; 0]);
    assert_eq!(check(json!({"id": ID, "accessReviewId": 5})), ["violation /accessReviewId"]);
    assert_eq!(check(json!({"id": ID, "decision": "Perhaps"})), ["drift /decision"]);
    let instance = path.trim_end_matches("/decisions/3");
    let body = json!({"id": ID, "mood": 1});
    let findings = schemas.validate_answer("GET", instance, 200, Some(&body), false).unwrap().unwrap();
    assert_eq!((told(&findings), findings.unjudged[0].pointer.as_str()), (vec![], "/mood"));
    let list = json!({"value": [{"id": ID}, {"id": ID, "mood": 1}]});
    let findings = schemas.validate_answer("GET", instance.trim_end_matches("/2"), 200, Some(&list), false);
    let findings = findings.unwrap().unwrap();
    assert_eq!((told(&findings), findings.unjudged[0].pointer.as_str()), (vec![], "/value/1/mood"));
    let typed = json!({"id": ID, "target": {"@odata.type": "#microsoft.graph.newTarget"}});
    assert_eq!(check(typed), ["unjudged /target/@odata.type"]);
    let item = json!({"id": ID, "target": null});
    let of_v1 = schemas.validate_answer("GET", &path.replace("/beta", "/v1.0"), 200, Some(&item), false);
    assert_eq!(told(&of_v1.unwrap().unwrap()), ["drift /target"]);
    // A member that beta's metadata lacks, and one in another case.
    let range = |kind: &str| {
        let body = json!({"displayName": "r", "scope": {}, "settings": {"recurrence": {"range": {"type": kind}}}});
        let path = "/beta/identityGovernance/accessReviews/definitions";
        let findings = schemas.validate_request("POST", path, &body).unwrap().unwrap();
        (findings.violations.len(), findings.drift.len(), findings.unjudged.len())
    };
    assert_eq!((range("sometimes"), range("NoEnd"), range("noEnd")), ((0, 0, 1), (0, 1, 0), (0, 0, 0)));
}

#[test]
fn whoever_signs_in_by_identities_is_created_with_less() {
    let missing = |identities: Value| {
        let body = json!({"displayName": "Ida Berg", "identities": identities});
        Schemas::embedded().check_request("POST", "user", &body).unwrap().violations.len()
    };
    assert_eq!(missing(json!([{"signInType": "federated", "issuer": "x", "issuerAssignedId": "y"}])), 0);
    assert_eq!((missing(json!([])), missing(Value::Null)), (4, 4));
}

#[test]
fn a_member_in_another_case_is_told_as_it_was_meant() {
    let body = json!({"type": "AfterDateTime"});
    let findings = Schemas::embedded().check_request("PATCH", "expirationPattern", &body).unwrap();
    assert_eq!(findings.drift[0].meant.as_deref(), Some("afterDateTime"));
    let body = json!({"type": "Never"});
    let findings = Schemas::embedded().check_request("PATCH", "expirationPattern", &body).unwrap();
    assert!(findings.drift.iter().chain(&findings.violations).all(|finding| finding.meant.is_none()));
}
