//! The identity platform of the emulated tenant: who may sign in, and what the tokens say.
//!
//! Every call takes the time. Give it the wall's time, not the tenant's: clients count `expires_in` by their own clock,
//! and would hold on to tokens that a leap of the virtual clock has ended.
//!
//! Sources: Microsoft identity platform and OAuth 2.0 (client credentials, device authorization grant, authorization code,
//! resource owner password), access token claims reference, RFC 6749, 7523, 7636 and 8628.

mod account;
mod app;
mod assertion;
mod authorization;
mod client;
mod codes;
mod device;
mod error;
mod form;
mod grants;
mod managed_identity;
mod metadata;
mod page;
mod route;
mod scope;
mod tokens;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use uuid::Uuid;

use self::authorization::AuthorizationCode;
use self::device::DeviceCodes;
use self::grants::Refresh;
use self::route::Route;
use self::tokens::{Issued, LIFETIME, Signer};
use super::caller::{Caller, CallerGrant, Scopes};
use super::http::{Body, Refusal, Reply, Request};

pub use account::{Account, Accounts};
pub use app::{AZURE_CLI, App, Credential, DEFAULT_PERMISSIONS, DEFAULT_SCOPES, GRAPH_COMMAND_LINE, Secret};
pub(crate) use codes::{Codes, Expiring};
pub(crate) use form::Parameters;
pub(crate) use grants::check_password;
pub(crate) use tokens::opaque;

pub use assertion::{EXCHANGE, KeyError, Trust, VerifyingKey};
pub use error::TokenEndpointError;

/// The sign-in of one tenant: its apps, and the tokens that are out.
pub struct TenantSignIn {
    tenant: Uuid,
    domains: Vec<String>,
    apps: HashMap<Uuid, App>,
    signer: Signer,
    issued: Issued,
    refresh_tokens: Codes<Refresh>,
    device_codes: DeviceCodes,
    authorization_codes: Codes<AuthorizationCode>,
    signed_in: Vec<Uuid>,
}

/// One request to the identity platform, and what answering it takes.
struct SignInRequest<'a> {
    request: &'a Request,
    accounts: &'a dyn Accounts,
    now: Timestamp,
    origin: &'a str,
}

/// The holder of a token, and what it grants.
#[derive(Clone, Copy, Debug)]
pub enum Holder<'a> {
    /// A user who has signed in, with delegated permissions.
    User(&'a Account, &'a [String]),
    /// The app alone, with application permissions.
    App(&'a [String]),
}

impl TenantSignIn {
    /// A sign-in for the tenant of that id, which is also known by its `domains`, with [`App::well_known`] and `apps`.
    pub fn new(tenant: Uuid, domains: Vec<String>, apps: impl IntoIterator<Item = App>) -> Self {
        let apps = App::well_known().into_iter().chain(apps).map(|app| (app.client_id, app)).collect();
        Self {
            tenant,
            domains,
            apps,
            signer: Signer::new(),
            issued: Issued::default(),
            refresh_tokens: Codes::default(),
            device_codes: DeviceCodes::default(),
            authorization_codes: Codes::default(),
            signed_in: Vec::new(),
        }
    }

    /// The users who got a token since this was last asked, for those who note when somebody signed in.
    pub fn take_signed_in(&mut self) -> Vec<Uuid> {
        std::mem::take(&mut self.signed_in)
    }

    /// Returns whether a request is the identity platform's to answer.
    pub fn is_asked(request: &Request) -> bool {
        Route::find(request).is_some()
    }

    /// Answers what is the identity platform's to answer; nothing if the request is for somebody else. `origin` is the
    /// address of this server, without a slash at its end.
    pub fn answer(
        &mut self,
        request: &Request,
        accounts: &dyn Accounts,
        now: Timestamp,
        origin: &str,
    ) -> Option<Reply> {
        let route = Route::find(request)?;
        let asked = SignInRequest { request, accounts, now, origin };
        let correlation = request.header("client-request-id").map_or_else(|| Uuid::new_v4().to_string(), str::to_owned);
        let reply = self.checked(&route, request).and_then(|()| self.dispatch(&route, &asked));
        let reply = reply.unwrap_or_else(|error| error.reply(now, &correlation));
        Some(reply.header("client-request-id", correlation))
    }

    /// Returns whether there is such a tenant, and such a method.
    fn checked(&self, route: &Route, request: &Request) -> Result<(), TokenEndpointError> {
        let is_known = |tenant: &str| {
            let names = self.domains.iter().map(String::as_str).chain(["common", "organizations"]);
            Uuid::parse_str(tenant).is_ok_and(|id| id == self.tenant)
                || names.into_iter().any(|name| name.eq_ignore_ascii_case(tenant))
        };
        if let Some(tenant) = route.tenant().filter(|tenant| !is_known(tenant)) {
            return Err(TokenEndpointError::unknown_tenant(tenant));
        }
        let (method, methods) = (&request.method, route.methods());
        if methods.contains(method) || (*method == Method::HEAD && methods.contains(&Method::GET)) {
            return Ok(());
        }
        let names: Vec<&str> = methods.iter().map(Method::as_str).collect();
        let message = format!(
            "The endpoint only accepts {} requests. Received a {} request.",
            names.join(" and "),
            method.as_str()
        );
        Err(TokenEndpointError::new("invalid_request", 900561, message))
    }

    fn dispatch(&mut self, route: &Route, asked: &SignInRequest<'_>) -> Result<Reply, TokenEndpointError> {
        Ok(match route {
            Route::Configuration(tenant) => {
                json_reply(200, &metadata::configuration(asked.origin, &tenant.to_lowercase(), self.tenant))
            }
            Route::Keys(_) => json_reply(200, &self.signer.key_set()),
            Route::Instance => {
                let query = Parameters::of_query(asked.request);
                json_reply(200, &metadata::instance(asked.origin, query.get("authorization_endpoint")))
            }
            Route::UserRealm(user) => json_reply(200, &metadata::user_realm(user)),
            Route::Token(_) => self.token(asked)?,
            Route::IssuedDeviceCode(tenant) => self.device_code(tenant, asked)?,
            Route::DevicePage(_) => self.device_page(asked),
            Route::Authorize(_) => self.authorize(asked),
            Route::ManagedIdentity => self.managed_identity(asked),
        })
    }

    /// An access token of Graph for `holder`, got by the app `client_id`; it expires in an hour.
    pub fn issue(&mut self, client_id: Uuid, holder: Holder<'_>, now: Timestamp) -> String {
        self.issue_for(client_id, holder, "https://graph.microsoft.com", now)
    }

    /// An access token with the claim `aud` that the client has asked for.
    fn issue_for(&mut self, client_id: Uuid, holder: Holder<'_>, audience: &str, now: Timestamp) -> String {
        let app = self.apps.get(&client_id);
        let (start, expires) = (now.as_second(), now.saturating_add(LIFETIME.seconds()).unwrap_or(Timestamp::MAX));
        let mut claims = json!({
            "aud": audience,
            "iss": format!("https://sts.windows.net/{}/", self.tenant),
            "iat": start,
            "nbf": start,
            "exp": expires.as_second(),
            "app_displayname": app.map(|app| app.name.as_str()),
            "appid": client_id,
            "tid": self.tenant,
            "uti": tokens::opaque(),
            "ver": "1.0",
        });
        let (object, grant) = match holder {
            Holder::User(account, scopes) => {
                claims["idtyp"] = "user".into();
                claims["name"] = account.display_name.as_str().into();
                claims["upn"] = account.user_principal_name.as_str().into();
                claims["unique_name"] = account.user_principal_name.as_str().into();
                claims["scp"] = scopes.join(" ").into();
                claims["wids"] = json!(account.roles);
                self.signed_in.push(account.id);
                (
                    account.id,
                    CallerGrant::Delegated { scopes: Scopes::Named(scopes.to_vec()), roles: account.roles.clone() },
                )
            }
            Holder::App(permissions) => {
                claims["idtyp"] = "app".into();
                claims["roles"] = json!(permissions);
                let principal = app.map_or(client_id, |app| app.service_principal);
                (principal, CallerGrant::Application { permissions: permissions.to_vec() })
            }
        };
        claims["oid"] = json!(object);
        claims["sub"] = json!(object);
        let token = self.signer.sign(&claims);
        let caller = Caller { tenant: self.tenant, object, app: client_id, grant, expires };
        self.issued.keep(&token, caller, now);
        token
    }

    /// Makes `token`, whatever it looks like, a token of `caller`. It is kept until it expires.
    pub fn register(&mut self, token: String, caller: Caller, now: Timestamp) {
        self.issued.register(token, caller, now);
    }

    /// Returns the holder of the token `bearer`; `origin` is the address of this server, e.g. `https://localhost:8443`.
    ///
    /// # Errors
    ///
    /// 401 `InvalidAuthenticationToken` with the header `www-authenticate`, which says where to sign in. The sentence says
    /// a missing token, an expired one, one that this tenant has not signed and what is no token at all.
    pub fn caller(&self, bearer: Option<&str>, origin: &str, now: Timestamp) -> Result<Arc<Caller>, Refusal> {
        self.issued.caller(bearer, &self.signer, now).map_err(|refusal| self.challenge(refusal, origin))
    }

    /// 401 for a token whose user is no more or is disabled, with the header `www-authenticate`.
    pub fn nobody_behind(&self, origin: &str) -> Refusal {
        let message = "The user of the access token does not exist or is disabled.";
        self.challenge(Refusal::new(401, "InvalidAuthenticationToken", message), origin)
    }

    fn challenge(&self, refusal: Refusal, origin: &str) -> Refusal {
        let page = format!("{origin}/{}/oauth2/v2.0/authorize", self.tenant);
        refusal.header("www-authenticate", format!("Bearer realm=\"\", authorization_uri=\"{page}\""))
    }
}

impl fmt::Debug for TenantSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let apps: Vec<&Uuid> = self.apps.keys().collect();
        f.debug_struct("SignIn")
            .field("tenant", &self.tenant)
            .field("domains", &self.domains)
            .field("apps", &apps)
            .field("issued", &self.issued)
            .finish_non_exhaustive()
    }
}

/// A JSON document that must not be kept: it may hold tokens.
fn json_reply(status: u16, body: &Value) -> Reply {
    let body = Body::Raw("application/json; charset=utf-8".into(), Bytes::from(body.to_string()));
    Reply { status, headers: Vec::new(), body }
        .header("cache-control", "no-store, no-cache")
        .header("pragma", "no-cache")
}

#[cfg(test)]
mod tests;
