#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod in_use;
pub mod masking;
pub mod private_file;
mod server_text;
pub mod variables;

pub use server_text::ServerText;
