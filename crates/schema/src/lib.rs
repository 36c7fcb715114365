//! JSON Schemas made from Graph's own metadata, and what they say of a payload.
//!
//! [`Schemas`] makes the JSON Schema (2020-12) of a type from the catalog when it is first needed, and validates with it: what a
//! type can never be is a violation; what may be a newer Graph than the metadata is drift.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod answers;
mod document;
mod error;
mod extent;
mod findings;
mod folder;
mod keywords;
mod operations;
mod quick;
#[cfg(test)]
mod quick_tests;
mod store;
mod validate;

pub use error::SchemaError;
pub use extent::Extent;
pub use findings::{FindingKind, Findings, SchemaFinding};
pub use folder::Unwritable;
pub use operations::{OperationTypes, Shape};
pub use validate::{Schemas, with_whole_tags};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
