//! Step definitions: the sentences that features are written in, a file a topic.
//!
//! Two layers. [`requests`], [`answers`], [`values`], [`links`] and [`waiting`] are the general vocabulary, with which any call of Graph can be
//! scripted. [`directory`], [`reviews`], [`decisions`] and [`clean_up`] describe what people do; they are built on the same
//! functions of [`Session`](crate::session::Session). No sentence asks which backend answers.

pub mod answers;
pub mod clean_up;
pub mod decisions;
pub mod directory;
mod earlier;
pub mod links;
mod parameters;
pub mod requests;
pub mod reviews;
mod tables;
pub mod values;
pub mod waiting;

use crate::session::Observed;

pub(crate) use earlier::observations_of_version_1;
pub(crate) use parameters::PARAMETERS;
pub use parameters::{Actor, Count, Days, Json, Method, Moment, Pattern, Query, Span, Status, Statuses, Values};

/// This file, as the compiler knows it: the others lie beside it.
pub(crate) const FILE: &str = file!();

/// What these steps observe, in the order in which reports show it.
pub(crate) const OBSERVED: [Observed; 3] = [reviews::STATUS, reviews::INSTANCE_STATUS, directory::MEMBERSHIP];
