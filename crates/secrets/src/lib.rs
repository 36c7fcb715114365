#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod code;
mod command_line;
mod csv;
mod escapes;
mod harmless;
pub mod in_use;
mod json;
mod markdown;
mod marks;
mod masked_json;
pub mod masking;
mod named_values;
mod names;
mod placeholders;
mod plain;
pub mod private_file;
mod search;
mod server_text;
mod shapes;
mod tokens;
pub mod variables;

pub use json::is_twice_named;
pub use masked_json::write_without_secrets;
pub use server_text::ServerText;
