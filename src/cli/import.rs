//! `graphwalk import`: a Markdown page becomes a tutorial.

use std::io::Write;
use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::in_words::counted;
use crate::page::import::{self, NoteKind, folder, verify};
use crate::page::{Page, files};
use crate::tutorial::{MOST_FEATURES, TutorialFaults};

use super::{Exit, printed};

/// Examples of `graphwalk import`.
pub(super) const EXAMPLES: &str = "Example:\n  graphwalk import tutorial.md --out my-tutorials/tutorial\n  graphwalk run --features my-tutorials/tutorial \\\n    --recording my-tutorials/tutorial/published.har\n\nImporting again keeps files that were changed by hand: what is new stands beside\nthem as *.feature.new.\n\nExit codes: 0 checked and replayed without a fault, 1 something was found, 2\nwrong usage or unreadable input.";

/// Arguments of `graphwalk import`.
#[derive(Debug, clap::Args)]
pub struct ImportArgs {
    /// The page
    #[arg(value_name = "PAGE")]
    page: PathBuf,
    /// The folder to write features, recording and report into; its name is that of the tutorial
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Imports a page, then checks and replays what came of it.
///
/// # Errors
///
/// If the page cannot be read or has no calls, or the folder cannot be written.
pub fn import(args: &ImportArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let text = files::read(&args.page).map_err(|fault| vec![*fault])?;
    let name = args
        .page
        .file_name()
        .map_or_else(|| args.page.display().to_string(), |name| name.to_string_lossy().into_owned());
    let page = Page::read(name, &text);
    let tutorial =
        args.out.file_name().map_or_else(|| "tutorial".to_owned(), |name| name.to_string_lossy().into_owned());
    let imported = import::import(&page, &tutorial);
    if imported.features.is_empty() {
        let message = format!("{} has no call that can be played", args.page.display());
        let reasons = imported.notes.iter().filter(|note| note.kind == NoteKind::Fault);
        let fault = Diagnostic::new("no-requests", message)
            .notes(reasons.map(|note| format!("line {}: {}", note.line, note.text)))
            .help("a request is a fence that begins with a method and a URL; `graphwalk lint` says what is wrong with a page");
        return Err(vec![fault]);
    }
    if imported.features.len() > MOST_FEATURES {
        let count = counted(imported.features.len(), "step");
        let message =
            format!("{} has {count}: expected at most {MOST_FEATURES}, one feature each", args.page.display());
        let help = "nothing was written; split the page into several, or put steps under headings of a lower level";
        return Err(vec![Diagnostic::new("features", message).help(help)]);
    }
    let mut all = imported.features.clone();
    all.extend(imported.files.iter().cloned());
    all.push((folder::RECORDING.to_owned(), imported.recording.clone()));
    let written = folder::write(&args.out, &all).map_err(|fault| vec![*fault])?;
    let verified = verify::verify(&args.out);
    let errors = import::errors_by_lint(&page);
    let report = import::describe(&page, &imported, &errors, &verified, &written);
    folder::write_report(&args.out, &report).map_err(|fault| vec![*fault])?;
    let count = |kind| imported.notes.iter().filter(|note| note.kind == kind).count();
    let (published, inferred) = imported.calls;
    let (linked, other) = imported.ids;
    printed(
        write!(
            out,
            "{tutorial}: {}, {published} published and {inferred} inferred exchanges\n\
             ids: {linked} uses linked, {other} not\n\
             import: {} of the page, {} left to a person\n\
             lint: {} of the page\n\
             see {}\n",
            counted(imported.features.len(), "feature"),
            counted(count(NoteKind::Fault), "fault"),
            counted(count(NoteKind::Open), "thing"),
            counted(errors.len(), "error"),
            args.out.join(folder::REPORT).display()
        )
        .and_then(|()| {
            written
                .kept
                .iter()
                .try_for_each(|name| writeln!(out, "kept as it was changed by hand: {name} (see {name}.new)"))
        })
        .and_then(|()| out.write_all(import::result(&verified).as_bytes())),
    )?;
    Ok(if verified.is_green() { Exit::Passed } else { Exit::Failed })
}
