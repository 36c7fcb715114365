//! A report file that is there whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::diagnostic::Diagnostic;

/// A report that is being written: beside its place, under another name, until it is complete.
#[derive(Debug)]
pub struct ReportFile {
    path: PathBuf,
    target: Target,
}

#[derive(Debug)]
enum Target {
    Beside(BufWriter<NamedTempFile>),
    /// In its place from the beginning, and complete up to what was written last.
    Streamed(BufWriter<File>),
    /// A pipe or a device, which cannot be replaced: it gets the report from a file without a name, when that is complete.
    Itself {
        gathered: BufWriter<File>,
        out: File,
    },
}

impl ReportFile {
    /// Begins a report that will stand at `path`.
    ///
    /// # Errors
    ///
    /// A diagnostic if nothing can be written there; so that it is known before anything runs.
    pub fn create(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let unwritable = |error: io::Error| Box::new(unwritable(path, &error));
        let target = match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => return Err(unwritable(io::ErrorKind::IsADirectory.into())),
            Ok(found) if !found.is_file() => Target::Itself {
                gathered: BufWriter::new(tempfile::tempfile().map_err(unwritable)?),
                out: File::options().write(true).open(path).map_err(unwritable)?,
            },
            _ => Target::Beside(BufWriter::new(beside(path).map_err(unwritable)?)),
        };
        Ok(Self { path: path.to_owned(), target })
    }

    /// Begins a report that stands at `path` at once and grows. What stood there is lost.
    ///
    /// # Errors
    ///
    /// As [`ReportFile::create`].
    pub fn stream(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let file = File::create(path).map_err(|error| Box::new(unwritable(path, &error)))?;
        Ok(Self { path: path.to_owned(), target: Target::Streamed(BufWriter::new(file)) })
    }

    /// Adds to it.
    ///
    /// # Errors
    ///
    /// A diagnostic if it cannot be written: the disk is full.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Box<Diagnostic>> {
        let written = match &mut self.target {
            Target::Beside(file) => file.write_all(bytes),
            Target::Streamed(file) => file.write_all(bytes).and_then(|()| file.flush()),
            Target::Itself { gathered, .. } => gathered.write_all(bytes),
        };
        written.map_err(|error| self.unwritable(&error))
    }

    /// Puts `bytes` behind the first `offset` of it.
    ///
    /// # Errors
    ///
    /// As [`ReportFile::write`].
    pub fn insert(&mut self, offset: u64, bytes: &[u8]) -> Result<(), Box<Diagnostic>> {
        let inserted = match &mut self.target {
            Target::Beside(file) => beside(&self.path).and_then(|new| {
                let mut new = BufWriter::new(new);
                file.flush()?;
                copy_with(file.get_mut().as_file_mut(), &mut new, offset, bytes)?;
                *file = new;
                Ok(())
            }),
            // What is read while it grows cannot be told what stands before.
            Target::Streamed(_) => Err(io::ErrorKind::Unsupported.into()),
            Target::Itself { gathered, .. } => tempfile::tempfile().and_then(|new| {
                let mut new = BufWriter::new(new);
                gathered.flush()?;
                copy_with(gathered.get_mut(), &mut new, offset, bytes)?;
                *gathered = new;
                Ok(())
            }),
        };
        inserted.map_err(|error| self.unwritable(&error))
    }

    /// Puts it in its place.
    ///
    /// # Errors
    ///
    /// A diagnostic if that fails; what stood there before is then untouched.
    pub fn finish(self) -> Result<(), Box<Diagnostic>> {
        let path = self.path;
        let finished = match self.target {
            Target::Itself { mut gathered, mut out } => gathered.flush().and_then(|()| {
                let from = gathered.get_mut();
                from.rewind()?;
                io::copy(from, &mut out)?;
                out.flush()
            }),
            Target::Streamed(mut file) => file.flush(),
            Target::Beside(file) => file
                .into_inner()
                .map_err(io::IntoInnerError::into_error)
                .and_then(|file| file.persist(&path).map(drop).map_err(|error| error.error)),
        };
        finished.map_err(|error| Box::new(unwritable(&path, &error)))
    }

    fn unwritable(&self, error: &io::Error) -> Box<Diagnostic> {
        Box::new(unwritable(&self.path, error))
    }
}

/// Copies `from` to `to`, with `bytes` behind the first `offset`.
fn copy_with(from: &mut File, to: &mut impl Write, offset: u64, bytes: &[u8]) -> io::Result<()> {
    from.rewind()?;
    io::copy(&mut from.take(offset), to)?;
    to.write_all(bytes)?;
    io::copy(from, to).map(drop)
}

fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".graphwalk-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A report is as readable as any file: the rights that the user's mask leaves, not those of a secret.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn unwritable(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::new("output", format!("cannot write {}: {error}", path.display()))
        .help("name a file in a folder that exists and that you may write to")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unfinished_report_leaves_nothing_and_what_stood_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xml");
        std::fs::write(&path, "before").unwrap();
        let mut report = ReportFile::create(&path).unwrap();
        report.write(b"half").unwrap();
        drop(report);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "before");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_finished_report_stands_in_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xml");
        let mut report = ReportFile::create(&path).unwrap();
        report.write(b"whole").unwrap();
        report.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
    }

    #[test]
    fn a_report_that_is_streamed_can_be_read_while_it_grows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.ndjson");
        std::fs::write(&path, "an older and longer one").unwrap();
        let mut report = ReportFile::stream(&path).unwrap();
        report.write(b"one ").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one ");
        report.write(b"two").unwrap();
        report.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one two");
        assert!(ReportFile::stream(folder.path()).is_err());
    }

    #[test]
    fn what_is_known_at_the_end_can_stand_before_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.xml");
        let mut report = ReportFile::create(&path).unwrap();
        report.write(b"head ").unwrap();
        report.write(b"sessions ").unwrap();
        report.insert(5, b"totals ").unwrap();
        report.write(b"end").unwrap();
        report.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "head totals sessions end");
    }

    #[test]
    fn a_place_that_cannot_be_written_is_known_at_once() {
        let folder = tempfile::tempdir().unwrap();
        assert!(ReportFile::create(folder.path()).is_err());
        assert!(ReportFile::create(&folder.path().join("missing/report.xml")).is_err());
    }
}
