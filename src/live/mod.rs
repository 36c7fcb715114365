//! Before a real tenant is touched: whether it is the one that is meant, and what would be sent to it.
//!
//! [`gate::open`] signs the administrator in and compares tenants; [`dry_run::play_dry_run`] plays a tutorial on an emulated
//! tenant first, which lists every write and every caller beforehand; [`start::start`] does both and begins a run.

pub mod dry_run;
pub mod gate;
pub mod noted_session;
pub mod planned_calls;
mod recorded_calls;
pub mod rehearsal;
pub mod start;
pub mod terminal;
