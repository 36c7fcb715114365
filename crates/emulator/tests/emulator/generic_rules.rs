//! The rules of the generic store: ids, defaults, references, permissions, what is refused, what lies beneath objects of areas.

use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;
use serde_json::{Value, json};

use crate::generic_objects::{ADELE, GROUP, id, is_generic, tenant};
use crate::served::{Served, settings};

const POLICIES: &str = "/v1.0/identity/conditionalAccess/policies";
const LOCATIONS: &str = "/v1.0/identity/conditionalAccess/namedLocations";
const APPLICATIONS: &str = "/v1.0/applications";

fn reference(path: &str) -> Value {
    json!({"@odata.id": format!("https://graph.microsoft.com/v1.0{path}")})
}

#[tokio::test]
async fn the_service_adds_an_id_in_the_form_of_the_type_the_time_and_defaults() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let location = json!({"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": "Home"});
    let location = administrator.post(LOCATIONS, &location).await.ok(201);
    assert_eq!(id(&location).parse::<uuid::Uuid>().unwrap().get_version_num(), 4);
    assert_eq!(location["createdDateTime"], "2026-03-02T09:00:00Z");
    let team = administrator.post("/v1.0/teams", &json!({"displayName": "Team"})).await.ok(201);
    let channels = format!("/v1.0/teams/{}/channels", id(&team));
    let channel = administrator.post(&channels, &json!({"displayName": "Channel"})).await.ok(201);
    assert!(id(&channel).starts_with("19:") && id(&channel).ends_with("@thread.tacv2"), "{channel}");
    assert_eq!(channel["membershipType"], "standard");
    let private = json!({"displayName": "Channel", "membershipType": "private"});
    assert_eq!(administrator.post(&channels, &private).await.ok(201)["membershipType"], "private");
    let domain = administrator.post("/v1.0/domains", &json!({"id": "fabrikam.example"})).await.ok(201);
    assert_eq!(domain["id"], "fabrikam.example");
    administrator.post("/v1.0/domains", &json!({"id": "fabrikam.example"})).await.refused(409, "Conflict");
    administrator.post("/v1.0/domains", &json!({})).await.refused(400, "Request_BadRequest");
}

#[tokio::test]
async fn a_body_that_the_type_does_not_take_is_refused_and_nothing_is_created() {
    let served = tenant("").await;
    let administrator = served.administrator();
    for (path, body) in [
        (POLICIES, json!({"displayName": "P", "shoeSize": 43})),
        (POLICIES, json!({"displayName": "P", "id": ADELE})),
        (POLICIES, json!({"displayName": "P", "createdDateTime": "2026-01-01T00:00:00Z"})),
        (POLICIES, json!({"@odata.type": "#microsoft.graph.user", "displayName": "P"})),
        // It is abstract.
        ("/v1.0/identity/identityProviders", json!({"displayName": "P"})),
        (APPLICATIONS, json!({"displayName": "P", "owners@odata.bind": "nowhere"})),
        (APPLICATIONS, json!({"displayName": "P", "extensionProperties@odata.bind": []})),
        (APPLICATIONS, json!({"displayName": "P", "owners": [{"displayName": "without an id"}]})),
        ("/v1.0/me/calendars", json!({"name": "P", "calendarPermissions": [{"shoeSize": 43}]})),
    ] {
        let answer = administrator.post(path, &body).await;
        assert!(matches!(answer.status, 400 | 404), "{path} {body}: {}", answer.text);
        assert_eq!(administrator.all(path).await, [Value::Null; 0], "{body}");
    }
    for text in ["", "{", "[]", "5"] {
        administrator.send("POST", POLICIES, Some(text.into())).await.refused(400, "Request_BadRequest");
    }
    let policy = administrator.post(POLICIES, &json!({"displayName": "P"})).await.ok(201);
    let one = format!("{POLICIES}/{}", id(&policy));
    administrator.patch(&one, &json!({"shoeSize": 43})).await.refused(400, "Request_BadRequest");
    administrator.patch(&one, &json!({"id": ADELE})).await.refused(400, "Request_BadRequest");
    // What was read is sent back.
    administrator.patch(&one, &json!({"id": id(&policy), "displayName": "Q"})).await.ok(204);
    administrator.get(&format!("{POLICIES}?$select=shoeSize")).await.refused(400, "BadRequest");
    administrator.get(&format!("{POLICIES}?$filter=shoeSize%20eq%201")).await.refused(400, "BadRequest");
    administrator.get(&format!("{one}?$expand=shoes")).await.refused(400, "BadRequest");
}

#[tokio::test]
async fn a_change_merges_objects_replaces_lists_and_moves_the_time_of_change() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let body =
        json!({"displayName": "P", "conditions": {"clientAppTypes": ["all"], "users": {"includeUsers": ["All"]}}});
    let policy = administrator.post(POLICIES, &body).await.ok(201);
    let one = format!("{POLICIES}/{}", id(&policy));
    served.pass(60).await;
    let change = json!({"conditions": {"users": {"includeUsers": [ADELE], "excludeUsers": [GROUP]}}});
    administrator.patch(&one, &change).await.ok(204);
    let read = administrator.get(&one).await.ok(200);
    let users = json!({"includeUsers": [ADELE], "excludeUsers": [GROUP]});
    assert_eq!(read["conditions"], json!({"clientAppTypes": ["all"], "users": users}));
    assert_eq!(
        (&read["createdDateTime"], &read["modifiedDateTime"]),
        (&json!("2026-03-02T09:00:00Z"), &json!("2026-03-02T09:01:00Z"))
    );
}

#[tokio::test]
async fn references_lead_to_objects_of_areas_and_of_the_store_and_end_with_them() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let app = id(&administrator.post(APPLICATIONS, &json!({"displayName": "P"})).await.ok(201));
    let principal = json!({"appId": ADELE, "displayName": "S"});
    let principal = id(&administrator.post("/v1.0/servicePrincipals", &principal).await.ok(201));
    let owners = format!("{APPLICATIONS}/{app}/owners");
    for path in [format!("/users/{ADELE}"), format!("/directoryObjects/{principal}")] {
        administrator.post(&format!("{owners}/$ref"), &reference(&path)).await.ok(204);
        administrator.post(&format!("{owners}/$ref"), &reference(&path)).await.refused(400, "Request_BadRequest");
    }
    administrator
        .post(&format!("{owners}/$ref"), &reference("/users/nobody"))
        .await
        .refused(404, "Request_ResourceNotFound");
    administrator.post(&format!("{owners}/$ref"), &json!({})).await.refused(400, "Request_BadRequest");
    let listed = administrator.all(&owners).await;
    let kinds: Vec<&Value> = listed.iter().map(|owner| &owner["@odata.type"]).collect();
    assert_eq!(kinds, ["#microsoft.graph.user", "#microsoft.graph.servicePrincipal"]);
    let cast = administrator.all(&format!("{owners}/microsoft.graph.user?$select=displayName")).await;
    assert_eq!(cast, [json!({"displayName": "Adele"})]);
    let links = administrator.all(&format!("{owners}/$ref")).await;
    assert_eq!(links[0]["@odata.id"], format!("https://graph.microsoft.com/v1.0/users/{ADELE}"));
    let whole = administrator.get(&format!("{APPLICATIONS}/{app}?$expand=owners($select=displayName)")).await.ok(200);
    assert_eq!(whole["owners"].as_array().unwrap().len(), 2);
    administrator.delete(&format!("{owners}/{ADELE}/$ref")).await.ok(204);
    administrator.delete(&format!("{owners}/{ADELE}/$ref")).await.refused(404, "Request_ResourceNotFound");
    administrator.delete(&format!("/v1.0/servicePrincipals/{principal}")).await.ok(204);
    assert_eq!(administrator.all(&owners).await, [Value::Null; 0]);
    // A reference of a body: by its URL, and by the id of what has one.
    let bound =
        json!({"displayName": "Q", "owners@odata.bind": [format!("https://graph.microsoft.com/v1.0/users/{ADELE}")]});
    let bound = id(&administrator.post(APPLICATIONS, &bound).await.ok(201));
    assert_eq!(administrator.all(&format!("{APPLICATIONS}/{bound}/owners")).await.len(), 1);
    let governance = "/v1.0/identityGovernance/entitlementManagement";
    let catalog =
        id(&administrator.post(&format!("{governance}/catalogs"), &json!({"displayName": "C"})).await.ok(201));
    let package = json!({"displayName": "P", "catalog": {"id": catalog}});
    let package = id(&administrator.post(&format!("{governance}/accessPackages"), &package).await.ok(201));
    let package = administrator.get(&format!("{governance}/accessPackages/{package}?$expand=catalog")).await.ok(200);
    assert_eq!(package["catalog"]["displayName"], "C");
    let lost = json!({"displayName": "P", "catalog": {"id": GROUP}});
    administrator.post(&format!("{governance}/accessPackages"), &lost).await.refused(404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn what_a_body_contains_is_created_with_it_and_goes_with_it() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let body = json!({"subject": "S", "attachments": [
        {"@odata.type": "#microsoft.graph.fileAttachment", "name": "a", "contentBytes": "YQ=="},
        {"@odata.type": "#microsoft.graph.fileAttachment", "name": "b", "contentBytes": "Yg=="}]});
    let message = id(&administrator.post("/v1.0/me/messages", &body).await.ok(201));
    let attachments = format!("/v1.0/me/messages/{message}/attachments");
    assert_eq!(administrator.all(&attachments).await.len(), 2);
    assert_eq!(administrator.all(&format!("{attachments}?$filter=name%20eq%20'b'")).await.len(), 1);
    administrator.delete(&format!("/v1.0/me/messages/{message}")).await.ok(204);
    administrator.get(&attachments).await.refused(404, "Request_ResourceNotFound");
}

#[tokio::test]
async fn what_a_tenant_has_one_of_is_there_and_what_an_object_has_one_of_is_created() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let policy = "/v1.0/policies/authorizationPolicy";
    assert_eq!(administrator.get(policy).await.ok(200)["id"], "authorizationPolicy");
    administrator.patch(policy, &json!({"allowInvitesFrom": "everyone"})).await.ok(204);
    assert_eq!(administrator.get(policy).await.ok(200)["allowInvitesFrom"], "everyone");
    let property = administrator.get(&format!("{policy}/allowInvitesFrom")).await.ok(200);
    assert_eq!(property["value"], "everyone");
    let team = format!("/v1.0/groups/{GROUP}/team");
    administrator.get(&team).await.refused(404, "Request_ResourceNotFound");
    administrator.get(&format!("{team}/channels")).await.refused(404, "Request_ResourceNotFound");
    administrator.put(&team, &json!({"description": "D"})).await.ok(201);
    assert_eq!(administrator.get(&team).await.ok(200)["description"], "D");
    assert_eq!(administrator.all(&format!("{team}/channels")).await, [Value::Null; 0]);
}

#[tokio::test]
async fn plain_data_beneath_an_object_of_an_area_is_there_as_long_as_the_object() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let settings = format!("/v1.0/groups/{GROUP}/settings");
    let created = administrator.post(&settings, &json!({"templateId": "t", "values": []})).await;
    assert!(is_generic(&created));
    let one = format!("{settings}/{}", id(&created.ok(201)));
    administrator.get(&one).await.ok(200);
    // The area itself is asked first, and what it computes is not made up.
    assert!(!is_generic(&administrator.get(&format!("/v1.0/groups/{GROUP}")).await));
    assert!(!is_generic(&administrator.get(&format!("/v1.0/groups/{GROUP}/members")).await));
    administrator.get(&format!("/v1.0/users/{ADELE}/registeredDevices")).await.refused(501, "NotModelled");
    administrator.get(&format!("/v1.0/groups/{ADELE}/settings")).await.refused(404, "Request_ResourceNotFound");
    administrator.delete(&format!("/v1.0/groups/{GROUP}")).await.ok(204);
    administrator.get(&one).await.refused(404, "Request_ResourceNotFound");
    administrator.act(&format!("/v1.0/directory/deletedItems/{GROUP}/restore")).await.ok(200);
    administrator.get(&one).await.ok(200);
}

#[tokio::test]
async fn a_call_needs_a_permission_of_the_list_and_reaches_no_further_than_it_does() {
    let served = tenant("").await;
    let body = json!({"displayName": "P"});
    let reader = served.app(&["Application.Read.All"]).await;
    reader.get(APPLICATIONS).await.ok(200);
    reader.post(APPLICATIONS, &body).await.refused(403, "Authorization_RequestDenied");
    let writer = served.app(&["Application.ReadWrite.All"]).await;
    writer.post(APPLICATIONS, &body).await.ok(201);
    writer.get("/v1.0/me/messages").await.refused(400, "BadRequest");
    served.user("adele@contoso.com").post(POLICIES, &body).await.refused(403, "Authorization_RequestDenied");
    served.nobody().get(POLICIES).await.refused(401, "InvalidAuthenticationToken");
    let wanted = json!({"userPrincipalName": "adele@contoso.com", "scopes": ["Mail.ReadWrite"]});
    let adele = served.narrow(wanted).await;
    adele.post("/v1.0/me/messages", &json!({"subject": "S"})).await.ok(201);
    assert_eq!(served.administrator().all("/v1.0/me/messages").await, [Value::Null; 0]);
    assert_eq!(served.administrator().all(&format!("/v1.0/users/{ADELE}/messages")).await.len(), 1);
}

#[tokio::test]
async fn lists_are_ordered_paged_counted_and_selected_from() {
    let served = tenant("").await;
    let administrator = served.administrator();
    for name in ["b", "a", "c"] {
        administrator.post(APPLICATIONS, &json!({"displayName": name, "tags": [name]})).await.ok(201);
    }
    let counter = served.administrator().header("ConsistencyLevel", "eventual");
    let names = async |query: &str| {
        let all = counter.all(&format!("{APPLICATIONS}?{query}")).await;
        all.iter().map(|app| app["displayName"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!(names("$count=true&$orderby=displayName%20desc").await, "cba");
    assert_eq!(names("$count=true&$orderby=displayName&$top=2").await, "abc");
    let page = counter.get(&format!("{APPLICATIONS}?$count=true&$top=1&$select=displayName,notes,tags")).await.ok(200);
    assert_eq!(
        (&page["@odata.count"], &page["value"][0]),
        (&json!(3), &json!({"displayName": "b", "notes": null, "tags": ["b"]}))
    );
    let unsorted = administrator.get(&format!("{APPLICATIONS}?$orderby=displayName")).await;
    unsorted.refused(400, "Request_UnsupportedQuery");
    let count = counter.get(&format!("{APPLICATIONS}/$count?$filter=displayName%20ne%20'a'")).await;
    assert_eq!((count.status, count.text.as_str()), (200, "2"));
    // What is no directory object is skipped and counted without more ado.
    for name in ["b", "a"] {
        let location = json!({"@odata.type": "#microsoft.graph.ipNamedLocation", "displayName": name});
        administrator.post(LOCATIONS, &location).await.ok(201);
    }
    let rest = administrator.get(&format!("{LOCATIONS}?$skip=1&$count=true")).await.ok(200);
    assert_eq!((&rest["@odata.count"], &rest["value"][0]["displayName"]), (&json!(2), &json!("a")));
}

#[tokio::test]
async fn a_property_is_read_with_its_context_and_as_a_bare_text() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let body = json!({"displayName": "Pay & roll", "isFallbackPublicClient": true});
    let path = format!("{APPLICATIONS}/{}", id(&administrator.post(APPLICATIONS, &body).await.ok(201)));
    assert_eq!(administrator.get(&format!("{path}/displayName")).await.ok(200)["value"], "Pay & roll");
    for (property, text) in [("displayName", "Pay & roll"), ("isFallbackPublicClient", "true")] {
        let answer = administrator.get(&format!("{path}/{property}/$value")).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, text), "{property}");
        assert!(answer.header("content-type").unwrap().starts_with("text/plain"));
    }
    administrator.get(&format!("{path}/notes/$value")).await.ok(204);
    administrator.get("/v1.0/me/photo/$value").await.refused(501, "NotModelled");
}

#[tokio::test]
async fn beta_is_not_judged_by_the_types_of_v1_and_shares_the_objects() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let body = json!({"displayName": "P", "onlyInBeta": true});
    let created = administrator.post("/beta/identity/conditionalAccess/policies", &body).await.ok(201);
    assert_eq!(created["onlyInBeta"], true);
    assert_eq!(
        administrator.get(&format!("{POLICIES}/{}?$select=displayName", id(&created))).await.ok(200)["displayName"],
        "P"
    );
}

#[tokio::test]
async fn plain_bodies_of_beta_are_judged_by_what_beta_declares() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let application = |name: Value| json!({"displayName": name, "onlyInBeta": true});
    administrator.post("/beta/applications", &application(json!(5))).await.refused(400, "Request_BadRequest");
    let created = administrator.post("/beta/applications", &application(json!("A"))).await.ok(201);
    let one = format!("/beta/applications/{}", id(&created));
    administrator.patch(&one, &json!({"displayName": []})).await.refused(400, "Request_BadRequest");
}

#[tokio::test]
async fn members_of_enumerations_are_taken_in_any_case_and_answered_in_their_own() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let team = administrator.post("/v1.0/teams", &json!({"displayName": "Team"})).await.ok(201);
    let channels = format!("/v1.0/teams/{}/channels", id(&team));
    let channel = |membership: &str| json!({"displayName": "C", "membershipType": membership});
    assert_eq!(administrator.post(&channels, &channel("Private")).await.ok(201)["membershipType"], "private");
    administrator.post(&channels, &channel("secret")).await.refused(400, "Request_BadRequest");
}

#[tokio::test]
async fn a_change_is_answered_with_the_object_where_the_reference_says_so() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let message = administrator.post("/v1.0/me/messages", &json!({"subject": "Hi"})).await.ok(201);
    let one = format!("/v1.0/me/messages/{}", id(&message));
    let changed = administrator.patch(&one, &json!({"subject": "Ho"})).await.ok(200);
    assert_eq!((&changed["subject"], &changed["id"]), (&json!("Ho"), &message["id"]));
    let policy = administrator.post(POLICIES, &json!({"displayName": "P"})).await.ok(201);
    administrator.patch(&format!("{POLICIES}/{}", id(&policy)), &json!({"displayName": "Q"})).await.ok(204);
}

#[tokio::test]
async fn bodies_of_beta_for_areas_are_judged_by_the_types_of_beta() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let group = |name: Value| json!({"displayName": name, "mailEnabled": false, "mailNickname": "g", "securityEnabled": true, "onlyInBeta": true});
    administrator.post("/v1.0/groups", &group(json!("G"))).await.refused(400, "Request_BadRequest");
    administrator.post("/beta/groups", &group(json!(5))).await.refused(400, "Request_BadRequest");
    administrator.post("/beta/groups", &json!({"displayName": "G"})).await.refused(400, "Request_BadRequest");
    let created = administrator.post("/beta/groups", &group(json!("G"))).await.ok(201);
    assert_eq!(administrator.get(&format!("/v1.0/groups/{}", id(&created))).await.ok(200)["displayName"], "G");
}

#[tokio::test]
async fn a_batch_says_that_a_part_of_it_was_generic() {
    let served = tenant("").await;
    let administrator = served.administrator();
    let batch = |url: &str| json!({"requests": [{"id": "1", "method": "GET", "url": "/me"}, {"id": "2", "method": "GET", "url": url}]});
    let answer = administrator.post("/v1.0/$batch", &batch("/applications")).await;
    assert!(is_generic(&answer));
    let parts = answer.ok(200)["responses"].clone();
    assert_eq!(
        (&parts[0]["headers"]["x-graphwalk-origin"], &parts[1]["headers"]["x-graphwalk-origin"]),
        (&Value::Null, &json!("generic"))
    );
    assert!(!is_generic(&administrator.post("/v1.0/$batch", &batch("/groups")).await));
}

const SEEDED: &str = r##"
objects:
  - {path: /applications, body: {id: 40000000-0000-4000-8000-000000000001, displayName: Payroll}}
  - {path: /applications/40000000-0000-4000-8000-000000000001/owners/$ref, body: {"@odata.id": /users/adele@contoso.com}}
  - {path: /groups/20000000-0000-4000-8000-000000000001/team, body: {description: T}}
  - {path: /auditLogs/signIns, body: {appDisplayName: Payroll, createdDateTime: "2026-03-01T09:00:00Z"}}
  - {path: /servicePrincipals, body: {id: 40000000-0000-4000-8000-000000000002, displayName: S}}
  - {path: /servicePrincipals/40000000-0000-4000-8000-000000000002/memberOf/$ref, body: {"@odata.id": /groups/20000000-0000-4000-8000-000000000001}}
"##;

#[tokio::test]
async fn a_seed_plants_objects_and_references_and_the_store_is_told_as_one() {
    let served = tenant(SEEDED).await;
    let administrator = served.administrator();
    let app = "40000000-0000-4000-8000-000000000001";
    assert_eq!(administrator.get(&format!("{APPLICATIONS}/{app}")).await.ok(200)["displayName"], "Payroll");
    assert_eq!(id(&administrator.all(&format!("{APPLICATIONS}/{app}/owners")).await[0]), ADELE);
    assert_eq!(administrator.get(&format!("/v1.0/groups/{GROUP}/team")).await.ok(200)["description"], "T");
    let sign_ins = administrator.all("/v1.0/auditLogs/signIns").await;
    assert_eq!(sign_ins[0]["createdDateTime"], "2026-03-01T09:00:00Z");
    let principal = "/v1.0/servicePrincipals/40000000-0000-4000-8000-000000000002";
    assert_eq!(id(&administrator.all(&format!("{principal}/memberOf")).await[0]), GROUP);
    assert_eq!(served.emulator.census().count("generic"), 4);
    let told = served.nobody().get("/_emulator/objects").await.ok(200);
    let again = Seed::parse(&format!("{}", merged(&told))).unwrap();
    let again = Served::with(Settings { seed: again, ..settings() }).await;
    assert_eq!(again.nobody().get("/_emulator/objects").await.ok(200), told);
    administrator.delete(&format!("{APPLICATIONS}/{app}")).await.ok(204);
    served.nobody().act("/_emulator/reset").await.ok(204);
    administrator.get(&format!("{APPLICATIONS}/{app}")).await.ok(200);
}

/// The users and groups of the tenant with what is told of the store.
fn merged(told: &Value) -> Value {
    json!({"users": [{"id": ADELE, "userPrincipalName": "adele@contoso.com", "displayName": "Adele"}],
        "groups": [{"id": GROUP, "displayName": "Door", "members": ["adele@contoso.com"]}], "objects": told["objects"]})
}

#[test]
fn an_object_that_cannot_be_planted_is_named_with_its_place() {
    for (objects, place) in [
        ("[{path: /frobs, body: {}}]", "/objects/0/path"),
        ("[{path: /users, body: {displayName: A}}]", "/objects/0/path"),
        ("[{path: /identityGovernance/accessReviews/definitions, body: {displayName: A}}]", "/objects/0/path"),
        ("[{path: /applications/1, body: {displayName: A}}]", "/objects/0/path"),
        ("[{path: /identity/conditionalAccess/policies, body: {shoeSize: 43}}]", "/objects/0/body"),
        (
            "[{path: /applications, body: {displayName: A}}, {path: /applications/1/owners/$ref, body: {}}]",
            "/objects/1/path",
        ),
    ] {
        let seed = Seed::parse(&format!("objects: {objects}")).unwrap();
        let settings = Settings { seed, ..settings() };
        let started = graphwalk_emulator::Emulator::new(settings, crate::served::schemas());
        let fault = started
            .map(|_| format!("planted {objects}"))
            .map_err(|error| error.to_string())
            .unwrap_or_else(|error| error);
        assert!(fault.starts_with(place), "{objects}: {fault}");
    }
    assert!(Seed::parse("objects: [{path: /applications}]").is_err());
}
