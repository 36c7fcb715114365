use serde_json::json;

use super::scripted::{answer, refusal, run};
use super::*;
use crate::session::layers::CheckedAnswer;

/// Two pages of users.
pub fn two_pages(request: &Received, _: usize) -> Reply {
    let host = request.head.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    match request.path.as_str() {
        "/v1.0/users" => answer(
            200,
            json!({"value": [{"id": "1"}], "@odata.nextLink": format!("http://{host}/v1.0/users?$skiptoken=2")}),
        ),
        _ => answer(200, json!({"value": [{"id": "2"}]})),
    }
}

async fn send(fixture: &mut Fixture, call: &Call) -> CheckedAnswer {
    let mut layer = fixture.pages();
    layer.send(&sending(call, &token()), &mut fixture.around()).await.unwrap()
}

/// The fault of a list whose only page links to that address.
async fn fault(link: impl Fn(&str) -> String + 'static) -> (String, usize) {
    let mut fixture = Fixture::new(move |request, _| {
        let host = request.head.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
        answer(200, json!({"value": [], "@odata.nextLink": link(host)}))
    })
    .await;
    let fault = send(&mut fixture, &get("/v1.0/users").all_pages()).await.fault.expect("a fault");
    (fault.message, fixture.received().len())
}

#[test]
fn the_pages_of_a_list_are_joined_in_order() {
    run(async {
        let mut fixture = Fixture::new(two_pages).await;
        let CheckedAnswer { exchange, fault } = send(&mut fixture, &get("/v1.0/users").all_pages()).await;
        assert_eq!(fault, None);
        assert_eq!(exchange.json().unwrap()["value"], json!([{"id": "1"}, {"id": "2"}]));
        assert_eq!(fixture.received(), ["GET /v1.0/users", "GET /v1.0/users?$skiptoken=2"]);
    });
}

#[test]
fn one_page_is_read_unless_a_call_asks_for_all() {
    run(async {
        let mut fixture = Fixture::new(two_pages).await;
        let CheckedAnswer { exchange, .. } = send(&mut fixture, &get("/v1.0/users")).await;
        assert_eq!(
            (exchange.json().unwrap()["value"].as_array().map(Vec::len), fixture.received().len()),
            (Some(1), 1)
        );
    });
}

#[test]
fn a_link_to_another_host_is_not_followed() {
    run(async {
        for link in ["https://graph.microsoft.com.evil.example/v1.0/users", "http://127.0.0.1:1/v1.0/users"] {
            let (message, requests) = fault(move |_| link.to_owned()).await;
            assert!(message.contains("is not followed") && requests == 1, "{message}, {requests} requests");
        }
    });
}

#[test]
fn a_list_whose_pages_form_a_loop_is_ended() {
    run(async {
        let (message, requests) = fault(|host| format!("http://{host}/v1.0/users?$skiptoken=2")).await;
        assert!(message.contains("page 2") && requests == 2, "{message}, {requests} requests");
    });
}

#[test]
fn a_list_with_new_links_for_ever_is_ended() {
    run(async {
        let next = std::cell::Cell::new(0);
        let (message, requests) = fault(move |host| {
            next.set(next.get() + 1);
            format!("http://{host}/v1.0/users?$skiptoken={}", next.get())
        })
        .await;
        assert!(message.contains("more than") && requests <= 10_000, "{message}, {requests} requests");
    });
}

#[test]
fn a_refused_page_is_the_answer_to_the_whole_list() {
    run(async {
        let respond = |request: &Received, number| if number == 0 { two_pages(request, 0) } else { refusal(403) };
        let mut fixture = Fixture::new(respond).await;
        let CheckedAnswer { exchange, fault } = send(&mut fixture, &get("/v1.0/users").all_pages()).await;
        assert_eq!((exchange.status, fault), (403, None));
    });
}
