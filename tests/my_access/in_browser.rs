//! The same in Debian's Chromium, driven by playwright-core, and looked at by axe-core.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{WORDS, WaitingRun, keeps_no_secret, last_decision};

/// What `.ci/run` unpacks below target/, or what a variable names.
fn installed(variable: &str, place: &str) -> PathBuf {
    let given = std::env::var_os(variable).map(PathBuf::from);
    let path = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(place));
    assert!(path.exists(), "{} is not there: .ci/run installs it, or name it with {variable}", path.display());
    path
}

#[test]
#[ignore = "needs chromium, node, playwright-core and axe-core, which .ci/run installs"]
fn adele_decides_in_chromium_without_scripts_and_axe_finds_no_violation() {
    let pictures = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("MY_ACCESS_PICTURES").map(PathBuf::from);
    let mut run = WaitingRun::start(&["run", "--on", "emulator"]);
    let link = run.link();
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/my_access/browser.js"))
        .args([link.as_str(), WORDS])
        .arg(kept.as_deref().unwrap_or(pictures.path()))
        .arg(installed("PLAYWRIGHT_CORE", "target/playwright/package"))
        .arg(installed("AXE_CORE", "target/axe/package/axe.min.js"))
        .output()
        .expect("this test needs node: apt-get install npm");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (code, printed, folder) = run.end();
    assert_eq!(code, 0, "{printed}");
    assert_eq!(seen["violations"], Value::Array(Vec::new()), "{seen}");
    // The one answer that is refused, and nothing that the policy of the pages forbids.
    let refused = "Failed to load resource: the server responded with a status of 400 (Bad Request)";
    assert_eq!(seen["console"], serde_json::json!([refused]), "{seen}");
    assert_eq!(seen["refused"], "Your answer was not recorded. To say Yes, give a reason.");
    assert_eq!(seen["foreign"], 403);
    assert_eq!(seen["cookies"][0], serde_json::json!({"httpOnly": true, "sameSite": "Strict", "path": "/myaccess"}));
    assert!(seen["recorded"].as_str().unwrap().starts_with("Recorded: Yes. By Adele Vance, "), "{seen}");
    let decision = last_decision(folder.path());
    assert_eq!(
        (&decision["justification"], &decision["reviewedBy"]["displayName"]),
        (&WORDS.into(), &"Adele Vance".into())
    );
    assert!(seen["pictures"].as_array().unwrap().len() >= 24, "{seen}");
    keeps_no_secret(folder.path(), &[&link]);
}
