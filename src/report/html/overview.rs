//! A page with a line a tenant and a column a step of the tutorial, the worst first. A tenant may have several sessions.

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
    tenants: VerdictCounts,
    /// The tenant whose sessions are being added.
    row: Option<OverviewRow>,
}

/// The line of a tenant.
#[derive(Debug)]
struct OverviewRow {
    name: String,
    labels: Vec<String>,
    /// Its sessions by verdict, and what looked for them.
    sessions: VerdictCounts,
    searches: VerdictCounts,
    /// The reason of the first session that is as bad as the tenant's verdict.
    why: Option<(Verdict, String)>,
    is_waiting: bool,
    /// Its sessions by verdict, by step.
    cells: Vec<VerdictCounts>,
}

impl OverviewRow {
    fn verdict(&self) -> Verdict {
        self.sessions.with(self.searches).verdict()
    }
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
        let (sessions, tenants) = (VerdictCounts::default(), VerdictCounts::default());
        Ok(Self { lines, written: 0, index: Vec::new(), steps, sessions, tenants, row: None })
    }

    /// Adds a session. Those of a tenant come one after the other.
    ///
    /// # Errors
    ///
    /// A line cannot be written: the disk is full.
    pub fn add(&mut self, session: &SessionMessages<'_>, summary: &Summary) -> io::Result<()> {
        let Some(note) = session_note(&session.messages) else { return Ok(()) };
        let tenant = note.tenant.as_deref().unwrap_or(&note.name);
        if self.row.as_ref().is_some_and(|row| row.name != tenant) {
            self.end_row()?;
        }
        let row = self.row.get_or_insert_with(|| OverviewRow {
            name: tenant.to_owned(),
            labels: note.labels.clone(),
            sessions: VerdictCounts::default(),
            searches: VerdictCounts::default(),
            why: None,
            is_waiting: false,
            cells: vec![VerdictCounts::default(); self.steps.len()],
        });
        let cases = session.cases();
        for ((number, counts), cell) in self.steps.iter_mut().zip(&mut row.cells) {
            let of_step = cases.iter().filter(|case| case.feature.number == *number);
            let verdicts: Vec<Verdict> = of_step.map(|case| verdict_of(&case.steps)).collect();
            if !verdicts.is_empty() {
                let verdict = together(verdicts.iter().copied());
                counts.add(verdict);
                cell.add(verdict);
            }
        }
        if note.is_search { &mut row.searches } else { &mut row.sessions }.add(note.verdict);
        if !note.is_search {
            self.sessions.add(note.verdict);
        }
        row.is_waiting |= note.is_waiting;
        let why = summary.failures.first().map(|failure| failure.fault.message.clone());
        let why = why.or_else(|| summary.blocked_because.clone()).filter(|_| note.verdict != Verdict::Passed);
        if let Some(why) = why
            && row.why.as_ref().is_none_or(|(verdict, _)| *verdict < note.verdict)
        {
            row.why = Some((note.verdict, why));
        }
        Ok(())
    }

    /// Writes the line of the tenant whose sessions were added.
    fn end_row(&mut self) -> io::Result<()> {
        let Some(row) = self.row.take() else { return Ok(()) };
        let count = |wanted: Verdict| row.cells.iter().filter(|cell| cell.verdict() == wanted).count();
        let rank = (Reverse(row.verdict()), Reverse(count(Verdict::Failed)), Reverse(count(Verdict::Blocked)));
        self.tenants.add(row.verdict());
        let line = line(&row).into_string();
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
        let unheld = |error: io::Error| {
            Box::new(Diagnostic::new("output", format!("cannot keep what the page says of tenants: {error}")))
        };
        self.end_row().map_err(unheld)?;
        file.write(page::head(opening).as_bytes())?;
        file.write(self.before(opening).into_string().as_bytes())?;
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
                p { (counted(self.tenants.total(), "tenant")) ": " (counts(self.tenants)) }
                @if self.sessions.total() != self.tenants.total() {
                    p { (counted(self.sessions.total(), "session")) ": " (counts(self.sessions)) }
                }
            }
            section {
                h2 { "Each step" }
                (wide(&self.by_step(opening)))
            }
        };
        let heads = html! {
            tr {
                th scope="col" { "Tenant" } th scope="col" { "Labels" } th scope="col" { "Verdict" }
                @for (number, _) in &self.steps { th scope="col" { (number) } }
            }
        };
        // The table is closed behind the lines.
        let table = format!(
            "<section><h2>Each tenant, the worst first</h2><div class=\"wide\" tabindex=\"0\"><table><thead>{}</thead><tbody>",
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

fn line(row: &OverviewRow) -> Markup {
    let verdict = row.verdict();
    let word = if row.is_waiting { "waiting".to_owned() } else { verdict.to_string() };
    let is_several = row.searches.total() > 0 || row.sessions.total() > 1;
    html! {
        tr {
            th scope="row" {
                (Text(&row.name))
                @if is_several {
                    p class="by" { (counted(row.sessions.total(), "session")) @if row.sessions.total() > 0 { ": " (counts(row.sessions)) } }
                }
                @if let Some((_, why)) = &row.why { p class="by" { (Text(why)) } }
            }
            td { (Text(row.labels.join(" "))) }
            td { span class={ "verdict " (verdict) } { (word) } }
            @for cell in &row.cells {
                @match cell.total() {
                    0 => td { "–" },
                    1 => td { (cell.verdict().mark()) " " (cell.verdict()) },
                    _ => td { (cell.verdict().mark()) " " (counts(*cell)) },
                }
            }
        }
    }
}
