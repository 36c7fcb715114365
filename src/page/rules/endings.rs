//! What is created and left.

use std::collections::{HashMap, HashSet};

use graphwalk_catalog::{ApiPath, Catalog, Method};

use crate::page::Page;
use crate::page::ids::{MadeBy, MadeId, RequestPart};

use super::Finding;

/// The objects that a page deletes, and which lies in which.
struct DeletedObjects {
    /// The ids that a DELETE names.
    ids: HashSet<String>,
    /// The collections of which one object is deleted, whichever.
    collections: HashSet<String>,
    /// By the numbers of exchanges the first object in their paths.
    containers: HashMap<usize, String>,
}

impl DeletedObjects {
    fn of(page: &Page) -> Self {
        let mut ends = Self { ids: HashSet::new(), collections: HashSet::new(), containers: HashMap::new() };
        let is_delete =
            |number: usize| page.exchanges.get(number).is_some_and(|exchange| exchange.request.method == "DELETE");
        for used in page.ids.used.iter().filter(|used| matches!(used.part, RequestPart::Path { .. })) {
            if is_delete(used.exchange) {
                ends.ids.insert(used.id.clone());
            }
            ends.containers.entry(used.exchange).or_insert_with(|| used.id.clone());
        }
        for exchange in page.exchanges.iter().filter(|exchange| exchange.request.method == "DELETE") {
            let path = words(&exchange.address.text);
            if let Some((collection, _)) = path.rsplit_once('/') {
                ends.collections.insert(collection.to_owned());
            }
        }
        ends
    }

    /// Returns whether an object is deleted, or another one of the collection in which it was created: whoever deletes that
    /// meant this one, whatever id is printed.
    fn includes(&self, id: &str, collection: &str) -> bool {
        self.ids.contains(id) || self.collections.contains(&words(collection))
    }
}

/// The words of a path in lower case, without its version and query.
fn words(path: &str) -> String {
    let path = ApiPath::parse_reference(path);
    let words: Vec<String> = path.segments().iter().map(|segment| segment.name().to_lowercase()).collect();
    words.join("/")
}

pub(super) fn never_deleted(page: &Page) -> Vec<Finding> {
    let mut made: Vec<(&String, &MadeId)> = Vec::new();
    for (id, all) in &page.ids.made {
        made.extend(all.iter().filter(|made| made.by == MadeBy::Creation).take(1).map(|made| (id, made)));
    }
    made.sort_by_key(|(_, made)| made.span.start);
    let ends = DeletedObjects::of(page);
    let collection_of =
        |made: &MadeId| page.exchanges.get(made.exchange).map(|exchange| exchange.address.versioned_text());
    let collections: HashMap<&str, String> =
        made.iter().filter_map(|(id, made)| Some((id.as_str(), collection_of(made)?))).collect();
    let mut found = Vec::new();
    for (id, made) in made {
        let (Some(exchange), Some(collection)) = (page.exchanges.get(made.exchange), collections.get(id.as_str()))
        else {
            continue;
        };
        let is_created = exchange.address.call("POST").is_ok_and(|call| call.operation().is_none());
        if !is_created || records_an_act(collection) || ends.includes(id, collection) || !can_be_deleted(collection, id)
        {
            continue;
        }
        // What lies in an object is gone with it.
        let container = ends.containers.get(&made.exchange);
        let is_gone = |outer: &String| ends.includes(outer, collections.get(outer.as_str()).map_or("", String::as_str));
        if container.is_some_and(is_gone) {
            continue;
        }
        let what = made.kind.as_ref().map_or("object", |kind| kind.name());
        let message = format!("the {what} that is created here is never deleted: add its DELETE to the clean-up");
        found.push(Finding::new(exchange.request.span.start..exchange.request.url_span.end, message));
    }
    found
}

/// Returns whether the objects of a collection are requests to Graph, which stay as a record: `…/assignmentRequests`.
fn records_an_act(collection: &str) -> bool {
    words(collection).ends_with("requests")
}

fn can_be_deleted(collection: &str, id: &str) -> bool {
    let collection = collection.split('?').next().unwrap_or_default();
    // The metadata does not say what can be deleted.
    let path = ApiPath::parse(&format!("{collection}/{id}"));
    path.is_ok_and(|path| Catalog::v1().listed_methods(&path).contains(&Method::Delete))
}
