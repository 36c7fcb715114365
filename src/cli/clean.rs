//! `graphwalk clean`: delete what runs left in a tenant.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::live::gate::{self, Opened, Shut};
use crate::runs::{RunState, RunSummary, Runs, RunsError};
use crate::schema::Schemas;
use crate::session::journal::{Ending, JournalError};
use crate::session::{Cleaned, Cleaner, NotARunId, RunId};
use crate::sign_in::Person;
use crate::terminal_text::{plain, wrapped};
use crate::tutorial::Faults;

use super::config::ConfigArgs;
use super::live::{Terminal, ended, runtime, same_tenant};
use super::{Exit, printed};

/// Arguments of `graphwalk clean`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk clean                        what all runs left that neither go on nor wait\n  graphwalk clean 20261125-0127-k3f9     what this run created\n  graphwalk clean --purge                and remove it from the deleted items for good\n\nOnly what the journal of a run lists is deleted. It can be repeated.\nExit codes: 0 nothing is left, 1 something is, 3 the tenant cannot be reached."
)]
pub struct CleanArgs {
    /// The run; all that neither go on nor wait for a later day if left out
    #[arg(value_name = "RUN", value_parser = |text: &str| text.parse::<RunId>().map_err(|error: NotARunId| error.to_string()))]
    run: Option<RunId>,
    /// Also remove what was deleted from the deleted items, where it lies for 30 days
    #[arg(long)]
    purge: bool,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Deletes what the runs left.
///
/// # Errors
///
/// If the configuration is wrong, there is no such run, or another process has it.
pub fn clean(args: &CleanArgs, out: &mut dyn Write) -> Result<Exit, Faults> {
    let config = args.config.load()?;
    let runs = Runs::in_folder(&config.runs);
    let chosen = match &args.run {
        Some(run) => vec![run.clone()],
        None => to_clean(runs.summaries().map_err(faults)?, args.purge, out)?,
    };
    if chosen.is_empty() {
        printed(writeln!(out, "nothing to clean in {}", runs.folder().display()))?;
        return Ok(Exit::Passed);
    }
    // A run that is not there, or that another process has, is told before anybody signs in.
    let mut open = Vec::with_capacity(chosen.len());
    for run in &chosen {
        open.push(runs.open(run).map_err(faults)?);
    }
    let runtime = runtime()?;
    let terminal = Arc::new(Terminal);
    let opened = match runtime.block_on(gate::open(&config, Arc::clone(&terminal) as Arc<dyn Person>, terminal)) {
        Ok(opened) => opened,
        Err(shut) => return ended(shut),
    };
    let Opened { backend, tenant } = opened;
    let backend = Rc::new(backend);
    let mut exit = Exit::Passed;
    for folder in open {
        let (journal, damaged) = folder.open_intact_journal().map_err(faults)?;
        if let Err(shut) = same_tenant(&journal, &tenant.to_string(), &config) {
            exit = Exit::Failed;
            told_apart(shut);
            continue;
        }
        let journal = Rc::new(RefCell::new(journal));
        let mark = folder.run().mark();
        let mut cleaner = Cleaner::new(Rc::clone(&backend) as Rc<_>, Schemas::embedded(), Rc::clone(&journal), mark);
        let cleaned = runtime.block_on(cleaner.clean(args.purge)).map_err(journal_faults)?;
        let is_left = !cleaned.left.is_empty() || !damaged.is_empty();
        if is_left {
            exit = Exit::Failed;
        } else if journal.borrow().record().ending().is_none() {
            journal.borrow_mut().finish(Ending::Interrupted).map_err(journal_faults)?;
        }
        printed(tell(folder.run(), &cleaned, damaged.len(), out))?;
    }
    Ok(exit)
}

/// The runs whose objects nobody needs any more.
fn to_clean(summaries: Vec<RunSummary>, purge: bool, out: &mut dyn Write) -> Result<Vec<RunId>, Faults> {
    let mut chosen = Vec::new();
    for summary in summaries {
        let RunSummary { run, state, leftovers, .. } = summary;
        match state {
            RunState::Running => {}
            RunState::Waiting { until: Some(until), .. } => {
                printed(writeln!(out, "{run} waits until {until}; `graphwalk clean {run}` ends it"))?;
            }
            RunState::Damaged { .. } => chosen.push(run),
            RunState::Waiting { until: None, .. } | RunState::Killed => chosen.push(run),
            RunState::Ended { .. } if purge || !leftovers.is_empty() => chosen.push(run),
            RunState::Ended { .. } => {}
        }
    }
    Ok(chosen)
}

fn told_apart(shut: Shut) {
    let faults = match shut {
        Shut::Refused(faults) => faults,
        Shut::Blocked(fault) => vec![*fault],
    };
    let mut err = anstream::stderr().lock();
    for fault in faults {
        let _ = writeln!(err, "{}", fault.render(true));
    }
}

/// What to do about what is left.
const WHEN_LEFT: &str =
    "when what keeps it is put right, `graphwalk clean` deletes it; `graphwalk doctor` tells whether the account may";

fn tell(run: &RunId, cleaned: &Cleaned, damaged: usize, out: &mut dyn Write) -> io::Result<()> {
    let Cleaned { deleted, absent, purged, left } = cleaned;
    let named = |object: &crate::session::journal::Object| plain(&format!("{} \"{}\"", object.kind, object.name));
    if deleted.is_empty() && absent.is_empty() && purged.is_empty() && left.is_empty() {
        writeln!(out, "{run}: nothing is left")?;
    } else {
        writeln!(out, "{run}:")?;
    }
    for object in deleted {
        writeln!(out, "  deleted   {}", named(object))?;
    }
    for object in absent {
        writeln!(out, "  not there {}: it was never created", named(object))?;
    }
    for object in purged {
        writeln!(out, "  purged    {}", named(object))?;
    }
    let mut lines = String::new();
    for (object, why) in left {
        wrapped(&mut lines, &format!("  left      {}\n            ", named(object)), 12, why);
    }
    if !left.is_empty() {
        wrapped(&mut lines, "  → ", 4, WHEN_LEFT);
    }
    out.write_all(lines.as_bytes())?;
    if damaged > 0 {
        writeln!(out, "  {damaged} lines of the journal cannot be read: look in the tenant for {}", run.mark())?;
    }
    Ok(())
}

fn faults(error: RunsError) -> Faults {
    vec![Diagnostic::from(&error)]
}

fn journal_faults(error: JournalError) -> Faults {
    vec![Diagnostic::from(&error)]
}
