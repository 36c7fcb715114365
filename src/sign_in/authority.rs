//! The token endpoint of a tenant, spoken to with `oauth2`.

use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenResponse};
use oauth2::{
    AuthType, AuthUrl, Client, ClientId, DeviceAuthorizationUrl, DeviceCodeErrorResponse, EndpointNotSet, EndpointSet,
    RequestTokenError, Scope, StandardRevocableToken, TokenResponse as _, TokenUrl,
};
use secrecy::SecretString;
use url::Url;

use super::surroundings::HttpError;
use super::{AccessToken, Refusal, SignInError, Surroundings};
use crate::config::{Config, Endpoints, Tenant};
use crate::secrets_in_use;

/// A client of the authority's endpoints that reads Entra's errors.
pub(super) type OAuth = Client<
    Refusal,
    BasicTokenResponse,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The authority of one tenant.
#[derive(Clone, Debug)]
pub(super) struct Authority {
    pub endpoints: Endpoints,
    pub tenant: Tenant,
}

/// A token, and what renews it.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub token: AccessToken,
    pub refresh: Option<SecretString>,
}

impl Authority {
    /// # Errors
    ///
    /// A fault of the configuration if it names no tenant.
    pub fn of(config: &Config) -> Result<Self, crate::config::ConfigFault> {
        Ok(Self { endpoints: config.endpoints.clone(), tenant: config.tenant()?.clone() })
    }

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

    pub fn oauth(&self, client_id: &str) -> OAuth {
        Client::new(ClientId::new(client_id.to_owned()))
            .set_auth_type(AuthType::RequestBody)
            .set_auth_uri(AuthUrl::from_url(self.endpoint("oauth2/v2.0/authorize")))
            .set_token_uri(TokenUrl::from_url(self.token_endpoint()))
            .set_device_authorization_url(DeviceAuthorizationUrl::from_url(self.endpoint("oauth2/v2.0/devicecode")))
    }

    /// The scopes to ask for: these, or all that were consented to; for people also what renews the token.
    pub fn scopes(&self, named: &[String], renew: bool) -> Vec<Scope> {
        let mut scopes: Vec<String> = named.iter().map(|name| self.endpoints.scope(name)).collect();
        if scopes.is_empty() {
            scopes.push(self.endpoints.default_scope());
        }
        if renew {
            scopes.push("offline_access".to_owned());
        }
        scopes.into_iter().map(Scope::new).collect()
    }
}

/// The grant in an answer of the token endpoint.
pub(super) fn grant(answer: &BasicTokenResponse, surroundings: &Surroundings) -> Grant {
    let now = (surroundings.now)();
    // The standard lets an authority leave the time out; Entra's tokens are good for an hour at least.
    let span = answer.expires_in().map_or(SignedDuration::from_hours(1), |span| {
        SignedDuration::try_from(span).unwrap_or(SignedDuration::from_hours(1))
    });
    let expires = now.checked_add(span).unwrap_or(Timestamp::MAX);
    Grant {
        token: AccessToken::got(answer.access_token().secret().clone().into(), now, expires),
        refresh: answer.refresh_token().map(|token| {
            secrets_in_use::remember(token.secret());
            token.secret().clone().into()
        }),
    }
}

/// What went wrong at the token endpoint. Nothing of an answer that should have held a token is repeated.
pub(super) fn failed(actor: &str, error: RequestTokenError<HttpError, Refusal>) -> SignInError {
    match error {
        RequestTokenError::ServerResponse(refusal) => {
            SignInError::Refused { actor: actor.to_owned(), refusal: Box::new(refusal) }
        }
        RequestTokenError::Request(HttpError { host, what, reason }) => SignInError::NoAnswer { host, what, reason },
        RequestTokenError::Parse(error, _) => SignInError::Unintelligible {
            reason: format!("{} is missing or of another type", place(error.path())).into(),
        },
        RequestTokenError::Other(reason) => SignInError::Unintelligible { reason: reason.into() },
    }
}

/// What went wrong while a person was waited for.
pub(super) fn device_failed(actor: &str, error: RequestTokenError<HttpError, DeviceCodeErrorResponse>) -> SignInError {
    let with_refusal = match error {
        RequestTokenError::ServerResponse(answer) => RequestTokenError::ServerResponse(Refusal {
            error: answer.error().as_ref().into(),
            error_description: answer.error_description().cloned().unwrap_or_default().into(),
            ..Refusal::default()
        }),
        RequestTokenError::Request(error) => RequestTokenError::Request(error),
        RequestTokenError::Parse(error, bytes) => RequestTokenError::Parse(error, bytes),
        RequestTokenError::Other(reason) => RequestTokenError::Other(reason),
    };
    failed(actor, with_refusal)
}

fn place(path: &impl std::fmt::Display) -> String {
    match path.to_string().as_str() {
        "." | "" => "a property of it".to_owned(),
        path => format!("`{path}`"),
    }
}
