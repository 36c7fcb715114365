//! A run read again from the messages that were kept of it, for the formats that are made later.
//!
//! graphwalk's own messages are read a session at a time, so that a file of a thousand sessions takes no more memory than one of
//! ten. The messages of other programs are one session, as far as its reports go: what their hooks do is no step, their
//! attachments are left out, and of a scenario that was tried several times the last attempt counts.

mod attachment;
mod cut;
mod foreign;
mod line;
mod opening;
mod session;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;

use super::Opening;
use super::message::{Envelope, TestRunFinished, Timestamp};
use attachment::KeptAttachment;
use line::{KeptLine, LineFault};
use opening::KeptOpening;
use session::KeptSession;

/// The name of graphwalk in `meta`.
pub(super) const GRAPHWALK: &str = "graphwalk";
/// The longest line that is read: a feature file, or the body of an answer.
const LONGEST_LINE: u64 = 256 << 20;

/// A file of messages that is being read.
#[derive(Debug)]
pub struct KeptRun {
    lines: CountedLines,
    opening: Opening,
    /// The session that was read already.
    ahead: Option<Vec<Envelope<'static>>>,
    /// A message that was read already, and belongs to the next session.
    pending: Option<KeptLine>,
    finished: Option<TestRunFinished>,
    /// Whether its end is none that its messages tell.
    has_ended_early: bool,
    is_own: bool,
    /// Whether a session has been read.
    has_read: bool,
}

/// The lines of a file, counted.
#[derive(Debug)]
struct CountedLines {
    path: PathBuf,
    reader: BufReader<File>,
    number: usize,
    /// The time of the last message that has one.
    last: Timestamp,
    /// Whether the last line may be cut off, as that of a run that was killed.
    may_end_early: bool,
}

/// Reads the messages with which a run begins from a file that holds nothing else.
///
/// # Errors
///
/// A diagnostic with file and line if it cannot be read, or holds anything else.
pub(crate) fn read_opening(path: &Path) -> Result<Opening, Box<Diagnostic>> {
    let mut lines = CountedLines::open(path)?;
    let mut opening = KeptOpening::default();
    while let Some(line) = lines.next()? {
        if opening.take(line).is_some() {
            let number = lines.number;
            return Err(Box::new(
                lines.fault(number, "expected messages with which a run begins, got one of a session"),
            ));
        }
    }
    match lines.number {
        0 => Err(Box::new(lines.truncated())),
        _ => Ok(opening.finish()),
    }
}

/// Sessions in a file that holds nothing else, read one after the other: those of a tenant.
#[derive(Debug)]
pub struct KeptSessions {
    lines: CountedLines,
    /// Whether one has been read.
    has_read: bool,
}

impl KeptSessions {
    /// Opens the file.
    ///
    /// # Errors
    ///
    /// A diagnostic if it cannot be read.
    pub fn open(path: &Path) -> Result<Self, Box<Diagnostic>> {
        Ok(Self { lines: CountedLines::open(path)?, has_read: false })
    }

    /// The messages of the next session of a run that began with `opening`; `None` behind the last one.
    ///
    /// # Errors
    ///
    /// A diagnostic with file and line if they cannot be read, end in the middle of a session, or there is none at all.
    pub fn next_session(&mut self, opening: &Opening) -> Result<Option<Vec<Envelope<'static>>>, Box<Diagnostic>> {
        let mut session = KeptSession::default();
        while let Some(line) = self.lines.next()? {
            let is_end = matches!(line, KeptLine::TestRunHookFinished(_));
            session.take(line, opening).map_err(|told| self.lines.fault(self.lines.number, &told))?;
            if is_end {
                self.has_read = true;
                return Ok(Some(session.finish()));
            }
        }
        if session.is_empty() && self.has_read { Ok(None) } else { Err(Box::new(self.lines.truncated())) }
    }
}

impl KeptRun {
    /// Opens a file of messages, and reads it as far as is needed to know what it is.
    ///
    /// # Errors
    ///
    /// A diagnostic with file and line if it cannot be read, or holds anything but messages.
    pub fn open(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let mut lines = CountedLines::open(path)?;
        let Some(KeptLine::Meta(meta)) = lines.next()? else {
            let number = lines.number.max(1);
            return Err(Box::new(lines.fault(number, "expected the message \"meta\", with which a run begins")));
        };
        let is_own = meta.implementation.name == GRAPHWALK;
        let mut opening = KeptOpening::default();
        opening.take(KeptLine::Meta(meta));
        if !is_own {
            return foreign::open(lines, opening);
        }
        let mut pending = None;
        while pending.is_none() {
            let Some(line) = lines.next()? else { break };
            pending = opening.take(line);
        }
        if pending.is_none() && !opening.is_whole() {
            return Err(Box::new(lines.truncated()));
        }
        lines.may_end_early = true;
        let opening = opening.finish();
        let (ahead, finished, has_ended_early, has_read) = (None, None, false, false);
        let mut kept = Self { lines, opening, ahead, pending, finished, has_ended_early, is_own, has_read };
        kept.ahead = kept.read_session()?;
        if let Some(note) = kept.ahead.as_deref().and_then(super::cases::session_note) {
            kept.opening.tutorial.clone_from(&note.tutorial);
        }
        // Reports name the session where there are several.
        kept.opening.several = kept.peek()?;
        Ok(kept)
    }

    /// The opening of the run.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Says that there are other sessions, in other files.
    pub fn set_several(&mut self) {
        self.opening.several = true;
    }

    /// The messages of the next session; `None` behind the last one.
    ///
    /// # Errors
    ///
    /// A diagnostic with file and line if they cannot be read.
    pub fn next_session(&mut self) -> Result<Option<Vec<Envelope<'static>>>, Box<Diagnostic>> {
        match self.ahead.take() {
            Some(session) => Ok(Some(session)),
            None => self.read_session(),
        }
    }

    /// The end of the run, once all sessions have been read.
    pub fn finished(&self) -> Option<&TestRunFinished> {
        self.finished.as_ref()
    }

    /// The reason why the messages end early, if they do: their process was killed, or still plays.
    pub fn early_end(&self) -> Option<Diagnostic> {
        self.has_ended_early.then(|| {
            self.lines
                .fault(self.lines.number, "the run did not end: it was killed, or still plays")
                .note("what its messages do not tell is reported as blocked")
                .help("if it still plays, wait for its end; else `graphwalk runs` shows whether it can be resumed")
        })
    }

    /// Returns whether another session follows.
    fn peek(&mut self) -> Result<bool, Box<Diagnostic>> {
        self.advance()?;
        Ok(self.pending.is_some())
    }

    /// Reads on to the next message that is not the end, if there is one.
    fn advance(&mut self) -> Result<(), Box<Diagnostic>> {
        while self.pending.is_none() {
            match self.lines.next()? {
                Some(KeptLine::TestRunFinished(finished)) => self.finished = Some(finished),
                Some(line) => {
                    if self.finished.is_some() {
                        let number = self.lines.number;
                        return Err(Box::new(self.lines.fault(number, "something follows the end of the run")));
                    }
                    self.pending = Some(line);
                }
                None => {
                    self.has_ended_early |= self.finished.is_none();
                    self.finished.get_or_insert_with(|| TestRunFinished {
                        success: false,
                        timestamp: self.lines.last,
                        test_run_started_id: self.opening.run().to_owned(),
                    });
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// A session ends with the hook that belongs to it.
    fn read_session(&mut self) -> Result<Option<Vec<Envelope<'static>>>, Box<Diagnostic>> {
        if !self.is_own {
            return Ok(None);
        }
        let mut session = KeptSession::default();
        loop {
            self.advance()?;
            let Some(line) = self.pending.take() else {
                let is_only = !std::mem::replace(&mut self.has_read, true);
                return match self.has_ended_early {
                    // One that was to be played and of which nothing is told was not reached.
                    true if is_only || !session.is_empty() => {
                        Ok(Some(session.finish_early(&self.opening, is_only, self.lines.last)))
                    }
                    false if !session.is_empty() => Err(Box::new(self.lines.truncated())),
                    _ => Ok(None),
                };
            };
            let is_end = matches!(line, KeptLine::TestRunHookFinished(_));
            session.take(line, &self.opening).map_err(|told| self.lines.fault(self.lines.number, &told))?;
            if is_end {
                self.has_read = true;
                return Ok(Some(session.finish()));
            }
        }
    }
}

impl CountedLines {
    fn open(path: &Path) -> Result<Self, Box<Diagnostic>> {
        let unreadable = |error: std::io::Error| Box::new(unreadable(path, &error));
        let file = File::open(path).map_err(unreadable)?;
        let reader = BufReader::with_capacity(1 << 16, file);
        Ok(Self { path: path.to_owned(), reader, number: 0, last: Timestamp::default(), may_end_early: false })
    }

    /// The next message; empty lines are passed over.
    fn next(&mut self) -> Result<Option<KeptLine>, Box<Diagnostic>> {
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let read = (&mut self.reader).take(LONGEST_LINE).read_until(b'\n', &mut bytes);
            read.map_err(|error| Box::new(unreadable(&self.path, &error)))?;
            if bytes.is_empty() {
                return Ok(None);
            }
            self.number += 1;
            let Ok(text) = std::str::from_utf8(&bytes) else {
                return Err(Box::new(self.fault(self.number, "the line is not UTF-8")));
            };
            if text.trim().is_empty() {
                continue;
            }
            return match KeptLine::parse(text) {
                Ok(line) => {
                    self.last = line.timestamp().map_or(self.last, |at| at.max(self.last));
                    Ok(Some(line))
                }
                Err(LineFault::Truncated) if self.may_end_early && !text.ends_with('\n') => Ok(None),
                Err(fault) => Err(Box::new(self.line_fault(fault))),
            };
        }
    }

    fn fault(&self, line: usize, told: &str) -> Diagnostic {
        Diagnostic::new("messages", format!("{}:{line}: {told}", self.path.display()))
            .help("name a file that `graphwalk run --messages FILE` wrote, or the messages of another Cucumber")
    }

    fn truncated(&self) -> Diagnostic {
        self.cut_off("the messages end here, and not with \"testRunFinished\"")
    }

    fn cut_off(&self, told: &str) -> Diagnostic {
        self.fault(self.number, told).help("the run was killed, or still plays: wait for its end, or run it again")
    }

    fn line_fault(&self, fault: LineFault) -> Diagnostic {
        let number = self.number;
        match fault {
            LineFault::Truncated => self.cut_off("the message is cut off in the middle"),
            LineFault::NotJson(column, told) => {
                let place = format!("{}:{number}:{column}", self.path.display());
                let message = format!("{place}: expected a Cucumber message, got what is no JSON: {told}");
                Diagnostic { message, ..self.fault(number, "") }
            }
            LineFault::Foreign(got) => self.fault(number, &format!("expected a Cucumber message, got {got}")),
            LineFault::UnknownKind(kind) => {
                let told = format!("expected a Cucumber message, got one of the unknown kind \"{kind}\"");
                self.fault(number, &told)
            }
            LineFault::Malformed(kind, told) => {
                self.fault(number, &format!("the message \"{kind}\" has a fault: {told}"))
            }
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new("messages", format!("cannot read {}: {error}", path.display()))
        .help("name a file that `graphwalk run --messages FILE` wrote")
}
