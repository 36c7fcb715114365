use serde_json::{Value, json};

use super::super::journal::{EntryId, JournalObject, PropertySearch};
use super::*;

const OWN_USER: &str = "0aaaaaaa-0000-4000-8000-000000000001";
const OWN_GROUP: &str = "0bbbbbbb-0000-4000-8000-000000000002";
const OWN_REVIEW: &str = "0ccccccc-0000-4000-8000-000000000003";
const OWN_UNIT: &str = "0eeeeeee-0000-4000-8000-000000000006";
const NAMED_GROUP: &str = "0ddddddd-0000-4000-8000-000000000004";
const FOREIGN: &str = "0f6a3a77-0000-4000-8000-000000000005";
const REVIEWS: &str = "/v1.0/identityGovernance/accessReviews/definitions";

fn guard() -> Guard {
    let object = format!("/groups/{NAMED_GROUP}").parse().unwrap();
    let mut guard = Guard::new(Resources::default(), vec![Named { name: "Finance".to_owned(), object }]);
    for (resource, name, id, found_by) in [
        ("user", "Adele Vance", OWN_USER, "AdeleV-gw1@contoso.com"),
        ("group", "Building security", OWN_GROUP, "building-gw1"),
        ("review", "Review", OWN_REVIEW, "Review [gw1]"),
        ("administrative-unit", "West", OWN_UNIT, "[gw1]"),
    ] {
        guard.created(&Resource::named(resource).unwrap(), name, id, Some(found_by));
    }
    guard
}

/// `read`, the permission, or `code: reason`.
fn judged(method: &str, path: &str, body: Option<Value>) -> String {
    let path = path
        .replace("{user}", OWN_USER)
        .replace("{group}", OWN_GROUP)
        .replace("{review}", OWN_REVIEW)
        .replace("{unit}", OWN_UNIT)
        .replace("{named}", NAMED_GROUP)
        .replace("{foreign}", FOREIGN);
    match guard().judgement(method, &path, body.as_ref(), Some(OWN_USER)) {
        Judgement::Reads => "read".to_owned(),
        Judgement::Allowed(permission) => permission.to_string(),
        Judgement::Refused(refusal) => format!("{}: {}", refusal.code, refusal.reason),
    }
}

fn is_refused(method: &str, path: &str, body: Option<Value>) -> bool {
    let judged = judged(method, path, body);
    judged.starts_with("refused-write: ") || judged.starts_with("not-journalled: ")
}

#[test]
fn a_write_to_an_object_of_others_is_refused_in_every_spelling() {
    for path in [
        "/v1.0/users/{foreign}",
        "/beta/users/{foreign}",
        "/v1.0//Users('{foreign}')/",
        "/v1.0/%75sers/{foreign}",
        "/v1.0/users/somebody@contoso.com",
        "/v1.0/users('somebody@contoso.com')",
        "/v1.0/users(userPrincipalName='somebody@contoso.com')",
        "/v1.0/directoryObjects/{foreign}",
        "/v1.0/groups/{foreign}/members/{user}/$ref",
        "/v1.0/groups/{group}/members/{foreign}",
        "/v1.0/groups/{group}/members/{foreign}/microsoft.graph.user",
        "/v1.0/groups/{group}/owners/{foreign}",
        "/v1.0/groups/{group}/members/{foreign}/manager/$ref",
        "/v1.0/users/{user}/manager",
        "/v1.0/users/{foreign}/manager/$ref",
        "/v1.0/users/{foreign}/photo/$value",
        "/v1.0/directory/deletedItems/{foreign}",
        "/v1.0/identityGovernance/accessReviews/definitions/{foreign}",
        "/v1.0/identityGovernance/accessReviews/definitions/{foreign}/instances/{review}/decisions/{review}",
        // An id is one of its own type only.
        "/v1.0/users/{group}",
        "/v1.0/groups/{user}",
        "/v1.0/users/{review}",
        "/v1.0/groups/AdeleV-gw1@contoso.com",
        "/v1.0/directoryObjects/AdeleV-gw1@contoso.com",
        // A member-of is held by the group, not by the member.
        "/v1.0/users/{user}/memberOf/{foreign}/$ref",
        "/v1.0/groups/{group}/transitiveMembers/{foreign}/$ref",
        // The whole tenant, collections, and what is not understood.
        "/v1.0/directory",
        "/v1.0/users",
        "/v1.0/groups/{group}/members",
        "/v1.0/policies/authorizationPolicy",
        "/beta/somethingNew/{user}",
        "/v1.0/users/{user}/joinedTeams/{foreign}",
        "/v1.0/groups/{group}/../{foreign}",
        "/v1.0/groups/{group}%2F..%2F{foreign}",
        "/v1.0/groups/{group}/members%2f{foreign}",
        "v1.0/users/{user}",
    ] {
        for method in ["DELETE", "PATCH", "PUT", "delete", "MERGE"] {
            assert!(is_refused(method, path, None), "{method} {path}: {}", judged(method, path, None));
        }
    }
}

/// Of beta's paths those count that v1.0 has: what others affect, nobody has judged.
#[test]
fn a_path_that_only_beta_has_is_not_written_to() {
    for path in [
        // Of the metadata of beta, or of no metadata at all.
        "/beta/accessReviews/{foreign}",
        "/beta/privilegedAccess/aadGroups/roleAssignmentRequests",
        "/beta/identityGovernance/entitlementManagement/accessPackageAssignmentRequests/{foreign}",
        "/beta/programs/{foreign}",
        "/beta/notYetReleased/{user}",
        // A part of an own object that v1.0 does not have may lead to others.
        "/beta/users/{user}/notYetReleased",
        "/beta/users/{user}/notYetReleased/{foreign}",
        "/beta/groups/{group}/notYetReleased/{foreign}/$ref",
        "/beta/users/{user}/approvals/{foreign}",
        "/beta/groups/{group}/microsoft.graph.notYetReleased",
        "/beta/users('{user}')/notYetReleased(id='{foreign}')",
    ] {
        for method in ["POST", "DELETE", "PATCH", "PUT", "post", "MERGE"] {
            let judged = judged(method, path, Some(json!({"id": OWN_USER})));
            assert!(judged.starts_with("refused-write: "), "{method} {path}: {judged}");
        }
        assert_eq!(judged("GET", path, None), "read");
    }
    // A batch is no way around it, and what v1.0 has too is judged as there.
    let batch = json!({"requests": [{"id": "1", "method": "DELETE", "url": "/users/{user}/notYetReleased"}]});
    let batch = serde_json::from_str(&batch.to_string().replace("{user}", OWN_USER)).unwrap();
    assert!(is_refused("POST", "/beta/$batch", Some(batch)));
    assert_eq!(judged("DELETE", "/beta/users/{user}", None), "this run's user \"Adele Vance\"");
}

#[test]
fn a_created_object_and_its_parts_may_be_changed() {
    for (method, path, why) in [
        ("DELETE", "/v1.0/users/{user}", "this run's user \"Adele Vance\""),
        ("DELETE", "/beta/Users('{user}')", "this run's user \"Adele Vance\""),
        ("PATCH", "/v1.0/users/adelev-GW1@contoso.com", "this run's user \"Adele Vance\""),
        ("PATCH", "/v1.0/directoryObjects/{user}", "this run's user \"Adele Vance\""),
        ("PATCH", "/v1.0/me", "this run's user \"Adele Vance\""),
        ("DELETE", "/v1.0/directory/deletedItems/{group}", "this run's group \"Building security\""),
        ("PUT", "/v1.0/users/{user}/manager/$ref", "inside this run's user \"Adele Vance\""),
        ("POST", "/v1.0/groups/{group}/members/$ref", "inside this run's group \"Building security\""),
        ("DELETE", "/v1.0/groups/{group}/members/{foreign}/$ref", "inside this run's group \"Building security\""),
        ("POST", "/v1.0/users/{user}/extensions", "inside this run's user \"Adele Vance\""),
        ("PATCH", "/v1.0/directory/administrativeUnits/{unit}", "this run's administrative unit \"West\""),
        (
            "POST",
            "/v1.0/directory/administrativeUnits/{unit}/members/$ref",
            "inside this run's administrative unit \"West\"",
        ),
        ("POST", "/v1.0/users/{user}/revokeSignInSessions", "this run's user \"Adele Vance\""),
        (
            "PATCH",
            "/v1.0/identitygovernance/accessReviews/definitions/{review}/instances/{review}/decisions/{foreign}",
            "inside this run's access review \"Review\"",
        ),
        (
            "POST",
            "/v1.0/identityGovernance/accessReviews/definitions/{review}/instances/{review}/stop",
            "inside this run's access review \"Review\"",
        ),
    ] {
        assert_eq!(judged(method, path, None), why, "{method} {path}");
    }
}

#[test]
fn me_is_own_only_if_this_run_created_the_caller() {
    let judge = |me| guard().judgement("PATCH", "/v1.0/me", None, me);
    assert!(matches!(judge(Some(OWN_USER)), Judgement::Allowed(_)));
    assert!(matches!(judge(Some(FOREIGN)), Judgement::Refused(_)));
    assert!(matches!(judge(None), Judgement::Refused(_)));
}

#[test]
fn an_object_that_the_user_named_may_be_changed_but_not_deleted() {
    for (method, path) in [
        ("PATCH", "/v1.0/groups/{named}"),
        ("POST", "/v1.0/groups/{named}/members/$ref"),
        ("DELETE", "/v1.0/groups/{named}/members/{foreign}/$ref"),
    ] {
        assert!(judged(method, path, None).ends_with("\"Finance\" of [may-change]"), "{method} {path}");
    }
    for path in ["/v1.0/groups/{named}", "/v1.0/directoryObjects/{named}", "/v1.0/groups/{named}/microsoft.graph.group"]
    {
        assert!(is_refused("DELETE", path, None) && is_refused("delete", path, None), "{path}");
    }
}

#[test]
fn posts_that_only_read_are_reads_and_those_that_act_are_judged() {
    for path in [
        "/v1.0/directoryObjects/getByIds",
        "/v1.0/users/{foreign}/checkMemberGroups",
        "/v1.0/groups/{foreign}/microsoft.graph.getMemberObjects",
        "/v1.0/me/getMemberGroups",
    ] {
        assert_eq!(judged("POST", path, None), "read", "{path}");
        assert!(is_refused("DELETE", path, None), "{path}");
    }
    for path in [
        "/v1.0/users/{foreign}/revokeSignInSessions",
        "/v1.0/users/{user}/sendMail",
        "/v1.0/directory/deletedItems/{user}/restore",
        "/v1.0/identityGovernance/accessReviews/definitions/{foreign}/instances/{foreign}/stop",
    ] {
        assert!(is_refused("POST", path, None), "{path}");
    }
    assert_eq!(judged("GET", "/v1.0/users/{foreign}", None), "read");
}

#[test]
fn only_what_can_be_deleted_again_is_created() {
    assert_eq!(judged("POST", "/v1.0/users", Some(json!({}))), "a new user, deleted again");
    assert_eq!(judged("POST", "/beta//Groups/", Some(json!({}))), "a new group, deleted again");
    for (path, what) in [
        ("/v1.0/applications", "application"),
        ("/v1.0/servicePrincipals", "service principal"),
        ("/v1.0/directory/administrativeUnits", "administrative unit"),
        ("/v1.0/invitations", "guest"),
    ] {
        let body = Some(json!({"resetRedemption": false, "invitedUser": null}));
        assert_eq!(judged("POST", path, body), format!("a new {what}, deleted again"));
    }
    for (path, body) in [
        ("/v1.0/users", None),
        ("/v1.0/users", Some(json!([]))),
        ("/v1.0/devices", Some(json!({}))),
        ("/v1.0/domains", Some(json!({}))),
        ("/v1.0/applications/{user}/owners", Some(json!({}))),
        ("/v1.0/invitations", Some(json!({"invitedUser": {"id": FOREIGN}}))),
        ("/v1.0/invitations", Some(json!({"ResetRedemption": true}))),
        ("/v1.0/directory/administrativeUnits", Some(json!({"isMemberManagementRestricted": true}))),
        ("/v1.0/policies/conditionalAccessPolicies", Some(json!({}))),
        ("/v1.0/directoryObjects/microsoft.graph.user", Some(json!({}))),
        ("/v1.0/groups/{group}/members", Some(json!({}))),
        ("/v1.0/groups/{foreign}/extensions", Some(json!({}))),
        ("/v1.0/users/{user}/messages", Some(json!({}))),
    ] {
        assert!(is_refused("POST", path, body), "{path}");
    }
}

fn review(scope: Value, rest: Value) -> Value {
    let mut body = json!({"displayName": "R", "scope": scope});
    body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    body
}

fn query(text: &str) -> Value {
    let text = text.replace("{group}", OWN_GROUP).replace("{named}", NAMED_GROUP).replace("{user}", OWN_USER);
    json!({"query": text.replace("{foreign}", FOREIGN), "queryType": "MicrosoftGraph"})
}

#[test]
fn a_review_is_judged_by_what_it_acts_on() {
    for scope in [
        query("/groups/{group}/transitiveMembers"),
        query("/v1.0/groups/{group}/members/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')"),
        query("/groups/{named}/members"),
        json!({"principalScopes": [query("/users/{user}")], "resourceScopes": [query("/groups/{group}")]}),
        // Of whose access it is decides, whatever it is access to.
        json!({"principalScopes": [query("/users/{user}"), query("/groups/{group}")], "resourceScopes": [query("/roleManagement/directory/roleDefinitions/{foreign}")]}),
    ] {
        assert_eq!(
            judged("POST", REVIEWS, Some(review(scope.clone(), json!({})))),
            "a new access review, deleted again",
            "{scope}"
        );
    }
    let each = json!({"instanceEnumerationScope": query("/groups/{group}")});
    assert!(!is_refused("POST", REVIEWS, Some(review(query("./members"), each))));
    for scope in [
        query("/groups/{foreign}/transitiveMembers"),
        query("/users"),
        query("/groups?$filter=(groupTypes/any(c:c eq 'Unified'))"),
        query("./members"),
        query("/groups/{group}/../{foreign}/members"),
        query("https://graph.microsoft.com/v1.0/groups/{group}/members"),
        query("/roleManagement/directory/roleAssignments?$filter=x"),
        query("/groups/{group}/owners/{foreign}"),
        json!({"query": format!("/groups/{OWN_GROUP}/members"), "queryType": "ARM"}),
        json!({"query": format!("/groups/{OWN_GROUP}/members"), "Query": "/users"}),
        json!({"principalScopes": [query("/users")], "resourceScopes": [query("/groups/{group}")]}),
        json!({"principalScopes": [query("/users/{user}"), query("/groups")], "resourceScopes": [query("/groups/{group}")]}),
        json!({"principalScopes": [query("/users/{foreign}")], "resourceScopes": [query("/roleManagement/directory/roleDefinitions/{foreign}")]}),
        json!({"principalScopes": [query("/users/{user}")], "resourceScopes": []}),
        json!({"principalScopes": [query("/users/{user}")]}),
        json!({}),
        json!("/groups"),
        Value::Null,
    ] {
        assert!(is_refused("POST", REVIEWS, Some(review(scope.clone(), json!({})))), "{scope}");
    }
    assert!(is_refused("POST", REVIEWS, Some(json!({"displayName": "R"}))));
    let own = query("/groups/{group}/members");
    for rest in [
        json!({"instanceEnumerationScope": query("/groups?$filter=x")}),
        json!({"Scope": query("/users")}),
        json!({"settings": {"applyActions": [{"@odata.type": "#microsoft.graph.disableAndDeleteUserApplyAction"}]}}),
        json!({"settings": {"ApplyActions": [{}]}}),
    ] {
        assert!(is_refused("POST", REVIEWS, Some(review(own.clone(), rest.clone()))), "{rest}");
    }
    let removal = json!({"settings": {"applyActions": [{"@odata.type": "#microsoft.graph.removeAccessApplyAction"}]}});
    assert!(!is_refused("POST", REVIEWS, Some(review(own, removal))));
}

#[test]
fn a_role_is_assigned_only_to_what_the_run_created() {
    const PATH: &str = "/v1.0/roleManagement/directory/roleAssignments";
    const ASSIGNMENT: &str = "lAPpYvVpN0KRkAEhdxReEMmO4KwRqtpKkUWt3wOYIz4-1";
    let to = |principal: Value| json!({"principalId": principal, "roleDefinitionId": FOREIGN, "directoryScopeId": "/"});
    assert_eq!(judged("POST", PATH, Some(to(json!(OWN_USER)))), "a new role assignment, deleted again");
    assert!(!is_refused("POST", PATH, Some(to(json!(OWN_GROUP.to_uppercase())))));
    for principal in [json!(FOREIGN), json!(NAMED_GROUP), json!([OWN_USER]), Value::Null] {
        assert!(is_refused("POST", PATH, Some(to(principal.clone()))), "{principal}");
    }
    assert!(is_refused("POST", PATH, Some(json!({"roleDefinitionId": OWN_USER}))));
    let path = format!("{PATH}/{ASSIGNMENT}");
    assert!(is_refused("DELETE", &path, None));
    let mut guard = guard();
    guard.created(&Resource::named("role-assignment").unwrap(), OWN_USER, ASSIGNMENT, Some(OWN_USER));
    let refused = |path: &str| matches!(guard.judgement("DELETE", path, None, None), Judgement::Refused(_));
    // In such an id case counts.
    assert!(!refused(&path) && refused(&format!("{PATH}/{}", ASSIGNMENT.to_lowercase())));
    assert!(refused(&format!("{PATH}/{ASSIGNMENT}/principal")) && refused(PATH));
}

#[test]
fn a_review_cannot_be_turned_to_others_by_a_change() {
    let path = format!("{REVIEWS}/{OWN_REVIEW}");
    let foreign = review(query("/groups/{foreign}/members"), json!({}));
    assert!(is_refused("PUT", &path, Some(foreign.clone())));
    assert!(is_refused("PATCH", &format!("{path}/instances/{OWN_REVIEW}"), Some(foreign)));
    assert!(!is_refused("PUT", &path, Some(review(query("/groups/{group}/members"), json!({})))));
}

#[test]
fn a_referenced_user_may_be_anybody() {
    let body = json!({"displayName": "G", "members@odata.bind": [format!("https://graph.microsoft.com/v1.0/users/{FOREIGN}")]});
    assert!(!is_refused("POST", "/v1.0/groups", Some(body)));
    let reviewers = json!({"reviewers": [query("/users/{foreign}")]});
    assert!(!is_refused("POST", REVIEWS, Some(review(query("/groups/{group}/members"), reviewers))));
}

#[test]
fn a_batch_is_judged_part_by_part() {
    let part = |method: &str, url: &str| json!({"id": "1", "method": method, "url": url});
    let batch = |parts: &[Value]| judged("POST", "/v1.0/$batch", Some(json!({"requests": parts})));
    let own = format!("/users/{OWN_USER}");
    let foreign = format!("users/{FOREIGN}");
    assert_eq!(batch(&[part("GET", &foreign), part("get", &own)]), "read");
    assert_eq!(batch(&[part("GET", &foreign), part("PATCH", &own)]), "a batch: this run's user \"Adele Vance\"");
    assert_eq!(
        batch(&[part("PATCH", &own), part("delete", &foreign)]),
        "refused-write: request 2 of the batch: it changes an object (user) that this run did not create"
    );
    assert!(batch(&[json!({"method": "POST", "url": "/users", "body": {}})]).starts_with("not-journalled: "));
    assert!(batch(&[part("POST", "/$batch")]).starts_with("refused-write: "));
    assert!(batch(&[json!({"url": "/users"})]).starts_with("refused-write: "));
    for body in [None, Some(json!({})), Some(json!({"requests": {}}))] {
        assert!(is_refused("POST", "/v1.0/$batch", body));
    }
}

#[test]
fn a_refusal_says_what_was_not_sent_why_and_what_to_do() {
    let call = Call::new("administrator", "DELETE", format!("/v1.0/users/{FOREIGN}"));
    let mut guard = guard();
    let failure = guard.judge(&call, None, &StepPlace::default()).unwrap_err();
    assert_eq!(
        failure.message,
        format!("DELETE /v1.0/users/{FOREIGN} was not sent: it changes an object (user) that this run did not create")
    );
    assert!(failure.help.unwrap().contains("[may-change]"));
    assert_eq!(guard.judged().len(), 1);
}

#[test]
fn a_journal_says_what_is_own() {
    let object = JournalObject {
        resource: Resource::named("user").unwrap(),
        name: "Alex".to_owned(),
        search: PropertySearch { property: "userPrincipalName".to_owned(), value: "alex-gw1@x.com".to_owned() },
    };
    let at = jiff::Timestamp::UNIX_EPOCH;
    let created = JournalEvent::Created { entry: EntryId(1), object, id: FOREIGN.to_owned(), at };
    let mut guard = guard();
    let mut record = JournalRecord::default();
    record.events.push(created);
    guard.learn_from(&record);
    let judge = |path: &str| guard.judgement("DELETE", path, None, None);
    assert!(matches!(judge(&format!("/v1.0/users/{FOREIGN}")), Judgement::Allowed(_)));
    assert!(matches!(judge("/v1.0/users/alex-gw1@x.com"), Judgement::Allowed(_)));
    assert!(matches!(judge(&format!("/v1.0/users/{OWN_USER}")), Judgement::Refused(_)));
}

#[test]
fn an_own_object_cannot_be_made_to_act_on_others() {
    let unit = "/v1.0/directory/administrativeUnits/{unit}";
    assert!(is_refused("PATCH", unit, Some(json!({"isMemberManagementRestricted": true}))));
    assert!(!is_refused("PATCH", unit, Some(json!({"isMemberManagementRestricted": false, "displayName": "East"}))));
}

#[test]
fn a_declared_resource_may_be_created_changed_and_deleted() {
    let facts = json!({"id": "location", "noun": "named location", "collection": "/identity/conditionalAccess/namedLocations",
        "marks": {"displayName": "text"}, "look-up": {"by": "list", "property": "displayName"}, "order": 5, "source": "me"});
    let mut allowed = Resources::default();
    let judge = |allowed: &Resources, method: &str, path: &str| {
        let mut guard = Guard::new(allowed.clone(), Vec::new());
        if let Some(location) = allowed.iter().find(|resource| resource.id() == "location") {
            guard.created(location, "Office", OWN_UNIT, None);
        }
        let path = path.replace("{own}", OWN_UNIT).replace("{foreign}", FOREIGN);
        match guard.judgement(method, &path, Some(&json!({})), None) {
            Judgement::Reads => "read".to_owned(),
            Judgement::Allowed(permission) => permission.to_string(),
            Judgement::Refused(WriteRefusal { help, .. }) => format!("refused: {help}"),
        }
    };
    let at = "/v1.0/identity/conditionalAccess/namedLocations";
    let undeclared = judge(&allowed, "POST", at);
    assert!(undeclared.contains("administrative unit") && undeclared.contains("[[may-create]]"), "{undeclared}");
    allowed.declare(serde_json::from_value(facts).unwrap()).unwrap();
    assert_eq!(judge(&allowed, "POST", at), "a new named location, deleted again");
    for path in [format!("{at}/{{own}}"), format!("{at}('{{own}}')")] {
        for method in ["PATCH", "DELETE"] {
            assert_eq!(judge(&allowed, method, &path), "this run's named location \"Office\"", "{method} {path}");
        }
    }
    for (method, path) in [
        ("DELETE", format!("{at}/{{foreign}}")),
        ("PATCH", format!("{at}/{{own}}/more")),
        ("POST", format!("{at}/{{own}}")),
        ("POST", "/v1.0/identity/conditionalAccess/policies".to_owned()),
        ("DELETE", "/v1.0/identity/conditionalAccess/policies/{own}".to_owned()),
    ] {
        assert!(judge(&allowed, method, &path).starts_with("refused"), "{method} {path}");
    }
}
