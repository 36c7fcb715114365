//! One request and its response, as the session keeps them.

use jiff::SignedDuration;
use serde_json::Value;

use super::{GraphError, ResponseHeaders};
use crate::in_words::counted;
use graphwalk_secrets::ServerText;

/// One request and its response. It holds no token: requests are kept without their authorization.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The actor who called.
    pub actor: String,
    /// The request's method, upper case.
    pub method: String,
    /// The part after the base URL: path and query, as sent.
    pub path: String,
    /// The status code of the answer.
    pub status: u16,
    /// The body of the answer.
    pub body: ResponseBody,
    /// The `request-id` header of the answer: what Microsoft's support asks for.
    pub request_id: Option<ServerText>,
    /// The `client-request-id` that was sent.
    pub client_request_id: String,
    /// The header `Retry-After`, of an answer with an error status that has one.
    pub retry_after: Option<ServerText>,
    /// The header `Date` of the answer.
    pub date: Option<ServerText>,
    /// The headers of the answer, but for those that may hold a secret.
    pub headers: ResponseHeaders,
    /// The attempts before this one, which is the last; mostly none.
    pub attempts: Vec<Attempt>,
    /// The time that it took from the first attempt to the last, on the backend's clock.
    pub waited: SignedDuration,
    /// The way this answer was recovered, if the first one was lost.
    pub recovered: Option<Recovered>,
    /// Of how many answers the body is made: of a list that was read to its end the pages, else 1.
    pub pages: usize,
}

/// One attempt at a request that was followed by another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The way it ended.
    pub end: AttemptEnd,
    /// The `request-id` that was answered.
    pub request_id: Option<ServerText>,
    /// The `client-request-id` that was sent.
    pub client_request_id: String,
}

/// The end of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttemptEnd {
    /// With a status.
    Answered(u16),
    /// Without an answer, or with a part of one; the reason.
    Lost(ServerText),
}

/// An answer was lost, and what was looked for afterwards shows that the request was done all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The request whose answer was lost: method and path.
    pub request: String,
    /// The proof that it was done, e.g. `found by GET /v1.0/users/AdeleV@contoso.com`.
    pub shown_by: String,
}

/// The body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseBody {
    /// No bytes at all.
    Empty,
    /// A JSON document.
    Json(Value),
    /// JSON in which an object has a key twice: the key. What such a document says depends on who reads it.
    Repeats(ServerText),
    /// Something else; undecodable bytes are replaced.
    Text(ServerText),
}

impl Exchange {
    /// The JSON of the answer, if it is JSON.
    pub fn json(&self) -> Option<&Value> {
        match &self.body {
            ResponseBody::Json(value) => Some(value),
            _ => None,
        }
    }

    /// The error that Graph answered, if it answered one.
    pub fn error(&self) -> Option<GraphError> {
        if self.status < 400 { None } else { self.json().and_then(GraphError::from_body) }
    }

    /// Returns whether Graph itself refused the request, and not something between: the answer has the form of Graph's
    /// errors, and the id of the request, in a header or in `innerError`.
    ///
    /// 408 and 499 are none of Graph's: they say that somebody did not wait for the end.
    pub fn is_graphs_refusal(&self) -> bool {
        let has_id = self.request_id.as_ref().is_some_and(|id| !id.is_empty());
        self.status >= 400
            && !matches!(self.status, 408 | 499)
            && self.json().is_some_and(|body| {
                super::error::has_graphs_form(body) && (has_id || super::error::tells_request_id(body))
            })
    }

    /// Returns whether Graph itself says that what the path names does not exist. That a gateway has no such route does
    /// not count, nor that another object does not exist.
    pub fn is_not_found(&self) -> bool {
        self.status == 404
            && self.is_graphs_refusal()
            && self.json().is_some_and(|body| super::error::says_not_found(body, &self.path))
    }

    /// Returns whether Graph itself says that there is such an object already.
    pub fn is_conflict(&self) -> bool {
        matches!(self.status, 400 | 409)
            && self.is_graphs_refusal()
            && self.json().is_some_and(super::error::says_conflict)
    }

    /// The lines that a failure shows of this exchange: the request, Graph's error and the ids to ask for.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!("{} {} as {}: {}", self.method, self.path, self.called_by(), self.status)];
        if let Some(error) = self.error() {
            let no_code = if error.code.is_empty() { "(no code): " } else { "" };
            notes.push(format!("Graph says: {no_code}{error}"));
        }
        let request_id = self.request_id.as_ref().map_or_else(|| "(none answered)".to_owned(), ToString::to_string);
        notes.push(format!("request-id {request_id}, client-request-id {}", self.client_request_id));
        if !self.attempts.is_empty() {
            notes.push(describe_attempts(&self.attempts, Some(self.status), self.waited));
            notes.push(earlier_ids(&self.attempts));
        }
        if let Some(Recovered { request, shown_by }) = &self.recovered {
            notes.push(format!("the answer to {request} was lost; that it was done is {shown_by}"));
        }
        notes
    }

    fn called_by(&self) -> String {
        if self.actor == "administrator" { "the administrator".to_owned() } else { self.actor.clone() }
    }
}

/// Returns what attempts led to: `answered 429, lost (connection reset), 503 in 14 s, 3 attempts`.
pub(super) fn describe_attempts(attempts: &[Attempt], last: Option<u16>, waited: SignedDuration) -> String {
    let mut ends: Vec<String> =
        attempts.chunk_by(|one, next| one.end.is_lost() && one.end == next.end).map(several).collect();
    ends.extend(last.map(|status| status.to_string()));
    let count = attempts.len() + usize::from(last.is_some());
    let count = counted(count, "attempt");
    let answered = if attempts.first().is_some_and(|first| first.end.is_lost()) { "" } else { "answered " };
    format!("{answered}{} in {} s, {count}", ends.join(", "), waited.as_secs())
}

/// Returns how attempts ended that ended alike: a dead network is reported once.
fn several(attempts: &[Attempt]) -> String {
    let end = attempts.first().map(|attempt| attempt.end.to_string()).unwrap_or_default();
    if attempts.len() == 1 { end } else { format!("{end} {} times", attempts.len()) }
}

/// Returns what to ask for of each attempt: the service's id, or where none came the client's own.
fn earlier_ids(attempts: &[Attempt]) -> String {
    let ids = attempts.iter().map(|attempt| match &attempt.request_id {
        Some(id) => format!("request-id {id}"),
        None => format!("client-request-id {}", attempt.client_request_id),
    });
    format!("earlier attempts: {}", ids.collect::<Vec<_>>().join(", "))
}

impl AttemptEnd {
    fn is_lost(&self) -> bool {
        matches!(self, Self::Lost(_))
    }
}

impl std::fmt::Display for AttemptEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Answered(status) => write!(f, "{status}"),
            Self::Lost(reason) => write!(f, "lost ({reason})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answered(status: u16, request_id: Option<&str>, body: ResponseBody) -> Exchange {
        Exchange {
            actor: "administrator".into(),
            method: "GET".into(),
            path: "/v1.0/users/eb75ccd2-59ef-48b7-8f76-cc3f33f899f4".into(),
            status,
            date: None,
            headers: ResponseHeaders::default(),
            body,
            request_id: request_id.map(Into::into),
            client_request_id: String::new(),
            retry_after: None,
            attempts: Vec::new(),
            waited: SignedDuration::ZERO,
            recovered: None,
            pages: 1,
        }
    }

    #[test]
    fn an_answer_of_a_gateway_is_not_taken_for_graphs() {
        let graphs = json!({"error": {"code": "Request_ResourceNotFound", "message": "None."}});
        let with_id = json!({"error": {"code": "NotFound", "message": "", "innerError": {"request-id": "a"}}});
        assert!(answered(404, Some("a"), ResponseBody::Json(graphs.clone())).is_not_found());
        assert!(answered(404, None, ResponseBody::Json(with_id.clone())).is_not_found());
        assert!(!answered(410, None, ResponseBody::Json(with_id.clone())).is_not_found());
        for (status, id, body) in [
            (404, None, ResponseBody::Json(graphs.clone())),
            (404, Some(""), ResponseBody::Json(graphs.clone())),
            (404, Some("a"), ResponseBody::Text("<html>Not Found</html>".into())),
            (404, Some("a"), ResponseBody::Empty),
            (404, Some("a"), ResponseBody::Json(json!({"status": 404}))),
            (408, Some("a"), ResponseBody::Json(graphs.clone())),
            (200, Some("a"), ResponseBody::Json(graphs)),
        ] {
            let exchange = answered(status, id, body);
            assert!(!exchange.is_graphs_refusal() && !exchange.is_not_found(), "{exchange:?}");
        }
    }

    #[test]
    fn a_failure_lists_every_attempt() {
        let attempt = |end, id: Option<&str>| Attempt {
            end,
            request_id: id.map(ServerText::from),
            client_request_id: "b".into(),
        };
        let exchange = Exchange {
            actor: "administrator".into(),
            method: "GET".into(),
            path: "/v1.0/users".into(),
            status: 503,
            body: ResponseBody::Empty,
            request_id: Some("c".into()),
            client_request_id: "d".into(),
            retry_after: None,
            date: None,
            headers: ResponseHeaders::default(),
            attempts: vec![
                attempt(AttemptEnd::Answered(429), Some("a")),
                attempt(AttemptEnd::Lost("connection reset".into()), None),
            ],
            waited: SignedDuration::from_millis(14_300),
            recovered: None,
            pages: 1,
        };
        assert_eq!(
            exchange.notes(),
            [
                "GET /v1.0/users as the administrator: 503",
                "request-id c, client-request-id d",
                "answered 429, lost (connection reset), 503 in 14 s, 3 attempts",
                "earlier attempts: request-id a, client-request-id b",
            ]
        );
    }
}
