//! The report of an import: `import.md`.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::in_words::counted;
use crate::page::Page;
use crate::page::lint::{PageFinding, lint};
use crate::page::rules::Level;

use super::folder::{Written, checksum_lines};
use super::verify::ImportVerification;
use super::{ImportNote, Imported, NoteKind};

/// Returns those findings that `lint` calls errors of a page.
pub fn errors_by_lint(page: &Page) -> Vec<PageFinding> {
    lint(page).into_iter().filter(|finding| finding.level == Level::Error).collect()
}

/// The text of the report; `errors` are those that `lint` finds.
pub fn describe(
    page: &Page,
    imported: &Imported,
    errors: &[PageFinding],
    verified: &ImportVerification,
    written: &Written,
) -> String {
    let mut text = format!("# Import of {}\n\n", page.source.file);
    let (published, inferred) = imported.calls;
    let (linked, other) = imported.ids;
    let _ = writeln!(
        text,
        "{published} published and {inferred} inferred exchanges in {}; {linked} uses of ids linked, {other} not.\n",
        counted(imported.features.len(), "feature")
    );
    text.push_str(&result(verified));
    for (kind, heading) in [
        (NoteKind::Fault, "Faults of the page"),
        (NoteKind::Open, "Left to a person"),
        (NoteKind::Inferred, "Inferred"),
        (NoteKind::Normalised, "Written in another form"),
    ] {
        section(&mut text, heading, imported.notes.iter().filter(|note| note.kind == kind));
    }
    if !errors.is_empty() {
        text.push_str("\n## What `lint` calls errors\n\n| line | rule | what |\n|---|---|---|\n");
        for finding in errors {
            let related = finding
                .related
                .as_ref()
                .map(|(place, _, why)| format!(" (line {}: {why})", place.line))
                .unwrap_or_default();
            let what = cell(&format!("{}{related}", finding.message));
            let _ = writeln!(text, "| {} | {} | {what} |", finding.place.0.line, finding.rule);
        }
    }
    if !written.kept.is_empty() || !written.stale.is_empty() {
        text.push_str("\n## Files\n\n");
        for name in &written.kept {
            let _ = writeln!(text, "- {name} was changed by hand and is kept; this import of it is {name}.new");
        }
        for name in &written.stale {
            let _ = writeln!(text, "- {name} is of an earlier import: the page no longer has this step");
        }
    }
    text.push('\n');
    text.push_str(&checksum_lines(written));
    text
}

/// Returns in a few lines what check and replay say.
pub fn result(verified: &ImportVerification) -> String {
    let (all, passed) = verified.scenarios;
    let mut text = String::new();
    match (&verified.check[..], &verified.replay) {
        ([], Some(faults)) => {
            let _ = writeln!(text, "check: no faults\nreplay, strict: {passed} of {} passed", counted(all, "scenario"));
            faults.iter().for_each(|fault| first_line(&mut text, fault));
        }
        (faults, _) => {
            let _ = writeln!(text, "check: {}; not replayed", counted(faults.len(), "fault"));
            faults.iter().for_each(|fault| first_line(&mut text, fault));
        }
    }
    text
}

fn first_line(text: &mut String, fault: &Diagnostic) {
    let place = fault.place.as_ref().map(|place| format!("{}:{}: ", place.file, place.line())).unwrap_or_default();
    // The first note says what was expected and what the page has instead.
    let why =
        fault.notes.first().and_then(|note| note.lines().next()).map(|note| format!(": {note}")).unwrap_or_default();
    let _ = writeln!(text, "- {place}{}{why} ({})", fault.message, fault.code);
}

fn section<'a>(text: &mut String, heading: &str, notes: impl Iterator<Item = &'a ImportNote>) {
    let rows: Vec<String> = notes.map(|note| format!("| {} | {} |\n", note.line, cell(&note.text))).collect();
    if !rows.is_empty() {
        let _ = write!(text, "\n## {heading}\n\n| line | what |\n|---|---|\n{}", rows.concat());
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
