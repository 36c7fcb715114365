//! What went wrong, for a person: a code, a sentence, the place, notes and what to do next.
//!
//! Every error that reaches a user passes through [`Diagnostic`], so that a failing step, an unreadable recording and an
//! unknown schema name look alike. The library's errors stay typed; they become diagnostics at the edge (`cli`, `report`).

mod sources;

use std::sync::Arc;

use codespan_reporting::diagnostic::{Diagnostic as Report, Label, LabelStyle, Severity};
use codespan_reporting::files::SimpleFile;
use codespan_reporting::term::{self, Config, WriteStyle};
use graphwalk_secrets::in_use;

/// Lets notes and help be added to a type with the fields `notes` and `help`.
macro_rules! takes_notes_and_help {
    ($type:ty) => {
        impl $type {
            /// Adds a note; a note of several lines is indented under its first.
            #[must_use]
            pub fn note(mut self, note: impl Into<String>) -> Self {
                self.notes.push(note.into());
                self
            }

            /// Adds notes.
            #[must_use]
            pub fn notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
                self.notes.extend(notes);
                self
            }

            /// Says what to do next.
            #[must_use]
            pub fn help(mut self, help: impl Into<String>) -> Self {
                self.help = Some(help.into());
                self
            }
        }
    };
}
pub(crate) use takes_notes_and_help;

/// One message for a person, with the place it speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A short, stable name of the kind of fault, e.g. `review-status`. Scripts and documentation refer to it.
    pub code: &'static str,
    /// The fault in one line: lower case, no full stop.
    pub message: String,
    /// The place of the fault, if it lies in a file.
    pub place: Option<Place>,
    /// The facts that belong to it: the request, what was expected and what came, the history, the request id.
    pub notes: Vec<String>,
    /// An instruction.
    pub help: Option<String>,
}

/// A stretch of a text file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file as the user knows it, e.g. `features/security-group-review/03-create-access-review.feature`.
    pub file: String,
    /// The whole text of the file.
    pub text: Arc<str>,
    /// The bytes of `text` to underline.
    pub span: std::ops::Range<usize>,
    /// The text beside the underlined bytes; may be empty.
    pub label: String,
}

takes_notes_and_help!(Diagnostic);

impl Diagnostic {
    /// A diagnostic with neither place nor notes.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), place: None, notes: Vec::new(), help: None }
    }

    /// Reads the bytes of the file `name` as UTF-8.
    pub(crate) fn utf8_of(code: &'static str, name: &str, bytes: Vec<u8>) -> Result<String, Box<Self>> {
        String::from_utf8(bytes).map_err(|error| {
            let byte = error.utf8_error().valid_up_to() + 1;
            Box::new(Self::new(code, format!("{name} is not UTF-8: byte {byte} is wrong")).help("save it as UTF-8"))
        })
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The text for a terminal: coloured with ANSI escapes if `colour`, plain otherwise. Ends with a line break.
    pub fn render(&self, colour: bool) -> String {
        let (name, text) = match &self.place {
            Some(place) => (place.file.as_str(), place.text.as_ref()),
            None => ("", ""),
        };
        let file = SimpleFile::new(name, text);
        let labels = self.place.iter().map(|p| Label::primary((), p.span.clone()).with_message(&p.label)).collect();
        let help = self.help.iter().map(|help| format!("help: {help}"));
        let report = Report::error()
            .with_code(self.code)
            .with_message(&self.message)
            .with_labels(labels)
            .with_notes(self.notes.iter().cloned().chain(help).collect());
        let mut out = Painter { text: String::new(), colour };
        // The only errors are those of the writer, which is a String, and of a span outside the text, where the
        // message alone is still worth showing.
        if term::emit_to_write_style(&mut out, &Config::default(), &file, &report).is_err() {
            return format!("error[{}]: {}\n", self.code, in_use::mask(&self.message));
        }
        // What others say masks itself; this is for what was quoted of it without being known as such.
        let text = in_use::mask(&out.text);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        lines.join("\n").trim_end().to_owned() + "\n"
    }
}

impl Place {
    /// The line that is underlined; 1 for the first.
    pub fn line(&self) -> usize {
        1 + self.text.bytes().take(self.span.start).filter(|byte| *byte == b'\n').count()
    }

    /// The place of `line` (1 for the first), underlining `part` of it where it occurs, else the line without its indent.
    pub fn of_line(file: impl Into<String>, text: Arc<str>, line: usize, part: Option<&str>, label: &str) -> Self {
        let start = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum::<usize>();
        let content = text[start..].lines().next().unwrap_or("");
        let trimmed = content.trim();
        let indent = content.len() - content.trim_start().len();
        let (offset, length) = match part.and_then(|part| content.find(part).map(|at| (at, part.len()))) {
            Some(found) => found,
            None => (indent, trimmed.len()),
        };
        Self { file: file.into(), span: start + offset..start + offset + length, text, label: label.to_owned() }
    }
}

/// Collects the rendered text, with or without ANSI styles.
struct Painter {
    text: String,
    colour: bool,
}

impl Painter {
    fn start(&mut self, style: anstyle::Style) {
        if self.colour {
            self.text.push_str(&style.render().to_string());
        }
    }
}

impl std::io::Write for Painter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.text.push_str(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl WriteStyle for Painter {
    fn set_header(&mut self, _: Severity) -> std::io::Result<()> {
        self.start(anstyle::AnsiColor::Red.on_default().bold());
        Ok(())
    }

    fn set_header_message(&mut self) -> std::io::Result<()> {
        self.start(anstyle::Style::new().bold());
        Ok(())
    }

    fn set_line_number(&mut self) -> std::io::Result<()> {
        self.start(anstyle::AnsiColor::Cyan.on_default());
        Ok(())
    }

    fn set_note_bullet(&mut self) -> std::io::Result<()> {
        self.start(anstyle::AnsiColor::Cyan.on_default());
        Ok(())
    }

    fn set_source_border(&mut self) -> std::io::Result<()> {
        self.start(anstyle::AnsiColor::Cyan.on_default());
        Ok(())
    }

    fn set_label(&mut self, _: Severity, _: LabelStyle) -> std::io::Result<()> {
        self.start(anstyle::AnsiColor::Red.on_default());
        Ok(())
    }

    fn reset(&mut self) -> std::io::Result<()> {
        if self.colour {
            self.text.push_str("\u{1b}[0m");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_file_line_and_column_label_notes_and_help() {
        let text: Arc<str> = "Feature: x\n  Scenario: y\n    Then the review becomes \"InProgress\"\n".into();
        let shown = Diagnostic::new("review-status", "the review never reached InProgress")
            .at(Place::of_line("03.feature", text, 3, Some("\"InProgress\""), "last seen: NotStarted"))
            .note("history: NotStarted 0 s\nmore of it")
            .help("wait")
            .render(false);
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn a_diagnostic_without_a_place_is_one_line_with_its_notes() {
        let shown = Diagnostic::new("recording", "no such file").note("x.har").help("name another").render(false);
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn colour_is_only_added_when_asked_for() {
        let diagnostic = Diagnostic::new("a", "b").note("c");
        assert!(!diagnostic.render(false).contains('\u{1b}'));
        assert!(diagnostic.render(true).contains('\u{1b}'));
    }
}
