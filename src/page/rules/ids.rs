//! What is wrong with ids.

use std::collections::{HashMap, HashSet};

use crate::id_shape::{guids, looks_like_id};
use crate::page::Page;
use crate::page::ids::{IdKind, MadeBy, MadeId, RequestPart, Used};
use crate::page::pair::PrintedExchange;
use crate::page::source::Span;

use super::Finding;

/// The uses of ids that no earlier answer shows, that no tenant has by itself, and that no other exchange explains.
fn unexplained(page: &Page) -> impl Iterator<Item = &Used> {
    page.ids.used.iter().filter(|used| {
        !used.is_constant
            && page.ids.made_before(&used.id, used.exchange).next().is_none()
            && !is_made_by_client(page, used)
    })
}

/// Returns whether the request brings an id of its own, which its answer gives back as that of a new object.
fn is_made_by_client(page: &Page, used: &Used) -> bool {
    let RequestPart::Body(pointer) = &used.part else { return false };
    let made = page.ids.made.get(&used.id).into_iter().flatten();
    let is_own = pointer.ends_with("/id") || pointer.to_ascii_lowercase().ends_with("keyid");
    is_own && made.into_iter().any(|made| made.exchange == used.exchange)
}

fn is_delete_of(page: &Page, used: &Used) -> bool {
    let is_delete = page.exchanges.get(used.exchange).is_some_and(|exchange| exchange.request.method == "DELETE");
    is_delete && matches!(used.part, RequestPart::Path { .. })
}

/// An id as the page prints it at a place: of some the case counts.
pub(super) fn printed<'a>(page: &'a Page, span: &Span, id: &'a str) -> &'a str {
    let text = page.source.slice(span);
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    if text.eq_ignore_ascii_case(id) { text } else { id }
}

pub(super) fn unknown(page: &Page) -> Vec<Finding> {
    let uses = unexplained(page).filter(|used| !page.ids.is_told(&used.id) && !is_delete_of(page, used));
    once_each(uses, |used| {
        let message = format!(
            "the id {} is used here, but no earlier answer shows it and the text does not tell of it",
            printed(page, &used.span, &used.id)
        );
        let later = page.ids.made.get(&used.id).and_then(|made| made.first());
        let found = Finding::new(used.span.clone(), message);
        match later {
            Some(made) => found.related(made.span.clone(), "it is first shown here, after its use"),
            None => found,
        }
    })
}

pub(super) fn deletes_unknown(page: &Page) -> Vec<Finding> {
    let uses = unexplained(page).filter(|used| !page.ids.is_told(&used.id) && is_delete_of(page, used));
    once_each(uses, |used| {
        let message = format!(
            "deletes {}, which the page never made: whoever copies it deletes an object of their own",
            printed(page, &used.span, &used.id)
        );
        let found = Finding::new(used.span.clone(), message);
        match made_of_kind(page, used) {
            Some(made) => found.related(made.span.clone(), "perhaps this one is meant"),
            None => found,
        }
    })
}

/// Returns what the page made of the kind that is used.
fn made_of_kind<'a>(page: &'a Page, used: &Used) -> Option<&'a MadeId> {
    let RequestPart::Path { kind: Some(kind), .. } = &used.part else { return None };
    let all = page.ids.made.values().flatten();
    let created = all.filter(|made| made.by == MadeBy::Creation && made.exchange < used.exchange);
    let same = created.filter(|made| made.kind.as_ref().is_some_and(|made| is_same(made, kind)));
    same.max_by_key(|made| made.span.start)
}

fn is_same(one: &IdKind, other: &IdKind) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other) && one.may_be(other)
}

pub(super) fn external(page: &Page) -> Vec<Finding> {
    let uses = unexplained(page).filter(|used| page.ids.is_told(&used.id));
    once_each(uses, |used| {
        let found = Finding::new(
            used.span.clone(),
            format!("the id {} is one that the reader has to bring", printed(page, &used.span, &used.id)),
        );
        match page.ids.mentioned.get(&used.id).and_then(|mentioned| mentioned.first()) {
            Some(mention) => found.related(mention.clone(), "the text tells of it here"),
            None => found,
        }
    })
}

/// One finding an id: what is wrong with the first use is wrong with the others.
fn once_each<'a>(uses: impl Iterator<Item = &'a Used>, make: impl Fn(&'a Used) -> Finding) -> Vec<Finding> {
    let mut seen = HashSet::new();
    uses.filter(|used| seen.insert(used.id.as_str())).map(make).collect()
}

pub(super) fn other_kind(page: &Page) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for used in page.ids.used.iter().filter(|used| looks_like_id(&used.id)) {
        let RequestPart::Path { kind: Some(kind), is_like_container: false } = &used.part else { continue };
        let made: Vec<&MadeId> = page.ids.made_before(&used.id, used.exchange).collect();
        // An id that is only listed may be that of what the entries are about.
        let Some(origin) = made.iter().find(|made| is_certain(page, made)) else { continue };
        let fits =
            |made: &&MadeId| made.kind.as_ref().is_none_or(|made| made.may_be(kind)) && made.by != MadeBy::Mention;
        let Some(origin_kind) = &origin.kind else { continue };
        if made.iter().any(fits) || !seen.insert((&used.id, kind.name())) {
            continue;
        }
        let message = format!(
            "the id {} belongs to `{}` and is used for `{}`",
            printed(page, &used.span, &used.id),
            origin_kind.name(),
            kind.name()
        );
        found.push(Finding::new(used.span.clone(), message).related(origin.span.clone(), "it was made here"));
    }
    found
}

/// Returns whether what an answer shows is certainly the id of an object of that kind.
fn is_certain(page: &Page, made: &MadeId) -> bool {
    let status = || page.exchanges.get(made.exchange).and_then(|exchange| exchange.answer.as_ref()?.status.as_ref());
    made.kind.is_some()
        && match made.by {
            MadeBy::Creation => status().is_none_or(|status| status.code == 201),
            MadeBy::Reading => true,
            _ => false,
        }
}

pub(super) fn reused(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, made) in page.ids.made.iter().filter(|(id, _)| looks_like_id(id)) {
        let objects = || made.iter().filter(|made| made.kind.is_some() && made.by != MadeBy::Part);
        let Some(first) = objects().find(|made| is_certain(page, made)) else { continue };
        let other = objects().find(|other| {
            let differs = match (&first.kind, &other.kind) {
                (Some(one), Some(other)) => !one.may_be(other),
                _ => false,
            };
            differs && !first.names.share_one(&other.names) && !lies_within(page, other, id)
        });
        let (Some(other), Some(kind)) = (other, &first.kind) else { continue };
        let other_kind = other.kind.as_ref().map_or("", IdKind::name);
        let id = printed(page, &other.span, id);
        let message = format!("the id {id} belongs to `{other_kind}` here, and belonged to `{}`", kind.name());
        found.push(Finding::new(other.span.clone(), message).related(first.span.clone(), "first made here"));
    }
    found
}

/// Returns whether an object was read through one with the same id: the only instance of what does not recur.
fn lies_within(page: &Page, made: &MadeId, id: &str) -> bool {
    page.ids.used.iter().any(|used| used.exchange == made.exchange && used.id == id)
}

pub(super) fn context_id(page: &Page) -> Vec<Finding> {
    let mut used: HashMap<usize, HashSet<&str>> = HashMap::new();
    for one in &page.ids.used {
        used.entry(one.exchange).or_default().insert(&one.id);
    }
    let mut found = Vec::new();
    for (index, exchange) in page.exchanges.iter().enumerate() {
        let Some(body) = exchange.answer.as_ref().and_then(|answer| answer.body.as_ref()?.value()) else { continue };
        let Some(context) = body.get("@odata.context") else { continue };
        let text = context.text().unwrap_or_default();
        for span in guids(text) {
            // To whoever calls, `/me` is answered as the user that it is.
            let is_caller = text[..span.start].ends_with("#users('") && begins_with_me(exchange);
            let id = text[span].to_lowercase();
            let is_used = used.get(&index).is_some_and(|ids| ids.contains(id.as_str()));
            let is_shown = page.ids.made.get(&id).is_some_and(|made| made.iter().any(|made| made.exchange <= index));
            if !is_used && !is_shown && !is_caller {
                let message = format!("the context names {id}, which the request does not");
                found.push(
                    Finding::new(context.span.clone(), message)
                        .related(exchange.request.url_span.clone(), "the request"),
                );
            }
        }
    }
    found
}

fn begins_with_me(exchange: &PrintedExchange) -> bool {
    exchange.address.path.segments().first().is_some_and(|first| first.is("me"))
}
