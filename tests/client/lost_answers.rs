//! Creates whose answer is lost: looked for, and created once.

use std::cell::RefCell;
use std::rc::Rc;

use graphwalk::session::{Call, Lookup};
use graphwalk_catalog::Resource;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::scripted::{Received, Reply, Server, answer, guid, refusal, run};

/// A tenant that has nothing but groups.
#[derive(Clone, Default)]
struct Groups(Rc<RefCell<Vec<Value>>>);

impl Groups {
    fn create(&self, body: &Value, now: Timestamp) -> Reply {
        let mut group = body.clone();
        group["id"] = json!(guid(self.0.borrow().len()));
        group["createdDateTime"] = json!(now.to_string());
        self.0.borrow_mut().push(group.clone());
        answer(201, group)
    }

    fn list(&self) -> Reply {
        answer(200, json!({"value": *self.0.borrow()}))
    }
}

fn create() -> Call {
    let body = json!({
        "displayName": "G", "mailNickname": "g", "description": "run 7",
        "mailEnabled": false, "securityEnabled": true, "groupTypes": [],
    });
    let group = Resource::named("group").unwrap();
    let lookup = Lookup::created(&group, "G", &body, &["displayName", "mailNickname", "description"]);
    Call::new("administrator", "POST", "/v1.0/groups").body(body).lookup(lookup)
}

/// A server that treats the first creates as `faults` say: whether they are done, and what is answered.
async fn server(groups: &Groups, faults: Vec<(bool, Reply)>) -> Server {
    let clock = Rc::new(std::cell::Cell::new("2022-02-11T08:00:00Z".parse().unwrap()));
    let (groups, now) = (groups.clone(), Rc::clone(&clock));
    let mut faults = faults.into_iter();
    Server::start_at(clock, move |request: &Received, _| match request.method.as_str() {
        "POST" => match faults.next() {
            Some((done, reply)) => {
                if done {
                    groups.create(&request.body, now.get());
                }
                reply
            }
            None => groups.create(&request.body, now.get()),
        },
        _ => groups.list(),
    })
    .await
}

#[test]
fn a_create_with_a_lost_answer_is_found_and_not_repeated() {
    run(async {
        for reply in [Reply::Close, Reply::Truncate(201, json!({"id": "x"})), refusal(500), refusal(504), refusal(503)]
        {
            let groups = Groups::default();
            let server = server(&groups, vec![(true, reply)]).await;
            let mut session = server.session();
            session.send(&create()).await.unwrap();
            session.expect_status(201).unwrap();
            assert_eq!(session.last_json().unwrap()["id"], guid(0));
            assert_eq!((groups.0.borrow().len(), server.count("POST", "/")), (1, 1));
            let note = session.last().unwrap().notes().pop().unwrap();
            assert!(
                note.starts_with("the answer to POST /v1.0/groups was lost; that it was done is shown by GET"),
                "{note}"
            );
            assert!(session.leftovers().is_empty());
        }
    });
}

#[test]
fn a_create_that_failed_is_sent_again_after_a_minute_of_looking() {
    run(async {
        let groups = Groups::default();
        let server = server(&groups, vec![(false, Reply::Close), (false, refusal(500))]).await;
        let mut session = server.session();
        session.send(&create()).await.unwrap();
        session.expect_status(201).unwrap();
        assert_eq!(
            (groups.0.borrow().len(), server.count("POST", "/"), server.count("GET", "/v1.0/groups?")),
            (1, 3, 12)
        );
        assert!(server.passed() >= 120.0);
        assert!(session.leftovers().is_empty());
    });
}

#[test]
fn an_endpoint_that_never_recovers_ends_in_its_own_answer() {
    run(async {
        let groups = Groups::default();
        let server = server(&groups, vec![(false, refusal(500)); 20]).await;
        let mut session = server.session();
        session.send(&create()).await.unwrap();
        let failure = session.expect_status(201).unwrap_err();
        assert_eq!(failure.message, "expected status 201, got 500");
        assert!(failure.notes.iter().any(|note| note.starts_with("answered 500, 500")), "{:?}", failure.notes);
        assert!(server.count("POST", "/") <= 6);
        assert_eq!(session.leftovers(), ["possibly group \"G\": the answer to its creation was lost"]);
    });
}

#[test]
fn a_replica_that_is_behind_does_not_lead_to_a_second_one() {
    run(async {
        let groups = Groups::default();
        let hidden = groups.clone();
        let clock = Rc::new(std::cell::Cell::new("2022-02-11T08:00:00Z".parse().unwrap()));
        let now = Rc::clone(&clock);
        let seen = crate::scripted::later(&clock, 25);
        let server = Server::start_at(clock, move |request, _| match request.method.as_str() {
            "POST" => {
                hidden.create(&request.body, now.get());
                Reply::Close
            }
            _ if now.get() < seen => answer(200, json!({"value": []})),
            _ => hidden.list(),
        })
        .await;
        let mut session = server.session();
        session.send(&create()).await.unwrap();
        session.expect_status(201).unwrap();
        assert_eq!(groups.0.borrow().len(), 1);
    });
}

#[test]
fn an_object_of_somebody_else_is_neither_taken_nor_doubled() {
    run(async {
        let old = "2022-02-11T07:00:00Z";
        for (created, count) in [(old, 1), ("2022-02-11T08:00:00Z", 2)] {
            let groups = Groups::default();
            (0..count).for_each(|_| drop(groups.create(create().body.as_ref().unwrap(), created.parse().unwrap())));
            let server = server(&groups, vec![(false, Reply::Close)]).await;
            let mut session = server.session();
            let failure = session.send(&create()).await.unwrap_err();
            assert_eq!((failure.code, server.count("POST", "/")), ("lost-answer", 1));
            assert_eq!(session.leftovers().len(), 1);
        }
        // One that only looks alike is no obstacle.
        let groups = Groups::default();
        groups.create(&json!({"displayName": "G", "mailNickname": "g", "description": "run 6"}), old.parse().unwrap());
        let server = server(&groups, vec![(true, Reply::Close)]).await;
        let mut session = server.session();
        session.send(&create()).await.unwrap();
        assert_eq!(session.last_json().unwrap()["id"], guid(1));
    });
}

#[test]
fn a_second_create_that_is_refused_because_the_first_was_done_finds_it() {
    run(async {
        let groups = Groups::default();
        let (tenant, clock) = (groups.clone(), Rc::new(std::cell::Cell::new("2022-02-11T08:00:00Z".parse().unwrap())));
        let now = Rc::clone(&clock);
        let server = Server::start_at(clock, move |request, _| {
            let posted = !tenant.0.borrow().is_empty();
            match (request.method.as_str(), posted) {
                ("POST", false) => {
                    tenant.create(&request.body, now.get());
                    Reply::Close
                }
                ("POST", true) => refusal(400),
                _ if now.get() < "2022-02-11T08:01:01Z".parse().unwrap() => answer(200, json!({"value": []})),
                _ => tenant.list(),
            }
        })
        .await;
        let mut session = server.session();
        session.send(&create()).await.unwrap();
        session.expect_status(201).unwrap();
        assert_eq!((session.last_json().unwrap()["id"].clone(), server.count("POST", "/")), (json!(guid(0)), 2));
    });
}

#[test]
fn a_create_that_is_cut_off_is_found_when_cleaning_up() {
    run(async {
        let groups = Groups::default();
        let server = server(&groups, vec![(true, Reply::Hang)]).await;
        let mut session = server.session();
        {
            let call = create();
            let mut sending = Box::pin(session.send(&call));
            // The request goes out, and nobody waits for its answer.
            while groups.0.borrow().is_empty() {
                let turn = tokio::time::sleep(std::time::Duration::from_millis(1));
                tokio::select! { biased; _ = &mut sending => panic!("it was answered first"), () = turn => {} }
            }
        }
        assert_eq!(session.leftovers(), ["possibly group \"G\": the answer to its creation was lost"]);
        assert!(session.look_again("group", "G").await.unwrap());
        assert_eq!(session.captures.text("G").unwrap(), guid(0));
        assert_eq!(session.leftovers(), ["group \"G\""]);
        assert!(!session.look_again("group", "G").await.unwrap(), "nothing is in doubt any more");
    });
}

#[test]
fn an_action_is_looked_for_by_what_it_leads_to() {
    const INSTANCE: &str = "/v1.0/identityGovernance/accessReviews/definitions/1/instances/1";
    run(async {
        let stopped = Rc::new(std::cell::Cell::new(false));
        let state = Rc::clone(&stopped);
        let server = Server::start(move |request, _| match request.method.as_str() {
            "POST" => {
                state.set(true);
                Reply::Close
            }
            _ => answer(200, json!({"id": guid(1), "status": if state.get() { "Completing" } else { "InProgress" }})),
        })
        .await;
        let lookup = Lookup::state(INSTANCE, |found| found["status"] != "InProgress");
        let mut session = server.session();
        session.send(&Call::new("administrator", "POST", format!("{INSTANCE}/stop")).lookup(lookup)).await.unwrap();
        session.expect_status(204).unwrap();
        assert_eq!((server.count("POST", "/"), session.seen.validated), (1, 1));
    });
}
