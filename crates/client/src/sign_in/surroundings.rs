//! What a sign-in needs of the world: HTTP, environment variables, a clock, and a person.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use url::Url;

use super::SignInError;
use crate::Network;
use crate::answer_body::{Unread, read_within};
use crate::{Backoff, ClientError, ProxyChoice, is_loopback, retry_after};
use graphwalk_secrets::ServerText;
use graphwalk_secrets::in_use;
use graphwalk_secrets::masking::is_secret_name;

/// The address at which Azure machines find their identity; it exists inside of them only, and knows no TLS.
pub(super) const METADATA_SERVICE: &str = "http://169.254.169.254";

/// A request of a sign-in.
pub type HttpRequest = http::Request<Vec<u8>>;

/// The answer to it.
pub type HttpResponse = http::Response<Vec<u8>>;

/// Sends the requests of a sign-in.
pub trait TokenHttp: fmt::Debug + Send + Sync {
    /// Sends one request and reads the whole answer. Redirects are answers.
    fn call(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>>;
}

/// The words for a host that does not answer.
pub const UNREACHED: &str = "cannot be reached";

/// The words for a host whose answer is larger than [`ANSWER_LIMIT`].
pub const TOO_MUCH: &str = "sent too large an answer";

/// The number of bytes that an answer may have in a sign-in: 1 MiB. Tokens have some thousands.
pub const ANSWER_LIMIT: usize = 1024 * 1024;

/// The reason why a request of a sign-in got no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host} {what}: {reason}")]
pub struct HttpError {
    /// The host.
    pub host: String,
    /// The fault: [`UNREACHED`], [`TOO_MUCH`].
    pub what: &'static str,
    /// The reason.
    pub reason: ServerText,
}

/// The person at the terminal.
pub trait Person: fmt::Debug + Send + Sync {
    /// Shows what to do. The sign-in goes on by itself when it is done.
    fn show(&self, prompt: &super::Prompt);

    /// Returns when the person wants no more of it (Ctrl-C); else never.
    fn gives_up(&self) -> BoxFuture<'_, ()>;
}

/// The services that a sign-in needs: network, clock, person, commands.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Sends requests.
    pub http: Arc<dyn TokenHttp>,
    /// The environment variables.
    pub environment: Environment,
    /// The clock.
    pub now: fn() -> Timestamp,
    /// The person who is asked to sign in.
    pub person: Arc<dyn Person>,
}

impl Surroundings {
    /// Makes the surroundings of this process: `network`, its variables, its clock; `authority` is where most requests go.
    ///
    /// # Errors
    ///
    /// The CA file cannot be used, or the HTTP library refuses to start.
    pub fn of_process(network: &Network, authority: &Url, person: Arc<dyn Person>) -> Result<Self, SignInError> {
        let http = ReqwestHttp { network: network.clone(), clients: Mutex::default() };
        // Most requests go there, and what is wrong with the network's settings is better reported at once.
        http.client(authority).map_err(unusable)?;
        let http = Arc::new(http);
        Ok(Self { http, environment: Environment::of_process(), now: Timestamp::now, person })
    }
}

/// Environment variables. Their values may be secrets, and are not shown.
#[derive(Clone, Default)]
pub struct Environment(Arc<BTreeMap<String, String>>);

impl Environment {
    /// The variables of this process.
    pub fn of_process() -> Self {
        let lossless = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(Arc::new(std::env::vars_os().filter_map(lossless).collect()))
    }

    /// These alone.
    pub fn with<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self(Arc::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into()))
    }

    /// The value of a variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    /// All of them, with their values.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The secret in a variable.
    pub(super) fn secret(
        &self,
        name: &str,
        holds: &'static str,
        help: &'static str,
    ) -> Result<SecretString, SignInError> {
        let not_set = || SignInError::NotSet { variable: name.to_owned(), holds, help };
        let secret = self.get(name).ok_or_else(not_set)?;
        in_use::remember(secret);
        Ok(secret.into())
    }
}

impl From<BTreeMap<String, String>> for Environment {
    fn from(variables: BTreeMap<String, String>) -> Self {
        Self(Arc::new(variables))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Environment").field(&self.0.len()).finish()
    }
}

#[derive(Debug)]
struct ReqwestHttp {
    network: Network,
    /// By whether they speak https alone, and whether they go without a proxy.
    clients: Mutex<HashMap<(bool, bool), reqwest::Client>>,
}

impl TokenHttp for ReqwestHttp {
    fn call(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        Box::pin(async move {
            let mut backoff = Backoff::random();
            for failed in 1..ATTEMPTS {
                let answer = self.once(request.clone()).await;
                let asked = match &answer {
                    Ok(answer) if is_busy(answer) => asked_for(answer),
                    Err(Unanswered { unsent: true, .. }) => None,
                    _ => return answer.map_err(|unanswered| unanswered.error),
                };
                let wait = backoff.wait(failed, asked).min(LONGEST);
                tokio::time::sleep(wait.try_into().unwrap_or_default()).await;
            }
            self.once(request).await.map_err(|unanswered| unanswered.error)
        })
    }
}

/// The number of times that a request is sent, the first time counted.
const ATTEMPTS: usize = 3;

/// The longest wait that an authority may ask for.
const LONGEST: SignedDuration = SignedDuration::from_secs(60);

/// A request that got no answer.
struct Unanswered {
    error: HttpError,
    /// Whether the authority did not get it, so that sending it again can help.
    unsent: bool,
}

impl From<HttpError> for Unanswered {
    fn from(error: HttpError) -> Self {
        Self { error, unsent: false }
    }
}

/// Returns whether asking again may help, and does no harm: what was granted all the same is granted again, or refused.
fn is_busy(answer: &HttpResponse) -> bool {
    matches!(answer.status().as_u16(), 429 | 502 | 503 | 504)
}

fn asked_for(answer: &HttpResponse) -> Option<SignedDuration> {
    retry_after(answer.headers().get("retry-after")?.to_str().ok()?, Timestamp::now())
}

impl ReqwestHttp {
    /// The client for `url`, made when it is first asked for.
    fn client(&self, url: &Url) -> Result<reqwest::Client, ClientError> {
        let options = self.network.transport_to(url);
        let secure = url.scheme() == "https";
        let key = (secure, options.proxy == ProxyChoice::Direct);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = options.client(secure)?;
        clients.insert(key, client.clone());
        Ok(client)
    }

    /// Sends a request once.
    fn once(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Unanswered>> {
        Box::pin(async move {
            let url = request.uri().to_string();
            let url = Url::parse(&url).map_err(|error| HttpError {
                host: url,
                what: UNREACHED,
                reason: error.to_string().into(),
            })?;
            let host = url.origin().ascii_serialization();
            let timeout = self.network.request_timeout;
            let failed = |error: &reqwest::Error| {
                let reason = reason(error, timeout).into();
                HttpError { host: host.clone(), what: UNREACHED, reason }
            };
            if url.scheme() != "https" && !is_loopback(&url) && host != METADATA_SERVICE {
                return Err(
                    HttpError { host, what: UNREACHED, reason: "secrets are sent over https only".into() }.into()
                );
            }
            let sent = secrets_of(request.body());
            sent.iter().for_each(|secret| in_use::remember(secret));
            let request = reqwest::Request::try_from(request).map_err(|error| failed(&error))?;
            let client = self.client(&url);
            let client = client.map_err(|error| HttpError {
                host: host.clone(),
                what: UNREACHED,
                reason: error.to_string().into(),
            })?;
            let answer = client.execute(request).await.map_err(|error| {
                let failed = failed(&error);
                let distrusted = failed.reason.expose().starts_with("invalid peer certificate");
                Unanswered { unsent: error.is_connect() && !distrusted, error: failed }
            })?;
            let mut response = HttpResponse::new(Vec::new());
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            let body = read_within(answer, ANSWER_LIMIT).await.map_err(|unread| match unread {
                Unread::TooLarge => HttpError { host: host.clone(), what: TOO_MUCH, reason: "more than 1 MiB".into() },
                Unread::Failed(error) => failed(&error),
            })?;
            // Words of refusal are shown to people: what was sent must not come back in them.
            *response.body_mut() = if response.status().is_success() { body } else { hidden(&body, &sent) };
            Ok(response)
        })
    }
}

/// The secrets of a form: passwords, codes, assertions, tokens.
fn secrets_of(form: &[u8]) -> Vec<String> {
    const CODES: [&str; 3] = ["code", "device_code", "assertion"];
    let is_secret = |name: &str| is_secret_name(name) || CODES.contains(&name);
    let fields = url::form_urlencoded::parse(form).filter(|(name, value)| is_secret(name) && !value.is_empty());
    fields.map(|(_, value)| value.into_owned()).collect()
}

/// A text without these secrets, however JSON or a form writes them.
fn hidden(text: &[u8], secrets: &[String]) -> Vec<u8> {
    let mut text = String::from_utf8_lossy(text).into_owned();
    for secret in secrets {
        let json = serde_json::to_string(secret).unwrap_or_default();
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for form in [json.trim_matches('"'), &form, secret.as_str()] {
            text = text.replace(form, "***");
        }
    }
    text.into_bytes()
}

fn unusable(error: ClientError) -> SignInError {
    match error {
        ClientError::CaFile { path, reason } => SignInError::File { path, reason },
        other => SignInError::Setup(other.to_string()),
    }
}

/// The innermost cause, which says something and names no URL.
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
