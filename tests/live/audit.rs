//! The audit of reviews that exist, on a tenant: it only reads, needs no leave to write, and keeps nothing of its own.

use std::path::Path;

use crate::served::{APP, Served, configure, ended, files};

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
fn a_tenant_is_audited_without_leave_to_write_and_without_a_run_that_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let served = serve(folder.path(), READING);
    let (code, text) = ended(folder.path(), &["run", "existing-reviews", "--on", "live", "--plan"]);
    assert!(code == 0 && text.contains("0 writes of existing-reviews"), "{text}");
    let (code, text) = ended(folder.path(), &["run", "existing-reviews", "--on", "live", "--jobs", "3"]);
    assert!(code == 0 && text.contains("3 passed of 3 sessions"), "{text}");
    assert!(!text.contains("permits more than reading"), "{text}");
    assert!(
        !files(folder.path()).iter().any(|(name, _)| name.contains("journal")),
        "nothing is created, so nothing is listed"
    );
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
