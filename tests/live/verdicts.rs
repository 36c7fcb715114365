//! What a run asks for, and what it says: only what the chosen steps need, and the whole of a run that several processes
//! played.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::proxy::{Deed, Proxy};
use crate::served::{APP, DOMAIN, PASSWORD, Served, configure, configure_as, ended, graphwalk, run_name};

/// Takes Adele's sign-in out of the configuration.
fn forget_adele(folder: &Path) {
    let file = folder.join("graphwalk.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &text[..text.find("[actors.\"Adele Vance\"]").unwrap()]).unwrap();
}

#[test]
fn only_who_acts_in_the_chosen_steps_has_to_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    configure(folder.path(), &served.url, &served.url);
    forget_adele(folder.path());
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--plan", "--through", "3"]);
    assert!(code == 0 && !text.contains("Adele Vance sends"), "{text}");
    for (chosen, steps) in [(["--through", "3"], "4 passed of 4 steps"), (["--tags", "@step-1 or @step-2"], "3 passed")]
    {
        let arguments = [&["run", "--on", "live", "--yes"], &chosen[..]].concat();
        let (code, text) = ended(folder.path(), &arguments);
        assert_eq!(code, 0, "{chosen:?}: {text}");
        assert!(text.contains(steps) && !text.contains("Adele Vance sends"), "{chosen:?}: {text}");
        served.holds_only_its_seed(&text);
    }
    // Where she acts she has to.
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--through", "7"]);
    assert!(code == 2 && text.contains("Adele Vance sends"), "{text}");
    served.holds_only_its_seed(&text);
}

#[test]
fn the_doctor_asks_only_for_what_the_chosen_steps_need() {
    let folder = tempfile::tempdir().unwrap();
    // A tenant without a licence for access reviews, and a token that grants nothing for them.
    let served = Served::start_with(folder.path(), &["--no-licence"]);
    let scopes =
        ["User.Read", "User.ReadWrite.All", "Group.ReadWrite.All"].map(|scope| format!("\"{}/{scope}\"", served.url));
    let administrator = format!(
        "sign-in = \"password\"\nclient-id = \"{APP}\"\nusername = \"admin@{DOMAIN}\"\npassword-env = \"TEST_PASSWORD\"\n\
         scopes = [{}]",
        scopes.join(", ")
    );
    configure_as(&administrator, &folder.path().join("graphwalk.toml"), &served.url, &served.url);
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--through", "2"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("3 passed of 3 steps"), "{text}");
    assert_eq!(served.get("/v1.0/users")["value"].as_array().map(Vec::len), Some(2), "{text}");
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--through", "3"]);
    assert!(code == 3 && text.contains("licence for access reviews"), "{text}");
    assert!(text.contains("AccessReview.ReadWrite.All"), "{text}");
}

/// A run in a folder of its own, through a proxy where the program is killed: at the first request that holds the first of
/// `stops`, then at the first after it that holds the second one, and so on.
struct Stopped {
    folder: tempfile::TempDir,
    served: Served,
    proxy: Proxy,
    left: Arc<Mutex<VecDeque<&'static str>>>,
}

impl Stopped {
    fn at(stops: &[&'static str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::start(folder.path());
        let left = Arc::new(Mutex::new(VecDeque::from(stops.to_vec())));
        let shared = Arc::clone(&left);
        let proxy = Proxy::deciding(served.address, move |line| {
            let mut left = shared.lock().unwrap();
            match left.front() {
                Some(stop) if line.contains(stop) => {
                    left.pop_front();
                    Deed::Late(Duration::from_secs(600))
                }
                _ => Deed::Forward,
            }
        });
        configure(folder.path(), &proxy.url, &served.url);
        Self { folder, served, proxy, left }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs the program until it comes to the next stop, and kills it there.
    fn kill(&self, arguments: &[&str]) {
        let stops = self.left.lock().unwrap().len();
        let mut child = graphwalk(self.path(), arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while self.left.lock().unwrap().len() == stops {
            assert_eq!(child.try_wait().unwrap(), None, "it ended before its stop: {:?}", self.proxy.requests());
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn resume(&self, arguments: &[&str]) -> (i32, String) {
        let run = run_name(self.path());
        ended(self.path(), &[&["resume", &run, "--yes"], arguments].concat())
    }

    fn run_folder(&self) -> PathBuf {
        self.path().join(".graphwalk/runs").join(run_name(self.path()))
    }

    /// A report that the run keeps in its folder.
    fn report(&self, name: &str) -> String {
        std::fs::read_to_string(self.run_folder().join("reports").join(name)).unwrap()
    }
}

const RUN: [&str; 4] = ["run", "--on", "live", "--yes"];

#[test]
fn a_run_that_goes_on_asks_only_for_the_sign_ins_to_come() {
    let stopped = Stopped::at(&["/stop"]);
    stopped.kill(&RUN);
    forget_adele(stopped.path());
    let (code, text) = stopped.resume(&[]);
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains("Adele Vance sends"), "{text}");
    stopped.served.holds_only_its_seed(&text);
}

#[test]
fn a_run_that_goes_on_is_no_leftover_to_itself() {
    let stopped = Stopped::at(&["/contactedReviewers"]);
    stopped.kill(&RUN);
    let run = run_name(stopped.path());
    let (code, text) = stopped.resume(&[]);
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains(&format!("run {run}:")) && !text.contains(&format!("graphwalk clean {run}")), "{text}");
}

#[test]
fn a_run_that_two_processes_were_killed_of_is_reported_whole() {
    let stopped = Stopped::at(&["/contactedReviewers", "filterByCurrentUser"]);
    stopped.kill(&RUN);
    stopped.kill(&["resume", &run_name(stopped.path()), "--yes"]);
    let (code, text) = stopped.resume(&["--junit", "a.xml", "--json", "a.json"]);
    assert_eq!(code, 0, "{text}");
    stopped.served.holds_only_its_seed(&text);
    assert!(text.contains("9 passed of 9 steps and 31 scenarios"), "{text}");
    assert!(text.contains("Create Adele Vance") && text.contains("13 of 31 scenarios"), "{text}");
    assert!(text.contains("Building security: Adele Vance, Alex Wilber → Adele Vance"), "{text}");
    assert!(text.contains("NotStarted → "), "{text}");
    for (report, case) in [("a.xml", "<testcase "), ("a.json", "\"type\":\"scenario\"")] {
        let content = std::fs::read_to_string(stopped.path().join(report)).unwrap();
        assert_eq!(content.matches(case).count(), 31, "{report}: {content}");
        assert!(content.contains("13 of 31 scenarios were played by an earlier process"), "{report}: {content}");
    }
    // What is kept for it is for the owner alone, and holds no secret.
    let kept = stopped.run_folder().join("outcomes.json");
    let content = std::fs::read_to_string(&kept).unwrap();
    assert!(!content.contains("Gw!") && !content.contains("eyJ") && !content.contains(PASSWORD), "{content}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

/// A tutorial of two steps in a folder: a user is created, an expectation may fail, and the user is deleted.
fn own_tutorial(folder: &Path, expected: u16) {
    std::fs::create_dir_all(folder).unwrap();
    let create = "@step-1\nFeature: Begin\n  Scenario: Make somebody\n    When the administrator creates the user \"Own Vance\":\n      | userPrincipalName | Own@example.com |\n      | mailNickname | Own |\n    Then the status is 201\n";
    let look = format!(
        "@step-2\nFeature: Look\n  Scenario: Somebody is there\n    When the administrator sends GET \"/v1.0/users/{{Own Vance}}\"\n    Then the status is {expected}\n"
    );
    let clean = "@step-3 @clean-up\nFeature: End\n  Scenario: Look once more\n    When the administrator sends GET \"/v1.0/groups?$top=7\"\n    Then the status is 200\n  Scenario: Delete somebody\n    When the administrator deletes the user \"Own Vance\"\n    Then the deletion is accepted\n";
    for (name, text) in [("1.feature", create), ("2.feature", &look), ("3.feature", clean)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

#[test]
fn an_earlier_failure_keeps_a_run_failed() {
    let stopped = Stopped::at(&["$top=7"]);
    own_tutorial(&stopped.path().join("mine"), 404);
    stopped.kill(&[&RUN[..], &["--features", "mine"]].concat());
    let (code, text) = stopped.resume(&[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("error[status]: expected status 404, got 200"), "{text}");
    assert!(text.contains("2 passed, 1 failed of 3 steps and 4 scenarios"), "{text}");
    for report in ["junit.xml", "cucumber.json"] {
        let content = stopped.report(report);
        assert!(content.contains("expected status 404, got 200"), "{report}: {content}");
    }
    stopped.served.holds_only_its_seed(&text);
    let (_, text) = ended(stopped.path(), &["runs"]);
    assert!(text.contains("failed"), "{text}");
}

#[test]
fn a_run_goes_on_with_the_features_that_it_was_begun_with() {
    let stopped = Stopped::at(&["/v1.0/users/", "$top=7"]);
    own_tutorial(&stopped.path().join("mine"), 200);
    stopped.kill(&[&RUN[..], &["--features", "mine"]].concat());
    // From wherever it is resumed.
    let elsewhere = stopped.path().join("elsewhere");
    std::fs::create_dir_all(&elsewhere).unwrap();
    let runs = stopped.path().join(".graphwalk/runs");
    let config = stopped.path().join("graphwalk.toml");
    let run = run_name(stopped.path());
    let (runs, config) = (runs.to_str().unwrap(), config.to_str().unwrap());
    let mut child = graphwalk(&elsewhere, &["resume", &run, "--yes", "--runs", runs, "--config", config]);
    let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while !stopped.left.lock().unwrap().is_empty() {
        assert_eq!(child.try_wait().unwrap(), None, "{:?}", stopped.proxy.requests());
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // A folder that was moved has to be named.
    std::fs::rename(stopped.path().join("mine"), stopped.path().join("moved")).unwrap();
    let (code, text) = stopped.resume(&[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("mine") && text.contains(&format!("graphwalk resume {run} --features DIR")), "{text}");
    let (code, text) = stopped.resume(&["--features", "moved"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("3 passed of 3 steps and 4 scenarios"), "{text}");
    stopped.served.holds_only_its_seed(&text);
}

#[test]
fn a_run_of_an_older_program_goes_on_and_is_not_called_passed() {
    let stopped = Stopped::at(&["/contactedReviewers"]);
    stopped.kill(&RUN);
    std::fs::remove_file(stopped.run_folder().join("outcomes.json")).unwrap();
    let (code, text) = stopped.resume(&[]);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("an earlier process played it, and its outcome was not kept"), "{text}");
    stopped.served.holds_only_its_seed(&text);
}

#[test]
fn features_that_were_changed_meanwhile_do_not_go_on() {
    let stopped = Stopped::at(&["$top=7"]);
    own_tutorial(&stopped.path().join("mine"), 200);
    stopped.kill(&[&RUN[..], &["--features", "mine"]].concat());
    let file = stopped.path().join("mine/3.feature");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("# changed\n{text}")).unwrap();
    let (code, text) = stopped.resume(&[]);
    assert!(code == 2 && text.contains("3.feature:3") && text.contains("graphwalk clean"), "{text}");
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap().replace("# changed\n", "")).unwrap();
    let (code, text) = stopped.resume(&[]);
    assert_eq!(code, 0, "{text}");
}
