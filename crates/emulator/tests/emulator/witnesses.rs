//! What `docs/emulator.md` says is witnessed by tests that are there.

use std::collections::BTreeSet;
use std::path::Path;

/// The tests of the emulator that a client could write, as `module::name`.
fn tests() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/emulator");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut names = BTreeSet::new();
    for file in files.filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        let module = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for pair in
            lines.windows(2).filter(|pair| pair[0].starts_with("#[test]") || pair[0].starts_with("#[tokio::test"))
        {
            let name = pair[1].trim_start_matches("async ").trim_start_matches("fn ").split('(').next().unwrap();
            names.insert(format!("{module}::{name}"));
        }
    }
    names
}

/// The rows of the page's tables that end in a column of tests: the first cell, and the tests.
fn rows(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut rows = Vec::new();
    let mut is_witnessed = false;
    for line in page.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if !line.starts_with('|') {
            is_witnessed = false;
        } else if cells.last() == Some(&"test") {
            is_witnessed = true;
        } else if is_witnessed && !line.starts_with("|---") {
            let tests = cells.last().unwrap().split(',').map(|name| name.trim().trim_matches('`'));
            rows.push((cells[0], tests.collect()));
        }
    }
    rows
}

#[test]
fn every_rule_of_the_page_names_tests_that_are_there() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/emulator.md")).unwrap();
    let (rows, tests) = (rows(&page), tests());
    assert!(rows.len() > 180 && tests.len() > 150, "{} rows, {} tests", rows.len(), tests.len());
    for (rule, named) in &rows {
        for name in named.iter().filter(|name| **name != "–") {
            assert!(tests.contains(*name), "docs/emulator.md: '{rule}' names the test '{name}', which is not there");
        }
    }
    // What no test witnesses says so, and there is little of it.
    let unwitnessed = rows.iter().filter(|(_, named)| named.as_slice() == ["–"]).count();
    assert!(unwitnessed <= 6, "{unwitnessed} of {} rules name no test", rows.len());
}
