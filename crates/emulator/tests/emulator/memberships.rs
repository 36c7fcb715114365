//! What one is a member of, directly and through others; counted, filtered, and asked for by actions.

use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;
use serde_json::{Value, json};

use crate::served::{Served, settings};

const ADELE: &str = "10000000-0000-4000-8000-000000000001";
const MEGAN: &str = "10000000-0000-4000-8000-000000000002";
const INNER: &str = "20000000-0000-4000-8000-000000000001";
const OUTER: &str = "20000000-0000-4000-8000-000000000002";
const TEAM: &str = "20000000-0000-4000-8000-000000000003";

const TENANT: &str = r#"
users:
  - {id: 10000000-0000-4000-8000-000000000001, userPrincipalName: adele@contoso.com, displayName: Adele, manager: megan@contoso.com, userType: Guest, businessPhones: ["+1 425"]}
  - {id: 10000000-0000-4000-8000-000000000002, userPrincipalName: megan@contoso.com, displayName: Megan}
groups:
  - {id: 20000000-0000-4000-8000-000000000001, displayName: Inner, members: [adele@contoso.com]}
  - {id: 20000000-0000-4000-8000-000000000002, displayName: Outer, members: [Inner, megan@contoso.com]}
  - {id: 20000000-0000-4000-8000-000000000003, displayName: Team, groupTypes: [Unified], mailEnabled: true, securityEnabled: false, members: [adele@contoso.com], owners: [megan@contoso.com]}
"#;

async fn tenant() -> Served {
    let seed = Seed::parse(TENANT).unwrap();
    Served::with(Settings { seed, ..settings() }).await
}

fn ids(objects: &[Value]) -> Vec<&str> {
    objects.iter().map(|object| object["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn relations_are_read_cast_and_counted_for_users_groups_and_oneself() {
    let served = tenant().await;
    let administrator = served.administrator();
    for (path, wanted) in [
        (format!("/users/{ADELE}/memberOf"), vec![INNER, TEAM]),
        (format!("/users/{ADELE}/transitiveMemberOf"), vec![INNER, TEAM, OUTER]),
        (format!("/users/{ADELE}/memberOf/microsoft.graph.group"), vec![INNER, TEAM]),
        (format!("/users/{ADELE}/memberOf/microsoft.graph.user"), vec![]),
        (format!("/groups/{INNER}/memberOf"), vec![OUTER]),
        (format!("/groups/{OUTER}/transitiveMemberOf"), vec![]),
        (format!("/users/{MEGAN}/directReports"), vec![ADELE]),
        (format!("/users/{MEGAN}/ownedObjects"), vec![TEAM]),
    ] {
        let found = administrator.all(&format!("/v1.0{path}")).await;
        assert_eq!(ids(&found), wanted, "{path}");
        let counter = served.administrator().header("ConsistencyLevel", "eventual");
        let count = counter.get(&format!("/v1.0{path}/$count")).await;
        assert_eq!(count.text, wanted.len().to_string(), "{path}");
    }
    let own = served.user("adele@contoso.com").get("/v1.0/me/transitiveMemberOf").await.ok(200);
    assert_eq!(ids(own["value"].as_array().unwrap()).len(), 3);
    administrator.get("/v1.0/users/nobody/memberOf").await.refused(404, "Request_ResourceNotFound");
    administrator.get(&format!("/v1.0/users/{ADELE}/createdObjects")).await.refused(501, "NotModelled");
    administrator
        .get(&format!("/v1.0/users/{ADELE}/memberOf/microsoft.graph.device"))
        .await
        .refused(400, "Request_UnsupportedQuery");
    // Roles and units of somebody are in Graph's answer, and none of the area's; devices are no members here.
    for kind in ["directoryRole", "administrativeUnit"] {
        let path = format!("/v1.0/users/{ADELE}/memberOf/microsoft.graph.{kind}");
        administrator.get(&path).await.refused(501, "NotModelled");
    }
    administrator
        .get(&format!("/v1.0/users/{ADELE}/ownedObjects/microsoft.graph.application"))
        .await
        .refused(501, "NotModelled");
    assert_eq!(
        administrator.all(&format!("/v1.0/groups/{OUTER}/members/microsoft.graph.device")).await,
        Vec::<Value>::new()
    );
}

#[tokio::test]
async fn actions_tell_of_which_groups_an_object_is_a_member_directly_or_not() {
    let served = tenant().await;
    let administrator = served.administrator();
    let user = format!("/v1.0/users/{ADELE}");
    for (path, body, wanted) in [
        (format!("{user}/checkMemberGroups"), json!({"groupIds": [OUTER, MEGAN]}), json!([OUTER])),
        (format!("{user}/microsoft.graph.checkMemberObjects"), json!({"ids": [TEAM]}), json!([TEAM])),
        (format!("{user}/getMemberGroups"), json!({"securityEnabledOnly": true}), json!([INNER, OUTER])),
        (format!("{user}/getMemberObjects"), json!({"securityEnabledOnly": false}), json!([INNER, TEAM, OUTER])),
        (format!("/v1.0/groups/{INNER}/getMemberGroups"), json!({"securityEnabledOnly": false}), json!([OUTER])),
        (format!("/v1.0/directoryObjects/{INNER}/checkMemberGroups"), json!({"groupIds": [OUTER]}), json!([OUTER])),
    ] {
        assert_eq!(administrator.post(&path, &body).await.ok(200)["value"], wanted, "{path}");
    }
    let by_ids = "/v1.0/directoryObjects/getByIds";
    let found = administrator
        .post(by_ids, &json!({"ids": [ADELE, INNER, "30000000-0000-4000-8000-000000000009"]}))
        .await
        .ok(200);
    assert_eq!(ids(found["value"].as_array().unwrap()), [ADELE, INNER]);
    let groups = administrator.post(by_ids, &json!({"ids": [ADELE, INNER], "types": ["group"]})).await.ok(200);
    assert_eq!(ids(groups["value"].as_array().unwrap()), [INNER]);
    for (path, body) in [
        (format!("{user}/checkMemberGroups"), json!({})),
        (format!("{user}/checkMemberGroups"), json!({"groupIds": ["x"]})),
        (format!("{user}/checkMemberGroups"), json!({"groupIds": vec![OUTER; 21]})),
        (format!("{user}/getMemberGroups"), json!({"securityEnabledOnly": "yes"})),
        (by_ids.to_owned(), json!({"ids": [], "shoes": 1})),
    ] {
        administrator.post(&path, &body).await.refused(400, "Request_BadRequest");
    }
}

#[tokio::test]
async fn lists_and_counts_are_filtered_by_conditions_on_items() {
    let served = tenant().await;
    let administrator = served.administrator().header("ConsistencyLevel", "eventual");
    for (path, filter, count) in [
        ("/groups", "groupTypes/any(c:c eq 'Unified')", "1"),
        ("/groups", "NOT groupTypes/any(c:c eq 'Unified')", "2"),
        ("/users", "businessPhones/any(p:startswith(p,'+1'))", "1"),
        ("/users", "userType eq 'Guest'", "1"),
        ("/users", "assignedLicenses/any(x:x/skuId eq 1e1a282c-9c54-43a2-9310-98ef728faace)", "0"),
        ("/users", "assignedLicenses/$count eq 0", "3"),
        (&format!("/groups/{OUTER}/members"), "displayName eq 'Megan'", "1"),
        (&format!("/groups/{OUTER}/members/microsoft.graph.user"), "displayName ne 'Adele'", "1"),
    ] {
        let filter = filter.replace(' ', "%20").replace('+', "%2B");
        let list = administrator.get(&format!("/v1.0{path}?$count=true&$filter={filter}")).await.ok(200);
        assert_eq!(list["@odata.count"].to_string(), count, "{path} {filter}");
        let counted = administrator.get(&format!("/v1.0{path}/$count?$filter={filter}")).await;
        assert_eq!((counted.status, counted.text.as_str()), (200, count), "{path} {filter}");
    }
    administrator.get("/v1.0/groups/$count?$filter=shoes/any(s:s eq 1)").await.refused(400, "BadRequest");
    administrator.get("/v1.0/users/$count?$top=1").await.refused(400, "Request_UnsupportedQuery");
}

#[tokio::test]
async fn what_the_directory_answers_only_as_an_advanced_query_is_refused_without() {
    let served = tenant().await;
    let (plain, advanced) = (served.administrator(), served.administrator().header("ConsistencyLevel", "eventual"));
    let many: Vec<String> = (0..16).map(|number| format!("'{number}'")).collect();
    for query in [
        "$filter=startswith(displayName,'T')&$orderby=displayName".to_owned(),
        format!("$filter=displayName in ({})", many.join(",")),
        format!(
            "$filter={}",
            many.iter().map(|text| format!("displayName eq {text}")).collect::<Vec<_>>().join(" or ")
        ),
        "$filter=not groupTypes/any(c:c eq 'Unified')".to_owned(),
        "$filter=proxyAddresses/any(p:endswith(p,'d'))".to_owned(),
    ] {
        let path = format!("/v1.0/groups?{}&$count=true", query.replace(' ', "%20"));
        plain.get(&path).await.refused(400, "Request_UnsupportedQuery");
        advanced.get(&path).await.ok(200);
    }
    plain.get("/v1.0/groups?$filter=startswith(displayName,'T')").await.ok(200);
    plain.get(&format!("/v1.0/groups?$filter=displayName%20in%20({})", many[..15].join(","))).await.ok(200);
    plain.get("/v1.0/applications?$filter=displayName%20ne%20'x'").await.refused(400, "Request_UnsupportedQuery");
    for filter in ["accountEnabled%20eq%20'true'", "displayName%20eq%205", "startswith(accountEnabled,'t')"] {
        plain.get(&format!("/v1.0/users?$filter={filter}")).await.refused(400, "BadRequest");
    }
}

#[tokio::test]
async fn who_creates_a_microsoft_365_group_owns_it_and_it_has_an_address() {
    let served = tenant().await;
    let body = |nickname: &str, types: &[&str]| {
        json!({"displayName": "G", "groupTypes": types, "mailEnabled": !types.is_empty(), "mailNickname": nickname,
            "securityEnabled": types.is_empty()})
    };
    let megan = served.user("megan@contoso.com");
    let group = megan.post("/v1.0/groups", &body("one", &["Unified"])).await.ok(201);
    assert_eq!((&group["mail"], &group["visibility"]), (&json!("one@Contoso.com"), &json!("Public")));
    assert_eq!(group["proxyAddresses"], json!(["SMTP:one@Contoso.com"]));
    let owners = format!("/v1.0/groups/{}/owners", group["id"].as_str().unwrap());
    assert_eq!(ids(&megan.all(&owners).await), [MEGAN]);
    let mut bound = body("two", &["Unified"]);
    bound["owners@odata.bind"] = json!([format!("https://graph.microsoft.com/v1.0/users/{ADELE}")]);
    bound["visibility"] = json!("Private");
    let group = megan.post("/v1.0/groups", &bound).await.ok(201);
    assert_eq!(group["visibility"], "Private");
    assert_eq!(ids(&megan.all(&format!("/v1.0/groups/{}/owners", group["id"].as_str().unwrap())).await), [ADELE]);
    let app = served.app(&["Group.ReadWrite.All"]).await;
    for (who, body) in [(&megan, body("three", &[])), (&app, body("four", &["Unified"]))] {
        let group = who.post("/v1.0/groups", &body).await.ok(201);
        let owners = format!("/v1.0/groups/{}/owners", group["id"].as_str().unwrap());
        assert_eq!(app.all(&owners).await.len(), 0, "{body}");
    }
}

#[tokio::test]
async fn empty_texts_and_ids_that_are_no_guids_are_refused() {
    let served = tenant().await;
    let administrator = served.administrator();
    for (path, body) in [
        (format!("/v1.0/users/{ADELE}"), json!({"jobTitle": ""})),
        (format!("/v1.0/users/{ADELE}"), json!({"displayName": ""})),
        (format!("/v1.0/groups/{INNER}"), json!({"description": ""})),
    ] {
        let message = administrator.patch(&path, &body).await.refused(400, "Request_BadRequest");
        assert!(message.starts_with("Invalid value specified for property"), "{message}");
    }
    administrator.patch(&format!("/v1.0/users/{ADELE}"), &json!({"jobTitle": null})).await.ok(204);
    for path in [
        "/groups/readers",
        "/groups/readers/members",
        "/directoryObjects/x",
        "/directory/deletedItems/x",
        "/applications/x",
    ] {
        let message = administrator.get(&format!("/v1.0{path}")).await.refused(400, "Request_BadRequest");
        assert!(message.starts_with("Invalid object identifier"), "{message}");
    }
    administrator.delete(&format!("/v1.0/groups/{INNER}/members/x/$ref")).await.refused(400, "Request_BadRequest");
}

#[tokio::test]
async fn relations_and_actions_are_the_same_of_users_groups_objects_and_oneself() {
    let served = tenant().await;
    let (adele, megan) = (served.user("adele@contoso.com"), served.user("megan@contoso.com"));
    let administrator = served.administrator();
    let me = |relation: &str| format!("/v1.0/me/{relation}");
    assert_eq!(ids(&megan.all(&me("directReports")).await), [ADELE]);
    assert_eq!(ids(&megan.all(&me("ownedObjects")).await), [TEAM]);
    let inner = format!("/v1.0/groups/{INNER}");
    let object = format!("/v1.0/directoryObjects/{ADELE}");
    for (actor, path, body, expected) in [
        (&adele, me("checkMemberGroups"), json!({"groupIds": [OUTER, TEAM]}), vec![OUTER, TEAM]),
        (&adele, me("checkMemberObjects"), json!({"ids": [INNER, MEGAN]}), vec![INNER]),
        (&adele, me("getMemberGroups"), json!({"securityEnabledOnly": true}), vec![INNER, OUTER]),
        (&adele, me("getMemberObjects"), json!({"securityEnabledOnly": false}), vec![INNER, OUTER, TEAM]),
        (&administrator, format!("{object}/checkMemberObjects"), json!({"ids": [TEAM]}), vec![TEAM]),
        (&administrator, format!("{object}/getMemberGroups"), json!({"securityEnabledOnly": true}), vec![INNER, OUTER]),
        (&administrator, format!("{object}/getMemberObjects"), json!({}), vec![INNER, OUTER, TEAM]),
        (&administrator, format!("{inner}/checkMemberGroups"), json!({"groupIds": [OUTER, TEAM]}), vec![OUTER]),
        (&administrator, format!("{inner}/checkMemberObjects"), json!({"ids": [OUTER, ADELE]}), vec![OUTER]),
        (&administrator, format!("{inner}/getMemberObjects"), json!({"securityEnabledOnly": true}), vec![OUTER]),
    ] {
        let answer = actor.post(&path, &body).await.ok(200);
        let mut found: Vec<&str> = answer["value"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{path} {body}");
    }
}
