//! The calls of a page, as they are sent and answered.

use graphwalk_catalog::{ApiPath, Payload};
use graphwalk_secrets::masking;
use serde_json::{Value, json};

use crate::page::Page;
use crate::page::address::{Address, VersionFrom, name};
use crate::page::classify::{Answer, Body, header};
use crate::page::expected_status;
use crate::page::ids::looks_like_id;
use crate::page::pair::Exchange;

use super::Notes;

/// A call: a request and its answer.
#[derive(Clone, Debug)]
pub struct ImportedCall {
    /// Whether the page prints request and answer, one of them or none.
    pub origin: Origin,
    /// The section in which it stands.
    pub section: usize,
    /// The page's line.
    pub line: usize,
    /// Who calls.
    pub actor: String,
    /// The method.
    pub method: String,
    /// Where it goes.
    pub address: Address,
    /// Headers that count.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Option<Value>,
    /// The status of the answer.
    pub status: u16,
    /// What is answered.
    pub answer: Option<Value>,
    /// `Location` of the answer.
    pub location: Option<String>,
    /// Whether the status is inferred.
    pub is_status_inferred: bool,
    /// Whether the answer is printed, so that its body can be expected.
    pub is_answer_printed: bool,
    /// Whether the answer may lack properties.
    pub is_shortened: bool,
    /// What is asked for again and again until it holds: a JSON path and a value.
    pub poll: Option<(String, Value)>,
    /// How many seconds pass before it.
    pub wait: Option<u64>,
    /// Why it cannot be played.
    pub left_out: Option<String>,
    /// What tells it apart from others of the same section.
    pub title: Option<String>,
}

/// Where a call comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The page prints request and answer.
    Printed,
    /// The page prints the request.
    RequestPrinted,
    /// The page tells of it.
    Told,
}

impl ImportedCall {
    /// Whether the page prints it whole.
    pub fn is_published(&self) -> bool {
        self.origin == Origin::Printed
    }

    /// Whether it changes something.
    pub fn is_write(&self) -> bool {
        !matches!(self.method.as_str(), "GET" | "HEAD")
    }

    /// Whether a sent id must be one that the tutorial made.
    pub fn must_link(&self) -> bool {
        matches!(self.method.as_str(), "DELETE" | "PATCH" | "PUT")
    }

    /// The ids in the `Location` of the answer, each with the segment before it.
    pub fn located(&self) -> Vec<(String, String)> {
        let Some(location) = &self.location else { return Vec::new() };
        let path = ApiPath::parse_reference(location);
        let is_word = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        let is_found = |word: &str, id: &str| is_word(word) && looks_like_id(id) && path.key_after(word) == Some(id);
        let ids = path.followed().filter(|(word, id)| is_found(word, id));
        ids.map(|(word, id)| (word.to_owned(), id.to_owned())).collect()
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
    page.exchanges.iter().map(|exchange| call(page, exchange, notes)).collect()
}

fn call(page: &Page, exchange: &Exchange, notes: &mut Notes) -> ImportedCall {
    let request = &exchange.request;
    let line = page.source.line(request.span.start);
    let mut left_out = None;
    let body = request.body.as_ref().and_then(|body| match value(page, body, notes) {
        Ok(value) => Some(value),
        Err(reason) => {
            left_out = Some(reason);
            None
        }
    });
    let mut call = ImportedCall {
        origin: if exchange.answer.is_some() { Origin::Printed } else { Origin::RequestPrinted },
        section: request.section,
        line,
        actor: String::new(),
        method: request.method.clone(),
        address: exchange.address.clone(),
        headers: headers(exchange),
        body,
        status: 0,
        answer: None,
        location: None,
        is_status_inferred: false,
        is_answer_printed: false,
        is_shortened: true,
        poll: None,
        wait: None,
        left_out,
        title: None,
    };
    note_address(&call, notes);
    if !exchange.address.is_graph {
        call.left_out = Some("it goes to another host than Graph's".to_owned());
    }
    if let Some(body) = &mut call.body {
        hide_secrets(line, body, notes);
    }
    match &exchange.answer {
        Some(answer) => take_answer(page, &mut call, answer, notes),
        None => infer_answer(&mut call, notes),
    }
    if let Some(reason) = &call.left_out {
        notes.fault(line, format!("{} is left out: {reason}", request.method));
    }
    call
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
fn headers(exchange: &Exchange) -> Vec<(String, String)> {
    let counts = |name: &str| {
        let own = ["content-type", "content-length", "host", "authorization", "accept", "user-agent"];
        !own.iter().any(|known| name.eq_ignore_ascii_case(known)) && !masking::is_secret_header(name)
    };
    let headers = exchange.request.headers.iter().filter(|header| counts(&header.name) && !header.value.is_empty());
    headers.map(|header| (header.name.clone(), header.value.clone())).collect()
}

/// The value of a body: as it is, as JSON5, or repaired.
fn value(page: &Page, body: &Body, notes: &mut Notes) -> Result<Value, String> {
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

fn take_answer(page: &Page, call: &mut ImportedCall, answer: &Answer, notes: &mut Notes) {
    let line = page.source.line(answer.span.start);
    call.is_shortened = answer.annotation.as_ref().is_none_or(super::super::annotation::Annotation::is_truncated);
    call.location = header(&answer.headers, "Location").map(|header| header.value.clone());
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

/// Whether an answer says that it is one object of a collection, as that to a creation does.
fn is_entity(answer: &Value) -> bool {
    let context = answer.get("@odata.context").and_then(Value::as_str).unwrap_or_default();
    answer.get("id").is_some() && context.ends_with("/$entity")
}

/// An answer for a request that has none: the status by the method, and of the body only what has to be there.
fn infer_answer(call: &mut ImportedCall, notes: &mut Notes) {
    let payload = call.address.call(&call.method).map(|call| call.response());
    let (status, answer) = match (call.method.as_str(), payload) {
        ("DELETE", _) | (_, Ok(Payload::Nothing)) => (204, None),
        ("PATCH" | "PUT", _) => (204, None),
        (_, Ok(Payload::Of(ty) | Payload::Delta(ty))) if ty.is_many() => (200, Some(json!({ "value": [] }))),
        ("GET", _) => (200, Some(json!({}))),
        _ => (expected_status(&call.address, &call.method).unwrap_or(201), Some(json!({}))),
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
