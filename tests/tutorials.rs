//! Every tutorial over every bundled recording, a test a scenario.
//!
//! Not the standard harness: the tests are those of the features. It answers what cargo and nextest ask a test program:
//! `--list`, `--exact NAME`, a filter, `--ignored`.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use graphwalk::recording::Recording;
use graphwalk::runner::sessions::{self, Event, Run, Source};
use graphwalk::runner::{Interrupt, Plan, ScenarioOutcome, Selection, SessionOutcome, Verdict, failure_diagnostic};
use graphwalk::schema::Schemas;
use graphwalk::tutorial::Library;

fn main() -> ExitCode {
    let arguments = Arguments::read();
    let library = Library::embedded();
    let (mut passed, mut failed, mut filtered) = (0, 0, 0);
    for name in library.names() {
        let tutorial = library.tutorial(Some(name)).unwrap_or_else(|faults| panic!("{}", faults[0].render(false)));
        let plan = Plan::of(tutorial).unwrap_or_else(|faults| panic!("{}", faults[0].render(false)));
        let recordings: Vec<Arc<Recording>> = Recording::bundled(name).into_iter().map(Arc::new).collect();
        assert!(!recordings.is_empty(), "{name} has no bundled recording");
        if arguments.list {
            recordings.iter().for_each(|recording| list(&plan, recording, &arguments));
            continue;
        }
        let wanted = |recording: &Recording| names(&plan, recording).any(|test| arguments.wants(&test));
        let recordings: Vec<_> = recordings.into_iter().filter(|recording| wanted(recording)).collect();
        let (plan, outcomes) = play(plan, &recordings);
        for (recording, outcome) in recordings.iter().zip(&outcomes) {
            for (test, told) in results(&plan, recording, outcome) {
                if !arguments.wants(&test) {
                    filtered += 1;
                } else if let Some(why) = told {
                    failed += 1;
                    println!("test {test} ... FAILED\n{why}");
                } else {
                    passed += 1;
                    println!("test {test} ... ok");
                }
            }
        }
    }
    if arguments.list {
        return ExitCode::SUCCESS;
    }
    println!("\ntest result: {passed} passed; {failed} failed; {filtered} filtered out");
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The part of the standard harness's command line that cargo and nextest use.
#[derive(Default)]
struct Arguments {
    list: bool,
    ignored: bool,
    exact: bool,
    filters: Vec<String>,
}

impl Arguments {
    fn read() -> Self {
        let mut read = Self::default();
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => read.list = true,
                "--ignored" => read.ignored = true,
                "--exact" => read.exact = true,
                "--format" | "--test-threads" | "--color" | "--skip" | "-Z" => drop(arguments.next()),
                other if other.starts_with('-') => {}
                filter => read.filters.push(filter.to_owned()),
            }
        }
        read
    }

    /// No scenario is ignored, so of the ignored ones none is wanted.
    fn wants(&self, test: &str) -> bool {
        let fits = |filter: &String| if self.exact { test == filter } else { test.contains(filter.as_str()) };
        !self.ignored && (self.filters.is_empty() || self.filters.iter().any(fits))
    }
}

fn list(plan: &Plan, recording: &Recording, arguments: &Arguments) {
    names(plan, recording).filter(|test| arguments.wants(test)).for_each(|test| println!("{test}: test"));
}

/// A test's name: the tutorial, the recording's file, the step, the scenario; with underscores for spaces.
fn test_name(plan: &Plan, recording: &Recording, feature: usize, scenario: usize) -> String {
    let planned = &plan.features[feature];
    let file = recording.name.rsplit('/').next().unwrap_or_default();
    let name = planned.scenarios[scenario].name.replace(' ', "_");
    format!("{}::{file}::step_{}::{name}", plan.tutorial, planned.file.number)
}

fn names<'a>(plan: &'a Plan, recording: &'a Recording) -> impl Iterator<Item = String> + 'a {
    let places = plan
        .features
        .iter()
        .enumerate()
        .flat_map(|(feature, planned)| (0..planned.scenarios.len()).map(move |scenario| (feature, scenario)));
    let scenarios = places.map(move |(feature, scenario)| test_name(plan, recording, feature, scenario));
    scenarios.chain([session_name(plan, recording)])
}

/// Beside the scenarios: that nothing is left behind, nothing in the recording is unused and nothing drifts.
fn session_name(plan: &Plan, recording: &Recording) -> String {
    format!("{}::{}::the_whole_session", plan.tutorial, recording.name.rsplit('/').next().unwrap_or_default())
}

fn play(plan: Plan, recordings: &[Arc<Recording>]) -> (Plan, Vec<SessionOutcome>) {
    let run = Run {
        plan,
        selection: Selection::default(),
        schemas: Schemas::embedded(),
        strict: true,
        step_timeout: Duration::from_secs(60),
        jobs: 4,
        recorder: None,
    };
    let sources: Vec<Source> = recordings.iter().map(|recording| Source::Bundled(Arc::clone(recording))).collect();
    let (events, mut received) = tokio::sync::mpsc::unbounded_channel();
    sessions::run(&run, &sources, &Interrupt::never(), false, |outcome| outcome, &events);
    drop(events);
    let mut outcomes = Vec::new();
    while let Ok(Event::Session(index, outcome)) = received.try_recv() {
        outcomes.push((index, outcome));
    }
    outcomes.sort_by_key(|(index, _)| *index);
    (run.plan, outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

/// Every test of a session with the reason why it failed, if it did.
fn results(plan: &Plan, recording: &Recording, outcome: &SessionOutcome) -> Vec<(String, Option<String>)> {
    let mut results = Vec::new();
    for feature in &outcome.features {
        for scenario in &feature.scenarios {
            let name = test_name(plan, recording, feature.index, scenario.index);
            results.push((name, why(plan, feature.index, scenario)));
        }
    }
    let mut faults: Vec<String> = outcome.failure.iter().map(|failure| failure.render(false)).collect();
    faults.extend(outcome.left.iter().map(|left| format!("left behind: {left}")));
    results.push((session_name(plan, recording), (!faults.is_empty()).then(|| faults.join("\n"))));
    results
}

fn why(plan: &Plan, feature: usize, scenario: &ScenarioOutcome) -> Option<String> {
    if let Some((step, failure)) = scenario.failure() {
        return Some(failure_diagnostic(&plan.features[feature], scenario.index, step, failure).render(false));
    }
    let verdict = scenario.verdict();
    (verdict != Verdict::Passed).then(|| format!("{verdict}: {}", scenario.reason().unwrap_or_default()))
}
