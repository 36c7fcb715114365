//! Delta queries of users and groups.

use serde_json::{Value, json};

use crate::contoso::{Contoso, user};
use crate::served::Actor;

/// All that a round tells, and the link to what follows it.
async fn round(actor: &Actor<'_>, path: &str) -> (Vec<Value>, String) {
    let relative = |link: &Value| {
        let link = link.as_str().unwrap();
        link[link.find("/v1.0").unwrap()..].to_owned()
    };
    let (mut told, mut path) = (Vec::new(), path.to_owned());
    loop {
        let page = actor.get(&path).await.ok(200);
        told.extend(page["value"].as_array().unwrap().iter().cloned());
        match page.get("@odata.nextLink") {
            Some(link) => path = relative(link),
            None => return (told, relative(&page["@odata.deltaLink"])),
        }
    }
}

#[tokio::test]
async fn a_round_tells_what_has_changed_since_the_one_before() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let (all, link) = round(&administrator, "/v1.0/users/delta?$top=3").await;
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|user| user.get("jobTitle").is_none() && user.get("displayName").is_some()), "{all:?}");
    let (nothing, link) = round(&administrator, &link).await;
    assert_eq!(nothing, [] as [Value; 0]);
    administrator.patch(&format!("/v1.0/users/{}", contoso.adele), &json!({"jobTitle": "Chef"})).await.ok(204);
    administrator.delete(&format!("/v1.0/users/{}", contoso.alex)).await.ok(204);
    let lee = user(&administrator, "Lee Gu", "LeeG").await;
    let (changed, later) = round(&administrator, &link).await;
    assert_eq!(changed.len(), 3, "{changed:?}");
    assert_eq!((&changed[0]["id"], &changed[0]["jobTitle"]), (&json!(contoso.adele), &json!("Chef")));
    assert_eq!(changed[1]["id"], json!(lee));
    assert_eq!(changed[2], json!({"id": contoso.alex, "@removed": {"reason": "changed"}}));
    // The same link tells the same again, as long as nothing else happens.
    assert_eq!(round(&administrator, &link).await.0, changed);
    administrator.delete(&format!("/v1.0/directory/deletedItems/{}", contoso.alex)).await.ok(204);
    assert_eq!(round(&administrator, &later).await.0, [] as [Value; 0]);
    let gone = json!({"id": contoso.alex, "@removed": {"reason": "deleted"}});
    assert_eq!(round(&administrator, &link).await.0[2], gone);
}

#[tokio::test]
async fn members_of_groups_are_told_as_they_come_and_go() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let (groups, link) = round(&administrator, "/v1.0/groups/delta").await;
    let member = |id: &str| json!({"@odata.type": "#microsoft.graph.user", "id": id});
    assert_eq!(groups[0]["members@delta"], json!([member(&contoso.adele), member(&contoso.alex)]));
    let path = format!("/v1.0/groups/{}/members", contoso.group);
    administrator.delete(&format!("{path}/{}/$ref", contoso.alex)).await.ok(204);
    let megan = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/users/{}", contoso.megan)});
    administrator.post(&format!("{path}/$ref"), &megan).await.ok(204);
    let (changed, _) = round(&administrator, &link).await;
    let mut lost = member(&contoso.alex);
    lost["@removed"] = json!({"reason": "deleted"});
    assert_eq!(changed[0]["members@delta"], json!([member(&contoso.megan), lost]));
    // Who selects something else is not told of members.
    let (selected, link) = round(&administrator, "/v1.0/groups/delta?$select=displayName").await;
    assert_eq!(selected, [json!({"displayName": "Building security", "id": contoso.group})]);
    administrator.delete(&format!("{path}/{}/$ref", contoso.megan)).await.ok(204);
    administrator.patch(&format!("/v1.0/groups/{}", contoso.group), &json!({"description": "x"})).await.ok(204);
    assert_eq!(round(&administrator, &link).await.0, [] as [Value; 0]);
}

#[tokio::test]
async fn a_round_may_begin_with_what_comes_and_follow_some_objects_only() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let (nothing, link) = round(&administrator, "/v1.0/users/delta?$deltatoken=latest").await;
    assert_eq!(nothing, [] as [Value; 0]);
    let followed = format!("/v1.0/users/delta()?$filter=id eq '{}' or id eq '{}'", contoso.adele, contoso.megan);
    let (two, of_two) = round(&administrator, &followed).await;
    assert_eq!(two.len(), 2);
    administrator.patch(&format!("/v1.0/users/{}", contoso.alex), &json!({"jobTitle": "Chef"})).await.ok(204);
    assert_eq!(round(&administrator, &link).await.0.len(), 1);
    assert_eq!(round(&administrator, &of_two).await.0, [] as [Value; 0]);
    for (query, status) in [
        ("$filter=displayName eq 'x'", 400),
        ("$orderby=displayName", 400),
        ("$select=shoeSize", 400),
        ("$deltatoken=x", 400),
        ("$skiptoken=cGFnZToz", 400),
        ("$deltatoken=ZGVsdGE6OTk5OTow", 410),
    ] {
        let answer = administrator.get(&format!("/v1.0/users/delta?{query}")).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text);
    }
    contoso
        .served
        .app(&["Group.Read.All"])
        .await
        .get("/v1.0/users/delta")
        .await
        .refused(403, "Authorization_RequestDenied");
}
