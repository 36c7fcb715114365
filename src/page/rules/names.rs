//! Ids and names that do not go together.

use std::collections::HashMap;

use crate::id_shape::looks_like_id;
use crate::page::Page;
use crate::page::ids::{MadeBy, MadeId};
use crate::page::json::PageJson;

use super::Finding;
use super::ids::printed;

/// The places where an answer shows an object with its id and a name. Numbers such as `1` are ids of many objects.
fn named_ids(page: &Page) -> impl Iterator<Item = (&String, &Vec<MadeId>)> {
    page.ids.made.iter().filter(|(id, _)| looks_like_id(id))
}

pub(super) fn identity_clash(page: &Page) -> Vec<Finding> {
    let mut found = Vec::new();
    for (id, made) in named_ids(page) {
        let mut objects = made.iter().filter(|made| made.by != MadeBy::Mention && made.names.display.is_some());
        let Some(first) = objects.next() else { continue };
        let name = first.names.display.as_deref().unwrap_or_default();
        let other = objects.find(|other| {
            let other_name = other.names.display.as_deref().unwrap_or_default();
            !other_name.eq_ignore_ascii_case(name) && !is_renamed(page, id, first, other)
        });
        let Some(other) = other else { continue };
        let other_name = other.names.display.as_deref().unwrap_or_default();
        let id = printed(page, &other.span, id);
        let message = format!("the id {id} is that of \"{other_name}\" here, and was that of \"{name}\"");
        found.push(Finding::new(other.span.clone(), message).related(first.span.clone(), format!("\"{name}\"")));
    }
    found
}

/// Returns whether a request between two answers changes the object of an id.
fn is_renamed(page: &Page, id: &str, first: &MadeId, other: &MadeId) -> bool {
    let (from, to) = (first.exchange.min(other.exchange), first.exchange.max(other.exchange));
    let name = other.names.display.as_deref().unwrap_or_default();
    page.ids.used.iter().any(|used| {
        let exchange = page.exchanges.get(used.exchange).filter(|exchange| exchange.request.method != "GET");
        let body = exchange.and_then(|exchange| exchange.request.body.as_ref()?.value());
        used.id == id && (from..=to).contains(&used.exchange) && body.is_some_and(|body| holds_text(body, name))
    })
}

/// Returns whether a text stands somewhere in a body.
fn holds_text(body: &PageJson, text: &str) -> bool {
    let mut holds = false;
    body.walk(&mut |_, _, value| holds |= value.text() == Some(text));
    holds
}

pub(super) fn name_clash(page: &Page) -> Vec<Finding> {
    let mut people: HashMap<String, Vec<(&String, &MadeId)>> = HashMap::new();
    for (id, made) in named_ids(page) {
        for made in made.iter().filter(|made| made.by != MadeBy::Mention) {
            if let Some(name) = made.names.principal.as_ref().filter(|name| name.contains('@')) {
                people.entry(name.to_lowercase()).or_default().push((id, made));
            }
        }
    }
    let mut found = Vec::new();
    for shown in people.values_mut() {
        shown.sort_by_key(|(_, made)| made.span.start);
        let Some((id, first)) = shown.first() else { continue };
        let Some((other_id, other)) = shown.iter().find(|(other, _)| other != id) else { continue };
        let name = other.names.principal.as_deref().unwrap_or_default();
        let ids = (printed(page, &other.span, other_id), printed(page, &first.span, id));
        let message = format!("{name} has the id {} here, and had {}", ids.0, ids.1);
        found.push(
            Finding::new(other.span.clone(), message).related(first.span.clone(), format!("{name} with another id")),
        );
    }
    found
}
