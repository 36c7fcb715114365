//! `graphwalk resume`: go on with a run on a real tenant, on another day or after a crash, or with all that are due.

mod due;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::TenantsFile;
use crate::diagnostic::Diagnostic;
use crate::live::start::Resumed;
use crate::runs::Runs;
use crate::session::{NotARunId, RunId, SessionState};
use crate::tenants::ShardResults;
use crate::terminal_text::plain;
use crate::tutorial::{Tutorial, TutorialFaults};

use super::config::ConfigArgs;
use super::report_args::{ReportArgs, VerbosityArg};
use super::run::{self, RunArgs};
use super::tenants::{self, KeptTenant};
use super::values::whole_number;
use super::{Exit, FeaturesArg, library, printed};

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
    /// The file of tenants that the run was begun with, or the runs
    #[arg(long, value_name = "FILE", conflicts_with = "tenant")]
    tenants: Option<PathBuf>,
    /// With --tenants: the folder of the shard's results, in which that of the tenant is kept anew
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
    let of_file = OfFile::read(args)?;
    match &args.run {
        Some(run) => of_file.resume(args, run, out),
        None => due::resume_due(args, &of_file, out),
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

/// The tenants of a file on which the runs are, and the folder of their results.
struct OfFile {
    tenants: Option<TenantsFile>,
    results: Option<Arc<ShardResults>>,
}

impl OfFile {
    fn read(args: &ResumeArgs) -> Result<Self, TutorialFaults> {
        let tenants = args.tenants.as_deref().map(tenants::read_tenants).transpose()?;
        let results = args.results.as_deref().map(ShardResults::go_on).transpose().map_err(|fault| vec![*fault])?;
        Ok(Self { tenants, results: results.map(Arc::new) })
    }

    /// Goes on with a run.
    fn resume(&self, args: &ResumeArgs, run: &RunId, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
        let runs = Runs::in_folder(args.config.load()?.runs);
        let state = runs.open(run).and_then(|folder| folder.kept_state());
        let tenant = state.map_err(|error| vec![Diagnostic::from(&error)])?.and_then(|(state, _)| state.tenant);
        let (config, kept_as) = self.of_tenant(args, run, tenant.as_deref())?;
        if args.due || tenant.is_some() {
            let tenant = tenant.map_or_else(String::new, |tenant| format!(", {}", plain(&tenant)));
            printed(writeln!(out, "run {run}{tenant}"))?;
        }
        resume_run(args, (run, config), kept_as, out)
    }

    /// The configuration of a run's tenant, and where its result is kept.
    fn of_tenant(
        &self,
        args: &ResumeArgs,
        run: &RunId,
        tenant: Option<&str>,
    ) -> Result<(ConfigArgs, Option<KeptTenant>), TutorialFaults> {
        let unknown = |message: String, help: &str| vec![Diagnostic::new("resume", message).help(help)];
        let (file, tenant) = match (&self.tenants, tenant) {
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
        // Its place among the results is not the one in the file if only tenants with a label are played.
        let kept_as = self.results.as_ref().and_then(|results| {
            let (name, labels) = (row.name.clone(), row.labels.clone());
            Some(KeptTenant { place: results.place_of(run)?, results: Arc::clone(results), name, labels })
        });
        Ok((config, kept_as))
    }
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
