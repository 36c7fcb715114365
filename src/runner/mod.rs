//! Playing a tutorial on sessions: step after step, with a deadline for each, and a verdict for every one.
//!
//! cucumber's own runner is not used: it knows no deadline for a step, no *blocked*, no run that goes on on another day, loses
//! the structure of a failure, and looks up every step again in every session. What of cucumber is used, the module `sentences`
//! says. Here a [`Plan`] looks each step up once, for all sessions,
//! which is also when undefined steps are found; `play` plays it on one session, and `sessions::run` on many at once.

mod audience;
mod discovery;
mod interrupt;
mod kept;
mod literal_ids;
mod live;
mod named_requests;
mod outcome;
mod plan;
mod play;
mod recorder;
mod replay_servers;
mod runtime;
mod selection;
pub mod sessions;
mod shared;
mod until;
mod unused;

pub(crate) use audience::Audience;
pub(crate) use discovery::Discovery;
pub use interrupt::Interrupt;
pub(crate) use kept::Played;
pub(crate) use kept::interned;
pub(crate) use literal_ids::literal_ids;
pub(crate) use live::{LiveRun, LiveSource, Selected};
pub(crate) use named_requests::{NamedRequest, OutsideObject};
pub use outcome::{FeatureOutcome, ScenarioOutcome, SessionOutcome, Verdict};
pub(crate) use outcome::{StepEnd, StepOutcome, VerdictCounts, failure_diagnostic};
pub(crate) use outcome::{session_verdict, together};
pub use plan::Plan;
pub(crate) use plan::{PlannedFeature, PlannedScenario, PlannedStep, SentenceIndex, StepSource};
pub(crate) use play::{Checkpoint, PlayContext, ReachedScenario, next, play_from};
pub use play::{PlayOptions, play};
pub(crate) use recorder::RecordedRun;
pub use recorder::Recorder;
pub(crate) use runtime::runtime;
pub use selection::{Selection, TutorialPart};

pub(crate) use shared::LiveReads;
pub use shared::{SharedRecording, SharedSource, SharedTenant};
pub(crate) use until::{ScenarioPlace, file_and_line};
pub(crate) use unused::unused;
