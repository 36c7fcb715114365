//! `graphwalk export`: the files, and what the programs that they are for make of them.

mod engines;
mod files;

use assert_cmd::Command;

/// A tutorial in a format, as the program prints it.
fn exported(arguments: &[&str]) -> String {
    let output = graphwalk().arg("export").args(arguments).args(["--out", "-"]).assert().success().get_output().clone();
    String::from_utf8(output.stdout).unwrap()
}

fn graphwalk() -> Command {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1");
    command
}
