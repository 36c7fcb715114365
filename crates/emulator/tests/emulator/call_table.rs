//! The table of calls in `docs/emulator.md`: what each is modelled after, by the areas, and the test in which it is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;

use graphwalk_catalog::ApiPath;
use graphwalk_emulator::areas::AREAS;

use crate::served::CALLS;

/// Which test witnesses which call: a method and a path of the permissions list.
type Witnesses = BTreeMap<(String, String), String>;

/// The column of the paths, by which the table is known.
const HEADING: &str = "| path | methods | source | test |";

/// The table of these calls. The tests are those that the page names; where they are to be found anew, all are run.
pub fn table(calls: &BTreeMap<&str, Vec<&str>>, page: &str) -> String {
    let witnesses = if std::env::var_os("GRAPHWALK_UPDATE").is_some() { measured(calls) } else { named(page) };
    let mut text = format!("{HEADING}\n|---|---|---|---|\n");
    for (path, methods) in calls {
        let path = path.replace("{}", "{id}");
        let tests: Vec<&str> = methods
            .iter()
            .filter_map(|method| witnesses.get(&((*method).to_owned(), path.clone())).map(String::as_str))
            .collect();
        let tests: Vec<String> = tests.iter().map(|test| format!("`{test}`")).collect();
        writeln!(text, "| `{path}` | {} | {} | {} |", methods.join(", "), source_of(&path), tests.join(", ")).unwrap();
    }
    text
}

/// The source of a call, by the areas.
fn source_of(path: &str) -> &'static str {
    let is_of = |pattern: &str| match pattern.strip_prefix('*') {
        Some(ending) => path.ends_with(ending),
        None => pattern == path,
    };
    let sources = AREAS.iter().flat_map(|area| area.sources()).filter(|(pattern, _)| is_of(pattern));
    let found: Vec<&str> = sources.map(|(_, source)| *source).collect();
    assert_eq!(found.len(), 1, "{path}: an area names one source of it (Area::sources), got {found:?}");
    found[0]
}

/// The witnesses that the page names.
fn named(page: &str) -> Witnesses {
    let rows = page.lines().skip_while(|line| *line != HEADING).skip(2).take_while(|line| line.starts_with('|'));
    let mut witnesses = Witnesses::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(|cell| cell.trim().trim_matches('`')).collect();
        let [path, methods, _, tests] = cells[..] else { panic!("docs/emulator.md: {row}") };
        let tests = tests.split(',').map(|test| test.trim().trim_matches('`'));
        for (method, test) in methods.split(", ").zip(tests) {
            witnesses.insert((method.to_owned(), path.to_owned()), test.to_owned());
        }
    }
    witnesses
}

/// Of each call the test in which it is answered and that makes the fewest others; all tests are run for it.
fn measured(calls: &BTreeMap<&str, Vec<&str>>) -> Witnesses {
    let listed: Vec<String> = calls.keys().map(|path| path.replace("{}", "{id}")).collect();
    let made = made_by(&["--skip", "generic_paths::", "--skip", "call_table::", "--skip", "witnesses::"], &listed);
    let mut of: BTreeMap<(String, String), Vec<(usize, &String)>> = BTreeMap::new();
    for (test, calls) in &made {
        for call in calls {
            of.entry(call.clone()).or_default().push((calls.len(), test));
        }
    }
    of.into_iter().filter_map(|(call, tests)| Some((call, tests.iter().min()?.1.clone()))).collect()
}

/// What tests are answered, each with its calls: run by this program once more, which writes them down.
fn made_by(arguments: &[&str], listed: &[String]) -> BTreeMap<String, BTreeSet<(String, String)>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("calls");
    let mut tests = Command::new(std::env::current_exe().unwrap());
    let output = tests.arg("--test-threads=2").args(arguments).env(CALLS, &file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let mut made: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for line in std::fs::read_to_string(&file).unwrap().lines() {
        let [test, method, path] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        if let Some(path) = listed_path(path, listed) {
            made.entry(test.to_owned()).or_default().insert((method.to_owned(), path.to_owned()));
        }
    }
    made
}

/// The path of the list that a request is about; a reference or a count is about what it belongs to.
fn listed_path<'a>(sent: &str, listed: &'a [String]) -> Option<&'a String> {
    let path = ApiPath::parse_reference(sent.split('?').next()?);
    let names: Vec<String> = graphwalk_emulator::odata::path::names(&path);
    let exact = |names: &[String]| {
        let fits = |listed: &&String| {
            let words: Vec<&str> = listed.trim_start_matches('/').split('/').collect();
            words.len() == names.len() && words.iter().zip(names).all(|(word, name)| is_word(word, name))
        };
        listed.iter().filter(fits).min_by_key(|listed| listed.matches("{id}").count())
    };
    exact(&names).or_else(|| {
        let (last, before) = names.split_last()?;
        matches!(last.as_str(), "$ref" | "$count").then(|| exact(before)).flatten()
    })
}

fn is_word(word: &str, name: &str) -> bool {
    let bare = |text: &str| {
        let text = text.to_lowercase();
        let text = text.split('(').next().unwrap_or_default().to_owned();
        text.trim_start_matches("microsoft.graph.").trim_start_matches("graph.").to_owned()
    };
    word == "{id}" || bare(word) == bare(name)
}

#[test]
fn every_call_of_the_page_is_answered_in_the_test_that_it_names() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/emulator.md")).unwrap();
    let witnesses = named(&page);
    assert!(witnesses.len() > 80, "{}", witnesses.len());
    let listed: Vec<String> =
        witnesses.keys().map(|(_, path)| path.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let tests: BTreeSet<&str> = witnesses.values().map(String::as_str).collect();
    let arguments: Vec<&str> = std::iter::once("--exact").chain(tests).collect();
    let made = made_by(&arguments, &listed);
    for (call, test) in &witnesses {
        let is_made = made.get(test).is_some_and(|calls| calls.contains(call));
        assert!(
            is_made,
            "docs/emulator.md: {} {} is not answered in {test}: run `generic_paths` with GRAPHWALK_UPDATE=1",
            call.0, call.1
        );
    }
}

#[test]
fn every_source_that_an_area_names_is_of_a_call_of_the_page() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/emulator.md")).unwrap();
    let paths: BTreeSet<String> = named(&page).into_keys().map(|(_, path)| path).collect();
    for (pattern, source) in AREAS.iter().flat_map(|area| area.sources()) {
        let is_there = match pattern.strip_prefix('*') {
            Some(ending) => paths.iter().any(|path| path.ends_with(ending)),
            None => paths.contains(*pattern),
        };
        assert!(is_there, "{pattern} ({source}) is no call that is answered");
    }
}
