use graphwalk_recording::RequestBody;
use serde_json::{Value, json};

use super::scripted::{answer, guid, run};
use super::*;

fn create() -> Call {
    let body = json!({"displayName": "A", "passwordProfile": {"password": "canary-password"}});
    let call = Call::new("administrator", "POST", "/v1.0/users").body(body);
    Call { headers: vec![("ConsistencyLevel".into(), "eventual".into()), ("X-Other".into(), "canary".into())], ..call }
}

async fn user(fixture: &mut Fixture, layer: &mut RecordLayer, call: &Call) {
    layer.send(&sending(call, &token()), &mut fixture.around()).await.unwrap();
}

async fn fixture() -> Fixture {
    Fixture::new(|_, _| answer(201, json!({"id": guid(1), "passwordProfile": {"password": "canary-answer"}}))).await
}

#[test]
fn an_exchange_is_kept_without_passwords_and_tokens() {
    run(async {
        let (mut fixture, call) = (fixture().await, create());
        let mut layer = fixture.record();
        layer.log.begin();
        user(&mut fixture, &mut layer, &call).await;
        let kept = layer.log.take().unwrap();
        let [exchange] = kept.as_slice() else { panic!("{kept:?}") };
        assert_eq!((exchange.method.as_str(), exchange.path.as_str(), exchange.status), ("POST", "/v1.0/users", 201));
        assert_eq!(exchange.request_headers, [("consistencylevel".to_owned(), "eventual".to_owned())]);
        let RequestBody::Json(sent) = &exchange.request else { panic!("{exchange:?}") };
        assert_eq!(sent["displayName"], "A");
        let answered: Value = serde_json::from_slice(&exchange.response).unwrap();
        assert_eq!(answered["id"], guid(1));
        let whole = format!("{exchange:?}{answered}");
        assert!(!whole.contains("canary") && !whole.contains("s3cret"), "{whole}");
    });
}

#[test]
fn an_exchange_before_the_log_begins_is_not_kept() {
    run(async {
        let mut fixture = fixture().await;
        let mut layer = fixture.record();
        user(&mut fixture, &mut layer, &create()).await;
        assert!(layer.log.exchanges().is_none());
        layer.log.begin();
        assert_eq!(layer.log.exchanges().map(<[_]>::len), Some(0));
    });
}

#[test]
fn a_read_of_the_session_itself_is_not_kept() {
    run(async {
        let (mut fixture, call, token) = (fixture().await, get("/v1.0/users"), token());
        let mut layer = fixture.record();
        layer.log.begin();
        let own = Sending { is_own_look: true, ..sending(&call, &token) };
        layer.send(&own, &mut fixture.around()).await.unwrap();
        assert_eq!((layer.log.exchanges().map(<[_]>::len), fixture.received().len()), (Some(0), 1));
    });
}

#[test]
fn a_superseded_answer_is_replaced_by_the_next_one() {
    run(async {
        let mut fixture = Fixture::new(|_, number| answer(if number == 1 { 404 } else { 200 }, json!({}))).await;
        let mut layer = fixture.record();
        layer.log.begin();
        for path in ["/v1.0/users/1", "/v1.0/users/2"] {
            user(&mut fixture, &mut layer, &get(path)).await;
        }
        layer.supersede(&get("/v1.0/users/2"));
        user(&mut fixture, &mut layer, &get("/v1.0/users/2")).await;
        let kept: Vec<_> =
            layer.log.take().unwrap().into_iter().map(|exchange| (exchange.path, exchange.status)).collect();
        assert_eq!(kept, [("/v1.0/users/1".to_owned(), 200), ("/v1.0/users/2".to_owned(), 200)]);
    });
}
