//! `graphwalk runs`: live runs, how they stand, and what they left.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::runs::{RunState, RunSummary, Runs};
use crate::terminal_text::{fitted, plain};
use crate::tutorial::TutorialFaults;

use super::config::ConfigArgs;
use super::{Exit, printed};

/// Arguments of `graphwalk runs`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  graphwalk runs                  every run, its state, what it left\n  graphwalk runs --json           the same for a program\n  graphwalk runs --runs DIR       the runs of another folder"
)]
pub struct RunsArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists the runs.
///
/// # Errors
///
/// If the configuration is wrong, or the folder is there and cannot be read.
pub fn runs(args: &RunsArgs, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    list(&args.config.load()?.runs, args.json, out)
}

fn list(folder: &Path, as_json: bool, out: &mut dyn Write) -> Result<Exit, TutorialFaults> {
    let summaries = Runs::in_folder(folder).summaries().map_err(|error| vec![Diagnostic::from(&error)])?;
    printed(if as_json { json(&summaries, out) } else { table(folder, &summaries, out) })?;
    Ok(Exit::Passed)
}

/// A run as `--json` prints it.
#[derive(Serialize)]
struct RunRow<'a> {
    run: &'a str,
    tutorial: Option<&'a str>,
    tenant: Option<&'a str>,
    base_url: Option<&'a str>,
    began: Option<String>,
    #[serde(flatten)]
    state: &'a RunState,
    leftovers: Vec<LeftoverRow<'a>>,
    /// Whether lines of the journal were lost, so that there may be more.
    incomplete: bool,
}

#[derive(Serialize)]
struct LeftoverRow<'a> {
    kind: &'a str,
    name: &'a str,
    /// `null` if the create was sent and no answer is known.
    id: Option<&'a str>,
}

fn json(summaries: &[RunSummary], out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<RunRow<'_>> = summaries.iter().map(row).collect();
    serde_json::to_writer_pretty(&mut *out, &rows)?;
    writeln!(out)
}

fn row(summary: &RunSummary) -> RunRow<'_> {
    let begun = summary.begun.as_ref();
    RunRow {
        run: summary.run.as_str(),
        tutorial: begun.map(|begun| begun.tutorial.as_str()),
        tenant: begun.map(|begun| begun.tenant.as_str()),
        base_url: begun.map(|begun| begun.base_url.as_str()),
        began: begun.map(|begun| begun.at.to_string()),
        state: &summary.state,
        leftovers: summary
            .leftovers
            .iter()
            .map(|left| LeftoverRow {
                kind: left.object.resource.id(),
                name: &left.object.name,
                id: left.id.as_deref(),
            })
            .collect(),
        incomplete: summary.is_incomplete,
    }
}

fn table(folder: &Path, summaries: &[RunSummary], out: &mut dyn Write) -> io::Result<()> {
    if summaries.is_empty() {
        return writeln!(out, "no runs in {}", folder.display());
    }
    writeln!(out, "run                 state        tutorial")?;
    for summary in summaries {
        let RunSummary { run, begun, state, .. } = summary;
        let tutorial = begun.as_ref().map_or("?".to_owned(), |begun| fitted(&plain(&begun.tutorial), 47));
        writeln!(out, "{:<18}  {:<11}  {tutorial}", run.as_str(), state.word())?;
        let lost = summary.is_incomplete.then(|| "lines of its journal were lost: see `graphwalk clean`".to_owned());
        for line in describe_leftovers(summary).into_iter().chain(more(state)).chain(lost) {
            writeln!(out, "                    {}", fitted(&plain(&line), 60))?;
        }
    }
    advice(summaries, out)
}

/// Describes the objects that a run left, or may have left.
fn describe_leftovers(summary: &RunSummary) -> Option<String> {
    let damaged = matches!(summary.state, RunState::Damaged { .. }) || summary.is_incomplete;
    match (summary.describe_leftovers(), damaged) {
        (left, false) if left.is_empty() => None,
        (left, true) if left.is_empty() => Some("what it left in the tenant is unknown".to_owned()),
        (left, true) => Some(format!("in the tenant: at least {left}")),
        (left, false) => Some(format!("in the tenant: {left}")),
    }
}

/// Returns what a state says beyond its word.
fn more(state: &RunState) -> Option<String> {
    match state {
        RunState::Waiting { until, next } => Some(format!("step {} continues after {until}", next.step)),
        RunState::WaitingForAct { act, next } => Some(format!("step {} waits for a person to do: {act}", next.step)),
        RunState::Killed { next: Some(next) } => Some(format!("step {} can be played again", next.step)),
        RunState::Damaged { reason } => Some(reason.clone()),
        RunState::Running | RunState::Ended { .. } | RunState::Killed { next: None } => None,
    }
}

fn advice(summaries: &[RunSummary], out: &mut dyn Write) -> io::Result<()> {
    let is_waiting =
        |summary: &&RunSummary| matches!(summary.state, RunState::Waiting { .. } | RunState::WaitingForAct { .. });
    let is_resumable = |summary: &&RunSummary| matches!(summary.state, RunState::Killed { next: Some(_) });
    let waiting = summaries.iter().find(is_waiting);
    let resumable = waiting.or_else(|| summaries.iter().find(is_resumable));
    let dirty = summaries.iter().find(|summary| {
        let settled =
            !matches!(summary.state, RunState::Running | RunState::Waiting { .. } | RunState::WaitingForAct { .. });
        let is_unknown = matches!(summary.state, RunState::Damaged { .. }) || summary.is_incomplete;
        settled && (!summary.leftovers.is_empty() || is_unknown)
    });
    if resumable.is_some() || dirty.is_some() {
        writeln!(out)?;
    }
    if let Some(RunSummary { run, .. }) = resumable {
        let which = if waiting.is_some() { "waiting" } else { "killed" };
        writeln!(out, "`graphwalk resume {run}` continues a {which} run")?;
    }
    if let Some(RunSummary { run, .. }) = dirty {
        writeln!(out, "`graphwalk clean {run}` deletes what a run left")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::NextScenario;
    use crate::session::journal::{Begun, Ending, EntryId, JournalObject, Leftover, PropertySearch};
    use graphwalk_catalog::Resource;

    fn summary(run: &str, state: RunState, resources: &[&str]) -> RunSummary {
        let run: crate::session::RunId = run.parse().unwrap();
        let begun = Begun {
            run: run.clone(),
            tutorial: "security-group-review".to_owned(),
            tenant: "5f0a1c1e-0000-4000-8000-000000000001".to_owned(),
            base_url: "https://graph.microsoft.com".to_owned(),
            at: "2026-11-25T01:27:00Z".parse().unwrap(),
        };
        let leftover = |(index, resource): (usize, &&str)| Leftover {
            entry: EntryId(u32::try_from(index).unwrap() + 1),
            object: JournalObject {
                resource: Resource::named(resource).unwrap(),
                name: format!("object {index}"),
                search: PropertySearch { property: "mailNickname".to_owned(), value: "x".to_owned() },
            },
            id: (index > 0).then(|| format!("id-{index}")),
        };
        let leftovers = resources.iter().enumerate().map(leftover).collect();
        RunSummary { run, begun: Some(begun), state, leftovers, is_incomplete: false }
    }

    fn every_state() -> Vec<RunSummary> {
        let next = NextScenario { step: 8, feature: "08-confirm-outcome.feature".to_owned(), line: 17 };
        let until = "2026-11-30T08:00:00Z".parse().unwrap();
        let all = ["user", "user", "user", "group", "review"];
        let reason = "line 12 of its journal: its checksum is wrong, and this goes on for longer than fits".to_owned();
        let mut unreadable = summary("20261125-0131-pqrs", RunState::Damaged { reason }, &["group"]);
        unreadable.begun = None;
        let mut torn = summary("20261125-0132-pqrs", RunState::Killed { next: None }, &all[..1]);
        torn.is_incomplete = true;
        vec![
            summary("20261120-2201-k3f9", RunState::Ended { ending: Ending::Passed }, &[]),
            summary("20261124-0127-abcd", RunState::Ended { ending: Ending::Failed }, &["user"]),
            summary("20261125-0127-efgh", RunState::Waiting { until, next: next.clone() }, &all),
            summary("20261125-0128-efgh", RunState::Killed { next: Some(next) }, &all),
            summary("20261125-0129-jkmn", RunState::Killed { next: None }, &all),
            unreadable,
            torn,
            summary("20261125-0140-tuvw", RunState::Running, &all[..2]),
        ]
    }

    fn render(summaries: &[RunSummary]) -> String {
        let mut out = Vec::new();
        table(Path::new(".graphwalk/runs"), summaries, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn runs_are_listed_within_80_columns_with_what_to_do_next() {
        let out = render(&every_state());
        assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
        insta::assert_snapshot!(out);
    }

    #[test]
    fn runs_are_listed_for_programs() {
        let mut out = Vec::new();
        json(&every_state()[1..3], &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn no_runs_are_no_error() {
        let mut out = Vec::new();
        assert_eq!(list(Path::new("no-such-folder"), false, &mut out), Ok(Exit::Passed));
        assert_eq!(String::from_utf8(out).unwrap(), "no runs in no-such-folder\n");
        assert_eq!(render(&every_state()[..1]).lines().count(), 2);
    }
}
