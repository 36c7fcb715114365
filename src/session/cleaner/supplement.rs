//! What a journal has lost and the state of the session still knows.

use std::collections::BTreeMap;

use graphwalk_catalog::Resource;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::session::journal::{JournalError, JournalEvent, JournalObject, PropertySearch};
use crate::session::{Failure, ObjectId, SessionState};

use super::{Cleaner, reason, refused};

/// The facts that a state has in addition to the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supplemented {
    /// Objects of the run, which the journal lists from now on.
    pub found: Vec<JournalObject>,
    /// Ids that may be those of objects of the run, each with the reason why it is not known.
    pub unknown: Vec<String>,
}

impl Cleaner {
    /// Looks which of the ids that the state keeps are objects of this run that the journal does not list, and takes them
    /// into the journal. They are known by the run's mark. `saved` is when the state was written.
    ///
    /// # Errors
    ///
    /// The line cannot be written to the disk.
    pub async fn supplement(&mut self, state: &SessionState, saved: Timestamp) -> Result<Supplemented, JournalError> {
        let mut supplemented = Supplemented::default();
        let until =
            saved.min(self.session.backend().clock().machine_now()).saturating_add(self.session.profile().pace.settle);
        let until = until.unwrap_or(Timestamp::MAX);
        let mut wanted = candidates(state);
        for listed in self.listed_ids() {
            wanted.remove(&listed);
        }
        let mut pause = SignedDuration::from_secs(1);
        loop {
            let mut missed = BTreeMap::new();
            for (id, name) in wanted {
                match self.own(&id).await {
                    Ok(Some(object)) => {
                        let intent = self.journal.borrow_mut().intend(object.clone())?;
                        self.journal.borrow_mut().created(intent, id.as_str())?;
                        supplemented.found.push(object);
                    }
                    Ok(None) => drop(missed.insert(id, name)),
                    Err(failure) => supplemented.unknown.push(format!("\"{name}\" ({id}): {}", reason(&failure))),
                }
            }
            if missed.is_empty() || self.session.backend().clock().machine_now() >= until {
                break;
            }
            wanted = missed;
            self.rest(&mut pause).await;
        }
        if supplemented.unknown.is_empty() {
            self.journal.borrow_mut().supplemented()?;
        }
        Ok(supplemented)
    }

    /// Returns what may have been created: what the overlay allows, and what else the journal names.
    fn resources(&self) -> Vec<Resource> {
        let mut resources: Vec<Resource> = self.session.resources.iter().cloned().collect();
        for event in &self.journal.borrow().record().events {
            if let JournalEvent::Intended { object, .. } | JournalEvent::Created { object, .. } = event
                && !resources.contains(&object.resource)
            {
                resources.push(object.resource.clone());
            }
        }
        resources
    }

    /// The object of this id, if it is one that this run created.
    async fn own(&mut self, id: &ObjectId) -> Result<Option<JournalObject>, Failure> {
        // What belongs to another object is gone with it.
        for resource in self.resources().into_iter().filter(|resource| resource.facts().belongs_to.is_none()) {
            let exchange = self.read(&format!("/v1.0{}", resource.path_with_identity(id.as_str()))).await?;
            match exchange.status {
                200 => {
                    let text = |name: &str| exchange.json().and_then(|body| body.get(name)).and_then(Value::as_str);
                    let property = resource.facts().look_up.property.clone();
                    let value = text(&property).unwrap_or_default().to_owned();
                    if text("id").and_then(ObjectId::parse).as_ref() != Some(id) || !self.mark.is_in(&value) {
                        // Another resource may have the same collection.
                        continue;
                    }
                    let name = text("displayName").unwrap_or_default().to_owned();
                    return Ok(Some(JournalObject { resource, name, search: PropertySearch { property, value } }));
                }
                // Graph says of an id of another kind that it does not exist, or that it is not one.
                400 | 404 if exchange.is_graphs_refusal() => {}
                _ => return Err(refused(&exchange)),
            }
        }
        Ok(None)
    }
}

/// The ids that a state keeps, each with the first name that it is kept under.
fn candidates(state: &SessionState) -> BTreeMap<ObjectId, String> {
    let mut candidates = BTreeMap::new();
    for (name, value) in &state.captures {
        if let Some(id) = value.as_str().and_then(ObjectId::parse) {
            candidates.entry(id).or_insert_with(|| name.clone());
        }
    }
    candidates
}
