//! What is created and left.

use graphwalk_catalog::{ApiPath, Catalog, Method};

use crate::page::Page;
use crate::page::ids::{Made, MadeBy, Part};

use super::Found;

pub(super) fn never_deleted(page: &Page) -> Vec<Found> {
    let mut made: Vec<(&String, &Made)> = Vec::new();
    for (id, all) in &page.ids.made {
        made.extend(all.iter().filter(|made| made.by == MadeBy::Creation).take(1).map(|made| (id, made)));
    }
    made.sort_by_key(|(_, made)| made.span.start);
    let mut found = Vec::new();
    for (id, made) in made {
        let Some(exchange) = page.exchanges.get(made.exchange) else { continue };
        let is_created = exchange.address.call("POST").is_ok_and(|call| call.operation().is_none());
        let collection = exchange.address.versioned_text();
        let collection = collection.split('?').next().unwrap_or_default();
        if !is_created || records_an_act(collection) || !can_be_deleted(collection, id) || is_deleted(page, id) {
            continue;
        }
        // Whoever deletes something of the collection meant this one, whatever id is printed; what lies in another object
        // is gone with it.
        if deletes_from(page, collection) || container(page, made.exchange).is_some_and(|outer| is_gone(page, &outer)) {
            continue;
        }
        let what = made.kind.as_ref().map_or("object", |kind| kind.name());
        let message = format!("the {what} that is created here is never deleted: add its DELETE to the clean-up");
        let span = exchange.request.span.start..exchange.request.url_span.end;
        found.push(Found::new(span, message));
    }
    found
}

/// Whether the objects of a collection are requests to Graph, which stay as a record: `…/assignmentRequests`.
fn records_an_act(collection: &str) -> bool {
    collection.to_lowercase().ends_with("requests")
}

fn can_be_deleted(collection: &str, id: &str) -> bool {
    let path = ApiPath::parse(&format!("{collection}/{id}"));
    path.is_ok_and(|path| {
        // The metadata does not say what can be deleted.
        Catalog::v1().listed_methods(&path).contains(&Method::Delete)
    })
}

fn is_deleted(page: &Page, id: &str) -> bool {
    page.ids.used.iter().any(|used| {
        let is_delete = page.exchanges.get(used.exchange).is_some_and(|exchange| exchange.request.method == "DELETE");
        used.id == id && is_delete && matches!(used.part, Part::Path { .. })
    })
}

/// Whether an object of a collection is deleted, whichever.
fn deletes_from(page: &Page, collection: &str) -> bool {
    let name = |text: &str| {
        ApiPath::parse_reference(text)
            .segments()
            .iter()
            .map(|segment| segment.name().to_lowercase())
            .collect::<Vec<_>>()
    };
    let collection = name(collection);
    page.exchanges.iter().filter(|exchange| exchange.request.method == "DELETE").any(|exchange| {
        let path = name(&exchange.address.text);
        path.len() == collection.len() + 1 && path.starts_with(&collection)
    })
}

/// The object in which another one was created.
fn container(page: &Page, exchange: usize) -> Option<String> {
    let keys = page.ids.used.iter().filter(|used| used.exchange == exchange);
    keys.filter(|used| matches!(used.part, Part::Path { .. })).map(|used| used.id.clone()).next()
}

/// Whether an object is deleted, or none of the page: then what lies in it is its owner's to clear.
fn is_gone(page: &Page, id: &str) -> bool {
    let is_own = page.ids.made.get(id).is_some_and(|made| made.iter().any(|made| made.by == MadeBy::Creation));
    is_deleted(page, id) || (is_own && container_collection_is_deleted(page, id))
}

/// Whether something is deleted from the collection in which an object was created.
fn container_collection_is_deleted(page: &Page, id: &str) -> bool {
    let made = page.ids.made.get(id).and_then(|made| made.iter().find(|made| made.by == MadeBy::Creation));
    let exchange = made.and_then(|made| page.exchanges.get(made.exchange));
    exchange.is_some_and(|exchange| deletes_from(page, exchange.address.text.split('?').next().unwrap_or_default()))
}
