//! `graphwalk recording`: looking recordings over, and showing what is in them.

use std::io::Write;
use std::path::{Path, PathBuf};

use graphwalk_recording::{self as recording, Check, Recording, RecordingError};
use graphwalk_secrets::masking::masked_text;
use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::in_words::counted_or_no;
use crate::terminal_text::plain;
use crate::tutorial::TutorialFaults;

use super::recording_import::{self, RecordingImportArgs};
use super::recording_listing::{listing, passed_over};
use super::redact::{self, RedactArgs};
use super::values::whole_number;
use super::{Exit, printed};

/// Arguments of `graphwalk recording`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk recording check my.har               can it be shared and replayed?\n  graphwalk recording show my.har                its exchanges, a line each\n  graphwalk recording show my.har --entry 12     one exchange, secrets masked\n  graphwalk recording redact browser.har --out my.har"
)]
pub struct RecordingArgs {
    #[command(subcommand)]
    command: RecordingCommand,
}

/// The subcommands of `recording`.
#[derive(Debug, clap::Subcommand)]
pub enum RecordingCommand {
    /// Find secrets in recordings, and facts that they lack
    #[command(
        after_help = "Examples:\n  graphwalk recording check                      the bundled recordings\n  graphwalk recording check my.har more/         a file, and a folder's .har\n\nA secret fails (exit code 1); warnings do not."
    )]
    Check {
        /// Recordings, or folders that are searched for `.har` files; the bundled ones if left out
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// List the exchanges of a recording, or print one of them whole
    #[command(
        after_help = "Examples:\n  graphwalk recording show recordings/security-group-review/published.har\n  graphwalk recording show my.har --entry 12"
    )]
    Show {
        /// A recording: a file, or the name of a bundled one
        file: PathBuf,
        /// Print this exchange with its headers and bodies; 1 is the first of the file
        #[arg(long, value_name = "N", value_parser = whole_number::<usize>(1..=u64::MAX))]
        entry: Option<usize>,
    },
    /// Clean a HAR of a browser or a proxy: keep Graph's exchanges, drop secrets, give pseudonyms
    #[command(after_help = redact::EXAMPLES)]
    Redact(RedactArgs),
    /// Make a recording of a Postman collection with saved responses, or of Graph Explorer's history
    #[command(after_help = recording_import::EXAMPLES)]
    Import(RecordingImportArgs),
}

/// Runs the command.
///
/// # Errors
///
/// The recordings that cannot be read, when all others have been looked at.
pub fn recording(args: &RecordingArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    match &args.command {
        RecordingCommand::Check { files } => check(files, out),
        RecordingCommand::Show { file, entry } => show(file, *entry, out),
        RecordingCommand::Redact(args) => redact::redact(args, out),
        RecordingCommand::Import(args) => recording_import::import(args, out),
    }
}

fn check(paths: &[PathBuf], out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let mut faults = TutorialFaults::new();
    let mut total = Total::default();
    if paths.is_empty() {
        for file in crate::bundled::recording_files() {
            total.add(Check::run(&file), out, &mut faults)?;
        }
    }
    for path in paths {
        match paths_of(path) {
            // One at a time, so that no more than one file is held in memory.
            Ok(found) => found.iter().try_for_each(|path| {
                total.add(
                    crate::bundled::read_recording_file(path).and_then(|file| Check::run(&file)),
                    out,
                    &mut faults,
                )
            })?,
            Err(error) => faults.push(Diagnostic::from(&error)),
        }
    }
    let Total { files, secrets, warnings } = total;
    if files > 0 {
        let found = format!("{}, {}", counted_or_no(secrets, "secret"), counted_or_no(warnings, "warning"));
        printed(writeln!(out, "{} checked: {found}", counted_or_no(files, "recording")))?;
    }
    if secrets > 0 {
        let advice = format!("replace each secret by {}, then check again", graphwalk_secrets::masking::REDACTED);
        printed(writeln!(out, "{advice}"))?;
    }
    match faults {
        faults if !faults.is_empty() => Err(faults),
        _ if secrets > 0 => Ok(Exit::Failed),
        _ => Ok(Exit::Passed),
    }
}

fn paths_of(path: &Path) -> Result<Vec<PathBuf>, RecordingError> {
    // The name of a bundled recording is no file on disk.
    if path.exists() { recording::find(path) } else { Ok(vec![path.to_owned()]) }
}

/// The findings in all files together.
#[derive(Default)]
struct Total {
    files: usize,
    secrets: usize,
    warnings: usize,
}

impl Total {
    fn add(
        &mut self,
        found: Result<Check, RecordingError>,
        out: &mut dyn Write,
        faults: &mut TutorialFaults,
    ) -> Result<(), TutorialFaults> {
        match found {
            Err(error) => faults.push(Diagnostic::from(&error)),
            Ok(found) => {
                self.files += 1;
                self.secrets += found.leaks.len();
                self.warnings += found.warnings.len();
                printed(tell(&found, out))?;
            }
        }
        Ok(())
    }
}

fn tell(found: &Check, out: &mut dyn Write) -> std::io::Result<()> {
    let Check { recording: Recording { name, exchanges, reading, .. }, leaks, warnings } = found;
    let (secrets, warned) = (counted_or_no(leaks.len(), "secret"), counted_or_no(warnings.len(), "warning"));
    let exchanges = counted_or_no(exchanges.len(), "exchange");
    writeln!(out, "{}: {exchanges}, {secrets}, {warned}", plain(name))?;
    if let Some(passed_over) = passed_over(reading) {
        writeln!(out, "  passed over: {passed_over}")?;
    }
    for leak in leaks {
        writeln!(out, "  secret   {}: {}", plain(&masked_text(&leak.pointer)), plain(&leak.kind))?;
    }
    for warning in warnings {
        writeln!(out, "  warning  {warning}")?;
    }
    Ok(())
}

fn show(path: &Path, number: Option<usize>, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let unusable = |error: RecordingError| vec![Diagnostic::from(&error)];
    let file = crate::bundled::read_recording_file(path).map_err(unusable)?;
    let recording = file.recording().map_err(unusable)?;
    let Some(number) = number else {
        printed(listing(&recording, out))?;
        return Ok(Exit::Passed);
    };
    let Some(entry) = file.entry(number).map_err(unusable)? else {
        let message = format!("{} has no entry {number}", plain(file.name()));
        let entries = recording.exchanges.len() + recording.reading.passed_over.len();
        return Err(vec![
            Diagnostic::new("recording", message).help(format!("its entries are numbered from 1 to {entries}")),
        ]);
    };
    let exchange = recording.exchanges.iter().find(|exchange| exchange.entry == number);
    let why = recording.reading.passed_over.iter().find(|(entry, _)| *entry == number);
    let told = match (exchange, why) {
        (Some(exchange), _) => plain(&exchange.summary()),
        (None, Some((_, why))) => format!("entry {number}, passed over: {}", why.words().0),
        (None, None) => format!("entry {number}"),
    };
    printed(writeln!(out, "{}, {told}", plain(file.name())))?;
    printed(whole(&entry, out))?;
    Ok(Exit::Passed)
}

/// One entry as it stands in the file: what was asked, what was answered.
fn whole(entry: &Value, out: &mut dyn Write) -> std::io::Result<()> {
    let text = |pointer: &str| plain(entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default());
    writeln!(out, "\n{} {}", text("/request/method"), text("/request/url"))?;
    headers(entry.pointer("/request/headers"), out)?;
    let sent = entry.pointer("/request/postData/text").or(entry.pointer("/postData/text"));
    body(sent, out)?;
    let status = entry.pointer("/response/status").map(ToString::to_string).unwrap_or_default();
    writeln!(out, "\n{}", format!("{status} {}", text("/response/statusText")).trim_end())?;
    headers(entry.pointer("/response/headers"), out)?;
    body(entry.pointer("/response/content/text"), out)
}

fn headers(headers: Option<&Value>, out: &mut dyn Write) -> std::io::Result<()> {
    for header in headers.and_then(Value::as_array).into_iter().flatten() {
        let text = |name: &str| plain(header.get(name).and_then(Value::as_str).unwrap_or_default());
        writeln!(out, "{}: {}", text("name"), text("value"))?;
    }
    Ok(())
}

fn body(text: Option<&Value>, out: &mut dyn Write) -> std::io::Result<()> {
    let Some(text) = text.and_then(Value::as_str).filter(|text| !text.is_empty()) else { return Ok(()) };
    match serde_json::from_str::<Value>(text) {
        Ok(json) => writeln!(out, "\n{json:#}"),
        Err(_) => writeln!(out, "\n{}", text.lines().map(plain).collect::<Vec<_>>().join("\n")),
    }
}

#[cfg(test)]
mod secrets;
#[cfg(test)]
mod tests;
