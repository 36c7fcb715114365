//! `--tenants FILE`: a tutorial on each tenant of a file, or of a shard of it.

mod emulated;
mod kept;
mod live;
mod pool;
mod reports;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use graphwalk_emulator::Settings;
use graphwalk_schema::Schemas;
use ring::digest::{Context, SHA256};

use crate::config::{Config, TenantsFile};
use crate::diagnostic::Diagnostic;
use crate::live::gate::{self, Shut};
use crate::report::{GitHubStep, MESSAGES, Reports, TerminalReport, Wanted};
use crate::runner::sessions::Run;
use crate::runner::{Plan, Recorder, ScenarioPlace, Selected};
use crate::session::Tracing;
use crate::tenants::{RunIdentity, Shard, ShardResults, Slice, in_shard};
use crate::tutorial::{FeatureFile, Tutorial, TutorialFaults, TutorialPage};

use super::config::ConfigArgs;
use super::play::{Heard, hear};
use super::run::{self, RunArgs, RunOn};
use super::walk::Foreseen;
use super::{Exit, library};

pub(super) use kept::KeptTenant;

/// The tenants of a file, for the commands that go to each.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Many tenants")]
pub(super) struct TenantsFileArgs {
    /// Take each tenant of this file, in TOML or CSV: what it says of a tenant is laid over graphwalk.toml
    #[arg(long, value_name = "FILE", conflicts_with = "tenant")]
    tenants: Option<PathBuf>,
    /// Take only the tenants of the file with this label; again for those that have each of several
    #[arg(long, value_name = "LABEL", requires = "tenants")]
    pub label: Vec<String>,
}

impl TenantsFileArgs {
    /// Returns whether a file is named.
    pub fn is_given(&self) -> bool {
        self.tenants.is_some()
    }

    /// Reads the tenants with these labels, if a file is named.
    ///
    /// # Errors
    ///
    /// The file cannot be read, has a key or value that is not known, or no tenant with the labels.
    pub fn read(&self) -> Result<Option<TenantsFile>, TutorialFaults> {
        let Some(file) = &self.tenants else { return Ok(None) };
        read_tenants(file)?.labelled(&self.label).map(Some).map_err(|fault| vec![*fault])
    }
}

/// The tenants that are played.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Many tenants")]
pub(super) struct TenantsArgs {
    #[command(flatten)]
    pub file: TenantsFileArgs,
    /// Play one shard of them, M of N; JOB_COMPLETION_INDEX + 1 of GRAPHWALK_SHARDS if that is set
    #[arg(long, value_name = "slice:M/N", requires = "tenants")]
    pub shard: Option<Slice>,
    /// A shard without tenants is no error
    #[arg(long, requires = "tenants")]
    pub allow_empty_shard: bool,
    /// Keep the result of each tenant in this folder, for another start of the shard and for `graphwalk report merge`
    #[arg(long, value_name = "DIR", requires = "tenants")]
    pub results: Option<PathBuf>,
}

/// A tutorial that is played on tenants.
pub(super) struct TenantsRun<'a> {
    args: &'a RunArgs,
    file: TenantsFile,
    /// The places of the tenants that are played.
    places: Vec<usize>,
    run: Run,
    schemas: Schemas,
    results: Option<ShardResults>,
    /// The exchanges that the reports about all tenants get; those about one alone get all.
    shown: Tracing,
    backend: TenantBackend,
}

/// The backend of the tenants.
enum TenantBackend {
    /// In memory, each set up so but for its name and what it holds.
    Emulator { settings: Arc<Settings>, seed: Option<String> },
    /// Real ones.
    Live { page: Option<TutorialPage>, selected: Selected },
}

impl TenantBackend {
    fn word(&self) -> &'static str {
        match self {
            Self::Emulator { .. } => "emulator",
            Self::Live { .. } => "live",
        }
    }
}

/// Plays the tutorial on the tenants, and reports.
///
/// # Errors
///
/// The file of tenants, features or a configuration cannot be read, or the results are of another run.
pub(super) fn run(args: &RunArgs, file: TenantsFile, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    refuse(args)?;
    let tutorial = run::tutorial(args)?;
    let schemas = run::schemas(args.schemas()).map_err(|fault| vec![*fault])?;
    let features = digest_of_features(&tutorial);
    let own_seed = tutorial.features.first().and_then(FeatureFile::seed_text);
    let page = match args.on {
        RunOn::Live => library(args.tutorial_place().0.as_deref())?.page(&tutorial.name)?,
        RunOn::Replay | RunOn::Emulator => None,
    };
    let of_run = Recorder::new(std::slice::from_ref(&tutorial), &schemas)?;
    let plan = Plan::new(tutorial)?;
    let (selection, until) = run::selection(args, &plan, None)?;
    let backend = played_on(args, (page, until), own_seed)?;
    let slice = slice(args.tenants.shard)?;
    let places = in_shard(&file, slice);
    if places.is_empty() && !args.tenants.allow_empty_shard {
        let message = format!("{slice} has no tenant: {} names {}", file.file, file.rows.len());
        let fault = Diagnostic::new("empty-shard", message);
        return Err(vec![fault.help("use fewer shards, or allow it with --allow-empty-shard")]);
    }
    let is_live = matches!(backend, TenantBackend::Live { .. });
    check_configurations(&args.config, &file, &places, is_live && !plan.is_read_only())?;
    let identity = RunIdentity {
        program: format!("graphwalk {}", super::version::short()),
        tutorial: plan.tutorial.clone(),
        features,
        played: args.played(),
        tenants: file.rows.len(),
        file: digest_of_tenants(&file),
    };
    let results = args.tenants.results.as_ref().map(|folder| {
        ShardResults::begin(folder, Shard::new(identity, slice, places.clone())).map_err(|fault| vec![*fault])
    });
    let recorder = (is_live && !plan.is_read_only()).then_some(of_run);
    let whole = Run {
        selection,
        schemas: schemas.clone(),
        strict: args.strict,
        step_timeout: Duration::from_secs(args.step_timeout.into()),
        jobs: args.jobs.into(),
        recorder,
        detaches: args.detach,
        ..Run::new(plan)
    };
    let (results, shown) = (results.transpose()?, Tracing::default());
    TenantsRun { args, file, places, run: whole, schemas, results, shown, backend }.play(out)
}

/// Reads a file of tenants.
///
/// # Errors
///
/// The file cannot be read, or has a row with a key or value that is not known; all faults are named.
pub(super) fn read_tenants(file: &std::path::Path) -> Result<TenantsFile, TutorialFaults> {
    TenantsFile::read(file).map_err(|faults| faults.iter().map(Diagnostic::from).collect())
}

/// The shard that this process plays: the one that is named, else that of a pod.
fn slice(named: Option<Slice>) -> Result<Slice, TutorialFaults> {
    let of_pod = || Slice::from_variables(|name| std::env::var(name).ok()).map_err(|fault| vec![*fault]);
    Ok(named.map_or_else(of_pod, |named| Ok(Some(named)))?.unwrap_or(Slice::WHOLE))
}

fn refuse(args: &RunArgs) -> Result<(), TutorialFaults> {
    let usage = |message: &str, help: &str| Err(vec![Diagnostic::new("usage", message).help(help)]);
    match args.on {
        RunOn::Replay => usage("a recording is one of a single tenant", "add --on emulator or --on live"),
        _ if args.plan => usage("--plan lists the writes to one tenant", "name it with --tenant, without --tenants"),
        _ if args.pause => {
            usage("--pause goes through one session", "name one tenant with --tenant, without --tenants")
        }
        RunOn::Emulator if !args.recording.is_empty() => {
            usage("a recording is replayed, and --on emulator plays without one", "leave out --recording")
        }
        RunOn::Emulator | RunOn::Live => Ok(()),
    }
}

fn played_on(
    args: &RunArgs,
    (page, until): (Option<TutorialPage>, Option<ScenarioPlace>),
    own: Option<String>,
) -> Result<TenantBackend, TutorialFaults> {
    if args.on == RunOn::Live {
        args.emulator.refuse()?;
        return Ok(TenantBackend::Live { page, selected: args.selected(until) });
    }
    if args.detach {
        let message = "--detach leaves the long waits of a real tenant: here no time passes";
        return Err(vec![Diagnostic::new("usage", message).help("add --on live, or leave it out")]);
    }
    let seed = args.emulator.seed_text(own)?;
    Ok(TenantBackend::Emulator { settings: Arc::new(args.emulator.settings_without_seed()?), seed })
}

/// Finds what is wrong with the configuration of any tenant before one is played.
fn check_configurations(
    config: &ConfigArgs,
    file: &TenantsFile,
    places: &[usize],
    writes: bool,
) -> Result<(), TutorialFaults> {
    let mut faults: TutorialFaults = Vec::new();
    for place in places {
        let loaded = config_of(config, file, *place);
        match loaded {
            Ok(config) if writes => {
                if let Err(Shut::Refused(refused)) = gate::allows_writes(&config) {
                    return Err(refused);
                }
            }
            Ok(_) => {}
            // What is wrong with the layers below is wrong for each.
            Err(of_tenant) => {
                faults.extend(of_tenant.into_iter().filter(|fault| !faults.contains(fault)).collect::<Vec<_>>())
            }
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The configuration of the tenant at this place of the file.
pub(super) fn config_of(config: &ConfigArgs, file: &TenantsFile, place: usize) -> Result<Config, TutorialFaults> {
    ConfigArgs { of_tenant: file.layer(place), ..config.clone() }.load()
}

fn digest_of_features(tutorial: &Tutorial) -> String {
    let mut context = Context::new(&SHA256);
    for feature in &tutorial.features {
        let name = feature.path.rsplit(['/', '\\']).next().unwrap_or_default();
        context.update(name.as_bytes());
        context.update(&[0]);
        context.update(feature.text.as_bytes());
        context.update(&[0]);
    }
    hexadecimal(context)
}

fn digest_of_tenants(file: &TenantsFile) -> String {
    let mut context = Context::new(&SHA256);
    for row in &file.rows {
        context.update(row.identity().as_bytes());
        context.update(b"\n");
    }
    hexadecimal(context)
}

/// Returns so much of a digest that no two are alike by accident.
fn hexadecimal(context: Context) -> String {
    context.finish().as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

impl TenantsRun<'_> {
    fn play(mut self, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
        let reports = &self.args.reports;
        let wanted = reports.wanted(None);
        if let Some(folder) = &self.args.reports.evidence {
            std::fs::create_dir_all(folder).map_err(|error| {
                let message = format!("cannot write the folder {}: {error}", folder.display());
                vec![Diagnostic::new("evidence", message).help("name a folder that you may write to")]
            })?;
        }
        let keeps = self.results.as_ref().and_then(|_| Wanted::named(MESSAGES, ""));
        let keeps = keeps.map(|keeps| if reports.messages_full { keeps.in_full() } else { keeps });
        let terminal = TerminalReport::new(out, self.places.len()).showing_exchanges(self.args.verbosity.verbose);
        let reports = Reports::of_tenants(terminal, (wanted, keeps), &self.run.plan, self.places.len());
        let reports = reports.map_err(|fault| vec![*fault])?.in_github(GitHubStep::from_environment());
        self.shown = reports.tracing();
        // A run on a tenant has its evidence in its folder.
        let is_live = matches!(self.backend, TenantBackend::Live { .. });
        let alone = if is_live { Tracing::Whole } else { Tracing::default() };
        self.run.tracing = self.shown.max(self.args.reports.tracing_of_evidence()).max(alone);
        let foreseen = Foreseen::default();
        let heard = Heard::of_tenants(&self.run, self.places.len(), (self.backend.word(), &self.file.file), &foreseen);
        let fault = std::sync::Mutex::new(None);
        let renderer = reports.renderer();
        let totals = hear(heard, reports, |interrupt, events| {
            pool::play(&self, &interrupt, &renderer, &events, &fault);
        })?;
        let fault = fault.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        match fault {
            Some(fault) => Err(vec![fault]),
            None => Ok(run::exit(&totals)),
        }
    }
}
