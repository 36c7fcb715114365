//! What is sent again, and what is not.

use std::time::{Duration, Instant};

use graphwalk::session::{Call, Session};
use graphwalk_client::{Attempt, AttemptEnd, GraphClient, RetryPolicy, RunBudget, TransportOptions};
use graphwalk_recording::Recording;
use graphwalk_schema::Schemas;
use serde_json::json;

use crate::scripted::{Reply, Server, answer, guid, refusal, refusal_with, run};

const GROUP: &str = "/v1.0/groups/1";
const DECISION: &str = "/v1.0/identityGovernance/accessReviews/definitions/1/instances/1/decisions/2";

fn get(path: &str) -> Call {
    Call::new("administrator", "GET", path)
}

fn group() -> Reply {
    answer(200, json!({"id": guid(1)}))
}

#[test]
fn a_throttled_post_waits_for_retry_after_without_real_time() {
    run(async {
        let server = Server::start(|_, number| match number {
            0 => refusal_with(429, "retry-after", "7"),
            1 => refusal_with(503, "Retry-After", "Fri, 11 Feb 2022 08:00:20 GMT"),
            _ => answer(201, json!({"id": guid(1)})),
        })
        .await;
        let mut session = server.session();
        let started = std::time::Instant::now();
        let exchange = session.send(&Call::new("administrator", "POST", "/v1.0/groups")).await.unwrap();
        let attempts: Vec<&AttemptEnd> = exchange.attempts.iter().map(|attempt| &attempt.end).collect();
        assert_eq!(attempts, [&AttemptEnd::Answered(429), &AttemptEnd::Answered(503)]);
        assert_eq!(exchange.notes()[2], "answered 429, 503, 201 in 20 s, 3 attempts");
        let ids: std::collections::BTreeSet<_> = exchange
            .attempts
            .iter()
            .map(|attempt: &Attempt| attempt.client_request_id.clone())
            .chain([exchange.client_request_id.clone()])
            .collect();
        assert_eq!(ids.len(), 3, "each attempt has an id of its own");
        assert!((20.0..23.0).contains(&server.passed()), "{}", server.passed());
        assert!(started.elapsed().as_secs() < 5);
        assert_eq!((session.seen.exchanges, session.seen.repeated), (3, 2));
    });
}

#[test]
fn a_step_gets_the_time_that_it_waits() {
    run(async {
        let server =
            Server::start(|_, number| if number == 0 { refusal_with(429, "retry-after", "3") } else { group() }).await;
        let mut session = server.session_in_real_time();
        session.deadline.restart(Duration::from_millis(1_500));
        let deadline = session.deadline.clone();
        let call = get(GROUP);
        tokio::select! {
            () = deadline.passed() => panic!("the wait counted"),
            sent = session.send(&call) => assert_eq!(sent.unwrap().status, 200),
        }
        let rest = tokio::time::timeout(Duration::from_secs(4), deadline.passed()).await;
        assert!(rest.is_ok(), "the step has more time than before");
    });
}

#[test]
fn a_read_is_sent_again_after_every_kind_of_failure() {
    run(async {
        let server = Server::start(|_, number| match number {
            0 => refusal(500),
            1 => Reply::Close,
            2 => Reply::Truncate(200, json!({"id": guid(1)})),
            3 => refusal(504),
            _ => group(),
        })
        .await;
        let mut session = server.session();
        let exchange = session.send(&get(GROUP)).await.unwrap();
        assert_eq!((exchange.status, exchange.attempts.len()), (200, 4));
        assert!(
            matches!(exchange.attempts[1].end, AttemptEnd::Lost(_))
                && matches!(exchange.attempts[2].end, AttemptEnd::Lost(_))
        );
    });
}

#[test]
fn after_a_503_another_connection_is_tried() {
    run(async {
        let statuses = [429, 500, 503, 504, 503];
        let server =
            Server::start(move |_, number| statuses.get(number).map_or_else(group, |status| refusal(*status))).await;
        let mut session = server.session();
        assert_eq!(session.send(&get(GROUP)).await.unwrap().status, 200);
        let connections: Vec<usize> = server.received.borrow().iter().map(|request| request.connection).collect();
        assert_eq!(connections, [0, 0, 0, 1, 1, 2]);
    });
}

#[test]
fn a_step_gets_the_time_of_attempts_that_came_to_nothing() {
    run(async {
        let server = Server::start(|_, number| if number < 2 { Reply::Hang } else { group() }).await;
        let timeout = Duration::from_millis(200);
        let options = TransportOptions { timeout, ..TransportOptions::loopback() };
        let mut session = server.session_with(GraphClient::for_base(&server.base, &options).unwrap());
        session.deadline.restart(Duration::from_secs(1));
        let deadline = session.deadline.clone();
        let started = Instant::now();
        assert_eq!(session.send(&get(GROUP)).await.unwrap().attempts.len(), 2);
        deadline.passed().await;
        // A second, and twice the time that the client waits for an answer; the pauses between take no real time here.
        let due = Duration::from_secs_f64(1.4);
        assert!(started.elapsed() >= due, "{:?} of {due:?}", started.elapsed());
    });
}

#[test]
fn an_unavailable_service_is_given_up_and_all_attempts_listed() {
    run(async {
        let server = Server::start(|_, _| refusal(503)).await;
        let mut session = server.session();
        session.send(&get(GROUP)).await.unwrap();
        let failure = session.expect_status(200).unwrap_err();
        assert_eq!(server.count("GET", GROUP), 6);
        let told =
            failure.notes.iter().find(|note| note.starts_with("answered 503, 503, 503, 503, 503, 503 in")).unwrap();
        assert!(told.ends_with("6 attempts"), "{told}");
        assert_eq!(
            failure.notes.last().unwrap(),
            "earlier attempts: request-id r, request-id r, request-id r, request-id r, request-id r"
        );
    });
}

#[test]
fn a_wait_longer_than_a_call_may_take_is_not_waited() {
    run(async {
        let server = Server::start(|_, _| refusal_with(429, "retry-after", "3600")).await;
        let mut session = server.session();
        assert_eq!(session.send(&get(GROUP)).await.unwrap().status, 429);
        assert_eq!((server.count("GET", GROUP), server.passed()), (1, 0.0));
    });
}

#[test]
fn a_call_that_may_have_succeeded_is_not_repeated_if_not_idempotent() {
    run(async {
        for reply in
            [Reply::Close, Reply::Truncate(201, json!({"id": guid(1)})), refusal(500), refusal(504), refusal(503)]
        {
            let server = Server::start(move |_, _| reply.clone()).await;
            for (method, path) in [("POST", "/v1.0/groups/1/members/$ref"), ("PATCH", GROUP)] {
                let mut session = server.session();
                let told = match session.send(&Call::new("administrator", method, path)).await {
                    Ok(exchange) => exchange.status.to_string(),
                    Err(failure) => failure.code.to_owned(),
                };
                assert!(["500", "503", "504", "lost-answer"].contains(&told.as_str()), "{told}");
                assert_eq!(server.count(method, path), 1);
            }
        }
    });
}

#[test]
fn the_patch_of_a_decision_is_sent_again_since_twice_is_once() {
    run(async {
        let server = Server::start(|_, number| if number == 0 { Reply::Close } else { answer(204, json!(null)) }).await;
        let mut session = server.session();
        session.send(&Call::new("administrator", "PATCH", DECISION)).await.unwrap();
        session.expect_status(204).unwrap();
    });
}

#[test]
fn a_delete_answered_404_is_done_only_after_a_lost_answer() {
    run(async {
        let delete = Call::new("administrator", "DELETE", GROUP);
        let server = Server::start(|_, number| if number == 0 { Reply::Close } else { refusal(404) }).await;
        let mut session = server.session();
        session.send(&delete).await.unwrap();
        session.expect_status(204).unwrap();
        assert!(session.last().unwrap().recovered.is_some());
        for first in [refusal_with(429, "retry-after", "1"), refusal_with(503, "retry-after", "1"), refusal(404)] {
            let server = Server::start(move |_, number| if number == 0 { first.clone() } else { refusal(404) }).await;
            let mut session = server.session();
            session.send(&delete).await.unwrap();
            assert!(session.expect_status(204).is_err(), "nothing was deleted");
        }
    });
}

#[test]
fn a_concurrent_write_is_distinguished_from_other_conflicts() {
    run(async {
        for (code, sent) in [("Directory_ConcurrencyViolation", 2), ("Conflict", 1)] {
            let server = Server::start(move |_, number| match number {
                0 => answer(409, json!({"error": {"code": code, "message": ""}})),
                _ => answer(201, json!({"id": guid(1)})),
            })
            .await;
            server.session().send(&Call::new("administrator", "POST", "/v1.0/groups")).await.unwrap();
            assert_eq!(server.count("POST", "/v1.0/groups"), sent, "{code}");
        }
    });
}

#[test]
fn a_server_that_is_not_there_is_tried_again_even_with_a_post() {
    run(async {
        let server = Server::start(|_, _| group()).await;
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let gone = Server { base: format!("http://{free}"), ..server };
        let failure = gone.session().send(&Call::new("administrator", "POST", "/v1.0/groups")).await.unwrap_err();
        assert_eq!(failure.code, "no-answer");
        assert!(failure.message.starts_with("POST /v1.0/groups got no answer: "), "{}", failure.message);
        assert!(
            failure.notes[0].starts_with("before that lost (") && failure.notes[0].contains(" 5 times in "),
            "{}",
            failure.notes[0]
        );
        assert!(gone.passed() > 1.0);
    });
}

#[test]
fn a_member_is_never_deleted_and_no_token_is_in_a_message() {
    run(async {
        let server = Server::start(|_, _| answer(204, json!(null))).await;
        let mut session = server.session();
        for path in ["/v1.0/groups/1/members/2", "/beta//GROUPS/1/%4dembers/2/"] {
            let failure = session.send(&Call::new("administrator", "DELETE", path)).await.unwrap_err();
            assert!(failure.help.unwrap().contains("/$ref"), "{path}");
        }
        assert!(server.received.borrow().is_empty());
        session.send(&Call::new("administrator", "DELETE", "/v1.0/groups/1/members/2/$ref")).await.unwrap();
        assert!(server.received.borrow()[0].head.contains("s3cret-token"));
        let shown = format!("{session:?}");
        assert!(!shown.contains("s3cret-token"), "{shown}");
    });
}

#[test]
fn a_recorded_refusal_is_followed_by_the_recorded_answer() {
    run(async {
        let entry = |second: u8, method: &str, status: u16, text: &str| {
            json!({
                "startedDateTime": format!("2022-02-11T08:00:{second:02}Z"),
                "request": {"method": method, "url": "https://graph.microsoft.com/v1.0/groups/1"},
                "response": {"status": status, "headers": [{"name": "Retry-After", "value": "4"}], "content": {"text": text}},
            })
        };
        let throttled = r#"{"error": {"code": "TooManyRequests", "message": ""}}"#;
        let har = json!({"log": {"_finish": {"by": "stop"}, "entries": [
            entry(0, "GET", 429, throttled), entry(1, "GET", 200, &json!({"id": guid(1)}).to_string()),
            entry(2, "DELETE", 429, throttled), entry(3, "DELETE", 204, ""),
        ]}});
        let recording = std::sync::Arc::new(Recording::parse("x.har", har.to_string().as_bytes()).unwrap());
        let play = async || {
            let server = graphwalk::backend::replay::ReplayServer::start().await.unwrap();
            let backend = std::rc::Rc::new(server.open(std::sync::Arc::clone(&recording)));
            let mut session = Session::new(backend, Schemas::embedded(), false);
            session.send(&get(GROUP)).await.unwrap();
            session.expect_status(200).unwrap();
            session.send(&Call::new("administrator", "DELETE", GROUP)).await.unwrap();
            session.expect_status(204).unwrap();
            session.backend().clock().now()
        };
        assert_eq!(play().await, play().await, "the waits of a replay are always the same");
    });
}

#[test]
fn a_run_tries_again_only_as_often_as_it_may() {
    run(async {
        let server = Server::start(|_, _| refusal(503)).await;
        let mut session = server.session();
        let budget = RunBudget { retries: 7, ..RunBudget::default() };
        session.limit_retries(RetryPolicy { attempts: 3, ..RetryPolicy::service() }, budget);
        for sent in [3, 6, 9, 11, 12] {
            session.send(&get(GROUP)).await.unwrap();
            assert_eq!(server.count("GET", GROUP), sent);
        }
        // What was created is to be deleted, whatever was spent before.
        session.enter_scenario(true);
        session.send(&get(GROUP)).await.unwrap();
        assert_eq!(server.count("GET", GROUP), 15);
    });
}

#[test]
fn a_lost_answer_names_the_id_that_was_sent() {
    run(async {
        let server = Server::start(|_, _| Reply::Close).await;
        let failure = server.session().send(&Call::new("administrator", "PATCH", GROUP)).await.unwrap_err();
        let id = failure.notes[0].strip_prefix("client-request-id ").unwrap();
        assert!(server.received.borrow()[0].head.contains(id), "{id}");
    });
}

#[test]
fn one_attempt_is_one_attempt() {
    run(async {
        let server = Server::start(|_, _| refusal(503)).await;
        let client = GraphClient::for_loopback(&server.base).unwrap();
        let request = graphwalk_client::GraphRequest {
            actor: "administrator",
            token: "t",
            method: "GET",
            path: GROUP,
            headers: &[],
            body: None,
            file: None,
        };
        assert_eq!(client.send(&request).await.unwrap().status, 503);
        assert_eq!(server.count("GET", GROUP), 1);
    });
}
