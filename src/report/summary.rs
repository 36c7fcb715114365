//! What the terminal tells of a session, and of all sessions together.

use std::time::Duration;

use crate::diagnostic::Diagnostic;
use crate::runner::{Plan, SessionOutcome, Verdict, VerdictCounts};
use crate::session::{Observation, Observations, RunId};
use crate::terminal_text::plain;

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
    /// How many scenarios an earlier process of the run played, in a sentence.
    pub earlier: Option<String>,
    /// What steps observed, a line each with its heading.
    pub observations: Vec<ObservedLine>,
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

/// One thing that steps observed: `Building security: A, B → A` under `membership`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedLine {
    /// The heading.
    pub heading: String,
    /// The line.
    pub text: String,
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
    /// The different things that steps observed, by heading, with how many sessions saw each.
    pub observations: Vec<(String, Vec<(String, usize)>)>,
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
            earlier: outcome.earlier(),
            observations: observed_lines(&seen.observations),
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
    /// Whether all sessions passed, and none was not begun.
    pub fn is_success(&self) -> bool {
        self.sessions.passed == self.sessions.total() && self.not_begun == 0
    }

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
        for ObservedLine { heading, text } in &summary.observations {
            match self.observations.iter_mut().find(|(known, _)| known == heading) {
                Some((_, lines)) => add_to(lines, text.clone(), 1),
                None => self.observations.push((heading.clone(), vec![(text.clone(), 1)])),
            }
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

/// What people are shown of the observations, in the order in which the headings were registered.
fn observed_lines(observations: &Observations) -> Vec<ObservedLine> {
    let shown = observations.headings().iter().filter(|heading| heading.is_shown);
    let lines = shown.flat_map(|heading| {
        let several = heading.observed.len() > 1;
        let lines = heading.observed.iter().flat_map(move |observation| lines_of(observation, several));
        lines.map(|text| ObservedLine { heading: heading.heading.clone(), text: plain(&text) })
    });
    lines.collect()
}

/// The lines of one observation; `several` says whether its subject has to be named, since there are others.
fn lines_of(observation: &Observation, several: bool) -> Vec<String> {
    match observation {
        Observation::Timeline { subject, states } if several => vec![format!("{subject}: {states}")],
        Observation::Timeline { states, .. } => vec![states.to_string()],
        Observation::Roster { title, moments } => vec![format!("{title}: {}", before_and_after(moments))],
        Observation::Table { title, columns, rows } => {
            let rows = std::iter::once(columns).chain(rows).map(|cells| cells.join(" | "));
            std::iter::once(title.clone()).chain(rows).collect()
        }
    }
}

/// The names that were on a list when it was looked at first and, if it was looked at again, last.
fn before_and_after(moments: &[Vec<String>]) -> String {
    match moments {
        [] => String::new(),
        [only] => names(only),
        [first, .., last] => format!("{} → {}", names(first), names(last)),
    }
}

fn names(moment: &[String]) -> String {
    if moment.is_empty() { "nobody".to_owned() } else { moment.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Observed, Timeline};

    const SHOWN: Observed = Observed { heading: "list", is_shown: true };
    const WATCHED: Observed = Observed { heading: "watched", is_shown: false };

    fn all(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn lines(observations: &Observations) -> Vec<String> {
        observed_lines(observations).into_iter().map(|line| format!("{} {}", line.heading, line.text)).collect()
    }

    #[test]
    fn a_list_is_told_as_it_was_first_and_last() {
        let mut observations = Observations::default();
        observations.roster(SHOWN, "G", all(&["A", "B"]));
        assert_eq!(lines(&observations), ["list G: A, B"]);
        observations.roster(SHOWN, "G", all(&["A"]));
        observations.roster(SHOWN, "G", all(&[]));
        assert_eq!(lines(&observations), ["list G: A, B → nobody"]);
    }

    #[test]
    fn only_what_is_to_be_shown_is_and_no_terminal_obeys_it() {
        let timeline = |subject: &str, states: &[&str]| {
            let states = all(states).into_iter().collect::<Timeline>();
            Observation::Timeline { subject: subject.to_owned(), states }
        };
        let mut observations = Observations::default();
        observations.add(WATCHED, timeline("w", &["On"]));
        observations.add(SHOWN, timeline("a", &["On", "O\u{1b}ff"]));
        assert_eq!(lines(&observations), ["list On → O\u{fffd}ff"]);
        observations.add(SHOWN, timeline("b", &["On"]));
        observations.table(SHOWN, "prices", all(&["what", "price"]), vec![all(&["tea", "2"])]);
        let expected = ["list a: On → O\u{fffd}ff", "list b: On", "list prices", "list what | price", "list tea | 2"];
        assert_eq!(lines(&observations), expected);
    }
}
