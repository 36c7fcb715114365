//! Finding recordings: those of a folder, and those that the program carries.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::read::{bytes_of, not_har, text_of};
use super::{Recording, RecordingError};

/// The recordings of the program, sorted: the path in the folder `recordings`, which begins with the tutorial's name, and the file.
static BUNDLED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/recordings.rs"));

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

    /// Reads a file. The name of a bundled recording, as `graphwalk list` prints it, stands for that one where there is
    /// no such file.
    ///
    /// # Errors
    ///
    /// [`RecordingError`] if it cannot be read or is too large.
    pub fn read(path: &Path) -> Result<Self, RecordingError> {
        if !path.exists()
            && let Some(bundled) = Self::bundled().into_iter().find(|file| Path::new(&file.name) == path)
        {
            return Ok(bundled);
        }
        Ok(Self::new(path.display().to_string(), bytes_of(path)?))
    }

    /// Whether it is the recording of a tutorial's page.
    fn is_published(&self) -> bool {
        self.name.ends_with("/published.har")
    }

    /// All recordings that the program carries: of each tutorial the one of its page first.
    pub fn bundled() -> Vec<Self> {
        let mut files: Vec<_> =
            BUNDLED.iter().map(|(path, bytes)| Self::new(format!("recordings/{path}"), *bytes)).collect();
        files.sort_by(|a, b| a.place().cmp(&b.place()));
        files
    }

    /// Its folder, then the one of the page, then the others by name.
    fn place(&self) -> (&str, bool, &str) {
        let (folder, file) = self.name.rsplit_once('/').unwrap_or_default();
        (folder, !self.is_published(), file)
    }

    /// The file as the user knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The recording that is written there.
    ///
    /// # Errors
    ///
    /// [`RecordingError`], which says what is wrong with the file and where.
    pub fn recording(&self) -> Result<Recording, RecordingError> {
        Recording::parse(&self.name, &self.bytes)
    }

    /// The text without the mark of the byte order.
    pub(super) fn text(&self) -> Result<&str, RecordingError> {
        text_of(&self.name, &self.bytes)
    }

    pub(super) fn not_har(&self, error: &serde_json::Error) -> RecordingError {
        not_har(&self.name, error)
    }
}

/// Those of one tutorial.
fn bundled_of(tutorial: &str) -> impl Iterator<Item = RecordingFile> {
    let folder = format!("recordings/{tutorial}/");
    RecordingFile::bundled().into_iter().filter(move |file| file.name.starts_with(&folder))
}

impl Recording {
    /// The recording that a tutorial is replayed with where none is named: the one of its page.
    pub fn first_bundled(tutorial: &str) -> Option<Self> {
        bundled_of(tutorial).find_map(|file| file.recording().ok())
    }

    /// The recordings of a tutorial that the program carries: the one of its page, then the others, sorted by name.
    pub fn bundled(tutorial: &str) -> Vec<Self> {
        // That each can be read is what a test of this module makes sure of.
        bundled_of(tutorial).filter_map(|file| file.recording().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_recording_can_be_read() {
        assert!(!BUNDLED.is_empty());
        for (path, _) in BUNDLED {
            let (tutorial, file) = path.split_once('/').unwrap();
            let name = format!("recordings/{tutorial}/{file}");
            assert!(Recording::bundled(tutorial).iter().any(|recording| recording.name == name), "{path}");
        }
    }

    #[test]
    fn every_tutorial_of_the_program_has_a_recording_of_its_page_first() {
        for tutorial in crate::tutorial::Library::embedded().names() {
            let first = Recording::bundled(tutorial).into_iter().next().unwrap();
            assert_eq!(first.name, format!("recordings/{tutorial}/published.har"));
        }
    }

    #[test]
    fn the_name_of_a_bundled_recording_stands_for_it() {
        let file = RecordingFile::read(Path::new("recordings/security-group-review/published.har")).unwrap();
        assert_eq!(file.name(), "recordings/security-group-review/published.har");
        let error = RecordingFile::read(Path::new("recordings/none.har")).unwrap_err();
        assert!(error.to_string().starts_with("cannot read recordings/none.har"), "{error}");
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
