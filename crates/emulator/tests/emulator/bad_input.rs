//! Whatever is sent, there is a proper answer, and the server goes on.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::contoso::{Contoso, DEFINITIONS, user_body};
use crate::served::Served;

/// Sends bytes as they are and answers the status line and all that follows.
async fn raw(served: &Served, head: &str) -> String {
    let address = served.origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let token = served.emulator.administrator_token();
    let request = format!("{head}\r\nhost: {address}\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn paths_that_try_to_lead_elsewhere_are_refused_as_they_were_sent() {
    let served = Served::start().await;
    for path in [
        "/v1.0/../_emulator/mail",
        "/v1.0/users/..",
        "/v1.0/users/%2e%2e",
        "/v1.0/%2E%2E/%2e%2e/etc/passwd",
        "/v1.0/users/a%2Fb",
        "/v1.0/users/a%2fb",
        "/v1.0/users/a%00b",
        "/v1.0/users/a\\b",
        "/v1.0/users/a%5Cb",
        "/v1.0/./users",
        "/v1.0/%ff",
        "/v1.0/users('a",
        "/v2.0/users",
        "/",
        "/v1.0",
        "/v1.0/",
        "/v1.1/users",
        "/users",
        "/v1.0/nonsense",
        "/v1.0/$metadata%0d%0ax",
        "/v1.0/users/%7f",
        "//",
        "/beta/../v1.0/users",
        "/%76%31.0/%2e%2e/users",
    ] {
        let answer = raw(&served, &format!("GET {path} HTTP/1.1")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
        assert!(answer.contains("\"innerError\"") || answer.contains("content-length: 0"), "{path}: {answer}");
    }
    let fine = raw(&served, "GET /v1.0//users HTTP/1.1").await;
    assert!(fine.starts_with("HTTP/1.1 200 "), "{fine}");
    let absolute = raw(&served, &format!("GET {}/v1.0/users HTTP/1.1", served.origin)).await;
    assert!(absolute.starts_with("HTTP/1.1 200 "), "{absolute}");
}

#[tokio::test]
async fn bodies_that_are_no_json_objects_are_refused() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let nested = format!("{{\"displayName\":{}\"x\"{}}}", "{\"a\":".repeat(5000), "}".repeat(5000));
    for body in [
        "",
        "{",
        "nonsense",
        "null",
        "[]",
        "5",
        "\"text\"",
        "{\"displayName\": \"x\",}",
        "\u{0}",
        "{\"a\":1}{\"b\":2}",
        &deep,
        &nested,
    ] {
        for path in ["/v1.0/users", "/v1.0/groups", DEFINITIONS] {
            let answer = administrator.send("POST", path, Some(body.as_bytes().to_vec())).await;
            assert_eq!(answer.status, 400, "{path} {}: {}", &body[..body.len().min(40)], answer.text);
        }
    }
    let answer = administrator.send("POST", "/v1.0/users", Some(vec![0xff, 0xfe, b'{', b'}'])).await;
    answer.refused(400, "Request_BadRequest");
    let body = user_body("Lee Gu", "LeeG").to_string().into_bytes();
    let typed = contoso.administrator().header("content-type", "text/plain");
    typed.send("POST", "/v1.0/users", Some(body.clone())).await.refused(400, "Request_BadRequest");
    let typed =
        contoso.administrator().header("content-type", "application/json; odata.metadata=minimal; charset=utf-8");
    typed.send("POST", "/v1.0/users", Some(body)).await.ok(201);
}

#[tokio::test]
async fn a_body_of_more_than_four_megabytes_is_too_large() {
    let served = Served::start().await;
    let administrator = served.administrator();
    let mut body = user_body("Adele Vance", "AdeleV");
    body["aboutMe"] = json!("x".repeat(4 << 20));
    let message = administrator.post("/v1.0/users", &body).await.refused(413, "RequestEntityTooLarge");
    assert!(message.contains("4194304"), "{message}");
    body["aboutMe"] = json!("x".repeat(3 << 20));
    administrator.post("/v1.0/users", &body).await.ok(201);
}

#[tokio::test]
async fn values_of_the_wrong_type_are_refused_by_the_name_of_their_property() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for (pointer, value) in [
        ("/displayName", json!(5)),
        ("/scope", json!("x")),
        ("/scope/query", json!(5)),
        ("/settings", json!([])),
        ("/settings/mailNotificationsEnabled", json!("true")),
        ("/settings/recurrence", json!(5)),
        ("/settings/instanceDurationInDays", json!("5")),
        ("/settings/instanceDurationInDays", json!(1.5)),
        ("/settings/recurrence/range/endDate", json!(20_260_307)),
        ("/settings/recurrence/range/endDate", json!("2026-02-30")),
        ("/settings/recurrence/range/type", json!("forever")),
        ("/settings/recurrence/range/numberOfOccurrences", json!(4e10)),
    ] {
        let mut body = contoso.body(json!({}));
        *body.pointer_mut(pointer).unwrap() = value.clone();
        let answer = administrator.post(DEFINITIONS, &body).await;
        assert_eq!(answer.status, 400, "{pointer} {value}: {}", answer.text);
        let name = pointer.rsplit('/').next().unwrap();
        assert!(answer.text.contains(name), "{pointer}: {}", answer.text);
    }
    administrator
        .patch(&format!("/v1.0/users/{}", contoso.adele), &json!({"displayName": 5}))
        .await
        .refused(400, "Request_BadRequest");
    administrator
        .patch(&format!("/v1.0/groups/{}", contoso.group), &json!({"nothing": 5}))
        .await
        .refused(400, "Request_BadRequest");
    administrator
        .patch(&format!("/v1.0/users/{}", contoso.adele), &json!({"id": contoso.alex}))
        .await
        .refused(400, "Request_BadRequest");
    assert_eq!(contoso.served.emulator.census().count("reviews"), 0);
}

#[tokio::test]
async fn numbers_that_are_out_of_all_bounds_do_no_harm() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for changes in [
        json!({"settings": {"instanceDurationInDays": 2_147_483_647, "recurrence": {"range": {"endDate": null}}}}),
        json!({"settings": {"recurrence": {"range": {"endDate": "9999-12-31"}}}}),
        json!({"settings": {"recurrence": {"range": {"startDate": "0001-01-01", "endDate": "9999-12-31"}}}}),
        json!({"settings": {"recurrence": {"range": {"startDate": "9999-12-31", "endDate": "9999-12-31"}}}}),
        json!({"settings": {"instanceDurationInDays": 100_000, "recurrence": {"pattern": {"type": "absoluteMonthly", "interval": 999}, "range": {"type": "noEnd"}}}}),
        json!({"settings": {"recommendationLookBackDuration": "P9999999D"}}),
        json!({"settings": {"recommendationLookBackDuration": "P1Y"}}),
        json!({"stageSettings": [{"stageId": "1", "durationInDays": 2_000_000_000, "recommendationsEnabled": false},
            {"stageId": "2", "durationInDays": 2_000_000_000, "recommendationsEnabled": false, "dependsOn": ["1"]}]}),
    ] {
        let status = administrator.post(DEFINITIONS, &contoso.body(changes.clone())).await.status;
        assert!([201, 400].contains(&status), "{changes}: {status}");
    }
    contoso.served.pass_days(36_500).await;
    administrator.get(DEFINITIONS).await.ok(200);
}

#[tokio::test]
async fn a_method_that_a_path_does_not_take_is_refused() {
    let contoso = Contoso::start().await;
    let administrator = contoso.administrator();
    for (method, path) in [
        ("PUT", "/v1.0/users"),
        ("DELETE", "/v1.0/users"),
        ("PATCH", "/v1.0/groups"),
        ("PUT", "/v1.0/me"),
        ("POST", "/v1.0/organization"),
        ("TRACE", "/v1.0/users"),
        ("OPTIONS", "/v1.0/users"),
        ("PROPFIND", "/v1.0/users"),
        ("PUT", DEFINITIONS),
        ("PATCH", DEFINITIONS),
        ("DELETE", "/v1.0/directoryObjects/1"),
        ("POST", "/v1.0/directory/deletedItems/1"),
    ] {
        let answer = administrator.send(method, path, None).await;
        assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_thousand_odd_requests_cause_no_panic() {
    let contoso = Contoso::start().await;
    let review = contoso.review(json!({})).await;
    let administrator = contoso.administrator();
    let words = [
        "users",
        "groups",
        "me",
        "$count",
        "$ref",
        "members",
        "instances",
        "decisions",
        "stages",
        "'",
        "(",
        ")",
        "(on='reviewer')",
        "filterByCurrentUser(on='reviewer')",
        "microsoft.graph.user",
        "%27",
        "%20",
        "a",
        "stop",
        "$batch",
        "manager",
        "restore",
        "identityGovernance/accessReviews/definitions",
    ];
    let mut random = fastrand::Rng::with_seed(11);
    for _ in 0..1000 {
        let base = [
            "/v1.0".to_owned(),
            "/beta".to_owned(),
            review.path(""),
            review.definition(""),
            format!("/v1.0/groups/{}", contoso.group),
        ];
        let mut path = base[random.usize(0..base.len())].clone();
        for _ in 0..random.usize(0..4) {
            path.push_str(if random.u8(0..8) == 0 { "" } else { "/" });
            path.push_str(words[random.usize(0..words.len())]);
        }
        let method = ["GET", "GET", "POST", "PATCH", "PUT"][random.usize(0..5)];
        let body = (method != "GET").then(|| b"{\"decision\":\"Deny\"}".to_vec());
        let answer = administrator.send(method, &path, body).await;
        assert_ne!(answer.status, 500, "{method} {path}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_call_that_is_not_modelled_is_answered_501_and_not_denied() {
    let served = Served::start().await;
    for path in ["/reports/getOffice365ActiveUserDetail(period='D7')", "/applications/delta", "/devices/delta()"] {
        served.administrator().get(&format!("/v1.0{path}")).await.refused(501, "NotModelled");
    }
    served.administrator().get("/v1.0/frobnicators").await.refused(400, "BadRequest");
    served.administrator().get("/v1.0/users/delta@contoso.com").await.refused(404, "Request_ResourceNotFound");
}
