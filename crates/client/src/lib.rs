#![doc = include_str!("../README.md")]
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub(crate) mod answer_body;
mod backoff;
mod call;
mod client;
mod endpoints;
mod error;
mod exchange;
mod headers;
mod in_words;
mod member_guard;
mod monotonic_time;
mod network;
mod origin;
pub mod paging;
mod retry;
mod server_clock;
pub mod sign_in;
mod tenant;
mod transport;

pub use backoff::{Backoff, retry_after};
pub use call::{CallError, Clock, Course, WallClock};
pub use client::{ClientError, GraphClient, GraphRequest, Reached};
pub use endpoints::Endpoints;
pub use error::GraphError;
pub use exchange::{Attempt, AttemptEnd, Exchange, Recovered, ResponseBody};
pub use graphwalk_catalog::{Cloud, is_loopback};
pub use headers::{FileBody, ResponseHeaders};
pub use monotonic_time::MonotonicTime;
pub use network::{Network, without_userinfo};
pub use retry::{RetriedAfter, Retries, RetryPolicy, RunBudget, is_idempotent, may_pass};
pub use server_clock::ServerTime;
pub use tenant::TenantName;
pub use transport::{ANSWER_LIMIT, ProxyChoice, TransportOptions, USER_AGENT, install_ring};
