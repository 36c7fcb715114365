//! Reading what a person saved in another program: a Postman collection with saved responses, or the history of Graph Explorer (HAR).
//!
//! A collection is made a HAR first, so that the same rules hold for it as for any other: which hosts are Graph's, which headers
//! are kept, who called.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::collection::{
    AddressParts, Auth, Fields, Pair, PostmanAddress, PostmanCollection, PostmanItem, SavedBody, SavedHeaders,
    SavedRequest, SavedResponse, text_of_value,
};
use super::file_text::other_format;
use super::moment::parse_moment;
use super::read::not_har;
use super::redact::Public;
use super::variables::Variables;
use super::{Provenance, Recording, RecordingError, RecordingFile};

/// The requests of a collection of which there is no exchange in the recording, by their folders and names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Those without a saved response.
    pub unanswered: Vec<String>,
    /// Those that need variables without a value, and the names of these, each once.
    pub unresolved: Vec<(String, Vec<String>)>,
    /// Those that send a file or something else that a collection does not hold.
    pub without_body: Vec<String>,
}

impl LeftOut {
    /// Returns the reasons for which requests were left out, each with the requests; only those that occur. Of a request that needs
    /// variables their names follow it in brackets.
    pub fn reasons(&self) -> Vec<(&'static str, Vec<String>)> {
        let named = |(name, missing): &(String, Vec<String>)| format!("{name} ({})", missing.join(" "));
        let mut reasons = vec![
            ("without a saved response", self.unanswered.clone()),
            ("with variables that have no value", self.unresolved.iter().map(named).collect()),
            ("with a body that is not in the file", self.without_body.clone()),
        ];
        reasons.retain(|(_, requests)| !requests.is_empty());
        reasons
    }
}

impl RecordingFile {
    /// The recording that a Postman collection with saved responses, or the HAR of any program, is. `now` is the time of
    /// the exchanges if no answer says its own.
    ///
    /// # Errors
    ///
    /// [`RecordingError`] if it is neither, or if no exchange with Graph can be made of it.
    pub fn import(&self, public: &Public, now: Timestamp) -> Result<(Recording, LeftOut), RecordingError> {
        let text = self.text()?;
        if text.trim().is_empty() {
            return Err(RecordingError::Empty(self.name().to_owned()));
        }
        if kind(self.name(), &text)? == SourceKind::Har {
            return Ok((self.foreign(public)?, LeftOut::default()));
        }
        let collection =
            serde_json::from_str::<PostmanCollection>(&text).map_err(|error| match not_har(self.name(), &error) {
                RecordingError::NotHar { name, line, column, what } => {
                    RecordingError::NotCollection { name, line, column, what }
                }
                other => other,
            })?;
        let mut saved = Saved::default();
        let scope = FolderScope {
            folders: String::new(),
            variables: Variables::default().with(collection.variable.as_ref()),
            token: token(collection.auth.as_ref()),
        };
        saved.items(&collection.item, &scope);
        let Saved { mut entries, left_out } = saved;
        if entries.is_empty() {
            return Err(RecordingError::NothingSaved { name: self.name().to_owned(), left_out: Box::new(left_out) });
        }
        put_times(&mut entries, now);
        let har = json!({"log": {"entries": entries.into_iter().map(|(entry, _)| entry).collect::<Vec<_>>()}});
        let har = RecordingFile::new(self.name(), har.to_string().into_bytes());
        Ok((har.foreign_of(public, Provenance::Saved)?, left_out))
    }
}

#[derive(PartialEq)]
enum SourceKind {
    Har,
    Collection,
}

/// The names by which the kinds of files are told apart.
#[derive(Deserialize)]
struct Top {
    log: Option<IgnoredAny>,
    item: Option<IgnoredAny>,
    requests: Option<IgnoredAny>,
    collections: Option<IgnoredAny>,
    values: Option<IgnoredAny>,
}

fn kind(name: &str, text: &str) -> Result<SourceKind, RecordingError> {
    let other = |what, help| RecordingError::OtherFormat { name: name.to_owned(), what, help };
    const EXPORT: &str = "export the collection from Postman as Collection v2.1";
    const EXPECTED: &str =
        "import a Postman collection (it has `info` and `item`) or a HAR of Graph Explorer's history (it has `log`)";
    let top = match serde_json::from_str::<Top>(text) {
        Ok(top) if text.starts_with('{') => top,
        Err(error) if !error.is_data() => {
            // A collection that is broken off is none of another format.
            let other = other_format(name, text).filter(|_| !text.starts_with('{'));
            return Err(other.unwrap_or_else(|| not_har(name, &error)));
        }
        _ => return Err(other("JSON of another kind", EXPECTED)),
    };
    match top {
        Top { log: Some(_), .. } => Ok(SourceKind::Har),
        Top { item: Some(_), .. } => Ok(SourceKind::Collection),
        Top { collections: Some(_), .. } => Err(other("a dump of all that is in a Postman account", EXPORT)),
        Top { requests: Some(_), .. } => Err(other("a Postman collection of version 1", EXPORT)),
        Top { values: Some(_), .. } => Err(other("a Postman environment", EXPORT)),
        _ => Err(other("JSON of another kind", EXPECTED)),
    }
}

/// The settings that hold for the items of a folder.
struct FolderScope {
    folders: String,
    variables: Variables,
    token: Option<String>,
}

/// The entries found so far, each with the time that its answer says, and what was left out.
#[derive(Default)]
struct Saved {
    entries: Vec<(Value, Option<Timestamp>)>,
    left_out: LeftOut,
}

impl Saved {
    fn items(&mut self, items: &[PostmanItem], scope: &FolderScope) {
        for item in items {
            let name = item.name.as_deref().unwrap_or("(without a name)");
            let inner = FolderScope {
                folders: format!("{}{name}", scope.folders),
                variables: scope.variables.with(item.variable.as_ref()),
                token: token(item.auth.as_ref()).or_else(|| scope.token.clone()),
            };
            if let Some(request) = &item.request {
                self.request(request, item.response.as_deref().unwrap_or_default(), &inner);
            }
            if let Some(items) = &item.item {
                self.items(items, &FolderScope { folders: format!("{} / ", inner.folders), ..inner });
            }
        }
    }

    fn request(&mut self, request: &SavedRequest, responses: &[SavedResponse], scope: &FolderScope) {
        if responses.is_empty() {
            self.left_out.unanswered.push(scope.folders.clone());
        }
        for response in responses {
            let sent = response.request.as_deref().unwrap_or(request);
            let mut missing = BTreeSet::new();
            // A saved response has the request that led to it without its authorization.
            let Some(sent) = request_of(sent, token(request.auth.as_ref()), scope, &mut missing) else {
                self.left_out.without_body.push(scope.folders.clone());
                continue;
            };
            if !missing.is_empty() {
                self.left_out.unresolved.push((scope.folders.clone(), missing.into_iter().collect()));
                continue;
            }
            let headers = response.header.as_ref().map(SavedHeaders::pairs).unwrap_or_default();
            let date = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("date"));
            let date = date.and_then(|(_, text)| parse_moment(text));
            // Postman keeps the body as it was after unpacking, and the header as it came.
            let headers: Vec<Value> = headers
                .iter()
                .filter(|(name, _)| !name.eq_ignore_ascii_case("content-encoding"))
                .map(|(name, value)| json!({"name": name, "value": value}))
                .collect();
            let entry = json!({
                "time": response.took,
                "request": sent,
                "response": {
                    "status": response.code,
                    "headers": headers,
                    "content": {"text": response.body.as_deref().unwrap_or_default()},
                },
            });
            self.entries.push((entry, date));
        }
    }
}

/// The request as HAR has it; `None` if its body is not in the collection.
fn request_of(
    request: &SavedRequest,
    own_token: Option<String>,
    scope: &FolderScope,
    missing: &mut BTreeSet<String>,
) -> Option<Value> {
    let url = request.url.as_ref().map(|url| address(url, &scope.variables, missing)).unwrap_or_default();
    let mut fill = |text: &str| scope.variables.fill(text, missing);
    let mut headers = Vec::new();
    let mut has_token = false;
    // What only a secret lacks is no reason to leave the exchange out: it is not kept anyway.
    let lenient = |text: &str| scope.variables.fill(text, &mut BTreeSet::new());
    for (name, value) in request.header.as_ref().map(SavedHeaders::pairs).unwrap_or_default() {
        has_token |= name.eq_ignore_ascii_case("authorization");
        headers.push(json!({"name": lenient(&name), "value": lenient(&value)}));
    }
    if let Some(token) =
        token(request.auth.as_ref()).or(own_token).or_else(|| scope.token.clone()).filter(|_| !has_token)
    {
        headers.push(json!({"name": "Authorization", "value": format!("Bearer {}", lenient(&token))}));
    }
    let method = request.method.as_deref().map_or_else(|| "GET".to_owned(), &mut fill);
    let mut sent = json!({"method": method, "url": url, "headers": headers});
    if let Some(body) = request.body.as_ref().filter(|body| body.disabled != Some(true)) {
        sent["postData"] = post_data(body, &mut fill)?;
    }
    Some(sent)
}

fn post_data(body: &SavedBody, fill: &mut dyn FnMut(&str) -> String) -> Option<Value> {
    let mut params = |pairs: &[Pair]| -> Vec<Value> {
        let sent = pairs.iter().filter_map(Pair::sent_pair);
        sent.map(|(name, value)| json!({"name": fill(&name), "value": fill(&value)})).collect()
    };
    match (body.mode.as_deref(), body) {
        (Some("urlencoded"), SavedBody { urlencoded: Some(Fields::List(pairs)), .. }) => {
            Some(json!({"mimeType": "application/x-www-form-urlencoded", "params": params(pairs)}))
        }
        (Some("urlencoded"), SavedBody { urlencoded: Some(Fields::Text(text)), .. }) => {
            Some(json!({"mimeType": "application/x-www-form-urlencoded", "text": fill(text)}))
        }
        (Some("formdata"), SavedBody { formdata: Some(pairs), .. }) => {
            Some(json!({"mimeType": "multipart/form-data", "params": params(pairs)}))
        }
        (None | Some("raw" | "urlencoded" | "formdata" | "none"), SavedBody { raw, .. }) => {
            Some(json!({"text": fill(raw.as_deref().unwrap_or_default())}))
        }
        _ => None,
    }
}

/// The address of a request; path variables (`/users/:id`) that have no value are added to `missing`.
fn address(url: &PostmanAddress, variables: &Variables, missing: &mut BTreeSet<String>) -> String {
    let parts = match url {
        PostmanAddress::Text(text) => return with_scheme(variables.fill(text, missing)),
        PostmanAddress::Parts(parts) => parts,
    };
    let raw = parts.raw.clone().filter(|raw| !raw.is_empty()).unwrap_or_else(|| built(parts));
    let (path, query) = raw.find('?').map_or((&*raw, ""), |at| raw.split_at(at));
    let mut value = |segment: &str| {
        let name = segment.strip_prefix(':')?;
        let known = parts.variable.iter().flatten().find(|variable| variable.key.as_deref() == Some(name))?;
        let value = text_of_value(known.value.as_ref());
        if value.is_empty() {
            missing.insert(segment.to_owned());
        }
        Some(value)
    };
    let segments: Vec<String> = path.split('/').map(|part| value(part).unwrap_or_else(|| part.to_owned())).collect();
    with_scheme(variables.fill(&format!("{}{query}", segments.join("/")), missing))
}

/// The address of its parts, where it does not stand there whole.
fn built(parts: &AddressParts) -> String {
    let scheme = parts.protocol.as_deref().unwrap_or("https");
    let host = parts.host.as_ref().map(|host| host.text(".")).unwrap_or_default();
    let path = parts.path.as_ref().map(|path| path.text("/")).unwrap_or_default();
    let query: Vec<String> = parts
        .query
        .iter()
        .flatten()
        .filter_map(Pair::sent_pair)
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("{scheme}://{host}/{}{query}", path.trim_start_matches('/'))
}

/// Postman sends what has no scheme as well.
fn with_scheme(url: String) -> String {
    let url = url.trim();
    if url.contains("://") { url.to_owned() } else { format!("https://{url}") }
}

fn token(auth: Option<&Auth>) -> Option<String> {
    let bearer = auth?.bearer.as_ref()?;
    let pairs = bearer.as_array().into_iter().flatten();
    let of_pair = pairs.filter(|pair| pair["key"] == "token").find_map(|pair| pair["value"].as_str());
    of_pair.or(bearer["token"].as_str()).map(str::to_owned)
}

/// Gives each entry a time, in the order of the collection: that of its answer's `Date`, or a second after the one before. What
/// comes before the first known time is put a second before it each.
fn put_times(entries: &mut [(Value, Option<Timestamp>)], now: Timestamp) {
    let first = entries.iter().position(|(_, date)| date.is_some());
    let known = first.and_then(|index| entries[index].1).unwrap_or(now);
    let before = i64::try_from(first.unwrap_or_default()).unwrap_or_default();
    let second = SignedDuration::from_secs(1);
    let mut next = known.checked_sub(SignedDuration::from_secs(before)).unwrap_or(known);
    for (entry, date) in entries {
        let time = date.filter(|date| *date > next).unwrap_or(next);
        entry["startedDateTime"] = json!(time.to_string());
        next = time.checked_add(second).unwrap_or(time);
    }
}
