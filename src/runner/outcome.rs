//! How a session went: a verdict for every step, and what the session saw.
//!
//! Outcomes name features, scenarios and steps by their place in the [`Plan`], which all sessions share: a thousand
//! sessions keep one copy of the sentences.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::diagnostic::Diagnostic;
use crate::session::journal::Ending;
use crate::session::{Failure, FoundSession, RunId, Seen, TracedExchange, Tracing, shared_text};

use super::{Plan, PlannedFeature, RecordedRun, Selection};

/// The word for how something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All it asserts held.
    Passed,
    /// There was nothing to do: e.g. deleting what was never created.
    Skipped,
    /// It could not be judged.
    Blocked,
    /// Something it asserts did not hold.
    Failed,
}

impl Verdict {
    /// The sign before it, for people.
    pub fn mark(self) -> char {
        match self {
            Self::Passed => '✓',
            Self::Failed => '✗',
            Self::Blocked => '○',
            Self::Skipped => '-',
        }
    }

    /// The end of a run with this verdict, for its journal.
    pub fn ending(self, interrupted: bool) -> Ending {
        match self {
            _ if interrupted => Ending::Interrupted,
            Self::Passed => Ending::Passed,
            Self::Failed => Ending::Failed,
            Self::Blocked | Self::Skipped => Ending::Blocked,
        }
    }
}

/// The end of one step of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepEnd {
    /// The assertion held.
    Passed,
    /// It had nothing to do, and why.
    Skipped(#[serde(with = "shared_text")] Arc<str>),
    /// It was not run, and why.
    Blocked(#[serde(with = "shared_text")] Arc<str>),
    /// The assertion did not hold.
    Failed(Box<Failure>),
}

/// One step of a scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepOutcome {
    /// The way it ended.
    pub end: StepEnd,
    /// The duration, on the wall's clock.
    pub took: Duration,
    /// Its exchanges, as far as reports want them; of a failed step at least the one that it is about, which is the last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<TracedExchange>,
}

/// One scenario.
#[derive(Clone, Debug)]
pub struct ScenarioOutcome {
    /// Its place in `PlannedFeature::scenarios`.
    pub index: usize,
    /// Its steps, as many as the plan has, in the plan's order.
    pub steps: Vec<StepOutcome>,
    /// The time when it began, on the machine's clock; its steps follow one after the other. `None` if nobody kept it.
    pub began: Option<Timestamp>,
    /// Whether an earlier process of the run played it.
    pub earlier: bool,
}

/// One feature, i.e. one step of the tutorial.
#[derive(Clone, Debug)]
pub struct FeatureOutcome {
    /// Its place in [`Plan::features`].
    pub index: usize,
    /// The scenarios that were selected, in order.
    pub scenarios: Vec<ScenarioOutcome>,
}

/// One session.
#[derive(Clone, Debug)]
pub struct SessionOutcome {
    /// The name of the session, e.g. the recording's file.
    pub name: String,
    /// The tenant of a file that it was played on, as reports call it.
    pub tenant: Option<String>,
    /// The labels of its tenant, if it is one of many.
    pub labels: Vec<String>,
    /// The name of the backend: `replay`.
    pub backend: &'static str,
    /// The features that were selected, in order.
    pub features: Vec<FeatureOutcome>,
    /// The observations of the session beside verdicts.
    pub seen: Seen,
    /// The exchanges that belong to no step, such as those of the clean-up after the steps, as far as reports want them.
    pub outside: Vec<TracedExchange>,
    /// The objects that the session created and did not delete again.
    pub left: Vec<String>,
    /// The run on a tenant that it was, by whose name what is left can be deleted.
    pub run: Option<RunId>,
    /// The number of exchanges with each provenance, of a recording of those that were asked for, e.g. `("published", 11)`.
    pub provenance: Vec<(&'static str, usize)>,
    /// The recorded exchanges of the steps played that nothing asked for.
    pub unused: Vec<String>,
    /// The recording of the session, if one was to be made and anything was answered.
    pub recorded: Option<Box<RecordedRun>>,
    /// The sessions that it found, if it is what finds them.
    pub found: Vec<FoundSession>,
    /// Whether it only looked for sessions, and is none itself.
    pub is_search: bool,
    /// Whether it waits, for a day or a person, and another process goes on with it.
    pub is_waiting: bool,
    /// The time until which it waits, if that is known.
    pub waits_until: Option<Timestamp>,
    /// Whether it could begin at all: its recording could be read, and a server started.
    pub begun: bool,
    /// The failure beside the steps: the session could not begin, or `--strict` found something at its end.
    pub failure: Option<Box<Diagnostic>>,
    /// The time when it began, on the machine's clock.
    pub began: Timestamp,
    /// The time that it took, on the wall's clock.
    pub took: Duration,
    /// The time that passed on the backend's clock and not on the machine's: it was moved, or had been recorded.
    pub clock_moved: SignedDuration,
}

/// The number of scenarios, or of steps, with each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerdictCounts {
    /// Passed.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Blocked.
    pub blocked: usize,
    /// Skipped.
    pub skipped: usize,
}

impl StepEnd {
    /// Returns the verdict.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Passed => Verdict::Passed,
            Self::Skipped(_) => Verdict::Skipped,
            Self::Blocked(_) => Verdict::Blocked,
            Self::Failed(_) => Verdict::Failed,
        }
    }
}

impl ScenarioOutcome {
    /// Failed if a step failed, else blocked if one was blocked, else skipped if one was skipped.
    pub fn verdict(&self) -> Verdict {
        self.steps.iter().map(|step| step.end.verdict()).max().unwrap_or(Verdict::Blocked)
    }

    /// The reason of a blocked or skipped scenario.
    pub fn reason(&self) -> Option<&str> {
        let verdict = self.verdict();
        self.steps.iter().find(|step| step.end.verdict() == verdict).and_then(|step| match &step.end {
            StepEnd::Skipped(reason) | StepEnd::Blocked(reason) => Some(reason.as_ref()),
            StepEnd::Passed | StepEnd::Failed(_) => None,
        })
    }

    /// The step that failed: its place in the scenario, and why.
    pub fn failure(&self) -> Option<(usize, &Failure)> {
        self.steps.iter().enumerate().find_map(|(index, step)| match &step.end {
            StepEnd::Failed(failure) => Some((index, failure.as_ref())),
            _ => None,
        })
    }

    /// The time of all its steps.
    pub fn took(&self) -> Duration {
        self.steps.iter().map(|step| step.took).sum()
    }
}

impl FeatureOutcome {
    /// The verdict of its scenarios together; skipped only if all were.
    pub fn verdict(&self) -> Verdict {
        together(self.scenarios.iter().map(ScenarioOutcome::verdict))
    }

    /// The time of all its scenarios.
    pub fn took(&self) -> Duration {
        self.scenarios.iter().map(ScenarioOutcome::took).sum()
    }
}

impl SessionOutcome {
    /// A session that has begun, and of which nothing else is known yet.
    pub fn new(name: impl Into<String>, backend: &'static str) -> Self {
        Self {
            name: name.into(),
            tenant: None,
            labels: Vec::new(),
            backend,
            features: Vec::new(),
            seen: Seen::default(),
            outside: Vec::new(),
            left: Vec::new(),
            run: None,
            provenance: Vec::new(),
            unused: Vec::new(),
            recorded: None,
            found: Vec::new(),
            is_search: false,
            is_waiting: false,
            waits_until: None,
            begun: true,
            failure: None,
            began: Timestamp::now(),
            took: Duration::ZERO,
            clock_moved: SignedDuration::ZERO,
        }
    }

    /// The verdict of the whole session.
    pub fn verdict(&self) -> Verdict {
        if self.failure.is_some() {
            return Verdict::Failed;
        }
        session_verdict(self.features.iter().map(FeatureOutcome::verdict))
    }

    /// A session that could not begin.
    pub fn not_begun(name: impl Into<String>, backend: &'static str, fault: Diagnostic) -> Self {
        Self { begun: false, failure: Some(Box::new(fault)), ..Self::new(name, backend) }
    }

    /// Names the session by its tenant, one of a file; if that has `several`, by what it was known by, too.
    pub fn name_by_tenant(&mut self, tenant: &str, labels: &[String], several: bool) {
        self.name = match (several, self.is_search) {
            (true, true) => format!("{tenant}: looking for sessions"),
            (true, false) if self.name != tenant => format!("{tenant}: {}", self.name),
            _ => tenant.to_owned(),
        };
        self.tenant = Some(tenant.to_owned());
        self.labels = labels.to_vec();
    }

    /// A session of which nothing could be played, and why.
    pub fn blocked(
        name: impl Into<String>,
        backend: &'static str,
        plan: &Plan,
        selection: &Selection,
        reason: &str,
    ) -> Self {
        let end = StepOutcome { end: StepEnd::Blocked(reason.into()), took: Duration::ZERO, exchanges: Vec::new() };
        let features = plan.features.iter().enumerate().map(|(index, feature)| {
            let chosen =
                feature.scenarios.iter().enumerate().filter(|(_, scenario)| selection.includes(feature, scenario));
            let scenarios = chosen.map(|(index, scenario)| {
                let steps = vec![end.clone(); scenario.steps.len()];
                ScenarioOutcome { index, steps, began: None, earlier: false }
            });
            FeatureOutcome { index, scenarios: scenarios.collect() }
        });
        let features = features.filter(|feature| !feature.scenarios.is_empty()).collect();
        Self { features, ..Self::new(name, backend) }
    }

    /// Drops the exchanges that reports with this tracing are not to be given.
    pub fn drop_exchanges(&mut self, tracing: Tracing) {
        if tracing == Tracing::Whole {
            return;
        }
        self.outside.clear();
        let scenarios = self.features.iter_mut().flat_map(|feature| &mut feature.scenarios);
        for scenario in scenarios.filter(|scenario| scenario.verdict() != Verdict::Failed) {
            scenario.steps.iter_mut().for_each(|step| step.exchanges.clear());
        }
    }

    /// A session that was not played, since the run was interrupted.
    pub fn interrupted(name: impl Into<String>, backend: &'static str, plan: &Plan, selection: &Selection) -> Self {
        Self::blocked(name, backend, plan, selection, "the run was interrupted")
    }

    /// Returns the number of features that have which verdict.
    pub fn feature_counts(&self) -> VerdictCounts {
        VerdictCounts::count(self.features.iter().map(FeatureOutcome::verdict))
    }

    /// Returns the number of scenarios that have which verdict.
    pub fn scenario_counts(&self) -> VerdictCounts {
        VerdictCounts::count(self.features.iter().flat_map(|f| &f.scenarios).map(ScenarioOutcome::verdict))
    }

    /// Returns the number of scenarios that an earlier process of the run played, in a sentence; `None` if it played
    /// none.
    pub fn earlier(&self) -> Option<String> {
        let scenarios = self.features.iter().flat_map(|feature| &feature.scenarios);
        let earlier = scenarios.filter(|scenario| scenario.earlier).count();
        let all = self.scenario_counts().total();
        (earlier > 0).then(|| format!("{earlier} of {all} scenarios were played by an earlier process"))
    }

    /// Returns how many steps of scenarios have which verdict.
    pub fn step_counts(&self) -> VerdictCounts {
        let scenarios = self.features.iter().flat_map(|feature| &feature.scenarios);
        VerdictCounts::count(scenarios.flat_map(|scenario| &scenario.steps).map(|step| step.end.verdict()))
    }

    /// Everything that failed, each with its place in the features, in order.
    pub fn diagnostics(&self, plan: &Plan) -> Vec<Diagnostic> {
        let mut all = Vec::new();
        for feature in &self.features {
            for scenario in &feature.scenarios {
                if let Some((step, failure)) = scenario.failure() {
                    all.push(failure_diagnostic(&plan.features[feature.index], scenario.index, step, failure));
                }
            }
        }
        all.extend(self.failure.as_deref().cloned());
        all
    }
}

impl VerdictCounts {
    /// Counts verdicts.
    pub fn count(verdicts: impl Iterator<Item = Verdict>) -> Self {
        let mut counts = Self::default();
        for verdict in verdicts {
            counts.add(verdict);
        }
        counts
    }

    /// Counts one more.
    pub fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Passed => &mut self.passed,
            Verdict::Failed => &mut self.failed,
            Verdict::Blocked => &mut self.blocked,
            Verdict::Skipped => &mut self.skipped,
        } += 1;
    }

    /// Adds other counts.
    pub fn add_all(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.blocked += other.blocked;
        self.skipped += other.skipped;
    }

    /// Returns these counts and others together.
    pub fn with(mut self, other: Self) -> Self {
        self.add_all(other);
        self
    }

    /// Returns what all of them make together: the worst of them, but a skipped part does not make the whole skipped. Of none
    /// there was nothing to do.
    pub fn verdict(self) -> Verdict {
        if self.failed > 0 {
            Verdict::Failed
        } else if self.blocked > 0 {
            Verdict::Blocked
        } else if self.passed > 0 {
            Verdict::Passed
        } else {
            Verdict::Skipped
        }
    }

    /// Returns the number of entries.
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.blocked + self.skipped
    }
}

impl std::fmt::Display for VerdictCounts {
    /// `7 passed, 1 failed`: what there is none of is left out, but for `passed`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed", self.passed)?;
        for (count, word) in [(self.failed, "failed"), (self.blocked, "blocked"), (self.skipped, "skipped")] {
            if count > 0 {
                write!(f, ", {count} {word}")?;
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Blocked => "blocked",
            Self::Failed => "failed",
        })
    }
}

/// Returns what several verdicts make together: see [`VerdictCounts::verdict`].
pub(crate) fn together(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    VerdictCounts::count(verdicts).verdict()
}

/// Returns what its parts make of a session. One in which nothing passed is blocked: nothing verified is never success.
pub(crate) fn session_verdict(parts: impl Iterator<Item = Verdict>) -> Verdict {
    match together(parts) {
        Verdict::Skipped => Verdict::Blocked,
        other => other,
    }
}

/// A failure with its place in the feature.
pub fn failure_diagnostic(feature: &PlannedFeature, scenario: usize, step: usize, failure: &Failure) -> Diagnostic {
    let line = feature.scenarios[scenario].steps[step].line;
    Diagnostic {
        code: failure.code,
        message: failure.message.clone(),
        place: Some(feature.file.place(line, failure.focus.as_deref(), &failure.label)),
        notes: failure.notes.clone(),
        help: failure.help.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_had_nothing_to_do_does_not_make_the_whole_skipped() {
        use Verdict::{Blocked, Failed, Passed, Skipped};
        assert_eq!(together([Passed, Skipped].into_iter()), Passed);
        assert_eq!(together([Skipped, Skipped].into_iter()), Skipped);
        assert_eq!(together([Passed, Blocked, Skipped].into_iter()), Blocked);
        assert_eq!(together([Passed, Blocked, Failed].into_iter()), Failed);
    }

    #[test]
    fn a_run_ends_with_the_verdict_unless_it_was_interrupted() {
        use Verdict::{Blocked, Failed, Passed, Skipped};
        let endings = [Passed, Failed, Blocked, Skipped].map(|verdict| verdict.ending(false));
        assert_eq!(endings, [Ending::Passed, Ending::Failed, Ending::Blocked, Ending::Blocked]);
        for verdict in [Passed, Failed, Blocked, Skipped] {
            assert_eq!(verdict.ending(true), Ending::Interrupted, "{verdict}");
        }
    }

    #[test]
    fn a_session_in_which_nothing_passed_is_no_success() {
        let outcome = SessionOutcome::new("", "replay");
        assert_eq!(outcome.verdict(), Verdict::Blocked);
    }

    #[test]
    fn counts_leave_out_zeros() {
        let counts = VerdictCounts::count([Verdict::Passed, Verdict::Failed, Verdict::Passed].into_iter());
        assert_eq!(counts.to_string(), "2 passed, 1 failed");
    }
}
