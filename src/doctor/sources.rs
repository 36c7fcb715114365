//! Where the needs of a tutorial are known from: its dry run, recordings, the features' sentences.

use std::collections::BTreeSet;

use super::Examined;
use super::actors::ExaminedActor;
use super::finding::{DoctorFinding, DoctorSection};
use super::needs::CallSource;
use super::steps::ranges;
use crate::in_words::plural;

/// One finding that says it of all steps to come, one about a dry run that broke off, and one about each recording that did
/// as well if something is known from the features alone.
pub(super) fn examine(examined: &Examined<'_>, actors: &[ExaminedActor]) -> Vec<DoctorFinding> {
    let needs = examined.needs;
    let to_come: BTreeSet<u8> = examined.step_numbers().collect();
    let of = |source: CallSource| -> Vec<u8> {
        needs.sources.get(&source).into_iter().flatten().filter(|step| to_come.contains(step)).copied().collect()
    };
    let used: Vec<&str> =
        needs.recordings.iter().filter(|asked| asked.is_used).map(|asked| asked.name.as_str()).collect();
    let told = [
        (CallSource::DryRun, "in a dry run on an emulated tenant".to_owned()),
        (CallSource::Recorded, format!("recorded in {}", used.join(", "))),
        (CallSource::Features, "read from the features".to_owned()),
    ];
    let parts: Vec<String> = told
        .into_iter()
        .map(|(source, how)| (of(source), how))
        .filter(|(steps, _)| !steps.is_empty())
        .map(|(steps, how)| format!("{how}: {} {}", plural(steps.len(), "step"), ranges(&steps)))
        .collect();
    let mut findings = Vec::new();
    let is_read = !of(CallSource::Features).is_empty();
    // Nothing was asked for anybody where nobody can be reached.
    if !parts.is_empty() && !actors.is_empty() {
        let finding = if is_read { DoctorFinding::warn } else { DoctorFinding::ok };
        findings.push(finding(DoctorSection::Permissions, "calls-from", parts.join("; ")));
    }
    findings.extend(needs.broken_off.as_ref().map(|why| {
        let text = format!("the dry run on an emulated tenant ended at {why}");
        let advice = match needs.recordings.is_empty() {
            true => "what no sentence names is not told here: name a recording of the tutorial with --recording",
            false => "what neither a recording nor a sentence names is not told here",
        };
        if is_read {
            DoctorFinding::warn(DoctorSection::Permissions, "dry-run", text).advice(advice)
        } else {
            DoctorFinding::ok(DoctorSection::Permissions, "dry-run", text)
        }
    }));
    let lacking = needs.recordings.iter().filter(|_| is_read);
    findings.extend(lacking.filter_map(|asked| {
        let why = asked.broken_off.as_ref()?;
        Some(DoctorFinding::warn(
            DoctorSection::Permissions,
            "recording",
            format!("{} serves no further than {why}", asked.name),
        ))
    }));
    findings
}
