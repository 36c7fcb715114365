//! Two hundred storms over the part of the tutorial that users and groups are enough for: each ends right, or honestly.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use graphwalk::runner::{self, FeatureOutcome, Interrupt, Plan, PlayOptions, Selection, Verdict};
use graphwalk::session::Session;
use graphwalk::tutorial::Library;
use graphwalk_emulator::faults::{Effects, FaultEnding, Faults, ObservedCall};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::scripted::{Received, Reply, Server, answer, guid, refusal, run};

/// Users and groups, and when each was created and deleted.
#[derive(Default)]
struct Tenant {
    objects: Vec<Object>,
    /// Groups that were deleted, with how many members and owners each had.
    finished: Vec<(usize, usize)>,
    most_groups: usize,
}

struct Object {
    collection: &'static str,
    body: Value,
    created: Timestamp,
    deleted: Option<Timestamp>,
}

impl Object {
    fn is_there(&self, at: Timestamp) -> bool {
        self.created <= at && self.deleted.is_none_or(|deleted| deleted > at)
    }

    fn bound(&self, relation: &str) -> Vec<&str> {
        let urls = self.body[format!("{relation}@odata.bind")].as_array();
        urls.into_iter().flatten().filter_map(|url| url.as_str()?.rsplit('/').next()).collect()
    }
}

impl Tenant {
    fn there(&self, collection: &str, at: Timestamp) -> impl Iterator<Item = &Object> {
        self.objects.iter().filter(move |object| object.collection == collection && object.is_there(at))
    }

    fn find(&self, collection: &str, key: &str, at: Timestamp) -> Option<&Object> {
        let key = key.replace("%40", "@").replace("%2E", ".");
        self.there(collection, at).find(|object| {
            [&object.body["id"], &object.body["userPrincipalName"]]
                .into_iter()
                .any(|name| name.as_str().is_some_and(|name| name.eq_ignore_ascii_case(&key)))
        })
    }

    /// Reads see the tenant as it stood at `as_of`; writes are done `now`.
    fn respond(&mut self, request: &Received, now: Timestamp, as_of: Timestamp) -> Reply {
        let path = request.path.split('?').next().unwrap();
        let segments: Vec<&str> = path.trim_matches('/').split('/').skip(1).collect();
        let collection = if segments[0] == "users" { "users" } else { "groups" };
        match (request.method.as_str(), segments.as_slice()) {
            ("POST", [_]) => self.create(collection, &request.body, now),
            ("GET", [_]) => {
                let all: Vec<&Value> = self.there(collection, as_of).map(|object| &object.body).collect();
                answer(200, json!({"value": all}))
            }
            ("GET", [_, key]) => {
                self.find(collection, key, as_of).map_or(refusal(404), |found| answer(200, found.body.clone()))
            }
            ("GET", [_, key, relation]) => self.people(key, relation, as_of),
            ("DELETE", [_, key]) => self.delete(collection, key, now),
            _ => refusal(400),
        }
    }

    fn create(&mut self, collection: &'static str, body: &Value, now: Timestamp) -> Reply {
        let name = body["userPrincipalName"].as_str().unwrap_or("none");
        if self.find(collection, name, now).is_some() {
            return refusal(400);
        }
        let mut body = body.clone();
        body["id"] = json!(guid(self.objects.len()));
        body["createdDateTime"] = json!(now.to_string());
        body.as_object_mut().unwrap().shift_remove("passwordProfile");
        self.objects.push(Object { collection, body: body.clone(), created: now, deleted: None });
        self.most_groups = self.most_groups.max(self.there("groups", now).count());
        answer(201, body)
    }

    fn people(&self, group: &str, relation: &str, at: Timestamp) -> Reply {
        let Some(group) = self.find("groups", group, at) else { return refusal(404) };
        let ids = group.bound(relation);
        let people = ids.into_iter().filter_map(|id| self.find("users", id, at));
        let people: Vec<Value> = people
            .map(|user| {
                let mut body = user.body.clone();
                body["@odata.type"] = json!("#microsoft.graph.user");
                body
            })
            .collect();
        answer(200, json!({"value": people}))
    }

    fn delete(&mut self, collection: &str, key: &str, now: Timestamp) -> Reply {
        let found = self
            .objects
            .iter_mut()
            .find(|object| object.collection == collection && object.body["id"] == key && object.is_there(now));
        let Some(object) = found else { return refusal(404) };
        object.deleted = Some(now);
        if collection == "groups" {
            self.finished.push((object.bound("members").len(), object.bound("owners").len()));
        }
        answer(204, json!(null))
    }
}

/// The tutorial's first two steps and its last, in the storm of a seed.
async fn play(plan: &Plan, faults: Faults) -> (Vec<FeatureOutcome>, Session, Rc<RefCell<Tenant>>, usize) {
    let clock = Rc::new(Cell::new("2022-02-11T08:00:00Z".parse::<Timestamp>().unwrap()));
    let tenant = Rc::<RefCell<Tenant>>::default();
    let suffered = Rc::<Cell<usize>>::default();
    let (faults, now) = (RefCell::new(faults), Rc::clone(&clock));
    let (state, count) = (Rc::clone(&tenant), Rc::clone(&suffered));
    let server = Server::start_at(Rc::clone(&clock), move |request, _| {
        now.set(now.get() + SignedDuration::from_millis(40));
        let path = graphwalk_catalog::ApiPath::parse(&request.path).unwrap();
        let call = ObservedCall {
            method: &request.method,
            path: &path,
            principal_name: Some("admin@contoso.com"),
            object_id: None,
            created: None,
        };
        let effects: Effects = faults.borrow_mut().decide(&call, now.get());
        count.set(count.get() + usize::from(!effects.is_nothing()));
        now.set(now.get() + SignedDuration::try_from(effects.delay).unwrap());
        let done = effects.ending.is_none_or(FaultEnding::is_done);
        let reply = if done {
            state.borrow_mut().respond(request, now.get(), effects.as_of.unwrap_or(now.get()))
        } else {
            Reply::Close
        };
        match (effects.ending, reply) {
            (None, reply) => reply,
            (Some(FaultEnding::Close(_)), _) => Reply::Close,
            (Some(FaultEnding::Truncate), Reply::Answer(status, _, body)) => Reply::Truncate(status, body),
            (Some(ending), _) => match ending.refusal() {
                Some(refused) => {
                    let body = json!({"error": {"code": refused.code, "message": refused.message}});
                    Reply::Answer(refused.status, refused.headers, body)
                }
                None => Reply::Close,
            },
        }
    })
    .await;
    let mut session = server.session();
    let selection = Selection::new(plan, None, Some(2)).unwrap();
    let options = PlayOptions {
        step_timeout: Duration::from_secs(30),
        interrupt: Interrupt::never(),
        tracing: graphwalk::session::Tracing::default(),
    };
    let features = runner::play(plan, &selection, &mut session, &options, &mut |_, _| {}).await;
    (features, session, tenant, suffered.get())
}

fn verdict(features: &[FeatureOutcome]) -> Verdict {
    features.iter().map(FeatureOutcome::verdict).max().unwrap()
}

fn plan() -> Plan {
    Plan::new(Library::embedded().tutorial(None).unwrap()).unwrap()
}

#[test]
fn without_faults_the_steps_pass_and_no_request_is_made_twice() {
    run(async {
        let (features, session, tenant, _) = play(&plan(), Faults::none()).await;
        assert_eq!(verdict(&features), Verdict::Passed, "{features:#?}");
        assert_eq!((session.seen.repeated, session.seen.lags.len()), (0, 0));
        assert_eq!(tenant.borrow().finished, [(2, 1)]);
    });
}

#[test]
fn two_hundred_storms_end_right_or_fail_and_leave_nothing() {
    run(async {
        let (plan, mut passed, mut suffered, mut repeated, mut lagged) = (plan(), 0, 0, 0, 0);
        let mut failures = Vec::new();
        for seed in 0..200 {
            let (features, session, tenant, faults) = play(&plan, Faults::storm(seed)).await;
            let tenant = tenant.borrow();
            let left = tenant.objects.iter().filter(|object| object.deleted.is_none()).count();
            assert_eq!(left, 0, "seed {seed} leaves something behind: {:?}", session.leftovers());
            assert!(tenant.most_groups <= 1, "seed {seed} created a group twice");
            if verdict(&features) == Verdict::Passed {
                assert_eq!(tenant.finished, [(2, 1)], "seed {seed} passed wrongly");
                passed += 1;
            } else {
                let told =
                    features.iter().flat_map(|feature| &feature.scenarios).find_map(|scenario| scenario.failure());
                failures.push(format!("seed {seed}: {:?}", told.map(|(_, failure)| (failure.code, &failure.message))));
            }
            suffered += faults;
            repeated += session.seen.repeated;
            lagged += session.seen.lags.len();
        }
        println!("{passed} of 200 passed; {suffered} faults, {repeated} repeated, {lagged} lags\n{failures:#?}");
        assert!(passed >= 180, "only {passed} of 200 got through: {failures:#?}");
        assert!(
            suffered > 1_000 && repeated > 500 && lagged > 20,
            "there was no storm: {suffered}, {repeated}, {lagged}"
        );
    });
}
