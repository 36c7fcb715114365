//! graphwalk runs Microsoft Graph tutorials as tests.
//!
//! A tutorial is a folder of Gherkin features. They are played on a recorded session, on a Graph that lives in memory with a
//! clock that can be moved, or on a real tenant. There are three ways to use it.
//!
//! # The program
//!
//! `graphwalk run` plays a tutorial and reports, `check` finds faults in features, `record` makes a recording: see the README.
//!
//! # Your features, in your own tests
//!
//! ```no_run
//! // tests/tutorials.rs, with `harness = false` in Cargo.toml: a test a scenario.
//! fn main() -> std::process::ExitCode {
//!     graphwalk::harness::main("features", "recordings")
//! }
//! ```
//!
//! [`harness`] describes the options.
//!
//! # Your own steps
//!
//! ```
//! // src/lib.rs of your crate, which has `cucumber = "0.23"` beside graphwalk.
//! use graphwalk::prelude::*;
//!
//! #[then(expr = "{actor} is allowed to read {string}")]
//! async fn may_read(session: &mut Session, actor: Actor, path: String) -> StepResult {
//!     session.send(&Call::new(&actor.0, "GET", path)).await?;
//!     session.expect_status(200)?;
//!     Ok(())
//! }
//! ```
//!
//! ```no_run
//! // src/main.rs: a graphwalk that knows them.
//! fn main() -> std::process::ExitCode {
//!     graphwalk::cli::main(std::env::args_os()).into()
//! }
//! ```
//!
//! [`prelude`] has what steps need. `examples/` has a crate for each way. Tests of a program that calls Graph need no features:
//! they start an [`emulator`].
//!
//! Modules that this page does not show are the program's own, and change without notice.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

// The way of a request is the same wherever answers come from: a sentence of a feature is bound to a step definition (steps);
// that forms a request and gives it to the session; the session validates what is sent and what comes against schemas, and
// sends it with the client of graph; the backend answers. What the steps find becomes an outcome (runner), and outcomes become
// reports (report).
//
// What is hidden is public for the tests of this package, and no further than they need it: those of the client bring a
// backend of their own (backend, session, diagnostic; the parts of a session that the runner uses are hidden, too), those
// of the doctor ask it without a process (doctor, config, runs), others plan and play parts of a tutorial and look at the
// outcome (tutorial, runner, report). What `register_…!` expands to in other crates is there too (sentences). Everything
// else of these modules is `pub(crate)`: a test of the program goes through the program.

pub mod cli;
pub mod harness;
pub mod prelude;

// Where answers come from: a base URL, a token for each actor, a clock.
#[doc(hidden)]
pub mod backend;
// The recordings that the program carries.
mod bundled;
// Faults of a tutorial that are found without playing it.
mod check;
// graphwalk.toml, variables, flags: what holds, and where it came from.
#[doc(hidden)]
pub mod config;
// What went wrong, in the one form that every message has.
#[doc(hidden)]
pub mod diagnostic;
// Whether tenant, accounts and licence are ready for a live run.
#[doc(hidden)]
pub mod doctor;
// A tutorial played beforehand on an emulated tenant: what it would write to a real one, and who would call.
mod dry_run;
// Tutorials for other programs: Postman collections, .http files.
mod export;
// What looks like an id that a service gave.
mod id_shape;
// Numbers and lengths of time as a person reads them.
mod in_words;
// Before a real tenant is touched: which one it is, and whether it is ready.
mod live;
// Tutorials as Markdown pages: read, judged, imported.
#[doc(hidden)]
pub mod page;
// Terminal, JUnit, Cucumber JSON.
#[doc(hidden)]
pub mod report;
// Playing a tutorial on one session or many, with a verdict for every step.
#[doc(hidden)]
pub mod runner;
// Folders of live runs: journal, state, lock.
#[doc(hidden)]
pub mod runs;
// Which step definition a sentence is bound to.
#[doc(hidden)]
pub mod sentences;
// One run of one tutorial: actors, kept values, polls, what was created.
#[doc(hidden)]
pub mod session;
// Step definitions: the sentences of features.
#[path = "../steps/mod.rs"]
mod steps;
// Hundreds of tenants: shards, their results, one report of all.
mod tenants;
// What a terminal may show, broken to fit.
mod terminal_text;
// Finding and reading features, and their faults.
#[doc(hidden)]
pub mod tutorial;

pub use graphwalk_emulator as emulator;

// The server of tests/client names this crate; the tests of single layers use it as well.
#[cfg(test)]
extern crate self as graphwalk;
