//! Secrets of every kind in every place where browsers, proxies and Graph put them: `check` names each, `show` masks it, and
//! `redact` leaves nothing of it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;

/// A text that each secret has somewhere, as it is or in base64.
const MARK: &str = "Cnry7";

/// A jumble that no person has written, with the mark in it.
fn jumble(length: usize) -> String {
    let rest = "q7Rt2YpLm9ZxW4vB8nKs3HdJfG6aTc1EuXoP5iQw".chars().cycle().take(length);
    format!("{MARK}{}", rest.collect::<String>())
}

/// An exchange with Graph.
fn entry() -> Value {
    json!({
        "startedDateTime": "2026-01-05T10:00:00Z", "time": 5,
        "request": {"method": "GET", "url": "https://graph.microsoft.com/v1.0/me", "headers": [], "cookies": [], "queryString": []},
        "response": {"status": 200, "statusText": "OK", "headers": [], "cookies": [], "content": {"mimeType": "application/json", "text": "{\"id\": \"1\"}"}},
    })
}

/// One that answers with a text.
fn answering(text: impl Into<Value>) -> Value {
    let mut entry = entry();
    entry["response"]["content"]["text"] = text.into();
    entry
}

/// One that sends a text.
fn sending(url: &str, media_type: &str, text: &str) -> Value {
    let mut entry = entry();
    entry["request"]["method"] = "POST".into();
    entry["request"]["url"] = url.into();
    entry["request"]["postData"] = json!({"mimeType": media_type, "text": text});
    entry
}

fn asking(url: &str) -> Value {
    let mut entry = entry();
    entry["request"]["url"] = url.into();
    entry
}

fn with_header(side: &str, name: &str, value: &str) -> Value {
    let mut entry = entry();
    entry[side]["headers"] = json!([{"name": name, "value": value}]);
    entry
}

/// Returns the tokens that the sign-in of Entra, of a Microsoft account and of others give out.
fn issued() -> Vec<String> {
    let body = URL_SAFE_NO_PAD.encode(format!("{{\"oid\": \"{MARK}\"}}"));
    vec![
        format!("0.A{}.AgABBAIAAAD{}", jumble(40), jumble(120)),
        format!("1.A{}.AgABAwEAAAD{}", jumble(40), jumble(120)),
        format!("M.C521_BAY.2.U.-C{}!{}*$$", jumble(60), jumble(9)),
        format!("M.R3_SN1.{}", jumble(24)),
        format!("EwB4A8l6BAAU{}/{}+{}==", jumble(30), jumble(30), jumble(9)),
        format!("AQABAAIAAAD{}", jumble(60)),
        format!("v1.eyJzaXRlaWQiOiIx{body}.{}", jumble(30)),
        format!("eyJhbGciOiJkaXIifQ..{}.{}.{}", jumble(16), jumble(30), jumble(22)),
        format!("ghp_{}", jumble(36)),
    ]
}

/// Returns the places where a token may stand.
fn places_of(token: &str) -> Vec<Value> {
    let escaped = percent_encoding::utf8_percent_encode(token, percent_encoding::NON_ALPHANUMERIC).to_string();
    let mut titled = entry();
    titled["_page"] = json!({"title": format!("https://app.example/cb?code={escaped}&state=1")});
    vec![
        asking(&format!("https://app.example/cb?code={token}&state=12345")),
        asking(&format!("http://localhost:5000/signin#code={escaped}&state=1")),
        with_header("response", "Location", &format!("https://app.example/cb?code={token}")),
        sending("https://app.example/cb", "application/x-www-form-urlencoded", &format!("code={escaped}&state=1")),
        answering(json!({"cache": token}).to_string()),
        answering(format!("at 10:00 got {token}, next")),
        titled,
    ]
}

/// Passwords and keys of Graph itself.
fn of_graph() -> Vec<Value> {
    let graph = |path: &str| format!("https://graph.microsoft.com/v1.0{path}");
    let secret = jumble(3);
    let answers = [
        json!({"temporaryAccessPass": secret, "isUsable": true}),
        json!({"credentials": [{"accountName": "admin", "passwordBase64": STANDARD.encode(&secret)}]}),
        json!({"id": "1", "clientState": secret}),
        json!({"value": [{"key": "SecretToken", "value": secret}, {"key": "BaseAddress", "value": "https://x.example"}]}),
        json!({"inviteRedeemUrl": format!("https://login.microsoftonline.com/redeem?rd=https%3a%2f%2finvitations.microsoft.com%2fredeem%2f%3ftenant%3d1%26ticket%3d{secret}%252bx%26ver%3d2.0")}),
        json!({"secretText": secret, "hint": "abc"}),
        json!({"masterKey": secret, "functionKeys": {"default": secret}}),
        json!({"password": {"value": secret}}),
        json!({"activationLockBypassCode": secret}),
        json!({"payload": STANDARD.encode(json!({"password": secret}).to_string())}),
    ];
    let mut entries: Vec<Value> = answers.iter().map(|answer| answering(answer.to_string())).collect();
    entries.extend([
        sending(&graph("/users"), "application/json", &json!({"passwordProfile": {"password": secret}}).to_string()),
        asking(&format!("https://svc:{secret}@graph.microsoft.com/v1.0/me")),
        asking(&format!("https://f.azurewebsites.net/api/x?code={}==", jumble(40))),
        sending(
            &graph("/$batch"),
            "application/json",
            &json!({"requests": [{"id": "1", "method": "GET", "url": "/me", "headers": {"Cookie": secret}}]})
                .to_string(),
        ),
    ]);
    let headers = [
        "x-functions-key",
        "x-csrf-token",
        "RequestVerificationToken",
        "X-Auth-Token",
        "X-Goog-Api-Key",
        "x-ms-authorization-auxiliary",
        "canary",
    ];
    entries.extend(headers.iter().take(5).map(|name| with_header("request", name, &secret)));
    entries
}

/// Bodies that are no JSON document.
fn in_other_formats() -> Vec<Value> {
    let secret = jumble(3);
    let form = "multipart/form-data; boundary=b";
    let other = "https://login.example/x";
    vec![
        sending(other, "application/soap+xml", &format!("<s:E><o:Password Type=\"x\">{secret}</o:Password></s:E>")),
        sending(
            other,
            form,
            &format!("--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n{secret}\r\n--b--"),
        ),
        sending(other, "application/x-ndjson", &format!("{{\"a\": 1}}\n{{\"password\": \"{secret}\"}}")),
        sending(other, "application/x-www-form-urlencoded", &format!("user%5Bpassword%5D={secret}&user[pin]={secret}")),
        answering(format!("<script>$Config={{\"sFT\":\"{secret}\",\"a\":1}};</script>")),
        answering(format!(
            "<input type=\"hidden\" name=\"SAMLResponse\" value=\"{secret}\"/><input value='{secret}' name=passwd>"
        )),
        answering(format!(")]}}',\n{{\"password\": \"{secret}\"}}")),
        answering(format!("callback({{\"access_token\": \"{secret}\"}})")),
        answering(format!("var clientSecret = '{secret}';")),
    ]
}

fn run(command: RecordingCommand) -> String {
    let mut out = Vec::new();
    recording(&RecordingArgs { command }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn check_finds_and_show_masks_every_kind_of_secret_in_every_place() {
    let mut entries: Vec<Value> = issued().iter().flat_map(|token| places_of(token)).collect();
    entries.extend(of_graph());
    entries.extend(in_other_formats());
    assert!(entries.len() > 90, "{}", entries.len());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("careless.har");
    for (index, entry) in entries.iter().enumerate() {
        // One that Graph answered beside it, so that there is something to keep.
        let har = json!({"log": {"entries": [entry, super::secrets::entry()]}}).to_string();
        std::fs::write(&path, &har).unwrap();
        let told = run(RecordingCommand::Check { files: vec![path.clone()] });
        assert!(told.contains("  secret   /log/entries/0/"), "{index}: {entry:#}\n{told}");
        let shown = run(RecordingCommand::Show { file: path.clone(), entry: Some(1) }) + &told;
        assert!(!shown.contains(MARK) && !shown.contains(&STANDARD.encode(MARK)[..6]), "{index}: {entry:#}\n{shown}");
        let file = graphwalk_recording::RecordingFile::new("x.har", har.into_bytes());
        let public = graphwalk_recording::redact::Public::new();
        let mut kept = file.foreign(&public).unwrap();
        kept.redact(&public);
        let clean = kept.to_har();
        assert!(!clean.contains(MARK), "{index}: {clean}");
    }
}

#[test]
fn what_graph_makes_opaque_is_no_secret_and_neither_is_what_a_tool_took_out() {
    let mailbox = {
        let mut id = b"\0\x03$\0".to_vec();
        id.extend(b"27ecbed2-42aa-4cbc-b014-b6d1013d8611\0F\0\0\0\0\0");
        id.extend((0..40_u8).map(|n| n.wrapping_mul(93).wrapping_add(7)));
        URL_SAFE_NO_PAD.encode(id)
    };
    let picture = STANDARD
        .encode([&b"\xff\xd8\xff\xe0"[..], &(0..=255).map(|n: u8| n.wrapping_mul(89)).collect::<Vec<_>>()].concat());
    let message = json!({
        "@odata.etag": format!("W/\"{}\"", jumble(40)), "id": mailbox, "changeKey": jumble(36), "conversationIndex": jumble(36),
        "@odata.nextLink": format!("https://graph.microsoft.com/v1.0/me/messages?$skiptoken={}", jumble(60)),
    });
    let mut photo = answering(picture.clone());
    photo["response"]["content"]["encoding"] = "base64".into();
    photo["response"]["headers"] = json!([{"name": "ETag", "value": format!("\"{}\"", jumble(40))}]);
    let mut cleaned = with_header("request", "Authorization", "Bearer REDACTED");
    cleaned["request"]["cookies"] = json!([{"name": "sid", "value": "[redacted]"}]);
    let entries = [
        answering(message.to_string()),
        photo,
        answering(json!({"responses": [{"id": "1", "status": 200, "body": picture}]}).to_string()),
        asking(&format!("https://graph.microsoft.com/v1.0/users?$skiptoken={}&$top=1", jumble(60))),
        asking(&format!("https://graph.microsoft.com/v1.0/me/messages/{mailbox}")),
        asking("https://graph.microsoft.com/v1.0/me/drive/root/delta(token='aTE09OzE7MTs4MWQ4')"),
        cleaned,
        answering(json!({"clientSecret": "[REDACTED]", "access_token": "xxxxxxxx"}).to_string()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("harmless.har");
    for entry in entries {
        std::fs::write(&path, json!({"log": {"entries": [entry]}}).to_string()).unwrap();
        let told = run(RecordingCommand::Check { files: vec![path.clone()] });
        assert!(told.contains("1 recording checked: no secrets"), "{entry:#}\n{told}");
    }
}
