//! `graphwalk run`: play a tutorial and report.

mod outside;
mod sources;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use graphwalk_recording::RequestBody;
use graphwalk_schema::Schemas;

use crate::backend::PageGuide;
use crate::bundled::recordings_of;
use crate::diagnostic::Diagnostic;
use crate::dry_run::ForeseenRequests;
use crate::live::rehearsal::Rehearsal;
use crate::live::start::{LivePlan, ReadingRun, Resumed};
use crate::live::terminal::{Screen, Terminal as AtTerminal};
use crate::report::{EvidenceFolder, GitHubStep, Reports, TerminalReport, Totals};
use crate::runner::sessions::{Run, SessionSource};
use crate::runner::{Plan, RecordedRun, Recorder, ScenarioPlace, Selected, Selection};
use crate::runner::{SessionOutcome, Verdict, file_and_line, unused};
use crate::session::journal::Ending;
use crate::session::{SessionState, Tracing};
use crate::tutorial::{Tutorial, TutorialFaults, TutorialPage};

use super::by_hand;
use super::config::ConfigArgs;
use super::emulator_args::EmulatorArgs;
use super::last_failed::{LastFailed, ScenarioEnds};
use super::live::{self, LiveStart};
use super::play::{Playing, play};
use super::rehearse::RehearseArgs;
use super::report_args::{ReportArgs, VerbosityArg};
use super::resume::ResumeArgs;
use super::scenario_args::{self, ScenarioArgs};
use super::tenants::{self, KeptTenant, TenantsArgs};
use super::values::whole_number;
use super::walk::{self, Foreseen};
use super::{Exit, FeaturesArg, library};

pub(super) const EXAMPLES: &str = "Examples:
  graphwalk run                                    the first tutorial, on the
                                                   recording of its page
  graphwalk run security-group-review --through 4  steps 1 to 4, clean-up
  graphwalk run --scenario 'The review starts'     it, and what comes before it
  graphwalk run --last-failed                      what failed last time, and
                                                   what comes before it
  graphwalk run --recording my.har --strict        a recording of your own;
                                                   drift fails
  graphwalk run --recording recordings --jobs 8    every recording of it in a
                                                   folder, 8 at a time
  graphwalk run --junit junit.xml --json run.json  with reports for CI
  graphwalk run --on emulator --html review.html   with a page for an auditor
  graphwalk run -v --trace run.har                 with a line a request, and
                                                   all of them in a file
  graphwalk run --features mine --recording a.har  a tutorial of your own
  graphwalk run --on live --plan                   what would be written to a
                                                   real tenant
  graphwalk run --on live --yes                    play on it, and clean up
  graphwalk run --on emulator                      an in-memory tenant: five
                                                   days pass at once
  graphwalk run --on emulator --fault-seed 7       the same in a storm of
                                                   faults, always the same one
  graphwalk run --on emulator --review-by portal   the same, and you decide on
                                                   its page My Access";

/// Arguments of `graphwalk run`, and of `graphwalk record` beside its own.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The tutorial; the first built-in one if left out. Or a scenario of it, as FILE:LINE
    #[arg(value_name = "TUTORIAL|FILE:LINE")]
    tutorial: Option<String>,
    /// Source of answers
    #[arg(long, value_name = "BACKEND", default_value = "replay")]
    pub(super) on: RunOn,
    /// A recording, or a folder that is searched for `.har` files; each file is a session of its own. That of the
    /// tutorial's page if left out. With --on live it is not played: it says what calls the emulator does not model
    #[arg(long, value_name = "FILE")]
    pub(super) recording: Vec<PathBuf>,
    /// Play only scenarios whose tags fit, e.g. `@step-1 or @step-2`; the clean-up is played always
    #[arg(long, value_name = "EXPR")]
    tags: Option<String>,
    /// Play the steps up to this one, and the clean-up
    #[arg(long, value_name = "STEP", value_parser = whole_number::<u8>(1..=255))]
    through: Option<u8>,
    #[command(flatten)]
    scenarios: ScenarioArgs,
    #[command(flatten)]
    features: FeaturesArg,
    /// Validate against the schemas of this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
    /// Fail on values that the schemas do not know, and on recorded exchanges that nothing requests
    #[arg(long)]
    pub(super) strict: bool,
    /// Stop before each scenario, show its text and what it will send, and go on with Enter; implies -v
    #[arg(long)]
    pub(super) pause: bool,
    #[command(flatten)]
    pub(super) verbosity: VerbosityArg,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
    /// The number of sessions that may run at the same time
    #[arg(long, value_name = "N", default_value = "16", allow_negative_numbers = true,
        value_parser = whole_number::<u16>(1..=512))]
    pub(super) jobs: u16,
    /// The time that a step may take, waits and polls not counted
    #[arg(long, value_name = "SECONDS", default_value = "60", allow_negative_numbers = true,
        value_parser = whole_number::<u32>(1..=u64::MAX))]
    pub(super) step_timeout: u32,
    /// With --on live: print every write, and send nothing
    #[arg(long, help_heading = "Configuration")]
    pub(super) plan: bool,
    #[command(flatten)]
    pub(super) config: ConfigArgs,
    /// With --on live: where a wait is long, leave it and end with exit code 4; `graphwalk resume --due` goes on
    #[arg(long)]
    pub(super) detach: bool,
    #[command(flatten)]
    pub(super) tenants: TenantsArgs,
    #[command(flatten)]
    pub(super) emulator: EmulatorArgs,
    /// The place where the result of a tenant is kept, with which a shard goes on.
    #[arg(skip)]
    pub(super) kept_as: Option<KeptTenant>,
    /// The person who is asked and told in a live run; whoever sits at the terminal if `None`.
    #[arg(skip)]
    screen: Option<Arc<dyn Screen>>,
}

impl RunArgs {
    /// The folder of schemas, if it is not the program's.
    pub(super) fn schemas(&self) -> Option<&Path> {
        self.schemas.as_deref()
    }

    /// Returns who tells a person what to do on the pages of an emulated tenant, if one is to do it.
    fn guide(&self) -> Result<Option<Arc<dyn PageGuide>>, TutorialFaults> {
        if self.on == RunOn::Emulator { by_hand::guide(&self.config) } else { Ok(None) }
    }

    /// Returns what a run has to know to go on with the same.
    pub(super) fn selected(&self, until: Option<ScenarioPlace>) -> Selected {
        let folder = self.tutorial_place().0;
        let features = folder.map(|folder| folder.canonicalize().unwrap_or(folder));
        Selected { tags: self.tags.clone(), through: self.through, until, features, tenant: None }
    }

    /// Describes the arguments that decide how tenants end: the shards of a run have them in common.
    pub(super) fn played(&self) -> String {
        let on = if self.on == RunOn::Live { "live" } else { "emulator" };
        let given = [
            self.tags.as_ref().map(|tags| format!("--tags {tags}")),
            self.through.map(|step| format!("--through {step}")),
            self.scenarios.describe(),
            self.strict.then(|| "--strict".to_owned()),
            self.reports.messages_full.then(|| "--messages-full".to_owned()),
        ];
        std::iter::once(on.to_owned()).chain(given.into_iter().flatten()).collect::<Vec<_>>().join(", ")
    }

    /// Returns the amount of exchanges that terminal and files show.
    fn verbosity(&self) -> u8 {
        self.verbosity.verbose.max(self.pause.into())
    }

    /// Returns the exchanges that are kept of what looks for sessions: all, if any exchange is shown anywhere.
    fn tracing_of_search(&self) -> Tracing {
        let is_shown = self.verbosity() > 0 || self.reports.shows_exchanges() || self.on == RunOn::Live;
        if is_shown { Tracing::Whole } else { Tracing::OfFailure }
    }

    /// The folder of the features, if they are not the program's own, and the name of the tutorial.
    pub(super) fn tutorial_place(&self) -> (Option<PathBuf>, Option<String>) {
        let given = self.features.features.clone();
        match self.tutorial.as_deref().and_then(file_and_line) {
            None => (given, self.tutorial.clone()),
            Some((file, _)) => scenario_args::of_file(file, given),
        }
    }

    /// The arguments of a run that continues.
    pub(super) fn resuming(
        args: &ResumeArgs,
        state: &SessionState,
        (config, kept_as): (ConfigArgs, Option<KeptTenant>),
    ) -> Self {
        let features = args.features.features.clone().or_else(|| state.features.clone());
        Self {
            tutorial: Some(state.tutorial.clone()),
            on: RunOn::Live,
            recording: Vec::new(),
            tags: state.tags.clone(),
            through: state.through,
            scenarios: ScenarioArgs::default(),
            features: FeaturesArg { features },
            schemas: args.schemas.clone(),
            strict: args.strict,
            pause: false,
            verbosity: args.verbosity,
            reports: args.reports.clone(),
            jobs: 1,
            step_timeout: args.step_timeout,
            plan: false,
            config,
            detach: args.detaches(),
            kept_as,
            tenants: TenantsArgs::default(),
            emulator: EmulatorArgs::default(),
            screen: None,
        }
    }

    /// The arguments of the run of a rehearsal.
    pub(super) fn rehearsing(args: &RehearseArgs, rehearsal: &Rehearsal) -> Self {
        let config = ConfigArgs { ready: Some(Arc::new(rehearsal.config.clone())), ..ConfigArgs::default() };
        Self {
            pause: false,
            scenarios: ScenarioArgs::default(),
            verbosity: VerbosityArg::default(),
            tutorial: args.tutorial.clone(),
            on: RunOn::Live,
            recording: args.recording.clone(),
            tags: None,
            through: args.through,
            features: args.features.clone(),
            schemas: None,
            strict: args.strict,
            reports: args.reports.clone(),
            jobs: 1,
            step_timeout: 60,
            plan: false,
            config,
            detach: false,
            kept_as: None,
            tenants: TenantsArgs::default(),
            emulator: EmulatorArgs::default(),
            screen: Some(rehearsal.screen()),
        }
    }
}

/// A backend that `run` can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum RunOn {
    /// A recorded session, served on loopback
    Replay,
    /// An in-memory tenant, whose clock is moved where a step waits
    Emulator,
    /// A real tenant
    Live,
}

/// Plays the tutorial and reports.
///
/// # Errors
///
/// Features, recordings or schemas cannot be read, or an output cannot be written.
pub fn run(args: &RunArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    if let Some(file) = args.tenants.file.read()? {
        return tenants::run(args, file, out);
    }
    let tutorial = tutorial(args)?;
    let schemas = schemas(args.schemas()).map_err(|fault| vec![*fault])?;
    Ok(play_tutorial(args, tutorial, schemas, None, None, out)?.exit)
}

/// The tutorial to play.
pub(super) fn tutorial(args: &RunArgs) -> Result<Tutorial, TutorialFaults> {
    let (folder, name) = args.tutorial_place();
    library(folder.as_deref())?.tutorial(name.as_deref())
}

/// The result of playing a tutorial.
pub(super) struct PlayResult {
    /// The exit code.
    pub exit: Exit,
    /// The recording of the session, if one was to be made.
    pub recorded: Option<RecordedRun>,
}

/// Plays a tutorial and reports; with a recorder there is one session only, and a recording of it.
pub(super) fn play_tutorial(
    args: &RunArgs,
    tutorial: Tutorial,
    schemas: Schemas,
    recorder: Option<Recorder>,
    resumed: Option<Resumed>,
    out: &mut dyn Write,
) -> Result<PlayResult, TutorialFaults> {
    let sources = sources::of_arguments(&tutorial, args);
    prepare(&schemas, sources.as_deref().unwrap_or_default());
    // What is wrong with the features is reported before what is missing to play them.
    let of_run =
        (args.on == RunOn::Live).then(|| Recorder::new(std::slice::from_ref(&tutorial), &schemas)).transpose()?;
    let page = match args.on {
        RunOn::Live => library(args.tutorial_place().0.as_deref())?.page(&tutorial.name)?,
        RunOn::Replay | RunOn::Emulator => None,
    };
    let plan = Plan::new(tutorial)?;
    let given = outside::outside_values(&args.config, &plan)?;
    let mut sources = sources?;
    if args.pause {
        walk::refuse_without_person(sources.len())?;
    }
    if recorder.is_some() {
        is_one_session(&sources)?;
    }
    let (selection, until) = selection(args, &plan, resumed.as_ref())?;
    let (mut recorder, mut planned, mut reading) = (recorder, ForeseenRequests::new(), None);
    if let Some(of_run) = of_run {
        match start_live(args, &plan, (&selection, until), (&schemas, page.as_ref(), resumed), out)? {
            LiveStart::Play(source, foreseen, run) => {
                sources.push(source);
                (planned, reading) = (foreseen, run);
            }
            LiveStart::End(exit) => return Ok(PlayResult { exit, recorded: None }),
        }
        // The exchanges are kept in the run's folder, whether or not a recording is wanted; of what only reads where they are asked for.
        if !plan.is_read_only() {
            recorder.get_or_insert(of_run);
        }
    }
    if plan.discovers() {
        recorder = recorder.map(Recorder::of_all_sessions);
    }
    let (step_timeout, jobs) = (Duration::from_secs(args.step_timeout.into()), args.jobs.into());
    let (strict, pauses, tracing) = (args.strict, args.pause, args.tracing_of_search());
    let run = Run { guide: args.guide()?, detaches: args.detach, recorder, pauses, tracing, ..Run::new(plan) };
    let run = Run { selection, schemas, strict, step_timeout, jobs, given, ..run };
    let (discovered, sources) = sources::find_sessions(&run, sources);
    let played = play_and_keep(args, run, (discovered, &sources, planned), reading.as_deref(), out);
    reading.map_or(Ok(()), |reading| reading.end(ending(&played))).map_err(|fault| vec![*fault])?;
    played
}

/// Prepares the session on a real tenant, or tells what would be written there.
fn start_live(
    args: &RunArgs,
    plan: &Plan,
    (selection, until): (&Selection, Option<ScenarioPlace>),
    (schemas, page, resumed): (&Schemas, Option<&TutorialPage>, Option<Resumed>),
    out: &mut dyn Write,
) -> Result<LiveStart, TutorialFaults> {
    let (config, selected) = (args.config.load()?, args.selected(until));
    let recordings = &recordings_of(&plan.tutorial, &args.recording)?[..];
    let screen = args.screen.clone().unwrap_or_else(|| Arc::new(AtTerminal::default()));
    let foresees = args.pause;
    let wanted = LivePlan { plan, selection, schemas, page, selected, recordings, resumed, foresees, screen };
    if args.plan {
        return Ok(LiveStart::End(live::tell_plan(&config, &wanted, out)?));
    }
    live::start(&config, wanted)
}

/// The end of a run that only reads, for its journal.
fn ending(played: &Result<PlayResult, TutorialFaults>) -> Ending {
    let verdict = match played.as_ref().map(|played| played.exit) {
        Ok(Exit::Passed) => Verdict::Passed,
        Ok(Exit::Failed | Exit::Usage) | Err(_) => Verdict::Failed,
        Ok(Exit::Blocked | Exit::Waiting) => Verdict::Blocked,
    };
    // Whether it was interrupted is not known here: then not all was judged, and it is blocked at best.
    verdict.ending(false)
}

/// Returns the scenarios that are played, and the last of them, if that is named.
pub(super) fn selection(
    args: &RunArgs,
    plan: &Plan,
    resumed: Option<&Resumed>,
) -> Result<(Selection, Option<ScenarioPlace>), TutorialFaults> {
    let until = match resumed {
        Some(resumed) => resumed.state.until.map(|(step, line)| ScenarioPlace { step, line }),
        None => args.scenarios.last(args.tutorial.as_deref(), plan)?,
    };
    let selection = Selection::new(plan, args.tags.as_deref(), args.through).map_err(|fault| vec![*fault])?;
    Ok((selection.until(until), until))
}

/// Plays what is chosen, reports, and keeps what failed for another time.
fn play_and_keep(
    args: &RunArgs,
    mut run: Run,
    (discovered, sources, planned): (Vec<SessionOutcome>, &[SessionSource], ForeseenRequests),
    reading: Option<&ReadingRun>,
    out: &mut dyn Write,
) -> Result<PlayResult, TutorialFaults> {
    let sessions = discovered.len() + sources.len();
    if args.pause {
        walk::refuse_without_person(sessions)?;
    }
    let verbosity = args.verbosity();
    let terminal = TerminalReport::new(out, sessions).with_searches(discovered.len()).showing_exchanges(verbosity);
    let of_run = if let Some(SessionSource::Live(run)) = sources.first() { Some(run.reports()) } else { None };
    let (folder, own_run) = (of_run.or_else(|| reading.map(ReadingRun::reports)), reading.map(ReadingRun::run));
    let (wanted, evidence) = args.reports.begin(folder).map_err(|fault| vec![*fault])?;
    let reports = Reports::new(terminal, wanted, &run.plan, sessions).map_err(|fault| vec![*fault])?;
    let reports = reports.in_github(GitHubStep::from_environment());
    run.tracing = reports.tracing().max(args.kept_as.as_ref().map(KeptTenant::tracing).unwrap_or_default());
    run.tells_exchanges = verbosity > 0;
    let foreseen = match sources.first().filter(|_| args.pause) {
        Some(source) => Foreseen::of(&mut run, source, planned),
        None => Foreseen::default(),
    };
    let kept = Mutex::new((ScenarioEnds::default(), None, None));
    let keep = |outcome: &mut SessionOutcome| {
        let (ends, recorded, fault) = &mut *kept.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.run = outcome.run.take().or_else(|| own_run.cloned());
        ends.add(&run.plan, outcome);
        if let Some(tenant) = &args.kept_as {
            *fault = tenant.keep(&run.plan, outcome).err();
        }
        if let Some(of_session) = outcome.recorded.take() {
            *recorded = Some(*of_session);
        }
    };
    let playing = Playing { run: &run, discovered, sources, foreseen: &foreseen };
    let totals = play(playing, reports, &keep)?;
    let (ends, recorded, fault) = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(fault) = fault {
        return Err(vec![*fault]);
    }
    LastFailed::keep(&run.plan.tutorial, &ends);
    let whole = run.recorder.as_ref().and_then(|recorder| recorder.whole(&run.plan.tutorial));
    evidence.map_or(Ok(()), EvidenceFolder::finish).map_err(|fault| vec![*fault])?;
    Ok(PlayResult { exit: exit_of(&run, sources, &totals), recorded: whole.or(recorded) })
}

/// Refuses to record what is played at several sources.
fn is_one_session(sources: &[SessionSource]) -> Result<(), TutorialFaults> {
    if sources.len() <= 1 {
        return Ok(());
    }
    let names = sources.iter().map(SessionSource::name);
    let message = "there are several sessions to play, and a recording holds one";
    Err(vec![Diagnostic::new("record", message).notes(names).help("name one of them with --recording")])
}

/// Compiles the schemas of a bundled recording's payloads on a thread of its own, while the steps are bound here: both
/// take some milliseconds, which is most of what a run takes.
fn prepare(schemas: &Schemas, sources: &[SessionSource]) {
    if let Some(SessionSource::Bundled(recording)) = sources.first() {
        let (schemas, recording) = (schemas.clone(), Arc::clone(recording));
        std::thread::spawn(move || {
            for exchange in &recording.exchanges {
                let request = match &exchange.request {
                    RequestBody::Json(body) => Some(body),
                    _ => None,
                };
                let response: Option<serde_json::Value> = serde_json::from_slice(&exchange.response).ok();
                schemas.prepare(&exchange.method, &exchange.path, exchange.status, request, response.as_ref());
            }
        });
    }
}

/// Returns the exit code; under `--strict` also by what none of several sessions asked for in their recording.
fn exit_of(run: &Run, sources: &[SessionSource], totals: &Totals) -> Exit {
    let exit = exit(totals);
    let unused = if run.strict && exit == Exit::Passed { unused(sources) } else { None };
    let Some(fault) = unused else { return exit };
    // Of all sessions together, so no report of one has it.
    let _ = writeln!(anstream::stderr().lock(), "{}", fault.render(true));
    Exit::Failed
}

pub(super) fn exit(totals: &Totals) -> Exit {
    if totals.unreadable > 0 {
        Exit::Usage
    } else if totals.all_counts().failed > 0 {
        Exit::Failed
    } else if totals.waiting > 0 {
        Exit::Waiting
    } else if totals.all_counts().blocked > 0 || totals.not_begun > 0 {
        Exit::Blocked
    } else {
        Exit::Passed
    }
}

pub(super) fn schemas(folder: Option<&Path>) -> Result<Schemas, Box<Diagnostic>> {
    match folder {
        None => Ok(Schemas::embedded()),
        Some(folder) => Schemas::from_dir(folder).map_err(|error| Box::new(Diagnostic::from(&error))),
    }
}
