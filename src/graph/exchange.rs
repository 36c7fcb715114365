//! One request and its response, as the session keeps them.

use serde_json::Value;

use super::GraphError;

/// One request and its response. It holds no token: requests are kept without their authorization.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Who called.
    pub actor: String,
    /// The request's method, upper case.
    pub method: String,
    /// What followed the base URL: path and query, as sent.
    pub path: String,
    /// The status code of the answer.
    pub status: u16,
    /// The body of the answer.
    pub body: ResponseBody,
    /// The `request-id` header of the answer: what Microsoft's support asks for.
    pub request_id: Option<String>,
    /// The `client-request-id` that was sent.
    pub client_request_id: String,
}

/// The body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum ResponseBody {
    /// No bytes at all.
    Empty,
    /// A JSON document.
    Json(Value),
    /// Something else; undecodable bytes are replaced.
    Text(String),
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
        if self.status < 400 { None } else { self.json().and_then(GraphError::of) }
    }

    /// The lines that a failure shows of this exchange: the request, Graph's error and the ids to ask for.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![format!("{} {} as {}: {}", self.method, self.path, self.called_by(), self.status)];
        if let Some(error) = self.error() {
            let code = if error.code.is_empty() { "(no code)" } else { &error.code };
            notes.push(format!("Graph says: {code}: {}", error.message));
        }
        let request_id = self.request_id.as_deref().unwrap_or("(none answered)");
        notes.push(format!("request-id {request_id}, client-request-id {}", self.client_request_id));
        notes
    }

    fn called_by(&self) -> String {
        if self.actor == "administrator" { "the administrator".to_owned() } else { self.actor.clone() }
    }
}
