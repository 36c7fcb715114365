//! What keeps a run from being begun, opened or listed.

use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::session::journal::JournalError;
use crate::session::{RunId, StateError};

/// The faults of the folders of runs.
#[derive(Debug, thiserror::Error)]
pub enum RunsError {
    /// No run has this name.
    #[error("there is no run {run} in {}", folder.display())]
    Unknown {
        /// The name.
        run: RunId,
        /// The folder that was looked in.
        folder: PathBuf,
        /// The runs that there are, oldest first.
        known: Vec<RunId>,
    },
    /// Another process works on the run.
    #[error("another process works on the run {run}")]
    Busy {
        /// The run.
        run: RunId,
        /// The number of that process, if it is known.
        process: Option<u32>,
    },
    /// Others may write to the folder, and so into journals, which say what is deleted.
    #[error("others may write to {}, whose journals say what is deleted", path.display())]
    OpenToOthers {
        /// The folder.
        path: PathBuf,
    },
    /// The lock is a link, or no file.
    #[error("the lock {} is a link or not a file, and is not opened", path.display())]
    NoLock {
        /// The lock.
        path: PathBuf,
    },
    /// A folder or a file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// A folder or a file cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritten {
        /// The file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: std::io::Error,
    },
    /// The state of the session cannot be used.
    #[error("cannot continue from {}: {source}", path.display())]
    State {
        /// The state's file.
        path: PathBuf,
        /// The reason.
        #[source]
        source: StateError,
    },
    /// The run has no state to go on from: it ended before its first scenario did.
    #[error("the run {0} cannot be continued: it ended before its first scenario did")]
    NoState(RunId),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<&RunsError> for Diagnostic {
    fn from(error: &RunsError) -> Self {
        let diagnostic = Self::new("runs", error.to_string());
        match error {
            RunsError::Unknown { known, .. } => match known.last() {
                Some(last) => diagnostic.help(format!("the latest is {last}; `graphwalk runs` lists all")),
                None => diagnostic.help("there are no runs yet; `--runs DIR` names another folder"),
            },
            RunsError::Busy { process: Some(process), .. } => diagnostic
                .note(format!("it is process {process}"))
                .help("wait until it ends, or end it with Ctrl-C: it then cleans up"),
            RunsError::Busy { process: None, .. } => diagnostic.help("wait until it ends"),
            RunsError::OpenToOthers { path } => diagnostic.help(format!(
                "run `chmod go-w {}` if it is yours, or name another folder with `--runs DIR`",
                path.display()
            )),
            RunsError::NoLock { .. } => diagnostic.help("find out who made it, delete it, and run again"),
            RunsError::Unreadable { .. } => diagnostic.help("`--runs DIR` names another folder"),
            RunsError::Unwritten { .. } => diagnostic
                .note("nothing is created in a tenant before the journal on the disk lists it")
                .help("free disk space, or name another folder with `--runs DIR`"),
            RunsError::State { .. } | RunsError::NoState(_) => {
                diagnostic.help("`graphwalk clean RUN` deletes what the run created; then start a new run")
            }
            RunsError::Journal(error) => Self::from(error),
        }
    }
}
