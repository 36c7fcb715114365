//! Exported tutorials in the programs that they are for, against a served emulator: newman for collections, httpyac for `.http`.
//!
//! `.ci/run` installs both into `target/export-engines` and runs these tests; elsewhere they are ignored, and `cargo test` says so.
//! By hand: `npm install --prefix target/export-engines newman httpyac`, then `cargo test --test export -- --ignored`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::exported;

/// Reads of membership are answered as the tenant stood when the review's period ended: who was denied is still there.
const KEPT_ACCESS: [&str; 3] =
    ["/groups/*/members", "/groups/*/transitiveMembers", "/roleManagement/directory/roleAssignments"];

/// The tutorials with the sentence that fails where access is kept.
const TUTORIALS: [(&str, &str); 3] = [
    ("security-group-review", "the members of \"Building security\" are exactly"),
    ("guest-review", "the group \"Feelgood Marketing Campaign\" has no members"),
    ("role-review", "\"Aline Dupuy\" does not have the role \"User Administrator\""),
];

/// An emulated tenant in a process of its own, whose days pass where an exported tutorial waits for them.
struct Tenant {
    process: Child,
    address: String,
}

impl Tenant {
    fn start(keeps_access: bool) -> Self {
        Self::with(keeps_access, &[])
    }

    /// With further arguments of `graphwalk serve`.
    fn with(keeps_access: bool, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphwalk"));
        command.args(["serve", "--on", "emulator", "--clock", "3600x", "--admin-token", "T"]).args(arguments);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = lines.find_map(|line| Some(line.split_once("http://")?.1.trim().to_owned())).unwrap();
        let (requests, asked) = (BufReader::new(process.stderr.take().unwrap()), address.clone());
        std::thread::spawn(move || {
            let mut keeps_access = keeps_access;
            for line in requests.lines().map_while(Result::ok) {
                if line.contains("/v1.0/me?$select=id") {
                    if std::mem::take(&mut keeps_access) {
                        let fault = |path: &str| serde_json::json!({"on": {"method": "GET", "path": path}, "do": {"lag": "stale", "for": 31_536_000}});
                        let faults: Vec<Value> = KEPT_ACCESS.iter().map(|path| fault(path)).collect();
                        control(&asked, "faults", &serde_json::json!({"faults": faults}).to_string());
                    }
                    control(&asked, "clock/advance", r#"{"seconds": 86400}"#);
                }
            }
        });
        Self { process, address }
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn control(address: &str, what: &str, body: &str) {
    // The server may have ended meanwhile.
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    let length = body.len();
    let request = format!(
        "POST /_emulator/{what} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer T\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    if stream.write_all(request.as_bytes()).is_ok() {
        let mut answer = String::new();
        drop(stream.read_to_string(&mut answer));
        assert!(answer.starts_with("HTTP/1.1 20"), "{what}: {answer}");
    }
}

fn engine(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/export-engines/node_modules/.bin").join(name);
    assert!(place.exists(), "{}: npm install --prefix target/export-engines newman httpyac", place.display());
    place
}

/// What came of a play: whether the program says that all is well, how many tests passed, and those that failed.
#[derive(Debug)]
struct Played {
    is_green: bool,
    passed: usize,
    failed: Vec<String>,
}

fn variables(tenant: &Tenant) -> Vec<String> {
    let url = format!("http://{}", tenant.address);
    let given = [
        ("base_url", url.as_str()),
        ("authority", &url),
        ("tenant", "organizations"),
        ("client_id", "14d82eec-204b-4c2f-b7e8-296a70dab67e"),
        ("token_administrator", "T"),
        ("domain", "contoso.com"),
        ("poll_seconds", "0.05"),
        ("poll_limit", "200"),
        ("read_limit", "3"),
    ];
    given.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// Fills in an environment as a person does in Postman: the variables that it has.
fn fill(environment: &Path, variables: &[String]) {
    let mut filled: Value = serde_json::from_str(&std::fs::read_to_string(environment).unwrap()).unwrap();
    for entry in filled["values"].as_array_mut().unwrap() {
        let name = format!("{}=", entry["key"].as_str().unwrap());
        if let Some(value) = variables.iter().find_map(|variable| variable.strip_prefix(&name)) {
            entry["value"] = value.into();
        }
    }
    std::fs::write(environment, filled.to_string()).unwrap();
}

/// Plays a collection with newman.
fn newman(arguments: &[&str], keeps_access: bool) -> Played {
    newman_on(&Tenant::start(keeps_access), arguments, &[])
}

/// Plays a collection on a tenant, with further variables.
fn newman_on(tenant: &Tenant, arguments: &[&str], given: &[&str]) -> Played {
    let folder = tempfile::tempdir().unwrap();
    let (file, report) = (folder.path().join("a.postman_collection.json"), folder.path().join("report.json"));
    let environment = folder.path().join("a.postman_environment.json");
    let with_environment = ["--environment", environment.to_str().unwrap()];
    std::fs::write(&file, exported(&[&["postman"], arguments, &with_environment].concat())).unwrap();
    let given = given.iter().map(|variable| (*variable).to_owned());
    fill(&environment, &variables(tenant).into_iter().chain(given).collect::<Vec<_>>());
    let mut command = Command::new(engine("newman"));
    command.arg("run").arg(&file).args(["--reporters", "json", "--reporter-json-export"]).arg(&report);
    command.arg("--environment").arg(&environment);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let report: Value = serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    let text =
        |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let failures = report["run"]["failures"].as_array().unwrap();
    let failed = failures.iter().map(|failure| {
        format!(
            "{}: {} ({})",
            text(failure, "/source/name"),
            text(failure, "/error/test"),
            text(failure, "/error/message")
        )
    });
    let count = |name: &str| report["run"]["stats"]["assertions"][name].as_u64().unwrap();
    let passed = usize::try_from(count("total") - count("failed")).unwrap();
    Played { is_green: output.status.success(), passed, failed: failed.collect() }
}

/// Plays a `.http` file with httpyac.
fn httpyac(arguments: &[&str], keeps_access: bool) -> Played {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.http");
    std::fs::write(&file, exported(&[&["http"], arguments].concat())).unwrap();
    let tenant = Tenant::start(keeps_access);
    let mut command = Command::new(engine("httpyac"));
    command.arg("send").arg(&file).args(["--all", "--output", "short", "--var"]).args(variables(&tenant));
    let output = command.current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // Its JSON leaves out the tests of what is repeated.
    let passed = text.lines().filter(|line| line.starts_with('✓')).count();
    let failed = text.lines().filter(|line| line.starts_with('✖')).map(str::to_owned).collect();
    Played { is_green: output.status.success(), passed, failed }
}

/// Plays all tutorials at once: they wait more than they work.
fn play_all(play: fn(&[&str], bool) -> Played) {
    std::thread::scope(|scope| {
        for (tutorial, sentence) in TUTORIALS {
            scope.spawn(move || {
                let green = play(&[tutorial], false);
                assert!(green.is_green && green.failed.is_empty(), "{tutorial}: {green:#?}");
                assert!(green.passed >= 50, "{tutorial}: {} tests passed", green.passed);
                let red = play(&[tutorial], true);
                assert!(!red.is_green, "{tutorial} passed though nobody lost access");
                let is_told = red.failed.iter().any(|failed| failed.contains(sentence));
                assert!(is_told, "{tutorial}: {:#?}", red.failed);
                // All that comes before the outcome is as it was.
                assert!(red.passed > green.passed / 2, "{tutorial}: {red:#?}");
            });
        }
    });
}

#[test]
#[ignore = "needs newman in target/export-engines: .ci/run installs it"]
fn newman_passes_each_collection_and_fails_it_where_access_is_kept() {
    play_all(newman);
}

#[test]
#[ignore = "needs httpyac in target/export-engines: .ci/run installs it"]
fn httpyac_passes_each_file_and_fails_it_where_access_is_kept() {
    play_all(httpyac);
}

#[test]
#[ignore = "needs newman in target/export-engines: .ci/run installs it"]
fn the_audit_of_one_review_passes_and_fails_where_there_is_no_such_review() {
    let seed = concat!(env!("CARGO_MANIFEST_DIR"), "/features/existing-reviews/seed.yaml");
    let tenant = Tenant::with(false, &["--seed", seed]);
    let id = "c0000001-0000-4000-8000-000000000000";
    let (review, instance) = (format!("review={id}"), format!("instance={id}"));
    let played = newman_on(&tenant, &["existing-reviews"], &[&review, &instance]);
    assert!(played.is_green && played.passed >= 7, "{played:#?}");
    let unknown = "review=c0000009-0000-4000-8000-000000000000";
    let played = newman_on(&tenant, &["existing-reviews"], &[unknown, &instance]);
    assert!(!played.is_green && played.failed.iter().any(|failed| failed.contains("reads the review")), "{played:#?}");
}

#[test]
#[ignore = "needs newman and httpyac in target/export-engines: .ci/run installs them"]
fn a_tutorial_of_the_general_vocabulary_passes_in_both() {
    for features in ["tests/plain-data", "tests/export/general", "examples/own-features/features"] {
        for play in [newman, httpyac] {
            let played = play(&["--features", features], false);
            assert!(played.is_green && played.passed > 0, "{features}: {played:#?}");
        }
    }
}
