//! `graphwalk record`: play a tutorial, and keep a redacted recording of it.

use std::io::Write;
use std::path::{Path, PathBuf};

use graphwalk_recording::Recording;
use graphwalk_recording::redact::Redacted;

use crate::diagnostic::Diagnostic;
use crate::in_words::{counted, counted_as};

use crate::report::ReportFile;
use crate::runner::{RecordedRun, Recorder};
use crate::terminal_text::{COLUMNS, lines};
use crate::tutorial::TutorialFaults;

use super::run::{self, RunArgs};
use super::{Exit, printed};

pub(super) const EXAMPLES: &str = "Examples:
  graphwalk record                                 writes TUTORIAL.har
  graphwalk record --on replay --recording my.har --out redacted.har
  graphwalk record --out mine.har --keep-failed    also if something failed

The recording is redacted before it is written: see `graphwalk recording redact
--help`. If the run does not pass, nothing is written, and the exit code is that
of `graphwalk run`.";

/// Arguments of `graphwalk record`.
#[derive(Debug, clap::Args)]
pub struct RecordArgs {
    /// The recording to write; the tutorial's name with `.har`, which must not exist yet, if left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the recording also if the run does not pass
    #[arg(long)]
    keep_failed: bool,
    #[command(flatten)]
    run: RunArgs,
}

/// Plays the tutorial, reports as `run` does, and writes the recording.
///
/// # Errors
///
/// Features, recordings or a configuration cannot be read, a write is refused, or an output cannot be written.
pub fn record(args: &RecordArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    if args.run.tenants.file.is_given() || args.run.detach {
        let message = "a recording is one of a single tenant, from its beginning to its end";
        return Err(vec![Diagnostic::new("usage", message).help("leave out --tenants and --detach")]);
    }
    let tutorial = run::tutorial(&args.run)?;
    let schemas = run::schemas(args.run.schemas()).map_err(|fault| vec![*fault])?;
    let path = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("{}.har", tutorial.name)));
    if args.out.is_none() && path.exists() {
        let message = format!("{} already exists", path.display());
        return Err(vec![Diagnostic::new("output", message).help("name a file with --out: it may be an existing one")]);
    }
    // Before anything runs: a session of days should not end with a file that cannot be written.
    let file = ReportFile::create(&path).map_err(|fault| vec![*fault])?;
    let recorder = Recorder::new(std::slice::from_ref(&tutorial), &schemas)?;
    let played = run::play_tutorial(&args.run, tutorial, schemas, Some(recorder), None, out)?;
    let passed = played.exit == Exit::Passed;
    match played.recorded {
        Some(recorded) if passed || args.keep_failed => {
            write(&recorded.recording, file)?;
            printed(tell(&recorded, &path, out))?;
        }
        Some(_) => printed(writeln!(out, "\nnot recorded, because the run did not pass; --keep-failed records it"))?,
        None => printed(writeln!(out, "\nnot recorded, because nothing was answered"))?,
    }
    Ok(played.exit)
}

/// Puts a redacted recording into its file, unless a secret is left in it.
pub(super) fn write(recording: &Recording, mut file: ReportFile) -> Result<(), TutorialFaults> {
    let text = har(recording)?;
    file.write(text.as_bytes()).and_then(|()| file.finish()).map_err(|fault| vec![*fault])
}

/// The text of a redacted recording, looked over once more.
pub(super) fn har(recording: &Recording) -> Result<String, TutorialFaults> {
    recording.to_clean_har().map_err(|leaks| {
        let places = leaks.iter().map(|leak| format!("{}: {}", leak.pointer, leak.kind));
        vec![
            Diagnostic::new("secret", "a secret is left after redaction, so nothing was written")
                .notes(places)
                .help("this is a fault of graphwalk: please report it, without the file"),
        ]
    })
}

/// Says what was recorded where.
pub(super) fn tell(recorded: &RecordedRun, path: &Path, out: &mut dyn Write) -> std::io::Result<()> {
    let count = recorded.recording.exchanges.len();
    writeln!(out, "\nrecorded {} in {}", counted(count, "exchange"), path.display())?;
    tell_redacted(&recorded.redacted, out)
}

/// Tells what redaction did, within 80 columns.
pub(super) fn tell_redacted(redacted: &Redacted, out: &mut dyn Write) -> std::io::Result<()> {
    let of_kind = |(one, several): (&str, &str), count| counted_as(count, one, several);
    let parts: Vec<String> = redacted.pseudonyms.iter().map(|(kind, count)| of_kind(kind.words(), *count)).collect();
    let told = if parts.is_empty() { "none".to_owned() } else { parts.join(", ") };
    let told = lines(&told, ", ", COLUMNS - 14);
    writeln!(out, "  pseudonyms  {}", told.join("\n              "))?;
    let secrets = if redacted.secrets == 0 { "none".to_owned() } else { counted(redacted.secrets, "secret") };
    writeln!(out, "  dropped     {secrets}")
}
