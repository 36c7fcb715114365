//! Deleting exactly what a journal lists, and looking whether it is gone.

use std::cell::RefCell;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::backend::Backend;
use crate::graph::Exchange;
use crate::recording::ADMINISTRATOR;
use crate::schema::Schemas;

use super::journal::{EntryId, Event, Journal, JournalError, Leftover, Object};
use super::{Call, Failure, Kind, Mark, Session};

/// The longest pause between two looks.
const LONGEST: SignedDuration = SignedDuration::from_secs(8);

/// Deletes what the journal of a run lists, and nothing else.
pub struct Cleaner {
    session: Session,
    journal: Rc<RefCell<Journal>>,
    mark: Mark,
}

/// What a clean-up came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// What was deleted, and found to be gone.
    pub deleted: Vec<Object>,
    /// What turned out never to have been created.
    pub absent: Vec<Object>,
    /// What was removed from the deleted items as well.
    pub purged: Vec<Object>,
    /// What may still be there, and why.
    pub left: Vec<(Object, String)>,
}

impl Cleaner {
    /// A cleaner for the run whose objects carry `mark`.
    pub fn new(backend: Rc<dyn Backend>, schemas: Schemas, journal: Rc<RefCell<Journal>>, mark: Mark) -> Self {
        Self { session: Session::new(backend, schemas, false), journal, mark }
    }

    /// Deletes what may be left, reviews first and users last; with `purge` also for good. Safe to repeat.
    ///
    /// # Errors
    ///
    /// [`JournalError::Unwritten`]: what was deleted is deleted all the same, and repeating finds out.
    pub async fn clean(&mut self, purge: bool) -> Result<Cleaned, JournalError> {
        let mut cleaned = self.clean_those(|_| true).await?;
        self.sweep(&mut cleaned).await?;
        if purge {
            let deleted = self.journal.borrow().record().deleted();
            for left in deleted.into_iter().filter(|left| left.object.kind != Kind::Review) {
                self.purge(left, &mut cleaned).await?;
            }
        }
        Ok(cleaned)
    }

    /// Deletes what may be left and is `wanted`.
    ///
    /// # Errors
    ///
    /// As for [`Cleaner::clean`].
    pub async fn clean_those(&mut self, wanted: impl Fn(&Leftover) -> bool) -> Result<Cleaned, JournalError> {
        let mut cleaned = Cleaned::default();
        let mut leftovers = self.journal.borrow().leftovers();
        leftovers.retain(wanted);
        leftovers.sort_by_key(|left| order(left.object.kind));
        for left in leftovers {
            self.one(left, &mut cleaned).await?;
        }
        Ok(cleaned)
    }

    /// Looks for what was made twice: a create whose answer was lost, and which was not seen when it was sent again. Names of
    /// users are unique in a tenant, those of groups and reviews are not.
    async fn sweep(&mut self, cleaned: &mut Cleaned) -> Result<(), JournalError> {
        let (mut objects, mut known) = (Vec::new(), Vec::new());
        for event in &self.journal.borrow().record().events {
            match event {
                Event::Intended { object, .. } if object.kind != Kind::User && !objects.contains(object) => {
                    objects.push(object.clone());
                }
                Event::Created { id, .. } => known.push(id.clone()),
                _ => {}
            }
        }
        objects.retain(|object| self.mark.is_in(&object.search.value));
        for object in objects {
            let found = match self.look(&object).await {
                Ok(found) => found,
                Err(failure) => {
                    cleaned.left.push((object, format!("perhaps, made twice: {}", reason(&failure))));
                    continue;
                }
            };
            for id in found.into_iter().filter(|id| !known.contains(id)) {
                let intent = self.journal.borrow_mut().intend(object.clone())?;
                let entry = self.journal.borrow_mut().created(intent, &id)?;
                self.delete_entry(entry, &object, &id, cleaned).await?;
            }
        }
        Ok(())
    }

    async fn delete_entry(
        &mut self,
        entry: EntryId,
        object: &Object,
        id: &str,
        cleaned: &mut Cleaned,
    ) -> Result<(), JournalError> {
        match self.delete(object.kind, id).await {
            Ok(()) => {
                self.journal.borrow_mut().deleted(entry)?;
                cleaned.deleted.push(object.clone());
            }
            Err(failure) => cleaned.left.push((object.clone(), reason(&failure))),
        }
        Ok(())
    }

    async fn one(&mut self, left: Leftover, cleaned: &mut Cleaned) -> Result<(), JournalError> {
        let Leftover { entry, object, id } = left;
        let found = match id {
            Some(id) => Ok(vec![(entry, id)]),
            None => match self.search(entry, &object).await {
                Ok(ids) => Ok(self.found(entry, &object, ids)?),
                Err(failure) => Err(failure),
            },
        };
        match found {
            Ok(found) if found.is_empty() => cleaned.absent.push(object),
            Ok(found) => {
                for (entry, id) in found {
                    self.delete_entry(entry, &object, &id, cleaned).await?;
                }
            }
            Err(failure) => cleaned.left.push((object, reason(&failure))),
        }
        Ok(())
    }

    /// Notes what a search found: the ids, or that there is nothing.
    fn found(&self, entry: EntryId, object: &Object, ids: Vec<String>) -> Result<Vec<(EntryId, String)>, JournalError> {
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
            found.push((journal.created(intent, &id)?, id));
        }
        Ok(found)
    }

    /// The ids of the objects that a create without an answer has made. It is looked for as long as it may be seen late.
    async fn search(&mut self, entry: EntryId, object: &Object) -> Result<Vec<String>, Failure> {
        if !self.mark.is_in(&object.search.value) {
            let message = "its creation had no answer, and its name has no mark that tells it from others";
            return Err(Failure::new("clean", message));
        }
        let begun = self.time_of(|event| matches!(event, Event::Intended { entry: of, .. } if *of == entry));
        let until = begun.saturating_add(self.session.backend().pace().settle).unwrap_or(Timestamp::MAX);
        let mut pause = SignedDuration::from_secs(1);
        loop {
            let ids = self.look(object).await?;
            if !ids.is_empty() || Timestamp::now() >= until {
                return Ok(ids);
            }
            self.rest(&mut pause).await;
        }
    }

    /// When something was written into the journal, on this machine's clock.
    fn time_of(&self, wanted: impl Fn(&Event) -> bool) -> Timestamp {
        let journal = self.journal.borrow();
        let event = journal.record().events.iter().rfind(|event| wanted(event));
        event.map_or(Timestamp::MIN, Event::at)
    }

    async fn look(&mut self, object: &Object) -> Result<Vec<String>, Failure> {
        let value = &object.search.value;
        let path = match object.kind {
            Kind::User => format!("/v1.0/users/{}?$select=id,displayName,userPrincipalName", encoded(value)),
            Kind::Group => {
                format!("/v1.0/groups?$filter=mailNickname%20eq%20'{}'", encoded(&value.replace('\'', "''")))
            }
            Kind::Review => format!("/v1.0{}", collection(object.kind)),
        };
        let exchange = self.read(&path).await?;
        let property = object.search.property.as_str();
        let is_it = |item: &&Value| {
            let found = item.get(property).and_then(Value::as_str).unwrap_or_default();
            found.eq_ignore_ascii_case(value)
        };
        let body = match exchange.status {
            404 => return Ok(Vec::new()),
            200 => exchange.json().cloned().unwrap_or_default(),
            _ => return Err(refused(&exchange)),
        };
        let items = match body.get("value") {
            Some(Value::Array(items)) => items.clone(),
            _ => vec![body],
        };
        let ids = items.iter().filter(is_it).filter_map(|item| item.get("id").and_then(Value::as_str));
        Ok(ids.map(str::to_owned).collect())
    }

    /// Deletes an object of the run, and reads it until it is gone.
    async fn delete(&mut self, kind: Kind, id: &str) -> Result<(), Failure> {
        let path = format!("/v1.0{}/{id}", collection(kind));
        self.remove(&path).await?;
        self.until_gone(&path).await
    }

    async fn purge(&mut self, left: Leftover, cleaned: &mut Cleaned) -> Result<(), JournalError> {
        let Leftover { entry, object, id: Some(id) } = left else { return Ok(()) };
        let path = format!("/v1.0/directory/deletedItems/{id}");
        match self.remove_for_good(&path, entry).await {
            Ok(()) => {
                self.journal.borrow_mut().purged(entry)?;
                cleaned.purged.push(object);
            }
            Err(failure) => {
                let why = format!("deleted, but not removed from the deleted items: {}", reason(&failure));
                cleaned.left.push((object, why));
            }
        }
        Ok(())
    }

    /// Removes a deleted item, once it is among them: right after its deletion it may be seen there late. What is not there
    /// after that was removed already, or is of a kind that is not kept.
    async fn remove_for_good(&mut self, path: &str, entry: EntryId) -> Result<(), Failure> {
        let until = self.time_of(|event| matches!(event, Event::Deleted { entry: of, .. } if *of == entry));
        let until = until.saturating_add(self.session.backend().pace().settle).unwrap_or(Timestamp::MAX);
        let mut pause = SignedDuration::from_secs(1);
        while self.read(path).await?.status == 404 {
            if Timestamp::now() >= until {
                return Ok(());
            }
            self.rest(&mut pause).await;
        }
        self.remove(path).await?;
        self.until_gone(path).await
    }

    async fn remove(&mut self, path: &str) -> Result<(), Failure> {
        let exchange = self.session.send(&Call::new(ADMINISTRATOR, "DELETE", path)).await?;
        if matches!(exchange.status, 204 | 404) || exchange.recovered.is_some() {
            Ok(())
        } else {
            Err(refused(exchange))
        }
    }

    async fn until_gone(&mut self, path: &str) -> Result<(), Failure> {
        let until = self.session.backend().monotonic_now().after(self.session.backend().pace().settle);
        let mut pause = SignedDuration::from_secs(1);
        loop {
            let exchange = self.read(path).await?;
            match exchange.status {
                404 => return Ok(()),
                200 => {}
                _ => return Err(refused(&exchange)),
            }
            if self.session.backend().monotonic_now() >= until {
                return Err(Failure::new("clean", "its deletion was accepted, and it is still there"));
            }
            self.rest(&mut pause).await;
        }
    }

    async fn read(&mut self, path: &str) -> Result<Exchange, Failure> {
        self.session.send(&Call::new(ADMINISTRATOR, "GET", path).all_pages()).await.cloned()
    }

    /// Sleeps, longer each time.
    async fn rest(&self, pause: &mut SignedDuration) {
        self.session.backend().sleep(*pause).await;
        *pause = (*pause * 2).min(LONGEST);
    }
}

impl Cleaned {
    /// Adds what another clean-up came to.
    pub fn add(&mut self, other: Self) {
        self.deleted.extend(other.deleted);
        self.absent.extend(other.absent);
        self.purged.extend(other.purged);
        self.left.extend(other.left);
    }
}

impl std::fmt::Debug for Cleaner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cleaner").field("mark", &self.mark).finish_non_exhaustive()
    }
}

/// Reviews look at groups, and groups at users.
fn order(kind: Kind) -> u8 {
    match kind {
        Kind::Review => 0,
        Kind::Group => 1,
        Kind::User => 2,
    }
}

fn collection(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "/users",
        Kind::Group => "/groups",
        Kind::Review => "/identityGovernance/accessReviews/definitions",
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn refused(exchange: &Exchange) -> Failure {
    let error = exchange.error().map(|error| format!(" {error}")).unwrap_or_default();
    let Exchange { method, status, request_id, .. } = exchange;
    let id = request_id.as_ref().map(|id| format!(" (request-id {id})")).unwrap_or_default();
    Failure::new("clean", format!("{method} is answered {status}{error}{id}"))
}

fn reason(failure: &Failure) -> String {
    crate::secrets_in_use::mask(&crate::recording::secrets::masked_text(&failure.message)).into_owned()
}
