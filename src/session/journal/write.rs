//! Writing a journal: each event is on the disk before the call returns.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use graphwalk_secrets::private_file;
use jiff::Timestamp;

use super::event::{Begun, Ending, EntryId, JournalEvent, JournalObject, Leftover};
use super::record::{DamagedLine, JournalRecord, Torn};
use super::{JournalError, line};

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    file: String,
    storage: Box<dyn Storage>,
    record: JournalRecord,
    /// A write failed and could not be taken back, so that the next one would follow a torn line.
    broken: bool,
}

/// The leave to send one create: there is no other way to get it than to have its intent on the disk.
#[derive(Debug)]
#[must_use = "report the outcome of the create: `created` or `nothing_created`"]
pub struct Intent {
    entry: EntryId,
    object: JournalObject,
}

/// The place where the lines go. A file; in tests also a disk that fails.
pub(super) trait Storage: std::fmt::Debug + Send {
    /// Adds bytes at the end and brings them to the disk.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Takes back what stands after the first `length` bytes.
    fn cut(&mut self, length: u64) -> io::Result<()>;
}

impl Storage for File {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)?;
        self.sync_data()
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.sync_data()
    }
}

impl Journal {
    /// Begins the journal of a run in a new file.
    ///
    /// # Errors
    ///
    /// The file exists already, or cannot be written.
    pub fn create(path: &Path, begun: Begun) -> Result<Self, JournalError> {
        let file = path.display().to_string();
        let unwritten = |source| JournalError::Unwritten { file: file.clone(), source };
        let storage = private_file::create_new(path).map_err(unwritten)?;
        private_file::sync_folder(path.parent().unwrap_or(Path::new("."))).map_err(unwritten)?;
        Self::begin(file, Box::new(storage), begun)
    }

    pub(super) fn begin(file: String, storage: Box<dyn Storage>, begun: Begun) -> Result<Self, JournalError> {
        let mut journal = Self { file, storage, record: JournalRecord::default(), broken: false };
        journal.append(JournalEvent::Begun(begun))?;
        Ok(journal)
    }

    /// Goes on with a journal. A torn last line is taken away; [`Journal::record`] still mentions it.
    ///
    /// # Errors
    ///
    /// [`JournalError::Damaged`] if a line that was written to its end cannot be read, [`JournalError::Unreadable`],
    /// The line cannot be written to the disk.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let (journal, damaged) = Self::open_intact(path)?;
        match damaged.into_iter().next() {
            None => Ok(journal),
            Some(DamagedLine { line, reason }) => {
                Err(JournalError::Damaged { file: journal.file, line, reason, intact: Box::new(journal.record) })
            }
        }
    }

    /// Continues with the intact lines of a journal, and returns the damaged ones: for a clean-up, which does what it can.
    ///
    /// # Errors
    ///
    /// The file cannot be read or written.
    pub fn open_intact(path: &Path) -> Result<(Self, Vec<DamagedLine>), JournalError> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|source| JournalError::Unreadable { file: file.clone(), source })?;
        let unwritten = |source| JournalError::Unwritten { file: file.clone(), source };
        let mut storage = private_file::open_to_append(path).map_err(unwritten)?;
        let (record, damaged) = JournalRecord::parse(&bytes);
        let torn = record.torn;
        if torn.is_some() {
            storage.cut(record.length).map_err(unwritten)?;
        }
        let mut journal = Self { file, storage: Box::new(storage), record, broken: false };
        if let Some(Torn { line, .. }) = torn {
            // A disk that does not take this keeps nobody from cleaning up.
            let _ = journal.note_torn(line);
        }
        Ok((journal, damaged))
    }

    /// Notes that lines were lost if it had `known` lines before: somebody else wrote down how many there were. To be called
    /// before anything is added.
    ///
    /// # Errors
    ///
    /// The line cannot be written to the disk.
    pub fn expect_lines(&mut self, known: Option<usize>) -> Result<(), JournalError> {
        match known {
            Some(known) if self.record.lines() < known => self.note_torn(self.record.lines() + 1),
            _ => Ok(()),
        }
    }

    fn note_torn(&mut self, line: usize) -> Result<(), JournalError> {
        if self.record.is_incomplete() {
            return Ok(());
        }
        self.happened(JournalEvent::Torn { line, at: Timestamp::now() })
    }

    /// Says that what the state of the session knew beside is listed now.
    ///
    /// # Errors
    ///
    /// The line cannot be written to the disk.
    pub fn supplemented(&mut self) -> Result<(), JournalError> {
        self.append(JournalEvent::Supplemented { at: Timestamp::now() })
    }

    /// The journal's file, for messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns what the journal says so far.
    pub fn record(&self) -> &JournalRecord {
        &self.record
    }

    /// Says that `object` is about to be created. Send the create only with the intent that comes back.
    ///
    /// # Errors
    ///
    /// The line cannot be written to the disk, so the create must not be sent.
    pub fn intend(&mut self, object: JournalObject) -> Result<Intent, JournalError> {
        let entry = self.record.objects.next_entry();
        self.append(JournalEvent::Intended { entry, object: object.clone(), at: Timestamp::now() })?;
        Ok(Intent { entry, object })
    }

    /// The intent of an entry that an earlier process left without an answer: to say what a search by its mark found.
    pub fn open_intent(&self, entry: EntryId) -> Option<Intent> {
        let object = self.record.objects.open_intent(entry)?.clone();
        Some(Intent { entry, object })
    }

    /// Says that the object exists and has this id.
    ///
    /// # Errors
    ///
    /// The line cannot be written to the disk. The object counts as created in this process all the same; another one finds
    /// it by its intent.
    pub fn created(&mut self, intent: Intent, id: &str) -> Result<EntryId, JournalError> {
        let Intent { entry, object } = intent;
        self.happened(JournalEvent::Created { entry, object, id: id.to_owned(), at: Timestamp::now() })?;
        Ok(entry)
    }

    /// Says that the create took no effect, and how that is known: Graph refused it, or a search found nothing.
    ///
    /// # Errors
    ///
    /// The line cannot be written to the disk.
    pub fn nothing_created(&mut self, intent: Intent, reason: &str) -> Result<(), JournalError> {
        let Intent { entry, .. } = intent;
        self.happened(JournalEvent::NothingCreated { entry, reason: reason.to_owned(), at: Timestamp::now() })
    }

    /// Says that the object was deleted and found to be gone.
    ///
    /// # Errors
    ///
    /// The line cannot be written to the disk. Deleting the object again does no harm.
    pub fn deleted(&mut self, entry: EntryId) -> Result<(), JournalError> {
        self.happened(JournalEvent::Deleted { entry, at: Timestamp::now() })
    }

    /// Says that the deleted object is also gone from `/directory/deletedItems`.
    ///
    /// # Errors
    ///
    /// The line cannot be written to the disk.
    pub fn purged(&mut self, entry: EntryId) -> Result<(), JournalError> {
        self.happened(JournalEvent::Purged { entry, at: Timestamp::now() })
    }

    /// Says that the run goes on in this process.
    ///
    /// # Errors
    ///
    /// The line cannot be written to the disk.
    pub fn resumed(&mut self) -> Result<(), JournalError> {
        self.append(JournalEvent::Resumed { at: Timestamp::now() })
    }

    /// Says that the run came to its end.
    ///
    /// # Errors
    ///
    /// The line cannot be written to the disk.
    pub fn finish(&mut self, ending: Ending) -> Result<(), JournalError> {
        self.append(JournalEvent::Finished { ending, at: Timestamp::now() })
    }

    /// Returns what may still exist in the tenant: see [`JournalRecord::leftovers`].
    pub fn leftovers(&self) -> Vec<Leftover> {
        self.record.leftovers()
    }

    /// Takes in what happened in the tenant, which is true whether or not the disk has it, and brings it to the disk.
    fn happened(&mut self, event: JournalEvent) -> Result<(), JournalError> {
        let written = self.write(&event);
        self.record.take(event);
        written
    }

    /// Brings an event to the disk and takes it in only then.
    fn append(&mut self, event: JournalEvent) -> Result<(), JournalError> {
        self.write(&event)?;
        self.record.take(event);
        Ok(())
    }

    fn write(&mut self, event: &JournalEvent) -> Result<(), JournalError> {
        let number = self.record.last_number + 1;
        let written = if self.broken {
            Err(io::Error::other("an earlier write failed and could not be taken back"))
        } else {
            line::render_line(number, event).map_err(io::Error::from).and_then(|line| self.append_line(&line))
        };
        written.map_err(|source| JournalError::Unwritten { file: self.file.clone(), source })?;
        self.record.last_number = number;
        Ok(())
    }

    fn append_line(&mut self, line: &str) -> io::Result<()> {
        if let Err(error) = self.storage.append(line.as_bytes()) {
            // Half a line may be there; the next event must not follow it on the same line.
            self.broken = self.storage.cut(self.record.length).is_err();
            return Err(error);
        }
        self.record.length += line.len() as u64;
        Ok(())
    }
}

impl Intent {
    /// Returns what is to be created.
    pub fn object(&self) -> &JournalObject {
        &self.object
    }

    /// Its number in the journal.
    pub fn entry(&self) -> EntryId {
        self.entry
    }
}
