//! Postman collections in the ways that versions and people write them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use graphwalk_recording::redact::Public;
use graphwalk_recording::{LeftOut, Recording, RecordingFile, RequestBody};
use serde_json::{Value, json};

fn imported(collection: &Value) -> (Recording, LeftOut) {
    let mut public = Public::new();
    public.add_text("Adele Vance");
    let file = RecordingFile::new("x.json", collection.to_string().into_bytes());
    file.import(&public, "2026-03-02T09:00:00Z".parse().unwrap()).unwrap()
}

fn item(name: &str, request: Value, response: Value) -> Value {
    json!({"name": name, "request": request, "response": [response]})
}

const ME: &str = "https://graph.microsoft.com/v1.0/me";

fn bearer(oid: &str, name: &str) -> String {
    let claims = json!({"oid": oid, "name": name, "scp": "x"});
    format!("eyJhbGciOiJub25lIn0.{}.c2lnbmF0dXJl", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

#[test]
fn who_called_is_read_from_the_token_of_the_request_its_folder_or_the_collection() {
    let ok = || json!({"code": 200, "body": "{}"});
    let in_list = |token: String| json!({"type": "bearer", "bearer": [{"key": "token", "value": token}]});
    let own = json!({"method": "GET", "url": ME, "auth": {"type": "bearer", "bearer": {"token": "{{adele}}"}}});
    let header = json!({"url": ME, "header": [format!("Authorization: Bearer {}", bearer("4", "Dora"))]});
    let (recording, _) = imported(&json!({
        "info": {}, "auth": in_list(bearer("1", "Bert")),
        "variable": [{"key": "adele", "value": bearer("2", "Adele Vance")}],
        "item": [
            item("a", json!(ME), ok()),
            item("b", own, ok()),
            {"name": "folder", "auth": in_list(bearer("3", "Cleo")), "item": [item("c", json!({"url": ME}), ok())]},
            item("d", header, ok()),
        ],
    }));
    // A request that is an address alone has the token of its folder as well.
    assert_eq!(
        recording.exchanges.iter().map(|e| e.actor.as_str()).collect::<Vec<_>>(),
        ["Bert", "Adele Vance", "Cleo", "Dora"]
    );
}

#[test]
fn bodies_are_sent_as_forms_or_texts_and_files_are_left_out() {
    let created = || json!({"code": 201, "body": "{}"});
    let post = |body: Value| json!({"method": "POST", "url": ME, "body": body});
    let fields = json!([{"key": "a", "value": "1 2"}, {"key": "b", "value": "x", "disabled": true}]);
    let (recording, left_out) = imported(&json!({"item": [
        item("form", post(json!({"mode": "urlencoded", "urlencoded": fields})), created()),
        item("json", post(json!({"mode": "raw", "raw": "{\"a\": {{n}}}"})), created()),
        item("none", post(Value::Null), created()),
        item("file", post(json!({"mode": "file", "file": {"src": "/home/x"}})), created()),
    ], "variable": [{"key": "n", "value": 7}]}));
    let bodies: Vec<&RequestBody> = recording.exchanges.iter().map(|exchange| &exchange.request).collect();
    assert_eq!(bodies, [&RequestBody::Text("a=1+2".into()), &RequestBody::Json(json!({"a": 7})), &RequestBody::Empty]);
    assert_eq!(left_out.without_body, ["file"]);
}

#[test]
fn addresses_are_read_in_parts_and_path_variables_without_a_value_are_named() {
    let parts = json!({"protocol": "https", "host": ["graph", "microsoft", "com"], "path": ["beta", "users"],
        "query": [{"key": "$top", "value": "5"}, {"key": "$skip", "value": "1", "disabled": true}]});
    let open = json!({"raw": format!("{ME}/:id"), "variable": [{"key": "id", "value": ""}]});
    let (recording, left_out) = imported(&json!({"item": [
        item("parts", json!({"url": parts}), json!({"code": 200})),
        item("open", json!({"url": open}), json!({"code": 200})),
        item("short", json!({"url": "graph.microsoft.com/v1.0/me"}), json!({"code": 200})),
    ]}));
    let paths: Vec<&str> = recording.exchanges.iter().map(|exchange| exchange.path.as_str()).collect();
    assert_eq!(paths, ["/beta/users?$top=5", "/v1.0/me"]);
    assert_eq!(left_out.unresolved, [("open".to_owned(), vec![":id".to_owned()])]);
}

#[test]
fn the_order_of_the_collection_stays_whatever_times_the_answers_say() {
    let at = |time: &str| json!({"code": 200, "header": [{"key": "date", "value": time}]});
    let (recording, _) = imported(&json!({"item": [
        item("a", json!(ME), json!({"code": 200})),
        item("b", json!(ME), at("Mon, 05 Jan 2026 10:00:00 GMT")),
        item("c", json!(ME), at("Mon, 05 Jan 2026 09:00:00 GMT")),
        item("d", json!(ME), at("Mon, 05 Jan 2026 11:00:00 GMT")),
    ]}));
    let times: Vec<String> = recording.exchanges.iter().map(|exchange| exchange.started.to_string()).collect();
    assert_eq!(times, ["2026-01-05T09:59:59Z", "2026-01-05T10:00:00Z", "2026-01-05T10:00:01Z", "2026-01-05T11:00:00Z"]);
    let (unknown, _) = imported(&json!({"item": [item("a", json!(ME), json!({"code": 200}))]}));
    assert_eq!(unknown.exchanges[0].started.to_string(), "2026-03-02T09:00:00Z");
}
