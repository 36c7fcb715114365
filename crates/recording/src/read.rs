//! Reading a recording.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use graphwalk_catalog::is_loopback;
use graphwalk_secrets::is_twice_named;
use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use serde::de::IgnoredAny;
use serde_json::Value;
use url::Url;

use super::body::{self, BodyBytes};
use super::body_difference::digest;
use super::doubles::passed_over_doubles;
use super::file_text::{bytes_of, other_format, text_of, without_lone_halves};
use super::har::{DeclaredEnd, HarContent, HarDocument, HarEntry, HarHeader, Log, PostData, Response};
use super::moment::parse_moment;
use super::numbers::read_json;
use super::reading::{Doubt, FileReading};
use super::session_entries::{odd_log, session_url};
use super::write::{REQUEST_HEADERS, RESPONSE_HEADERS};
use super::{ADMINISTRATOR, Provenance, RecordedExchange, Recording, RecordingError, RequestBody};

impl Recording {
    /// Reads a recording from a file: a `.har`, or a `.har.gz`.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is no HAR, or has an exchange that cannot be replayed; the [`RecordingError`] says where.
    pub fn read(path: &Path) -> Result<Self, RecordingError> {
        Self::parse(&path.display().to_string(), &bytes_of(path)?)
    }

    /// Reads a recording from the bytes of a file called `name`.
    ///
    /// Entries that are no exchange of the session are passed over: preflights, other hosts than Graph's, requests without an
    /// answer. [`Recording::reading`] says which.
    ///
    /// # Errors
    ///
    /// The text is no HAR, or has an exchange that cannot be replayed; the [`RecordingError`] says where.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, RecordingError> {
        with_log(name, bytes, |log| assemble(name, log, |_| {}))
    }
}

/// Reads the log of a file, and gives it to `read`.
pub(super) fn with_log<T>(
    name: &str,
    bytes: &[u8],
    read: impl FnOnce(Log<'_>) -> Result<T, RecordingError>,
) -> Result<T, RecordingError> {
    let text = text_of(name, bytes)?;
    if text.is_empty() {
        return Err(RecordingError::Empty(name.to_owned()));
    }
    // A list would be read as the fields of the document, in order.
    if !text.starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok() {
        let (name, what) = (name.to_owned(), "expected an object with `log`".to_owned());
        return Err(RecordingError::NotHar { name, line: 1, column: 1, what });
    }
    let error = match serde_json::from_str::<HarDocument<'_>>(text) {
        Ok(har) => return read(har.log),
        Err(error) => error,
    };
    // One entry that no reader takes is no reason to refuse the others.
    let repaired = without_lone_halves(text);
    let log = if matches!(repaired, Cow::Borrowed(_)) && !error.is_data() { None } else { odd_log(name, &repaired)? };
    match log {
        Some(log) => read(log),
        None => Err(other_format(name, text).unwrap_or_else(|| not_har(name, &error))),
    }
}

/// An exchange as it was read, and what of it is not kept.
pub(super) struct ReadExchange<'a> {
    pub exchange: RecordedExchange,
    pub authorization: Option<Cow<'a, str>>,
    pub is_loopback: bool,
    /// Whether a service worker of the page sent the request on.
    pub by_worker: bool,
}

/// The recording that a log is. `visit` may change each exchange.
pub(super) fn assemble<'a>(
    name: &str,
    log: Log<'a>,
    mut visit: impl FnMut(&mut ReadExchange<'a>),
) -> Result<Recording, RecordingError> {
    let entries = log.entries.len();
    if entries == 0 {
        return Err(RecordingError::NoEntries(name.to_owned()));
    }
    let declared = log.finish.map(|declared| declared_end(name, &declared)).transpose()?;
    let waits = declared_waits(name, &log.waits)?;
    let mut exchanges = Vec::with_capacity(entries);
    let (mut reading, mut by_worker) = (FileReading::default(), Vec::new());
    let mut offset = None;
    for (index, entry) in log.entries.into_iter().enumerate() {
        match session_url(&entry) {
            Err(why) => reading.passed_over.push((index + 1, why)),
            Ok(url) => {
                offset.get_or_insert_with(|| offset_of(entry.started.as_deref().unwrap_or_default()));
                let mut read = exchange(name, index, entry, &url, &mut reading)?;
                visit(&mut read);
                if read.by_worker {
                    by_worker.push(index + 1);
                }
                exchanges.push(read.exchange);
            }
        }
    }
    let reordered = !exchanges.is_sorted_by_key(|exchange: &RecordedExchange| exchange.started);
    if reordered {
        exchanges.sort_by_key(|exchange| exchange.started);
    }
    passed_over_doubles(&mut exchanges, &by_worker, &mut reading);
    nothing_to_revalidate(&exchanges, &mut reading);
    if exchanges.is_empty() {
        return Err(RecordingError::NoGraph { name: name.to_owned(), entries });
    }
    let period_end = declared.unwrap_or_else(|| apparent_end(&exchanges));
    Ok(Recording {
        name: name.to_owned(),
        tutorial: log.tutorial,
        period_end,
        waits,
        values: log.values,
        overrides: log.overrides,
        volatile: log.volatile,
        exchanges,
        reordered,
        offset: offset.unwrap_or(Offset::UTC),
        reading,
    })
}

fn exchange<'a>(
    name: &str,
    index: usize,
    entry: HarEntry<'a>,
    url: &Url,
    reading: &mut FileReading,
) -> Result<ReadExchange<'a>, RecordingError> {
    let fault = |pointer, what: String| RecordingError::Entry { name: name.to_owned(), index, pointer, what };
    let HarEntry { started, time, request, response, post_data, actor, step, provenance, is_shortened, by_worker } =
        entry;
    let started = match started.as_deref() {
        Some(text) => {
            parse_moment(text).ok_or_else(|| fault("/startedDateTime", "the text there is not a time".to_owned()))?
        }
        None => return Err(fault("/startedDateTime", "the time is missing".to_owned())),
    };
    let request = request.ok_or_else(|| fault("/request", "it is missing".to_owned()))?;
    let mut response = response.ok_or_else(|| fault("/response", "it is missing".to_owned()))?;
    let provenance = match provenance {
        None => Provenance::Unknown,
        Some(word) => Provenance::from_word(&word)
            .ok_or_else(|| fault("/_provenance", format!("\"{word}\" is not one of {}", Provenance::words())))?,
    };
    let mut doubts = Vec::new();
    let body = sent_body(request.post_data.or(post_data), &request.headers, &mut doubts);
    let method = request.method.to_uppercase();
    let status = status_of(&response).unwrap_or_default();
    let (is_shortened, by_worker) = (is_shortened || response.is_shortened, by_worker || response.by_worker);
    let is_own = actor.is_some() || step.is_some() || provenance != Provenance::Unknown;
    let needs_body = method != "HEAD" && !matches!(status, 204 | 304) && !is_own;
    let declared = header(&response.headers, "content-type").map(str::to_owned);
    let (media_type, bytes) =
        answered_body(&mut response, needs_body.then_some(method == "GET" && status == 200), &mut doubts);
    reading.doubts.extend(doubts.into_iter().map(|doubt| (index + 1, doubt)));
    let authorization = request.headers.iter().find(|header| header.name.eq_ignore_ascii_case("authorization"));
    let authorization = authorization.map(|header| header.value.clone());
    let exchange = RecordedExchange {
        entry: index + 1,
        actor_known: actor.is_some(),
        actor: actor.unwrap_or_else(|| ADMINISTRATOR.to_owned()),
        step,
        provenance,
        started,
        took: milliseconds(time),
        method,
        path: url[url::Position::BeforePath..url::Position::AfterQuery].to_owned(),
        request_headers: listed(request.headers, &REQUEST_HEADERS),
        request: body,
        status,
        headers: listed(response.headers, &RESPONSE_HEADERS),
        media_type: media_type.or(declared).unwrap_or_default(),
        response: bytes.into(),
        is_shortened,
    };
    Ok(ReadExchange { exchange, authorization, is_loopback: is_loopback(url), by_worker })
}

/// Returns the offset from UTC that a time has.
fn offset_of(time: &str) -> Offset {
    // What most files have.
    if time.ends_with('Z') {
        return Offset::UTC;
    }
    Pieces::parse(time).ok().and_then(|pieces| pieces.to_numeric_offset()).unwrap_or(Offset::UTC)
}

/// The headers that are on a list. All others stay in the file: some are secrets, the rest is of no use.
fn listed(headers: Vec<HarHeader<'_>>, list: &[&str]) -> Vec<(String, String)> {
    let named = headers.into_iter().map(|header| (header.name.to_lowercase(), header.value));
    named.filter(|(name, _)| list.contains(&name.as_str())).map(|(name, value)| (name, value.into_owned())).collect()
}

fn header<'h>(headers: &'h [HarHeader<'_>], name: &str) -> Option<&'h str> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| &*header.value)
}

fn milliseconds(time: Option<f64>) -> Duration {
    Duration::try_from_secs_f64(time.unwrap_or_default().round() / 1_000.0).unwrap_or_default()
}

/// The status of an answer, if it is one.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 200 and 600")]
pub(super) fn status_of(response: &Response<'_>) -> Option<u16> {
    response.status.filter(|status| (200.0..600.0).contains(status)).map(|status| status as u16)
}

fn sent_body(post_data: Option<PostData<'_>>, headers: &[HarHeader<'_>], doubts: &mut Vec<Doubt>) -> RequestBody {
    let Some(PostData { media_type, text, encoding, params }) = post_data else { return RequestBody::Empty };
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else {
        if params.is_empty() {
            return RequestBody::Empty;
        }
        if media_type.is_some_and(|media_type| media_type.to_lowercase().contains("multipart")) {
            doubts.push(Doubt::FieldsAlone);
        }
        let pairs = params.iter().map(|field| (&field.name, &field.value));
        return RequestBody::Text(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish());
    };
    let BodyBytes { bytes, doubt } = body::bytes_of(text, encoding.as_deref(), header(headers, "content-encoding"));
    doubts.extend(doubt);
    let text = match String::from_utf8(body::readable(bytes).into_owned()) {
        Ok(text) => text,
        Err(error) => return RequestBody::Text(digest(error.as_bytes())),
    };
    if text.trim().is_empty() {
        return RequestBody::Empty;
    }
    let document = body::without_mark(&text);
    match read_json(document) {
        Ok(json) => {
            doubts.extend(is_twice_named(document).unwrap_or_default().then_some(Doubt::TwiceNamed));
            RequestBody::Json(json)
        }
        Err(_) => RequestBody::Text(text),
    }
}

/// The media type and the body of an answer. `must_have` says whether it surely had one, if it may be missing at all.
fn answered_body(
    response: &mut Response<'_>,
    must_have: Option<bool>,
    doubts: &mut Vec<Doubt>,
) -> (Option<String>, Vec<u8>) {
    let missing = |had: bool| must_have.is_some_and(|must| must || had);
    let Some(HarContent { size, media_type, text, encoding, is_elsewhere }) = response.content.take() else {
        doubts.extend(missing(false).then_some(Doubt::BodyMissing));
        return (None, Vec::new());
    };
    let media_type = media_type.filter(|media_type| !media_type.is_empty()).map(Cow::into_owned);
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        let doubt = if is_elsewhere { Doubt::BodyElsewhere } else { Doubt::BodyMissing };
        doubts.extend(missing(is_elsewhere || size.is_some_and(|size| size > 0.0)).then_some(doubt));
        return (media_type, Vec::new());
    };
    let is_unlabelled = encoding.as_ref().is_none_or(|encoding| encoding.is_empty())
        && media_type.as_ref().is_some_and(|media_type| media_type.contains("json"))
        && body::is_encoded_json(&text);
    let encoding = if is_unlabelled { Some("base64") } else { encoding.as_deref() };
    let BodyBytes { bytes, doubt } = body::bytes_of(text, encoding, header(&response.headers, "content-encoding"));
    doubts.extend(doubt);
    let bytes = match body::readable(bytes) {
        Cow::Borrowed(bytes) => body::bytes_without_mark(bytes).to_owned(),
        Cow::Owned(bytes) if body::bytes_without_mark(&bytes).len() < bytes.len() => {
            body::bytes_without_mark(&bytes).to_owned()
        }
        Cow::Owned(bytes) => bytes,
    };
    (media_type, bytes)
}

/// Notes the answers that nothing changed (304) to which no earlier answer belongs.
fn nothing_to_revalidate(exchanges: &[RecordedExchange], reading: &mut FileReading) {
    for (index, exchange) in exchanges.iter().enumerate().filter(|(_, e)| e.status == 304 && e.method == "GET") {
        let is_same = |earlier: &&RecordedExchange| earlier.path == exchange.path && !earlier.response.is_empty();
        if !exchanges[..index].iter().any(|earlier| is_same(&earlier)) {
            reading.doubts.push((exchange.entry, Doubt::NothingToRevalidate));
        }
    }
}

/// Returns until when the session waited by what the file says.
fn declared_waits(name: &str, waits: &[String]) -> Result<Vec<Timestamp>, RecordingError> {
    let fault = |text| RecordingError::Log {
        name: name.to_owned(),
        pointer: "/_waits",
        what: format!("\"{text}\" is not a time"),
    };
    waits.iter().map(|text| text.parse().map_err(|_| fault(text))).collect()
}

/// Returns when the period ended by what the file says; `None` if it was stopped.
pub(super) fn declared_end(name: &str, declared: &DeclaredEnd) -> Result<Option<Timestamp>, RecordingError> {
    let fault = |pointer, what: String| RecordingError::Log { name: name.to_owned(), pointer, what };
    match (declared.by.as_str(), declared.at.as_deref()) {
        ("stop", _) => Ok(None),
        ("wait", Some(at)) => at.parse().map(Some).map_err(|_| fault("/_finish/at", format!("\"{at}\" is not a time"))),
        ("wait", None) => Err(fault("/_finish", "the time `at` is missing".to_owned())),
        (other, _) => Err(fault("/_finish/by", format!("\"{other}\" is neither `wait` nor `stop`"))),
    }
}

/// Returns when the period ended where the file does not say: not by the clock if there is a recorded stop, else at the
/// `endDateTime` of an instance that was answered, else after the last exchange.
pub(super) fn apparent_end(exchanges: &[RecordedExchange]) -> Option<Timestamp> {
    let stopped =
        |exchange: &RecordedExchange| exchange.method == "POST" && exchange.path.to_lowercase().ends_with("/stop");
    if exchanges.iter().any(stopped) {
        return None;
    }
    let instances = exchanges.iter().filter(|exchange| exchange.path.to_lowercase().contains("/instances"));
    let end = instances.filter_map(|exchange| {
        let body: Value = serde_json::from_slice(&exchange.response).ok()?;
        let first = body.pointer("/value/0/endDateTime").or(body.get("endDateTime"))?;
        first.as_str()?.parse::<Timestamp>().ok()
    });
    let after = |exchange: &RecordedExchange| exchange.started.checked_add(jiff::SignedDuration::from_secs(1)).ok();
    let last = || exchanges.last().and_then(after).unwrap_or(Timestamp::MAX);
    Some(end.into_iter().next().unwrap_or_else(last))
}

/// serde quotes the value as well, which may be a secret: only what was expected is passed on.
pub(super) fn not_har(name: &str, error: &serde_json::Error) -> RecordingError {
    let (name, line, column) = (name.to_owned(), error.line(), error.column());
    if error.is_eof() {
        return RecordingError::Truncated { name, line, column };
    }
    if error.to_string().starts_with("trailing characters") {
        return RecordingError::MoreText { name, line, column };
    }
    if !error.is_data() {
        return RecordingError::NotJson { name, line, column };
    }
    let told = error.to_string();
    let what = match told.split_once("expected ") {
        Some((_, expected)) => format!("expected {}", expected.split(" at line ").next().unwrap_or_default()),
        None => told.split(" at line ").next().unwrap_or_default().to_owned(),
    };
    RecordingError::NotHar { name, line, column, what }
}

impl RecordedExchange {
    /// The body of the answer as JSON, if it is JSON.
    pub fn response_json(&self) -> Option<Value> {
        serde_json::from_slice(&self.response).ok()
    }

    /// The body of the answer as text.
    pub fn response_text(&self) -> String {
        String::from_utf8_lossy(&self.response).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn har(entries: &str) -> String {
        format!("{{\"log\":{{\"entries\":[{entries}]}}}}")
    }

    fn entry(time: &str, extra: &str, response: &str) -> String {
        format!(
            "{{\"startedDateTime\":\"{time}\",{extra}\"request\":{{\"method\":\"get\",\"url\":\"https://graph.microsoft.com/v1.0/me?$top=1\"}},\"response\":{response}}}"
        )
    }

    fn parse(text: &str) -> Result<Recording, String> {
        Recording::parse("x.har", text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_invalid_recording_is_refused_with_the_reason() {
        let entry_without_url = "{\"startedDateTime\":\"2022-02-11T17:00:00Z\",\"request\":{\"method\":\"GET\"},\"response\":{\"status\":200}}";
        let bad_status = entry("2022-02-11T17:00:00Z", "", "{\"status\":0}");
        let cases = [
            String::new(),
            "  \n".to_owned(),
            "{\"log\":".to_owned(),
            "hello".to_owned(),
            "{\"name\":\"package\"}".to_owned(),
            "[1,2]".to_owned(),
            har(""),
            har(entry_without_url),
            har(&entry("yesterday", "", "{\"status\":200}")),
            har(&bad_status),
            har(&entry("2022-02-11T17:00:00Z", "\"_provenance\":\"guessed\",", "{\"status\":200}")),
        ];
        let told: Vec<String> = cases.iter().map(|case| parse(case).unwrap_err()).collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn bytes_that_are_no_utf8_are_refused_with_their_place() {
        let error = Recording::parse("x.har", b"{\"log\": \xff}").unwrap_err();
        assert_eq!(error.to_string(), "x.har is not UTF-8: byte 9 is wrong");
    }

    #[test]
    fn a_wrong_type_is_reported_without_its_value() {
        let error = parse("{\"log\": \"eyJhbGciOi-secret\"}").unwrap_err();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn base64_bodies_are_decoded_and_missing_bodies_are_empty() {
        let encoded = entry(
            "2022-02-11T17:00:00Z",
            "",
            "{\"status\":200,\"content\":{\"text\":\"eyJhIjoxfQ==\",\"encoding\":\"base64\"}}",
        );
        let without = entry("2022-02-11T17:00:01Z", "", "{\"status\":204}");
        let recording = parse(&har(&format!("{encoded},{without}"))).unwrap();
        assert_eq!(recording.exchanges[0].response_json(), Some(serde_json::json!({"a": 1})));
        assert!(recording.exchanges[1].response.is_empty());
        assert_eq!(recording.exchanges[0].path, "/v1.0/me?$top=1");
    }

    #[test]
    fn only_the_headers_that_matter_are_kept() {
        let headers = "[{\"name\":\"Set-Cookie\",\"value\":\"canary\"},{\"name\":\"Location\",\"value\":\"/x\"},{\"name\":\"Content-Type\",\"value\":\"text/plain\"}]";
        let answer = format!("{{\"status\":200,\"headers\":{headers},\"content\":{{\"text\":\"x\"}}}}");
        let recording = parse(&har(&entry("2022-02-11T17:00:00Z", "", &answer))).unwrap();
        assert_eq!(recording.exchanges[0].headers, [("location".to_owned(), "/x".to_owned())]);
        assert_eq!(recording.exchanges[0].media_type, "text/plain");
    }

    #[test]
    fn the_body_may_stand_where_graph_explorer_puts_it() {
        let exported = entry("2022-02-11T17:00:00Z", "\"postData\":{\"text\":\"{\\\"a\\\":1}\"},", "{\"status\":201}");
        let recording = parse(&har(&exported)).unwrap();
        assert_eq!(recording.exchanges[0].request, RequestBody::Json(serde_json::json!({"a": 1})));
    }

    #[test]
    fn entries_out_of_order_are_put_into_the_order_of_time() {
        let late = entry("2022-02-11T18:00:00Z", "", "{\"status\":200}");
        let early = entry("2022-02-11T17:00:00Z", "", "{\"status\":404}");
        let recording = parse(&har(&format!("{late},{early}"))).unwrap();
        assert!(recording.reordered);
        assert_eq!(recording.exchanges.iter().map(|e| (e.entry, e.status)).collect::<Vec<_>>(), [(2, 404), (1, 200)]);
    }

    #[test]
    fn a_recording_that_says_nothing_about_its_end_is_read_for_it() {
        let stop = entry("2022-02-11T17:00:00Z", "", "{\"status\":204}")
            .replace("\"get\"", "\"POST\"")
            .replace("/me?$top=1", "/a/instances/1/stop");
        assert_eq!(parse(&har(&stop)).unwrap().period_end, None);
        let plain = entry("2022-02-11T17:00:00Z", "", "{\"status\":200}");
        assert_eq!(parse(&har(&plain)).unwrap().period_end, Some("2022-02-11T17:00:01Z".parse().unwrap()));
    }
}
