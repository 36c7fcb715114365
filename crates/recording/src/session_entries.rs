//! Which entries of a HAR are exchanges of the session: those that Graph answered.

use graphwalk_catalog::{ApiPath, graph_host};
use serde::Deserialize as _;
use serde_json::Value;
use url::Url;

use super::har::{HarEntry, Log};
use super::read::status_of;
use super::reading::PassedOver;
use super::{RecordingError, entries};

/// The methods that Graph has; `OPTIONS` is a browser's question whether it may ask.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/// Returns where the request of an entry went, if it is an exchange of the session.
///
/// Of what graphwalk wrote itself each entry is one: it says who called, at which step, or where it comes from.
pub(super) fn session_url(entry: &HarEntry<'_>) -> Result<Url, PassedOver> {
    let request = entry.request.as_ref().ok_or(PassedOver::Other)?;
    let is = |method: &str| request.method.eq_ignore_ascii_case(method);
    if is("OPTIONS") || is("CONNECT") {
        return Err(PassedOver::Preflight);
    }
    let url = Url::parse(&request.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url.ok_or(PassedOver::Other)?;
    let is_own = entry.actor.is_some() || entry.step.is_some() || entry.provenance.is_some();
    let is_session = is_own || (METHODS.iter().any(|method| is(method)) && is_graph(&url));
    if !is_session {
        return Err(PassedOver::Other);
    }
    let response = entry.response.as_ref().ok_or(PassedOver::Unanswered)?;
    let has_text =
        response.content.as_ref().is_some_and(|content| content.text.as_ref().is_some_and(|text| !text.is_empty()));
    // Given up after its status had come: Playwright writes no time then.
    let is_given_up =
        is("GET") && !has_text && entry.time.is_some_and(|time| time < 0.0) && response.status == Some(200.0);
    match status_of(response) {
        Some(_) if !response.has_failed && !is_given_up => Ok(url),
        _ => Err(PassedOver::Unanswered),
    }
}

fn is_graph(url: &Url) -> bool {
    let has_version = || ApiPath::parse(url.path()).is_ok_and(|path| path.version().is_some());
    url.host_str().is_some_and(|host| graph_host(host).is_some()) && has_version()
}

/// The log of a file in which something has a type that HAR does not know: entry by entry. What is odd and not with Graph is an
/// entry without anything. `None` if it is the log itself that is odd.
pub(super) fn odd_log(name: &str, text: &str) -> Result<Option<Log<'static>>, RecordingError> {
    let mut facts = serde_json::Map::new();
    let (mut read, mut fault, mut has_entries) = (Vec::new(), None, false);
    let gone_through = entries::each(text, &mut |pointer, piece| {
        if let Some(index) = pointer.strip_prefix("/log/entries/").and_then(|index| index.parse().ok()) {
            has_entries = true;
            match odd_entry(name, index, piece) {
                Ok(entry) => read.push(entry),
                Err(odd) => fault = fault.take().or(Some(odd)),
            }
        } else if let Some(fact) = pointer.strip_prefix("/log/") {
            facts.insert(fact.to_owned(), piece);
        }
    });
    match (gone_through, fault) {
        (Err(_), _) => return Ok(None),
        (Ok(()), Some(fault)) => return Err(fault),
        (Ok(()), None) => {}
    }
    facts.insert("entries".to_owned(), Value::Array(Vec::new()));
    let log = Log::<'static>::deserialize(Value::Object(facts)).ok().filter(|_| has_entries);
    Ok(log.map(|log| Log { entries: read, ..log }))
}

fn odd_entry(name: &str, index: usize, piece: Value) -> Result<HarEntry<'static>, RecordingError> {
    let url = piece.pointer("/request/url").and_then(Value::as_str).and_then(|url| Url::parse(url).ok());
    let is_foreign = !url.is_some_and(|url| is_graph(&url)) && piece.get("_provenance").is_none();
    match HarEntry::deserialize(piece) {
        Ok(entry) => Ok(entry),
        Err(_) if is_foreign => Ok(HarEntry::default()),
        Err(error) => Err(RecordingError::Entry {
            name: name.to_owned(),
            index,
            pointer: "",
            // serde quotes the value as well, which may be a secret.
            what: error.to_string().split_once("expected ").map_or_else(
                || "a field that HAR demands is missing".to_owned(),
                |(_, expected)| format!("expected {expected}"),
            ),
        }),
    }
}
