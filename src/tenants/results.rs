//! What a shard keeps: how each of its tenants ended, so that another start leaves out those that have finished and one report can
//! be made of all shards.
//!
//! `DIR/shard.json` says which shard of which run it is, `DIR/opening.ndjson` has the messages with which a run begins,
//! `DIR/tenants/000042.ndjson` those of the sessions of the tenant at that place of the file, whole or not there, and `DIR/runs/000042` the run on
//! it that goes on.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use graphwalk_secrets::private_file;
use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::report::{KeptSessions, Opening, read_opening};
use crate::session::RunId;

use super::Slice;

const SHARD: &str = "shard.json";
const OPENING: &str = "opening.ndjson";
const LOCK: &str = "lock";
const TENANTS: &str = "tenants";
const RUNS: &str = "runs";
/// The form of `shard.json`.
const VERSION: u32 = 1;

/// The facts that have to be the same in all shards of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RunIdentity {
    /// The program with its version.
    pub program: String,
    /// The tutorial.
    pub tutorial: String,
    /// A digest of its features.
    pub features: String,
    /// The part of it that is played, and how: `emulator, --through 4, --strict`.
    pub played: String,
    /// The number of tenants in the file.
    pub tenants: usize,
    /// A digest of their names, in the order of the file.
    pub file: String,
}

/// `shard.json`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Shard {
    version: u32,
    /// The facts that are the same in all shards.
    pub run: RunIdentity,
    /// The number of the shard; 1 for the first.
    pub number: usize,
    /// The number of shards.
    pub of: usize,
    /// The places of its tenants in the file.
    pub places: Vec<usize>,
}

impl Shard {
    /// A shard of a run.
    pub fn new(run: RunIdentity, slice: Slice, places: Vec<usize>) -> Self {
        Self { version: VERSION, run, number: slice.number, of: slice.of, places }
    }
}

/// The folder of a shard.
#[derive(Debug)]
pub(crate) struct ShardResults {
    folder: PathBuf,
    shard: Shard,
    opening: Mutex<bool>,
    /// Held by the process that plays the shard.
    _lock: Option<File>,
}

impl ShardResults {
    /// The folder in which this process keeps the results of `shard`: a new one, or that of an earlier start of the same.
    ///
    /// # Errors
    ///
    /// It cannot be written, another process has it, or it holds another shard, or one of another run.
    pub fn begin(folder: &Path, shard: Shard) -> Result<Self, Box<Diagnostic>> {
        let unwritable = |error: io::Error| Box::new(unwritable(folder, &error));
        private_file::create_folders(folder).map_err(unwritable)?;
        for below in [TENANTS, RUNS] {
            private_file::create_folders(&folder.join(below)).map_err(unwritable)?;
        }
        let lock = private_file::open_to_append(&folder.join(LOCK)).map_err(unwritable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let message = format!("another process plays the shard in {}", folder.display());
                return Err(Box::new(Diagnostic::new("shard", message).help("give each shard a folder of its own")));
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(error)),
        }
        if folder.join(SHARD).exists() {
            let earlier = read_shard(folder)?;
            if earlier != shard {
                return Err(Box::new(another_shard(folder, &earlier, &shard)));
            }
        } else {
            let text = serde_json::to_vec_pretty(&shard).unwrap_or_default();
            private_file::replace(&folder.join(SHARD), &text).map_err(unwritable)?;
        }
        Ok(Self { folder: folder.to_owned(), shard, opening: Mutex::new(false), _lock: Some(lock) })
    }

    /// The folder of a shard that this process goes on with, whatever shard it is.
    ///
    /// # Errors
    ///
    /// It is none, or another process has it.
    pub fn go_on(folder: &Path) -> Result<Self, Box<Diagnostic>> {
        Self::begin(folder, read_shard(folder)?)
    }

    /// The folder of a shard, to be read.
    ///
    /// # Errors
    ///
    /// It is none, or cannot be read.
    pub fn open(folder: &Path) -> Result<Self, Box<Diagnostic>> {
        let shard = read_shard(folder)?;
        Ok(Self { folder: folder.to_owned(), shard, opening: Mutex::new(false), _lock: None })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the shard.
    pub fn shard(&self) -> &Shard {
        &self.shard
    }

    /// Returns whether the tenant at this place has been kept.
    pub fn has(&self, place: usize) -> bool {
        self.file(place).is_file()
    }

    /// Keeps how the sessions of a tenant ended: `messages` after those of `opening`.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn keep(&self, place: usize, opening: &[u8], messages: &[u8]) -> Result<(), Box<Diagnostic>> {
        let unwritable = |error: io::Error| Box::new(unwritable(&self.folder, &error));
        // Before the first result, so that none is ever without.
        let mut written = self.opening.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !*written {
            private_file::replace(&self.folder.join(OPENING), opening).map_err(unwritable)?;
            *written = true;
        }
        drop(written);
        private_file::replace(&self.file(place), messages).map_err(unwritable)
    }

    /// The opening of the run, as it was kept; its reports name the session.
    ///
    /// # Errors
    ///
    /// It was not kept, or cannot be read.
    pub fn opening(&self) -> Result<Opening, Box<Diagnostic>> {
        let mut opening = read_opening(&self.folder.join(OPENING))?;
        opening.tutorial.clone_from(&self.shard.run.tutorial);
        opening.several = true;
        Ok(opening)
    }

    /// Opens the result of a tenant: its sessions.
    ///
    /// # Errors
    ///
    /// They were not kept, or cannot be read.
    pub fn kept(&self, place: usize) -> Result<KeptSessions, Box<Diagnostic>> {
        KeptSessions::open(&self.file(place))
    }

    /// The place of the tenant on which this run has begun.
    pub fn place_of(&self, run: &RunId) -> Option<usize> {
        self.shard.places.iter().copied().find(|place| self.run(*place).as_ref() == Some(run))
    }

    /// Notes the run that has begun on a tenant, for a process that finds this one killed.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn note_run(&self, place: usize, run: &RunId) -> Result<(), Box<Diagnostic>> {
        private_file::replace(&self.run_file(place), run.as_str().as_bytes())
            .map_err(|error| Box::new(unwritable(&self.folder, &error)))
    }

    /// The run that has begun on a tenant, if one was noted.
    pub fn run(&self, place: usize) -> Option<RunId> {
        std::fs::read_to_string(self.run_file(place)).ok()?.trim().parse().ok()
    }

    fn file(&self, place: usize) -> PathBuf {
        self.folder.join(TENANTS).join(format!("{place:06}.ndjson"))
    }

    fn run_file(&self, place: usize) -> PathBuf {
        self.folder.join(RUNS).join(format!("{place:06}"))
    }
}

fn read_shard(folder: &Path) -> Result<Shard, Box<Diagnostic>> {
    let file = folder.join(SHARD);
    let fault = |why: String| {
        let message = format!("{} cannot be read: {why}", file.display());
        Box::new(
            Diagnostic::new("shard", message)
                .help("name a folder that `graphwalk run --tenants FILE --results DIR` wrote"),
        )
    };
    let text = std::fs::read(&file).map_err(|error| fault(error.to_string()))?;
    let shard: Shard = serde_json::from_slice(&text).map_err(|error| fault(error.to_string()))?;
    match shard.version {
        VERSION => Ok(shard),
        other => Err(fault(format!("expected a shard of version {VERSION}, got {other}"))),
    }
}

fn unwritable(folder: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new("output", format!("cannot write the results into {}: {error}", folder.display()))
        .help("name another folder with --results")
}

fn another_shard(folder: &Path, earlier: &Shard, now: &Shard) -> Diagnostic {
    let message = format!("{} holds the results of another run or shard", folder.display());
    let mut fault = Diagnostic::new("shard", message);
    for (what, was, is) in differences(earlier, now) {
        fault = fault.note(format!("{what}: there {was}, now {is}"));
    }
    fault.help("name a new folder with --results, or run as before")
}

/// In what two shards of a run differ that have to be of the same run: what, the first one's, the second one's.
pub(super) fn run_differences(first: &RunIdentity, second: &RunIdentity) -> Vec<(&'static str, String, String)> {
    let all = [
        ("program", first.program.clone(), second.program.clone()),
        ("tutorial", first.tutorial.clone(), second.tutorial.clone()),
        ("features", first.features.clone(), second.features.clone()),
        ("played", first.played.clone(), second.played.clone()),
        ("tenants", first.tenants.to_string(), second.tenants.to_string()),
        ("file of tenants", first.file.clone(), second.file.clone()),
    ];
    all.into_iter().filter(|(_, first, second)| first != second).collect()
}

fn differences(first: &Shard, second: &Shard) -> Vec<(&'static str, String, String)> {
    let slice = |shard: &Shard| Slice { number: shard.number, of: shard.of }.to_string();
    let mut all = run_differences(&first.run, &second.run);
    if slice(first) != slice(second) {
        all.push(("shard", slice(first), slice(second)));
    }
    if all.is_empty() && first.places != second.places {
        let count = |shard: &Shard| format!("{} tenants", shard.places.len());
        all.push(("tenants of the shard", count(first), count(second)));
    }
    all
}
