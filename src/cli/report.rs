//! `graphwalk report`: make reports of messages that were kept.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::in_words::{counted_as, grouped};
use crate::report::message::TestRunFinished;
use crate::report::{
    EvidenceFolder, KeptRun, MESSAGES, ReportFiles, RunEnd, SessionMessages, Totals, Wanted, renumber, verify,
};
use crate::terminal_text::plain;
use crate::tutorial::TutorialFaults;

use super::merge::{self, MergeArgs};
use super::report_args::ReportArgs;
use super::{Exit, printed};

pub(super) const EXAMPLES: &str = "Examples:
  graphwalk run --messages run.ndjson              keep the messages of a run
  graphwalk report run.ndjson --junit junit.xml    make a report of them, later
  graphwalk report a.ndjson b.ndjson --json ab.json
                                                   one report of two runs
  graphwalk report merge shard-* --junit all.xml   one report of all shards of a
                                                   run on many tenants
  graphwalk report RUN/reports/messages.ndjson --html run.html
                                                   what a killed run had told
  graphwalk report verify review                   is what `run --evidence
                                                   review` kept still the same?";

/// Arguments of `graphwalk report`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ReportCommandArgs {
    #[command(subcommand)]
    command: Option<ReportCommand>,
    /// Messages that `run --messages FILE` wrote, or another Cucumber
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reports: ReportArgs,
}

/// The other things that `graphwalk report` does.
#[derive(Debug, clap::Subcommand)]
enum ReportCommand {
    /// See whether a folder of evidence is still as it was: exit code 1 if a file was changed, added or taken away
    Verify {
        /// The folder that `run --evidence DIR` wrote
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Make the reports of one run of all its shards: the results that `run --tenants FILE --results DIR` kept of each
    Merge(Box<MergeArgs>),
}

/// Makes the reports that are wanted, or verifies those that were made.
///
/// # Errors
///
/// Messages that cannot be read, reports that cannot be written, or that none is wanted.
pub fn report(args: &ReportCommandArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    match &args.command {
        Some(ReportCommand::Verify { folder }) => return verify_evidence(folder, out),
        Some(ReportCommand::Merge(merge)) => return merge::merge(merge, out),
        None => {}
    }
    let (wanted, evidence) = args.reports.begin(None).map_err(|fault| vec![*fault])?;
    refuse(args, &wanted)?;
    let mut runs = Vec::with_capacity(args.files.len());
    for file in &args.files {
        runs.push(KeptRun::open(file).map_err(|fault| vec![*fault])?);
    }
    if runs.len() > 1 {
        runs.iter_mut().for_each(KeptRun::set_several);
    }
    let totals = write(&mut runs, &wanted).map_err(|fault| vec![*fault])?;
    printed(writeln!(out, "{} of {}", totals.sessions, totals.describe_count()))?;
    for Wanted { name, path, .. } in args.reports.wanted(None) {
        printed(writeln!(out, "wrote {} ({name})", path.display()))?;
    }
    evidence.map_or(Ok(()), EvidenceFolder::finish).map_err(|fault| vec![*fault])?;
    let mut exit = Exit::Passed;
    for fault in runs.iter().filter_map(KeptRun::early_end) {
        // That nobody can read it does not change the exit code.
        let _ = writeln!(anstream::stderr().lock(), "{}", fault.render(true));
        exit = if totals.all_counts().failed > 0 { Exit::Failed } else { Exit::Blocked };
    }
    Ok(exit)
}

/// Tells whether a folder of evidence is as its manifest has it.
fn verify_evidence(folder: &Path, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let verified = verify(folder).map_err(|fault| vec![*fault])?;
    for deviation in &verified.deviations {
        printed(writeln!(out, "{}", plain(&deviation.to_string())))?;
    }
    let same = counted_as(verified.same, "file is as the manifest has it", "files are as the manifest has them");
    let others = verified.deviations.len();
    let told = if others == 0 { same } else { format!("{same}, {} not", grouped(others)) };
    printed(writeln!(out, "{told}\nSHA-256 of the manifest: {}", verified.manifest))?;
    Ok(if others == 0 { Exit::Passed } else { Exit::Failed })
}

fn refuse(args: &ReportCommandArgs, wanted: &[Wanted]) -> Result<(), TutorialFaults> {
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
    let is_several = runs.len() > 1;
    for run in runs.iter_mut() {
        while let Some(mut messages) = run.next_session()? {
            if is_several {
                renumber(&mut messages, totals.all_counts().total());
            }
            files.add_kept(&SessionMessages { opening: run.opening(), messages }, &mut totals)?;
        }
        if let Some(last) = run.finished() {
            finished = Some(match finished {
                Some(first) => together(&first, last),
                None => last.clone(),
            });
        }
    }
    totals.is_cut_off = runs.iter().any(|run| run.early_end().is_some());
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
