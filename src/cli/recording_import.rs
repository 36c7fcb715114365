//! `graphwalk recording import`: a Postman collection with saved responses, or Graph Explorer's history, becomes a recording.

use std::io::{self, Write};
use std::path::PathBuf;

use graphwalk_recording::LeftOut;
use graphwalk_secrets::masking::masked_text;
use jiff::Timestamp;

use crate::diagnostic::Diagnostic;
use crate::in_words::counted;
use crate::terminal_text::{COLUMNS, lines, plain};
use crate::tutorial::TutorialFaults;

use super::redact::{public, write_clean};
use super::{Exit, FeaturesArg};

pub(super) const EXAMPLES: &str = "Examples:
  graphwalk recording import my.postman_collection.json --out my.har
  graphwalk recording import history.har --features my-features --out my.har

Each saved response of a collection becomes an exchange, in the collection's
order, with the values of its variables. What has no response or no value is
left out and named on standard error. It is redacted as by `graphwalk recording
redact`. A time that the answer does not say is made up: a second after the
exchange before.";

/// Arguments of `graphwalk recording import`.
#[derive(Debug, clap::Args)]
pub struct RecordingImportArgs {
    /// A Postman collection (v2.1) with saved responses, or the HAR of Graph Explorer's history
    file: PathBuf,
    /// The recording to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    features: FeaturesArg,
    /// Keep what the schemas of this folder name instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
}

/// Imports the file.
///
/// # Errors
///
/// A file of another kind, or one that holds no exchange with Graph; an output that cannot be written.
pub fn import(args: &RecordingImportArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let unusable = |error| vec![Diagnostic::from(&error)];
    let public = public(&args.features, args.schemas.as_deref())?;
    let file = crate::bundled::read_recording_file(&args.file).map_err(unusable)?;
    let (recording, left_out) = file.import(&public, Timestamp::now()).map_err(unusable)?;
    write_clean(recording, &public, Some(&args.out), out)?;
    // Beside what was done; that nobody reads it is no fault.
    drop(tell(&left_out, &mut anstream::stderr().lock()));
    Ok(Exit::Passed)
}

/// Names the requests of which nothing was made.
fn tell(left_out: &LeftOut, err: &mut dyn Write) -> io::Result<()> {
    for (why, names) in left_out.reasons() {
        let named: Vec<String> = names.iter().map(|name| plain(&masked_text(name))).collect();
        writeln!(err, "left out {} {why}:", counted(names.len(), "request"))?;
        writeln!(err, "  {}", lines(&named.join(", "), ", ", COLUMNS - 2).join("\n  "))?;
    }
    Ok(())
}
