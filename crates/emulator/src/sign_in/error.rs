//! Errors of the identity platform, with the codes that start with AADSTS.

use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::json_reply;
use crate::http::Reply;

/// An error of the token endpoint and its siblings.
///
/// Codes and sentences: Microsoft Entra authentication and authorization error codes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{error}: AADSTS{code}: {message}")]
pub struct TokenEndpointError {
    /// OAuth's name of it, e.g. `invalid_grant` (RFC 6749, section 5.2; RFC 8628, section 3.5).
    pub error: &'static str,
    /// The number after `AADSTS`.
    pub code: u32,
    /// The sentence after it.
    pub message: String,
}

impl TokenEndpointError {
    /// An error of that name and number.
    pub(super) fn new(error: &'static str, code: u32, message: impl Into<String>) -> Self {
        Self { error, code, message: message.into() }
    }

    /// A parameter is missing.
    pub(super) fn missing(parameter: &str) -> Self {
        let message = format!("The request body must contain the following parameter: '{parameter}'.");
        Self::new("invalid_request", 900144, message)
    }

    /// The error of a tenant that there is not.
    pub(super) fn unknown_tenant(tenant: &str) -> Self {
        let message = format!(
            "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the \
             correct cloud."
        );
        Self::new("invalid_request", 90002, message)
    }

    /// The error of a user that there is not.
    pub(crate) fn unknown_user() -> Self {
        let message = "The user account does not exist in the directory. To sign into this application, the account must be \
                       added to the directory.";
        Self::new("invalid_grant", 50034, message)
    }

    /// 401 for a client that did not prove who it is (RFC 6749), else 400.
    pub fn status(&self) -> StatusCode {
        if self.error == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST }
    }

    /// The description, which repeats code and ids for people.
    pub(super) fn description(&self, now: Timestamp, trace: Uuid, correlation: &str) -> String {
        let (code, message) = (self.code, &self.message);
        format!(
            "AADSTS{code}: {message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {}",
            now.strftime(WHEN)
        )
    }

    /// The reply, in which `correlation` repeats the caller's `client-request-id`.
    pub(super) fn reply(&self, now: Timestamp, correlation: &str) -> Reply {
        let trace = Uuid::new_v4();
        let mut body = json!({
            "error": self.error,
            "error_description": self.description(now, trace, correlation),
            "error_codes": [self.code],
            "timestamp": now.strftime(WHEN).to_string(),
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={}", self.code),
        });
        if self.code == 65001 {
            body["suberror"] = "consent_required".into();
        }
        json_reply(self.status().as_u16(), &body)
    }
}

/// The form of times in error bodies.
const WHEN: &str = "%Y-%m-%d %H:%M:%SZ";
