//! The calls of a page, as they are sent and answered.

use graphwalk_catalog::{ApiPath, NoCall, Payload};
use graphwalk_secrets::masking;
use serde_json::{Value, json};

use crate::id_shape::looks_like_id;
use crate::page::Page;
use crate::page::address::{Address, VersionFrom, name};
use crate::page::classify::{PrintedAnswer, PrintedBody, header};
use crate::page::pair::PrintedExchange;
use crate::page::rules::{expected_status, is_judged, unknown_path, violation_of_request};
use crate::session::batch_parts;
use crate::session::guard::only_reads;

use super::Notes;

/// A call: a request and its answer.
#[derive(Clone, Debug)]
pub struct ImportedCall {
    /// Whether the page prints request and answer, one of them or none.
    pub origin: CallOrigin,
    /// The section in which it stands.
    pub section: usize,
    /// The page's line.
    pub line: usize,
    /// The actor who calls.
    pub actor: String,
    /// The method.
    pub method: String,
    /// Its address.
    pub address: Address,
    /// Headers that count.
    pub headers: Vec<(String, String)>,
    /// The body that is sent.
    pub body: Option<Value>,
    /// The file that is sent where the body is no JSON.
    pub file: Option<SentFile>,
    /// The status of the answer.
    pub status: u16,
    /// The body of the answer.
    pub answer: Option<Value>,
    /// The headers of the answer that say where something is: name and value.
    pub links: Vec<(&'static str, String)>,
    /// Whether the status is inferred.
    pub is_status_inferred: bool,
    /// Whether the answer is printed, so that its body can be expected.
    pub is_answer_printed: bool,
    /// Whether the answer may lack properties.
    pub is_shortened: bool,
    /// The value that is asked for again and again until it holds: a JSON path and the value.
    pub poll: Option<(String, Value)>,
    /// The time that passes before it, in seconds.
    pub wait: Option<u64>,
    /// The reason why it cannot be played.
    pub left_out: Option<String>,
    /// The title that tells it apart from others of the same section.
    pub title: Option<String>,
}

/// A body that is no JSON, which lies beside the features as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentFile {
    /// The name of the file.
    pub name: String,
    /// The media type that the page gives it.
    pub media_type: String,
    /// Its text.
    pub text: String,
}

/// An id that a header of an answer shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderId {
    /// The header.
    pub header: &'static str,
    /// The segment before the id.
    pub word: String,
    /// The id.
    pub id: String,
}

/// The headers that say where something is.
const LINKS: [&str; 4] = ["Location", "Operation-Location", "Content-Location", "Azure-AsyncOperation"];

/// The place a call comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOrigin {
    /// The page prints request and answer.
    Printed,
    /// The page prints the request.
    RequestPrinted,
    /// The page tells of it.
    Told,
}

impl ImportedCall {
    /// A call of which nothing is known yet but where it goes and stands.
    pub fn new(origin: CallOrigin, method: &str, address: Address, section: usize, line: usize) -> Self {
        Self {
            origin,
            section,
            line,
            actor: String::new(),
            method: method.to_owned(),
            address,
            headers: Vec::new(),
            body: None,
            file: None,
            status: 0,
            answer: None,
            links: Vec::new(),
            is_status_inferred: false,
            is_answer_printed: false,
            is_shortened: true,
            poll: None,
            wait: None,
            left_out: None,
            title: None,
        }
    }

    /// Returns whether the page prints it whole.
    pub fn is_published(&self) -> bool {
        self.origin == CallOrigin::Printed
    }

    /// Returns whether it changes something.
    pub fn is_write(&self) -> bool {
        !only_reads(&self.method)
    }

    /// Returns whether a sent id must be one that the tutorial made.
    pub fn must_link(&self) -> bool {
        matches!(self.method.as_str(), "DELETE" | "PATCH" | "PUT") || self.is_batch_that_writes()
    }

    /// Returns whether it is a batch of which a part may change an object.
    fn is_batch_that_writes(&self) -> bool {
        let parts = self.body.as_ref().map(|body| batch_parts(&self.address.versioned_text(), body));
        parts.unwrap_or_default().iter().any(|(method, ..)| !only_reads(&method.to_ascii_uppercase()))
    }

    /// The ids in the headers of the answer that say where something is, each with the segment before it.
    pub fn located(&self) -> Vec<HeaderId> {
        let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        let mut found: Vec<HeaderId> = Vec::new();
        for (header, link) in &self.links {
            let path = ApiPath::parse_reference(link);
            for (word, id) in path.followed() {
                let is_found = is_word(word) && looks_like_id(id) && path.key_after(word) == Some(id);
                if is_found && !found.iter().any(|other| other.id == id) {
                    found.push(HeaderId { header, word: word.to_owned(), id: id.to_owned() });
                }
            }
        }
        found
    }

    /// The name of the collection that it creates in or lists.
    pub fn collection(&self) -> String {
        let segments = self.address.path.segments();
        let mut words = segments.iter().rev().map(graphwalk_catalog::Segment::name).filter(|name| !looks_like_id(name));
        words.next().unwrap_or("object").rsplit('.').next().unwrap_or("object").to_owned()
    }
}

/// The calls that the page prints.
pub fn collect(page: &Page, notes: &mut Notes) -> Vec<ImportedCall> {
    (0..page.exchanges.len()).map(|index| call(page, index, notes)).collect()
}

fn call(page: &Page, index: usize, notes: &mut Notes) -> ImportedCall {
    let exchange = &page.exchanges[index];
    let request = &exchange.request;
    let line = page.source.line(request.span.start);
    let origin = if exchange.answer.is_some() { CallOrigin::Printed } else { CallOrigin::RequestPrinted };
    let mut call = ImportedCall::new(origin, &request.method, exchange.address.clone(), request.section, line);
    call.headers = headers(exchange);
    if let Some(body) = &request.body {
        take_body(page, &mut call, exchange, body, notes);
    }
    note_address(&call, notes);
    call.left_out = call.left_out.take().or_else(|| unplayable(page, index));
    match &exchange.answer {
        Some(answer) => take_answer(page, &mut call, answer, notes),
        None => infer_answer(&mut call, notes),
    }
    if let Some(reason) = &call.left_out {
        notes.fault(line, format!("{} is left out: {reason}", request.method));
    }
    call
}

/// Returns why Graph would not answer a call as the page has it.
fn unplayable(page: &Page, index: usize) -> Option<String> {
    let exchange = &page.exchanges[index];
    if !exchange.address.is_graph {
        return Some("it goes to another host than Graph's".to_owned());
    }
    if let Some(why) = unknown_path(exchange) {
        return Some(format!("Graph does not have this path: {why}"));
    }
    match exchange.address.call(&exchange.request.method) {
        Err(NoCall::Method(methods)) if is_judged(exchange) => {
            let names: Vec<&str> = methods.iter().map(|method| method.name()).collect();
            Some(format!("Graph does not have {} for this path: it has {}", exchange.request.method, names.join(", ")))
        }
        _ => violation_of_request(page, index).map(|finding| {
            let part = if finding.pointer.is_empty() { "its body" } else { finding.pointer.as_str() };
            format!("{part} does not fit its type: expected {}, got {}", finding.expected, finding.found)
        }),
    }
}

/// Takes what a request sends: JSON, or a file.
fn take_body(page: &Page, call: &mut ImportedCall, exchange: &PrintedExchange, body: &PrintedBody, notes: &mut Notes) {
    let media_type = header(&exchange.request.headers, "Content-Type").map(|header| header.value.clone());
    let is_json = media_type.as_ref().is_none_or(|name| name.to_lowercase().contains("json"));
    if body.json.is_none() && !is_json {
        take_file(page, call, body, media_type.unwrap_or_default(), notes);
        return;
    }
    match value(page, body, notes) {
        Ok(mut value) => {
            hide_secrets(call.line, &mut value, notes);
            call.body = Some(value);
        }
        Err(reason) => call.left_out = Some(reason),
    }
}

fn take_file(page: &Page, call: &mut ImportedCall, body: &PrintedBody, media_type: String, notes: &mut Notes) {
    let text = page.source.slice(&body.span).trim_end().to_owned();
    if masking::holds_token(&text) {
        call.left_out = Some("its body holds a secret".to_owned());
        return;
    }
    let is_text = media_type.to_lowercase().starts_with("text/");
    let name = format!("body-of-line-{}.{}", call.line, if is_text { "txt" } else { "bin" });
    let what = format!("the body is no JSON: it lies in {name}, as the page prints it");
    if is_text {
        notes.normalised(call.line, what);
    } else {
        notes.open(call.line, format!("{what}; put a real file of the type {media_type} in its place"));
    }
    call.headers.push(("Content-Type".to_owned(), media_type.clone()));
    call.file = Some(SentFile { name, media_type, text });
}

fn note_address(call: &ImportedCall, notes: &mut Notes) {
    let address = &call.address;
    let from = match address.version_from {
        VersionFrom::Url => return,
        VersionFrom::Answer => "the context of its answer",
        VersionFrom::Page => "the other calls of the page",
        VersionFrom::Nothing => "nothing: it is assumed",
    };
    notes.normalised(call.line, format!("the URL has no version: {} is taken from {from}", name(address.version)));
}

/// The headers that change what is answered. Those of the connection and of sign-in are the client's.
fn headers(exchange: &PrintedExchange) -> Vec<(String, String)> {
    let counts = |name: &str| {
        let own = ["content-type", "content-length", "host", "authorization", "accept", "user-agent"];
        !own.iter().any(|known| name.eq_ignore_ascii_case(known)) && !masking::is_secret_header(name)
    };
    let headers = exchange.request.headers.iter().filter(|header| counts(&header.name) && !header.value.is_empty());
    headers.map(|header| (header.name.clone(), header.value.clone())).collect()
}

/// The value of a body: as it is, as JSON5, or repaired.
fn value(page: &Page, body: &PrintedBody, notes: &mut Notes) -> Result<Value, String> {
    let Some(json) = &body.json else {
        return Err("its body is no JSON".to_owned());
    };
    let line = page.source.line(body.span.start);
    let fault = json.faults.first().map(|fault| (page.source.line(fault.offset), fault.message.clone()));
    match (&json.value, fault) {
        (Some(value), None) => Ok(value.to_value()),
        (Some(value), Some((line, message))) => {
            let how = if json.is_json5 { "read as JSON5" } else { "repaired" };
            notes.normalised(line, format!("the body is {how}: {message}"));
            Ok(value.to_value())
        }
        (None, fault) => {
            let (line, message) = fault.unwrap_or((line, "expected JSON".to_owned()));
            Err(format!("its body cannot be read, line {line}: {message}"))
        }
    }
}

/// Puts `{password}` in the place of passwords.
fn hide_secrets(line: usize, value: &mut Value, notes: &mut Notes) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let is_token = value.as_str().is_some_and(masking::holds_token);
                if (masking::is_secret_name(name) && value.is_string()) || is_token {
                    notes.normalised(line, format!("`{name}` is {{password}}, another one in each run"));
                    *value = json!("{password}");
                } else {
                    hide_secrets(line, value, notes);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide_secrets(line, item, notes)),
        _ => {}
    }
}

fn take_answer(page: &Page, call: &mut ImportedCall, answer: &PrintedAnswer, notes: &mut Notes) {
    let line = page.source.line(answer.span.start);
    call.is_shortened = answer.annotation.as_ref().is_none_or(super::super::annotation::Annotation::is_truncated);
    call.links =
        LINKS.into_iter().filter_map(|name| Some((name, header(&answer.headers, name)?.value.clone()))).collect();
    if let Some(body) = &answer.body {
        match value(page, body, notes) {
            Ok(value) => call.answer = Some(value),
            Err(reason) => {
                notes.fault(line, format!("the answer is left out: {reason}"));
                call.left_out.get_or_insert_with(|| format!("the answer cannot be used: {reason}"));
            }
        }
    }
    let expected = expected_status(&call.address, &call.method);
    call.status = match &answer.status {
        Some(status) => status.code,
        None => {
            let is_new = call.method == "POST" && call.answer.as_ref().is_some_and(is_entity);
            let by_body = match (&call.answer, is_new) {
                (None, _) => 204,
                (Some(_), true) => 201,
                (Some(_), false) => 200,
            };
            let expected = expected.filter(|status| (*status == 204) != call.answer.is_some()).unwrap_or(by_body);
            notes.inferred(
                line,
                format!("the answer has no status: {expected} is what Graph answers such a {}", call.method),
            );
            call.is_status_inferred = true;
            expected
        }
    };
    if !(200..600).contains(&call.status) {
        call.left_out.get_or_insert_with(|| format!("{} is no status that ends a call", call.status));
    }
    if let Some(answer) = &mut call.answer {
        let printed = answer.clone();
        masking::drop_from(answer);
        if *answer != printed {
            notes.normalised(line, "secrets in the answer are <redacted>");
        }
    }
    if call.status == 204 && call.answer.take().is_some() {
        notes.fault(line, "the answer has the status 204 and a body: the body is left out");
    }
    call.is_answer_printed = call.answer.is_some();
}

/// Returns whether an answer says that it is one object of a collection, as that to a creation does.
fn is_entity(answer: &Value) -> bool {
    let context = answer.get("@odata.context").and_then(Value::as_str).unwrap_or_default();
    answer.get("id").is_some() && context.ends_with("/$entity")
}

/// An answer for a request that has none: the status by the method, and of the body only what has to be there.
fn infer_answer(call: &mut ImportedCall, notes: &mut Notes) {
    let payload = call.address.call(&call.method).map(|call| call.response());
    let status = expected_status(&call.address, &call.method).unwrap_or(201);
    let answer = match payload {
        _ if status == 204 => None,
        Ok(Payload::Of(ty) | Payload::Delta(ty)) if ty.is_many() => Some(json!({ "value": [] })),
        _ => Some(json!({})),
    };
    (call.status, call.answer) = (status, answer);
    if call.left_out.is_some() {
        return;
    }
    notes.inferred(
        call.line,
        format!("the request has no answer on the page: {status} is assumed, and nothing is expected of a body"),
    );
}
