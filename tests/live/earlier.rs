//! Runs that an earlier version of the program left are still understood: they are cleaned, and go on.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use graphwalk_client::install_ring;
use graphwalk_emulator::seed::Seed;
use graphwalk_emulator::server::Server;
use graphwalk_emulator::{Emulator, Settings};
use graphwalk_schema::Schemas;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::served::{PASSWORD, SEED, configure, ended, seed_text, send};

/// When the runs of the fixtures began, on the tenant's clock.
const BEGAN: &str = "2026-11-28T09:00:00Z";
/// The exit code of a run of which something could not be judged.
const NOT_JUDGED: i32 = 3;
const ADMIN_TOKEN: &str = "token-of-the-earlier-tenant";

/// A write of the run, as it was sent.
#[derive(Deserialize)]
struct Write {
    method: String,
    path: String,
    body: Value,
}

/// The tenant of a fixture: its ids follow from a seed, so that the same writes make the same objects.
struct Tenant {
    address: SocketAddr,
    url: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    serving: Option<JoinHandle<()>>,
}

impl Tenant {
    fn start(port: u16) -> Self {
        install_ring();
        let settings = Settings {
            now: Some(BEGAN.parse().unwrap()),
            clock: graphwalk_emulator::ClockPace::REAL,
            admin_token: Some(ADMIN_TOKEN.to_owned()),
            ids: Some(12),
            seed: Seed::parse(&seed_text(SEED)).unwrap(),
            ..Settings::default()
        };
        let emulator = Emulator::new(settings, Schemas::embedded()).unwrap();
        let (told, address) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let serving = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], port))).unwrap();
                told.send(server.local_addr()).unwrap();
                let stopped = async { drop(stopped.await) };
                server.run(Arc::new(emulator), stopped).await;
            });
        });
        let address: SocketAddr = address.recv().unwrap();
        std::thread::spawn(move || {
            // Until nobody listens any more.
            while send(address, ADMIN_TOKEN, "POST", "/_emulator/clock/advance", Some(&json!({"seconds": 60})))
                .is_object()
            {
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        Self { address, url: format!("http://{address}"), stop: Some(stop), serving: Some(serving) }
    }

    fn send(&self, token: &str, method: &str, path: &str, body: &Value) -> Value {
        send(self.address, token, method, path, Some(body))
    }

    /// Makes what the run had made when it ended.
    fn make(&self, writes: &Path) {
        let text = std::fs::read_to_string(writes).unwrap().replace("PASSWORD", PASSWORD);
        let writes: Vec<Write> = serde_json::from_str(&text).unwrap();
        for Write { method, path, body } in writes {
            let answer = match method.as_str() {
                "POST" => self.send(ADMIN_TOKEN, "POST", &path, &body),
                _ => self.decide(&path, &body),
            };
            assert_eq!(answer["error"], Value::Null, "{method} {path}: {answer}");
        }
    }

    /// Decides as Adele Vance, once the review has begun.
    fn decide(&self, path: &str, body: &Value) -> Value {
        let users = send(self.address, ADMIN_TOKEN, "GET", "/v1.0/users", None);
        let mut names =
            users["value"].as_array().unwrap().iter().map(|user| user["userPrincipalName"].as_str().unwrap());
        let adele = names.find(|name| name.starts_with("AdeleV-")).unwrap();
        let token = self.send(ADMIN_TOKEN, "POST", "/_emulator/tokens", &json!({"userPrincipalName": adele}));
        self.send(ADMIN_TOKEN, "POST", "/_emulator/clock/advance", &json!({"seconds": 3600}));
        self.send(token["access_token"].as_str().unwrap(), "PATCH", path, body)
    }

    /// The names of all users, groups and reviews.
    fn holds(&self) -> Vec<String> {
        let paths = ["/v1.0/users", "/v1.0/groups", "/v1.0/identityGovernance/accessReviews/definitions"];
        let lists = paths.map(|path| send(self.address, ADMIN_TOKEN, "GET", path, None));
        let items = lists.iter().flat_map(|list| list["value"].as_array().unwrap());
        items.map(|item| item["displayName"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(serving) = self.serving.take() {
            let _ = serving.join();
        }
    }
}

/// The folder of the program with the runs folder of a fixture, and the name of the run in it.
fn left_by_an_earlier_version(fixture: &Path, tenant: &Tenant) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), &tenant.url, &tenant.url);
    let entries = std::fs::read_dir(fixture).unwrap().map(|entry| entry.unwrap().path());
    let run = entries.into_iter().find(|path| path.is_dir()).unwrap();
    let name = run.file_name().unwrap().to_str().unwrap().to_owned();
    let to = folder.path().join(".graphwalk/runs").join(&name);
    graphwalk_secrets::private_file::create_folders(&to).unwrap();
    for file in std::fs::read_dir(&run).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
    (folder, name)
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures-0.1").join(name)
}

/// Expects all that is played to pass. Of what was played before it is only said that nobody knows how it ended: version 0.1
/// did not keep that.
fn goes_on_to_the_end(text: &str) {
    assert!(text.contains("✓ Adele is a member, Alex is not") && text.contains("Applied\n"), "{text}");
    assert!(text.contains("its outcome was not kept") && !text.contains('✗') && !text.contains("error["), "{text}");
}

#[test]
fn a_run_that_version_0_1_left_when_it_was_killed_is_cleaned_and_goes_on() {
    let (tenant, fixture) = (Tenant::start(19_307), fixture("killed"));
    let seeded = tenant.holds();
    tenant.make(&fixture.join("writes.json"));
    assert_eq!(tenant.holds().len(), seeded.len() + 4);
    let (folder, _) = left_by_an_earlier_version(&fixture, &tenant);
    let (code, text) = ended(folder.path(), &["clean"]);
    assert_eq!((code, text.matches("deleted ").count(), tenant.holds()), (0, 4, seeded.clone()), "{text}");

    drop(tenant);
    let tenant = Tenant::start(19_307);
    tenant.make(&fixture.join("writes.json"));
    let (folder, run) = left_by_an_earlier_version(&fixture, &tenant);
    let (code, text) = ended(folder.path(), &["resume", &run, "--yes"]);
    assert_eq!((code, tenant.holds()), (NOT_JUDGED, seeded), "{text}");
    goes_on_to_the_end(&text);
}

#[test]
fn a_run_that_version_0_1_left_waiting_goes_on_and_is_cleaned() {
    let (tenant, fixture) = (Tenant::start(19_308), fixture("waiting"));
    let seeded = tenant.holds();
    tenant.make(&fixture.join("writes.json"));
    let (folder, run) = left_by_an_earlier_version(&fixture, &tenant);
    let (code, text) = ended(folder.path(), &["clean"]);
    assert!(code == 0 && text.contains("waits until 2026-12-03") && tenant.holds().len() == seeded.len() + 5, "{text}");
    tenant.send(ADMIN_TOKEN, "POST", "/_emulator/clock/advance", &json!({"seconds": 6 * 86_400}));
    let (code, text) = ended(folder.path(), &["resume", &run, "--yes", "--finish", "wait"]);
    assert_eq!((code, tenant.holds()), (NOT_JUDGED, seeded.clone()), "{text}");
    goes_on_to_the_end(&text);
}
