//! What is known of a run from its folder, whether or not a process works on it.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::folder::{self, RunFolder};
use crate::in_words::counted;
use crate::session::journal::{Begun, Ending, JournalError, JournalRecord, Leftover};
use crate::session::{NextScenario, RunId, SessionState};

/// The summary of a run.
#[derive(Clone, Debug)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// Its beginning; `None` if its journal does not tell it.
    pub begun: Option<Begun>,
    /// Its state.
    pub state: RunState,
    /// The objects that it may have left in the tenant, in the order of creation.
    pub leftovers: Vec<Leftover>,
    /// Whether lines of its journal were lost, which may have named more.
    pub is_incomplete: bool,
}

/// The state of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum RunState {
    /// A process works on it.
    Running,
    /// It waits for a later day, and no process works on it. Nothing of it is deleted unless somebody says so.
    Waiting {
        /// The time when there is something to go on with.
        until: Timestamp,
        /// The scenario it goes on with.
        next: NextScenario,
    },
    /// It waits for a person to do something elsewhere, and no process works on it. Nothing of it is deleted unless somebody
    /// says so.
    WaitingForAct {
        /// The act of the person.
        act: String,
        /// The scenario it goes on with.
        next: NextScenario,
    },
    /// It came to its end.
    Ended {
        /// With what result.
        ending: Ending,
    },
    /// It was killed while it worked.
    Killed {
        /// The scenario it can go on with; `None` if it was killed before the first came to its end.
        next: Option<NextScenario>,
    },
    /// Its journal cannot be read, or only in part.
    Damaged {
        /// The fault.
        reason: String,
    },
}

impl RunSummary {
    /// Returns what `folder` says of `run`.
    pub(super) fn load(folder: &Path, run: RunId) -> Self {
        // Before the journal is read, so that a run which ends in between is not taken for a killed one.
        let locked = RunFolder::is_locked(folder);
        let (record, damage) = match JournalRecord::read(&folder::journal_in(folder)) {
            Ok(record) => (record, None),
            Err(JournalError::Damaged { line, reason, intact, .. }) => {
                (*intact, Some(format!("line {line} of its journal: {reason}")))
            }
            Err(error) => (JournalRecord::default(), Some(reason(&error))),
        };
        let state = match (locked, damage, record.ending()) {
            (true, _, _) => RunState::Running,
            (false, Some(reason), _) => RunState::Damaged { reason },
            (false, None, Some(ending)) => RunState::Ended { ending },
            (false, None, None) => without_ending(folder),
        };
        let is_incomplete = !locked && (record.torn.is_some() || record.is_incomplete());
        Self { run, begun: record.begun().cloned(), state, leftovers: record.leftovers(), is_incomplete }
    }

    /// Returns the number of objects of each resource that may be left, as people say it: `1 group, 2 users`.
    pub fn describe_leftovers(&self) -> String {
        let mut of_each: BTreeMap<(u8, String), usize> = BTreeMap::new();
        for Leftover { object, .. } in &self.leftovers {
            *of_each.entry((object.resource.facts().order, object.resource.word())).or_default() += 1;
        }
        let parts = of_each.into_iter().map(|((_, word), count)| counted(count, &word));
        parts.collect::<Vec<_>>().join(", ")
    }
}

fn without_ending(folder: &Path) -> RunState {
    match folder::read_state(folder) {
        Ok(Some(SessionState { waits_for_act: Some(act), next, .. })) => RunState::WaitingForAct { act, next },
        Ok(Some(SessionState { waits_until: Some(until), next, .. })) => RunState::Waiting { until, next },
        Ok(state) => RunState::Killed { next: state.map(|state| state.next) },
        Err(error) => RunState::Damaged { reason: error.to_string() },
    }
}

/// Returns the reason without the path, which the run's name says already.
fn reason(error: &JournalError) -> String {
    match error {
        JournalError::Unreadable { source, .. } => format!("its journal cannot be read: {source}"),
        other => other.to_string(),
    }
}

impl RunState {
    /// Returns its name for reports.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting { .. } | Self::WaitingForAct { .. } => "waiting",
            Self::Ended { ending } => ending.word(),
            Self::Killed { .. } => "killed",
            Self::Damaged { .. } => "damaged",
        }
    }
}
