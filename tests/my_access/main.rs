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

/// The program in a folder, which no variable of the tests' own environment configures.
fn graphwalk(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GRAPHWALK_")) {
        command.env_remove(name);
    }
    command.current_dir(folder).env("NO_COLOR", "1");
    command
}

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
        let mut command = graphwalk(folder.path());
        command.args(arguments);
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
    let replay = graphwalk(folder.path()).args(["run", "--strict", "--recording", "recording.har"]).output().unwrap();
    assert!(replay.status.success(), "{}", String::from_utf8_lossy(&replay.stdout));
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
    let run = |more: &[&str]| {
        let mut command = assert_cmd::Command::from_std(graphwalk(folder.path()));
        command.args(["run", "--on", "emulator"]).args(more).timeout(Duration::from_secs(60)).assert()
    };
    run(&[]).success();
    run(&["--review-by", "api"]).success();
    let wrong = run(&["--review-by", "letter"]).code(2);
    let told = String::from_utf8_lossy(&wrong.get_output().stderr).into_owned();
    assert!(told.contains("api") && told.contains("portal"), "{told}");
}

/// A served tenant, ended with this.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
async fn serve_has_the_pages_at_a_hurried_clock_and_logs_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let seed = "users: [{displayName: Adele Vance, userPrincipalName: adele@contoso.com}]
groups: [{id: 6a0c8b3e-1111-4222-8333-944455556666, displayName: Door, members: [adele@contoso.com]}]";
    std::fs::write(folder.path().join("tenant.yaml"), seed).unwrap();
    let mut command = graphwalk(folder.path());
    command.args(["serve", "--on", "emulator", "--seed", "tenant.yaml"]);
    // Five days in less than five seconds.
    command.args(["--clock", "100000x", "--admin-token", "T"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut served = Served(command.spawn().unwrap());
    let mut lines = BufReader::new(served.0.stdout.take().unwrap()).lines().map_while(Result::ok);
    let page = lines.find_map(|line| Some(line.trim().strip_prefix("pages for people: ")?.to_owned())).unwrap();
    let mut adele = Visitor::new(origin(&page));
    let post = async |path: &str, body: Value| {
        let request = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let request = request
            .post(format!("{}{path}", origin(&page)))
            .bearer_auth("T")
            .header("content-type", "application/json");
        serde_json::from_str::<Value>(&request.body(body.to_string()).send().await.unwrap().text().await.unwrap())
            .unwrap()
    };
    let review = serde_json::json!({
        "displayName": "Door", "descriptionForAdmins": "Door", "descriptionForReviewers": "Do you need it?",
        "scope": {"query": "/groups/6a0c8b3e-1111-4222-8333-944455556666/transitiveMembers", "queryType": "MicrosoftGraph"},
        "settings": {"instanceDurationInDays": 5, "recommendationsEnabled": true, "autoApplyDecisionsEnabled": true},
    });
    let review = post("/v1.0/identityGovernance/accessReviews/definitions", review).await;
    assert!(review["id"].is_string(), "{review}");
    let wanted = serde_json::json!({"site": "myaccess", "userPrincipalName": "adele@contoso.com"});
    let link = post("/_emulator/sign-in-links", wanted).await["url"].as_str().unwrap().to_owned();
    let mut list = adele.use_link(&link).await;
    for _ in 0..200 {
        if list.html.contains(">Answer<") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
        list = adele.get("/myaccess").await;
    }
    let form = adele.get(&list.link("Answer")).await;
    assert_eq!(adele.submit(&form, "", &[("decision", "Approve"), ("justification", "Yes.")]).await.status, 303);
    let late = loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let late = adele.submit(&form, "", &[("decision", "Deny"), ("justification", "")]).await;
        if late.status != 303 {
            break late;
        }
    };
    assert!(late.status == 400 && late.text().contains("This review has ended."), "{late:?}");
    let stderr = served.0.stderr.take().unwrap();
    drop(served);
    let log = BufReader::new(stderr).lines().map_while(Result::ok).collect::<Vec<_>>().join("\n");
    assert!(log.contains("GET /myaccess/link?secret=*** 200"), "{log}");
    assert!(!log.contains(link.split("secret=").nth(1).unwrap()), "{log}");
}
