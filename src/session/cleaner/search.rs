//! Finding what a run created without learning its id.

use graphwalk_catalog::{LookUpBy, Resource};
use graphwalk_client::Exchange;
use jiff::SignedDuration;
use serde_json::Value;

use crate::session::journal::{EntryId, JournalError, JournalEvent, JournalObject, Leftover};
use crate::session::{Failure, ObjectId};

use super::{Cleaned, Cleaner, reason, refused};

impl Cleaner {
    /// Looks for what was made twice, or was made although its answer said otherwise: whatever has a name that this run
    /// gave, and an id that the journal does not list.
    pub(super) async fn sweep(&mut self, cleaned: &mut Cleaned) -> Result<(), JournalError> {
        let mut objects: Vec<JournalObject> = Vec::new();
        for event in &self.journal.borrow().record().events {
            match event {
                JournalEvent::Intended { object, .. } | JournalEvent::Created { object, .. }
                    if !objects.contains(object) =>
                {
                    objects.push(object.clone());
                }
                _ => {}
            }
        }
        objects.retain(|object| self.mark.is_in(&object.search.value));
        objects.sort_by_key(|object| object.resource.facts().order);
        for object in objects {
            let found = match self.look(&object).await {
                Ok(found) => found,
                Err(failure) => {
                    if !cleaned.left.iter().any(|(left, _)| *left == object) {
                        cleaned.left.push((object, format!("possibly created twice: {}", reason(&failure))));
                    }
                    continue;
                }
            };
            let known = self.listed_ids();
            for id in found.into_iter().filter(|id| !known.contains(id)) {
                let intent = self.journal.borrow_mut().intend(object.clone())?;
                let entry = self.journal.borrow_mut().created(intent, id.as_str())?;
                self.delete_entry(entry, &object, &id, cleaned).await?;
            }
        }
        Ok(())
    }

    /// The ids of all objects that the journal lists, deleted ones too: lists may show these for a while.
    pub(super) fn listed_ids(&self) -> Vec<ObjectId> {
        let journal = self.journal.borrow();
        let ids = journal.record().events.iter().filter_map(|event| match event {
            JournalEvent::Created { id, .. } => ObjectId::parse(id),
            _ => None,
        });
        ids.collect()
    }

    /// Notes what a search found: the ids, or that there is nothing.
    pub(super) fn note_found(
        &self,
        entry: EntryId,
        object: &JournalObject,
        ids: Vec<ObjectId>,
    ) -> Result<Vec<(EntryId, ObjectId)>, JournalError> {
        let mut journal = self.journal.borrow_mut();
        let mut open = journal.open_intent(entry);
        if ids.is_empty() {
            if let Some(intent) = open {
                journal.nothing_created(intent, "a search by the run's mark found nothing")?;
            }
            return Ok(Vec::new());
        }
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            // A create that was sent twice has made two.
            let intent = match open.take() {
                Some(intent) => intent,
                None => journal.intend(object.clone())?,
            };
            found.push((journal.created(intent, id.as_str())?, id));
        }
        Ok(found)
    }

    /// The ids of the objects that a create without an answer has made. It is looked for as long as it may be seen late.
    pub(super) async fn search(&mut self, entry: EntryId, object: &JournalObject) -> Result<Vec<ObjectId>, Failure> {
        if !self.is_told_apart(object) {
            let message = "the answer to its creation was lost, and no mark in its name identifies it";
            return Err(Failure::new("clean", message));
        }
        let until = self.settled(|event| matches!(event, JournalEvent::Intended { entry: of, .. } if *of == entry));
        let mut pause = SignedDuration::from_secs(1);
        loop {
            let mut ids = self.look(object).await?;
            // Another create of the same name may be known already.
            let others = self.journal.borrow().leftovers();
            let others = others.iter().filter_map(|Leftover { id, .. }| ObjectId::parse(id.as_deref()?));
            let others: Vec<ObjectId> = others.collect();
            ids.retain(|id| !others.contains(id));
            if !ids.is_empty() || self.session.backend().clock().machine_now() >= until {
                return Ok(ids);
            }
            self.rest(&mut pause).await;
        }
    }

    /// Returns whether what an object is searched by tells it from those of others: by the run's mark, or as the id of
    /// another object that the run created.
    pub(super) fn is_told_apart(&self, object: &JournalObject) -> bool {
        let is_own = |event: &JournalEvent| matches!(event, JournalEvent::Created { id, .. } if id.eq_ignore_ascii_case(&object.search.value));
        self.mark.is_in(&object.search.value)
            || object.resource.facts().belongs_to.is_some() && self.journal.borrow().record().events.iter().any(is_own)
    }

    /// The ids of what has the name that the run gave to the object. What is not answered as Graph answers it is a failure:
    /// it printed nothing of what is there.
    async fn look(&mut self, object: &JournalObject) -> Result<Vec<ObjectId>, Failure> {
        let value = &object.search.value;
        let path = format!("/v1.0{}", object.resource.look_up_path(value));
        let exchange = self.read_with(&path, object.resource.look_up_headers()).await?;
        match exchange.status {
            404 if exchange.is_not_found() => Ok(Vec::new()),
            200 => items(&object.resource, &exchange)?
                .iter()
                .filter(|item| {
                    let found = item.get(&object.search.property).and_then(Value::as_str).unwrap_or_default();
                    found.eq_ignore_ascii_case(value)
                })
                .map(|item| id_of(item).ok_or_else(|| unreadable(&exchange)))
                .collect(),
            _ => Err(refused(&exchange)),
        }
    }
}

/// The items of a list, or the one object that a name leads to.
fn items(resource: &Resource, exchange: &Exchange) -> Result<Vec<Value>, Failure> {
    let body = exchange.json().ok_or_else(|| unreadable(exchange))?;
    match (resource.facts().look_up.by, body.get("value")) {
        (LookUpBy::Filter | LookUpBy::List, Some(Value::Array(items))) => Ok(items.clone()),
        (LookUpBy::Key, None) if id_of(body).is_some() => Ok(vec![body.clone()]),
        _ => Err(unreadable(exchange)),
    }
}

fn id_of(item: &Value) -> Option<ObjectId> {
    item.get("id").and_then(Value::as_str).and_then(ObjectId::parse)
}

fn unreadable(exchange: &Exchange) -> Failure {
    Failure::new("clean", format!("{} {} got an answer of another shape", exchange.method, exchange.path))
}
