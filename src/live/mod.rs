//! Before a real tenant is touched: whether it is the one that is meant, and whether it is ready.
//!
//! [`gate::open`] signs the administrator in and compares tenants; [`start::start`] plays a dry run before, which lists every write
//! and every caller, asks the doctor behind it, and begins a run.

pub mod gate;
pub mod rehearsal;
pub mod start;
pub mod terminal;
