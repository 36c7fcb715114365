//! The tutorials of this crate, a test a scenario: `cargo test -p own-steps`.

use std::process::ExitCode;

use own_steps as _;

fn main() -> ExitCode {
    graphwalk::harness::main("features", "recordings")
}
