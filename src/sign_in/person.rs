//! Sign-ins of people: by device code, by the browser of this machine, by name and password.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use oauth2::{
    AuthorizationCode, CsrfToken, HttpRequest, PkceCodeChallenge, RedirectUrl, ResourceOwnerPassword,
    ResourceOwnerUsername, StandardDeviceAuthorizationResponse,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;

use super::authority::{Authority, Grant, OAuth, device_failed, failed, grant};
use super::{Prompt, Refusal, SignInError, Surroundings};
use crate::server_text::ServerText;

/// One sign-in of a person.
#[derive(Clone, Copy, Debug)]
pub(super) struct PersonSignIn<'a> {
    pub actor: &'a str,
    pub client_id: &'a str,
    pub scopes: &'a [String],
    pub authority: &'a Authority,
    pub surroundings: &'a Surroundings,
    pub timeout: Duration,
}

impl PersonSignIn<'_> {
    fn oauth(&self) -> OAuth {
        self.authority.oauth(self.client_id)
    }

    /// Shows a code and waits until it was typed in somewhere.
    pub async fn by_device_code(&self) -> Result<Grant, SignInError> {
        let call = |request: HttpRequest| self.surroundings.http.call(request);
        let oauth = self.oauth();
        let asked = oauth.exchange_device_code().add_scopes(self.authority.scopes(self.scopes, true));
        let details: StandardDeviceAuthorizationResponse =
            asked.request_async(&call).await.map_err(|error| failed(self.actor, error))?;
        let within = details.expires_in().min(self.timeout);
        let page = Url::parse(details.verification_uri().as_str())
            .map_err(|_| SignInError::Unintelligible { reason: "`verification_uri` is no URL".into() })?;
        let code = details.user_code().secret().clone();
        let prompt = Prompt::DeviceCode { actor: self.actor.to_owned(), page, code, expires: within };
        self.surroundings.person.show(&prompt);
        // A network that fails for a while does not end the wait; if it never comes back, that is what is told.
        let last = std::sync::Mutex::new(None);
        let call = async |request: HttpRequest| {
            let answered = self.surroundings.http.call(request).await;
            if let Ok(mut last) = last.lock() {
                *last = answered.as_ref().err().map(|error| ServerText::from(error.to_string()));
            }
            answered
        };
        let poll = oauth.exchange_device_access_token(&details).request_async(&call, tokio::time::sleep, None);
        let answer = self.waited(within, poll).await.map_err(|error| match error {
            SignInError::TooLate { actor, within, .. } => {
                let network = last.lock().ok().and_then(|mut last| last.take());
                SignInError::TooLate { actor, within, network }
            }
            other => other,
        })?;
        let answer = answer.map_err(|error| device_failed(self.actor, error))?;
        Ok(grant(&answer, self.surroundings))
    }

    /// What comes of `future`, unless it takes too long or the person wants no more of it.
    async fn waited<T>(&self, within: Duration, future: impl Future<Output = T>) -> Result<T, SignInError> {
        let actor = || self.actor.to_owned();
        tokio::select! {
            () = self.surroundings.person.gives_up() => Err(SignInError::Interrupted { actor: actor() }),
            waited = tokio::time::timeout(within, future) => {
                waited.map_err(|_| SignInError::TooLate { actor: actor(), within, network: None })
            }
        }
    }

    /// Shows a page for the browser of this machine and waits until it leads back to here (RFC 8252, with PKCE).
    pub async fn by_browser(&self, port: Option<u16>, username: Option<&str>) -> Result<Grant, SignInError> {
        let setup = |error: std::io::Error| SignInError::Setup(format!("nothing can be heard on loopback: {error}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0))).await.map_err(setup)?;
        let port = listener.local_addr().map_err(setup)?.port();
        // Entra lets a public client have any port on `http://localhost`, and on no other name.
        let redirect = RedirectUrl::new(format!("http://localhost:{port}"))
            .map_err(|error| SignInError::Setup(error.to_string()))?;
        let oauth = self.oauth().set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut asked = oauth.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge);
        asked = asked.add_scopes(self.authority.scopes(self.scopes, true)).add_extra_param("prompt", "select_account");
        if let Some(username) = username {
            asked = asked.add_extra_param("login_hint", username.to_owned());
        }
        let (page, state) = asked.url();
        let prompt = Prompt::Browser { actor: self.actor.to_owned(), page, expires: self.timeout };
        self.surroundings.person.show(&prompt);
        let code = self.waited(self.timeout, code_from(listener, state)).await??;
        let code =
            code.map_err(|refusal| SignInError::Refused { actor: self.actor.to_owned(), refusal: Box::new(refusal) })?;
        let call = |request: HttpRequest| self.surroundings.http.call(request);
        let exchanged = oauth.exchange_code(code).set_pkce_verifier(verifier).request_async(&call).await;
        Ok(grant(&exchanged.map_err(|error| failed(self.actor, error))?, self.surroundings))
    }

    /// Sends name and password.
    pub async fn by_password(&self, username: &str, password: &SecretString) -> Result<Grant, SignInError> {
        let call = |request: HttpRequest| self.surroundings.http.call(request);
        let oauth = self.oauth();
        let name = ResourceOwnerUsername::new(username.to_owned());
        let password = ResourceOwnerPassword::new(password.expose_secret().to_owned());
        let asked = oauth.exchange_password(&name, &password).add_scopes(self.authority.scopes(self.scopes, true));
        let answer = asked.request_async(&call).await.map_err(|error| failed(self.actor, error))?;
        Ok(grant(&answer, self.surroundings))
    }

    /// Renews a grant without the person.
    pub async fn by_refresh(&self, refresh: &SecretString) -> Result<Grant, SignInError> {
        let call = |request: HttpRequest| self.surroundings.http.call(request);
        let oauth = self.oauth();
        let token = oauth2::RefreshToken::new(refresh.expose_secret().to_owned());
        let asked = oauth.exchange_refresh_token(&token).add_scopes(self.authority.scopes(self.scopes, true));
        let answer = asked.request_async(&call).await.map_err(|error| failed(self.actor, error))?;
        let mut renewed = grant(&answer, self.surroundings);
        // An authority may let the old one go on.
        renewed.refresh.get_or_insert_with(|| refresh.clone());
        Ok(renewed)
    }
}

/// The code that the browser brings, or the authority's refusal. What carries another state is answered and forgotten: any
/// page in the browser can call here.
async fn code_from(listener: TcpListener, state: CsrfToken) -> Result<Result<AuthorizationCode, Refusal>, SignInError> {
    let (sender, mut brought) = mpsc::channel(1);
    let state = Arc::new(state);
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
                    // Whoever was first has brought it.
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

type Redirected = (hyper::StatusCode, &'static str, Option<Result<AuthorizationCode, Refusal>>);

fn read_redirect(query: &str, state: &CsrfToken) -> Redirected {
    let parameters: std::collections::BTreeMap<_, _> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let named = |name: &str| parameters.get(name).cloned();
    if named("state").as_ref() != Some(state.secret()) {
        return (hyper::StatusCode::BAD_REQUEST, "This is not the sign-in that graphwalk waits for.\n", None);
    }
    match (named("code"), named("error")) {
        (Some(code), None) => {
            let text = "Signed in. You can close this page and go back to the terminal.\n";
            (hyper::StatusCode::OK, text, Some(Ok(AuthorizationCode::new(code))))
        }
        (_, error) => {
            let error_description = named("error_description").unwrap_or_default().into();
            let refusal = Refusal { error: error.unwrap_or_default().into(), error_description, ..Refusal::default() };
            let text = "Not signed in. The terminal says why.\n";
            (hyper::StatusCode::OK, text, Some(Err(refusal)))
        }
    }
}
