//! A scripted authority, a scripted person, and what sign-ins make of both.

mod apps;
mod machine;
mod network;
mod people;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::{Value, json};

use super::*;
use crate::Endpoints;

const APP: &str = "11111111-2222-4333-8444-555555555555";

/// An authority that answers what the test says, in order, and keeps what it was asked.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<(u16, Value), &'static str>>>,
    asked: Mutex<Vec<Asked>>,
}

#[derive(Clone, Debug)]
struct Asked {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    form: BTreeMap<String, String>,
}

impl Script {
    fn of<const N: usize>(answers: [(u16, Value); N]) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.map(Ok).into()), asked: Mutex::default() })
    }

    fn then(self: Arc<Self>, answer: Result<(u16, Value), &'static str>) -> Arc<Self> {
        self.answers.lock().unwrap().push_back(answer);
        self
    }

    fn requests(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn forms(&self, name: &str) -> Vec<String> {
        self.requests().iter().map(|asked| asked.form.get(name).cloned().unwrap_or_default()).collect()
    }
}

/// Without what it was asked: that holds the secrets which tests look for.
impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Script")
    }
}

impl TokenHttp for Script {
    fn call(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, HttpError>> {
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        self.asked.lock().unwrap().push(Asked {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            headers: request.headers().iter().map(header).collect(),
            form: url::form_urlencoded::parse(request.body()).into_owned().collect(),
        });
        let answer = self.answers.lock().unwrap().pop_front().expect("the script has an answer");
        Box::pin(async move {
            let (status, body) = answer.map_err(|reason| HttpError {
                host: "https://login.example".to_owned(),
                what: UNREACHED,
                reason: reason.into(),
            })?;
            let response = http::Response::builder().status(status).header("content-type", "application/json");
            Ok(response.body(body.to_string().into_bytes()).unwrap())
        })
    }
}

/// A person who reads prompts, and may give up.
#[derive(Debug, Default)]
struct Someone {
    shown: Mutex<Vec<Prompt>>,
    patience: Option<Duration>,
}

impl Person for Someone {
    fn show(&self, prompt: &Prompt) {
        self.shown.lock().unwrap().push(prompt.clone());
    }

    fn gives_up(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            match self.patience {
                Some(patience) => tokio::time::sleep(patience).await,
                None => std::future::pending().await,
            }
        })
    }
}

/// A clock that tests set.
mod clock {
    use std::cell::Cell;

    use jiff::Timestamp;

    thread_local!(static NOW: Cell<i64> = const { Cell::new(1_795_570_020) });

    pub fn now() -> Timestamp {
        Timestamp::from_second(NOW.get()).unwrap()
    }

    pub fn advance(seconds: i64) {
        NOW.set(NOW.get() + seconds);
    }
}

/// Settings of an actor who signs in like this.
fn settings(sign_in: SignInMethod) -> SignInSettings {
    let graph = "https://graph.example";
    let endpoints = Endpoints {
        cloud: None,
        graph: graph.parse().unwrap(),
        authority: "https://login.example".parse().unwrap(),
        resource: graph.to_owned(),
    };
    SignInSettings {
        how: ActorSignIn { sign_in, scopes: Vec::new() },
        endpoints,
        tenant: "contoso.example".parse().unwrap(),
        token_cache: TokenCacheMode::User,
        timeout: Duration::from_secs(900),
    }
}

fn device_code() -> SignInSettings {
    settings(SignInMethod::DeviceCode { client_id: APP.to_owned() })
}

fn surroundings(http: Arc<dyn TokenHttp>) -> Surroundings {
    Surroundings { http, environment: Environment::default(), now: clock::now, person: Arc::new(Someone::default()) }
}

fn sign_in(settings: &SignInSettings, surroundings: Surroundings) -> SignIn {
    SignIn::new("administrator", settings.clone(), surroundings)
}

/// An answer of the token endpoint with a token called `name`, good for an hour.
fn token(name: &str) -> (u16, Value) {
    let token = json!({"access_token": name, "token_type": "Bearer", "expires_in": 3600, "scope": "https://graph.example/.default"});
    (200, token)
}

/// The same with what renews it.
fn renewable(name: &str, refresh: &str) -> (u16, Value) {
    let (status, mut body) = token(name);
    body["refresh_token"] = json!(refresh);
    (status, body)
}

fn refused(error: &str, code: u32) -> (u16, Value) {
    let description = format!("AADSTS{code}: words of the authority.\r\nTrace ID: 0\r\nTimestamp: 0");
    (400, json!({"error": error, "error_description": description, "error_codes": [code], "correlation_id": "c0ffee"}))
}

fn secret(token: &AccessToken) -> String {
    secrecy::ExposeSecret::expose_secret(token.secret()).to_owned()
}

fn render(error: &SignInError) -> String {
    let notes = error.notes().into_iter().chain(error.help().map(|help| format!("help: {help}")));
    let notes: String = notes.map(|note| format!("  = {note}\n")).collect();
    format!("error[{}]: {error}\n{notes}", error.code())
}
