//! Getting one request answered, whatever happens on the way: attempts, lost answers, pages.

use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::graph::{
    Attempt, AttemptEnd, CallError, ClientError, Course, Exchange, GraphRequest, MonotonicTime, Recovered,
    ResponseBody, is_idempotent, paging,
};
use crate::schema::Operation;

use super::contradictions::Counted;
use super::lookup::Found;
use super::{Call, Failure, Session};

/// The code of a failure where nothing answered.
pub(super) const NO_ANSWER: &str = "no-answer";

impl Session {
    /// The answer to a call, as many attempts as it takes.
    ///
    /// What must not be done twice is repeated only once it is known that it was not done the first time.
    pub(super) async fn deliver(&mut self, call: &Call) -> Result<Exchange, Failure> {
        let token = self.token(&call.actor).await?;
        let sent = self.log.sending(self.backend.as_ref());
        self.doing.asks(format!("{} {}", call.method, call.path));
        let delivered = self.delivered(call, &token).await;
        self.doing.is_answered(delivered.as_ref().ok().map(|exchange| exchange.status));
        let mut exchange = delivered?;
        let is_refused =
            exchange.status == 401 && (exchange.is_graphs_refusal() || is_idempotent(&call.method, &call.path));
        if is_refused && self.backend.refused(&call.actor).await {
            // Graph refused it before anything was done: the token ended early, or was taken back.
            let token = self.token(&call.actor).await?;
            exchange = self.delivered(call, &token).await?;
        }
        self.log.record(call, &exchange, sent, self.backend.as_ref());
        Ok(exchange)
    }

    async fn delivered(&mut self, call: &Call, token: &str) -> Result<Exchange, Failure> {
        let backend = Rc::clone(&self.backend);
        let clock = self.clock();
        let request = GraphRequest {
            actor: &call.actor,
            token,
            method: &call.method,
            path: &call.path,
            headers: &call.headers,
            body: call.body.as_ref(),
        };
        let mut course = Course::default();
        let (sent_at, begun) = (self.backend.now(), self.backend.monotonic_now());
        let mut first: Option<Timestamp> = None;
        self.suspect(call);
        loop {
            match backend.client().call(&request, &mut course, &mut self.retries, &clock).await {
                Ok(exchange) => {
                    self.count(exchange.attempts.len());
                    let in_doubt = self.is_in_doubt(call, &exchange);
                    return self.conclude(call, exchange, first.or(in_doubt.then_some(sent_at))).await;
                }
                Err(CallError::Failed { error, course, now }) => {
                    self.count(course.attempts.len());
                    if !course.maybe_done {
                        self.clear(call);
                    }
                    return Err(unanswered(CallError::Failed { error, course, now }));
                }
                Err(CallError::Ambiguous { request, client_request_id, end, answer, granted }) => {
                    let since = *first.get_or_insert(sent_at);
                    let ambiguous = CallError::Ambiguous { request, client_request_id, end, answer, granted };
                    if let Some(exchange) = self.find_out(call, ambiguous, &mut course, (since, begun)).await? {
                        return Ok(exchange);
                    }
                }
            }
        }
    }

    /// An answer that came. One that refuses a repeated request may refuse it because the first was done after all; one that
    /// is in doubt may refuse what was done. `since` is when that was first sent.
    async fn conclude(
        &mut self,
        call: &Call,
        exchange: Exchange,
        since: Option<Timestamp>,
    ) -> Result<Exchange, Failure> {
        if let (Some(since), 400..=499) = (since, exchange.status)
            && let Found::Yes(found) = self.look_for(call, since).await?
        {
            self.clear(call);
            return Ok(recovered(call, *found, exchange.attempts, exchange.waited));
        }
        if exchange.status < 500 && !self.is_in_doubt(call, &exchange) {
            self.clear(call);
        }
        Ok(exchange)
    }

    /// What is found of a call that may have been done; nothing if it is known not to have been, and is to be sent again.
    async fn find_out(
        &mut self,
        call: &Call,
        ambiguous: CallError,
        course: &mut Course,
        (since, begun): (Timestamp, MonotonicTime),
    ) -> Result<Option<Exchange>, Failure> {
        let CallError::Ambiguous { request, client_request_id, end, answer, granted } = ambiguous else {
            return Ok(None);
        };
        let found = self.look_for(call, since).await?;
        if let (Found::No, true) = (&found, granted) {
            return Ok(None);
        }
        self.count(course.attempts.len().saturating_sub(1));
        let attempts = std::mem::take(&mut course.attempts);
        let waited = self.backend.monotonic_now().since(begun);
        match (found, answer) {
            (Found::Yes(found), _) => {
                self.clear(call);
                Ok(Some(recovered(call, *found, attempts, waited)))
            }
            (_, Some(mut answer)) => {
                answer.attempts = attempts;
                answer.attempts.pop();
                answer.waited = waited;
                Ok(Some(*answer))
            }
            (_, None) => Err(lost_answer(&request, &end, &client_request_id)),
        }
    }

    /// Adds the further pages of a list to its first.
    pub(super) async fn read_on(
        &mut self,
        call: &Call,
        exchange: &mut Exchange,
        operation: Option<&Operation>,
    ) -> Result<(), Failure> {
        let mut pages = paging::PagesRead::from_first(&call.path);
        let counted = Counted::of(&call.path, exchange);
        while exchange.status == 200
            && let Some(link) = exchange.json().and_then(paging::next_link)
        {
            let path = self.backend.client().path_of_link(link).map_err(|error| refused(&error))?;
            pages.go_on_to(&path).map_err(|error| refused(&error).notes(exchange.notes()))?;
            // The headers are sent with every page: Graph asks for that.
            let next = Call { path, lookup: None, body: None, ..call.clone() };
            let page = self.deliver(&next).await?;
            if let Some(failure) = unrecorded(&page) {
                return Err(failure);
            }
            self.check_response(&page, operation)?;
            if page.status != 200 {
                *exchange = page;
                return Ok(());
            }
            let notes = page.notes();
            let (ResponseBody::Json(list), ResponseBody::Json(page)) = (&mut exchange.body, page.body) else {
                return Err(refused(&ClientError::NoPage).notes(notes));
            };
            paging::append(list, page).map_err(|error| refused(&error).notes(notes))?;
        }
        counted.check(exchange)
    }

    /// Counts an exchange, and the attempts before it.
    fn count(&mut self, repeated: usize) {
        self.seen.exchanges += 1 + repeated;
        self.seen.repeated += repeated;
    }
}

/// What was found stands for the answer that was lost.
fn recovered(call: &Call, found: Exchange, attempts: Vec<Attempt>, waited: SignedDuration) -> Exchange {
    let recovered = Recovered {
        request: format!("{} {}", call.method, call.path),
        shown_by: format!("shown by {} {}", found.method, found.path),
    };
    Exchange { recovered: Some(recovered), attempts, waited, ..found }
}

/// A replay server says in its answer that it has no recording of the request, and what comes nearest.
pub(super) fn unrecorded(exchange: &Exchange) -> Option<Failure> {
    let error = exchange.error()?;
    if error.code != crate::recording::UNRECORDED {
        return None;
    }
    // Of this server's messages every line counts.
    let message = error.message.masked_lines();
    let mut lines = message.lines();
    let title = lines.next().unwrap_or("the recording has no such request").to_owned();
    let rest: Vec<&str> = lines.collect();
    let failure = Failure::new("unrecorded-request", title);
    let failure = if rest.is_empty() { failure } else { failure.note(rest.join("\n")) };
    Some(if exchange.attempts.is_empty() { failure } else { failure.notes(exchange.notes()) })
}

fn unanswered(error: CallError) -> Failure {
    let earlier = error.earlier().map(|earlier| format!("before that {earlier}"));
    match error {
        CallError::Failed { error, .. } => match &error {
            ClientError::NoAnswer { client_request_id, .. } => Failure::new(NO_ANSWER, error.to_string())
                .notes(earlier)
                .note(format!("client-request-id {client_request_id}"))
                .help("look whether the server still runs and is reachable, then run again"),
            _ => refused(&error),
        },
        CallError::Ambiguous { request, end, client_request_id, .. } => lost_answer(&request, &end, &client_request_id),
    }
}

fn refused(error: &ClientError) -> Failure {
    let failure = Failure::new("request", error.to_string());
    match error {
        ClientError::Method(method) => failure.focus(method, "not a method"),
        ClientError::DeletesMember(_) => {
            failure.help("add /$ref to take the member out, or delete the user by /users/{id}")
        }
        ClientError::ForeignLink { .. } | ClientError::PagesInCircle { .. } => {
            failure.help("a service that answers such a link is not Graph: do not trust it")
        }
        ClientError::TooLarge { client_request_id, .. } => failure
            .note(format!("client-request-id {client_request_id}"))
            .help("look what answers there; if it is Graph, let an answer have more with `limits.answer`"),
        _ => failure,
    }
}

fn lost_answer(request: &str, end: &AttemptEnd, client_request_id: &str) -> Failure {
    Failure::new("lost-answer", format!("{request} may have been done or not: its answer is {end}"))
        .note(format!("client-request-id {client_request_id}"))
        .help("it is not sent twice: look in the tenant whether it was done, and clean up before the next run")
}

/// The items of a list, or the one object that was answered.
pub(super) fn items(body: Value) -> Vec<Value> {
    match body {
        Value::Object(mut envelope) if envelope.get("value").is_some_and(Value::is_array) => {
            match envelope.swap_remove("value") {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            }
        }
        object => vec![object],
    }
}
