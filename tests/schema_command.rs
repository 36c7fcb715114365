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
