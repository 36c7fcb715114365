//! A tutorial played beforehand on an emulated tenant: what it would write to a real one, and who would call.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{LocalBoxFuture, ready};
use graphwalk_catalog::{ApiPath, Catalog};
use graphwalk_client::GraphClient;
use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;
use graphwalk_recording::{ADMINISTRATOR, Finish, Overrides, Recording};
use graphwalk_schema::Schemas;
use jiff::Timestamp;
use serde_json::Value;

use crate::backend::emulator::EmulatorSession;
use crate::backend::live::overrides;
use crate::backend::{ActResult, Actors, Backend, Origin, Profile, TenantClock, Waiting};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::runner::{
    Interrupt, OutsideObject, Plan, PlayOptions, ScenarioOutcome, Selection, TutorialPart, Verdict, play,
};
use crate::session::OutsideValues;
use crate::session::guard::{JudgedWrite, Named};
use crate::session::{Captures, Guard, Naming, RunId, Session, Tracing};

use super::noted_session::Introduced;
use super::planned_calls::{NotPlayed, Occasion, PlannedCall, UnknownCalls};
use super::recorded_calls::{NamedCall, RecordedCalls, break_off, recorded};

/// The findings of a tutorial's dry run.
#[derive(Clone, Debug, Default)]
pub struct DryRun {
    /// Its requests that change something, in order.
    pub writes: Vec<PlannedWrite>,
    /// Its calls in order, reads too.
    pub calls: Vec<PlannedCall>,
    /// The sentences of which it is not known what they call, since they were not in the dry run.
    pub unknown: Vec<UnknownCalls>,
    /// The actors who do by hand all that features have them send, with the steps.
    pub by_hand: BTreeMap<String, BTreeSet<u8>>,
    /// The writes among them that would not be sent, each with its place and reason.
    pub refused: Vec<Diagnostic>,
    /// The reason why the dry run did not come to its end, if it did not. What comes after is taken from recordings, and
    /// what is in none of them is read from the sentences: more may be written than is listed here.
    pub broken_off: Option<String>,
    /// The recordings that were looked at then.
    pub recordings: Vec<AskedRecording>,
    /// The requests that are sent otherwise than features ask for, and why.
    pub changed: Vec<String>,
    /// The acts that a person is asked to do elsewhere.
    pub acts: Vec<String>,
    /// The requests of each scenario, if somebody wants to know them.
    pub foreseen: ForeseenRequests,
}

/// The requests that scenarios will send, one a line, by the places of feature and scenario in the plan; of those of which
/// they are known.
pub type ForeseenRequests = BTreeMap<(usize, usize), Vec<String>>;

impl DryRun {
    /// Takes in a write, and what the guard made of it.
    fn judged(&mut self, judged: &JudgedWrite, plan: &Plan, session: &Session, aliases: &[(String, String)]) {
        let JudgedWrite { place, call, judgement } = judged;
        let feature = plan.features.iter().find(|feature| feature.file.path == place.file);
        if let (Err(refusal), Some(feature)) = (judgement, feature) {
            let message = format!("{} {} would not be sent: {}", call.method, call.path, refusal.reason);
            let place = feature.file.place(place.line, None, "not this run's own");
            self.refused.push(Diagnostic::new(refusal.code, message).at(place).help(refusal.help.clone()));
        }
        self.writes.push(PlannedWrite {
            step: feature.map(|feature| feature.file.number).unwrap_or_default(),
            actor: call.actor.clone(),
            method: call.method.clone(),
            path: name_ids(session, &call.path),
            what: what(call.body.as_ref().unwrap_or(&Value::Null), aliases),
            judgement: match judgement {
                Ok(permission) => WriteJudgement::Allowed(permission.to_string()),
                Err(refusal) => WriteJudgement::Refused(refusal.reason.clone()),
            },
        });
    }

    /// Takes in what a recording says of sentences that were not in the dry run.
    fn recorded(&mut self, found: RecordedCalls, plan: &Plan, judged: &[JudgedWrite]) {
        let RecordedCalls { recording, calls, broken_off } = found;
        self.recordings.push(AskedRecording { name: recording, is_used: !calls.is_empty(), broken_off });
        for NamedCall { call, path } in calls {
            // A sentence that broke off had sent what it could.
            let is_told = |write: &JudgedWrite| {
                write.place == call.place && write.call.actor == call.actor && write.call.method == call.method
            };
            let is_told = judged.iter().any(is_told);
            let made = PlannedCall::calls_of(plan, call, Occasion::Recorded);
            self.writes.extend(made.first().filter(|made| !is_told && is_write(made)).map(|made| PlannedWrite {
                what: made.display_name.iter().map(|name| format!("creates \"{name}\"")).collect(),
                ..PlannedWrite::not_in_dry_run(made, path)
            }));
            self.calls.extend(made);
        }
    }

    /// Takes in the calls that sentences name which the dry run did not reach.
    fn not_in_dry_run(&mut self, calls: Vec<PlannedCall>, unknown: Vec<UnknownCalls>) {
        let writes = calls.iter().filter(|call| is_write(call));
        self.writes.extend(writes.map(|call| PlannedWrite::not_in_dry_run(call, call.path.clone())));
        self.writes.sort_by_key(|write| write.step);
        self.calls.extend(calls);
        self.unknown = unknown;
    }

    /// Leaves out what a person does elsewhere. Who has no sign-in here sees there, too, what only that person may list.
    fn done_by_hand(&mut self, config: &Config) {
        let is_by_hand = |call: &PlannedCall| {
            let signs_in = call.actor == ADMINISTRATOR || config.actors.contains_key(&call.actor);
            call.by_hand.is_some() || !signs_in && needs_user(call)
        };
        let (by_hand, sent): (Vec<_>, Vec<_>) = self.calls.drain(..).partition(is_by_hand);
        let mut instead: Vec<&str> = by_hand.iter().filter_map(|call| call.by_hand).collect();
        instead.dedup();
        self.changed.extend(instead.into_iter().map(str::to_owned));
        for call in by_hand.into_iter().filter(|call| sent.iter().all(|sent| sent.actor != call.actor)) {
            self.by_hand.entry(call.actor).or_default().insert(call.step);
        }
        self.calls = sent;
    }
}

/// Returns whether it may change something.
fn is_write(call: &PlannedCall) -> bool {
    let path = ApiPath::parse(&call.path);
    call.method != "GET"
        && path.is_ok_and(|path| call.method != "POST" || !Catalog::v1().is_idempotent(&call.method, &path))
}

fn needs_user(call: &PlannedCall) -> bool {
    let known = ApiPath::parse(&call.path).ok().zip(call.method.parse().ok());
    known.and_then(|(path, method)| Catalog::v1().call(method, &path).ok()).is_some_and(|call| call.needs_user())
}

/// A request that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedWrite {
    /// The tutorial's step.
    pub step: u8,
    /// The actor who sends it.
    pub actor: String,
    /// The HTTP method.
    pub method: String,
    /// The path, with names in braces for ids that are not known yet.
    pub path: String,
    /// The effect, in a few words.
    pub what: String,
    /// Whether it is allowed.
    pub judgement: WriteJudgement,
}

impl PlannedWrite {
    fn not_in_dry_run(call: &PlannedCall, path: String) -> Self {
        Self {
            step: call.step,
            actor: call.actor.clone(),
            method: call.method.clone(),
            path,
            what: String::new(),
            judgement: WriteJudgement::NotInDryRun,
        }
    }
}

/// A recording that was looked at for what the dry run did not come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRecording {
    /// Its name.
    pub name: String,
    /// Whether calls were taken from it.
    pub is_used: bool,
    /// The place at which the tutorial cannot be played on over it, and why, if it cannot be played to its end.
    pub broken_off: Option<String>,
}

/// Whether a write is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteJudgement {
    /// Its target and why it is allowed: `this run's user "Adele Vance"`.
    Allowed(String),
    /// The reason why it is refused.
    Refused(String),
    /// The dry run did not come so far: it is checked before it is sent.
    NotInDryRun,
}

/// Plays the tutorial on an emulated tenant, as the configuration would have it played on the real one; and what the emulator
/// does not model over `recordings`.
///
/// # Errors
///
/// If no emulator can be started here.
pub async fn play_dry_run(
    plan: &Plan,
    selection: &Selection,
    schemas: &Schemas,
    config: &Config,
    recordings: &[Arc<Recording>],
    foresees: bool,
) -> Result<DryRun, Box<Diagnostic>> {
    let (overrides, outside) = (overrides(config), plan.outside_objects());
    let settings =
        Settings { seed: seed_for(plan, &config.may_change, &outside, &config.values)?, ..Settings::default() };
    let emulator = EmulatorSession::start(settings, schemas.clone());
    let emulator = emulator.map_err(|error| Diagnostic::new("server", error.to_string()))?;
    let by_hand = overrides.in_portal;
    // Nobody decides on the page of an emulated tenant.
    let overrides = Overrides { in_portal: false, ..overrides };
    let backend = Rc::new(DryRunBackend { emulator, finish: config.finish, overrides, introduced: None });
    let mut session = Session::new(backend, schemas.clone(), false);
    // Any mark will do; the run's own is not made yet.
    session.naming = Naming::marked(RunId::new(Timestamp::now()).mark(), EMULATED_DOMAIN);
    session.resources = config.may_create.clone();
    // What is given for the real tenant is not in the emulated one that stands for it.
    session.given = if plan.discovers() { OutsideValues::default() } else { config.values.clone() };
    session.guard_by(Guard::new(config.may_create.clone(), config.may_change.clone()));
    session.calls.begin();
    let options = options(foresees);
    let mut broken_off = None;
    let mut foreseen = ForeseenRequests::new();
    let mut not_played = NotPlayed::default();
    let mut watch = |feature: usize, outcome: &ScenarioOutcome| {
        not_played.note(feature, outcome);
        if foresees && matches!(outcome.verdict(), Verdict::Passed | Verdict::Skipped) {
            foreseen.insert((feature, outcome.index), requests(outcome));
        }
        broken_off = broken_off.take().or_else(|| break_off(plan, feature, outcome));
    };
    if plan.discovers() {
        play_found(plan, selection, &mut session, &options, &mut watch).await;
    } else {
        play(plan, selection, &mut session, &options, &mut watch).await;
    }
    let mut dry_run = DryRun { broken_off, changed: session.seen.changed.clone(), foreseen, ..DryRun::default() };
    dry_run.foreseen.values_mut().flatten().for_each(|line| *line = name_ids(&session, line));
    dry_run.acts = session.seen.acts.iter().map(|act| act.act.clone()).collect();
    let aliases = session.naming.aliases();
    for judged in session.guard().into_iter().flat_map(Guard::judged) {
        if by_hand && judged.call.by_hand.is_some() {
            continue;
        }
        dry_run.judged(judged, plan, &session, &aliases);
    }
    let logged = session.calls.take().into_iter();
    dry_run.calls = logged.flat_map(|logged| PlannedCall::calls_of(plan, logged, Occasion::DryRun)).collect();
    if dry_run.broken_off.is_some() {
        // The end of the period that the configuration asks for first: another one has other calls.
        let mut recordings = recordings.to_vec();
        recordings.sort_by_key(|recording| recording.finish() != config.finish);
        let found = recorded(plan, selection, schemas, &recordings, &mut not_played).await;
        let judged = session.guard().map(Guard::judged).unwrap_or_default();
        for found in found.map_err(|error| Diagnostic::new("server", error.to_string()))? {
            dry_run.recorded(found, plan, judged);
        }
        let (calls, unknown) = not_played.read(plan);
        dry_run.not_in_dry_run(calls, unknown);
    }
    if by_hand {
        dry_run.done_by_hand(config);
    }
    Ok(dry_run)
}

/// Returns the options of playing; with the requests, if somebody wants to know them.
fn options(foresees: bool) -> PlayOptions {
    PlayOptions {
        step_timeout: Duration::from_secs(60),
        interrupt: Interrupt::never(),
        tracing: if foresees { Tracing::Whole } else { Tracing::default() },
    }
}

/// Returns the requests of a scenario, one a line. One that is asked again and again is told once, and none that no step
/// asks for.
pub(crate) fn requests(outcome: &ScenarioOutcome) -> Vec<String> {
    let exchanges = outcome.steps.iter().flat_map(|step| &step.exchanges).filter(|told| !told.is_own_look);
    let mut sent: Vec<String> =
        exchanges.map(|told| format!("{}: {} {}", told.actor, told.method, told.path)).collect();
    sent.dedup();
    sent
}

/// Plays what finds the sessions of a tutorial, and the rest on each of them, in one session: what it calls counts, and not
/// how that ends.
async fn play_found(
    plan: &Plan,
    selection: &Selection,
    session: &mut Session,
    options: &PlayOptions,
    watch: &mut (dyn FnMut(usize, &ScenarioOutcome) + '_),
) {
    play(plan, &selection.of_part(TutorialPart::Discovery), session, options, watch).await;
    let found = session.take_found();
    let rest = selection.of_part(TutorialPart::Found);
    for one in &found {
        session.given.set.extend(one.values.clone());
        session.captures = Captures::new(session.captures.today());
        play(plan, &rest, session, options, &mut |_, _| {}).await;
    }
}

/// Returns the seed of the emulated tenant: the file beside features that find their sessions there, else what others take
/// from outside and may change.
pub(super) fn seed_for(
    plan: &Plan,
    may_change: &[Named],
    outside: &[OutsideObject],
    given: &OutsideValues,
) -> Result<Seed, Box<Diagnostic>> {
    match plan.seed_text().filter(|_| plan.discovers()) {
        Some(text) => Seed::parse(&text).map_err(|error| Box::new(Diagnostic::new("seed", error.to_string()))),
        None => Ok(seed_of(may_change, outside, given)),
    }
}

/// A tenant that holds what is there before, so that features find it.
fn seed_of(may_change: &[Named], outside: &[OutsideObject], given: &OutsideValues) -> Seed {
    let known = known_objects(may_change, outside, given);
    Seed::of_objects(known.iter().map(|(ty, id, name)| (*ty, id.as_str(), name.as_str())), EMULATED_DOMAIN)
}

/// The objects that are there before: those that may be changed, and those that features take from outside. Type, id and name
/// of each.
pub(super) fn known_objects(
    may_change: &[Named],
    outside: &[OutsideObject],
    given: &OutsideValues,
) -> Vec<(&'static str, String, String)> {
    let named = may_change.iter().map(|Named { name, object }| (object.type_name(), object.key(), name));
    let given = outside.iter().filter_map(|OutsideObject { name, ty }| {
        let id = given.set.get(name).or_else(|| given.configured.get(name))?;
        let is_named = may_change.iter().any(|named| named.object.key().eq_ignore_ascii_case(id));
        (!is_named).then_some((ty.name(), id.as_str(), name))
    });
    let known = named.chain(given).filter(|(_, key, _)| key.parse::<uuid::Uuid>().is_ok());
    known.map(|(ty, key, name)| (ty, key.to_owned(), name.clone())).collect()
}

/// The domain that an emulator has without a seed.
pub(crate) const EMULATED_DOMAIN: &str = "contoso.com";

/// A path, also behind other words, with names in place of ids.
pub(super) fn name_ids(session: &Session, path: &str) -> String {
    let shortest = |segment: &str| {
        let names = session.captures.all().filter(|(_, value)| value.as_str() == Some(segment)).map(|(name, _)| name);
        names.min_by_key(|name| name.len())
    };
    let segments = path.split('/').map(|segment| match shortest(segment) {
        Some(name) => format!("{{{name}}}"),
        None => segment.to_owned(),
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Describes a body: the name of what is created, or the values that are set.
fn what(body: &Value, aliases: &[(String, String)]) -> String {
    let Some(properties) = body.as_object() else { return String::new() };
    let text = match properties.get("displayName").and_then(Value::as_str) {
        Some(name) => format!("creates \"{name}\""),
        None => {
            let set = properties.iter().filter(|(_, value)| !value.is_object() && !value.is_array());
            set.map(|(name, value)| format!("{name}: {}", value.as_str().unwrap_or(&value.to_string())))
                .collect::<Vec<_>>()
                .join(", ")
        }
    };
    aliases.iter().fold(text, |text, (from, to)| text.replace(from, to))
}

/// An emulated tenant that is played as the configuration has a real one played.
#[derive(Debug)]
pub(super) struct DryRunBackend {
    pub emulator: EmulatorSession,
    pub finish: Finish,
    pub overrides: Overrides,
    /// Notes whom the session creates with a password, if somebody wants to know.
    pub introduced: Option<Introduced>,
}

impl Backend for DryRunBackend {
    fn profile(&self) -> Profile {
        Profile { finish: self.finish, overrides: self.overrides.clone(), ..self.emulator.profile() }
    }

    fn client(&self) -> &GraphClient {
        self.emulator.client()
    }

    fn actors(&self) -> &dyn Actors {
        if self.introduced.is_some() { self } else { self.emulator.actors() }
    }

    fn clock(&self) -> &dyn TenantClock {
        self.emulator.clock()
    }

    fn origin(&self, sent: Timestamp, took: Duration) -> Origin {
        self.emulator.origin(sent, took)
    }

    fn provenance_counts(&self, exchanges: usize) -> Vec<(&'static str, usize)> {
        self.emulator.provenance_counts(exchanges)
    }

    fn unused(&self, steps: &BTreeSet<u8>) -> Vec<String> {
        self.emulator.unused(steps)
    }

    fn progress(&self, waiting: &Waiting<'_>) {
        self.emulator.progress(waiting);
    }

    fn outside_id(&self, _: &str, _: &str) -> Option<String> {
        // What the emulated tenant calls so is none of the real one.
        None
    }

    fn person_acts<'a>(&'a self, _: &'a str) -> LocalBoxFuture<'a, ActResult> {
        Box::pin(ready(ActResult::Told))
    }
}

impl Actors for DryRunBackend {
    fn names(&self) -> Vec<String> {
        self.emulator.actors().names()
    }

    fn token(&self, actor: &str) -> Option<String> {
        self.emulator.actors().token(actor)
    }

    fn sign_in<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, Result<Option<String>, Box<Diagnostic>>> {
        self.emulator.actors().sign_in(actor)
    }

    fn refused<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, bool> {
        self.emulator.actors().refused(actor)
    }

    fn introduce(&self, name: &str, principal_name: &str, password: &str) {
        if let Some(introduced) = &self.introduced {
            introduced.borrow_mut().push((name.to_owned(), principal_name.to_owned(), password.to_owned()));
        }
    }
}
