//! A tenant whose `Date` is wrong, stands still or jumps: what a run waits for is measured by this machine's own clock.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::proxy::{Deed, Proxy, answer};
use crate::served::{DOMAIN, Served, configure, ended, graphwalk, run_name, told, write_feature};
use crate::waits::until_told;

/// What is made of an answer.
type Alter = fn(&str, String) -> String;

/// The answer with another `Date`.
fn dated(answered: &str, other: impl Fn(Timestamp) -> Timestamp) -> String {
    let (head, body) = answered.split_once("\r\n\r\n").unwrap();
    let lines = head.lines().map(|line| match line.split_once(": ") {
        Some((name, value)) if name.eq_ignore_ascii_case("date") => {
            let date = DateTimeParser::new().parse_timestamp(value).unwrap();
            format!("date: {}", DateTimePrinter::new().timestamp_to_rfc9110_string(&other(date)).unwrap())
        }
        _ => line.to_owned(),
    });
    format!("{}\r\n\r\n{body}", lines.collect::<Vec<_>>().join("\r\n"))
}

fn shifted<const SECONDS: i64>(_: &str, answered: String) -> String {
    dated(&answered, |date| date + SignedDuration::from_secs(SECONDS))
}

/// The first `Date` that came, for ever.
fn frozen(_: &str, answered: String) -> String {
    static FIRST: OnceLock<Timestamp> = OnceLock::new();
    dated(&answered, |date| *FIRST.get_or_init(|| date))
}

/// A tenant in real time, and what a run of one feature on it came to: the program's exit code, what it told, and how long
/// it took.
struct Ran {
    code: i32,
    text: String,
    took: Duration,
    requests: Vec<String>,
}

/// Plays a feature of `steps` on a tenant whose answers of the numbers that `which` accepts, counted from the first that
/// names `part`, are altered.
fn play(steps: &str, part: &'static str, alter: Alter, which: fn(usize) -> bool, serving: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start_at(folder.path(), 0, serving);
    let (count, begun) = (AtomicUsize::new(0), Arc::new(OnceLock::new()));
    let begins = Arc::clone(&begun);
    let proxy = Proxy::deciding(served.address, move |line| {
        if line.contains(part) {
            begins.get_or_init(Instant::now);
        }
        match begins.get().map(|_| count.fetch_add(1, Ordering::Relaxed)) {
            Some(number) if which(number) => Deed::Rewrite(alter),
            _ => Deed::Forward,
        }
    });
    configure(folder.path(), &proxy.url, &served.url);
    write_feature(folder.path(), steps);
    let started = Instant::now();
    let over = AtomicBool::new(false);
    let (code, text) = std::thread::scope(|scope| {
        scope.spawn(|| join_late(&served, &begun, &over));
        let ended = ended(folder.path(), &["run", "--on", "live", "--yes", "--features", "features"]);
        over.store(true, Ordering::Relaxed);
        ended
    });
    Ran { code, text, took: started.elapsed(), requests: proxy.sent() }
}

/// Creates the user that is waited for, four seconds after the first altered request.
fn join_late(served: &Served, begun: &OnceLock<Instant>, over: &AtomicBool) {
    while begun.get().is_none_or(|begun| begun.elapsed() < Duration::from_secs(4)) {
        if over.load(Ordering::Relaxed) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let user = json!({"accountEnabled": true, "displayName": "Late", "mailNickname": "late",
        "userPrincipalName": format!("late@{DOMAIN}"),
        "passwordProfile": {"forceChangePasswordNextSignIn": false, "password": "Xk2!pqrs-9"}});
    served.send("POST", "/v1.0/users", Some(&user));
}

/// Expects a poll for a user who comes after four seconds to find them, whatever the tenant's `Date`.
fn finds_who_comes_late(within: &str, alter: Alter, which: fn(usize) -> bool) -> Ran {
    let steps = format!(
        "    When the administrator polls \"/v1.0/users/late@{DOMAIN}\" until \"$.displayName\" is \"Late\" within {within}\n"
    );
    let ran = play(&steps, "users/late", alter, which, &[]);
    assert_eq!(ran.code, 0, "{}", ran.text);
    assert!(ran.took < Duration::from_secs(40), "{:?}: {}", ran.took, ran.text);
    let reads = ran.requests.iter().filter(|request| request.contains("users/late")).count();
    assert!((3..=12).contains(&reads), "{reads} reads");
    ran
}

#[test]
fn one_answer_from_the_future_does_not_end_a_poll() {
    finds_who_comes_late("20 seconds", shifted::<600>, |number| number == 0);
}

#[test]
fn one_answer_from_the_near_future_does_not_keep_a_poll_from_asking() {
    finds_who_comes_late("5 minutes", shifted::<200>, |number| number == 0);
}

#[test]
fn a_clock_that_goes_back_does_not_keep_a_poll_from_asking() {
    finds_who_comes_late("5 minutes", shifted::<-600>, |number| number > 0);
}

#[test]
fn a_clock_that_stands_still_does_not_keep_a_poll_from_asking() {
    finds_who_comes_late("20 seconds", frozen, |_| true);
}

#[test]
fn a_clock_that_jumps_to_and_fro_does_not_disturb_a_poll() {
    let ran = finds_who_comes_late("20 seconds", shifted::<600>, |number| number % 2 == 0);
    assert!(!ran.text.contains("the tenant's clock"), "{}", ran.text);
}

/// A step that waits until so many seconds from now, on this machine's clock.
fn date_in(seconds: i64) -> String {
    format!("    Given the time \"{}\" has come\n", Timestamp::now() + SignedDuration::from_secs(seconds))
}

#[test]
fn one_answer_from_the_future_does_not_end_a_wait_for_a_date() {
    let steps = format!("    When the administrator sends GET \"/v1.0/groups\"\n{}", date_in(15));
    let ran = play(&steps, "/groups", shifted::<600>, |number| number % 3 == 0, &[]);
    assert_eq!(ran.code, 0, "{}", ran.text);
    assert!((Duration::from_secs(8)..Duration::from_secs(40)).contains(&ran.took), "{:?}: {}", ran.took, ran.text);
}

#[test]
fn waiting_for_a_date_asks_the_tenants_clock_again() {
    let steps = format!("    When the administrator sends GET \"/v1.0/groups\"\n{}", date_in(600));
    let ran = play(&steps, "/groups", shifted::<600>, |_| true, &[]);
    assert_eq!(ran.code, 0, "{}", ran.text);
    assert!(ran.took < Duration::from_secs(40), "{:?}: {}", ran.took, ran.text);
    let told = ran.text.matches("the tenant's clock is 10 min ahead of this machine's").count();
    assert_eq!(told, 1, "{}", ran.text);
}

#[test]
fn a_wait_for_a_date_on_a_clock_that_stands_still_ends_and_says_so() {
    let steps = date_in(7200);
    let ran = play(&steps, "never", shifted::<0>, |_| false, &["--clock", "virtual"]);
    assert_eq!(ran.code, 1, "{}", ran.text);
    assert!(ran.text.contains("error[clock]: the tenant's clock stands still at "), "{}", ran.text);
    assert!(ran.took < Duration::from_secs(60), "{:?}: {}", ran.took, ran.text);
}

#[test]
fn a_poll_that_ends_on_a_clock_that_stands_still_says_so() {
    let steps = "    When the administrator polls \"/v1.0/organization\" until \"$.value[0].displayName\" is \"Other\" within 12 seconds\n";
    let ran = play(steps, "never", shifted::<0>, |_| false, &["--clock", "virtual"]);
    assert_eq!(ran.code, 1, "{}", ran.text);
    assert!(
        ran.text.contains("error[poll]") && ran.text.contains("the tenant's clock stands still at "),
        "{}",
        ran.text
    );
    let reads = ran.requests.iter().filter(|request| request.contains("/organization")).count();
    assert!(reads >= 10, "{:?}", ran.requests);
}

/// An answer that comes after a while: an empty page that leads to another one.
fn slow_page(request: &str) -> String {
    static PAGES: AtomicUsize = AtomicUsize::new(0);
    std::thread::sleep(Duration::from_millis(1_500));
    let path = request.split(' ').nth(1).unwrap().split('?').next().unwrap();
    let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let page = PAGES.fetch_add(1, Ordering::Relaxed);
    answer(
        "200 OK",
        "",
        &json!({"value": [], "@odata.nextLink": format!("http://{host}{path}?$skiptoken={page}")}).to_string(),
    )
}

/// A step has twelve seconds in this, beside what it waits.
const SLOW: [(&str, &str); 1] = [("GRAPHWALK_TIMEOUTS_REQUEST", "2")];

#[test]
fn a_step_that_was_answered_all_along_says_so_when_its_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start_at(folder.path(), 0, &[]);
    let proxy = Proxy::deciding(served.address, |line| match line {
        _ if line.contains("/members") => Deed::Respond(slow_page),
        _ => Deed::Forward,
    });
    configure(folder.path(), &proxy.url, &served.url);
    let steps = "    When the administrator sends GET \"/v1.0/groups\"\n    And \"$.value[0].id\" is kept as \"Any\"\n    \
                 Then the members of \"Any\" are exactly:\n      | Adele Vance |\n";
    write_feature(folder.path(), steps);
    let mut command =
        graphwalk(folder.path(), &["run", "--on", "live", "--yes", "--features", "features", "--step-timeout", "1"]);
    let (code, text) = told(&command.envs(SLOW).output().unwrap());
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("error[step-timeout]: the step did not end within 12 s"), "{text}");
    assert!(text.contains("requests were answered, the last one") && text.contains("/members?$skiptoken="), "{text}");
    assert!(
        text.contains("the server answers: give the step more time") && !text.contains("does not answer"),
        "{text}"
    );
}

#[test]
fn a_poll_has_its_own_time_however_slow_the_answers_are() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start_at(folder.path(), 0, &[]);
    let proxy = Proxy::deciding(served.address, |line| match line {
        _ if line.contains("users/late") => Deed::Late(Duration::from_millis(1_600)),
        _ => Deed::Forward,
    });
    configure(folder.path(), &proxy.url, &served.url);
    let path = format!("/v1.0/users/late@{DOMAIN}");
    write_feature(
        folder.path(),
        &format!("    When the administrator polls \"{path}\" until \"$.displayName\" is \"Late\" within 25 seconds\n"),
    );
    let mut command =
        graphwalk(folder.path(), &["run", "--on", "live", "--yes", "--features", "features", "--step-timeout", "1"]);
    let (code, text) = told(&command.envs(SLOW).output().unwrap());
    assert!(code == 1 && text.contains("error[poll]: $.displayName never became \"Late\""), "{text}");
}

#[test]
fn a_poll_that_was_killed_goes_on_with_what_was_left_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start_at(folder.path(), 0, &[]);
    configure(folder.path(), &served.url, &served.url);
    let path = format!("/v1.0/users/late@{DOMAIN}");
    write_feature(
        folder.path(),
        &format!("    When the administrator polls \"{path}\" until \"$.displayName\" is \"Late\" within 20 minutes\n"),
    );
    let mut child =
        graphwalk(folder.path(), &["run", "--on", "live", "--yes", "--features", "features"]).spawn().unwrap();
    until_told(&mut child, "waiting for $.displayName to become");
    std::thread::sleep(Duration::from_millis(2_500));
    child.kill().unwrap();
    child.wait().unwrap();
    let run = run_name(folder.path());
    let file = folder.path().join(".graphwalk/runs").join(&run).join("session.json");
    let mut state: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let left: SignedDuration = state["left_time"]["left"].as_str().unwrap().parse().unwrap();
    assert!((1_190..1_200).contains(&left.as_secs()), "{state}");
    // As if it had been polled for long.
    state["left_time"]["left"] = json!("PT6S");
    std::fs::write(&file, state.to_string()).unwrap();
    let mut child = graphwalk(folder.path(), &["resume", &run, "--yes"]).spawn().unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() && started.elapsed() < Duration::from_secs(40) {
        std::thread::sleep(Duration::from_millis(100));
    }
    let _ = child.kill();
    let (code, text) = told(&child.wait_with_output().unwrap());
    assert!(code == 1 && text.contains("error[poll]: $.displayName never became \"Late\""), "{state}: {text}");
}
