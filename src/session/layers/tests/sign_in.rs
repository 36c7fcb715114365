use graphwalk_client::{Course, Exchange, Retries, RetryPolicy};
use serde_json::json;

use super::scripted::{answer, raw, refusal, run};
use super::*;

async fn send(fixture: &mut Fixture, call: &Call, token: &RefCell<String>) -> Exchange {
    let mut retries = Retries::new(RetryPolicy::recording(), Some(7));
    let layer = fixture.sign_in();
    let answered = layer.send(&sending(call, token), &mut Course::default(), &mut retries, &mut fixture.around()).await;
    answered.unwrap_or_else(|_| panic!("no answer"))
}

/// The token that each request carried.
fn tokens(fixture: &Fixture) -> Vec<String> {
    let received = fixture.server.received.borrow();
    let token = |head: &str| head.lines().find_map(|line| Some(line.split_once("Bearer ")?.1.to_owned()));
    received.iter().map(|request| token(&request.head).expect("a token")).collect()
}

#[test]
fn a_rejected_token_is_replaced_by_a_new_one() {
    run(async {
        let mut fixture =
            Fixture::new(|_, number| if number == 0 { refusal(401) } else { answer(200, json!({})) }).await;
        let token = token();
        let exchange = send(&mut fixture, &get("/v1.0/me"), &token).await;
        assert_eq!((exchange.status, tokens(&fixture)), (200, vec!["s3cret-token".into(), "renewed-s3cret".into()]));
        assert_eq!(*token.borrow(), "renewed-s3cret", "the pages and looks after it use the new one");
    });
}

#[test]
fn a_second_rejection_is_the_answer() {
    run(async {
        let mut fixture = Fixture::new(|_, _| refusal(401)).await;
        let exchange = send(&mut fixture, &get("/v1.0/me"), &token()).await;
        assert_eq!((exchange.status, tokens(&fixture).len()), (401, 2));
    });
}

#[test]
fn a_create_is_not_repeated_after_the_401_of_a_gateway() {
    run(async {
        let mut fixture = Fixture::new(|_, _| raw(401, "<html>sign in</html>")).await;
        let create = Call::new("administrator", "POST", "/v1.0/groups").body(json!({"displayName": "G"}));
        let exchange = send(&mut fixture, &create, &token()).await;
        assert_eq!((exchange.status, fixture.received().len()), (401, 1));
    });
}

#[test]
fn a_call_obtains_one_token_for_all_its_pages() {
    run(async {
        let mut fixture = Fixture::new(super::pages::two_pages).await;
        let mut layer = fixture.guarded();
        layer.send(&get("/v1.0/users").all_pages(), &mut fixture.around()).await.unwrap();
        assert_eq!((fixture.received().len(), fixture.server.tokens.get()), (2, 1));
    });
}

#[test]
fn an_unknown_actor_gets_no_token() {
    run(async {
        let fixture = Fixture::new(|_, _| refusal(500)).await;
        let failure = fixture.sign_in().token("Adele Vance").await.unwrap_err();
        assert_eq!(
            (failure.code, failure.notes.as_slice()),
            ("unknown-actor", &["actors here: administrator".into()][..])
        );
    });
}
