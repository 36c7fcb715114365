//! The core knows no tutorial: what one is about stands in its features, in steps, in the emulator's areas, in overlays. And a
//! word means one thing, wherever it stands.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const CORE: [&str; 7] =
    ["src/session", "src/runner", "src/backend", "src/report", "src/config", "src/dry_run", "src/live"];

/// All files below a folder.
fn all_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all_files(&path, found) } else { found.push(path) }
    }
}

/// The files below a folder, without tests and snapshots.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    all_files(folder, found);
    found.retain(|path| !path.to_string_lossy().contains("tests") && !path.to_string_lossy().ends_with(".snap"));
}

fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

#[test]
fn no_file_is_longer_than_five_hundred_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    ["benches", "crates", "examples", "src", "steps", "tests"]
        .iter()
        .for_each(|folder| all_files(&root.join(folder), &mut all));
    all.retain(|path| is_rust(path));
    assert!(all.len() > 600, "{} files", all.len());
    let lines = |path: &PathBuf| fs::read_to_string(path).unwrap().lines().count();
    let long: Vec<String> =
        all.iter().filter(|path| lines(path) > 500).map(|path| path.display().to_string()).collect();
    assert_eq!(long, Vec::<String>::new());
}

/// What a line names of access reviews of groups.
fn named(line: &str) -> Option<String> {
    let line = line.to_lowercase();
    let phrases = ["access review", "accessreview"];
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
    let phrase = phrases.into_iter().find(|phrase| line.contains(phrase)).map(str::to_owned);
    phrase.or_else(|| words.find(|word| ["group", "groups", "decision", "decisions"].contains(word)).map(str::to_owned))
}

#[test]
fn the_core_names_nothing_that_one_tutorial_is_about() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    CORE.iter().for_each(|folder| files(&root.join(folder), &mut all));
    assert!(all.len() > 60, "{} files", all.len());
    let mut faults = Vec::new();
    for path in all {
        let text = fs::read_to_string(&path).unwrap();
        let place = path.strip_prefix(root).unwrap().display().to_string();
        let found = text.lines().enumerate().filter_map(|(index, line)| Some((index + 1, named(line)?)));
        faults.extend(found.map(|(line, word)| format!("{place}:{line}: {word}")));
    }
    assert_eq!(faults, Vec::<String>::new());
}

#[test]
fn the_program_spells_out_no_path_of_identity_governance() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    files(&root.join("src"), &mut all);
    for path in all.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        let text = fs::read_to_string(path).unwrap();
        let program = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        assert!(!program.to_lowercase().contains("identitygovernance"), "{}", path.display());
    }
}

#[test]
fn nothing_is_built_on_the_command_line_but_the_program() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    files(&root.join("src"), &mut all);
    files(&root.join("steps"), &mut all);
    let is_below = |path: &&PathBuf| !path.starts_with(root.join("src/cli")) && !path.ends_with("src/main.rs");
    for path in all.iter().filter(is_below) {
        let text = fs::read_to_string(path).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let named: Vec<&str> = code.filter(|line| line.contains("cli::")).collect();
        assert_eq!(named, Vec::<&str>::new(), "{}", path.display());
    }
}

/// The Rust files of the program and of its crates, without tests: each with its text before the module of its tests.
fn programs() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    files(&root.join("src"), &mut all);
    files(&root.join("steps"), &mut all);
    for entry in fs::read_dir(root.join("crates")).unwrap() {
        files(&entry.unwrap().path().join("src"), &mut all);
    }
    all.iter()
        .filter(|path| is_rust(path))
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let program = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            (path.strip_prefix(root).unwrap().display().to_string(), program.to_owned())
        })
        .collect()
}

/// The indent of a function that has its body on lines of its own, and its name, if it begins in this line.
fn begins_function(line: &str) -> Option<(&str, &str)> {
    let (indent, mut rest) = line.split_at(line.len() - line.trim_start().len());
    for word in ["pub ", "pub(crate) ", "pub(super) ", "const ", "async ", "unsafe "] {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let name = rest.strip_prefix("fn ")?.split(['(', '<']).next()?;
    (!line.ends_with(['}', ';'])).then_some((indent, name))
}

/// Counted is from the line of `fn` to that of the brace which closes the body: rustfmt sets it below the `fn`. Modules of tests are left
/// out.
#[test]
fn no_function_is_longer_than_sixty_lines() {
    let (mut count, mut long) = (0, Vec::new());
    for (file, text) in programs() {
        let lines: Vec<&str> = text.lines().collect();
        for (begin, line) in lines.iter().enumerate() {
            let Some((indent, name)) = begins_function(line) else { continue };
            // Of a declaration without a body the bracket of its parameters stands there, and a semicolon ends the line.
            let below = |line: &&str| {
                line.strip_prefix(indent)
                    .is_some_and(|rest| rest == "}" || rest.starts_with(')') && rest.ends_with(';'))
            };
            let length = lines[begin..].iter().position(below).map_or(0, |end| end + 1);
            count += 1;
            if length > 60 {
                long.push(format!("{file}:{}: {name} has {length} lines", begin + 1));
            }
        }
    }
    assert!(count > 5_000, "{count} functions");
    assert_eq!(long, Vec::<String>::new());
}

/// The name of the type that a line declares at the top of a file.
fn declared(line: &str) -> Option<&str> {
    let mut words = line.split(' ').skip_while(|word| word.starts_with("pub") || word.starts_with("crate::"));
    let declares = ["struct", "enum", "trait", "type"].contains(&words.next()?);
    words.next().filter(|_| declares)?.split(|c: char| !c.is_alphanumeric()).next()
}

#[test]
fn a_name_of_a_type_stands_in_one_place_of_all_crates() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let programs = programs();
    for (file, text) in &programs {
        for (index, line) in text.lines().enumerate() {
            if let Some(name) = declared(line) {
                places.entry(name.to_owned()).or_default().push(format!("{file}:{}", index + 1));
            }
        }
    }
    assert!(places.len() > 800, "{} names", places.len());
    places.retain(|_, places| places.len() > 1);
    assert_eq!(places, BTreeMap::new(), "give all but one a word before it");
}

#[test]
fn a_doc_comment_says_what_something_is_and_does_not_ask() {
    let asks = ["What", "How", "Who", "Whom", "Whose", "Where", "Which", "When", "Until", "Why"];
    let mut faults = Vec::new();
    for (file, text) in programs() {
        let mut before = "";
        for (index, line) in text.lines().map(str::trim_start).enumerate() {
            let begins = line.strip_prefix("/// ").filter(|_| !before.starts_with("///"));
            if begins.is_some_and(|first| asks.contains(&first.split([' ', ',']).next().unwrap_or_default())) {
                faults.push(format!("{file}:{}: {line}", index + 1));
            }
            before = line;
        }
    }
    assert_eq!(faults, Vec::<String>::new(), "say what it is (`The …`) or does (`Returns …`)");
}
