//! Lists over pages, and links that lead elsewhere.

use std::cell::Cell;
use std::rc::Rc;

use graphwalk::session::Call;
use serde_json::{Value, json};

use crate::scripted::{Received, Reply, Server, answer, guid, refusal, run};

const USERS: &str = "/v1.0/groups/1/members";

fn list() -> Call {
    let headers = vec![("ConsistencyLevel".to_owned(), "eventual".to_owned())];
    Call { headers, ..Call::new("administrator", "GET", USERS).all_pages() }
}

fn user(name: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.user", "id": guid(1), "displayName": name})
}

/// Three pages, the second of them empty, linked by opaque URLs under `base`; the second is throttled once.
fn pages(base: &str, request: &Received, number: usize) -> Reply {
    let link = |token: &str| format!("{base}{USERS}?$skiptoken={token}%2F%20x");
    match (request.path.split("skiptoken=").nth(1), number) {
        (None, _) => answer(200, json!({"@odata.count": 2, "value": [user("a")], "@odata.nextLink": link("2")})),
        (Some(_), 1) => refusal(503),
        (Some("2%2F%20x"), _) => answer(200, json!({"value": [], "@odata.nextLink": link("3")})),
        (Some("3%2F%20x"), _) => answer(200, json!({"value": [user("b")]})),
        (Some(_), _) => refusal(400),
    }
}

#[test]
fn all_pages_are_one_list_and_the_headers_are_sent_with_each() {
    run(async {
        for stands_for in [None, Some("https://graph.microsoft.com")] {
            let base = Rc::new(Cell::new(""));
            let known = Rc::clone(&base);
            let server = Server::start(move |request, number| pages(known.get(), request, number)).await;
            base.set(stands_for.unwrap_or(server.base.clone().leak()));
            let mut session = server.session();
            session.send(&list()).await.unwrap();
            let names: Vec<&str> =
                session.last_items().unwrap().iter().map(|item| item["displayName"].as_str().unwrap()).collect();
            assert_eq!(names, ["a", "b"]);
            assert_eq!(session.last_json().unwrap()["@odata.count"], 2);
            let reading = session.reading().unwrap();
            assert_eq!((reading.pages, reading.items, reading.counted), (3, Some(2), Some(2)));
            assert_eq!(reading.request, format!("GET {USERS}"));
            let received = server.received.borrow();
            assert!(received.iter().all(|request| request.head.to_lowercase().contains("consistencylevel: eventual")));
            assert_eq!((received.len(), session.seen.exchanges), (4, 4));
            // One call, whatever it takes.
            assert_eq!(server.tokens.get(), 1);
        }
    });
}

#[test]
fn a_token_that_is_refused_between_two_pages_is_replaced_for_all_that_follow() {
    run(async {
        let expired = || answer(401, json!({"error": {"code": "InvalidAuthenticationToken", "message": "expired"}}));
        let server = Server::start(move |request, number| {
            let page = |page: usize| json!({"value": [user("a")], "@odata.nextLink": format!("https://graph.microsoft.com{USERS}?$skiptoken={page}")});
            match (request.path.split("skiptoken=").nth(1), request.head.contains("renewed")) {
                (None, _) => answer(200, page(2)),
                (Some(_), false) => expired(),
                (Some("2"), true) => answer(200, page(3)),
                (Some(_), true) => answer(200, json!({"value": [user(&number.to_string())]})),
            }
        })
        .await;
        let mut session = server.session();
        session.send(&list()).await.unwrap();
        assert_eq!(session.last_items().unwrap().len(), 3);
        // Page 1, page 2 twice, page 3.
        assert_eq!((server.received.borrow().len(), session.seen.exchanges), (4, 4));
    });
}

#[test]
fn without_asking_for_all_pages_a_list_that_goes_on_is_no_whole_list() {
    run(async {
        let server = Server::start(|request, number| pages("https://graph.microsoft.com", request, number)).await;
        let mut session = server.session();
        session.send(&Call::new("administrator", "GET", USERS)).await.unwrap();
        assert_eq!(session.last_items().unwrap_err().code, "more-pages");
        assert_eq!(server.count("GET", USERS), 1);
    });
}

#[test]
fn a_page_that_fails_fails_the_list() {
    run(async {
        let server = Server::start(|request, _| match request.path.as_str() {
            USERS => answer(200, json!({"value": [], "@odata.nextLink": "https://graph.microsoft.com/v1.0/gone"})),
            _ => refusal(404),
        })
        .await;
        let mut session = server.session();
        session.send(&list()).await.unwrap();
        assert_eq!(session.last_items().unwrap_err().message, "expected status 200, got 404");
    });
}

#[test]
fn pages_in_a_circle_are_given_up() {
    run(async {
        let server = Server::start(|_, _| {
            answer(200, json!({"value": [], "@odata.nextLink": format!("https://graph.microsoft.com{USERS}")}))
        })
        .await;
        let failure = server.session().send(&list()).await.unwrap_err();
        assert_eq!(failure.message, "the pages of the list form a loop: page 1 links to one that was read before");
        assert_eq!(server.count("GET", USERS), 1);
    });
}

/// A page that links to the page of a number.
fn page_to(next: usize) -> Reply {
    let link = format!("https://graph.microsoft.com{USERS}?$skiptoken={next}");
    answer(200, json!({"value": [user("a")], "@odata.nextLink": link}))
}

fn number_of(request: &Received) -> usize {
    request.path.split("skiptoken=").nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn pages_in_a_wider_circle_are_given_up_where_it_closes() {
    run(async {
        // 0 → 1 → 2 → 3 → 1
        let server = Server::start(|request, _| page_to(number_of(request) % 3 + 1)).await;
        let failure = server.session().send(&list()).await.unwrap_err();
        assert_eq!(failure.message, "the pages of the list form a loop: page 4 links to one that was read before");
        assert_eq!(server.count("GET", USERS), 4);
    });
}

#[test]
fn a_long_list_is_read_to_its_end_and_one_without_an_end_is_given_up() {
    run(async {
        let server = Server::start(|request, _| match number_of(request) {
            1_999 => answer(200, json!({"value": [user("last")]})),
            number => page_to(number + 1),
        })
        .await;
        let mut session = server.session();
        session.send(&list()).await.unwrap();
        assert_eq!(session.last_items().unwrap().len(), 2_000);
        let server = Server::start(|request, _| page_to(number_of(request) + 1)).await;
        let failure = server.session().send(&list()).await.unwrap_err();
        assert_eq!(failure.message, "the list has more than 2000 pages");
        assert_eq!(server.count("GET", USERS), 2_000);
    });
}

#[test]
fn a_hostile_server_gets_nobody_elsewhere() {
    run(async {
        let thief = Server::start(|_, _| answer(200, json!({"value": []}))).await;
        let elsewhere = thief.base.clone();
        let link = elsewhere.clone();
        let server = Server::start(move |request, _| match request.path.as_str() {
            USERS => answer(200, json!({"value": [], "@odata.nextLink": format!("{link}{USERS}")})),
            _ => Reply::Answer(302, vec![("location", format!("{link}/v1.0/me"))], json!(null)),
        })
        .await;
        let mut session = server.session();
        let failure = session.send(&list()).await.unwrap_err();
        assert!(failure.message.starts_with("a link to http://127.0.0.1 is not followed"), "{}", failure.message);
        let _ = session.send(&Call::new("administrator", "GET", "/v1.0/me")).await;
        assert_eq!(session.last().unwrap().status, 302);
        for path in [format!("@{}/x", elsewhere.trim_start_matches("http://")), "me".to_owned()] {
            assert_eq!(session.send(&Call::new("administrator", "GET", path)).await.unwrap_err().code, "request");
        }
        assert!(thief.received.borrow().is_empty(), "{:?}", thief.received.borrow());
    });
}

#[test]
fn a_link_is_followed_on_the_servers_own_host_and_the_token_goes_nowhere_else() {
    run(async {
        let server = Server::start(|_, _| answer(200, json!({"value": []}))).await;
        let mut session = server.session();
        session.follow("administrator", &format!("{}{USERS}?$skiptoken=x", server.base)).await.unwrap();
        for link in
            ["http://127.0.0.1:1/v1.0/me", "https://evil.example/v1.0/me", "https://graph.microsoft.com@evil.example/"]
        {
            assert_eq!(session.follow("administrator", link).await.unwrap_err().code, "foreign-link", "{link}");
        }
        assert_eq!(server.received.borrow().len(), 1);
    });
}
