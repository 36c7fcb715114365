//! Playing a tutorial on a real tenant: with a journal, a state that another process can go on from, and a clean-up at the
//! end of whatever the features did not delete.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Mutex;

use graphwalk_catalog::Resources;
use graphwalk_recording::ADMINISTRATOR;
use graphwalk_schema::Schemas;
use jiff::Timestamp;
use serde_json::json;

use crate::backend::Backend as _;
use crate::backend::live::LiveSession;
use crate::diagnostic::Diagnostic;

use crate::runs::{RunFolder, RunsError};
use crate::session::guard::Named;
use crate::session::journal::{Journal, JournalError, JournalObject};
use crate::session::{
    BeforeLongWait, Call, Cleaned, Cleaner, Guard, Journalled, LongWait, Naming, RunId, Session, SessionState,
    TracedExchange, Tracing, Watcher,
};

use super::kept::{EarlierPlay, KeptOutcomes};
use super::sessions::Run;
use super::{
    Checkpoint, Plan, ReachedScenario, RecordedRun, Recorder, ScenarioOutcome, ScenarioPlace, SessionOutcome, Verdict,
};

/// A run on a real tenant that has begun, or goes on, and waits to be played.
#[derive(Debug)]
pub struct LiveRun {
    /// The tenant.
    pub backend: LiveSession,
    /// The run's folder, which this process alone has.
    pub folder: RunFolder,
    /// The run's journal.
    pub journal: Journal,
    /// The verified domain of the users that are created.
    pub domain: String,
    /// The state that an earlier process left.
    pub state: Option<SessionState>,
    /// The part of the command line that the state has.
    pub selected: Selected,
    /// The tutorial's name.
    pub tutorial: String,
    /// The objects beside its own that it may change.
    pub may_change: Vec<Named>,
    /// The resources that it may create.
    pub may_create: Resources,
}

/// The choice of features and of their parts, for the process that continues a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// `--tags`
    pub tags: Option<String>,
    /// `--through`
    pub through: Option<u8>,
    /// The last scenario: `--scenario`.
    pub until: Option<ScenarioPlace>,
    /// `--features`, as an absolute path.
    pub features: Option<PathBuf>,
    /// The name of the tenant in the file that `--tenants` names.
    pub tenant: Option<String>,
}

/// A run that is handed to the thread that plays it, once.
#[derive(Debug)]
pub struct LiveSource {
    run: RunId,
    reports: PathBuf,
    waiting: Mutex<Option<LiveRun>>,
}

impl LiveSource {
    /// Makes the source of `run`, in whose folder there is room for reports from now on.
    ///
    /// # Errors
    ///
    /// The folder or a file in it cannot be written.
    pub fn new(run: LiveRun) -> Result<Self, RunsError> {
        Ok(Self { run: run.folder.run().clone(), reports: run.folder.reports()?, waiting: Mutex::new(Some(run)) })
    }

    /// The run's name.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// The folder of the run's reports.
    pub fn reports(&self) -> &Path {
        &self.reports
    }

    /// The run itself; `None` if it was taken before.
    pub(super) fn take(&self) -> Option<LiveRun> {
        self.waiting.lock().ok().and_then(|mut run| run.take())
    }
}

/// A run while it is played.
pub(super) struct PlayedRun {
    backend: Rc<LiveSession>,
    folder: Rc<RunFolder>,
    journal: Rc<RefCell<Journal>>,
    pub state: Option<SessionState>,
    /// The outcomes of the scenarios that earlier processes played.
    pub earlier: Vec<(usize, ScenarioOutcome)>,
    selected: Selected,
    tutorial: String,
    schemas: Schemas,
    /// The file in which the exchanges of this process are kept.
    exchanges: PathBuf,
    recorder: Option<Recorder>,
    /// The exchanges that belong to no step, those of earlier processes first.
    outside: RefCell<Vec<TracedExchange>>,
    tracing: Tracing,
    /// Hears of each exchange at once.
    watcher: Option<Watcher>,
}

impl LiveRun {
    /// The session, and what is kept beside it. What a scenario created that was interrupted is deleted first: the scenario
    /// is played again.
    ///
    /// # Errors
    ///
    /// A journal that cannot be written, or something that cannot be deleted.
    pub(super) async fn begin(
        self,
        run: &Run,
        watcher: Option<Watcher>,
    ) -> Result<(PlayedRun, Session), Box<Diagnostic>> {
        let Self { backend, folder, mut journal, domain, state, selected, tutorial, may_change, may_create } = self;
        if let Some(state) = &state {
            let noted = journal.expect_lines(state.journal_lines).and_then(|()| journal.resumed());
            noted.map_err(|error| Box::new(Diagnostic::from(&error)))?;
        }
        backend.name_run(folder.run());
        let (backend, journal) = (Rc::new(backend), Rc::new(RefCell::new(journal)));
        let (schemas, recorder, folder) = (run.schemas.clone(), run.recorder.clone(), Rc::new(folder));
        let exchanges = folder.new_exchanges();
        let earlier = earlier(&folder, state.as_ref(), &run.plan);
        let mut number = earlier.last_number();
        let EarlierPlay { scenarios: earlier, seen, outside } = earlier;
        let (outside, tracing) = (RefCell::new(outside), run.tracing);
        let played = PlayedRun {
            backend,
            folder,
            journal,
            state,
            earlier,
            selected,
            tutorial,
            schemas,
            exchanges,
            recorder,
            outside,
            tracing,
            watcher,
        };
        let undone = match &played.state {
            Some(state) => {
                played.supplement(state, &mut number).await?;
                played.undo(state, &mut number).await?
            }
            None => false,
        };
        // The days that features name are the tenant's.
        played.backend.learn_time().await;
        let mut session = Session::new(Rc::clone(&played.backend) as Rc<_>, played.schemas.clone(), run.strict);
        session.seen = seen;
        session.naming = Naming::marked(played.folder.run().mark(), domain);
        session.resources = may_create.clone();
        session.traffic.number_behind(number);
        played.prepare(&mut session, Guard::new(may_create, may_change), undone).await;
        Ok((played, session))
    }
}

impl PlayedRun {
    /// Lets the session write into the journal and only to what `guard` allows, and go on where an earlier process left it; `undone`
    /// says that the scenario it goes on with was played in part.
    async fn prepare(&self, session: &mut Session, mut guard: Guard, undone: bool) {
        guard.learn_from(self.journal.borrow().record());
        session.guard_by(guard);
        session.write_into(Journalled::new(Rc::clone(&self.journal)));
        session.before_long_wait = Some(note_wait(&self.folder));
        let Some(state) = &self.state else { return };
        let left = self.journal.borrow().leftovers();
        session.resume(state, left.into_iter().map(|left| (left.object.resource, left.object.name)));
        if undone {
            session.wait_anew();
        }
        self.renew_passwords(session).await;
    }

    /// Takes into the journal what it has lost and the state still knows.
    async fn supplement(&self, state: &SessionState, number: &mut usize) -> Result<(), Box<Diagnostic>> {
        let unwritten = |error: JournalError| Box::new(Diagnostic::from(&error));
        if !self.journal.borrow().record().is_incomplete() {
            return Ok(());
        }
        let saved = self.folder.kept_state().map_err(|error| Box::new(Diagnostic::from(&error)))?;
        let saved = saved.map_or(Timestamp::MAX, |(_, saved)| saved);
        let mut cleaner = self.cleaner(*number);
        let supplemented = cleaner.supplement(state, saved).await;
        *number = self.keep_outside(cleaner);
        let supplemented = supplemented.map_err(unwritten)?;
        if supplemented.unknown.is_empty() {
            return Ok(());
        }
        let message = "lines of the run's journal were lost, and their content cannot be restored";
        let help = "fix the cause, then run `graphwalk resume` again";
        Err(Box::new(Diagnostic::new("resume", message).notes(supplemented.unknown).help(help)))
    }

    /// Deletes what the interrupted scenario created: the state does not know of it. Returns whether there was anything.
    async fn undo(&self, state: &SessionState, number: &mut usize) -> Result<bool, Box<Diagnostic>> {
        let known: Vec<&str> = state.captures.values().filter_map(serde_json::Value::as_str).collect();
        let is_known = |id: &Option<String>| id.as_deref().is_some_and(|id| known.contains(&id));
        let mut cleaner = self.cleaner(*number);
        let cleaned = cleaner.clean_those(|left| !is_known(&left.id)).await;
        *number = self.keep_outside(cleaner);
        let cleaned = cleaned.map_err(|error| Box::new(Diagnostic::from(&error)))?;
        if cleaned.left.is_empty() {
            return Ok(cleaned != Cleaned::default());
        }
        let left = cleaned.left.iter().map(|(object, why)| format!("{} \"{}\": {why}", object.resource, object.name));
        Err(Box::new(
            Diagnostic::new(
                "resume",
                "what the interrupted scenario created cannot be deleted, so it is not played again",
            )
            .notes(left)
            .help("`graphwalk clean RUN` lists what is left"),
        ))
    }

    /// Gives new passwords to the users of this run that programs sign in as: those that an earlier process made are nowhere.
    async fn renew_passwords(&self, session: &mut Session) {
        session.trace(self.tracing);
        session.watch(self.watcher.clone());
        session.traffic.mark_outside(Some("new passwords"));
        self.give_passwords(session).await;
        session.traffic.mark_outside(None);
        let mut made = session.take_traffic(false);
        made.iter_mut().for_each(|exchange| session.hide_secrets(exchange));
        self.outside.borrow_mut().extend(made);
    }

    async fn give_passwords(&self, session: &mut Session) {
        for name in self.backend.profile().overrides.kept_passwords {
            let principal_name = session.captures.text(&format!("principal name of {name}")).map(str::to_owned);
            let (Ok(id), Ok(principal_name)) = (session.captures.id(&name).map(str::to_owned), principal_name) else {
                continue;
            };
            let password = session.captures.new_password();
            let profile = json!({"forceChangePasswordNextSignIn": false, "password": password});
            let call = Call::new(ADMINISTRATOR, "PATCH", format!("/v1.0/users/{id}"));
            let sent = session.send(&call.body(json!({"passwordProfile": profile}))).await;
            // It needs more than the permission with which the user was created (reference, "Update user": passwordProfile). If it cannot
            // be set, the step that needs it says that the password is not known.
            if sent.is_ok_and(|exchange| exchange.status == 204) {
                self.backend.actors().introduce(&name, &principal_name, &password);
            }
        }
    }

    /// A cleaner, whose exchanges are numbered behind `number`.
    fn cleaner(&self, number: usize) -> Cleaner {
        let mark = self.folder.run().mark();
        Cleaner::new(Rc::clone(&self.backend) as Rc<_>, self.schemas.clone(), Rc::clone(&self.journal), mark).traced(
            self.tracing,
            number,
            self.watcher.clone(),
        )
    }

    /// Keeps what a cleaner sent, for reports; returns the number of the last of it.
    fn keep_outside(&self, cleaner: Cleaner) -> usize {
        let number = cleaner.number();
        self.outside.borrow_mut().extend(cleaner.into_exchanges());
        number
    }

    /// Ends the run: deletes what the features left, and writes down how it ended. A run that waits for another process is
    /// left as it is.
    pub(super) async fn end(&self, session: &Session, outcome: &mut SessionOutcome, interrupted: bool) {
        if session.waits_until().is_some() || session.waits_for_act().is_some() {
            outcome.left.clear();
            outcome.is_waiting = true;
            outcome.waits_until = session.waits_until();
            outcome.run = Some(self.folder.run().clone());
            outcome.outside = self.outside.take();
            return;
        }
        let mut cleaner = self.cleaner(session.traffic.number());
        let (cleaned, fault) = match cleaner.clean(false).await {
            Ok(cleaned) => (cleaned, None),
            Err(error) => (Cleaned::default(), Some(error)),
        };
        self.keep_outside(cleaner);
        outcome.outside = self.outside.take();
        outcome.left = describe_leftovers(&self.journal.borrow(), &cleaned);
        outcome.run = Some(self.folder.run().clone());
        if !outcome.left.is_empty() && outcome.verdict() != Verdict::Failed {
            let message = "the run could not delete all that it created";
            let help = format!("fix the cause, then run `graphwalk clean {}`", self.folder.run());
            outcome.failure = Some(Box::new(Diagnostic::new("left-behind", message).help(help)));
        }
        let finished = self.journal.borrow_mut().finish(outcome.verdict().ending(interrupted));
        if let Some(error) = fault.or(finished.err()) {
            let fault: Diagnostic = Diagnostic::from(&error as &JournalError);
            outcome.failure.get_or_insert_with(|| Box::new(fault));
        }
    }

    /// Keeps the redacted exchanges in the run's folder, whole each time. An earlier process's stay beside them.
    pub(super) fn keep_exchanges(&self, recorded: &RecordedRun) -> Result<(), Box<Diagnostic>> {
        let is_left = |_| Diagnostic::new("secret", "a secret is left in the exchanges, so they are not kept");
        let text = recorded.recording.to_clean_har().map_err(is_left)?;
        let kept = self.folder.keep_exchanges(&self.exchanges, text.as_bytes());
        kept.map_err(|error: RunsError| Box::new(Diagnostic::from(&error)))
    }
}

/// Writes into the run's state until when it waits: another process that looks at the run after this one was left, or killed, must not
/// take it for one that nobody waits for.
fn note_wait(folder: &Rc<RunFolder>) -> BeforeLongWait {
    let folder = Rc::clone(folder);
    Box::new(move |wait| {
        let LongWait { until, left, act } = wait.clone();
        let noted = folder.state().and_then(|state| {
            folder.save(&SessionState { waits_until: until, left_time: left, waits_for_act: act, ..state })
        });
        noted.map_err(|error| unkept(&error))
    })
}

/// Returns how the scenarios ended that earlier processes of a run played, and what they saw. Nothing that cannot be
/// read keeps a run from going on, and being cleaned up: of what is not known the reports say so.
fn earlier(folder: &RunFolder, state: Option<&SessionState>, plan: &Plan) -> EarlierPlay {
    let kept = state.and_then(|_| folder.outcomes().ok().flatten());
    let read = kept.and_then(|bytes| KeptOutcomes::from_json(&bytes).ok());
    read.map(|kept| kept.matched_to(plan)).unwrap_or_default()
}

fn unkept(error: &RunsError) -> String {
    format!("the state of the run cannot be written: {error}")
}

/// Describes what may be left in the tenant, with the reason where it is known.
fn describe_leftovers(journal: &Journal, cleaned: &Cleaned) -> Vec<String> {
    let told = |JournalObject { resource, name, .. }: &JournalObject| {
        let why = cleaned.left.iter().find(|(object, _)| object.resource == *resource && object.name == *name);
        why.map_or_else(|| format!("{resource} \"{name}\""), |(_, why)| format!("{resource} \"{name}\": {why}"))
    };
    journal.leftovers().iter().map(|left| told(&left.object)).collect()
}

impl Checkpoint for PlayedRun {
    fn reached(&self, reached: ReachedScenario<'_>) -> Result<(), String> {
        let ReachedScenario { plan, session, next, blocked, played } = reached;
        // First, so that nothing before the scenario that comes next is ever missing.
        let outcomes = KeptOutcomes::new(plan, played, &session.seen, &self.outside.borrow()).to_json();
        let outcomes = outcomes.map_err(|error| format!("the outcomes of scenarios cannot be written: {error}"))?;
        self.folder.keep_outcomes(&outcomes).map_err(|error| unkept(&error))?;
        let mut state = session.state(self.folder.run(), &self.tutorial, next.clone());
        state.blocked = blocked.map(str::to_owned);
        let Selected { tags, through, until, features, tenant } = self.selected.clone();
        (state.tags, state.through, state.features, state.tenant) = (tags, through, features, tenant);
        state.until = until.map(|place| (place.step, place.line));
        state.journal_lines = Some(self.journal.borrow().record().lines());
        self.folder.save(&state).map_err(|error| unkept(&error))?;
        let recorded = self.recorder.as_ref().and_then(|recorder| recorder.so_far(session, &self.tutorial));
        match recorded.map(|recorded| self.keep_exchanges(&recorded)) {
            Some(Err(fault)) => Err(fault.message),
            _ => Ok(()),
        }
    }
}
