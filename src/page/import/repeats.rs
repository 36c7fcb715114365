//! "Run this three times", "repeat for the other two": calls that the page prints once and asks for again.

use serde_json::{Value, json};

use crate::id_shape::looks_like_id;
use crate::page::Page;
use crate::page::address::Address;
use crate::page::blocks::{BlockKind, titled};
use crate::page::ids::MadeId;
use crate::page::words;

use super::Notes;
use super::call::{CallOrigin, ImportedCall};
use super::complete::made_up_id;

/// Adds the calls that are to be repeated.
pub fn repeat(page: &Page, calls: &mut Vec<ImportedCall>, notes: &mut Notes) {
    creations(page, calls, notes);
    deletions(page, calls, notes);
}

/// The sentences around a call: the prose of its section, as far as it has a heading of its own.
fn told_around<'a>(page: &'a Page, call: &ImportedCall) -> Vec<(usize, &'a str)> {
    let section = titled(&page.sections, call.section);
    let prose = page.blocks.iter().filter(|block| block.kind == BlockKind::Prose);
    let own = prose.filter(|block| titled(&page.sections, block.section) == section);
    own.map(|block| (page.source.line(block.span.start), page.source.slice(&block.span))).collect()
}

/// So many times a request is repeated at most.
const MOST: usize = 20;

fn creations(page: &Page, calls: &mut Vec<ImportedCall>, notes: &mut Notes) {
    let mut at = 0;
    while at < calls.len() {
        let call = calls[at].clone();
        at += 1;
        let is_creation = call.method == "POST"
            && call.left_out.is_none()
            && call.answer.as_ref().is_some_and(|answer| answer.get("id").is_some());
        if !is_creation {
            continue;
        }
        let told = told_around(page, &call);
        let Some((line, count)) = told
            .iter()
            .find_map(|(line, text)| Some((*line, words::times(text)?)))
            .filter(|(_, count)| (2..=MOST).contains(count))
        else {
            continue;
        };
        let strangers = strangers(page, calls, at, &call);
        for number in 1..count {
            let id = strangers.get(number - 1).cloned();
            let copy = copy(page, &call, (at, number), id, line, notes);
            calls.insert(at + number - 1, copy);
        }
        at += count - 1;
    }
}

/// Ids that later requests name as those of the collection in which a call creates, and that no answer made.
fn strangers(page: &Page, calls: &[ImportedCall], from: usize, call: &ImportedCall) -> Vec<String> {
    let marker = format!("/{}/", call.collection().to_lowercase());
    let mut found: Vec<String> = Vec::new();
    for later in &calls[from.min(calls.len())..] {
        let texts = [Some(later.address.text.clone()), later.body.as_ref().map(Value::to_string)];
        for text in texts.into_iter().flatten().map(|text| text.to_lowercase()) {
            for (at, _) in text.match_indices(&marker) {
                let id: String =
                    text[at + marker.len()..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
                let first_made =
                    page.ids.made.get(&id).and_then(|made| made.first()).map_or(usize::MAX, |made| made.exchange);
                let first_used = page.ids.used.iter().find(|used| used.id == id).map_or(0, |used| used.exchange);
                if looks_like_id(&id) && first_made >= first_used && !found.contains(&id) {
                    found.push(id);
                }
            }
        }
    }
    found
}

/// The same call once more, for another object: by the names under which later answers show its id, else by numbers.
fn copy(
    page: &Page,
    call: &ImportedCall,
    (at, number): (usize, usize),
    id: Option<String>,
    line: usize,
    notes: &mut Notes,
) -> ImportedCall {
    let mut copy = call.clone();
    copy.origin = CallOrigin::Told;
    copy.is_answer_printed = false;
    let known: Option<&MadeId> = id.as_ref().and_then(|id| {
        let made = page.ids.made.get(id)?;
        // Who is named by its principal name, not by what it did.
        let section = |made: &&MadeId| made.pointer.starts_with("/value/") && made.names.principal.is_some();
        made.iter().find(section).or_else(|| made.iter().find(|made| made.names.display.is_some()))
    });
    let id = id.unwrap_or_else(|| made_up_id(at, number));
    let display = known.and_then(|made| made.names.display.clone());
    let principal = known.and_then(|made| made.names.principal.clone());
    for value in [copy.body.as_mut(), copy.answer.as_mut()].into_iter().flatten() {
        rename(value, number + 1, display.as_deref(), principal.as_deref());
    }
    if let Some(answer) = &mut copy.answer {
        answer["id"] = json!(id);
    }
    let name = copy
        .answer
        .as_ref()
        .and_then(|answer| answer.get("displayName"))
        .and_then(Value::as_str)
        .unwrap_or("another one")
        .to_owned();
    let how = if display.is_some() { "named as a later answer names it" } else { "with numbers behind its names" };
    notes.inferred(line, format!("the request is repeated as the page says: {name} ({id}), {how}"));
    copy.title = Some(name);
    copy
}

/// Gives the names in a body to another object.
fn rename(value: &mut Value, number: usize, display: Option<&str>, principal: Option<&str>) {
    let Value::Object(members) = value else { return };
    for (name, value) in members {
        let Some(text) = value.as_str().map(str::to_owned) else { continue };
        let numbered = match text.split_once('@') {
            Some((local, domain)) => format!("{local}{number}@{domain}"),
            None if name == "displayName" => format!("{text} {number}"),
            None => format!("{text}{number}"),
        };
        let other = match name.as_str() {
            "displayName" => display.map(str::to_owned).or(Some(numbered)),
            "userPrincipalName" | "mail" => principal.map(str::to_owned).or(Some(numbered)),
            "mailNickname" | "uniqueName" => {
                principal.and_then(|name| name.split('@').next()).map(str::to_owned).or(Some(numbered))
            }
            _ => None,
        };
        if let Some(other) = other {
            *value = json!(other);
        }
    }
}

/// "Repeat for the others" beside a DELETE: the others are what was created in the same collection and is never deleted.
fn deletions(page: &Page, calls: &mut Vec<ImportedCall>, notes: &mut Notes) {
    let mut at = 0;
    while at < calls.len() {
        let call = calls[at].clone();
        at += 1;
        if call.method != "DELETE" {
            continue;
        }
        let told = told_around(page, &call);
        let asks = |text: &str| words::has_one(text, words::REPEAT) && words::has_one(text, words::OTHERS);
        let Some((line, _)) = told.into_iter().find(|(_, text)| asks(text)) else { continue };
        let collection = call.collection();
        let others: Vec<(String, String)> = calls[..at]
            .iter()
            .filter(|made| made.method == "POST" && made.collection().eq_ignore_ascii_case(&collection))
            .filter_map(|made| {
                let answer = made.answer.as_ref()?;
                let id = answer.get("id")?.as_str()?.to_owned();
                let name = answer.get("displayName").and_then(Value::as_str).unwrap_or(&id).to_owned();
                let is_deleted = calls.iter().any(|call| {
                    call.method == "DELETE" && call.address.text.to_lowercase().contains(&id.to_lowercase())
                });
                (!is_deleted).then_some((id, name))
            })
            .collect();
        for (id, name) in others {
            let Some((before, _)) = call.address.text.rsplit_once('/') else { continue };
            let address = Address {
                version: call.address.version,
                version_from: call.address.version_from,
                ..Address::of(&format!("{before}/{id}"))
            };
            notes.inferred(line, format!("the deletion is repeated as the page says: {name} ({id})"));
            calls.insert(at, ImportedCall { origin: CallOrigin::Told, address, title: Some(name), ..call.clone() });
            at += 1;
        }
    }
}
