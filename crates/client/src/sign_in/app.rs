//! Sign-ins of apps by themselves: with a secret, with a certificate, with the token of another issuer.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PSS_SHA256, RsaKeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use std::path::Path;
use url::Url;

use super::FederatedToken;
use super::authority::{AuthorityClient, TokenGrant};
use super::surroundings::{HttpError, HttpResponse};
use super::{SignInError, Surroundings};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The lifetime of an assertion in seconds; Entra recommends some minutes.
const ASSERTION_LIFETIME: i64 = 600;

/// One sign-in of an app.
#[derive(Clone, Copy, Debug)]
pub(super) struct AppSignIn<'a>(pub AuthorityClient<'a>);

impl AppSignIn<'_> {
    pub async fn by_secret(&self, secret: &SecretString) -> Result<TokenGrant, SignInError> {
        self.proven(&[("client_secret", secret.expose_secret())]).await
    }

    /// Asks with what proves that the app is who it says.
    async fn proven(&self, proof: &[(&str, &str)]) -> Result<TokenGrant, SignInError> {
        let scope = self.0.authority.scope(&[], false);
        let form = [("grant_type", "client_credentials"), ("scope", &scope)];
        self.0.grant(&[&form, proof].concat()).await
    }

    pub async fn by_certificate(&self, file: &Path) -> Result<TokenGrant, SignInError> {
        let unusable = |reason: String| SignInError::File { path: file.to_owned(), reason };
        let pem = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
        let assertion = self.certificate_assertion(&pem).map_err(|reason| unusable(reason.to_owned()))?;
        self.by_assertion(&assertion).await
    }

    pub async fn by_federation(&self, source: &FederatedToken) -> Result<TokenGrant, SignInError> {
        let assertion = match source {
            FederatedToken::File(path) => {
                let text = std::fs::read_to_string(path);
                let unusable = |reason: String| SignInError::File { path: path.clone(), reason };
                SecretString::from(text.map_err(|error| unusable(error.to_string()))?.trim())
            }
            FederatedToken::GitHub { audience } => github_token(audience, self.0.surroundings).await?,
        };
        self.by_assertion(&assertion).await
    }

    async fn by_assertion(&self, assertion: &SecretString) -> Result<TokenGrant, SignInError> {
        let proof = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.expose_secret())];
        self.proven(&proof).await
    }

    /// The signed statement "I am this app" ("Microsoft identity platform application authentication certificate
    /// credentials").
    fn certificate_assertion(&self, pem: &[u8]) -> Result<SecretString, &'static str> {
        let certificate = CertificateDer::from_pem_slice(pem).map_err(|_| "it holds no certificate in PEM form")?;
        let key = key_of(pem)?;
        let thumbprint = ring::digest::digest(&ring::digest::SHA256, &certificate);
        let now = (self.0.surroundings.now)().as_second();
        let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(thumbprint)});
        let claims = json!({
            "aud": self.0.authority.token_endpoint().as_str(),
            "iss": self.0.client_id,
            "sub": self.0.client_id,
            "jti": uuid::Uuid::new_v4().to_string(),
            "nbf": now,
            "iat": now,
            "exp": now + ASSERTION_LIFETIME,
        });
        let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| "its key cannot sign")?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

fn key_of(pem: &[u8]) -> Result<RsaKeyPair, &'static str> {
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| {
        "it holds no private key in PEM form; `openssl pkcs12 -in app.pfx -nodes -out app.pem` makes it of a .pfx file"
    })?;
    let pair = match &key {
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
        _ => return Err("its key is not RSA, which is what Entra takes"),
    };
    pair.map_err(|_| "its key is not an RSA key of 2048 bits or more")
}

/// The token that GitHub Actions gives a job ("OpenID Connect reference" of GitHub's documentation).
async fn github_token(audience: &str, surroundings: &Surroundings) -> Result<SecretString, SignInError> {
    let help = "give the job `permissions: id-token: write`, or name a file with federated-token-file";
    let environment = &surroundings.environment;
    let address = environment.secret(
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "the address that GitHub Actions gives a job for its tokens",
        help,
    )?;
    let bearer =
        environment.secret("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "the token that GitHub asks for at that address", help)?;
    let mut url = Url::parse(address.expose_secret())
        .map_err(|_| SignInError::Unintelligible { reason: "ACTIONS_ID_TOKEN_REQUEST_URL is not a URL".into() })?;
    url.query_pairs_mut().append_pair("audience", audience);
    let headers = [("authorization", format!("Bearer {}", bearer.expose_secret()))];
    let answer = get(&url, &headers, surroundings).await?;
    let body: serde_json::Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    match body.get("value").and_then(serde_json::Value::as_str) {
        Some(token) if answer.status().is_success() => Ok(token.into()),
        _ => Err(SignInError::Unintelligible {
            reason: format!("GitHub gave no token: status {}", answer.status().as_u16()).into(),
        }),
    }
}

/// Sends a GET.
pub(super) async fn get(
    url: &Url,
    headers: &[(&str, String)],
    surroundings: &Surroundings,
) -> Result<HttpResponse, SignInError> {
    let mut request = http::Request::get(url.as_str());
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Vec::new()).map_err(|error| SignInError::Setup(error.to_string()))?;
    let answered = surroundings.http.call(request).await;
    answered.map_err(|HttpError { host, what, reason }| SignInError::NoAnswer { host, what, reason })
}
