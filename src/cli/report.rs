//! `graphwalk report`: make reports of messages that were kept.

use std::io::Write;
use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::in_words::counted;
use crate::report::message::TestRunFinished;
use crate::report::{KeptRun, MESSAGES, Rendered, ReportFiles, RunEnd, SessionMessages, Summary, Totals, Wanted};
use crate::tutorial::Faults;

use super::report_args::ReportArgs;
use super::{Exit, printed};

pub(super) const EXAMPLES: &str = "Examples:
  graphwalk run --messages run.ndjson              keep the messages of a run
  graphwalk report run.ndjson --junit junit.xml    make a report of them, later
  graphwalk report a.ndjson b.ndjson --json ab.json
                                                   one report of two runs";

/// Arguments of `graphwalk report`.
#[derive(Debug, clap::Args)]
pub struct ReportCommandArgs {
    /// Messages that `run --messages FILE` wrote, or another Cucumber
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reports: ReportArgs,
}

/// Makes the reports that are wanted.
///
/// # Errors
///
/// Messages that cannot be read, reports that cannot be written, or that none is wanted.
pub fn report(args: &ReportCommandArgs, out: &mut dyn Write) -> Result<Exit, Faults> {
    let wanted = args.reports.wanted(None);
    refuse(args, &wanted)?;
    let mut runs = Vec::with_capacity(args.files.len());
    for file in &args.files {
        runs.push(KeptRun::open(file).map_err(|fault| vec![*fault])?);
    }
    if runs.len() > 1 {
        runs.iter_mut().for_each(KeptRun::set_several);
    }
    let totals = write(&mut runs, &wanted).map_err(|fault| vec![*fault])?;
    let sessions = counted(totals.sessions.total(), "session");
    printed(writeln!(out, "{} of {sessions}", totals.sessions))?;
    for Wanted { name, path, .. } in &wanted {
        printed(writeln!(out, "wrote {} ({name})", path.display()))?;
    }
    Ok(Exit::Passed)
}

fn refuse(args: &ReportCommandArgs, wanted: &[Wanted]) -> Result<(), Faults> {
    let usage = |message: &str, help: &str| Err(vec![Diagnostic::new("usage", message).help(help)]);
    if wanted.is_empty() {
        return usage("no report is wanted", "add e.g. --junit FILE; `graphwalk report --help` lists the formats");
    }
    if args.files.len() > 1 && wanted.iter().any(|wanted| wanted.name == MESSAGES) {
        return usage("the messages of several runs do not fit into one file", "name one file, or another format");
    }
    Ok(())
}

/// Writes the reports, a session at a time.
fn write(runs: &mut [KeptRun], wanted: &[Wanted]) -> Result<Totals, Box<Diagnostic>> {
    let mut files = ReportFiles::create(wanted)?;
    let mut totals = Totals::default();
    let mut finished: Option<TestRunFinished> = None;
    if let Some(first) = runs.first() {
        files.begin(first.opening())?;
    }
    for run in runs.iter_mut() {
        while let Some(messages) = run.next_session()? {
            totals.add(&Summary::read(&messages));
            let session = SessionMessages { opening: run.opening(), messages };
            let rendered: Vec<_> = wanted.iter().map(|w| Rendered::new(w.format, &session, false)).collect();
            files.add(&rendered)?;
        }
        if let Some(last) = run.finished() {
            finished = Some(match finished {
                Some(first) => together(&first, last),
                None => last.clone(),
            });
        }
    }
    let started = runs.iter().map(|run| run.opening().started()).min().unwrap_or_default();
    if let (Some(first), Some(finished)) = (runs.first(), &finished) {
        files.finish(first.opening(), &RunEnd { finished, started, totals: &totals })?;
    }
    Ok(totals)
}

/// The end of two runs in one report.
fn together(first: &TestRunFinished, second: &TestRunFinished) -> TestRunFinished {
    TestRunFinished {
        success: first.success && second.success,
        timestamp: first.timestamp.max(second.timestamp),
        test_run_started_id: first.test_run_started_id.clone(),
    }
}
