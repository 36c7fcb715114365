//! Finding recordings: those of a folder, and those that the program carries.

use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use super::{Recording, RecordingError};

static BUNDLED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/recordings");

/// The recordings that `path` means: itself if it is a file, else all files below it that end in `.har`, sorted.
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
            } else if entry.path().extension().is_some_and(|extension| extension == "har") {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    if found.is_empty() { Err(RecordingError::EmptyFolder(path.to_owned())) } else { Ok(found) }
}

impl Recording {
    /// The recordings of a tutorial that the program carries, sorted by name.
    pub fn bundled(tutorial: &str) -> Vec<Self> {
        let Some(folder) = BUNDLED.get_dir(tutorial) else { return Vec::new() };
        let mut files: Vec<_> =
            folder.files().filter(|file| file.path().extension().is_some_and(|e| e == "har")).collect();
        files.sort_by_key(|file| file.path());
        let name = |path: &Path| format!("recordings/{}", path.display());
        // That each can be read is what a test of this module makes sure of.
        files.iter().filter_map(|file| Self::parse(&name(file.path()), file.contents()).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_recording_can_be_read() {
        for folder in BUNDLED.dirs() {
            let tutorial = folder.path().to_str().unwrap();
            let files = folder.files().filter(|file| file.path().extension().is_some_and(|e| e == "har")).count();
            assert_eq!(Recording::bundled(tutorial).len(), files, "{tutorial}");
            assert!(files > 0);
        }
    }

    #[test]
    fn a_folder_means_all_recordings_below_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("b")).unwrap();
        for name in ["c.har", "b/a.har", "note.txt"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = find(folder.path()).unwrap();
        assert_eq!(found, [folder.path().join("b/a.har"), folder.path().join("c.har")]);
    }
}
