//! `graphwalk run`: play a tutorial and report.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use graphwalk_recording::RequestBody;
use graphwalk_schema::Schemas;
use tokio::sync::{mpsc, watch};

use crate::bundled::{find_of, recordings_of};
use crate::diagnostic::Diagnostic;
use crate::live::rehearsal::Rehearsal;
use crate::live::start::{LivePlan, Resumed};
use crate::live::terminal::{Screen, Terminal as AtTerminal};
use crate::report::{EvidenceFolder, ReportError, Reports, SessionReport, Terminal, Totals};
use crate::runner::sessions::{self, Event, Run, Source};
use crate::runner::{
    Discovery, Interrupt, Plan, RecordedRun, Recorder, Selected, Selection, SessionOutcome, runtime, unused,
};
use crate::session::{OutsideValues, SessionState};
use crate::tutorial::{Faults, FeatureFile, Tutorial, nearest};

use super::config::ConfigArgs;
use super::emulator_args::EmulatorArgs;
use super::live::{self, LiveStart};
use super::rehearse::RehearseArgs;
use super::report_args::ReportArgs;
use super::resume::ResumeArgs;
use super::signals::Signals;
use super::{Exit, FeaturesArg, library, unprintable};

pub(super) const EXAMPLES: &str = "Examples:
  graphwalk run                                    the first tutorial, with the recording of its page
  graphwalk run security-group-review --through 4  steps 1 to 4, and the clean-up
  graphwalk run --recording my.har --strict        a recording of your own; drift fails
  graphwalk run --recording recordings --jobs 8    every recording of it in a folder, 8 at a time
  graphwalk run --junit junit.xml --json run.json  with reports for CI
  graphwalk run --on emulator --html review.html   with a page for an auditor
  graphwalk run --features mine --recording a.har  a tutorial of your own
  graphwalk run --on live --plan                   what would be written to a real tenant
  graphwalk run --on live --yes                    play on it, and clean up
  graphwalk run --on emulator                      an in-memory tenant: five days pass at once
  graphwalk run --on emulator --fault-seed 7       the same in a storm of faults, always the same one";

/// Arguments of `graphwalk run`, and of `graphwalk record` beside its own.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// The tutorial; the first one if left out
    tutorial: Option<String>,
    /// Where answers come from
    #[arg(long, value_name = "BACKEND", default_value = "replay")]
    on: RunOn,
    /// A recording, or a folder that is searched for `.har` files; each file is a session of its own. That of the
    /// tutorial's page if left out. With --on live it is not played: it says what calls the emulator does not model
    #[arg(long, value_name = "FILE")]
    recording: Vec<PathBuf>,
    /// Play only scenarios whose tags fit, e.g. `@step-1 or @step-2`; the clean-up is played always
    #[arg(long, value_name = "EXPR")]
    tags: Option<String>,
    /// Play the steps up to this one, and the clean-up
    #[arg(long, value_name = "STEP")]
    through: Option<u8>,
    #[command(flatten)]
    features: FeaturesArg,
    /// Validate against the schemas of this folder instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
    /// Fail on values that the schemas do not know, and on recorded exchanges that nothing requests
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    reports: ReportArgs,
    /// The number of sessions that may run at the same time
    #[arg(long, value_name = "N", default_value = "16", value_parser = clap::value_parser!(u16).range(1..=512))]
    jobs: u16,
    /// The time that a step may take, waits and polls not counted
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u32).range(1..))]
    step_timeout: u32,
    /// With --on live: print every write, and send nothing
    #[arg(long, help_heading = "Configuration")]
    plan: bool,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    emulator: EmulatorArgs,
    /// Who is asked and told in a live run; whoever sits at the terminal if `None`.
    #[arg(skip)]
    screen: Option<Arc<dyn Screen>>,
}

impl RunArgs {
    /// The folder of schemas, if it is not the program's.
    pub(super) fn schemas(&self) -> Option<&Path> {
        self.schemas.as_deref()
    }

    /// Returns what a run has to know to go on with the same.
    fn selected(&self) -> Selected {
        let folder = self.features.features.as_ref();
        let features = folder.map(|folder| folder.canonicalize().unwrap_or_else(|_| folder.clone()));
        Selected { tags: self.tags.clone(), through: self.through, features }
    }

    /// The arguments of a run that continues.
    pub(super) fn resuming(args: &ResumeArgs, state: &SessionState) -> Self {
        let features = args.features.features.clone().or_else(|| state.features.clone());
        Self {
            tutorial: Some(state.tutorial.clone()),
            on: RunOn::Live,
            recording: Vec::new(),
            tags: state.tags.clone(),
            through: state.through,
            features: FeaturesArg { features },
            schemas: args.schemas.clone(),
            strict: args.strict,
            reports: args.reports.clone(),
            jobs: 1,
            step_timeout: args.step_timeout,
            plan: false,
            config: args.config.clone(),
            emulator: EmulatorArgs::default(),
            screen: None,
        }
    }

    /// The arguments of the run of a rehearsal.
    pub(super) fn rehearsing(args: &RehearseArgs, rehearsal: &Rehearsal) -> Self {
        let config = ConfigArgs { ready: Some(Arc::new(rehearsal.config.clone())), ..ConfigArgs::default() };
        Self {
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
            emulator: EmulatorArgs::default(),
            screen: Some(rehearsal.screen()),
        }
    }
}

/// A backend that `run` can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum RunOn {
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
/// What keeps the run from beginning: unreadable features, recordings or schemas, outputs that cannot be written.
pub fn run(args: &RunArgs, out: &mut dyn Write) -> Result<Exit, Faults> {
    let tutorial = tutorial(args)?;
    let schemas = schemas(args.schemas()).map_err(|fault| vec![*fault])?;
    Ok(play_tutorial(args, tutorial, schemas, None, None, out)?.exit)
}

/// The tutorial to play.
pub(super) fn tutorial(args: &RunArgs) -> Result<Tutorial, Faults> {
    library(args.features.features.as_deref())?.tutorial(args.tutorial.as_deref())
}

/// The result of playing a tutorial.
pub(super) struct Played {
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
) -> Result<Played, Faults> {
    let sources = sources(&tutorial, args);
    prepare(&schemas, sources.as_deref().unwrap_or_default());
    // What is wrong with the features is reported before what is missing to play them.
    let of_run =
        (args.on == RunOn::Live).then(|| Recorder::new(std::slice::from_ref(&tutorial), &schemas)).transpose()?;
    let page = match args.on {
        RunOn::Live => library(args.features.features.as_deref())?.page(&tutorial.name)?,
        RunOn::Replay | RunOn::Emulator => None,
    };
    let plan = Plan::new(tutorial)?;
    let given = given(&args.config, &plan)?;
    let mut sources = sources?;
    if recorder.is_some() {
        is_one_session(&sources)?;
    }
    let selection = Selection::new(&plan, args.tags.as_deref(), args.through).map_err(|fault| vec![*fault])?;
    let mut recorder = recorder;
    if let Some(of_run) = of_run {
        let (config, selected) = (args.config.load()?, args.selected());
        let (plan, selection, schemas) = (&plan, &selection, &schemas);
        let (page, recordings) = (page.as_ref(), &recordings_of(&plan.tutorial, &args.recording)?[..]);
        let screen = args.screen.clone().unwrap_or_else(|| Arc::new(AtTerminal));
        let wanted = LivePlan { plan, selection, schemas, page, selected, recordings, resumed, screen };
        let start = if args.plan {
            LiveStart::End(live::tell_plan(&config, &wanted, out)?)
        } else {
            live::start(&config, wanted)?
        };
        match start {
            LiveStart::Play(source) => sources.push(source),
            LiveStart::End(exit) => return Ok(Played { exit, recorded: None }),
        }
        // The exchanges are kept in the run's folder, whether or not a recording is wanted; what only reads has none.
        if !plan.is_read_only() {
            recorder.get_or_insert(of_run);
        }
    }
    if plan.discovers() {
        recorder = recorder.map(Recorder::of_all_sessions);
    }
    let step_timeout = Duration::from_secs(args.step_timeout.into());
    let (jobs, strict) = (args.jobs.into(), args.strict);
    let run = Run { selection, schemas, strict, step_timeout, jobs, given, recorder, ..Run::new(plan) };
    play_run(args, run, sources, out)
}

/// Plays what is ready to be played, and reports.
fn play_run(args: &RunArgs, run: Run, sources: Vec<Source>, out: &mut dyn Write) -> Result<Played, Faults> {
    let (discovered, sources) = find_sessions(&run, sources);
    let plan = &run.plan;
    let terminal = Terminal::new(out, discovered.len() + sources.len());
    let folder = if let Some(Source::Live(run)) = sources.first() { Some(run.reports()) } else { None };
    let (wanted, evidence) = args.reports.begin(folder).map_err(|fault| vec![*fault])?;
    let reports =
        Reports::new(terminal, wanted, plan, discovered.len() + sources.len()).map_err(|fault| vec![*fault])?;
    let run = Run { tracing: reports.tracing(), ..run };
    let recorded = Mutex::new(None);
    let keep = |of_session: Option<Box<RecordedRun>>| {
        if let Some(of_session) = of_session {
            *recorded.lock().unwrap_or_else(PoisonError::into_inner) = Some(*of_session);
        }
    };
    let totals = play(&run, (discovered, &sources), reports, &keep)?;
    keep(run.recorder.as_ref().and_then(|recorder| recorder.whole(&run.plan.tutorial)).map(Box::new));
    evidence.map_or(Ok(()), EvidenceFolder::finish).map_err(|fault| vec![*fault])?;
    Ok(Played {
        exit: exit_of(&run, &sources, &totals),
        recorded: recorded.into_inner().unwrap_or_else(PoisonError::into_inner),
    })
}

/// Refuses to record what is played at several sources.
fn is_one_session(sources: &[Source]) -> Result<(), Faults> {
    if sources.len() <= 1 {
        return Ok(());
    }
    let names = sources.iter().map(Source::name);
    let message = "there are several sessions to play, and a recording holds one";
    Err(vec![Diagnostic::new("record", message).notes(names).help("name one of them with --recording")])
}

/// Finds the sessions of a tutorial that finds them at these sources: how that went, and what is played then.
fn find_sessions(run: &Run, sources: Vec<Source>) -> (Vec<SessionOutcome>, Vec<Source>) {
    if !run.plan.discovers() {
        return (Vec::new(), sources);
    }
    let found = sources.iter().map(|source| Discovery::play(run, source, &Interrupt::never()));
    let (outcomes, sessions): (Vec<_>, Vec<_>) = found.map(|found| (found.outcome, found.sources)).unzip();
    (outcomes, sessions.into_iter().flatten().collect())
}

/// The ids that the features of a plan take from outside, as flags and graphwalk.toml give them.
fn given(config: &ConfigArgs, plan: &Plan) -> Result<OutsideValues, Faults> {
    let taken = plan.outside_names();
    let names = || taken.iter().copied();
    for (name, _) in &config.set {
        if !names().any(|known| known == name) {
            let message = format!("--set {name}: no feature takes \"{name}\" from outside");
            let fault = Diagnostic::new("usage", message);
            return Err(vec![match nearest(name, names()) {
                Some(near) => fault.help(format!("did you mean \"{near}\"?")),
                None => fault.help("a feature does so by `Given \"NAME\" is the id of a user`"),
            }]);
        }
    }
    // Whoever plays what needs nothing from outside needs no configuration.
    if taken.is_empty() { Ok(OutsideValues::default()) } else { Ok(config.load()?.values) }
}

/// Compiles the schemas of a bundled recording's payloads on a thread of its own, while the steps are bound here: both
/// take some milliseconds, which is most of what a run takes.
fn prepare(schemas: &Schemas, sources: &[Source]) {
    if let Some(Source::Bundled(recording)) = sources.first() {
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

/// How the program ends; under `--strict` also by what none of several sessions asked for in their recording.
fn exit_of(run: &Run, sources: &[Source], totals: &Totals) -> Exit {
    let exit = exit(totals);
    let unused = if run.strict && exit == Exit::Passed { unused(sources) } else { None };
    let Some(fault) = unused else { return exit };
    // Of all sessions together, so no report of one has it.
    let _ = writeln!(anstream::stderr().lock(), "{}", fault.render(true));
    Exit::Failed
}

fn exit(totals: &Totals) -> Exit {
    if totals.unreadable > 0 {
        Exit::Usage
    } else if totals.sessions.failed > 0 {
        Exit::Failed
    } else if totals.waiting > 0 {
        Exit::Waiting
    } else if totals.sessions.blocked > 0 || totals.not_begun > 0 {
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

fn sources(tutorial: &Tutorial, args: &RunArgs) -> Result<Vec<Source>, Faults> {
    match args.on {
        RunOn::Replay | RunOn::Emulator if args.plan => {
            let message = "--plan lists what would be written to a real tenant";
            Err(vec![Diagnostic::new("usage", message).help("add --on live")])
        }
        // Recordings tell what is not in the dry run.
        RunOn::Live => {
            args.emulator.refuse()?;
            Ok(Vec::new())
        }
        RunOn::Replay => {
            args.emulator.refuse()?;
            recordings(&tutorial.name, &args.recording)
        }
        RunOn::Emulator if args.recording.is_empty() => emulated(tutorial, &args.emulator),
        RunOn::Emulator => {
            let message = "a recording is replayed, and --on emulator plays without one";
            Err(vec![Diagnostic::new("usage", message).help("leave out --recording, or use --on replay")])
        }
    }
}

fn emulated(tutorial: &Tutorial, args: &EmulatorArgs) -> Result<Vec<Source>, Faults> {
    let own_seed = tutorial.features.first().and_then(FeatureFile::seed_text);
    Ok(vec![Source::Emulator(Arc::new(args.settings(own_seed.as_deref())?))])
}

fn recordings(tutorial: &str, paths: &[PathBuf]) -> Result<Vec<Source>, Faults> {
    if paths.is_empty() {
        let Some(recording) = crate::bundled::first_recording(tutorial) else {
            let message = format!("no recording of {tutorial} is bundled");
            return Err(vec![Diagnostic::new("no-recording", message).help("name one with --recording FILE")]);
        };
        return Ok(vec![Source::Bundled(Arc::new(recording))]);
    }
    let mut sources = Vec::new();
    for path in paths {
        let found = find_of(tutorial, path).map_err(|error| vec![Diagnostic::from(&error)])?;
        sources.extend(found.into_iter().map(Source::File));
    }
    Ok(sources)
}

/// Plays all sessions on threads of their own, while this one writes the reports and listens to Ctrl-C.
fn play<W: Write>(
    run: &Run,
    (discovered, sources): (Vec<SessionOutcome>, &[Source]),
    mut reports: Reports<W>,
    keep: &(dyn Fn(Option<Box<RecordedRun>>) + Sync),
) -> Result<Totals, Faults> {
    let started = Instant::now();
    let renderer = reports.renderer();
    let first = sources.first().map(|source| (source.backend(), source.name()));
    let looked = || discovered.first().map(|looked| (looked.backend, looked.name.clone()));
    let (backend, first) = first.or_else(looked).unwrap_or_default();
    reports
        .terminal()
        .begin(&run.plan.tutorial, backend, &first, run.jobs)
        .map_err(|error| vec![unprintable(&error)])?;
    let before = discovered.len();
    for (number, outcome) in discovered.iter().enumerate() {
        if before + sources.len() == 1 {
            let scenarios =
                outcome.features.iter().flat_map(|of| of.scenarios.iter().map(|scenario| (of.index, scenario)));
            for (feature, scenario) in scenarios {
                let told = reports.terminal().scenario(&run.plan, feature, scenario);
                told.map_err(|error| vec![unprintable(&error)])?;
            }
        }
        let report = renderer.session(&run.plan, number, outcome);
        reports.session(number, report).map_err(report_faults)?;
    }
    let runtime = runtime()?;
    let (interrupter, interrupt) = Interrupt::new();
    let (events, received) = mpsc::unbounded_channel();
    let listened = std::thread::scope(|scope| {
        let watched = before + sources.len() == 1;
        scope.spawn(move || {
            let finish = |number: usize, mut outcome: SessionOutcome| {
                keep(outcome.recorded.take());
                renderer.session(&run.plan, before + number, &outcome)
            };
            sessions::run(run, sources, &interrupt, watched, finish, &events);
        });
        runtime.block_on(listen((&run.plan, &first, before), received, interrupter, &mut reports))
    });
    listened.and_then(|()| reports.finish(started.elapsed())).map_err(report_faults)
}

async fn listen<W: Write>(
    (plan, name, before): (&Plan, &str, usize),
    mut received: mpsc::UnboundedReceiver<Event<SessionReport>>,
    interrupter: watch::Sender<bool>,
    reports: &mut Reports<W>,
) -> Result<(), ReportError> {
    let mut signals = Signals::new();
    loop {
        let event = tokio::select! {
            biased;
            event = received.recv() => event,
            () = signals.next() => {
                interrupted(&interrupter);
                continue;
            }
        };
        let written = match event {
            None => return Ok(()),
            Some(Event::Scenario(_, feature, outcome)) => reports.scenario(plan, name, feature, &outcome),
            Some(Event::Session(index, report)) => reports.session(before + index, report),
        };
        if written.is_err() {
            // Without reports there is no use in playing on; what was created is still cleaned up.
            let _ = interrupter.send(true);
            return written;
        }
    }
}

/// The first signal ends the sessions with their clean-up, the second one ends the program.
fn interrupted(interrupter: &watch::Sender<bool>) {
    let mut err = anstream::stderr().lock();
    if interrupter.send_replace(true) {
        std::process::exit(130);
    }
    let _ = writeln!(err, "interrupted: cleaning up (Ctrl-C again to quit now)");
}

fn report_faults(error: ReportError) -> Faults {
    match error {
        ReportError::Terminal(error) => vec![unprintable(&error)],
        ReportError::File(fault) => vec![*fault],
    }
}
