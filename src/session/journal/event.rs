//! What a journal says.

use std::collections::BTreeMap;
use std::fmt;

use graphwalk_catalog::Resource;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::RunId;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum JournalEvent {
    /// The run began. Always the first line.
    Begun(Begun),
    /// The run goes on in another process.
    Resumed {
        /// The time.
        at: Timestamp,
    },
    /// A create is about to be sent. Without a later event of the same entry nobody knows whether it took effect.
    Intended {
        /// The object's number in this journal.
        entry: EntryId,
        /// The object that is to be created.
        object: JournalObject,
        /// The time.
        at: Timestamp,
    },
    /// The object exists. It is described again, so that this line alone is enough to delete it.
    Created {
        /// The object's number in this journal.
        entry: EntryId,
        /// The object that was created.
        object: JournalObject,
        /// Graph's id of it.
        id: String,
        /// The time.
        at: Timestamp,
    },
    /// The create took no effect: Graph refused it, or a search by the mark found nothing.
    NothingCreated {
        /// The object's number in this journal.
        entry: EntryId,
        /// The reason why that is known.
        reason: String,
        /// The time.
        at: Timestamp,
    },
    /// The object is deleted, or was found to be gone.
    Deleted {
        /// The object's number in this journal.
        entry: EntryId,
        /// The time.
        at: Timestamp,
    },
    /// The deleted object is also gone from `/directory/deletedItems`.
    Purged {
        /// The object's number in this journal.
        entry: EntryId,
        /// The time.
        at: Timestamp,
    },
    /// The lines from here on were lost: their content has to be found elsewhere.
    Torn {
        /// The line; 1 for the first.
        line: usize,
        /// The time when that was found out.
        at: Timestamp,
    },
    /// The objects that the state of the session knew beside the journal are listed now.
    Supplemented {
        /// The time.
        at: Timestamp,
    },
    /// The run came to its end.
    Finished {
        /// With what result.
        ending: Ending,
        /// The time.
        at: Timestamp,
    },
}

impl JournalEvent {
    /// Returns when it was written, on the clock of the machine.
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Begun(begun) => begun.at,
            Self::Resumed { at }
            | Self::Intended { at, .. }
            | Self::Created { at, .. }
            | Self::NothingCreated { at, .. }
            | Self::Deleted { at, .. }
            | Self::Purged { at, .. }
            | Self::Torn { at, .. }
            | Self::Supplemented { at }
            | Self::Finished { at, .. } => *at,
        }
    }
}

/// The beginning of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The run.
    pub run: RunId,
    /// The tutorial that is played.
    pub tutorial: String,
    /// The tenant's id: what is journalled here is deleted there and nowhere else.
    pub tenant: String,
    /// Graph's base URL.
    pub base_url: String,
    /// The time.
    pub at: Timestamp,
}

/// The number of an object in its journal; 1 for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntryId(pub u32);

/// An object that a run creates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalObject {
    /// The resource that it is one of.
    #[serde(rename = "kind")]
    pub resource: Resource,
    /// Its display name, for people.
    pub name: String,
    /// The way to find it if its id was never learnt.
    pub search: PropertySearch,
}

/// A property that only this run's object has: a filter `property eq 'value'`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertySearch {
    /// Graph's name of the property, e.g. `mailNickname`.
    pub property: String,
    /// Its value, which carries the run's mark.
    pub value: String,
}

/// With what result a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// All passed.
    Passed,
    /// Something failed.
    Failed,
    /// Nothing failed, but something could not be judged.
    Blocked,
    /// A person ended it.
    Interrupted,
}

/// An object that may still exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Its number in the journal.
    pub entry: EntryId,
    /// The object, and the way to find it.
    pub object: JournalObject,
    /// Graph's id of it; `None` if the create was sent, or about to be, and no answer is known.
    pub id: Option<String>,
}

/// The state of each object of a journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Objects {
    by_entry: BTreeMap<EntryId, Fate>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fate {
    leftover: Leftover,
    state: ObjectState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ObjectState {
    MayExist,
    NeverExisted,
    Deleted,
    Purged,
}

impl Objects {
    /// Takes in the next event. Events of an entry that is not known, because its line is damaged, change nothing.
    pub fn take(&mut self, event: &JournalEvent) {
        let (entry, state) = match event {
            JournalEvent::Begun(_)
            | JournalEvent::Resumed { .. }
            | JournalEvent::Torn { .. }
            | JournalEvent::Supplemented { .. }
            | JournalEvent::Finished { .. } => return,
            JournalEvent::Intended { entry, object, .. } => return self.add(*entry, object, None),
            JournalEvent::Created { entry, object, id, .. } => return self.add(*entry, object, Some(id)),
            JournalEvent::NothingCreated { entry, .. } => (entry, ObjectState::NeverExisted),
            JournalEvent::Deleted { entry, .. } => (entry, ObjectState::Deleted),
            JournalEvent::Purged { entry, .. } => (entry, ObjectState::Purged),
        };
        if let Some(fate) = self.by_entry.get_mut(entry) {
            fate.state = state;
        }
    }

    fn add(&mut self, entry: EntryId, object: &JournalObject, id: Option<&String>) {
        let leftover = Leftover { entry, object: object.clone(), id: id.cloned() };
        self.by_entry.insert(entry, Fate { leftover, state: ObjectState::MayExist });
    }

    pub fn next_entry(&self) -> EntryId {
        EntryId(self.by_entry.last_key_value().map_or(1, |(last, _)| last.0 + 1))
    }

    /// The object of an entry whose create has no answer yet.
    pub fn open_intent(&self, entry: EntryId) -> Option<&JournalObject> {
        let fate = self.by_entry.get(&entry)?;
        (fate.state == ObjectState::MayExist && fate.leftover.id.is_none()).then_some(&fate.leftover.object)
    }

    pub fn leftovers(&self) -> Vec<Leftover> {
        self.in_state(ObjectState::MayExist)
    }

    pub fn deleted(&self) -> Vec<Leftover> {
        self.in_state(ObjectState::Deleted)
    }

    fn in_state(&self, state: ObjectState) -> Vec<Leftover> {
        self.by_entry.values().filter(|fate| fate.state == state).map(|fate| fate.leftover.clone()).collect()
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl Ending {
    /// Returns its name for reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Interrupted => "interrupted",
        }
    }
}
