//! Finding the recordings of a folder, and their files as they are written.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::file_text::{bytes_of, text_of, without_lone_halves};
use super::read::not_har;
use super::{Recording, RecordingError};

/// The recordings that `path` means: itself if it is a file, else all files below it that end in `.har` or `.har.gz`,
/// sorted.
///
/// # Errors
///
/// If there is nothing at `path`, or no recording below it.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, RecordingError> {
    let unreadable = |source| RecordingError::Unreadable { path: path.to_owned(), source };
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            // A link to a folder is not followed, so that a circle of links does not end in an endless search.
            if entry.file_type().map_err(unreadable)?.is_dir() {
                folders.push(entry.path());
            } else if is_recording(&entry.path()) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    if found.is_empty() { Err(RecordingError::EmptyFolder(path.to_owned())) } else { Ok(found) }
}

/// Whether a file is called as recordings are: `.har`, or packed `.har.gz`, in small letters or large ones. The rest of its name may be
/// in any encoding.
fn is_recording(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    name.ends_with(".har") || name.ends_with(".har.gz")
}

/// A recording's file as it is written.
#[derive(Debug)]
pub struct RecordingFile {
    name: String,
    bytes: Cow<'static, [u8]>,
}

impl RecordingFile {
    /// A file called `name` with these bytes.
    pub fn new(name: impl Into<String>, bytes: impl Into<Cow<'static, [u8]>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// If it cannot be read or is too large.
    pub fn read(path: &Path) -> Result<Self, RecordingError> {
        Ok(Self::new(path.display().to_string(), bytes_of(path)?))
    }

    /// The file as the user knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The recording that is written there.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is no HAR, or has an exchange that cannot be replayed; the [`RecordingError`] says where.
    pub fn recording(&self) -> Result<Recording, RecordingError> {
        Recording::parse(&self.name, &self.bytes)
    }

    /// The text, as far as JSON can be read.
    pub(super) fn text(&self) -> Result<Cow<'_, str>, RecordingError> {
        Ok(without_lone_halves(text_of(&self.name, &self.bytes)?))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn not_har(&self, error: &serde_json::Error) -> RecordingError {
        not_har(&self.name, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_means_all_recordings_below_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("b")).unwrap();
        for name in ["c.har", "b/a.har", "d.har.gz", "note.txt", "e.gz"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = find(folder.path()).unwrap();
        assert_eq!(found, [folder.path().join("b/a.har"), folder.path().join("c.har"), folder.path().join("d.har.gz")]);
    }

    /// A file that is passed over is not checked for secrets either.
    #[cfg(unix)]
    #[test]
    fn files_are_found_in_whatever_letters_their_names_are() {
        use std::os::unix::ffi::OsStrExt as _;
        let folder = tempfile::tempdir().unwrap();
        let names: [&[u8]; 3] = [b"A.HAR", b"B.har.GZ", b"caf\xe9.har"];
        let files = names.map(|name| folder.path().join(std::ffi::OsStr::from_bytes(name)));
        files.iter().for_each(|file| std::fs::write(file, "").unwrap());
        assert_eq!(find(folder.path()).unwrap(), files);
    }
}
