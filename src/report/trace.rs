//! The trace of a command that plays no session: what `clean` and `doctor` ask Graph, as HAR 1.2.

use std::path::Path;

use graphwalk_recording::har_opening;

use crate::diagnostic::Diagnostic;
use crate::session::TracedExchange;

use super::ReportFile;
use super::har::entry;

/// A trace that is being written.
#[derive(Debug)]
pub(crate) struct TraceFile {
    file: ReportFile,
    is_empty: bool,
}

impl TraceFile {
    /// Begins a trace that will stand at `path`.
    ///
    /// # Errors
    ///
    /// A diagnostic if nothing can be written there; so that it is known before anything is sent.
    pub fn create(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let mut file = ReportFile::create(path)?;
        file.write(har_opening().as_bytes())?;
        Ok(Self { file, is_empty: true })
    }

    /// Adds exchanges, which hold no secret any more; `name` says what they belong to, such as the run that is cleaned.
    ///
    /// # Errors
    ///
    /// A diagnostic if the file cannot be written.
    pub fn add(&mut self, name: &str, exchanges: &[TracedExchange]) -> Result<(), Box<Diagnostic>> {
        for exchange in exchanges {
            if !std::mem::replace(&mut self.is_empty, false) {
                self.file.write(b",\n")?;
            }
            self.file.write(entry(exchange, None, name).to_string().as_bytes())?;
        }
        Ok(())
    }

    /// Puts the trace in its place.
    ///
    /// # Errors
    ///
    /// A diagnostic if that fails.
    pub fn finish(mut self) -> Result<(), Box<Diagnostic>> {
        self.file.write(b"\n]}}\n")?;
        self.file.finish()
    }
}
