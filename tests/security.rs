//! SECURITY.md: every promise names the test that keeps it, and there is such a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names of all functions below a folder.
fn functions(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let names = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
            found.extend(names.map(str::to_owned));
        }
    }
}

/// The promises: the items of the lists under "What is promised".
fn promises(text: &str) -> Vec<String> {
    let (_, rest) = text.split_once("## What is promised").unwrap();
    let (promised, _) = rest.split_once("\n## ").unwrap();
    promised.split("\n- ").skip(1).map(|item| item.split("\n\n").next().unwrap().to_owned()).collect()
}

/// What stands between back quotes and looks like the name of a test.
fn named(promise: &str) -> Vec<&str> {
    let quoted = promise.split('`').skip(1).step_by(2);
    quoted.filter(|name| name.matches('_').count() > 2 && !name.contains(['/', ' ', '.'])).collect()
}

#[test]
fn every_promise_names_a_test_that_there_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut known = BTreeSet::new();
    for folder in ["src", "tests", "crates"] {
        functions(&root.join(folder), &mut known);
    }
    let text = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let section_names_tests = |promise: &str| promise.contains("`tests/");
    let all = promises(&text);
    assert!(all.len() > 25, "{} promises", all.len());
    let mut faults = Vec::new();
    for promise in &all {
        let names = named(promise);
        if names.is_empty() && !section_names_tests(promise) {
            faults.push(format!("no test is named: {promise}"));
        }
        faults.extend(names.iter().filter(|name| !known.contains(**name)).map(|name| format!("no such test: {name}")));
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn every_file_that_the_documents_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut named = 0;
    for document in ["SECURITY.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(root.join(document)).unwrap();
        let quoted = text.split('`').skip(1).step_by(2);
        let files = quoted.filter(|word| {
            ["tests/", "src/", "crates/", "steps/", "examples/", "docs/"].iter().any(|folder| word.starts_with(folder))
        });
        for file in files.filter(|file| !file.contains(' ')) {
            assert!(root.join(file).exists(), "{document} names {file}");
            named += 1;
        }
    }
    assert!(named > 30, "{named}");
}
