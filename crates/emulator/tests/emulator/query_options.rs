//! Query options: what is understood where, and what is refused.

use serde_json::json;

use crate::contoso::{Contoso, DEFINITIONS};

#[tokio::test]
async fn a_selection_names_itself_in_the_context_and_answers_nothing_else() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let one = administrator.get(&format!("/v1.0/users/{}?$select=id,displayName", contoso.adele)).await.ok(200);
    assert_eq!(one["@odata.context"], "https://graph.microsoft.com/v1.0/$metadata#users(id,displayName)/$entity");
    assert_eq!(one.as_object().unwrap().len(), 3);
    let list = administrator.get("/v1.0/groups?$select=id").await.ok(200);
    assert_eq!(list["@odata.context"], "https://graph.microsoft.com/v1.0/$metadata#groups(id)");
    let review = contoso.review(json!({})).await;
    let chosen = administrator.get(&review.definition("?$select=id,status")).await.ok(200);
    assert_eq!(chosen.as_object().unwrap().keys().skip(1).collect::<Vec<_>>(), ["id", "status"]);
    let items = administrator.all(&review.path("/decisions?$select=id,decision")).await;
    assert!(items.iter().all(|item| item.as_object().unwrap().len() == 2), "{items:?}");
}

#[tokio::test]
async fn a_filter_does_not_widen_what_is_answered() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for set in ["users", "groups"] {
        let plain = administrator.get(&format!("/v1.0/{set}?$top=1")).await.ok(200)["value"][0].clone();
        let filtered = administrator.get(&format!("/v1.0/{set}?$filter=mailNickname ne 'x'&$count=true")).await;
        filtered.refused(400, "Request_UnsupportedQuery");
        let eventual = contoso.administrator().header("ConsistencyLevel", "eventual");
        let filtered =
            eventual.get(&format!("/v1.0/{set}?$filter=mailNickname ne 'x'&$count=true&$top=1")).await.ok(200);
        assert_eq!(filtered["value"][0], plain, "{set}");
    }
}

#[tokio::test]
async fn filters_that_the_directory_answers_find_what_they_say() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for (filter, count) in [
        ("displayName eq 'Adele Vance'", 1),
        ("displayName eq 'adele vance'", 1),
        ("startswith(displayName,'A')", 2),
        ("startsWith(displayName,'a') and accountEnabled eq true", 2),
        ("userPrincipalName eq 'AdeleV@Contoso.com' or userPrincipalName eq 'AlexW@Contoso.com'", 2),
        ("displayName in ('Adele Vance','Megan Bowen')", 2),
        ("userType eq 'Guest'", 0),
        ("(displayName eq 'o''hara')", 0),
    ] {
        let found = administrator.all(&format!("/v1.0/users?$filter={filter}")).await;
        assert_eq!(found.len(), count, "{filter}");
        let encoded = filter.replace(' ', "%20").replace('\'', "%27");
        assert_eq!(administrator.all(&format!("/v1.0/users?%24filter={encoded}")).await.len(), count, "{encoded}");
    }
}

#[tokio::test]
async fn nonsense_in_a_query_is_refused_and_the_server_goes_on() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let deep = format!("$filter={}a eq 1{}", "(".repeat(2000), ")".repeat(2000));
    let long = format!("$filter={}displayName eq 'x'", "displayName eq 'x' and ".repeat(1500));
    for query in [
        "$frobnicate=1",
        "$top=0",
        "$top=1000",
        "$top=-1",
        "$top=many",
        "$top=",
        "$skip=1",
        "$count=maybe",
        "$search=\"x\"",
        "$select=",
        "$select=id,,mail",
        "$select=shoeSize",
        "$expand=shoes",
        "$orderby=a b c",
        "$orderby=shoeSize",
        "$filter=",
        "$filter=displayName",
        "$filter=displayName eq",
        "$filter=displayName eq 'x",
        "$filter=displayName like 'x'",
        "$filter=shoeSize eq 43",
        "$filter=displayName eq 'x' and",
        "$filter=contains(displayName)",
        "$filter=%00",
        "$filter=%ff",
        "$skiptoken=x",
        "$skiptoken=",
        "$top=1&$top=2",
        &deep,
    ] {
        let answer = administrator.get(&format!("/v1.0/users?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
    assert!(administrator.all(&format!("/v1.0/users?{long}")).await.is_empty());
    for query in [
        "$expand=nothing",
        "$select=nothing",
        "$filter=descriptionForAdmins eq 'x'",
        "$orderby=createdBy",
        "$nothing=1",
    ] {
        let answer = administrator.get(&format!("{DEFINITIONS}?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
    }
    // Graph has it; the emulator does not, and says so.
    assert_eq!(administrator.get(&format!("{DEFINITIONS}?$expand=instances")).await.status, 501);
    administrator.get("/v1.0/users?custom=option&$top=1").await.ok(200);
    administrator.get("/v1.0/users?top=1").await.ok(200);
}

#[tokio::test]
async fn one_entity_takes_a_selection_and_no_options_of_lists() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let administrator = contoso.administrator();
    for path in [
        format!("/v1.0/users/{}", contoso.adele),
        format!("/v1.0/groups/{}", contoso.group),
        review.definition(""),
        review.path(""),
    ] {
        administrator.get(&format!("{path}?$top=1")).await.refused(400, "Request_UnsupportedQuery");
        administrator.get(&format!("{path}?$filter=id eq 'x'")).await.refused(400, "Request_UnsupportedQuery");
        administrator.get(&format!("{path}?$select=nothing")).await.refused(400, "BadRequest");
        administrator.get(&format!("{path}?$select=id")).await.ok(200);
    }
}

#[tokio::test]
async fn decisions_are_filtered_and_ordered_by_what_the_reference_names() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let mine = contoso.item_path(&review, &contoso.adele).await;
    contoso.adele().patch(&mine, &json!({"decision": "Deny"})).await.ok(204);
    let administrator = contoso.administrator();
    let found = async |query: &str| administrator.get(&review.path(&format!("/decisions?{query}"))).await.ok(200);
    let denied = found("$filter=decision eq 'Deny'").await;
    assert_eq!((&denied["@odata.count"], &denied["value"][0]["principal"]["id"]), (&json!(1), &json!(contoso.adele)));
    assert_eq!(found("$filter=applyResult eq 'New' and recommendation eq 'NoInfoAvailable'").await["@odata.count"], 2);
    let ordered = found("$orderby=decision desc").await;
    assert_eq!(ordered["value"][0]["decision"], "NotReviewed");
    administrator
        .get(&review.path("/decisions?$filter=justification eq 'x'"))
        .await
        .refused(400, "Request_UnsupportedQuery");
}
