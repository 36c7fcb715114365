//! HAR files as browsers, proxies and test tools write them: what is read of them, what is passed over, and what is said of it.

use std::sync::Arc;

use graphwalk_recording::redact::Public;
use graphwalk_recording::{
    Check, PassedOver, Recording, RecordingError, RecordingFile, Replay, ReplayAnswer, RequestBody,
};
use serde_json::{Value, json};

const ME: &str = "https://graph.microsoft.com/v1.0/me";
const GROUPS: &str = "https://graph.microsoft.com/v1.0/groups";

fn entry(second: u8, method: &str, url: &str, status: impl Into<Value>, answer: &str) -> Value {
    json!({
        "startedDateTime": format!("2026-01-05T10:00:{second:02}.000Z"), "time": 5,
        "request": {"method": method, "url": url, "headers": []},
        "response": {"status": status.into(), "headers": [], "content": {"mimeType": "application/json", "text": answer}},
    })
}

fn file(entries: Vec<Value>) -> RecordingFile {
    RecordingFile::new("x.har", json!({"log": {"version": "1.2", "entries": entries}}).to_string().into_bytes())
}

fn read(entries: Vec<Value>) -> Recording {
    file(entries).recording().unwrap()
}

fn ask(replay: &Replay, method: &str, url: &str, body: &str) -> String {
    let path = url.strip_prefix("https://graph.microsoft.com").unwrap();
    match replay.answer("administrator", method, path, body.as_bytes()) {
        ReplayAnswer::Recorded(exchange) => exchange.response_text(),
        ReplayAnswer::Unrecorded(message) => message,
    }
}

/// Entries that are no exchange of a session, in all the ways that tools write them.
fn noise() -> Vec<Value> {
    let mut given_up = entry(7, "GET", ME, 200, "");
    given_up["time"] = json!(-1);
    let mut aborted = entry(8, "GET", ME, 200, "");
    aborted["response"]["_failureText"] = json!("net::ERR_ABORTED");
    let mut blocked = entry(9, "GET", ME, 200, "{\"cut\": ");
    blocked["response"]["_error"] = json!("net::ERR_CONNECTION_RESET");
    let mut without = entry(10, "GET", ME, 0, "");
    without["response"] = Value::Null;
    let mut lacking = entry(11, "GET", ME, 0, "");
    lacking.as_object_mut().unwrap().remove("response");
    vec![
        entry(0, "OPTIONS", GROUPS, 204, ""),
        entry(0, "CONNECT", "graph.microsoft.com:443", 200, ""),
        entry(0, "CONNECT", "http://graph.microsoft.com:443", 200, ""),
        entry(1, "POST", "https://login.microsoftonline.com/common/oauth2/v2.0/token", 200, "{}"),
        entry(2, "POST", "https://browser.events.data.microsoft.com/OneCollector/1.0/", 204, ""),
        entry(2, "GET", "/v1.0/me", 200, "{}"),
        entry(2, "GET", "data:image/png;base64,iVBORw0KGgo=", 200, ""),
        entry(2, "GET", "wss://push.example/hub", 101, ""),
        entry(3, "GET", ME, 0, ""),
        entry(4, "GET", ME, -1, ""),
        entry(5, "GET", ME, Value::Null, ""),
        entry(6, "GET", ME, "0", ""),
        given_up,
        aborted,
        blocked,
        without,
        lacking,
        json!({"request": "not even a request"}),
        json!(17),
    ]
}

#[test]
fn what_is_no_exchange_of_the_session_is_passed_over_and_counted_by_all_alike() {
    let mut entries = noise();
    entries.extend([
        entry(20, "GET", ME, 200, "{\"id\": \"me\"}"),
        entry(21, "POST", GROUPS, 201, "{\"id\": \"group\"}"),
        entry(22, "GET", "https://graph.microsoft.com/v1.0/groups/1", 200, "{\"id\": \"read\"}"),
    ]);
    let file = file(entries);
    let recording = file.recording().unwrap();
    use PassedOver::{Other, Preflight, Unanswered};
    assert_eq!(recording.reading.counts(), [(Other, 7), (Preflight, 3), (Unanswered, 9)]);
    assert_eq!(recording.exchanges.iter().map(|exchange| exchange.entry).collect::<Vec<_>>(), [20, 21, 22]);
    assert_eq!(Check::run(&file).unwrap().recording, recording);
    assert_eq!(file.foreign(&Public::new()).unwrap().reading, recording.reading);
    // No entry before them keeps the session's from being answered.
    let replay = Replay::new(Arc::new(recording));
    assert_eq!(ask(&replay, "GET", ME, ""), "{\"id\": \"me\"}");
    assert_eq!(ask(&replay, "POST", GROUPS, ""), "{\"id\": \"group\"}");
    assert_eq!(ask(&replay, "GET", "https://graph.microsoft.com/v1.0/groups/1", ""), "{\"id\": \"read\"}");
}

#[test]
fn a_file_with_nothing_but_noise_is_refused_by_all_alike() {
    let file = file(noise());
    let told = "x.har holds no exchange with Microsoft Graph; its 19 entries are about something else";
    assert_eq!(file.recording().unwrap_err().to_string(), told);
    assert_eq!(Check::run(&file).unwrap_err().to_string(), told);
    assert_eq!(file.foreign(&Public::new()).unwrap_err().to_string(), told);
}

#[test]
fn an_odd_entry_of_another_host_refuses_no_file() {
    let other = "https://other.example/x";
    let mut base64 = entry(1, "GET", other, 200, "%%%");
    base64["response"]["content"]["encoding"] = json!("base64");
    let mut time = entry(1, "GET", other, 200, "");
    time["startedDateTime"] = json!(["yesterday"]);
    let mut step = entry(1, "GET", other, 200, "");
    step["_step"] = json!("first");
    let mut half = entry(1, "GET", other, 200, "");
    half["comment"] = json!("HALF");
    let mut kept = entry(2, "GET", ME, 200, "{\"id\": \"me\"}");
    kept["comment"] = json!("HALF");
    let text = json!({"log": {"entries": [base64, time, step, half, kept]}}).to_string().replace("HALF", "\\ud83d");
    let file = RecordingFile::new("x.har", text.into_bytes());
    for recording in
        [file.recording().unwrap(), file.foreign(&Public::new()).unwrap(), Check::run(&file).unwrap().recording]
    {
        assert_eq!((recording.exchanges.len(), recording.reading.passed_over.len()), (1, 4));
    }
    assert!(file.entry(4).unwrap().unwrap().to_string().contains('\u{fffd}'));
}

#[test]
fn headers_are_read_in_whatever_form_they_are_written() {
    for (headers, location) in [
        (Value::Null, None),
        (json!({"Location": "/x", "n": 1}), Some("/x")),
        (
            json!([{"name": "Location", "value": ["a", "b"]}, {"name": "X"}, {"value": "y"}, {"name": null, "value": null}]),
            Some("[\"a\",\"b\"]"),
        ),
        (json!([{"name": "Location", "value": 123}]), Some("123")),
        (json!([{"name": "Location", "value": null}]), Some("")),
    ] {
        let mut one = entry(1, "GET", ME, 200, "{}");
        one["response"]["headers"] = headers;
        let headers = &read(vec![one]).exchanges[0].headers;
        assert_eq!(headers.first().map(|(_, value)| value.as_str()), location);
    }
}

#[test]
fn a_body_that_was_not_kept_is_told_and_one_that_never_was_is_not() {
    let doubts = |method: &str, status: u16, content: Value| {
        let mut one = entry(1, method, ME, status, "");
        one["response"]["content"] = content;
        let recording = read(vec![one]);
        (recording.doubts(), recording.exchanges[0].response_text())
    };
    let missing = "entry 1: the body of the answer is missing: the program that made the file has not saved it";
    for content in [Value::Null, json!({"size": 200}), json!({"size": 5, "text": null}), json!({"size": 0, "text": ""})]
    {
        assert_eq!(doubts("GET", 200, content.clone()).0, [missing], "{content}");
    }
    assert_eq!(doubts("POST", 201, json!({"size": 200})).0, [missing]);
    let elsewhere = doubts("GET", 200, json!({"size": 200, "_file": "a94a8fe5.json"})).0;
    assert_eq!(elsewhere, ["entry 1: the body of the answer is missing: it is in a file beside the HAR (`_file`)"]);
    for (method, status, content) in [
        ("DELETE", 204, json!({"size": 0})),
        ("POST", 202, json!({"size": -1})),
        ("HEAD", 200, json!({"size": 9})),
        ("PATCH", 204, Value::Null),
    ] {
        assert_eq!(doubts(method, status, content), (Vec::new(), String::new()), "{method}");
    }
    // An object where its text should be.
    assert_eq!(doubts("GET", 200, json!({"text": {"id": 1}})), (Vec::new(), "{\"id\":1}".to_owned()));
}

#[test]
fn a_body_behind_a_byte_order_mark_is_json() {
    let mut one = entry(1, "POST", GROUPS, 201, "\u{feff}{\"id\": \"1\"}");
    one["request"]["postData"] = json!({"text": "\u{feff}{\"displayName\": \"Readers\"}"});
    let exchange = &read(vec![one]).exchanges[0];
    assert_eq!(exchange.response_json(), Some(json!({"id": "1"})));
    assert_eq!(exchange.request, RequestBody::Json(json!({"displayName": "Readers"})));
}

#[test]
fn times_marks_and_codings_are_read_as_programs_write_them() {
    let mut local = entry(1, "GET", ME, 200, "{\"n\": 1}");
    local["startedDateTime"] = json!("2026-01-05T10:00:01.5");
    let mut misread = entry(2, "GET", ME, 200, "\u{ef}\u{bb}\u{bf}{\"n\": 2}");
    misread["startedDateTime"] = json!(1_767_607_202_000_i64);
    let mut unlabelled = entry(3, "GET", ME, 200, "eyJuIjogM30=");
    unlabelled["startedDateTime"] = json!("Mon, 05 Jan 2026 10:00:03 GMT");
    let mut halved = entry(4, "GET", "https://graph.microsoft.com./v1.0/me", 200, "{\"n\": 4, \"x\": \"\\ud83d\"}");
    halved["_truncated"] = json!("false");
    let recording = read(vec![local, misread, unlabelled, halved]);
    let read: Vec<Option<Value>> =
        recording.exchanges.iter().map(|exchange| Some(exchange.response_json()?.get("n")?.clone())).collect();
    assert_eq!(read, (1..=4).map(|number| Some(json!(number))).collect::<Vec<_>>());
    let begun: Vec<String> = recording.exchanges.iter().map(|exchange| exchange.started.to_string()).collect();
    assert_eq!(begun[..3], ["2026-01-05T10:00:01.5Z", "2026-01-05T10:00:02Z", "2026-01-05T10:00:03Z"]);
    assert!(!recording.exchanges[3].is_shortened);
}

#[test]
fn a_form_that_was_kept_as_its_fields_is_a_body() {
    let mut one = entry(1, "POST", GROUPS, 200, "");
    let fields = json!([{"name": "a", "value": "1 2"}, {"name": "b&", "value": "ü"}]);
    one["request"]["postData"] = json!({"mimeType": "application/x-www-form-urlencoded", "params": fields});
    assert_eq!(read(vec![one.clone()]).exchanges[0].request, RequestBody::Text("a=1+2&b%26=%C3%BC".to_owned()));
    assert_eq!(read(vec![one.clone()]).doubts(), [""; 0]);
    one["request"]["postData"]["mimeType"] = json!("multipart/form-data; boundary=x");
    assert_eq!(
        read(vec![one]).doubts(),
        ["entry 1: of the form that was sent only the fields were kept, so no request will be the same"]
    );
}

#[test]
fn a_second_har_in_one_file_is_refused_and_not_lost() {
    let one = json!({"log": {"entries": [entry(1, "GET", ME, 200, "{}")]}}).to_string();
    let file = RecordingFile::new("x.har", format!("{one}\n{one}\n").into_bytes());
    let is_told =
        |error: RecordingError| assert_eq!(error.to_string(), "x.har goes on after its end, at line 2, column 1");
    is_told(file.recording().unwrap_err());
    is_told(file.foreign(&Public::new()).unwrap_err());
    is_told(Check::run(&file).unwrap_err());
    is_told(file.entry(1).unwrap_err());
    let listed = RecordingFile::new("x.har", format!("[{one}]").into_bytes()).recording().unwrap_err().to_string();
    assert_eq!(listed, "x.har is JSON but not HAR, at line 1, column 1: expected an object with `log`");
}

#[test]
fn a_request_that_a_service_worker_sent_on_is_one_request() {
    let post = |second: u8, milliseconds: u16| {
        let mut one = entry(second, "POST", GROUPS, 201, "{\"id\": \"1\"}");
        one["startedDateTime"] = json!(format!("2026-01-05T10:00:{second:02}.{milliseconds:03}Z"));
        one["request"]["postData"] = json!({"text": "{\"displayName\": \"Readers\"}"});
        one
    };
    let by_worker = |second: u8| {
        let mut one = post(second, 0);
        one["response"]["_fetchedViaServiceWorker"] = json!(true);
        one
    };
    let recording = read(vec![by_worker(2), post(2, 4), entry(3, "GET", ME, 200, "{}")]);
    assert_eq!(recording.reading.passed_over, [(1, PassedOver::Double)]);
    assert_eq!(recording.exchanges.len(), 2);
    // Sent twice, each time through the worker; and one whose other half is not in the file.
    let recording = read(vec![by_worker(2), post(2, 4), by_worker(5), post(5, 9)]);
    assert_eq!(recording.exchanges.iter().map(|exchange| exchange.entry).collect::<Vec<_>>(), [2, 4]);
    assert_eq!(read(vec![by_worker(2), post(9, 0)]).exchanges.len(), 2, "seven seconds later");
    assert_eq!(read(vec![post(2, 0), post(2, 4)]).exchanges.len(), 2, "nobody says that they are one");
}

#[test]
fn what_graphwalk_wrote_is_read_whatever_its_host() {
    let mut own = entry(1, "GET", "https://gateway.example/graph/me", 200, "{}");
    own["_actor"] = json!("administrator");
    assert_eq!(read(vec![own]).exchanges[0].path, "/graph/me");
}
