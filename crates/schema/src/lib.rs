#![doc = include_str!("../README.md")]
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
