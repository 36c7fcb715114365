//! A report file that is there whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempPath};

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
    /// Complete up to what was written last, and in its place, unless it is `beside` that still: what stands there tells more.
    Streamed {
        file: BufWriter<File>,
        beside: Option<TempPath>,
    },
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

    /// Begins a report that stands at `path` and grows. If an older one stands there, it stays until [`ReportFile::take_place`].
    ///
    /// # Errors
    ///
    /// The folder cannot be made or written to.
    pub fn stream(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let has_older = std::fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() > 0);
        let opened = if has_older {
            beside(path).map(NamedTempFile::into_parts).map(|(file, place)| (file, Some(place)))
        } else {
            File::create(path).map(|file| (file, None))
        };
        let (file, beside) = opened.map_err(|error| Box::new(unwritable(path, &error)))?;
        Ok(Self { path: path.to_owned(), target: Target::Streamed { file: BufWriter::new(file), beside } })
    }

    /// Puts a report that is streamed into the place of the older one, if it does not stand there yet.
    ///
    /// # Errors
    ///
    /// The disk is full, or the folder cannot be written to.
    pub fn take_place(&mut self) -> Result<(), Box<Diagnostic>> {
        let Target::Streamed { beside, .. } = &mut self.target else { return Ok(()) };
        let placed = beside.take().map_or(Ok(()), |beside| beside.persist(&self.path).map_err(|error| error.error));
        placed.map_err(|error| self.unwritable(&error))
    }

    /// Adds to it.
    ///
    /// # Errors
    ///
    /// A diagnostic if it cannot be written: the disk is full.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Box<Diagnostic>> {
        let written = match &mut self.target {
            Target::Beside(file) => file.write_all(bytes),
            Target::Streamed { file, .. } => file.write_all(bytes).and_then(|()| file.flush()),
            Target::Itself { gathered, .. } => gathered.write_all(bytes),
        };
        written.map_err(|error| self.unwritable(&error))
    }

    /// Adds all that `from` holds.
    ///
    /// # Errors
    ///
    /// The disk is full, or what is appended cannot be read.
    pub fn append(&mut self, mut from: File) -> Result<(), Box<Diagnostic>> {
        let copied = from.rewind().and_then(|()| match &mut self.target {
            Target::Beside(file) => io::copy(&mut from, file),
            Target::Streamed { file, .. } => io::copy(&mut from, file),
            Target::Itself { gathered, .. } => io::copy(&mut from, gathered),
        });
        copied.map(drop).map_err(|error| self.unwritable(&error))
    }

    /// Puts `bytes` behind the first `offset` of it.
    ///
    /// # Errors
    ///
    /// The disk is full, or the file cannot be read again.
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
            Target::Streamed { .. } => Err(io::ErrorKind::Unsupported.into()),
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
    pub fn finish(mut self) -> Result<(), Box<Diagnostic>> {
        self.take_place()?;
        let path = self.path;
        let finished = match self.target {
            Target::Itself { mut gathered, mut out } => gathered.flush().and_then(|()| {
                let from = gathered.get_mut();
                from.rewind()?;
                io::copy(from, &mut out)?;
                out.flush()
            }),
            Target::Streamed { mut file, .. } => file.flush(),
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

/// The beginning and the end of the names of files that do not stand in their place yet.
pub(crate) const BESIDE: (&str, &str) = (".graphwalk-", ".part");

fn beside(path: &Path) -> io::Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(BESIDE.0).suffix(BESIDE.1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // A report is as readable as any file: the rights that the user's mask leaves, not those of a secret.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

fn unwritable(path: &Path, error: &io::Error) -> Diagnostic {
    // What tempfile says names its own file, of which nobody knows.
    let told = error.to_string();
    let cause = told.split(" at path ").next().unwrap_or(&told);
    Diagnostic::new("output", format!("cannot write {}: {cause}", path.display()))
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
        let mut report = ReportFile::stream(&path).unwrap();
        report.write(b"one ").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one ");
        report.write(b"two").unwrap();
        report.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one two");
        assert!(ReportFile::stream(folder.path()).is_err());
    }

    #[test]
    fn an_older_report_stays_until_the_streamed_one_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.ndjson");
        let stands = || std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, "an older and longer one").unwrap();
        let mut report = ReportFile::stream(&path).unwrap();
        report.write(b"one ").unwrap();
        assert_eq!(stands(), "an older and longer one");
        report.take_place().unwrap();
        assert_eq!(stands(), "one ");
        report.write(b"two ").unwrap();
        assert_eq!(stands(), "one two ");
        report.finish().unwrap();
        drop(ReportFile::stream(&path).unwrap());
        assert_eq!(stands(), "one two ");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
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
