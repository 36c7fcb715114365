use graphwalk_catalog::Resource;
use graphwalk_client::Exchange;
use serde_json::{Value, json};

use super::scripted::{answer, guid, run};
use super::*;
use crate::session::{Failure, Lookup};

fn create() -> Call {
    let body = json!({"displayName": "G", "mailNickname": "g"});
    let lookup = Lookup::created(&Resource::named("group").unwrap(), "G", &body, &["displayName", "mailNickname"]);
    Call::new("administrator", "POST", "/v1.0/groups").body(body).lookup(lookup)
}

fn group(number: usize, created: &str) -> Value {
    json!({"id": guid(number), "displayName": "G", "mailNickname": "g", "createdDateTime": created})
}

/// A server that closes the connection on the first POST, and lists these groups.
async fn losing(groups: Value) -> Fixture {
    let mut is_lost = false;
    Fixture::new(move |request, _| match request.method.as_str() {
        "POST" if !std::mem::replace(&mut is_lost, true) => Reply::Close,
        "POST" => answer(201, group(2, "2022-02-11T08:01:00Z")),
        _ => answer(200, json!({"value": groups})),
    })
    .await
}

async fn send(fixture: &mut Fixture, layer: &mut LookUpLayer, call: &Call) -> Result<Exchange, Failure> {
    layer.send(&sending(call, &token()), &mut fixture.around()).await
}

#[test]
fn a_create_whose_answer_was_lost_is_found_and_not_sent_again() {
    run(async {
        let mut fixture = losing(json!([group(1, "2022-02-11T08:00:00Z")])).await;
        let mut layer = fixture.look_up();
        let exchange = send(&mut fixture, &mut layer, &create()).await.unwrap();
        assert_eq!(exchange.json().unwrap()["id"], guid(1));
        assert!(exchange.recovered.is_some());
        assert_eq!(fixture.server.count("POST", "/"), 1);
        assert!(layer.suspects().is_empty());
    });
}

#[test]
fn a_create_that_is_not_found_is_sent_once_more() {
    run(async {
        let mut fixture = losing(json!([])).await;
        let mut layer = fixture.look_up();
        let exchange = send(&mut fixture, &mut layer, &create()).await.unwrap();
        assert_eq!((exchange.status, exchange.recovered.is_some()), (201, false));
        assert_eq!((fixture.server.count("POST", "/"), fixture.server.count("GET", "/")), (2, 6));
        assert!(fixture.server.passed() >= 60.0, "it is looked for as long as it may be seen late");
    });
}

#[test]
fn an_older_object_or_two_alike_are_neither_taken_nor_doubled() {
    run(async {
        let now = "2022-02-11T08:00:00Z";
        for (groups, words) in [
            (json!([group(1, "2022-02-10T08:00:00Z")]), "is older than this run's request"),
            (json!([group(1, now), group(3, now)]), "2 objects are like the one to create"),
        ] {
            let mut fixture = losing(groups).await;
            let mut layer = fixture.look_up();
            let failure = send(&mut fixture, &mut layer, &create()).await.unwrap_err();
            assert!(failure.message.ends_with(words), "{}", failure.message);
            assert_eq!(fixture.server.count("POST", "/"), 1);
            assert_eq!(layer.suspects().len(), 1, "it may still have been created");
        }
    });
}

#[test]
fn a_create_that_cannot_be_looked_up_fails_when_its_answer_is_lost() {
    run(async {
        let mut fixture = losing(json!([])).await;
        let mut layer = fixture.look_up();
        let failure = send(&mut fixture, &mut layer, &Call { lookup: None, ..create() }).await.unwrap_err();
        assert_eq!((failure.code, fixture.received()), ("lost-answer", vec!["POST /v1.0/groups".to_owned()]));
    });
}

#[test]
fn an_idempotent_call_is_repeated_without_a_look_up() {
    run(async {
        let respond = |_: &Received, number| if number == 0 { Reply::Close } else { answer(200, json!({"value": []})) };
        let mut fixture = Fixture::new(respond).await;
        let mut layer = fixture.look_up();
        let exchange = send(&mut fixture, &mut layer, &get("/v1.0/groups")).await.unwrap();
        assert_eq!((exchange.status, exchange.attempts.len(), fixture.received().len()), (200, 1, 2));
    });
}
