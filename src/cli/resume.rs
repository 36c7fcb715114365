//! `graphwalk resume`: go on with a run on a real tenant, on another day or after a crash.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::live::start::Resumed;
use crate::runs::Runs;
use crate::session::{NotARunId, RunId, SessionState};
use crate::tutorial::{Faults, Tutorial};

use super::config::ConfigArgs;
use super::report_args::{ReportArgs, VerbosityArg};
use super::run::{self, RunArgs};
use super::{Exit, FeaturesArg, library};

/// Arguments of `graphwalk resume`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk runs                               which runs wait\n  graphwalk resume 20261125-0127-k3f9 --yes    continue with the scenario it stopped at\n\nWhat the interrupted scenario created is deleted, and the scenario is played again."
)]
pub struct ResumeArgs {
    /// The run, as `graphwalk runs` names it
    #[arg(value_name = "RUN", value_parser = |text: &str| text.parse::<RunId>().map_err(|error: NotARunId| error.to_string()))]
    run: RunId,
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
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) step_timeout: u32,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
}

/// Goes on with the run, and reports as `run` does.
///
/// # Errors
///
/// What keeps the run from going on: there is none of that name, another process has it, it has ended.
pub fn resume(args: &ResumeArgs, out: &mut dyn Write) -> Result<Exit, Faults> {
    let faults = |error: crate::runs::RunsError| vec![Diagnostic::from(&error)];
    let config = args.config.load()?;
    let folder = Runs::in_folder(&config.runs).open(&args.run).map_err(faults)?;
    let journal = folder.open_journal().map_err(faults)?;
    if let Some(ending) = journal.record().ending() {
        let message = format!("run {} has ended: {}", args.run, ending.word());
        return Err(vec![Diagnostic::new("resume", message).help("`graphwalk run --on live` starts a new one")]);
    }
    let state = folder.state().map_err(faults)?;
    let run = RunArgs::resuming(args, &state);
    let tutorial = tutorial(args, &state)?;
    let schemas = run::schemas(run.schemas()).map_err(|fault| vec![*fault])?;
    let resumed = Resumed { folder, journal, state };
    Ok(run::play_tutorial(&run, tutorial, schemas, None, Some(resumed), out)?.exit)
}

/// The tutorial of the run, from where it was read when the run was begun, or from where it is said to be now.
fn tutorial(args: &ResumeArgs, state: &SessionState) -> Result<Tutorial, Faults> {
    let moved = |why: Faults, folder: &Path| {
        let message = format!("the features of run {} cannot be read from {}", args.run, folder.display());
        let notes = why.iter().map(|fault| fault.message.clone());
        let fault = Diagnostic::new("resume", message).notes(notes);
        vec![fault.help(format!("name their folder: `graphwalk resume {} --features DIR`", args.run))]
    };
    let Some(given) = &args.features.features else {
        return match &state.features {
            None => library(None)?.tutorial(Some(&state.tutorial)),
            Some(folder) if !folder.is_dir() => Err(moved(Faults::new(), folder)),
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
