//! Reading a journal back, whatever happened to the process or the disk that wrote it.

use std::path::Path;

use super::JournalError;
use super::event::{Begun, Ending, JournalEvent, Leftover, Objects};
use super::line;

/// The content of a journal, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalRecord {
    /// The events, in the order in which they were written.
    pub events: Vec<JournalEvent>,
    /// The last line, if it was not written to its end. What it would have said did not happen: nothing is sent before its
    /// line is on the disk.
    pub torn: Option<Torn>,
    pub(super) objects: Objects,
    /// The length of all lines before the torn one, in bytes.
    pub(super) length: u64,
    /// The number that the last of these lines has.
    pub(super) last_number: usize,
}

/// A last line that was not written to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Torn {
    /// The line; 1 for the first.
    pub line: usize,
    /// The length of its readable part, in bytes.
    pub bytes: usize,
}

/// A line that has its line break, and so was written, but cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedLine {
    /// The line; 1 for the first.
    pub line: usize,
    /// The fault in it.
    pub reason: String,
}

impl JournalRecord {
    /// Reads the journal in `file`.
    ///
    /// # Errors
    ///
    /// [`JournalError::Unreadable`] if there is none, and [`JournalError::Damaged`] if a line that was written cannot be
    /// read; that error holds what the other lines say.
    pub fn read(file: &Path) -> Result<Self, JournalError> {
        let bytes = std::fs::read(file)
            .map_err(|source| JournalError::Unreadable { file: file.display().to_string(), source })?;
        let (record, damaged) = Self::parse(&bytes);
        match damaged.into_iter().next() {
            None => Ok(record),
            Some(DamagedLine { line, reason }) => {
                Err(JournalError::Damaged { file: file.display().to_string(), line, reason, intact: Box::new(record) })
            }
        }
    }

    /// Reads the bytes of a journal: what is intact, and the lines that are not.
    pub(super) fn parse(bytes: &[u8]) -> (Self, Vec<DamagedLine>) {
        let mut record = Self::default();
        let mut damaged = Vec::new();
        let mut rest = bytes;
        for here in 1.. {
            if rest.is_empty() {
                break;
            }
            let end = rest.iter().position(|byte| *byte == b'\n');
            let (line, after) = end.map_or((rest, &rest[..0]), |end| (&rest[..end], &rest[end + 1..]));
            match line::read(line) {
                Ok((number, event)) if end.is_some() => {
                    if number != record.last_number + 1 {
                        let reason = format!("line {} of the journal is missing before it", record.last_number + 1);
                        damaged.push(DamagedLine { line: here, reason });
                    }
                    record.last_number = number;
                    record.take(event);
                }
                Err(reason) if end.is_some() => {
                    damaged.push(DamagedLine { line: here, reason });
                    record.last_number += 1;
                }
                // Without a line break at the end: the write did not come to its end.
                _ => {
                    record.torn = Some(Torn { line: here, bytes: rest.len() });
                    break;
                }
            }
            record.length += line.len() as u64 + 1;
            rest = after;
        }
        (record, damaged)
    }

    pub(super) fn take(&mut self, event: JournalEvent) {
        self.objects.take(&event);
        self.events.push(event);
    }

    /// Returns how the run began; `None` if not even that was written.
    pub fn begun(&self) -> Option<&Begun> {
        self.events.iter().find_map(|event| match event {
            JournalEvent::Begun(begun) => Some(begun),
            _ => None,
        })
    }

    /// Returns how the run ended; `None` if it runs, waits, or was killed.
    pub fn ending(&self) -> Option<Ending> {
        let last = self
            .events
            .iter()
            .rev()
            .find(|event| matches!(event, JournalEvent::Finished { .. } | JournalEvent::Resumed { .. }));
        match last {
            Some(JournalEvent::Finished { ending, .. }) => Some(*ending),
            _ => None,
        }
    }

    /// Returns the number of lines that were written, damaged ones too.
    pub fn lines(&self) -> usize {
        self.last_number
    }

    /// Returns whether lines were lost, and nobody has looked for their content yet.
    pub fn is_incomplete(&self) -> bool {
        let last = self
            .events
            .iter()
            .rev()
            .find(|event| matches!(event, JournalEvent::Torn { .. } | JournalEvent::Supplemented { .. }));
        matches!(last, Some(JournalEvent::Torn { .. }))
    }

    /// Returns the objects that may still exist in the tenant, in the order of creation: every create that was sent, or was
    /// about to be, and whose object is neither deleted nor known never to have been made.
    pub fn leftovers(&self) -> Vec<Leftover> {
        self.objects.leftovers()
    }

    /// Returns the objects that were deleted and may still lie in `/directory/deletedItems`, in the order of creation.
    pub fn deleted(&self) -> Vec<Leftover> {
        self.objects.deleted()
    }
}
