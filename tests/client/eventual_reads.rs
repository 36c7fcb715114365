//! Reads that do not see yet what was written.

use std::cell::Cell;
use std::rc::Rc;

use graphwalk::session::{Call, Failure, LagKind, Lifecycle, Mismatches, Observation, Observed, Poll, Probe, Session};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::scripted::{Received, Reply, Server, answer, refusal, refusal_with, run};

const ID: &str = "eb75ccd2-59ef-48b7-8f76-cc3f33f899f4";

fn start() -> Timestamp {
    "2022-02-11T08:00:00Z".parse().unwrap()
}

fn get(path: &str) -> Call {
    Call::new("administrator", "GET", path)
}

/// A server that creates one group, and answers everything else with `read`, which gets the time in seconds.
async fn server(read: impl Fn(&Received, i64) -> Reply + 'static) -> (Server, Session) {
    let clock = Rc::new(Cell::new(start()));
    let now = Rc::clone(&clock);
    let server = Server::start_at(clock, move |request, number| match number {
        0 => answer(201, json!({"id": ID, "displayName": "G"})),
        _ => read(request, now.get().duration_since(start()).as_secs()),
    })
    .await;
    let mut session = server.session();
    session.send(&Call::new("administrator", "POST", "/v1.0/groups")).await.unwrap();
    session.captures.keep("G", json!(ID));
    (server, session)
}

fn group() -> Reply {
    answer(200, json!({"id": ID}))
}

fn path() -> String {
    format!("/v1.0/groups/{ID}")
}

fn lags(session: &Session) -> Vec<(LagKind, i64)> {
    session.seen.lags.iter().map(|lag| (lag.kind, lag.span.as_secs())).collect()
}

#[test]
fn a_new_object_is_read_until_it_appears_twice_in_a_row() {
    run(async {
        let (server, mut session) = server(|_, second| if second < 5 { refusal(404) } else { group() }).await;
        session.send(&get(&path())).await.unwrap();
        session.expect_status(200).unwrap();
        assert_eq!(lags(&session), [(LagKind::Late, 6)]);
        assert_eq!(session.seen.lags[0].to_string(), "G late by 6 s");
        assert_eq!(server.count("GET", "/"), 5);
    });
}

#[test]
fn an_object_that_appears_and_disappears_has_flapped() {
    run(async {
        let there = |second: i64| second == 1 || second >= 9;
        let (_server, mut session) = server(move |_, second| if there(second) { group() } else { refusal(404) }).await;
        session.send(&get(&path())).await.unwrap();
        session.expect_status(200).unwrap();
        assert_eq!(lags(&session), [(LagKind::Flapped, 9)]);
        // It was seen, and is gone again.
        let (_server, mut session) =
            self::server(|_, second| if second == 0 || second > 7 { group() } else { refusal(404) }).await;
        session.send(&get(&path())).await.unwrap();
        session.wait_until(start() + jiff::SignedDuration::from_secs(1)).await;
        session.send(&get(&path())).await.unwrap();
        session.expect_status(200).unwrap();
        assert_eq!(lags(&session), [(LagKind::Flapped, 11)]);
    });
}

#[test]
fn an_object_that_never_appears_is_given_up_after_a_minute() {
    run(async {
        let (server, mut session) = server(|_, _| refusal(404)).await;
        session.send(&get(&path())).await.unwrap();
        assert!(session.expect_status(200).is_err());
        assert_eq!(lags(&session)[0].0, LagKind::Never);
        assert!((50.0..=60.0).contains(&server.passed()), "{}", server.passed());
        let reads = server.count("GET", "/");
        session.wait_until(start() + jiff::SignedDuration::from_secs(61)).await;
        session.send(&get(&path())).await.unwrap();
        assert_eq!(server.count("GET", "/"), reads + 1, "a minute later nothing is excused by lag");
    });
}

#[test]
fn only_what_this_session_created_and_has_not_deleted_is_waited_for() {
    run(async {
        let (server, mut session) =
            server(|request, _| if request.method == "DELETE" { answer(204, json!(null)) } else { refusal(404) }).await;
        session.send(&get("/v1.0/groups/11111111-2222-4333-8444-555555555555")).await.unwrap();
        assert_eq!(server.count("GET", "/"), 1);
        session.send(&Call::new("administrator", "DELETE", path())).await.unwrap();
        session.send(&get(&path())).await.unwrap();
        assert_eq!((server.count("GET", "/"), server.passed()), (2, 0.0));
    });
}

#[test]
fn a_reference_is_sent_again_only_if_a_replica_may_not_know_it_yet() {
    run(async {
        let said = "Resource 'x' does not exist or one of its queried reference-property objects are not present.";
        for (message, sent) in [(said, 3), ("Invalid value specified for property.", 1)] {
            let bad = json!({"error": {"code": "Request_BadRequest", "message": message}});
            let (server, mut session) =
                server(move |_, second| if second < 3 { answer(400, bad.clone()) } else { answer(204, json!(null)) })
                    .await;
            let body = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{ID}")});
            session.send(&Call::new("administrator", "POST", "/v1.0/groups/1/members/$ref").body(body)).await.unwrap();
            assert_eq!(server.count("POST", "/v1.0/groups/1/"), sent, "{message}");
        }
    });
}

#[test]
fn a_deletion_that_a_replica_refuses_as_unknown_is_sent_again() {
    run(async {
        let (_server, mut session) =
            server(|_, second| if second < 4 { refusal(404) } else { answer(204, json!(null)) }).await;
        session.send(&Call::new("administrator", "DELETE", path())).await.unwrap();
        session.expect_status(204).unwrap();
    });
}

fn members(ids: &[&str]) -> Reply {
    let person = |name: &&str| json!({"@odata.type": "#microsoft.graph.user", "id": ID, "displayName": name});
    let people: Vec<Value> = ids.iter().map(person).collect();
    answer(200, json!({"value": people}))
}

fn are(session: &Session, expected: &[&str]) -> Result<(), Failure> {
    let mut mismatches = Mismatches::new();
    let name = |item: &Value| item["displayName"].as_str().unwrap_or_default().to_owned();
    let found: Vec<String> = session.last_items()?.iter().map(name).collect();
    for missing in expected.iter().filter(|name| !found.iter().any(|found| found == *name)) {
        mismatches.say(format!("missing: {missing}"));
    }
    for other in found.iter().filter(|name| !expected.contains(&name.as_str())) {
        mismatches.say(format!("not expected: {other}"));
    }
    mismatches.into_result("members", "others", session.last()?)
}

#[test]
fn a_list_that_lags_is_read_again_until_it_is_as_expected() {
    run(async {
        let (_server, mut session) = server(|_, second| members(if second < 4 { &["a"] } else { &["a", "b"] })).await;
        session.send(&get(&format!("{}/members", path()))).await.unwrap();
        session.settle(|session| are(session, &["a", "b"])).await.unwrap();
        assert_eq!(session.seen.lags[0].to_string(), "groups/G/members late by 6 s");
    });
}

#[test]
fn a_lag_is_reported_by_names() {
    run(async {
        let (_server, mut session) = server(|_, second| members(if second < 4 { &["a"] } else { &["a", "b"] })).await;
        let id = "2d56c364-0695-4ec6-8b92-4c1db7c80f1b";
        session.captures.keep("The doors", json!(id));
        let path = format!("/v1.0/identityGovernance/accessReviews/definitions/{id}/instances/{id}/decisions?$top=9");
        session.send(&get(&path)).await.unwrap();
        session.settle(|session| are(session, &["a", "b"])).await.unwrap();
        assert_eq!(session.seen.lags[0].to_string(), "definitions/The doors/decisions late by 6 s");
    });
}

#[test]
fn a_list_that_is_wrong_stays_wrong_and_shows_all_of_it() {
    run(async {
        let (server, mut session) = server(|_, _| members(&["a", "c"])).await;
        session.send(&get(&format!("{}/members", path()))).await.unwrap();
        let failure = session.settle(|session| are(session, &["a", "b"])).await.unwrap_err();
        assert_eq!(failure.notes[0], "missing: b\nnot expected: c");
        let reads = server.count("GET", "/");
        assert!(failure.notes.last().unwrap().starts_with(&format!("{reads} reads, until 5")), "{:?}", failure.notes);
        assert!(lags(&session)[0].0 == LagKind::Never && server.passed() <= 60.0);
        session.wait_until(start() + jiff::SignedDuration::from_secs(61)).await;
        session.send(&get(&format!("{}/members", path()))).await.unwrap();
        assert!(session.settle(|session| are(session, &["a", "b"])).await.is_err());
        assert_eq!(server.count("GET", "/"), reads + 1);
    });
}

#[test]
fn one_good_read_between_bad_ones_does_not_settle_a_list() {
    run(async {
        let (_server, mut session) = server(|_, second| members(if second == 1 { &["a", "b"] } else { &["a"] })).await;
        session.send(&get(&format!("{}/members", path()))).await.unwrap();
        assert!(session.settle(|session| are(session, &["a", "b"])).await.is_err());
    });
}

fn poll(path: String) -> Poll {
    Poll {
        person: None,
        call: get(&path),
        within: std::time::Duration::from_secs(600),
        code: "poll",
        what: "it".into(),
        never: "never".to_owned(),
        focus: String::new(),
        help: String::new(),
    }
}

#[test]
fn a_poll_excuses_what_is_wrong_as_long_as_it_may_lag_and_no_longer() {
    run(async {
        let probe = |session: &mut Session| {
            let done = session.expect_status(200)?.json().is_some();
            Ok(if done { Probe::Done } else { Probe::NotYet("empty".to_owned()) })
        };
        let (_server, mut session) = server(|_, second| if second < 20 { refusal(403) } else { group() }).await;
        session.poll(&poll(path()), probe).await.unwrap();
        let (server, mut session) = self::server(|_, _| refusal(403)).await;
        assert_eq!(session.poll(&poll(path()), probe).await.unwrap_err().code, "status");
        assert!((60.0..66.0).contains(&server.passed()), "{}", server.passed());
    });
}

const STATUS: Observed = Observed { heading: "status", is_shown: true };
const LIFECYCLE: Lifecycle = Lifecycle {
    states: &["InProgress", "Completing", "AutoReviewing", "AutoReviewed", "Applied"],
    also: &[],
    property: "status",
    code: "status-order",
    help: "",
};

/// The states that were seen of the review.
fn seen(session: &Session) -> String {
    match &session.seen.observations.headings()[0].observed[..] {
        [Observation::Timeline { states, .. }] => states.to_string(),
        other => panic!("{other:?}"),
    }
}

/// Whether the review is applied; its status moves forward.
fn status(session: &mut Session) -> Result<Probe, Failure> {
    session.expect_status(200)?;
    let status = session.last_json()?["status"].as_str().unwrap().to_owned();
    session.observe_state(STATUS, "the review", &LIFECYCLE, &status)?;
    Ok(if status == "Applied" { Probe::Done } else { Probe::NotYet(status) })
}

fn reviewed(status: &str) -> Reply {
    answer(200, json!({"id": ID, "status": status}))
}

#[test]
fn a_poll_outlasts_a_service_that_is_away() {
    run(async {
        let (server, mut session) = server(|_, second| match second {
            0..60 => reviewed("Completing"),
            60..300 => Reply::Close,
            300..420 => refusal(503),
            420..540 => refusal_with(429, "retry-after", "9"),
            _ => reviewed("Applied"),
        })
        .await;
        session.poll(&poll(path()), status).await.unwrap();
        assert_eq!(seen(&session), "Completing → Applied");
        assert!((540.0..600.0).contains(&server.passed()), "{}", server.passed());
        // One that stays away is reported, with what was seen before.
        let (_server, mut session) =
            self::server(|_, second| if second < 60 { reviewed("Completing") } else { refusal(503) }).await;
        let failure = session.poll(&poll(path()), status).await.unwrap_err();
        assert_eq!(failure.message, "expected status 200, got 503");
        let history =
            failure.notes.iter().find(|note| note.starts_with("history: Completing 0 s → Completing 30 s")).unwrap();
        assert!(history.contains("status 503"), "{history}");
    });
}

#[test]
fn a_clean_up_does_not_wait_for_a_network_that_is_away() {
    run(async {
        let (server, mut session) = server(|_, _| Reply::Close).await;
        session.enter_scenario(true);
        let poll = Poll { within: std::time::Duration::from_secs(36_000), ..poll(path()) };
        assert_eq!(session.poll(&poll, status).await.unwrap_err().code, "no-answer");
        // Six attempts of one call.
        assert_eq!(server.count("GET", "/"), 6);
    });
}

#[test]
fn a_status_shown_late_by_a_replica_is_no_step_backwards() {
    run(async {
        let (_server, mut session) = server(|_, second| match second {
            0..100 => reviewed("InProgress"),
            100..140 => reviewed("AutoReviewing"),
            140..160 => reviewed("Completing"),
            160..200 => reviewed("AutoReviewed"),
            _ => reviewed("Applied"),
        })
        .await;
        session.log_mut().begin();
        session.poll(&poll(path()), status).await.unwrap();
        assert_eq!(seen(&session), "InProgress → AutoReviewing → AutoReviewed → Applied");
        // A recording of it moves forward.
        let kept = session.log_mut().take().unwrap();
        let of = |response: &[u8]| serde_json::from_slice::<Value>(response).unwrap()["status"].clone();
        let mut statuses: Vec<Value> = kept.iter().map(|kept| of(&kept.response)).collect();
        statuses.dedup();
        assert_eq!(json!(statuses), json!(["InProgress", "AutoReviewing", "AutoReviewed", "Applied"]));
        assert_eq!(lags(&session).len(), 1);
        assert!(session.seen.lags[0].to_string().starts_with("groups/G flapped for "), "{}", session.seen.lags[0]);
        let (server, mut session) =
            self::server(|_, second| reviewed(if second < 100 { "AutoReviewing" } else { "Completing" })).await;
        let failure = session.poll(&poll(path()), status).await.unwrap_err();
        assert_eq!(failure.message, "the review's status went from AutoReviewing to Completing");
        // The status was first seen at the beginning: what is wrong long after is no lag.
        assert!((100.0..130.0).contains(&server.passed()), "{}", server.passed());
    });
}
