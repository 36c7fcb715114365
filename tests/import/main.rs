//! `graphwalk import`: what comes of pages, whole and faulty ones.

mod any_page;
mod edits;
mod kinds;
mod pages;
mod role_page;
mod seed;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

/// A page of the folder `pages`.
fn page_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/pages").join(name)
}

/// So many lines of an import may be added or changed until it says what was written by hand.
const MOST_EDITS: usize = 10;

/// Imports a page into a folder, and returns the exit code and what was printed.
fn import(page: &Path, folder: &Path) -> (i32, String) {
    printed(Command::cargo_bin("graphwalk").unwrap().arg("import").arg(page).arg("--out").arg(folder))
}

/// Plays the features of a folder strictly on the emulator, and returns the exit code and what was printed.
fn play(folder: &Path) -> (i32, String) {
    let mut command = Command::cargo_bin("graphwalk").unwrap();
    printed(command.args(["run", "--on", "emulator", "--strict", "--features"]).arg(folder))
}

fn printed(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

/// All features of a folder, one behind the other.
fn features(folder: &Path) -> String {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "feature"));
    files.sort();
    files
        .iter()
        .map(|path| {
            format!("== {}\n{}\n", path.file_name().unwrap().to_string_lossy(), fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The steps of features that change what is there by an id that stands in them.
fn literal_writes(features: &str) -> Vec<String> {
    let is_guid = |word: &str| word.len() == 36 && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let mut is_write = false;
    let mut found = Vec::new();
    for line in features.lines().filter(|line| !line.trim_start().starts_with('#')) {
        if line.trim_start().starts_with("When ") {
            is_write = ["sends DELETE", "sends PATCH", "sends PUT"].iter().any(|word| line.contains(word));
        } else if line.trim_start().starts_with("Then ") {
            is_write = false;
        }
        if is_write && line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).any(is_guid) {
            found.push(line.to_owned());
        }
    }
    found
}
