//! `resume --due`: every run whose time has come, one after the other. So no process has to live for as long as a review takes.

use std::io::Write;

use jiff::Timestamp;

use crate::diagnostic::Diagnostic;
use crate::in_words::counted;
use crate::runs::{RunState, Runs};
use crate::session::RunId;
use crate::tutorial::TutorialFaults;

use super::super::{Exit, printed};
use super::{OfFile, ResumeArgs};

impl ResumeArgs {
    /// Returns whether long waits are left again.
    pub fn detaches(&self) -> bool {
        self.detach || self.due
    }
}

/// The results of the runs.
#[derive(Default)]
struct DueResults {
    resumed: usize,
    /// The runs that wait, and when the first of them is due.
    waiting: usize,
    next: Option<Timestamp>,
    exits: Vec<Exit>,
}

/// Goes on with the runs that are due, and says when the next one is.
///
/// # Errors
///
/// The configuration, the file of tenants or the folder of runs cannot be read. What is wrong with one run keeps no other from
/// going on.
pub(super) fn resume_due(args: &ResumeArgs, of_file: &OfFile, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let faults = |error: crate::runs::RunsError| vec![Diagnostic::from(&error)];
    let runs = Runs::in_folder(args.config.load()?.runs);
    let mut ends = DueResults::default();
    for run in runs.ids().map_err(faults)? {
        // Each is looked at when its turn comes: the ones before may have taken hours.
        if !is_due(&runs, &run, &mut ends) {
            continue;
        }
        let resumed = of_file.resume(args, &run, out);
        ends.resumed += 1;
        match resumed {
            Ok(exit) => {
                is_due(&runs, &run, &mut ends);
                ends.exits.push(exit);
                printed(writeln!(out))?;
            }
            Err(faults) => {
                ends.exits.push(Exit::Usage);
                let mut err = anstream::stderr().lock();
                for fault in faults {
                    // That nobody can read it keeps no other run from going on.
                    let _ = writeln!(err, "run {run}: {}", fault.render(true));
                }
            }
        }
    }
    printed(writeln!(out, "{}", ends.describe()))?;
    Ok(ends.exit())
}

/// Returns whether a run can go on now; of one that waits, until when.
fn is_due(runs: &Runs, run: &RunId, ends: &mut DueResults) -> bool {
    match runs.summary(run).state {
        RunState::Waiting { until, .. } if until > Timestamp::now() => {
            ends.waiting += 1;
            ends.next = Some(ends.next.map_or(until, |next| next.min(until)));
            false
        }
        RunState::Waiting { .. } | RunState::Killed { next: Some(_) } => true,
        RunState::WaitingForAct { .. } => {
            ends.waiting += 1;
            false
        }
        RunState::Running | RunState::Ended { .. } | RunState::Killed { next: None } | RunState::Damaged { .. } => {
            false
        }
    }
}

impl DueResults {
    fn describe(&self) -> String {
        let resumed = match self.resumed {
            0 => "nothing is due".to_owned(),
            count => format!("went on with {}", counted(count, "run")),
        };
        match (self.waiting, self.next) {
            (0, _) => resumed,
            (waiting, Some(next)) => {
                let next = next.strftime("%Y-%m-%d %H:%M:%S UTC");
                format!("{resumed}; {} waiting, the next is due at {next}", counted(waiting, "run"))
            }
            (waiting, None) => format!("{resumed}; {} waiting for a person", counted(waiting, "run")),
        }
    }

    /// The worst end, as `run` has it; that others wait is known by the exit code if nothing is worse.
    fn exit(&self) -> Exit {
        let worst = [Exit::Usage, Exit::Failed].into_iter().find(|exit| self.exits.contains(exit));
        let waits = self.waiting > 0 || self.exits.contains(&Exit::Waiting);
        let blocked = self.exits.contains(&Exit::Blocked);
        match worst {
            Some(worst) => worst,
            None if waits => Exit::Waiting,
            None if blocked => Exit::Blocked,
            None => Exit::Passed,
        }
    }
}
