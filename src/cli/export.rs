//! `graphwalk export`: a tutorial for Postman, or as a `.http` file.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use graphwalk_schema::Schemas;

use crate::export::{ExportFormat, ExportedTutorial, export as exported};
use crate::in_words::counted;
use crate::report::ReportFile;
use crate::runner::{Plan, runtime};
use crate::terminal_text::plain;
use crate::tutorial::TutorialFaults;

use super::{Exit, FeaturesArg, library, printed};

/// Examples of `graphwalk export`.
pub(super) const EXAMPLES: &str = "Examples:
  graphwalk export postman --out review.postman_collection.json
  graphwalk export postman --out review.json --environment contoso.json
  graphwalk export http guest-review --out guest-review.http
  graphwalk export http --features mine --out -    your own, to stdout

The tutorial is played on the emulator, and what its steps send, keep and expect
is written down. What the format cannot say stands in the file as a description
or a comment.

Exit codes: 0 the whole tutorial was written, 2 wrong usage or unreadable input,
3 a part of it could not be played on the emulator and is not in the file.";

/// Arguments of `graphwalk export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// The format
    #[arg(value_enum)]
    format: ExportFormat,
    /// The tutorial; the first built-in one if left out
    tutorial: Option<String>,
    #[command(flatten)]
    features: FeaturesArg,
    /// The file to write; `-` is stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// Also write the variables, to be filled in for each tenant: a Postman environment, or an http-client.env.json
    #[arg(long, value_name = "FILE")]
    environment: Option<PathBuf>,
}

/// Writes a tutorial in the format of another program.
///
/// # Errors
///
/// The faults of the features; if nothing can be exported, or the file cannot be written.
pub fn export(args: &ExportArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let library = library(args.features.features.as_deref())?;
    let plan = Plan::new(library.tutorial(args.tutorial.as_deref())?)?;
    // Opened first: who cannot write need not play.
    let file = match args.out.as_path() {
        path if path == Path::new("-") => None,
        path => Some(ReportFile::create(path).map_err(|fault| vec![*fault])?),
    };
    let environment = args.environment.as_deref().map(ReportFile::create).transpose().map_err(|fault| vec![*fault])?;
    let tutorial =
        runtime()?.block_on(exported(&plan, &Schemas::embedded(), args.format)).map_err(|fault| vec![*fault])?;
    match file {
        None => printed(out.write_all(tutorial.text.as_bytes()))?,
        Some(file) => write(file, &tutorial.text)?,
    }
    environment.map_or(Ok(()), |file| write(file, &tutorial.environment))?;
    // Not into the file, which may be stdout.
    drop(tell(&plan.tutorial, &tutorial, &mut anstream::stderr().lock()));
    Ok(if tutorial.missing.is_empty() { Exit::Passed } else { Exit::Blocked })
}

fn write(mut file: ReportFile, text: &str) -> Result<(), TutorialFaults> {
    file.write(text.as_bytes()).and_then(|()| file.finish()).map_err(|fault| vec![*fault])
}

fn tell(name: &str, tutorial: &ExportedTutorial, err: &mut dyn Write) -> io::Result<()> {
    let ExportedTutorial { requests, untold, missing, .. } = tutorial;
    let told = if *untold == 0 {
        "everything".to_owned()
    } else {
        format!("{} told in words only", counted(*untold, "thing"))
    };
    writeln!(err, "{}: {}, {told}", plain(name), counted(*requests, "request"))?;
    if !tutorial.to_give.is_empty() {
        let names = tutorial.to_give.join(", ");
        writeln!(
            err,
            "the sessions that the tutorial finds cannot be exported: give the file one ({})",
            plain(&names)
        )?;
    }
    missing.iter().try_for_each(|why| writeln!(err, "not exported: {}", plain(why)))
}
