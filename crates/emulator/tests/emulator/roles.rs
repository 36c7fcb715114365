//! Directory roles: read, assigned to users and groups, taken away by hand and by a review; what is assigned permits.

use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;
use serde_json::{Value, json};

use crate::contoso::{DEFINITIONS, Review, merge};
use crate::served::{Served, settings};

const ROLES: &str = "/v1.0/roleManagement/directory";
const USER_ADMINISTRATOR: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";
const ALINE: &str = "339143ab-541e-484f-b017-e1707e962d34";
const HELPER: &str = "339143ab-541e-484f-b017-000000000001";
const REVIEWER: &str = "f674a1c9-4a40-439c-bfa3-4b61a9f29d85";
const HELPDESK: &str = "b5260fca-6d64-4d5a-92df-0c482d40bc4d";
const OTHERS: &str = "b5260fca-6d64-4d5a-92df-000000000001";

const TENANT: &str = "
users:
  - {userPrincipalName: AlineD@contoso.com, id: 339143ab-541e-484f-b017-e1707e962d34, displayName: Aline Dupuy}
  - {userPrincipalName: helper@contoso.com, id: 339143ab-541e-484f-b017-000000000001, displayName: Helper}
  - {userPrincipalName: AlexW@contoso.com, id: f674a1c9-4a40-439c-bfa3-4b61a9f29d85, displayName: Alex Wilber}
  - {userPrincipalName: prime@contoso.com, displayName: Prime, roles: [Privileged Role Administrator]}
groups:
  - {displayName: IT Helpdesk (User), id: b5260fca-6d64-4d5a-92df-0c482d40bc4d, isAssignableToRole: true, members: [helper@contoso.com]}
  - {displayName: Others, id: b5260fca-6d64-4d5a-92df-000000000001, members: [helper@contoso.com]}
";

async fn tenant() -> Served {
    Served::with(Settings { seed: Seed::parse(TENANT).unwrap(), ..settings() }).await
}

fn assignment(principal: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.unifiedRoleAssignment", "roleDefinitionId": USER_ADMINISTRATOR, "principalId": principal, "directoryScopeId": "/"})
}

async fn assign(served: &Served, principal: &str) -> String {
    let created =
        served.administrator().post(&format!("{ROLES}/roleAssignments"), &assignment(principal)).await.ok(201);
    created["id"].as_str().unwrap().to_owned()
}

/// Who has the role User Administrator.
async fn holders(served: &Served) -> Vec<String> {
    let path = format!("{ROLES}/roleAssignments?$filter=roleDefinitionId eq '{USER_ADMINISTRATOR}'");
    let all = served.administrator().all(&path).await;
    all.iter().map(|one| one["principalId"].as_str().unwrap().to_owned()).collect()
}

/// The tutorial's review, changed by a merge patch.
fn body(changes: Value) -> Value {
    let scope = |query: &str| json!({"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": query, "queryType": "MicrosoftGraph"});
    let mut body = json!({
        "displayName": "Review access of users and groups to privileged roles",
        "descriptionForAdmins": "Review access of users and groups to privileged roles",
        "scope": {
            "@odata.type": "#microsoft.graph.principalResourceMembershipsScope",
            "principalScopes": [scope("/users"), scope("/groups")],
            "resourceScopes": [scope(&format!("/roleManagement/directory/roleDefinitions/{USER_ADMINISTRATOR}"))],
        },
        "reviewers": [{"query": format!("/users/{REVIEWER}"), "queryType": "MicrosoftGraph"}],
        "settings": {
            "mailNotificationsEnabled": true,
            "reminderNotificationsEnabled": true,
            "justificationRequiredOnApproval": true,
            "defaultDecisionEnabled": false,
            "defaultDecision": "None",
            "instanceDurationInDays": 3,
            "recommendationsEnabled": false,
            "recurrence": {
                "pattern": {"type": "absoluteMonthly", "interval": 3},
                "range": {"type": "noEnd", "startDate": "2026-03-02"},
            },
        },
    });
    merge(&mut body, changes);
    body
}

/// Creates a review and waits until it takes decisions.
async fn review(served: &Served, changes: Value) -> Review {
    review_of(served, &body(changes)).await
}

async fn review_of(served: &Served, body: &Value) -> Review {
    let created = served.administrator().post(DEFINITIONS, body).await.ok(201);
    served.pass(60).await;
    let definition = created["id"].as_str().unwrap().to_owned();
    let instances = served.administrator().all(&format!("{DEFINITIONS}/{definition}/instances")).await;
    assert_eq!(instances.len(), 1);
    Review { definition, id: instances[0]["id"].as_str().unwrap().to_owned() }
}

async fn item(served: &Served, review: &Review, principal: &str) -> Value {
    let items = served.administrator().all(&review.path("/decisions")).await;
    items.iter().find(|item| item["principal"]["id"] == principal).unwrap_or_else(|| panic!("{items:?}")).clone()
}

#[tokio::test]
async fn roles_are_listed_by_name_and_read_by_their_template_id() {
    let served = tenant().await;
    let administrator = served.administrator();
    let found =
        administrator.all(&format!("{ROLES}/roleDefinitions?$filter=displayName eq 'User Administrator'")).await;
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["id"], &found[0]["templateId"]), (&json!(USER_ADMINISTRATOR), &json!(USER_ADMINISTRATOR)));
    let read = administrator.get(&format!("{ROLES}/roleDefinitions/{USER_ADMINISTRATOR}")).await.ok(200);
    assert_eq!((&read["displayName"], &read["isBuiltIn"]), (&json!("User Administrator"), &json!(true)));
    administrator.get(&format!("{ROLES}/roleDefinitions/{ALINE}")).await.refused(404, "Request_ResourceNotFound");
    administrator.post(&format!("{ROLES}/roleDefinitions"), &json!({})).await.refused(501, "NotModelled");
    served
        .user("AlineD@contoso.com")
        .get(&format!("{ROLES}/roleDefinitions"))
        .await
        .refused(403, "Authorization_RequestDenied");
}

#[tokio::test]
async fn a_role_is_assigned_once_read_back_and_taken_away() {
    let served = tenant().await;
    let administrator = served.administrator();
    let path = format!("{ROLES}/roleAssignments");
    let id = assign(&served, ALINE).await;
    assert_eq!(id, "5wuT_mJe20eRr5jDpJo4satDkTMeVE9IsBfhcH6WLTQ-1");
    administrator.post(&path, &assignment(ALINE)).await.refused(400, "Request_BadRequest");
    let read = administrator.get(&format!("{path}/{id}?$expand=principal,roleDefinition")).await.ok(200);
    assert_eq!((&read["directoryScopeId"], &read["principal"]["displayName"]), (&json!("/"), &json!("Aline Dupuy")));
    assert_eq!(
        (&read["principal"]["@odata.type"], &read["roleDefinition"]["displayName"]),
        (&json!("#microsoft.graph.user"), &json!("User Administrator"))
    );
    let of_aline =
        administrator.all(&format!("{path}?$filter=principalId eq '{ALINE}'&$expand=principal($select=id)")).await;
    assert_eq!(
        (of_aline.len(), &of_aline[0]["principal"]),
        (1, &json!({"@odata.type": "#microsoft.graph.user", "id": ALINE}))
    );
    administrator.get(&format!("{path}?$expand=nobody")).await.refused(400, "Request_BadRequest");
    administrator.get(&format!("{path}/{}", id.to_lowercase())).await.refused(404, "Request_ResourceNotFound");
    administrator.delete(&format!("{path}/{id}")).await.ok(204);
    administrator.get(&format!("{path}/{id}")).await.refused(404, "Request_ResourceNotFound");
    administrator.delete(&format!("{path}/{id}")).await.refused(404, "Request_ResourceNotFound");
    assert!(holders(&served).await.is_empty());
}

#[tokio::test]
async fn assignments_that_cannot_be_are_refused_with_the_reason() {
    let served = tenant().await;
    let path = format!("{ROLES}/roleAssignments");
    for (change, status, words) in [
        (json!({"principalId": OTHERS}), 400, "isAssignableToRole"),
        (json!({"principalId": "00000000-0000-4000-8000-00000000dead"}), 404, "does not exist"),
        (json!({"principalId": "x"}), 400, "principalId"),
        (json!({"principalId": null}), 400, "principalId"),
        (json!({"roleDefinitionId": ALINE}), 404, "does not exist"),
        (json!({"directoryScopeId": null}), 400, "directoryScopeId"),
        (json!({"directoryScopeId": "/administrativeUnits/5d107bba-d8e2-4e13-b6ae-884be90e5d1a"}), 501, "scope"),
        (json!({"id": "x"}), 400, "id"),
    ] {
        let mut sent = assignment(ALINE);
        merge(&mut sent, change.clone());
        let answer = served.administrator().post(&path, &sent).await;
        assert!(answer.status == status && answer.text.contains(words), "{change}: {} {}", answer.status, answer.text);
    }
    assert!(holders(&served).await.is_empty());
}

#[tokio::test]
async fn an_assigned_role_permits_what_it_permits_until_it_is_taken_away() {
    let served = tenant().await;
    let aline = served.user("AlineD@contoso.com");
    let helper = served.user("helper@contoso.com");
    let change = json!({"jobTitle": "Helper"});
    let path = format!("/v1.0/users/{REVIEWER}");
    aline.patch(&path, &change).await.refused(403, "Authorization_RequestDenied");
    let id = assign(&served, ALINE).await;
    aline.patch(&path, &change).await.ok(204);
    served.administrator().delete(&format!("{ROLES}/roleAssignments/{id}")).await.ok(204);
    aline.patch(&path, &change).await.refused(403, "Authorization_RequestDenied");
    // Through the group, as long as one is a member of it.
    assign(&served, HELPDESK).await;
    helper.patch(&path, &change).await.ok(204);
    served.administrator().delete(&format!("/v1.0/groups/{HELPDESK}/members/{HELPER}/$ref")).await.ok(204);
    helper.patch(&path, &change).await.refused(403, "Authorization_RequestDenied");
    // Nobody assigns roles with this one.
    assign(&served, ALINE).await;
    aline
        .post(&format!("{ROLES}/roleAssignments"), &assignment(HELPER))
        .await
        .refused(403, "Authorization_RequestDenied");
    served.user("prime@contoso.com").post(&format!("{ROLES}/roleAssignments"), &assignment(HELPER)).await.ok(201);
}

#[tokio::test]
async fn the_roles_of_a_deleted_user_come_back_with_the_user() {
    let served = tenant().await;
    let administrator = served.administrator();
    assign(&served, ALINE).await;
    administrator.delete(&format!("/v1.0/users/{ALINE}")).await.ok(204);
    assert!(holders(&served).await.is_empty());
    administrator.act(&format!("/v1.0/directory/deletedItems/{ALINE}/restore")).await.ok(200);
    assert_eq!(holders(&served).await, [ALINE]);
}

#[tokio::test]
async fn a_review_of_a_role_has_an_item_about_each_principal() {
    let served = tenant().await;
    for principal in [ALINE, HELPDESK] {
        assign(&served, principal).await;
    }
    let created = served.administrator().post(DEFINITIONS, &body(json!({}))).await.ok(201);
    let query = format!("/roleManagement/directory/roleDefinitions/{USER_ADMINISTRATOR}");
    assert_eq!(created["scope"]["resourceScopes"][0]["query"], query);
    assert_eq!((&created["descriptionForReviewers"], &created["status"]), (&Value::Null, &json!("NotStarted")));
    let review = review(&served, json!({})).await;
    assert_ne!(review.id, review.definition);
    let instance = served.administrator().get(&review.path("")).await.ok(200);
    let scope = &instance["scope"];
    assert_eq!(scope["@odata.type"], "#microsoft.graph.principalResourceMembershipsScope");
    assert_eq!(
        (&scope["principalScopes"][0]["query"], &scope["principalScopes"][1]["query"]),
        (&json!("/v1.0/users"), &json!("/v1.0/groups"))
    );
    assert_eq!(
        (&scope["resourceScopes"][0]["query"], &scope["resourceScopes"][0]["queryRoot"]),
        (&json!(format!("/beta{query}")), &Value::Null)
    );
    assert_eq!(
        (&instance["startDateTime"], &instance["endDateTime"]),
        (&json!("2026-03-02T09:00:05Z"), &json!("2026-03-05T09:00:05Z"))
    );
    let (aline, helpdesk) = (item(&served, &review, ALINE).await, item(&served, &review, HELPDESK).await);
    assert_eq!(
        aline["resource"],
        json!({"id": USER_ADMINISTRATOR, "displayName": "User Administrator", "type": "directoryRole"})
    );
    assert_eq!(aline["resourceLink"], format!("https://graph.microsoft.com/beta{query}"));
    assert_eq!(aline["principal"]["userPrincipalName"], "AlineD@contoso.com");
    assert_eq!(helpdesk["principal"], json!({"id": HELPDESK, "displayName": "IT Helpdesk (User)", "type": "group"}));
    assert_eq!(helpdesk["principalLink"], format!("https://graph.microsoft.com/v1.0/groups/{HELPDESK}"));
    assert_eq!((&aline["recommendation"], &aline["decision"]), (&json!("NoInfoAvailable"), &json!("NotReviewed")));
}

#[tokio::test]
async fn the_denied_assignment_is_gone_once_the_decisions_are_applied() {
    let served = tenant().await;
    for principal in [ALINE, HELPDESK] {
        assign(&served, principal).await;
    }
    let review = review(&served, json!({})).await;
    let alex = served.user("AlexW@contoso.com");
    for (principal, decision) in [(HELPDESK, "Approve"), (ALINE, "Deny")] {
        let id = item(&served, &review, principal).await["id"].as_str().unwrap().to_owned();
        let decided = json!({"decision": decision, "justification": "The policy says so."});
        served.administrator().patch(&review.path(&format!("/decisions/{id}")), &decided).await.refused(403, "");
        alex.patch(&review.path(&format!("/decisions/{id}")), &decided).await.ok(204);
    }
    served.pass_days(4).await;
    let instance = served.administrator().get(&review.path("")).await.ok(200);
    assert_eq!(instance["status"], "Completed", "nobody applies the decisions by himself");
    assert_eq!(holders(&served).await, [ALINE, HELPDESK]);
    served.administrator().act(&review.path("/applyDecisions")).await.ok(204);
    served.pass(200).await;
    assert_eq!(holders(&served).await, [HELPDESK]);
    let (aline, helpdesk) = (item(&served, &review, ALINE).await, item(&served, &review, HELPDESK).await);
    assert_eq!(
        (&aline["applyResult"], &aline["appliedBy"]["displayName"]),
        (&json!("AppliedSuccessfully"), &json!("MOD Administrator"))
    );
    assert_eq!(
        (&helpdesk["applyResult"], &helpdesk["appliedDateTime"], &helpdesk["appliedBy"]["displayName"]),
        (&json!("New"), &Value::Null, &json!(""))
    );
    assert_eq!(aline["reviewedBy"]["displayName"], "Alex Wilber");
    let all = served.administrator().all(&review.definition("/instances")).await;
    assert_eq!((all.len(), &all[1]["startDateTime"]), (2, &json!("2026-06-02T09:00:05Z")));
}

#[tokio::test]
async fn a_review_of_roles_is_narrowed_to_guests_or_to_named_principals() {
    let served = tenant().await;
    for principal in [ALINE, HELPER, HELPDESK] {
        assign(&served, principal).await;
    }
    let of = |queries: &[String]| {
        let all: Vec<Value> = queries.iter().map(|query| json!({"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": query, "queryType": "MicrosoftGraph"})).collect();
        json!({"scope": {"principalScopes": all}})
    };
    for (queries, expected) in [
        (vec!["/users".to_owned()], vec![ALINE, HELPER]),
        (vec![format!("/users/{ALINE}"), format!("/v1.0/groups/{HELPDESK}")], vec![ALINE, HELPDESK]),
        (vec!["/users?$filter=(userType eq 'Guest')".to_owned()], vec![]),
    ] {
        let review = review(&served, of(&queries)).await;
        let items = served.administrator().all(&review.path("/decisions")).await;
        let found: Vec<&str> = items.iter().map(|item| item["principal"]["id"].as_str().unwrap()).collect();
        assert_eq!(found, expected, "{queries:?}");
    }
    let mut users_of_role = body(json!({}));
    users_of_role["scope"] = json!({
        "query": format!("/roleManagement/directory/roleDefinitions/{USER_ADMINISTRATOR}"),
        "queryType": "MicrosoftGraph",
    });
    let review = review_of(&served, &users_of_role).await;
    assert_eq!(served.administrator().all(&review.path("/decisions")).await.len(), 2);
}

#[tokio::test]
async fn scopes_of_principals_that_are_not_modelled_or_wrong_say_so() {
    let served = tenant().await;
    let scope = |query: &str| json!([{"@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": query, "queryType": "MicrosoftGraph"}]);
    let role = format!("/roleManagement/directory/roleDefinitions/{USER_ADMINISTRATOR}");
    for (principals, resources, status) in [
        (json!([]), scope(&role), 400),
        (scope("/users"), json!([]), 400),
        (scope("/devices"), scope(&role), 400),
        (scope("/groups?$filter=(userType eq 'Guest')"), scope(&role), 400),
        (scope("/servicePrincipals"), scope(&role), 501),
        (scope("/users"), scope("/groups"), 501),
        (scope("/users"), scope("/roleManagement/directory/roleDefinitions"), 501),
        (scope("/users"), scope(&format!("/roleManagement/directory/roleDefinitions/{ALINE}")), 400),
        (scope("/users"), json!([scope(&role)[0], scope(&role)[0]]), 501),
    ] {
        let sent = body(json!({"scope": {"principalScopes": principals, "resourceScopes": resources}}));
        let answer = served.administrator().post(DEFINITIONS, &sent).await;
        assert_eq!(answer.status, status, "{}: {}", sent["scope"], answer.text);
    }
}

#[tokio::test]
async fn reviews_of_roles_take_another_administrator_than_reviews_of_groups() {
    let served = tenant().await;
    assign(&served, ALINE).await;
    let (prime, aline) = (served.user("prime@contoso.com"), served.user("AlineD@contoso.com"));
    aline.post(DEFINITIONS, &body(json!({}))).await.refused(403, "");
    let created = prime.post(DEFINITIONS, &body(json!({}))).await.ok(201);
    let mut of_group = body(json!({}));
    of_group["scope"] = json!({"query": format!("/groups/{OTHERS}/members"), "queryType": "MicrosoftGraph"});
    prime.post(DEFINITIONS, &of_group).await.refused(403, "");
    aline.post(DEFINITIONS, &of_group).await.ok(201);
    let path = format!("{DEFINITIONS}/{}", created["id"].as_str().unwrap());
    aline.delete(&path).await.refused(403, "");
    prime.delete(&path).await.ok(204);
}
