//! The tutorial on assignments of directory roles, on a served tenant in which others have the role already.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::proxy::{Moment, Proxy, kill};
use crate::served::{DOMAIN, SEED, Served, configure, ended, graphwalk, run_name};

const ANN: &str = "aaaaaaaa-0000-4000-8000-000000000002";
const ASSIGNMENTS: &str = "/v1.0/roleManagement/directory/roleAssignments";
const DEFINITIONS: &str = "/v1.0/identityGovernance/accessReviews/definitions";
const RUN: [&str; 5] = ["run", "role-review", "--on", "live", "--yes"];

/// The seed, with a person who has the role and is none of the run's.
fn seed() -> String {
    let ann =
        json!({"id": ANN, "userPrincipalName": "ann@DOMAIN", "displayName": "Ann", "roles": ["User Administrator"]});
    SEED.replacen("\"users\": [", &format!("\"users\": [{ann}, "), 1)
}

/// A folder, a tenant and what stands between, which kills the program at the exchange of a number.
struct Tenant {
    folder: tempfile::TempDir,
    served: Served,
    proxy: Proxy,
    before: (Vec<String>, usize),
}

impl Tenant {
    fn start(killed_at: Option<usize>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::seeded(folder.path(), 60, &[], &seed());
        let proxy = Proxy::start(served.address, killed_at.map(|at| (at, Moment::Done, kill as _)));
        configure(folder.path(), &proxy.url, &served.url);
        let before = (served.holds(), assignments(&served));
        assert_eq!(before.1, 2, "the administrator's and Ann's");
        Self { folder, served, proxy, before }
    }

    /// Expects nothing to be left, and nobody else to have lost the role.
    fn is_as_before(&self, context: &str) {
        assert_eq!((self.served.holds(), assignments(&self.served)), self.before, "{context}");
        let filtered = self.served.get(&format!("{ASSIGNMENTS}?$filter=principalId%20eq%20'{ANN}'"));
        assert_eq!(filtered["value"].as_array().map(Vec::len), Some(1), "{context}: {filtered}");
    }

    /// Plays until the program is killed; what it had asked for last.
    fn is_killed(&self) -> String {
        let mut command = graphwalk(self.folder.path(), &RUN);
        self.proxy.watch(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        assert_eq!(self.proxy.wait(), None, "{:?}", self.proxy.requests());
        self.proxy.requests().last().unwrap().clone()
    }
}

fn assignments(served: &Served) -> usize {
    served.get(ASSIGNMENTS)["value"].as_array().unwrap().len()
}

#[test]
fn role_assignments_of_the_run_are_reviewed_and_no_others() {
    let tenant = Tenant::start(None);
    let home = tenant.folder.path();
    let (code, text) = ended(home, &["record", "role-review", "--on", "live", "--yes", "--out", "live.har"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("scope: what this run created"), "{text}");
    tenant.is_as_before(&text);
    let sent = tenant.proxy.sent();
    let review = sent.iter().find(|request| request.starts_with(&format!("POST {DEFINITIONS} "))).unwrap();
    let review: Value = serde_json::from_str(review.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert!(!review.to_string().contains(ANN), "{review}");
    // What was created carries the mark of the run, but for the assignments, which have no place for one.
    let mark = format!("gw{}", run_name(home).replace('-', ""));
    for path in ["/v1.0/users", "/v1.0/groups", DEFINITIONS] {
        let created = sent.iter().find(|request| request.starts_with(&format!("POST {path} "))).unwrap();
        assert!(created.contains(&mark), "{path}: {created}");
    }
    let (code, text) = ended(home, &["clean"]);
    assert!(code == 0 && text.starts_with("nothing to clean"), "{text}");
    let recording = std::fs::read_to_string(home.join("live.har")).unwrap();
    assert!(!recording.contains(DOMAIN) && !recording.contains(ANN), "{recording}");
    let (code, text) = ended(home, &["run", "role-review", "--strict", "--recording", "live.har"]);
    assert_eq!(code, 0, "{text}");
}

/// The exchange of a run that nobody kills that creates the `nth` object at `path`.
fn number_of(requests: &[String], path: &str, nth: usize) -> usize {
    let line = format!("POST {path}");
    let mut found = requests.iter().enumerate().filter(|(_, request)| **request == line);
    found.nth(nth).unwrap_or_else(|| panic!("{line} is not among {requests:?}")).0 + 1
}

#[test]
fn a_run_killed_while_assigning_a_role_can_be_cleaned_and_resumed() {
    let unharmed = Tenant::start(None);
    let (code, text) = ended(unharmed.folder.path(), &RUN);
    assert_eq!(code, 0, "{text}");
    let requests = unharmed.proxy.requests();
    for (path, nth) in [(ASSIGNMENTS, 0), (ASSIGNMENTS, 1), (DEFINITIONS, 0)] {
        let at = number_of(&requests, path, nth);
        let tenant = Tenant::start(Some(at));
        let last = tenant.is_killed();
        assert_eq!(last, format!("POST {path}"));
        let (_, listed) = ended(tenant.folder.path(), &["runs"]);
        assert!(listed.contains("role assignment"), "{listed}");
        let (code, text) = ended(tenant.folder.path(), &["clean"]);
        assert_eq!(code, 0, "{last}: {text}");
        tenant.is_as_before(&format!("{last}: {text}"));

        let tenant = Tenant::start(Some(at));
        let last = tenant.is_killed();
        let run = run_name(tenant.folder.path());
        let (code, text) = ended(tenant.folder.path(), &["resume", &run, "--yes"]);
        assert_eq!(code, 0, "{last}: {text}");
        tenant.is_as_before(&format!("{last}: {text}"));
    }
}
