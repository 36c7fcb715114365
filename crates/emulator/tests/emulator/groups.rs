//! Groups, their members and owners, nesting, references.

use serde_json::{Value, json};

use crate::contoso::{Contoso, group, group_body, user};

fn reference(id: &str) -> Value {
    json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}")})
}

#[tokio::test]
async fn a_group_is_created_read_changed_and_deleted() {
    let contoso = Contoso::start().await;
    let (administrator, path) = (contoso.administrator(), format!("/v1.0/groups/{}", contoso.group));
    let read = administrator.get(&path).await.ok(200);
    assert_eq!((&read["mailEnabled"], &read["securityEnabled"]), (&json!(false), &json!(true)));
    assert!(read.get("members").is_none() && read.get("owners").is_none());
    administrator.patch(&path, &json!({"description": "doors"})).await.ok(204);
    assert_eq!(administrator.get(&path).await.ok(200)["description"], "doors");
    let expanded = administrator.get(&format!("{path}?$expand=members")).await.ok(200);
    assert_eq!(expanded["members"].as_array().unwrap().len(), 2);
    let expanded = administrator.get(&format!("{path}?$select=id&$expand=owners")).await.ok(200);
    assert_eq!(expanded["owners"][0]["id"], contoso.megan.as_str());
    assert!(expanded.get("displayName").is_none());
    administrator.delete(&path).await.ok(204);
    administrator.get(&path).await.refused(404, "Request_ResourceNotFound");
    administrator.delete(&path).await.refused(404, "Request_ResourceNotFound");
    assert_eq!(administrator.all("/v1.0/directory/deletedItems/microsoft.graph.group").await.len(), 1);
}

#[tokio::test]
async fn a_group_that_graph_would_not_create_is_refused() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let many: Vec<String> = (0..21).map(|_| format!("https://x/v1.0/users/{}", contoso.adele)).collect();
    for (name, value) in [
        ("mailEnabled", json!(true)),
        ("mailNickname", json!("a b")),
        ("displayName", json!("")),
        ("members@odata.bind", json!(many)),
        ("members@odata.bind", json!("https://x/v1.0/users/1")),
        ("members@odata.bind", json!([5])),
        ("members@odata.bind", json!(["https://x/v1.0/messages/1"])),
        ("owners@odata.bind", json!([format!("https://x/v1.0/groups/{}", contoso.group)])),
        ("securityIdentifier", json!("S-1-12-1-1")),
        ("nothing", json!(1)),
        ("groupTypes", json!("Unified")),
        ("securityEnabled", json!("yes")),
    ] {
        let mut body = group_body("Others", &[], &[]);
        body[name] = value.clone();
        administrator.post("/v1.0/groups", &body).await.refused(400, "Request_BadRequest");
    }
    for name in ["displayName", "mailEnabled", "mailNickname", "securityEnabled"] {
        let mut body = group_body("Others", &[], &[]);
        body.as_object_mut().unwrap().shift_remove(name);
        let message = administrator.post("/v1.0/groups", &body).await.refused(400, "Request_BadRequest");
        assert!(message.contains(name), "{message}");
    }
    let mut body = group_body("Others", &[], &[]);
    body["members@odata.bind"] = json!(["https://x/v1.0/users/00000000-0000-0000-0000-00000000abcd"]);
    administrator.post("/v1.0/groups", &body).await.refused(404, "Request_ResourceNotFound");
    assert_eq!(contoso.served.emulator.census().count("groups"), 1);
}

#[tokio::test]
async fn bound_urls_may_name_any_host_version_and_set() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let group = group(&administrator, "Others", &[], &[]).await;
    let path = format!("/v1.0/groups/{group}/members");
    let (adele, alex) = (&contoso.adele, &contoso.alex);
    for (place, url) in [
        format!("https://graph.microsoft.us/v1.0/users/{adele}"),
        format!("http://localhost:1/beta/directoryObjects/{adele}"),
        format!("https://graph.microsoft.com/v1.0/users('{adele}')"),
        format!("https://dod-graph.microsoft.us/v1.0/directoryObjects('{adele}')"),
        "https://graph.microsoft.com/v1.0/users/AdeleV@Contoso.com".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        administrator.post(&format!("{path}/$ref"), &json!({"@odata.id": url})).await.ok(204);
        assert_eq!(contoso.members(&group).await, [adele.as_str()], "{place}");
        administrator.delete(&format!("{path}/{adele}/$ref")).await.ok(204);
    }
    let bind = json!({"members@odata.bind": [format!("https://x/v1.0/users/{adele}"), format!("https://x/v1.0/users/{alex}")]});
    administrator.patch(&format!("/v1.0/groups/{group}"), &bind).await.ok(204);
    assert_eq!(contoso.members(&group).await.len(), 2);
}

#[tokio::test]
async fn references_that_cannot_be_added_or_removed_are_refused() {
    let contoso = Contoso::start().await;
    let (administrator, group) = (contoso.administrator(), &contoso.group);
    let members = format!("/v1.0/groups/{group}/members");
    let add = async |body: Value| administrator.post(&format!("{members}/$ref"), &body).await;
    add(reference(&contoso.adele)).await.refused(400, "Request_BadRequest");
    add(reference("00000000-0000-0000-0000-00000000abcd")).await.refused(404, "Request_ResourceNotFound");
    add(json!({})).await.refused(400, "Request_BadRequest");
    add(json!([])).await.refused(400, "Request_BadRequest");
    let missing = format!("{members}/{}/$ref", contoso.megan);
    administrator.delete(&missing).await.refused(404, "Request_ResourceNotFound");
    administrator.delete(&format!("{members}/nobody/$ref")).await.refused(400, "Request_BadRequest");
    let nowhere = "/v1.0/groups/00000000-0000-0000-0000-00000000abcd/members/$ref";
    administrator.post(nowhere, &reference(&contoso.adele)).await.refused(404, "Request_ResourceNotFound");
    let owners = format!("/v1.0/groups/{group}/owners");
    let add = async |id: &str| administrator.post(&format!("{owners}/$ref"), &reference(id)).await;
    add(&contoso.megan).await.refused(400, "Request_BadRequest");
    add(group).await.refused(400, "Request_BadRequest");
    let last = format!("{owners}/{}/$ref", contoso.megan);
    administrator.delete(&last).await.refused(400, "Request_BadRequest");
    add(&contoso.adele).await.ok(204);
    administrator.delete(&last).await.ok(204);
    let bind = json!({"members@odata.bind": [format!("https://x/v1.0/users/{}", contoso.megan), format!("https://x/v1.0/users/{}", contoso.adele)]});
    administrator.patch(&format!("/v1.0/groups/{group}"), &bind).await.refused(400, "Request_BadRequest");
    assert_eq!(contoso.members(group).await.len(), 2, "all or nothing");
    let bind = json!({"owners@odata.bind": [format!("https://x/v1.0/users/{}", contoso.alex)]});
    administrator.patch(&format!("/v1.0/groups/{group}"), &bind).await.refused(400, "Request_BadRequest");
}

#[tokio::test]
async fn removing_a_member_without_ref_deletes_the_user() {
    let contoso = Contoso::start().await;
    let path = format!("/v1.0/groups/{}/members/{}", contoso.group, contoso.alex);
    contoso.megan().delete(&path).await.refused(403, "Authorization_RequestDenied");
    contoso.administrator().delete(&path).await.ok(204);
    let alex = format!("/v1.0/users/{}", contoso.alex);
    contoso.administrator().get(&alex).await.refused(404, "Request_ResourceNotFound");
    assert_eq!(contoso.members(&contoso.group).await, [contoso.adele.as_str()]);
}

#[tokio::test]
async fn nested_members_are_found_once_though_the_groups_form_a_circle() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let inner = group(&administrator, "Inner", &[], &[&contoso.megan, &contoso.adele]).await;
    let add = async |to: &str, id: &str| {
        administrator.post(&format!("/v1.0/groups/{to}/members/$ref"), &reference(id)).await.ok(204);
    };
    add(&contoso.group, &inner).await;
    add(&inner, &contoso.group).await;
    let path = format!("/v1.0/groups/{}", contoso.group);
    let all = administrator.all(&format!("{path}/transitiveMembers")).await;
    let mut ids: Vec<&str> = all.iter().map(|member| member["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    let mut expected = [contoso.adele.as_str(), &contoso.alex, &contoso.megan, &inner];
    expected.sort_unstable();
    assert_eq!(ids, expected);
    assert_eq!(contoso.members(&contoso.group).await.len(), 3);
    let users = administrator.all(&format!("{path}/members/microsoft.graph.user")).await;
    assert_eq!(users.len(), 2);
    assert_eq!(administrator.all(&format!("{path}/members/graph.group")).await.len(), 1);
}

#[tokio::test]
async fn a_cast_of_transitive_members_is_an_advanced_query() {
    let contoso = Contoso::start().await;
    let path = format!("/v1.0/groups/{}/transitiveMembers/microsoft.graph.user", contoso.group);
    contoso.administrator().get(&path).await.refused(400, "Request_UnsupportedQuery");
    let counted = format!("{path}?$count=true");
    contoso.administrator().get(&counted).await.refused(400, "Request_UnsupportedQuery");
    let eventual = contoso.administrator().header("ConsistencyLevel", "eventual");
    eventual.get(&path).await.refused(400, "Request_UnsupportedQuery");
    assert_eq!(eventual.get(&counted).await.ok(200)["@odata.count"], 2);
    let device = format!("/v1.0/groups/{}/transitiveMembers/microsoft.graph.device", contoso.group);
    eventual.get(&device).await.refused(400, "Request_UnsupportedQuery");
}

#[tokio::test]
async fn an_owner_manages_the_group_and_others_do_not() {
    let contoso = Contoso::start().await;
    let lee = user(&contoso.administrator(), "Lee Gu", "LeeG").await;
    let members = format!("/v1.0/groups/{}/members/$ref", contoso.group);
    contoso.adele().post(&members, &reference(&lee)).await.refused(403, "Authorization_RequestDenied");
    contoso.megan().post(&members, &reference(&lee)).await.ok(204);
    let path = format!("/v1.0/groups/{}", contoso.group);
    contoso.adele().patch(&path, &json!({"description": "mine"})).await.refused(403, "Authorization_RequestDenied");
    contoso.megan().patch(&path, &json!({"description": "mine"})).await.ok(204);
    contoso.adele().delete(&path).await.refused(403, "Authorization_RequestDenied");
    contoso.megan().delete(&path).await.ok(204);
    let restore = format!("/v1.0/directory/deletedItems/{}/restore", contoso.group);
    contoso.adele().act(&restore).await.refused(403, "Authorization_RequestDenied");
    contoso.megan().act(&restore).await.ok(200);
}

#[tokio::test]
async fn the_rule_of_a_dynamic_group_decides_who_is_in_it() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let mut body = group_body("Everybody", &[], &[]);
    body["groupTypes"] = json!(["DynamicMembership"]);
    body["membershipRule"] = json!("user.accountEnabled -eq true");
    body["membershipRuleProcessingState"] = json!("On");
    let id = administrator.post("/v1.0/groups", &body).await.ok(201)["id"].as_str().unwrap().to_owned();
    let add = format!("/v1.0/groups/{id}/members/$ref");
    administrator.post(&add, &reference(&contoso.adele)).await.refused(400, "Request_BadRequest");
    let remove = format!("/v1.0/groups/{id}/members/{}/$ref", contoso.adele);
    administrator.delete(&remove).await.refused(400, "Request_BadRequest");
}

#[tokio::test]
async fn counting_needs_the_consistency_level() {
    let contoso = Contoso::start().await;
    let eventual = contoso.administrator().header("ConsistencyLevel", "eventual");
    for (path, count) in [
        ("/v1.0/users/$count".to_owned(), "4"),
        ("/v1.0/groups/$count".to_owned(), "1"),
        (format!("/v1.0/groups/{}/members/$count", contoso.group), "2"),
        (format!("/v1.0/groups/{}/transitiveMembers/$count", contoso.group), "2"),
        (format!("/v1.0/groups/{}/owners/$count", contoso.group), "1"),
    ] {
        contoso.administrator().get(&path).await.refused(400, "Request_BadRequest");
        let answer = eventual.get(&path).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, count), "{path}");
        assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    }
}
