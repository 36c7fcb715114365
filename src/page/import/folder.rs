//! Writes what was imported, and keeps what was changed by hand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::diagnostic::Diagnostic;

/// The report, which also tells how the files were when they were written.
pub const REPORT: &str = "import.md";
/// The recording.
pub const RECORDING: &str = "published.har";
/// The mark before a file's name and checksum in the report.
const MARK: &str = "<!-- written: ";

/// The files that were written.
#[derive(Debug, Default)]
pub struct Written {
    /// The files with the checksums of what was imported.
    pub checksums: BTreeMap<String, u32>,
    /// The files that were changed by hand and are kept: the import stands beside them, with `.new` behind its name.
    pub kept: Vec<String>,
    /// Features of an earlier import that the page no longer has.
    pub stale: Vec<String>,
}

/// Writes files into a folder. A file that is not as an earlier import wrote it is kept, and the new one put beside it.
///
/// # Errors
///
/// If the folder or a file cannot be written.
pub fn write(folder: &Path, files: &[(String, String)]) -> Result<Written, Box<Diagnostic>> {
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
    let earlier = earlier(folder);
    let mut written = Written::default();
    for (name, text) in files {
        let path = folder.join(name);
        let checksum = crc32fast::hash(text.as_bytes());
        written.checksums.insert(name.clone(), checksum);
        let present = fs::read(&path).ok();
        let is_same = present.as_deref() == Some(text.as_bytes());
        let is_ours = |bytes: &[u8]| earlier.get(name) == Some(&crc32fast::hash(bytes));
        let is_changed = present.as_deref().is_some_and(|bytes| !is_same && !is_ours(bytes));
        let beside = folder.join(format!("{name}.new"));
        if is_changed {
            put(&beside, text)?;
            written.kept.push(name.clone());
        } else {
            put(&path, text)?;
            // What stood beside a changed file is no longer needed once both agree.
            let _ = fs::remove_file(&beside);
        }
    }
    written.stale = earlier
        .into_keys()
        .filter(|name| !written.checksums.contains_key(name) && folder.join(name).exists())
        .collect();
    Ok(written)
}

/// Writes the report.
///
/// # Errors
///
/// If it cannot be written.
pub fn write_report(folder: &Path, text: &str) -> Result<(), Box<Diagnostic>> {
    put(&folder.join(REPORT), text)
}

/// The lines of a report from which a later import sees what was changed by hand.
pub fn checksum_lines(written: &Written) -> String {
    written.checksums.iter().map(|(name, checksum)| format!("{MARK}{name} {checksum:08x} -->\n")).collect()
}

/// The checksums that the report of an earlier import has.
fn earlier(folder: &Path) -> BTreeMap<String, u32> {
    let text = fs::read_to_string(folder.join(REPORT)).unwrap_or_default();
    let entries = text.lines().filter_map(|line| {
        let (name, checksum) = line.strip_prefix(MARK)?.strip_suffix(" -->")?.rsplit_once(' ')?;
        // A report comes from a file: it names files of this folder only.
        let is_plain = !name.contains(['/', '\\']);
        Some((name.to_owned(), u32::from_str_radix(checksum, 16).ok().filter(|_| is_plain)?))
    });
    entries.collect()
}

fn put(path: &Path, text: &str) -> Result<(), Box<Diagnostic>> {
    fs::write(path, text).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Box<Diagnostic> {
    let message = format!("cannot write {}: {error}", path.display());
    Box::new(Diagnostic::new("output", message).help("name a folder that you may write to with --out"))
}
