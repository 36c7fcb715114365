//! One run of one tutorial: who calls, what was kept, what was created, what was seen.
//!
//! A [`Session`] is the `World` of cucumber: every step definition works on it and on nothing else. It sends requests as
//! an actor, validates both payloads, keeps values under names, and remembers what the report shows at the end. It does
//! not know which backend answers.

mod acts;
mod advice;
mod call;
mod call_log;
mod captures;
mod cleaner;
mod created;
mod deadline;
mod doing;
mod echo;
mod expect;
mod expectation;
mod failure;
mod file_bodies;
mod found;
pub(crate) mod guard;
pub mod journal;
mod lack;
mod layers;
mod left_time;
mod lifecycle;
mod links;
mod lookup;
mod mismatches;
mod naming;
mod narrowing;
mod object_id;
mod observations;
mod outside;
mod placeholders;
mod poll;
mod reading;
mod run_id;
mod script;
mod send;
mod settle;
pub(crate) mod shared_text;
mod state;
mod traced;
mod volatile;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use graphwalk_catalog::Resources;
use graphwalk_client::{Exchange, RetryPolicy, RunBudget};
use graphwalk_schema::Schemas;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::backend::{Backend, Consistency, Profile};
use crate::tutorial::FilesBeside;

pub use acts::PersonalAct;
pub use call::Call;
pub(crate) use call_log::batch_parts;
pub(crate) use call_log::{CallLog, LoggedCall};
pub(crate) use captures::Captures;
pub use captures::Template;
pub(crate) use cleaner::{Cleaned, Cleaner, Supplemented};
pub(crate) use created::Created;
pub(crate) use deadline::StepDeadline;
pub(crate) use doing::Doing;
pub use expectation::{Expectation, HeaderExpectation, HowMany, Spot, When};
pub use failure::{Block, Failure, Raised, Skip, StepResult};
pub use found::FoundSession;
pub(crate) use guard::Guard;
pub(crate) use layers::freshness::Lag;
pub use layers::freshness::LagKind;
pub(crate) use layers::traffic::{HeldExchange, Traffic, Watcher};
pub(crate) use layers::{ExchangeLog, Journalled};
pub use left_time::TimeLeft;
pub(crate) use left_time::{BeforeLongWait, LongWait};
pub use lifecycle::Lifecycle;
pub(crate) use lifecycle::{IllegalTransition, SeenState, Timeline};
pub use lookup::Lookup;
pub use mismatches::Mismatches;
pub(crate) use mismatches::typed;
pub(crate) use naming::Naming;
pub(crate) use object_id::ObjectId;
pub(crate) use observations::Heading;
pub use observations::{Observation, Observations, Observed, RosterMoment};
pub use outside::OutsideValues;
pub(crate) use placeholders::{FARTHEST_DAY, is_given, names_in, placeholder_spans, sole_name, too_far_days};
pub use poll::{Poll, Probe};
pub use reading::Reading;
pub(crate) use run_id::{Mark, NotARunId, RunId};
pub(crate) use script::{Script, ScriptEvent, ScriptLine, ScriptedCall};
pub(crate) use state::StateError;
pub use state::{NextScenario, SessionState, Settles};
pub(crate) use traced::mask_texts;
pub use traced::{EarlierAttempt, TracedExchange, TracedMessage, Tracing};
pub(crate) use volatile::differing;

/// The state of one run of one tutorial.
///
/// Steps send requests with [`Session::send`] and judge the last answer with [`Session::expect_status`] and [`Mismatches`]; what
/// they keep for later steps lies in [`Session::captures`]. The [prelude](crate::prelude) has an example.
#[derive(cucumber::World)]
#[world(init = Self::without_backend)]
pub struct Session {
    backend: Rc<dyn Backend>,
    /// The settings of the backend that the session uses.
    profile: Profile,
    /// The layers that its requests pass.
    layers: layers::Validate,
    /// The exchanges of the running step, for reports.
    pub(crate) traffic: Traffic,
    /// Values that steps kept under names.
    pub captures: Captures,
    /// The objects that the session created, and whether it deleted them again.
    #[doc(hidden)]
    pub created: Created,
    /// The names of what it creates.
    pub(crate) naming: Naming,
    /// The resources that it may create on a real tenant.
    #[doc(hidden)]
    pub resources: Resources,
    /// The observations that the report shows of the session beside its steps.
    #[doc(hidden)]
    pub seen: Seen,
    /// Its calls, if somebody asks what the tutorial needs.
    #[doc(hidden)]
    pub calls: CallLog,
    /// The script of what it does, if somebody writes that down for another program.
    pub(crate) script: Script,
    /// The time that the step that is running may still take.
    #[doc(hidden)]
    pub deadline: StepDeadline,
    /// The activity of the running step.
    pub(crate) doing: Doing,
    /// The files beside the feature that is played.
    pub(crate) files: FilesBeside,
    /// The ids of objects that were there before, as a user gives them.
    pub(crate) given: OutsideValues,
    /// Those that steps have taken, by their names.
    outside: BTreeMap<String, String>,
    /// Headers that the next request carries beside its own.
    pub(crate) next_headers: Vec<(String, String)>,
    /// The body that was sent last in the scenario.
    sent: Option<echo::SentBody>,
    last: Option<Rc<Exchange>>,
    /// The last read, to be repeated where reads may lag.
    last_read: Option<Call>,
    place: StepPlace,
    cleaning_up: bool,
    resumed: bool,
    leavable: Cell<Option<Timestamp>>,
    /// Whether it is left where it may be, for another process to go on with it; and told when it may.
    pub(crate) detaches: bool,
    to_be_left: Rc<Notify>,
    /// Whether the feature that is played finds sessions, and those that it found.
    discovers: bool,
    found: Vec<FoundSession>,
    /// The act that a person is waited for to do.
    waits_for_act: Option<String>,
    /// The rest of a wait that another process left, until this one has come to it.
    left_time: Option<TimeLeft>,
    /// Called before each wait during which the session may be left.
    pub(crate) before_long_wait: Option<BeforeLongWait>,
}

/// The observations of a session that the report shows in addition to verdicts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Seen {
    /// The observations of steps beside what they assert.
    #[serde(default)]
    pub observations: Observations,
    /// The values that the schemas do not know; a failure only under `--strict`.
    pub drift: Vec<Drift>,
    /// The number of exchanges that were made, all attempts counted.
    pub exchanges: usize,
    /// The number of those that were made because the one before had failed.
    pub repeated: usize,
    /// The writes that reads after them did not see, or not all.
    pub lags: Vec<Lag>,
    /// The requests that were sent otherwise than features ask for, and why.
    pub changed: Vec<String>,
    /// The number of payloads that were validated against a schema.
    pub validated: usize,
    /// The number of payloads for which no schema was known.
    pub unvalidated: usize,
    /// The number of values of beta that were not judged, since its metadata does not declare them.
    #[serde(default)]
    pub unjudged: usize,
    /// The acts of persons elsewhere.
    #[serde(default)]
    pub acts: Vec<PersonalAct>,
}

/// A payload that the schemas do not know of, at the step that met it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    /// The feature file and line of the step.
    pub place: StepPlace,
    /// The request it belongs to.
    pub request: String,
    /// JSON pointer, what was expected, what came.
    pub finding: String,
}

/// `FILE:LINE: FINDING`.
impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.finding)
    }
}

/// The place where a step stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepPlace {
    /// The feature file, as reports name it.
    #[serde(with = "shared_text")]
    pub file: Arc<str>,
    /// The line in it; 1 for the first.
    pub line: usize,
}

impl StepPlace {
    /// The file without its folder, and the line: `01-create-test-users.feature:7`.
    pub fn short(&self) -> String {
        let file = self.file.rsplit(['/', '\\']).next().unwrap_or_default();
        format!("{file}:{}", self.line)
    }
}

/// `FILE:LINE`.
impl fmt::Display for StepPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// cucumber was asked to make a session by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a session is made by graphwalk's runner, which knows the backend")]
pub struct NoBackend;

impl Seen {
    /// Counts an exchange, and the attempts before it.
    fn count(&mut self, repeated: usize) {
        self.exchanges += 1 + repeated;
        self.repeated += repeated;
    }
}

impl Session {
    /// A session on `backend`; `strict` makes drift a failure.
    #[doc(hidden)]
    pub fn new(backend: Rc<dyn Backend>, schemas: Schemas, strict: bool) -> Self {
        let today = backend.clock().today();
        let profile = backend.profile();
        let deadline = StepDeadline::after(Duration::from_secs(60));
        Self {
            layers: layers::stacked((&backend, &profile), schemas, strict, &deadline),
            profile,
            last_read: None,
            traffic: Traffic::default(),
            backend,
            captures: Captures::new(today),
            created: Created::default(),
            naming: Naming::default(),
            resources: Resources::default(),
            seen: Seen::default(),
            calls: CallLog::default(),
            script: Script::default(),
            deadline,
            doing: Doing::default(),
            left_time: None,
            files: FilesBeside::None,
            given: OutsideValues::default(),
            outside: BTreeMap::new(),
            next_headers: Vec::new(),
            sent: None,
            last: None,
            place: StepPlace::default(),
            cleaning_up: false,
            resumed: false,
            leavable: Cell::new(None),
            detaches: false,
            to_be_left: Rc::default(),
            discovers: false,
            found: Vec::new(),
            waits_for_act: None,
            before_long_wait: None,
        }
    }

    /// cucumber makes a `World` out of nothing; a session needs a backend, so only the runner makes one.
    fn without_backend() -> Result<Self, NoBackend> {
        Err(NoBackend)
    }

    /// Returns where answers come from.
    #[doc(hidden)]
    pub fn backend(&self) -> &dyn Backend {
        self.backend.as_ref()
    }

    /// Returns the settings that the session uses there.
    #[doc(hidden)]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The schemas that payloads are validated against.
    pub(crate) fn schemas(&self) -> &Schemas {
        self.layers.schemas()
    }

    /// Says how often a call is tried, and how often all of them together.
    #[doc(hidden)]
    pub fn limit_retries(&mut self, policy: RetryPolicy, budget: RunBudget) {
        let retries = &mut self.layers.look_up_mut().retries;
        retries.policy = policy;
        retries.limit(budget);
    }

    /// Begins a scenario: it cannot look at an answer that an earlier one got. `cleaning_up` says whether it deletes what
    /// others created.
    #[doc(hidden)]
    pub fn enter_scenario(&mut self, cleaning_up: bool) {
        self.script.keeps(&self.captures);
        self.script.enter_scenario();
        self.last = None;
        self.last_read = None;
        self.sent = None;
        self.next_headers.clear();
        self.traffic.forget_last();
        if cleaning_up && !self.cleaning_up {
            // Whatever the tutorial has spent on trying again: what it created is to be deleted.
            self.layers.look_up_mut().retries.renew();
        }
        self.cleaning_up = cleaning_up;
    }

    /// Tells the session which step runs next, for the messages that name it.
    #[doc(hidden)]
    pub fn enter_step(&mut self, file: Arc<str>, line: usize) {
        self.place = StepPlace { file, line };
        self.script.enter_step(&self.place, &self.captures);
        self.doing = Doing::default();
    }

    /// `template` with its names filled in: see `Captures::fill`.
    ///
    /// # Errors
    ///
    /// Unwinds as a failure if a name is not kept; while cleaning up as a skip, since what was never created need not be
    /// deleted.
    pub fn fill(&self, template: &str, kind: Template) -> Result<String, Raised> {
        match self.captures.fill(template, kind, self.backend.clock().now()) {
            Ok(filled) => Ok(filled),
            Err(failure) if self.cleaning_up && failure.code == captures::UNKNOWN => {
                Err(Skip(format!("there is nothing to clean up: {}", failure.message)).into())
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Returns whether an earlier process began what this one goes on with.
    pub(crate) fn is_resumed(&self) -> bool {
        self.resumed
    }

    /// Puts an earlier answer back as the last one, for the message that mentions it.
    pub(crate) fn look_back_at(&mut self, exchange: Exchange) {
        self.last = Some(Rc::new(exchange));
    }

    /// Waits until it is `until` on the backend's clock; the time does not count as the step's.
    pub async fn wait_until(&self, until: Timestamp) {
        self.deadline.without(self.backend.clock().wait_until(until)).await;
    }

    /// Returns the range in which the time of the backend's clock lies now; a server may be asked for it.
    pub async fn ask_time(&self) -> RangeInclusive<Timestamp> {
        self.backend.clock().ask_time().await
    }

    /// Waits until `span` has passed; the time does not count as the step's.
    pub(super) async fn sleep(&self, span: SignedDuration) {
        self.layers.look_up().sign_in.sleep(span).await;
    }

    /// Returns the time until which the session waits, if it may be left meanwhile.
    pub(crate) fn waits_until(&self) -> Option<Timestamp> {
        self.leavable.get()
    }

    /// Returns what is notified when the session waits for so long that it is to be left; never where it is not.
    pub(crate) fn is_to_be_left(&self) -> Rc<Notify> {
        Rc::clone(&self.to_be_left)
    }

    /// Returns whether reads may miss what was written just before.
    fn is_eventual(&self) -> bool {
        self.profile.consistency == Consistency::Eventual
    }
}

/// Without values, requests and answers, which may hold passwords.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, place, captures, created, .. } = self;
        let mut shown = f.debug_struct("Session");
        shown.field("backend", backend).field("place", place).field("captures", captures).field("created", created);
        shown.field("log", self.log()).finish_non_exhaustive()
    }
}
