//! `graphwalk man`: the manual pages, one a command.

use std::io::Write;
use std::path::PathBuf;

use clap::CommandFactory as _;

use crate::diagnostic::Diagnostic;
use crate::tutorial::TutorialFaults;

use super::{Cli, Exit, printed};

/// Arguments of `graphwalk man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  graphwalk man --out ~/.local/share/man/man1")]
pub struct ManArgs {
    /// The folder for the pages; it is created
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Writes the pages.
///
/// # Errors
///
/// If they cannot be written.
pub fn man(args: &ManArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let folder = args.out.display();
    let written = std::fs::create_dir_all(&args.out).and_then(|()| {
        // The long version has lines of its own: in a page it would be one line of everything.
        clap_mangen::generate_to(Cli::command().long_version(env!("CARGO_PKG_VERSION")), &args.out)
    });
    written.map_err(|error| {
        let fault = Diagnostic::new("man", format!("cannot write the manual pages into {folder}: {error}"));
        vec![fault.help("name a folder that can be written")]
    })?;
    printed(writeln!(out, "wrote the manual pages into {folder}: man {folder}/graphwalk.1"))?;
    Ok(Exit::Passed)
}
