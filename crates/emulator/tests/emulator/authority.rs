//! Tokens, permissions, roles: 401 and 403.

use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;
use serde_json::json;

use crate::contoso::{Contoso, DEFINITIONS, group_body, user_body};
use crate::served::{Served, settings};

#[tokio::test]
async fn without_a_token_that_is_known_nothing_is_answered() {
    let served = Served::start().await;
    for actor in [
        served.nobody(),
        served.with_token("made-up"),
        served.with_token(""),
        served.nobody().header("authorization", "Basic YTpi"),
    ] {
        for path in ["/v1.0/users", "/v1.0/me", DEFINITIONS, "/v1.0/nowhere", "/v2.0/users"] {
            actor.get(path).await.refused(401, "InvalidAuthenticationToken");
        }
        actor.post("/v1.0/$batch", &json!({"requests": []})).await.refused(401, "InvalidAuthenticationToken");
    }
    served.with_token(&served.emulator.administrator_token()).get("/v1.0/users").await.ok(200);
}

#[tokio::test]
async fn a_token_of_another_tenant_or_one_that_was_tampered_with_is_refused() {
    let (served, other) = (Served::start().await, Served::with(Settings { ids: Some(8), ..settings() }).await);
    let foreign = other.emulator.user_token("admin@contoso.com").unwrap();
    served.with_token(&foreign).get("/v1.0/me").await.refused(401, "InvalidAuthenticationToken");
    let own = served.emulator.user_token("admin@contoso.com").unwrap();
    served.with_token(&own).get("/v1.0/me").await.ok(200);
    let mut tampered: Vec<char> = own.chars().collect();
    let place = tampered.iter().position(|c| *c == '.').unwrap() + 12;
    tampered[place] = if tampered[place] == 'A' { 'B' } else { 'A' };
    let tampered: String = tampered.into_iter().collect();
    served.with_token(&tampered).get("/v1.0/me").await.refused(401, "InvalidAuthenticationToken");
}

#[tokio::test]
async fn the_administrators_token_can_be_chosen() {
    let served = Served::with(Settings { admin_token: Some("chosen".to_owned()), ..settings() }).await;
    assert_eq!(served.with_token("chosen").get("/v1.0/me").await.ok(200)["displayName"], "MOD Administrator");
}

#[tokio::test]
async fn a_user_without_a_role_may_read_and_not_write() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let adele = contoso.adele();
    let directory = "Authorization_RequestDenied";
    adele.get("/v1.0/users").await.ok(200);
    adele.get(&format!("/v1.0/groups/{}/members", contoso.group)).await.ok(200);
    adele.post("/v1.0/users", &user_body("X", "x")).await.refused(403, directory);
    adele.patch(&format!("/v1.0/users/{}", contoso.alex), &json!({"jobTitle": "x"})).await.refused(403, directory);
    adele.delete(&format!("/v1.0/users/{}", contoso.alex)).await.refused(403, directory);
    adele.delete(&format!("/v1.0/groups/{}", contoso.group)).await.refused(403, directory);
    adele
        .put(&format!("/v1.0/users/{}/manager/$ref", contoso.alex), &json!({"@odata.id": "https://x/v1.0/users/1"}))
        .await
        .refused(403, directory);
    adele.post(DEFINITIONS, &contoso.body(json!({}))).await.refused(403, "");
    adele.put(&review.definition(""), &contoso.body(json!({}))).await.refused(403, "");
    adele.delete(&review.definition("")).await.refused(403, "");
    adele.patch(&review.path(""), &json!({"reviewers": []})).await.refused(403, "");
    for action in ["stop", "applyDecisions", "resetDecisions", "sendReminder"] {
        adele.act(&review.path(&format!("/{action}"))).await.refused(403, "");
    }
    let message = contoso.megan().act(&review.path("/acceptRecommendations")).await.refused(403, "");
    assert_eq!(message, "Attempted to perform an unauthorized operation.");
}

#[tokio::test]
async fn a_token_grants_what_was_consented_to_and_no_more() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let with = async |scopes: &[&str]| {
        contoso.served.narrow(json!({"userPrincipalName": "admin@contoso.com", "scopes": scopes})).await
    };
    let directory = "Authorization_RequestDenied";
    let reader = with(&["User.Read"]).await;
    reader.get("/v1.0/me").await.ok(200);
    reader.get("/v1.0/users").await.refused(403, directory);
    reader.get(&format!("/v1.0/users/{}", contoso.adele)).await.refused(403, directory);
    reader.get(&format!("/v1.0/groups/{}", contoso.group)).await.refused(403, directory);
    reader.get("/v1.0/subscribedSkus").await.refused(403, directory);
    reader.get("/v1.0/organization").await.ok(200);
    reader.get(DEFINITIONS).await.refused(403, "");
    let reviews = with(&["AccessReview.Read.All"]).await;
    reviews.get(DEFINITIONS).await.ok(200);
    reviews.post(DEFINITIONS, &contoso.body(json!({}))).await.refused(403, "");
    reviews.act(&review.path("/stop")).await.refused(403, "");
    reviews.get("/v1.0/me").await.refused(403, directory);
    let groups = with(&["Group.ReadWrite.All"]).await;
    groups.post("/v1.0/groups", &group_body("Others", &[], &[])).await.ok(201);
    groups.post("/v1.0/users", &user_body("X", "x")).await.refused(403, directory);
    groups.delete(&format!("/v1.0/users/{}", contoso.alex)).await.refused(403, directory);
    let nothing = with(&[]).await;
    nothing.get("/v1.0/me").await.refused(403, directory);
}

#[tokio::test]
async fn an_app_does_what_it_was_granted_except_what_needs_a_person() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let app = contoso
        .served
        .app(&["AccessReview.ReadWrite.All", "Group.ReadWrite.All", "User.ReadWrite.All", "User.DeleteRestore.All"])
        .await;
    app.get("/v1.0/me").await.refused(400, "BadRequest");
    app.get("/v1.0/me/memberOf").await.refused(400, "BadRequest");
    app.get(DEFINITIONS).await.ok(200);
    let own = "/filterByCurrentUser(on='reviewer')";
    for path in [
        format!("{DEFINITIONS}{own}"),
        review.definition(&format!("/instances{own}")),
        review.path(&format!("/decisions{own}")),
        review.path(&format!("/stages{own}")),
    ] {
        app.get(&path).await.refused(403, "");
    }
    app.act(&review.path("/acceptRecommendations")).await.refused(403, "");
    let item = contoso.item_path(&review, &contoso.alex).await;
    app.patch(&item, &json!({"decision": "Deny"})).await.refused(403, "");
    let created = app.post(DEFINITIONS, &contoso.body(json!({}))).await.ok(201);
    assert_eq!(created["createdBy"]["displayName"], "");
    app.put(&review.definition(""), &contoso.body(json!({}))).await.ok(204);
    app.act(&review.path("/resetDecisions")).await.ok(204);
    app.act(&review.path("/sendReminder")).await.ok(204);
    app.act(&review.path("/stop")).await.ok(204);
    app.delete(&format!("/v1.0/groups/{}", contoso.group)).await.ok(204);
    let item = format!("/v1.0/directory/deletedItems/{}", contoso.group);
    app.delete(&item).await.refused(403, "Authorization_RequestDenied");
    contoso.administrator().delete(&item).await.ok(204);
    app.delete(&format!("/v1.0/users/{}", contoso.alex)).await.ok(204);
    app.delete(&format!("/v1.0/directory/deletedItems/{}", contoso.alex)).await.ok(204);
    let reader = contoso.served.app(&["AccessReview.Read.All"]).await;
    reader.get(&review.path("/decisions")).await.ok(200);
    reader.act(&review.path("/stop")).await.refused(403, "");
}

#[tokio::test]
async fn roles_open_what_the_documentation_says() {
    let seed = "users: [{userPrincipalName: gov@contoso.com, roles: [Identity Governance Administrator]},
        {userPrincipalName: reader@contoso.com, roles: [Global Reader]}, {userPrincipalName: groups@contoso.com, roles: [Groups Administrator]}]";
    let contoso = Contoso::with(Settings { seed: Seed::parse(seed).unwrap(), ..settings() }).await;
    let review = contoso.review(json!({})).await;
    let [governance, reader, groups] =
        ["gov", "reader", "groups"].map(|name| contoso.served.user(&format!("{name}@contoso.com")));
    reader.get(DEFINITIONS).await.ok(200);
    reader.get(&review.path("/decisions")).await.ok(200);
    reader.act(&review.path("/stop")).await.refused(403, "");
    groups.get(DEFINITIONS).await.refused(403, "");
    groups.patch(&format!("/v1.0/groups/{}", contoso.group), &json!({"description": "x"})).await.ok(204);
    groups.post("/v1.0/users", &user_body("X", "x")).await.refused(403, "Authorization_RequestDenied");
    governance
        .patch(&format!("/v1.0/groups/{}", contoso.group), &json!({"description": "y"}))
        .await
        .refused(403, "Authorization_RequestDenied");
    governance.act(&review.path("/stop")).await.ok(204);
}

#[tokio::test]
async fn a_disabled_or_deleted_user_cannot_use_an_old_token() {
    let contoso = Contoso::start().await;
    let adele = contoso.adele();
    adele.get("/v1.0/me").await.ok(200);
    let path = format!("/v1.0/users/{}", contoso.adele);
    contoso.administrator().patch(&path, &json!({"accountEnabled": false})).await.ok(204);
    adele.get("/v1.0/me").await.refused(401, "InvalidAuthenticationToken");
    contoso.administrator().patch(&path, &json!({"accountEnabled": true})).await.ok(204);
    adele.get("/v1.0/me").await.ok(200);
    contoso.administrator().delete(&path).await.ok(204);
    adele.get("/v1.0/me").await.refused(401, "InvalidAuthenticationToken");
}

#[tokio::test]
async fn the_flag_without_licence_overrides_the_seed() {
    let seed = Seed::parse("licensed: true").unwrap();
    let served = Served::with(Settings { licensed: false, seed, ..settings() }).await;
    let skus = served.administrator().get("/v1.0/subscribedSkus").await.ok(200);
    assert_eq!(skus["value"][0]["skuPartNumber"], "AAD_PREMIUM");
}
