//! `$batch`.

use serde_json::{Value, json};

use crate::contoso::{Contoso, user_body};
use crate::served::{Actor, agrees};

/// Sends a batch and holds every response in it against the schemas; the responses by id.
async fn batch(actor: &Actor<'_>, requests: &[Value]) -> Vec<(String, u16, Value)> {
    let body = actor.post("/v1.0/$batch", &json!({"requests": requests})).await.ok(200);
    let responses = body["responses"].as_array().unwrap();
    let sent = |id: &str| requests.iter().find(|request| request["id"] == id).unwrap();
    let told = |response: &Value| {
        let (id, status) = (response["id"].as_str().unwrap(), response["status"].as_u64().unwrap() as u16);
        let request = sent(id);
        let path = format!("/v1.0{}", request["url"].as_str().unwrap());
        agrees(request["method"].as_str().unwrap(), &path, status, response.get("body"), &response.to_string());
        (id.to_owned(), status, response.get("body").cloned().unwrap_or_default())
    };
    responses.iter().map(told).collect()
}

fn get(id: &str, url: &str) -> Value {
    json!({"id": id, "method": "GET", "url": url})
}

#[tokio::test]
async fn requests_are_answered_one_by_one_in_the_name_of_the_caller() {
    let contoso = Contoso::start().await;
    let json_body = json!({"Content-Type": "application/json"});
    let responses = batch(&contoso.administrator(), &[
        json!({"id": "1", "method": "POST", "url": "/users", "headers": json_body, "body": user_body("Lee Gu", "LeeG")}),
        json!({"id": "2", "method": "GET", "url": "/users/LeeG@Contoso.com?$select=displayName", "dependsOn": ["1"]}),
        json!({"id": "3", "method": "DELETE", "url": "/users/LeeG@Contoso.com", "dependsOn": ["2"]}),
        get("4", "/users/LeeG@Contoso.com"),
        get("5", "/groups/nonsense"),
        json!({"id": "6", "method": "GET", "url": "/users?$count=true&$top=1", "headers": {"ConsistencyLevel": "eventual"}}),
        get("7", "/me"),
    ])
    .await;
    let statuses: Vec<u16> = responses.iter().map(|(_, status, _)| *status).collect();
    assert_eq!(statuses, [201, 200, 204, 404, 400, 200, 200]);
    assert_eq!(responses[1].2["displayName"], "Lee Gu");
    assert_eq!(responses[5].2["@odata.count"], 4);
    assert_eq!(responses[6].2["displayName"], "MOD Administrator");
    let answer = batch(
        &contoso.adele(),
        &[get("1", "/me"), json!({"id": "2", "method": "DELETE", "url": format!("/users/{}", contoso.alex)})],
    )
    .await;
    assert_eq!((&answer[0].2["displayName"], answer[1].1), (&json!("Adele Vance"), 403));
}

#[tokio::test]
async fn a_request_that_depends_on_a_failed_one_is_not_performed() {
    let contoso = Contoso::start().await;
    let delete = |id: &str, on: Value| json!({"id": id, "method": "DELETE", "url": format!("/users/{}", contoso.alex), "dependsOn": on});
    let responses = batch(
        &contoso.administrator(),
        &[
            get("1", "/users/nobody@contoso.com"),
            delete("2", json!(["1"])),
            delete("3", json!(["2"])),
            get("4", "/users"),
        ],
    )
    .await;
    let statuses: Vec<u16> = responses.iter().map(|(_, status, _)| *status).collect();
    assert_eq!(statuses, [404, 424, 424, 200]);
    contoso.administrator().get(&format!("/v1.0/users/{}", contoso.alex)).await.ok(200);
}

#[tokio::test]
async fn an_invalid_batch_is_refused_as_a_whole() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let many: Vec<Value> = (0..21).map(|id| get(&id.to_string(), "/me")).collect();
    let delete = json!({"id": "1", "method": "DELETE", "url": format!("/users/{}", contoso.alex)});
    for body in [
        json!({}),
        json!([]),
        json!({"requests": 5}),
        json!({"requests": many}),
        json!({"requests": [5]}),
        json!({"requests": [{"method": "GET", "url": "/me"}]}),
        json!({"requests": [{"id": "1", "url": "/me"}]}),
        json!({"requests": [{"id": "1", "method": "GET"}]}),
        json!({"requests": [{"id": "1", "method": "G T", "url": "/me"}]}),
        json!({"requests": [delete, get("1", "/me")]}),
        json!({"requests": [delete, {"id": "2", "method": "GET", "url": "/me", "dependsOn": ["3"]}]}),
        json!({"requests": [delete, {"id": "2", "method": "GET", "url": "https://graph.microsoft.com/v1.0/me"}]}),
        json!({"requests": [delete, {"id": "2", "method": "POST", "url": "/$batch", "body": {"requests": []}}]}),
        json!({"requests": [delete, {"id": "2", "method": "GET", "url": "/me", "headers": {"a b": "c"}}]}),
    ] {
        administrator.post("/v1.0/$batch", &body).await.refused(400, "BadRequest");
    }
    administrator.get("/v1.0/$batch").await.refused(405, "Request_BadRequest");
    administrator.send("POST", "/v1.0/$batch", Some(b"{".to_vec())).await.refused(400, "BadRequest");
    administrator.get(&format!("/v1.0/users/{}", contoso.alex)).await.ok(200);
    let twenty: Vec<Value> = (0..20).map(|id| get(&id.to_string(), "/me")).collect();
    assert_eq!(batch(&administrator, &twenty).await.len(), 20);
    assert_eq!(administrator.post("/beta/%24batch", &json!({"requests": []})).await.ok(200), json!({"responses": []}));
}

#[tokio::test]
async fn a_request_of_a_batch_cannot_lead_elsewhere_or_speak_for_another() {
    let contoso = Contoso::start().await;
    let token = contoso.served.emulator.administrator_token();
    let responses = batch(
        &contoso.adele(),
        &[
            json!({"id": "1", "method": "GET", "url": "/me", "headers": {"Authorization": format!("Bearer {token}")}}),
            get("2", "/../_emulator/mail"),
            get("3", "/%2e%2e/users"),
            json!({"id": "4", "method": "POST", "url": "/users", "headers": {"Content-Type": "application/json"}, "body": "{"}),
        ],
    )
    .await;
    assert_eq!((&responses[0].2["displayName"], responses[1].1, responses[2].1), (&json!("Adele Vance"), 400, 400));
    assert!([400, 403].contains(&responses[3].1));
}

#[tokio::test]
async fn a_batch_with_a_write_that_lacks_its_content_type_or_body_does_nothing() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let json_body = json!({"Content-Type": "application/json"});
    let adele = format!("/users/{}", contoso.adele);
    for wrong in [
        json!({"id": "2", "method": "POST", "url": "/users", "body": user_body("Lee Gu", "LeeG")}),
        json!({"id": "2", "method": "POST", "url": "/users", "headers": json_body}),
        json!({"id": "2", "method": "PATCH", "url": adele, "headers": {"Accept": "x"}, "body": {"jobTitle": "Chef"}}),
        json!({"id": "2", "method": "PATCH", "url": adele}),
    ] {
        let right =
            json!({"id": "1", "method": "PATCH", "url": adele, "headers": json_body, "body": {"jobTitle": "Cook"}});
        let requests = json!({"requests": [right, wrong]});
        let told = administrator.post("/v1.0/$batch", &requests).await.refused(400, "BadRequest");
        assert_eq!(told, "Write request id : 2 does not contain Content-Type header or body.");
    }
    assert_eq!(administrator.get(&format!("/v1.0{adele}")).await.ok(200)["jobTitle"], json!(null));
    assert_eq!(administrator.all("/v1.0/users").await.len(), 4);
    // An action without parameters has an empty body.
    let path = format!("{adele}/getMemberGroups");
    let answers = batch(
        &administrator,
        &[json!({"id": "1", "method": "POST", "url": path, "headers": json_body, "body": {}}), get("2", "/me")],
    )
    .await;
    assert_eq!((answers[0].1, answers[1].1), (200, 200));
}
