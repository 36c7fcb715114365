//! Reviews in stages.

use serde_json::{Value, json};

use crate::contoso::{Contoso, Review};

/// Members first, then the owner; each two days.
fn two_stages(contoso: &Contoso, moving_on: Value) -> Value {
    json!({"settings": {"autoApplyDecisionsEnabled": false, "instanceDurationInDays": 4}, "stageSettings": [
        {"stageId": "1", "durationInDays": 2, "recommendationsEnabled": false, "dependsOn": [], "reviewers": [],
         "decisionsThatWillMoveToNextStage": moving_on},
        {"stageId": "2", "durationInDays": 2, "recommendationsEnabled": true, "dependsOn": ["1"],
         "reviewers": [{"query": format!("/users/{}", contoso.megan), "queryType": "MicrosoftGraph"}]},
    ]})
}

async fn stages(contoso: &Contoso, review: &Review) -> Vec<Value> {
    contoso.administrator().all(&review.path("/stages")).await
}

fn summaries(stages: &[Value]) -> Vec<(&str, &str, &str)> {
    let text = |stage: &'_ Value, name: &str| stage[name].as_str().unwrap().to_owned().leak() as &str;
    stages
        .iter()
        .map(|stage| (text(stage, "status"), text(stage, "startDateTime"), text(stage, "endDateTime")))
        .collect()
}

#[tokio::test]
async fn one_stage_follows_the_other_and_the_last_one_ends_the_review() {
    let contoso = Contoso::start().await;
    let review = contoso.review(two_stages(&contoso, json!(["Approve"]))).await;
    let first = ("InProgress", "2026-03-02T09:00:05Z", "2026-03-04T09:00:05Z");
    assert_eq!(summaries(&stages(&contoso, &review).await), [first]);
    let mine = contoso.item_path(&review, &contoso.adele).await;
    let approve = json!({"decision": "Approve", "justification": "first"});
    contoso.adele().patch(&mine, &approve).await.ok(204);
    contoso.served.pass_days(2).await;
    let second = ("InProgress", "2026-03-04T09:00:05Z", "2026-03-06T09:00:05Z");
    assert_eq!(summaries(&stages(&contoso, &review).await), [("Completed", first.1, first.2), second]);
    // What moved on is open again, for other reviewers; what did not stays as it was.
    assert_eq!(contoso.item(&review, &contoso.adele).await["decision"], "NotReviewed");
    contoso.adele().patch(&mine, &approve).await.refused(403, "");
    contoso.megan().patch(&mine, &json!({"decision": "Deny"})).await.ok(204);
    contoso.served.pass_days(3).await;
    assert_eq!(contoso.status(&review).await, "Completed");
    assert_eq!(contoso.administrator().get(&review.path("")).await.ok(200)["endDateTime"], second.2);
    contoso.administrator().act(&review.path("/applyDecisions")).await.ok(204);
    contoso.served.pass_days(1).await;
    assert!(contoso.members(&contoso.group).await.is_empty(), "Megan denied Adele, and Alex never answered");
}

#[tokio::test]
async fn a_stage_keeps_what_was_decided_in_it() {
    let contoso = Contoso::start().await;
    let review = contoso.review(two_stages(&contoso, json!([]))).await;
    let administrator = contoso.administrator();
    let first = stages(&contoso, &review).await[0]["id"].as_str().unwrap().to_owned();
    let path = review.path(&format!("/stages/{first}"));
    let items = administrator.all(&format!("{path}/decisions")).await;
    let of_adele = items.iter().find(|item| item["principal"]["id"] == contoso.adele.as_str()).unwrap();
    let item = format!("{path}/decisions/{}", of_adele["id"].as_str().unwrap());
    let own = format!("{path}/decisions/filterByCurrentUser(on='reviewer')");
    assert_eq!(contoso.adele().all(&own).await.len(), 1);
    let mine = review.path("/stages/filterByCurrentUser(on='reviewer')");
    assert_eq!(contoso.adele().all(&mine).await.len(), 1);
    assert!(contoso.megan().all(&mine).await.is_empty());
    let approve = json!({"decision": "Approve", "justification": "first"});
    contoso.alex().patch(&item, &approve).await.refused(403, "");
    contoso.adele().patch(&item, &approve).await.ok(204);
    assert_eq!(contoso.adele().get(&item).await.ok(200)["decision"], "Approve");
    contoso.alex().get(&item).await.refused(403, "");
    administrator.act(&format!("{path}/stop")).await.ok(204);
    administrator.act(&format!("{path}/stop")).await.refused(400, "BadRequest");
    assert_eq!(administrator.get(&item).await.ok(200)["decision"], "Approve");
    assert_eq!(contoso.item(&review, &contoso.adele).await["decision"], "NotReviewed");
    contoso.adele().patch(&item, &json!({"decision": "Deny"})).await.refused(400, "BadRequest");
    assert_eq!(administrator.get(&path).await.ok(200)["status"], "Completed");
    assert_eq!(contoso.megan().all(&mine).await.len(), 1);
    let nobody = format!("{path}/decisions/00000000-0000-0000-0000-00000000abcd");
    administrator.get(&nobody).await.refused(404, "NotFound");
}

#[tokio::test]
async fn a_decision_that_left_the_stages_cannot_be_changed() {
    let contoso = Contoso::start().await;
    let review = contoso.review(two_stages(&contoso, json!(["Approve"]))).await;
    let (mine, of_alex) =
        (contoso.item_path(&review, &contoso.adele).await, contoso.item_path(&review, &contoso.alex).await);
    contoso.adele().patch(&mine, &json!({"decision": "Approve", "justification": "x"})).await.ok(204);
    contoso.alex().patch(&of_alex, &json!({"decision": "Deny"})).await.ok(204);
    contoso.served.pass_days(2).await;
    let approve = json!({"decision": "Approve", "justification": "after all"});
    contoso.alex().patch(&of_alex, &approve).await.refused(400, "BadRequest");
    let second = stages(&contoso, &review).await[1]["id"].as_str().unwrap().to_owned();
    let id = of_alex.rsplit('/').next().unwrap();
    contoso
        .alex()
        .patch(&review.path(&format!("/stages/{second}/decisions/{id}")), &approve)
        .await
        .refused(404, "NotFound");
    contoso.alex().post(&review.path("/batchRecordDecisions"), &approve).await.refused(400, "BadRequest");
    contoso.administrator().act(&review.path("/resetDecisions")).await.ok(204);
    assert_eq!(contoso.item(&review, &contoso.alex).await["decision"], "Deny");
    // Nor are people without an answer reminded of what is not theirs to decide any more.
    contoso.administrator().act(&review.path("/sendReminder")).await.ok(204);
    let mail = contoso.served.nobody().get("/_emulator/mail").await.ok(200);
    let last = mail["value"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["kind"], &last["to"]), (&json!("reminder"), &json!("MeganB@Contoso.com")));
}

#[tokio::test]
async fn stopping_the_review_ends_the_stage_that_is_open() {
    let contoso = Contoso::start().await;
    let review = contoso.review(two_stages(&contoso, json!([]))).await;
    contoso.administrator().act(&review.path("/stop")).await.ok(204);
    assert_eq!(stages(&contoso, &review).await[0]["status"], "Completed");
    contoso.served.pass_days(10).await;
    assert_eq!((stages(&contoso, &review).await.len(), contoso.status(&review).await.as_str()), (1, "Completed"));
}

#[tokio::test]
async fn stopping_the_last_stage_ends_the_review() {
    let contoso = Contoso::start().await;
    let review = contoso.review(two_stages(&contoso, json!([]))).await;
    for _ in 0..2 {
        let last = stages(&contoso, &review).await.pop().unwrap()["id"].as_str().unwrap().to_owned();
        contoso.adele().act(&review.path(&format!("/stages/{last}/stop"))).await.refused(403, "");
        contoso.administrator().act(&review.path(&format!("/stages/{last}/stop"))).await.ok(204);
    }
    contoso.served.pass(600).await;
    assert_eq!(contoso.status(&review).await, "Completed");
}

#[tokio::test]
async fn a_stage_gets_other_reviewers_while_it_is_open() {
    let contoso = Contoso::start().await;
    let review = contoso.review(two_stages(&contoso, json!([]))).await;
    let first = stages(&contoso, &review).await[0]["id"].as_str().unwrap().to_owned();
    let path = review.path(&format!("/stages/{first}"));
    let body = json!({"reviewers": [{"query": format!("/users/{}", contoso.megan), "queryType": "MicrosoftGraph"}]});
    contoso.adele().patch(&path, &body).await.refused(403, "");
    let changed = contoso.administrator().patch(&path, &body).await.ok(200);
    assert_eq!(changed["reviewers"][0]["query"], format!("/v1.0/users/{}", contoso.megan));
    let item = contoso.item_path(&review, &contoso.adele).await;
    contoso.adele().patch(&item, &json!({"decision": "Deny"})).await.refused(403, "");
    contoso.megan().patch(&item, &json!({"decision": "Deny"})).await.ok(204);
    contoso.administrator().patch(&path, &json!({"reviewers": [{"query": "/me"}]})).await.refused(400, "BadRequest");
    contoso.administrator().act(&format!("{path}/stop")).await.ok(204);
    contoso.administrator().patch(&path, &body).await.refused(400, "BadRequest");
}

#[tokio::test]
async fn stages_that_cannot_be_are_refused() {
    let contoso = Contoso::start().await;
    let stage = |id: &str, on: Value| json!({"stageId": id, "durationInDays": 2, "recommendationsEnabled": false, "dependsOn": on});
    for (stages, status) in [
        (
            json!([
                stage("1", json!([])),
                stage("2", json!(["1"])),
                stage("3", json!(["2"])),
                stage("4", json!(["3"]))
            ]),
            400,
        ),
        (json!([stage("1", json!([])), stage("2", json!(["3"]))]), 400),
        (json!([{"durationInDays": 2, "recommendationsEnabled": false}]), 400),
        (
            json!([{"stageId": "1", "durationInDays": 2, "recommendationsEnabled": false, "decisionsThatWillMoveToNextStage": ["Perhaps"]}]),
            400,
        ),
        (
            json!([{"stageId": "1", "durationInDays": 2, "recommendationsEnabled": false, "decisionsThatWillMoveToNextStage": ["Recommendation"]}]),
            501,
        ),
        (json!("one"), 400),
    ] {
        let body = contoso.body(json!({"stageSettings": stages}));
        let answer = contoso.administrator().post(crate::contoso::DEFINITIONS, &body).await;
        assert_eq!(answer.status, status, "{stages}: {}", answer.text);
    }
    let review = contoso.review(json!({})).await;
    assert!(stages(&contoso, &review).await.is_empty(), "a review without stages has none");
    let act = review.path("/stages/1/acceptRecommendations");
    contoso.administrator().act(&act).await.refused(501, "NotModelled");
}
