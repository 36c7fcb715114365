//! Step definitions: the sentences that features are written in, a file a topic.
//!
//! Two layers. [`requests`], [`answers`] and [`waiting`] are the general vocabulary, with which any call of Graph can be
//! scripted. [`directory`], [`reviews`], [`decisions`] and [`clean_up`] tell what people do; they are built on the same
//! functions of [`Session`](crate::session::Session). No sentence asks which backend answers.

pub mod answers;
pub mod clean_up;
pub mod decisions;
pub mod directory;
mod parameters;
pub mod requests;
pub mod reviews;
mod tables;
pub mod waiting;

pub(crate) use parameters::PARAMETERS;

/// This file, as the compiler knows it: the others lie beside it.
pub(crate) const FILE: &str = file!();
