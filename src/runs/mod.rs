//! The folders of live runs: what each keeps on the disk, who may write there, and what earlier runs left.
//!
//! `.graphwalk/runs/RUN/` (mode 0700, its files 0600) has the [`Journal`], the state of the session, a lock, and what the
//! run reports. The names of runs sort by time.

mod error;
mod folder;
mod summary;

use std::path::{Path, PathBuf};

use graphwalk_secrets::private_file;
use jiff::Timestamp;

use crate::session::RunId;
use crate::session::journal::{Begun, Journal};

pub(crate) use error::RunsError;
pub(crate) use folder::RunFolder;
pub(crate) use summary::{RunState, RunSummary};

/// The beginning of a run, beside its name and its time.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// The tutorial that is played.
    pub tutorial: String,
    /// The tenant's id.
    pub tenant: String,
    /// Graph's base URL.
    pub base_url: String,
}

/// The folder that has a folder for each run.
#[derive(Clone, Debug)]
pub struct Runs {
    folder: PathBuf,
}

impl Runs {
    /// The runs in `folder`, which need not be there yet.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Begins a run: makes its folder, locks it, and writes the first line of its journal.
    ///
    /// # Errors
    ///
    /// The folder or the journal cannot be written: nothing was sent, and nothing may be.
    pub fn begin(&self, now: Timestamp, new: NewRun) -> Result<(RunFolder, Journal), RunsError> {
        self.create_root()?;
        closed_to_others(&self.folder)?;
        let (run, path) = self.new_folder(now)?;
        let folder = RunFolder::lock(path, run.clone())?;
        let NewRun { tutorial, tenant, base_url } = new;
        let journal = Journal::create(&folder.journal(), Begun { run, tutorial, tenant, base_url, at: now })?;
        Ok((folder, journal))
    }

    /// Opens a run for this process alone.
    ///
    /// # Errors
    ///
    /// [`RunsError::Unknown`] if there is none of that name, [`RunsError::Busy`] if another process has it,
    /// [`RunsError::OpenToOthers`] if others may write into its journal.
    pub fn open(&self, run: &RunId) -> Result<RunFolder, RunsError> {
        let path = self.folder.join(run.as_str());
        let known = self.ids()?;
        if !known.contains(run) {
            return Err(RunsError::Unknown { run: run.clone(), folder: self.folder.clone(), known });
        }
        closed_to_others(&path)?;
        RunFolder::lock(path, run.clone())
    }

    /// The names of all runs, oldest first. What is named otherwise is no run, and is passed over.
    ///
    /// # Errors
    ///
    /// [`RunsError::Unreadable`] if the folder is there and may not be read, [`RunsError::OpenToOthers`] if others may write
    /// to it.
    pub fn ids(&self) -> Result<Vec<RunId>, RunsError> {
        let unreadable = |source| RunsError::Unreadable { path: self.folder.clone(), source };
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        closed_to_others(&self.folder)?;
        let mut ids = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            if entry.file_type().map_err(unreadable)?.is_dir()
                && let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok())
            {
                ids.push(id);
            }
        }
        ids.sort();
        Ok(ids)
    }

    /// Returns the summary of every run, oldest first.
    ///
    /// # Errors
    ///
    /// The folder exists and cannot be read, or others may write to it. A run whose journal cannot be read is no error: its state says so.
    pub fn summaries(&self) -> Result<Vec<RunSummary>, RunsError> {
        Ok(self.ids()?.iter().map(|run| self.summary(run)).collect())
    }

    /// Returns what is known of a run.
    pub fn summary(&self, run: &RunId) -> RunSummary {
        RunSummary::load(&self.folder.join(run.as_str()), run.clone())
    }

    fn create_root(&self) -> Result<(), RunsError> {
        let unwritten = |path: &Path| {
            let path = path.to_owned();
            |source| RunsError::Unwritten { path, source }
        };
        let new = !self.folder.exists();
        private_file::create_folders(&self.folder).map_err(unwritten(&self.folder))?;
        if new {
            // Nobody wants the ids of a tenant in a repository by accident.
            let ignore = self.folder.join(".gitignore");
            private_file::replace(&ignore, b"*\n").map_err(unwritten(&ignore))?;
        }
        Ok(())
    }

    fn new_folder(&self, now: Timestamp) -> Result<(RunId, PathBuf), RunsError> {
        // Two runs of the same minute have the same name once in 810,000 times.
        for _ in 0..16 {
            let run = RunId::new(now);
            let path = self.folder.join(run.as_str());
            match private_file::create_folder(&path) {
                Ok(()) => {
                    let synced = private_file::sync_folder(&self.folder);
                    synced.map_err(|source| RunsError::Unwritten { path: self.folder.clone(), source })?;
                    return Ok((run, path));
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(RunsError::Unwritten { path, source }),
            }
        }
        Err(RunsError::Unwritten { path: self.folder.clone(), source: std::io::ErrorKind::AlreadyExists.into() })
    }
}

/// Refuses a folder that others may write to: who writes a journal decides what is deleted.
fn closed_to_others(path: &Path) -> Result<(), RunsError> {
    match private_file::writable_by_others(path) {
        Ok(false) => Ok(()),
        Ok(true) => Err(RunsError::OpenToOthers { path: path.to_owned() }),
        Err(source) => Err(RunsError::Unreadable { path: path.to_owned(), source }),
    }
}

#[cfg(test)]
mod tests;
