//! The tutorials of this crate, a test a scenario: `cargo test -p own-features`.

fn main() -> std::process::ExitCode {
    graphwalk::harness::main("features", "recordings")
}
