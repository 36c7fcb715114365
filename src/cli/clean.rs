//! `graphwalk clean`: delete what runs left in a tenant.

use std::cell::RefCell;
use std::io::{self, BufRead, IsTerminal as _, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use graphwalk_client::sign_in::Person;
use graphwalk_schema::Schemas;

use crate::backend::live::LiveSession;
use crate::config::{Config, TenantsFile};
use crate::diagnostic::Diagnostic;
use crate::in_words::{counted, counted_as};
use crate::live::gate::{self, Opened, Shut};
use crate::live::start::same_tenant;
use crate::live::terminal::{TenantScreen, Terminal};
use crate::report::TraceFile;
use crate::runner::runtime;
use crate::runs::{RunFolder, RunState, RunSummary, Runs, RunsError};
use crate::session::journal::{DamagedLine, Ending, Journal, JournalError};
use crate::session::{Cleaned, Cleaner, NotARunId, RunId, Supplemented, Tracing};
use crate::terminal_text::{plain, wrapped};
use crate::tutorial::TutorialFaults;

use super::config::ConfigArgs;
use super::live::ended;
use super::tenants::{self, TenantsFileArgs};
use super::{Exit, printed, trace};

/// Arguments of `graphwalk clean`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk clean                        what runs left that neither run nor\n                                         wait\n  graphwalk clean 20261125-0127-k3f9     what this run created\n  graphwalk clean --yes                  also runs that wait for a later day\n  graphwalk clean --tenants tenants.csv  in each tenant of a file what runs on\n                                         it left\n  graphwalk clean --purge                and remove it from the deleted items\n                                         for good\n\nOnly what the journal of a run lists is deleted. It can be repeated.\nExit codes: 0 nothing is left, 1 something is, or a run cannot be read, 3 the\ntenant cannot be reached."
)]
pub struct CleanArgs {
    /// The run; if left out, all runs that neither run nor wait for a later day
    #[arg(value_name = "RUN", conflicts_with = "tenants", value_parser = |text: &str| text.parse::<RunId>().map_err(|error: NotARunId| error.to_string()))]
    run: Option<RunId>,
    /// Also remove what was deleted from the deleted items, where Graph keeps it for 30 days
    #[arg(long)]
    purge: bool,
    /// Write every request to Graph and its answer into a HAR file, without secrets; sign-ins are left out
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    #[command(flatten)]
    tenants: TenantsFileArgs,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Deletes what the runs left. What is wrong with one run keeps no other from being cleaned.
///
/// # Errors
///
/// If the configuration is wrong, there is no such run, or another process has it.
pub fn clean(args: &CleanArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let (config, tenants) = (args.config.load()?, args.tenants.read()?);
    let runs = Runs::in_folder(&config.runs);
    let chosen = match &args.run {
        Some(run) if is_meant(run, &runs, args.config.yes, out)? => vec![run.clone()],
        Some(_) => return Ok(Exit::Failed),
        None => to_clean(runs.summaries().map_err(faults)?, args, out)?,
    };
    if chosen.is_empty() {
        printed(writeln!(out, "nothing to clean in {}", runs.folder().display()))?;
        return Ok(Exit::Passed);
    }
    let mut exit = Exit::Passed;
    // A run that is not there, or that another process has, is reported before anybody signs in.
    let mut open: Vec<OpenRun> = Vec::with_capacity(chosen.len());
    for run in &chosen {
        match runs.open(run).and_then(|folder| Ok((folder.open_intact_journal()?, folder))) {
            Ok(((journal, damaged), folder)) => open.push((folder, journal, damaged)),
            Err(error @ (RunsError::Unknown { .. } | RunsError::Busy { .. })) if args.run.is_some() => {
                return Err(faults(error));
            }
            Err(error) => {
                exit = Exit::Failed;
                show_faults(&[unopened(run, &error)]);
            }
        }
    }
    if open.is_empty() {
        return Ok(exit);
    }
    let mut trace = trace::begin(args.trace.as_deref())?;
    let cleaned = match tenants {
        Some(file) => clean_tenants((args, &mut trace), &file, open, out),
        None => clean_tenant((args, &mut trace), &config, open, out),
    };
    let cleaned = trace::end(trace, cleaned)?;
    Ok(if cleaned == Exit::Passed { exit } else { cleaned })
}

/// The trace that requests are written into, if one is wanted.
type CleanTrace = Option<TraceFile>;

/// A run that this process alone has, its journal, and what of that cannot be read.
type OpenRun = (RunFolder, Journal, Vec<DamagedLine>);

/// Deletes what these runs left in the tenant that is configured.
fn clean_tenant(
    (args, trace): (&CleanArgs, &mut CleanTrace),
    config: &Config,
    open: Vec<OpenRun>,
    out: &mut dyn Write,
) -> Result<Exit, TutorialFaults> {
    let terminal = Arc::new(Terminal::default());
    match runtime()?.block_on(gate::open(config, Arc::clone(&terminal) as Arc<dyn Person>, terminal)) {
        Ok(opened) => clean_runs((args, trace), (config, opened), open, out),
        Err(shut) => ended(shut),
    }
}

/// Deletes what these runs left in one tenant.
fn clean_runs(
    (args, trace): (&CleanArgs, &mut CleanTrace),
    (config, opened): (&Config, Opened),
    open: Vec<OpenRun>,
    out: &mut dyn Write,
) -> Result<Exit, TutorialFaults> {
    let (runtime, mut exit) = (runtime()?, Exit::Passed);
    let Opened { backend, tenant } = opened;
    let mut tenant = CleanedTenant { args, trace, config, backend: Rc::new(backend), tenant: tenant.to_string() };
    for (folder, journal, damaged) in open {
        match runtime.block_on(tenant.clean(&folder, journal, &damaged, out)) {
            Ok(true) => {}
            Ok(false) => exit = Exit::Failed,
            Err(faults) => {
                exit = Exit::Failed;
                show_faults(&faults);
            }
        }
    }
    Ok(exit)
}

/// Deletes in each tenant of a file what runs on it left. Who cannot be reached keeps no other from being cleaned.
fn clean_tenants(
    (args, trace): (&CleanArgs, &mut CleanTrace),
    file: &TenantsFile,
    mut open: Vec<OpenRun>,
    out: &mut dyn Write,
) -> Result<Exit, TutorialFaults> {
    let mut exit = Exit::Passed;
    for (place, row) in file.rows.iter().enumerate() {
        let is_of = |run: &OpenRun, id: &str| run.1.record().begun().is_some_and(|begun| begun.tenant == id);
        let has_any = row.tenant_id().is_none_or(|id| open.iter().any(|run| is_of(run, &id.to_lowercase())));
        if open.is_empty() || !has_any {
            continue;
        }
        let config = tenants::config_of(&args.config, file, place)?;
        let screen = Arc::new(TenantScreen::new(&row.name));
        match runtime()?.block_on(gate::open(&config, Arc::clone(&screen) as Arc<dyn Person>, screen)) {
            Ok(opened) => {
                let id = opened.tenant.to_string();
                let (own, others) = open.into_iter().partition(|run| is_of(run, &id));
                open = others;
                let cleaned = clean_runs((args, &mut *trace), (&config, opened), own, out)?;
                exit = if cleaned == Exit::Passed { exit } else { cleaned };
            }
            Err(Shut::Refused(faults)) => {
                exit = Exit::Failed;
                show_faults(&faults);
            }
            Err(Shut::Blocked(fault)) => {
                exit = Exit::Blocked;
                show_faults(&[*fault]);
            }
        }
    }
    if !args.tenants.label.is_empty() && !open.is_empty() {
        let runs = counted(open.len(), "run");
        printed(writeln!(out, "not cleaned: {runs} on tenants that have other labels or cannot be reached"))?;
        return Ok(exit);
    }
    for (folder, ..) in &open {
        exit = Exit::Failed;
        let message = format!("run {} was played on no tenant that can be reached of {}", folder.run(), file.file);
        show_faults(&[Diagnostic::new("clean", message).note("nothing of it was deleted")]);
    }
    Ok(exit)
}

/// The tenant that is cleaned.
struct CleanedTenant<'a> {
    args: &'a CleanArgs,
    trace: &'a mut CleanTrace,
    config: &'a Config,
    backend: Rc<LiveSession>,
    tenant: String,
}

impl CleanedTenant<'_> {
    /// Deletes what one run left; whether nothing is left of it.
    async fn clean(
        &mut self,
        folder: &RunFolder,
        mut journal: Journal,
        damaged: &[DamagedLine],
        out: &mut dyn Write,
    ) -> Result<bool, TutorialFaults> {
        let is_assumed = journal.record().begun().is_none() && self.is_assumed();
        if !is_assumed && let Err(shut) = same_tenant(folder.run(), &journal, &self.tenant, self.config) {
            return Err(match shut {
                Shut::Refused(faults) => faults,
                Shut::Blocked(fault) => vec![*fault],
            });
        }
        // A state that cannot be read keeps nobody from deleting what the journal lists.
        let state = folder.kept_state();
        let lines = state.as_ref().ok().and_then(|kept| kept.as_ref()?.0.journal_lines);
        journal.expect_lines(lines).map_err(journal_faults)?;
        let is_incomplete = journal.record().is_incomplete() || !damaged.is_empty();
        let journal = Rc::new(RefCell::new(journal));
        let backend = Rc::clone(&self.backend) as Rc<_>;
        let mut cleaner = Cleaner::new(backend, Schemas::embedded(), Rc::clone(&journal), folder.run().mark());
        if self.trace.is_some() {
            cleaner = cleaner.traced(Tracing::Whole, 0, None);
        }
        let purge = self.args.purge;
        let cleaned = async {
            let supplemented = match state {
                Ok(Some((state, saved))) if is_incomplete => Some(cleaner.supplement(&state, saved).await?),
                Ok(_) => None,
                Err(error) => {
                    show_faults(&[Diagnostic::from(&error)]);
                    None
                }
            };
            Ok::<_, JournalError>((supplemented, cleaner.clean(purge).await?))
        };
        let cleaned = cleaned.await;
        // What was sent is told, however it ended.
        if let Some(trace) = self.trace {
            trace.add(&format!("clean {}", folder.run()), &cleaner.into_exchanges()).map_err(|fault| vec![*fault])?;
        }
        let (supplemented, cleaned) = cleaned.map_err(journal_faults)?;
        let unknown = supplemented.as_ref().map_or(0, |supplemented| supplemented.unknown.len());
        let is_left = !cleaned.left.is_empty() || !damaged.is_empty() || unknown > 0;
        if !is_left && journal.borrow().record().ending().is_none() {
            journal.borrow_mut().finish(Ending::Interrupted).map_err(journal_faults)?;
        }
        printed(tell(folder.run(), &cleaned, damaged.len(), out))?;
        if is_incomplete {
            printed(tell_incomplete(folder.run(), supplemented.as_ref(), out))?;
        }
        Ok(!is_left)
    }

    /// Returns whether the user says which tenant the run was played on, whose journal does not name it: by `RUN --tenant
    /// ID`.
    fn is_assumed(&self) -> bool {
        let named = self.args.config.tenant.as_deref().and_then(|tenant| tenant.parse::<uuid::Uuid>().ok());
        self.args.run.is_some() && named.is_some_and(|named| named.to_string() == self.tenant)
    }
}

/// Describes what a run waits for, if it does.
fn describe_wait(state: &RunState) -> Option<String> {
    match state {
        RunState::Waiting { until, .. } => Some(format!("waits until {until}")),
        RunState::WaitingForAct { act, .. } => Some(format!("waits for a person to do: {}", plain(act))),
        RunState::Running | RunState::Damaged { .. } | RunState::Killed { .. } | RunState::Ended { .. } => None,
    }
}

/// Returns whether the run that is named is to be cleaned: not if it waits, and nobody says yes.
fn is_meant(run: &RunId, runs: &Runs, yes: bool, out: &mut dyn Write) -> Result<bool, TutorialFaults> {
    let is_known = runs.ids().map_err(faults)?.contains(run);
    let Some(wait) = describe_wait(&runs.summary(run).state).filter(|_| is_known && !yes) else { return Ok(true) };
    let question = format!("{run} {wait}. Delete what it created? [y/N] ");
    let is_meant = io::stdin().is_terminal() && says_yes(&question, &mut io::stdin().lock());
    if !is_meant {
        printed(writeln!(out, "{run} {wait}, and nothing was deleted; add --yes to delete it"))?;
    }
    Ok(is_meant)
}

/// Asks the person at the terminal.
fn says_yes(question: &str, input: &mut dyn BufRead) -> bool {
    let mut err = anstream::stderr().lock();
    let asked = write!(err, "{question}").and_then(|()| err.flush());
    let mut line = String::new();
    asked.is_ok() && input.read_line(&mut line).is_ok() && matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
}

/// The runs whose objects nobody needs any more.
fn to_clean(summaries: Vec<RunSummary>, args: &CleanArgs, out: &mut dyn Write) -> Result<Vec<RunId>, TutorialFaults> {
    let mut chosen = Vec::new();
    for RunSummary { run, state, leftovers, is_incomplete, .. } in summaries {
        let is_left = args.purge || is_incomplete || !leftovers.is_empty();
        match (describe_wait(&state).filter(|_| !args.config.yes), state) {
            (Some(wait), _) => printed(writeln!(out, "{run} {wait}; `graphwalk clean {run} --yes` deletes it"))?,
            (None, RunState::Running) => {}
            (None, RunState::Ended { .. }) if !is_left => {}
            (None, _) => chosen.push(run),
        }
    }
    Ok(chosen)
}

/// Returns what is wrong with a run that cannot be opened: by its name, and with what to look for in the tenant.
fn unopened(run: &RunId, error: &RunsError) -> Diagnostic {
    let fault = Diagnostic::from(error);
    match error {
        RunsError::Journal(JournalError::Unreadable { .. }) => Diagnostic::new(fault.code, fault.message)
            .note(format!("nothing of run {run} was deleted"))
            .help(format!("search its tenant for names that contain {}, then delete the run's folder", run.mark())),
        _ => fault.note(format!("nothing of run {run} was deleted")),
    }
}

fn show_faults(faults: &[Diagnostic]) {
    let mut err = anstream::stderr().lock();
    for fault in faults {
        // That nobody can read it does not change the exit code.
        let _ = writeln!(err, "{}", fault.render(true));
    }
}

/// The advice about what is left.
const WHEN_LEFT: &str =
    "fix the cause, then run `graphwalk clean` again; `graphwalk doctor` shows whether the account may";

fn tell(run: &RunId, cleaned: &Cleaned, damaged: usize, out: &mut dyn Write) -> io::Result<()> {
    let Cleaned { deleted, gone, absent, purged, left } = cleaned;
    let described =
        |object: &crate::session::journal::JournalObject| plain(&format!("{} \"{}\"", object.resource, object.name));
    if *cleaned == Cleaned::default() {
        writeln!(out, "{run}: nothing is left")?;
    } else {
        writeln!(out, "{run}:")?;
    }
    for object in deleted {
        writeln!(out, "  deleted   {}", described(object))?;
    }
    for object in gone {
        writeln!(out, "  not there {}: it was deleted before", described(object))?;
    }
    for object in absent {
        writeln!(out, "  not there {}: it was never created", described(object))?;
    }
    for object in purged {
        writeln!(out, "  purged    {}", described(object))?;
    }
    let mut lines = String::new();
    for (object, why) in left {
        wrapped(&mut lines, &format!("  left      {}\n            ", described(object)), 12, why);
    }
    if !left.is_empty() {
        wrapped(&mut lines, "  → ", 4, WHEN_LEFT);
    }
    out.write_all(lines.as_bytes())?;
    if damaged > 0 {
        writeln!(out, "  {damaged} lines of the journal cannot be read: search the tenant for {}", run.mark())?;
    }
    Ok(())
}

/// Says that lines of the journal were lost, and what the state of the session knew beside.
fn tell_incomplete(run: &RunId, supplemented: Option<&Supplemented>, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = String::new();
    let Some(Supplemented { found, unknown }) = supplemented else {
        let what = format!("lines of the journal were lost: search the tenant for {}", run.mark());
        wrapped(&mut lines, "  ", 2, &what);
        return out.write_all(lines.as_bytes());
    };
    let listed = match found.len() {
        0 => "nothing was missing".to_owned(),
        count => counted_as(count, "object was missing", "objects were missing"),
    };
    let what = format!(
        "lines of the journal were lost; compared with session.json {listed}; search the tenant for {} as well",
        run.mark()
    );
    wrapped(&mut lines, "  ", 2, &what);
    for line in unknown {
        wrapped(&mut lines, "  left      ", 12, &plain(line));
    }
    out.write_all(lines.as_bytes())
}

fn faults(error: RunsError) -> TutorialFaults {
    vec![Diagnostic::from(&error)]
}

fn journal_faults(error: JournalError) -> TutorialFaults {
    vec![Diagnostic::from(&error)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for (typed, expected) in
            [("y\n", true), ("YES\n", true), ("\n", false), ("n\n", false), ("yesterday\n", false), ("", false)]
        {
            assert_eq!(says_yes("? ", &mut typed.as_bytes()), expected, "{typed:?}");
        }
    }
}
