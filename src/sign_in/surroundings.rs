//! What a sign-in needs of the world: HTTP, environment variables, a clock, and a person.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use oauth2::{HttpRequest, HttpResponse};
use reqwest::{Certificate, Proxy, redirect};
use secrecy::SecretString;
use url::Url;

use super::SignInError;
use crate::config::{Network, is_loopback};
use crate::graph::{Backoff, install_ring, retry_after};

/// The address at which Azure machines find their identity; it exists inside of them only, and knows no TLS.
pub(super) const METADATA_SERVICE: &str = "http://169.254.169.254";

/// Sends the requests of a sign-in.
pub trait TokenHttp: fmt::Debug + Send + Sync {
    /// Sends one request and reads the whole answer. Redirects are answers.
    fn call(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>>;
}

/// Why a request of a sign-in got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host} cannot be reached: {reason}")]
pub struct HttpError {
    /// The host.
    pub host: String,
    /// Why.
    pub reason: String,
}

/// The person at the terminal.
pub trait Person: fmt::Debug + Send + Sync {
    /// Shows what to do. The sign-in goes on by itself when it is done.
    fn show(&self, prompt: &super::Prompt);

    /// Returns when the person wants no more of it (Ctrl-C); else never.
    fn gives_up(&self) -> BoxFuture<'_, ()>;
}

/// What a sign-in needs of the world.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Sends requests.
    pub http: Arc<dyn TokenHttp>,
    /// The environment variables.
    pub environment: Environment,
    /// What time it is.
    pub now: fn() -> Timestamp,
    /// Who is asked to sign in.
    pub person: Arc<dyn Person>,
}

impl Surroundings {
    /// The network of the configuration, the variables and the clock of this process.
    ///
    /// # Errors
    ///
    /// [`SignInError::File`] if the CA file cannot be used, [`SignInError::Setup`].
    pub fn of_process(network: &Network, person: Arc<dyn Person>) -> Result<Self, SignInError> {
        let http = Arc::new(ReqwestHttp { client: client(network)?, timeout: network.request_timeout });
        Ok(Self { http, environment: Environment::of_process(), now: Timestamp::now, person })
    }
}

/// Environment variables. Their values may be secrets, and are not shown.
#[derive(Clone, Default)]
pub struct Environment(Arc<BTreeMap<String, String>>);

impl Environment {
    /// Those of this process.
    pub fn of_process() -> Self {
        let lossless = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(Arc::new(std::env::vars_os().filter_map(lossless).collect()))
    }

    /// These alone.
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(Arc::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()))
    }

    /// The value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// The secret in a variable.
    pub(super) fn secret(
        &self,
        name: &str,
        holds: &'static str,
        help: &'static str,
    ) -> Result<SecretString, SignInError> {
        let not_set = || SignInError::NotSet { variable: name.to_owned(), holds, help };
        self.get(name).map(SecretString::from).ok_or_else(not_set)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Environment").field(&self.0.len()).finish()
    }
}

#[derive(Debug)]
struct ReqwestHttp {
    client: reqwest::Client,
    timeout: Duration,
}

impl TokenHttp for ReqwestHttp {
    fn call(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(async move {
            let mut backoff = Backoff::random();
            for failed in 1..ATTEMPTS {
                let answer = self.once(request.clone()).await?;
                if !is_busy(&answer) {
                    return Ok(answer);
                }
                let wait = backoff.wait(failed, asked_for(&answer)).min(LONGEST);
                tokio::time::sleep(wait.try_into().unwrap_or_default()).await;
            }
            self.once(request).await
        })
    }
}

/// How often a request is sent, the first time counted.
const ATTEMPTS: usize = 3;

/// The longest wait that an authority may ask for.
const LONGEST: SignedDuration = SignedDuration::from_secs(60);

/// Whether asking again may help, and does no harm: what was granted all the same is granted anew, or refused.
fn is_busy(answer: &HttpResponse) -> bool {
    matches!(answer.status().as_u16(), 429 | 502 | 503 | 504)
}

fn asked_for(answer: &HttpResponse) -> Option<SignedDuration> {
    retry_after(answer.headers().get("retry-after")?.to_str().ok()?, Timestamp::now())
}

impl ReqwestHttp {
    /// Sends a request once.
    fn once(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(async move {
            let url = request.uri().to_string();
            let url = Url::parse(&url).map_err(|error| HttpError { host: url, reason: error.to_string() })?;
            let host = url.origin().ascii_serialization();
            let failed = |error: &reqwest::Error| HttpError { host: host.clone(), reason: reason(error, self.timeout) };
            if url.scheme() != "https" && !is_loopback(&url) && host != METADATA_SERVICE {
                return Err(HttpError { host, reason: "secrets are sent over https only".to_owned() });
            }
            let request = reqwest::Request::try_from(request).map_err(|error| failed(&error))?;
            let answer = self.client.execute(request).await.map_err(|error| failed(&error))?;
            let mut response = HttpResponse::new(Vec::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = answer.bytes().await.map_err(|error| failed(&error))?.to_vec();
            Ok(response)
        })
    }
}

fn client(network: &Network) -> Result<reqwest::Client, SignInError> {
    let setup = |error: reqwest::Error| SignInError::Setup(reason(&error, network.request_timeout));
    install_ring();
    let mut builder = reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .connect_timeout(network.connect_timeout)
        .timeout(network.request_timeout);
    if let Some(proxy) = &network.proxy {
        // This machine, and the identity of an Azure machine, are not behind any proxy.
        let direct = reqwest::NoProxy::from_string("localhost,127.0.0.0/8,::1,169.254.169.254");
        builder = builder.proxy(Proxy::all(proxy.as_str()).map_err(setup)?.no_proxy(direct));
    }
    if let Some(path) = &network.ca_file {
        let unusable = |reason: String| SignInError::File { path: path.clone(), reason };
        let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(error.to_string()))?;
        if certificates.is_empty() {
            return Err(unusable("there is no certificate in PEM form in it".to_owned()));
        }
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(setup)
}

/// The innermost cause, which tells something and names no URL.
fn reason(error: &reqwest::Error, timeout: Duration) -> String {
    if error.is_timeout() {
        return format!("nothing came within {} s", timeout.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
