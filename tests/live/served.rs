//! An emulated tenant in a process of its own, whose clock runs fast, and the program beside it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

/// The tenant's id.
pub const TENANT: &str = "5f0a1c1e-0000-4000-8000-000000000001";
/// Its only domain.
pub const DOMAIN: &str = "fabrikam.onmicrosoft.com";
/// The administrator's password, which must not show anywhere.
pub const PASSWORD: &str = "Canary-7b1e-admin!";
/// The administrator's name, which must not show in a recording.
pub const ADMINISTRATOR: &str = "Rhoda Seeded";
/// The app that people sign in with.
pub const APP: &str = "11111111-2222-4333-8444-555555555555";
/// An app with a secret of its own.
pub const DAEMON: &str = "22222222-2222-4333-8444-555555555555";
/// Its secret, which must not show anywhere.
pub const SECRET: &str = "Canary-90ac-app!";
const ADMIN_TOKEN: &str = "token-of-the-test";

/// A tenant with a user and a group that are named like the tutorial's own.
pub const SEED: &str = r#"{
    "tenant": {"id": "TENANT", "name": "Fabrikam", "domains": ["DOMAIN"]},
    "administrator": {"displayName": "ADMINISTRATOR", "password": "PASSWORD"},
    "users": [{"id": "aaaaaaaa-0000-4000-8000-000000000001", "userPrincipalName": "AdeleV@DOMAIN", "displayName": "Adele Vance"}],
    "groups": [{"id": "bbbbbbbb-0000-4000-8000-000000000001", "displayName": "Building security", "mailNickname": "buildingsecurity"}],
    "apps": [{"clientId": "APP", "name": "graphwalk"}, {"clientId": "DAEMON", "name": "daemon", "secret": "SECRET"}]
}"#;

/// A feature of one scenario with these steps, alone in the folder `features`.
pub fn write_feature(folder: &Path, steps: &str) {
    write_feature_file(folder, "01-steps.feature", &format!("@step-1\nFeature: Steps\n  Scenario: Play them\n{steps}"));
}

/// A feature in a file of this name in the folder `features`.
pub fn write_feature_file(folder: &Path, name: &str, text: &str) {
    let features = folder.join("features");
    std::fs::create_dir_all(&features).unwrap();
    std::fs::write(features.join(name), text).unwrap();
}

/// The served tenant. Its process ends with it.
pub struct Served {
    child: Child,
    pub address: SocketAddr,
    pub url: String,
    running: Arc<AtomicBool>,
}

impl Served {
    /// Serves the tenant on a free port; its clock goes a minute ahead ten times a second.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// The same with further arguments of `graphwalk serve`.
    pub fn start_with(folder: &Path, arguments: &[&str]) -> Self {
        Self::start_at(folder, 60, arguments)
    }

    /// The same with a clock that goes `pace` seconds ahead ten times a second.
    pub fn start_at(folder: &Path, pace: u64, arguments: &[&str]) -> Self {
        Self::seeded(folder, pace, arguments, SEED)
    }

    /// The same with another seed than [`SEED`].
    pub fn seeded(folder: &Path, pace: u64, arguments: &[&str], seed: &str) -> Self {
        let text = seed_text(seed);
        let seed = folder.join("seed.json");
        std::fs::write(&seed, text).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
        command.args(["serve", "--on", "emulator", "--admin-token", ADMIN_TOKEN]);
        if !arguments.contains(&"--clock") {
            command.args(["--clock", "real"]);
        }
        // What stands between passes on the address that it was asked at itself.
        command.args(["--allow-host", "127.0.0.1", "--allow-host", "localhost"]);
        command.arg("--seed").arg(&seed).args(arguments).current_dir(folder);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let url = first.trim().rsplit(' ').next().unwrap().to_owned();
        let address = url.rsplit("//").next().unwrap().replace("localhost", "127.0.0.1").parse().unwrap();
        let served = Self { child, address, url, running: Arc::new(AtomicBool::new(true)) };
        if served.url.starts_with("http:") {
            served.hurry(pace);
        }
        served
    }

    fn hurry(&self, seconds: u64) {
        let (address, running) = (self.address, Arc::clone(&self.running));
        std::thread::spawn(move || {
            while running.load(Ordering::Relaxed) {
                advance(address, seconds);
                std::thread::sleep(Duration::from_millis(100));
            }
        });
    }

    /// What the administrator is answered at `path`.
    pub fn get(&self, path: &str) -> Value {
        self.send("GET", path, None)
    }

    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        send(self.address, ADMIN_TOKEN, method, path, body)
    }

    /// What a user does, whoever it is.
    pub fn send_as(&self, principal_name: &str, method: &str, path: &str, body: &Value) -> Value {
        send(self.address, &self.token(principal_name), method, path, Some(body))
    }

    /// Lets time pass in the tenant.
    pub fn advance(&self, seconds: u64) {
        advance(self.address, seconds);
    }

    /// The names of everything in the tenant, deleted items aside.
    pub fn holds(&self) -> Vec<String> {
        let names = |path: &str, property: &str| -> Vec<String> {
            let list = self.get(path);
            let items = list["value"].as_array().unwrap_or_else(|| panic!("{path}: {list}")).clone();
            items.iter().map(|item| item[property].as_str().unwrap().to_owned()).collect()
        };
        let mut all = names("/v1.0/users", "userPrincipalName");
        all.extend(names("/v1.0/groups", "mailNickname"));
        all.extend(names("/v1.0/identityGovernance/accessReviews/definitions", "displayName"));
        all.sort();
        all
    }

    /// Expects nothing but what the tenant was seeded with.
    pub fn holds_only_its_seed(&self, context: &str) {
        let seed = [format!("AdeleV@{DOMAIN}"), format!("admin@{DOMAIN}"), "buildingsecurity".to_owned()];
        assert_eq!(self.holds(), seed, "{context}");
        let group = self.get("/v1.0/groups/bbbbbbbb-0000-4000-8000-000000000001/members");
        assert_eq!(group["value"], json!([]), "{context}");
    }

    /// The users and groups that were deleted and can be restored.
    pub fn deleted_items(&self) -> usize {
        ["user", "group"]
            .iter()
            .map(|kind| self.get(&format!("/v1.0/directory/deletedItems/microsoft.graph.{kind}")))
            .map(|list| list["value"].as_array().unwrap().len())
            .sum()
    }

    /// A token of a user, as somebody else got it.
    pub fn token(&self, principal_name: &str) -> String {
        let answer = self.send("POST", "/_emulator/tokens", Some(&json!({"userPrincipalName": principal_name})));
        answer["access_token"].as_str().unwrap().to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.running.store(false, Ordering::Relaxed);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A seed with its fields filled in.
pub fn seed_text(seed: &str) -> String {
    let fields = [("TENANT", TENANT), ("DOMAIN", DOMAIN), ("PASSWORD", PASSWORD), ("APP", APP), ("DAEMON", DAEMON)];
    let fields = fields.into_iter().chain([("SECRET", SECRET), ("ADMINISTRATOR", ADMINISTRATOR)]);
    fields.fold(seed.to_owned(), |text, (field, value)| text.replace(field, value))
}

fn advance(address: SocketAddr, seconds: u64) {
    send(address, ADMIN_TOKEN, "POST", "/_emulator/clock/advance", Some(&json!({"seconds": seconds})));
}

/// What whoever has `token` is answered, if that is JSON.
pub fn send(address: SocketAddr, token: &str, method: &str, path: &str, body: Option<&Value>) -> Value {
    let headers = format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
    let answer = exchange(address, method, path, &headers, &body.map(Value::to_string).unwrap_or_default());
    answer.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok()).unwrap_or_default()
}

/// One request over plain HTTP, and the whole answer; nothing if nobody listens any more. Each header ends with a line break.
pub fn exchange(address: SocketAddr, method: &str, path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    let mut answer = String::new();
    let Ok(mut stream) = TcpStream::connect(address) else { return answer };
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// Writes the configuration that most tests have: both actors sign in by password, Adele with the one that the run makes.
pub fn configure(folder: &Path, graph: &str, authority: &str) {
    let by_password = format!(
        "sign-in = \"password\"\nclient-id = \"{APP}\"\nusername = \"admin@{DOMAIN}\"\npassword-env = \"TEST_PASSWORD\""
    );
    configure_as(&by_password, &folder.join("graphwalk.toml"), graph, authority);
}

/// The same with another sign-in for the administrator.
pub fn configure_as(administrator: &str, file: &Path, graph: &str, authority: &str) {
    let text = format!(
        "tenant = \"{DOMAIN}\"\nbase-url = \"{graph}\"\nauthority = \"{authority}\"\nresource = \"{authority}\"\n\
         token-cache = \"off\"\n[timeouts]\npoll = 1\nsettle = 1\n[actors.administrator]\n{administrator}\n\
         [actors.\"Adele Vance\"]\nsign-in = \"password\"\nclient-id = \"{APP}\"\n"
    );
    std::fs::write(file, text).unwrap();
}

/// The program in `folder`.
pub fn graphwalk(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GRAPHWALK_") {
            command.env_remove(name);
        }
    }
    command.current_dir(folder).args(arguments).env("TEST_PASSWORD", PASSWORD).env("NO_COLOR", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What the program came to: its exit code, and all that it printed.
pub fn ended(folder: &Path, arguments: &[&str]) -> (i32, String) {
    told(&graphwalk(folder, arguments).output().unwrap())
}

pub fn told(output: &Output) -> (i32, String) {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap_or(-1), text)
}

/// The one run in `folder`.
pub fn run_name(folder: &Path) -> String {
    let names = std::fs::read_dir(folder.join(".graphwalk/runs")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> =
        names.filter_map(|name| name.into_string().ok()).filter(|n| n != ".gitignore").collect();
    assert_eq!(names.len(), 1, "{names:?}");
    names.pop().unwrap()
}

/// Every file under `folder`, with its content.
pub fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into()));
        }
    }
    found
}
