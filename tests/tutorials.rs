//! Every tutorial on every offline backend, a test a scenario: over every bundled recording, and on the emulator.
//!
//! Not the standard harness: the tests are those of the features. It answers what cargo and nextest ask a test program:
//! `--list`, `--exact NAME`, a filter, `--ignored`.

use std::process::ExitCode;
use std::sync::Arc;

use graphwalk::emulator::Settings;
use graphwalk::recording::Recording;
use graphwalk::report::{Summary, Terminal};
use graphwalk::runner::sessions::{Run, Source};
use graphwalk::runner::{Plan, ScenarioOutcome, SessionOutcome, Verdict, failure_diagnostic};
use graphwalk::session::Observation;
use graphwalk::tutorial::Library;

fn main() -> ExitCode {
    let arguments = Arguments::read();
    let library = Library::embedded();
    let (mut passed, mut failed, mut filtered) = (0, 0, 0);
    for name in library.names() {
        let tutorial = library.tutorial(Some(name)).unwrap_or_else(|faults| panic!("{}", faults[0].render(false)));
        let plan = Plan::of(tutorial).unwrap_or_else(|faults| panic!("{}", faults[0].render(false)));
        let recordings: Vec<Source> =
            Recording::bundled(name).into_iter().map(|recording| Source::Bundled(Arc::new(recording))).collect();
        assert!(!recordings.is_empty(), "{name} has no bundled recording");
        let emulator = Source::Emulator(Arc::new(Settings::default()));
        let sources: Vec<Source> = recordings.into_iter().chain([emulator]).collect();
        if arguments.list {
            sources
                .iter()
                .flat_map(|source| names(&plan, source))
                .filter(|test| arguments.wants(test))
                .for_each(listed);
            continue;
        }
        let sources = chosen(&plan, sources, &arguments);
        let (plan, outcomes) = play(plan, &sources);
        let first = outcomes.first().map(|outcome| told(&plan, outcome)).unwrap_or_default();
        for (source, outcome) in sources.iter().zip(&outcomes) {
            for (test, told) in results(&plan, source, outcome, &first) {
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

/// The sessions that have to be played for the tests that are wanted: all of them where their reports are compared.
fn chosen(plan: &Plan, sources: Vec<Source>, arguments: &Arguments) -> Vec<Source> {
    let wanted =
        |source: &Source| names(plan, source).into_iter().filter(|test| arguments.wants(test)).collect::<Vec<_>>();
    if sources.iter().flat_map(wanted).any(|test| test.ends_with(SAME)) {
        return sources;
    }
    sources.into_iter().filter(|source| !wanted(source).is_empty()).collect()
}

fn listed(test: String) {
    println!("{test}: test");
}

/// A test's name: the tutorial, where it is played, the step, the scenario; with underscores for spaces.
fn test_name(plan: &Plan, source: &Source, feature: usize, scenario: usize) -> String {
    let planned = &plan.features[feature];
    let name = planned.scenarios[scenario].name.replace(' ', "_");
    format!("{}::step_{}::{name}", session_name(plan, source), planned.file.number)
}

/// The tutorial, and the recording's file or the emulator.
fn session_name(plan: &Plan, source: &Source) -> String {
    let place = match source {
        Source::Emulator(_) => "emulator".to_owned(),
        other => other.name().rsplit('/').next().unwrap_or_default().to_owned(),
    };
    format!("{}::{place}", plan.tutorial)
}

/// Beside the scenarios: that nothing is left behind, nothing in the recording is unused and nothing drifts.
const WHOLE: &str = "::the_whole_session";
/// And, on the emulator, that the report is that of the first recording.
const SAME: &str = "::the_report_is_that_of_a_recording";

fn names(plan: &Plan, source: &Source) -> Vec<String> {
    let places = plan
        .features
        .iter()
        .enumerate()
        .flat_map(|(feature, planned)| (0..planned.scenarios.len()).map(move |scenario| (feature, scenario)));
    let scenarios = places.map(|(feature, scenario)| test_name(plan, source, feature, scenario));
    let same = matches!(source, Source::Emulator(_)).then_some(SAME);
    let rest = [WHOLE].into_iter().chain(same).map(|test| format!("{}{test}", session_name(plan, source)));
    scenarios.chain(rest).collect()
}

fn play(plan: Plan, sources: &[Source]) -> (Plan, Vec<SessionOutcome>) {
    let run = Run { strict: true, jobs: 4, ..Run::new(plan) };
    let outcomes = run.outcomes(sources);
    (run.plan, outcomes)
}

/// Every test of a session with the reason why it failed, if it did; `first` is what the report says of the first session.
fn results(plan: &Plan, source: &Source, outcome: &SessionOutcome, first: &str) -> Vec<(String, Option<String>)> {
    let mut results = Vec::new();
    for feature in &outcome.features {
        for scenario in &feature.scenarios {
            let name = test_name(plan, source, feature.index, scenario.index);
            results.push((name, why(plan, feature.index, scenario)));
        }
    }
    let mut faults: Vec<String> = outcome.failure.iter().map(|failure| failure.render(false)).collect();
    faults.extend(outcome.left.iter().map(|left| format!("left behind: {left}")));
    let session = session_name(plan, source);
    results.push((format!("{session}{WHOLE}"), (!faults.is_empty()).then(|| faults.join("\n"))));
    if matches!(source, Source::Emulator(_)) {
        let own = told(plan, outcome);
        let differs = (own != first).then(|| format!("on the recording:\n{first}\non the emulator:\n{own}"));
        results.push((format!("{session}{SAME}"), differs));
    }
    results
}

/// What the terminal tells of a session, without times, without how many exchanges there were and where they come from, and
/// of the statuses with the first and the last: polls meet what they meet in between.
fn told(plan: &Plan, outcome: &SessionOutcome) -> String {
    let mut text = Vec::new();
    let mut terminal = Terminal::new(&mut text, 1);
    for feature in &outcome.features {
        for scenario in &feature.scenarios {
            terminal.scenario(plan, feature.index, scenario).expect("memory can be written to");
        }
    }
    let summary = Summary::of(plan, outcome);
    terminal.session(&summary).expect("memory can be written to");
    let text = String::from_utf8(text).expect("the report is UTF-8");
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
    scenarios.chain([rest]).collect::<Vec<_>>().join("\n")
}

/// Of a timeline its ends, of anything else all.
fn end(observation: &Observation) -> String {
    match observation {
        Observation::Timeline { subject, states } => {
            let states = states.states();
            format!("{subject}: {:?} … {:?}", states.first(), states.last())
        }
        other => format!("{other:?}"),
    }
}

fn why(plan: &Plan, feature: usize, scenario: &ScenarioOutcome) -> Option<String> {
    if let Some((step, failure)) = scenario.failure() {
        return Some(failure_diagnostic(&plan.features[feature], scenario.index, step, failure).render(false));
    }
    let verdict = scenario.verdict();
    (verdict != Verdict::Passed).then(|| format!("{verdict}: {}", scenario.reason().unwrap_or_default()))
}
