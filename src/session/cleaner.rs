//! Deleting exactly what a journal lists, and looking whether it is gone.

pub(in crate::session) mod identity;
mod removal;
mod search;
mod supplement;

use std::cell::RefCell;
use std::rc::Rc;

use crate::backend::Backend;

use super::journal::{EntryId, Journal, JournalError, JournalObject, Leftover};
use super::{Failure, Guard, Mark, ObjectId, Session, TracedExchange, Tracing, Watcher};

use graphwalk_client::Exchange;
use graphwalk_schema::Schemas;
use removal::Removed;

pub use supplement::Supplemented;

/// The reason noted beside requests of a clean-up, which no step asks for.
const CLEAN_UP: &str = "clean-up";

/// Deletes what the journal of a run lists, and nothing else.
pub struct Cleaner {
    session: Session,
    journal: Rc<RefCell<Journal>>,
    mark: Mark,
}

/// The result of a clean-up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// The objects that were deleted, and found to be gone.
    pub deleted: Vec<JournalObject>,
    /// The objects that somebody had deleted before.
    pub gone: Vec<JournalObject>,
    /// The objects that turned out never to have been created.
    pub absent: Vec<JournalObject>,
    /// The objects that were removed from the deleted items as well.
    pub purged: Vec<JournalObject>,
    /// The objects that may still be there, and why.
    pub left: Vec<(JournalObject, String)>,
}

impl Cleaner {
    /// A cleaner for the run whose objects carry `mark`.
    pub fn new(backend: Rc<dyn Backend>, schemas: Schemas, journal: Rc<RefCell<Journal>>, mark: Mark) -> Self {
        let mut session = Session::new(backend, schemas, false);
        session.guard_by(Guard::default());
        Self { session, journal, mark }
    }

    /// Keeps its exchanges for reports, as far as these want them, numbered behind `number`, and tells `watcher` of each at once.
    #[must_use]
    pub fn traced(mut self, tracing: Tracing, number: usize, watcher: Option<Watcher>) -> Self {
        self.session.trace(tracing);
        self.session.watch(watcher);
        self.session.traffic.number_behind(number);
        self.session.traffic.mark_outside(Some(CLEAN_UP));
        self
    }

    /// The number of the exchange that it made last.
    pub fn number(&self) -> usize {
        self.session.traffic.number()
    }

    /// Its exchanges, without secrets.
    pub fn into_exchanges(mut self) -> Vec<TracedExchange> {
        let mut made = self.session.take_traffic(false);
        made.iter_mut().for_each(|exchange| self.session.hide_secrets(exchange));
        made
    }

    /// Deletes what may be left, what looks at others first; with `purge` also for good. Safe to repeat.
    ///
    /// An object is read before it is deleted: one that is not known to be the run's own is left, and named.
    ///
    /// # Errors
    ///
    /// The journal cannot be written: objects that were deleted stay deleted, and another attempt finds them gone.
    pub async fn clean(&mut self, purge: bool) -> Result<Cleaned, JournalError> {
        let mut cleaned = self.clean_those(|_| true).await?;
        self.sweep(&mut cleaned).await?;
        if purge {
            let deleted = self.journal.borrow().record().deleted();
            for left in deleted.into_iter().filter(|left| is_purged(&left.object)) {
                self.purge(left, &mut cleaned).await?;
            }
        }
        Ok(cleaned)
    }

    /// Deletes what may be left and is `wanted`.
    ///
    /// # Errors
    ///
    /// The journal cannot be written: objects that were deleted stay deleted, and another attempt finds them gone.
    pub async fn clean_those(&mut self, wanted: impl Fn(&Leftover) -> bool) -> Result<Cleaned, JournalError> {
        let mut cleaned = Cleaned::default();
        let mut leftovers = self.journal.borrow().leftovers();
        leftovers.retain(wanted);
        leftovers.sort_by_key(|left| left.object.resource.facts().order);
        for left in leftovers {
            self.one(left, &mut cleaned).await?;
        }
        Ok(cleaned)
    }

    async fn one(&mut self, left: Leftover, cleaned: &mut Cleaned) -> Result<(), JournalError> {
        let Leftover { entry, object, id } = left;
        let found = match id {
            Some(id) => match ObjectId::parse(&id) {
                Some(id) => Ok(vec![(entry, id)]),
                None => Err(Failure::new("clean", format!("its id {id:?} is not a GUID and is not used in a path"))),
            },
            None => match self.search(entry, &object).await {
                Ok(ids) => Ok(self.note_found(entry, &object, ids)?),
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

    async fn delete_entry(
        &mut self,
        entry: EntryId,
        object: &JournalObject,
        id: &ObjectId,
        cleaned: &mut Cleaned,
    ) -> Result<(), JournalError> {
        match self.delete(entry, object, id).await {
            Ok(removed) => {
                self.journal.borrow_mut().deleted(entry)?;
                match removed {
                    Removed::Now => cleaned.deleted.push(object.clone()),
                    Removed::Before => cleaned.gone.push(object.clone()),
                }
            }
            Err(failure) => cleaned.left.push((object.clone(), reason(&failure))),
        }
        Ok(())
    }

    async fn purge(&mut self, left: Leftover, cleaned: &mut Cleaned) -> Result<(), JournalError> {
        let Leftover { entry, object, id } = left;
        let Some(id) = id.as_deref().and_then(ObjectId::parse) else { return Ok(()) };
        match self.remove_for_good(entry, &object, &id).await {
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
}

impl std::fmt::Debug for Cleaner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cleaner").field("mark", &self.mark).finish_non_exhaustive()
    }
}

/// Returns whether deleted objects lie somewhere where they can be deleted for good.
fn is_purged(object: &JournalObject) -> bool {
    let facts = object.resource.facts();
    facts.can_be_purged && facts.deleted_items.is_some()
}

/// The failure of an answer that is not the one that was asked for.
fn refused(exchange: &Exchange) -> Failure {
    let error = exchange.error().map(|error| format!(" {error}")).unwrap_or_default();
    let Exchange { method, status, request_id, .. } = exchange;
    let id = request_id.as_ref().map(|id| format!(" (request-id {id})")).unwrap_or_default();
    let by = if *status >= 400 && !exchange.is_graphs_refusal() { ", not by Graph" } else { "" };
    Failure::new("clean", format!("{method} got {status}{by}{error}{id}"))
}

fn reason(failure: &Failure) -> String {
    graphwalk_secrets::masking::without_secrets(&failure.message)
}
