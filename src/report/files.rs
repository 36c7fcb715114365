//! The files of a run's reports, written session by session.

use crate::diagnostic::Diagnostic;

use super::{Format, Opening, ReportFile, RunEnd, Wanted};

/// The reports that are being written into files.
#[derive(Debug)]
pub struct ReportFiles {
    all: Vec<Writing>,
}

/// A report that is being written.
struct Writing {
    format: &'static dyn Format,
    file: ReportFile,
    /// How many bytes its opening has.
    opening: u64,
    /// Whether a session stands in it.
    has_session: bool,
}

impl std::fmt::Debug for Writing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writing").field("file", &self.file).finish_non_exhaustive()
    }
}

impl ReportFiles {
    /// Makes the files.
    ///
    /// # Errors
    ///
    /// A diagnostic if one cannot be written; so that it is known before anything runs.
    pub fn create(wanted: &[Wanted]) -> Result<Self, Box<Diagnostic>> {
        let file = |Wanted { format, path, .. }: &Wanted| {
            Ok(Writing { format: *format, file: ReportFile::create(path)?, opening: 0, has_session: false })
        };
        wanted.iter().map(file).collect::<Result<_, _>>().map(|all| Self { all })
    }

    /// Writes what stands before all sessions.
    ///
    /// # Errors
    ///
    /// A diagnostic if a file cannot be written. So of all that follow.
    pub fn begin(&mut self, opening: &Opening) -> Result<(), Box<Diagnostic>> {
        for Writing { format, file, opening: length, .. } in &mut self.all {
            let bytes = format.opening(opening);
            *length = bytes.len() as u64;
            file.write(&bytes)?;
        }
        Ok(())
    }

    /// Adds a session: what each report says of it, in the order in which they were wanted.
    ///
    /// # Errors
    ///
    /// As [`ReportFiles::begin`].
    pub fn add(&mut self, rendered: &[Vec<u8>]) -> Result<(), Box<Diagnostic>> {
        self.all.iter_mut().zip(rendered).try_for_each(|(writing, bytes)| writing.add(bytes))
    }

    /// Writes what stands behind all sessions, and puts the files in their places.
    ///
    /// # Errors
    ///
    /// As [`ReportFiles::begin`].
    pub fn finish(self, opening: &Opening, end: &RunEnd<'_>) -> Result<(), Box<Diagnostic>> {
        for Writing { format, mut file, opening: length, .. } in self.all {
            file.write(&format.closing(end))?;
            let totals = format.totals(opening, end);
            if !totals.is_empty() {
                file.insert(length, &totals)?;
            }
            file.finish()?;
        }
        Ok(())
    }
}

impl Writing {
    fn add(&mut self, bytes: &[u8]) -> Result<(), Box<Diagnostic>> {
        if bytes.is_empty() {
            return Ok(());
        }
        if std::mem::replace(&mut self.has_session, true) {
            self.file.write(self.format.separator())?;
        }
        self.file.write(bytes)
    }
}
