//! The durable list of what a live run creates and must delete.
//!
//! A journal is a file of lines, each with a number and a checksum, that only grows. Before a create is sent its intent is
//! on the disk; after the answer the id is. A reader of the journal of a killed run therefore knows everything
//! that may exist: objects with their ids, and objects whose id was never learnt, with the property to search them by.
//!
//! ```no_run
//! use graphwalk::session::journal::{Journal, JournalObject};
//! # fn create(object: &JournalObject) -> String { unimplemented!() }
//! # fn main() -> Result<(), graphwalk::session::journal::JournalError> {
//! # let (mut journal, object): (Journal, JournalObject) = unimplemented!();
//! let intent = journal.intend(object.clone())?; // a full disk ends here, and nothing is sent
//! let id = create(&object);
//! let entry = journal.created(intent, &id)?;
//! // … and when it was deleted and found to be gone:
//! journal.deleted(entry)?;
//! # Ok(())
//! # }
//! ```

mod event;
mod line;
mod record;
mod write;

pub use event::{Begun, Ending, EntryId, JournalEvent, JournalObject, Leftover, PropertySearch};
pub use record::{DamagedLine, JournalRecord, Torn};
pub use write::{Intent, Journal};

use crate::diagnostic::Diagnostic;

/// The faults of a journal.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// There is no journal, or it may not be read.
    #[error("cannot read the journal {file}: {source}")]
    Unreadable {
        /// The journal.
        file: String,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A line that was written to its end cannot be read.
    #[error("line {line} of the journal {file} is damaged: {reason}")]
    Damaged {
        /// The journal.
        file: String,
        /// The line; 1 for the first.
        line: usize,
        /// The fault in it.
        reason: String,
        /// The content of the other lines.
        intact: Box<JournalRecord>,
    },
    /// An event could not be brought to the disk; what depends on it must not be sent.
    #[error("cannot write to the journal {file}: {source}")]
    Unwritten {
        /// The journal.
        file: String,
        /// The cause: no space, no rights.
        #[source]
        source: std::io::Error,
    },
}

impl From<&JournalError> for Diagnostic {
    fn from(error: &JournalError) -> Self {
        let diagnostic = Self::new("journal", error.to_string());
        match error {
            JournalError::Unreadable { .. } => diagnostic.help("`graphwalk runs` lists the runs"),
            JournalError::Damaged { intact, .. } => diagnostic
                .note(format!("{} other lines are intact", intact.events.len()))
                .help("`graphwalk clean RUN` deletes what the intact lines list; search the tenant for the run's mark as well"),
            JournalError::Unwritten { .. } => diagnostic
                .note("nothing is created that is not in the journal first")
                .help("free disk space, then `graphwalk resume RUN` or `graphwalk clean RUN`"),
        }
    }
}

#[cfg(test)]
mod tests;
