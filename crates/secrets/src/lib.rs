#![doc = include_str!("../README.md")]

pub mod in_use;
pub mod masking;
pub mod private_file;
mod server_text;
pub mod variables;

pub use server_text::ServerText;
