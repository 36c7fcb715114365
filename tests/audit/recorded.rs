//! A tenant's own audit as a recording: redacted, and replayed.

use graphwalk_recording::Recording;
use serde_json::{Value, json};

use crate::{ended, graphwalk, joined};

/// The recording of an audit of the tenant that is as it should be, with its answers changed: of each the path, the status and the
/// body.
fn replayed_with(change: impl Fn(&str, &mut Value, &mut Value)) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let har = folder.path().join("audit.har");
    let path = har.to_str().unwrap();
    let (code, made) = ended(&graphwalk(&["record", "existing-reviews", "--on", "emulator", "--out", path]));
    assert_eq!(code, 0, "{made}");
    let mut held: Value = serde_json::from_slice(&std::fs::read(&har).unwrap()).unwrap();
    for entry in held["log"]["entries"].as_array_mut().unwrap() {
        let url = entry["request"]["url"].as_str().unwrap().to_owned();
        let mut body = serde_json::from_str(entry["response"]["content"]["text"].as_str().unwrap()).unwrap();
        change(&url, &mut entry["response"]["status"], &mut body);
        entry["response"]["content"]["text"] = body.to_string().into();
    }
    std::fs::write(&har, held.to_string()).unwrap();
    ended(&graphwalk(&["run", "existing-reviews", "--recording", path]))
}

#[test]
fn a_group_that_is_deleted_since_proves_no_population_and_explains_lost_access() {
    let (code, told) = replayed_with(|url, status, body| {
        if url.contains("/v1.0/groups/") && url.contains("groupTypes") {
            *status = json!(404);
            *body = json!({"error": {"code": "Request_ResourceNotFound", "message": "It is gone."}});
        }
    });
    assert_eq!(code, 3, "{told}");
    let told = joined(&told);
    assert!(told.contains("0 passed, 3 blocked of 3 sessions"), "{told}");
    assert!(told.contains("not proved: the group is deleted since, so who was a member then is not known"), "{told}");
    assert!(told.contains(": the group is deleted since, "), "{told}");
}

#[test]
fn an_instance_that_does_not_say_when_it_began_is_audited_too() {
    let (code, told) = replayed_with(|url, _, body| {
        if url.ends_with("/instances") {
            let items = body["value"].as_array_mut().into_iter().flatten();
            items.for_each(|item| item["startDateTime"] = Value::Null);
        }
    });
    assert_eq!(code, 3, "{told}");
    let told = joined(&told);
    assert!(told.contains("2 passed, 1 blocked of 3 sessions"), "{told}");
    assert!(told.contains("an instance that does not say when it began may be the one due about 2026-03-08"), "{told}");
}

#[test]
fn a_series_whose_pattern_is_not_judged_is_not_taken_for_a_review_that_happens_once() {
    let (code, told) = replayed_with(|_, _, body| {
        let kind = body.pointer_mut("/settings/recurrence/pattern/type").filter(|kind| kind.as_str() == Some("weekly"));
        kind.into_iter().for_each(|kind| *kind = json!("relativeMonthly"));
    });
    assert_eq!(code, 3, "{told}");
    assert!(joined(&told).contains("it comes again by a pattern that is not judged here, relativeMonthly"), "{told}");
}

#[test]
fn members_that_are_no_users_need_no_decision() {
    let (code, told) = replayed_with(|url, _, body| {
        let Some(items) = body["value"].as_array_mut() else { return };
        if url.contains("/members?") {
            let id = "9c1f6c0e-2f5b-4c3e-9d3a-6f1f3c1f9a11";
            items.push(json!({"@odata.type": "#microsoft.graph.device", "id": id, "displayName": "Printer"}));
        }
    });
    assert_eq!(code, 0, "{told}");
}

#[test]
fn a_recorded_audit_replays_with_the_same_verdicts_and_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let har = folder.path().join("audit.har");
    let path = har.to_str().unwrap();
    let seed = ["--on", "emulator", "--seed", "docs/audit-tenant.yaml"];
    let record = ["record", "existing-reviews", "--keep-failed", "--out", path];
    let (code, made) = ended(&graphwalk(&[&record[..], &seed].concat()));
    assert_eq!(code, 1, "{made}");
    let held = std::fs::read_to_string(&har).unwrap();
    for private in ["Adele", "Wilber", "alex@contoso.com", "Payroll", "b0000002-0000-4000", "needed for the work"] {
        assert!(!held.contains(private), "{private}");
    }
    let (code, told) = ended(&graphwalk(&["run", "existing-reviews", "--recording", path]));
    assert_eq!(code, 1, "{told}");
    let verdicts = |told: &str| {
        told.lines()
            .find(|line| line.contains(" of ") && line.contains(" sessions, in "))
            .unwrap()
            .split(" sessions")
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(verdicts(&told), verdicts(&made), "{told}\n{made}");
    let scenarios = |told: &str| told.lines().find(|line| line.starts_with("scenarios")).unwrap().to_owned();
    assert_eq!(scenarios(&told), scenarios(&made));
}

#[test]
fn a_status_that_the_api_does_not_have_fails() {
    let folder = tempfile::tempdir().unwrap();
    let har = folder.path().join("audit.har");
    let path = har.to_str().unwrap();
    let (code, made) = ended(&graphwalk(&["record", "existing-reviews", "--on", "emulator", "--out", path]));
    assert_eq!(code, 0, "{made}");
    assert!(Recording::read(&har).unwrap().exchanges.iter().all(|exchange| exchange.method == "GET"));
    let held = std::fs::read_to_string(&har).unwrap();
    assert!(held.contains("Applied\\\""), "{held}");
    std::fs::write(&har, held.replace("\\\"Applied\\\"", "\\\"Vanished\\\"")).unwrap();
    let (code, told) = ended(&graphwalk(&["run", "existing-reviews", "--recording", path]));
    assert_eq!(code, 1, "{told}");
    assert!(joined(&told).contains("has the status \"Vanished\", which the API does not have"), "{told}");
}
