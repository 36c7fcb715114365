//! The last layer: a request is sent with the token of its actor, and again with another one if Graph refuses that.

use std::rc::Rc;

use graphwalk_client::{CallError, Clock as _, Course, Exchange, GraphRequest, Retries, is_idempotent};
use jiff::SignedDuration;

use crate::backend::Backend;

use super::clock::SessionClock;
use super::{Around, Sending};
use crate::session::{Failure, StepDeadline};

/// The code of the failure of an actor whom the backend does not know.
pub(in crate::session) const UNKNOWN_ACTOR: &str = "unknown-actor";

/// Sends requests to the backend.
pub(in crate::session) struct SignInLayer {
    backend: Rc<dyn Backend>,
    deadline: StepDeadline,
}

/// The reason why there is no answer.
pub(super) enum SendFailure {
    /// The client has none.
    Call(CallError),
    /// The actor's token was refused, and another one cannot be got.
    NoToken(Failure),
}

impl SignInLayer {
    /// To `backend`; waits do not count as the step's.
    pub fn new(backend: Rc<dyn Backend>, deadline: StepDeadline) -> Self {
        Self { backend, deadline }
    }

    /// Returns where requests are sent.
    pub fn backend(&self) -> &dyn Backend {
        self.backend.as_ref()
    }

    /// The backend's clock. The step that waits by it may take that much longer.
    pub fn clock(&self) -> SessionClock {
        SessionClock::new(Rc::clone(&self.backend), self.deadline.clone())
    }

    /// Returns when `span` has passed; the time does not count as the step's.
    pub async fn sleep(&self, span: SignedDuration) {
        self.clock().sleep(span).await;
    }

    /// The token of an actor. A person may be asked for it.
    ///
    /// # Errors
    ///
    /// The actor cannot sign in, or nobody knows the actor here.
    pub async fn token(&self, actor: &str) -> Result<String, Failure> {
        // A person may take longer than a step may.
        let signed_in = self.deadline.without(self.backend.actors().sign_in(actor)).await;
        let token = signed_in.map_err(|fault| {
            let failure = Failure::new(fault.code, fault.message).notes(fault.notes);
            match fault.help {
                Some(help) => failure.help(help),
                None => failure,
            }
        })?;
        token.ok_or_else(|| {
            Failure::new(UNKNOWN_ACTOR, format!("nobody is signed in as \"{actor}\""))
                .focus(actor, "no sign-in for this actor")
                .note(format!("actors here: {}", self.backend.actors().names().join(", ")))
                .help("an actor is `the administrator` or a name that the recording gives as `_actor`")
        })
    }

    /// The answer to a call, as many attempts as it takes.
    pub(super) async fn send(
        &self,
        sending: &Sending<'_>,
        course: &mut Course,
        retries: &mut Retries,
        around: &mut Around<'_>,
    ) -> Result<Exchange, SendFailure> {
        let call = sending.call;
        let exchange = self.attempt(sending, course, retries, around).await?;
        let is_refused =
            exchange.status == 401 && (exchange.is_graphs_refusal() || is_idempotent(&call.method, &call.path));
        if !is_refused || !self.backend.actors().refused(&call.actor).await {
            return Ok(exchange);
        }
        // Graph refused it before anything was done: the token ended early, or was taken back.
        around.seen.count(exchange.attempts.len());
        let token = self.token(&call.actor).await.map_err(SendFailure::NoToken)?;
        *sending.token.borrow_mut() = token;
        *course = Course::default();
        self.attempt(sending, course, retries, around).await
    }

    async fn attempt(
        &self,
        sending: &Sending<'_>,
        course: &mut Course,
        retries: &mut Retries,
        around: &mut Around<'_>,
    ) -> Result<Exchange, SendFailure> {
        let (call, token) = (sending.call, sending.token.borrow().clone());
        let request = GraphRequest {
            actor: &call.actor,
            token: &token,
            method: &call.method,
            path: &call.path,
            headers: &call.headers,
            body: call.body.as_ref(),
            file: call.file.as_ref(),
        };
        around.doing.asks(format!("{} {}", call.method, call.path));
        let answered = self.backend.client().call(&request, course, retries, &self.clock()).await;
        around.doing.is_answered(answered.as_ref().ok().map(|exchange| exchange.status));
        answered.map_err(SendFailure::Call)
    }
}
