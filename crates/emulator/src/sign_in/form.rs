//! The parameters of a request, from its form or its query.

use std::collections::HashMap;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::percent_decode_str;

use super::error::TokenEndpointError;
use crate::http::Request;

/// Parameters by name. Their values may be passwords: [`Debug`](fmt::Debug) shows the names only.
#[derive(Default)]
pub(crate) struct Parameters(HashMap<String, String>);

impl Parameters {
    /// The query's.
    pub(crate) fn of_query(request: &Request) -> Self {
        Self(url::form_urlencoded::parse(request.query.as_bytes()).into_owned().collect())
    }

    /// The form's in the body; a parameter that comes twice is malformed (RFC 6749, section 3.2).
    pub(crate) fn of_form(request: &Request) -> Result<Self, TokenEndpointError> {
        let malformed =
            || TokenEndpointError::new("invalid_request", 9002313, "Invalid request. Request is malformed or invalid.");
        let media_type = request.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(malformed());
        }
        let mut parameters = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(&request.body) {
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(malformed());
            }
        }
        Ok(Self(parameters))
    }

    /// Adds client id and secret of HTTP Basic, each percent-encoded (RFC 6749, section 2.3.1), where the form has none.
    pub(super) fn with_basic(mut self, request: &Request) -> Self {
        let credentials = || {
            let (scheme, encoded) = request.header("authorization")?.split_once(' ')?;
            let decoded = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
            let (id, secret) = decoded.split_once(':').filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
            let decode = |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
            Some((decode(id)?, decode(secret)?))
        };
        if let Some((id, secret)) = credentials() {
            self.0.entry("client_id".to_owned()).or_insert(id);
            self.0.entry("client_secret".to_owned()).or_insert(secret);
        }
        self
    }

    /// A parameter; none if it is missing or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A parameter that must be there.
    pub(super) fn require(&self, name: &str) -> Result<&str, TokenEndpointError> {
        self.get(name).ok_or_else(|| TokenEndpointError::missing(name))
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
