//! What holds of every exchange: headers, versions, spellings of paths.

use serde_json::json;

use crate::contoso::Contoso;

#[tokio::test]
async fn every_spelling_of_a_path_leads_to_the_same_answer() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let adele = contoso.adele();
    let (definition, id) = (&review.definition, &review.id);
    let first = adele.get(&review.path("/decisions/filterByCurrentUser(on='reviewer')")).await.ok(200);
    for path in [
        format!(
            "/v1.0/identitygovernance/ACCESSREVIEWS/definitions/{definition}/instances/{id}/decisions/filterByCurrentUser(on='reviewer')"
        ),
        format!(
            "/V1.0/identityGovernance/accessReviews/definitions/{definition}/Instances/{id}/decisions/filterbycurrentuser(on=%27reviewer%27)"
        ),
        format!(
            "/v1.0//identityGovernance/accessReviews//definitions/{definition}/instances/{id}/decisions/filterByCurrentUser(on%3D'reviewer')"
        ),
        format!(
            "/v1.0/identityGovernance/accessReviews/definitions/{definition}/instances/{id}/decisions/filterByCurrentUser%28on=%27reviewer%27%29/"
        ),
        format!(
            "/v1.0/identityGovernance/accessReviews/definitions/{}/instances/{id}/decisions/microsoft.graph.filterByCurrentUser(on='reviewer')",
            definition.to_uppercase()
        ),
        format!(
            "/v1.0/identityGovernance/accessReviews/definitions('{definition}')/instances('{id}')/decisions/filterByCurrentUser(on='reviewer')"
        ),
    ] {
        assert_eq!(adele.get(&path).await.ok(200), first, "{path}");
    }
    let administrator = contoso.administrator();
    let group = administrator.get(&format!("/v1.0/groups/{}/members", contoso.group)).await.ok(200);
    assert_eq!(administrator.get(&format!("/v1.0/Groups('{}')/MEMBERS", contoso.group)).await.ok(200), group);
    administrator.get("/v1.0/users('AdeleV@Contoso.com')").await.ok(200);
    administrator.get("/v1.0/users/AdeleV%40Contoso.com").await.ok(200);
}

#[tokio::test]
async fn beta_answers_as_v1_and_says_so_in_its_contexts() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let user = administrator.get(&format!("/beta/users/{}", contoso.adele)).await.ok(200);
    assert_eq!(user["@odata.context"], "https://graph.microsoft.com/beta/$metadata#users/$entity");
    let review = contoso.review(json!({})).await;
    administrator.get(&review.path("").replace("v1.0", "beta")).await.ok(200);
    administrator.delete(&review.definition("").replace("v1.0", "beta")).await.ok(204);
}

#[tokio::test]
async fn json_says_what_it_is_and_no_content_is_nothing() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let answer = administrator.get("/v1.0/users").await;
    let media_type = answer.header("content-type").unwrap().to_owned();
    assert!(media_type.starts_with("application/json;odata.metadata=minimal") && media_type.ends_with("charset=utf-8"));
    let path = format!("/v1.0/users/{}", contoso.adele);
    let changed = administrator.patch(&path, &json!({"jobTitle": "Clerk"})).await;
    assert_eq!((changed.status, changed.text.as_str(), changed.header("content-type")), (204, "", None));
}

#[tokio::test]
async fn ids_are_random_guids() {
    let contoso = Contoso::start().await;
    let ids = [&contoso.adele, &contoso.alex, &contoso.megan, &contoso.group];
    for (index, id) in ids.iter().enumerate() {
        let guid: uuid::Uuid = id.parse().unwrap();
        assert_eq!((guid.get_version_num(), guid.to_string()), (4, (*id).clone()));
        assert!(ids[..index].iter().all(|other| other[..8] != id[..8]), "{ids:?}");
    }
}

#[tokio::test]
async fn headers_are_graphs() {
    let contoso = Contoso::start().await;
    let id = "0d1f4c3e-7c5b-4e0a-9d39-0d4f8c5f9f00";
    let actor = contoso.administrator().header("client-request-id", id);
    let answer = actor.get("/v1.0/users").await;
    assert_eq!((answer.header("client-request-id"), answer.header("odata-version")), (Some(id), Some("4.0")));
    assert!(answer.header("content-type").unwrap().contains("odata.metadata=minimal"));
    let missing = actor.get("/v1.0/users/nobody@contoso.com").await;
    let body = missing.ok(404);
    assert_eq!(
        (&body["error"]["innerError"]["client-request-id"], &body["error"]["innerError"]["date"]),
        (&json!(id), &json!("2026-03-02T09:00:00"))
    );
    let first = contoso.administrator().get("/v1.0/users").await;
    let second = contoso.administrator().get("/v1.0/users").await;
    assert_ne!(first.header("request-id"), second.header("request-id"));
    let deleted = contoso.administrator().delete(&format!("/v1.0/users/{}", contoso.alex)).await;
    assert!(deleted.status == 204 && deleted.text.is_empty() && deleted.header("content-type").is_none());
    let preferring = contoso.administrator().header("Prefer", "include-unknown-enum-members").get("/v1.0/users").await;
    assert_eq!(preferring.header("preference-applied"), Some("include-unknown-enum-members"));
}

#[tokio::test]
async fn members_and_principals_say_of_what_type_they_are() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let members = contoso.administrator().get(&format!("/v1.0/groups/{}/members", contoso.group)).await.ok(200);
    assert_eq!(members["@odata.context"], "https://graph.microsoft.com/v1.0/$metadata#directoryObjects");
    assert!(members["value"].as_array().unwrap().iter().all(|member| member["@odata.type"] == "#microsoft.graph.user"));
    assert!(
        contoso
            .items(&review)
            .await
            .iter()
            .all(|item| item["principal"]["@odata.type"] == "#microsoft.graph.userIdentity")
    );
    let own = contoso.adele().get(&review.path("/decisions/filterByCurrentUser(on='reviewer')")).await.ok(200);
    assert_eq!(
        own["@odata.context"],
        "https://graph.microsoft.com/v1.0/$metadata#Collection(accessReviewInstanceDecisionItem)"
    );
    assert_eq!(own["value"][0]["@odata.type"], "#microsoft.graph.accessReviewInstanceDecisionItem");
    let decisions = contoso.administrator().get(&review.path("/decisions")).await.ok(200);
    let context = format!(
        "https://graph.microsoft.com/v1.0/$metadata#identityGovernance/accessReviews/definitions('{0}')/instances('{0}')/decisions",
        review.id
    );
    assert_eq!(decisions["@odata.context"], context);
}

#[tokio::test]
async fn metadata_is_told_in_full_or_not_at_all_as_the_client_accepts_it() {
    let contoso = Contoso::start().await;
    let accept =
        |level: &str| contoso.administrator().header("Accept", &format!("application/json;odata.metadata={level}"));
    let path = format!("/v1.0/groups/{}/members?$select=id,createdDateTime,businessPhones&$top=1", contoso.group);
    let none = accept("none").get(&path).await;
    assert!(none.header("content-type").unwrap().contains("odata.metadata=none"), "{none:?}");
    let none = none.ok(200);
    assert_eq!(none.as_object().unwrap().keys().collect::<Vec<_>>(), ["@odata.nextLink", "value"]);
    assert!(none["value"][0].as_object().unwrap().keys().all(|name| !name.contains('@')), "{none}");
    let full = accept("full").get(&path).await;
    assert!(full.header("content-type").unwrap().contains("odata.metadata=full"), "{full:?}");
    let full = full.ok(200)["value"][0].clone();
    assert_eq!(full["@odata.type"], "#microsoft.graph.user");
    assert_eq!(full["createdDateTime@odata.type"], "#DateTimeOffset");
    assert_eq!(full["businessPhones@odata.type"], "#Collection(String)");
    assert!(
        full["manager@odata.navigationLink"].as_str().unwrap().ends_with(&format!("('{}')/manager", contoso.adele))
    );
    assert!(full["@odata.id"].as_str().is_some() && full.get("id@odata.type").is_none(), "{full}");
    let minimal = accept("minimal").get(&path).await.ok(200)["value"][0].clone();
    assert_eq!(minimal.as_object().unwrap().len(), 4, "{minimal}");
    // A review names the types of what it is made of.
    let review = contoso.review(json!({})).await;
    let told = accept("full").get(&review.definition("")).await.ok(200);
    assert_eq!(told["settings"]["@odata.type"], "#microsoft.graph.accessReviewScheduleSettings");
    let refused = accept("none").get("/v1.0/users/nobody@contoso.com").await;
    refused.refused(404, "Request_ResourceNotFound");
}
