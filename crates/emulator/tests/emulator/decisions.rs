//! Recording decisions one by one and in batches, recommendations, resetting, reminders.

use serde_json::{Value, json};

use crate::contoso::{Contoso, DEFINITIONS};

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

#[tokio::test]
async fn a_reviewer_decides_changes_their_mind_and_is_remembered() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let mine = contoso.item_path(&review, &contoso.adele).await;
    let before = contoso.item(&review, &contoso.adele).await;
    assert_eq!(
        (&before["decision"], &before["justification"], &before["applyResult"]),
        (&json!("NotReviewed"), &json!(""), &json!("New"))
    );
    assert_eq!((&before["reviewedBy"]["id"], &before["accessReviewId"]), (&json!(NOBODY), &json!(review.id)));
    for decision in ["Approve", "Deny", "DontKnow"] {
        contoso.adele().patch(&mine, &json!({"decision": decision, "justification": "because"})).await.ok(204);
        let item = contoso.administrator().get(&mine).await.ok(200);
        assert_eq!((&item["decision"], &item["reviewedBy"]["id"]), (&json!(decision), &json!(contoso.adele)));
        assert_eq!(
            (&item["justification"], &item["reviewedDateTime"]),
            (&json!("because"), &json!("2026-03-02T09:01:00Z"))
        );
    }
}

#[tokio::test]
async fn decisions_that_are_none_are_refused() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let mine = contoso.item_path(&review, &contoso.adele).await;
    for body in [
        json!({"decision": "Approve"}),
        json!({"decision": "Approve", "justification": "  "}),
        json!({"decision": "NotReviewed"}),
        json!({"decision": "approve", "justification": "x"}),
        json!({"decision": 1}),
        json!({"decision": null}),
        json!({"justification": "x"}),
        json!({"decision": "Deny", "unheard": 1}),
        json!([]),
    ] {
        let answer = contoso.adele().patch(&mine, &body).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
    }
    contoso.adele().act(&mine).await.refused(405, "Request_BadRequest");
    contoso.adele().put(&mine, &json!({"decision": "Deny"})).await.refused(405, "Request_BadRequest");
    assert_eq!(contoso.item(&review, &contoso.adele).await["decision"], "NotReviewed");
    let lax = contoso.review(json!({"settings": {"justificationRequiredOnApproval": false}})).await;
    let mine = contoso.item_path(&lax, &contoso.adele).await;
    contoso.adele().patch(&mine, &json!({"decision": "Approve"})).await.ok(204);
}

#[tokio::test]
async fn no_reviewer_records_the_decision_of_another() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let of_alex = contoso.item_path(&review, &contoso.alex).await;
    let deny = json!({"decision": "Deny"});
    for actor in [contoso.adele(), contoso.megan(), contoso.administrator()] {
        actor.patch(&of_alex, &deny).await.refused(403, "");
    }
    let app = contoso.served.app(&["AccessReview.ReadWrite.All"]).await;
    app.patch(&of_alex, &deny).await.refused(403, "");
    assert_eq!(contoso.item(&review, &contoso.alex).await["decision"], "NotReviewed");
    contoso.alex().patch(&of_alex, &deny).await.ok(204);
}

#[tokio::test]
async fn no_decision_is_taken_before_or_after_the_period() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let body = contoso.body(json!({"settings": {"autoApplyDecisionsEnabled": false}}));
    let id = administrator.post(DEFINITIONS, &body).await.ok(201)["id"].as_str().unwrap().to_owned();
    let review = crate::contoso::Review { definition: id.clone(), id };
    contoso.served.pass(5).await;
    let mine = contoso.item_path(&review, &contoso.adele).await;
    let deny = json!({"decision": "Deny"});
    contoso.adele().patch(&mine, &deny).await.refused(400, "BadRequest");
    contoso.served.pass(55).await;
    contoso.adele().patch(&mine, &deny).await.ok(204);
    administrator.act(&review.path("/stop")).await.ok(204);
    let approve = json!({"decision": "Approve", "justification": "x"});
    for seconds in [0, 60, 40, 30, 3600] {
        contoso.served.pass(seconds).await;
        contoso.adele().patch(&mine, &approve).await.refused(400, "BadRequest");
        contoso.adele().post(&review.path("/batchRecordDecisions"), &approve).await.refused(400, "BadRequest");
        contoso.adele().act(&review.path("/acceptRecommendations")).await.refused(400, "BadRequest");
        administrator.act(&review.path("/resetDecisions")).await.refused(400, "BadRequest");
        administrator.act(&review.path("/sendReminder")).await.refused(400, "BadRequest");
        assert_eq!(contoso.item(&review, &contoso.adele).await["decision"], "Deny");
    }
}

#[tokio::test]
async fn a_batch_decides_about_the_items_that_its_caller_reviews() {
    let contoso = Contoso::start().await;
    let owners = json!({"reviewers": [{"query": "./owners", "queryType": "MicrosoftGraph"}]});
    let review = contoso.review(owners).await;
    let path = review.path("/batchRecordDecisions");
    let decisions = async || {
        [
            contoso.item(&review, &contoso.adele).await["decision"].clone(),
            contoso.item(&review, &contoso.alex).await["decision"].clone(),
        ]
    };
    let megan = contoso.megan();
    let all = json!({"decision": "Approve", "justification": "all of them"});
    contoso.adele().post(&path, &all).await.refused(403, "");
    megan.post(&path, &all).await.ok(204);
    assert_eq!(decisions().await, ["Approve", "Approve"]);
    let one = json!({"decision": "Deny", "principalId": contoso.alex, "resourceId": contoso.group});
    megan.post(&path, &one).await.ok(204);
    assert_eq!(decisions().await, ["Approve", "Deny"]);
    for body in [
        json!({"decision": "Approve"}),
        json!({"justification": "x"}),
        json!({"decision": "Perhaps"}),
        json!({"decision": "Deny", "principalId": "nobody"}),
        json!({"decision": "Deny", "principalId": 5}),
        json!({"decision": "Deny", "resourceId": contoso.alex}),
        json!({"decision": "Deny", "unheard": 5}),
        json!({"decision": "Deny", "justification": 5}),
    ] {
        megan.post(&path, &body).await.refused(400, "BadRequest");
    }
    megan.act(&path).await.refused(400, "Request_BadRequest");
    assert_eq!(decisions().await, ["Approve", "Deny"]);
    megan.post(&path, &json!({"decision": "NotReviewed", "principalId": contoso.alex})).await.ok(204);
    let alex = contoso.item(&review, &contoso.alex).await;
    assert_eq!(
        (&alex["decision"], &alex["reviewedBy"]["id"], &alex["reviewedDateTime"]),
        (&json!("NotReviewed"), &json!(NOBODY), &Value::Null)
    );
    let app = contoso.served.app(&["AccessReview.ReadWrite.All"]).await;
    app.post(&path, &json!({"decision": "DontKnow"})).await.ok(204);
    assert_eq!(decisions().await, ["DontKnow", "DontKnow"]);
}

#[tokio::test]
async fn a_recent_sign_in_gives_a_recommendation_that_can_be_accepted() {
    let contoso = Contoso::start().await;
    contoso.adele().get("/v1.0/me").await.ok(200);
    contoso.served.pass_days(31).await;
    contoso.alex().get("/v1.0/me").await.ok(200);
    let later = json!({"settings": {"recurrence": {"range": {"startDate": "2026-04-02", "endDate": "2026-04-10"}}},
        "reviewers": [{"query": "./owners", "queryType": "MicrosoftGraph"}]});
    let review = contoso.review(later.clone()).await;
    let recommended = async |principal: &str| contoso.item(&review, principal).await["recommendation"].clone();
    assert_eq!(
        (recommended(&contoso.adele).await, recommended(&contoso.alex).await),
        (json!("Deny"), json!("Approve"))
    );
    let principal = contoso.item(&review, &contoso.alex).await["principal"].clone();
    assert_eq!(principal["lastUserSignInDateTime"], "4/2/2026 9:00:00 AM +00:00");
    contoso.alex().act(&review.path("/acceptRecommendations")).await.refused(403, "");
    contoso.megan().act(&review.path("/acceptRecommendations")).await.ok(204);
    assert_eq!(contoso.item(&review, &contoso.adele).await["decision"], "Deny");
    assert_eq!(contoso.item(&review, &contoso.alex).await["decision"], "Approve");
    let mut off = later;
    off["settings"]["recommendationsEnabled"] = json!(false);
    let review = contoso.review(off).await;
    assert_eq!(contoso.item(&review, &contoso.alex).await["recommendation"], "NoInfoAvailable");
    contoso.megan().act(&review.path("/acceptRecommendations")).await.refused(400, "BadRequest");
}

#[tokio::test]
async fn resetting_takes_every_decision_back() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let mine = contoso.item_path(&review, &contoso.adele).await;
    contoso.adele().patch(&mine, &json!({"decision": "Approve", "justification": "x"})).await.ok(204);
    contoso.adele().act(&review.path("/resetDecisions")).await.refused(403, "");
    contoso.administrator().act(&review.path("/resetDecisions")).await.ok(204);
    let item = contoso.item(&review, &contoso.adele).await;
    assert_eq!(
        (&item["decision"], &item["justification"], &item["reviewedBy"]["id"]),
        (&json!("NotReviewed"), &json!(""), &json!(NOBODY))
    );
}

#[tokio::test]
async fn reviewers_read_what_they_review_and_nothing_else() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let (mine, of_alex) =
        (contoso.item_path(&review, &contoso.adele).await, contoso.item_path(&review, &contoso.alex).await);
    contoso.adele().get(&mine).await.ok(200);
    contoso.adele().get(&of_alex).await.refused(403, "");
    contoso.adele().get(&review.definition("")).await.ok(200);
    contoso.adele().get(&review.path("")).await.ok(200);
    contoso.megan().get(&review.definition("")).await.refused(403, "");
    contoso.megan().get(&review.path("/decisions")).await.refused(403, "");
    contoso.megan().get(&review.path("/contactedReviewers")).await.refused(403, "");
    contoso.adele().get(DEFINITIONS).await.refused(403, "");
}
