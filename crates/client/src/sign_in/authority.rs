//! The endpoints of a tenant's authority: forms go there, and grants come back (RFC 6749, RFC 8628).

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};

use super::surroundings::{HttpError, HttpRequest, HttpResponse};
use super::{AccessToken, SignInError, Surroundings};
use crate::{Endpoints, TenantName};
use graphwalk_secrets::in_use;

/// The authority of one tenant.
#[derive(Clone, Debug)]
pub(super) struct Authority {
    pub endpoints: Endpoints,
    pub tenant: TenantName,
}

/// A token, and what renews it.
#[derive(Clone, Debug)]
pub(super) struct TokenGrant {
    pub token: AccessToken,
    pub refresh: Option<SecretString>,
}

impl Authority {
    /// The address of one of the tenant's endpoints.
    pub fn endpoint(&self, path: &str) -> Url {
        let mut url = self.endpoints.authority.clone();
        // An authority is an address without a path: see the configuration.
        url.set_path(&format!("{}/{path}", self.tenant));
        url
    }

    pub fn token_endpoint(&self) -> Url {
        self.endpoint("oauth2/v2.0/token")
    }

    /// The scopes to ask for, with a space between each: these, or all that were consented to; for people also what renews
    /// the token.
    pub fn scope(&self, named: &[String], renew: bool) -> String {
        let mut scopes: Vec<String> = named.iter().map(|name| self.endpoints.scope(name)).collect();
        if scopes.is_empty() {
            scopes.push(self.endpoints.default_scope());
        }
        if renew {
            scopes.push("offline_access".to_owned());
        }
        scopes.join(" ")
    }
}

/// A registered app that asks its tenant's authority in the name of one actor.
#[derive(Clone, Copy, Debug)]
pub(super) struct AuthorityClient<'a> {
    pub actor: &'a str,
    pub client_id: &'a str,
    pub authority: &'a Authority,
    pub surroundings: &'a Surroundings,
}

/// The answer of the token endpoint (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
}

impl AuthorityClient<'_> {
    /// Asks the token endpoint with this form, to which the app's id is added.
    ///
    /// # Errors
    ///
    /// No answer came, the authority refuses, or it answers what is no token.
    pub async fn grant(&self, form: &[(&str, &str)]) -> Result<TokenGrant, SignInError> {
        let granted: Granted = self.post(&self.authority.token_endpoint(), form).await?;
        let now = (self.surroundings.now)();
        // The standard lets an authority leave the time out; Entra's tokens are good for an hour at least.
        let seconds = granted.expires_in.and_then(|seconds| i64::try_from(seconds).ok());
        let span = seconds.map_or(SignedDuration::from_hours(1), SignedDuration::from_secs);
        let expires = now.checked_add(span).unwrap_or(Timestamp::MAX);
        Ok(TokenGrant {
            token: AccessToken::obtained(granted.access_token.into(), now, expires),
            refresh: granted.refresh_token.map(|token| {
                in_use::remember(&token);
                token.into()
            }),
        })
    }

    /// Posts a form, to which the app's id is added, and reads the answer.
    ///
    /// # Errors
    ///
    /// [`SignInError::NoAnswer`] if none came, [`SignInError::Refused`] with what the authority says, and
    /// [`SignInError::Unintelligible`] for an answer that is neither. Nothing of an answer that should have held a token is
    /// repeated.
    pub async fn post<T: DeserializeOwned>(&self, url: &Url, form: &[(&str, &str)]) -> Result<T, SignInError> {
        let mut fields = form_urlencoded::Serializer::new(String::new());
        let body = fields.extend_pairs(form).append_pair("client_id", self.client_id).finish().into_bytes();
        let request: HttpRequest = http::Request::post(url.as_str())
            .header(http::header::ACCEPT, JSON)
            .header(http::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body)
            .map_err(|error| SignInError::Setup(error.to_string()))?;
        let answered = self.surroundings.http.call(request).await;
        let answer =
            answered.map_err(|HttpError { host, what, reason }| SignInError::NoAnswer { host, what, reason })?;
        if answer.status() != http::StatusCode::OK {
            let refusal = Box::new(parsed(answer.body())?);
            return Err(SignInError::Refused { actor: self.actor.to_owned(), refusal });
        }
        demand_json(&answer)?;
        parsed(answer.body())
    }
}

const JSON: &str = "application/json";

/// Refuses an answer that says of itself that it is something else than JSON: the page of a proxy.
fn demand_json(answer: &HttpResponse) -> Result<(), SignInError> {
    let Some(media_type) = answer.headers().get(http::header::CONTENT_TYPE) else { return Ok(()) };
    let media_type = String::from_utf8_lossy(media_type.as_bytes());
    if media_type.get(..JSON.len()).is_some_and(|start| start.eq_ignore_ascii_case(JSON)) {
        return Ok(());
    }
    Err(SignInError::Unintelligible { reason: format!("expected {JSON}, got {media_type}").into() })
}

/// Reads an answer. Its values are not repeated, only the place of the one that is wrong.
fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, SignInError> {
    if body.is_empty() {
        return Err(SignInError::Unintelligible { reason: "its body is empty".into() });
    }
    serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_slice(body)).map_err(|error| {
        let reason = match error.path().to_string().as_str() {
            _ if error.inner().is_syntax() || error.inner().is_eof() => "it is not JSON".to_owned(),
            "." | "" => "a property of it is missing or of another type".to_owned(),
            path => format!("`{path}` is missing or of another type"),
        };
        SignInError::Unintelligible { reason: reason.into() }
    })
}
