//! The report of very many sessions: what a person reads of a thousand.

use std::sync::Arc;
use std::time::Duration;

use graphwalk::recording::Recording;
use graphwalk::report::{Reports, SessionReport, Terminal};
use graphwalk::runner::sessions::{Run, Source};
use graphwalk::runner::{Plan, SessionOutcome};
use graphwalk::tutorial::Library;

const PUBLISHED: &str = include_str!("../recordings/security-group-review/published.har");

/// Plays one session on a recording.
fn played(run: &Run, har: &str) -> SessionOutcome {
    let recording = Recording::parse("x.har", har.as_bytes()).unwrap();
    run.outcomes(&[Source::Bundled(Arc::new(recording))]).remove(0)
}

fn run() -> Run {
    let tutorial = Library::embedded().tutorial(None).unwrap();
    Run::new(Plan::of(tutorial).unwrap())
}

#[test]
fn a_thousand_sessions_are_told_in_a_few_lines_with_every_failure_counted() {
    let run = run();
    let passed = played(&run, PUBLISHED);
    // In one of them the last decision is applied with another result.
    let failed = played(&run, &PUBLISHED.replace("\\\"AppliedSuccessfully\\\"", "\\\"AppliedWithUnknownFailure\\\""));
    let mut told = Vec::new();
    let mut terminal = Terminal::new(anstream::StripStream::new(&mut told), 1_000);
    terminal.begin(&run.plan.tutorial, "replay", "", 16).unwrap();
    let mut reports = Reports::new(terminal, None, None, 1_000).unwrap();
    // Sessions end in any order; the report has that of the recordings.
    for number in (0..1_000).rev() {
        let mut outcome = if number % 400 == 399 { failed.clone() } else { passed.clone() };
        (outcome.name, outcome.took) = (format!("session-{number:04}.har"), Duration::from_millis(20));
        let report = SessionReport::of(&run.plan, &outcome, reports.formats());
        reports.session(number, report).unwrap();
    }
    let totals = reports.finish(Duration::from_secs(2)).unwrap();
    assert_eq!((totals.sessions.passed, totals.sessions.failed), (998, 2));

    let told = String::from_utf8(told).unwrap();
    assert!(told.lines().count() < 50, "{told}");
    let steady: Vec<&str> = told.lines().filter(|line| !line.contains("client-request-id")).collect();
    insta::assert_snapshot!(steady.join("\n"));
}
