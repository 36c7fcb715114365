//! The program is killed at every exchange, before it, after its effect and after its answer; then what is left is deleted.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::proxy::{Blow, Moment, Proxy, interrupt, kill};
use crate::served::{Served, configure, ended, graphwalk, run_name};

/// A run that was struck.
struct Struck {
    folder: tempfile::TempDir,
    served: Served,
    code: Option<i32>,
    requests: Vec<String>,
}

fn struck(at: usize, moment: Moment, blow: Blow) -> Struck {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, Some((at, moment, blow)));
    configure(folder.path(), &proxy.url, &served.url);
    let mut command = graphwalk(folder.path(), &["run", "--on", "live", "--yes"]);
    proxy.watch(command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap());
    let code = proxy.wait();
    Struck { folder, served, code, requests: proxy.requests() }
}

/// Kills the program and cleans up; the number of requests that it had made.
fn killed_and_cleaned(at: usize, moment: Moment) -> usize {
    let Struck { folder, served, code, requests } = struck(at, moment, kill);
    let told = format!("killed at exchange {at}, {moment:?}: {:?}", requests.last());
    assert!(code.is_none() || requests.len() < at || moment == Moment::Answered, "{told}: ended with {code:?}");
    let (code, text) = ended(folder.path(), &["clean"]);
    assert_eq!(code, 0, "{told}: {text}");
    served.holds_only_its_seed(&format!("{told}: {text}"));
    let (code, text) = ended(folder.path(), &["clean"]);
    assert!(code == 0 && text.starts_with("nothing to clean"), "{told}: {text}");
    requests.len()
}

#[test]
fn whenever_it_is_killed_at_a_create_nothing_is_left_after_the_clean_up() {
    // The first is the tenant's default domain; 2 to 4 create users, 5 the group, 9 the review.
    for (at, moment) in
        [(2, Moment::Before), (3, Moment::Done), (5, Moment::Done), (9, Moment::Done), (9, Moment::Answered)]
    {
        let made = killed_and_cleaned(at, moment);
        assert!(made >= at, "there were {made} exchanges only");
    }
}

#[test]
#[ignore = "takes minutes: every exchange, three times"]
fn whenever_it_is_killed_nothing_is_left_after_the_clean_up() {
    // As many as a run makes that nobody strikes, and some more: how often a status is looked at differs.
    let all = struck(usize::MAX, Moment::Before, kill).requests.len();
    assert!(all > 30, "{all} exchanges");
    let next = AtomicUsize::new(0);
    let struck = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let at = index / 3 + 1;
                    if at > all + 2 {
                        break;
                    }
                    let moment = [Moment::Before, Moment::Done, Moment::Answered][index % 3];
                    struck.fetch_add(usize::from(killed_and_cleaned(at, moment) >= at), Ordering::Relaxed);
                }
            });
        }
    });
    let struck = struck.into_inner();
    println!("killed {struck} times, at {all} exchanges");
    assert!(struck >= 3 * (all - 2), "killed {struck} times only");
}

#[test]
fn interrupted_it_cleans_up_by_itself() {
    for (at, moment) in [(5, Moment::Done), (12, Moment::Before)] {
        let Struck { served, code, requests, folder } = struck(at, moment, interrupt);
        assert_eq!(code, Some(3), "{requests:?}");
        served.holds_only_its_seed(&format!("{at} {moment:?}: {requests:?}"));
        let (_, text) = ended(folder.path(), &["runs"]);
        assert!(text.contains("interrupted"), "{text}");
    }
}

#[test]
fn a_killed_run_goes_on_where_it_stood() {
    // In the middle of a create, of a decision, and of the end of the review.
    for (at, moment) in [(4, Moment::Done), (16, Moment::Done), (20, Moment::Done)] {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(folder.path());
        let proxy = Proxy::start(served.address, Some((at, moment, kill)));
        configure(folder.path(), &proxy.url, &served.url);
        let mut command = graphwalk(folder.path(), &["run", "--on", "live", "--yes"]);
        proxy.watch(command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap());
        assert_eq!(proxy.wait(), None);
        let before = proxy.requests().last().cloned();
        let run = run_name(folder.path());
        let (code, text) = ended(folder.path(), &["resume", &run, "--yes"]);
        assert_eq!(code, 0, "{at} {before:?}: {text}");
        served.holds_only_its_seed(&text);
        let (code, text) = ended(folder.path(), &["resume", &run, "--yes"]);
        assert!(code == 2 && text.contains("has ended: passed"), "{text}");
    }
}
