//! `graphwalk rehearse`: the whole way of a live run, against an emulated tenant of this process.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use graphwalk_schema::Schemas;
use graphwalk_secrets::private_file;
use jiff::Timestamp;
use tempfile::TempDir;

use crate::bundled::recordings_of;
use crate::diagnostic::Diagnostic;
use crate::in_words::readable_time;
use crate::live::rehearsal::{Rehearsal, Rehearsed};
use crate::report::ReportFile;
use crate::runner::{Plan, Recorder, Selection, runtime};
use crate::session::RunId;
use crate::terminal_text::{COLUMNS, lines, plain, wrapped};
use crate::tutorial::TutorialFaults;

use super::config::ConfigArgs;
use super::report_args::ReportArgs;
use super::run::{self, PlayResult, RunArgs};
use super::signals::Signals;
use super::values::whole_number;
use super::{Exit, FeaturesArg, library, printed, record};

pub(super) const EXAMPLES: &str = "Examples:
  graphwalk rehearse                       the first tutorial; no configuration
                                           is needed
  graphwalk rehearse guest-review          signs in as graphwalk.toml says, if
                                           there is one
  graphwalk rehearse --features mine       a tutorial of your own
  graphwalk rehearse --finish wait         the days of a review pass at once
  graphwalk rehearse --keep --serve        keep the folder and the tenant, to
                                           try `resume` and `clean`

It signs in, asks the doctor, guards every write, keeps a journal, records and
cleans up as `graphwalk run --on live` does. Nothing leaves this machine, and no
secret of yours is read.
Exit codes as those of `graphwalk run`.";

/// Arguments of `graphwalk rehearse`.
#[derive(Debug, clap::Args)]
pub struct RehearseArgs {
    /// The tutorial; the first built-in one if left out
    pub(super) tutorial: Option<String>,
    #[command(flatten)]
    pub(super) features: FeaturesArg,
    /// A recording of the tutorial, or a folder of them: what the emulator does not model is taken from it
    #[arg(long, value_name = "FILE")]
    pub(super) recording: Vec<PathBuf>,
    /// Play the steps up to this one, and the clean-up
    #[arg(long, value_name = "STEP", value_parser = whole_number::<u8>(1..=255))]
    pub(super) through: Option<u8>,
    /// Fail on values that the schemas do not know
    #[arg(long)]
    pub(super) strict: bool,
    /// Keep the folder of the rehearsal: this one, or one that is made here
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    keep: Option<Option<PathBuf>>,
    /// With --keep: go on serving the tenant as the rehearsal left it, until Ctrl-C
    #[arg(long, requires = "keep")]
    serve: bool,
    #[command(flatten)]
    pub(super) reports: ReportArgs,
    /// Read this file instead of the graphwalk.toml that is found upwards from here
    #[arg(long, value_name = "FILE", help_heading = "Configuration")]
    config: Option<PathBuf>,
    /// End of a review: stop (by the API) or wait (by the clock)
    #[arg(long, value_name = "HOW", help_heading = "Configuration")]
    finish: Option<String>,
}

/// The folder of a rehearsal. One that is not kept is removed with this.
struct RehearsalFolder {
    path: PathBuf,
    temporary: Option<TempDir>,
}

impl RehearsalFolder {
    /// A folder to be kept if `keep` says so: the named one, which must not exist or be empty, or a new one here.
    fn new(keep: Option<&Option<PathBuf>>) -> Result<Self, TutorialFaults> {
        let cannot = |reason: &dyn std::fmt::Display| {
            let fault = Diagnostic::new("rehearsal", format!("no folder can be made for the rehearsal: {reason}"));
            vec![fault.help("name another one with --keep=DIR")]
        };
        let Some(named) = keep else {
            let temporary = TempDir::with_prefix("graphwalk-rehearsal-").map_err(|error| cannot(&error))?;
            return Ok(Self { path: temporary.path().to_owned(), temporary: Some(temporary) });
        };
        let path =
            named.clone().unwrap_or_else(|| PathBuf::from(format!("rehearsal-{}", RunId::new(Timestamp::now()))));
        let is_used = std::fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_some());
        if is_used {
            return Err(cannot(&format_args!("{} is not empty", path.display())));
        }
        private_file::create_folders(&path).map_err(|error| cannot(&error))?;
        let path = path.canonicalize().map_err(|error| cannot(&error))?;
        Ok(Self { path, temporary: None })
    }
}

/// Plays the tutorial on the emulated tenant, and says what a real one would differ in.
///
/// # Errors
///
/// Features, recordings or a configuration cannot be read, or a write is refused.
pub fn rehearse(args: &RehearseArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let started = Instant::now();
    let given = ConfigArgs { config: args.config.clone(), finish: args.finish.clone(), ..ConfigArgs::default() };
    let config = given.load()?;
    let library = library(args.features.features.as_deref())?;
    let tutorial = library.tutorial(args.tutorial.as_deref())?;
    let (page, schemas) = (library.page(&tutorial.name)?, Schemas::embedded());
    let plan = Plan::new(library.tutorial(args.tutorial.as_deref())?)?;
    let selection = Selection::new(&plan, None, args.through).map_err(|fault| vec![*fault])?;
    let recordings = recordings_of(&plan.tutorial, &args.recording)?;
    let folder = RehearsalFolder::new(args.keep.as_ref())?;
    let (plan, selection, recordings) = (&plan, &selection, &recordings[..]);
    let rehearsed = Rehearsed { plan, selection, schemas: &schemas, page, recordings, config };
    let rehearsal = runtime()?.block_on(Rehearsal::begin(rehearsed, &folder.path))?;
    printed(tell_beginning(&rehearsal, &plan.tutorial, &folder, out))?;
    let recorder = Recorder::new(std::slice::from_ref(&tutorial), &schemas)?;
    let run = RunArgs::rehearsing(args, &rehearsal);
    let PlayResult { exit, recorded } = run::play_tutorial(&run, tutorial, schemas, Some(recorder), None, out)?;
    if let Some(recorded) = recorded.filter(|_| exit == Exit::Passed) {
        let file = folder.path.join(format!("{}.har", plan.tutorial));
        record::write(&recorded.recording, ReportFile::create(&file).map_err(|fault| vec![*fault])?)?;
        if folder.temporary.is_none() {
            printed(record::tell(&recorded, &file, out))?;
        }
    }
    printed(tell_differences(&rehearsal, out))?;
    printed(tell_end(&rehearsal, started, out))?;
    let exit = if exit == Exit::Passed && !rehearsal.left().is_empty() { Exit::Failed } else { exit };
    let played = played_again(args, &plan.tutorial);
    match (args.serve, folder.temporary.is_none()) {
        (true, _) => {
            printed(tell_served(&rehearsal, &folder, &played, out))?;
            runtime()?.block_on(async {
                let mut signals = Signals::new();
                tokio::select! {
                    () = signals.next() => {}
                    () = rehearsal.goes_on() => {}
                }
            });
        }
        (false, true) => printed(tell_kept(&rehearsal, &folder, &played, out))?,
        (false, false) => {}
    }
    printed(tell_next(&played, exit, out))?;
    Ok(exit)
}

/// The arguments that name the tutorial to other commands, in whatever folder they run.
fn played_again(args: &RehearseArgs, tutorial: &str) -> String {
    let Some(features) = &args.features.features else { return tutorial.to_owned() };
    let whole = features.canonicalize().unwrap_or_else(|_| features.clone());
    format!("{tutorial} --features '{}'", plain(&whole.display().to_string()).replace('\'', "'\\''"))
}

fn tell_beginning(
    rehearsal: &Rehearsal,
    tutorial: &str,
    folder: &RehearsalFolder,
    out: &mut dyn Write,
) -> io::Result<()> {
    let tenant = rehearsal.config.tenant.as_ref().map(ToString::to_string).unwrap_or_default();
    writeln!(out, "rehearsal of {tutorial}: what a live run does, on an emulated tenant")?;
    writeln!(out, "  tenant  {} at {}", plain(&tenant), rehearsal.address())?;
    let kept = if folder.temporary.is_some() { " (removed at the end)" } else { "" };
    let path = lines(&plain(&folder.path.display().to_string()), "/", COLUMNS - 10);
    writeln!(out, "  folder  {}{kept}\n", path.join("\n          "))?;
    out.flush()
}

fn tell_differences(rehearsal: &Rehearsal, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::from("\na real tenant differs\n");
    for difference in rehearsal.differences() {
        wrapped(&mut text, &format!("  {:<9} ", difference.about), 12, &plain(&difference.text));
    }
    out.write_all(text.as_bytes())
}

fn tell_end(rehearsal: &Rehearsal, started: Instant, out: &mut dyn Write) -> io::Result<()> {
    let left = rehearsal.left();
    match left.is_empty() {
        true => {
            let took = readable_time(started.elapsed());
            writeln!(out, "\nnothing is left in the tenant; rehearsed in {took}")
        }
        false => writeln!(out, "\nleft in the tenant: {}", left.join(", ")),
    }
}

/// Tells how the tenant of a kept folder is served again.
fn tell_kept(rehearsal: &Rehearsal, folder: &RehearsalFolder, tutorial: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nto try `run`, `resume` and `clean` in the folder, serve the tenant as it was at the start:")?;
    tell_folder(folder, out)?;
    for command in rehearsal.served_again() {
        writeln!(out, "  {command}")?;
    }
    writeln!(out, "and in another terminal, with the same variable: graphwalk run {tutorial} --on live --yes")?;
    writeln!(out, "`rehearse --keep --serve` goes on serving it as the rehearsal left it")
}

/// Tells what can be tried while the tenant is served on.
fn tell_served(rehearsal: &Rehearsal, folder: &RehearsalFolder, tutorial: &str, out: &mut dyn Write) -> io::Result<()> {
    let [secret, _] = rehearsal.served_again();
    writeln!(out, "\nthe tenant is served as the rehearsal left it, until Ctrl-C; in another terminal:")?;
    tell_folder(folder, out)?;
    writeln!(out, "  {secret}")?;
    writeln!(out, "  graphwalk clean --purge                    removes what the rehearsal deleted for good")?;
    writeln!(out, "  graphwalk run {tutorial} --on live --yes")?;
    writeln!(out, "                                             kill it, then try `resume` or `clean`")?;
    out.flush()
}

fn tell_folder(folder: &RehearsalFolder, out: &mut dyn Write) -> io::Result<()> {
    let path = folder.path.display().to_string();
    writeln!(out, "  cd '{}'", plain(&path).replace('\'', "'\\''"))
}

/// Says what comes next: the tenant only if it would hold there as well.
fn tell_next(tutorial: &str, exit: Exit, out: &mut dyn Write) -> io::Result<()> {
    let mut next = String::from("\n");
    let then = match exit {
        Exit::Passed => format!("`graphwalk doctor {tutorial}`, then `graphwalk run {tutorial} --on live --plan`"),
        _ => format!("see above what did not pass, then `graphwalk rehearse {tutorial}` again"),
    };
    wrapped(&mut next, "next: ", 6, &then);
    out.write_all(next.as_bytes())
}
