//! A tutorial played beforehand on an emulated tenant: what it would write to a real one, and who would call.
//!
//! [`play_dry_run`] plays it as a configuration would have it played on the real tenant. The doctor derives from it what is needed
//! there, a live run what it would write; [`NotedSession`](noted_session::NotedSession) is played for exports.

pub mod noted_session;
pub mod planned_calls;
mod play;
mod recorded_calls;
mod tenant;

use std::collections::{BTreeMap, BTreeSet};

use graphwalk_catalog::{ApiPath, Catalog};
use graphwalk_recording::ADMINISTRATOR;
use serde_json::Value;

use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::runner::Plan;
use crate::session::guard::JudgedWrite;
use crate::session::{Guard, Session};

use planned_calls::{Occasion, PlannedCall, UnknownCalls};
use recorded_calls::{NamedCall, RecordedCalls};

pub use play::play_dry_run;
pub(crate) use play::requests;
pub(crate) use tenant::{EMULATED_DOMAIN, known_objects};

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
    /// Adds what a session shows that was played; without what a person does elsewhere, if it is played `by_hand`.
    fn add_session(&mut self, session: &mut Session, plan: &Plan, by_hand: bool) {
        self.changed.clone_from(&session.seen.changed);
        self.foreseen.values_mut().flatten().for_each(|line| *line = name_ids(session, line));
        self.acts = session.seen.acts.iter().map(|act| act.act.clone()).collect();
        let aliases = session.naming.aliases();
        let judged = session.guard().into_iter().flat_map(Guard::judged);
        for judged in judged.filter(|judged| !by_hand || judged.call.by_hand.is_none()) {
            self.add_write(judged, plan, session, &aliases);
        }
        let logged = session.calls.take().into_iter();
        self.calls = logged.flat_map(|logged| PlannedCall::calls_of(plan, logged, Occasion::DryRun)).collect();
    }

    /// Adds a write, and what the guard made of it.
    fn add_write(&mut self, judged: &JudgedWrite, plan: &Plan, session: &Session, aliases: &[(String, String)]) {
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

    /// Adds what a recording says of sentences that were not in the dry run.
    fn add_recorded(&mut self, found: RecordedCalls, plan: &Plan, judged: &[JudgedWrite]) {
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

    /// Adds the calls that sentences name which the dry run did not reach.
    fn add_named(&mut self, calls: Vec<PlannedCall>, unknown: Vec<UnknownCalls>) {
        let writes = calls.iter().filter(|call| is_write(call));
        self.writes.extend(writes.map(|call| PlannedWrite::not_in_dry_run(call, call.path.clone())));
        self.writes.sort_by_key(|write| write.step);
        self.calls.extend(calls);
        self.unknown = unknown;
    }

    /// Leaves out what a person does elsewhere. Who has no sign-in here sees there, too, what only that person may list.
    fn leave_out_by_hand(&mut self, config: &Config) {
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
