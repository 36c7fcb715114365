//! Pages about many sessions: how large they are, and what they leave out.

use std::sync::Arc;
use std::time::Duration;

use graphwalk::report::{Reports, TerminalReport, Wanted};
use graphwalk::runner::sessions::{Run, SessionSource};
use graphwalk::runner::{Plan, SessionOutcome};
use graphwalk::tutorial::Library;
use graphwalk_recording::Recording;

use crate::PUBLISHED;
use crate::markup::Page;

/// A page about so many sessions, every 400th of which fails; or all.
fn page(count: usize, all_fail: bool) -> Page {
    let run = Run::new(Plan::new(Library::embedded().tutorial(None).unwrap()).unwrap());
    let play = |har: &str| {
        let recording = Recording::parse("x.har", har.as_bytes()).unwrap();
        run.outcomes(&[SessionSource::Bundled(Arc::new(recording))]).remove(0)
    };
    let passed = play(PUBLISHED);
    let failed = play(&PUBLISHED.replace("\\\"AppliedSuccessfully\\\"", "\\\"AppliedWithUnknownFailure\\\""));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let terminal = TerminalReport::new(anstream::StripStream::new(Vec::new()), count);
    let wanted = vec![Wanted::named("html", &path).unwrap()];
    let mut reports = Reports::new(terminal, wanted, &run.plan, count).unwrap();
    let renderer = reports.renderer();
    for number in 0..count {
        let outcome = if all_fail || number % 400 == 399 { &failed } else { &passed };
        let outcome = SessionOutcome { name: format!("session-{number:04}.har"), ..outcome.clone() };
        reports.session(number, renderer.session(&run.plan, number, &outcome)).unwrap();
    }
    reports.finish(Duration::from_secs(1)).unwrap();
    Page::read(&path)
}

#[test]
fn a_thousand_sessions_are_a_page_of_at_most_10_megabytes() {
    let page = page(1_000, false);
    page.is_harmless();
    assert!((1_000_000..10_000_000).contains(&page.html.len()), "{} bytes", page.html.len());
    let text = page.text();
    assert!(text.contains("2 of 1,000 sessions failed"), "{}", &text[..2_000]);
    assert!(text.contains("Sessions 998 2 0 0"), "{}", &text[..2_000]);
    assert!(page.html.contains("<a href=\"#s399\">session-0399.har</a>"));
    let place = |session: &str| page.html.find(&format!("id=\"{session}\"")).unwrap();
    assert!(place("s399") < place("s799") && place("s799") < place("s0"), "what failed comes first");
    assert_eq!(page.html.matches("session-0999.har").count(), 1);
}

#[test]
fn of_more_sessions_only_what_failed_is_listed() {
    let page = page(1_400, false);
    page.is_harmless();
    assert!(page.html.contains("session-0998.har") && page.html.contains("session-1199.har"));
    assert!(!page.html.contains("session-1000.har") && page.text().contains("Those that failed come first"));
    let place = |session: &str| page.html.find(&format!("id=\"{session}\"")).unwrap();
    assert!(place("s1199") < place("s0"), "also one behind the first thousand");
}

#[test]
fn a_thousand_sessions_that_all_fail_are_no_larger() {
    let page = page(1_000, true);
    page.is_harmless();
    assert!(page.html.len() < 15_000_000, "{} bytes", page.html.len());
    assert!(page.html.matches("<a href=\"#s").count() - page.html.matches("<a href=\"#s0x").count() >= 100);
    assert!(page.text().contains("and 900 more"));
}

#[test]
fn none_of_many_sessions_that_fail_is_dropped() {
    let page = page(1_200, true);
    page.is_harmless();
    for number in 0..1_200 {
        assert_eq!(page.html.matches(&format!("id=\"s{number}\"")).count(), 1, "{number}");
    }
}
