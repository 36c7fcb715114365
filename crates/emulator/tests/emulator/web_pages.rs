//! What a web page that somebody else made can do to the emulator of the person who opens it: nothing.

use std::net::SocketAddr;

use graphwalk_emulator::Settings;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::served::{NOW, Served, settings};

/// Sends a request as it is, and reads the answer to its end. `HERE` represents the address.
async fn send(served: &Served, head: &str, body: &str) -> String {
    let address: SocketAddr = served.origin.strip_prefix("http://").unwrap().parse().unwrap();
    let length = if body.is_empty() { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let head = head.replace("HERE", &address.to_string()).replace("PORT", &address.port().to_string());
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("{head}\r\n{length}connection: close\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).unwrap_or_default().parse().unwrap_or_else(|_| panic!("no status: {answer}"))
}

#[tokio::test]
async fn a_simple_post_of_a_foreign_page_changes_nothing() {
    let served = Served::start().await;
    served.administrator().post("/v1.0/groups", &crate::contoso::group_body("Door", &[], &[])).await.ok(201);
    let bodies = [("reset", ""), ("clock/advance", "{\"seconds\": 60}"), ("faults", "{\"seed\": 3}")];
    let token = ("tokens", "{\"userPrincipalName\": \"admin@contoso.com\"}");
    for (path, body) in bodies.into_iter().chain([token]) {
        for headers in [
            "origin: https://evil.example\r\ncontent-type: text/plain",
            "origin: https://evil.example\r\ncontent-type: application/json",
            "origin: https://evil.example",
            "origin: null\r\ncontent-type: text/plain",
            "origin: http://localhost:1\r\ncontent-type: application/json",
            "origin: https://HERE\r\ncontent-type: application/json",
        ] {
            let answer =
                send(&served, &format!("POST /_emulator/{path} HTTP/1.1\r\nhost: HERE\r\n{headers}"), body).await;
            assert_eq!(status(&answer), 403, "{path} {headers}: {answer}");
            assert!(answer.contains("--allow-origin"), "{answer}");
            assert!(!answer.contains("access_token") && !answer.to_lowercase().contains("access-control"), "{answer}");
        }
        // Some old browsers name no origin; what they send without asking is never JSON.
        for media_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
            let head = format!("POST /_emulator/{path} HTTP/1.1\r\nhost: HERE\r\ncontent-type: {media_type}");
            let answer = send(&served, &head, body).await;
            assert_eq!(status(&answer), 415, "{path} {media_type}: {answer}");
            assert!(answer.contains("application/json"), "{answer}");
        }
    }
    let without = send(&served, "POST /_emulator/clock/advance HTTP/1.1\r\nhost: HERE", "{\"seconds\": 60}").await;
    assert_eq!(status(&without), 415, "{without}");
    assert_eq!(served.emulator.census().count("groups"), 1);
    assert_eq!(served.nobody().get("/_emulator/clock").await.ok(200), json!({"now": NOW}));
    served.administrator().get("/v1.0/groups").await.ok(200);
}

#[tokio::test]
async fn a_name_that_leads_here_but_is_not_served_is_refused() {
    let served = Served::start().await;
    for host in
        ["evil.example:PORT", "evil.example", "localhost:1", "127.0.0.1", "localhost", "127.0.0.1.evil.example:PORT"]
    {
        for path in ["/_emulator/clock", "/v1.0/users", "/common/discovery/instance"] {
            let answer = send(&served, &format!("GET {path} HTTP/1.1\r\nhost: {host}"), "").await;
            assert_eq!(status(&answer), 421, "{host} {path}: {answer}");
            assert!(answer.contains("--allow-host"), "{answer}");
        }
    }
    let asked = "authorization: Bearer x";
    for nonsense in [
        "GET /_emulator/clock HTTP/1.1",
        "GET /_emulator/clock HTTP/1.1\r\nhost: HERE\r\nhost: evil.example",
        "GET /_emulator/clock HTTP/1.1\r\nhost: a@HERE",
        "GET /_emulator/clock HTTP/1.1\r\nhost: HERE/x",
        "GET /_emulator/clock HTTP/1.1\r\nhost: localhost:99999",
        "GET /_emulator/clock HTTP/1.1\r\nhost:",
    ] {
        let answer = send(&served, &format!("{nonsense}\r\n{asked}"), "").await;
        assert_eq!(status(&answer), 400, "{nonsense}: {answer}");
    }
    // The address of the request line counts too.
    let absolute = send(&served, "GET http://evil.example/_emulator/clock HTTP/1.1\r\nhost: HERE", "").await;
    assert_eq!(status(&absolute), 421, "{absolute}");
    for host in ["HERE", "localhost:PORT", "LocalHost:PORT", "[::1]:PORT", "[0:0:0:0:0:0:0:1]:PORT"] {
        let answer = send(&served, &format!("GET /_emulator/clock HTTP/1.1\r\nhost: {host}"), "").await;
        assert_eq!(status(&answer), 200, "{host}: {answer}");
    }
    let absolute = send(&served, "GET http://HERE/_emulator/clock HTTP/1.1\r\nhost: HERE", "").await;
    assert_eq!(status(&absolute), 200, "{absolute}");
}

#[tokio::test]
async fn the_emulators_own_pages_and_programs_without_an_origin_are_answered() {
    let served = Served::start().await;
    let form = "user_code=ABC&username=a&password=b";
    for origin in ["", "\r\norigin: http://HERE"] {
        let head = format!(
            "POST /common/oauth2/deviceauth HTTP/1.1\r\nhost: HERE\r\ncontent-type: application/x-www-form-urlencoded{origin}"
        );
        let answer = send(&served, &head, form).await;
        assert!(answer.contains("AADSTS50034"), "{answer}");
    }
    let reset = send(&served, "POST /_emulator/reset HTTP/1.1\r\nhost: HERE", "").await;
    assert_eq!(status(&reset), 204, "{reset}");
}

#[tokio::test]
async fn with_a_chosen_administrators_token_nobody_else_controls_the_emulator() {
    let served = Served::with(Settings { admin_token: Some("chosen".to_owned()), ..settings() }).await;
    // Also a token of the administrator's that grants less.
    let other = served.with_token(&served.emulator.user_token("admin@contoso.com").unwrap());
    let reset = json!({});
    for (method, path) in [
        ("GET", "/_emulator/clock"),
        ("GET", "/_emulator/mail"),
        ("POST", "/_emulator/clock/advance"),
        ("POST", "/_emulator/tokens"),
        ("POST", "/_emulator/faults"),
        ("DELETE", "/_emulator/faults"),
        ("POST", "/_emulator/reset"),
        ("GET", "/_emulator/nonsense"),
    ] {
        let body = || (method == "POST").then(|| reset.to_string().into_bytes());
        served.nobody().send(method, path, body()).await.refused(401, "InvalidAuthenticationToken");
        served.with_token("wrong").send(method, path, body()).await.refused(401, "InvalidAuthenticationToken");
        let message = other.send(method, path, body()).await.refused(403, "Forbidden");
        assert!(message.contains("--admin-token"), "{message}");
    }
    let administrator = served.administrator();
    assert_eq!(administrator.get("/_emulator/clock").await.ok(200), json!({"now": NOW}));
    administrator.post("/_emulator/clock/advance", &json!({"seconds": 1})).await.ok(200);
    administrator.act("/_emulator/reset").await.ok(204);
}
