//! Tutorials as tests of your own crate, a test a scenario, in `cargo test` and in nextest.
//!
//! ```toml
//! # Cargo.toml
//! [dev-dependencies]
//! graphwalk = "0.2"
//!
//! [[test]]
//! name = "tutorials"
//! harness = false
//! ```
//!
//! ```no_run
//! // tests/tutorials.rs
//! fn main() -> std::process::ExitCode {
//!     graphwalk::harness::main("features", "recordings")
//! }
//! ```
//!
//! Every tutorial of the folder `features` is played over each of its recordings (`recordings/TUTORIAL/*.har`) and on an
//! emulated tenant. Where there is no recording, it is played on the emulator only, and that is said. A test fails unless its
//! scenario passed: one that is blocked or skipped has verified nothing. Beside the scenarios, each session has a test
//! `the_whole_session` (nothing is left behind, nothing drifts, no recorded exchange is unused), and the emulator's a test
//! `the_report_is_that_of_a_recording`: of `published.har`, else of the first by name.
//!
//! Of a tutorial that finds its sessions (`@discover`) a scenario has one test for all of them: it fails unless the scenario passed
//! in each, or had nothing to do there.
//!
//! The test program answers what the standard one answers: a filter, `--list`, `--exact`, `--skip`, `--format`. A scenario that
//! is selected is played with all steps before it, and with the clean-up.

mod group;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use graphwalk_emulator::seed::{Seed, SeedError};
use graphwalk_emulator::{Emulator, Settings};
use graphwalk_recording::{self as recording, RecordingError};
use graphwalk_schema::Schemas;
use libtest_mimic::{Arguments, Trial};

use crate::bundled::recordings_of;
use crate::config::{Config, Sources};
use crate::diagnostic::Diagnostic;
use crate::live::gate::Shut;
use crate::live::start::{LivePlan, start};
use crate::live::terminal::Terminal;
use crate::runner::sessions::SessionSource;
use crate::runner::{Plan, Recorder, Selected, runtime};
use crate::session::OutsideValues;
use crate::tutorial::{Library, TutorialFaults};

use group::{TutorialSession, TutorialTests};

/// The recording of a tutorial's page.
const PUBLISHED: &str = "published.har";

/// Plays every tutorial of the folder `features` over its recordings in `recordings` and on the emulator, strictly, and returns
/// how the test program ends. Folders are looked for in the package's folder, where cargo runs tests.
///
/// See [`Harness`] for options.
pub fn main(features: impl Into<PathBuf>, recordings: impl Into<PathBuf>) -> ExitCode {
    Harness::new(features).recordings(recordings).main()
}

/// The backends on which the tutorials of a [`Harness`] are played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayedOn {
    /// Each recording of the tutorial.
    Recordings,
    /// An emulated tenant.
    Emulator,
}

/// Tutorials as tests, with options.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use graphwalk::harness::{Harness, PlayedOn};
///
/// fn main() -> ExitCode {
///     Harness::new("features").backends([PlayedOn::Emulator]).seed("tenant.yaml").live_if_set("CONTOSO_LIVE").main()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Harness {
    features: PathBuf,
    recordings: Option<PathBuf>,
    backends: Vec<PlayedOn>,
    settings: Settings,
    seed: Option<PathBuf>,
    strict: bool,
    given: OutsideValues,
    live: Option<String>,
}

impl Harness {
    /// Tests for the tutorials of a folder: each folder in it that holds `.feature` files, or the folder itself if it holds some.
    pub fn new(features: impl Into<PathBuf>) -> Self {
        Self {
            features: features.into(),
            recordings: None,
            backends: vec![PlayedOn::Recordings, PlayedOn::Emulator],
            settings: Settings::default(),
            seed: None,
            strict: true,
            given: OutsideValues::default(),
            live: None,
        }
    }

    /// Looks for recordings in the folders of this one that are called as the tutorials; in this one itself if the folder of
    /// features is the tutorial.
    #[must_use]
    pub fn recordings(mut self, folder: impl Into<PathBuf>) -> Self {
        self.recordings = Some(folder.into());
        self
    }

    /// Plays on these backends only.
    #[must_use]
    pub fn backends(mut self, backends: impl IntoIterator<Item = PlayedOn>) -> Self {
        self.backends = backends.into_iter().collect();
        self
    }

    /// Sets the emulated tenant up from a document in YAML or JSON, as `graphwalk run --seed` does. Without it a tutorial is
    /// played on what `seed.yaml` beside its features says, if there is one.
    #[must_use]
    pub fn seed(mut self, file: impl Into<PathBuf>) -> Self {
        self.seed = Some(file.into());
        self
    }

    /// Sets the emulator up so: its clock, its licence, what goes wrong.
    #[must_use]
    pub fn emulator(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Returns whether what the schemas do not know and what no feature asks for in a recording are failures; they are
    /// unless this says otherwise.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Gives the id of an object that a feature takes from outside, by the name it has there, as `graphwalk run --set` does.
    #[must_use]
    pub fn value(mut self, name: impl Into<String>, id: impl Into<String>) -> Self {
        self.given.set.insert(name.into(), id.into());
        self
    }

    /// Plays on a real tenant as well where the environment variable `variable` is set and neither empty nor `0`: the tenant of
    /// graphwalk.toml and `GRAPHWALK_*`, which has to allow writes. Without this a harness never does.
    ///
    /// nextest runs each test in a process of its own, each of which would play the tutorial on the tenant again: use
    /// `cargo test` for live tests.
    #[must_use]
    pub fn live_if_set(mut self, variable: impl Into<String>) -> Self {
        self.live = Some(variable.into());
        self
    }

    /// Runs the tests that the arguments of the process select, and returns how the process ends.
    pub fn main(self) -> ExitCode {
        let arguments = Arguments::from_args();
        match self.trials(&arguments) {
            Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
            Err(faults) => {
                for fault in faults {
                    anstream::eprintln!("{}", fault.render(true));
                }
                // As a test program ends of which a test failed.
                ExitCode::from(101)
            }
        }
    }

    fn trials(&self, arguments: &Arguments) -> Result<Vec<Trial>, TutorialFaults> {
        let library = Library::from_folder(&self.features)?;
        let settings = Arc::new(self.settings()?);
        let (mut trials, mut faults) = (Vec::new(), TutorialFaults::new());
        for name in library.names() {
            match self.groups(&library, name, &settings, arguments) {
                Ok(groups) => trials.extend(groups.into_iter().flat_map(|group| group.trials())),
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(trials) } else { Err(faults) }
    }

    /// The sessions of one tutorial.
    fn groups(
        &self,
        library: &Library,
        name: &str,
        settings: &Arc<Settings>,
        arguments: &Arguments,
    ) -> Result<Vec<Arc<TutorialTests>>, TutorialFaults> {
        let mut sessions = self.recorded(name, !arguments.list)?;
        let plan = || library.tutorial(Some(name)).and_then(Plan::new);
        let own = plan()?;
        if self.backends.contains(&PlayedOn::Emulator) {
            let settings = self.seeded_for(&own, settings)?;
            let (label, source) = ("emulator".to_owned(), Some(SessionSource::Emulator(settings)));
            sessions.push(TutorialSession { label, source });
        }
        let live = self
            .live
            .as_ref()
            .is_some_and(|variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty() && value != "0"));
        if sessions.is_empty() && !live {
            let message = format!("{name} is played nowhere, so nothing would be verified");
            return Err(vec![
                Diagnostic::new("harness", message).help("add a recording, or let it be played on the emulator"),
            ]);
        }
        let mut group = TutorialTests::new(own, sessions, self.strict, arguments);
        group.run.given.clone_from(&self.given);
        let mut groups = vec![Arc::new(group)];
        if live {
            groups.push(Arc::new(self.on_tenant(plan()?, library, name, arguments)?));
        }
        Ok(groups)
    }

    /// The emulator's settings, with the seed that stands beside the features of a tutorial, unless another one is named.
    fn seeded_for(&self, plan: &Plan, settings: &Arc<Settings>) -> Result<Arc<Settings>, TutorialFaults> {
        let Some(text) = plan.seed_text().filter(|_| self.seed.is_none()) else { return Ok(Arc::clone(settings)) };
        let fault = |error: SeedError| vec![Diagnostic::new("seed", format!("{}: {error}", plan.tutorial))];
        let seed = Seed::parse(&text).map_err(fault)?;
        Ok(Arc::new(Settings { seed, ..(**settings).clone() }))
    }

    /// The session on the configured tenant, ready to begin if a test of it is wanted.
    fn on_tenant(
        &self,
        plan: Plan,
        library: &Library,
        name: &str,
        arguments: &Arguments,
    ) -> Result<TutorialTests, TutorialFaults> {
        let mut group = TutorialTests::new(
            plan,
            vec![TutorialSession { label: "live".to_owned(), source: None }],
            self.strict,
            arguments,
        );
        if arguments.list || !group.is_wanted() {
            return Ok(group);
        }
        let directory = std::env::current_dir().map_err(|error| {
            vec![Diagnostic::new("config", format!("the working directory cannot be read: {error}"))]
        })?;
        let config = Config::load(&Sources::of_process(directory, None, Vec::new()));
        let mut config = config.map_err(|faults| faults.iter().map(Diagnostic::from).collect::<TutorialFaults>())?;
        config.values.set.clone_from(&self.given.set);
        group.run.given.clone_from(&config.values);
        group.run.recorder = Some(Recorder::new(&[library.tutorial(Some(name))?], &group.run.schemas)?);
        let features = Some(self.features.canonicalize().unwrap_or_else(|_| self.features.clone()));
        let (plan, selection, schemas) = (&group.run.plan, &group.run.selection, &group.run.schemas);
        let selected = Selected { through: group.through, features, ..Selected::default() };
        let files = self.recordings.as_ref().map(|folder| recordings_in(&self.folder_of(name, folder)));
        let recordings = match files {
            Some(Ok(files)) => recordings_of(name, &files)?,
            None | Some(Err(_)) => Vec::new(),
        };
        let page = library.page(name)?;
        let (page, recordings) = (page.as_ref(), &recordings[..]);
        let wanted = LivePlan {
            plan,
            selection,
            schemas,
            page,
            selected,
            recordings,
            resumed: None,
            foresees: false,
            screen: Arc::new(Terminal::default()),
        };
        let (source, _) = runtime()?.block_on(start(&config, wanted)).map_err(|shut| {
            let message = format!("{name} cannot be played on the tenant");
            let help = "see the reason above";
            match shut {
                Shut::Refused(faults) => faults,
                Shut::Blocked(fault) => vec![*fault, Diagnostic::new("harness", message).help(help)],
            }
        })?;
        group.sessions[0].source = Some(SessionSource::Live(Arc::new(source)));
        Ok(group)
    }

    /// The recordings of a tutorial; `told` says whether it has been reported that there are none.
    fn recorded(&self, tutorial: &str, told: bool) -> Result<Vec<TutorialSession>, TutorialFaults> {
        let Some(folder) = self.recordings.as_ref().filter(|_| self.backends.contains(&PlayedOn::Recordings)) else {
            return Ok(Vec::new());
        };
        let folder = self.folder_of(tutorial, folder);
        match recordings_in(&folder) {
            Ok(files) => {
                let mut sessions: Vec<_> = files.into_iter().map(|file| recorded_in(&folder, file)).collect();
                // The others are compared with the first one.
                sessions.sort_by_key(|session| session.label != PUBLISHED);
                Ok(sessions)
            }
            Err(RecordingError::EmptyFolder(folder)) => {
                if told {
                    let place =
                        if self.backends.contains(&PlayedOn::Emulator) { "on the emulator only" } else { "nowhere" };
                    anstream::eprintln!("{tutorial} is played {place}: no recording in {}", folder.display());
                }
                Ok(Vec::new())
            }
            Err(error) => Err(vec![Diagnostic::from(&error)]),
        }
    }

    /// The folder of a tutorial in that of all recordings.
    fn folder_of(&self, tutorial: &str, recordings: &Path) -> PathBuf {
        let is_folder_of_tutorials = self.features.join(tutorial).is_dir();
        if is_folder_of_tutorials { recordings.join(tutorial) } else { recordings.to_owned() }
    }

    fn settings(&self) -> Result<Settings, TutorialFaults> {
        let Some(file) = &self.seed else { return Ok(self.settings.clone()) };
        let fault = |reason: String| vec![Diagnostic::new("seed", format!("{}: {reason}", file.display()))];
        let text = std::fs::read_to_string(file).map_err(|error| fault(format!("cannot be read: {error}")))?;
        let seed = Seed::parse(&text).map_err(|error| fault(error.to_string()))?;
        let settings = Settings { seed, ..self.settings.clone() };
        // What the seed's parts say of one another is found out by planting it.
        Emulator::new(settings.clone(), Schemas::embedded()).map_err(|error| fault(error.to_string()))?;
        Ok(settings)
    }
}

fn recordings_in(folder: &Path) -> Result<Vec<PathBuf>, RecordingError> {
    if folder.exists() { recording::find(folder) } else { Err(RecordingError::EmptyFolder(folder.to_owned())) }
}

/// The session of a recording, called as its file is from the tutorial's folder on.
fn recorded_in(folder: &Path, file: PathBuf) -> TutorialSession {
    let label = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().replace('\\', "/");
    TutorialSession { label, source: Some(SessionSource::File(file)) }
}

#[cfg(test)]
mod tests;
