//! Requests and replies, apart from sockets: what the server hands in and what it writes out.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Value, json};

use crate::generic::{GENERIC, ORIGIN};

/// One request, its body read whole.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path as sent, percent-encoded, without the query: `/v1.0/users/3b8c…`.
    pub path: String,
    /// The query as sent, percent-encoded, without the question mark; empty if there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; empty if there is none.
    pub body: Bytes,
}

impl Request {
    /// A GET without headers, for tests.
    #[cfg(test)]
    pub(crate) fn get(path: &str, query: &str) -> Self {
        let (headers, body) = (HeaderMap::new(), Bytes::new());
        Self { method: Method::GET, path: path.to_owned(), query: query.to_owned(), headers, body }
    }

    /// A header as text; nothing if it is missing or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The bearer token of the `Authorization` header.
    pub fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// Headers beside those that the body brings with it; names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
}

/// The body of a reply.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// None at all, as with 204.
    Empty,
    /// A JSON document, sent as `application/json`.
    Json(Value),
    /// Something else: its media type and its bytes.
    Raw(Cow<'static, str>, Bytes),
}

impl Reply {
    /// A JSON document.
    pub fn json(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Body::Json(body) }
    }

    /// A text.
    pub(crate) fn text(text: String) -> Self {
        Self { status: 200, headers: Vec::new(), body: Body::Raw("text/plain".into(), text.into()) }
    }

    /// 204 without a body.
    pub fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: Body::Empty }
    }

    /// Returns whether no behaviour stands behind it: see [`generic`](crate::generic).
    pub fn is_generic(&self) -> bool {
        self.headers.iter().any(|(name, value)| *name == ORIGIN && value == GENERIC)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// The way in which a reply is sent: late, or broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The reply.
    pub reply: Reply,
    /// The delay, on the wall's clock.
    pub delay: Duration,
    /// The fault on the way.
    pub fault: Option<WireFault>,
}

/// A fault between the server and its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireFault {
    /// The connection is closed without a byte of the reply.
    Close,
    /// Half of the body is sent, then the connection is closed.
    Truncate,
}

/// The verdict on a request whose body has not been read yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Admission {
    /// Its body is read, if it has at most so many bytes and the server takes as many.
    Read(usize),
    /// It is answered at once, and its body is of no interest.
    Answer(Delivery),
}

/// Answers requests. It is called on the server's thread and must not block.
pub trait Service: Send + Sync + 'static {
    /// Answers one request.
    fn answer(&self, request: &Request) -> Delivery;

    /// Judges a request that has a body before that is read: the body of `head` is empty. A caller without leave is refused
    /// here, before memory is spent on what it sends.
    fn admit(&self, head: &Request) -> Admission {
        let _ = head;
        Admission::Read(usize::MAX)
    }
}

impl From<Reply> for Delivery {
    fn from(reply: Reply) -> Self {
        Self { reply, delay: Duration::ZERO, fault: None }
    }
}

/// A refusal of a request, in Graph's own terms.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct Refusal {
    /// The status code, 400 or more.
    pub status: u16,
    /// Graph's code, e.g. `Request_ResourceNotFound`; the access review service also answers an empty one.
    pub code: &'static str,
    /// The sentence for people.
    pub message: String,
    /// Headers beside the usual, e.g. `retry-after`.
    pub headers: Vec<(&'static str, String)>,
    /// The more precise codes of `error.details`, each with its message and target.
    pub details: Vec<(&'static str, String, String)>,
}

impl Refusal {
    /// A refusal with Graph's code and a sentence.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), headers: Vec::new(), details: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds an entry of `error.details`.
    #[must_use]
    pub fn detail(mut self, code: &'static str, message: impl Into<String>, target: impl Into<String>) -> Self {
        self.details.push((code, message.into(), target.into()));
        self
    }

    /// The reply with Graph's error body; `date` (UTC, to the second) and the ids go into `innerError`.
    ///
    /// Shape: `{"error":{"code","message","details"?,"innerError":{"date","request-id","client-request-id"}}}` (Microsoft
    /// Graph error responses and resource types).
    pub fn reply(self, date: &str, request_id: &str, client_request_id: &str) -> Reply {
        let mut error = json!({"code": self.code, "message": self.message});
        if !self.details.is_empty() {
            let details = self.details.iter();
            let details =
                details.map(|(code, message, target)| json!({"code": code, "message": message, "target": target}));
            error["details"] = details.collect();
        }
        error["innerError"] = json!({"date": date, "request-id": request_id, "client-request-id": client_request_id});
        Reply { status: self.status, headers: self.headers, body: Body::Json(json!({"error": error})) }
    }
}

/// Returns the 501 for what Graph has and this emulator does not: better than a wrong answer. `what` names it in words.
pub fn not_modelled(what: &str) -> Refusal {
    Refusal::new(501, "NotModelled", format!("graphwalk's emulator does not model {what}."))
}

/// Returns the 400 of those parts of Graph that are not the directory.
pub(crate) fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "BadRequest", message)
}

/// Returns the 400 of Graph for a reference that is added though it is there, in a collection such as `members`.
pub(crate) fn already_referenced(collection: &str) -> Refusal {
    let message = format!(
        "One or more added object references already exist for the following modified properties: '{collection}'."
    );
    Refusal::new(400, "Request_BadRequest", message)
}

/// Returns the 400 of Graph for a key of a directory object that is no GUID.
pub fn invalid_id(key: &str) -> Refusal {
    let shown: String = key.chars().take(120).collect();
    Refusal::new(400, "Request_BadRequest", format!("Invalid object identifier '{shown}'."))
}

/// Returns the 404 of Graph for an object that does not exist.
pub fn not_found(key: &str) -> Refusal {
    let shown: String = key.chars().take(120).collect();
    let message =
        format!("Resource '{shown}' does not exist or one of its queried reference-property objects are not present.");
    Refusal::new(404, "Request_ResourceNotFound", message)
}
