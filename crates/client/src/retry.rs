//! Which requests are sent again, how often, and for how long.

use graphwalk_catalog::{ApiPath, Catalog};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::backoff::Backoff;
use super::{ClientError, Exchange, Reached};

/// The limits within which one call is tried: how often, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most attempts, the first one counted.
    pub attempts: usize,
    /// The longest time from the first attempt to the last.
    pub within: SignedDuration,
    /// The failure after which the call is tried again.
    pub after: RetriedAfter,
}

/// After which ends a call is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetriedAfter {
    /// After all that a later attempt may mend.
    Anything,
    /// After answers that ask to come again: all that a recording can hold a better answer to.
    Refusals,
}

/// The limits within which a whole run tries again: how often, and how long it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunBudget {
    /// The attempts that are left, the first of each call not counted.
    pub retries: u32,
    /// The waiting that is left.
    pub waiting: SignedDuration,
}

/// The retries of a run, and what it may still spend on them.
#[derive(Clone, Debug)]
pub struct Retries {
    /// For each call.
    pub policy: RetryPolicy,
    /// The time that is left for all of them.
    budget: RunBudget,
    /// The budget of a run that has spent nothing.
    whole: RunBudget,
    backoff: Backoff,
}

/// The decision after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NextAttempt {
    /// Nothing: it is the answer.
    Take,
    /// Try again: it was not done, or doing it twice is the same as once.
    Again,
    /// Find out first whether it was done.
    FindOut,
}

impl RetryPolicy {
    /// The policy for a service: 6 attempts within 5 minutes.
    pub fn service() -> Self {
        Self { attempts: 6, within: SignedDuration::from_mins(5), after: RetriedAfter::Anything }
    }

    /// The policy for a service whose calls are sent again for so long.
    pub fn service_within(within: SignedDuration) -> Self {
        Self { within, ..Self::service() }
    }

    /// The policy for a recording, which answers as the service once did.
    pub fn recording() -> Self {
        Self { after: RetriedAfter::Refusals, ..Self::service() }
    }
}

impl Default for RunBudget {
    /// 500 attempts, and an hour of waiting.
    fn default() -> Self {
        Self { retries: 500, waiting: SignedDuration::from_hours(1) }
    }
}

impl Retries {
    /// Makes the retries with the default budget; waits are random, or depend on `seed` alone if there is one.
    pub fn new(policy: RetryPolicy, seed: Option<u64>) -> Self {
        let budget = RunBudget::default();
        Self { policy, budget, whole: budget, backoff: seed.map_or_else(Backoff::random, Backoff::seeded) }
    }

    /// Limits what a run may spend.
    pub fn limit(&mut self, budget: RunBudget) {
        (self.budget, self.whole) = (budget, budget);
    }

    /// Returns what is left for all of them.
    pub fn budget_left(&self) -> RunBudget {
        self.budget
    }

    /// Continues with what an earlier process left of the budget.
    pub fn go_on_with(&mut self, left: RunBudget) {
        self.budget = RunBudget {
            retries: left.retries.min(self.whole.retries),
            waiting: left.waiting.clamp(SignedDuration::ZERO, self.whole.waiting),
        };
    }

    /// Makes the budget whole again.
    pub fn renew(&mut self) {
        self.budget = self.whole;
    }

    /// Returns how long to wait before the next attempt of a call that has failed `failed` times, the first one `spent`
    /// ago; nothing if it is not to be tried again. `asked` is what the service asks for. What is granted is taken from
    /// the budget.
    pub(super) fn grant(
        &mut self,
        failed: usize,
        spent: SignedDuration,
        asked: Option<SignedDuration>,
    ) -> Option<SignedDuration> {
        let left = self.policy.within - spent;
        let wait = self.backoff.wait(failed, asked);
        if failed >= self.policy.attempts || wait > left || self.budget.retries == 0 || wait > self.budget.waiting {
            return None;
        }
        self.budget.retries -= 1;
        self.budget.waiting -= wait;
        Some(wait)
    }

    pub(super) fn judge(&self, method: &str, path: &str, end: &Result<Exchange, ClientError>) -> NextAttempt {
        // Asked only of what failed: most calls succeed.
        let twice_is_once = || is_idempotent(method, path);
        let perhaps = || if twice_is_once() { NextAttempt::Again } else { NextAttempt::FindOut };
        match (self.policy.after, end) {
            (RetriedAfter::Anything, Err(ClientError::NoAnswer { reached: Reached::Nothing, .. })) => {
                NextAttempt::Again
            }
            (RetriedAfter::Anything, Err(ClientError::NoAnswer { reached: Reached::Perhaps, .. })) => perhaps(),
            (_, Err(_)) => NextAttempt::Take,
            (after, Ok(exchange)) => match exchange.status {
                // Throttled: not done. 509 is what Graph answers over its bandwidth limit.
                429 | 509 => NextAttempt::Again,
                409 if is_concurrency_violation(exchange) => NextAttempt::Again,
                503 if exchange.retry_after.is_some() => NextAttempt::Again,
                503 | 504 if after == RetriedAfter::Refusals => {
                    if twice_is_once() {
                        NextAttempt::Again
                    } else {
                        NextAttempt::Take
                    }
                }
                500 | 502 | 503 | 504 if after == RetriedAfter::Anything => perhaps(),
                _ => NextAttempt::Take,
            },
        }
    }
}

/// Returns whether a later attempt may mend it: the service throttles, or fails by itself.
pub fn may_pass(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504 | 509)
}

/// Returns whether doing it twice is the same as doing it once: see [`Catalog::is_idempotent`].
pub fn is_idempotent(method: &str, path: &str) -> bool {
    let path = ApiPath::parse_reference(path);
    // What only beta has is known by its own metadata; what the overlay says of repeated changes, by that of v1.0.
    Catalog::v1().is_idempotent(method, &path) || Catalog::of_path(&path).is_idempotent(method, &path)
}

fn is_concurrency_violation(exchange: &Exchange) -> bool {
    exchange.error().is_some_and(|error| error.code == "Directory_ConcurrencyViolation")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResponseBody;
    use graphwalk_secrets::ServerText;
    use serde_json::json;

    #[test]
    fn a_call_of_beta_is_repeated_as_its_own_metadata_says() {
        assert!(is_idempotent("GET", "/beta/me"));
        let decision = "identityGovernance/accessReviews/definitions/1/instances/1/decisions/2";
        assert!(
            is_idempotent("PATCH", &format!("/beta/{decision}"))
                && is_idempotent("PATCH", &format!("/v1.0/{decision}"))
        );
        assert!(!is_idempotent("POST", "/beta/groups"));
    }

    fn answer(status: u16, retry_after: Option<&str>, code: &str) -> Result<Exchange, ClientError> {
        Ok(Exchange {
            actor: String::new(),
            method: String::new(),
            path: String::new(),
            status,
            body: ResponseBody::Json(json!({"error": {"code": code, "message": ""}})),
            request_id: None,
            client_request_id: String::new(),
            retry_after: retry_after.map(ServerText::from),
            date: None,
            headers: crate::ResponseHeaders::default(),
            attempts: Vec::new(),
            waited: SignedDuration::ZERO,
            recovered: None,
            pages: 1,
        })
    }

    fn lost_answer(reached: Reached) -> Result<Exchange, ClientError> {
        Err(ClientError::NoAnswer {
            method: String::new(),
            path: String::new(),
            reason: ServerText::default(),
            reached,
            client_request_id: String::new(),
        })
    }

    const DECISION: &str = "/v1.0/identitygovernance/accessReviews/definitions/1/instances/1/Decisions/2?x";

    #[test]
    fn a_call_that_may_have_succeeded_is_retried_only_if_idempotent() {
        use NextAttempt::{Again, FindOut, Take};
        let retries = Retries::new(RetryPolicy::service(), Some(0));
        let table = [
            // the end of the attempt, what follows for a GET, for a POST
            (answer(429, None, ""), Again, Again),
            (answer(409, None, "Directory_ConcurrencyViolation"), Again, Again),
            (answer(409, None, "Conflict"), Take, Take),
            (answer(503, Some("1"), ""), Again, Again),
            (answer(503, None, ""), Again, FindOut),
            (answer(504, None, ""), Again, FindOut),
            (answer(502, None, ""), Again, FindOut),
            (answer(500, None, ""), Again, FindOut),
            (answer(501, None, ""), Take, Take),
            (answer(404, None, ""), Take, Take),
            (answer(200, None, ""), Take, Take),
            (lost_answer(Reached::Nothing), Again, Again),
            (lost_answer(Reached::Perhaps), Again, FindOut),
            (lost_answer(Reached::Distrusted), Take, Take),
            (Err(ClientError::MethodOverride), Take, Take),
        ];
        for (end, get, post) in &table {
            assert_eq!(retries.judge("GET", "/v1.0/users", end), *get, "{end:?}");
            assert_eq!(retries.judge("DELETE", "/v1.0/users/1", end), *get, "{end:?}");
            assert_eq!(retries.judge("PUT", "/v1.0/x/1", end), *get, "{end:?}");
            assert_eq!(retries.judge("PATCH", DECISION, end), *get, "{end:?}");
            assert_eq!(retries.judge("POST", "/v1.0/users", end), *post, "{end:?}");
            assert_eq!(retries.judge("PATCH", "/v1.0/users/1", end), *post, "{end:?}");
            // An action that only reads may be sent again; what merely looks like a decision may not.
            assert_eq!(retries.judge("POST", "/v1.0/users/1/checkMemberGroups", end), *get, "{end:?}");
            assert_eq!(retries.judge("PATCH", "/v1.0/nothing/decisions/1", end), *post, "{end:?}");
        }
    }

    #[test]
    fn a_recording_is_retried_only_after_a_refusal() {
        let retries = Retries::new(RetryPolicy::recording(), Some(0));
        let next = |method: &str, end| retries.judge(method, "/v1.0/users", &end);
        assert_eq!(next("POST", answer(429, None, "")), NextAttempt::Again);
        assert_eq!(next("GET", answer(503, None, "")), NextAttempt::Again);
        assert_eq!(next("POST", answer(503, None, "")), NextAttempt::Take);
        assert_eq!(next("GET", answer(500, None, "")), NextAttempt::Take);
        assert_eq!(next("GET", lost_answer(Reached::Perhaps)), NextAttempt::Take);
    }

    #[test]
    fn a_call_has_so_many_attempts_and_so_much_time() {
        let mut retries = Retries::new(RetryPolicy::service(), Some(0));
        let seconds = SignedDuration::from_secs;
        assert!(retries.grant(5, seconds(0), None).is_some());
        assert!(retries.grant(6, seconds(0), None).is_none());
        assert!(retries.grant(1, seconds(0), Some(seconds(301))).is_none());
        assert!(retries.grant(1, seconds(299), Some(seconds(0))).is_some());
        assert!(retries.grant(1, seconds(301), Some(seconds(0))).is_none());
    }

    #[test]
    fn a_run_has_a_budget_of_its_own() {
        let mut retries = Retries::new(RetryPolicy::service(), Some(0));
        let seconds = SignedDuration::from_secs;
        retries.limit(RunBudget { retries: 2, waiting: seconds(100) });
        let mut grant = |asked| retries.grant(1, seconds(0), Some(seconds(asked))).is_some();
        assert_eq!([grant(60), grant(60), grant(1), grant(0)], [true, false, true, false]);
        let left = retries.budget_left();
        assert!(left.retries == 0 && left.waiting < seconds(40), "{left:?}");
        // Another process goes on with what is left, and never with more than a whole budget.
        let mut next = Retries::new(RetryPolicy::service(), Some(0));
        next.go_on_with(left);
        assert!(next.grant(1, seconds(0), Some(seconds(0))).is_none());
        next.go_on_with(RunBudget { retries: 9_000, waiting: SignedDuration::from_hours(9) });
        assert_eq!(next.budget_left(), RunBudget::default());
    }
}
