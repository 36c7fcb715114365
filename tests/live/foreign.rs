//! Objects that are not the run's own, however they get into its way, stay as they are.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::proxy::{Deed, Proxy, answer, page};
use crate::served::{
    DOMAIN, SEED, Served, configure, ended, graphwalk, run_name, told, write_feature, write_feature_file,
};

/// A user whom the tenant had before.
const SEEDED: &str = "aaaaaaaa-0000-4000-8000-000000000001";

/// Puts another id into the answer to a create, in place of the one that Graph gave.
fn with_id(answer: &str, id: &str) -> String {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let mut body: serde_json::Value = serde_json::from_str(body).unwrap();
    body["id"] = id.into();
    let body = body.to_string();
    let lines = head.lines().filter(|line| !line.to_lowercase().starts_with("content-length"));
    let head: String = lines.map(|line| format!("{line}\r\n")).collect();
    format!("{head}content-length: {}\r\n\r\n{body}", body.len())
}

/// Creates a user and deletes it again.
const ONE_USER: &str = r#"@step-1
Feature: A user
  Scenario: Create and delete
    When the administrator creates the user "Adele Vance":
      | userPrincipalName | AdeleV@Contoso.com |
      | mailNickname      | AdeleV             |
    Then the user "Adele Vance" is created as "AdeleV@Contoso.com"
    When the administrator deletes the user "Adele Vance"
    Then the deletion is accepted
"#;

/// Plays on a tenant that answers a create so, and cleans up: the names of what is sent, what was reported by the run and by the
/// clean-up, and the exit code of that.
fn misled(rewrite: fn(&str, String) -> String) -> (Vec<String>, String, String, i32) {
    let folder = tempfile::tempdir().unwrap();
    // All that was there before the run is older than it.
    let older = SEED
        .replace("\"displayName\": \"Adele", "\"createdDateTime\": \"2020-01-01T00:00:00Z\", \"displayName\": \"Adele");
    let served = Served::seeded(folder.path(), 60, &[], &older);
    let proxy = Proxy::deciding(served.address, move |line| match line {
        "POST /v1.0/users" => Deed::Rewrite(rewrite),
        _ => Deed::Forward,
    });
    configure(folder.path(), &proxy.url, &served.url);
    write_feature_file(folder.path(), "01-user.feature", ONE_USER);
    let (code, run) = ended(folder.path(), &["run", "--on", "live", "--yes", "--features", "features"]);
    assert_eq!(code, 1, "{run}");
    let (code, cleaned) = ended(folder.path(), &["clean", &run_name(folder.path())]);
    served.holds_only_its_seed(&format!("{run}\n{cleaned}"));
    let user = served.get(&format!("/v1.0/users/{SEEDED}"));
    assert_eq!(user["userPrincipalName"], format!("AdeleV@{DOMAIN}"), "{run}\n{cleaned}");
    (proxy.requests(), run, cleaned, code)
}

#[test]
fn a_foreign_object_answered_to_a_create_is_left_and_named() {
    let (sent, run, cleaned, code) = misled(|_, answer| with_id(&answer, SEEDED));
    let is_write = |request: &&String| !request.starts_with("GET ") && request.contains(SEEDED);
    assert_eq!(sent.iter().find(is_write), None, "{run}\n{cleaned}");
    let line: String = format!("{run} {cleaned}").split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(code == 1 && line.contains("nothing proves that this run created it"), "{run}\n{cleaned}");
}

#[test]
fn an_invalid_answered_id_never_becomes_part_of_a_path() {
    for rewrite in [
        (|_: &str, answer: String| with_id(&answer, "../groups/bbbbbbbb-0000-4000-8000-000000000001"))
            as fn(&str, String) -> String,
        |_, answer| with_id(&answer, &format!("{SEEDED}?a=")),
        |_, answer| with_id(&answer, &format!("{SEEDED}/manager/$ref")),
        |_, answer| with_id(&answer, ""),
    ] {
        let (sent, run, cleaned, code) = misled(rewrite);
        let is_write = |request: &&String| {
            !request.starts_with("GET ") && (request.contains("aaaaaaaa-") || request.contains("bbbbbbbb-"))
        };
        assert_eq!(sent.iter().find(is_write), None, "{run}\n{cleaned}");
        assert!(code == 0 && run.contains("error[answered-id]: expected an id of Graph"), "{run}\n{cleaned}");
    }
}

/// Creates a group and two users, and is killed by nobody: the run fails at its end, since nothing may be deleted.
fn undeletable(
    instead: fn(&str) -> Option<String>,
    settle: &str,
) -> (tempfile::TempDir, Served, Proxy, std::sync::Arc<AtomicBool>) {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let between = std::sync::Arc::new(AtomicBool::new(true));
    let is_between = std::sync::Arc::clone(&between);
    let deletes = AtomicUsize::new(0);
    let proxy = Proxy::deciding(served.address, move |line| {
        deletes.fetch_add(usize::from(line.starts_with("DELETE ")), Ordering::Relaxed);
        let is_clean_up = deletes.load(Ordering::Relaxed) > 0;
        match instead(line) {
            Some(answer) if is_clean_up && is_between.load(Ordering::Relaxed) => Deed::Answer(answer),
            _ => Deed::Forward,
        }
    });
    configure(folder.path(), &proxy.url, &served.url);
    let mut command = graphwalk(folder.path(), &["run", "--on", "live", "--yes", "--through", "2"]);
    let (code, text) = told(&command.env("GRAPHWALK_TIMEOUTS_SETTLE", settle).output().unwrap());
    assert_eq!((code, served.holds().len()), (1, 3 + 4), "{text}");
    (folder, served, proxy, between)
}

#[test]
fn a_404_of_a_gateway_is_not_taken_for_deleted() {
    fn is_object(line: &str) -> bool {
        ["/users/", "/groups/", "/definitions/", "/groups?"].iter().any(|part| line.contains(part))
    }
    let no_route = |line: &str| {
        let body = r#"{"error": {"code": "NoRoute", "message": "no route matches"}}"#;
        is_object(line).then(|| answer("404 Not Found", "", body))
    };
    let not_found = |line: &str| is_object(line).then(|| page("404 Not Found"));
    for instead in [no_route as fn(&str) -> Option<String>, not_found] {
        let (folder, served, _proxy, between) = undeletable(instead, "1");
        let (code, text) = ended(folder.path(), &["clean"]);
        assert_eq!((code, served.holds().len()), (1, 3 + 4), "{text}");
        assert!(text.contains("not by Graph") && text.matches("  left  ").count() == 4, "{text}");
        between.store(false, Ordering::Relaxed);
        let (code, text) = ended(folder.path(), &["clean"]);
        assert_eq!((code, text.matches("deleted  ").count()), (0, 4), "{text}");
        served.holds_only_its_seed(&text);
    }
}

#[test]
fn a_new_object_that_is_not_found_may_still_exist() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    // A replica that lags: it knows no user for the first reads and deletions after the creation.
    let (early, killed) = (AtomicUsize::new(3), AtomicBool::new(false));
    let proxy = Proxy::deciding(served.address, move |line| {
        if line == "POST /v1.0/groups" {
            killed.store(true, Ordering::Relaxed);
            return Deed::Answer(answer(
                "403 Forbidden",
                "request-id: r\r\n",
                r#"{"error": {"code": "Authorization_RequestDenied", "message": "No."}}"#,
            ));
        }
        let is_user = line.contains("/users/") && !line.contains('@') && !line.contains("%40");
        let lags = |left: usize| left.checked_sub(1);
        if is_user
            && killed.load(Ordering::Relaxed)
            && early.fetch_update(Ordering::Relaxed, Ordering::Relaxed, lags).is_ok()
        {
            let body = r#"{"error": {"code": "Request_ResourceNotFound", "message": "Not here yet."}}"#;
            return Deed::Answer(answer("404 Not Found", "request-id: r\r\n", body));
        }
        Deed::Forward
    });
    configure(folder.path(), &proxy.url, &served.url);
    // Nothing but the clean-up at the end deletes what these create.
    let steps = "    When the administrator creates the user \"Adele Vance\":\n      | userPrincipalName | AdeleV@Contoso.com |\n      | mailNickname | AdeleV |\n    And the administrator creates the security group \"Building security\":\n      | mailNickname | b |\n    Then the status is 403\n";
    write_feature(folder.path(), steps);
    let mut command = graphwalk(folder.path(), &["run", "--on", "live", "--yes", "--features", "features"]);
    let (code, text) = told(&command.env("GRAPHWALK_TIMEOUTS_SETTLE", "20").output().unwrap());
    assert_eq!(code, 0, "{text}");
    served.holds_only_its_seed(&text);
}

#[test]
fn a_name_that_the_run_used_before_is_a_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::start(served.address, None);
    configure(folder.path(), &proxy.url, &served.url);
    let create = "the administrator creates the user \"Adele Vance\":\n      | userPrincipalName | AdeleV@Contoso.com |\n      | mailNickname | AdeleV |\n";
    write_feature(folder.path(), &format!("    When {create}    And {create}    Then the status is 400\n"));
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--features", "features"]);
    assert_eq!(code, 0, "{text}");
    served.holds_only_its_seed(&text);
}
