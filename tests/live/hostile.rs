//! Networks that die, tenants that refuse, and servers that are not Graph.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::proxy::{Deed, Proxy, answer};
use crate::served::{Served, configure, ended, graphwalk, run_name, told, write_feature, write_feature_file};

/// A server that nobody should send anything to: its address, and how often somebody connected.
fn stranger() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let visits = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&visits);
    std::thread::spawn(move || {
        for _ in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    (url, visits)
}

/// Plays on a tenant whose list of members is answered as given; what was reported.
fn misled(answered: impl Fn(&str) -> String) -> String {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let (url, visits) = stranger();
    let answer = answered(&url);
    let proxy = Proxy::deciding(served.address, move |line| match line {
        _ if line.starts_with("GET ") && line.contains("/members") => Deed::Answer(answer.clone()),
        _ => Deed::Forward,
    });
    configure(folder.path(), &proxy.url, &served.url);
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes"]);
    assert_eq!((code, visits.load(Ordering::Relaxed)), (1, 0), "{text}");
    served.holds_only_its_seed(&text);
    text
}

#[test]
fn nothing_is_sent_to_where_a_redirect_leads() {
    let text = misled(|url| answer("302 Found", &format!("location: {url}/v1.0/groups\r\n"), ""));
    assert!(text.contains("error[status]: expected status 200, got 302"), "{text}");
    assert!(text.contains("redirects are not followed"), "{text}");
}

#[test]
fn nothing_is_sent_to_where_a_next_link_leads() {
    let text = misled(|url| {
        answer("200 OK", "", &format!("{{\"value\": [], \"@odata.nextLink\": \"{url}/v1.0/groups?$skiptoken=1\"}}"))
    });
    assert!(text.contains("error[request]") && text.contains("is not Graph"), "{text}");
}

#[test]
fn a_forbidden_deletion_is_reported_and_repeated_later() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let may = Arc::new(AtomicBool::new(false));
    let allowed = Arc::clone(&may);
    let refusal = answer(
        "403 Forbidden",
        "request-id: 11111111-0000-4000-8000-000000000001\r\n",
        r#"{"error": {"code": "Authorization_RequestDenied", "message": "Insufficient privileges to complete the operation."}}"#,
    );
    let proxy = Proxy::deciding(served.address, move |line| match line {
        _ if line.starts_with("DELETE ") && line.contains("/users/") && !allowed.load(Ordering::Relaxed) => {
            Deed::Answer(refusal.clone())
        }
        _ => Deed::Forward,
    });
    configure(folder.path(), &proxy.url, &served.url);
    // Without the clean-up of the bundled tutorial, which reads for a minute whether each user is gone.
    let users = [("Adele Vance", "AdeleV"), ("Alex Wilber", "AlexW"), ("Megan Bowen", "MeganB")].map(|(user, name)| {
        let table = format!("      | mailNickname      | {name} |\n      | userPrincipalName | {name}@Contoso.com |\n");
        format!("    When the administrator creates the user \"{user}\":\n{table}")
    });
    write_feature(folder.path(), &users.concat());
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--features", "features"]);
    assert_eq!(code, 1, "{text}");
    let run = run_name(folder.path());
    let (code, text) = ended(folder.path(), &["clean"]);
    assert_eq!(code, 1, "{text}");
    // How far the tenant's clock has gone meanwhile is reported too, if enough answers came.
    let told: Vec<&str> = text.lines().filter(|line| !line.starts_with("the tenant's clock is ")).collect();
    insta::assert_snapshot!(told.join("\n").replace(&run, "RUN"));
    may.store(true, Ordering::Relaxed);
    let (code, text) = ended(folder.path(), &["clean"]);
    assert_eq!((code, text.matches("deleted ").count()), (0, 3), "{text}");
    served.holds_only_its_seed(&text);
}

#[test]
fn an_authority_that_is_busy_is_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let proxy = Proxy::deciding(served.address, move |line| {
        let is_token = line.starts_with("POST ") && line.ends_with("/oauth2/v2.0/token");
        match if is_token { count.fetch_add(1, Ordering::Relaxed) } else { usize::MAX } {
            0 => Deed::Answer(answer("503 Service Unavailable", "", "")),
            1 => Deed::Answer(answer("429 Too Many Requests", "retry-after: 1\r\n", "")),
            _ => Deed::Forward,
        }
    });
    configure(folder.path(), &proxy.url, &proxy.url);
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--through", "1"]);
    assert_eq!(code, 0, "{text}");
    assert!(asked.load(Ordering::Relaxed) >= 3);
    served.holds_only_its_seed(&text);
}

#[test]
fn after_connections_were_refused_what_is_left_can_be_deleted() {
    let text = after_two_writes(|| Deed::Die);
    assert!(text.contains("Connection refused"), "{text}");
}

#[test]
fn after_connections_were_cut_what_is_left_can_be_deleted() {
    let text = after_two_writes(|| Deed::Cut);
    assert!(text.contains("closed"), "{text}");
}

fn after_two_writes(gone: fn() -> Deed) -> String {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let (up, seen) = (Arc::new(AtomicBool::new(false)), AtomicUsize::new(0));
    let is_up = Arc::clone(&up);
    let proxy = Proxy::deciding(served.address, move |line| {
        let writes = seen.fetch_add(usize::from(!line.starts_with("GET ")), Ordering::Relaxed);
        // Two users are created, and then nothing answers any more.
        if writes < 2 || is_up.load(Ordering::Relaxed) { Deed::Forward } else { gone() }
    });
    configure(folder.path(), &proxy.url, &served.url);
    let mut command = graphwalk(folder.path(), &["run", "--on", "live", "--yes", "--through", "1"]);
    let (code, text) = told(&command.env("GRAPHWALK_TIMEOUTS_RETRY", "2").output().unwrap());
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("error[no-answer]") || text.contains("error[lost-answer]"), "{text}");
    // Calls were not tried for longer than they may be: hardly one could be tried six times in so short a time.
    let [all, whole] = ["before that ", " 5 attempts"].map(|told| text.matches(told).count());
    assert!(2 * whole < all, "{text}");
    let run = run_name(folder.path());
    assert!(text.contains("left behind") && text.contains(&format!("`graphwalk clean {run}` deletes it")), "{text}");
    assert_eq!(served.holds().len(), 3 + 2, "{text}");
    up.store(true, Ordering::Relaxed);
    proxy.revive();
    let (code, cleaned) = ended(folder.path(), &["clean"]);
    assert_eq!((code, cleaned.matches("deleted ").count()), (0, 2), "{cleaned}");
    served.holds_only_its_seed(&cleaned);
    text
}

#[test]
fn an_answer_may_take_as_long_as_a_request_may() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let proxy = Proxy::deciding(served.address, |line| match line {
        "POST /v1.0/groups" => Deed::Late(Duration::from_secs(3)),
        _ => Deed::Forward,
    });
    configure(folder.path(), &proxy.url, &served.url);
    // A step may take a second, but a request half a minute.
    let arguments = ["run", "--on", "live", "--yes", "--through", "2", "--step-timeout", "1"];
    let (code, text) = ended(folder.path(), &arguments);
    assert_eq!(code, 0, "{text}");
    served.holds_only_its_seed(&text);
}

#[test]
fn an_object_deleted_late_is_removed_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    // The deleted items show nothing at first.
    let early = AtomicUsize::new(5);
    let id = "request-id: 11111111-0000-4000-8000-000000000001\r\n";
    let missing = answer("404 Not Found", id, r#"{"error": {"code": "Request_ResourceNotFound", "message": "None."}}"#);
    let proxy = Proxy::deciding(served.address, move |line| {
        let hidden = |left: usize| left.checked_sub(1);
        let is_early = line.contains("/directory/deletedItems/")
            && early.fetch_update(Ordering::Relaxed, Ordering::Relaxed, hidden).is_ok();
        if is_early { Deed::Answer(missing.clone()) } else { Deed::Forward }
    });
    configure(folder.path(), &proxy.url, &served.url);
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--through", "2"]);
    assert_eq!((code, served.deleted_items()), (0, 4), "{text}");
    let mut command = graphwalk(folder.path(), &["clean", "--purge"]);
    let (code, text) = told(&command.env("GRAPHWALK_TIMEOUTS_SETTLE", "30").output().unwrap());
    assert_eq!((code, text.matches("purged").count(), served.deleted_items()), (0, 4, 0), "{text}");
}

#[test]
fn nothing_is_sent_to_where_a_feature_points() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::start(folder.path());
    let (url, visits) = stranger();
    let feature = format!(
        r#"@step-1
Feature: Elsewhere
  Scenario: A bind to another host
    When the administrator sends GET "/v1.0/me"
    Then "$.id" is kept as "me"
    When the administrator sends POST "/v1.0/groups"
      """
      {{"displayName": "Far", "mailEnabled": false, "mailNickname": "far", "securityEnabled": true,
        "members@odata.bind": ["{url}/v1.0/users/{{me}}"]}}
      """
    Then the status is 201

  Scenario: A path of another host
    When the administrator sends GET "{url}/v1.0/me"
    Then the status is 200
"#
    );
    write_feature_file(folder.path(), "01-elsewhere.feature", &feature);
    let proxy = Proxy::start(served.address, None);
    configure(folder.path(), &proxy.url, &served.url);
    let (code, text) = ended(folder.path(), &["run", "--on", "live", "--yes", "--features", "features"]);
    assert_eq!((code, visits.load(Ordering::Relaxed)), (1, 0), "{text}");
    assert!(text.contains("✓ A bind to another host") && text.contains("names no host"), "{text}");
    assert!(proxy.sent().iter().any(|request| request.contains(&format!("{url}/v1.0/users/"))), "{text}");
    served.holds_only_its_seed(&text);
}
