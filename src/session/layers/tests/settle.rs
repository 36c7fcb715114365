use std::rc::Rc;

use graphwalk_client::Exchange;
use serde_json::json;

use super::scripted::{answer, guid, refusal, run};
use super::*;
use crate::session::LagKind;

/// A server that creates an object, and shows it from that second on.
async fn shown_from(second: i64) -> Fixture {
    let clock = std::rc::Rc::new(std::cell::Cell::new("2022-02-11T08:00:00Z".parse().unwrap()));
    let (now, begin) = (std::rc::Rc::clone(&clock), clock.get());
    let mut fixture = Fixture::new(|_, _| refusal(500)).await;
    fixture.server = Server::start_at(clock, move |request, _| {
        let passed = now.get().duration_since(begin).as_secs();
        match request.method.as_str() {
            "POST" => answer(201, json!({"id": guid(1)})),
            _ if passed < second || !request.path.contains(&guid(1)) => refusal(404),
            _ => answer(200, json!({"id": guid(1)})),
        }
    })
    .await;
    fixture
}

async fn send(fixture: &mut Fixture, layer: &mut Settle, call: &Call) -> Rc<Exchange> {
    layer.send(&sending(call, &token()), &mut fixture.around()).await.unwrap()
}

fn create() -> Call {
    Call::new("administrator", "POST", "/v1.0/groups").body(json!({"displayName": "G"}))
}

fn read(number: usize) -> Call {
    get(&format!("/v1.0/groups/{}", guid(number)))
}

#[test]
fn a_read_that_misses_a_new_object_is_repeated_until_seen_twice() {
    run(async {
        let mut fixture = shown_from(3).await;
        let mut layer = Settle::new(fixture.record(), Some(WINDOW));
        send(&mut fixture, &mut layer, &create()).await;
        let exchange = send(&mut fixture, &mut layer, &read(1)).await;
        // At 0, 1 and 3 seconds, and once more.
        assert_eq!((exchange.status, fixture.server.count("GET", "/")), (200, 4));
        let [lag] = fixture.seen.lags.as_slice() else { panic!("{:?}", fixture.seen.lags) };
        assert_eq!((lag.kind, lag.span.as_secs()), (LagKind::Late, 3));
    });
}

#[test]
fn a_read_of_an_object_that_the_session_did_not_create_is_not_repeated() {
    run(async {
        let mut fixture = shown_from(3).await;
        let mut layer = Settle::new(fixture.record(), Some(WINDOW));
        send(&mut fixture, &mut layer, &create()).await;
        let exchange = send(&mut fixture, &mut layer, &read(2)).await;
        assert_eq!((exchange.status, fixture.server.count("GET", "/")), (404, 1));
        assert!(fixture.seen.lags.is_empty());
    });
}

#[test]
fn an_object_that_never_appears_is_given_up_at_the_end_of_the_window() {
    run(async {
        let mut fixture = shown_from(1000).await;
        let mut layer = Settle::new(fixture.record(), Some(WINDOW));
        send(&mut fixture, &mut layer, &create()).await;
        let exchange = send(&mut fixture, &mut layer, &read(1)).await;
        assert_eq!((exchange.status, fixture.seen.lags[0].kind), (404, LagKind::Never));
        assert!(fixture.server.passed() <= 60.0, "{}", fixture.server.passed());
        let before = fixture.server.count("GET", "/");
        fixture.server.clock.set(scripted::later(&fixture.server.clock, 60));
        send(&mut fixture, &mut layer, &read(1)).await;
        assert_eq!(fixture.server.count("GET", "/"), before + 1, "the object is no longer new");
    });
}

#[test]
fn nothing_is_repeated_where_answers_are_recorded() {
    run(async {
        let mut fixture = shown_from(3).await;
        let mut layer = Settle::new(fixture.record(), None);
        send(&mut fixture, &mut layer, &create()).await;
        let exchange = send(&mut fixture, &mut layer, &read(1)).await;
        assert_eq!((exchange.status, fixture.server.count("GET", "/")), (404, 1));
    });
}
