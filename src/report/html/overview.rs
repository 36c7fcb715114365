//! A page with a line a session and a column a step of the tutorial, the worst first: for hundreds of tenants.

use std::cmp::Reverse;
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};

use maud::{Markup, html};

use crate::diagnostic::Diagnostic;
use crate::in_words::{counted, grouped};
use crate::report::cases::{session_note, verdict as verdict_of};
use crate::report::{Opening, ReportFile, SessionMessages, Summary};
use crate::runner::{Verdict, VerdictCounts, together};

use super::observations::wide;
use super::page;
use super::text::Text;

/// The page while sessions are added. Their lines lie in a file without a name: memory holds where, and how bad each is.
#[derive(Debug)]
pub(crate) struct Overview {
    lines: BufWriter<File>,
    written: u64,
    index: Vec<OverviewLine>,
    /// The sessions with each verdict, by step.
    steps: Vec<(u8, VerdictCounts)>,
    sessions: VerdictCounts,
}

/// The place of a session's line, and its rank.
#[derive(Clone, Copy, Debug)]
struct OverviewLine {
    rank: Rank,
    start: u64,
    length: u64,
}

/// The rank of a session: the worst is the least.
type Rank = (Reverse<Verdict>, Reverse<usize>, Reverse<usize>);

impl Overview {
    /// A page of no session yet of a run that began with `opening`.
    ///
    /// # Errors
    ///
    /// No file can be made for the lines.
    pub fn new(opening: &Opening) -> io::Result<Self> {
        let mut steps: Vec<(u8, VerdictCounts)> = Vec::new();
        for feature in &opening.features {
            if steps.last().is_none_or(|(number, _)| *number != feature.number) {
                steps.push((feature.number, VerdictCounts::default()));
            }
        }
        let lines = BufWriter::new(tempfile::tempfile()?);
        Ok(Self { lines, written: 0, index: Vec::new(), steps, sessions: VerdictCounts::default() })
    }

    /// Adds a session.
    ///
    /// # Errors
    ///
    /// Its line cannot be written: the disk is full.
    pub fn add(&mut self, session: &SessionMessages<'_>, summary: &Summary) -> io::Result<()> {
        let Some(note) = session_note(&session.messages) else { return Ok(()) };
        let cases = session.cases();
        let of_step = |number: u8| {
            let verdicts =
                cases.iter().filter(|case| case.feature.number == number).map(|case| verdict_of(&case.steps));
            let verdicts: Vec<Verdict> = verdicts.collect();
            (!verdicts.is_empty()).then(|| together(verdicts.iter().copied()))
        };
        let cells: Vec<Option<Verdict>> = self.steps.iter().map(|(number, _)| of_step(*number)).collect();
        for ((_, counts), cell) in self.steps.iter_mut().zip(&cells) {
            if let Some(verdict) = cell {
                counts.add(*verdict);
            }
        }
        self.sessions.add(note.verdict);
        let count = |wanted: Verdict| cells.iter().filter(|cell| **cell == Some(wanted)).count();
        let rank = (Reverse(note.verdict), Reverse(count(Verdict::Failed)), Reverse(count(Verdict::Blocked)));
        let line = line(summary, &note.labels, &cells).into_string();
        self.lines.write_all(line.as_bytes())?;
        let length = line.len() as u64;
        self.index.push(OverviewLine { rank, start: self.written, length });
        self.written += length;
        Ok(())
    }

    /// Writes the page.
    ///
    /// # Errors
    ///
    /// A diagnostic if it cannot be written.
    pub fn finish(mut self, opening: &Opening, mut file: ReportFile) -> Result<(), Box<Diagnostic>> {
        file.write(page::head(opening).as_bytes())?;
        file.write(self.before(opening).into_string().as_bytes())?;
        let unheld = |error: io::Error| {
            Box::new(Diagnostic::new("output", format!("cannot read again what was kept for the page: {error}")))
        };
        // Stable: of those that are as bad as each other the first of the file comes first.
        self.index.sort_by_key(|line| line.rank);
        let mut lines = self.lines.into_inner().map_err(|error| unheld(error.into_error()))?;
        let mut bytes = Vec::new();
        for OverviewLine { start, length, .. } in &self.index {
            bytes.resize(usize::try_from(*length).unwrap_or_default(), 0);
            let read = lines.seek(SeekFrom::Start(*start)).and_then(|_| lines.read_exact(&mut bytes));
            read.map_err(unheld)?;
            file.write(&bytes)?;
        }
        file.write(b"</tbody></table></div></section>")?;
        file.write(page::end().as_bytes())?;
        file.finish()
    }

    /// Renders the text before the lines.
    fn before(&self, opening: &Opening) -> Markup {
        let opened = html! {
            header {
                p class="kind" { "graphwalk overview" }
                h1 { (Text(&opening.tutorial)) }
                p { (counted(self.sessions.total(), "session")) ": " (counts(self.sessions)) }
            }
            section {
                h2 { "Each step" }
                (wide(&self.by_step(opening)))
            }
        };
        let heads = html! {
            tr {
                th scope="col" { "Session" } th scope="col" { "Labels" } th scope="col" { "Verdict" }
                @for (number, _) in &self.steps { th scope="col" { (number) } }
            }
        };
        // The table is closed behind the lines.
        let table = format!(
            "<section><h2>Each session, the worst first</h2><div class=\"wide\" tabindex=\"0\"><table><thead>{}</thead><tbody>",
            heads.into_string()
        );
        html! { (opened) (maud::PreEscaped(table)) }
    }

    fn by_step(&self, opening: &Opening) -> Markup {
        html! {
            table {
                thead { tr {
                    th scope="col" { "Step" } th scope="col" { "Failed" } th scope="col" { "Blocked" }
                    th scope="col" { "Skipped" } th scope="col" { "Passed" }
                } }
                tbody { @for (number, counts) in &self.steps { tr {
                    th scope="row" { (number) " " (Text(title(opening, *number))) }
                    td { (grouped(counts.failed)) } td { (grouped(counts.blocked)) }
                    td { (grouped(counts.skipped)) } td { (grouped(counts.passed)) }
                } } }
            }
        }
    }
}

fn title(opening: &Opening, number: u8) -> &str {
    let feature = opening.features.iter().find(|feature| feature.number == number);
    feature.map_or("", |feature| feature.document.feature.name.as_str())
}

fn counts(counts: VerdictCounts) -> String {
    let VerdictCounts { passed, failed, blocked, skipped } = counts;
    let all = [(failed, "failed"), (blocked, "blocked"), (skipped, "skipped"), (passed, "passed")];
    let told =
        all.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{} {word}", grouped(count)));
    told.collect::<Vec<_>>().join(", ")
}

fn line(summary: &Summary, labels: &[String], cells: &[Option<Verdict>]) -> Markup {
    let word = if summary.is_waiting { "waiting".to_owned() } else { summary.verdict.to_string() };
    let why = summary.failures.first().map(|failure| failure.fault.message.as_str());
    let why = why.or(summary.blocked_because.as_deref()).filter(|_| summary.verdict != Verdict::Passed);
    html! {
        tr {
            th scope="row" { (Text(&summary.name)) @if let Some(why) = why { p class="by" { (Text(why)) } } }
            td { (Text(labels.join(" "))) }
            td { span class={ "verdict " (summary.verdict) } { (word) } }
            @for cell in cells {
                @match cell {
                    Some(verdict) => td { (mark(*verdict)) " " (verdict) },
                    None => td { "–" },
                }
            }
        }
    }
}

fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "✓",
        Verdict::Failed => "✗",
        Verdict::Blocked => "○",
        Verdict::Skipped => "–",
    }
}
