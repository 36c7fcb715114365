//! Nothing but `features/` and `recordings/`, which tests/tutorials.rs plays.
