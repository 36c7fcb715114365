//! All reports of a run, fed with sessions in any order and written in the order of the recordings.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use crate::diagnostic::Diagnostic;

use super::{Formats, ReportFile, SessionReport, Terminal, Totals, junit};

/// All reports of a run.
#[derive(Debug)]
pub struct Reports<W> {
    terminal: Terminal<W>,
    junit: Option<ReportFile>,
    json: Option<ReportFile>,
    json_begun: bool,
    sessions: usize,
    next: usize,
    waiting: BTreeMap<usize, SessionReport>,
    totals: Totals,
}

/// Why reports could not be written.
#[derive(Debug)]
pub enum ReportError {
    /// The terminal's stream failed; a closed pipe is such a failure.
    Terminal(io::Error),
    /// A file failed.
    File(Box<Diagnostic>),
}

impl<W: Write> Reports<W> {
    /// Reports of `sessions` sessions, in the terminal and in the files that are given.
    ///
    /// # Errors
    ///
    /// A diagnostic if a file cannot be written.
    pub fn new(
        terminal: Terminal<W>,
        junit: Option<&Path>,
        json: Option<&Path>,
        sessions: usize,
    ) -> Result<Self, Box<Diagnostic>> {
        let mut junit = junit.map(ReportFile::create).transpose()?;
        let json = json.map(ReportFile::create).transpose()?;
        if let Some(file) = &mut junit {
            file.write(junit::HEAD.as_bytes())?;
        }
        let (next, waiting, totals) = (0, BTreeMap::new(), Totals::default());
        Ok(Self { terminal, junit, json, json_begun: false, sessions, next, waiting, totals })
    }

    /// What each session has to render for these reports.
    pub fn formats(&self) -> Formats {
        Formats { junit: self.junit.is_some(), json: self.json.is_some(), several: self.sessions > 1 }
    }

    /// The terminal, for what is told while a session plays.
    pub fn terminal(&mut self) -> &mut Terminal<W> {
        &mut self.terminal
    }

    /// Takes a session, the one at place `index`; it is written when all before it are.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if a report cannot be written.
    pub fn session(&mut self, index: usize, report: SessionReport) -> Result<(), ReportError> {
        self.waiting.insert(index, report);
        while let Some(report) = self.waiting.remove(&self.next) {
            self.next += 1;
            self.write(&report)?;
        }
        Ok(())
    }

    /// Writes what is left and puts the files in their places.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if a report cannot be written.
    pub fn finish(mut self, took: Duration) -> Result<Totals, ReportError> {
        // After an interrupt there are gaps: what came behind one is still told.
        for report in std::mem::take(&mut self.waiting).into_values() {
            self.write(&report)?;
        }
        self.totals.not_begun = self.sessions - self.totals.sessions.total();
        self.terminal.end(&self.totals, took).map_err(ReportError::Terminal)?;
        if let Some(mut file) = self.junit {
            file.write(junit::TAIL.as_bytes()).and_then(|()| file.finish()).map_err(ReportError::File)?;
        }
        if let Some(mut file) = self.json {
            let end: &[u8] = if self.json_begun { b"]\n" } else { b"[]\n" };
            file.write(end).and_then(|()| file.finish()).map_err(ReportError::File)?;
        }
        Ok(self.totals)
    }

    fn write(&mut self, report: &SessionReport) -> Result<(), ReportError> {
        self.totals.add(&report.summary);
        self.terminal.session(&report.summary).map_err(ReportError::Terminal)?;
        if let (Some(file), Some(bytes)) = (&mut self.junit, &report.junit) {
            file.write(bytes).map_err(ReportError::File)?;
        }
        if let (Some(file), Some(bytes)) = (&mut self.json, &report.json)
            && let Some(features) = bytes.strip_suffix(b",\n")
        {
            let separator: &[u8] = if self.json_begun { b",\n" } else { b"[" };
            self.json_begun = true;
            file.write(separator).and_then(|()| file.write(features)).map_err(ReportError::File)?;
        }
        Ok(())
    }
}
