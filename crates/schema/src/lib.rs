//! JSON Schemas made from Graph's own metadata, and what they say of a payload.
//!
//! [`generate`] turns CSDL into JSON Schema 2020-12, with what the metadata lacks from `schemas/overlay.toml`. The files
//! under `schemas/v1.0` are its output. [`Schemas`] validates with them: what a type can never be is a violation; what
//! may be a newer Graph than the metadata is drift.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod csdl;
mod document;
mod error;
mod findings;
pub mod generate;
mod operations;
mod overlay;
mod quick;
#[cfg(test)]
mod quick_tests;
mod store;
mod validate;
mod write_only;

pub use error::{GenerateError, SchemaError};
pub use findings::{Finding, Findings};
pub use operations::{Operation, Shape};
pub use validate::Schemas;
pub use write_only::is_write_only;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
