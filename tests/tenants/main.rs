//! A tutorial on many tenants: shards, their results, one report of all, and that no tenant gets what is another's.

mod canaries;
mod killed;
mod left;
mod merged;
mod page;
#[allow(dead_code)]
#[path = "../live/proxy.rs"]
mod proxy;
mod same_report;
#[allow(dead_code)]
#[path = "../live/served.rs"]
mod served;

use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The program in `folder`, without the configuration of whoever runs the tests.
fn graphwalk(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GRAPHWALK_") || name == "JOB_COMPLETION_INDEX" {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).args(arguments).env("NO_COLOR", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Its exit code, and all that it printed.
fn ended(folder: &Path, arguments: &[&str]) -> (i32, String) {
    told(&graphwalk(folder, arguments).output().unwrap())
}

fn told(output: &Output) -> (i32, String) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap_or(-1), text)
}
