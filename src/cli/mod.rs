//! The command line: a file a command. It parses, calls the library, prints, and chooses the exit code.
//!
//! Results go to stdout, diagnostics and progress to stderr; both are coloured only on a terminal.

mod by_hand;
mod check;
mod clean;
mod completions;
mod config;
mod deferred;
mod doctor;
mod editor;
mod emulator_args;
mod export;
mod health;
mod import;
mod last_failed;
mod lint;
mod list;
mod live;
mod manual;
mod merge;
mod output;
mod play;
mod progress;
mod record;
mod recording;
mod recording_import;
mod recording_listing;
mod redact;
mod rehearse;
mod report;
mod report_args;
mod resume;
mod run;
mod runs;
mod scenario_args;
mod schema;
mod serve;
mod serve_log;
mod signals;
mod tenants;
mod trace;
mod values;
mod version;
mod walk;

#[cfg(test)]
mod reference_tests;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use crate::diagnostic::Diagnostic;
use crate::report::ReportError;
use crate::tutorial::{Library, TutorialFaults};

use deferred::Deferred;
use output::PipeTolerant;

/// The exit code of the program. The numbers are a contract that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All passed.
    Passed = 0,
    /// Something failed.
    Failed = 1,
    /// Wrong usage or unreadable input.
    Usage = 2,
    /// Nothing failed, but something could not be judged.
    Blocked = 3,
    /// Nothing failed, and the run waits: `resume` goes on with it.
    Waiting = 4,
}

/// Run Microsoft Graph tutorials as tests.
#[derive(Debug, Parser)]
#[command(
    name = "graphwalk",
    version = version::short(),
    long_version = version::long(),
    max_term_width = 100,
    after_help = "Examples:\n  graphwalk run                                  replay the bundled tutorial\n  graphwalk run --recording my.har --strict      replay a recording of your own\n  graphwalk check --features features            look for faults without running\n\nExit codes: 0 all passed, 1 something failed, 2 wrong usage or unreadable input,\n3 nothing failed but something was blocked, 4 the run waits and can be resumed."
)]
pub(crate) struct Cli {
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show tutorials, their steps and scenarios, and the bundled recordings
    List(Deferred<list::ListArgs>),
    /// Look for faults in features without running them
    Check(Deferred<check::CheckArgs>),
    /// Look for faults in tutorials that are Markdown pages
    #[command(after_help = lint::EXAMPLES)]
    Lint(Deferred<lint::LintArgs>),
    /// Make a tutorial of a Markdown page: features, a recording, a report
    #[command(after_help = import::EXAMPLES)]
    Import(Deferred<import::ImportArgs>),
    /// Write a tutorial as a Postman collection or a .http file
    #[command(after_help = export::EXAMPLES)]
    Export(Deferred<export::ExportArgs>),
    /// Play a tutorial and report what passed and what failed
    #[command(after_help = run::EXAMPLES)]
    Run(Deferred<run::RunArgs>),
    /// Play a live run beforehand, on an emulated tenant: no tenant and no configuration is needed
    #[command(after_help = rehearse::EXAMPLES)]
    Rehearse(Deferred<rehearse::RehearseArgs>),
    /// Play a tutorial and write a redacted recording of it
    #[command(after_help = record::EXAMPLES)]
    Record(Deferred<record::RecordArgs>),
    /// Make reports of the messages that a run kept
    #[command(after_help = report::EXAMPLES)]
    Report(Deferred<report::ReportCommandArgs>),
    /// Show the effective configuration and the source of each value
    Config(Deferred<config::ConfigCommandArgs>),
    /// Write a commented graphwalk.toml to begin with, or what an editor needs
    Init(Deferred<config::InitArgs>),
    /// See whether the tenant, the accounts and the licence are ready for a live run
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(Deferred<doctor::DoctorArgs>),
    /// List live runs, their state, and what they left in the tenant
    Runs(Deferred<runs::RunsArgs>),
    /// Go on with a live run, on another day or after a crash
    Resume(Deferred<resume::ResumeArgs>),
    /// Delete what live runs left in the tenant
    Clean(Deferred<clean::CleanArgs>),
    /// Serve a recorded session or an emulated tenant to any other client
    Serve(Deferred<serve::ServeArgs>),
    /// Check recordings, show what is in them, and clean those of other programs
    Recording(Deferred<recording::RecordingArgs>),
    /// List, show, check and generate schemas
    Schema(Deferred<schema::SchemaArgs>),
    /// Print a completion script for a shell
    Completions(Deferred<completions::CompletionsArgs>),
    /// Write the manual pages
    Man(Deferred<manual::ManArgs>),
    /// See whether a server on this machine answers
    Health(Deferred<health::HealthArgs>),
}

/// Runs the program with its arguments and returns how it ends.
///
/// A program of another crate that links steps of its own runs, checks, records and goes live with them:
///
/// ```no_run
/// // Where the steps are in a library: `use my_steps as _;`
/// fn main() -> std::process::ExitCode {
///     graphwalk::cli::main(std::env::args_os()).into()
/// }
/// ```
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Passed };
            // A closed pipe is the reader's way to say that it has read enough.
            let _ = error.print();
            return code as u8;
        }
    };
    let mut out = PipeTolerant::new(anstream::stdout().lock());
    let ended = dispatch(cli.command, &mut out);
    let flushed = out.flush().map_err(|error| vec![unprintable(error)]);
    match flushed.and(ended) {
        Ok(exit) => exit as u8,
        Err(faults) => {
            let mut err = anstream::stderr().lock();
            for fault in faults {
                let _ = writeln!(err, "{}", fault.render(true));
            }
            Exit::Usage as u8
        }
    }
}

fn dispatch(command: Command, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    match command {
        Command::List(args) => list::list(&args, out),
        Command::Check(args) => check::check(&args, out),
        Command::Lint(args) => lint::lint(&args, out),
        Command::Import(args) => import::import(&args, out),
        Command::Export(args) => export::export(&args, out),
        Command::Run(args) => run::run(&args, out),
        Command::Rehearse(args) => rehearse::rehearse(&args, out),
        Command::Record(args) => record::record(&args, out),
        Command::Report(args) => report::report(&args, out),
        Command::Config(args) => config::config(&args, out),
        Command::Init(args) => config::init(&args, out),
        Command::Doctor(args) => doctor::doctor(&args, out),
        Command::Runs(args) => runs::runs(&args, out),
        Command::Resume(args) => resume::resume(&args, out),
        Command::Clean(args) => clean::clean(&args, out),
        Command::Serve(args) => serve::serve(&args, out),
        Command::Recording(args) => recording::recording(&args, out),
        Command::Schema(args) => schema::schema(&args, out),
        Command::Completions(args) => completions::completions(&args, out),
        Command::Man(args) => manual::man(&args, out),
        Command::Health(args) => health::health(&args, out),
    }
}

/// The tutorials of `folder`, or those that the program carries.
fn library(folder: Option<&Path>) -> Result<Library, TutorialFaults> {
    folder.map_or_else(|| Ok(Library::embedded()), Library::from_folder)
}

fn unprintable(error: std::io::Error) -> Diagnostic {
    ReportError::Terminal(error).into()
}

fn printed(result: std::io::Result<()>) -> Result<(), TutorialFaults> {
    result.map_err(|error| vec![unprintable(error)])
}

/// The origin of features, for the commands that read them.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct FeaturesArg {
    /// Read tutorials from this folder instead of the built-in ones: a folder of `.feature` files, or of such folders
    #[arg(long, value_name = "DIR")]
    pub features: Option<PathBuf>,
}
