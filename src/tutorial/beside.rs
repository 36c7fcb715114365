//! Files that stand beside features: what a step sends that is no JSON.

use std::path::{Component, Path, PathBuf};

/// The other files of the program's own tutorials: the path in the folder `features`, and the file.
static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The largest file beside a feature: 64 MiB, in bytes. What Graph takes in one request has less.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The folder of a feature, with the files in it that are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesBeside {
    /// There is no folder: the feature is a text.
    None,
    /// A tutorial of that name, which the program carries.
    Embedded(String),
    /// A folder on disk.
    Folder(PathBuf),
}

/// A reason why a file beside a feature cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NotBeside {
    /// The name leads out of the folder.
    #[error("\"{0}\" leads out of the folder of the feature")]
    Outside(String),
    /// There is none.
    #[error("there is no file \"{0}\" beside the feature")]
    Missing(String),
    /// It is larger than what is sent in one request.
    #[error("\"{name}\" has {size} bytes: expected at most {LARGEST}")]
    TooLarge {
        /// The file.
        name: String,
        /// Its size.
        size: u64,
    },
    /// The system does not let it be read.
    #[error("\"{name}\" cannot be read: {source}")]
    Unreadable {
        /// The file.
        name: String,
        /// The system's error.
        source: std::io::Error,
    },
}

impl FilesBeside {
    /// The bytes of a file, named by its path from the folder on.
    ///
    /// # Errors
    ///
    /// There is no such file, it cannot be read, or it lies outside of the folder, by whichever way a name or a link leads
    /// there.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, NotBeside> {
        let path = Path::new(name);
        let inside = |component: Component<'_>| matches!(component, Component::Normal(_));
        if name.is_empty() || name.contains('\\') || !path.components().all(inside) {
            return Err(NotBeside::Outside(name.to_owned()));
        }
        let folder = match self {
            Self::None => return Err(NotBeside::Missing(name.to_owned())),
            Self::Embedded(tutorial) => {
                let known = EMBEDDED.iter().find(|(path, _)| path.split_once('/') == Some((tutorial, name)));
                let missing = || NotBeside::Missing(name.to_owned());
                return known.map(|(_, bytes)| bytes.to_vec()).ok_or_else(missing);
            }
            Self::Folder(folder) => folder,
        };
        let failed = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => NotBeside::Missing(name.to_owned()),
            _ => NotBeside::Unreadable { name: name.to_owned(), source },
        };
        let folder = folder.canonicalize().map_err(failed)?;
        let file = folder.join(path).canonicalize().map_err(failed)?;
        if !file.starts_with(&folder) {
            return Err(NotBeside::Outside(name.to_owned()));
        }
        let facts = file.metadata().map_err(failed)?;
        if !facts.is_file() {
            return Err(NotBeside::Missing(name.to_owned()));
        }
        if facts.len() > LARGEST {
            return Err(NotBeside::TooLarge { name: name.to_owned(), size: facts.len() });
        }
        std::fs::read(&file).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_from_the_folder_and_from_nowhere_else() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("tutorial");
        std::fs::create_dir_all(folder.join("in")).unwrap();
        std::fs::write(root.path().join("secret"), "s").unwrap();
        std::fs::write(folder.join("in/photo.jpg"), "p").unwrap();
        let files = FilesBeside::Folder(folder.clone());
        assert_eq!(files.read("in/photo.jpg").unwrap(), b"p");
        let absolute = root.path().join("secret").display().to_string();
        for name in ["../secret", "in/../../secret", absolute.as_str(), "", "..\\secret", "./in/photo.jpg"] {
            assert!(matches!(files.read(name), Err(NotBeside::Outside(_))), "{name}");
        }
        for name in ["in", "other", "in/photo.jpg/x"] {
            assert!(files.read(name).is_err_and(|error| !matches!(error, NotBeside::Outside(_))), "{name}");
        }
        assert!(matches!(FilesBeside::None.read("a"), Err(NotBeside::Missing(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_folder_is_not_followed() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("tutorial");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(root.path().join("secret"), "s").unwrap();
        std::os::unix::fs::symlink(root.path().join("secret"), folder.join("photo.jpg")).unwrap();
        let error = FilesBeside::Folder(folder).read("photo.jpg").unwrap_err();
        assert_eq!(error.to_string(), "\"photo.jpg\" leads out of the folder of the feature");
    }
}
