//! The HTTP client that every session sends its requests with.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, redirect};
use serde_json::Value;

use super::{Exchange, ResponseBody};

/// How long one request may take before it counts as unanswered.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Sends requests to one base URL. Cheap to clone: clones share their connections.
#[derive(Clone, Debug)]
pub struct GraphClient {
    http: reqwest::Client,
    base: String,
}

/// One request to send.
#[derive(Clone, Debug)]
pub struct GraphRequest<'a> {
    /// Who calls.
    pub actor: &'a str,
    /// The actor's bearer token.
    pub token: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// Path and query, beginning with `/`.
    pub path: &'a str,
    /// Headers beside the ones that every request carries.
    pub headers: &'a [(String, String)],
    /// The JSON body, if any.
    pub body: Option<&'a Value>,
}

/// Why a request got no answer, or could not be sent.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The feature names a method that HTTP does not have.
    #[error("{0:?} is not an HTTP method")]
    Method(String),
    /// The feature names a header that HTTP cannot carry.
    #[error("the header {0:?} has a name or a value that HTTP cannot carry")]
    Header(String),
    /// The server could not be reached, closed the connection or took too long.
    #[error("{method} {path} got no answer: {reason}")]
    NoAnswer {
        /// The request's method.
        method: String,
        /// The request's path.
        path: String,
        /// The cause, without the URL.
        reason: String,
    },
    /// The client could not be set up.
    #[error("no HTTP client could be made: {0}")]
    Setup(#[source] reqwest::Error),
}

impl GraphClient {
    /// A client for a server on loopback: no proxy and no TLS, which loopback does not need.
    ///
    /// # Errors
    ///
    /// [`ClientError::Setup`] if the HTTP library refuses to start.
    pub fn for_loopback(base: impl Into<String>) -> Result<Self, ClientError> {
        static RING: std::sync::Once = std::sync::Once::new();
        // An error says that the program around this library has chosen a provider already: that one serves as well.
        RING.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .redirect(redirect::Policy::none())
            .timeout(REQUEST_TIMEOUT)
            .build()
            .map_err(ClientError::Setup)?;
        Ok(Self { http, base: base.into() })
    }

    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    ///
    /// [`ClientError`] if the request cannot be formed or no answer comes. An answer with an error status is an answer.
    pub async fn send(&self, request: &GraphRequest<'_>) -> Result<Exchange, ClientError> {
        let method = Method::from_bytes(request.method.as_bytes())
            .map_err(|_| ClientError::Method(request.method.to_owned()))?;
        let client_request_id = uuid::Uuid::new_v4().to_string();
        let mut builder = self
            .http
            .request(method, format!("{}{}", self.base, request.path))
            .headers(headers(request, &client_request_id)?);
        if let Some(body) = request.body {
            builder = builder.body(body.to_string());
        }
        let no_answer = |error: reqwest::Error| ClientError::NoAnswer {
            method: request.method.to_owned(),
            path: request.path.to_owned(),
            reason: root_cause(&error),
        };
        let response = builder.send().await.map_err(no_answer)?;
        let status = response.status().as_u16();
        let request_id = response.headers().get("request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let bytes = response.bytes().await.map_err(no_answer)?;
        Ok(Exchange {
            actor: request.actor.to_owned(),
            method: request.method.to_owned(),
            path: request.path.to_owned(),
            status,
            body: read_body(&bytes),
            request_id,
            client_request_id,
        })
    }
}

fn headers(request: &GraphRequest<'_>, client_request_id: &str) -> Result<HeaderMap, ClientError> {
    let value = |name: &str, text: &str| HeaderValue::from_str(text).map_err(|_| ClientError::Header(name.to_owned()));
    let mut headers = HeaderMap::with_capacity(request.headers.len() + 3);
    let mut bearer = value("authorization", &format!("Bearer {}", request.token))?;
    bearer.set_sensitive(true);
    headers.insert(AUTHORIZATION, bearer);
    headers.insert(HeaderName::from_static("client-request-id"), value("client-request-id", client_request_id)?);
    if request.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    for (name, text) in request.headers {
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| ClientError::Header(name.clone()))?;
        headers.insert(key, value(name, text)?);
    }
    Ok(headers)
}

fn read_body(bytes: &[u8]) -> ResponseBody {
    if bytes.is_empty() {
        return ResponseBody::Empty;
    }
    match serde_json::from_slice(bytes) {
        Ok(value) => ResponseBody::Json(value),
        Err(_) => ResponseBody::Text(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// The innermost cause, which is the one that tells something ("connection refused"), and never names the URL.
fn root_cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("nothing came within {} s", REQUEST_TIMEOUT.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
