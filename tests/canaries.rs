//! Nothing secret leaves the program: secrets that cannot occur by chance are planted in every position of requests and
//! answers, and looked for in everything that is written or printed.

use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::sync::Mutex;
use std::time::Duration;

use assert_cmd::Command;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures::future::LocalBoxFuture;
use graphwalk::backend::{ActResult, Actors, Backend, Consistency, Origin, Pace, Profile, TenantClock, Waiting};
use graphwalk::diagnostic::Diagnostic;
use graphwalk::report::{FORMATS, Reports, TerminalReport, Wanted};
use graphwalk::runner::{Interrupt, Plan, PlayOptions, Recorder, Selection, SessionOutcome, TutorialPart, play};
use graphwalk::session::{Session, Tracing};
use graphwalk::tutorial::Library;
use graphwalk_client::GraphClient;
use graphwalk_recording::redact::Public;
use graphwalk_recording::{Finish, Overrides, Provenance};
use graphwalk_schema::Schemas;
use jiff::Timestamp;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// What every canary has somewhere, plain or encoded.
const MARK: &str = "cnry";

/// Makes canaries: each is different, so that a test can say which one was found.
#[derive(Default)]
struct Canaries {
    made: Mutex<Vec<Canary>>,
}

#[derive(Clone)]
struct Canary {
    text: String,
    /// A secret is shown to nobody. What is merely private is shown to the user who runs the tutorial, but not recorded.
    secret: bool,
}

impl Canaries {
    fn keep(&self, text: String, secret: bool) -> String {
        self.made.lock().unwrap().push(Canary { text: text.clone(), secret });
        text
    }

    /// A plain one, e.g. a name.
    fn plain(&self) -> String {
        let count = self.made.lock().unwrap().len();
        self.keep(format!("{MARK}{count:04}Zx7"), false)
    }

    /// A plain one that is a secret where it stands.
    fn secret(&self) -> String {
        let count = self.made.lock().unwrap().len();
        self.keep(format!("{MARK}{count:04}Sx7"), true)
    }

    /// One inside the claims of a token.
    fn token(&self) -> String {
        let claims = URL_SAFE_NO_PAD.encode(json!({"name": self.secret(), "oid": self.secret()}).to_string());
        format!("eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJlc2lnbmF0dXJl", self.keep(claims, true))
    }

    /// One in base64.
    fn base64(&self) -> String {
        let encoded = STANDARD.encode(self.plain());
        self.keep(encoded, false)
    }

    /// One with percent signs.
    fn percent(&self) -> String {
        let encoded = self.plain().bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.keep(encoded, false)
    }

    /// The canaries that stand in `text`: all, or those that are secrets.
    fn found_in(&self, text: &str, secrets_alone: bool) -> Vec<String> {
        let lower = text.to_lowercase();
        let looked_for = self.made.lock().unwrap().clone().into_iter().filter(|canary| canary.secret || !secrets_alone);
        looked_for.map(|canary| canary.text).filter(|text| lower.contains(&text.to_lowercase())).collect()
    }

    /// What a service may answer that nobody else should see, in every position of a body.
    fn body(&self) -> Value {
        json!({
            "id": self.plain(), "displayName": self.plain(), "userPrincipalName": format!("{}@{}.com", self.plain(), self.plain()),
            "description": format!("call {} or mail {}@corp.example", self.plain(), self.plain()),
            (self.plain()): {"deep": [[{"er": self.plain()}]]},
            "passwordProfile": {"password": self.secret(), "forceChangePasswordNextSignIn": true},
            "client_secret": self.secret(), "refresh_token": {"value": self.secret()}, "device_code": [self.secret()],
            "token": self.token(), "attachment": self.base64(), "link": format!("https://{}.example/{}", self.plain(), self.percent()),
            "@odata.nextLink": format!("https://graph.microsoft.com/v1.0/users?$skiptoken={}&$filter=displayName eq '{}'", self.plain(), self.percent()),
            "@odata.context": format!("https://graph.microsoft.com/v1.0/$metadata#users({})", self.plain()),
            "@odata.type": format!("#microsoft.graph.{}", self.plain()),
            "manager@odata.bind": format!("https://graph.microsoft.com/beta/users/{}", self.plain()),
            "businessPhones": [self.plain(), self.token()], "pair": {"name": "access_token", "value": self.secret()},
            "nested": json!({"password": self.secret(), "x": self.token()}).to_string(),
            "status": self.plain(), "decision": self.plain(), "createdDateTime": self.plain(),
        })
    }

    /// What an error may tell.
    fn error(&self) -> Value {
        json!({"error": {
            "code": "Authorization_RequestDenied",
            "message": format!("Bearer {} was refused, see https://x/y?client_secret={}#access_token={}", self.token(), self.secret(), self.secret()),
            "innerError": {"date": "2026-01-05T10:00:00", "request-id": self.plain(), "stack": [self.plain(), self.token()]},
            "details": [{"target": self.plain(), "message": self.plain()}],
        }})
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("Set-Cookie", format!("session={}; Path=/", self.secret())),
            ("WWW-Authenticate", format!("Bearer realm=\"{}\", claims=\"{}\"", self.plain(), self.base64())),
            ("Location", format!("https://graph.microsoft.com/v1.0/users/{}?sig={}", self.plain(), self.secret())),
            ("Retry-After", self.plain()),
            ("OData-Version", self.plain()),
            ("request-id", self.plain()),
            ("x-ms-ags-diagnostic", self.plain()),
        ]
    }
}

/// The pairs of HAR.
fn pairs(headers: &[(&str, String)]) -> Value {
    headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

/// A HAR with a canary wherever HAR has a text.
fn careless_har(canaries: &Canaries) -> Value {
    let c = || canaries.plain();
    let entry = |second: u8, method: &str, path: &str, sent: Value, status: u16, answer: &Value, base64: bool| {
        let text = answer.to_string();
        let (text, encoding) = if base64 { (STANDARD.encode(text), json!("base64")) } else { (text, Value::Null) };
        let mut sent_headers = canaries.headers();
        sent_headers.push(("Authorization", format!("Bearer {}", canaries.token())));
        sent_headers.push(("Cookie", canaries.secret()));
        sent_headers.push(("If-Match", format!("W/\"{}\"", c())));
        sent_headers.push(("Prefer", format!("outlook.timezone=\"{}\", {}", c(), c())));
        json!({
            "startedDateTime": format!("2026-01-05T10:00:{second:02}Z"), "time": 5, "comment": c(), "pageref": c(),
            "serverIPAddress": c(), "connection": c(), "_initiator": {"stack": [c()]}, "_priority": c(), "_unknown": {"a": c()},
            "cache": {"comment": c()}, "timings": {"comment": c()},
            "request": {
                "method": method, "url": format!("https://graph.microsoft.com/v1.0{path}"), "httpVersion": c(), "comment": c(),
                "headers": pairs(&sent_headers), "cookies": [{"name": c(), "value": c()}],
                "queryString": [{"name": c(), "value": c()}], "postData": {"mimeType": c(), "text": sent.to_string(), "params": [{"name": c(), "value": c()}]},
            },
            "response": {
                "status": status, "statusText": c(), "headers": pairs(&canaries.headers()), "cookies": [{"name": c(), "value": c()}],
                "redirectURL": c(), "content": {"mimeType": format!("application/json; boundary={}", c()), "text": text, "encoding": encoding, "comment": c()},
            },
        })
    };
    let path = format!(
        "/users/{}/{}('{}')/microsoft.graph.{}?{}={}&access_token={}&$filter=id%20eq%20'{}'&$search=\"displayName:{}\"#{}",
        c(),
        c(),
        c(),
        c(),
        c(),
        c(),
        c(),
        canaries.percent(),
        c(),
        c()
    );
    let plain_text = |second: u8, text: String| {
        let mut entry = entry(second, "POST", "/me/sendMail", Value::Null, 200, &Value::Null, false);
        entry["request"]["postData"]["text"] = format!("grant_type=password&password={}&x={}", c(), c()).into();
        entry["response"]["content"]["text"] = text.into();
        entry
    };
    json!({"log": {
        "version": c(), "creator": {"name": c(), "version": c()}, "browser": {"name": c()}, "comment": c(),
        "pages": [{"id": c(), "title": c()}], "_tutorial": c(), "_volatile": [format!("/{}", c())], "_finish": {"by": "stop", "at": c()},
        "_more": c(),
        "entries": [
            entry(1, "POST", "/users", canaries.body(), 201, &canaries.body(), false),
            entry(2, "GET", &path, canaries.body(), 403, &canaries.error(), true),
            plain_text(3, format!("<html>{} {}</html>", c(), canaries.token())),
        ],
    }})
}

fn graphwalk(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    command.current_dir(folder).env("NO_COLOR", "1");
    command
}

fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn no_canary_of_a_har_survives_redaction_and_none_is_printed() {
    let (canaries, folder) = (Canaries::default(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("careless.har"), careless_har(&canaries).to_string()).unwrap();
    let told = printed(graphwalk(folder.path()).args(["recording", "redact", "careless.har", "--out", "clean.har"]));
    assert!(told.contains("kept 3 exchanges"), "{told}");
    let clean = std::fs::read_to_string(folder.path().join("clean.har")).unwrap();
    assert_eq!(canaries.found_in(&clean, false), [""; 0]);
    assert_eq!(canaries.found_in(&told, false), [""; 0]);
    // Where the clean one is looked at, nothing is found; where the careless one is, nothing is repeated.
    let told = printed(graphwalk(folder.path()).args(["recording", "check", "clean.har"]));
    assert!(told.contains("1 recording checked: no secrets"), "{told}");
    let check = |told: String| {
        assert!(told.contains("secrets,"), "{told}");
        told.lines().filter(|line| line.contains("secret ")).count()
    };
    assert!(check(printed(graphwalk(folder.path()).args(["recording", "check", "careless.har"]))) > 20);
    assert!(canaries.made.lock().unwrap().len() > 150);
}

/// A server that answers everything with canaries, and a clock that stands still.
struct Hostile {
    client: GraphClient,
    token: String,
    now: Timestamp,
}

impl std::fmt::Debug for Hostile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hostile")
    }
}

impl Backend for Hostile {
    fn profile(&self) -> Profile {
        Profile {
            name: "live",
            consistency: Consistency::Eventual,
            pace: Pace::default(),
            finish: Finish::Stop,
            overrides: Overrides::default(),
            portal: None,
            longest_request: None,
            host: None,
            jitter_seed: None,
        }
    }

    fn client(&self) -> &GraphClient {
        &self.client
    }

    fn actors(&self) -> &dyn Actors {
        self
    }

    fn clock(&self) -> &dyn TenantClock {
        self
    }

    fn origin(&self, sent: Timestamp, took: Duration) -> Origin {
        Origin { provenance: Provenance::Tenant, started: sent, took, is_shortened: false, entry: None }
    }

    fn provenance_counts(&self, _: usize) -> Vec<(&'static str, usize)> {
        Vec::new()
    }

    fn unused(&self, _: &BTreeSet<u8>) -> Vec<String> {
        Vec::new()
    }

    fn progress(&self, _: &Waiting<'_>) {}

    fn outside_id(&self, _: &str, _: &str) -> Option<String> {
        None
    }

    fn person_acts<'a>(&'a self, _: &'a str) -> LocalBoxFuture<'a, ActResult> {
        Box::pin(std::future::ready(ActResult::Told))
    }
}

impl Actors for Hostile {
    fn names(&self) -> Vec<String> {
        vec!["administrator".to_owned()]
    }

    fn token(&self, _: &str) -> Option<String> {
        Some(self.token.clone())
    }

    fn sign_in<'a>(&'a self, actor: &'a str) -> LocalBoxFuture<'a, Result<Option<String>, Box<Diagnostic>>> {
        Box::pin(std::future::ready(Ok(self.token(actor))))
    }

    fn refused<'a>(&'a self, _: &'a str) -> LocalBoxFuture<'a, bool> {
        Box::pin(std::future::ready(false))
    }

    fn introduce(&self, _: &str, _: &str, _: &str) {}
}

impl TenantClock for Hostile {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn wait_until(&self, _: Timestamp) -> LocalBoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

const FEATURE: &str = r#"@step-1
Feature: Everything is echoed
  Scenario: A user is created and things are read
    When the administrator sends POST "/v1.0/users"
      """json
      {
        "accountEnabled": true, "displayName": "Adele Vance", "mailNickname": "AdeleV", "client_secret": "{password}",
        "userPrincipalName": "AdeleV@Contoso.com", "passwordProfile": {"password": "{password}"}
      }
      """
    Then the status is 201
    When the administrator sends GET "/v1.0/widgets?access_token={password}"
    Then the status is 200
    And "$.displayName" is kept as "name"
    When the administrator sends POST "/v1.0/refused"
      """json
      {"displayName": "{name}", "passwordProfile": {"password": "{password}"}}
      """
    Then the status is 200
"#;

const CLEAN_UP: &str = r#"@step-2 @clean-up
Feature: Clean up
  Scenario: A refusal is told
    When the administrator sends DELETE "/v1.0/refused?client_secret={password}"
    Then the status is 204

  Scenario: A body that is no JSON
    When the administrator sends GET "/v1.0/text"
    Then "$.x" is "y"

  Scenario: A payload that does not fit its schema
    When the administrator sends GET "/v1.0/users/{name}"
"#;

async fn hostile_server(canaries: &'static Canaries) -> MockServer {
    let server = MockServer::start().await;
    let answer = |request: &Request| {
        let path = request.url.path();
        let headers = canaries.headers();
        let response = headers.iter().fold(
            ResponseTemplate::new(if path.ends_with("refused") { 403 } else { 200 }),
            |response, (name, value)| response.insert_header(*name, value.as_str()),
        );
        // It echoes what it was given: the token, and the password inside the body.
        let bearer = request.headers.get("authorization").unwrap().to_str().unwrap().to_owned();
        let mut body = if path.ends_with("refused") { canaries.error() } else { canaries.body() };
        body["echo"] = json!({"authorization": bearer, "sent": String::from_utf8_lossy(&request.body)});
        if path.ends_with("refused") {
            let percent: String = request.body.iter().map(|byte| format!("%{byte:02X}")).collect();
            let message = format!("{} came with {bearer} and {percent}", body["error"]["message"].as_str().unwrap());
            body["error"]["message"] = message.into();
        }
        match path {
            "/v1.0/users" => {
                let created = json!({"id": "0f8fad5b-d9cb-469f-a165-70867728950e", "displayName": "Adele Vance"});
                response.set_body_json(created).insert_header("x-status", "201")
            }
            "/v1.0/text" => response.set_body_string(format!("{} {bearer}", canaries.token())),
            _ => response.set_body_json(body),
        }
    };
    let created = wiremock::matchers::path("/v1.0/users");
    Mock::given(wiremock::matchers::method("POST"))
        .and(created)
        .respond_with(move |request: &Request| {
            let body = json!({"id": "0f8fad5b-d9cb-469f-a165-70867728950e", "displayName": "Adele Vance",
            "passwordProfile": {"password": String::from_utf8_lossy(&request.body)}});
            ResponseTemplate::new(201).set_body_json(body)
        })
        .mount(&server)
        .await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn no_canary_of_a_run_reaches_a_file_or_the_terminal() {
    let canaries: &'static Canaries = Box::leak(Box::default());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("01.feature"), FEATURE).unwrap();
    std::fs::write(folder.path().join("02.feature"), CLEAN_UP).unwrap();
    let tutorial = Library::from_folder(folder.path()).unwrap().tutorial(None).unwrap();
    let mut public = Public::new();
    tutorial.texts().iter().for_each(|text| public.add_text(text));
    let plan = Plan::new(tutorial).unwrap();

    let server = hostile_server(canaries).await;
    let token = canaries.token();
    let client = GraphClient::for_loopback(server.uri()).unwrap();
    let backend = Hostile { client, token, now: "2026-01-05T10:00:00Z".parse().unwrap() };
    let mut session = Session::new(Rc::new(backend), Schemas::embedded(), false);
    let recorder = Recorder::of_public(public);
    recorder.begin(&mut session);
    let options =
        PlayOptions { step_timeout: Duration::from_secs(20), interrupt: Interrupt::new().1, tracing: Tracing::Whole };
    let features = play(&plan, &Selection::default(), &mut session, &options, &mut |_, _| {}).await;
    let recorded = recorder.finish(&mut session, TutorialPart::Whole, "hostile", &plan.tutorial).unwrap();
    let password = session.captures.password().to_owned();

    let outcome = SessionOutcome {
        features,
        left: session.created.leftovers(),
        seen: std::mem::take(&mut session.seen),
        ..SessionOutcome::new("hostile", "replay")
    };
    let files = FORMATS.map(|(name, _)| (name, folder.path().join(name)));
    let wanted = files.iter().map(|(name, file)| Wanted::named(name, file).unwrap()).collect();
    let mut terminal = Vec::new();
    let mut reports = Reports::new(TerminalReport::new(&mut terminal, 1), wanted, &plan, 1).unwrap();
    let report = reports.renderer().session(&plan, 0, &outcome);
    reports.session(0, report).unwrap();
    reports.finish(Duration::ZERO).unwrap();

    let har = recorded.recording.to_har();
    assert!(recorded.recording.exchanges.len() >= 6, "{har}");
    assert!(recorded.recording.volatile.contains(&"/passwordProfile/password".to_owned()));
    let mut texts = vec![
        ("recording", har),
        ("terminal", String::from_utf8(terminal).unwrap()),
        ("session", format!("{session:?}")),
    ];
    texts.extend(files.iter().map(|(name, file)| (*name, std::fs::read_to_string(file).unwrap())));
    assert!(texts[1].1.contains("Authorization_RequestDenied"), "{}", texts[1].1);
    let messages = texts.iter().find(|(name, _)| *name == "messages").map_or("", |(_, text)| text);
    // Three steps failed that look at what the one before was answered.
    assert_eq!(messages.matches("vnd.graphwalk.exchange+json").count(), 6 + 3, "{messages}");
    for (what, text) in &texts {
        assert!(!text.contains(&password), "the password stands in the {what}: {text}");
        let percent: String = password.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert!(!text.contains(&percent[6..percent.len() - 6]), "{percent} stands in the {what}: {text}");
        let looked_for = canaries.found_in(text, *what != "recording");
        assert_eq!(looked_for, [""; 0], "in the {what}: {text}");
    }
}
