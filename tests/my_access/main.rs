//! `run --on emulator --review-by portal`: a person decides on the emulator's own page while the run waits.

mod in_browser;
#[path = "../../crates/emulator/tests/emulator/visitor.rs"]
mod visitor;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use assert_cmd::cargo::CommandCargoExt as _;
use serde_json::Value;
use tempfile::TempDir;
use visitor::{Shown, Visitor};

/// What the feature wants Adele to write.
const WORDS: &str = "As the assistant security manager, I still need access to the building security group.";
const OUTPUTS: [&str; 6] = ["run.har", "run.json", "run.html", "run.ndjson", "junit.xml", "recording.har"];

/// A run that waits for a person.
struct WaitingRun {
    folder: TempDir,
    child: Child,
    lines: Receiver<String>,
    /// What it has said on stderr so far.
    told: String,
}

impl WaitingRun {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::cargo_bin("graphwalk").unwrap();
        command.current_dir(folder.path()).env("NO_COLOR", "1").args(arguments);
        command.args(["--review-by", "portal", "--trace", "run.har", "--json", "run.json", "--html", "run.html"]);
        command.args(["--messages", "run.ndjson", "--junit", "junit.xml", "-vv"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { folder, child, lines, told: String::new() }
    }

    /// The next link that it prints.
    fn link(&mut self) -> String {
        loop {
            let line =
                self.lines.recv_timeout(Duration::from_secs(60)).unwrap_or_else(|_| panic!("no link: {}", self.told));
            self.told.push_str(&line);
            self.told.push('\n');
            if line.contains("/link?secret=") {
                return line.trim().to_owned();
            }
        }
    }

    /// The exit code, and what it printed on both ways.
    fn end(mut self) -> (i32, String, TempDir) {
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        let code = self.child.wait().unwrap().code().unwrap();
        (code, format!("{printed}{}{}", self.told, self.lines.iter().collect::<Vec<_>>().join("\n")), self.folder)
    }
}

fn origin(link: &str) -> &str {
    link.split("/myaccess").next().unwrap()
}

/// Nothing that the run has written has the secret of a link.
fn keeps_no_secret(folder: &Path, links: &[&str]) {
    for name in OUTPUTS.into_iter().filter(|name| folder.join(name).exists()) {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        for link in links {
            let secret = link.split("secret=").nth(1).unwrap();
            assert!(secret.len() > 40 && !text.contains(secret), "{name} has the secret of a link");
        }
        assert!(!text.contains("link?secret="), "{name} has a link");
    }
}

/// The decision about Adele, as the JSON report's exchanges have it last.
fn last_decision(folder: &Path) -> Value {
    let har: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("run.har")).unwrap()).unwrap();
    let entries = har["log"]["entries"].as_array().unwrap();
    let bodies = entries.iter().rev().filter_map(|entry| entry["response"]["content"]["text"].as_str());
    let lists = bodies.filter_map(|body| serde_json::from_str::<Value>(body).ok());
    let mut items = lists.flat_map(|list| list["value"].as_array().cloned().unwrap_or_default());
    items.find(|item| item["principal"]["displayName"] == "Adele Vance" && item["decision"].is_string()).unwrap()
}

#[tokio::test]
async fn adele_decides_with_a_plain_form_and_the_run_confirms_it() {
    let mut run = WaitingRun::start(&["record", "--on", "emulator", "--out", "recording.har"]);
    let link = run.link();
    let told = run.told.clone();
    assert!(told.contains("waiting for \"Approve\" about Adele Vance, recorded on"), "{told}");
    assert!(
        told.contains(&format!("with the words: {WORDS}")) && told.contains("to sign in as Adele Vance, once"),
        "{told}"
    );
    let mut adele = Visitor::new(origin(&link));
    let list = adele.use_link(&link).await;
    assert!(list.text().contains("Group Building security Ends") && !list.text().contains("Alex"), "{}", list.text());
    let page = adele.get(&list.link("Answer")).await;
    let taken = adele.submit(&page, "", &[("decision", "Approve"), ("justification", WORDS)]).await;
    assert_eq!(taken.status, 303, "{taken:?}");
    let (code, printed, folder) = run.end();
    assert_eq!(code, 0, "{printed}");
    assert!(printed.contains("Adele is a member, Alex is not"), "{printed}");
    let decision = last_decision(folder.path());
    assert_eq!((&decision["decision"], &decision["justification"]), (&"Approve".into(), &WORDS.into()));
    assert_eq!(decision["reviewedBy"]["displayName"], "Adele Vance");
    keeps_no_secret(folder.path(), &[&link]);
    assert_eq!(printed.matches("link?secret=").count(), 1, "{printed}");
    // The recording says that a person decided, and replays without one.
    let har: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("recording.har")).unwrap()).unwrap();
    assert_eq!(har["log"]["_overrides"]["inPortal"], true, "{}", har["log"]["_overrides"]);
    let writes = har["log"]["entries"].as_array().unwrap().iter().filter(|entry| entry["request"]["method"] == "PATCH");
    assert_eq!(writes.count(), 0);
    let mut replay = assert_cmd::Command::cargo_bin("graphwalk").unwrap();
    replay.current_dir(folder.path()).args(["run", "--strict", "--recording", "recording.har"]).assert().success();
}

#[tokio::test]
async fn another_decision_than_the_features_fails_the_run() {
    let mut run = WaitingRun::start(&["run", "--on", "emulator"]);
    let link = run.link();
    let mut adele = Visitor::new(origin(&link));
    let list = adele.use_link(&link).await;
    let page: Shown = adele.get(&list.link("Answer")).await;
    assert_eq!(adele.submit(&page, "", &[("decision", "Deny"), ("justification", "")]).await.status, 303);
    let (code, printed, folder) = run.end();
    assert_eq!(code, 1, "{printed}");
    assert!(printed.contains("the decision about Adele Vance differs"), "{printed}");
    keeps_no_secret(folder.path(), &[&link]);
}

#[tokio::test]
async fn the_administrator_decides_twice_in_the_review_of_a_role() {
    let mut run = WaitingRun::start(&["run", "role-review", "--on", "emulator"]);
    let link = run.link();
    assert!(
        run.told.contains("to sign in as the administrator") || run.told.contains("to sign in as administrator"),
        "{}",
        run.told
    );
    let mut administrator = Visitor::new(origin(&link));
    administrator.use_link(&link).await;
    let words = |told: &str| told.rsplit("with the words: ").next().unwrap().lines().next().unwrap().to_owned();
    let mut links = vec![link];
    for (decision, about) in [("Approve", "<bdi>IT Helpdesk"), ("Deny", "<bdi>Aline Dupuy")] {
        let reason = words(&run.told);
        let list = administrator.get("/myaccess").await;
        let items = administrator.get(&list.link("See all")).await;
        let page = administrator.get(&items.link(about)).await;
        let typed = [("decision", decision), ("justification", reason.as_str())];
        assert_eq!(administrator.submit(&page, "", &typed).await.status, 303);
        if decision == "Approve" {
            links.push(run.link());
        }
    }
    let (code, printed, folder) = run.end();
    assert_eq!(code, 0, "{printed}");
    keeps_no_secret(folder.path(), &links.iter().map(String::as_str).collect::<Vec<_>>());
}

#[cfg(unix)]
#[test]
fn a_run_that_nobody_answers_ends_with_ctrl_c_and_cleans_up() {
    let mut run = WaitingRun::start(&["run", "--on", "emulator"]);
    let _ = run.link();
    let process = rustix::process::Pid::from_child(&run.child);
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
    let (code, printed, _) = run.end();
    assert!(
        code == 3 && printed.contains("the run was interrupted") && printed.contains("Delete the user Adele"),
        "{code}: {printed}"
    );
}

#[test]
fn a_configuration_for_a_tenant_lets_no_run_on_the_emulator_wait() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("graphwalk.toml"), "review-by = \"portal\"\n").unwrap();
    let graphwalk = |arguments: &[&str]| {
        let mut command = assert_cmd::Command::cargo_bin("graphwalk").unwrap();
        command.current_dir(folder.path()).args(arguments).timeout(Duration::from_secs(60)).assert()
    };
    graphwalk(&["run", "--on", "emulator"]).success();
    graphwalk(&["run", "--on", "emulator", "--review-by", "api"]).success();
    let wrong = graphwalk(&["run", "--on", "emulator", "--review-by", "letter"]).code(2);
    let told = String::from_utf8_lossy(&wrong.get_output().stderr).into_owned();
    assert!(told.contains("api") && told.contains("portal"), "{told}");
}
