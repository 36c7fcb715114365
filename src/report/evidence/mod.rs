//! A run's reports in one folder, with a manifest by which anybody sees later that they are still the same.

mod manifest;
mod verify;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::diagnostic::Diagnostic;

use super::Wanted;
use manifest::Manifest;

pub(crate) use verify::verify;

/// The name of the manifest in its folder.
const MANIFEST: &str = "manifest.sha256";
/// The name of the HTML report in the folder.
const PAGE: &str = "report.html";
/// The name of the messages in the folder.
const MESSAGES: &str = "messages.ndjson";
/// The name of the recording in the folder.
const RECORDING: &str = "exchanges.har";

/// A folder of evidence that is being filled: beside its place, under another name, until it is complete.
#[derive(Debug)]
pub(crate) struct EvidenceFolder {
    target: PathBuf,
    building: TempDir,
}

impl EvidenceFolder {
    /// Begins a folder that will stand at `target`.
    ///
    /// # Errors
    ///
    /// A diagnostic if something stands there, or nothing can be written there; so that it is known before anything runs.
    pub fn create(target: &Path) -> Result<Self, Box<Diagnostic>> {
        if std::fs::symlink_metadata(target).is_ok() && !is_empty_folder(target) {
            let message = format!("{} is there already, and is no empty folder", target.display());
            return Err(Box::new(Diagnostic::new("evidence", message).help("name a folder that does not exist yet")));
        }
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".graphwalk-").suffix(".part");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            // As readable as any folder: the rights that the user's mask leaves.
            builder.permissions(std::fs::Permissions::from_mode(0o777));
        }
        let building = builder.tempdir_in(parent).map_err(|error| unwritable(target, &error))?;
        Ok(Self { target: target.to_owned(), building })
    }

    /// The reports that stand in it.
    pub fn reports(&self) -> impl Iterator<Item = Wanted> {
        [("html", PAGE), ("messages", MESSAGES), ("har", RECORDING)]
            .into_iter()
            .filter_map(|(name, file)| Wanted::named(name, self.building.path().join(file)))
    }

    /// Writes the manifest of what stands in it, and puts the folder in its place.
    ///
    /// # Errors
    ///
    /// A diagnostic if that fails; then there is no folder.
    pub fn finish(self) -> Result<(), Box<Diagnostic>> {
        let Self { target, building } = self;
        let written = Manifest::of(building.path()).and_then(|manifest| {
            std::fs::write(building.path().join(MANIFEST), manifest.to_text())?;
            if is_empty_folder(&target) {
                std::fs::remove_dir(&target)?;
            }
            std::fs::rename(building.path(), &target)
        });
        written.map_err(|error| unwritable(&target, &error))?;
        // It is no temporary folder any more: there is nothing to delete.
        drop(building.keep());
        Ok(())
    }
}

fn is_empty_folder(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

fn unwritable(target: &Path, error: &std::io::Error) -> Box<Diagnostic> {
    let message = format!("cannot write the folder {}: {error}", target.display());
    Box::new(Diagnostic::new("evidence", message).help("name a folder whose parent exists and that you may write to"))
}

#[cfg(test)]
mod tests;
