//! The token endpoint: what a client may hand in for a token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use uuid::Uuid;

use super::account::{Account, Accounts};
use super::app::Credential;
use super::client::missing_credential;
use super::codes::Expiring;
use super::error::TokenEndpointError;
use super::form::Parameters;
use super::scope::{RequestedScope, invalid};
use super::tokens::{LIFETIME, opaque};
use super::{Holder, SignInRequest, TenantSignIn, json_reply};
use crate::http::Reply;

/// The days for which a refresh token may lie unused (refresh tokens in the Microsoft identity platform).
const REFRESH_DAYS: i32 = 90;

/// The sign-in that a refresh token stands for.
pub(super) struct Refresh {
    account: Uuid,
    client_id: Uuid,
    scope: RequestedScope,
    expires: Timestamp,
}

impl Expiring for Refresh {
    fn expires(&self) -> Timestamp {
        self.expires
    }
}

/// A user's sign-in, from which tokens are made.
pub(super) struct SignedIn<'a> {
    pub account: &'a Account,
    pub client_id: Uuid,
    pub scope: &'a RequestedScope,
    /// Repeated in the id token.
    pub nonce: Option<&'a str>,
}

impl TenantSignIn {
    /// Answers `POST /{tenant}/oauth2/v2.0/token`.
    pub(super) fn token(&mut self, asked: &SignInRequest<'_>) -> Result<Reply, TokenEndpointError> {
        let parameters = Parameters::of_form(asked.request)?.with_basic(asked.request);
        let grant = parameters.require("grant_type")?;
        let client_id = self.authenticated(&parameters, asked)?.client_id;
        let body = match grant {
            "client_credentials" => self.client_credentials(&parameters, client_id, asked),
            "password" => self.password(&parameters, client_id, asked),
            "refresh_token" => self.refresh(&parameters, client_id, asked),
            "authorization_code" => self.redeem_code(&parameters, client_id, asked),
            "urn:ietf:params:oauth:grant-type:device_code" | "device_code" => {
                self.redeem_device_code(&parameters, client_id, asked)
            }
            _ => {
                let message = "The app requested an unsupported grant type.";
                Err(TokenEndpointError::new("unsupported_grant_type", 70003, message))
            }
        }?;
        Ok(json_reply(200, &body))
    }

    fn client_credentials(
        &mut self,
        parameters: &Parameters,
        client_id: Uuid,
        asked: &SignInRequest<'_>,
    ) -> Result<Value, TokenEndpointError> {
        let text = parameters.require("scope")?;
        let app = self.app(parameters)?;
        if matches!(app.credential, Credential::Public) {
            return Err(missing_credential());
        }
        let permissions = app.permissions.clone();
        let scope = RequestedScope::parse(text, asked.origin)?;
        if !scope.default || !scope.permissions.is_empty() {
            let message = format!(
                "The provided value for scope {text} is not valid. Client credential flows must have a scope value with \
                 /.default suffixed to the resource identifier (application ID URI)."
            );
            return Err(TokenEndpointError::new("invalid_scope", 1002012, message));
        }
        let token = self.issue_for(client_id, Holder::App(&permissions), &scope.resource, asked.now);
        Ok(json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "ext_expires_in": LIFETIME,
            "access_token": token,
        }))
    }

    fn password(
        &mut self,
        parameters: &Parameters,
        client_id: Uuid,
        asked: &SignInRequest<'_>,
    ) -> Result<Value, TokenEndpointError> {
        let account = check_password(asked.accounts, parameters)?;
        let scope = RequestedScope::parse(parameters.require("scope")?, asked.origin)?;
        self.grant(&SignedIn { account: &account, client_id, scope: &scope, nonce: None }, asked)
    }

    fn refresh(
        &mut self,
        parameters: &Parameters,
        client_id: Uuid,
        asked: &SignInRequest<'_>,
    ) -> Result<Value, TokenEndpointError> {
        let refused = |code, message: &str| TokenEndpointError::new("invalid_grant", code, message);
        let token = parameters.require("refresh_token")?;
        let known = self.refresh_tokens.get(token).filter(|known| known.client_id == client_id);
        let known = known.ok_or_else(|| refused(9002313, "Invalid request. Request is malformed or invalid."))?;
        if known.expires <= asked.now {
            return Err(refused(700082, "The refresh token has expired due to inactivity."));
        }
        let account = usable(asked.accounts.by_id(known.account))?;
        let scope = match parameters.get("scope") {
            None => known.scope.clone(),
            Some(text) => {
                let mut scope = RequestedScope::parse(text, asked.origin)?;
                // Who refreshes goes on refreshing.
                if !scope.has("offline_access") {
                    scope.open_id.push("offline_access".to_owned());
                }
                scope
            }
        };
        self.grant(&SignedIn { account: &account, client_id, scope: &scope, nonce: None }, asked)
    }

    /// The tokens of a user who has signed in.
    pub(super) fn grant(
        &mut self,
        signed_in: &SignedIn<'_>,
        asked: &SignInRequest<'_>,
    ) -> Result<Value, TokenEndpointError> {
        let SignedIn { account, client_id, scope, .. } = *signed_in;
        let permissions = self.consented(client_id, scope)?;
        let open_id = scope.open_id.iter().filter(|word| *word != "offline_access").cloned();
        let scopes: Vec<String> = permissions.iter().cloned().chain(open_id).collect();
        let token = self.issue_for(client_id, Holder::User(account, &scopes), &scope.resource, asked.now);
        let client_info = json!({"uid": account.id, "utid": self.tenant}).to_string();
        let mut body = json!({
            "token_type": "Bearer",
            "scope": scope.answer(&permissions),
            "expires_in": LIFETIME,
            "ext_expires_in": LIFETIME,
            "access_token": token,
            "client_info": BASE64URL.encode(client_info),
        });
        if scope.has("openid") {
            body["id_token"] = self.id_token(signed_in, asked).into();
        }
        if scope.has("offline_access") {
            let token = opaque();
            let expires = asked.now.saturating_add((REFRESH_DAYS * 24).hours()).unwrap_or(Timestamp::MAX);
            let refresh = Refresh { account: account.id, client_id, scope: scope.clone(), expires };
            self.refresh_tokens.keep(token.as_str().into(), refresh, asked.now);
            body["refresh_token"] = token.into();
        }
        Ok(body)
    }

    /// The permissions that are granted: those asked for, each of which must have consent.
    fn consented(&self, client_id: Uuid, scope: &RequestedScope) -> Result<Vec<String>, TokenEndpointError> {
        let consented = self.apps.get(&client_id).map_or(&[][..], |app| &app.scopes);
        if scope.default {
            return Ok(consented.to_vec());
        }
        if scope.permissions.is_empty() && scope.open_id.is_empty() {
            return Err(invalid(""));
        }
        let find = |wanted: &String| consented.iter().find(|known| known.eq_ignore_ascii_case(wanted)).cloned();
        scope.permissions.iter().map(find).collect::<Option<Vec<String>>>().ok_or_else(|| {
            let message = format!(
                "The user or administrator has not consented to use the application with ID '{client_id}'. Send an \
                 interactive authorization request for this user and resource."
            );
            TokenEndpointError::new("invalid_grant", 65001, message)
        })
    }

    fn id_token(&self, signed_in: &SignedIn<'_>, asked: &SignInRequest<'_>) -> String {
        let (account, start) = (signed_in.account, asked.now.as_second());
        let mut claims = json!({
            "aud": signed_in.client_id,
            "iss": format!("{}/{}/v2.0", asked.origin, self.tenant),
            "iat": start,
            "nbf": start,
            "exp": start + LIFETIME,
            "name": account.display_name,
            "oid": account.id,
            "preferred_username": account.user_principal_name,
            "sub": account.id,
            "tid": self.tenant,
            "ver": "2.0",
        });
        if let Some(nonce) = signed_in.nonce {
            claims["nonce"] = nonce.into();
        }
        self.signer.sign(&claims)
    }
}

/// The user of the parameters `username` and `password`, if both are right and the user may sign in.
pub(crate) fn check_password(accounts: &dyn Accounts, parameters: &Parameters) -> Result<Account, TokenEndpointError> {
    let (name, password) = (parameters.require("username")?, parameters.require("password")?);
    let account = accounts.by_name(name).ok_or_else(TokenEndpointError::unknown_user)?;
    if !accounts.password_matches(account.id, password) {
        let message = "Error validating credentials due to invalid username or password.";
        return Err(TokenEndpointError::new("invalid_grant", 50126, message));
    }
    let account = usable(Some(account))?;
    if account.must_change_password {
        return Err(TokenEndpointError::new("invalid_grant", 50055, "The password is expired."));
    }
    Ok(account)
}

/// The user, if it is still there and enabled.
pub(super) fn usable(account: Option<Account>) -> Result<Account, TokenEndpointError> {
    let account = account.ok_or_else(TokenEndpointError::unknown_user)?;
    if account.enabled {
        Ok(account)
    } else {
        Err(TokenEndpointError::new("invalid_grant", 50057, "The user account is disabled."))
    }
}
