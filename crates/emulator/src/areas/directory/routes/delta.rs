//! `/users/delta` and `/groups/delta` (reference, "user: delta", "group: delta").

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::directory::delta::{DeltaChange, DeltaRound, DeltaSubject};
use crate::authority::{Need, Standing};
use crate::http::{Refusal, Reply, Request};
use crate::odata::directory::{unsupported, unsupported_clause};
use crate::odata::filter::{Comparison, Filter};
use crate::odata::query::{Options, Query, decoded};
use crate::routes::{RoutedCall, known_types};

/// The most objects that can be followed by their ids (reference: `$filter`).
const MOST_FOLLOWED: usize = 50;

/// Answers a page of a round.
pub(super) fn answer(call: &mut RoutedCall<'_>, kind: &'static str) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::Delta)?;
    let (token, skip) = (option(call.request, "deltatoken")?, option(call.request, "skiptoken")?);
    let (number, from) = match (token.as_deref(), skip.as_deref()) {
        (_, Some(skip)) => known(call, skip, kind)?,
        (Some(token), None) if !token.is_empty() && !token.eq_ignore_ascii_case("latest") => {
            let (before, _) = known(call, token, kind)?;
            let subject = call.directory().delta_round(before).map(|round| round.subject.clone());
            let subject = subject.ok_or_else(expired)?;
            (call.directory_mut().begin_delta(subject, Some(before), false), 0)
        }
        _ => {
            let subject = subject(call, &query, kind)?;
            let latest = token.is_some_and(|token| token.eq_ignore_ascii_case("latest"));
            (call.directory_mut().begin_delta(subject, None, latest), 0)
        }
    };
    let round = call.directory().delta_round(number).ok_or_else(expired)?;
    Ok(page(call, &query, &round, number, from))
}

fn page(call: &RoutedCall<'_>, query: &Query, round: &DeltaRound, number: u64, from: usize) -> Reply {
    let subject = &round.subject;
    let from = from.min(round.changes.len());
    let end = from.saturating_add(query.page_size()).min(round.changes.len());
    let value: Vec<Value> = round.changes[from..end].iter().map(|change| entry(call, round, change)).collect();
    let selected = subject.select.as_ref().map_or_else(String::new, |names| format!("({})", names.join(",")));
    let link = |name: &str, from: usize| {
        let token = URL_SAFE_NO_PAD.encode(format!("delta:{number}:{from}"));
        format!("{}{}?${name}={token}", call.origin, call.request.path)
    };
    let (name, link) = if end < round.changes.len() {
        ("@odata.nextLink", link("skiptoken", end))
    } else {
        ("@odata.deltaLink", link("deltatoken", 0))
    };
    let context = call.context(&format!("{}s{selected}", subject.kind));
    Reply::json(200, json!({"@odata.context": context, name: link, "value": value}))
}

/// Returns the entry of one object in a page of changes.
fn entry(call: &RoutedCall<'_>, round: &DeltaRound, change: &DeltaChange) -> Value {
    let directory = call.directory();
    let subject = &round.subject;
    let there = directory.object(change.id).filter(|_| !change.removed);
    let Some(object) = there else {
        // What can be restored has changed; what is gone for good is deleted.
        let reason = if directory.deleted().contains_key(&change.id) { "changed" } else { "deleted" };
        return json!({"id": change.id, "@removed": {"reason": reason}});
    };
    let mut shown: Map<String, Value> = object.to_json(subject.select.is_some());
    shown.retain(|name, value| {
        let is_told = name == "id" || subject.tells(name) && !name.starts_with('@');
        // What was never set is not told.
        is_told && !(round.is_first && (value.is_null() || value.as_array().is_some_and(Vec::is_empty)))
    });
    if !(change.gained.is_empty() && change.lost.is_empty()) {
        let gained = change.gained.iter().map(|id| member(call, *id));
        let lost = change.lost.iter().map(|id| {
            let mut lost = member(call, *id);
            lost["@removed"] = json!({"reason": "deleted"});
            lost
        });
        shown.insert("members@delta".to_owned(), gained.chain(lost).collect());
    }
    Value::Object(shown)
}

fn member(call: &RoutedCall<'_>, id: Uuid) -> Value {
    let kind = call.directory().object(id).map_or("user", |object| object.kind());
    json!({"@odata.type": format!("#microsoft.graph.{kind}"), "id": id})
}

/// Reads what the first request of a round asks to follow.
fn subject(call: &RoutedCall<'_>, query: &Query, kind: &'static str) -> Result<DeltaSubject, Refusal> {
    if let Some(unknown) = query.select.iter().flatten().find(|name| !call.schemas.has_property(kind, name)) {
        return Err(Refusal::new(400, "BadRequest", format!("Could not find a property named '{unknown}'.")));
    }
    let ids = match &query.filter {
        None => None,
        Some(filter) => {
            let mut ids = Vec::new();
            collect_ids(filter, kind, &mut ids)?;
            if ids.len() > MOST_FOLLOWED {
                return Err(unsupported(&format!("At most {MOST_FOLLOWED} objects can be followed by their ids.")));
            }
            Some(ids)
        }
    };
    Ok(DeltaSubject { kind, select: query.select.clone(), ids })
}

/// The ids of `id eq 'x' or id eq 'y'`, which is all that can be filtered here.
fn collect_ids(filter: &Filter, kind: &str, ids: &mut Vec<Uuid>) -> Result<(), Refusal> {
    match filter {
        Filter::Or(filters) => filters.iter().try_for_each(|filter| collect_ids(filter, kind, ids)),
        Filter::Compare(name, Comparison::Equal, literal) if name == "id" => {
            ids.extend(literal.value.as_str().and_then(|id| id.parse::<Uuid>().ok()));
            Ok(())
        }
        _ => {
            let property = filter.properties().first().map_or_else(String::new, |name| (*name).to_owned());
            Err(unsupported_clause(&known_types(&[kind]), &property))
        }
    }
}

/// The round and the place in it of a token.
fn known(call: &RoutedCall<'_>, token: &str, kind: &str) -> Result<(u64, usize), Refusal> {
    let malformed = || Refusal::new(400, "BadRequest", "Badly formed token.");
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| malformed())?;
    let text = std::str::from_utf8(&bytes).map_err(|_| malformed())?;
    let parts = text.strip_prefix("delta:").and_then(|rest| rest.split_once(':'));
    let (number, from) = parts.ok_or_else(malformed)?;
    let (number, from) = (number.parse().map_err(|_| malformed())?, from.parse().map_err(|_| malformed())?);
    match call.directory().delta_round(number) {
        Some(round) if round.subject.kind == kind => Ok((number, from)),
        Some(_) => Err(malformed()),
        None => Err(expired()),
    }
}

/// 410 for a token that is not remembered: the client starts anew ("Use delta query", token duration).
fn expired() -> Refusal {
    Refusal::new(410, "syncStateNotFound", "The token has expired: start again without one.")
}

/// An option of the request that only delta queries have.
fn option(request: &Request, name: &str) -> Result<Option<String>, Refusal> {
    let pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
    for (key, value) in pairs {
        if decoded(key)?.trim_start_matches('$').eq_ignore_ascii_case(name) {
            return decoded(value).map(Some);
        }
    }
    Ok(None)
}
