//! `graphwalk completions`: a completion script for a shell.

use std::io::Write;

use clap::CommandFactory as _;

use crate::tutorial::TutorialFaults;

use super::{Cli, Exit, printed};

/// Arguments of `graphwalk completions`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  graphwalk completions bash \\\n    > ~/.local/share/bash-completion/completions/graphwalk"
)]
pub struct CompletionsArgs {
    /// The shell
    shell: clap_complete::Shell,
}

/// Prints the script.
///
/// # Errors
///
/// If it cannot be printed.
pub fn completions(args: &CompletionsArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "graphwalk", &mut script);
    printed(out.write_all(&script))?;
    Ok(Exit::Passed)
}
