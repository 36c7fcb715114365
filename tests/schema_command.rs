//! `graphwalk schema`, on files that are at fault.

use std::path::{Path, PathBuf};

use assert_cmd::Command;

fn csdl(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/generator/tests/csdl").join(name)
}

#[test]
fn metadata_that_cannot_be_used_is_refused_and_nothing_is_written() {
    let cases = [
        ("cycle.xml", "derives from itself"),
        ("entities.xml", "document type"),
        ("unclosed.xml", "CSDL, line 4"),
        ("dangling.xml", "nobody"),
        ("sign-in-page.xml", "expected a <Schema>"),
        ("nowhere.xml", "cannot read"),
    ];
    for (name, message) in cases {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let mut command = Command::cargo_bin("graphwalk").unwrap();
        let assert = command.args(["schema", "generate", "--csdl"]).arg(csdl(name)).arg("--out").arg(&out).assert();
        assert.code(2).stdout("").stderr(predicates::str::contains(message));
        assert!(!out.exists(), "{name}");
    }
}

#[test]
fn a_body_that_does_not_fit_its_type_is_told_by_pointer_expected_and_got() {
    let folder = tempfile::tempdir().unwrap();
    let check = |body: &str, flags: &[&str]| {
        let file = folder.path().join("body.json");
        std::fs::write(&file, body).unwrap();
        let mut command = Command::cargo_bin("graphwalk").unwrap();
        let output = command
            .current_dir(folder.path())
            .args(["schema", "check", "user", "body.json"])
            .args(flags)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let wrong = r#"{"id": "5f0a1c1e-0000-4000-8000-000000000001", "accountEnabled": "yes", "displayname": "Adele"}"#;
    let (code, told) = check(wrong, &[]);
    assert_eq!(code, Some(1), "{told}");
    insta::assert_snapshot!(told);
    let drifted = r#"{"id": "5f0a1c1e-0000-4000-8000-000000000001", "displayname": "Adele"}"#;
    assert_eq!(check(drifted, &[]).0, Some(0));
    assert_eq!(check(drifted, &["--strict"]).0, Some(1));
    let (code, told) = check("{\"id\": ", &[]);
    assert_eq!((code, told.as_str()), (Some(2), ""));
}
