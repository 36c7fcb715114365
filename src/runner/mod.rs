//! Playing a tutorial on sessions: step after step, with a deadline for each, and a verdict for every one.
//!
//! cucumber gives the step definitions, their expressions and the parser. Its own runner is not used: it knows no
//! deadline for a step, no *blocked*, loses the structure of a failure, and looks every step up anew in every session.
//! Here a [`Plan`] looks each step up once, for all sessions, which is also when undefined steps are found; [`play`]
//! plays it on one session, and [`sessions::run`] on many at once.

mod definitions;
mod expression;
mod interrupt;
mod kept;
mod literal_ids;
mod live;
mod outcome;
mod plan;
mod play;
mod recorder;
mod selection;
pub mod sessions;

pub use definitions::{Definitions, sentences};
pub use interrupt::Interrupt;
pub use kept::Played;
pub use literal_ids::literal_ids;
pub use live::{LiveRun, LiveSource, Selected};
pub use outcome::{
    FeatureOutcome, ScenarioOutcome, SessionOutcome, StepEnd, StepOutcome, Verdict, VerdictCounts, failure_diagnostic,
};
pub use plan::{Plan, PlannedFeature, PlannedScenario, PlannedStep};
pub use play::{Checkpoint, PlayOptions, Reached, ScenarioEnded, Stage, next, play, play_from};
pub use recorder::{Recorded, Recorder};
pub use selection::Selection;
