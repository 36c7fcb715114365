//! The files of a run's reports, written session by session.

use std::fs::File;
use std::io::Write as _;

use crate::diagnostic::Diagnostic;

use super::message::Envelope;
use super::{Format, Opening, ReportFile, RunEnd, SessionMessages, Summary, Totals, Wanted};
use crate::runner::Verdict;

/// The reports that are being written into files.
#[derive(Debug)]
pub struct ReportFiles {
    all: Vec<Writing>,
}

/// A report that is being written.
struct Writing {
    format: &'static dyn Format,
    file: ReportFile,
    /// The bytes of its opening.
    opening: u64,
    /// Whether a session stands in it.
    has_session: bool,
    /// The number of scenarios of the session in work that stand in it.
    streamed: usize,
    /// The text behind the sessions that failed.
    others: Option<File>,
}

/// The part of a report about one session.
#[derive(Debug)]
pub enum Rendered {
    /// All of it.
    Whole(Vec<u8>),
    /// The text about each scenario, and about the whole session: of a report that is streamed.
    Parts(Vec<Vec<u8>>),
}

impl Rendered {
    /// All of it in one piece.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Whole(bytes) => bytes,
            Self::Parts(parts) => parts.concat(),
        }
    }

    /// Renders a session in `format`. `in_parts` says whether its scenarios may have been streamed.
    pub fn new(format: &dyn Format, session: &SessionMessages<'_>, in_parts: bool) -> Self {
        if !(in_parts && format.is_streamed()) {
            return Self::Whole(format.session(session));
        }
        let is_end = |message: &Envelope<'_>| matches!(message, Envelope::TestCaseFinished(_));
        let parts = session
            .messages
            .split_inclusive(is_end)
            .map(|messages| format.session(&SessionMessages { opening: session.opening, messages: messages.to_vec() }));
        Self::Parts(parts.collect())
    }
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
            let file = if format.is_streamed() { ReportFile::stream(path) } else { ReportFile::create(path) };
            Ok(Writing { format: *format, file: file?, opening: 0, has_session: false, streamed: 0, others: None })
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

    /// Adds a session: what each report says of it, in the order in which they were wanted, and whether it failed.
    ///
    /// # Errors
    ///
    /// A file cannot be written: no space, no rights.
    pub fn add(&mut self, rendered: &[Rendered], has_failed: bool) -> Result<(), Box<Diagnostic>> {
        for (writing, rendered) in self.all.iter_mut().zip(rendered) {
            let stands_behind = writing.format.tells_failed_first() && !has_failed;
            match rendered {
                Rendered::Whole(bytes) if stands_behind => writing.add_behind(bytes)?,
                Rendered::Whole(bytes) => writing.add(bytes)?,
                // What was streamed of it stands there already.
                Rendered::Parts(parts) => parts.iter().skip(writing.streamed).try_for_each(|part| writing.add(part))?,
            }
            writing.streamed = 0;
            writing.file.take_place()?;
        }
        Ok(())
    }

    /// Adds a session that was kept: to the reports, and to what all sessions are together.
    ///
    /// # Errors
    ///
    /// As [`ReportFiles::begin`].
    pub fn add_kept(&mut self, session: &SessionMessages<'_>, totals: &mut Totals) -> Result<Summary, Box<Diagnostic>> {
        let summary = Summary::read(&session.messages);
        totals.add(&summary);
        let rendered: Vec<_> = self.all.iter().map(|writing| Rendered::new(writing.format, session, false)).collect();
        self.add(&rendered, summary.verdict == Verdict::Failed)?;
        Ok(summary)
    }

    /// Returns whether a report is streamed.
    pub fn is_streamed(&self) -> bool {
        self.all.iter().any(|writing| writing.format.is_streamed())
    }

    /// Adds a scenario of the session that plays to the reports that are streamed. If it `is_new`, they tell more from now on than
    /// those that an earlier process of the run left in their places.
    ///
    /// # Errors
    ///
    /// A file cannot be written: no space, no rights.
    pub fn stream(&mut self, scenario: &SessionMessages<'_>, is_new: bool) -> Result<(), Box<Diagnostic>> {
        for writing in self.all.iter_mut().filter(|writing| writing.format.is_streamed()) {
            writing.add(&writing.format.session(scenario))?;
            writing.streamed += 1;
            if is_new {
                writing.file.take_place()?;
            }
        }
        Ok(())
    }

    /// Writes what stands behind all sessions, and puts the files in their places.
    ///
    /// # Errors
    ///
    /// A file cannot be written: no space, no rights.
    pub fn finish(self, opening: &Opening, end: &RunEnd<'_>) -> Result<(), Box<Diagnostic>> {
        for Writing { format, mut file, opening: length, others, .. } in self.all {
            if let Some(others) = others {
                file.append(others)?;
            }
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

    /// Keeps what stands behind the sessions that failed, in a file without a name.
    fn add_behind(&mut self, bytes: &[u8]) -> Result<(), Box<Diagnostic>> {
        let written = match &mut self.others {
            Some(others) => others.write_all(bytes),
            none => tempfile::tempfile().and_then(|file| none.insert(file).write_all(bytes)),
        };
        written.map_err(|error| Box::new(super::unheld(&error)))
    }
}
