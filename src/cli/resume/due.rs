//! `resume --due`: every run whose time has come, one after the other. So no process has to live for as long as a review takes.

use std::io::Write;
use std::sync::Arc;

use jiff::Timestamp;

use crate::config::TenantsFile;
use crate::diagnostic::Diagnostic;
use crate::in_words::counted;
use crate::runs::{RunState, Runs};
use crate::session::RunId;
use crate::tenants::ShardResults;
use crate::terminal_text::plain;
use crate::tutorial::TutorialFaults;

use super::super::config::ConfigArgs;
use super::super::tenants::{self, KeptTenant};
use super::super::{Exit, printed};
use super::{ResumeArgs, resume_run};

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
pub(super) fn resume_due(args: &ResumeArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let faults = |error: crate::runs::RunsError| vec![Diagnostic::from(&error)];
    let file = args.tenants.as_deref().map(tenants::read_tenants).transpose()?;
    let results = args.results.as_deref().map(ShardResults::go_on).transpose().map_err(|fault| vec![*fault])?;
    let results = results.map(Arc::new);
    let runs = Runs::in_folder(args.config.load()?.runs);
    let mut ends = DueResults::default();
    for run in runs.ids().map_err(faults)? {
        // Each is looked at when its turn comes: the ones before may have taken hours.
        if !is_due(&runs, &run, &mut ends) {
            continue;
        }
        let state = runs.open(&run).and_then(|folder| folder.state());
        let resumed = state.map_err(faults).and_then(|state| {
            let (config, kept_as) = of_tenant(args, &run, state.tenant.as_deref(), (file.as_ref(), results.as_ref()))?;
            let tenant = state.tenant.map_or_else(String::new, |tenant| format!(", {}", plain(&tenant)));
            printed(writeln!(out, "run {run}{tenant}"))?;
            resume_run(args, (&run, config), kept_as, out)
        });
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

/// The configuration of a run's tenant, and where its result is kept.
fn of_tenant(
    args: &ResumeArgs,
    run: &RunId,
    tenant: Option<&str>,
    (file, results): (Option<&TenantsFile>, Option<&Arc<ShardResults>>),
) -> Result<(ConfigArgs, Option<KeptTenant>), TutorialFaults> {
    let unknown = |message: String, help: &str| vec![Diagnostic::new("resume", message).help(help)];
    let (file, tenant) = match (file, tenant) {
        (None, None) => return Ok((args.config.clone(), None)),
        (Some(file), Some(tenant)) => (file, tenant),
        (None, Some(tenant)) => {
            let message = format!("run {run} is one on {tenant}, a tenant of a file");
            return Err(unknown(message, "name the file with --tenants"));
        }
        (Some(_), None) => {
            let message = format!("run {run} was begun without a file of tenants");
            return Err(unknown(message, "resume it without --tenants"));
        }
    };
    let Some((place, row)) = file.place(tenant).and_then(|place| Some((place, file.rows.get(place)?))) else {
        let message = format!("run {run} is one on {tenant}, which {} does not name", file.file);
        return Err(unknown(message, "name the file that the run was begun with"));
    };
    let config = ConfigArgs { of_tenant: file.layer(place), ..args.config.clone() };
    let results = results.filter(|results| results.run(place).as_ref() == Some(run)).map(Arc::clone);
    let kept_as =
        results.map(|results| KeptTenant { results, place, name: row.name.clone(), labels: row.labels.clone() });
    Ok((config, kept_as))
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
