//! A tutorial played beforehand on an emulated tenant: what it would write to a real one, and who would call.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use graphwalk_catalog::{ApiPath, Catalog};
use graphwalk_client::GraphClient;
use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;
use graphwalk_recording::{ADMINISTRATOR, Finish, Overrides};
use graphwalk_schema::Schemas;
use jiff::Timestamp;
use serde_json::Value;

use crate::backend::emulator::EmulatorSession;
use crate::backend::{Actors, Backend, Origin, Profile, TenantClock, Waiting};
use crate::config::{Config, SignInMethod};
use crate::diagnostic::Diagnostic;
use crate::runner::{Interrupt, Plan, PlayOptions, Selection, Verdict, play};
use crate::session::guard::{JudgedWrite, Named};
use crate::session::{Guard, Naming, RunId, Session};

use super::planned_calls::{NotPlayed, Occasion, PlannedCall, UnknownCalls};

/// What a tutorial does, as its rehearsal showed it.
#[derive(Clone, Debug, Default)]
pub struct Rehearsal {
    /// Its requests that change something, in order.
    pub writes: Vec<Write>,
    /// Its calls in order, reads too.
    pub calls: Vec<PlannedCall>,
    /// The sentences of which it is not known what they call, since they were not rehearsed.
    pub unknown: Vec<UnknownCalls>,
    /// Who does by hand all that features have them send, with the steps.
    pub by_hand: BTreeMap<String, BTreeSet<u8>>,
    /// Who calls, the administrator too, each with the steps of the tutorial and the first call at each.
    pub callers: BTreeMap<String, BTreeMap<u8, String>>,
    /// The writes among them that would not be sent, each with its place and reason.
    pub refused: Vec<Diagnostic>,
    /// Why the rehearsal did not come to its end, if it did not. What comes after is read from the sentences: more may be
    /// written than is told here.
    pub broken_off: Option<String>,
    /// What is sent otherwise than features ask for, and why.
    pub changed: Vec<String>,
}

impl Rehearsal {
    /// Takes in a write, and what the guard made of it.
    fn judged(&mut self, judged: &JudgedWrite, plan: &Plan, session: &Session, aliases: &[(String, String)]) {
        let JudgedWrite { place, call, judgement } = judged;
        let feature = plan.features.iter().find(|feature| feature.file.path == place.file);
        if let (Err(refusal), Some(feature)) = (judgement, feature) {
            let message = format!("{} {} would not be sent: {}", call.method, call.path, refusal.reason);
            let place = feature.file.place(place.line, None, "not this run's own");
            self.refused.push(Diagnostic::new(refusal.code, message).at(place).help(refusal.help.clone()));
        }
        self.writes.push(Write {
            step: feature.map(|feature| feature.file.number).unwrap_or_default(),
            actor: call.actor.clone(),
            method: call.method.clone(),
            path: named(session, &call.path),
            what: what(call.body.as_ref().unwrap_or(&Value::Null), aliases),
            judgement: match judgement {
                Ok(permission) => WriteJudgement::Allowed(permission.to_string()),
                Err(refusal) => WriteJudgement::Refused(refusal.reason.clone()),
            },
        });
    }

    /// Takes in what the sentences name that were not played.
    fn not_rehearsed(&mut self, calls: Vec<PlannedCall>, unknown: Vec<UnknownCalls>) {
        let is_write = |call: &&PlannedCall| {
            let path = ApiPath::parse(&call.path);
            call.method != "GET"
                && path.is_ok_and(|path| call.method != "POST" || !Catalog::v1().is_idempotent(&call.method, &path))
        };
        self.writes.extend(calls.iter().filter(is_write).map(|call| Write {
            step: call.step,
            actor: call.actor.clone(),
            method: call.method.clone(),
            path: call.path.clone(),
            what: String::new(),
            judgement: WriteJudgement::NotRehearsed,
        }));
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

fn needs_user(call: &PlannedCall) -> bool {
    let known = ApiPath::parse(&call.path).ok().zip(call.method.parse().ok());
    known.and_then(|(path, method)| Catalog::v1().call(method, &path).ok()).is_some_and(|call| call.needs_user())
}

/// A request that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The tutorial's step.
    pub step: u8,
    /// Who sends it.
    pub actor: String,
    /// The HTTP method.
    pub method: String,
    /// The path, with names in braces for ids that are not known yet.
    pub path: String,
    /// What it does, in a few words.
    pub what: String,
    /// Whether it is allowed.
    pub judgement: WriteJudgement,
}

/// Whether a write is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteJudgement {
    /// Its target and why it is allowed: `this run's user "Adele Vance"`.
    Allowed(String),
    /// Why it is refused.
    Refused(String),
    /// The rehearsal did not come so far: it is judged before it is sent.
    NotRehearsed,
}

/// Plays the tutorial on an emulated tenant, as the configuration would have it played on the real one.
///
/// # Errors
///
/// If no emulator can be started here.
pub async fn rehearse(
    plan: &Plan,
    selection: &Selection,
    schemas: &Schemas,
    config: &Config,
    overrides: Overrides,
) -> Result<Rehearsal, Box<Diagnostic>> {
    let settings = Settings { seed: seed_of(&config.may_change), ..Settings::default() };
    let emulator = EmulatorSession::start(settings, schemas.clone());
    let emulator = emulator.map_err(|error| Diagnostic::new("server", error.to_string()))?;
    let by_hand = overrides.in_portal;
    // Nobody decides on the page of an emulated tenant.
    let overrides = Overrides { in_portal: false, ..overrides };
    let backend = Rc::new(Rehearsing { emulator, finish: config.finish, overrides });
    let mut session = Session::new(backend, schemas.clone(), false);
    // Any mark will do; the run's own is not made yet.
    session.naming = Naming::marked(RunId::new(Timestamp::now()).mark(), EMULATED_DOMAIN);
    session.resources = config.may_create.clone();
    session.guard_by(Guard::new(config.may_create.clone(), config.may_change.clone()));
    session.calls.begin();
    let options = PlayOptions { step_timeout: Duration::from_secs(60), interrupt: Interrupt::never() };
    let mut broken_off = None;
    let mut not_played = NotPlayed::default();
    let mut watch = |feature: usize, outcome: &crate::runner::ScenarioOutcome| {
        not_played.note(feature, outcome);
        if outcome.verdict() == Verdict::Failed && broken_off.is_none() {
            let planned = &plan.features[feature];
            let why = outcome.failure().map(|(_, failure)| failure.message.clone()).unwrap_or_default();
            broken_off = Some(format!("step {}: {why}", planned.file.number));
        }
    };
    play(plan, selection, &mut session, &options, &mut watch).await;
    let mut rehearsal = Rehearsal { broken_off, changed: session.seen.changed.clone(), ..Rehearsal::default() };
    let aliases = session.naming.aliases();
    for judged in session.guard().into_iter().flat_map(Guard::judged) {
        if by_hand && judged.call.by_hand.is_some() {
            continue;
        }
        rehearsal.judged(judged, plan, &session, &aliases);
    }
    let logged = session.calls.take();
    rehearsal.calls = logged.into_iter().flat_map(|logged| PlannedCall::rehearsed(plan, logged)).collect();
    if rehearsal.broken_off.is_some() {
        let (calls, unknown) = not_played.read(plan);
        rehearsal.not_rehearsed(calls, unknown);
    }
    if by_hand {
        rehearsal.done_by_hand(config);
    }
    for call in rehearsal.calls.iter().filter(|call| call.occasion != Occasion::AfterLoss) {
        let text = format!("{} {}", call.method, named(&session, &call.path));
        rehearsal.callers.entry(call.actor.clone()).or_default().entry(call.step).or_insert(text);
    }
    Ok(rehearsal)
}

/// A tenant that holds the objects that may be changed, so that a feature finds them.
fn seed_of(may_change: &[Named]) -> Seed {
    let known = may_change.iter().filter(|named| named.object.key().parse::<uuid::Uuid>().is_ok());
    Seed::of_objects(
        known.map(|Named { name, object }| (object.type_name(), object.key(), name.as_str())),
        EMULATED_DOMAIN,
    )
}

/// The domain that an emulator has without a seed.
const EMULATED_DOMAIN: &str = "contoso.com";

/// Looks whether everybody who calls at one of `steps` can sign in, and is a person where Graph demands one.
///
/// # Errors
///
/// What to configure.
pub fn callers_can_sign_in(
    rehearsal: &Rehearsal,
    steps: &BTreeSet<u8>,
    config: &Config,
) -> Result<(), Vec<Diagnostic>> {
    let mut faults = Vec::new();
    for (actor, calls) in &rehearsal.callers {
        let Some((_, call)) = calls.iter().find(|(step, _)| steps.contains(step)) else { continue };
        match config.actor(actor) {
            Err(fault) => faults.push(Diagnostic::from(&fault).note(format!("{actor} sends {call}"))),
            // Graph refuses an app what is asked of a person: deciding, and listing what one may decide.
            Ok(configured) if actor != ADMINISTRATOR && is_app(&configured.sign_in) => {
                let word = configured.sign_in.word();
                faults.push(
                    Diagnostic::new(
                        "needs-user",
                        format!("{actor} must be a signed-in user, and {word} signs in an app"),
                    )
                    .note(format!("{actor} sends {call}, which Graph refuses to apps"))
                    .help("give the actor sign-in = \"device-code\", \"authorization-code\" or \"password\""),
                );
            }
            Ok(_) => {}
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn is_app(method: &SignInMethod) -> bool {
    matches!(
        method,
        SignInMethod::ClientSecret { .. }
            | SignInMethod::ClientCertificate { .. }
            | SignInMethod::WorkloadIdentity { .. }
            | SignInMethod::ManagedIdentity { .. }
    )
}

/// A path with names in place of ids.
fn named(session: &Session, path: &str) -> String {
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

/// What a body is about: the name of what is created, or the values that are set.
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
struct Rehearsing {
    emulator: EmulatorSession,
    finish: Finish,
    overrides: Overrides,
}

impl Backend for Rehearsing {
    fn profile(&self) -> Profile {
        Profile { finish: self.finish, overrides: self.overrides.clone(), ..self.emulator.profile() }
    }

    fn client(&self) -> &GraphClient {
        self.emulator.client()
    }

    fn actors(&self) -> &dyn Actors {
        self.emulator.actors()
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
}
