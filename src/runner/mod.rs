//! Playing a tutorial on sessions: step after step, with a deadline for each, and a verdict for every one.
//!
//! Of cucumber are used: the macros with which steps are defined (`given`, `when`, `then`, `World`, `Parameter`), what they
//! register (`registered`, the one file that touches its hidden `codegen`), its expressions, and gherkin's parser. Its own
//! runner is not: it knows no deadline for a step, no *blocked*, no run that goes on on another day, loses the structure of
//! a failure, and looks every step up anew in every session. Here a [`Plan`] looks each step up once, for all sessions,
//! which is also when undefined steps are found; `play` plays it on one session, and `sessions::run` on many at once.

mod definitions;
mod expression;
mod interrupt;
mod kept;
mod literal_ids;
mod live;
mod named_requests;
mod outcome;
mod outline;
mod parameter_kind;
mod plan;
mod play;
mod recorder;
mod registered;
mod selection;
pub mod sessions;

pub use definitions::{Definitions, sentences};
pub use interrupt::Interrupt;
pub use kept::Played;
pub(crate) use kept::mask_texts;
pub use literal_ids::literal_ids;
pub use live::{LiveRun, LiveSource, Selected};
pub use named_requests::NamedRequest;
pub(crate) use outcome::together;
pub use outcome::{
    FeatureOutcome, ScenarioOutcome, SessionOutcome, StepEnd, StepOutcome, Verdict, VerdictCounts, failure_diagnostic,
};
pub use parameter_kind::ParameterKind;
pub use plan::{Plan, PlannedFeature, PlannedScenario, PlannedStep};
pub use play::{Checkpoint, PlayOptions, Reached, ScenarioEnded, Stage, next, play, play_from};
pub use recorder::{Recorded, Recorder};
pub(crate) use registered::Regex;
#[doc(hidden)]
pub use registered::submit;
pub use selection::Selection;
