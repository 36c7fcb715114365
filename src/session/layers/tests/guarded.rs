use std::path::Path;
use std::rc::Rc;

use serde_json::json;

use super::scripted::{answer, guid, refusal, run};
use super::*;
use crate::session::journal::{Begun, Journal};
use crate::session::{Failure, Guard, Journalled, Mark, RunId};

const RUN: &str = "20261125-0127-k3f9";

fn journal(path: &Path) -> Journalled {
    let begun = Begun {
        run: RUN.parse().unwrap(),
        tutorial: "t".to_owned(),
        tenant: guid(0),
        base_url: "https://graph.microsoft.com".to_owned(),
        at: "2026-11-25T01:27:00Z".parse().unwrap(),
    };
    Journalled::new(Rc::new(RefCell::new(Journal::create(path, begun).unwrap())))
}

fn guard() -> Guard {
    Guard::new(Resources::default(), Vec::new())
}

fn create() -> Call {
    let body = json!({"displayName": "G", "mailNickname": "g", "mailEnabled": false, "securityEnabled": true});
    Call::new("administrator", "POST", "/v1.0/groups").body(body)
}

fn change(number: usize) -> Call {
    let path = format!("/v1.0/groups/{}", guid(number));
    Call::new("administrator", "PATCH", path).body(json!({"description": "d"}))
}

async fn send(fixture: &mut Fixture, layer: &mut Guarded, call: &Call) -> Result<u16, Failure> {
    layer.send(call, &mut fixture.around()).await.map(|answer| answer.exchange.status)
}

/// The events of a journal, in order.
fn events(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let event = |line: &str| Some(line.split_once("\"event\":\"")?.1.split('"').next()?.to_owned());
    text.lines().filter_map(event).collect()
}

#[test]
fn a_foreign_write_is_refused_before_it_is_sent() {
    run(async {
        let mut fixture = Fixture::new(|_, _| answer(204, json!(null))).await;
        let mut layer = fixture.guarded();
        layer.guard = Some(guard());
        let failure = send(&mut fixture, &mut layer, &change(1)).await.unwrap_err();
        assert!(failure.message.contains("was not sent"), "{}", failure.message);
        assert!(fixture.received().is_empty());
    });
}

#[test]
fn a_created_object_may_be_changed_and_no_other() {
    run(async {
        let respond = |request: &Received, _| match request.method.as_str() {
            "POST" => answer(201, json!({"id": guid(1), "mailNickname": "g"})),
            _ => answer(204, json!(null)),
        };
        let mut fixture = Fixture::new(respond).await;
        let mut layer = fixture.guarded();
        layer.guard = Some(guard());
        assert!(send(&mut fixture, &mut layer, &change(1)).await.is_err());
        assert_eq!(send(&mut fixture, &mut layer, &create()).await, Ok(201));
        assert_eq!(send(&mut fixture, &mut layer, &change(1)).await, Ok(204));
        assert!(send(&mut fixture, &mut layer, &change(2)).await.is_err());
        assert_eq!(fixture.received().len(), 2);
    });
}

#[test]
fn a_create_is_in_the_journal_before_it_is_sent() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (at_the_request, file) = (Rc::<RefCell<Vec<String>>>::default(), path.clone());
        let seen = Rc::clone(&at_the_request);
        let respond = move |_: &Received, _| {
            *seen.borrow_mut() = events(&file);
            answer(201, json!({"id": guid(1), "mailNickname": "g"}))
        };
        let mut fixture = Fixture::new(respond).await;
        let mut layer = fixture.guarded();
        layer.journal = Some(journal(&path));
        send(&mut fixture, &mut layer, &create()).await.unwrap();
        assert_eq!(*at_the_request.borrow(), ["begun", "intended"]);
        assert_eq!(events(&path), ["begun", "intended", "created"]);
    });
}

#[test]
fn a_create_stays_open_in_the_journal_after_a_server_error() {
    run(async {
        for (status, last) in [(400, "nothing-created"), (501, "nothing-created"), (500, "intended"), (504, "intended")]
        {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("journal");
            let mut fixture = Fixture::new(move |_, _| refusal(status)).await;
            let mut layer = fixture.guarded();
            layer.journal = Some(journal(&path));
            assert_eq!(send(&mut fixture, &mut layer, &create()).await, Ok(status));
            assert_eq!(events(&path).last().map(String::as_str), Some(last), "{status}");
        }
    });
}

#[test]
fn a_journalled_object_is_read_before_it_is_changed() {
    run(async {
        // Another object has the id that was answered: it carries no mark of the run.
        let respond = |request: &Received, _| match request.method.as_str() {
            "POST" => answer(201, json!({"id": guid(1), "mailNickname": "g"})),
            "GET" => answer(200, json!({"id": guid(1), "displayName": "Staff", "mailNickname": "staff"})),
            _ => answer(204, json!(null)),
        };
        let folder = tempfile::tempdir().unwrap();
        let mut fixture = Fixture::new(respond).await;
        let run: RunId = RUN.parse().unwrap();
        let mark: Mark = run.mark();
        fixture.naming = Naming::marked(mark, "contoso.onmicrosoft.com");
        let mut layer = fixture.guarded();
        layer.journal = Some(journal(&folder.path().join("journal")));
        send(&mut fixture, &mut layer, &create()).await.unwrap();
        let failure = send(&mut fixture, &mut layer, &change(1)).await.unwrap_err();
        assert_eq!(failure.code, "not-own");
        assert_eq!(fixture.server.count("PATCH", "/"), 0);
    });
}
