//! `graphwalk resume`: go on with a run on a real tenant, on another day or after a crash, or with all that are due.

mod due;

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::live::start::Resumed;
use crate::runs::Runs;
use crate::session::{NotARunId, RunId, SessionState};
use crate::tutorial::{Tutorial, TutorialFaults};

use super::config::ConfigArgs;
use super::report_args::{ReportArgs, VerbosityArg};
use super::run::{self, RunArgs};
use super::tenants::KeptTenant;
use super::values::whole_number;
use super::{Exit, FeaturesArg, library};

/// Arguments of `graphwalk resume`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk runs                               which runs wait\n  graphwalk resume 20261125-0127-k3f9 --yes    continue with the scenario it\n                                               stopped at\n  graphwalk resume --due --yes                 continue with every run that is\n                                               due, e.g. from cron\n\nWhat the interrupted scenario created is deleted, and the scenario is played\nagain."
)]
pub struct ResumeArgs {
    /// The run, as `graphwalk runs` names it
    #[arg(value_name = "RUN", required_unless_present = "due", value_parser = |text: &str| text.parse::<RunId>().map_err(|error: NotARunId| error.to_string()))]
    run: Option<RunId>,
    /// Go on with every run whose time has come, and with those that were killed; long waits are left again
    #[arg(long, conflicts_with = "run")]
    due: bool,
    /// With --due: the file of tenants that the runs were begun with
    #[arg(long, value_name = "FILE", requires = "due", conflicts_with = "tenant")]
    tenants: Option<PathBuf>,
    /// With --tenants: the folder of results in which the shard kept those of the tenants that wait
    #[arg(long, value_name = "DIR", requires = "tenants")]
    results: Option<PathBuf>,
    #[command(flatten)]
    pub(super) features: FeaturesArg,
    /// Validate against the schemas of this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    pub(super) schemas: Option<PathBuf>,
    /// Fail on values that the schemas do not know
    #[arg(long)]
    pub(super) strict: bool,
    #[command(flatten)]
    pub(super) verbosity: VerbosityArg,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
    /// The time that a step may take, waits and polls not counted
    #[arg(long, value_name = "SECONDS", default_value = "60", allow_negative_numbers = true,
        value_parser = whole_number::<u32>(1..=u64::MAX))]
    pub(super) step_timeout: u32,
    /// Leave a wait that is long, and end with exit code 4
    #[arg(long)]
    pub(super) detach: bool,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

/// Goes on with the run, and reports as `run` does.
///
/// # Errors
///
/// There is no run of that name, another process has it, or it has ended.
pub fn resume(args: &ResumeArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    match &args.run {
        Some(run) => resume_run(args, (run, args.config.clone()), None, out),
        None => due::resume_due(args, out),
    }
}

/// Goes on with one run, with this configuration.
fn resume_run(
    args: &ResumeArgs,
    (run, config): (&RunId, ConfigArgs),
    kept_as: Option<KeptTenant>,
    out: &mut dyn Write,
) -> Result<Exit, TutorialFaults> {
    let faults = |error: crate::runs::RunsError| vec![Diagnostic::from(&error)];
    let folder = Runs::in_folder(&config.load()?.runs).open(run).map_err(faults)?;
    let journal = folder.open_journal().map_err(faults)?;
    if let Some(ending) = journal.record().ending() {
        let message = format!("run {run} has ended: {}", ending.word());
        return Err(vec![Diagnostic::new("resume", message).help("`graphwalk run --on live` starts a new one")]);
    }
    let state = folder.state().map_err(faults)?;
    let arguments = RunArgs::resuming(args, &state, (config, kept_as));
    let tutorial = tutorial(args, run, &state)?;
    let schemas = run::schemas(arguments.schemas()).map_err(|fault| vec![*fault])?;
    let resumed = Resumed { folder, journal, state };
    Ok(run::play_tutorial(&arguments, tutorial, schemas, None, Some(resumed), out)?.exit)
}

/// The tutorial of the run, from where it was read when the run was begun, or from where it is said to be now.
fn tutorial(args: &ResumeArgs, run: &RunId, state: &SessionState) -> Result<Tutorial, TutorialFaults> {
    let moved = |why: TutorialFaults, folder: &Path| {
        let message = format!("the features of run {run} cannot be read from {}", folder.display());
        let notes = why.iter().map(|fault| fault.message.clone());
        let fault = Diagnostic::new("resume", message).notes(notes);
        vec![fault.help(format!("name their folder: `graphwalk resume {run} --features DIR`"))]
    };
    let Some(given) = &args.features.features else {
        return match &state.features {
            None => library(None)?.tutorial(Some(&state.tutorial)),
            Some(folder) if !folder.is_dir() => Err(moved(TutorialFaults::new(), folder)),
            Some(folder) => {
                let library = library(Some(folder)).map_err(|why| moved(why, folder))?;
                library.tutorial(Some(&state.tutorial))
            }
        };
    };
    // A renamed folder has another name, but is the same tutorial if there is no other.
    let library = library(Some(given))?;
    let names: Vec<&str> = library.names().collect();
    match names.as_slice() {
        [only] => library.tutorial(Some(only)),
        _ => library.tutorial(Some(&state.tutorial)),
    }
}
