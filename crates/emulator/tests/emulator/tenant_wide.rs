//! What beta has for all reviews at once: the list of decisions, and the policy.

use serde_json::{Value, json};

use crate::contoso::{Contoso, DEFINITIONS};

const DECISIONS: &str = "/beta/identityGovernance/accessReviews/decisions";
const POLICY: &str = "/beta/policies/accessReviewPolicy";
const OWN: &str = "/filterByCurrentUser(on='reviewer')";

#[tokio::test]
async fn the_decisions_of_all_reviews_are_one_list() {
    let contoso = Contoso::start().await;
    let first = contoso.review(json!({})).await;
    let owners = json!({"displayName": "Second", "reviewers": [{"query": "./owners", "queryType": "MicrosoftGraph"}]});
    contoso.review(owners).await;
    contoso.approve(&first).await;
    let administrator = contoso.administrator();
    let all = administrator.all(&format!("{DECISIONS}?$top=3")).await;
    assert_eq!(all.len(), 4);
    let approved = administrator.all(&format!("{DECISIONS}?$filter=decision eq 'Approve'")).await;
    assert_eq!(approved.len(), 1);
    assert_eq!(administrator.get(&format!("{DECISIONS}/$count")).await.text, "4");
    let item = administrator.get(&format!("{DECISIONS}/{}", approved[0]["id"].as_str().unwrap())).await.ok(200);
    assert_eq!((&item["accessReviewId"], &item["decision"]), (&json!(first.id), &json!("Approve")));
    administrator
        .get(&format!("{DECISIONS}?$filter=justification eq 'x'"))
        .await
        .refused(400, "Request_UnsupportedQuery");
    administrator.get(&DECISIONS.replace("beta", "v1.0")).await.refused(400, "BadRequest");
}

#[tokio::test]
async fn everybody_lists_the_decisions_that_wait_for_them_over_all_reviews() {
    let contoso = Contoso::start().await;
    contoso.review(json!({})).await;
    let owners = json!({"displayName": "Second", "reviewers": [{"query": "./owners", "queryType": "MicrosoftGraph"}]});
    contoso.review(owners).await;
    let megan = contoso.megan().all(&format!("{DECISIONS}{OWN}")).await;
    assert_eq!(megan.len(), 2);
    assert_eq!(megan[0]["@odata.type"], "#microsoft.graph.accessReviewInstanceDecisionItem");
    let adele = contoso.adele().all(&format!("{DECISIONS}{OWN}")).await;
    assert_eq!(
        adele.iter().map(|item| item["principal"]["displayName"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Adele Vance"]
    );
    contoso.adele().get(&format!("{DECISIONS}/{}", adele[0]["id"].as_str().unwrap())).await.ok(200);
    contoso.adele().get(DECISIONS).await.refused(403, "");
    contoso.served.app(&["AccessReview.Read.All"]).await.get(&format!("{DECISIONS}{OWN}")).await.refused(403, "");
}

#[tokio::test]
async fn the_policy_lets_owners_review_the_groups_that_they_own() {
    let contoso = Contoso::start().await;
    let (administrator, megan) = (contoso.administrator(), contoso.megan());
    let policy = administrator.get(POLICY).await.ok(200);
    assert_eq!(policy["isGroupOwnerManagementEnabled"], json!(false));
    megan.post(DEFINITIONS, &contoso.body(json!({}))).await.refused(403, "");
    administrator.patch(POLICY, &json!({"isGroupOwnerManagementEnabled": true})).await.ok(204);
    let other = administrator
        .get("/beta/identityGovernance/accessReviews/policy?$select=isGroupOwnerManagementEnabled")
        .await
        .ok(200);
    assert_eq!(other["isGroupOwnerManagementEnabled"], json!(true));
    assert_eq!(other.get("displayName"), None);
    let created = megan.post(DEFINITIONS, &contoso.body(json!({}))).await.ok(201);
    contoso.adele().post(DEFINITIONS, &contoso.body(json!({}))).await.refused(403, "");
    let path = format!("{DEFINITIONS}/{}", created["id"].as_str().unwrap());
    megan.get(&path).await.ok(200);
    megan.get(&format!("{path}/instances")).await.ok(200);
    contoso.alex().delete(&path).await.refused(403, "");
    megan.delete(&path).await.ok(204);
}

#[tokio::test]
async fn the_policy_has_one_switch_and_is_changed_by_few() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for body in [
        json!({"isGroupOwnerManagementEnabled": "yes"}),
        json!({"displayName": "x"}),
        json!({"isGroupOwnerManagement": true}),
        json!({"isGroupOwnerManagementEnabled": Value::Null}),
    ] {
        administrator.patch(POLICY, &body).await.refused(400, "Request_BadRequest");
    }
    contoso.give_role(&contoso.adele, "User Administrator").await;
    contoso.give_role(&contoso.megan, "Identity Governance Administrator").await;
    let switch = json!({"isGroupOwnerManagementEnabled": true});
    let scopes = json!(["Policy.ReadWrite.AccessReview", "Policy.Read.All"]);
    let narrow = |name: &str| json!({"userPrincipalName": name, "scopes": scopes});
    contoso.served.narrow(narrow("AdeleV@Contoso.com")).await.patch(POLICY, &switch).await.refused(403, "");
    contoso.served.narrow(narrow("MeganB@Contoso.com")).await.patch(POLICY, &switch).await.ok(204);
    contoso.adele().get(POLICY).await.refused(403, "");
    administrator.get("/v1.0/policies/accessReviewPolicy").await.refused(501, "NotModelled");
    administrator.delete(POLICY).await.refused(405, "Request_BadRequest");
}
