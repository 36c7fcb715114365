//! One call: as many attempts as it takes and as are granted.

use std::time::{Duration, Instant};

use futures::future::LocalBoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::backoff::retry_after;
use super::exchange::describe_attempts;
use super::retry::NextAttempt;
use super::{
    Attempt, AttemptEnd, ClientError, Exchange, GraphClient, GraphRequest, MonotonicTime, Recovered, Retries,
    RetryPolicy,
};
use graphwalk_secrets::ServerText;

/// The clock that times the waits between attempts: a real one, a virtual one, a recorded one.
pub trait Clock {
    /// Returns the time there, as an answer with this `Date` shows it.
    fn answered_at(&self, date: Option<Timestamp>) -> Timestamp;

    /// Returns the time of the clock that timeouts are measured by. Nothing that a server says changes it.
    fn monotonic_now(&self) -> MonotonicTime;

    /// Returns when `span` has passed.
    fn sleep(&self, span: SignedDuration) -> LocalBoxFuture<'_, ()>;

    /// Reports how long a failed attempt took, in real time.
    fn attempt_failed(&self, _took: Duration) {}
}

/// The real time, since it was made.
#[derive(Clone, Copy, Debug)]
pub struct WallClock(tokio::time::Instant);

impl Default for WallClock {
    fn default() -> Self {
        Self(tokio::time::Instant::now())
    }
}

impl Clock for WallClock {
    fn answered_at(&self, date: Option<Timestamp>) -> Timestamp {
        date.unwrap_or_else(Timestamp::now)
    }

    fn monotonic_now(&self) -> MonotonicTime {
        MonotonicTime::after_start(SignedDuration::try_from(self.0.elapsed()).unwrap_or(SignedDuration::MAX))
    }

    fn sleep(&self, span: SignedDuration) -> LocalBoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(Duration::try_from(span).unwrap_or_default()))
    }
}

/// The attempts and waits of a call so far.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// The time when the first attempt was made; `None` before that.
    pub started: Option<MonotonicTime>,
    /// The attempts that failed, in order.
    pub attempts: Vec<Attempt>,
    /// Whether one of them may have been done.
    pub maybe_done: bool,
}

/// The reason why a call has no answer that can be taken as it is.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// It could not be sent, or nothing answered as often as it was tried.
    #[error("{error}{}", render_attempts(course, *now))]
    Failed {
        /// The last attempt's error.
        #[source]
        error: ClientError,
        /// The attempts before it.
        course: Course,
        /// The time when it was given up.
        now: MonotonicTime,
    },
    /// Nobody knows whether it was done. It is not repeated before somebody has looked.
    #[error("{request} may or may not have been done: {end}")]
    Ambiguous {
        /// Method and path.
        request: String,
        /// The `client-request-id` of the last attempt.
        client_request_id: String,
        /// The end of the last attempt.
        end: AttemptEnd,
        /// The answer of the last attempt, if there was one.
        answer: Option<Box<Exchange>>,
        /// Whether another attempt is granted, once it is known that it was not done.
        granted: bool,
    },
}

impl CallError {
    /// The attempts before the last one, if there were any: `lost (connection refused) 2 times in 3 s, 2 attempts`.
    pub fn earlier(&self) -> Option<String> {
        match self {
            Self::Failed { course, now, .. } => earlier(course, *now),
            Self::Ambiguous { .. } => None,
        }
    }
}

impl GraphClient {
    /// Reads something by the real time, again where that can help and as often as `policy` grants.
    ///
    /// # Errors
    ///
    /// [`CallError`] if nothing answers. An answer with an error status is an answer.
    pub async fn get(&self, actor: &str, token: &str, path: &str, policy: RetryPolicy) -> Result<Exchange, CallError> {
        let (mut course, mut retries) = (Course::default(), Retries::new(policy, None));
        self.call(&GraphRequest::get(actor, token, path), &mut course, &mut retries, &WallClock::default()).await
    }

    /// Sends a request, and again as long as that can help and is granted by `retries`.
    ///
    /// `course` is what the call has been through: empty at first. To be handed in again if a call is repeated after
    /// [`CallError::Ambiguous`], once it is known that it was not done.
    ///
    /// A DELETE of which Graph says that there is nothing to delete, after an attempt that may have been done, has been done:
    /// see [`Exchange::recovered`].
    ///
    /// # Errors
    ///
    /// [`CallError`] if no attempt got an answer, or it is not known whether one was done that must not be done twice. When no
    /// more attempts are granted, an answer with an error status is an answer.
    pub async fn call(
        &self,
        request: &GraphRequest<'_>,
        course: &mut Course,
        retries: &mut Retries,
        clock: &dyn Clock,
    ) -> Result<Exchange, CallError> {
        loop {
            let began = Instant::now();
            let end = self.send(request).await;
            let next = retries.judge(request.method, request.path, &end);
            if next == NextAttempt::Take && course.attempts.is_empty() {
                return end.map_err(|error| failed(error, course, clock));
            }
            let now = clock.monotonic_now();
            let started = *course.started.get_or_insert(now);
            if next == NextAttempt::Take {
                return course.finish(end, request, now);
            }
            let asked = end.as_ref().ok().and_then(|exchange| asked_for(exchange, clock));
            let granted = retries.grant(course.attempts.len() + 1, now.since(started), asked);
            let attempt = attempt(&end);
            clock.attempt_failed(began.elapsed());
            if end.as_ref().is_ok_and(|exchange| exchange.status == 503) {
                // Another connection may lead to a machine that is less busy.
                self.connect_anew();
            }
            if next == NextAttempt::FindOut {
                let ambiguous = CallError::Ambiguous {
                    request: format!("{} {}", request.method, request.path),
                    client_request_id: attempt.client_request_id.clone(),
                    end: attempt.end.clone(),
                    answer: end.ok().map(Box::new),
                    granted: granted.is_some(),
                };
                course.attempts.push(attempt);
                course.maybe_done = true;
                return Err(ambiguous);
            }
            let Some(wait) = granted else { return course.finish(end, request, now) };
            course.maybe_done |= may_have_been_done(&end);
            course.attempts.push(attempt);
            clock.sleep(wait).await;
        }
    }
}

impl Course {
    /// The end of the last attempt with what was before it.
    fn finish(
        &mut self,
        end: Result<Exchange, ClientError>,
        request: &GraphRequest<'_>,
        now: MonotonicTime,
    ) -> Result<Exchange, CallError> {
        let course = std::mem::take(self);
        let mut exchange = match end {
            Ok(exchange) => exchange,
            Err(error) => return Err(CallError::Failed { error, course, now }),
        };
        if request.method == "DELETE" && exchange.is_not_found() && course.maybe_done {
            exchange.recovered = Some(Recovered {
                request: format!("DELETE {}", request.path),
                shown_by: "shown by the next attempt, which found nothing to delete".to_owned(),
            });
        }
        exchange.waited = now.since(course.started.unwrap_or(now));
        exchange.attempts = course.attempts;
        Ok(exchange)
    }
}

/// Returns how long the service asks to be left alone. A date is meant by the clock that the same answer was dated
/// with, right or wrong.
fn asked_for(exchange: &Exchange, clock: &dyn Clock) -> Option<SignedDuration> {
    let date = exchange.date.as_ref().and_then(|date| jiff::fmt::rfc2822::parse(date.expose()).ok());
    retry_after(
        exchange.retry_after.as_ref().map(ServerText::expose)?,
        clock.answered_at(date.map(|date| date.timestamp())),
    )
}

fn failed(error: ClientError, course: &mut Course, clock: &dyn Clock) -> CallError {
    // Something was answered, so something was done or refused.
    course.maybe_done |= matches!(error, ClientError::TooLarge { .. });
    CallError::Failed { error, course: std::mem::take(course), now: clock.monotonic_now() }
}

fn attempt(end: &Result<Exchange, ClientError>) -> Attempt {
    match end {
        Ok(exchange) => Attempt {
            end: AttemptEnd::Answered(exchange.status),
            request_id: exchange.request_id.clone(),
            client_request_id: exchange.client_request_id.clone(),
        },
        Err(ClientError::NoAnswer { reason, client_request_id, .. }) => Attempt {
            end: AttemptEnd::Lost(reason.clone()),
            request_id: None,
            client_request_id: client_request_id.clone(),
        },
        Err(error) => Attempt {
            end: AttemptEnd::Lost(error.to_string().into()),
            request_id: None,
            client_request_id: String::new(),
        },
    }
}

/// Returns whether an attempt that is followed by another may have had its effect: a throttled one has not.
fn may_have_been_done(end: &Result<Exchange, ClientError>) -> bool {
    match end {
        Ok(exchange) => exchange.status >= 500 && exchange.retry_after.is_none(),
        Err(ClientError::NoAnswer { reached, .. }) => *reached == super::Reached::Perhaps,
        Err(_) => false,
    }
}

fn render_attempts(course: &Course, now: MonotonicTime) -> String {
    earlier(course, now).map_or_else(String::new, |earlier| format!("; before that {earlier}"))
}

fn earlier(course: &Course, now: MonotonicTime) -> Option<String> {
    let waited = now.since(course.started.unwrap_or(now));
    (!course.attempts.is_empty()).then(|| describe_attempts(&course.attempts, None, waited))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ResponseBody;

    #[test]
    fn a_date_to_come_again_at_is_meant_by_the_clock_of_the_same_answer() {
        let asked = |date: Option<&str>, retry_after: &str| {
            let exchange = Exchange {
                actor: String::new(),
                method: String::new(),
                path: String::new(),
                status: 429,
                body: ResponseBody::Empty,
                request_id: None,
                client_request_id: String::new(),
                retry_after: Some(retry_after.into()),
                date: date.map(ServerText::from),
                headers: crate::ResponseHeaders::default(),
                attempts: Vec::new(),
                waited: SignedDuration::ZERO,
                recovered: None,
                pages: 1,
            };
            asked_for(&exchange, &WallClock::default()).map(|wait| wait.as_secs())
        };
        let (past, later) = ("Fri, 11 Feb 2022 08:00:00 GMT", "Fri, 11 Feb 2022 08:00:09 GMT");
        assert_eq!(asked(Some(past), later), Some(9));
        assert_eq!(asked(Some("Fri, 11 Feb 2422 08:00:00 GMT"), "Fri, 11 Feb 2422 08:00:07 GMT"), Some(7));
        assert_eq!(asked(Some(past), "3"), Some(3));
        assert_eq!([asked(None, later), asked(Some("soon"), later)], [Some(0), Some(0)]);
    }
}
