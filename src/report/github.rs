//! What GitHub Actions shows beside the log: an annotation for each failure at its line, and a summary of the step.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use graphwalk_secrets::in_use;

use crate::diagnostic::Diagnostic;
use crate::in_words::{counted, grouped, plural, readable_time};
use crate::runner::Verdict;
use crate::terminal_text::plain;

use super::{Summary, Totals};

/// The most failures that are annotated and listed, and the most sessions that could not be judged.
const SHOWN: usize = 50;
/// GitHub refuses a summary of more than 1 MiB: what one failure says is cut to this many characters.
const LONGEST_CELL: usize = 300;
/// And what an annotation says, of which GitHub shows the beginning, to this many.
const LONGEST_ANNOTATION: usize = 4_000;

/// A step of a GitHub workflow.
#[derive(Debug, Default)]
pub struct GitHubStep {
    /// The file that its summary is added to.
    summary: Option<PathBuf>,
    /// The folder of the repository, as annotations name files without it.
    workspace: Option<PathBuf>,
    failed: Vec<(String, Diagnostic)>,
    more_failed: usize,
    /// The sessions that could not be judged, and why.
    blocked: Vec<(String, String)>,
    more_blocked: usize,
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
                self.more_failed += 1;
                continue;
            }
            lines.push(self.annotation(&failure.fault));
            self.failed.push((summary.name.clone(), failure.fault.clone()));
        }
        if summary.verdict == Verdict::Blocked {
            if self.blocked.len() == SHOWN {
                self.more_blocked += 1;
            } else {
                let why = summary.blocked_because.clone().unwrap_or_default();
                self.blocked.push((summary.name.clone(), in_use::mask(&why).into_owned()));
            }
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
        let text = shortened(&text, LONGEST_ANNOTATION);
        format!("::error {place}title={}::{}", property(&format!("graphwalk: {}", fault.code)), data(text.trim_end()))
    }

    /// A file as the repository has it.
    fn file(&self, file: &str) -> String {
        let path = std::path::Path::new(file);
        let inside = self.workspace.as_ref().and_then(|workspace| path.strip_prefix(workspace).ok());
        inside.unwrap_or(path).display().to_string()
    }

    fn text(&self, tutorial: &str, totals: &Totals, took: Duration) -> String {
        let mut text = format!("### graphwalk: {} {}\n\n", cell(tutorial), totals.verdict());
        let _ = writeln!(
            text,
            "{} of {}; {} of {} scenarios; {} exchanges, in {}\n",
            totals.sessions,
            totals.describe_count(),
            totals.scenarios,
            grouped(totals.scenarios.total()),
            grouped(totals.exchanges),
            readable_time(took),
        );
        if totals.not_begun > 0 {
            let _ = writeln!(text, "{} not begun\n", counted(totals.not_begun, totals.not_begun_noun()));
        }
        self.list_failed(totals.noun(), &mut text);
        self.list_blocked(totals.noun(), &mut text);
        text
    }

    fn list_failed(&self, noun: &str, text: &mut String) {
        if self.failed.is_empty() {
            return;
        }
        let _ = writeln!(text, "| {noun} | where | what failed |\n|---|---|---|");
        for (session, fault) in &self.failed {
            let place = fault.place.as_ref().map(|at| format!("{}:{}", self.file(&at.file), at.line()));
            let place = cell(&place.unwrap_or_default());
            let _ = writeln!(text, "| {} | {place} | {} |", cell(session), cell(&in_use::mask(&fault.message)));
        }
        text.push('\n');
        if self.more_failed > 0 {
            let _ = writeln!(text, "{} more {}\n", grouped(self.more_failed), plural(self.more_failed, "failure"));
        }
    }

    /// Lists the sessions that could not be judged: they did not fail, and prove nothing.
    fn list_blocked(&self, noun: &str, text: &mut String) {
        if self.blocked.is_empty() {
            return;
        }
        let _ = writeln!(text, "| {noun} | why it could not be judged |\n|---|---|");
        for (session, why) in &self.blocked {
            let _ = writeln!(text, "| {} | {} |", cell(session), cell(why));
        }
        text.push('\n');
        if self.more_blocked > 0 {
            let _ = writeln!(text, "{} more blocked {}\n", grouped(self.more_blocked), plural(self.more_blocked, noun));
        }
    }
}

/// The beginning of a text that is longer than `most` characters.
fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
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
    let text = shortened(text, LONGEST_CELL);
    let mut escaped = String::with_capacity(text.len());
    for c in plain(&text).chars() {
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
    use crate::runner::{Plan, SessionOutcome};

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
    fn the_summary_lists_what_failed_and_what_is_blocked_below_the_limit_of_github() {
        let (mut step, mut totals) = (GitHubStep::default(), Totals::default());
        let plan = Plan { tutorial: "t".to_owned(), features: Vec::new() };
        for number in 0..1_000 {
            let mut outcome = SessionOutcome::new(format!("a|{number} {}", "&".repeat(3_000)), "emulator");
            if number % 2 == 0 {
                let fault = Diagnostic::new("status", format!("50% of <b>\n::error::{}", "&".repeat(5_000)));
                outcome.failure = Some(Box::new(fault));
            }
            let summary = Summary::new(&plan, &outcome);
            let lines = step.session(&summary);
            assert!(lines.iter().all(|line| line.len() < 20_000 && !line.contains('\n') && line.contains("50%25 of")));
            totals.add(&summary);
        }
        let text = step.text("t", &totals, Duration::ZERO);
        assert!(text.len() < 1 << 19, "{} bytes; GitHub takes 1 MiB", text.len());
        assert!(text.contains("\n450 more failures\n") && text.contains("\n450 more blocked sessions\n"), "{text}");
        let rows = text.lines().filter(|line| line.starts_with("| a\\|")).count();
        assert_eq!(rows, 100, "of each kind so many as GitHub shows annotations");
    }

    #[test]
    fn the_summary_of_tenants_tells_what_failed_and_what_could_not_be_judged() {
        let (mut step, mut totals) = (GitHubStep::default(), Totals::default());
        let library = crate::tutorial::Library::embedded();
        let plan = Plan::new(library.tutorial(None).unwrap()).unwrap();
        let blocked =
            SessionOutcome::blocked("", "live", &plan, &Default::default(), "cannot sign in: 50% of *nothing*");
        let fault = Diagnostic::new("left-behind", "the run could not delete all that it created");
        let failed = SessionOutcome { failure: Some(Box::new(fault)), ..SessionOutcome::new("", "live") };
        for (mut outcome, name) in [(blocked, "Contoso"), (failed, "Fabrikam | Ltd")] {
            outcome.name_by_tenant(name, &[], false);
            let summary = Summary::new(&plan, &outcome);
            step.session(&summary);
            totals.add(&summary);
        }
        totals.not_begun = 1;
        let text = step.text("a-tutorial", &totals, Duration::from_secs(5));
        let head = "### graphwalk: a-tutorial failed\n\n0 passed, 1 failed, 1 blocked of 2 tenants; ";
        assert!(text.starts_with(head), "{text}");
        let rest = [
            "1 tenant not begun\n",
            "| tenant | where | what failed |\n|---|---|---|",
            "| Fabrikam \\| Ltd |  | the run could not delete all that it created |\n",
            "| tenant | why it could not be judged |\n|---|---|",
            "| Contoso | cannot sign in: 50% of \\*nothing\\* |\n\n",
        ];
        assert!(text.ends_with(&rest.join("\n")), "{text}");
    }

    #[test]
    fn a_cell_is_plain_text_whatever_a_server_answered() {
        assert_eq!(cell("<b>|a`*_[x](y)\n&"), "&lt;b&gt;\\|a\\`\\*\\_\\[x\\](y)\u{fffd}&amp;");
    }
}
