//! Playing a plan on one session.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use graphwalk_secrets::in_use;
use graphwalk_secrets::masking::without_secrets;
use jiff::Timestamp;

use crate::session::{Block, Doing, Failure, HeldExchange, NextScenario, Session, SessionState, Skip, Tracing};

use super::{
    Audience, FeatureOutcome, Interrupt, Plan, PlannedFeature, PlannedScenario, Played, ScenarioOutcome, Selection,
};
use super::{StepEnd, StepOutcome, Verdict};

/// The options of playing.
#[derive(Clone, Debug)]
pub struct PlayOptions {
    /// The time that a step may take, waits and polls not counted.
    pub step_timeout: Duration,
    /// Whether the user wants to end the run.
    pub interrupt: Interrupt,
    /// The exchanges that the outcomes hold.
    pub tracing: Tracing,
}

/// Told after each scenario: the feature's place in the plan, and how the scenario ended.
pub type ScenarioEnded<'a> = dyn FnMut(usize, &ScenarioOutcome) + 'a;

/// Told before each scenario where the session stands, so that another process can go on from there.
pub trait Checkpoint {
    /// Keeps where the run stands.
    ///
    /// # Errors
    ///
    /// A sentence that says why it could not be kept. The run then goes no further than its clean-up.
    fn reached(&self, reached: ReachedScenario<'_>) -> Result<(), String>;
}

/// The place where a run stands before a scenario.
#[derive(Clone, Copy, Debug)]
pub struct ReachedScenario<'a> {
    /// The plan that is played.
    pub plan: &'a Plan,
    /// The session.
    pub session: &'a Session,
    /// The next scenario.
    pub next: &'a NextScenario,
    /// The reason why later scenarios cannot be judged, if so.
    pub blocked: Option<&'a str>,
    /// The outcomes of the scenarios before, those of earlier processes too.
    pub played: &'a Played,
}

/// The place where playing begins, and those who are informed of its progress.
#[derive(Clone, Copy, Default)]
pub struct PlayContext<'a> {
    /// The state that an earlier process left; `None` begins at the beginning.
    pub from: Option<&'a SessionState>,
    /// The outcomes of the scenarios that earlier processes played.
    pub earlier: &'a Played,
    /// Keeps the state.
    pub checkpoint: Option<&'a dyn Checkpoint>,
    /// Is told before each scenario.
    pub audience: Option<&'a dyn Audience>,
}

/// Plays the selected scenarios in order, and informs `observer` of each when it has ended.
///
/// After a failure all later scenarios are blocked, but those of the clean-up: they are played always, each whether or
/// not the one before it failed.
pub async fn play(
    plan: &Plan,
    selection: &Selection,
    session: &mut Session,
    options: &PlayOptions,
    observer: &mut ScenarioEnded<'_>,
) -> Vec<FeatureOutcome> {
    play_from(PlayContext::default(), plan, selection, session, options, observer).await
}

/// As [`play`], from where an earlier process stood, with a checkpoint before each scenario.
pub async fn play_from(
    stage: PlayContext<'_>,
    plan: &Plan,
    selection: &Selection,
    session: &mut Session,
    options: &PlayOptions,
    observer: &mut ScenarioEnded<'_>,
) -> Vec<FeatureOutcome> {
    let blocked = stage.from.and_then(|state| state.blocked.as_deref()).map(Arc::from);
    let mut begun = stage.from.is_none();
    session.seen.observations.register(&crate::steps::OBSERVED);
    session.trace(options.tracing);
    let mut player = Player {
        plan,
        session,
        options,
        blocked,
        left: None,
        stage,
        has_skipped: false,
        held: Vec::new(),
        played: Vec::new(),
    };
    for (index, feature) in plan.features.iter().enumerate() {
        for (place, scenario) in feature.scenarios.iter().enumerate() {
            if !selection.includes(feature, scenario) {
                continue;
            }
            begun |= stage.from.is_some_and(|state| state.next == next(feature, scenario));
            let outcome = match earlier(stage.earlier, index, place, begun) {
                Some(known) => known,
                None if begun => player.scenario((index, feature), scenario, place).await,
                None => unknown(scenario, place),
            };
            observer(index, &outcome);
            player.played.push((index, outcome));
        }
    }
    let features = player.played.chunk_by(|(first, _), (second, _)| first == second);
    let outcome_of = |scenarios: &Played| FeatureOutcome {
        index: scenarios[0].0,
        scenarios: scenarios.iter().map(|(_, outcome)| outcome.clone()).collect(),
    };
    features.map(outcome_of).collect()
}

/// Returns how an earlier process played a scenario. One at which this process begins is played again, unless it had
/// failed: a process that was killed right after the failure did not come to say that nothing comes after it.
fn earlier(played: &Played, feature: usize, scenario: usize, begun: bool) -> Option<ScenarioOutcome> {
    let mut all = played.iter().filter(|(index, outcome)| (*index, outcome.index) == (feature, scenario));
    let (_, outcome) = all.find(|(_, outcome)| !begun || outcome.verdict() == Verdict::Failed)?;
    Some(outcome.clone())
}

/// Makes the outcome of a scenario that was played, and of which nothing is known any more.
fn unknown(scenario: &PlannedScenario, index: usize) -> ScenarioOutcome {
    let end = StepEnd::Blocked("an earlier process played it, and its outcome was not kept".into());
    ScenarioOutcome { index, steps: vec![StepOutcome::at_once(end); scenario.steps.len()], began: None, earlier: true }
}

/// The place of a scenario in its tutorial.
pub fn next(feature: &PlannedFeature, scenario: &PlannedScenario) -> NextScenario {
    let name = feature.file.path.rsplit(['/', '\\']).next().unwrap_or_default();
    NextScenario { step: feature.file.number, feature: name.to_owned(), line: scenario.line }
}

struct Player<'a> {
    plan: &'a Plan,
    session: &'a mut Session,
    options: &'a PlayOptions,
    blocked: Option<Arc<str>>,
    /// The reason why nothing more is played, not even the clean-up: the run waits for another process.
    left: Option<Arc<str>>,
    stage: PlayContext<'a>,
    /// Whether an optional scenario was skipped, so that later ones may miss what it keeps.
    has_skipped: bool,
    /// The exchanges of the steps of the scenario that plays, each with its place, which are wanted only if the scenario fails.
    held: Vec<(usize, Vec<HeldExchange>)>,
    /// The outcomes of the scenarios so far.
    played: Vec<(usize, ScenarioOutcome)>,
}

impl Player<'_> {
    async fn scenario(
        &mut self,
        (place, feature): (usize, &PlannedFeature),
        scenario: &PlannedScenario,
        index: usize,
    ) -> ScenarioOutcome {
        let began = Some(Timestamp::now());
        if !feature.clean_up && self.blocked.is_none() && self.options.interrupt.raised() {
            self.blocked = Some("the run was interrupted".into());
        }
        if self.left.is_none() {
            self.keep(feature, scenario);
        }
        let blocked = self.blocked.as_ref().filter(|_| !feature.clean_up);
        if let Some(reason) = self.left.as_ref().or(blocked) {
            let end = StepEnd::Blocked(Arc::clone(reason));
            let steps = vec![StepOutcome::at_once(end); scenario.steps.len()];
            return ScenarioOutcome { index, steps, began, earlier: false };
        }
        if let Some(audience) = self.stage.audience {
            audience.begins(place, index).await;
        }
        self.session.enter_scenario(feature.clean_up);
        self.session.enter_feature(feature.reads_only, feature.discovers);
        self.session.files.clone_from(&feature.file.files);
        self.session.log_mut().enter_step(feature.file.number);
        let mut steps = Vec::with_capacity(scenario.steps.len());
        let mut rest: Option<StepEnd> = None;
        for place in 0..scenario.steps.len() {
            if let Some(end) = &rest {
                steps.push(StepOutcome::at_once(end.clone()));
                continue;
            }
            let outcome = self.step(feature, scenario, place).await;
            rest = match &outcome.end {
                StepEnd::Passed => None,
                StepEnd::Failed(_) => Some(StepEnd::Blocked("an earlier step of the scenario failed".into())),
                other => Some(other.clone()),
            };
            steps.push(outcome);
        }
        let mut outcome = ScenarioOutcome { index, steps, began, earlier: false };
        if scenario.is_optional() {
            self.skip_if_not_playable(&mut outcome);
        }
        self.finish_exchanges(&mut outcome);
        if !feature.clean_up {
            self.block_after(feature, scenario, &outcome);
        }
        outcome
    }

    /// Drops the exchanges that nobody wants, and masks the others: which are wanted is known only now.
    fn finish_exchanges(&mut self, outcome: &mut ScenarioOutcome) {
        let is_wanted = self.options.tracing == Tracing::Whole || outcome.verdict() == Verdict::Failed;
        for (place, held) in std::mem::take(&mut self.held) {
            if is_wanted && let Some(step) = outcome.steps.get_mut(place) {
                step.exchanges = held.iter().map(HeldExchange::traced).collect();
            }
        }
        for step in &mut outcome.steps {
            if is_wanted {
                step.exchanges.iter_mut().for_each(|exchange| self.session.hide_secrets(exchange));
            } else {
                step.exchanges = Vec::new();
            }
        }
    }

    /// Keeps where the session stands. A state that cannot be kept ends the run with its clean-up.
    fn keep(&mut self, feature: &PlannedFeature, scenario: &PlannedScenario) {
        let Some(checkpoint) = self.stage.checkpoint else { return };
        let (plan, next) = (self.plan, next(feature, scenario));
        let (session, blocked, played) = (&*self.session, self.blocked.as_deref(), &self.played[..]);
        if let Err(reason) = checkpoint.reached(ReachedScenario { plan, session, next: &next, blocked, played }) {
            self.blocked.get_or_insert_with(|| reason.into());
        }
    }

    fn block_after(&mut self, feature: &PlannedFeature, scenario: &PlannedScenario, outcome: &ScenarioOutcome) {
        self.blocked = match outcome.verdict() {
            // Nothing that comes later relies on what a reader may leave out.
            Verdict::Failed if scenario.is_optional() => None,
            Verdict::Failed | Verdict::Blocked if scenario.is_independent() && self.left.is_none() => None,
            Verdict::Failed => {
                let number = feature.file.number;
                Some(format!("step {number} failed: {}", scenario.name).into())
            }
            Verdict::Blocked => outcome.reason().map(Arc::from),
            Verdict::Passed | Verdict::Skipped => None,
        };
    }

    /// The step of an optional scenario from which on the backend cannot play it, and why.
    fn lack(&self, outcome: &ScenarioOutcome) -> Option<(usize, String)> {
        if let Some((failed, failure)) = outcome.failure() {
            return Some((failed, self.session.lack(failure, self.has_skipped)?));
        }
        // Who interrupts a run, or leaves it, leaves nothing out.
        if self.left.is_some() || self.options.interrupt.raised() {
            return None;
        }
        outcome.steps.iter().enumerate().find_map(|(index, step)| match &step.end {
            StepEnd::Blocked(reason) => Some((index, reason.to_string())),
            _ => None,
        })
    }

    /// Makes an optional scenario that the backend cannot play one that was skipped for that reason.
    fn skip_if_not_playable(&mut self, outcome: &mut ScenarioOutcome) {
        let Some((first, lack)) = self.lack(outcome) else { return };
        let reason: Arc<str> = format!("optional, and not playable here: {lack}").into();
        for step in outcome.steps.iter_mut().skip(first) {
            step.end = StepEnd::Skipped(Arc::clone(&reason));
        }
        self.has_skipped = true;
    }

    async fn step(&mut self, feature: &PlannedFeature, scenario: &PlannedScenario, place: usize) -> StepOutcome {
        let step = &scenario.steps[place];
        let started = Instant::now();
        self.session.enter_step(Arc::clone(&feature.file.path), step.line);
        let allowance = self.allowance();
        self.session.deadline.restart(allowance);
        let deadline = self.session.deadline.clone();
        let interrupt = self.options.interrupt.clone();
        let interrupted = async {
            // Once asked to stop, cleaning up is what is left to do: it is not interrupted.
            if feature.clean_up { std::future::pending().await } else { interrupt.comes().await }
        };
        let to_be_left = self.session.is_to_be_left();
        let running = AssertUnwindSafe((step.run)(self.session, step.context.clone())).catch_unwind();
        let end = tokio::select! {
            biased;
            result = running => match result {
                Ok(()) => StepEnd::Passed,
                Err(payload) => caught(payload),
            },
            () = to_be_left.notified() => StepEnd::Blocked(self.interrupted()),
            () = interrupted => StepEnd::Blocked(self.interrupted()),
            () = deadline.passed() => StepEnd::Failed(Box::new(timed_out(allowance, &self.session.doing))),
        };
        if let (StepEnd::Blocked(reason), Some(_)) = (&end, self.session.waits_for_act()) {
            self.left.get_or_insert_with(|| Arc::clone(reason));
        }
        let took = started.elapsed();
        let has_failed = end.verdict() == Verdict::Failed;
        let exchanges = if self.options.tracing == Tracing::OfFailedScenarios && !has_failed {
            self.held.push((place, self.session.hold_traffic()));
            Vec::new()
        } else {
            self.session.take_traffic(has_failed)
        };
        StepOutcome { end: hide_secrets(end, self.session), took, exchanges }
    }
}

impl Player<'_> {
    /// Returns how long a step may take: longer than any single request, so that one that is not answered counts as
    /// lost and is looked for, instead of being given up with the step.
    fn allowance(&self) -> Duration {
        const MARGIN: Duration = Duration::from_secs(10);
        let longest = self.session.profile().longest_request.map(|longest| longest.saturating_add(MARGIN));
        self.options.step_timeout.max(longest.unwrap_or_default())
    }

    /// Returns why the rest is not played: an interrupted run cleans up, but one that waits for days is left as it is.
    fn interrupted(&mut self) -> Arc<str> {
        let what = match (self.session.waits_until(), self.session.waits_for_act()) {
            (_, Some(act)) => format!("for a person to do: {act}"),
            (Some(until), None) => format!("until {until}"),
            (None, None) => return "the run was interrupted".into(),
        };
        let reason: Arc<str> = format!("the run waits {what}: `graphwalk resume` continues it").into();
        self.left = Some(Arc::clone(&reason));
        reason
    }
}

impl StepOutcome {
    fn at_once(end: StepEnd) -> Self {
        Self { end, took: Duration::ZERO, exchanges: Vec::new() }
    }
}

fn caught(payload: Box<dyn Any + Send>) -> StepEnd {
    let payload = match payload.downcast::<Failure>() {
        Ok(failure) => return StepEnd::Failed(failure),
        Err(payload) => payload,
    };
    let payload = match payload.downcast::<Block>() {
        Ok(block) => return StepEnd::Blocked(block.0.into()),
        Err(payload) => payload,
    };
    let payload = match payload.downcast::<Skip>() {
        Ok(skip) => return StepEnd::Skipped(skip.0.into()),
        Err(payload) => payload,
    };
    let told = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
    let failure = Failure::new("internal", format!("the step's code panicked: {}", told.unwrap_or("no message")))
        .help("this is a fault of graphwalk, or of a parameter that it cannot read: please report it with the feature");
    StepEnd::Failed(Box::new(failure))
}

fn timed_out(allowance: Duration, doing: &Doing) -> Failure {
    Failure::new("step-timeout", format!("the step did not end within {} s", allowance.as_secs()))
        .notes(doing.notes())
        .help(doing.help(allowance))
}

/// Hides secrets that a message quotes: the session's password, or a token that a server echoed.
fn hide_secrets(end: StepEnd, session: &Session) -> StepEnd {
    let StepEnd::Failed(mut failure) = end else { return end };
    session.captures.remember_passwords();
    let actors = session.backend().actors();
    let tokens = actors.names().into_iter().filter_map(|actor| actors.token(&actor));
    tokens.for_each(|token| in_use::remember(&token));
    for text in [&mut failure.message, &mut failure.label].into_iter().chain(&mut failure.notes) {
        *text = without_secrets(&session.captures.hide(text));
    }
    StepEnd::Failed(failure)
}
