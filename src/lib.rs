//! graphwalk runs Microsoft Graph tutorials as tests.
//!
//! A tutorial is a folder of Gherkin features. The way of a request is the same wherever answers come from: a sentence of
//! a feature is bound to a step definition ([`steps`]); that forms a request and gives it to the [`session`]; the session
//! validates what is sent and what comes against [`schema`]s, and sends it with the client of [`graph`]; the [`backend`]
//! answers. What the steps find becomes an outcome ([`runner`]), and outcomes become reports ([`report`]).
//!
//! | module | what is in it |
//! |---|---|
//! | [`tutorial`] | finding and reading features, and their faults |
//! | [`steps`] | step definitions: the sentences of features |
//! | [`session`] | one run of one tutorial: actors, kept values, polls, what was created |
//! | [`runner`] | playing a tutorial on one session or many, with a verdict for every step |
//! | [`config`] | graphwalk.toml, variables, flags: what holds, and where it came from |
//! | [`sign_in`] | how an actor comes to a token |
//! | [`live`] | before a real tenant is touched: which one it is, and what would be written |
//! | [`runs`] | folders of live runs: journal, state, lock |
//! | [`doctor`] | whether tenant, accounts and licence are ready for a live run |
//! | [`graph`] | the HTTP client, exchanges, Graph's errors, its clouds, permissions |
//! | [`schema`] | JSON Schemas made from Graph's metadata: generating, validating, drift |
//! | [`recording`] | HAR files: reading, checking, matching requests |
//! | [`emulator`] | the in-memory tenant: directory, reviews, clock, sign-in, faults |
//! | [`backend`] | where answers come from: a base URL, a token for each actor, a clock |
//! | [`report`] | terminal, JUnit, Cucumber JSON |
//! | [`diagnostic`] | what went wrong, in the one form that every message has |
//! | [`server_text`] | what servers say: shown masked, whichever way |
//! | [`secrets_in_use`] | the traces of the secrets that this process has used |
//! | `terminal_text` | what a terminal may show, broken to fit |
//! | [`private_file`] | files that only their owner can read |
//! | [`harness`] | tutorials as tests of another crate |
//! | [`prelude`] | what step definitions of another crate need |
//! | [`cli`] | the command line: a file a command |

pub mod backend;
pub mod cli;
pub mod config;
pub mod diagnostic;
pub mod doctor;
pub mod graph;
pub mod harness;
pub mod live;
pub mod prelude;
pub mod recording;
pub mod report;
pub mod runner;
pub mod runs;
pub mod session;
pub mod sign_in;
#[path = "../steps/mod.rs"]
pub mod steps;
mod terminal_text;
pub mod tutorial;

pub use graphwalk_emulator as emulator;
pub use graphwalk_schema as schema;
pub use graphwalk_secrets::{in_use as secrets_in_use, private_file};

/// What servers say: shown masked, whichever way.
pub mod server_text {
    pub use graphwalk_emulator as emulator;
    pub use graphwalk_schema as schema;
    pub use graphwalk_secrets::ServerText;
}
