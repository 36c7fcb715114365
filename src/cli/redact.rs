//! `graphwalk recording redact`: clean a HAR that another program has made.

use std::io::Write;
use std::path::{Path, PathBuf};

use graphwalk_recording::Recording;
use graphwalk_recording::redact::Public;

use crate::diagnostic::Diagnostic;
use crate::in_words::counted;
use crate::report::ReportFile;
use crate::runner::Recorder;
use crate::terminal_text::{COLUMNS, lines, plain};
use crate::tutorial::{Tutorial, TutorialFaults};

use super::record::{har, tell_redacted, write};
use super::recording_listing::passed_over;
use super::{Exit, FeaturesArg, library, printed, run};

pub(super) const EXAMPLES: &str = "Examples:
  graphwalk recording redact browser.har --out my.har
  graphwalk recording redact browser.har --features my-features > my.har

Only exchanges with Microsoft Graph are kept. Tokens, cookies and passwords are
dropped; ids, names, accounts, domains, addresses and all other texts get
pseudonyms, the same text the same one everywhere. What features and schemas
name is kept, and so are times and numbers. The file itself is not changed,
unless --out names it.";

/// Arguments of `graphwalk recording redact`.
#[derive(Debug, clap::Args)]
pub struct RedactArgs {
    /// The HAR: of a browser, of Graph Explorer, of a proxy, or a recording
    file: PathBuf,
    /// The recording to write; standard output if left out
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    features: FeaturesArg,
    /// Keep what the schemas of this folder name instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    schemas: Option<PathBuf>,
}

/// Cleans the file.
///
/// # Errors
///
/// A file that cannot be read or holds no exchange with Graph; an output that cannot be written.
pub fn redact(args: &RedactArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let unusable = |error| vec![Diagnostic::from(&error)];
    let public = public(&args.features, args.schemas.as_deref())?;
    let file = crate::bundled::read_recording_file(&args.file).map_err(unusable)?;
    let recording = file.foreign(&public).map_err(unusable)?;
    write_clean(recording, &public, args.out.as_deref(), out)?;
    Ok(Exit::Passed)
}

/// Returns the names in features and schemas, which are kept.
pub(super) fn public(features: &FeaturesArg, schemas: Option<&Path>) -> Result<Public, TutorialFaults> {
    let schemas = run::schemas(schemas).map_err(|fault| vec![*fault])?;
    let library = library(features.features.as_deref())?;
    let tutorials: Result<Vec<Tutorial>, TutorialFaults> =
        library.names().map(|name| library.tutorial(Some(name))).collect();
    Ok(Recorder::new(&tutorials?, &schemas)?.public)
}

/// Redacts a recording that another program has made, writes it, and tells what was kept.
pub(super) fn write_clean(
    mut recording: Recording,
    public: &Public,
    path: Option<&Path>,
    out: &mut dyn Write,
) -> Result<(), TutorialFaults> {
    let redacted = recording.redact(public);
    let kept = counted(recording.exchanges.len(), "exchange");
    let tell = |to: &mut dyn Write| {
        writeln!(to, "kept {kept} of {}", plain(&recording.name))?;
        let left_out = passed_over(&recording.reading).unwrap_or_else(|| "nothing".to_owned());
        writeln!(to, "  left out    {}", lines(&left_out, ", ", COLUMNS - 14).join("\n              "))?;
        tell_redacted(&redacted, to)?;
        for doubt in recording.doubts() {
            writeln!(to, "  doubtful    {}", lines(&doubt, " ", COLUMNS - 14).join("\n              "))?;
        }
        Ok(())
    };
    match path {
        Some(path) => {
            write(&recording, ReportFile::create(path).map_err(|fault| vec![*fault])?)?;
            printed(tell(out).and_then(|()| writeln!(out, "written to {}", path.display())))?;
        }
        None => {
            printed(out.write_all(har(&recording)?.as_bytes()))?;
            // Beside the recording, not in it; that nobody reads it is no fault.
            let _ = tell(&mut anstream::stderr().lock());
        }
    }
    Ok(())
}
