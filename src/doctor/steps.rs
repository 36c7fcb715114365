//! Which steps of the tutorial can be judged, and what the others lack.

use std::collections::BTreeMap;

use super::Examined;
use super::finding::{DoctorFinding, DoctorVerdict};

/// Steps that have the same to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepGroup {
    /// Their numbers.
    pub steps: Vec<u8>,
    /// Ok: they can be judged.
    pub verdict: DoctorVerdict,
    /// The missing or unknown thing; empty if there is none.
    pub missing: String,
    /// The blocked step that comes before, if that is all that keeps these from being judged.
    pub after: Option<u8>,
}

/// Returns, for each missing thing, the steps that lack it, then those that come after a step that cannot be judged, then
/// those of which something is unknown, then the rest.
pub(super) fn group(examined: &Examined<'_>, findings: &[DoctorFinding]) -> Vec<StepGroup> {
    let blocked = by_reason(findings, DoctorVerdict::Blocked);
    let first = blocked.iter().flat_map(|(_, steps)| steps.iter().copied()).min();
    let is_blocked = |step: u8| blocked.iter().any(|(_, steps)| steps.contains(&step));
    // The clean-up is played whatever happened before it.
    let last = examined.step_numbers().last();
    let is_after = |step: u8| !is_blocked(step) && Some(step) != last && first.is_some_and(|first| first < step);
    let mut groups: Vec<StepGroup> = blocked
        .iter()
        .map(|(missing, steps)| StepGroup {
            steps: steps.clone(),
            verdict: DoctorVerdict::Blocked,
            missing: missing.clone(),
            after: None,
        })
        .collect();
    let after: Vec<u8> = examined.step_numbers().filter(|step| is_after(*step)).collect();
    if let (false, Some(first)) = (after.is_empty(), first) {
        groups.push(StepGroup {
            steps: after,
            verdict: DoctorVerdict::Blocked,
            missing: String::new(),
            after: Some(first),
        });
    }
    let mut rest: Vec<u8> = examined.step_numbers().filter(|step| !is_blocked(*step) && !is_after(*step)).collect();
    for (missing, steps) in by_reason(findings, DoctorVerdict::Unknown) {
        // One reason is enough: mostly the others follow from it.
        let steps: Vec<u8> = steps.into_iter().filter(|step| rest.contains(step)).collect();
        rest.retain(|step| !steps.contains(step));
        if !steps.is_empty() {
            groups.push(StepGroup { steps, verdict: DoctorVerdict::Unknown, missing, after: None });
        }
    }
    if !rest.is_empty() {
        groups.push(StepGroup { steps: rest, verdict: DoctorVerdict::Ok, missing: String::new(), after: None });
    }
    groups
}

/// The steps that lack each thing, in the order in which the things were found.
fn by_reason(findings: &[DoctorFinding], verdict: DoctorVerdict) -> Vec<(String, Vec<u8>)> {
    let mut order: BTreeMap<&str, usize> = BTreeMap::new();
    let mut reasons: Vec<(String, Vec<u8>)> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.verdict == verdict && !finding.steps.is_empty()) {
        let place = *order.entry(&finding.missing).or_insert_with(|| {
            reasons.push((finding.missing.clone(), Vec::new()));
            reasons.len() - 1
        });
        let steps = &mut reasons[place].1;
        steps.extend(&finding.steps);
        steps.sort_unstable();
        steps.dedup();
    }
    reasons
}

/// `1, 3–5, 9`
pub(super) fn ranges(steps: &[u8]) -> String {
    let mut parts: Vec<(u8, u8)> = Vec::new();
    for step in steps {
        match parts.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(*step) => *end = *step,
            _ => parts.push((*step, *step)),
        }
    }
    let shown = parts.iter().map(|(from, to)| if from == to { from.to_string() } else { format!("{from}–{to}") });
    shown.collect::<Vec<_>>().join(", ")
}
