//! Reports from outside: what a person reads of a thousand sessions, and a format that the program does not have.

use std::sync::Arc;
use std::time::Duration;

use graphwalk_recording::Recording;

use graphwalk::report::{Format, Opening, Reports, RunEnd, SessionMessages, TerminalReport, Wanted};
use graphwalk::runner::sessions::{Run, SessionSource};
use graphwalk::runner::{Plan, SessionOutcome, Verdict};
use graphwalk::tutorial::Library;

const PUBLISHED: &str = include_str!("../recordings/security-group-review/published.har");

/// Plays one session on a recording.
fn played(run: &Run, har: &str) -> SessionOutcome {
    let recording = Recording::parse("x.har", har.as_bytes()).unwrap();
    run.outcomes(&[SessionSource::Bundled(Arc::new(recording))]).remove(0)
}

fn run() -> Run {
    let tutorial = Library::embedded().tutorial(None).unwrap();
    Run::new(Plan::new(tutorial).unwrap())
}

#[test]
fn a_thousand_sessions_are_summed_up_with_every_failure_counted() {
    let run = run();
    let passed = played(&run, PUBLISHED);
    // In one of them the last decision is applied with another result.
    let failed = played(&run, &PUBLISHED.replace("\\\"AppliedSuccessfully\\\"", "\\\"AppliedWithUnknownFailure\\\""));
    let mut told = Vec::new();
    let mut terminal = TerminalReport::new(anstream::StripStream::new(&mut told), 1_000);
    terminal.begin(&run.plan.tutorial, "replay", "", 16).unwrap();
    let mut reports = Reports::new(terminal, Vec::new(), &run.plan, 1_000).unwrap();
    let renderer = reports.renderer();
    // Sessions end in any order; the report has that of the recordings.
    for number in (0..1_000).rev() {
        let mut outcome = if number % 400 == 399 { failed.clone() } else { passed.clone() };
        (outcome.name, outcome.took) = (format!("session-{number:04}.har"), Duration::from_millis(20));
        reports.session(number, renderer.session(&run.plan, number, &outcome)).unwrap();
    }
    let totals = reports.finish(Duration::from_secs(2)).unwrap();
    assert_eq!((totals.sessions.passed, totals.sessions.failed), (998, 2));

    let told = String::from_utf8(told).unwrap();
    assert!(told.lines().count() < 80, "{told}");
    let steady: Vec<&str> = told.lines().filter(|line| !line.contains("client-request-id")).collect();
    insta::assert_snapshot!(steady.join("\n"));
}

/// A format that the program does not have: the Test Anything Protocol, a line a scenario.
struct Tap;

impl Format for Tap {
    fn opening(&self, opening: &Opening) -> Vec<u8> {
        format!("TAP version 14\n# {}\n", opening.tutorial).into_bytes()
    }

    fn session(&self, session: &SessionMessages<'_>) -> Vec<u8> {
        let name = session.session().map(|note| note.name.as_str()).unwrap_or_default();
        let lines = session.cases().into_iter().map(|case| match case.verdict() {
            Verdict::Passed => format!("ok - {name}: {}\n", case.pickle.name),
            Verdict::Failed => format!("not ok - {name}: {}\n", case.pickle.name),
            other => format!("ok - {name}: {} # SKIP {other}: {}\n", case.pickle.name, case.reason().unwrap_or("")),
        });
        lines.collect::<String>().into_bytes()
    }

    fn separator(&self) -> &'static [u8] {
        b"# next\n"
    }

    fn closing(&self, end: &RunEnd<'_>) -> Vec<u8> {
        format!("# success: {}\n", end.finished.success).into_bytes()
    }
}

#[test]
fn a_format_from_outside_is_written_in_the_order_of_the_recordings() {
    let run = run();
    let failed = played(&run, &PUBLISHED.replace("\\\"AppliedSuccessfully\\\"", "\\\"AppliedWithUnknownFailure\\\""));
    let passed = played(&run, PUBLISHED);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.tap");
    let wanted = vec![Wanted { name: "tap", format: &Tap, path: path.clone() }];
    let terminal = TerminalReport::new(anstream::StripStream::new(Vec::new()), 3);
    let mut reports = Reports::new(terminal, wanted, &run.plan, 3).unwrap();
    let renderer = reports.renderer();
    for (number, outcome) in [(2, &passed), (0, &passed), (1, &failed)] {
        let outcome = SessionOutcome { name: format!("{number}.har"), ..outcome.clone() };
        reports.session(number, renderer.session(&run.plan, number, &outcome)).unwrap();
        assert!(!path.exists(), "a report that is not whole stands in its place");
    }
    assert_eq!(reports.finish(Duration::from_secs(1)).unwrap().sessions.failed, 1);

    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let count = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
    let scenarios = run.plan.scenario_count();
    assert_eq!(lines[..2], ["TAP version 14", "# security-group-review"]);
    assert_eq!((count("ok - 0.har: "), count("ok - 2.har: "), count("not ok - 1.har: ")), (scenarios, scenarios, 1));
    assert_eq!(count("# next"), 2);
    assert!(
        text.find("0.har").unwrap() < text.find("1.har").unwrap() && text.contains("# SKIP blocked: step"),
        "{text}"
    );
    assert_eq!(lines.last(), Some(&"# success: false"));
}
