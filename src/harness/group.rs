//! The tests of one tutorial, and the sessions that they look at: each is played once, when the first test asks for it.

use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::report::{Summary, TerminalReport};
use crate::runner::sessions::{Run, SessionSource};
use crate::runner::{Plan, ScenarioOutcome, Selection, SessionOutcome, Verdict, failure_diagnostic};
use crate::session::{Observation, SeenState};

/// Beside the scenarios: that nothing is left behind, nothing in the recording is unused and nothing drifts.
const WHOLE: &str = "the_whole_session";
/// And, on the emulator, that the report is that of the first recording.
const SAME: &str = "the_report_is_that_of_a_recording";

/// A session of a tutorial.
#[derive(Debug)]
pub(super) struct TutorialSession {
    /// The first part of the names of its tests: the recording's file, `emulator`, `live`.
    pub label: String,
    /// The source of its answers; nothing if it cannot be played.
    pub source: Option<SessionSource>,
}

/// The tests of a tutorial.
pub(super) struct TutorialTests {
    pub run: Run,
    pub sessions: Vec<TutorialSession>,
    /// The last step that is played, if not all are.
    pub through: Option<u8>,
    tests: Vec<ScenarioTest>,
    /// The sessions that are played: those of which a test is wanted.
    wanted: Vec<bool>,
    outcomes: OnceLock<Vec<Option<SessionOutcome>>>,
}

#[derive(Clone, Debug)]
struct ScenarioTest {
    name: String,
    session: usize,
    of: Of,
}

/// The part of a session that a test looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Scenario { feature: usize, scenario: usize },
    Whole,
    Same,
}

impl TutorialTests {
    /// The tests of a tutorial in these sessions. Of the sessions is played what the tests need that the arguments select.
    pub fn new(plan: Plan, sessions: Vec<TutorialSession>, strict: bool, arguments: &Arguments) -> Self {
        let tests: Vec<ScenarioTest> = (0..sessions.len()).flat_map(|index| tests(&plan, &sessions, index)).collect();
        let selected: Vec<&ScenarioTest> = tests.iter().filter(|test| is_selected(&test.name, arguments)).collect();
        let mut wanted: Vec<bool> =
            (0..sessions.len()).map(|index| selected.iter().any(|test| test.session == index)).collect();
        if selected.iter().any(|test| test.of == Of::Same) {
            // It is compared with the first one.
            wanted[0] = true;
        }
        let through = through(&plan, &selected);
        let selection = through.and_then(|through| Selection::new(&plan, None, Some(through)).ok()).unwrap_or_default();
        let run = Run { strict, jobs: 4, selection, ..Run::new(plan) };
        Self { run, sessions, through, tests, wanted, outcomes: OnceLock::new() }
    }

    /// Returns whether anything of it is played.
    pub fn is_wanted(&self) -> bool {
        self.wanted.contains(&true)
    }

    /// The tests as the test program knows them.
    pub fn trials(self: Arc<Self>) -> Vec<Trial> {
        let trial = |test: &ScenarioTest| {
            let (group, test) = (Arc::clone(&self), test.clone());
            Trial::test(test.name.clone(), move || group.result(&test).map_err(Failed::from))
        };
        self.tests.iter().map(trial).collect()
    }

    /// Plays what is wanted, all sessions at once.
    fn outcomes(&self) -> &[Option<SessionOutcome>] {
        self.outcomes.get_or_init(|| {
            let source = |(session, wanted): (&TutorialSession, &bool)| session.source.clone().filter(|_| *wanted);
            let sources: Vec<Option<SessionSource>> = self.sessions.iter().zip(&self.wanted).map(source).collect();
            let mut played = self.run.outcomes(&sources.iter().flatten().cloned().collect::<Vec<_>>()).into_iter();
            sources.iter().map(|source| source.as_ref().and_then(|_| played.next())).collect()
        })
    }

    fn result(&self, test: &ScenarioTest) -> Result<(), String> {
        let outcome = |index: usize| {
            let outcome = self.outcomes().get(index).and_then(Option::as_ref);
            outcome.ok_or_else(|| "the session was not played".to_owned())
        };
        let (plan, own) = (&self.run.plan, outcome(test.session)?);
        match test.of {
            Of::Scenario { feature, scenario } => self.scenario(own, feature, scenario),
            Of::Whole => whole(own),
            Of::Same => {
                let told = |outcome| {
                    render_outcome(plan, outcome).map_err(|error| format!("the report cannot be written: {error}"))
                };
                let (first, own) = (told(outcome(0)?)?, told(own)?);
                if own == first { Ok(()) } else { Err(format!("on the recording:\n{first}\non the emulator:\n{own}")) }
            }
        }
    }

    fn scenario(&self, outcome: &SessionOutcome, feature: usize, scenario: usize) -> Result<(), String> {
        let features = outcome.features.iter().filter(|played| played.index == feature);
        let played = features.flat_map(|played| &played.scenarios).find(|played| played.index == scenario);
        let Some(played) = played else {
            let why = outcome.failure.as_ref().map(|failure| failure.render(false));
            return Err(why.unwrap_or_else(|| "the scenario was not played".to_owned()));
        };
        why(&self.run.plan, feature, played).map_or(Ok(()), Err)?;
        // What is left in a real tenant must not go unseen, whichever test is selected.
        if outcome.run.is_some() { whole(outcome) } else { Ok(()) }
    }
}

/// The tests of a session.
fn tests(plan: &Plan, sessions: &[TutorialSession], session: usize) -> Vec<ScenarioTest> {
    let prefix = format!("{}::{}", plan.tutorial, sessions[session].label);
    let mut tests = Vec::new();
    for (feature, planned) in plan.features.iter().enumerate() {
        for (scenario, of) in planned.scenarios.iter().enumerate() {
            let name = format!("{prefix}::step_{}::{}", planned.file.number, of.name.replace(' ', "_"));
            tests.push(ScenarioTest { name, session, of: Of::Scenario { feature, scenario } });
        }
    }
    tests.push(ScenarioTest { name: format!("{prefix}::{WHOLE}"), session, of: Of::Whole });
    let is_emulated = |session: &TutorialSession| matches!(session.source, Some(SessionSource::Emulator(_)));
    if is_emulated(&sessions[session]) && session > 0 {
        tests.push(ScenarioTest { name: format!("{prefix}::{SAME}"), session, of: Of::Same });
    }
    tests
}

fn is_selected(name: &str, arguments: &Arguments) -> bool {
    let trial = Trial::test(name, || Ok(()));
    !arguments.is_filtered_out(&trial) && !arguments.is_ignored(&trial)
}

/// The last step that has to be played for the selected tests; `None` if all have to.
fn through(plan: &Plan, selected: &[&ScenarioTest]) -> Option<u8> {
    let step = |test: &&ScenarioTest| match test.of {
        Of::Scenario { feature, .. } if !plan.features[feature].clean_up => Some(plan.features[feature].file.number),
        // What is deleted was created before; and a whole session is a whole one.
        _ => None,
    };
    selected.iter().map(step).collect::<Option<Vec<u8>>>()?.into_iter().max()
}

fn whole(outcome: &SessionOutcome) -> Result<(), String> {
    let failure = outcome.failure.iter().map(|failure| failure.render(false));
    let left = outcome.left.iter().map(|left| format!("left behind: {left}"));
    let faults: Vec<String> = failure.chain(left).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// Returns why a scenario did not pass.
fn why(plan: &Plan, feature: usize, scenario: &ScenarioOutcome) -> Option<String> {
    if let Some((step, failure)) = scenario.failure() {
        return Some(failure_diagnostic(&plan.features[feature], scenario.index, step, failure).render(false));
    }
    let verdict = scenario.verdict();
    let is_left_out = verdict == Verdict::Skipped && plan.features[feature].scenarios[scenario.index].is_optional();
    (verdict != Verdict::Passed && !is_left_out)
        .then(|| format!("{verdict}: {}", scenario.reason().unwrap_or_default()))
}
/// Returns what the terminal shows of a session, without times, without how many exchanges there were and where they come
/// from, and of the statuses with the first and the last: polls meet what they meet in between.
fn render_outcome(plan: &Plan, outcome: &SessionOutcome) -> std::io::Result<String> {
    let mut text = Vec::new();
    let mut terminal = TerminalReport::new(&mut text, 1);
    for feature in &outcome.features {
        for scenario in &feature.scenarios {
            terminal.scenario(plan, feature.index, scenario)?;
        }
    }
    let summary = Summary::new(plan, outcome);
    terminal.session(&summary)?;
    let text = String::from_utf8_lossy(&text);
    let text = anstream::adapter::strip_str(&text).to_string();
    let steady = |line: &str| match line.rsplit_once("  ") {
        Some((head, time)) if time.ends_with(" ms") || time.ends_with(" s") => head.trim_end().to_owned(),
        _ => line.to_owned(),
    };
    let scenarios = text.lines().take_while(|line| !line.starts_with("status")).map(steady);
    let ends = outcome.seen.observations.headings().iter().map(|heading| heading.observed.iter().map(end));
    let ends: Vec<String> = ends.flatten().collect();
    let Summary { steps, scenarios: counts, unvalidated, drift, left, lags, .. } = summary;
    let rest = format!("{ends:?} {steps} {counts} {unvalidated} {drift:?} {left:?} {lags:?}");
    Ok(scenarios.chain([rest]).collect::<Vec<_>>().join("\n"))
}

/// Returns what holds on every backend: of a timeline its ends, of a list the names, of a table its head: cells have ids
/// and times. Not where it was read.
fn end(observation: &Observation) -> String {
    match observation {
        Observation::Timeline { subject, states } => {
            let states = states.states();
            let state = |seen: Option<&SeenState>| seen.map(|seen| seen.state.clone());
            format!("{subject}: {:?} … {:?}", state(states.first()), state(states.last()))
        }
        Observation::Roster { title, moments } => {
            let names: Vec<&[String]> = moments.iter().map(|moment| &moment.names[..]).collect();
            format!("{title}: {names:?}")
        }
        Observation::Table { title, columns, .. } => format!("{title}: {columns:?}"),
    }
}
