//! Users, deleted items, the organisation.

use serde_json::json;

use crate::contoso::{Contoso, group, user, user_body};
use crate::served::Served;

#[tokio::test]
async fn a_user_is_created_read_changed_deleted_restored_and_purged() {
    let served = Served::start().await;
    let administrator = served.administrator();
    let answer = administrator.post("/v1.0/users", &user_body("Adele Vance", "AdeleV")).await;
    let location = answer.header("location").unwrap().to_owned();
    let created = answer.ok(201);
    let id = created["id"].as_str().unwrap();
    assert_eq!(created["@odata.context"], "https://graph.microsoft.com/v1.0/$metadata#users/$entity");
    assert!(created.get("accountEnabled").is_none() && created.get("passwordProfile").is_none(), "{created}");
    assert!(location.ends_with(id));
    for key in [id, "AdeleV@Contoso.com", "adelev@contoso.com"] {
        assert_eq!(administrator.get(&format!("/v1.0/users/{key}")).await.ok(200), created);
    }
    let path = format!("/v1.0/users/{id}");
    administrator.patch(&path, &json!({"jobTitle": "Manager", "userPrincipalName": "Adele@contoso.com"})).await.ok(204);
    let selected = administrator.get(&format!("{path}?$select=jobTitle,accountEnabled,mailNickname")).await.ok(200);
    assert_eq!((&selected["jobTitle"], &selected["mailNickname"]), (&json!("Manager"), &json!("AdeleV")));
    administrator.get("/v1.0/users/AdeleV@Contoso.com").await.refused(404, "Request_ResourceNotFound");
    administrator.delete(&path).await.ok(204);
    administrator.get(&path).await.refused(404, "Request_ResourceNotFound");
    let deleted = administrator.all("/v1.0/directory/deletedItems/microsoft.graph.user").await;
    assert_eq!(deleted[0]["id"], id);
    assert!(deleted[0]["deletedDateTime"].is_string());
    let item = format!("/v1.0/directory/deletedItems/{id}");
    administrator.get(&item).await.ok(200);
    administrator.act(&format!("{item}/restore")).await.ok(200);
    administrator.get(&path).await.ok(200);
    administrator.delete(&path).await.ok(204);
    administrator.delete(&item).await.ok(204);
    administrator.get(&item).await.refused(404, "Request_ResourceNotFound");
    administrator.act(&format!("{item}/restore")).await.refused(404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn a_user_that_graph_would_not_create_is_refused_in_its_words() {
    let served = Served::start().await;
    let administrator = served.administrator();
    user(&administrator, "Adele Vance", "AdeleV").await;
    let refused = async |name: &str, value: serde_json::Value| {
        let mut body = user_body("Alex Wilber", "AlexW");
        if value.is_null() {
            drop(body.as_object_mut().unwrap().shift_remove(name))
        } else {
            body[name] = value
        }
        administrator.post("/v1.0/users", &body).await.ok(400)["error"].clone()
    };
    let taken = refused("userPrincipalName", json!("ADELEV@contoso.com")).await;
    assert_eq!(
        (&taken["code"], &taken["details"][0]["code"]),
        (&json!("Request_BadRequest"), &json!("ObjectConflict"))
    );
    for (name, value) in [
        ("userPrincipalName", json!("alex@fabrikam.com")),
        ("userPrincipalName", json!("alex")),
        ("userPrincipalName", json!("a b@contoso.com")),
        ("passwordProfile", json!({"password": "weak"})),
        ("passwordProfile", json!({})),
        ("displayName", json!("")),
        ("accountEnabled", json!("yes")),
        ("shoeSize", json!(43)),
        ("id", json!("3b8ceebc-49e6-4e0c-9e14-c906374a7ef6")),
        ("onPremisesSyncEnabled", json!(true)),
        ("nobody@odata.bind", json!(["https://graph.microsoft.com/v1.0/users/1"])),
        ("accountEnabled", json!(null)),
        ("displayName", json!(null)),
        ("mailNickname", json!(null)),
        ("passwordProfile", json!(null)),
        ("userPrincipalName", json!(null)),
    ] {
        let error = refused(name, value.clone()).await;
        assert_eq!(error["code"], "Request_BadRequest", "{name} {value}");
        assert!(error["message"].as_str().unwrap().len() > 20);
    }
    assert_eq!(served.emulator.census().count("users"), 2);
}

#[tokio::test]
async fn a_deleted_user_whose_principal_name_was_taken_cannot_be_restored() {
    let served = Served::start().await;
    let administrator = served.administrator();
    let first = user(&administrator, "Adele Vance", "AdeleV").await;
    administrator.delete(&format!("/v1.0/users/{first}")).await.ok(204);
    user(&administrator, "Another Adele", "AdeleV").await;
    let error = administrator.act(&format!("/v1.0/directory/deletedItems/{first}/restore")).await.ok(400);
    assert_eq!(error["error"]["details"][0]["code"], "ObjectConflict");
    let taken = json!({"userPrincipalName": "admin@contoso.com"});
    administrator.patch("/v1.0/users/AdeleV@Contoso.com", &taken).await.refused(400, "Request_BadRequest");
}

#[tokio::test]
async fn a_restored_object_has_its_memberships_again() {
    let contoso = Contoso::start().await;
    let (administrator, adele, group) = (contoso.administrator(), &contoso.adele, &contoso.group);
    let restore =
        async |id: &str| administrator.act(&format!("/v1.0/directory/deletedItems/{id}/restore")).await.ok(200);
    // The user goes first and comes back first.
    administrator.delete(&format!("/v1.0/users/{adele}")).await.ok(204);
    administrator.delete(&format!("/v1.0/groups/{group}")).await.ok(204);
    restore(adele).await;
    restore(group).await;
    assert!(contoso.members(group).await.contains(adele));
    // The group goes first and comes back first: it has no member that is not there.
    administrator.delete(&format!("/v1.0/groups/{group}")).await.ok(204);
    administrator.delete(&format!("/v1.0/users/{adele}")).await.ok(204);
    restore(group).await;
    assert_eq!(contoso.members(group).await, [contoso.alex.as_str()]);
    restore(adele).await;
    assert!(contoso.members(group).await.contains(adele));
    // Who is gone for good does not come back with the group.
    administrator.delete(&format!("/v1.0/groups/{group}")).await.ok(204);
    administrator.delete(&format!("/v1.0/users/{adele}")).await.ok(204);
    administrator.delete(&format!("/v1.0/directory/deletedItems/{adele}")).await.ok(204);
    restore(group).await;
    assert_eq!(contoso.members(group).await, [contoso.alex.as_str()]);
}

#[tokio::test]
async fn a_deleted_object_is_gone_for_good_after_thirty_days() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    administrator.delete(&format!("/v1.0/users/{}", contoso.adele)).await.ok(204);
    contoso.served.pass_days(29).await;
    administrator.delete(&format!("/v1.0/groups/{}", contoso.group)).await.ok(204);
    let items = async |kind: &str| administrator.all(&format!("/v1.0/directory/deletedItems/graph.{kind}")).await.len();
    assert_eq!((items("user").await, items("group").await), (1, 1));
    contoso.served.pass_days(1).await;
    assert_eq!((items("user").await, items("group").await), (0, 1));
    contoso.served.pass_days(29).await;
    assert_eq!(items("group").await, 0);
    let message = administrator.get("/v1.0/directory/deletedItems").await.refused(400, "Request_UnsupportedQuery");
    assert!(message.contains("microsoft.graph.user"), "{message}");
    administrator.get("/v1.0/directory/deletedItems/graph.message").await.refused(400, "Request_UnsupportedQuery");
}

#[tokio::test]
async fn managers_are_set_by_reference_and_found_and_removed() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let path = format!("/v1.0/users/{}/manager", contoso.adele);
    administrator.get(&path).await.refused(404, "Request_ResourceNotFound");
    let megan = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/users/{}", contoso.megan)});
    administrator.put(&format!("{path}/$ref"), &megan).await.ok(204);
    assert_eq!(administrator.get(&path).await.ok(200)["displayName"], "Megan Bowen");
    let expanded = administrator.get(&format!("/v1.0/users/{}?$expand=manager", contoso.adele)).await.ok(200);
    assert_eq!(expanded["manager"]["id"], contoso.megan.as_str());
    let own = contoso.adele().get("/v1.0/me/manager").await.ok(200);
    assert_eq!(own["id"], contoso.megan.as_str());
    administrator.delete(&format!("{path}/$ref")).await.ok(204);
    administrator.get(&path).await.refused(404, "Request_ResourceNotFound");
    for body in [json!({}), json!({"@odata.id": 5}), json!({"@odata.id": "https://graph.microsoft.com/v1.0/users"})] {
        let status = administrator.put(&format!("{path}/$ref"), &body).await.status;
        assert!([400, 404].contains(&status), "{body}");
    }
    let group = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/groups/{}", contoso.group)});
    administrator.put(&format!("{path}/$ref"), &group).await.refused(400, "Request_BadRequest");
}

#[tokio::test]
async fn a_new_password_has_to_be_changed_only_where_that_is_sent() {
    let contoso = Contoso::start().await;
    for (nickname, must, told) in
        [("IdaB", None, "access_token"), ("JoC", Some(false), "access_token"), ("MaxD", Some(true), "AADSTS50055")]
    {
        let mut body = user_body(nickname, nickname);
        body["passwordProfile"] = json!({"password": "Gw!23456"});
        if let Some(must) = must {
            body["passwordProfile"]["forceChangePasswordNextSignIn"] = json!(must);
        }
        contoso.administrator().post("/v1.0/users", &body).await.ok(201);
        let form = format!(
            "grant_type=password&client_id=14d82eec-204b-4c2f-b7e8-296a70dab67e&scope=User.Read&password=Gw%2123456&username={nickname}%40Contoso.com"
        );
        let answer = contoso.served.token_endpoint(form).await;
        assert!(answer.contains(told), "{nickname}: {answer}");
    }
}

#[tokio::test]
async fn whoever_signs_in_by_identities_needs_no_principal_name() {
    let served = Served::start().await;
    let administrator = served.administrator();
    let person = |kind: &str| {
        json!({"displayName": "Ida Berg",
               "identities": [{"signInType": kind, "issuer": "contoso.com", "issuerAssignedId": "ida@fabrikam.example"}]})
    };
    administrator.post("/v1.0/users", &person("emailAddress")).await.refused(400, "Request_BadRequest");
    let mut local = person("emailAddress");
    local["passwordProfile"] = json!({"password": "xWwvJ]6NMw+bWH-d"});
    let created = administrator.post("/v1.0/users", &local).await.ok(201);
    let (id, name) = (created["id"].as_str().unwrap(), created["userPrincipalName"].as_str().unwrap());
    assert!(name.starts_with(id) && name.contains('@'), "{created}");
    // Who signs in elsewhere has no password here.
    administrator.post("/v1.0/users", &person("federated")).await.ok(201);
    let nobody = json!({"displayName": "Ida Berg", "identities": []});
    administrator.post("/v1.0/users", &nobody).await.refused(400, "Request_BadRequest");
}

#[tokio::test]
async fn a_user_can_be_created_with_a_manager() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let mut body = user_body("Lee Gu", "LeeG");
    body["manager@odata.bind"] = json!(format!("https://graph.microsoft.com/v1.0/users/{}", contoso.megan));
    let lee = administrator.post("/v1.0/users", &body).await.ok(201);
    let manager = administrator.get(&format!("/v1.0/users/{}/manager", lee["id"].as_str().unwrap())).await.ok(200);
    assert_eq!(manager["id"], contoso.megan.as_str());
    body["userPrincipalName"] = json!("LeeG2@Contoso.com");
    body["manager@odata.bind"] = json!("https://graph.microsoft.com/v1.0/users/nobody@contoso.com");
    administrator.post("/v1.0/users", &body).await.refused(404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn everybody_finds_themselves_and_their_groups() {
    let contoso = Contoso::start().await;
    let me = contoso.adele().get("/v1.0/me").await.ok(200);
    assert_eq!(me["id"], contoso.adele.as_str());
    let groups = contoso.adele().get("/v1.0/me/memberOf").await.ok(200);
    assert_eq!(groups["value"][0]["id"], contoso.group.as_str());
    let groups = contoso.administrator().get(&format!("/v1.0/users/{}/memberOf", contoso.alex)).await.ok(200);
    assert_eq!(groups["value"].as_array().unwrap().len(), 1);
    contoso.adele().act("/v1.0/me/sendMail").await.refused(501, "NotModelled");
    contoso.adele().act("/v1.0/me").await.refused(405, "Request_BadRequest");
}

#[tokio::test]
async fn the_organisation_and_its_licences_can_be_read() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let organization = administrator.get("/v1.0/organization").await.ok(200);
    assert_eq!(organization["value"][0]["id"], contoso.served.emulator.tenant_id().to_string());
    let skus = administrator.get("/v1.0/subscribedSkus").await.ok(200);
    assert_eq!(skus["value"][0]["servicePlans"][0]["servicePlanId"], "eec0eb4f-6444-4f95-aba0-50c24d67f998");
    administrator.post("/v1.0/organization", &json!({})).await.refused(405, "Request_BadRequest");
    administrator.delete("/v1.0/subscribedSkus").await.refused(405, "Request_BadRequest");
}

#[tokio::test]
async fn a_directory_object_is_found_whatever_its_type() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let found = async |id: &str| administrator.get(&format!("/v1.0/directoryObjects/{id}")).await.ok(200);
    assert_eq!(found(&contoso.adele).await["@odata.type"], "#microsoft.graph.user");
    assert_eq!(found(&contoso.group).await["@odata.type"], "#microsoft.graph.group");
    let nobody = "/v1.0/directoryObjects/00000000-0000-0000-0000-00000000abcd";
    administrator.get(nobody).await.refused(404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn deleting_the_owner_leaves_the_group_without_one() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    administrator.delete(&format!("/v1.0/users/{}", contoso.megan)).await.ok(204);
    let owners = administrator.all(&format!("/v1.0/groups/{}/owners", contoso.group)).await;
    assert!(owners.is_empty());
    let other = group(&administrator, "Others", &[&contoso.adele], &[]).await;
    assert!(contoso.members(&other).await.is_empty());
}

#[tokio::test]
async fn the_tenant_has_its_initial_domain_beside_the_default_one() {
    let served = Served::start().await;
    let administrator = served.administrator();
    let domains = administrator.all("/v1.0/domains").await;
    let organization = administrator.all("/v1.0/organization").await;
    let verified = organization[0]["verifiedDomains"].as_array().unwrap();
    for (list, name) in [(&domains, "id"), (verified, "name")] {
        let of = |domain: &serde_json::Value| {
            (domain[name].as_str().unwrap().to_owned(), domain["isDefault"] == true, domain["isInitial"] == true)
        };
        let expected = [("Contoso.com".to_owned(), true, false), ("contoso.onmicrosoft.com".to_owned(), false, true)];
        assert_eq!(list.iter().map(of).collect::<Vec<_>>(), expected);
    }
    let mut body = user_body("Requestor1", "Requestor1");
    body["userPrincipalName"] = json!("Requestor1@Contoso.onmicrosoft.com");
    administrator.post("/v1.0/users", &body).await.ok(201);
    body["userPrincipalName"] = json!("Requestor1@fabrikam.onmicrosoft.com");
    administrator.post("/v1.0/users", &body).await.refused(400, "Request_BadRequest");
    // What is added is there from then on, and nobody has verified it.
    administrator.post("/v1.0/domains", &json!({"id": "fabrikam.onmicrosoft.com"})).await.ok(201);
    administrator.post("/v1.0/users", &body).await.refused(400, "Request_BadRequest");
    assert_eq!(administrator.get("/v1.0/domains/$count").await.text, "3");
    let unverified = administrator.all("/v1.0/domains?$filter=isVerified%20eq%20false").await;
    assert_eq!(unverified.iter().map(|domain| &domain["id"]).collect::<Vec<_>>(), ["fabrikam.onmicrosoft.com"]);
    let initial = "/v1.0/domains/CONTOSO.onmicrosoft.com";
    assert_eq!(administrator.get(&format!("{initial}?$select=id")).await.ok(200)["id"], "contoso.onmicrosoft.com");
    administrator.post("/v1.0/domains", &json!({"id": "contoso.com"})).await.refused(409, "Conflict");
    administrator.delete(initial).await.refused(501, "NotModelled");
    served.app(&["User.Read.All"]).await.get("/v1.0/domains").await.refused(403, "Authorization_RequestDenied");
}
