//! The tutorial on guests of Microsoft 365 groups, on a served tenant that has guests and groups of its own.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::proxy::{Moment, Proxy, kill};
use crate::served::{DOMAIN, SEED, Served, configure, ended, graphwalk, run_name, write_feature};

const ANN: &str = "aaaaaaaa-0000-4000-8000-000000000002";
const PARTNERS: &str = "bbbbbbbb-0000-4000-8000-000000000002";
const DEFINITIONS: &str = "/v1.0/identityGovernance/accessReviews/definitions";

/// The seed, with a guest in a Microsoft 365 group that is none of the run's.
fn seed() -> String {
    let guest = json!({"id": ANN, "userPrincipalName": "ann_x.org#EXT#@DOMAIN", "displayName": "Ann", "mail": "ann@x.org",
        "userType": "Guest"});
    let group = json!({"id": PARTNERS, "displayName": "Partners", "mailNickname": "partners", "mailEnabled": true,
        "securityEnabled": false, "groupTypes": ["Unified"], "members": [ANN]});
    let with = |text: &str, list: &str, one: &Value| {
        text.replacen(&format!("\"{list}\": ["), &format!("\"{list}\": [{one}, "), 1)
    };
    with(&with(SEED, "users", &guest), "groups", &group)
}

/// The bodies of the requests to a path.
fn posted(proxy: &Proxy, path: &str) -> Vec<Value> {
    let sent = proxy.sent();
    let to_path = sent.iter().filter(|request| request.starts_with(&format!("POST {path} ")));
    to_path.map(|request| serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()).collect()
}

#[test]
fn guests_of_the_runs_own_group_are_reviewed_and_no_others() {
    let folder = tempfile::tempdir().unwrap();
    let (home, tenant) = (folder.path().join("home"), folder.path().join("tenant"));
    std::fs::create_dir_all(&home).unwrap();
    std::fs::create_dir_all(&tenant).unwrap();
    let served = Served::seeded(&tenant, 60, &[], &seed());
    let proxy = Proxy::start(served.address, None);
    configure(&home, &proxy.url, &served.url);
    let before = served.holds();
    let (code, text) = ended(&home, &["record", "guest-review", "--on", "live", "--yes", "--out", "live.har"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Feelgood Marketing Campaign: John Doe (Tailspin Toys) → nobody"), "{text}");
    assert!(text.contains("scope: what this run created"), "{text}");
    let [review] = posted(&proxy, DEFINITIONS).try_into().unwrap();
    let query = review["instanceEnumerationScope"]["query"].as_str().unwrap();
    let own = query.strip_prefix("/groups/").unwrap_or_else(|| panic!("{review}"));
    assert!(own.parse::<uuid::Uuid>().is_ok() && own != PARTNERS, "{review}");
    let [invitation] = posted(&proxy, "/v1.0/invitations").try_into().unwrap();
    let address = invitation["invitedUserEmailAddress"].as_str().unwrap();
    assert!(address.starts_with("john-gw") && address.ends_with("@tailspintoys.com"), "{invitation}");
    // Nothing is left, and nobody else has lost anything.
    assert_eq!(served.holds(), before, "{text}");
    let members = served.get(&format!("/v1.0/groups/{PARTNERS}/members"));
    assert_eq!(members["value"][0]["id"], ANN, "{members}");
    let (code, text) = ended(&home, &["clean"]);
    assert!(code == 0 && text.starts_with("nothing to clean"), "{text}");
    // What was narrowed is replayed as it was narrowed, and says nothing of the tenant.
    let recording = std::fs::read_to_string(home.join("live.har")).unwrap();
    assert!(recording.contains("ownScopes") && !recording.contains(DOMAIN) && !recording.contains(own), "{recording}");
    let (code, text) = ended(&home, &["run", "guest-review", "--strict", "--recording", "live.har"]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn a_review_of_the_guests_of_all_groups_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::seeded(folder.path(), 60, &[], &seed());
    let proxy = Proxy::start(served.address, None);
    configure(folder.path(), &proxy.url, &served.url);
    let before = served.holds();
    // No group is the run's own, so that there is nothing to narrow it to.
    let create = "    When the administrator creates the review \"R\" of guests in all Microsoft 365 groups, every 3 months:\n      \
                  | instanceDurationInDays | 3 |\n";
    write_feature(folder.path(), create);
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--features", "features"]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("error[refused-write]") && text.contains("does not name a single object"), "{text}");
    assert!(!proxy.requests().iter().any(|request| request.starts_with("POST")), "{text}");
    assert_eq!(served.holds(), before);
}

#[test]
fn the_plan_says_that_the_scope_is_narrowed() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), "http://127.0.0.1:9", "http://127.0.0.1:9");
    let (code, text) = ended(folder.path(), &["run", "guest-review", "--on", "live", "--plan"]);
    assert_eq!(code, 0, "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_run_killed_while_inviting_a_guest_can_be_cleaned_and_resumed() {
    let guest = ["run", "guest-review", "--on", "live", "--yes"];
    let start = |blow| {
        let folder = tempfile::tempdir().unwrap();
        let served = Served::seeded(folder.path(), 60, &[], &seed());
        let proxy = Proxy::start(served.address, blow);
        configure(folder.path(), &proxy.url, &served.url);
        (folder, served, proxy)
    };
    let (folder, _served, proxy) = start(None);
    let (code, text) = ended(folder.path(), &guest);
    assert_eq!(code, 0, "{text}");
    let requests = proxy.requests();
    for path in ["/v1.0/invitations", "/v1.0/groups", DEFINITIONS] {
        let line = format!("POST {path}");
        let at = requests.iter().position(|request| *request == line).unwrap() + 1;
        for resume in [false, true] {
            let (folder, served, proxy) = start(Some((at, Moment::Done, kill as _)));
            let before = served.holds();
            let mut command = graphwalk(folder.path(), &guest);
            proxy.watch(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
            assert_eq!((proxy.wait(), proxy.requests().last()), (None, Some(&line)));
            assert_eq!(served.holds().len(), before.len() + held_after(path), "{line}");
            let run = run_name(folder.path());
            let (code, text) = match resume {
                true => ended(folder.path(), &["resume", &run, "--yes"]),
                false => ended(folder.path(), &["clean"]),
            };
            assert_eq!(code, 0, "{line}: {text}");
            assert_eq!(served.holds(), before, "{line}: {text}");
        }
    }
}

/// How much the run has created once this POST is done.
fn held_after(path: &str) -> usize {
    match path {
        "/v1.0/invitations" => 2,
        "/v1.0/groups" => 3,
        _ => 4,
    }
}
