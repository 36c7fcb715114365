//! Files and folders that nobody but their owner can read: journals, session states, tokens.
//!
//! On Unix a folder is made with mode 0700 and a file with 0600. Elsewhere they have the rights of the folder they are made
//! in, which for a user's own folders is the user alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Makes `folder` and what is missing above it, each readable by its owner alone. A folder that is there already keeps its
/// rights.
///
/// # Errors
///
/// If the file system refuses it.
pub fn create_folders(folder: &Path) -> io::Result<()> {
    folder_builder().recursive(true).create(folder)
}

/// Makes `folder` itself.
///
/// # Errors
///
/// [`io::ErrorKind::AlreadyExists`] if there is one of that name, and whatever else the file system answers.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    folder_builder().create(folder)
}

/// Opens a file for reading and appending, and makes it if it is not there.
///
/// # Errors
///
/// [`io::ErrorKind::InvalidInput`] if there is a link, to a file that somebody else may mean, or no file at all; and whatever
/// else the file system answers.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(no_file());
    }
    // Between that look and this the path may have become a link.
    let file = not_followed().read(true).append(true).create(true).open(path)?;
    if is_one_file(&file.metadata()?) { Ok(file) } else { Err(no_file()) }
}

fn no_file() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is a link, or no file: it is not followed")
}

/// Returns whether it is a file that has one name only.
fn is_one_file(metadata: &fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        metadata.is_file() && std::os::unix::fs::MetadataExt::nlink(metadata) == 1
    }
    #[cfg(not(unix))]
    {
        metadata.is_file()
    }
}

/// Makes a file that is not there yet, for reading and appending.
///
/// # Errors
///
/// [`io::ErrorKind::AlreadyExists`] if there is one, and whatever else the file system answers.
pub fn create_new(path: &Path) -> io::Result<File> {
    private_options().read(true).append(true).create_new(true).open(path)
}

/// Puts a file with `bytes` at `path`, whole and on the disk, or leaves what stands there as it is.
///
/// # Errors
///
/// What the file system answers: no such folder, no rights, no space.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = parent(path);
    // A temporary file is made with the rights of a secret, and keeps them.
    let mut file = tempfile::Builder::new().prefix(".graphwalk-").suffix(".part").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// Makes sure that the names of new files in `folder` outlive a loss of power.
///
/// # Errors
///
/// If the file system refuses it.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    // Only Unix can open a folder like a file.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Returns whether others than the owner may read `path`; never, where rights are not those of Unix.
///
/// # Errors
///
/// If the file system refuses it.
pub fn readable_by_others(path: &Path) -> io::Result<bool> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        Ok(metadata.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Ok(false)
    }
}

/// Returns whether others than the owner may write to `path`, or the owner is somebody else than who runs this; never,
/// where rights are not those of Unix. Of root, who may do anything anywhere, no owner is somebody else.
///
/// # Errors
///
/// If the file system refuses it.
pub fn writable_by_others(path: &Path) -> io::Result<bool> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let me = rustix::process::geteuid();
        let is_mine = me.is_root() || metadata.uid() == me.as_raw();
        Ok(metadata.permissions().mode() & 0o022 != 0 || !is_mine)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Ok(false)
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn folder_builder() -> DirBuilder {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Options that open no link in place of a file.
fn not_followed() -> OpenOptions {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut options = private_options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    options
}

fn private_options() -> OpenOptions {
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_what_is_made() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create_folders(&inner).unwrap();
        assert_eq!((mode(&folder.path().join("a")), mode(&inner)), (0o700, 0o700));
        let file = inner.join("file");
        create_new(&file).unwrap();
        let state = inner.join("state");
        replace(&state, b"x").unwrap();
        assert_eq!((mode(&file), mode(&state)), (0o600, 0o600));
        assert!(!readable_by_others(&state).unwrap());
        fs::set_permissions(&state, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(readable_by_others(&state).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_opened_and_what_it_leads_to_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target");
        fs::write(&target, "precious").unwrap();
        let (symbolic, hard) = (folder.path().join("symbolic"), folder.path().join("hard"));
        std::os::unix::fs::symlink(&target, &symbolic).unwrap();
        fs::hard_link(&target, &hard).unwrap();
        for link in [&symbolic, &hard, &folder.path().to_owned()] {
            let error = open_to_append(link).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{}: {error}", link.display());
        }
        // Nor if it becomes a link after it was looked at.
        assert!(not_followed().read(true).append(true).open(&symbolic).is_err());
        assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_may_write_to_is_detected() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        for (mode, expected) in [(0o700, false), (0o755, false), (0o775, true), (0o702, true), (0o1777, true)] {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(writable_by_others(folder.path()).unwrap(), expected, "{mode:o}");
        }
    }

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        replace(&path, b"first").unwrap();
        replace(&path, b"second").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(create_new(&path).is_err());
        assert!(replace(&folder.path().join("missing/state.json"), b"x").is_err());
    }
}
