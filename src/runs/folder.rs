//! The folder of one run, while this process alone works on it.

use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use graphwalk_secrets::private_file;
use jiff::Timestamp;

use super::RunsError;
use crate::report::BESIDE;
use crate::session::journal::{DamagedLine, Journal};
use crate::session::{RunId, SessionState};

/// The folder of a run, locked: as long as this lives no other process can open the run.
#[derive(Debug)]
pub struct RunFolder {
    run: RunId,
    path: PathBuf,
    /// The system releases the lock when the file is closed, also when the process is killed.
    _lock: File,
}

const LOCK: &str = "lock";
const STATE: &str = "session.json";
const JOURNAL: &str = "journal";
const OUTCOMES: &str = "outcomes.json";

impl RunFolder {
    pub(super) fn lock(path: PathBuf, run: RunId) -> Result<Self, RunsError> {
        let file = path.join(LOCK);
        let unwritten = |source| RunsError::Unwritten { path: file.clone(), source };
        let mut lock = private_file::open_to_append(&file).map_err(|source| match source.kind() {
            ErrorKind::InvalidInput => RunsError::NoLock { path: file.clone() },
            _ => unwritten(source),
        })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(RunsError::Busy { run, process: holder(lock) }),
            Err(TryLockError::Error(source)) => return Err(unwritten(source)),
        }
        // Only for the message to others; the lock itself is the system's.
        lock.set_len(0).and_then(|()| write!(lock, "{}", std::process::id())).map_err(unwritten)?;
        Ok(Self { run, path, _lock: lock })
    }

    /// Returns whether a process works on the run in `path`.
    pub(super) fn is_locked(path: &Path) -> bool {
        // A shared lock, so that two lists at the same time do not take each other for a run.
        File::open(path.join(LOCK)).is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    /// The run.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The journal's file.
    pub fn journal(&self) -> PathBuf {
        self.path.join(JOURNAL)
    }

    /// Returns where the run's exchanges are kept.
    pub fn exchanges(&self) -> PathBuf {
        self.path.join("exchanges.har")
    }

    /// Returns where the exchanges of a further process of the run are kept: those of an earlier one stay, each with a
    /// number.
    pub fn new_exchanges(&self) -> PathBuf {
        let numbered = (2..).map(|number| self.path.join(format!("exchanges-{number}.har")));
        std::iter::once(self.exchanges())
            .chain(numbered)
            .find(|path| !path.exists())
            .unwrap_or_else(|| self.exchanges())
    }

    /// Keeps exchanges, redacted, in `path`: whole, or as they stood there before.
    ///
    /// # Errors
    ///
    /// The folder or a file in it cannot be written.
    pub fn keep_exchanges(&self, path: &Path, har: &[u8]) -> Result<(), RunsError> {
        private_file::replace(path, har).map_err(|source| RunsError::Unwritten { path: path.to_owned(), source })
    }

    /// Keeps how the scenarios ended so far, whole or as it stood there before.
    ///
    /// # Errors
    ///
    /// The folder or a file in it cannot be written.
    pub fn keep_outcomes(&self, json: &[u8]) -> Result<(), RunsError> {
        let path = self.path.join(OUTCOMES);
        private_file::replace(&path, json).map_err(|source| RunsError::Unwritten { path, source })
    }

    /// Returns how the scenarios ended that earlier processes played, as [`RunFolder::keep_outcomes`] kept it; `None`
    /// if none did.
    ///
    /// # Errors
    ///
    /// The folder or a file in it cannot be read.
    pub fn outcomes(&self) -> Result<Option<Vec<u8>>, RunsError> {
        let path = self.path.join(OUTCOMES);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(RunsError::Unreadable { path, source }),
        }
    }

    /// The folder of the run's reports, made if it is not there. What a process that was killed had not put into its place there is
    /// deleted.
    ///
    /// # Errors
    ///
    /// The folder or a file in it cannot be written.
    pub fn reports(&self) -> Result<PathBuf, RunsError> {
        let path = self.path.join("reports");
        let made = private_file::create_folders(&path).and_then(|()| delete_unfinished(&path));
        made.map_err(|source| RunsError::Unwritten { path: path.clone(), source })?;
        Ok(path)
    }

    /// Goes on with the journal.
    ///
    /// # Errors
    ///
    /// The journal cannot be read, or a line of it is damaged: see [`RunFolder::open_intact_journal`].
    pub fn open_journal(&self) -> Result<Journal, RunsError> {
        Ok(Journal::open(&self.journal())?)
    }

    /// Goes on with what is intact of the journal: for a clean-up.
    ///
    /// # Errors
    ///
    /// The journal cannot be read or written.
    pub fn open_intact_journal(&self) -> Result<(Journal, Vec<DamagedLine>), RunsError> {
        Ok(Journal::open_intact(&self.journal())?)
    }

    /// Writes the state of the session, whole or not at all.
    ///
    /// # Errors
    ///
    /// The file cannot be written; the earlier state stays.
    pub fn save(&self, state: &SessionState) -> Result<(), RunsError> {
        let path = self.path.join(STATE);
        let bytes = state.to_json().map_err(|source| RunsError::State { path: path.clone(), source })?;
        private_file::replace(&path, &bytes).map_err(|source| RunsError::Unwritten { path, source })
    }

    /// The state to go on from.
    ///
    /// # Errors
    ///
    /// The run has stored no state, or the state cannot be read or is of another version.
    pub fn state(&self) -> Result<SessionState, RunsError> {
        read_state(&self.path)?.ok_or_else(|| RunsError::NoState(self.run.clone()))
    }

    /// The state and when it was written, on this machine's clock; nothing if none was.
    ///
    /// # Errors
    ///
    /// The state cannot be read or is of another version.
    pub fn kept_state(&self) -> Result<Option<(SessionState, Timestamp)>, RunsError> {
        let Some(state) = read_state(&self.path)? else { return Ok(None) };
        let path = self.path.join(STATE);
        let written = std::fs::metadata(&path).and_then(|metadata| metadata.modified());
        let written = written.map_err(|source| RunsError::Unreadable { path, source })?;
        Ok(Some((state, Timestamp::try_from(written).unwrap_or(Timestamp::MAX))))
    }
}

/// Deletes the reports in `folder` that no process finishes any more.
fn delete_unfinished(folder: &Path) -> std::io::Result<()> {
    let (prefix, suffix) = BESIDE;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with(prefix) && name.ends_with(suffix)) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

pub(super) fn journal_in(folder: &Path) -> PathBuf {
    folder.join(JOURNAL)
}

/// The state in `folder`, if one was written.
pub(super) fn read_state(folder: &Path) -> Result<Option<SessionState>, RunsError> {
    let path = folder.join(STATE);
    match std::fs::read(&path) {
        Ok(bytes) => SessionState::from_json(&bytes).map(Some).map_err(|source| RunsError::State { path, source }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RunsError::Unreadable { path, source }),
    }
}

/// The process that holds the lock, as it wrote there itself.
fn holder(mut lock: File) -> Option<u32> {
    let mut text = String::new();
    lock.rewind().and_then(|()| lock.read_to_string(&mut text)).ok()?;
    text.trim().parse().ok()
}
