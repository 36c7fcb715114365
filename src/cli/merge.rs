//! `graphwalk report merge`: the reports of one run, made of what its shards kept.

use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;

use crate::diagnostic::Diagnostic;
use crate::in_words::counted;
use crate::report::message::TestRunFinished;
use crate::report::{EvidenceFolder, Overview, ReportFile, ReportFiles, RunEnd, SessionMessages, Totals, Wanted};
use crate::tenants::{MergedRun, merge as merge_shards};
use crate::tutorial::TutorialFaults;

use super::report_args::ReportArgs;
use super::{Exit, printed, run};

/// Arguments of `graphwalk report merge`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk report merge shard-1 shard-2 --junit all.xml\n  graphwalk report merge results/* --overview tenants.html\n\nThe exit code is that of the run: 1 if a tenant failed, 4 if one waits, 3 if one\nwas blocked."
)]
pub(super) struct MergeArgs {
    /// The folder of each shard
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Write a page with a line a tenant and a column a step, the worst first
    #[arg(long, value_name = "FILE")]
    overview: Option<PathBuf>,
    #[command(flatten)]
    reports: ReportArgs,
}

/// Makes the reports that are wanted, and ends as one run would have ended.
///
/// # Errors
///
/// A shard is missing, there twice, of another run or not finished; reports that cannot be written.
pub(super) fn merge(args: &MergeArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let mut run = merge_shards(&args.folders)?;
    let (wanted, evidence) = args.reports.begin(None).map_err(|fault| vec![*fault])?;
    let page = args.overview.as_deref().map(ReportFile::create).transpose().map_err(|fault| vec![*fault])?;
    let totals = write(&mut run, &wanted, page).map_err(|fault| vec![*fault])?;
    evidence.map_or(Ok(()), EvidenceFolder::finish).map_err(|fault| vec![*fault])?;
    let shards = counted(args.folders.len(), "shard");
    printed(writeln!(out, "{} of {}, from {shards}", totals.sessions, totals.describe_count()))?;
    for Wanted { name, path, .. } in args.reports.wanted(None) {
        printed(writeln!(out, "wrote {} ({name})", path.display()))?;
    }
    if let Some(path) = &args.overview {
        printed(writeln!(out, "wrote {} (overview)", path.display()))?;
    }
    Ok(run::exit(&totals))
}

/// Writes the reports, a session at a time.
fn write(run: &mut MergedRun, wanted: &[Wanted], page: Option<ReportFile>) -> Result<Totals, Box<Diagnostic>> {
    let unheld =
        |error: io::Error| Box::new(Diagnostic::new("output", format!("cannot keep lines of the page: {error}")));
    let mut files = ReportFiles::create(wanted)?;
    files.begin(run.opening())?;
    let mut overview = page.map(|page| Ok((Overview::new(run.opening())?, page))).transpose().map_err(unheld)?;
    let (mut totals, started) = (Totals::default(), run.opening().started());
    while let Some(messages) = run.next_session()? {
        let session = SessionMessages { opening: run.opening(), messages };
        let summary = files.add_kept(&session, &mut totals)?;
        if let Some((overview, _)) = &mut overview {
            overview.add(&session, &summary).map_err(unheld)?;
        }
    }
    let finished = TestRunFinished {
        success: totals.is_success(),
        timestamp: Timestamp::now().into(),
        test_run_started_id: run.opening().run().to_owned(),
    };
    if let Some((overview, page)) = overview {
        overview.finish(run.opening(), page)?;
    }
    files.finish(run.opening(), &RunEnd { finished: &finished, started, totals: &totals })?;
    Ok(totals)
}
