//! Playing a plan on an emulator.

use std::collections::BTreeMap;

use bytes::Bytes;
use graphwalk_emulator::http::{Body, Request, Service as _};
use graphwalk_emulator::seed::Seed;
use graphwalk_emulator::{Emulator, Settings};
use http::HeaderMap;
use serde_json::{Value, json};

use super::plan::{Deed, KINDS, Plan, USERS, What, id};
use crate::contoso::DEFINITIONS;
use crate::served::{schemas, settings};

const ORDER: [&str; 10] = [
    "NotStarted",
    "Initializing",
    "Starting",
    "InProgress",
    "Completing",
    "AutoReviewing",
    "AutoReviewed",
    "Completed",
    "Applying",
    "Applied",
];
/// The first status in which the period is over.
pub const OVER: usize = 4;
/// The status from which on default decisions are recorded.
pub const AUTO_REVIEWED: usize = 6;

/// A plan that has been played.
pub struct Play<'a> {
    plan: &'a Plan,
    emulator: Emulator,
    administrator: String,
    tokens: Vec<String>,
    seen: BTreeMap<String, Vec<Glance>>,
    outcomes: Vec<Outcome>,
}

/// An instance at one moment.
#[derive(Clone, Debug)]
pub struct Glance {
    pub status: usize,
    pub decisions: BTreeMap<String, String>,
}

/// What an instance that was applied has led to.
#[derive(Debug)]
pub struct Outcome {
    pub managed: bool,
    pub before: Vec<String>,
    pub members: Vec<String>,
    pub items: Vec<(String, String, String)>,
}

/// What is left when all has come to rest.
pub struct Rest {
    /// All that can be read of the tenant.
    pub tenant: Vec<(String, Value)>,
    pub seen: BTreeMap<String, Vec<Glance>>,
    pub outcomes: Vec<Outcome>,
}

impl<'a> Play<'a> {
    /// Plays a plan; before every deed time passes in steps of these lengths, in turn, or at once if there are none.
    pub fn of(plan: &'a Plan, steps: &[i64]) -> Self {
        let settings = Settings { seed: Seed::parse(&plan.seed()).unwrap(), ..settings() };
        let emulator = Emulator::new(settings, schemas()).unwrap();
        let administrator = emulator.administrator_token();
        let mut play =
            Self { plan, emulator, administrator, tokens: Vec::new(), seen: BTreeMap::new(), outcomes: Vec::new() };
        for review in &plan.reviews {
            let body = review.body(plan.series);
            play.call(None, "POST", DEFINITIONS, Some(&body));
        }
        // Signing in is seen by recommendations, so everybody does it once, before anything begins.
        play.tokens =
            (0..USERS).filter_map(|user| play.emulator.user_token(&format!("u{user}@contoso.com")).ok()).collect();
        let mut lengths = steps.iter().copied().cycle();
        for deed in &plan.deeds {
            play.pass(deed.after, &mut lengths, !steps.is_empty());
            play.deed(deed);
        }
        play.pass(12 * 86_400, &mut lengths, !steps.is_empty());
        play
    }

    fn pass(&mut self, mut seconds: i64, lengths: &mut impl Iterator<Item = i64>, in_steps: bool) {
        while in_steps && seconds > 0 {
            let Some(step) = lengths.next().map(|step| step.min(seconds)) else { break };
            self.advance(step);
            self.glance();
            seconds -= step;
        }
        self.advance(seconds);
        self.glance();
    }

    fn advance(&self, seconds: i64) {
        self.call(None, "POST", "/_emulator/clock/advance", Some(&json!({"seconds": seconds})));
    }

    /// Calls as the administrator, or as the user of a number; the status and the body.
    fn call(&self, user: Option<usize>, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let token = user.and_then(|user| self.tokens.get(user)).unwrap_or(&self.administrator);
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut headers = HeaderMap::new();
        headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        headers.insert("content-type", "application/json".parse().unwrap());
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        let request =
            Request { method: method.parse().unwrap(), path: path.to_owned(), query: query.to_owned(), headers, body };
        let reply = self.emulator.answer(&request).reply;
        assert!(reply.status < 500, "{method} {path}: {reply:?}");
        match reply.body {
            Body::Json(body) => (reply.status, body),
            Body::Empty | Body::Raw(..) => (reply.status, Value::Null),
        }
    }

    fn list(&self, path: &str) -> Vec<Value> {
        let (status, mut body) = self.call(None, "GET", &format!("{path}?$top=999"), None);
        assert_eq!(status, 200, "{path}: {body}");
        match body["value"].take() {
            Value::Array(items) => items,
            _ => Vec::new(),
        }
    }

    /// The paths of all instances, oldest first.
    fn instances(&self) -> Vec<(String, Value)> {
        let mut all = Vec::new();
        for definition in self.list(DEFINITIONS) {
            let path = format!("{DEFINITIONS}/{}/instances", definition["id"].as_str().unwrap());
            for instance in self.list(&path) {
                all.push((format!("{path}/{}", instance["id"].as_str().unwrap()), instance));
            }
        }
        all
    }

    fn deed(&self, deed: &Deed) {
        let instances = self.instances();
        let Some((path, instance)) = instances.get(deed.which % instances.len().max(1)) else { return };
        let definition = path.split("/instances").next().unwrap();
        let reviewers = json!([{"query": format!("/users/{}", id(deed.who)), "queryType": "MicrosoftGraph"}]);
        let (user, group) =
            (format!("/v1.0/users/{}", id(deed.who)), format!("/v1.0/groups/{}", id(USERS + deed.which % KINDS.len())));
        let act = |action: &str| self.call(None, "POST", &format!("{path}/{action}"), None);
        match deed.what {
            What::Decide(decision) => self.decide(path, decision, deed),
            What::Batch(decision) => {
                let body = json!({"decision": decision, "justification": "all"});
                self.call(Some(deed.who), "POST", &format!("{path}/batchRecordDecisions"), Some(&body))
            }
            What::Accept => self.call(Some(deed.who), "POST", &format!("{path}/acceptRecommendations"), None),
            What::Reset => act("resetDecisions"),
            What::Remind => act("sendReminder"),
            What::Stop => act("stop"),
            What::StopStage => match self.list(&format!("{path}/stages")).last() {
                Some(stage) => act(&format!("stages/{}/stop", stage["id"].as_str().unwrap())),
                None => act("stop"),
            },
            What::Apply => act("applyDecisions"),
            What::Replace => {
                let mut body = self.call(None, "GET", definition, None).1;
                body["settings"]["autoApplyDecisionsEnabled"] = json!(deed.which.is_multiple_of(2));
                body["reviewers"] = reviewers;
                self.call(None, "PUT", definition, Some(&body))
            }
            What::Reviewers => {
                let body = json!({"scope": instance["scope"], "reviewers": reviewers});
                self.call(None, "PATCH", path, Some(&body))
            }
            What::DeleteUser => self.call(None, "DELETE", &user, None),
            What::Restore => {
                let deleted = ["user", "group"]
                    .map(|kind| self.list(&format!("/v1.0/directory/deletedItems/graph.{kind}")))
                    .concat();
                let Some(one) = deleted.get(deed.which % deleted.len().max(1)) else { return };
                let path = format!("/v1.0/directory/deletedItems/{}/restore", one["id"].as_str().unwrap());
                self.call(None, "POST", &path, None)
            }
            What::DeleteGroup => self.call(None, "DELETE", &group, None),
            What::RemoveMember => self.call(None, "DELETE", &format!("{group}/members/{}/$ref", id(deed.who)), None),
            What::AddMember => {
                let body = json!({"@odata.id": format!("https://graph.microsoft.com/v1.0/users/{}", id(deed.who))});
                self.call(None, "POST", &format!("{group}/members/$ref"), Some(&body))
            }
        };
    }

    fn decide(&self, path: &str, decision: &str, deed: &Deed) -> (u16, Value) {
        let items = self.list(&format!("{path}/decisions"));
        let Some(item) = items.get(deed.which % items.len().max(1)) else { return (404, Value::Null) };
        let body = json!({"decision": decision, "justification": "because"});
        let path = format!("{path}/decisions/{}", item["id"].as_str().unwrap());
        // Its reviewers are allowed, and nobody else.
        let answers: Vec<_> = (0..USERS).map(|user| self.call(Some(user), "PATCH", &path, Some(&body))).collect();
        answers.into_iter().find(|(status, _)| *status == 204).unwrap_or((403, Value::Null))
    }

    /// Looks at all instances; of one that is being applied it remembers what comes of it.
    fn glance(&mut self) {
        for (path, instance) in self.instances() {
            let status = ORDER.iter().position(|word| instance["status"] == *word).unwrap();
            let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
            let items = self.list(&format!("{path}/decisions"));
            let decisions = items.iter().map(|item| (text(item, "id"), text(item, "decision"))).collect();
            self.seen.entry(path).or_default().push(Glance { status, decisions });
        }
    }

    fn members(&self, group: &str) -> Vec<String> {
        let (status, body) = self.call(None, "GET", &format!("/v1.0/groups/{group}/members"), None);
        let members = body["value"].as_array().filter(|_| status == 200).cloned().unwrap_or_default();
        members.iter().map(|member| member["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Lets every review that does not apply by itself be applied, one second before and after which its group is looked at.
    fn apply_all(&mut self) {
        for (path, instance) in self.instances() {
            if instance["status"] != "Completed" {
                continue;
            }
            let group = instance["scope"]["query"].as_str().unwrap().split('/').nth(3).unwrap().to_owned();
            let before = self.members(&group);
            if self.call(None, "POST", &format!("{path}/applyDecisions"), None).0 != 204 {
                continue;
            }
            self.advance(150);
            let items = self.list(&format!("{path}/decisions"));
            let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
            let items = items.iter().map(|item| {
                (
                    item["principal"]["id"].as_str().unwrap().to_owned(),
                    text(item, "decision"),
                    text(item, "applyResult"),
                )
            });
            let kind = (0..KINDS.len()).find(|place| id(USERS + place) == group).map_or("", |place| KINDS[place]);
            self.outcomes.push(Outcome {
                managed: ["managed", "unified"].contains(&kind),
                before,
                members: self.members(&group),
                items: items.collect(),
            });
        }
    }

    /// All that can be read of the tenant.
    pub fn everything(&self) -> Vec<(String, Value)> {
        let mut paths = vec!["/v1.0/users".to_owned(), "/v1.0/groups".to_owned(), DEFINITIONS.to_owned()];
        paths.extend(["user", "group"].map(|kind| format!("/v1.0/directory/deletedItems/microsoft.graph.{kind}")));
        for group in self.list("/v1.0/groups") {
            let path = format!("/v1.0/groups/{}", group["id"].as_str().unwrap());
            paths.extend(["/members", "/owners", "/transitiveMembers"].map(|rest| format!("{path}{rest}")));
        }
        for (path, _) in self.instances() {
            paths.extend(["", "/decisions", "/contactedReviewers", "/stages"].map(|rest| format!("{path}{rest}")));
            for stage in self.list(&format!("{path}/stages")) {
                paths.push(format!("{path}/stages/{}/decisions", stage["id"].as_str().unwrap()));
            }
        }
        let read = |path: String| {
            let body = self.call(None, "GET", &path, None).1;
            (path, body)
        };
        paths.into_iter().map(read).collect()
    }

    /// What it has come to.
    pub fn rest(mut self) -> Rest {
        debug_assert_eq!(self.plan.members.len(), KINDS.len());
        self.apply_all();
        let mail = self.call(None, "GET", "/_emulator/mail", None).1;
        let mut tenant = self.everything();
        tenant.push(("mail".to_owned(), mail));
        Rest { tenant, seen: self.seen, outcomes: self.outcomes }
    }
}
