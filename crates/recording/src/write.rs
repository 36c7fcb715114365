//! Writing a recording: HAR 1.2, pretty-printed, in one order, so that two recordings can be compared line by line.

use std::collections::BTreeMap;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use jiff::tz::Offset;
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;
use serde_json::{Value, json};

use super::check::leaks_of;
use super::numbers::restore;
use super::{Overrides, Provenance, RecordedExchange, Recording, RequestBody};
use graphwalk_secrets::masking::Leak;

/// The headers of a request that are kept, in lower case: those that change what Graph answers. None can hold a secret.
pub const REQUEST_HEADERS: [&str; 4] = ["consistencylevel", "prefer", "if-match", "if-none-match"];

/// The headers of an answer that are kept and replayed, in lower case.
pub const RESPONSE_HEADERS: [&str; 9] = [
    "request-id",
    "client-request-id",
    "retry-after",
    "location",
    "odata-version",
    "etag",
    "preference-applied",
    "operation-location",
    "content-location",
];

/// The host before every path: a recording says nothing of the cloud that it comes from.
const HOST: &str = "https://graph.microsoft.com";

impl Recording {
    /// The recording as the text of a HAR file.
    ///
    /// What [`Recording::parse`] reads from it is equal to the recording, if the exchanges are numbered from 1 on and in
    /// the order of time.
    pub fn to_har(&self) -> String {
        let mut bytes = Vec::new();
        // Neither memory nor a `Value` refuses to be written; what stands in the bytes is UTF-8.
        let _ = HarFile { log: WrittenLog::of(self) }.serialize(&mut serde_json::Serializer::pretty(&mut bytes));
        bytes.push(b'\n');
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// The same, looked over once more before it is shared.
    ///
    /// # Errors
    ///
    /// The secrets that are left in it.
    pub fn to_clean_har(&self) -> Result<String, Vec<Leak>> {
        let text = self.to_har();
        // What cannot be looked over is not shared. What serde says of it may quote a secret.
        let unread = |_| vec![Leak { pointer: String::new(), kind: "a text that is no JSON".to_owned() }];
        let leaks = leaks_of(&text).unwrap_or_else(unread);
        if leaks.is_empty() { Ok(text) } else { Err(leaks) }
    }
}

#[derive(Serialize)]
struct HarFile<'a> {
    log: WrittenLog<'a>,
}

#[derive(Serialize)]
struct WrittenLog<'a> {
    version: &'static str,
    creator: Value,
    #[serde(rename = "_tutorial", skip_serializing_if = "Option::is_none")]
    tutorial: Option<&'a str>,
    #[serde(rename = "_finish")]
    finish: Value,
    #[serde(rename = "_waits", skip_serializing_if = "Vec::is_empty")]
    waits: Vec<String>,
    #[serde(rename = "_values", skip_serializing_if = "BTreeMap::is_empty")]
    values: &'a BTreeMap<String, String>,
    #[serde(rename = "_overrides", skip_serializing_if = "Option::is_none")]
    overrides: Option<&'a Overrides>,
    #[serde(rename = "_volatile")]
    volatile: &'a [String],
    entries: Entries<'a>,
}

impl<'a> WrittenLog<'a> {
    fn of(recording: &'a Recording) -> Self {
        Self {
            version: "1.2",
            creator: creator(),
            tutorial: recording.tutorial.as_deref(),
            finish: match recording.period_end {
                Some(at) => json!({"by": "wait", "at": at.to_string()}),
                None => json!({"by": "stop"}),
            },
            waits: recording.waits.iter().map(ToString::to_string).collect(),
            values: &recording.values,
            overrides: (recording.overrides != Overrides::default()).then_some(&recording.overrides),
            volatile: &recording.volatile,
            entries: Entries(recording),
        }
    }
}

/// The entries, of which one at a time is made: all of a large recording take three times its file in memory.
struct Entries<'a>(&'a Recording);

impl Serialize for Entries<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.exchanges.iter().map(|exchange| entry(exchange, self.0.offset)))
    }
}

/// The text of a HAR up to its first entry, for those who write the entries one by one; `]}}` ends it.
pub fn har_opening() -> String {
    let creator = creator();
    format!("{{\"log\": {{\"version\": \"1.2\", \"creator\": {creator}, \"entries\": [\n")
}

fn creator() -> Value {
    json!({"name": "graphwalk", "version": env!("CARGO_PKG_VERSION")})
}

impl RecordedExchange {
    /// The exchange as an entry of a HAR.
    pub fn to_entry(&self) -> Value {
        entry(self, Offset::UTC)
    }
}

fn entry(exchange: &RecordedExchange, offset: Offset) -> Value {
    let took = u64::try_from(exchange.took.as_millis()).unwrap_or_default();
    let started = match offset {
        Offset::UTC => exchange.started.to_string(),
        offset => exchange.started.display_with_offset(offset).to_string(),
    };
    let mut entry = json!({
        "startedDateTime": started,
        "time": took,
        "request": request(exchange),
        "response": response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
    });
    if exchange.actor_known {
        entry["_actor"] = json!(exchange.actor);
    }
    if let Some(step) = exchange.step {
        entry["_step"] = json!(step);
    }
    if exchange.provenance != Provenance::Unknown {
        entry["_provenance"] = json!(exchange.provenance.word());
    }
    if exchange.is_shortened {
        entry["_truncated"] = json!(true);
    }
    entry
}

fn request(exchange: &RecordedExchange) -> Value {
    let (media_type, text) = match &exchange.request {
        RequestBody::Empty => ("", None),
        RequestBody::Json(json) => ("application/json", Some(json_text(json))),
        RequestBody::Text(text) => ("text/plain", Some(text.clone())),
    };
    let mut request = json!({
        "method": exchange.method,
        "url": format!("{HOST}{}", exchange.path),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(text.as_ref().map(|_| media_type), &exchange.request_headers),
        "queryString": query(&exchange.path),
        "headersSize": -1,
        "bodySize": -1,
    });
    if let Some(text) = text {
        request["postData"] = json!({"mimeType": media_type, "text": text});
    }
    request
}

fn response(exchange: &RecordedExchange) -> Value {
    let mut content = json!({"size": exchange.response.len(), "mimeType": exchange.media_type});
    let media_type = (!exchange.response.is_empty()).then_some(exchange.media_type.as_str());
    match std::str::from_utf8(&exchange.response) {
        Ok("") => {}
        Ok(text) => content["text"] = json!(text),
        Err(_) => {
            content["text"] = json!(STANDARD.encode(&exchange.response));
            content["encoding"] = json!("base64");
        }
    }
    let reason = StatusCode::from_u16(exchange.status).ok().and_then(|status| status.canonical_reason());
    json!({
        "status": exchange.status,
        "statusText": reason.unwrap_or_default(),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers(media_type, &exchange.headers),
        "content": content,
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    })
}

fn headers(media_type: Option<&str>, headers: &[(String, String)]) -> Value {
    let media_type = media_type.filter(|media_type| !media_type.is_empty());
    let content_type = media_type.map(|media_type| json!({"name": "Content-Type", "value": media_type}));
    let rest = headers.iter().map(|(name, value)| json!({"name": as_documented(name), "value": value}));
    content_type.into_iter().chain(rest).collect()
}

/// The name of a header in the letters that the documentation has; all are the same to HTTP.
fn as_documented(name: &str) -> &str {
    match name {
        "consistencylevel" => "ConsistencyLevel",
        "prefer" => "Prefer",
        "if-match" => "If-Match",
        "if-none-match" => "If-None-Match",
        "retry-after" => "Retry-After",
        "location" => "Location",
        "odata-version" => "OData-Version",
        "etag" => "ETag",
        "preference-applied" => "Preference-Applied",
        "operation-location" => "Operation-Location",
        "content-location" => "Content-Location",
        other => other,
    }
}

fn query(path: &str) -> Value {
    let query = path.split_once('?').map_or("", |(_, query)| query);
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.map(|(name, value)| json!({"name": name, "value": value})).collect()
}

/// JSON on one line, with a space after each comma and colon: it is read inside the text of a HAR. Numbers of a
/// [`RequestBody`] are as they were recorded.
pub fn json_text(json: &Value) -> String {
    let mut bytes = Vec::new();
    let written = json.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Spaced));
    // Neither memory nor a `Value` refuses to be written; what stands in the bytes is UTF-8.
    let text = written.ok().and_then(|()| String::from_utf8(bytes).ok()).unwrap_or_else(|| json.to_string());
    restore(text)
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn reread(recording: &Recording) -> Recording {
        Recording::parse(&recording.name, recording.to_har().as_bytes()).unwrap()
    }

    #[test]
    fn every_bundled_recording_is_written_as_it_stands() {
        for file in crate::published::files() {
            let (recording, text) = (file.recording().unwrap(), file.text().unwrap());
            // A comment is lost, and the version is that of the program which wrote the file.
            let is_kept = |line: &&str| !line.starts_with("    \"comment\"") && !line.starts_with("      \"version\"");
            let expected: Vec<&str> = text.trim_end().lines().filter(is_kept).collect();
            let written = recording.to_har();
            assert_eq!(written.lines().filter(is_kept).collect::<Vec<_>>(), expected, "{}", file.name());
        }
    }

    #[test]
    fn a_recording_in_which_a_secret_is_left_is_not_given_out() {
        for file in crate::published::files() {
            let mut recording = file.recording().unwrap();
            assert_eq!(recording.to_clean_har(), Ok(recording.to_har()), "{}", file.name());
            recording.exchanges[1].response = br#"{"password": "canary-1"}"#.as_slice().into();
            recording
                .values
                .insert("key".to_owned(), "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJjYW5hcnkifQ.c2lnbmF0dXJl".to_owned());
            let leaks = recording.to_clean_har().unwrap_err();
            let pointers: Vec<&str> = leaks.iter().map(|leak| leak.pointer.as_str()).collect();
            assert_eq!(pointers, ["/log/_values/key", "/log/entries/1/response/content/text#/password"], "{leaks:?}");
        }
    }

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("\\PC{1,8}", inner, 0..4).prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    fn body() -> impl Strategy<Value = RequestBody> {
        prop_oneof![
            Just(RequestBody::Empty),
            json_value().prop_map(RequestBody::Json),
            "[a-z=&<>]{1,20}[^0-9a-z]".prop_map(|text| RequestBody::Text(format!("#{text}"))),
        ]
    }

    fn header(names: &'static [&'static str]) -> impl Strategy<Value = Vec<(String, String)>> {
        let pair = (prop::sample::select(names), "[ -~]{0,12}").prop_map(|(name, value)| (name.to_owned(), value));
        prop::collection::vec(pair, 0..3)
    }

    prop_compose! {
        fn exchange()(
            (actor, step, provenance) in (prop::option::of("\\PC{1,8}"), prop::option::of(any::<u8>()), 0..7_usize),
            (second, took) in (0..4_000_000_000_i64, 0..100_000_u64),
            path in "(/[a-zA-Z0-9()'@._-]{1,8}){1,4}(\\?[$a-z]{1,6}=[a-z0-9%2]{0,6})?",
            method in "[A-Z]{3,6}",
            (request_headers, headers) in (header(&REQUEST_HEADERS), header(&RESPONSE_HEADERS)),
            (request, response) in (body(), prop::collection::vec(any::<u8>(), 0..20)),
            (status, media_type) in (200..600_u16, "[a-z]{1,5}/[a-z]{1,5}"),
        ) -> RecordedExchange {
            // A URL is kept in the form that the URL standard gives it.
            let url = url::Url::parse(&format!("{HOST}{path}")).unwrap();
            RecordedExchange {
                entry: 0,
                actor_known: actor.is_some(),
                actor: actor.unwrap_or_else(|| crate::ADMINISTRATOR.to_owned()),
                step,
                // Without any of these, only what Graph's host answered is read.
                provenance: Provenance::ALL[if step.is_none() { provenance % 6 } else { provenance }].0,
                is_shortened: status % 2 == 1,
                started: Timestamp::from_second(second).unwrap(),
                took: Duration::from_millis(took),
                method,
                path: url[url::Position::BeforePath..url::Position::AfterQuery].to_owned(),
                request_headers,
                request,
                status,
                headers,
                media_type,
                response: response.into(),
            }
        }
    }

    proptest! {
        #[test]
        fn a_written_recording_is_read_back_equal(
            mut exchanges in prop::collection::vec(exchange(), 1..6),
            tutorial in prop::option::of("\\PC{0,8}"),
            period_end in prop::option::of(0..4_000_000_000_i64),
            volatile in prop::collection::vec("(/[a-z~]{1,4}){1,3}", 0..3),
            offset in -48..56_i32,
            (waits, values) in (
                prop::collection::vec(0..4_000_000_000_i64, 0..3),
                prop::collection::btree_map("\\PC{1,8}", "\\PC{1,8}", 0..3),
            ),
        ) {
            exchanges.sort_by_key(|exchange| exchange.started);
            for (index, exchange) in exchanges.iter_mut().enumerate() {
                exchange.entry = index + 1;
            }
            let period_end = period_end.map(|second| Timestamp::from_second(second).unwrap());
            let overrides = Overrides { no_mail: exchanges.len() > 1, own_scopes: true, in_portal: true, kept_passwords: vec!["Adele Vance".to_owned()] };
            let offset = jiff::tz::Offset::from_seconds(offset * 900).unwrap();
            let name = "x.har".to_owned();
            let waits = waits.into_iter().map(|second| Timestamp::from_second(second).unwrap()).collect();
            let written =
                Recording { name, tutorial, period_end, waits, values, overrides, volatile, exchanges, reordered: false, offset, reading: crate::FileReading::default() };
            let read = Recording { reading: crate::FileReading::default(), ..reread(&written) };
            prop_assert_eq!(&read, &written);
            prop_assert_eq!(read.to_har(), written.to_har());
        }
    }

    #[test]
    fn an_answer_that_is_no_text_is_written_in_base64() {
        let mut recording = crate::published::files().remove(0).recording().unwrap();
        recording.exchanges.truncate(1);
        recording.exchanges[0].response = Arc::from([0xff, 0xfe]);
        assert!(recording.to_har().contains("\"encoding\": \"base64\""));
        assert_eq!(reread(&recording).exchanges[0].response, recording.exchanges[0].response);
    }
}
