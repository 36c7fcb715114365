//! Access tokens: making them, and finding out who holds one.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{self, ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::codes::{Codes, Expiring};
use crate::caller::{Caller, CallerGrant, Scopes};
use crate::http::Refusal;

/// The seconds for which access tokens are valid.
pub(super) const LIFETIME: i64 = 3600;

/// Signs tokens with a key of this process alone, so that no token outlives it.
pub(super) struct Signer {
    /// None if the system has no randomness to make one of: then tokens carry no signature, and are known all the same.
    key: Option<EcdsaKeyPair>,
    random: SystemRandom,
    id: String,
}

impl Signer {
    /// A signer with a new key.
    pub(super) fn new() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &random)
            .ok()
            .and_then(|document| EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).ok());
        Self { key, random, id: BASE64URL.encode(Uuid::new_v4()) }
    }

    /// The claims as a signed JWT (RFC 7515, compact serialisation; ES256).
    pub(super) fn sign(&self, claims: &Value) -> String {
        let header = json!({"typ": "JWT", "alg": "ES256", "kid": self.id});
        let mut token = format!("{}.{}", BASE64URL.encode(header.to_string()), BASE64URL.encode(claims.to_string()));
        let signature = self.key.as_ref().and_then(|key| key.sign(&self.random, token.as_bytes()).ok());
        token.push('.');
        if let Some(signature) = signature {
            BASE64URL.encode_string(signature, &mut token);
        }
        token
    }

    /// Returns whether this signer has signed the token.
    fn has_signed(&self, token: &str) -> bool {
        let Some((signed, signature)) = token.rsplit_once('.') else { return false };
        let (Some(key), Ok(signature)) = (&self.key, BASE64URL.decode(signature)) else { return false };
        let key = signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key());
        key.verify(signed.as_bytes(), &signature).is_ok()
    }

    /// The key set that clients check signatures with (RFC 7517).
    pub(super) fn key_set(&self) -> Value {
        // An uncompressed point: a byte 4, x, y.
        let point = self.key.as_ref().map(|key| key.public_key().as_ref());
        let coordinates = point.and_then(|point| Some((point.get(1..33)?, point.get(33..65)?)));
        let keys = coordinates.map(|(x, y)| {
            let (x, y) = (BASE64URL.encode(x), BASE64URL.encode(y));
            json!({"kty": "EC", "use": "sig", "alg": "ES256", "kid": self.id, "crv": "P-256", "x": x, "y": y})
        });
        json!({"keys": Vec::from_iter(keys)})
    }
}

/// The tokens that were used last, and who holds them. Others say themselves who holds them, under this process's signature.
#[derive(Default)]
pub(super) struct Issued {
    callers: Codes<Arc<Caller>>,
    /// Those that were registered, which say nothing of themselves.
    registered: HashMap<Box<str>, Arc<Caller>>,
}

impl Expiring for Arc<Caller> {
    fn expires(&self) -> Timestamp {
        self.expires
    }
}

/// The claims of an access token about its holder, as [`TenantSignIn`](super::TenantSignIn) has signed them.
#[derive(Deserialize)]
struct IssuedClaims {
    tid: Uuid,
    oid: Uuid,
    appid: Uuid,
    exp: i64,
    #[serde(flatten)]
    grant: GrantClaims,
}

#[derive(Deserialize)]
#[serde(tag = "idtyp", rename_all = "lowercase")]
enum GrantClaims {
    User { scp: String, wids: Vec<Uuid> },
    App { roles: Vec<String> },
}

impl IssuedClaims {
    fn decode(token: &str) -> Option<Self> {
        let claims = token.split('.').nth(1)?;
        serde_json::from_slice(&BASE64URL.decode(claims).ok()?).ok()
    }

    fn caller(self) -> Caller {
        let grant = match self.grant {
            GrantClaims::User { scp, wids } => CallerGrant::Delegated {
                scopes: Scopes::Named(scp.split_whitespace().map(str::to_owned).collect()),
                roles: wids,
            },
            GrantClaims::App { roles } => CallerGrant::Application { permissions: roles },
        };
        let expires = Timestamp::from_second(self.exp).unwrap_or(Timestamp::MAX);
        Caller { tenant: self.tid, object: self.oid, app: self.appid, grant, expires }
    }
}

impl Issued {
    /// Keeps who holds a token that was signed.
    pub(super) fn keep(&mut self, token: &str, caller: Caller, now: Timestamp) {
        self.callers.keep(token.into(), Arc::new(caller), now);
    }

    /// Makes a token good that was not signed.
    pub(super) fn register(&mut self, token: String, caller: Caller, now: Timestamp) {
        self.registered.retain(|_, caller| caller.expires > now);
        self.registered.insert(token.into_boxed_str(), Arc::new(caller));
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.callers.len()
    }

    /// Returns who holds the token.
    ///
    /// # Errors
    ///
    /// 401 `InvalidAuthenticationToken`, with a sentence of its own for no token, an expired one, a token of somebody
    /// else's, and something that is no token at all.
    pub(super) fn caller(&self, bearer: Option<&str>, signer: &Signer, now: Timestamp) -> Result<Arc<Caller>, Refusal> {
        let token = bearer.unwrap_or_default();
        let refused = |message: &str| Err(Refusal::new(401, "InvalidAuthenticationToken", message));
        if let Some(caller) = self.callers.get(token).or_else(|| self.registered.get(token)) {
            if caller.expires > now {
                return Ok(Arc::clone(caller));
            }
            return refused("Lifetime validation failed, the token is expired.");
        }
        if token.is_empty() {
            return refused("Access token is empty.");
        }
        if !signer.has_signed(token) {
            return refused(if token.split('.').count() == 3 {
                "Access token validation failure. Signature is invalid."
            } else {
                "IDX14100: JWT is not well formed, there are no dots (.). The token needs to be in JWS or JWE Compact \
                 Serialization Format."
            });
        }
        match IssuedClaims::decode(token).map(IssuedClaims::caller) {
            Some(caller) if caller.expires > now => Ok(Arc::new(caller)),
            Some(_) => refused("Lifetime validation failed, the token is expired."),
            // What else is signed is no access token, but names the signed-in user to a client.
            None => refused("Access token validation failure. Invalid audience."),
        }
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").field("registered", &self.registered.len()).finish_non_exhaustive()
    }
}

/// An opaque value that nobody can guess: 244 random bits.
pub(crate) fn opaque() -> String {
    let mut bytes = [0; 32];
    let (first, second) = bytes.split_at_mut(16);
    first.copy_from_slice(Uuid::new_v4().as_bytes());
    second.copy_from_slice(Uuid::new_v4().as_bytes());
    BASE64URL.encode(bytes)
}
