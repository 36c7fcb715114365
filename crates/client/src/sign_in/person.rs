//! Sign-ins of people: by device code, by the browser of this machine, by name and password.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;

use super::authority::{AuthorityClient, TokenGrant};
use super::{Prompt, SignInError, SignInRefusal};
use graphwalk_secrets::ServerText;

/// The wait between two questions whether a code was typed in, if the authority does not say (RFC 8628).
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);

/// The time added to that wait each time the authority asks for it (RFC 8628).
const SLOWER: Duration = Duration::from_secs(5);

/// The shortest wait, whatever the authority says.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);

/// The longest wait after a network that failed.
const LONGEST_INTERVAL: Duration = Duration::from_secs(10);

/// One sign-in of a person.
#[derive(Clone, Copy, Debug)]
pub(super) struct PersonSignIn<'a> {
    pub client: AuthorityClient<'a>,
    pub scopes: &'a [String],
    pub timeout: Duration,
}

/// A code to be typed in (RFC 8628, section 3.2).
#[derive(Deserialize)]
struct DeviceCode {
    device_code: String,
    user_code: String,
    #[serde(alias = "verification_url")]
    verification_uri: String,
    expires_in: u64,
    interval: Option<u64>,
}

impl PersonSignIn<'_> {
    fn scope(&self) -> String {
        self.client.authority.scope(self.scopes, true)
    }

    /// Shows a code and waits until it was typed in somewhere.
    pub async fn by_device_code(&self) -> Result<TokenGrant, SignInError> {
        let endpoint = self.client.authority.endpoint("oauth2/v2.0/devicecode");
        let given: DeviceCode = self.client.post(&endpoint, &[("scope", &self.scope())]).await?;
        let within = Duration::from_secs(given.expires_in).min(self.timeout);
        let page = Url::parse(&given.verification_uri)
            .map_err(|_| SignInError::Unintelligible { reason: "`verification_uri` is not a URL".into() })?;
        let (actor, code) = (self.client.actor.to_owned(), given.user_code);
        self.client.surroundings.person.show(&Prompt::DeviceCode { actor, page, code, expires: within });
        let mut last = None;
        let interval = given.interval.map_or(DEFAULT_INTERVAL, Duration::from_secs).max(SHORTEST_INTERVAL);
        let typed_in = self.typed_in(&given.device_code, interval, &mut last);
        self.waited(within, typed_in).await.map_err(|error| match error {
            SignInError::TooLate { actor, within, .. } => SignInError::TooLate { actor, within, network: last },
            other => other,
        })?
    }

    /// Asks until the code was typed in, or refused. A network that fails for a while does not end the wait; if it never comes
    /// back, what it said last stands in `last`.
    async fn typed_in(
        &self,
        code: &str,
        mut interval: Duration,
        last: &mut Option<ServerText>,
    ) -> Result<TokenGrant, SignInError> {
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", code)];
        loop {
            let asked = self.client.grant(&form).await;
            *last = match &asked {
                Err(error @ SignInError::NoAnswer { .. }) => Some(error.to_string().into()),
                _ => None,
            };
            match asked {
                Err(SignInError::NoAnswer { .. }) => {
                    interval = interval.saturating_mul(2).min(LONGEST_INTERVAL.max(interval))
                }
                Err(SignInError::Refused { refusal, .. }) if refusal.error.expose() == "authorization_pending" => {}
                Err(SignInError::Refused { refusal, .. }) if refusal.error.expose() == "slow_down" => {
                    interval = interval.saturating_add(SLOWER);
                }
                ended => return ended,
            }
            tokio::time::sleep(interval).await;
        }
    }

    /// Returns the result of `future`, unless it takes too long or the person interrupts it.
    async fn waited<T>(&self, within: Duration, future: impl Future<Output = T>) -> Result<T, SignInError> {
        let actor = || self.client.actor.to_owned();
        tokio::select! {
            () = self.client.surroundings.person.gives_up() => Err(SignInError::Interrupted { actor: actor() }),
            waited = tokio::time::timeout(within, future) => {
                waited.map_err(|_| SignInError::TooLate { actor: actor(), within, network: None })
            }
        }
    }

    /// Shows a page for the browser of this machine and waits until it leads back to here (RFC 8252, with PKCE).
    pub async fn by_browser(&self, port: Option<u16>, username: Option<&str>) -> Result<TokenGrant, SignInError> {
        let setup = |error: std::io::Error| SignInError::Setup(format!("cannot listen on 127.0.0.1: {error}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await.map_err(setup)?;
        let port = listener.local_addr().map_err(setup)?.port();
        // Entra lets a public client have any port on `http://localhost`, and on no other name.
        let redirect = format!("http://localhost:{port}");
        let (state, verifier) = (random_text()?, random_text()?);
        let page = self.browser_page(&redirect, &state, &verifier, username);
        let actor = self.client.actor.to_owned();
        self.client.surroundings.person.show(&Prompt::Browser { actor, page, expires: self.timeout });
        let code = self.waited(self.timeout, code_from(listener, state)).await??;
        let code = code.map_err(|refusal| SignInError::Refused {
            actor: self.client.actor.to_owned(),
            refusal: Box::new(refusal),
        })?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &redirect),
            ("code_verifier", &verifier),
        ];
        self.client.grant(&form).await
    }

    /// The page to sign in on. What comes back from it is of use only with `verifier` (RFC 7636).
    fn browser_page(&self, redirect: &str, state: &str, verifier: &str, username: Option<&str>) -> Url {
        let challenge = ring::digest::digest(&ring::digest::SHA256, verifier.as_bytes());
        let mut page = self.client.authority.endpoint("oauth2/v2.0/authorize");
        page.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client.client_id)
            .append_pair("redirect_uri", redirect)
            .append_pair("scope", &self.scope())
            .append_pair("state", state)
            .append_pair("code_challenge", &URL_SAFE_NO_PAD.encode(challenge))
            .append_pair("code_challenge_method", "S256")
            .append_pair("prompt", "select_account")
            .extend_pairs(username.map(|username| ("login_hint", username)));
        page
    }

    /// Sends name and password.
    pub async fn by_password(&self, username: &str, password: &SecretString) -> Result<TokenGrant, SignInError> {
        let form = [
            ("grant_type", "password"),
            ("username", username),
            ("password", password.expose_secret()),
            ("scope", &self.scope()),
        ];
        self.client.grant(&form).await
    }

    /// Renews a grant without the person.
    pub async fn by_refresh(&self, refresh: &SecretString) -> Result<TokenGrant, SignInError> {
        let form =
            [("grant_type", "refresh_token"), ("refresh_token", refresh.expose_secret()), ("scope", &self.scope())];
        let mut renewed = self.client.grant(&form).await?;
        // An authority may let the old one go on.
        renewed.refresh.get_or_insert_with(|| refresh.clone());
        Ok(renewed)
    }
}

/// 256 random bits as text that needs no escaping: nobody can guess it.
fn random_text() -> Result<String, SignInError> {
    let mut bytes = [0; 32];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| SignInError::Setup("the system gives no random numbers".to_owned()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The code that the browser brings, or the authority's refusal. What carries another state is answered and forgotten: any
/// page in the browser can call here.
async fn code_from(listener: TcpListener, state: String) -> Result<Result<String, SignInRefusal>, SignInError> {
    let (sender, mut brought) = mpsc::channel(1);
    let state: Arc<str> = state.into();
    loop {
        let accepted = tokio::select! {
            biased;
            Some(outcome) = brought.recv() => return Ok(outcome),
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else { continue };
        let (sender, state) = (sender.clone(), Arc::clone(&state));
        let answer = service_fn(move |request: Request<hyper::body::Incoming>| {
            let (status, text, outcome) = read_redirect(request.uri().query().unwrap_or_default(), &state);
            let sender = sender.clone();
            async move {
                let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
                *response.status_mut() = status;
                if let Some(outcome) = outcome {
                    // The first caller has brought it.
                    let _ = sender.try_send(outcome);
                }
                Ok::<_, Infallible>(response)
            }
        });
        let connection =
            hyper::server::conn::http1::Builder::new().keep_alive(false).serve_connection(TokioIo::new(stream), answer);
        // One connection at a time is enough; one that says nothing must not keep the browser out.
        let _ = tokio::time::timeout(Duration::from_secs(5), connection).await;
    }
}

type Redirected = (hyper::StatusCode, &'static str, Option<Result<String, SignInRefusal>>);

fn read_redirect(query: &str, state: &str) -> Redirected {
    let parameters: std::collections::BTreeMap<_, _> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let named = |name: &str| parameters.get(name).cloned();
    if named("state").as_deref() != Some(state) {
        return (hyper::StatusCode::BAD_REQUEST, "This is not the sign-in that graphwalk waits for.\n", None);
    }
    match (named("code"), named("error")) {
        (Some(code), None) => {
            let text = "Signed in. You can close this page and go back to the terminal.\n";
            (hyper::StatusCode::OK, text, Some(Ok(code)))
        }
        (_, error) => {
            let error_description = named("error_description").unwrap_or_default().into();
            let refusal = SignInRefusal {
                error: error.unwrap_or_default().into(),
                error_description,
                ..SignInRefusal::default()
            };
            let text = "Not signed in. The terminal says why.\n";
            (hyper::StatusCode::OK, text, Some(Err(refusal)))
        }
    }
}
