//! What earlier runs left in the tenant.

use super::finding::{DoctorFinding, DoctorSection};
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::runs::{RunState, RunSummary, Runs};
use crate::session::RunId;

/// A line for each run but `own` that left something, or may have.
pub(super) fn examine(config: &Config, own: Option<&RunId>) -> Vec<DoctorFinding> {
    let summaries = match Runs::in_folder(&config.runs).summaries() {
        Ok(mut summaries) => {
            summaries.retain(|summary| Some(&summary.run) != own);
            summaries
        }
        Err(error) => {
            let why = Diagnostic::from(&error);
            let finding = DoctorFinding::unknown(DoctorSection::Runs, "leftovers", why.message.clone());
            return vec![finding.advised(why.help)];
        }
    };
    let left: Vec<DoctorFinding> = summaries.iter().filter_map(of_run).collect();
    match (left.is_empty(), summaries.len()) {
        (true, 0) => vec![DoctorFinding::ok(DoctorSection::Runs, "leftovers", "no earlier runs")],
        (true, 1) => vec![DoctorFinding::ok(DoctorSection::Runs, "leftovers", "one earlier run, and it left nothing")],
        (true, runs) => {
            vec![DoctorFinding::ok(
                DoctorSection::Runs,
                "leftovers",
                format!("{runs} earlier runs, and they left nothing"),
            )]
        }
        (false, _) => left,
    }
}

fn of_run(summary: &RunSummary) -> Option<DoctorFinding> {
    let (run, left) = (&summary.run, summary.describe_leftovers());
    let is_damaged = matches!(summary.state, RunState::Damaged { .. }) || summary.is_incomplete;
    let at_least = if is_damaged { "at least " } else { "" };
    let what = match (&summary.state, left.is_empty()) {
        (RunState::Damaged { .. }, true) => "what it left is unknown".to_owned(),
        (_, true) => return None,
        (state, false) => format!("{}, and left {at_least}{left}", state.word()),
    };
    let advice = match &summary.state {
        RunState::Running => "do nothing: a process is working on it".to_owned(),
        RunState::Waiting { .. } | RunState::WaitingForAct { .. } | RunState::Killed { next: Some(_) } => {
            format!("`graphwalk resume {run}` continues it, `graphwalk clean {run}` removes it")
        }
        _ => format!("`graphwalk clean {run}` removes it"),
    };
    Some(DoctorFinding::warn(DoctorSection::Runs, "leftovers", format!("run {run}: {what}")).advice(advice))
}
