//! The program: arguments in, exit code out. Everything else is in the library.

use std::process::ExitCode;

/// The system's allocator asks the kernel for every few pages that a thread needs, which takes a tenth of a short run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(graphwalk::cli::main(std::env::args_os()))
}
