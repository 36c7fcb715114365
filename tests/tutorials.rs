//! Every tutorial on every offline backend, a test a scenario: over every recording, and on the emulator.

fn main() -> std::process::ExitCode {
    graphwalk::harness::main("features", "recordings")
}
