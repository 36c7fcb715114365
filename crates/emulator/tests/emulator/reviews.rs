//! Definitions and instances: created, listed, replaced, stopped, deleted; who reviews, and what is in scope.

use serde_json::{Value, json};

use crate::contoso::{Contoso, DEFINITIONS, Review, group, user};
use crate::served::Served;

fn ids(all: &[Value], pointer: &str) -> Vec<String> {
    let mut ids: Vec<String> =
        all.iter().map(|one| one.pointer(pointer).unwrap().as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn a_review_lives_from_not_started_to_applied_and_removes_who_did_not_answer() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let created = administrator.post(DEFINITIONS, &contoso.body(json!({}))).await;
    assert!(created.header("location").unwrap().contains("/definitions/"));
    let created = created.ok(201);
    assert_eq!(
        (&created["status"], &created["scope"], &created["createdDateTime"]),
        (&json!("NotStarted"), &json!({}), &Value::Null)
    );
    let id = created["id"].as_str().unwrap().to_owned();
    let review = Review { definition: id.clone(), id };
    let mut seen = Vec::new();
    for (seconds, expected) in [
        (4, "NotStarted"),
        (1, "Initializing"),
        (9, "Starting"),
        (16, "InProgress"),
        (4 * 86_400, "InProgress"),
        (86_400 - 3_600 - 30 - 1, "InProgress"),
        (1, "Completing"),
        (60, "AutoReviewing"),
        (40, "AutoReviewed"),
        (30, "Completed"),
        (30, "Applying"),
        (150, "Applied"),
        (86_400, "Applied"),
    ] {
        contoso.served.pass(seconds).await;
        seen.push(contoso.status(&review).await);
        let definition = administrator.get(&review.definition("")).await.ok(200);
        assert_eq!((definition["status"].as_str().unwrap(), seen.last().unwrap().as_str()), (expected, expected));
        if expected == "InProgress" && seen.len() == 4 {
            let mine = contoso.item_path(&review, &contoso.adele).await;
            let body = json!({"decision": "Approve", "justification": "I guard the door."});
            contoso.adele().patch(&mine, &body).await.ok(204);
        }
    }
    assert_eq!(contoso.members(&contoso.group).await, [contoso.adele.as_str()]);
    let (adele, alex) = (contoso.item(&review, &contoso.adele).await, contoso.item(&review, &contoso.alex).await);
    assert_eq!((&adele["decision"], &alex["decision"]), (&json!("Approve"), &json!("Deny")));
    assert_eq!(
        (&adele["applyResult"], &alex["applyResult"]),
        (&json!("AppliedSuccessfully"), &json!("AppliedSuccessfully"))
    );
    assert_eq!(
        (&alex["reviewedBy"]["id"], &alex["appliedBy"]["displayName"]),
        (&json!("00000000-0000-0000-0000-000000000000"), &json!(""))
    );
    assert_eq!(alex["appliedDateTime"], "2026-03-07T08:05:10Z");
}

#[tokio::test]
async fn the_instance_of_a_single_review_ends_at_eight_on_the_last_day() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    assert_eq!(review.id, review.definition);
    let instance = contoso.administrator().get(&review.path("")).await.ok(200);
    assert_eq!(
        (&instance["startDateTime"], &instance["endDateTime"]),
        (&json!("2026-03-02T09:00:05Z"), &json!("2026-03-07T08:00:00Z"))
    );
    assert_eq!(
        instance["scope"]["query"],
        format!("/v1.0/groups/{}/transitiveMembers/microsoft.graph.user", contoso.group)
    );
    assert_eq!((&instance["scope"]["queryRoot"], &instance["reviewers"]), (&Value::Null, &json!([])));
    let definition = contoso.administrator().get(&review.definition("")).await.ok(200);
    assert_eq!(definition["createdBy"]["userPrincipalName"], "admin@Contoso.com");
    assert_eq!(definition["settings"]["applyActions"], json!([]));
}

#[tokio::test]
async fn reviews_that_cannot_be_are_refused_with_the_reason() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let range = |range: Value| json!({"settings": {"recurrence": {"range": range}}});
    for (change, status, words) in [
        (
            json!({"scope": {"query": "/groups/00000000-0000-0000-0000-00000000abcd/transitiveMembers"}}),
            400,
            "does not exist",
        ),
        (json!({"scope": {"query": "/devices"}}), 400, "/groups/{id}/transitiveMembers"),
        (json!({"scope": {"query": "/groups/x/members"}}), 400, "supported"),
        (
            json!({"scope": {"@odata.type": "#microsoft.graph.principalResourceMembershipsScope", "principalScopes": [], "resourceScopes": []}}),
            400,
            "",
        ),
        (json!({"instanceEnumerationScope": {"query": "/groups", "queryType": "MicrosoftGraph"}}), 501, "model"),
        (json!({"reviewers": [{"query": "/me", "queryType": "MicrosoftGraph"}]}), 400, "./owners"),
        (json!({"reviewers": [{"query": "./manager", "queryType": "MicrosoftGraph"}]}), 400, "queryRoot"),
        (json!({"settings": {"defaultDecision": "Maybe"}}), 400, "defaultDecision"),
        (json!({"settings": {"nothing": 1}}), 400, "nothing"),
        (json!({"settings": {"instanceDurationInDays": null}}), 400, "instanceDurationInDays"),
        (json!({"settings": {"instanceDurationInDays": -1}}), 400, "instanceDurationInDays"),
        (
            json!({"settings": {"applyActions": [{"@odata.type": "#microsoft.graph.disableAndDeleteUserApplyAction"}]}}),
            501,
            "model",
        ),
        (
            json!({"settings": {"recurrence": {"pattern": {"type": "daily", "interval": 1, "month": 0, "dayOfMonth": 0}}}}),
            400,
            "weekly",
        ),
        (range(json!({"endDate": "2026-03-01"})), 400, "endDate"),
        (range(json!({"startDate": "2026-03-07", "endDate": "2026-03-07", "type": "endDate"})), 201, ""),
        (range(json!({"startDate": "tomorrow"})), 400, "startDate"),
        (json!({"displayName": ""}), 400, "displayName"),
        (json!({"displayName": 5}), 400, "displayName"),
        (json!({"unheard": true}), 400, "unheard"),
        (json!({"status": "InProgress"}), 400, "status"),
        (json!({"createdBy": {"id": "x"}}), 400, "createdBy"),
        (
            json!({"stageSettings": [{"stageId": "1", "durationInDays": 0, "recommendationsEnabled": false}]}),
            400,
            "durationInDays",
        ),
    ] {
        let answer = administrator.post(DEFINITIONS, &contoso.body(change.clone())).await;
        assert_eq!(answer.status, status, "{change}: {}", answer.text);
        assert!(answer.text.contains(words), "{change}: {}", answer.text);
    }
    for name in ["displayName", "scope", "settings"] {
        let mut body = contoso.body(json!({}));
        body.as_object_mut().unwrap().shift_remove(name);
        let answer = administrator.post(DEFINITIONS, &body).await;
        assert!(answer.status == 400 && answer.text.contains(name), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_time_that_is_sent_with_a_day_is_dropped() {
    let contoso = Contoso::start().await;
    let range = json!({"startDate": "2026-03-02T10:00:00Z", "endDate": "2026-03-07T00:00:00.000Z"});
    let review = contoso.review(json!({"settings": {"recurrence": {"range": range}}})).await;
    let definition = contoso.administrator().get(&review.definition("")).await.ok(200);
    let range = &definition["settings"]["recurrence"]["range"];
    assert_eq!((&range["startDate"], &range["endDate"]), (&json!("2026-03-02"), &json!("2026-03-07")));
}

#[tokio::test]
async fn reviews_are_listed_filtered_and_found_by_their_reviewers() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let first = contoso.review(json!({})).await;
    let other = group(&administrator, "Others", &[], &[&contoso.megan]).await;
    let scope = json!({"scope": {"query": format!("/groups/{other}/members")}});
    let second = contoso.review(scope).await;
    let listed = async |query: &str| ids(&administrator.all(&format!("{DEFINITIONS}{query}")).await, "/id");
    assert_eq!(listed("").await.len(), 2);
    let contains = format!("?$filter=contains(scope/microsoft.graph.accessReviewQueryScope/query,'/groups/{other}')");
    assert_eq!(listed(&contains).await, [second.definition.as_str()]);
    administrator.act(&first.path("/stop")).await.ok(204);
    assert_eq!(listed("?$filter=status%20eq%20'InProgress'").await, [second.definition.as_str()]);
    administrator
        .get(&format!("{DEFINITIONS}?$filter=displayName eq 'x'"))
        .await
        .refused(400, "Request_UnsupportedQuery");
    let own = "/filterByCurrentUser(on='reviewer')";
    let (adele, megan) = (contoso.adele(), contoso.megan());
    assert_eq!(ids(&adele.all(&format!("{DEFINITIONS}{own}")).await, "/id"), [first.definition.as_str()]);
    assert_eq!(ids(&megan.all(&format!("{DEFINITIONS}{own}")).await, "/id"), [second.definition.as_str()]);
    assert_eq!(adele.all(&first.definition(&format!("/instances{own}"))).await.len(), 1);
    assert!(megan.all(&first.definition(&format!("/instances{own}"))).await.is_empty());
    assert_eq!(adele.all(&first.path(&format!("/decisions{own}"))).await.len(), 1);
    assert_eq!(administrator.all(&first.path("/decisions")).await.len(), 2);
    let wrong = first.path("/decisions/filterByCurrentUser(on='owner')");
    adele.get(&wrong).await.refused(400, "BadRequest");
}

#[tokio::test]
async fn an_unknown_id_is_answered_404_at_any_depth() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let other = contoso.review(json!({})).await;
    let administrator = contoso.administrator();
    let nobody = "00000000-0000-0000-0000-00000000abcd";
    let crossed = Review { definition: review.definition.clone(), id: other.id.clone() };
    for path in [
        format!("{DEFINITIONS}/{nobody}"),
        format!("{DEFINITIONS}/nonsense"),
        format!("{DEFINITIONS}/{nobody}/instances"),
        review.definition(&format!("/instances/{nobody}")),
        review.path(&format!("/decisions/{nobody}")),
        format!("{DEFINITIONS}/{nobody}/instances/{nobody}/decisions"),
        review.path(&format!("/stages/{nobody}")),
        review.path(&format!("/stages/{nobody}/decisions")),
        crossed.path(""),
        crossed.path("/decisions"),
        crossed.path("/contactedReviewers"),
        crossed.path("/stages"),
    ] {
        administrator.get(&path).await.refused(404, "NotFound");
    }
    for action in ["stop", "applyDecisions", "resetDecisions", "sendReminder"] {
        administrator.act(&crossed.path(&format!("/{action}"))).await.refused(404, "NotFound");
    }
    administrator.delete(&format!("{DEFINITIONS}/{nobody}")).await.refused(404, "NotFound");
    administrator.put(&format!("{DEFINITIONS}/{nobody}"), &contoso.body(json!({}))).await.refused(404, "NotFound");
    administrator.patch(&crossed.path(""), &json!({"reviewers": []})).await.refused(404, "NotFound");
    let decision = json!({"decision": "Deny"});
    contoso.adele().patch(&review.path(&format!("/decisions/{nobody}")), &decision).await.refused(404, "NotFound");
}

#[tokio::test]
async fn deleting_a_review_deletes_its_instances_and_removes_no_member() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    contoso.administrator().delete(&review.definition("")).await.ok(204);
    for path in [review.definition(""), review.path(""), review.path("/decisions")] {
        contoso.administrator().get(&path).await.refused(404, "NotFound");
    }
    contoso.served.pass_days(30).await;
    assert_eq!(contoso.members(&contoso.group).await.len(), 2);
}

#[tokio::test]
async fn a_review_is_replaced_by_put_and_its_running_instance_stays_as_it_is() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let administrator = contoso.administrator();
    let path = review.definition("");
    administrator.patch(&path, &json!({"displayName": "x"})).await.refused(405, "Request_BadRequest");
    let mut whole = administrator.get(&path).await.ok(200);
    whole["displayName"] = json!("Renamed");
    whole["settings"]["autoApplyDecisionsEnabled"] = json!(false);
    whole["settings"]["recurrence"]["range"]["startDate"] = json!("2026-03-04");
    whole["settings"]["recurrence"]["range"]["endDate"] = json!("2026-03-20");
    // A client sends back what it has read, with what only the service sets.
    administrator.put(&path, &whole).await.ok(204);
    let replaced = administrator.get(&path).await.ok(200);
    assert_eq!(
        (&replaced["displayName"], &replaced["lastModifiedDateTime"]),
        (&json!("Renamed"), &json!("2026-03-02T09:01:00Z"))
    );
    let range = &replaced["settings"]["recurrence"]["range"];
    assert_eq!((&range["startDate"], &range["endDate"]), (&json!("2026-03-02"), &json!("2026-03-20")), "a start stays");
    let instance = administrator.get(&review.path("")).await.ok(200);
    assert_eq!(instance["endDateTime"], "2026-03-07T08:00:00Z");
    contoso.served.pass_days(6).await;
    assert_eq!(contoso.status(&review).await, "Applied", "as it was when the instance began");
    let mut wrong = contoso.body(json!({}));
    wrong["id"] = json!("00000000-0000-0000-0000-00000000abcd");
    administrator.put(&path, &wrong).await.refused(400, "Request_BadRequest");
    administrator.put(&path, &json!({"displayName": "x"})).await.refused(400, "BadRequest");
}

#[tokio::test]
async fn a_review_replaced_before_its_start_starts_as_replaced() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let later = json!({"settings": {"recurrence": {"range": {"startDate": "2026-03-10", "endDate": "2026-03-12"}}}});
    let id =
        administrator.post(DEFINITIONS, &contoso.body(later.clone())).await.ok(201)["id"].as_str().unwrap().to_owned();
    let review = Review { definition: id.clone(), id };
    let mut body = contoso.body(later);
    body["settings"]["autoApplyDecisionsEnabled"] = json!(false);
    body["settings"]["recurrence"]["range"]["endDate"] = json!("2026-03-14");
    administrator.put(&review.definition(""), &body).await.ok(204);
    let instance = administrator.get(&review.path("")).await.ok(200);
    assert_eq!(
        (&instance["startDateTime"], &instance["endDateTime"]),
        (&json!("2026-03-10T00:00:00Z"), &json!("2026-03-14T08:00:00Z"))
    );
    contoso.served.pass_days(30).await;
    assert_eq!(contoso.status(&review).await, "Completed");
}

#[tokio::test]
async fn stopping_ends_the_period_once() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let created = administrator.post(DEFINITIONS, &contoso.body(json!({}))).await.ok(201);
    let id = created["id"].as_str().unwrap().to_owned();
    let review = Review { definition: id.clone(), id };
    administrator.act(&review.path("/stop")).await.refused(400, "BadRequest");
    contoso.served.pass(60).await;
    administrator.act(&review.path("/stop")).await.ok(204);
    assert_eq!(contoso.status(&review).await, "Completing");
    assert_eq!(administrator.get(&review.path("")).await.ok(200)["endDateTime"], "2026-03-02T09:01:00Z");
    administrator.act(&review.path("/stop")).await.refused(400, "BadRequest");
    contoso.served.pass(600).await;
    assert_eq!(contoso.status(&review).await, "Applied");
    let stopped = administrator.act(&review.definition("/stop")).await;
    stopped.refused(501, "NotModelled");
}

#[tokio::test]
async fn reviewers_are_oneself_users_groups_owners_managers_or_fallbacks() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let lee = user(&administrator, "Lee Gu", "LeeG").await;
    let reviewers = group(&administrator, "Reviewers", &[], &[&lee, &contoso.megan]).await;
    let manager = json!({"@odata.id": format!("https://x/v1.0/users/{lee}")});
    administrator.put(&format!("/v1.0/users/{}/manager/$ref", contoso.alex), &manager).await.ok(204);
    let scope = |query: &str, root: Value| json!({"query": query, "queryType": "MicrosoftGraph", "queryRoot": root});
    let fallback = json!([scope(&format!("/users/{}", contoso.megan), Value::Null)]);
    let (megan, lee_only) = (vec![contoso.megan.clone()], vec![lee.clone()]);
    let mut both = vec![contoso.megan.clone(), lee.clone()];
    both.sort();
    let mut oneself = vec![contoso.adele.clone(), contoso.alex.clone()];
    oneself.sort();
    for (reviewer, contacted) in [
        (json!([]), oneself),
        (json!([scope(&format!("/users/{lee}"), Value::Null)]), lee_only),
        (json!([scope(&format!("/groups/{reviewers}/transitiveMembers"), Value::Null)]), both.clone()),
        (json!([scope(&format!("/v1.0/groups/{}/owners", contoso.group), Value::Null)]), megan.clone()),
        (json!([scope("./owners", Value::Null)]), megan.clone()),
        (json!([scope("./manager", json!("decisions"))]), both),
        (json!([scope("/groups/00000000-0000-0000-0000-00000000abcd/owners", Value::Null)]), megan),
    ] {
        let review = contoso.review(json!({"reviewers": reviewer, "fallbackReviewers": fallback})).await;
        let told = administrator.all(&review.path("/contactedReviewers")).await;
        assert_eq!(ids(&told, "/id"), contacted, "{reviewer}");
        for item in contoso.items(&review).await {
            assert_eq!(item["reviewedBy"]["id"], "00000000-0000-0000-0000-000000000000");
        }
    }
}

#[tokio::test]
async fn a_direct_scope_reviews_groups_and_a_transitive_one_their_users() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let inner = group(&administrator, "Inner", &[], &[&contoso.megan]).await;
    let add = json!({"@odata.id": format!("https://x/v1.0/directoryObjects/{inner}")});
    administrator.post(&format!("/v1.0/groups/{}/members/$ref", contoso.group), &add).await.ok(204);
    let review = |query: &str| {
        let query = format!("/groups/{}{query}", contoso.group);
        contoso.review(
            json!({"scope": {"query": query}, "reviewers": [{"query": "./owners", "queryType": "MicrosoftGraph"}]}),
        )
    };
    let mut direct = vec![contoso.adele.clone(), contoso.alex.clone(), inner.clone()];
    direct.sort();
    let mut users = vec![contoso.adele.clone(), contoso.alex.clone(), contoso.megan.clone()];
    users.sort();
    let items = contoso.items(&review("/members").await).await;
    assert_eq!(ids(&items, "/principal/id"), direct);
    let nested = items.iter().find(|item| item["principal"]["id"] == inner.as_str()).unwrap();
    assert_eq!(
        (&nested["principal"]["type"], &nested["principalLink"]),
        (&json!("group"), &json!(format!("https://graph.microsoft.com/v1.0/groups/{inner}")))
    );
    assert_eq!(ids(&contoso.items(&review("/transitiveMembers").await).await, "/principal/id"), users);
    let cast = review("/transitiveMembers/microsoft.graph.user").await;
    assert_eq!(ids(&contoso.items(&cast).await, "/principal/id"), users);
    let direct_users = review("/members/microsoft.graph.user").await;
    users.retain(|id| *id != contoso.megan);
    assert_eq!(ids(&contoso.items(&direct_users).await, "/principal/id"), users);
}

#[tokio::test]
async fn guests_alone_and_those_who_have_not_signed_in_can_be_reviewed() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    administrator.patch(&format!("/v1.0/users/{}", contoso.alex), &json!({"userType": "Guest"})).await.ok(204);
    let query =
        format!("/groups/{}/transitiveMembers/microsoft.graph.user/?$filter=(userType eq 'Guest')", contoso.group);
    let guests = contoso.review(json!({"scope": {"query": query}})).await;
    assert_eq!(ids(&contoso.items(&guests).await, "/principal/id"), [contoso.alex.as_str()]);
    contoso.adele().get("/v1.0/me").await.ok(200);
    let scope = json!({"@odata.type": "#microsoft.graph.accessReviewInactiveUsersQueryScope", "inactiveDuration": "P30D",
        "query": format!("/groups/{}/transitiveMembers", contoso.group), "queryType": "MicrosoftGraph"});
    let inactive = contoso.review(json!({"scope": scope})).await;
    assert_eq!(ids(&contoso.items(&inactive).await, "/principal/id"), [contoso.alex.as_str()]);
}

#[tokio::test]
async fn an_instance_gets_other_reviewers_while_it_is_running() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let fallback =
        json!({"fallbackReviewers": [{"query": format!("/users/{}", contoso.megan), "queryType": "MicrosoftGraph"}]});
    let review = contoso.review(fallback).await;
    let instance = administrator.get(&review.path("")).await.ok(200);
    let named = |id: &str| json!([{"query": format!("/users/{id}"), "queryType": "MicrosoftGraph"}]);
    let body = json!({"scope": instance["scope"], "reviewers": named(&contoso.megan)});
    for method in ["PATCH", "PUT"] {
        let changed = administrator.send(method, &review.path(""), Some(body.to_string().into())).await.ok(200);
        assert_eq!(changed["reviewers"][0]["query"], format!("/v1.0/users/{}", contoso.megan));
    }
    let mine = contoso.item_path(&review, &contoso.adele).await;
    contoso.adele().patch(&mine, &json!({"decision": "Deny"})).await.refused(403, "");
    contoso.megan().patch(&mine, &json!({"decision": "Deny"})).await.ok(204);
    let removed = json!({"scope": instance["scope"], "fallbackReviewers": named(&contoso.alex)});
    administrator.patch(&review.path(""), &removed).await.refused(409, "Conflict");
    administrator
        .patch(&review.path(""), &json!({"reviewers": named(&contoso.megan)}))
        .await
        .refused(400, "BadRequest");
    administrator.act(&review.path("/stop")).await.ok(204);
    administrator.patch(&review.path(""), &body).await.refused(400, "BadRequest");
    administrator.delete(&review.path("")).await.refused(405, "Request_BadRequest");
}

#[tokio::test]
async fn a_segment_that_reviews_do_not_have_is_refused() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let administrator = contoso.administrator();
    for path in [
        review.path("/nonsense"),
        review.definition("/nonsense"),
        review.path("/decisions/1/2/3"),
        review.path("/contactedReviewers/1/x"),
    ] {
        administrator.get(&path).await.refused(400, "BadRequest");
        administrator.act(&path).await.refused(400, "BadRequest");
    }
    administrator.get(&review.path("/decisions/1/insights")).await.refused(501, "NotModelled");
    administrator.act(&review.definition("/instances")).await.refused(405, "Request_BadRequest");
    administrator.act(&review.path("/decisions")).await.refused(405, "Request_BadRequest");
    administrator.get(&review.path("/stop")).await.refused(405, "Request_BadRequest");
    administrator.delete(&review.path("/contactedReviewers")).await.refused(405, "Request_BadRequest");
}

#[tokio::test]
async fn a_tenant_without_the_licence_has_no_reviews() {
    let mut settings = crate::served::settings();
    settings.licensed = false;
    let served = Served::with(settings).await;
    let administrator = served.administrator();
    let code = "AadPremiumLicenseRequired";
    administrator.get(DEFINITIONS).await.refused(403, code);
    administrator.post(DEFINITIONS, &json!({})).await.refused(403, code);
    administrator.get(&format!("{DEFINITIONS}/filterByCurrentUser(on='reviewer')")).await.refused(403, code);
    administrator.get("/v1.0/users").await.ok(200);
    let skus = administrator.get("/v1.0/subscribedSkus").await.ok(200);
    assert_eq!(skus["value"][0]["skuPartNumber"], "AAD_PREMIUM");
}

#[tokio::test]
async fn lists_of_reviews_are_counted_and_what_is_not_modelled_says_so() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let administrator = contoso.administrator();
    for (path, count) in [
        (format!("{DEFINITIONS}/$count"), "1"),
        (review.definition("/instances/$count"), "1"),
        (review.path("/decisions/$count"), "2"),
        (review.path("/decisions/$count?$filter=decision eq 'Approve'"), "0"),
        (review.path("/contactedReviewers/$count"), "2"),
    ] {
        let answer = administrator.get(&path).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, count), "{path}");
    }
    contoso.megan().get(&format!("{DEFINITIONS}/$count")).await.refused(403, "");
    for path in [
        review.path("/decisions?$expand=insights"),
        review.definition("?$expand=instances"),
        review.definition("/instances?$expand=decisions"),
    ] {
        administrator.get(&path).await.refused(501, "NotModelled");
    }
    administrator.get(&review.path("/decisions?$expand=shoes")).await.refused(400, "Request_UnsupportedQuery");
    for scope in ["/servicePrincipals/1/appRoleAssignedTo", "/teams/1/channels/2/members"] {
        let body = contoso.body(json!({"scope": {"query": scope}}));
        administrator.post(DEFINITIONS, &body).await.refused(501, "NotModelled");
    }
    let owners = json!([{"query": "/servicePrincipals/1/owners", "queryType": "MicrosoftGraph"}]);
    administrator.post(DEFINITIONS, &contoso.body(json!({"reviewers": owners}))).await.refused(501, "NotModelled");
}

#[tokio::test]
async fn settings_without_an_effect_are_given_back_as_they_were_sent() {
    let contoso = Contoso::start().await;
    let recipients = json!([{"notificationTemplateType": "CompletedAdditionalRecipients",
        "notificationRecipientScope": {"@odata.type": "#microsoft.graph.accessReviewNotificationRecipientQueryScope",
            "queryType": "MicrosoftGraph", "query": format!("/users/{}", contoso.megan)}}]);
    let insights = json!([{"@odata.type": "#microsoft.graph.userLastSignInRecommendationInsightSetting",
        "recommendationLookBackDuration": "P30D", "signInScope": "tenant"}]);
    let changes = json!({"additionalNotificationRecipients": recipients,
        "settings": {"recommendationInsightSettings": insights, "decisionHistoriesForReviewersEnabled": true}});
    let review = contoso.review(changes).await;
    let read = contoso.administrator().get(&review.definition("")).await.ok(200);
    assert_eq!(read["additionalNotificationRecipients"], recipients);
    assert_eq!(read["settings"]["recommendationInsightSettings"], insights);
    assert_eq!(read["settings"]["decisionHistoriesForReviewersEnabled"], true);
    let mail = contoso.administrator().get("/_emulator/mail").await.ok(200);
    assert!(!mail.to_string().to_lowercase().contains("meganb"), "{mail}");
}
