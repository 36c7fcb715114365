//! What a request passes on its way to the backend, and its answer on the way back.
//!
//! Each layer is one file with its own state. It has the next one, and knows no other: none can call back up. What a layer
//! needs of the session is handed down in [`Around`].
//!
//! | layer | on the way down | on the way back |
//! |---|---|---|
//! | `validate` | the body fits its schema | the answer fits its schema |
//! | `guarded` | the actor has a token, the write is allowed, a create is in the journal | the id is in the journal |
//! | `pages` | | the further pages of a list are added to its first |
//! | `settle` | | what was written just before and is not seen yet is asked for again |
//! | `record` | | the exchange is kept, if somebody records the session |
//! | `look_up` | | an answer that was lost is looked for |
//! | `sign_in` | the token is sent, as many attempts as it takes | a token that is refused is replaced once |

mod clock;
pub(super) mod contradictions;
mod exchange_log;
pub(super) mod freshness;
pub(super) mod guarded;
pub(super) mod look_up;
pub(super) mod pages;
pub(super) mod record;
pub(super) mod redacted;
pub(super) mod settle;
pub(super) mod sign_in;
#[cfg(test)]
mod tests;
pub(super) mod traffic;
pub(super) mod validate;

use std::cell::RefCell;
use std::rc::Rc;

use graphwalk_catalog::Resources;
use graphwalk_client::{ClientError, Exchange, Retries, RetryPolicy};
use graphwalk_schema::Schemas;

use crate::backend::{Backend, Consistency, Profile};

use super::{Call, Captures, Doing, Failure, Naming, Seen, StepDeadline, StepPlace};

pub use exchange_log::ExchangeLog;
pub use guarded::Journalled;
use traffic::{Maker, Traffic};
pub(super) use validate::Validate;

/// The parts of a session that its layers use: its settings, and where it keeps what they see.
pub(super) struct Around<'a> {
    pub captures: &'a Captures,
    pub naming: &'a Naming,
    pub resources: &'a Resources,
    pub place: &'a StepPlace,
    pub seen: &'a mut Seen,
    pub doing: &'a mut Doing,
    pub traffic: &'a mut Traffic,
}

impl<'a> Around<'a> {
    /// Returns the maker of an exchange on `backend`.
    fn maker<'b>(&self, backend: &'b dyn Backend) -> Maker<'b>
    where
        'a: 'b,
    {
        Maker { place: self.place, captures: self.captures, backend }
    }
}

/// A call below the guard.
#[derive(Clone, Copy)]
pub(super) struct Sending<'a> {
    pub call: &'a Call,
    /// The actor's token; another one from the moment at which it is refused.
    pub token: &'a RefCell<String>,
    /// The way to take a refusal of what the journal lists as about to be created.
    pub doubt: Option<CreateDoubt>,
    /// Whether no feature asks for it: it is neither recorded nor repeated until it sees what was written just before.
    pub is_own_look: bool,
}

/// The facts about a create that may be refused although it was done.
#[derive(Clone, Copy, Debug)]
pub(super) struct CreateDoubt {
    /// Whether its name is one that this run alone gives, and nothing is known by it yet: a conflict is one with itself.
    pub by_conflict: bool,
}

/// An answer, and what is wrong with it.
pub(super) struct CheckedAnswer {
    /// Shared with those who trace it.
    pub exchange: Rc<Exchange>,
    pub fault: Option<Failure>,
}

impl<'a> Sending<'a> {
    /// The same for another call of the same actor, which creates nothing.
    pub fn with<'b>(&self, call: &'b Call) -> Sending<'b>
    where
        'a: 'b,
    {
        Sending { call, doubt: None, ..*self }
    }

    /// Returns whether a create may have had its effect though its answer has a status of 4xx: something between
    /// refused it, or it collides with a name that only this run gives, so that it may have been delivered twice.
    pub fn is_in_doubt(&self, exchange: &Exchange) -> bool {
        let Some(CreateDoubt { by_conflict }) = self.doubt else { return false };
        (400..500).contains(&exchange.status)
            && (!exchange.is_graphs_refusal() || by_conflict && exchange.is_conflict())
    }
}

/// All layers, the first one first.
pub(super) fn stacked(
    (backend, profile): (&Rc<dyn Backend>, &Profile),
    schemas: Schemas,
    strict: bool,
    deadline: &StepDeadline,
) -> Validate {
    let is_eventual = profile.consistency == Consistency::Eventual;
    let window = is_eventual.then_some(profile.pace.settle);
    let policy = match profile.consistency {
        Consistency::Eventual => RetryPolicy::service_within(profile.pace.retry),
        Consistency::Recorded => RetryPolicy::recording(),
    };
    let retries = Retries::new(policy, profile.jitter_seed);
    let sign_in = sign_in::SignInLayer::new(Rc::clone(backend), deadline.clone());
    let look_up = look_up::LookUpLayer::new(sign_in, retries, window);
    let settle = settle::Settle::new(record::RecordLayer::new(look_up), window);
    Validate::new(schemas, Rc::clone(backend), strict, guarded::Guarded::new(pages::Pages::new(settle)))
}

/// The code of the failure of a request that the recording has not.
pub(super) const UNRECORDED: &str = "unrecorded-request";

/// The code of the failure of a request that the client does not send.
const NOT_SENT: &str = "request";

/// The failure of a request that the client does not send, or of an answer that it does not take.
pub(super) fn refused(error: &ClientError) -> Failure {
    let code = if matches!(error, ClientError::TooLarge { .. }) { "answer" } else { NOT_SENT };
    let failure = Failure::new(code, error.to_string());
    match error {
        ClientError::Method(method) => failure.focus(method, "not a method"),
        ClientError::DeletesMember(_) => {
            failure.help("add /$ref to take the member out, or delete the user by /users/{id}")
        }
        ClientError::ForeignLink { .. } | ClientError::PagesInCircle { .. } => {
            failure.help("a service that sends such a link is not Graph: do not trust it")
        }
        ClientError::TooLarge { client_request_id, .. } => failure
            .note(format!("client-request-id {client_request_id}"))
            .help("find out which server answers; if it is Graph, raise `limits.answer`"),
        _ => failure,
    }
}

/// A replay server says in its answer that it has no recording of the request, and what comes nearest.
fn unrecorded(exchange: &Exchange) -> Option<Failure> {
    let error = exchange.error()?;
    if error.code != graphwalk_recording::UNRECORDED {
        return None;
    }
    // Of this server's messages every line counts.
    let message = error.message.masked_lines();
    let mut lines = message.lines();
    let title = lines.next().unwrap_or("the recording has no such request").to_owned();
    let rest: Vec<&str> = lines.collect();
    let failure = Failure::new(UNRECORDED, title);
    let failure = if rest.is_empty() { failure } else { failure.note(rest.join("\n")) };
    Some(if exchange.attempts.is_empty() { failure } else { failure.notes(exchange.notes()) })
}
