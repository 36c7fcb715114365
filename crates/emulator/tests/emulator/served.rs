//! An emulator behind a real socket, and a client that holds every answer against the schemas.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use graphwalk_catalog::{ApiPath, Catalog, Payload};
use graphwalk_emulator::server::Server;
use graphwalk_emulator::{Emulator, Settings};
use graphwalk_schema::{Findings, Schemas};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

/// Where tests write down which calls were answered, if somebody asks for it.
pub const CALLS: &str = "GRAPHWALK_CALLS";

/// What time it is in every tenant at the start: a Monday.
pub const NOW: &str = "2026-03-02T09:00:00Z";

/// The schemas, compiled once for all tests.
pub fn schemas() -> Schemas {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    SCHEMAS.get_or_init(Schemas::embedded).clone()
}

/// An emulator that is served on loopback as long as this lives.
pub struct Served {
    pub emulator: Emulator,
    pub origin: String,
    http: reqwest::Client,
    serving: JoinHandle<()>,
}

/// Somebody who calls.
pub struct Actor<'a> {
    served: &'a Served,
    authorization: Option<String>,
    headers: Vec<(String, String)>,
}

/// An answer that has passed the schemas.
#[derive(Debug)]
pub struct Answer {
    pub request: String,
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
    pub json: Option<Value>,
}

/// Settings of which every run is the same.
pub fn settings() -> Settings {
    Settings { now: Some(NOW.parse().unwrap()), ids: Some(7), ..Settings::default() }
}

impl Served {
    pub async fn start() -> Self {
        Self::with(settings()).await
    }

    pub async fn with(settings: Settings) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let emulator = Emulator::new(settings, schemas()).unwrap();
        let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let origin = server.origin();
        let serving = tokio::spawn(server.run(Arc::new(emulator.clone()), std::future::pending()));
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        Self { emulator, origin, http, serving }
    }

    /// The administrator of the tenant.
    pub fn administrator(&self) -> Actor<'_> {
        self.with_token(&self.emulator.administrator_token())
    }

    /// A user of the tenant.
    pub fn user(&self, principal_name: &str) -> Actor<'_> {
        self.with_token(&self.emulator.user_token(principal_name).unwrap())
    }

    /// The holder of a token.
    pub fn with_token(&self, token: &str) -> Actor<'_> {
        Actor { served: self, authorization: Some(format!("Bearer {token}")), headers: Vec::new() }
    }

    /// Somebody without any token.
    pub fn nobody(&self) -> Actor<'_> {
        Actor { served: self, authorization: None, headers: Vec::new() }
    }

    /// A user who has granted these permissions only, or an app that has them: `tokens` as `/_emulator/tokens` takes it.
    pub async fn narrow(&self, tokens: Value) -> Actor<'_> {
        let answer = self.nobody().post("/_emulator/tokens", &tokens).await.ok(200);
        self.with_token(answer["access_token"].as_str().unwrap())
    }

    /// An app with these permissions.
    pub async fn app(&self, permissions: &[&str]) -> Actor<'_> {
        self.narrow(json!({"appPermissions": permissions})).await
    }

    /// The answer of the sign-in to a form of its token endpoint.
    pub async fn token_endpoint(&self, form: String) -> String {
        let url = format!("{}/organizations/oauth2/v2.0/token", self.origin);
        let request = self.http.post(url).header("content-type", "application/x-www-form-urlencoded");
        request.body(form).send().await.unwrap().text().await.unwrap()
    }

    /// The status and the text of what a link leads to, which needs no token.
    pub async fn download(&self, uri: &str) -> (u16, String) {
        let response = self.http.get(uri).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Advances the time of the session.
    pub async fn pass(&self, seconds: i64) {
        self.nobody().post("/_emulator/clock/advance", &json!({"seconds": seconds})).await.ok(200);
    }

    /// Advances the clock by days.
    pub async fn pass_days(&self, days: i64) {
        self.pass(days * 86_400).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Actor<'_> {
    /// The same, with a header on every request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, Some(body.to_string().into_bytes())).await
    }

    /// POST without a body, as actions are called.
    pub async fn act(&self, path: &str) -> Answer {
        self.send("POST", path, None).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, Some(body.to_string().into_bytes())).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, Some(body.to_string().into_bytes())).await
    }

    /// Every page of a list.
    pub async fn all(&self, path: &str) -> Vec<Value> {
        let (mut all, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next {
            let page = self.get(&path).await.ok(200);
            all.extend(page["value"].as_array().unwrap().iter().cloned());
            next = page.get("@odata.nextLink").map(|link| self.served.relative(link));
        }
        all
    }

    /// Sends a request; the answer is validated before anybody sees it.
    pub async fn send(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Answer {
        self.try_send(method, path, body).await.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same where the connection may break.
    pub async fn try_send(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Result<Answer, reqwest::Error> {
        let url = format!("{}{path}", self.served.origin);
        let mut request = self.served.http.request(method.parse().unwrap(), url);
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let own = |name: &str| self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
        if body.is_some() && !own("content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = request.body(body.unwrap_or_default()).send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let answer = Answer::of(format!("{method} {path}"), status, headers, text);
        answer.validate(method, path);
        if answer.status < 300 {
            note_call(method, path);
        }
        Ok(answer)
    }
}

/// Writes down that this test was answered a call.
fn note_call(method: &str, path: &str) {
    use std::io::Write as _;
    let Some(file) = std::env::var_os(CALLS) else { return };
    let thread = std::thread::current();
    let line = format!("{}\t{method}\t{path}\n", thread.name().unwrap_or_default());
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    file.write_all(line.as_bytes()).unwrap();
}

impl Served {
    /// What follows the address of this server in a link that it gave.
    pub fn relative(&self, link: &Value) -> String {
        let link = link.as_str().unwrap();
        link.strip_prefix(&self.origin).unwrap_or_else(|| panic!("{link} leads away from {}", self.origin)).to_owned()
    }
}

impl Answer {
    pub fn of(request: String, status: u16, headers: reqwest::header::HeaderMap, text: String) -> Self {
        let is_json = headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        let json = is_json.then(|| serde_json::from_str(&text).unwrap_or_else(|error| panic!("{request}: {error}")));
        Self { request, status, headers, text, json }
    }

    /// The body, if the status is that.
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}: {}", self.request, self.text);
        self.json.unwrap_or_default()
    }

    /// The sentence of a refusal, if status and code are these.
    pub fn refused(self, status: u16, code: &str) -> String {
        let body = self.ok(status);
        assert_eq!(body["error"]["code"], code, "{body}");
        body["error"]["message"].as_str().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// What holds of every answer: the shape that the schemas give it, Graph's headers, Graph's errors.
    fn validate(&self, method: &str, path: &str) {
        if path.starts_with("/_emulator") && self.status < 400 {
            return;
        }
        let told = format!("{} → {} {}", self.request, self.status, self.text);
        assert!(self.header("request-id").is_some_and(|id| id.len() == 36), "{told}");
        let counts = self.status < 300 && (is_count(path) || is_bare_value(path));
        assert_eq!(self.json.is_none(), self.text.is_empty() || counts, "{told}");
        if self.status == 401 {
            assert!(self.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")), "{told}");
        }
        if self.status >= 400 {
            let inner = &self.json.as_ref().unwrap()["error"]["innerError"];
            assert_eq!(inner["request-id"].as_str(), self.header("request-id"), "{told}");
            assert!(inner["client-request-id"].is_string() && inner["date"].is_string(), "{told}");
        }
        let is_bare = self.header("content-type").is_some_and(|kind| kind.contains("odata.metadata=none"));
        if is_bare {
            return;
        }
        if let Some(Value::Object(body)) =
            self.json.as_ref().filter(|_| self.status < 300 && !path.to_lowercase().contains("batch"))
        {
            assert_eq!(body.keys().next().map(String::as_str), Some("@odata.context"), "{told}");
        }
        agrees(method, path, self.status, self.json.as_ref(), &told);
    }
}

/// Panics unless a body has the shape that the schemas give it: no violation, and nothing that they do not know.
pub fn agrees(method: &str, path: &str, status: u16, body: Option<&Value>, told: &str) {
    let operation = schemas().operation(method, path);
    assert!(
        // Beta is not judged by the types of v1.0.
        operation.is_some()
            || status >= 400
            || is_count(path)
            || is_bare_value(path)
            || path.to_lowercase().ends_with("batch")
            || path.starts_with("/beta")
            || is_no_object(method, path),
        "no schema is known for {told}"
    );
    let findings = schemas().validate_answer(method, path, status, body, false).unwrap().unwrap_or_default();
    // What beta does not declare is not judged.
    let findings = Findings { unjudged: Vec::new(), ..findings };
    assert_eq!(findings, Findings::default(), "{told}");
}

/// Whether an answer is a reference or the value of a property, of which no type says the form.
fn is_no_object(method: &str, path: &str) -> bool {
    let call = Catalog::v1().call(method.parse().unwrap(), &ApiPath::parse(path).unwrap());
    call.is_ok_and(|call| match call.response() {
        Payload::Reference { .. } | Payload::Property(_) => true,
        Payload::Of(ty) => ty.named().is_none(),
        _ => false,
    })
}

fn is_bare_value(path: &str) -> bool {
    path.ends_with("/$value")
}

fn is_count(path: &str) -> bool {
    path.split('?').next().is_some_and(|path| path.ends_with("/$count"))
}
