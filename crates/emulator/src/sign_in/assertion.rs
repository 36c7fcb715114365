//! Assertions: a client proves who it is by a JWT that a key of its own, or a party it trusts, has signed (RFC 7523).

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use jiff::Timestamp;
use ring::signature::{self, RsaPublicKeyComponents};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use serde_json::Value;
use uuid::Uuid;

use super::error::TokenEndpointError;

/// An issuer and a subject whose assertions an app accepts.
#[derive(Clone, Debug)]
pub struct Trust {
    /// The claim `iss`; the client id if it signs for itself, with a certificate.
    pub issuer: String,
    /// The claim `sub`; the client id if it signs for itself.
    pub subject: String,
    /// The key that signs.
    pub key: VerifyingKey,
}

/// A public RSA key. Signatures may be RS256 or PS256 (RFC 7518).
#[derive(Clone)]
pub enum VerifyingKey {
    /// The key of an X.509 certificate; nothing else of the certificate is looked at.
    Certificate(CertificateDer<'static>),
    /// Modulus and exponent, big-endian without leading zeros, as in a JSON Web Key.
    Rsa {
        /// The modulus.
        modulus: Vec<u8>,
        /// The exponent.
        exponent: Vec<u8>,
    },
}

/// A key that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Not one certificate in PEM.
    #[error("expected a certificate in PEM: {0}")]
    Pem(#[from] rustls::pki_types::pem::Error),
    /// Not X.509.
    #[error("expected an X.509 certificate: {0}")]
    Certificate(#[from] webpki::Error),
    /// Not base64url.
    #[error("expected {member} of the key in base64url: {source}")]
    Member {
        /// `n` or `e`.
        member: &'static str,
        /// The fault in it.
        source: base64::DecodeError,
    },
}

/// The audience of a federated assertion (workload identity federation).
pub const EXCHANGE: &str = "api://AzureADTokenExchange";

impl Trust {
    /// The app signs for itself.
    pub fn own_key(client_id: Uuid, key: VerifyingKey) -> Self {
        Self { issuer: client_id.to_string(), subject: client_id.to_string(), key }
    }

    /// Returns whether the app signs for itself, else somebody does for it.
    fn is_own(&self, client_id: Uuid) -> bool {
        self.issuer.eq_ignore_ascii_case(&client_id.to_string())
    }
}

impl VerifyingKey {
    /// The key of a certificate in PEM.
    ///
    /// # Errors
    ///
    /// If the text holds no certificate.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let certificate = CertificateDer::from_pem_slice(text.as_bytes())?;
        webpki::EndEntityCert::try_from(&certificate)?;
        Ok(Self::Certificate(certificate))
    }

    /// The key of the members `n` and `e` of a JSON Web Key (RFC 7517).
    ///
    /// # Errors
    ///
    /// If one of them is not base64url.
    pub fn from_jwk(n: &str, e: &str) -> Result<Self, KeyError> {
        let decode = |member, text| BASE64URL.decode(text).map_err(|source| KeyError::Member { member, source });
        Ok(Self::Rsa { modulus: decode("n", n)?, exponent: decode("e", e)? })
    }

    /// Returns whether it has signed `message` with the JWS algorithm of that name.
    fn has_signed(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let (for_certificate, for_key): (&dyn SignatureVerificationAlgorithm, _) = match algorithm {
            "RS256" => (webpki::ring::RSA_PKCS1_2048_8192_SHA256, &signature::RSA_PKCS1_2048_8192_SHA256),
            "PS256" => (webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY, &signature::RSA_PSS_2048_8192_SHA256),
            _ => return false,
        };
        match self {
            Self::Certificate(certificate) => webpki::EndEntityCert::try_from(certificate)
                .is_ok_and(|certificate| certificate.verify_signature(for_certificate, message, signature).is_ok()),
            Self::Rsa { modulus, exponent } => {
                RsaPublicKeyComponents { n: modulus, e: exponent }.verify(for_key, message, signature).is_ok()
            }
        }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate(_) => "Certificate(…)",
            Self::Rsa { .. } => "Rsa(…)",
        })
    }
}

/// Checks an assertion of the client `client_id`; `audiences` are the addresses of this token endpoint.
///
/// # Errors
///
/// AADSTS50027 malformed, 700021 for another client, 700211 unknown issuer, 700213 unknown subject, 700023 wrong audience,
/// 700024 not valid now, 700027 not signed by a key of the app.
pub(super) fn check(
    assertion: &str,
    client_id: Uuid,
    trusted: &[Trust],
    audiences: &[String],
    now: Timestamp,
) -> Result<(), TokenEndpointError> {
    let invalid = |code, message: &str| TokenEndpointError::new("invalid_client", code, message);
    let parts = Parts::split(assertion).ok_or_else(|| invalid(50027, "JWT token is invalid or malformed."))?;
    let claim = |name: &str| parts.claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let (issuer, subject) = (claim("iss"), claim("sub"));
    let named = |trust: &&Trust| trust.issuer.eq_ignore_ascii_case(issuer);
    let Some(first) = trusted.iter().find(named) else {
        return Err(match Uuid::parse_str(issuer) {
            Ok(_) if issuer == subject && !issuer.eq_ignore_ascii_case(&client_id.to_string()) => {
                invalid(700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
            }
            Ok(_) if issuer == subject => {
                invalid(700027, "The certificate used to sign the client assertion is not registered on application.")
            }
            _ => invalid(700211, "No matching federated identity record found for presented assertion issuer."),
        });
    };
    let candidates: Vec<&Trust> =
        trusted.iter().filter(named).filter(|trust| trust.subject.eq_ignore_ascii_case(subject)).collect();
    if candidates.is_empty() {
        return Err(invalid(700213, "No matching federated identity record found for presented assertion subject."));
    }
    let expected: &[String] = if first.is_own(client_id) { audiences } else { &[EXCHANGE.to_owned()] };
    if !parts.is_for(expected) {
        return Err(invalid(700023, "Client assertion audience claim does not match Realm issuer."));
    }
    if !parts.is_valid_at(now) {
        return Err(invalid(700024, "Client assertion is not within its valid time range."));
    }
    if candidates.iter().any(|trust| trust.key.has_signed(&parts.algorithm, parts.signed, &parts.signature)) {
        Ok(())
    } else {
        Err(invalid(700027, "Client assertion contains an invalid signature."))
    }
}

/// A JWT taken apart.
struct Parts<'a> {
    signed: &'a [u8],
    signature: Vec<u8>,
    algorithm: String,
    claims: Value,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |text: &str| serde_json::from_slice::<Value>(&BASE64URL.decode(text).ok()?).ok();
        let (header, claims) = (decode(header)?, decode(claims)?);
        let algorithm = header.get("alg")?.as_str()?.to_owned();
        Some(Self { signed: signed.as_bytes(), signature: BASE64URL.decode(signature).ok()?, algorithm, claims })
    }

    /// The claim `aud` is one string or several.
    fn is_for(&self, audiences: &[String]) -> bool {
        let among = |value: &Value| value.as_str().is_some_and(|value| audiences.iter().any(|known| known == value));
        match self.claims.get("aud") {
            Some(Value::Array(values)) => values.iter().any(among),
            Some(value) => among(value),
            None => false,
        }
    }

    fn is_valid_at(&self, now: Timestamp) -> bool {
        // Clocks of two machines differ; Microsoft Entra allows five minutes.
        let now = now.as_second();
        let second = |name: &str| self.claims.get(name).and_then(Value::as_i64);
        second("exp").is_some_and(|end| end > now - 300) && second("nbf").is_none_or(|start| start <= now + 300)
    }
}
