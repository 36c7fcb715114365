//! A token, and what it says.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use url::Url;

use super::SignInError;
use crate::Endpoints;
use graphwalk_secrets::in_use;

/// The time that before it expires a token is renewed: longer than any single request takes.
const MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// An access token for Graph. It is wiped from memory when it is dropped, and shows nothing of itself in messages.
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
    /// The end of its lifetime.
    pub expires: Timestamp,
    /// From when on a new one is got before it is used.
    pub(super) renew_at: Timestamp,
    /// Its claims; `None` if it is no JSON Web Token, which Graph's tokens need not be.
    pub claims: Option<Claims>,
}

/// The caller whom a token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCaller {
    /// A signed-in user.
    User,
    /// An app by itself. Graph refuses it decisions on access reviews.
    App,
}

/// The claims of an access token. By contract tokens are opaque to clients; this is read for messages and checks beforehand,
/// and Graph has the last word (Microsoft identity platform, access token claims reference).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// The tenant's id.
    pub tid: Option<uuid::Uuid>,
    /// The id of the user, or of the app's service principal.
    pub oid: Option<uuid::Uuid>,
    /// Delegated permissions.
    #[serde(deserialize_with = "words")]
    pub scp: Vec<String>,
    /// App permissions.
    pub roles: Vec<String>,
    /// Template ids of the user's directory roles.
    pub wids: Vec<uuid::Uuid>,
    /// The end of its lifetime, in seconds since 1970.
    pub exp: Option<i64>,
    /// `user` or `app`, where the authority says it.
    pub idtyp: Option<String>,
    /// The user's principal name, in tokens of version 1.
    pub upn: Option<String>,
    /// The user's principal name, in tokens of version 2.
    pub preferred_username: Option<String>,
    /// The app registration that signed in, in tokens of version 1; Graph's are of that version.
    pub appid: Option<uuid::Uuid>,
    /// The app registration that signed in, in tokens of version 2.
    pub azp: Option<uuid::Uuid>,
}

fn words<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(text.split_whitespace().map(str::to_owned).collect())
}

impl Claims {
    /// Reads the claims of a JSON Web Token, without verifying it: that is for whom the token is sent to.
    pub fn decode(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The user's principal name, if a user signed in.
    pub fn username(&self) -> Option<&str> {
        self.upn.as_deref().or(self.preferred_username.as_deref())
    }

    /// The app registration that signed in.
    pub fn app(&self) -> Option<uuid::Uuid> {
        self.appid.or(self.azp)
    }

    /// Returns whom the token speaks for, if it says so.
    pub fn caller(&self) -> Option<TokenCaller> {
        match self.idtyp.as_deref() {
            Some("app") => Some(TokenCaller::App),
            Some("user") => Some(TokenCaller::User),
            _ if !self.scp.is_empty() => Some(TokenCaller::User),
            _ if !self.roles.is_empty() => Some(TokenCaller::App),
            _ => None,
        }
    }
}

/// Returns the end of a token's lifetime, if it says so.
pub(super) fn expiry(token: &str) -> Option<Timestamp> {
    Timestamp::from_second(Claims::decode(token)?.exp?).ok()
}

impl AccessToken {
    /// A token that is good until `expires`.
    pub fn new(secret: SecretString, expires: Timestamp) -> Self {
        in_use::remember(secret.expose_secret());
        let claims = Claims::decode(secret.expose_secret());
        let renew_at = expires.saturating_sub(MARGIN).unwrap_or(expires);
        Self { secret, expires, renew_at, claims }
    }

    /// A token that was got at `now`. One that lives for minutes only is used for half of them, so that it is not obtained again
    /// for every request.
    pub(super) fn obtained(secret: SecretString, now: Timestamp, expires: Timestamp) -> Self {
        let half = now.duration_until(expires) / 2;
        let renew_at = expires.saturating_sub(half.min(MARGIN)).unwrap_or(expires);
        Self { renew_at, ..Self::new(secret, expires) }
    }

    /// The value of the `Authorization` header of a request to `url`.
    ///
    /// # Errors
    ///
    /// [`SignInError::Foreign`] if `url` does not lead to Graph itself: a redirect, a next link or a reference pointed
    /// elsewhere, and the token stays here.
    pub fn bearer_for(&self, url: &Url, endpoints: &Endpoints) -> Result<HeaderValue, SignInError> {
        if !endpoints.may_receive_token(url) {
            let host = url.origin().ascii_serialization();
            return Err(SignInError::Foreign { host, graph: endpoints.graph.origin().ascii_serialization() });
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.secret.expose_secret())).map_err(|_| {
            SignInError::Unintelligible { reason: "the token has characters that no header can have".into() }
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// Returns whom it speaks for, if it says so.
    pub fn caller(&self) -> Option<TokenCaller> {
        self.claims.as_ref().and_then(Claims::caller)
    }

    /// Returns whether it is good for `span` more.
    pub(super) fn good_for(&self, span: SignedDuration, now: Timestamp) -> bool {
        now.checked_add(span).is_ok_and(|then| then < self.expires)
    }

    /// The token itself, for the one place that keeps it.
    pub(super) fn secret(&self) -> &SecretString {
        &self.secret
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires", &self.expires)
            .field("claims", &self.claims)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn token(claims: &serde_json::Value) -> String {
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.canary", part(&json!({"alg": "RS256"})), part(claims))
    }

    #[test]
    fn a_token_names_tenant_user_permissions_and_roles() {
        let role = "62e90394-69f5-4237-9190-012177145e10";
        let claims = Claims::decode(&token(&json!({
            "tid": "5f0a1c1e-0000-4000-8000-000000000001", "oid": "5f0a1c1e-0000-4000-8000-000000000002",
            "scp": "User.Read AccessReview.ReadWrite.All", "wids": [role], "exp": 1_795_570_020,
            "upn": "admin@contoso.com", "preferred_username": "other@contoso.com", "unknown": {"a": 1},
        })))
        .unwrap();
        assert_eq!(claims.scp, ["User.Read", "AccessReview.ReadWrite.All"]);
        assert_eq!(claims.wids, [role.parse::<uuid::Uuid>().unwrap()]);
        assert_eq!((claims.username(), claims.exp), (Some("admin@contoso.com"), Some(1_795_570_020)));
        assert_eq!(claims.caller(), Some(TokenCaller::User));
    }

    #[test]
    fn a_token_says_whether_a_user_or_an_app_calls() {
        let caller = |claims: serde_json::Value| Claims::decode(&token(&claims)).unwrap().caller();
        assert_eq!(caller(json!({"idtyp": "app", "roles": ["User.Read.All"]})), Some(TokenCaller::App));
        assert_eq!(caller(json!({"roles": ["User.Read.All"]})), Some(TokenCaller::App));
        assert_eq!(caller(json!({"idtyp": "user"})), Some(TokenCaller::User));
        // A user may have an app role beside the delegated permissions.
        assert_eq!(caller(json!({"scp": "User.Read", "roles": ["x"]})), Some(TokenCaller::User));
        assert_eq!(caller(json!({})), None);
        assert_eq!(Claims::decode("opaque"), None);
    }

    #[test]
    fn a_token_is_given_to_graph_alone_and_shows_itself_nowhere() {
        let url = |text: &str| text.parse::<Url>().unwrap();
        let graph = url("https://graph.microsoft.com");
        let endpoints = Endpoints { cloud: None, authority: graph.clone(), graph, resource: String::new() };
        let token = AccessToken::new("canary".into(), Timestamp::UNIX_EPOCH);
        let bearer = token.bearer_for(&url("https://graph.microsoft.com/v1.0/me"), &endpoints).unwrap();
        assert_eq!(bearer, "Bearer canary");
        let error = token.bearer_for(&url("https://evil.example/v1.0/me?$skiptoken=1"), &endpoints).unwrap_err();
        assert_eq!(error.to_string(), "a token for https://graph.microsoft.com is not sent to https://evil.example");
        assert!(!format!("{token:?} {bearer:?} {error:?}").contains("canary"));
    }

    proptest! {
        #[test]
        fn any_text_is_looked_into_without_a_panic(text in "\\PC*|[A-Za-z0-9_.-]*") {
            let _ = Claims::decode(&text);
        }
    }
}
