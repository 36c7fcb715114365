//! Writing schemas into a folder, from which [`Schemas::from_dir`] reads them.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::Schemas;

/// The reason why a folder of schemas could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct Unwritable {
    /// The file or folder.
    pub path: PathBuf,
    /// The system's error.
    pub source: std::io::Error,
}

impl Schemas {
    /// Writes a file a type into `v1.0` of a folder, and takes away the `.json` files there that are none of them. Each file
    /// is replaced whole. Returns how many there are.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<usize, Unwritable> {
        let folder = &folder.join("v1.0");
        let unwritable = |path: &Path| {
            let path = path.to_owned();
            move |source| Unwritable { path, source }
        };
        std::fs::create_dir_all(folder).map_err(unwritable(folder))?;
        let mut files = BTreeSet::new();
        for name in self.type_names() {
            let file = format!("{name}.json");
            let path = folder.join(&file);
            let text = self.source(&name).map_err(std::io::Error::other).map_err(unwritable(&path))?;
            replace(&path, folder, &text).map_err(unwritable(&path))?;
            files.insert(file);
        }
        for entry in std::fs::read_dir(folder).map_err(unwritable(folder))? {
            let path = entry.map_err(unwritable(folder))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name.ends_with(".json") && !files.contains(&name) {
                std::fs::remove_file(&path).map_err(unwritable(&path))?;
            }
        }
        Ok(files.len())
    }
}

fn replace(path: &Path, folder: &Path, text: &str) -> std::io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
