//! The report for programs.

use serde_json::{Value, json};

use super::finding::DoctorFinding;
use super::{Report, StepGroup};

pub(super) fn render(report: &Report) -> Value {
    json!({
        "tutorial": report.tutorial,
        "ready": !report.blocks(),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "steps": report.steps.iter().map(steps).collect::<Vec<_>>(),
    })
}

fn finding(finding: &DoctorFinding) -> Value {
    let mut row = json!({
        "check": finding.check,
        "verdict": finding.verdict,
        "text": finding.text,
        "advice": finding.advice,
        "steps": finding.steps,
    });
    if let super::DoctorSection::ExaminedActor(name) = &finding.section {
        row["actor"] = json!(name);
    }
    if let Some(permission) = &finding.permission {
        row["actor"] = json!(permission.actor);
        row["permission"] = json!(permission);
    }
    row
}

fn steps(group: &StepGroup) -> Value {
    let missing = Some(&group.missing).filter(|missing| !missing.is_empty());
    json!({"steps": group.steps, "verdict": group.verdict, "missing": missing, "after": group.after})
}
