//! The audit of reviews that exist, on a tenant: it only reads, needs no leave to write, and its run's folder has the evidence.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::proxy::{Deed, Proxy};
use crate::served::{APP, Served, configure, ended, files, graphwalk, run_name};

/// The tenant beside the features of the audit, with an administrator and an app that sign in here.
fn seed(scopes: &str) -> String {
    let audited =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/features/existing-reviews/seed.yaml")).unwrap();
    format!(
        "tenant: {{id: TENANT, name: Fabrikam, domains: [DOMAIN, contoso.com]}}\n\
         administrator: {{displayName: ADMINISTRATOR, password: PASSWORD}}\n\
         apps: [{{clientId: APP, name: graphwalk{scopes}}}]\n{audited}"
    )
}

const READING: &str = ", scopes: [AccessReview.Read.All, GroupMember.Read.All, Group.Read.All, User.Read.All, AuditLog.Read.All, \
                       Directory.Read.All, RoleManagement.Read.Directory, Organization.Read.All]";

fn serve(folder: &Path, scopes: &str) -> Served {
    let served = Served::seeded(folder, 0, &[], &seed(scopes));
    configure(folder, &served.url, &served.url);
    served
}

#[test]
fn a_tenant_is_audited_without_leave_to_write_and_the_runs_folder_has_the_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path(), READING);
    let (code, text) = ended(folder.path(), &["run", "existing-reviews", "--on", "live", "--plan"]);
    assert!(code == 0 && text.contains("0 writes of existing-reviews"), "{text}");
    let (code, text) = ended(folder.path(), &["run", "existing-reviews", "--on", "live", "--jobs", "3"]);
    assert!(code == 0 && text.contains("3 passed of 3 sessions"), "{text}");
    assert!(!text.contains("permits more than reading"), "{text}");
    let kept =
        |name: &str| files(folder.path()).into_iter().find(|(file, _)| file.ends_with(name)).map(|(_, text)| text);
    // The plan began no run; nothing is created, so the journal lists nothing.
    assert_eq!(files(folder.path()).iter().filter(|(name, _)| name.ends_with("journal")).count(), 1);
    assert_eq!(kept("journal").unwrap().lines().count(), 2, "its beginning and its end");
    let (page, messages) = (kept("reports/report.html").unwrap(), kept("reports/messages.ndjson").unwrap());
    assert!(page.contains("3 sessions: all held") && page.contains("Building security once"), "{page}");
    assert!(messages.contains("\"testRunFinished\"") && messages.contains("graphwalk.exchange"));
    assert!(kept("junit.xml").is_some() && kept("exchanges.har").is_none());
    let (code, text) = ended(folder.path(), &["runs"]);
    assert!(code == 0 && text.contains("existing-reviews") && text.contains("passed"), "{text}");
    let (code, text) = ended(folder.path(), &["clean"]);
    assert!(code == 0 && text.starts_with("nothing to clean"), "{text}");
    let trace = ["run", "existing-reviews", "--on", "live", "--trace", "own.har"];
    let (code, text) = ended(folder.path(), &trace);
    assert_eq!(code, 0, "{text}");
    let har = kept("own.har").unwrap();
    assert!(har.contains("/accessReviews/definitions") && !har.contains("\"POST\"") && !har.contains("\"PATCH\""));
    drop(served);
}

#[test]
fn an_audit_that_was_killed_left_evidence_that_can_be_read_and_nothing_to_clean() {
    let folder = tempfile::tempdir().unwrap();
    let served = Served::seeded(folder.path(), 0, &[], &seed(READING));
    // In the middle of the second session, whose decisions nobody answers.
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let proxy = Proxy::deciding(served.address, move |line| {
        let is_second = line.contains("/decisions") && counted.fetch_add(1, Ordering::SeqCst) == 1;
        if is_second { Deed::Late(Duration::from_secs(30)) } else { Deed::Forward }
    });
    configure(folder.path(), &proxy.url, &served.url);
    let mut command = graphwalk(folder.path(), &["run", "existing-reviews", "--on", "live", "--jobs", "1"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while asked.load(Ordering::SeqCst) < 2 {
        assert!(child.try_wait().unwrap().is_none(), "{:?}", proxy.requests());
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let run = run_name(folder.path());
    let messages = format!(".graphwalk/runs/{run}/reports/messages.ndjson");
    let (code, text) = ended(folder.path(), &["report", &messages, "--html", "dead.html"]);
    assert!(code == 3 && text.contains("the run did not end"), "{code} {text}");
    let page = std::fs::read_to_string(folder.path().join("dead.html")).unwrap();
    assert!(page.contains("1 session held; the run did not end") && page.contains("Building security once"), "{page}");
    let (code, text) = ended(folder.path(), &["runs"]);
    assert!(code == 0 && text.contains("killed"), "{text}");
    let (code, text) = ended(folder.path(), &["clean"]);
    assert_eq!(code, 0, "{text}");
    drop(served);
}

#[test]
fn a_token_that_permits_writes_is_told_and_used_for_none() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path(), "");
    let before = served.holds();
    let (code, text) = ended(folder.path(), &["run", "existing-reviews", "--on", "live"]);
    assert_eq!(code, 0, "{text}");
    let told = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("the token of the administrator permits more than reading: "), "{text}");
    assert!(told.contains("AccessReview.ReadWrite.All"), "{text}");
    assert_eq!(served.holds(), before);
}

#[test]
fn a_tenants_own_audit_is_a_recording_that_replays_and_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path(), READING);
    let record = ["record", "existing-reviews", "--on", "live", "--out", "own.har"];
    let (code, text) = ended(folder.path(), &record);
    assert_eq!(code, 0, "{text}");
    drop(served);
    let held = std::fs::read_to_string(folder.path().join("own.har")).unwrap();
    for private in ["Adele", "Wilber", "Finance", APP, "Fabrikam", "b0000002-0000-4000"] {
        assert!(!held.contains(private), "{private}");
    }
    let (code, text) = ended(folder.path(), &["run", "existing-reviews", "--recording", "own.har"]);
    assert!(code == 0 && text.contains("3 passed of 3 sessions"), "{text}");
}

#[test]
fn what_a_token_may_not_read_is_not_proved_and_the_rest_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let without_log = READING.replace("AuditLog.Read.All, ", "").replace("Directory.Read.All, RoleM", "RoleM");
    let served = serve(folder.path(), &without_log);
    let (code, text) = ended(folder.path(), &["run", "existing-reviews", "--on", "live"]);
    assert!(code == 3 && text.contains("not proved: "), "{text}");
    assert!(text.contains("0 passed, 3 blocked of 3 sessions"), "{text}");
    drop(served);
}
