//! The authorization code grant: a browser signs in, a program gets a code (RFC 6749, section 4.1; RFC 7636).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use jiff::{Timestamp, ToSpan};
use ring::digest::{SHA256, digest};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::app::App;
use super::codes::Expiring;
use super::error::TokenEndpointError;
use super::form::Parameters;
use super::grants::{SignedIn, check_password, usable};
use super::scope::RequestedScope;
use super::tokens::opaque;
use super::{Accounts, SignInRequest, TenantSignIn, page};
use crate::http::{Body, Reply, Request};
use graphwalk_catalog::is_loopback;

/// The minutes for which a code is valid.
const LIFETIME: i64 = 10;

/// The sign-in that an authorization code stands for.
pub(super) struct AuthorizationCode {
    account: Uuid,
    client_id: Uuid,
    redirect_uri: String,
    scope: RequestedScope,
    nonce: Option<String>,
    /// The digest that the verifier must have.
    challenge: Option<String>,
    expires: Timestamp,
    redeemed: bool,
}

impl Expiring for AuthorizationCode {
    fn expires(&self) -> Timestamp {
        self.expires
    }
}

impl TenantSignIn {
    /// Answers `/{tenant}/oauth2/v2.0/authorize`: the form, and what a person has typed into it.
    pub(super) fn authorize(&mut self, asked: &SignInRequest<'_>) -> Reply {
        self.authorize_as(asked, None)
    }

    /// The same for a person who is known to be `account`, and types nothing.
    fn authorize_as(&mut self, asked: &SignInRequest<'_>, account: Option<Uuid>) -> Reply {
        let query = Parameters::of_query(asked.request);
        // Nobody is sent anywhere before the address is known to be the app's.
        let (app, redirect) = match self.app(&query).and_then(|app| Ok((app, redirect_uri(app, &query)?))) {
            Ok(found) => found,
            Err(error) => return page::message(400, &error.to_string()),
        };
        let name = app.name.clone();
        let client_id = app.client_id;
        let (scope, challenge) = match requested(&query, asked.origin) {
            Ok(requested) => requested,
            Err(error) => return send_back(&redirect, &query, &refusal(&error)),
        };
        let account = match account.map_or_else(|| typed_account(asked, &query, &name), Ok) {
            Ok(account) => account,
            Err(Unsigned::Form(reply)) => return reply,
            Err(Unsigned::Refused(error)) => return send_back(&redirect, &query, &refusal(&error)),
        };
        let code = opaque();
        let issued = AuthorizationCode {
            account,
            client_id,
            redirect_uri: redirect.clone(),
            scope,
            nonce: query.get("nonce").map(str::to_owned),
            challenge,
            expires: asked.now.saturating_add(LIFETIME.minutes()).unwrap_or(Timestamp::MAX),
            redeemed: false,
        };
        self.authorization_codes.keep(code.as_str().into(), issued, asked.now);
        send_back(&redirect, &query, &[("code", code)])
    }

    /// Signs `account` in on the page at this address, as a person would in a browser. Returns the address to which the page
    /// leads back.
    ///
    /// # Errors
    ///
    /// The page asks for nothing that this tenant could grant: its app, its redirect URI or its scope is unknown.
    pub(crate) fn approve_page(
        &mut self,
        page: &Url,
        account: Uuid,
        accounts: &dyn Accounts,
        now: Timestamp,
    ) -> Result<Url, TokenEndpointError> {
        let request = Request {
            method: http::Method::GET,
            path: page.path().to_owned(),
            query: page.query().unwrap_or_default().to_owned(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        };
        let origin = page.origin().ascii_serialization();
        let asked = SignInRequest { request: &request, accounts, now, origin: &origin };
        let reply = self.authorize_as(&asked, Some(account));
        let location = reply.headers.iter().find(|(name, _)| *name == "location");
        location.and_then(|(_, address)| Url::parse(address).ok()).ok_or_else(|| {
            let message = "The page does not lead back to an address of the application.";
            TokenEndpointError::new("invalid_request", 50011, message)
        })
    }

    /// The tokens for a code.
    pub(super) fn redeem_code(
        &mut self,
        parameters: &Parameters,
        client_id: Uuid,
        asked: &SignInRequest<'_>,
    ) -> Result<Value, TokenEndpointError> {
        let refused = |code, message: &str| TokenEndpointError::new("invalid_grant", code, message);
        let text = parameters.require("code")?;
        let code = self.authorization_codes.get_mut(text).filter(|code| code.client_id == client_id);
        let code = code.ok_or_else(|| refused(9002313, "Invalid request. Request is malformed or invalid."))?;
        if code.redeemed {
            return Err(refused(
                54005,
                "OAuth2 Authorization code was already redeemed, please retry with a new valid code.",
            ));
        }
        if code.expires <= asked.now {
            return Err(refused(
                70008,
                "The provided authorization code or refresh token has expired due to inactivity.",
            ));
        }
        if parameters.get("redirect_uri").is_none_or(|uri| uri != code.redirect_uri) {
            let message = "The reply address does not match the reply address provided when requesting the \
                           Authorization code.";
            return Err(refused(500112, message));
        }
        if code.challenge.as_deref().is_some_and(|challenge| !fits(challenge, parameters.get("code_verifier"))) {
            let message = "The code_verifier does not match the code_challenge supplied in the authorization request.";
            return Err(refused(501481, message));
        }
        let account = usable(asked.accounts.by_id(code.account))?;
        code.redeemed = true;
        let (scope, nonce) = (code.scope.clone(), code.nonce.clone());
        let signed_in = SignedIn { account: &account, client_id, scope: &scope, nonce: nonce.as_deref() };
        self.grant(&signed_in, asked)
    }
}

/// A reason why nobody has signed in on the page yet.
enum Unsigned {
    /// The form has to be filled in.
    Form(Reply),
    /// The program does not want a form.
    Refused(TokenEndpointError),
}

/// The account whose name and password were typed into the form.
fn typed_account(asked: &SignInRequest<'_>, query: &Parameters, app: &str) -> Result<Uuid, Unsigned> {
    let hint = query.get("login_hint").unwrap_or_default();
    let form = |status, fault: Option<&str>| page::sign_in(status, app, &asked.request.query, hint, fault);
    if asked.request.method != http::Method::POST {
        if query.get("prompt") == Some("none") {
            let message = "Silent sign-in request was sent but no user is signed in.";
            return Err(Unsigned::Refused(TokenEndpointError::new("login_required", 50058, message)));
        }
        return Err(Unsigned::Form(form(200, None)));
    }
    let typed = Parameters::of_form(asked.request);
    let account = typed.and_then(|typed| check_password(asked.accounts, &typed));
    account.map(|account| account.id).map_err(|error| Unsigned::Form(form(400, Some(&error.to_string()))))
}

/// Returns where the browser goes with the code: loopback, for programs listen there, or an address that the app has
/// registered.
fn redirect_uri(app: &App, query: &Parameters) -> Result<String, TokenEndpointError> {
    let uri = query.require("redirect_uri")?;
    let leads_here = || Url::parse(uri).is_ok_and(|url| url.scheme() == "http" && is_loopback(&url));
    if app.redirect_uris.iter().any(|known| known == uri) || leads_here() {
        Ok(uri.to_owned())
    } else {
        let message = format!(
            "The redirect URI specified in the request does not match the redirect URIs configured for the application \
             '{}'.",
            app.client_id
        );
        Err(TokenEndpointError::new("invalid_request", 50011, message))
    }
}

/// The scope, and the challenge if there is one.
fn requested(query: &Parameters, origin: &str) -> Result<(RequestedScope, Option<String>), TokenEndpointError> {
    let refused = |error, code, message: &str| TokenEndpointError::new(error, code, message);
    if query.require("response_type")? != "code" {
        let message = "The response_type is not supported. The only one is 'code'.";
        return Err(refused("unsupported_response_type", 700054, message));
    }
    let scope = RequestedScope::parse(query.require("scope")?, origin)?;
    let challenge = query.get("code_challenge").map(str::to_owned);
    if challenge.is_some() && query.get("code_challenge_method") != Some("S256") {
        let message = "The code_challenge_method is not supported. The only one is 'S256'.";
        return Err(refused("invalid_request", 501491, message));
    }
    Ok((scope, challenge))
}

/// Returns whether `verifier` has the digest `challenge`.
fn fits(challenge: &str, verifier: Option<&str>) -> bool {
    verifier.is_some_and(|verifier| BASE64URL.encode(digest(&SHA256, verifier.as_bytes())) == challenge)
}

fn refusal(error: &TokenEndpointError) -> [(&'static str, String); 2] {
    [("error", error.error.to_owned()), ("error_description", format!("AADSTS{}: {}", error.code, error.message))]
}

/// Sends the browser back to the program, with `values` and its `state`, the way that `response_mode` asks for.
fn send_back(redirect: &str, query: &Parameters, values: &[(&str, String)]) -> Reply {
    let state = query.get("state").map(|state| ("state", state.to_owned()));
    let values: Vec<(&str, String)> = values.iter().cloned().chain(state).collect();
    let mode = query.get("response_mode").unwrap_or("query");
    if mode == "form_post" {
        return page::form_post(redirect, &values);
    }
    let Ok(mut url) = Url::parse(redirect) else {
        return page::message(400, "AADSTS50011: The redirect URI is not an address.");
    };
    if mode == "fragment" {
        let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&values).finish();
        url.set_fragment(Some(&encoded));
    } else {
        url.query_pairs_mut().extend_pairs(&values);
    }
    Reply { status: 302, headers: Vec::new(), body: Body::Empty }
        .header("location", url)
        .header("cache-control", "no-store, no-cache")
}
