//! What becomes of decisions: default ones, those that Graph does not carry out, and those that wait to be applied.

use graphwalk_emulator::seed::Seed;
use serde_json::{Value, json};

use crate::contoso::{Contoso, DEFINITIONS, Review};
use crate::served::{Served, settings};

/// Ends a review's period and lets it rest.
async fn end(contoso: &Contoso, review: &Review) {
    contoso.administrator().act(&review.path("/stop")).await.ok(204);
    contoso.served.pass(3600).await;
}

#[tokio::test]
async fn a_review_that_does_not_apply_by_itself_waits_to_be_asked() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({"settings": {"autoApplyDecisionsEnabled": false}})).await;
    let administrator = contoso.administrator();
    administrator.act(&review.path("/applyDecisions")).await.refused(400, "BadRequest");
    end(&contoso, &review).await;
    assert_eq!((contoso.status(&review).await.as_str(), contoso.members(&contoso.group).await.len()), ("Completed", 2));
    contoso.adele().act(&review.path("/applyDecisions")).await.refused(403, "");
    administrator.act(&review.path("/applyDecisions")).await.ok(204);
    assert_eq!(contoso.status(&review).await, "Applying");
    administrator.act(&review.path("/applyDecisions")).await.refused(400, "BadRequest");
    contoso.served.pass(150).await;
    assert_eq!((contoso.status(&review).await.as_str(), contoso.members(&contoso.group).await.len()), ("Applied", 0));
    administrator.act(&review.path("/applyDecisions")).await.refused(400, "BadRequest");
    let by_itself = contoso.review(json!({})).await;
    end(&contoso, &by_itself).await;
    administrator.act(&by_itself.path("/applyDecisions")).await.refused(400, "BadRequest");
}

#[tokio::test]
async fn the_default_decision_applies_to_undecided_members_if_enabled() {
    let contoso = Contoso::start().await;
    contoso.adele().get("/v1.0/me").await.ok(200);
    for (settings, adele, alex) in [
        (json!({"defaultDecision": "Approve"}), ("Approve", "AppliedSuccessfully"), ("Approve", "AppliedSuccessfully")),
        (json!({"defaultDecisionEnabled": false}), ("NotReviewed", "New"), ("NotReviewed", "New")),
        (json!({"defaultDecision": "None"}), ("NotReviewed", "New"), ("NotReviewed", "New")),
        (json!({"defaultDecision": "Recommendation"}), ("Approve", "AppliedSuccessfully"), ("NotReviewed", "New")),
        (json!({"defaultDecision": "Deny"}), ("Deny", "AppliedSuccessfully"), ("Deny", "AppliedSuccessfully")),
    ] {
        let review = contoso.review(json!({"settings": settings})).await;
        end(&contoso, &review).await;
        assert_eq!(contoso.status(&review).await, "Applied");
        for (id, (decision, result)) in [(&contoso.adele, adele), (&contoso.alex, alex)] {
            let item = contoso.item(&review, id).await;
            assert_eq!((&item["decision"], &item["applyResult"]), (&json!(decision), &json!(result)), "{settings}");
        }
        let left = if decided_away(&settings) { 0 } else { 2 };
        assert_eq!(contoso.members(&contoso.group).await.len(), left, "{settings}");
    }
}

fn decided_away(settings: &Value) -> bool {
    settings["defaultDecision"] == "Deny"
}

#[tokio::test]
async fn a_dont_know_keeps_access_and_no_default_overrules_a_decision() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let mine = contoso.item_path(&review, &contoso.adele).await;
    contoso.adele().patch(&mine, &json!({"decision": "DontKnow"})).await.ok(204);
    end(&contoso, &review).await;
    let item = contoso.item(&review, &contoso.adele).await;
    assert_eq!(
        (&item["decision"], &item["applyResult"], &item["appliedDateTime"]),
        (&json!("DontKnow"), &json!("New"), &Value::Null)
    );
    assert_eq!(contoso.members(&contoso.group).await, [contoso.adele.as_str()]);
}

#[tokio::test]
async fn a_member_who_has_left_cannot_be_removed() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    contoso.administrator().delete(&format!("/v1.0/users/{}", contoso.alex)).await.ok(204);
    let remove = format!("/v1.0/groups/{}/members/{}/$ref", contoso.group, contoso.adele);
    contoso.administrator().delete(&remove).await.ok(204);
    end(&contoso, &review).await;
    for id in [&contoso.alex, &contoso.adele] {
        assert_eq!(contoso.item(&review, id).await["applyResult"], "AppliedSuccessfullyButObjectNotFound");
    }
}

#[tokio::test]
async fn a_group_that_was_deleted_ends_the_review_without_effect() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    contoso.administrator().delete(&format!("/v1.0/groups/{}", contoso.group)).await.ok(204);
    end(&contoso, &review).await;
    assert_eq!(contoso.status(&review).await, "Applied");
    assert_eq!(contoso.item(&review, &contoso.alex).await["applyResult"], "AppliedSuccessfullyButObjectNotFound");
    let id = contoso.administrator().post(DEFINITIONS, &contoso.body(json!({}))).await;
    assert_eq!(id.status, 400, "there is no such group any more");
}

const KINDS: &str = r#"
users:
  - {userPrincipalName: adele@contoso.com, displayName: Adele Vance}
  - {userPrincipalName: lee@contoso.com, displayName: Lee Gu}
groups:
  - {displayName: Inner, members: [lee@contoso.com]}
  - {displayName: managed, members: [adele@contoso.com]}
  - {displayName: nested, members: [adele@contoso.com, Inner]}
  - {displayName: both, members: [lee@contoso.com, Inner]}
  - {displayName: dynamic, members: [adele@contoso.com], groupTypes: [DynamicMembership], membershipRule: "true"}
  - {displayName: synced, members: [adele@contoso.com], onPremisesSyncEnabled: true}
  - {displayName: list, members: [adele@contoso.com], mailEnabled: true, securityEnabled: false, mail: list@contoso.com}
  - {displayName: mail security, members: [adele@contoso.com], mailEnabled: true, mail: sec@contoso.com}
  - {displayName: unified, members: [adele@contoso.com], mailEnabled: true, groupTypes: [Unified], mail: u@contoso.com}
"#;

#[tokio::test]
async fn only_direct_members_of_groups_that_the_tenant_manages_are_removed() {
    let served = Served::with(graphwalk_emulator::Settings { seed: Seed::parse(KINDS).unwrap(), ..settings() }).await;
    let administrator = served.administrator();
    let groups = administrator.all("/v1.0/groups").await;
    for (name, left, results) in [
        ("managed", 0, vec!["AppliedSuccessfully"]),
        ("nested", 1, vec!["AppliedSuccessfully", "ApplyNotSupported"]),
        ("both", 1, vec!["AppliedSuccessfully"]),
        ("dynamic", 1, vec!["ApplyNotSupported"]),
        ("synced", 1, vec!["ApplyNotSupported"]),
        ("list", 1, vec!["ApplyNotSupported"]),
        ("mail security", 1, vec!["ApplyNotSupported"]),
        ("unified", 0, vec!["AppliedSuccessfully"]),
    ] {
        let group = groups.iter().find(|group| group["displayName"] == name).unwrap()["id"].as_str().unwrap();
        let body = json!({"displayName": name, "scope": {"query": format!("/groups/{group}/transitiveMembers"), "queryType": "MicrosoftGraph"},
            "settings": {"defaultDecisionEnabled": true, "defaultDecision": "Deny", "autoApplyDecisionsEnabled": true, "instanceDurationInDays": 1}});
        let id = administrator.post(DEFINITIONS, &body).await.ok(201)["id"].as_str().unwrap().to_owned();
        served.pass_days(2).await;
        let items = administrator.all(&format!("{DEFINITIONS}/{id}/instances/{id}/decisions")).await;
        let mut found: Vec<&str> = items.iter().map(|item| item["applyResult"].as_str().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, results, "{name}");
        assert_eq!(administrator.all(&format!("/v1.0/groups/{group}/members")).await.len(), left, "{name}");
    }
}

#[tokio::test]
async fn a_denied_member_who_is_a_group_is_removed_as_a_whole() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let inner = crate::contoso::group(&administrator, "Inner", &[], &[&contoso.megan]).await;
    let add = json!({"@odata.id": format!("https://x/v1.0/groups/{inner}")});
    administrator.post(&format!("/v1.0/groups/{}/members/$ref", contoso.group), &add).await.ok(204);
    let review = contoso.review(json!({"scope": {"query": format!("/groups/{}/members", contoso.group)}})).await;
    let mine = contoso.item_path(&review, &contoso.adele).await;
    contoso.adele().patch(&mine, &json!({"decision": "Approve", "justification": "x"})).await.ok(204);
    end(&contoso, &review).await;
    assert_eq!(contoso.members(&contoso.group).await, [contoso.adele.as_str()]);
    assert_eq!(contoso.members(&inner).await, [contoso.megan.as_str()]);
}
