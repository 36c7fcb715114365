//! graphwalk with the steps of this crate: it runs, checks, records and goes live with them.

use std::process::ExitCode;

use own_steps as _;

fn main() -> ExitCode {
    graphwalk::cli::main(std::env::args_os()).into()
}
