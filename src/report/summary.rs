//! What the terminal tells of a session, and of all sessions together.

use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::runner::{Plan, SessionOutcome, Verdict, VerdictCounts};
use crate::session::{Membership, RunId};

/// What is kept of a session after it has ended.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What the session is known by.
    pub name: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Whether it could begin at all: its recording could be read.
    pub begun: bool,
    /// Features by verdict.
    pub steps: VerdictCounts,
    /// Scenarios by verdict.
    pub scenarios: VerdictCounts,
    /// Why later steps were blocked, if they were.
    pub blocked_because: Option<String>,
    /// The statuses that the review went through: `NotStarted → InProgress`; empty if none was seen.
    pub timeline: String,
    /// How many scenarios an earlier process of the run played, in a sentence.
    pub earlier: Option<String>,
    /// Who was a member before and after: `Building security: A, B → A`; empty if nobody asked.
    pub memberships: Vec<String>,
    /// How many exchanges were made.
    pub exchanges: usize,
    /// How many of them were made because the one before had failed.
    pub repeated: usize,
    /// What reads after a write saw late, in turns or never, a line each.
    pub lags: Vec<String>,
    /// What was sent otherwise than features ask for, and why.
    pub changed: Vec<String>,
    /// How many payloads were validated against a schema.
    pub validated: usize,
    /// How many payloads no schema was known for.
    pub unvalidated: usize,
    /// How many exchanges of the recording have which provenance.
    pub provenance: Vec<(&'static str, usize)>,
    /// What the schemas do not know, a line each.
    pub drift: Vec<String>,
    /// The recorded exchanges that nothing asked for.
    pub unused: Vec<String>,
    /// What was created and not seen to be gone.
    pub left: Vec<String>,
    /// The run on a tenant that it was, by whose name what is left can be deleted.
    pub run: Option<RunId>,
    /// Everything that failed.
    pub failures: Vec<Diagnostic>,
    /// How long it took.
    pub took: Duration,
}

/// All sessions together.
#[derive(Clone, Debug, Default)]
pub struct Totals {
    /// Sessions by verdict.
    pub sessions: VerdictCounts,
    /// Features of all sessions by verdict.
    pub steps: VerdictCounts,
    /// Scenarios of all sessions by verdict.
    pub scenarios: VerdictCounts,
    /// Exchanges of all sessions.
    pub exchanges: usize,
    /// Sessions that could not begin.
    pub unreadable: usize,
    /// Sessions that were not begun, because the run was interrupted.
    pub not_begun: usize,
    /// Drift of all sessions.
    pub drift: usize,
    /// The provenance of all exchanges.
    pub provenance: Vec<(&'static str, usize)>,
    /// The different timelines, with how many sessions went through each.
    pub timelines: Vec<(String, usize)>,
    /// The different changes of membership, with how many sessions saw each.
    pub memberships: Vec<(String, usize)>,
}

impl Summary {
    /// What is to be told of `outcome`.
    pub fn of(plan: &Plan, outcome: &SessionOutcome) -> Self {
        let seen = &outcome.seen;
        Self {
            name: outcome.name.clone(),
            verdict: outcome.verdict(),
            begun: outcome.begun,
            steps: outcome.feature_counts(),
            scenarios: outcome.scenario_counts(),
            blocked_because: blocked_because(outcome),
            timeline: seen.definition.to_string(),
            earlier: outcome.earlier(),
            memberships: before_and_after(&seen.memberships),
            exchanges: seen.exchanges,
            repeated: seen.repeated,
            lags: seen.lags.iter().map(ToString::to_string).collect(),
            changed: seen.changed.clone(),
            validated: seen.validated,
            unvalidated: seen.unvalidated,
            provenance: outcome.provenance.clone(),
            drift: seen
                .drift
                .iter()
                .map(|drift| format!("{}:{}: {}", drift.place.file, drift.place.line, drift.finding))
                .collect(),
            unused: outcome.unused.clone(),
            left: outcome.left.clone(),
            run: outcome.run.clone(),
            failures: outcome.diagnostics(plan),
            took: outcome.took,
        }
    }
}

impl Totals {
    /// Adds a session.
    pub fn add(&mut self, summary: &Summary) {
        self.sessions.add(summary.verdict);
        self.steps.add_all(summary.steps);
        self.scenarios.add_all(summary.scenarios);
        self.exchanges += summary.exchanges;
        self.unreadable += usize::from(!summary.begun);
        self.drift += summary.drift.len();
        for (provenance, count) in &summary.provenance {
            add_to(&mut self.provenance, *provenance, *count);
        }
        if !summary.timeline.is_empty() {
            add_to(&mut self.timelines, summary.timeline.clone(), 1);
        }
        for membership in &summary.memberships {
            add_to(&mut self.memberships, membership.clone(), 1);
        }
    }
}

fn add_to<K: PartialEq>(counts: &mut Vec<(K, usize)>, key: K, count: usize) {
    match counts.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum += count,
        None => counts.push((key, count)),
    }
}

fn blocked_because(outcome: &SessionOutcome) -> Option<String> {
    let scenarios = outcome.features.iter().flat_map(|feature| &feature.scenarios);
    let mut blocked = scenarios.filter(|scenario| scenario.verdict() == Verdict::Blocked);
    blocked.find_map(|scenario| scenario.reason().map(str::to_owned))
}

/// For each group the first membership seen and, if it was looked at again, the last.
fn before_and_after(memberships: &[Membership]) -> Vec<String> {
    let mut groups: Vec<(&str, &Membership, &Membership)> = Vec::new();
    for seen in memberships {
        match groups.iter_mut().find(|(group, _, _)| *group == seen.group) {
            Some((_, _, last)) => *last = seen,
            None => groups.push((&seen.group, seen, seen)),
        }
    }
    let told = groups.into_iter().map(|(group, first, last)| {
        if std::ptr::eq(first, last) {
            format!("{group}: {}", people(first))
        } else {
            format!("{group}: {} → {}", people(first), people(last))
        }
    });
    told.collect()
}

fn people(membership: &Membership) -> String {
    if membership.members.is_empty() { "nobody".to_owned() } else { membership.members.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn membership_is_told_before_and_after() {
        let at = |members: &[&str]| Membership {
            group: "G".into(),
            members: members.iter().map(|name| (*name).to_owned()).collect(),
        };
        assert_eq!(before_and_after(&[at(&["A", "B"]), at(&["A"]), at(&[])]), ["G: A, B → nobody"]);
        assert_eq!(before_and_after(&[at(&["A"])]), ["G: A"]);
    }
}
