//! Step definitions: the sentences that features are written in, a file a topic.
//!
//! Two layers. [`requests`], [`answers`], [`values`], [`links`], [`waiting`], [`discovery`] and [`outside`] are the general vocabulary, with
//! which any call of Graph can be scripted. [`directory`], [`guests`], [`roles`], [`reviews`], [`decisions`] and [`clean_up`] describe what
//! people do, [`audit_find`], [`audit_course`], [`audit_decisions`] and [`audit_access`] what they did; they are built on the same
//! functions of [`Session`](crate::session::Session). No sentence asks which backend answers.

pub mod answers;
pub mod audit_access;
pub mod audit_course;
pub mod audit_decisions;
pub mod audit_find;
mod audit_log;
mod audit_past;
mod audit_subject;
pub mod clean_up;
pub mod decisions;
pub mod directory;
pub mod discovery;
mod earlier;
pub mod guests;
pub mod links;
mod observed;
pub mod outside;
mod parameters;
pub mod requests;
pub mod reviews;
pub mod roles;
mod same_review;
mod tables;
pub mod values;
pub mod waiting;

use crate::session::Observed;

pub(crate) use earlier::observations_of_version_1;
pub use outside::ObjectType;
pub(crate) use parameters::PARAMETERS;
pub use parameters::{
    Actor, Count, Days, Json, JsonQuery, MethodName, Moment, Pattern, StatusCode, StatusCodes, TimeSpan, Values,
};

/// This file, as the compiler knows it: the others lie beside it.
pub(crate) const FILE: &str = file!();

/// The files of the general vocabulary.
pub(crate) const GENERAL: [&str; 7] =
    ["answers.rs", "discovery.rs", "links.rs", "outside.rs", "requests.rs", "values.rs", "waiting.rs"];

/// Names that steps keep which no sentence says.
pub(crate) const KEPT: [&str; 5] =
    [reviews::REVIEW, reviews::SENT, reviews::INSTANCE, reviews::PERIOD_END, same_review::GROUP];

/// The name under which a sentence of the general vocabulary keeps a value.
pub(crate) fn kept_by(sentence: &str) -> Option<&str> {
    match sentence.rsplit_once(" is kept as \"") {
        Some((_, name)) => name.strip_suffix('"'),
        None => outside::object_of(sentence).map(|(name, _)| name),
    }
}

/// The observations of these steps, in the order in which reports show them.
pub(crate) const OBSERVED: [Observed; 10] = [
    audit_find::NOT_AUDITED,
    observed::POPULATION,
    reviews::STATUS,
    reviews::INSTANCE_STATUS,
    observed::ASKED,
    observed::DECISIONS,
    directory::MEMBERSHIP,
    directory::INDIRECT_MEMBERSHIP,
    roles::HOLDERS,
    observed::SETTINGS,
];
