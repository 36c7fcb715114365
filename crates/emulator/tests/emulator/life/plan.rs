//! Random tenants, reviews and deeds.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// How many users a tenant has beside its administrator.
pub const USERS: usize = 6;
/// The groups of every tenant: what Graph can remove members from, and what it cannot.
pub const KINDS: [&str; 5] = ["managed", "dynamic", "synced", "mail", "unified"];

/// A random tenant and what happens in it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Members of each group: users below [`USERS`], groups above it.
    pub members: Vec<Vec<usize>>,
    pub reviews: Vec<Review>,
    pub deeds: Vec<Deed>,
    /// Whether reviews may come again.
    pub series: bool,
}

#[derive(Clone, Debug)]
pub struct Review {
    pub group: usize,
    pub transitive: bool,
    pub reviewers: &'static str,
    pub default: &'static str,
    pub auto_apply: bool,
    pub days: i64,
    pub recurrence: &'static str,
    pub stages: usize,
    pub moving_on: Vec<&'static str>,
}

/// Something that is done, so many seconds after what was done before.
#[derive(Clone, Debug)]
pub struct Deed {
    pub after: i64,
    pub what: What,
    /// Which user, review, item: taken modulo what there is.
    pub which: usize,
    pub who: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    Decide(&'static str),
    Batch(&'static str),
    Accept,
    Reset,
    Remind,
    Stop,
    StopStage,
    Apply,
    Replace,
    Reviewers,
    DeleteUser,
    Restore,
    DeleteGroup,
    RemoveMember,
    AddMember,
}

pub fn any_plan() -> impl Strategy<Value = Plan> {
    let members = proptest::collection::vec(proptest::collection::vec(0..USERS + KINDS.len(), 0..6), KINDS.len());
    let reviews = proptest::collection::vec(any_review(), 1..3);
    let deeds = proptest::collection::vec(any_deed(), 0..25);
    (members, reviews, deeds).prop_map(|(members, reviews, deeds)| Plan { members, reviews, deeds, series: true })
}

fn any_review() -> impl Strategy<Value = Review> {
    let words = &["Approve", "Deny", "NotReviewed", "DontKnow"];
    let settings = (any::<bool>(), 1i64..6, select(vec!["Deny", "Approve", "Recommendation", "None", "off"]));
    let who = (0..KINDS.len(), any::<bool>(), select(vec!["", "./owners", "./manager", "/users"]));
    let shape = (
        select(vec!["once", "once", "weekly", "numbered", "endDate"]),
        0usize..4,
        proptest::sample::subsequence(words, 0..3),
    );
    (settings, who, shape).prop_map(
        |((auto_apply, days, default), (group, transitive, reviewers), (recurrence, stages, moving_on))| Review {
            group,
            transitive,
            reviewers,
            default,
            auto_apply,
            days,
            recurrence,
            stages,
            moving_on,
        },
    )
}

fn any_deed() -> impl Strategy<Value = Deed> {
    let decision = || select(vec!["Approve", "Deny", "DontKnow"]);
    let what = prop_oneof![
        8 => decision().prop_map(What::Decide),
        2 => select(vec!["Approve", "Deny", "DontKnow", "NotReviewed"]).prop_map(What::Batch),
        4 => select(vec![What::Accept, What::Reset, What::Remind, What::Stop, What::StopStage, What::Apply, What::Replace, What::Reviewers]),
        2 => select(vec![What::DeleteUser, What::Restore, What::DeleteGroup, What::RemoveMember, What::AddMember]),
    ];
    let after = prop_oneof![Just(0i64), 1i64..60, 60i64..4000, 4000i64..200_000];
    (after, what, 0usize..1000, 0usize..USERS).prop_map(|(after, what, which, who)| Deed { after, what, which, who })
}

impl Plan {
    /// The tenant as a seed.
    pub fn seed(&self) -> String {
        let name = |member: usize| match member.checked_sub(USERS) {
            None => format!("u{member}@contoso.com"),
            Some(group) => KINDS[group].to_owned(),
        };
        let user = |number: usize| {
            let mut user =
                json!({"id": id(number), "userPrincipalName": name(number), "displayName": format!("User {number}")});
            match number % 3 {
                0 => user["lastSignInDateTime"] = json!("2026-03-01T00:00:00Z"),
                1 => user["lastSignInDateTime"] = json!("2025-03-01T00:00:00Z"),
                _ => {}
            }
            if number > 0 {
                user["manager"] = json!(name(number - 1));
            }
            user
        };
        let group = |(place, kind): (usize, &&str)| {
            let members: Vec<String> = self.members[place].iter().map(|member| name(*member)).collect();
            let mut group =
                json!({"id": id(USERS + place), "displayName": kind, "members": members, "owners": [name(place)]});
            match *kind {
                "dynamic" => group["groupTypes"] = json!(["DynamicMembership"]),
                "synced" => group["onPremisesSyncEnabled"] = json!(true),
                "mail" => group["mailEnabled"] = json!(true),
                "unified" => {
                    group["groupTypes"] = json!(["Unified"]);
                    group["mailEnabled"] = json!(true);
                }
                _ => {}
            }
            group
        };
        let users: Vec<Value> = (0..USERS).map(user).collect();
        json!({"users": users, "groups": KINDS.iter().enumerate().map(group).collect::<Vec<_>>()}).to_string()
    }
}

/// The id of the user or group of a number.
pub fn id(number: usize) -> String {
    format!("00000000-0000-4000-8000-0000000000{number:02}")
}

impl Review {
    /// The body that creates it on the first day, `series` saying whether it may come again.
    pub fn body(&self, series: bool) -> Value {
        let last = format!("2026-03-{:02}", 2 + self.days);
        let weekly = json!({"type": "weekly", "interval": 1});
        let (pattern, range) = match self.recurrence {
            "weekly" if series => (weekly, json!({"type": "noEnd", "startDate": "2026-03-02"})),
            "numbered" if series => {
                (weekly, json!({"type": "numbered", "numberOfOccurrences": 2, "startDate": "2026-03-02"}))
            }
            "endDate" if series => {
                (weekly, json!({"type": "endDate", "endDate": "2026-03-20", "startDate": "2026-03-02"}))
            }
            _ => (Value::Null, json!({"type": "endDate", "endDate": last, "startDate": "2026-03-02"})),
        };
        let scope = if self.transitive { "transitiveMembers" } else { "members" };
        let mut body = json!({
            "displayName": "review",
            "scope": {"query": format!("/groups/{}/{scope}", id(USERS + self.group)), "queryType": "MicrosoftGraph"},
            "reviewers": self.reviewers(),
            "settings": {
                "mailNotificationsEnabled": true, "reminderNotificationsEnabled": true, "recommendationsEnabled": true,
                "defaultDecisionEnabled": self.default != "off", "autoApplyDecisionsEnabled": self.auto_apply,
                "defaultDecision": if self.default == "off" { "None" } else { self.default },
                "instanceDurationInDays": self.days, "recurrence": {"pattern": pattern, "range": range},
            },
        });
        if self.stages > 0 {
            let stage = |number: usize| {
                let on: Vec<String> = (number > 0).then(|| number.to_string()).into_iter().collect();
                json!({"stageId": (number + 1).to_string(), "dependsOn": on, "durationInDays": 1, "recommendationsEnabled": true,
                    "reviewers": self.reviewers(), "decisionsThatWillMoveToNextStage": self.moving_on})
            };
            body["stageSettings"] = (0..self.stages).map(stage).collect();
        }
        body
    }

    fn reviewers(&self) -> Value {
        match self.reviewers {
            "" => json!([]),
            "/users" => json!([{"query": format!("/users/{}", id(0)), "queryType": "MicrosoftGraph"}]),
            query => json!([{"query": query, "queryType": "MicrosoftGraph", "queryRoot": "decisions"}]),
        }
    }
}
