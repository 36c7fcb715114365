//! Pages, and the links between them.

use serde_json::json;

use crate::contoso::{Contoso, DEFINITIONS, group, user};

#[tokio::test]
async fn pages_are_linked_by_absolute_opaque_addresses_until_the_last() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for number in 0..7 {
        user(&administrator, &format!("User {number}"), &format!("u{number}")).await;
    }
    let mut seen = Vec::new();
    let mut next = Some("/v1.0/users?$top=3&$select=id,displayName".to_owned());
    let mut pages = 0;
    while let Some(path) = next {
        let page = administrator.get(&path).await.ok(200);
        let value = page["value"].as_array().unwrap();
        assert!(value.len() <= 3 && value.iter().all(|user| user.as_object().unwrap().len() == 2));
        seen.extend(value.iter().map(|user| user["id"].clone()));
        next = page.get("@odata.nextLink").map(|link| {
            assert!(link.as_str().unwrap().starts_with("http://127.0.0.1:"), "{link}");
            contoso.served.relative(link)
        });
        pages += 1;
    }
    assert_eq!((pages, seen.len()), (4, 11));
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    assert_eq!(seen.len(), 11);
}

#[tokio::test]
async fn a_page_has_a_hundred_items_by_default() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for number in 0..101 {
        group(&administrator, &format!("Group {number}"), &[], &[]).await;
    }
    let first = administrator.get("/v1.0/groups").await.ok(200);
    assert_eq!(first["value"].as_array().unwrap().len(), 100);
    let second = administrator.get(&contoso.served.relative(&first["@odata.nextLink"])).await.ok(200);
    assert_eq!(second["value"].as_array().unwrap().len(), 2);
    assert!(second.get("@odata.nextLink").is_none());
    assert_eq!(administrator.get("/v1.0/groups?$top=102").await.ok(200)["value"].as_array().unwrap().len(), 102);
    let preferring = contoso.administrator().header("Prefer", "odata.maxpagesize=5");
    assert_eq!(preferring.get("/v1.0/groups").await.ok(200)["value"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn the_count_stands_on_the_first_page_alone() {
    let contoso = Contoso::start().await;
    let eventual = contoso.administrator().header("ConsistencyLevel", "eventual");
    let first = eventual.get("/v1.0/users?$top=3&$count=true").await.ok(200);
    assert_eq!(first["@odata.count"], 4);
    let second = eventual.get(&contoso.served.relative(&first["@odata.nextLink"])).await.ok(200);
    assert!(second.get("@odata.count").is_none() && second["value"].as_array().unwrap().len() == 1);
    let ignored = contoso.administrator().get("/v1.0/users?$count=true").await.ok(200);
    assert!(ignored.get("@odata.count").is_none(), "without the header the option is passed over");
}

#[tokio::test]
async fn reviews_are_paged_by_top_and_skip() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let mut ids = Vec::new();
    for _ in 0..5 {
        let created = administrator.post(DEFINITIONS, &contoso.body(json!({}))).await.ok(201);
        ids.push(created["id"].as_str().unwrap().to_owned());
    }
    let page = administrator.get(&format!("{DEFINITIONS}?$top=2&$skip=1")).await.ok(200);
    let told: Vec<&str> = page["value"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert_eq!(told, ids[1..3]);
    assert_eq!(page["@odata.count"], 5);
    let next = administrator.get(&contoso.served.relative(&page["@odata.nextLink"])).await.ok(200);
    assert_eq!(next["value"][0]["id"], ids[3].as_str());
    let beyond = administrator.get(&format!("{DEFINITIONS}?$skip=50")).await.ok(200);
    assert_eq!(beyond["value"], json!([]));
    let review = contoso.review(json!({})).await;
    let page = administrator.get(&review.path("/decisions?$top=1")).await.ok(200);
    let rest = administrator.get(&contoso.served.relative(&page["@odata.nextLink"])).await.ok(200);
    assert_ne!(page["value"][0]["id"], rest["value"][0]["id"]);
    let own = review.path("/decisions/filterByCurrentUser(on='reviewer')?$top=1");
    assert!(contoso.adele().get(&own).await.ok(200).get("@odata.nextLink").is_none());
}

#[tokio::test]
async fn a_link_keeps_the_filter_and_the_order_of_its_list() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for (name, nickname) in [("Zoe", "zoe"), ("Abe", "abe"), ("Max", "max")] {
        user(&administrator, &format!("Test {name}"), nickname).await;
    }
    let path =
        "/v1.0/users?$filter=startswith(displayName,'Test')&$orderby=displayName desc&$top=2&$select=displayName";
    let all = contoso.administrator().header("ConsistencyLevel", "eventual").all(&format!("{path}&$count=true")).await;
    let names: Vec<&str> = all.iter().map(|user| user["displayName"].as_str().unwrap()).collect();
    assert_eq!(names, ["Test Zoe", "Test Max", "Test Abe"]);
}
