//! A tenant's own audit as a recording: redacted, and replayed.

use graphwalk_recording::Recording;

use crate::{ended, graphwalk, joined};

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
