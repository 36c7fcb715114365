//! Deleting one object that is known to be the run's own, and reading it until it is gone.

use graphwalk_client::Exchange;
use graphwalk_recording::ADMINISTRATOR;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::session::journal::{EntryId, JournalEvent, JournalObject};
use crate::session::{Call, Failure, ObjectId};

use super::identity::ObjectIdentity;
use super::{Cleaner, refused};

/// The longest pause between two looks.
const LONGEST: SignedDuration = SignedDuration::from_secs(8);

/// The time when an object was deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removed {
    /// By this clean-up.
    Now,
    /// Before it.
    Before,
}

impl Cleaner {
    /// Deletes an object if it is the run's own, and reads it until it is gone.
    pub(super) async fn delete(
        &mut self,
        entry: EntryId,
        object: &JournalObject,
        id: &ObjectId,
    ) -> Result<Removed, Failure> {
        let path = format!("/v1.0{}", object.resource.path_of(id.as_str()));
        let with_identity = format!("/v1.0{}", object.resource.path_with_identity(id.as_str()));
        let is_creation =
            |event: &JournalEvent| matches!(event, JournalEvent::Created { entry: of, .. } if *of == entry);
        if !self.is_there(&with_identity, entry, object, id, is_creation).await? {
            return Ok(Removed::Before);
        }
        self.remove(&path).await?;
        Ok(Removed::Now)
    }

    /// Removes a deleted item, once it is among them: right after its deletion it may be seen there late. What is not there
    /// after that was removed already, or is of a kind that is not kept.
    pub(super) async fn remove_for_good(
        &mut self,
        entry: EntryId,
        object: &JournalObject,
        id: &ObjectId,
    ) -> Result<(), Failure> {
        let Some(deleted_items) = &object.resource.facts().deleted_items else { return Ok(()) };
        let path = format!("/v1.0{deleted_items}/{id}");
        let is_deletion =
            |event: &JournalEvent| matches!(event, JournalEvent::Deleted { entry: of, .. } if *of == entry);
        if self.is_there(&path, entry, object, id, is_deletion).await? {
            self.remove(&path).await?;
        }
        Ok(())
    }

    /// Returns whether the run's object is at `path`. It is not there only if it is not found once reads must see what
    /// was done at `since`, and it is there only if it is the run's own.
    ///
    /// # Errors
    ///
    /// The answer is not Graph's, or what is there is not known to be the run's own.
    async fn is_there(
        &mut self,
        path: &str,
        entry: EntryId,
        object: &JournalObject,
        id: &ObjectId,
        since: impl Fn(&JournalEvent) -> bool,
    ) -> Result<bool, Failure> {
        let until = self.settled(since);
        let mut pause = SignedDuration::from_secs(1);
        loop {
            let exchange = self.read(path).await?;
            match exchange.status {
                404 if exchange.is_not_found() && self.session.backend().clock().machine_now() >= until => {
                    return Ok(false);
                }
                404 if exchange.is_not_found() => {}
                200 => {
                    let journal = self.journal.borrow();
                    let identity = ObjectIdentity::new(id, object, &self.mark, journal.record(), entry);
                    let mismatch = identity.mismatch(exchange.json().unwrap_or(&Value::Null));
                    return mismatch.map_or(Ok(true), |why| Err(Failure::new("clean", why)));
                }
                _ => return Err(refused(&exchange)),
            }
            self.rest(&mut pause).await;
        }
    }

    /// Deletes what is at `path`, and reads it until it is gone. If something between answers in Graph's place, that decides.
    async fn remove(&mut self, path: &str) -> Result<(), Failure> {
        if let Some(guard) = self.session.guard_mut() {
            guard.learn_from(self.journal.borrow().record());
        }
        let exchange = self.send(&Call::new(ADMINISTRATOR, "DELETE", path)).await?;
        let is_done = exchange.status == 204 || exchange.is_not_found() || exchange.recovered.is_some();
        if !is_done && exchange.is_graphs_refusal() {
            return Err(refused(&exchange));
        }
        let gone = self.until_gone(path).await;
        if is_done { gone } else { gone.map_err(|_| refused(&exchange)) }
    }

    async fn until_gone(&mut self, path: &str) -> Result<(), Failure> {
        let until = self.session.backend().clock().monotonic_now().after(self.session.profile().pace.settle);
        let mut pause = SignedDuration::from_secs(1);
        loop {
            let exchange = self.read(path).await?;
            if exchange.is_not_found() {
                return Ok(());
            }
            if exchange.status != 200 && exchange.is_graphs_refusal() {
                return Err(refused(&exchange));
            }
            if self.session.backend().clock().monotonic_now() >= until {
                return Err(match exchange.status {
                    200 => Failure::new("clean", "its deletion was accepted, but it still exists"),
                    _ => refused(&exchange),
                });
            }
            self.rest(&mut pause).await;
        }
    }

    pub(super) async fn read(&mut self, path: &str) -> Result<Exchange, Failure> {
        self.read_with(path, Vec::new()).await
    }

    /// The same with headers beside the ones that every request carries.
    pub(super) async fn read_with(&mut self, path: &str, headers: Vec<(String, String)>) -> Result<Exchange, Failure> {
        self.send(&Call { headers, ..Call::new(ADMINISTRATOR, "GET", path) }.all_pages()).await
    }

    /// The answer to a call. A refusal is judged by who it is from, and not by its schema.
    async fn send(&mut self, call: &Call) -> Result<Exchange, Failure> {
        let failure = match self.session.send(call).await {
            Ok(exchange) => return Ok(exchange.clone()),
            Err(failure) => failure,
        };
        let refusal = self.session.last().ok().filter(|last| failure.code == "schema" && last.status >= 400);
        refusal.cloned().ok_or(failure)
    }

    /// Returns when reads must see what was written into the journal last of the `wanted` events, on this machine's clock.
    /// A clock that was set back does not make it longer.
    pub(super) fn settled(&self, wanted: impl Fn(&JournalEvent) -> bool) -> Timestamp {
        let at = self.journal.borrow().record().events.iter().rfind(|event| wanted(event)).map(JournalEvent::at);
        let now = self.session.backend().clock().machine_now();
        let at = at.unwrap_or(Timestamp::MIN).min(now);
        at.saturating_add(self.session.profile().pace.settle).unwrap_or(now)
    }

    /// Sleeps, longer each time.
    pub(super) async fn rest(&self, pause: &mut SignedDuration) {
        self.session.backend().clock().sleep(*pause).await;
        *pause = (*pause * 2).min(LONGEST);
    }
}
