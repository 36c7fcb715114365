//! The recordings that the program carries.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use graphwalk_recording::{Recording, RecordingError, RecordingFile, find};

use crate::diagnostic::Diagnostic;
use crate::tutorial::TutorialFaults;

/// Sorted: the path in the folder `recordings`, which begins with the tutorial's name, and the file.
static RECORDINGS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/recordings.rs"));

/// Returns all recordings that the program carries: of each tutorial the one of its page first.
pub fn recording_files() -> Vec<RecordingFile> {
    let named = |(path, bytes): &(&str, &'static [u8])| RecordingFile::new(format!("recordings/{path}"), *bytes);
    let mut files: Vec<_> = RECORDINGS.iter().map(named).collect();
    files.sort_by(|a, b| place(a.name()).cmp(&place(b.name())));
    files
}

/// Returns the recordings of a tutorial that the program carries: the one of its page, then the others, sorted by name.
pub fn recordings(tutorial: &str) -> Vec<Recording> {
    // That each can be read is what a test of this module makes sure of.
    files_of(tutorial).filter_map(|file| file.recording().ok()).collect()
}

/// Returns the recording that a tutorial is replayed with where none is named: the one of its page.
pub fn first_recording(tutorial: &str) -> Option<Recording> {
    files_of(tutorial).find_map(|file| file.recording().ok())
}

/// Reads the recordings of a tutorial: those at `paths`, files or folders of them, or the bundled ones if there are none.
///
/// # Errors
///
/// A file is missing, is no HAR, or cannot be replayed; all such files are named.
pub fn recordings_of(tutorial: &str, paths: &[PathBuf]) -> Result<Vec<Arc<Recording>>, TutorialFaults> {
    if paths.is_empty() {
        return Ok(recordings(tutorial).into_iter().map(Arc::new).collect());
    }
    let (mut read, mut faults) = (Vec::new(), TutorialFaults::new());
    for path in paths {
        let files = find_of(tutorial, path)
            .and_then(|files| files.iter().map(|file| Recording::read(file)).collect::<Result<Vec<_>, _>>());
        match files {
            Ok(recordings) => read.extend(recordings.into_iter().map(Arc::new)),
            Err(error) => faults.push(Diagnostic::from(&error)),
        }
    }
    if faults.is_empty() { Ok(read) } else { Err(faults) }
}

/// Finds the recordings of a tutorial at `path`: the file, or those in the folder. Where the folder has one that is called as the
/// tutorial, the others are of other tutorials.
///
/// # Errors
///
/// If there is nothing at `path`, or no recording below it.
pub fn find_of(tutorial: &str, path: &Path) -> Result<Vec<PathBuf>, RecordingError> {
    let own = path.join(tutorial);
    find(if own.is_dir() { &own } else { path })
}

/// Reads a recording's file. The name of a bundled recording, as `graphwalk list` prints it, represents that one where there
/// is no such file.
///
/// # Errors
///
/// If it cannot be read or is too large.
pub fn read_recording_file(path: &Path) -> Result<RecordingFile, RecordingError> {
    if !path.exists()
        && let Some(bundled) = recording_files().into_iter().find(|file| Path::new(file.name()) == path)
    {
        return Ok(bundled);
    }
    RecordingFile::read(path)
}

fn files_of(tutorial: &str) -> impl Iterator<Item = RecordingFile> {
    let folder = format!("recordings/{tutorial}/");
    recording_files().into_iter().filter(move |file| file.name().starts_with(&folder))
}

/// The folder, then the recording of the page, then the others by name.
fn place(name: &str) -> (&str, bool, &str) {
    let (folder, file) = name.rsplit_once('/').unwrap_or_default();
    (folder, file != "published.har", file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use graphwalk_recording::Check;

    #[test]
    fn every_bundled_recording_can_be_read() {
        let files = recording_files();
        assert!(!files.is_empty());
        for file in files {
            file.recording().unwrap();
        }
    }

    #[test]
    fn no_bundled_recording_holds_a_secret_or_leaves_anything_unsaid() {
        let files = recording_files();
        assert!(!files.is_empty());
        for file in files {
            let found = Check::run(&file).unwrap();
            assert_eq!((found.leaks, found.warnings), (Vec::new(), Vec::<String>::new()), "{}", file.name());
        }
    }

    #[test]
    fn a_bundled_recording_is_found_by_its_name() {
        let file = read_recording_file(Path::new("recordings/security-group-review/published.har")).unwrap();
        assert_eq!(file.name(), "recordings/security-group-review/published.har");
        let error = read_recording_file(Path::new("recordings/none.har")).unwrap_err();
        assert!(error.to_string().starts_with("cannot read recordings/none.har"), "{error}");
    }

    #[test]
    fn a_folder_of_all_recordings_has_one_for_each_tutorial() {
        let root = tempfile::tempdir().unwrap();
        for file in ["a/1.har", "b/2.har", "c.har"] {
            let file = root.path().join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, "").unwrap();
        }
        assert_eq!(find_of("b", root.path()).unwrap(), [root.path().join("b/2.har")]);
        assert_eq!(find_of("d", root.path()).unwrap().len(), 3);
    }

    #[test]
    fn every_tutorial_of_the_program_has_a_recording_of_its_page_first() {
        let library = crate::tutorial::Library::embedded();
        for tutorial in library.names() {
            let names: Vec<_> = recordings(tutorial).into_iter().map(|recording| recording.name).collect();
            // What is not about a page has one of the emulator.
            let first = if library.page(tutorial).unwrap().is_some() { "published.har" } else { "emulated.har" };
            assert_eq!(names[0], format!("recordings/{tutorial}/{first}"));
            assert!(names[1..].is_sorted(), "{names:?}");
        }
        assert!(recordings("no such tutorial").is_empty());
    }
}
