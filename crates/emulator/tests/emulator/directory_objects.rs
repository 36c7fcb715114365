//! Directory objects that are no users and no groups: their queries, required properties, references and deleted items.

use serde_json::{Value, json};

use crate::generic_objects::{ADELE, GROUP, tenant};
use crate::served::Served;

const APPLICATION: &str = "30000000-0000-4000-8000-000000000001";
const PRINCIPAL: &str = "40000000-0000-4000-8000-000000000001";
const DEVICE: &str = "50000000-0000-4000-8000-000000000001";
const UNIT: &str = "60000000-0000-4000-8000-000000000001";
const UNSUPPORTED: &str = "Request_UnsupportedQuery";
const BAD: &str = "Request_BadRequest";

const OBJECTS: &str = "
objects:
  - {path: /applications, body: {id: 30000000-0000-4000-8000-000000000001, displayName: Pay roll, tags: [money], appId: 31000000-0000-4000-8000-000000000001}}
  - {path: /applications/30000000-0000-4000-8000-000000000001/owners/$ref, body: {'@odata.id': /users/adele@contoso.com}}
  - {path: /servicePrincipals, body: {id: 40000000-0000-4000-8000-000000000001, displayName: Pay roll, appId: 31000000-0000-4000-8000-000000000001}}
  - {path: /devices, body: {id: 50000000-0000-4000-8000-000000000001, displayName: PC, deviceId: 51000000-0000-4000-8000-000000000001, manufacturer: Contoso}}
  - {path: /directory/administrativeUnits, body: {id: 60000000-0000-4000-8000-000000000001, displayName: West}}
";

const SETS: [&str; 4] =
    ["/v1.0/applications", "/v1.0/servicePrincipals", "/v1.0/devices", "/v1.0/directory/administrativeUnits"];

async fn served() -> Served {
    tenant(OBJECTS).await
}

fn reference(id: &str) -> Value {
    json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}")})
}

#[tokio::test]
async fn lists_of_all_directory_objects_are_queried_as_those_of_users_are() {
    let served = served().await;
    let plain = served.administrator();
    let eventual = served.administrator().header("ConsistencyLevel", "eventual");
    for set in SETS {
        for (query, needs) in [
            ("$filter=displayName eq 'x'", Some(false)),
            ("$filter=displayName ne 'x'", Some(true)),
            ("$orderby=displayName", Some(true)),
            ("$filter=displayName eq 'x'&$orderby=displayName", Some(true)),
            ("$filter=contains(displayName,'x')", None),
            ("$orderby=id", None),
            ("$skip=1", None),
        ] {
            let path = format!("{set}?{query}");
            let (default, advanced) = (plain.get(&path).await, eventual.get(&format!("{path}&$count=true")).await);
            match needs {
                Some(false) => drop((default.ok(200), advanced.ok(200))),
                Some(true) => drop((default.refused(400, UNSUPPORTED), advanced.ok(200))),
                None => drop((default.refused(400, UNSUPPORTED), advanced.refused(400, UNSUPPORTED))),
            }
        }
        for query in ["$select=shoeSize", "$filter=shoeSize eq 1", "$expand=shoes"] {
            plain.get(&format!("{set}?{query}")).await.refused(400, "BadRequest");
        }
        plain.get(&format!("{set}/$count")).await.refused(400, BAD);
        assert_eq!(eventual.get(&format!("{set}/$count")).await.text, "1");
        assert!(plain.get(&format!("{set}?$count=true")).await.ok(200).get("@odata.count").is_none());
        let search = format!("{set}?$search=%22displayName:x%22");
        plain.get(&search).await.refused(400, UNSUPPORTED);
        assert!(eventual.all(&search).await.is_empty());
    }
    assert_eq!(eventual.all("/v1.0/applications?$search=%22displayName:roll%22").await.len(), 1);
    assert_eq!(plain.all("/v1.0/applications?$filter=tags/any(t:t eq 'money')").await.len(), 1);
    assert_eq!(eventual.all("/v1.0/devices?$filter=manufacturer eq 'contoso'&$count=true").await.len(), 1);
}

#[tokio::test]
async fn what_an_object_leads_to_is_counted_by_filters() {
    let served = served().await;
    let eventual = served.administrator().header("ConsistencyLevel", "eventual");
    for (path, found) in [
        ("/v1.0/applications?$filter=owners/$count eq 1", 1),
        ("/v1.0/servicePrincipals?$filter=owners/$count eq 0", 1),
        ("/v1.0/applications?$filter=owners/$count eq 0", 0),
        ("/v1.0/groups?$filter=owners/$count eq 0", 1),
        ("/v1.0/users?$filter=ownedObjects/$count ne 0", 0),
    ] {
        assert_eq!(eventual.all(&format!("{path}&$count=true")).await.len(), found, "{path}");
        served.administrator().get(path).await.refused(400, UNSUPPORTED);
    }
    served.administrator().post(&format!("/v1.0/groups/{GROUP}/owners/$ref"), &reference(ADELE)).await.ok(204);
    assert_eq!(eventual.all("/v1.0/users?$filter=ownedObjects/$count eq 1&$count=true").await.len(), 1);
    assert_eq!(eventual.get("/v1.0/groups/$count?$filter=owners/$count eq 0").await.text, "0");
    eventual.get("/v1.0/groups?$filter=owners/$count eq 2&$count=true").await.refused(400, UNSUPPORTED);
    // Who created what is not known here, and Graph may be asked for it.
    eventual.get("/v1.0/users?$filter=createdObjects/any(c:c/id eq 'x')&$count=true").await.refused(501, "NotModelled");
}

#[tokio::test]
async fn relations_are_filtered_and_ordered_by_advanced_queries_only() {
    let served = served().await;
    let eventual = served.administrator().header("ConsistencyLevel", "eventual");
    for relation in [
        format!("/v1.0/groups/{GROUP}/members"),
        format!("/v1.0/users/{ADELE}/memberOf"),
        format!("/v1.0/applications/{APPLICATION}/owners"),
    ] {
        for query in ["$filter=displayName eq 'x'", "$orderby=displayName"] {
            served.administrator().get(&format!("{relation}?{query}")).await.refused(400, UNSUPPORTED);
            eventual.get(&format!("{relation}?{query}&$count=true")).await.ok(200);
        }
    }
}

#[tokio::test]
async fn what_every_directory_object_needs_is_neither_left_out_nor_empty() {
    let served = served().await;
    let administrator = served.administrator();
    let bodies = [
        ("/v1.0/applications", json!({"displayName": "N"})),
        ("/v1.0/servicePrincipals", json!({"appId": "32000000-0000-4000-8000-000000000001"})),
        ("/v1.0/directory/administrativeUnits", json!({"displayName": "N"})),
        ("/v1.0/directoryRoles", json!({"roleTemplateId": "33000000-0000-4000-8000-000000000001"})),
    ];
    for (path, body) in bodies {
        for (name, _) in body.as_object().unwrap() {
            for value in [Some(Value::Null), Some(json!("")), None] {
                let mut body = body.clone();
                match value {
                    Some(value) => body[name] = value,
                    None => drop(body.as_object_mut().unwrap().remove(name)),
                }
                administrator.post(path, &body).await.refused(400, BAD);
            }
        }
        administrator.post(path, &body).await.ok(201);
    }
    for (path, name, value) in [
        ("/v1.0/applications", "displayName", json!("n".repeat(257))),
        ("/v1.0/applications", "description", json!("n".repeat(1025))),
        ("/v1.0/applications", "appId", json!(ADELE)),
        ("/v1.0/applications", "publisherDomain", json!("contoso.com")),
        ("/v1.0/applications", "signInAudience", json!("Everybody")),
        ("/v1.0/applications", "shoeSize", json!(43)),
        ("/v1.0/directory/administrativeUnits", "visibility", json!("Secret")),
        ("/v1.0/directory/administrativeUnits", "deletedDateTime", json!("2026-01-01T00:00:00Z")),
    ] {
        administrator.post(path, &json!({"displayName": "N", name: value})).await.refused(400, BAD);
    }
    let created = administrator.post("/v1.0/applications", &json!({"displayName": "N"})).await.ok(201);
    assert!(created["appId"].as_str().unwrap().parse::<uuid::Uuid>().is_ok());
    // What an application adds to objects of the directory has an underscore in its name.
    let extended = json!({"displayName": "N", "extension_31000000000040008000000000000001_grade": "A"});
    administrator.post("/v1.0/applications", &extended).await.ok(201);
    let changed = format!("/v1.0/applications/{APPLICATION}");
    administrator.patch(&changed, &json!({"displayName": ""})).await.refused(400, BAD);
    administrator.patch(&changed, &json!({"appId": ADELE})).await.refused(400, BAD);
}

#[tokio::test]
async fn references_lead_to_types_that_the_navigation_takes() {
    let served = served().await;
    let administrator = served.administrator();
    let units = format!("/v1.0/directory/administrativeUnits/{UNIT}/members/$ref");
    for taken in [ADELE, GROUP, DEVICE] {
        administrator.post(&units, &reference(taken)).await.ok(204);
        administrator.post(&units, &reference(taken)).await.refused(400, BAD);
    }
    for foreign in [APPLICATION, PRINCIPAL, UNIT] {
        assert!(administrator.post(&units, &reference(foreign)).await.refused(400, BAD).contains("do not take"));
    }
    let owners = format!("/v1.0/applications/{APPLICATION}/owners/$ref");
    administrator.post(&owners, &reference(GROUP)).await.refused(400, BAD);
    administrator.post(&owners, &reference(PRINCIPAL)).await.ok(204);
    // A group may have members that the directory does not know, and none that Graph does not take.
    let members = format!("/v1.0/groups/{GROUP}/members/$ref");
    for (id, status, code) in
        [(DEVICE, 501, "NotModelled"), (PRINCIPAL, 501, "NotModelled"), (APPLICATION, 400, BAD), (UNIT, 400, BAD)]
    {
        administrator.post(&members, &reference(id)).await.refused(status, code);
        let bind = json!({"members@odata.bind": [format!("https://x/v1.0/directoryObjects/{id}")]});
        administrator.patch(&format!("/v1.0/groups/{GROUP}"), &bind).await.refused(status, code);
    }
    let manager = format!("/v1.0/users/{ADELE}/manager/$ref");
    administrator.put(&manager, &reference(GROUP)).await.refused(400, BAD);
    administrator.delete(&manager).await.refused(404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn deleted_applications_and_units_lie_in_the_deleted_items_for_thirty_days() {
    let served = served().await;
    let administrator = served.administrator();
    let eventual = served.administrator().header("ConsistencyLevel", "eventual");
    let (items, one) = ("/v1.0/directory/deletedItems", format!("/v1.0/applications/{APPLICATION}"));
    administrator.delete(&one).await.ok(204);
    administrator.get(&one).await.refused(404, "Request_ResourceNotFound");
    let deleted = administrator.all(&format!("{items}/microsoft.graph.application")).await;
    assert_eq!((deleted.len(), &deleted[0]["id"]), (1, &json!(APPLICATION)));
    assert_eq!(deleted[0]["deletedDateTime"], "2026-03-02T09:00:00Z");
    assert_eq!(eventual.get(&format!("{items}/microsoft.graph.application/$count")).await.text, "1");
    assert_eq!(eventual.get(&format!("{items}/microsoft.graph.user/$count")).await.text, "0");
    let deleted = administrator.get(&format!("{items}/{APPLICATION}")).await.ok(200);
    assert_eq!(deleted["@odata.type"], "#microsoft.graph.application");
    let restored = administrator.post(&format!("{items}/{APPLICATION}/restore"), &json!({})).await.ok(200);
    assert_eq!(restored["displayName"], "Pay roll");
    assert_eq!(administrator.all(&format!("{one}/owners")).await.len(), 1);
    administrator
        .post(&format!("{items}/{APPLICATION}/restore"), &json!({}))
        .await
        .refused(404, "Request_ResourceNotFound");
    // Purged, and gone by itself.
    administrator.delete(&one).await.ok(204);
    administrator.delete(&format!("{items}/{APPLICATION}")).await.ok(204);
    administrator.get(&format!("{items}/{APPLICATION}")).await.refused(404, "Request_ResourceNotFound");
    administrator.delete(&format!("/v1.0/directory/administrativeUnits/{UNIT}")).await.ok(204);
    administrator.delete(&format!("{items}/{UNIT}")).await.refused(400, UNSUPPORTED);
    served.pass_days(31).await;
    assert!(administrator.all(&format!("{items}/microsoft.graph.administrativeUnit")).await.is_empty());
    // What is no deleted item in Graph, and what this one does not keep.
    administrator.get(&format!("{items}/microsoft.graph.message")).await.refused(400, UNSUPPORTED);
    administrator.get(&format!("{items}/microsoft.graph.device")).await.refused(501, "NotModelled");
}

#[tokio::test]
async fn objects_of_all_types_are_got_by_their_ids() {
    let served = served().await;
    let administrator = served.administrator();
    let got = async |types: Value| {
        let body = json!({"ids": [ADELE, GROUP, PRINCIPAL, DEVICE], "types": types});
        let got = administrator.post("/v1.0/directoryObjects/getByIds", &body).await.ok(200);
        got["value"].as_array().unwrap().iter().map(|one| one["@odata.type"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(got(json!([])).await.len(), 4);
    assert_eq!(got(json!(["device", "group"])).await, ["#microsoft.graph.group", "#microsoft.graph.device"]);
    let wrong = json!({"ids": [ADELE], "types": ["shoe"]});
    administrator.post("/v1.0/directoryObjects/getByIds", &wrong).await.refused(400, BAD);
}

#[tokio::test]
async fn what_graph_expands_and_is_not_modelled_is_no_unknown_name() {
    let served = served().await;
    let administrator = served.administrator();
    for (path, name) in [("users", "directReports"), ("users", "ownedObjects"), ("groups", "transitiveMembers")] {
        administrator.get(&format!("/v1.0/{path}?$expand={name}")).await.refused(501, "NotModelled");
        administrator.get(&format!("/v1.0/{path}?$expand=shoes")).await.refused(400, "BadRequest");
    }
}

#[tokio::test]
async fn no_two_objects_have_the_same_alternate_key() {
    const TAKEN: &str = "Request_MultipleObjectsWithSameKeyValue";
    let served = served().await;
    let administrator = served.administrator();
    let principal = json!({"appId": "3A000000-0000-4000-8000-000000000001"});
    let first = administrator.post("/v1.0/servicePrincipals", &principal).await.ok(201);
    let again = json!({"appId": "3a000000-0000-4000-8000-000000000001"});
    administrator.post("/v1.0/servicePrincipals", &again).await.refused(409, TAKEN);
    let first = first["id"].as_str().unwrap();
    administrator.delete(&format!("/v1.0/servicePrincipals/{first}")).await.ok(204);
    administrator.post("/v1.0/servicePrincipals", &again).await.ok(201);
    administrator.act(&format!("/v1.0/directory/deletedItems/{first}/restore")).await.refused(409, TAKEN);
    let other = administrator.post("/v1.0/applications", &json!({"displayName": "N", "uniqueName": "n"})).await.ok(201);
    let (renamed, other) = (format!("/v1.0/applications/{APPLICATION}"), other["id"].as_str().unwrap());
    administrator.patch(&renamed, &json!({"uniqueName": "N"})).await.refused(409, TAKEN);
    for _ in 0..2 {
        administrator.patch(&renamed, &json!({"uniqueName": "m"})).await.ok(204);
    }
    // Each application has names of its own for its credentials.
    let credential = json!({"name": "main", "issuer": "https://issuer.example", "subject": "s", "audiences": ["a"]});
    for (application, status) in [(APPLICATION, 201), (APPLICATION, 409), (other, 201)] {
        let path = format!("/v1.0/applications/{application}/federatedIdentityCredentials");
        administrator.post(&path, &credential).await.ok(status);
    }
    let twice = OBJECTS.replace("51000000-0000-4000-8000-000000000001}}", "51000000-0000-4000-8000-000000000001}}\n  - {path: /devices, body: {displayName: PC, deviceId: 51000000-0000-4000-8000-000000000001}}");
    let settings = graphwalk_emulator::Settings {
        seed: graphwalk_emulator::seed::Seed::parse(&twice).unwrap(),
        ..crate::served::settings()
    };
    let error = graphwalk_emulator::Emulator::new(settings, graphwalk_schema::Schemas::embedded()).err().unwrap();
    assert!(error.to_string().starts_with("/objects/"), "{error}");
}
