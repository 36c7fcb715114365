//! Many sessions at once.
//!
//! A session is not `Send`, so each stays on the thread that began it. A worker thread has a runtime and a replay server
//! of its own and plays several sessions at the same time, since most of a session's time is waiting for answers.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use graphwalk_emulator::Settings;
use graphwalk_recording::{Recording, RecordingError};
use graphwalk_schema::Schemas;
use jiff::SignedDuration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::backend::emulator::EmulatorSession;
use crate::backend::{Backend, PageGuide};
use crate::diagnostic::Diagnostic;
use crate::in_words::counted_as;
use crate::session::{FoundSession, Observed, OutsideValues, Session, StepPlace, TracedExchange, Tracing, Watcher};

use super::live::PlayedRun;
use super::replay_servers::Servers;
use super::shared::AtHand;
use super::{
    Audience, Checkpoint, Discovery, FeatureOutcome, PlayContext, SharedSource, SharedTenant, TutorialPart, play_from,
    unused,
};
use super::{Interrupt, LiveSource, Plan, PlayOptions, Recorder, ScenarioOutcome, Selection, SessionOutcome};

/// The entries of a HAR that are no exchange of its session.
const PASSED_OVER: Observed = Observed { heading: "passed over", is_shown: true };

/// The settings that all sessions of a run have in common.
#[derive(Clone, Debug)]
pub struct Run {
    /// The plan that is played.
    pub plan: Arc<Plan>,
    /// The part of it that is played.
    pub selection: Selection,
    /// The schemas that payloads are validated against.
    pub schemas: Schemas,
    /// Whether drift and unused recorded exchanges fail.
    pub strict: bool,
    /// The time that a step may take, waits and polls not counted.
    pub step_timeout: Duration,
    /// The number of sessions that may run at the same time; at least 1.
    pub jobs: usize,
    /// The ids of objects that were there before, for features that take them from outside.
    pub given: OutsideValues,
    /// Whether recordings of the sessions are made, and what may stand in them.
    pub recorder: Option<Recorder>,
    /// The exchanges that the outcomes hold.
    pub tracing: Tracing,
    /// Tells whoever acts on the pages of an emulated tenant what to do there; nobody does if `None`.
    pub guide: Option<Arc<dyn PageGuide>>,
    /// Whether a session that is watched stops before each scenario: see [`PlayEvent::Begins`].
    pub pauses: bool,
    /// Whether each exchange of a session that is watched is told as soon as it is answered.
    pub tells_exchanges: bool,
    /// Whether a session is left where it waits for long, for another process to go on with it.
    pub detaches: bool,
}

impl Run {
    /// The whole tutorial, one session after the other, as a run without options has it.
    pub fn new(plan: impl Into<Arc<Plan>>) -> Self {
        Self {
            plan: plan.into(),
            selection: Selection::default(),
            schemas: Schemas::embedded(),
            strict: false,
            step_timeout: Duration::from_secs(60),
            jobs: 1,
            given: OutsideValues::default(),
            recorder: None,
            tracing: Tracing::default(),
            guide: None,
            pauses: false,
            tells_exchanges: false,
            detaches: false,
        }
    }

    /// Plays one session for each source, and returns how each ended, in the order of the sources. A tutorial that finds its
    /// sessions is played on all that it finds at a source, with one outcome for them: of each scenario the worst.
    pub fn outcomes(&self, sources: &[SessionSource]) -> Vec<SessionOutcome> {
        self.outcomes_until(sources, &Interrupt::never())
    }

    /// As [`Run::outcomes`], until the user wants to end.
    pub(crate) fn outcomes_until(&self, sources: &[SessionSource], interrupt: &Interrupt) -> Vec<SessionOutcome> {
        if !self.plan.discovers() {
            return self.outcomes_of(sources, interrupt);
        }
        let discovered = sources.iter().map(|source| Discovery::play(self, source, interrupt));
        discovered.map(|discovery| discovery.play_on(self, interrupt)).collect()
    }

    /// Plays one session for each source.
    pub(super) fn outcomes_of(&self, sources: &[SessionSource], interrupt: &Interrupt) -> Vec<SessionOutcome> {
        let (events, mut ended) = tokio::sync::mpsc::unbounded_channel();
        run(self, sources, interrupt, false, |_, outcome| outcome, &events);
        drop(events);
        let mut outcomes = Vec::with_capacity(sources.len());
        while let Ok(event) = ended.try_recv() {
            if let PlayEvent::Session(index, outcome) = event {
                outcomes.push((index, outcome));
            }
        }
        outcomes.sort_by_key(|(index, _)| *index);
        outcomes.into_iter().map(|(_, outcome)| outcome).collect()
    }
}

/// The place where a session's answers come from.
#[derive(Clone, Debug)]
pub enum SessionSource {
    /// A recording that the program carries, already read.
    Bundled(Arc<Recording>),
    /// A recording on disk, read when its session begins.
    File(PathBuf),
    /// An emulated tenant, set up so when its session begins.
    Emulator(Arc<Settings>),
    /// A real tenant.
    Live(Arc<LiveSource>),
    /// A tenant that is only read, by several sessions.
    Shared(Arc<SharedSource>),
}

/// The events of the workers while they play.
#[derive(Debug)]
pub enum PlayEvent<R> {
    /// A scenario is about to be played: the feature's place in the plan, and its own in the feature. It waits until the sender is
    /// used or dropped, if there is one.
    Begins(usize, usize, Option<oneshot::Sender<()>>),
    /// An exchange has been answered: the step that made it, if one did, and the exchange.
    Exchange(StepPlace, Box<TracedExchange>),
    /// A scenario has ended: the session's place among the sources, the feature's in the plan, the outcome.
    Scenario(usize, usize, ScenarioOutcome),
    /// A session has ended: its place among the sources, and what was made of its outcome.
    Session(usize, R),
}

/// Plays one session for each source and hands every outcome with its place to `finish`, on the worker's thread; what that makes of it
/// is sent to `events`. `watched` says whether each scenario is reported as well.
///
/// Blocks until all have ended. After an interrupt, sessions that did not begin yet are left out.
pub fn run<R: Send + 'static>(
    run: &Run,
    sources: &[SessionSource],
    interrupt: &Interrupt,
    watched: bool,
    finish: impl Fn(usize, SessionOutcome) -> R + Sync,
    events: &UnboundedSender<PlayEvent<R>>,
) {
    // What is signed in to stays with one thread, and its sessions wait for the network more than they compute.
    let most = if sources.iter().any(SessionSource::is_live) { 1 } else { run.jobs.min(sources.len()) };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(most).max(1);
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let jobs = run.jobs / threads + usize::from(thread < run.jobs % threads);
            let worker = Worker { run, sources, interrupt, watched, finish: &finish, events, next: &next };
            scope.spawn(move || worker.work(jobs));
        }
    });
}

struct Worker<'a, R, F> {
    run: &'a Run,
    sources: &'a [SessionSource],
    interrupt: &'a Interrupt,
    watched: bool,
    finish: &'a F,
    events: &'a UnboundedSender<PlayEvent<R>>,
    next: &'a AtomicUsize,
}

impl<R: 'static, F: Fn(usize, SessionOutcome) -> R> Worker<'_, R, F> {
    fn work(&self, jobs: usize) {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return self.give_up(&format!("no runtime could be started: {error}")),
        };
        runtime.block_on(self.work_on(jobs));
    }

    async fn work_on(&self, jobs: usize) {
        let servers = Servers::default();
        let at_hand = AtHand::default();
        let mut playing = FuturesUnordered::new();
        loop {
            while playing.len() < jobs
                && let Some(index) = self.take()
            {
                playing.push(self.session(index, &servers, &at_hand));
            }
            if playing.next().await.is_none() {
                return;
            }
        }
    }

    /// The next session to play; none once the user wants to end.
    fn take(&self) -> Option<usize> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        (index < self.sources.len() && !self.interrupt.raised()).then_some(index)
    }

    /// Fails all sessions that are not taken yet: this worker cannot play, and the others may be in the same position.
    fn give_up(&self, reason: &str) {
        while let Some(index) = self.take() {
            self.send(PlayEvent::Session(
                index,
                (self.finish)(index, not_begun(&self.sources[index], not_started(reason))),
            ));
        }
    }

    async fn session(&self, index: usize, servers: &Servers, at_hand: &AtHand) {
        let started = Instant::now();
        let source = &self.sources[index];
        let outcome = match source {
            SessionSource::Emulator(settings) => {
                match EmulatorSession::start((**settings).clone(), self.run.schemas.clone()) {
                    Ok(backend) => {
                        let backend = backend.guided_by(self.run.guide.clone());
                        self.play_on(index, started, Rc::new(backend)).await
                    }
                    Err(error) => not_begun(source, not_started(&error.to_string())),
                }
            }
            SessionSource::Live(live) => self.live(index, started, live).await,
            SessionSource::Shared(shared) => {
                let backend = match &shared.tenant {
                    SharedTenant::Recording(shared) => {
                        let outcome = self.replay(index, started, Ok(Arc::clone(&shared.recording)), servers).await;
                        return self.send(PlayEvent::Session(index, (self.finish)(index, outcome)));
                    }
                    SharedTenant::Emulator(emulator) => at_hand.emulator(emulator),
                    SharedTenant::Live(tenant) => at_hand.live(tenant),
                };
                match backend {
                    Ok(backend) => self.play_on(index, started, backend).await,
                    Err(fault) => not_begun(source, fault),
                }
            }
            SessionSource::Bundled(recording) => self.replay(index, started, Ok(Arc::clone(recording)), servers).await,
            SessionSource::File(path) => {
                self.replay(index, started, Recording::read(path).map(Arc::new), servers).await
            }
        };
        self.send(PlayEvent::Session(index, (self.finish)(index, outcome)));
    }

    async fn replay(
        &self,
        index: usize,
        started: Instant,
        recording: Result<Arc<Recording>, RecordingError>,
        servers: &Servers,
    ) -> SessionOutcome {
        let source = &self.sources[index];
        let recording = match recording {
            Ok(recording) => recording,
            Err(error) => return not_begun(source, Diagnostic::from(&error)),
        };
        match servers.current().await {
            // The server is kept until the session has ended; with its last session its port is given back.
            Ok(server) => {
                let counts = recording.reading.counts().into_iter();
                let passed_over: Vec<String> =
                    counts.map(|(why, count)| counted_as(count, why.words().0, why.words().1)).collect();
                let mut outcome = self.play_on(index, started, Rc::new(server.open(recording))).await;
                if !passed_over.is_empty() {
                    outcome.seen.observations.roster(PASSED_OVER, &source.name(), passed_over, None);
                }
                outcome
            }
            Err(reason) => not_begun(source, not_started(&reason)),
        }
    }

    async fn live(&self, index: usize, started: Instant, source: &LiveSource) -> SessionOutcome {
        let Some(live) = source.take() else {
            return not_begun(&self.sources[index], not_started("the run has already been played"));
        };
        match live.begin(self.run, self.watcher()).await {
            Ok((played, mut session)) => self.play(index, started, &mut session, Some(&played)).await,
            Err(fault) => not_begun(&self.sources[index], *fault),
        }
    }

    async fn play_on(&self, index: usize, started: Instant, backend: Rc<dyn Backend>) -> SessionOutcome {
        let mut session = Session::new(backend, self.run.schemas.clone(), self.run.strict);
        self.play(index, started, &mut session, None).await
    }

    async fn play(
        &self,
        index: usize,
        started: Instant,
        session: &mut Session,
        live: Option<&PlayedRun>,
    ) -> SessionOutcome {
        let (run, source) = (self.run, &self.sources[index]);
        session.watch(self.watcher());
        (session.given, session.detaches) = (run.given.clone(), run.detaches);
        if let Some(found) = source.found() {
            session.given.set.extend(found.values.clone());
        }
        if let Some(recorder) = &run.recorder {
            recorder.begin(session);
        }
        let began = (session.backend().clock().monotonic_now(), Instant::now());
        let features = self.features(index, session, live).await;
        let passed = session.backend().clock().monotonic_now().since(began.0);
        let measured = SignedDuration::try_from(began.1.elapsed()).unwrap_or(SignedDuration::MAX);
        let mut outcome = SessionOutcome {
            features,
            left: session.leftovers(),
            clock_moved: passed.saturating_sub(measured).max(SignedDuration::ZERO),
            provenance: session.backend().provenance_counts(session.seen.exchanges),
            seen: std::mem::take(&mut session.seen),
            unused: unused::of_session(run, session.backend(), source),
            found: session.take_found(),
            ..SessionOutcome::new(source.name(), session.profile().name)
        };
        if let (SessionSource::Shared(_), [(_, count)]) = (source, &mut outcome.provenance[..]) {
            // What the recording of several sessions holds is not what this one was answered.
            *count = outcome.seen.exchanges;
        }
        outcome.recorded = run.recorder.as_ref().and_then(|recorder| {
            recorder.finish(session, source.part(), &outcome.name, &run.plan.tutorial).map(Box::new)
        });
        if run.strict {
            outcome.failure = unused::failure(&outcome);
        }
        if let Some(live) = live {
            live.end(session, &mut outcome, self.interrupt.raised()).await;
            if let Some(recorded) = &outcome.recorded
                && let Err(fault) = live.keep_exchanges(recorded)
            {
                outcome.failure.get_or_insert(fault);
            }
        }
        outcome.took = started.elapsed();
        outcome.began = outcome.began.checked_sub(outcome.took).unwrap_or(outcome.began);
        outcome
    }

    /// Plays the features of the source on a session; of a run that goes on those that are still to come.
    async fn features(&self, index: usize, session: &mut Session, live: Option<&PlayedRun>) -> Vec<FeatureOutcome> {
        let run = self.run;
        let selection = run.selection.of_part(self.sources[index].part());
        let interrupt = self.interrupt.clone();
        let options = PlayOptions { step_timeout: run.step_timeout, interrupt, tracing: run.tracing };
        let mut tell = |feature: usize, scenario: &ScenarioOutcome| {
            if self.watched {
                self.send(PlayEvent::Scenario(index, feature, scenario.clone()));
            }
        };
        let stage = PlayContext {
            from: live.and_then(|live| live.state.as_ref()),
            earlier: live.map_or(&[], |live| &live.earlier),
            checkpoint: live.map(|live| live as &dyn Checkpoint),
            audience: Some(self).filter(|_| self.watched).map(|worker| worker as &dyn Audience),
        };
        play_from(stage, &run.plan, &selection, session, &options, &mut tell).await
    }

    /// Returns what hears of each exchange at once, if anybody wants to.
    fn watcher(&self) -> Option<Watcher> {
        let events = self.events.clone();
        let is_wanted = self.watched && self.run.tells_exchanges;
        is_wanted.then(|| -> Watcher {
            Rc::new(move |place, exchange| {
                // Nobody listens any more only when the program is ending.
                let _ = events.send(PlayEvent::Exchange(place.clone(), Box::new(exchange)));
            })
        })
    }

    fn send(&self, event: PlayEvent<R>) {
        // Nobody listens any more only when the program is ending.
        let _ = self.events.send(event);
    }
}

/// The thread that prints hears of each scenario of a session that is watched.
impl<R: 'static, F: Fn(usize, SessionOutcome) -> R> Audience for Worker<'_, R, F> {
    fn begins(&self, feature: usize, scenario: usize) -> LocalBoxFuture<'_, ()> {
        let (go_on, goes_on) = oneshot::channel();
        let waits = self.run.pauses && !self.interrupt.raised();
        self.send(PlayEvent::Begins(feature, scenario, waits.then_some(go_on)));
        Box::pin(async move {
            if waits {
                tokio::select! {
                    _ = goes_on => {}
                    () = self.interrupt.comes() => {}
                }
            }
        })
    }
}

impl SessionSource {
    /// Returns what the session is known by.
    pub fn name(&self) -> String {
        match self {
            Self::Bundled(recording) => recording.name.clone(),
            Self::File(path) => path.display().to_string(),
            Self::Emulator(_) => "an emulated tenant".to_owned(),
            Self::Live(live) => format!("run {}", live.run()),
            Self::Shared(shared) => {
                let looks = if shared.part == TutorialPart::Discovery { "looking for sessions: " } else { "" };
                let tenant = || format!("{looks}{}", shared.tenant.name());
                shared.found.as_ref().map_or_else(tenant, |found| found.name.clone())
            }
        }
    }

    /// The word for the backend that it is played on.
    pub fn backend(&self) -> &'static str {
        match self {
            Self::Bundled(_) | Self::File(_) => "replay",
            Self::Emulator(_) => "emulator",
            Self::Live(_) => "live",
            Self::Shared(shared) => shared.tenant.backend(),
        }
    }

    fn is_live(&self) -> bool {
        self.backend() == "live"
    }

    /// Returns the part of the tutorial that is played on it.
    fn part(&self) -> TutorialPart {
        match self {
            Self::Shared(shared) => shared.part,
            _ => TutorialPart::Whole,
        }
    }

    /// The session that it is of those that were found.
    fn found(&self) -> Option<&FoundSession> {
        match self {
            Self::Shared(shared) => shared.found.as_ref(),
            _ => None,
        }
    }
}

pub(super) fn not_started(reason: &str) -> Diagnostic {
    Diagnostic::new("server", format!("the server of a session could not be started: {reason}"))
        .help("check that the machine has free ports and file handles, then run again")
}

pub(super) fn not_begun(source: &SessionSource, fault: Diagnostic) -> SessionOutcome {
    SessionOutcome::not_begun(source.name(), source.backend(), fault)
}
