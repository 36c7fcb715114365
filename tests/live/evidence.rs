//! What is kept of a live run without having been asked for, and what a person sees of it while it plays.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::proxy::{Deed, Moment, Proxy, kill};
use crate::served::{PASSWORD, Served, configure, ended, graphwalk, run_name, told};

/// The files that a run keeps as evidence.
const KEPT: [&str; 4] = ["cucumber.json", "junit.xml", "messages.ndjson", "report.html"];

/// The requests by which the program asks what time it is in the tenant: they are no exchanges of the run.
const CLOCK: &str = "GET /v1.0/organization?$select=id";

fn reports(folder: &Path) -> PathBuf {
    folder.join(".graphwalk/runs").join(run_name(folder)).join("reports")
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn messages(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.ends_with('\n'), "the last message is cut off: {}", &text[text.len().saturating_sub(200)..]);
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The exchanges in messages, each with whether it is attached to a step.
fn exchanges(messages: &[Value]) -> Vec<(bool, Value)> {
    let of_kind = messages
        .iter()
        .map(|message| &message["attachment"])
        .filter(|attachment| attachment["mediaType"].as_str().is_some_and(|kind| kind.contains("graphwalk.exchange")));
    let read = |attachment: &Value| serde_json::from_str(attachment["body"].as_str().unwrap()).unwrap();
    of_kind.map(|attachment| (attachment["testStepId"].is_string(), read(attachment))).collect()
}

fn numbers(exchanges: &[(bool, Value)]) -> BTreeSet<u64> {
    exchanges.iter().map(|(_, exchange)| exchange["number"].as_u64().unwrap()).collect()
}

#[test]
fn a_live_run_keeps_every_exchange_also_those_outside_its_steps() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let (has_begun, lost) = (AtomicBool::new(false), AtomicUsize::new(0));
    let made = std::sync::Arc::new(std::sync::Mutex::new(BTreeMap::<String, usize>::new()));
    let counted = std::sync::Arc::clone(&made);
    let proxy = Proxy::deciding(served.address, move |line| {
        let begins = line.starts_with("POST /v1.0/users");
        if (has_begun.fetch_or(begins, Ordering::Relaxed) || begins) && line != CLOCK {
            let path = line.split_whitespace().next().unwrap().to_owned();
            *counted.lock().unwrap().entry(path).or_default() += 1;
        }
        if begins && lost.fetch_add(1, Ordering::Relaxed) == 0 { Deed::Lose } else { Deed::Forward }
    });
    configure(folder.path(), &proxy.url, &served.url);
    let (code, text) = ended(folder.path(), &["run", "-v", "--on", "live", "--yes", "--trace", "all.har"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("200, own look") && text.contains("      outside the steps: clean-up\n"), "{text}");
    let reports = reports(folder.path());
    assert_eq!(names(&reports), KEPT);
    let har: Value = serde_json::from_slice(&std::fs::read(folder.path().join("all.har")).unwrap()).unwrap();
    let mut traced: BTreeMap<String, usize> = BTreeMap::new();
    for entry in har["log"]["entries"].as_array().unwrap() {
        let attempts = entry["_attempts"].as_u64().unwrap();
        let count = traced.entry(entry["request"]["method"].as_str().unwrap().to_owned()).or_default();
        *count += usize::try_from(attempts).unwrap();
    }
    assert_eq!(traced, *made.lock().unwrap(), "what the tenant was asked is traced: {text}");
    let kept = exchanges(&messages(&reports.join("messages.ndjson")));
    assert_eq!(numbers(&kept).len(), kept.len(), "each has a number of its own");
    assert_eq!(kept.len(), har["log"]["entries"].as_array().unwrap().len());
    assert!(kept.iter().any(|(_, exchange)| exchange["is_own_look"] == true), "the look for the lost answer");
    for (is_of_step, exchange) in &kept {
        assert_eq!(*is_of_step, exchange["outside"].is_null(), "{exchange}");
    }
    let page = std::fs::read_to_string(reports.join("report.html")).unwrap();
    assert!(page.contains("Outside the steps") && page.contains("outside the steps: clean-up"));
    for name in KEPT {
        let content = std::fs::read_to_string(reports.join(name)).unwrap();
        assert!(!content.contains(PASSWORD), "{name}");
    }
    served.holds_only_its_seed(&text);
}

#[test]
fn after_a_kill_the_evidence_stands_and_after_a_resume_it_covers_both_halves() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, Some((9, Moment::Done, kill)));
    configure(folder.path(), &proxy.url, &served.url);
    let mut command = graphwalk(folder.path(), &["run", "--on", "live", "--yes"]);
    proxy.watch(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    assert_eq!(proxy.wait(), None);
    let reports = reports(folder.path());
    let file = reports.join("messages.ndjson");
    let first = exchanges(&messages(&file));
    assert!(first.len() > 4, "{first:?}");
    let (code, text) = ended(folder.path(), &["resume", &run_name(folder.path()), "--yes"]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(names(&reports), KEPT, "what the killed process did not finish is gone");
    let both = exchanges(&messages(&file));
    assert_eq!(numbers(&both).len(), both.len(), "each has a number of its own");
    for (_, exchange) in &first {
        assert!(both.iter().any(|(_, other)| other == exchange), "{exchange} is kept no more");
    }
    let undone = |(is_of_step, exchange): &&(bool, Value)| !is_of_step && exchange["method"] == "DELETE";
    assert!(both.iter().any(|told| undone(&told)), "the interrupted scenario was undone");
    let page = std::fs::read_to_string(reports.join("report.html")).unwrap();
    let last = both.iter().rfind(|(is_of_step, _)| *is_of_step).unwrap();
    for (_, exchange) in [&first[0], last] {
        let id = exchange["client_request_id"].as_str().unwrap();
        assert!(page.contains(id), "the page has no exchange {id}");
    }
    let passed = page.contains("Played by an earlier process");
    assert!(passed, "the page says that two processes played");
}

#[test]
fn an_exchange_is_shown_while_its_step_still_waits() {
    const LATE: Duration = Duration::from_secs(3);
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::deciding(served.address, |line| {
        let deletes = line.starts_with("DELETE ") && line.contains("/accessReviews/definitions/");
        if deletes { Deed::Late(LATE) } else { Deed::Forward }
    });
    configure(folder.path(), &proxy.url, &served.url);
    let mut child =
        graphwalk(folder.path(), &["run", "-v", "--on", "live", "--yes", "--through", "3"]).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let seen: Vec<(Instant, String)> = lines.map(|line| (Instant::now(), line)).collect();
    let (code, text) = told(&child.wait_with_output().unwrap());
    let screen: Vec<&str> = seen.iter().map(|(_, line)| line.as_str()).collect();
    assert_eq!(code, 0, "{text}{screen:#?}");
    let begins = screen.iter().position(|line| line.starts_with("    ▸ Delete the review ")).unwrap();
    let (at, first) = &seen[begins + 2];
    assert!(first.contains("200, own look"), "{screen:#?}");
    let (end, _) = seen.iter().find(|(_, line)| line.starts_with("    ✓ Delete the review ")).unwrap();
    assert!(end.duration_since(*at) >= LATE - Duration::from_millis(500), "{screen:#?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_person_walks_through_a_live_run_itself() {
    use crate::sitting::{PROMPT, Sitting};

    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, None);
    configure(folder.path(), &proxy.url, &served.url);
    let walk = ["run", "--on", "live", "--yes", "--pause", "--through", "3"];
    let mut sitting = Sitting::before(graphwalk(folder.path(), &walk));
    let writes = || proxy.requests().iter().filter(|line| !line.is_empty() && !line.starts_with("GET")).count();
    // Nothing is written before the first Enter, and one scenario at a time after that.
    let (_, code) = sitting.press_at_each_prompt("\n", |pressed| match pressed {
        1 => assert_eq!(writes(), 0),
        2 | 3 => assert_eq!(writes(), pressed - 1, "each scenario waits for its Enter"),
        _ => {}
    });
    let screen = &sitting.screen;
    assert_eq!(code, Some(0), "{screen}");
    let mut rest = screen.as_str();
    for part in [
        "    Delete the review One-time self-review for members of Building security",
        "    sends",
        "administrator: DELETE /beta/…/accessReviews/definitions/{review}",
        PROMPT,
        "200, own look",
        "    ✓ Delete the review",
    ] {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is missing: {rest}\n---\n{screen}"));
        rest = &rest[at + part.len()..];
    }
    served.holds_only_its_seed(screen);
}
