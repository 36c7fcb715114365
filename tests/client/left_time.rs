//! What is left of waits, polls and budgets when another process goes on with a session.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use graphwalk::session::{Call, NextScenario, Poll, Probe, Session, SessionState, Settles, TimeLeft};
use graphwalk_client::{RetryPolicy, RunBudget};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::scripted::{Server, answer, refusal, run};

const ID: &str = "eb75ccd2-59ef-48b7-8f76-cc3f33f899f4";
const PATH: &str = "/v1.0/groups/eb75ccd2-59ef-48b7-8f76-cc3f33f899f4";

fn state(session: &Session) -> SessionState {
    let next = NextScenario { step: 1, feature: "01-a.feature".to_owned(), line: 3 };
    session.state(&"20261125-0127-k3f9".parse().unwrap(), "tutorial", next)
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// A wait at the step that [`resumed`] plays, of which this was left so many seconds ago.
fn left(what: &str, left: i64, ago: i64) -> TimeLeft {
    TimeLeft { wait: format!("a.feature:7 {what}"), left: seconds(left), at: Timestamp::now() - seconds(ago) }
}

/// A session on a server that knows nothing, which goes on with what another process left.
async fn resumed(left_time: TimeLeft) -> (Server, Session) {
    let clock = Rc::new(Cell::new("2022-02-11T08:00:00Z".parse().unwrap()));
    let server = Server::start_at(clock, |_, _| answer(200, json!({"id": ID, "displayName": "no"}))).await;
    let mut session = server.session();
    let state = SessionState { left_time: Some(left_time), ..state(&session) };
    // As another process reads it.
    let state = SessionState::from_json(&state.to_json().unwrap()).unwrap();
    session.resume(&state, []);
    session.enter_step(Arc::from("a.feature"), 7);
    (server, session)
}

fn poll() -> Poll {
    Poll {
        person: None,
        call: Call::new("administrator", "GET", PATH),
        within: Duration::from_secs(1_200),
        code: "poll",
        what: "it".into(),
        never: "never".to_owned(),
        focus: String::new(),
        help: String::new(),
    }
}

async fn polls_for(server: &Server, session: &mut Session) -> f64 {
    let before = server.passed();
    let probe = |_: &mut Session| Ok(Probe::NotYet("no".to_owned()));
    assert_eq!(session.poll(&poll(), probe).await.unwrap_err().code, "poll");
    server.passed() - before
}

#[test]
fn a_poll_goes_on_with_the_time_that_is_left() {
    run(async {
        let name = format!("GET {PATH}");
        let (server, mut session) = resumed(left(&name, 900, 600)).await;
        let polled = polls_for(&server, &mut session).await;
        assert!((295.0..=300.0).contains(&polled), "{polled}");
        // The next one is another one.
        assert!((1_195.0..=1_201.0).contains(&polls_for(&server, &mut session).await));
        // One whose time is over looks once more.
        let (server, mut session) = resumed(left(&name, 900, 9_000)).await;
        assert_eq!((polls_for(&server, &mut session).await, server.count("GET", PATH)), (0.0, 1));
        // A clock that was set back makes it no longer than it was.
        let (server, mut session) = resumed(left(&name, 900, -9_000)).await;
        assert!((895.0..=901.0).contains(&polls_for(&server, &mut session).await));
    });
}

#[test]
fn a_poll_for_something_else_has_all_of_its_time() {
    run(async {
        let (server, mut session) = resumed(left("GET /v1.0/groups/of-before", 10, 0)).await;
        assert!(polls_for(&server, &mut session).await >= 1_195.0);
        let (server, mut session) = resumed(left(&format!("GET {PATH}"), 10, 0)).await;
        session.wait_anew();
        assert!(polls_for(&server, &mut session).await >= 1_195.0);
    });
}

#[test]
fn days_that_pass_go_on_with_those_that_are_left() {
    run(async {
        const DAY: i64 = 86_400;
        // Left after two days of five, and away for one.
        let (server, mut session) = resumed(left("five days", 3 * DAY, DAY)).await;
        // A process that ends before it comes to the wait leaves as much.
        assert_eq!(state(&session).left_time.map(|left| left.left), Some(seconds(3 * DAY)));
        session.wait_for("five days", seconds(5 * DAY)).await.unwrap();
        let passed = server.passed() / 86_400.0;
        assert!((1.99..=2.0).contains(&passed), "{passed}");
        assert_eq!(state(&session).left_time, None);
    });
}

#[test]
fn a_budget_goes_on_with_what_is_left_of_it() {
    run(async {
        let server = Server::start(|_, _| refusal(503)).await;
        let mut session = server.session();
        session.limit_retries(RetryPolicy::service(), RunBudget { retries: 7, waiting: seconds(3_600) });
        session.send(&Call::new("administrator", "GET", PATH)).await.unwrap();
        let first = state(&session);
        assert_eq!(first.retries.map(|left| left.retries), Some(2));
        let mut next = server.session();
        next.limit_retries(RetryPolicy::service(), RunBudget { retries: 7, waiting: seconds(3_600) });
        next.resume(&first, []);
        let before = server.count("GET", PATH);
        next.send(&Call::new("administrator", "GET", PATH)).await.unwrap();
        assert_eq!(server.count("GET", PATH) - before, 3, "one attempt, and two that were left");
    });
}

#[test]
fn another_process_still_waits_for_a_new_object() {
    run(async {
        for (ago, excused) in [(10, true), (50, false)] {
            let clock = Rc::new(Cell::new("2022-02-11T08:00:00Z".parse().unwrap()));
            let server = Server::start_at(clock, |_, number| match number {
                0..3 => refusal(404),
                _ => answer(200, json!({"id": ID, "displayName": "G"})),
            })
            .await;
            let mut session = server.session();
            let settles = Settles { within: seconds(40), after: Timestamp::now() - seconds(ago) };
            let mut state = SessionState { settles: Some(settles), ..state(&session) };
            state.keep("G", &json!(ID));
            session.resume(&state, [(graphwalk_catalog::Resource::named("group").unwrap(), "G".to_owned())]);
            session.send(&Call::new("administrator", "GET", PATH)).await.unwrap();
            assert_eq!(session.expect_status(200).is_ok(), excused, "{ago} s later");
        }
    });
}
