//! The answer that something was read from: by it anybody finds the same again, and sees how whole it was.

use graphwalk_client::Exchange;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Session;

/// An answer that something was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The time of the read, on the backend's clock.
    pub at: Timestamp,
    /// The actor who asked.
    pub actor: String,
    /// The request, e.g. `GET /v1.0/users`.
    pub request: String,
    /// The `request-id` that was answered: Microsoft's support finds the call by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The `client-request-id` that was sent: the exchange of it is the same.
    pub client_request_id: String,
    /// Of how many pages a list was, all of which were read.
    pub pages: usize,
    /// The number of items of a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<usize>,
    /// The number of items that Graph said it has (`@odata.count`), if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<u64>,
}

impl Session {
    /// The last answer, as what something was read from; `None` if there is none.
    pub fn reading(&self) -> Option<Reading> {
        let exchange = self.last().ok()?;
        Some(Reading::new(exchange, self.backend().clock().now()))
    }
}

impl Reading {
    fn new(exchange: &Exchange, at: Timestamp) -> Self {
        let json = exchange.json();
        let items = json.and_then(|json| json.get("value")).and_then(Value::as_array);
        Self {
            at,
            actor: exchange.actor.clone(),
            request: format!("{} {}", exchange.method, exchange.path),
            request_id: exchange.request_id.as_ref().map(ToString::to_string),
            client_request_id: exchange.client_request_id.clone(),
            pages: exchange.pages,
            items: items.map(Vec::len),
            counted: json.and_then(|json| json.get("@odata.count")).and_then(Value::as_u64),
        }
    }
}
