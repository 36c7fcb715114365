//! What GitHub Actions shows beside the log: an annotation for each failure at its line, and a summary of the step.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use graphwalk_secrets::in_use;

use crate::diagnostic::Diagnostic;
use crate::in_words::{counted, grouped, readable_time};
use crate::terminal_text::plain;

use super::{Summary, Totals};

/// The most failures that are annotated and listed. GitHub itself shows no more of a step.
const SHOWN: usize = 50;

/// A step of a GitHub workflow.
#[derive(Debug, Default)]
pub struct GitHubStep {
    /// The file that its summary is added to.
    summary: Option<PathBuf>,
    /// The folder of the repository, as annotations name files without it.
    workspace: Option<PathBuf>,
    failed: Vec<(String, Diagnostic)>,
    more: usize,
}

impl GitHubStep {
    /// The step that this program runs in, if it does: `GITHUB_ACTIONS`, `GITHUB_STEP_SUMMARY` and `GITHUB_WORKSPACE` say so.
    pub fn from_environment() -> Option<Self> {
        let path = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let is_there = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        is_there.then(|| Self {
            summary: path("GITHUB_STEP_SUMMARY"),
            workspace: path("GITHUB_WORKSPACE"),
            ..Self::default()
        })
    }

    /// Takes note of a session; returns the lines that annotate its failures.
    pub fn session(&mut self, summary: &Summary) -> Vec<String> {
        let mut lines = Vec::new();
        for failure in &summary.failures {
            if self.failed.len() == SHOWN {
                self.more += 1;
                continue;
            }
            lines.push(self.annotation(&failure.fault));
            self.failed.push((summary.name.clone(), failure.fault.clone()));
        }
        lines
    }

    /// Adds what came of the run to the summary of the step.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn finish(&self, tutorial: &str, totals: &Totals, took: Duration) -> Result<(), Box<Diagnostic>> {
        let Some(path) = &self.summary else { return Ok(()) };
        let text = self.text(tutorial, totals, took);
        let written =
            File::options().append(true).create(true).open(path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| {
            let message = format!("the summary of the step cannot be written to {}: {error}", path.display());
            Box::new(
                Diagnostic::new("output", message)
                    .help("unset GITHUB_STEP_SUMMARY, or name a file that can be written"),
            )
        })
    }

    /// `::error file=…,line=…,title=…::…`
    fn annotation(&self, fault: &Diagnostic) -> String {
        let mut place = String::new();
        if let Some(at) = &fault.place {
            place = format!("file={},line={},", property(&self.file(&at.file)), at.line());
        }
        let mut text = in_use::mask(&fault.message).into_owned();
        for note in fault.notes.iter().chain(&fault.help) {
            let _ = write!(text, "\n{}", in_use::mask(note));
        }
        format!("::error {place}title={}::{}", property(&format!("graphwalk: {}", fault.code)), data(&text))
    }

    /// A file as the repository has it.
    fn file(&self, file: &str) -> String {
        let path = std::path::Path::new(file);
        let inside = self.workspace.as_ref().and_then(|workspace| path.strip_prefix(workspace).ok());
        inside.unwrap_or(path).display().to_string()
    }

    fn text(&self, tutorial: &str, totals: &Totals, took: Duration) -> String {
        let mut text = format!("### graphwalk: {} {}\n\n", cell(tutorial), totals.verdict());
        let sessions = counted(totals.sessions.total(), "session");
        let _ = writeln!(
            text,
            "{} of {sessions}; {} of {} scenarios; {} exchanges, in {}\n",
            totals.sessions,
            totals.scenarios,
            grouped(totals.scenarios.total()),
            grouped(totals.exchanges),
            readable_time(took),
        );
        if self.failed.is_empty() {
            return text;
        }
        text.push_str("| session | where | what |\n|---|---|---|\n");
        for (session, fault) in &self.failed {
            let place = fault.place.as_ref().map(|at| format!("{}:{}", self.file(&at.file), at.line()));
            let place = cell(&place.unwrap_or_default());
            let _ = writeln!(text, "| {} | {place} | {} |", cell(session), cell(&fault.message));
        }
        if self.more > 0 {
            let _ = writeln!(text, "\n{} more", counted(self.more, "failure"));
        }
        text
    }
}

/// The text behind `::`: what ends a line would end the command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which a comma and a colon end as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// A text in a cell of a Markdown table: nothing in it is Markdown or HTML.
fn cell(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '@' => {
                escaped.push('\\');
                escaped.push(c);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_is_one_line_whatever_it_tells() {
        let fault = Diagnostic::new("a:b,c", "50% of\r\nit\n::error::x").note("a note").help("help");
        let line = GitHubStep::default().annotation(&fault);
        assert_eq!(line, "::error title=graphwalk%3A a%3Ab%2Cc::50%25 of%0D%0Ait%0A::error::x%0Aa note%0Ahelp");
    }

    #[test]
    fn a_file_is_named_as_the_repository_has_it() {
        let step = GitHubStep { workspace: Some("/checkout/x".into()), ..GitHubStep::default() };
        assert_eq!(step.file("/checkout/x/features/a.feature"), "features/a.feature");
        assert_eq!(step.file("features/a.feature"), "features/a.feature");
    }

    #[test]
    fn a_cell_is_plain_text_whatever_a_server_answered() {
        assert_eq!(cell("<b>|a`*_[x](y)\n&"), "&lt;b&gt;\\|a\\`\\*\\_\\[x\\](y)\u{fffd}&amp;");
    }
}
