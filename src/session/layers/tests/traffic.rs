use std::rc::Rc;

use graphwalk_catalog::Resource;
use graphwalk_client::Exchange;
use serde_json::json;

use super::scripted::{Reply, answer, guid, run};
use super::*;
use crate::session::{Lookup, TracedExchange, Tracing};

fn create() -> Call {
    let body = json!({"displayName": "A", "passwordProfile": {"password": "canary-password"}});
    let call = Call::new("administrator", "POST", "/v1.0/users?sig=canary-path").body(body);
    Call { headers: vec![("Prefer".into(), "minimal".into()), ("Cookie".into(), "canary".into())], ..call }
}

async fn fixture() -> Fixture {
    Fixture::new(|_, _| answer(201, json!({"id": guid(1), "passwordProfile": {"password": "canary-answer"}}))).await
}

async fn send(fixture: &mut Fixture, layer: &mut RecordLayer, call: &Call) -> Rc<Exchange> {
    layer.send(&sending(call, &token()), &mut fixture.around()).await.unwrap()
}

/// The exchanges that were held, redacted.
fn taken(fixture: &mut Fixture) -> Vec<TracedExchange> {
    fixture.traffic.take().iter().map(|held| held.traced()).collect()
}

#[test]
fn a_traced_exchange_tells_all_but_secrets() {
    run(async {
        let mut fixture = fixture().await;
        let mut layer = fixture.record();
        fixture.traffic.trace(Tracing::Whole);
        let exchange = send(&mut fixture, &mut layer, &create()).await;
        let kept = taken(&mut fixture);
        let [told] = kept.as_slice() else { panic!("{kept:?}") };
        assert_eq!((told.number, told.actor.as_str(), told.method.as_str()), (1, "administrator", "POST"));
        assert_eq!((told.path.as_str(), told.status, told.attempts), ("/v1.0/users?sig=%3Credacted%3E", Some(201), 1));
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(told.request.headers, [header("prefer", "minimal"), header("content-type", "application/json")]);
        assert_eq!(told.request.body["displayName"], "A");
        assert_eq!(told.response.body["id"], guid(1));
        assert_eq!(told.client_request_id.as_deref(), Some(exchange.client_request_id.as_str()));
        let whole = serde_json::to_string(told).unwrap();
        assert!(!whole.contains("canary") && !whole.contains("s3cret"), "{whole}");
        let read: TracedExchange = serde_json::from_str(&whole).unwrap();
        assert_eq!(&read, told);
    });
}

#[test]
fn unless_exchanges_are_wanted_only_the_last_call_is_known() {
    run(async {
        let mut fixture = fixture().await;
        let mut layer = fixture.record();
        send(&mut fixture, &mut layer, &create()).await;
        let exchange = send(&mut fixture, &mut layer, &get("/v1.0/users/1")).await;
        assert_eq!(taken(&mut fixture), []);
        let told = fixture.traffic.last().unwrap().traced(Some(&exchange));
        assert_eq!((told.number, told.path.as_str(), told.status), (2, "/v1.0/users/1", Some(201)));
        fixture.traffic.forget_last();
        assert!(fixture.traffic.last().is_none());
    });
}

#[test]
fn a_look_of_the_session_itself_is_traced_as_one() {
    run(async {
        let mut fixture = fixture().await;
        let mut layer = fixture.record();
        fixture.traffic.trace(Tracing::OfFailedScenarios);
        send(&mut fixture, &mut layer, &get("/v1.0/users/1")).await;
        let (call, token) = (get("/v1.0/users/2"), token());
        let own = Sending { is_own_look: true, ..sending(&call, &token) };
        layer.send(&own, &mut fixture.around()).await.unwrap();
        let told: Vec<_> = taken(&mut fixture).into_iter().map(|told| (told.number, told.is_own_look)).collect();
        assert_eq!(told, [(1, false), (2, true)]);
        // What a step that fails is about stays what a step asked for.
        assert_eq!(fixture.traffic.last().unwrap().number, 1);
    });
}

#[test]
fn a_request_without_an_answer_is_traced_and_one_that_was_not_sent_is_not() {
    run(async {
        let mut fixture = Fixture::new(|_, _| Reply::Close).await;
        let mut layer = fixture.record();
        fixture.traffic.trace(Tracing::Whole);
        let refused = Call::new("administrator", "NO METHOD", "/v1.0/users");
        layer.send(&sending(&refused, &token()), &mut fixture.around()).await.unwrap_err();
        assert!(fixture.traffic.take().is_empty() && fixture.traffic.last().is_none());
        layer.send(&sending(&get("/v1.0/users/1"), &token()), &mut fixture.around()).await.unwrap_err();
        let kept = taken(&mut fixture);
        let [told] = kept.as_slice() else { panic!("{kept:?}") };
        assert_eq!((told.status, told.path.as_str(), &told.origin), (None, "/v1.0/users/1", &None));
    });
}

#[test]
fn whoever_watches_hears_of_each_exchange_at_once_and_of_no_secret() {
    run(async {
        let mut fixture = fixture().await;
        let mut layer = fixture.record();
        let heard: Rc<RefCell<Vec<(usize, TracedExchange)>>> = Rc::default();
        let told = Rc::clone(&heard);
        fixture.traffic.watch(Some(Rc::new(move |place, exchange| told.borrow_mut().push((place.line, exchange)))));
        send(&mut fixture, &mut layer, &create()).await;
        assert!(heard.borrow().is_empty(), "nobody wants exchanges yet");
        fixture.traffic.trace(Tracing::Whole);
        fixture.place.line = 7;
        let password = fixture.captures.new_password();
        let call = get(&format!("/v1.0/users?$search={password}"));
        send(&mut fixture, &mut layer, &call).await;
        let heard = heard.borrow();
        let [(line, exchange)] = heard.as_slice() else { panic!("{heard:?}") };
        assert_eq!((*line, exchange.number, exchange.status), (7, 2, Some(201)));
        assert!(!exchange.path.contains(&password) && exchange.path.contains("***"), "{}", exchange.path);
    });
}

#[test]
fn what_belongs_to_no_step_says_so_and_has_numbers_of_its_own() {
    run(async {
        let mut fixture = fixture().await;
        let mut layer = fixture.record();
        fixture.traffic.trace(Tracing::Whole);
        fixture.traffic.number_behind(41);
        fixture.traffic.mark_outside(Some("clean-up"));
        send(&mut fixture, &mut layer, &get("/v1.0/users/1")).await;
        fixture.traffic.mark_outside(None);
        send(&mut fixture, &mut layer, &get("/v1.0/users/1")).await;
        let told: Vec<_> = taken(&mut fixture).into_iter().map(|told| (told.number, told.outside)).collect();
        assert_eq!(told, [(42, Some("clean-up".into())), (43, None)]);
        assert_eq!(fixture.traffic.number(), 43);
    });
}

#[test]
fn a_look_for_a_lost_answer_is_traced_as_an_own_look() {
    run(async {
        let mut is_lost = false;
        let found = json!({"value": [{"id": guid(1), "displayName": "G", "mailNickname": "g",
            "createdDateTime": "2022-02-11T08:00:00Z"}]});
        let mut fixture = Fixture::new(move |request, _| match request.method.as_str() {
            "POST" if !std::mem::replace(&mut is_lost, true) => Reply::Close,
            _ => answer(200, found.clone()),
        })
        .await;
        let mut layer = RecordLayer::new(fixture.look_up());
        fixture.traffic.trace(Tracing::Whole);
        let body = json!({"displayName": "G", "mailNickname": "g"});
        let group = Resource::named("group").unwrap();
        let lookup = Lookup::created(&group, "G", &body, &["displayName", "mailNickname"]);
        let call = Call::new("administrator", "POST", "/v1.0/groups").body(body).lookup(lookup);
        send(&mut fixture, &mut layer, &call).await;
        let told = taken(&mut fixture);
        let told: Vec<_> = told.iter().map(|told| (told.number, told.method.as_str(), told.is_own_look)).collect();
        assert_eq!(told, [(2, "GET", true), (1, "POST", false)]);
    });
}
