//! Finding and reading the files of pages.

use std::fs;
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;

/// The largest page, in bytes. No page of a documentation has a hundredth of it.
const LARGEST: u64 = 64 << 20;

/// The pages below a path: itself if it is a file, else every `.md` file of the folder, sorted. Hidden folders and links to
/// folders are left out.
///
/// # Errors
///
/// If there is no such path, or a folder cannot be read.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, Box<Diagnostic>> {
    let unreadable = |path: &Path, error: std::io::Error| {
        Box::new(Diagnostic::new("input", format!("cannot read {}: {error}", path.display())))
    };
    if !fs::metadata(path).map_err(|error| unreadable(path, error))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let (mut found, mut open) = (Vec::new(), vec![path.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))? {
            let entry = entry.map_err(|error| unreadable(&folder, error))?;
            let kind = entry.file_type().map_err(|error| unreadable(&entry.path(), error))?;
            let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
            let path = entry.path();
            if kind.is_dir() && !is_hidden {
                open.push(path);
            } else if !kind.is_dir() && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md")) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The text of a page.
///
/// # Errors
///
/// If it cannot be read, is no text, or is larger than any page.
pub fn read(path: &Path) -> Result<String, Box<Diagnostic>> {
    let shown = path.display();
    let fault = |message: String| Box::new(Diagnostic::new("input", message));
    let size = fs::metadata(path).map_err(|error| fault(format!("cannot read {shown}: {error}")))?.len();
    if size > LARGEST {
        let (size, largest) = (size >> 20, LARGEST >> 20);
        let message = format!("{shown} is no page: expected at most {largest} MiB, got {size} MiB");
        return Err(Box::new(fault(message).help("name Markdown files, or the folder that holds them")));
    }
    let bytes = fs::read(path).map_err(|error| fault(format!("cannot read {shown}: {error}")))?;
    if bytes.contains(&0) {
        let message = format!("{shown} is no page: it is binary");
        return Err(Box::new(fault(message).help("name Markdown files, or the folder that holds them")));
    }
    Diagnostic::utf8_of("input", &shown.to_string(), bytes)
}
