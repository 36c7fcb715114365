//! Reading a recording.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::body_difference::digest;
use super::har::{DeclaredEnd, Har, HarContent, HarEntry, Header, Log, PostData};
use super::write::{REQUEST_HEADERS, RESPONSE_HEADERS};
use super::{ADMINISTRATOR, Provenance, RecordedExchange, Recording, RecordingError, RequestBody};

/// The largest file that is read. A session of a tutorial has some hundred kilobytes.
const LARGEST: u64 = 1024 * 1024 * 1024;

impl Recording {
    /// Reads a recording from a file.
    ///
    /// # Errors
    ///
    /// [`RecordingError`], which says what is wrong with the file and where.
    pub fn read(path: &Path) -> Result<Self, RecordingError> {
        Self::parse(&path.display().to_string(), &bytes_of(path)?)
    }

    /// Reads a recording from the bytes of a file called `name`.
    ///
    /// # Errors
    ///
    /// [`RecordingError`], which says what is wrong and where.
    pub fn parse(name: &str, bytes: &[u8]) -> Result<Self, RecordingError> {
        let text = text_of(name, bytes)?;
        if text.trim().is_empty() {
            return Err(RecordingError::Empty(name.to_owned()));
        }
        let har: Har<'_> = serde_json::from_str(text).map_err(|error| not_har(name, &error))?;
        assemble(name, har.log)
    }
}

/// The bytes of a file, unless it is larger than any recording.
pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, RecordingError> {
    let unreadable = |source| RecordingError::Unreadable { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > LARGEST {
        let (name, megabytes) = (path.display().to_string(), |bytes: u64| bytes / 1_000_000);
        return Err(RecordingError::TooLarge { name, megabytes: megabytes(size), limit: megabytes(LARGEST) });
    }
    std::fs::read(path).map_err(unreadable)
}

/// The text of a file, without the mark of the byte order that some editors put before it.
pub(super) fn text_of<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str, RecordingError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| RecordingError::NotUtf8 { name: name.to_owned(), byte: error.valid_up_to() + 1 })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn assemble(name: &str, log: Log<'_>) -> Result<Recording, RecordingError> {
    if log.entries.is_empty() {
        return Err(RecordingError::NoEntries(name.to_owned()));
    }
    let declared = log.finish.map(|declared| declared_end(name, &declared)).transpose()?;
    let waits = declared_waits(name, &log.waits)?;
    let mut exchanges = Vec::with_capacity(log.entries.len());
    for (index, entry) in log.entries.into_iter().enumerate() {
        exchanges.push(exchange(name, index, entry)?);
    }
    let reordered = !exchanges.is_sorted_by_key(|exchange: &RecordedExchange| exchange.started);
    if reordered {
        exchanges.sort_by_key(|exchange| exchange.started);
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
    })
}

pub(super) fn exchange(name: &str, index: usize, entry: HarEntry<'_>) -> Result<RecordedExchange, RecordingError> {
    let fault = |pointer, what: String| RecordingError::Entry { name: name.to_owned(), index, pointer, what };
    let HarEntry { started, time, request, response, post_data, actor, step, provenance, is_shortened } = entry;
    let started = match started {
        Some(text) => text.parse().map_err(|_| fault("/startedDateTime", "the text there is not a time".to_owned()))?,
        None => return Err(fault("/startedDateTime", "the time is missing".to_owned())),
    };
    let url = Url::parse(&request.url).map_err(|error| fault("/request/url", format!("not a URL: {error}")))?;
    let body = post_data_text(request.post_data.or(post_data)).map_err(|what| fault("/request/postData", what))?;
    let provenance = match provenance {
        None => Provenance::Unknown,
        Some(word) => Provenance::from_word(&word).ok_or_else(|| {
            fault(
                "/_provenance",
                format!("\"{word}\" is not one of published, inferred, emulated, emulated (generic), tenant"),
            )
        })?,
    };
    let (media_type, bytes) = content(response.content).map_err(|what| fault("/response/content", what))?;
    let declared = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case("content-type"));
    let declared = declared.map(|header| header.value.clone());
    Ok(RecordedExchange {
        entry: index + 1,
        actor_known: actor.is_some(),
        actor: actor.unwrap_or_else(|| ADMINISTRATOR.to_owned()),
        step,
        provenance,
        started,
        took: milliseconds(time),
        method: request.method.to_uppercase(),
        path: url[url::Position::BeforePath..url::Position::AfterQuery].to_owned(),
        request_headers: listed(request.headers, &REQUEST_HEADERS),
        request: body,
        status: status(response.status).map_err(|what| fault("/response/status", what))?,
        headers: listed(response.headers, &RESPONSE_HEADERS),
        media_type: media_type.or(declared).unwrap_or_default(),
        response: bytes.into(),
        is_shortened: is_shortened || response.is_shortened,
    })
}

/// The headers that are on a list. All others stay in the file: some are secrets, the rest is of no use.
fn listed(headers: Vec<Header>, list: &[&str]) -> Vec<(String, String)> {
    let named = headers.into_iter().map(|header| (header.name.to_lowercase(), header.value));
    named.filter(|(name, _)| list.contains(&name.as_str())).collect()
}

fn milliseconds(time: Option<f64>) -> Duration {
    Duration::try_from_secs_f64(time.unwrap_or_default().round() / 1_000.0).unwrap_or_default()
}

fn status(status: u16) -> Result<u16, String> {
    if (200..600).contains(&status) { Ok(status) } else { Err(format!("{status} is not the status of an answer")) }
}

fn post_data_text(post_data: Option<PostData<'_>>) -> Result<RequestBody, String> {
    let Some(PostData { text: Some(text), encoding }) = post_data else { return Ok(RequestBody::Empty) };
    let text = match encoding.as_deref() {
        Some("base64") => String::from_utf8(decoded(&text)?).unwrap_or_else(|error| digest(error.as_bytes())),
        _ => text.into_owned(),
    };
    if text.trim().is_empty() {
        return Ok(RequestBody::Empty);
    }
    Ok(match serde_json::from_str(&text) {
        Ok(json) => RequestBody::Json(json),
        Err(_) => RequestBody::Text(text),
    })
}

fn content(content: Option<HarContent<'_>>) -> Result<(Option<String>, Vec<u8>), String> {
    let Some(HarContent { media_type, text, encoding }) = content else { return Ok((None, Vec::new())) };
    let bytes = match (text, encoding.as_deref()) {
        (None, _) => Vec::new(),
        (Some(text), Some("base64")) => decoded(&text)?,
        (Some(text), _) => text.into_owned().into_bytes(),
    };
    Ok((media_type.filter(|media_type| !media_type.is_empty()), bytes))
}

fn decoded(text: &str) -> Result<Vec<u8>, String> {
    STANDARD.decode(text.trim()).map_err(|error| format!("the body is not base64: {error}"))
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

    /// The body of the answer, shared.
    pub fn response_bytes(&self) -> Arc<[u8]> {
        Arc::clone(&self.response)
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
            har(&entry(
                "2022-02-11T17:00:00Z",
                "",
                "{\"status\":200,\"content\":{\"text\":\"%%%\",\"encoding\":\"base64\"}}",
            )),
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
