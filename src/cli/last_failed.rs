//! What failed when tutorials were played last, for `--last-failed`. It is kept in the folder in which the program is run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::report::ReportFile;
use crate::runner::{Plan, SessionOutcome, Verdict};

/// The scenarios that failed last, by tutorial.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct LastFailed {
    version: u32,
    tutorials: BTreeMap<String, Vec<String>>,
}

/// The results of the scenarios of a run, of all its sessions together.
#[derive(Debug, Default)]
pub(super) struct ScenarioEnds {
    failed: BTreeSet<String>,
    passed: BTreeSet<String>,
}

impl ScenarioEnds {
    /// Takes note of a session.
    pub fn add(&mut self, plan: &Plan, outcome: &SessionOutcome) {
        for feature in &outcome.features {
            for scenario in &feature.scenarios {
                let name = &plan.features[feature.index].scenarios[scenario.index].name;
                match scenario.verdict() {
                    Verdict::Failed => self.failed.insert(name.clone()),
                    Verdict::Passed => self.passed.insert(name.clone()),
                    Verdict::Blocked | Verdict::Skipped => continue,
                };
            }
        }
    }
}

impl LastFailed {
    /// The file in which it is kept, in the folder in which the program is run.
    pub const FILE: &str = ".graphwalk/last-failed.json";

    /// Reads what is kept; nothing if there is no such file.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read() -> Result<Self, Box<Diagnostic>> {
        let text = match std::fs::read_to_string(Self::FILE) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(unreadable(&error.to_string())),
        };
        serde_json::from_str(&text).map_err(|error| unreadable(&error.to_string()))
    }

    /// The names of the scenarios of this tutorial that failed last.
    pub fn of(&self, tutorial: &str) -> &[String] {
        self.tutorials.get(tutorial).map_or(&[], Vec::as_slice)
    }

    /// Keeps how a run of a tutorial ended. A scenario that was not played stays as it was; where nothing has ever failed no file is
    /// made, and where none can be written nothing is kept.
    pub fn keep(tutorial: &str, ends: &ScenarioEnds) {
        let mut kept = Self::read().unwrap_or_default();
        let before = kept.of(tutorial).to_vec();
        let is_open = |name: &&String| !ends.passed.contains(*name) && !ends.failed.contains(*name);
        let now: Vec<String> = before.iter().filter(is_open).chain(&ends.failed).cloned().collect();
        if now == before {
            return;
        }
        if now.is_empty() {
            kept.tutorials.remove(tutorial);
        } else {
            kept.tutorials.insert(tutorial.to_owned(), now);
        }
        kept.version = 1;
        let path = Path::new(Self::FILE);
        if let (Some(folder), Ok(text)) = (path.parent(), serde_json::to_string_pretty(&kept)) {
            // What cannot be kept is missed by --last-failed alone, which says so.
            let _ = std::fs::create_dir_all(folder);
            let _ =
                ReportFile::create(path).and_then(|mut file| file.write(text.as_bytes()).and_then(|()| file.finish()));
        }
    }
}

fn unreadable(reason: &str) -> Box<Diagnostic> {
    let message = format!("{} cannot be read: {reason}", LastFailed::FILE);
    Box::new(Diagnostic::new("last-failed", message).help("delete it, and run without --last-failed"))
}
