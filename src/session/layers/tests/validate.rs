use graphwalk_schema::Schemas;
use serde_json::{Value, json};

use super::scripted::{answer, guid, run};
use super::*;
use crate::session::layers::{CheckedAnswer, Validate};

fn read() -> Call {
    get(&format!("/v1.0/groups/{}", guid(1)))
}

/// A layer before a server that answers every request with this group.
async fn layer(group: Value, strict: bool) -> (Fixture, Validate) {
    let fixture = Fixture::new(move |_, _| answer(200, group.clone())).await;
    let guarded = fixture.guarded();
    let backend = fixture.server.backend();
    (fixture, Validate::new(Schemas::embedded(), backend, strict, guarded))
}

#[test]
fn a_request_that_violates_its_schema_is_not_sent() {
    run(async {
        let (mut fixture, mut layer) = layer(json!({}), false).await;
        let call = Call::new("administrator", "POST", "/v1.0/groups").body(json!({"displayName": 5}));
        let Err(failure) = layer.send(&call, &mut fixture.around()).await else { panic!("it was sent") };
        assert_eq!(failure.code, "request-schema");
        assert!(failure.notes[0].starts_with("/displayName: expected"), "{:?}", failure.notes);
        assert!(fixture.received().is_empty());
    });
}

#[test]
fn an_answer_that_violates_its_schema_is_kept_beside_its_fault() {
    run(async {
        let (mut fixture, mut layer) = layer(json!({"id": guid(1), "displayName": 5}), false).await;
        let CheckedAnswer { exchange, fault } = layer.send(&read(), &mut fixture.around()).await.unwrap();
        assert_eq!((exchange.status, fault.map(|fault| fault.code)), (200, Some("schema")));
        assert_eq!((fixture.seen.validated, fixture.seen.unvalidated), (1, 0));
    });
}

#[test]
fn an_unknown_property_of_an_answer_is_drift_and_fails_if_strict() {
    run(async {
        for (strict, code, drift) in [(false, None, 1), (true, Some("drift"), 0)] {
            let (mut fixture, mut layer) = layer(json!({"id": "1", "newThing": true}), strict).await;
            let answer = layer.send(&get("/v1.0/subscribedSkus/1"), &mut fixture.around()).await.unwrap();
            assert_eq!((answer.fault.map(|fault| fault.code), fixture.seen.drift.len()), (code, drift));
        }
    });
}

#[test]
fn a_payload_without_a_schema_is_counted_and_passes() {
    run(async {
        let (mut fixture, mut layer) = layer(json!({"anything": 1}), true).await;
        let call = Call::new("administrator", "POST", "/beta/somethingNew").body(json!({"displayName": 5}));
        let answer = layer.send(&call, &mut fixture.around()).await.unwrap();
        assert_eq!((answer.fault.map(|fault| fault.message), fixture.seen.unvalidated), (None, 2));
    });
}
