//! Runs that wait: for people, and for days.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::proxy::interrupt;
use crate::served::{DOMAIN, Served, configure, ended, graphwalk, run_name, told};

/// Reads what the program says until a line holds `text`, within a minute.
pub fn until_told(child: &mut Child, text: &str) -> String {
    let mut lines = BufReader::new(child.stderr.as_mut().unwrap()).lines();
    let mut all = String::new();
    loop {
        let line = lines.next().unwrap_or_else(|| panic!("never told {text}: {all}")).unwrap();
        all.push_str(&line);
        all.push('\n');
        if line.contains(text) {
            return all;
        }
    }
}

/// A run that has come to the wait for the end of its review's period.
struct Waiting {
    folder: TempDir,
    served: Served,
    child: Child,
    run: String,
    /// What the program told until then.
    told: String,
}

impl Waiting {
    fn for_days() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(folder.path());
        configure(folder.path(), &served.url, &served.url);
        let arguments = ["run", "--on", "live", "--yes", "--finish", "wait"];
        let mut child = graphwalk(folder.path(), &arguments).spawn().unwrap();
        let told = until_told(&mut child, "deletes what it created");
        let run = run_name(folder.path());
        Self { folder, served, child, run, told }
    }
}

/// Expects the run to be listed as one that waits, and `clean` to delete nothing of it: nobody wants a review of days deleted
/// by accident.
fn leaves_it_alone(folder: &Path, served: &Served) {
    let (_, text) = ended(folder, &["runs"]);
    assert!(text.contains("waiting") && text.contains("step 8 continues after"), "{text}");
    let (code, text) = ended(folder, &["clean"]);
    assert!(code == 0 && text.contains("waits until") && served.holds().len() == 8, "{text}");
}

#[test]
fn a_run_that_waits_for_days_may_be_left_and_goes_on_another_day() {
    let Waiting { folder, served, mut child, run, told } = Waiting::for_days();
    assert!(told.contains("waiting for the review period to end") && told.contains(&format!("resume {run}")), "{told}");
    interrupt(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(4));
    assert_eq!(served.holds().len(), 3 + 5);
    leaves_it_alone(folder.path(), &served);
    served.advance(6 * 86_400);
    let (code, text) = ended(folder.path(), &["resume", &run, "--yes", "--finish", "wait"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("→ Applied") || text.contains("Applied"), "{text}");
    served.holds_only_its_seed(&text);
}

#[test]
fn a_run_that_is_killed_while_it_waits_still_waits() {
    let Waiting { folder, served, mut child, run, .. } = Waiting::for_days();
    child.kill().unwrap();
    child.wait().unwrap();
    leaves_it_alone(folder.path(), &served);
    served.advance(6 * 86_400);
    let (code, text) = ended(folder.path(), &["resume", &run, "--yes", "--finish", "wait"]);
    assert_eq!(code, 0, "{text}");
    served.holds_only_its_seed(&text);
    // Reports that nobody wanted elsewhere are in the run's folder.
    for report in ["junit.xml", "cucumber.json"] {
        let path = folder.path().join(".graphwalk/runs").join(&run).join("reports").join(report);
        let content = std::fs::read_to_string(&path).unwrap();
        assert!(content.contains("Adele is a member, Alex is not"), "{report}: {content}");
    }
}

#[test]
fn a_run_that_waits_for_days_is_deleted_only_if_somebody_says_yes() {
    for named in [true, false] {
        let Waiting { folder, served, mut child, run, .. } = Waiting::for_days();
        let (code, text) = ended(folder.path(), &["clean", &run]);
        assert!(code == 2 && text.contains("another process works on the run"), "{text}");
        child.kill().unwrap();
        child.wait().unwrap();
        leaves_it_alone(folder.path(), &served);
        // Nobody sits before a terminal to say yes.
        let (code, text) = ended(folder.path(), &["clean", &run]);
        assert!(code == 1 && text.contains("add --yes") && served.holds().len() == 8, "{text}");
        let arguments = if named { vec!["clean", &run, "--yes"] } else { vec!["clean", "--yes"] };
        let (code, text) = ended(folder.path(), &arguments);
        assert_eq!((code, text.matches("deleted  ").count()), (0, 5), "{text}");
        served.holds_only_its_seed(&text);
    }
}

/// The decision about Adele in the tenant's only review, as soon as it can be made: its path.
fn open_decision(served: &Served) -> String {
    const REVIEWS: &str = "/v1.0/identityGovernance/accessReviews/definitions";
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < Duration::from_secs(60), "there is no decision to make");
        std::thread::sleep(Duration::from_millis(200));
        let reviews = served.get(REVIEWS);
        let Some(id) = reviews["value"][0]["id"].as_str() else { continue };
        let decisions = served.get(&format!("{REVIEWS}/{id}/instances/{id}/decisions"));
        let items = decisions["value"].as_array().cloned().unwrap_or_default();
        let adele = items.iter().find(|item| item["principal"]["displayName"] == "Adele Vance");
        let running = reviews["value"][0]["status"] == "InProgress";
        if let Some(decision) = adele.filter(|_| running).and_then(|item| item["id"].as_str()) {
            return format!("{REVIEWS}/{id}/instances/{id}/decisions/{decision}");
        }
    }
}

/// What comes of a run in which Adele decides on the page; `signs_in` says whether she can sign in here beside that.
fn decided_by_hand(decision: &str, signs_in: bool) -> (i32, String, Value, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    configure(folder.path(), &served.url, &served.url);
    if !signs_in {
        let file = folder.path().join("graphwalk.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, text.split("[actors.\"Adele Vance\"]").next().unwrap()).unwrap();
    }
    let arguments = ["record", "--on", "live", "--yes", "--review-by", "portal", "--out", "by-hand.har"];
    let child = graphwalk(folder.path(), &arguments).spawn().unwrap();
    let path = open_decision(&served);
    // Adele sees that nothing is decided before she does it.
    std::thread::sleep(Duration::from_secs(2));
    let users = served.get("/v1.0/users");
    let is_adele =
        |user: &&Value| user["displayName"] == "Adele Vance" && user["userPrincipalName"] != format!("AdeleV@{DOMAIN}");
    let adele = users["value"].as_array().unwrap().iter().find(is_adele).unwrap();
    let words = "As the assistant security manager, I still need access to the building security group.";
    let body = json!({"decision": decision, "justification": words});
    let answer = served.send_as(adele["userPrincipalName"].as_str().unwrap(), "PATCH", &path, &body);
    let (code, text) = told(&child.wait_with_output().unwrap());
    served.holds_only_its_seed(&text);
    (code, text, answer, folder)
}

#[test]
fn a_person_decides_on_my_access_and_the_decision_is_asserted() {
    let (code, text, answer, folder) = decided_by_hand("Approve", true);
    assert_eq!((code, answer), (0, Value::Null), "{text}");
    assert!(text.contains("https://myaccess.microsoft.com/@") && text.contains("As the assistant"), "{text}");
    // The recording says that a person decided, and replays.
    let (code, text) = ended(folder.path(), &["run", "--strict", "--recording", "by-hand.har"]);
    assert_eq!(code, 0, "{text}");
    let (code, text, ..) = decided_by_hand("Deny", true);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("the decision about Adele Vance differs"), "{text}");
}

#[test]
fn a_person_who_decides_on_my_access_needs_no_sign_in_of_the_program() {
    let (code, text, answer, folder) = decided_by_hand("Approve", false);
    assert_eq!((code, answer), (0, Value::Null), "{text}");
    assert_eq!(text.matches(" skipped\n").count(), 2, "{text}");
    let (code, text) = ended(folder.path(), &["run", "--strict", "--recording", "by-hand.har"]);
    assert_eq!(code, 0, "{text}");
}
