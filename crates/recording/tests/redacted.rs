//! What redaction leaves of raw sessions: the same features pass on it, batches follow the rules of what is outside of them, and
//! doing it again changes nothing.

use std::sync::{Arc, LazyLock};

use graphwalk_catalog::Catalog;
use graphwalk_recording::redact::Public;
use graphwalk_recording::{Recording, RecordingFile, Replay, ReplayAnswer, RequestBody};
use proptest::prelude::*;
use serde_json::{Value, json};

const HOST: &str = "https://graph.microsoft.com";
const ID: &str = "5F3C1A77-2b1e-4b55-9a0c-0c1d2e3f4a5b";

/// What features say.
fn features(texts: &[&str]) -> Public {
    let mut public = Public::new();
    texts.iter().for_each(|text| public.add_text(text));
    public.add_catalog(Catalog::v1());
    public
}

fn entry(second: usize, method: &str, path: &str, sent: &Value, answer: &str) -> Value {
    let mut entry = json!({
        "startedDateTime": format!("2026-01-05T10:{:02}:{:02}Z", second / 60, second % 60),
        "request": {"method": method, "url": format!("{HOST}{path}"), "headers": []},
        "response": {"status": 200, "headers": [], "content": {"mimeType": "application/json", "text": answer}},
    });
    if !sent.is_null() {
        entry["request"]["postData"] = json!({"mimeType": "application/json", "text": sent.to_string()});
    }
    entry
}

fn redacted(entries: Vec<Value>, public: &Public) -> Recording {
    let file = RecordingFile::new("x.har", json!({"log": {"entries": entries}}).to_string().into_bytes());
    let mut recording = file.foreign(public).unwrap();
    recording.redact(public);
    recording
}

#[test]
fn a_place_in_changes_is_kept_and_no_reason_to_refuse_the_recording() {
    let public = features(&["/v1.0/me/drive/root/delta?$top=5&token=of%20now"]);
    let paths = [
        ("/v1.0/me/drive/root/delta?$top=5&token=abc", "/v1.0/me/drive/root/delta?$top=5&token=text1"),
        ("/v1.0/me/drive/root/delta()?token=abc", "/v1.0/me/drive/root/delta()?token=text1"),
        ("/v1.0/me/drive/root/Delta?token=abc", "/v1.0/me/drive/root/Delta?token=text1"),
        (
            "/v1.0/me/drive/root/microsoft.graph.delta?$top=5&token=abc",
            "/v1.0/me/drive/root/microsoft.graph.delta?$top=5&token=text1",
        ),
        ("/v1.0/me/drive/root/delta?$top=5&token=of%20now", "/v1.0/me/drive/root/delta?$top=5&token=of%20now"),
        // What is no path of Graph asks for nothing.
        ("/v1.0/me/nowhere/delta?token=abc", "/v1.0/me/text2/text3?token=%3Credacted%3E"),
    ];
    let sent = |(second, (path, _)): (usize, &(&str, &str))| entry(second, "GET", path, &Value::Null, "{}");
    let recording = redacted(paths.iter().enumerate().map(sent).collect(), &public);
    let kept: Vec<&str> = recording.exchanges.iter().map(|exchange| exchange.path.as_str()).collect();
    assert_eq!(kept, paths.map(|(_, kept)| kept));
    assert_eq!(recording.to_clean_har(), Ok(recording.to_har()));
}

#[test]
fn what_redaction_leaves_is_never_called_a_secret_afterwards() {
    let many: Vec<String> = (0..1200).map(|number| format!("somebody {number}")).collect();
    let bodies = [
        json!({"secrets": ["canary-a", "canary-b"], "recoveryKeys": ["canary-c"], "refreshTokens": ["canary0canary1"]}),
        json!({"many": many, "pass": "canary", "user[pass]": "canary", "primaryKey": "canary"}),
        json!({"fields": [{"name": "pass", "value": "canary"}, {"key": "productKey", "value": "canary"}, {"name": "code", "value": "canary1canary2canary"}]}),
        json!(["x-api-key", "canary12", "x-functions-key", "canary12"]),
        json!({"text": "| Password | canary |"}),
    ];
    let public = features(&[
        "secrets",
        "recoveryKeys",
        "refreshTokens",
        "pass",
        "primaryKey",
        "productKey",
        "code",
        "x-api-key",
    ]);
    for body in bodies {
        let recording = redacted(vec![entry(1, "POST", "/v1.0/groups", &body, &body.to_string())], &public);
        assert!(recording.to_clean_har().is_ok_and(|har| !har.contains("canary")), "{body}");
    }
}

#[test]
fn what_features_ask_for_is_answered_after_redaction_as_before_it() {
    let asked = [
        format!("/v1.0/users/{}", ID.to_lowercase()),
        "/v1.0/users/noor@fabrikam.example".to_owned(),
        "/v1.0/users/delta?$deltatoken=latest".to_owned(),
        "/v1.0/users?$search=%22displayName:Noor%22&$count=true".to_owned(),
        "/v1.0/users?$filter=startswith(displayName,%20'No')&$orderby=displayName".to_owned(),
        "/v1.0/users?$filter=displayName+eq+'O''Neil'".to_owned(),
        format!("/v1.0/groups?$filter=id%20eq%20{}", ID.to_lowercase()),
        "/v1.0/me/drive/root:/Reports/Q1%20plan.xlsx:/content".to_owned(),
        "/v1.0/me/drive/root/search(q='Budget')".to_owned(),
        "/v1.0/users('noor@fabrikam.example')/manager".to_owned(),
    ];
    let user = json!({"id": ID, "displayName": "Noor Haddad", "userPrincipalName": "noor@fabrikam.example", "mail": "private@fabrikam.example"});
    let answer =
        json!({"value": [user], "name": "Q1 plan.xlsx", "parent": "Reports", "officeLocation": "Private room"})
            .to_string();
    let entries =
        asked.iter().enumerate().map(|(second, path)| entry(second, "GET", path, &Value::Null, &answer)).collect();
    let texts: Vec<&str> = asked.iter().map(String::as_str).collect();
    let recording = redacted(entries, &features(&texts));
    let replay = Replay::new(Arc::new(recording));
    for path in &asked {
        let ReplayAnswer::Recorded(exchange) = replay.answer("administrator", "GET", path, b"") else {
            panic!("{path}")
        };
        let answer = exchange.response_json().unwrap();
        // What is read of an answer is what a later path names.
        assert!(answer["value"][0]["id"].as_str().unwrap().eq_ignore_ascii_case(ID), "{answer}");
        assert_eq!(answer["value"][0]["userPrincipalName"], "noor@fabrikam.example");
        assert_eq!((&answer["name"], &answer["parent"]), (&json!("Q1 plan.xlsx"), &json!("Reports")));
        assert!(!answer.to_string().contains("rivate") && !answer.to_string().contains("Haddad"), "{answer}");
    }
    assert_eq!(replay.unused(|_| true), [""; 0]);
}

#[test]
fn the_parts_of_a_batch_are_redacted_as_requests_and_answers_outside_are() {
    let sent = json!({"requests": [
        {"id": "1", "method": "GET", "url": "/users/canary@canary.example?$select=id", "headers": {"ConsistencyLevel": "eventual", "Authorization": "Bearer canary"}},
        {"id": "2", "method": "GET", "url": "users?$filter=startswith(mail,'canary')", "dependsOn": ["1"]},
        {"id": "3", "method": "POST", "url": "/users", "headers": {"Content-Type": "application/json", "Cookie": "canary"}, "body": {"passwordProfile": {"password": "canary"}}},
    ]});
    let answered = json!({"responses": [
        {"id": "2", "status": 429, "headers": {"Retry-After": "5", "Content-Type": "application/json;odata.metadata=minimal;charset=utf-8", "OData-Version": "4.0", "Cache-Control": "no-cache"}},
        {"id": "1", "status": 302, "headers": {"Location": "https://canary.sharepoint.com/x?tempauth=v1.eyJcanary"}, "body": {"displayName": "canary", "size": 123456789012345678901234567890_u128 as f64}},
        {"id": "3", "status": 200, "headers": {"Content-Type": "image/jpeg", "Set-Cookie": "canary"}, "body": "/9j/canary=="},
    ]});
    let recording =
        redacted(vec![entry(1, "POST", "/v1.0/$batch", &sent, &answered.to_string())], &features(&["noor"]));
    assert!(!recording.to_har().contains("canary"), "{}", recording.to_har());
    let RequestBody::Json(sent) = &recording.exchanges[0].request else { panic!("{recording:?}") };
    assert_eq!(sent["requests"][0]["headers"]["ConsistencyLevel"], "eventual");
    assert_eq!(sent["requests"][1]["url"], "users?$filter=startswith(mail,%27text1%27)");
    assert_eq!((&sent["requests"][1]["id"], &sent["requests"][1]["dependsOn"]), (&json!("2"), &json!(["1"])));
    let answered = recording.exchanges[0].response_json().unwrap();
    let headers = &answered["responses"][0]["headers"];
    assert_eq!((&headers["Retry-After"], &headers["OData-Version"]), (&json!("5"), &json!("4.0")));
    assert_eq!(headers["Content-Type"], "application/json;odata.metadata=minimal;charset=utf-8");
    assert_eq!(answered["responses"][2]["headers"]["Content-Type"], "application/octet-stream");
}

#[test]
fn a_delay_stays_as_the_service_wrote_it_and_so_do_numbers() {
    let numbers = r#"{"size": 9007199254740993, "quota": 123456789012345678901234567890, "f": 1.0, "e": 1E3}"#;
    for (delay, kept) in
        [("5", true), ("0.249", true), ("Fri, 31 Dec 2027 23:59:59 GMT", true), ("canary", false), ("1.2.3", false)]
    {
        let mut one = entry(1, "GET", "/v1.0/me", &Value::Null, numbers);
        one["response"]["headers"] = json!([{"name": "Retry-After", "value": delay}]);
        let recording = redacted(vec![one], &features(&[]));
        assert_eq!(recording.exchanges[0].headers[0].1 == delay, kept, "{delay}");
        let text = recording.exchanges[0].response_text();
        for number in ["9007199254740993,", "123456789012345678901234567890", ": 1.0", ": 1E3"] {
            assert!(text.contains(number), "{text}");
        }
    }
}

#[test]
fn a_query_with_quotes_and_a_batch_with_headers_are_redacted_once_and_for_all() {
    let answered = json!({"responses": [{"id": "1", "status": 200, "headers": {"Cache-Control": "no-cache", "X-Other": "canary", "Retry-After": "0.5"}}]});
    let filter = "/v1.0/users?$filter=startswith(displayName,%20'canary')%20or%20mail%20eq%20'O''canary'";
    let entries = vec![
        entry(
            1,
            "GET",
            filter,
            &Value::Null,
            &json!({"@odata.nextLink": format!("{HOST}{filter}&$skiptoken=canary")}).to_string(),
        ),
        entry(2, "POST", "/v1.0/$batch", &json!({"requests": []}), &answered.to_string()),
    ];
    let public = features(&[]);
    let once = redacted(entries, &public).to_har();
    assert!(!once.contains("canary") && once.contains("no-cache"), "{once}");
    let mut again = RecordingFile::new("x.har", once.clone().into_bytes()).foreign(&public).unwrap();
    again.redact(&public);
    assert_eq!(again.to_har(), once);
}

#[test]
fn the_day_where_it_was_recorded_is_kept() {
    let mut one = entry(1, "GET", "/v1.0/me", &Value::Null, "{}");
    one["startedDateTime"] = json!("2026-01-05T00:30:00.000+01:00");
    let recording = redacted(vec![one], &features(&[]));
    let written = Recording::parse("x.har", recording.to_har().as_bytes()).unwrap();
    assert!(recording.to_har().contains("\"2026-01-05T00:30:00+01:00\""), "{}", recording.to_har());
    assert_eq!((written.offset, written.exchanges[0].started), (recording.offset, recording.exchanges[0].started));
    assert_eq!(recording.offset.to_datetime(recording.exchanges[0].started).date().to_string(), "2026-01-05");
}

/// What raw sessions have in their bodies and headers.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "users?$filter=mail eq 'a@b.com'",
            "/me/messages/AAMkADx-Pc=",
            "https://contoso.sharepoint.com/x?tempauth=v1.eyJabc",
            "0.249",
            "REDACTED",
            "Fri, 31 Dec 2027 23:59:59 GMT",
            "no-cache",
            "image/jpeg; boundary=x",
            "Bearer abcdefgh12345678",
            "12",
            "<redacted>",
            "#Collection(String)",
            "text1",
            "user2@contoso.example",
            "https://link3.example/",
            "https://graph.microsoft.com/v9/$metadata#users/$entity",
            "https://svc:pw123456@graph.microsoft.com/v1.0/me",
            "name=password&value=x",
        ])
        .prop_map(str::to_owned),
        "[ -~]{0,24}",
    ]
}

fn body() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "id",
        "url",
        "headers",
        "body",
        "key",
        "value",
        "name",
        "password",
        "Retry-After",
        "Cookie",
        "dependsOn",
        "other",
    ]);
    let leaf = prop_oneof![
        text().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null)
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..6).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

/// Made once: the names of all of Graph's types take their time.
static FEATURES: LazyLock<Public> =
    LazyLock::new(|| features(&["/v1.0/users/noor@fabrikam.example?$search=\"displayName:Noor\"", "displayName"]));

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    #[test]
    fn redacting_a_raw_session_again_changes_nothing(
        parts in prop::collection::vec(body(), 1..4),
        (delay, link) in (text(), text()),
        path in "/v1\\.0/(users|me/messages|\\$batch)(/[A-Za-z0-9@.'()=-]{1,12})?(\\?[$a-zA-Z]{1,8}=[ -~&&[^#&]]{0,12})?",
    ) {
        let sent = json!({"requests": parts, "responses": parts});
        let mut one = entry(1, "POST", &path, &sent, &sent.to_string());
        one["response"]["headers"] = json!([{"name": "Retry-After", "value": delay}, {"name": "Location", "value": link}]);
        let once = redacted(vec![one, entry(2, "POST", "/v1.0/$batch", &sent, &sent.to_string())], &FEATURES);
        let text = once.to_har();
        let mut again = RecordingFile::new("x.har", text.clone().into_bytes()).foreign(&FEATURES).unwrap();
        let told = again.redact(&FEATURES);
        prop_assert_eq!(again.to_har(), text);
        prop_assert!(told.pseudonyms.is_empty(), "{:?}", told);
    }
}
