//! The general vocabulary on every backend: what each sentence takes, and what it refuses and says.

mod answers;
mod files;
mod links;
mod optional;
mod outside;
mod waiting;

use std::path::Path;
use std::sync::Arc;

use graphwalk::runner::sessions::{Run, SessionSource};
use graphwalk::runner::{Plan, ScenarioOutcome, SessionOutcome, Verdict};
use graphwalk::session::OutsideValues;
use graphwalk::tutorial::Library;
use graphwalk_emulator::Settings;
use graphwalk_emulator::seed::Seed;
use serde_json::{Value, json};

/// A tutorial of one feature, with a recording and other files beside it.
struct Bench {
    folder: tempfile::TempDir,
}

/// How one scenario ended: its verdict, and the code and message of its failure, or the reason.
type Ending = (Verdict, String, String);

impl Bench {
    /// A feature with these scenarios.
    fn new(scenarios: &str) -> Self {
        Self::with_feature(&format!("Feature: f\n{scenarios}"))
    }

    fn with_feature(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("1.feature"), text).unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn plan(&self) -> Plan {
        let library = Library::from_folder(self.path()).unwrap();
        Plan::new(library.tutorial(None).unwrap()).unwrap()
    }

    /// Plays it on a recording with these exchanges.
    fn replay(&self, entries: &[Value]) -> SessionOutcome {
        self.replay_log(json!({"_finish": {"by": "stop"}, "entries": entries}))
    }

    fn replay_log(&self, log: Value) -> SessionOutcome {
        let file = self.path().join("x.har");
        std::fs::write(&file, json!({"log": log}).to_string()).unwrap();
        self.play(SessionSource::File(file))
    }

    /// Plays it on an emulated tenant.
    fn emulate(&self) -> SessionOutcome {
        self.play(emulator())
    }

    fn play(&self, source: SessionSource) -> SessionOutcome {
        self.play_with(OutsideValues::default(), source)
    }

    fn play_with(&self, given: OutsideValues, source: SessionSource) -> SessionOutcome {
        Run { given, ..Run::new(self.plan()) }.outcomes(&[source]).remove(0)
    }
}

/// An emulated tenant with two users.
fn emulator() -> SessionSource {
    let now = "2026-01-05T09:00:00Z".parse().ok();
    let seed = "users: [{userPrincipalName: a@contoso.com, displayName: A}, {userPrincipalName: b@contoso.com, displayName: B}]";
    let seed = Seed::parse(seed).unwrap();
    SessionSource::Emulator(Arc::new(Settings { now, seed, ..Settings::default() }))
}

/// How the scenarios ended, in order.
fn endings(outcome: &SessionOutcome) -> Vec<Ending> {
    assert!(outcome.begun, "{:?}", outcome.failure);
    outcome.features.iter().flat_map(|feature| &feature.scenarios).map(ending).collect()
}

fn ending(scenario: &ScenarioOutcome) -> Ending {
    let (code, message) = match scenario.failure() {
        Some((_, failure)) => (failure.code.to_owned(), failure.message.clone()),
        None => (String::new(), scenario.reason().unwrap_or_default().to_owned()),
    };
    (scenario.verdict(), code, message)
}

/// Expects that every scenario passed.
fn all_passed(outcome: &SessionOutcome) {
    let endings = endings(outcome);
    assert!(!endings.is_empty() && endings.iter().all(|(verdict, ..)| *verdict == Verdict::Passed), "{endings:?}");
}

/// A recorded exchange of that second, of whose answer the status, the headers and the JSON are reported.
fn entry(second: u32, request: &str, status: u16, headers: &[(&str, &str)], body: &Value) -> Value {
    let (method, path) = request.split_once(' ').unwrap();
    let headers: Vec<Value> = headers.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let text = if body.is_null() { String::new() } else { body.to_string() };
    json!({
        "startedDateTime": format!("2022-02-11T08:{:02}:{:02}Z", second / 60, second % 60),
        "request": {"method": method, "url": format!("https://graph.microsoft.com{path}")},
        "response": {"status": status, "headers": headers, "content": {"text": text, "mimeType": "application/json"}},
    })
}

/// The same with a JSON body in the request.
fn sent(mut entry: Value, body: &str) -> Value {
    entry["request"]["postData"] = json!({"mimeType": "application/json", "text": body});
    entry
}

/// A scenario that reads `/v1.0/organization` and then has these steps, each a scenario of its own, with clean-up's way of going
/// on after a failure.
fn each(steps: &[&str]) -> String {
    let scenario = |(number, step): (usize, &&str)| {
        format!("  Scenario: {number}\n    When the administrator sends GET \"/v1.0/x\"\n    Then {step}\n")
    };
    steps.iter().enumerate().map(scenario).collect()
}
