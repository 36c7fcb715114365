//! Graph over HTTP: one client for every backend, the exchanges it makes, and the errors Graph answers with.

mod client;
mod error;
mod exchange;

pub use client::{ClientError, GraphClient, GraphRequest};
pub use error::GraphError;
pub use exchange::{Exchange, ResponseBody};
