//! Which app asks, and whether it is the one it says it is.

use uuid::Uuid;

use super::app::{App, Credential, Secret};
use super::error::TokenEndpointError;
use super::form::Parameters;
use super::{SignInRequest, TenantSignIn, assertion};

/// The kind of assertion that is understood (RFC 7523).
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl TenantSignIn {
    /// The app of the parameter `client_id`.
    pub(super) fn app(&self, parameters: &Parameters) -> Result<&App, TokenEndpointError> {
        let name = parameters.require("client_id")?;
        let id = Uuid::parse_str(name).ok();
        id.and_then(|id| self.apps.get(&id)).ok_or_else(|| {
            // What is no id is not repeated: it may be a secret in the wrong place.
            let shown = id.map_or_else(|| "(not a GUID)".to_owned(), |id| id.to_string());
            let message = format!(
                "Application with identifier '{shown}' was not found in the directory '{}'. This can happen if the \
                 application has not been installed by the administrator of the tenant or consented to by any user in the \
                 tenant.",
                self.tenant
            );
            TokenEndpointError::new("unauthorized_client", 700016, message)
        })
    }

    /// The app, which has proved that it is the one.
    pub(super) fn authenticated(
        &self,
        parameters: &Parameters,
        asked: &SignInRequest<'_>,
    ) -> Result<&App, TokenEndpointError> {
        let app = self.app(parameters)?;
        let (secret, signed) = (parameters.get("client_secret"), parameters.get("client_assertion"));
        match &app.credential {
            Credential::Public if secret.is_some() || signed.is_some() => {
                let message = "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.";
                Err(TokenEndpointError::new("invalid_client", 700025, message))
            }
            Credential::Public => Ok(app),
            Credential::Confidential { secrets, trusted } => {
                match (secret, signed) {
                    (_, Some(signed)) => {
                        if parameters.require("client_assertion_type")? != JWT_BEARER {
                            let message = "The 'client_assertion_type' is not supported.";
                            return Err(TokenEndpointError::new("invalid_request", 50027, message));
                        }
                        assertion::check(signed, app.client_id, trusted, &self.audiences(asked.origin), asked.now)?;
                    }
                    (Some(secret), None) => proven(secrets.contains(&Secret::new(secret)), app)?,
                    (None, None) => return Err(missing_credential()),
                }
                Ok(app)
            }
        }
    }

    /// The addresses of the token endpoint, each of which an assertion may be made out to.
    fn audiences(&self, origin: &str) -> Vec<String> {
        let id = self.tenant.to_string();
        let tenants = self.domains.iter().map(String::as_str).chain([id.as_str(), "common", "organizations"]);
        let addresses = |tenant| [format!("{origin}/{tenant}/oauth2/v2.0/token"), format!("{origin}/{tenant}/v2.0")];
        tenants.flat_map(addresses).collect()
    }
}

/// The app has shown nothing to prove itself with.
pub(super) fn missing_credential() -> TokenEndpointError {
    let message = "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.";
    TokenEndpointError::new("invalid_client", 7000218, message)
}

fn proven(right: bool, app: &App) -> Result<(), TokenEndpointError> {
    let message = || {
        format!(
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not \
             the client secret ID, for a secret added to app '{}'.",
            app.client_id
        )
    };
    if right { Ok(()) } else { Err(TokenEndpointError::new("invalid_client", 7000215, message())) }
}
