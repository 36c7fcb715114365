//! Faults that are made on purpose: scripted, or a storm from a seed. Never by chance.
//!
//! [`Faults`] sees every call and decides what happens to it; doing that is up to the server. It knows no tenant and
//! no sockets. The document that scripts faults is described at [`script`].

mod error;
mod path_pattern;
pub mod script;
pub mod storm;

use std::time::Duration;

use graphwalk_catalog::ApiPath;
use jiff::{SignedDuration, Timestamp};

use super::http::{Refusal, WireFault};
use script::{FaultAct, FaultRule, Since};
use storm::Storm;

pub use error::FaultError;
pub use path_pattern::PathPattern;

/// The faults of an emulator: a script's, or a storm's.
///
/// Deterministic: the same script or seed and the same calls at the same times meet the same faults.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    rules: Vec<Counted>,
    storm: Option<Storm>,
    started: Option<Timestamp>,
}

#[derive(Clone, Debug)]
struct Counted {
    rule: FaultRule,
    /// The number of calls that have fitted.
    count: u64,
    /// The number of them whose turn it was.
    turns: u64,
}

/// The facts about a call that faults depend on.
#[derive(Clone, Copy, Debug)]
pub struct ObservedCall<'a> {
    /// The HTTP method, upper case.
    pub method: &'a str,
    /// The path, with the version; a query may follow.
    pub path: &'a ApiPath,
    /// The principal name of the user who calls; `None` for an app.
    pub principal_name: Option<&'a str>,
    /// The object id of the user or service principal that calls.
    pub object_id: Option<&'a str>,
    /// The time when the object that the path names was created; `None` if it names none that exists.
    pub created: Option<Timestamp>,
}

/// The effects of faults on one call. The default is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Effects {
    /// The delay of the answer: on the wall's clock, or not at all where the clock is virtual.
    pub delay: Duration,
    /// A read is answered as the tenant stood at this moment: what was created, changed or deleted later is not seen. A
    /// write is done as ever, but cannot refer to what was created later. What a tenant was seeded with stands there from
    /// the beginning.
    pub as_of: Option<Timestamp>,
    /// The failure that ends the call.
    pub ending: Option<FaultEnding>,
}

/// A failure that ends a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultEnding {
    /// With an error that Graph answers.
    Refuse {
        /// The status: 409, 429, 500, 502, 503 or 504.
        status: u16,
        /// The header `Retry-After`, in milliseconds; none if `None`.
        retry_after: Option<i64>,
        /// Whether the call is done all the same.
        when: FaultMoment,
    },
    /// The connection is closed without an answer.
    Close(FaultMoment),
    /// The call is done, and half of the answer's body is sent.
    Truncate,
}

/// Whether a fault comes before or after the call has had its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultMoment {
    /// The call is not done.
    Before,
    /// The call is done, and no answer is sent.
    After,
}

impl Faults {
    /// None at all.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads a script: the document is described at [`script`].
    ///
    /// # Errors
    ///
    /// [`FaultError`] with the JSON pointer of what cannot stand where it stands, what was expected there and what came.
    pub fn parse(text: &str) -> Result<Self, FaultError> {
        let rules = script::parse(text)?.into_iter().map(|rule| Counted { rule, count: 0, turns: 0 }).collect();
        Ok(Self { rules, storm: None, started: None })
    }

    /// The storm of a seed: see [`Storm`].
    pub fn storm(seed: u64) -> Self {
        Self { storm: Some(Storm::new(seed)), ..Self::default() }
    }

    /// Decides what happens to a call that has come at `now`, the tenant's time. To be asked once for each call, before it
    /// is done.
    ///
    /// Every rule that fits counts the call. Delays add up; of several lags and of several endings the first rule's is
    /// taken, and a storm comes last.
    pub fn decide(&mut self, call: &ObservedCall<'_>, now: Timestamp) -> Effects {
        let started = *self.started.get_or_insert(now);
        let mut effects = Effects::default();
        for counted in &mut self.rules {
            if let Some(act) = counted.meet(call, now, started) {
                effects.add(act, now);
            }
        }
        if let Some(act) = self.storm.as_mut().and_then(|storm| storm.strike(call)) {
            effects.add(act, now);
        }
        effects
    }
}

impl Counted {
    fn meet(&mut self, call: &ObservedCall<'_>, now: Timestamp, started: Timestamp) -> Option<FaultAct> {
        if !self.rule.fits(call, now, started) {
            return None;
        }
        self.count += 1;
        if !self.rule.on.turn.is_at(self.count) {
            return None;
        }
        self.turns += 1;
        let mut act = self.rule.act;
        // The replica that lags answers first: the write of just now is not there, then it is, then it is gone again.
        act.lag = act.lag.filter(|lag| !lag.flaps || self.turns % 2 == 1);
        Some(act)
    }
}

impl FaultRule {
    fn fits(&self, call: &ObservedCall<'_>, now: Timestamp, started: Timestamp) -> bool {
        let on = &self.on;
        let is_actor = |actor: &String| {
            [call.principal_name, call.object_id].into_iter().flatten().any(|name| name.to_lowercase() == *actor)
        };
        on.method.as_ref().is_none_or(|method| method == call.method)
            && on.path.as_ref().is_none_or(|path| path.fits(call.path))
            && on.actor.as_ref().is_none_or(is_actor)
            && on.within.is_none_or(|within| {
                let since = match within.since {
                    Some(Since::Creation) => call.created,
                    Some(Since::Start) => Some(started),
                    None => call.created.or(Some(started)),
                };
                since.is_some_and(|since| now.duration_since(since).as_millis() < i128::from(within.milliseconds))
            })
    }
}

impl Effects {
    /// Returns whether nothing happens.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    fn add(&mut self, act: FaultAct, now: Timestamp) {
        self.delay += Duration::from_millis(u64::try_from(act.delay).unwrap_or(0));
        if let Some(lag) = act.lag {
            let behind = now.checked_sub(SignedDuration::from_millis(lag.behind)).unwrap_or(Timestamp::MIN);
            self.as_of = self.as_of.or(Some(behind));
        }
        self.ending = self.ending.or(act.ending);
    }
}

impl FaultEnding {
    /// Returns whether the call is done before it ends like this.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Truncate | Self::Close(FaultMoment::After) | Self::Refuse { when: FaultMoment::After, .. })
    }

    /// Returns what goes wrong on the wire; nothing if Graph answers an error.
    pub fn on_the_wire(self) -> Option<WireFault> {
        match self {
            Self::Refuse { .. } => None,
            Self::Close(_) => Some(WireFault::Close),
            Self::Truncate => Some(WireFault::Truncate),
        }
    }

    /// The error that Graph answers, if it answers one.
    pub fn refusal(self) -> Option<Refusal> {
        let Self::Refuse { status, retry_after, .. } = self else { return None };
        let (code, message) = code_of(status)?;
        let refusal = Refusal::new(status, code, message);
        Some(match retry_after {
            None => refusal,
            Some(milliseconds) => refusal.header("retry-after", seconds(milliseconds)),
        })
    }
}

/// Graph's code and a sentence for the statuses that can be scripted.
///
/// Source: Microsoft Graph error responses and resource types; throttling guidance (429); `Directory_ConcurrencyViolation`
/// of the directory's own errors.
fn code_of(status: u16) -> Option<(&'static str, &'static str)> {
    Some(match status {
        409 => ("Directory_ConcurrencyViolation", "The object is being changed by another request."),
        429 => ("TooManyRequests", "Too many requests: wait as long as Retry-After says."),
        500 => ("InternalServerError", "The service failed."),
        502 => ("BadGateway", "A server behind this one answered nonsense."),
        503 => ("ServiceUnavailable", "The service is not available for the moment."),
        504 => ("GatewayTimeout", "A server behind this one did not answer in time."),
        _ => return None,
    })
}

/// Seconds as `Retry-After` has them, with a fraction only where there is one.
fn seconds(milliseconds: i64) -> String {
    if milliseconds % 1000 == 0 {
        (milliseconds / 1000).to_string()
    } else {
        format!("{}.{:03}", milliseconds / 1000, milliseconds % 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn call<'a>(method: &'a str, path: &str) -> ObservedCall<'a> {
        // A test ends soon: what it leaks is no more than that.
        let path = Box::leak(Box::new(ApiPath::parse(path).unwrap()));
        ObservedCall { method, path, principal_name: None, object_id: None, created: None }
    }

    fn script(on: &serde_json::Value, act: &serde_json::Value) -> Faults {
        Faults::parse(&json!({"faults": [{"on": on, "do": act}]}).to_string()).unwrap()
    }

    fn status(effects: &Effects) -> Option<u16> {
        effects.ending.and_then(FaultEnding::refusal).map(|refusal| refusal.status)
    }

    #[test]
    fn only_the_second_patch_by_adele_is_throttled() {
        let on = json!({"method": "PATCH", "path": "/v1.0/**/decisions/*", "actor": "AdeleV@contoso.com", "nth": 2});
        let mut faults = script(&on, &json!({"status": 429, "retryAfter": 7}));
        let adele = ObservedCall { principal_name: Some("adelev@CONTOSO.com"), ..call("PATCH", "/v1.0/x/decisions/1") };
        let alex = ObservedCall { principal_name: Some("AlexW@contoso.com"), ..adele };
        let calls = [adele, alex, call("GET", "/v1.0/x/decisions/1"), adele, adele];
        let statuses: Vec<_> = calls.iter().map(|call| status(&faults.decide(call, START))).collect();
        assert_eq!(statuses, [None, None, None, Some(429), None]);
    }

    #[test]
    fn an_actor_is_known_by_object_id_too() {
        let mut faults = script(&json!({"actor": "3B8C"}), &json!({"status": 500}));
        let call = ObservedCall { object_id: Some("3b8c"), ..call("GET", "/v1.0/me") };
        assert_eq!(status(&faults.decide(&call, START)), Some(500));
    }

    #[test]
    fn first_and_every_count_the_calls_that_fit() {
        let answers = |on: serde_json::Value| {
            let mut faults = script(&on, &json!({"close": "before"}));
            (0..6).map(|_| faults.decide(&call("GET", "/v1.0/me"), START).ending.is_some()).collect::<Vec<_>>()
        };
        assert_eq!(answers(json!({"first": 2})), [true, true, false, false, false, false]);
        assert_eq!(answers(json!({"every": 3})), [false, false, true, false, false, true]);
    }

    #[test]
    fn within_counts_from_the_objects_creation_or_from_the_first_call() {
        let on = |since: Option<&str>| json!({"within": 10, "since": since.unwrap_or("creation")});
        let young = ObservedCall { created: Some(at(100)), ..call("GET", "/v1.0/groups/1") };
        let mut faults = script(&on(None), &json!({"status": 503}));
        assert_eq!(status(&faults.decide(&young, at(109))), Some(503));
        assert_eq!(status(&faults.decide(&young, at(110))), None);
        assert_eq!(status(&faults.decide(&call("GET", "/v1.0/groups"), at(1))), None);
        let mut faults = script(&on(Some("start")), &json!({"status": 503}));
        assert_eq!(status(&faults.decide(&young, at(100))), Some(503));
        assert_eq!(status(&faults.decide(&young, at(110))), None);
    }

    #[test]
    fn a_stale_replica_is_behind_each_time_and_a_flapping_one_every_other_time() {
        let reads = |word: &str| {
            let mut faults = script(&json!({}), &json!({"lag": word, "for": 15}));
            (0..4).map(|_| faults.decide(&call("GET", "/v1.0/me"), at(100)).as_of).collect::<Vec<_>>()
        };
        assert_eq!(reads("stale"), [Some(at(85)); 4]);
        assert_eq!(reads("flap"), [Some(at(85)), None, Some(at(85)), None]);
        let mut faults = script(&json!({}), &json!({"lag": "stale", "for": 15}));
        assert!(
            faults.decide(&call("POST", "/v1.0/users"), at(100)).as_of.is_some(),
            "a write refers to what the replica knows"
        );
    }

    #[test]
    fn delays_add_up_and_the_first_ending_is_taken() {
        let document = json!({"faults": [
            {"on": {}, "do": {"delay": 1.5}},
            {"on": {}, "do": {"delay": 1, "truncate": true}},
            {"on": {}, "do": {"status": 500, "when": "after"}},
        ]});
        let effects = Faults::parse(&document.to_string()).unwrap().decide(&call("GET", "/v1.0/me"), START);
        assert_eq!((effects.delay, effects.ending), (Duration::from_millis(2_500), Some(FaultEnding::Truncate)));
    }

    #[test]
    fn an_ending_says_whether_the_call_is_done_and_what_is_answered() {
        let refuse = |when| FaultEnding::Refuse { status: 503, retry_after: Some(1_250), when };
        assert!(
            refuse(FaultMoment::After).is_done()
                && FaultEnding::Close(FaultMoment::After).is_done()
                && FaultEnding::Truncate.is_done()
        );
        assert!(!refuse(FaultMoment::Before).is_done() && !FaultEnding::Close(FaultMoment::Before).is_done());
        let refusal = refuse(FaultMoment::Before).refusal().unwrap();
        assert_eq!((refusal.code, refusal.headers), ("ServiceUnavailable", vec![("retry-after", "1.250".to_owned())]));
        assert_eq!(FaultEnding::Close(FaultMoment::Before).on_the_wire(), Some(WireFault::Close));
        assert_eq!(FaultEnding::Truncate.on_the_wire(), Some(WireFault::Truncate));
        assert_eq!(refuse(FaultMoment::Before).on_the_wire(), None);
    }

    #[test]
    fn without_a_script_nothing_happens() {
        assert!(Faults::none().decide(&call("GET", "/v1.0/me"), START).is_nothing());
    }
}
