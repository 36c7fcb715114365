//! `graphwalk recording`: looking at recordings, and checking them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::recording::{self, Finish, RecordedExchange, Recording, RequestBody, secrets};
use crate::tutorial::Faults;

use super::{Exit, printed};

/// Columns of a listing.
const WIDTH: usize = 80;

/// Arguments of `graphwalk recording`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk recording show my.har\n  graphwalk recording show my.har --entry 12\n  graphwalk recording check recordings"
)]
pub struct RecordingArgs {
    #[command(subcommand)]
    command: RecordingCommand,
}

#[derive(Debug, clap::Subcommand)]
enum RecordingCommand {
    /// Look for secrets and for what a replay would have to guess
    Check {
        /// Recordings, or folders of them
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// List the exchanges of a recording, or print one of them
    Show {
        /// The recording
        file: PathBuf,
        /// Print this exchange whole; 1 for the first of the file
        #[arg(long, value_name = "N")]
        entry: Option<usize>,
    },
}

/// Runs the command.
///
/// # Errors
///
/// If a recording cannot be read.
pub fn recording(args: &RecordingArgs, out: &mut dyn Write) -> Result<Exit, Faults> {
    match &args.command {
        RecordingCommand::Check { files } => check(files, out),
        RecordingCommand::Show { file, entry: None } => {
            printed(list(&read(file)?, out))?;
            Ok(Exit::Passed)
        }
        RecordingCommand::Show { file, entry: Some(number) } => {
            let recording = read(file)?;
            let Some(exchange) = recording.exchanges.iter().find(|exchange| exchange.entry == *number) else {
                let message = format!("{} has no entry {number}: it has {}", recording.name, recording.exchanges.len());
                return Err(vec![Diagnostic::new("recording", message)]);
            };
            printed(show(exchange, out))?;
            Ok(Exit::Passed)
        }
    }
}

fn read(file: &Path) -> Result<Recording, Faults> {
    Recording::read(file).map_err(|error| vec![Diagnostic::from(&error)])
}

fn check(files: &[PathBuf], out: &mut dyn Write) -> Result<Exit, Faults> {
    let (mut faults, mut leaking) = (Faults::new(), 0);
    for path in files {
        let found = recording::find(path).map_err(|error| vec![Diagnostic::from(&error)])?;
        for file in found {
            match read(&file) {
                Ok(recording) => {
                    let leaks = leaks(&file);
                    leaking += usize::from(!leaks.is_empty());
                    printed(tell(&recording, &leaks, out))?;
                }
                Err(unreadable) => faults.extend(unreadable),
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(if leaking > 0 { Exit::Failed } else { Exit::Passed })
}

/// The file was read as a recording before, so that it is JSON.
fn leaks(file: &Path) -> Vec<secrets::Leak> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let har: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
    secrets::leaks(&har)
}

fn tell(recording: &Recording, leaks: &[secrets::Leak], out: &mut dyn Write) -> io::Result<()> {
    let exchanges = &recording.exchanges;
    let verdict = if leaks.is_empty() { "no secrets found" } else { "SECRETS LEFT" };
    writeln!(out, "{}: {} exchanges, {verdict}", recording.name, exchanges.len())?;
    for leak in leaks {
        writeln!(out, "  secret   {} ({})", leak.pointer, leak.kind)?;
    }
    let without = |word: &str, count: usize| (count > 0).then(|| format!("{count} exchanges without {word}"));
    let count = |holds: fn(&RecordedExchange) -> bool| exchanges.iter().filter(|exchange| holds(exchange)).count();
    let notes = [
        recording.reordered.then(|| "entries out of the order of time: they are replayed in that order".to_owned()),
        without("_actor: the administrator is taken for the caller", count(|e| !e.actor_known)),
        without("_step", count(|e| e.step.is_none())),
        without("_provenance", count(|e| e.provenance == recording::Provenance::Unknown)),
        without("a JSON body in the answer", count(|e| !e.response.is_empty() && e.response_json().is_none())),
    ];
    for note in notes.into_iter().flatten() {
        writeln!(out, "  note     {note}")?;
    }
    Ok(())
}

fn list(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", recording.name)?;
    let counts: Vec<String> =
        recording.provenance_counts().iter().map(|(word, count)| format!("{count} {word}")).collect();
    writeln!(out, "tutorial    {}", recording.tutorial.as_deref().unwrap_or("not said"))?;
    writeln!(out, "exchanges   {} ({})", recording.exchanges.len(), counts.join(", "))?;
    let finish = match recording.finish {
        Finish::Wait(at) => format!("by the clock, at {at}"),
        Finish::Stop => "by stopping the review".to_owned(),
    };
    writeln!(out, "period end  {finish}")?;
    let mut step = None;
    for exchange in &recording.exchanges {
        if step != Some(exchange.step) {
            step = Some(exchange.step);
            let name = exchange.step.map_or_else(|| "no step".to_owned(), |step| format!("step {step}"));
            writeln!(out, "\n{name}")?;
        }
        line(exchange, out)?;
    }
    Ok(())
}

/// `  12 GET    …/decisions  200 published`, with the actor where it is not the administrator.
fn line(exchange: &RecordedExchange, out: &mut dyn Write) -> io::Result<()> {
    let actor =
        if exchange.actor == recording::ADMINISTRATOR { String::new() } else { format!(" ({})", exchange.actor) };
    let end = format!("{} {}", exchange.status, exchange.provenance.word());
    let head = format!("{:>4} {:<6} ", exchange.entry, exchange.method);
    let room = WIDTH.saturating_sub(head.len() + actor.chars().count() + 18);
    let length = exchange.path.chars().count();
    let path: String = if length <= room {
        exchange.path.clone()
    } else {
        std::iter::once('…').chain(exchange.path.chars().skip(length + 1 - room)).collect()
    };
    writeln!(out, "{head}{:<1$} {end}", format!("{path}{actor}"), WIDTH - head.len() - 18)
}

fn show(exchange: &RecordedExchange, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", exchange.told())?;
    writeln!(out, "{} · {}\n", exchange.started, exchange.provenance.word())?;
    writeln!(out, "{} {}", exchange.method, exchange.path)?;
    match &exchange.request {
        RequestBody::Empty => {}
        RequestBody::Json(json) => writeln!(out, "{}", masked(json))?,
        RequestBody::Text(text) => writeln!(out, "{}", secrets::masked_text(text))?,
    }
    writeln!(out, "\n{}", exchange.status)?;
    for (name, value) in &exchange.headers {
        writeln!(out, "{name}: {value}")?;
    }
    match exchange.response_json() {
        Some(json) => writeln!(out, "{}", masked(&json)),
        None if exchange.response.is_empty() => Ok(()),
        None => writeln!(out, "{}", secrets::masked_text(&exchange.response_text())),
    }
}

fn masked(json: &Value) -> String {
    let mut json = json.clone();
    secrets::mask(&mut json);
    format!("{json:#}")
}
