//! What the page tells of its calls without printing it: ids of what was created, placeholders, `GET /me`.

use std::collections::{HashMap, HashSet, VecDeque};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::id_shape::looks_like_id;
use crate::page::Page;
use crate::page::address::{Address, name, placeholder};
use crate::page::ids::{IdKind, answered_kind, keys};
use crate::page::words;

use super::Notes;
use super::call::{CallOrigin, ImportedCall};

/// Completes the calls of a page.
pub fn complete(page: &Page, calls: &mut Vec<ImportedCall>, notes: &mut Notes) {
    for (number, call) in calls.iter_mut().enumerate() {
        give_ids(number, call, notes);
    }
    ids_of_created(page, calls, notes);
    ids_of_read(calls);
    placeholders(calls, notes);
    own_id(page, calls, notes);
}

/// An id for the answer of a call, the same in every import of the page.
pub fn made_up_id(number: usize, part: usize) -> String {
    let number = u128::try_from(number * 1000 + part + 1).unwrap_or(1);
    Uuid::from_u128((0xaaaa_aaaa_0000_4000_8000_u128 << 48) | number).to_string()
}

/// Puts made-up ids in the place of placeholders such as `"id": "{id}"`.
fn give_ids(number: usize, call: &mut ImportedCall, notes: &mut Notes) {
    let line = call.line;
    let mut count = 0;
    if let Some(answer) = &mut call.answer {
        give_ids_in(answer, &mut count, number);
    }
    if count > 0 {
        notes.inferred(line, format!("{count} placeholders for ids in the answer are made-up ids"));
    }
}

fn give_ids_in(value: &mut Value, count: &mut usize, number: usize) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let is_placeholder = name == "id" && value.as_str().is_some_and(|text| placeholder(text).is_some());
                if is_placeholder {
                    *value = json!(made_up_id(number, *count));
                    *count += 1;
                } else {
                    give_ids_in(value, count, number);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| give_ids_in(item, count, number)),
        _ => {}
    }
}

/// A request that creates something and has no answer gets the id by which the page goes on to name it.
fn ids_of_created(page: &Page, calls: &mut [ImportedCall], notes: &mut Notes) {
    let mut taken: HashSet<String> = HashSet::new();
    let mut used: HashMap<String, VecDeque<(usize, String)>> = HashMap::new();
    for (number, call) in calls.iter().enumerate() {
        taken.extend(call.answer.as_ref().and_then(|answer| Some(answer.get("id")?.as_str()?.to_lowercase())));
        for key in keys(&call.address).into_iter().filter(|key| looks_like_id(&key.text)) {
            if let Some(kind) = key.kind {
                used.entry(kind.name().to_lowercase()).or_default().push_back((number, key.text));
            }
        }
    }
    for (number, call) in calls.iter_mut().enumerate() {
        let lacks_id =
            call.answer.as_ref().is_some_and(|answer| answer.get("id").is_none() && answer.get("value").is_none());
        if call.method != "POST" || !lacks_id || call.is_answer_printed || call.left_out.is_some() {
            continue;
        }
        let Some(kind) = answered_kind(&call.address, "POST") else { continue };
        // What is named before it was created, or shown by an answer, is something else.
        let mut free = None;
        if let Some(later) = used.get_mut(&kind.name().to_lowercase()) {
            while let Some((at, id)) = later.pop_front() {
                let key = id.to_lowercase();
                if at > number && !page.ids.made.contains_key(&key) && taken.insert(key) {
                    free = Some(id);
                    break;
                }
            }
        }
        let (id, from) = match free {
            Some(id) => (id, "by which the page goes on to name it"),
            None => (made_up_id(number, 0), "made up"),
        };
        let mut answer = sent_scalars(call.body.as_ref());
        answer.insert("id".to_owned(), json!(id));
        notes.inferred(call.line, format!("what is created here has the id {id}, {from}"));
        call.answer = Some(Value::Object(answer));
    }
}

/// A read of one object that has no answer gets the id by which it was asked for.
fn ids_of_read(calls: &mut [ImportedCall]) {
    for (number, call) in calls.iter_mut().enumerate() {
        let is_bare = call.answer.as_ref().and_then(Value::as_object).is_some_and(Map::is_empty);
        let is_entity = matches!(answered_kind(&call.address, "GET"), Some(IdKind::Type(_)));
        if call.method == "GET" && is_bare && is_entity {
            let own =
                keys(&call.address).pop().map(|key| key.text).filter(|text| looks_like_id(text) && !text.contains('@'));
            call.answer = Some(json!({ "id": own.unwrap_or_else(|| made_up_id(number, 0)) }));
        }
    }
}

/// Returns the properties sent to create an object that an answer surely gives back.
fn sent_scalars(body: Option<&Value>) -> Map<String, Value> {
    let named = ["displayName", "userPrincipalName", "description"];
    let members = body.and_then(Value::as_object).into_iter().flatten();
    let kept = members.filter(|(name, value)| named.contains(&name.as_str()) && value.is_string());
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A placeholder in a path stands for the last object of the collection before it.
fn placeholders(calls: &mut [ImportedCall], notes: &mut Notes) {
    let mut last: HashMap<String, String> = HashMap::new();
    for call in calls.iter_mut() {
        if call.address.has_placeholder() {
            fill_placeholders(call, &last, notes);
        }
        fill_query(call, &last, notes);
        if let Some(mut body) = call.body.take() {
            fill_body(&mut body, "", call.line, &last, notes);
            call.body = Some(body);
        }
        // What cannot be played makes nothing that a later call could name.
        if call.left_out.is_some() {
            continue;
        }
        let collection = call.collection().to_lowercase();
        last.extend(call.located().into_iter().map(|located| (located.word.to_lowercase(), located.id)));
        let Some(answer) = &call.answer else { continue };
        let first = answer.pointer("/value/0").unwrap_or(answer);
        last_objects(first, &collection, &mut last);
    }
}

/// Notes the id of an object under the name of its collection, and those of the objects in it under theirs: that in
/// `servicePrincipal` is one of `serviceprincipals`.
fn last_objects(object: &Value, collection: &str, last: &mut HashMap<String, String>) {
    let Value::Object(members) = object else { return };
    if let Some(id) = members.get("id").and_then(Value::as_str).filter(|id| looks_like_id(id)) {
        last.insert(collection.to_owned(), id.to_owned());
    }
    for (name, value) in members {
        last_objects(value, &format!("{}s", name.to_lowercase()), last);
    }
}

fn fill_placeholders(call: &mut ImportedCall, last: &HashMap<String, String>, notes: &mut Notes) {
    let text = call.address.text.clone();
    let (path, query) = text.split_once('?').map_or((text.as_str(), None), |(path, query)| (path, Some(query)));
    let mut out: Vec<String> = Vec::new();
    for segment in path.split('/') {
        let Some((at, hole)) = placeholder(segment) else {
            out.push(segment.to_owned());
            continue;
        };
        let in_brackets = segment.split('(').next().filter(|word| at > 0 && word.len() < at).map(str::to_lowercase);
        let before = in_brackets.clone().or_else(|| out.last().map(|word| word.to_lowercase())).unwrap_or_default();
        let Some(id) = last.get(&before) else {
            let reason = format!(
                "`{{{hole}}}` in the URL stands for an object of `{before}`, and no answer before it shows one"
            );
            notes.fault(call.line, format!("{} is left out: {reason}", call.method));
            call.left_out = Some(reason);
            return;
        };
        notes.inferred(call.line, format!("`{{{hole}}}` stands for the last object of `{before}`"));
        out.push(match in_brackets {
            Some(_) => format!("{}('{id}')", segment.split('(').next().unwrap_or_default()),
            None => id.clone(),
        });
    }
    let whole = query.map_or_else(|| out.join("/"), |query| format!("{}?{query}", out.join("/")));
    let filled = Address::of(&whole);
    call.address = Address {
        version: call.address.version,
        version_from: call.address.version_from,
        is_graph: call.address.is_graph,
        is_relative: call.address.is_relative,
        ..filled
    };
}

/// Fills the placeholders of a query by their names; a query in which one is left asks for nothing that there is.
fn fill_query(call: &mut ImportedCall, last: &HashMap<String, String>, notes: &mut Notes) {
    let text = call.address.text.clone();
    let Some((path, query)) = text.split_once('?') else { return };
    let filled = fill_text(query, "", call.line, last, notes);
    if let Some((_, hole)) = placeholder(&filled) {
        let reason = format!("`{{{hole}}}` in the query stands for nothing that an answer before it shows");
        notes.fault(call.line, format!("{} is left out: {reason}", call.method));
        call.left_out.get_or_insert(reason);
    } else if filled != query {
        let address = Address::of(&format!("{path}?{filled}"));
        call.address = Address { text: address.text, path: address.path, ..call.address.clone() };
    }
}

fn fill_body(value: &mut Value, property: &str, line: usize, last: &HashMap<String, String>, notes: &mut Notes) {
    match value {
        Value::String(text) if text != "{password}" => {
            let filled = fill_text(text, property, line, last, notes);
            if let Some((_, hole)) =
                placeholder(&filled).filter(|_| property.ends_with("Id") || property.contains("@odata"))
            {
                notes
                    .fault(line, format!("`{{{hole}}}` in `{property}` stays as it is: no answer before it shows one"));
            }
            *text = filled;
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill_body(item, property, line, last, notes)),
        Value::Object(members) => {
            members.iter_mut().for_each(|(name, value)| fill_body(value, name, line, last, notes));
        }
        _ => {}
    }
}

/// A text with ids for its placeholders: by the collection before one, by its own name, by that of the property.
fn fill_text(text: &str, property: &str, line: usize, last: &HashMap<String, String>, notes: &mut Notes) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((at, hole)) = placeholder(rest) {
        let close =
            if rest[at..].starts_with('%') { "%7D".len() } else { 1 + usize::from(rest[at..].starts_with("{{")) };
        let end = at + rest[at..].find(hole).unwrap_or(0) + hole.len() + close;
        // What is cut short ends with the text.
        let end = if rest.is_char_boundary(end) { end.min(rest.len()) } else { rest.len() };
        let before = rest[..at].trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let named = |name: &str| {
            let name = name.to_lowercase().replace(['-', '_', ' '], "");
            format!("{}s", name.strip_suffix("id").unwrap_or(&name))
        };
        let candidates = [before.to_lowercase(), named(hole), named(property.split('@').next().unwrap_or_default())];
        match candidates.iter().find_map(|key| Some((key, last.get(key)?))) {
            Some((key, id)) => {
                notes.inferred(line, format!("`{{{hole}}}` stands for the last object of `{key}`"));
                out.push_str(&rest[..at]);
                out.push_str(id);
            }
            None => out.push_str(&rest[..end]),
        }
        rest = &rest[end..];
    }
    out + rest
}

/// "Your id" is that of whoever calls: a `GET /me` before its first use says it.
fn own_id(page: &Page, calls: &mut Vec<ImportedCall>, notes: &mut Notes) {
    let mut own: Vec<(&String, usize)> = Vec::new();
    for (id, mentions) in &page.ids.mentioned {
        let is_own = |span: &std::ops::Range<usize>| {
            let line = page.source.line(span.start);
            let text =
                page.source.line_span(line).map(|span| page.source.slice(&span).replace(['*', '`'], "").to_lowercase());
            text.is_some_and(|text| words::YOUR_ID.iter().any(|words| text.contains(words)))
        };
        if let Some(mention) = mentions.iter().find(|span| is_own(span)) {
            own.push((id, page.source.line(mention.start)));
        }
    }
    own.sort();
    for (id, line) in own {
        let uses = |call: &ImportedCall| {
            call.address.text.to_lowercase().contains(id)
                || call.body.as_ref().is_some_and(|body| body.to_string().to_lowercase().contains(id))
        };
        let Some(at) = calls.iter().position(uses) else { continue };
        let is_made = calls
            .iter()
            .take(at)
            .any(|call| call.answer.as_ref().is_some_and(|answer| answer.to_string().to_lowercase().contains(id)));
        if is_made {
            continue;
        }
        notes.inferred(line, format!("{id} is the id of who calls: a GET /me before its first use says it"));
        let call = &calls[at];
        let address = Address::of(&format!("/{}/me", name(call.address.version)));
        let me = told_call("GET", address, call.section, line, 200, Some(json!({ "id": id })));
        calls.insert(at, ImportedCall { title: Some("The id of who calls".to_owned()), ..me });
    }
}

/// A call that the page tells of.
pub fn told_call(
    method: &str,
    address: Address,
    section: usize,
    line: usize,
    status: u16,
    answer: Option<Value>,
) -> ImportedCall {
    ImportedCall { status, answer, ..ImportedCall::new(CallOrigin::Told, method, address, section, line) }
}
