//! The layer that finds out what became of a request whose answer was lost. What must not be done twice is repeated only once it
//! is known that it was not done the first time.
//!
//! When the answer to a create is lost, sending it again may create a second object, and giving up may leave one that nobody
//! deletes. The call's [`Lookup`] says how this run's object would be found, by a property that no other object has. Then
//!
//! - one is found: it was done. The step goes on with what the look read, in place of the answer;
//! - none is found in a minute of looks, since reads lag: it was not done, and is sent again;
//! - no [`Lookup`], or what is found may be of others: nobody knows, and the step fails with what to look at in the tenant.
//!
//! A repeated request that is refused (a name is taken, say) is looked up as well: the first one may have been done after all.
//! Creates whose end is not known yet are *suspects*: the clean-up looks for them, too.

use std::cell::RefCell;
use std::rc::Rc;

use graphwalk_client::{
    Attempt, AttemptEnd, CallError, ClientError, Course, Exchange, MonotonicTime, Recovered, ResponseBody, Retries,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::sign_in::{SendFailure, SignInLayer};
use super::traffic::SendTime;
use super::{Around, Sending, pages, refused};
use crate::session::lookup::SKEW;
use crate::session::{Call, Failure, Lookup};

/// The code of a failure where nothing answered.
pub(in crate::session) const NO_ANSWER: &str = "no-answer";

/// The time to wait before each look, in seconds: what was created may be seen late.
const LOOKS: [i64; 6] = [0, 2, 4, 8, 16, 30];

/// Looks for answers that were lost.
pub(in crate::session) struct LookUpLayer {
    pub retries: Retries,
    suspects: Vec<Suspect>,
    /// The time after a create in which it may be seen late; nothing where answers are recorded.
    window: Option<SignedDuration>,
    pub sign_in: SignInLayer,
}

/// A create that was begun and of which nobody knows the end.
#[derive(Clone, Debug)]
pub(in crate::session) struct Suspect {
    pub call: Call,
    pub since: Timestamp,
}

/// The result of a look-up.
#[derive(Debug)]
pub(in crate::session) enum LookUpResult {
    /// It was done: the answer to the read, with the one object as its body.
    Yes(Box<Exchange>),
    /// It was not.
    No,
    /// There is no way to find out.
    Unknown,
}

impl LookUpLayer {
    /// Makes the layer before `sign_in`; calls are tried again as `retries` say, and reads may lag for `window` behind a
    /// write, if they may.
    pub fn new(sign_in: SignInLayer, retries: Retries, window: Option<SignedDuration>) -> Self {
        Self { retries, suspects: Vec::new(), window, sign_in }
    }

    /// The answer to a call, or what is found in its place.
    ///
    /// # Errors
    ///
    /// Nothing answered; or it is not known whether the call was done.
    pub async fn send(&mut self, sending: &Sending<'_>, around: &mut Around<'_>) -> Result<Exchange, Failure> {
        let call = sending.call;
        let mut course = Course::default();
        let backend = self.sign_in.backend();
        let (sent_at, begun) = (backend.clock().now(), backend.clock().monotonic_now());
        let mut first: Option<Timestamp> = None;
        self.suspect(call);
        loop {
            match self.sign_in.send(sending, &mut course, &mut self.retries, around).await {
                Ok(exchange) => {
                    around.seen.count(exchange.attempts.len());
                    let in_doubt = sending.is_in_doubt(&exchange);
                    return self.conclude(sending, exchange, first.or(in_doubt.then_some(sent_at)), around).await;
                }
                Err(SendFailure::NoToken(failure)) => return Err(failure),
                Err(SendFailure::Call(CallError::Failed { error, course, now })) => {
                    around.seen.count(course.attempts.len());
                    if !course.maybe_done {
                        self.clear(call);
                    }
                    return Err(unanswered(CallError::Failed { error, course, now }));
                }
                Err(SendFailure::Call(ambiguous)) => {
                    let since = *first.get_or_insert(sent_at);
                    let found = self.find_out(sending, ambiguous, &mut course, (since, begun), around).await?;
                    if let Some(exchange) = found {
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
        sending: &Sending<'_>,
        exchange: Exchange,
        since: Option<Timestamp>,
        around: &mut Around<'_>,
    ) -> Result<Exchange, Failure> {
        let call = sending.call;
        if let (Some(since), 400..=499) = (since, exchange.status)
            && let LookUpResult::Yes(found) = self.look_for(sending, since, around).await?
        {
            self.clear(call);
            return Ok(recovered(call, *found, exchange.attempts, exchange.waited));
        }
        if exchange.status < 500 && !sending.is_in_doubt(&exchange) {
            self.clear(call);
        }
        Ok(exchange)
    }

    /// Looks for the object of a call that may have been done; nothing if it is known not to have been, and is to be sent
    /// again.
    async fn find_out(
        &mut self,
        sending: &Sending<'_>,
        ambiguous: CallError,
        course: &mut Course,
        (since, begun): (Timestamp, MonotonicTime),
        around: &mut Around<'_>,
    ) -> Result<Option<Exchange>, Failure> {
        let call = sending.call;
        let CallError::Ambiguous { request, client_request_id, end, answer, granted } = ambiguous else {
            return Ok(None);
        };
        let found = self.look_for(sending, since, around).await?;
        if let (LookUpResult::No, true) = (&found, granted) {
            return Ok(None);
        }
        around.seen.count(course.attempts.len().saturating_sub(1));
        let attempts = std::mem::take(&mut course.attempts);
        let waited = self.sign_in.backend().clock().monotonic_now().since(begun);
        match (found, answer) {
            (LookUpResult::Yes(found), _) => {
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

    /// Looks, again and again for a minute, whether a call was done that was first sent at `since`. No feature asks for these
    /// reads: a client that replays a recording of the session does not either.
    pub async fn look_for(
        &mut self,
        sending: &Sending<'_>,
        since: Timestamp,
        around: &mut Around<'_>,
    ) -> Result<LookUpResult, Failure> {
        let call = sending.call;
        let Some(lookup) = &call.lookup else { return Ok(LookUpResult::Unknown) };
        let headers = lookup.headers.clone();
        let read = Call { all_pages: true, headers, ..Call::new(&call.actor, "GET", &lookup.path) };
        let settle = self.window.unwrap_or_default().as_secs();
        for pause in LOOKS.into_iter().filter(|pause| *pause <= settle) {
            self.sign_in.sleep(SignedDuration::from_secs(pause)).await;
            let mut exchange = self.read(&read, sending.token, around).await?;
            let mut pages = pages::ListReading::begin(&read, &exchange);
            while let Some(next) = pages.next(&read, &exchange, self.sign_in.backend().client())? {
                let page = self.read(&next, sending.token, around).await?;
                pages.add(&mut exchange, page)?;
            }
            pages.end(&exchange)?;
            match exchange.status {
                404 if exchange.is_not_found() => {}
                200 => {
                    if let Some(found) = the_one(lookup, &mut exchange, since, call)? {
                        exchange.body = ResponseBody::Json(found);
                        return Ok(LookUpResult::Yes(Box::new(exchange)));
                    }
                }
                status => {
                    let message = format!(
                        "{} {} may or may not have been done, and the search for it got {status}",
                        call.method, call.path
                    );
                    return Err(Failure::new("lost-answer", message)
                        .notes(exchange.notes())
                        .help("check in the tenant whether it was done, and clean up before the next run"));
                }
            }
        }
        Ok(LookUpResult::No)
    }

    async fn read(
        &mut self,
        read: &Call,
        token: &RefCell<String>,
        around: &mut Around<'_>,
    ) -> Result<Exchange, Failure> {
        let sending = Sending { call: read, token, doubt: None, is_own_look: true };
        let mut course = Course::default();
        let sent = SendTime::now(self.sign_in.backend());
        let answer = self.sign_in.send(&sending, &mut course, &mut self.retries, around).await.map(Rc::new);
        if !matches!(answer, Err(SendFailure::NoToken(_))) {
            let maker = around.maker(self.sign_in.backend());
            around.traffic.own_look(read, answer.as_ref().ok(), sent, maker);
        }
        match answer {
            Ok(exchange) => {
                around.seen.count(exchange.attempts.len());
                Ok(Rc::unwrap_or_clone(exchange))
            }
            Err(SendFailure::NoToken(failure)) => Err(failure),
            Err(SendFailure::Call(error)) => {
                if let CallError::Failed { course, .. } = &error {
                    around.seen.count(course.attempts.len());
                }
                Err(unanswered(error))
            }
        }
    }

    /// Notes that a create is being sent: from now on there may be an object that nobody knows of.
    fn suspect(&mut self, call: &Call) {
        let creates = call.lookup.as_ref().is_some_and(|lookup| lookup.creates.is_some());
        if creates && self.window.is_some() {
            let since = self.sign_in.backend().clock().now();
            self.suspects.push(Suspect { call: call.clone(), since });
        }
    }

    /// Notes that the end of a create is known.
    pub fn clear(&mut self, call: &Call) {
        if let Some(Lookup { creates: Some(_), .. }) = &call.lookup {
            self.suspects.retain(|suspect| suspect.call.creates() != call.creates());
        }
    }

    /// The creates of which nobody knows the end.
    pub fn suspects(&self) -> &[Suspect] {
        &self.suspects
    }
}

/// The one object that shows that the call was done.
fn the_one(lookup: &Lookup, exchange: &mut Exchange, since: Timestamp, call: &Call) -> Result<Option<Value>, Failure> {
    let ResponseBody::Json(body) = std::mem::replace(&mut exchange.body, ResponseBody::Empty) else { return Ok(None) };
    let mut fitting: Vec<Value> = items(body).into_iter().filter(|item| lookup.shows(item)).collect();
    let refusal = |message: String| {
        let request = format!("the answer to {} {} was lost", call.method, call.path);
        Failure::new("lost-answer", message)
            .note(request)
            .notes(exchange.notes())
            .help("an object that may belong to others is neither used nor deleted: check it in the tenant")
    };
    match fitting.len() {
        0 => Ok(None),
        1 if lookup.creates.is_some() && !is_new(&fitting[0], since) => {
            Err(refusal("an object like the one to create is older than this run's request".to_owned()))
        }
        1 => Ok(fitting.pop()),
        many => Err(refusal(format!("{many} objects are like the one to create"))),
    }
}

/// Returns whether the object says that it was created after the request was first sent.
fn is_new(object: &Value, since: Timestamp) -> bool {
    let created = object.get("createdDateTime").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
    created.is_some_and(|created| since.duration_since(created) <= SKEW)
}

/// Returns what was found, in place of the lost answer.
fn recovered(call: &Call, found: Exchange, attempts: Vec<Attempt>, waited: SignedDuration) -> Exchange {
    let recovered = Recovered {
        request: format!("{} {}", call.method, call.path),
        shown_by: format!("shown by {} {}", found.method, found.path),
    };
    Exchange { recovered: Some(recovered), attempts, waited, ..found }
}

fn unanswered(error: CallError) -> Failure {
    let earlier = error.earlier().map(|earlier| format!("before that {earlier}"));
    match error {
        CallError::Failed { error, .. } => match &error {
            ClientError::NoAnswer { client_request_id, .. } => Failure::new(NO_ANSWER, error.to_string())
                .notes(earlier)
                .note(format!("client-request-id {client_request_id}"))
                .help("check that the server runs and can be reached, then run again"),
            _ => refused(&error),
        },
        CallError::Ambiguous { request, end, client_request_id, .. } => lost_answer(&request, &end, &client_request_id),
    }
}

fn lost_answer(request: &str, end: &AttemptEnd, client_request_id: &str) -> Failure {
    Failure::new("lost-answer", format!("{request} may or may not have been done: its answer is {end}"))
        .note(format!("client-request-id {client_request_id}"))
        .help("it is not sent twice: check in the tenant whether it was done, and clean up before the next run")
}

/// The items of a list, or the one object that was answered.
fn items(body: Value) -> Vec<Value> {
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
