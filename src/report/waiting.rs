//! Sessions that have ended and cannot be written yet, since one before them still plays.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};

use super::{Rendered, SessionReport};

/// The most sessions whose texts are held in memory; those of others lie in a file without a name.
const HELD: usize = 64;

/// The sessions that wait, by their places: that of a session, or of a tenant and of one of its sessions. However many they are, memory holds what some of them say.
#[derive(Debug, Default)]
pub struct WaitingSessions {
    all: BTreeMap<(usize, usize), WaitingSession>,
    file: Option<File>,
    /// The number of sessions in the file.
    outside: usize,
}

#[derive(Debug)]
struct WaitingSession {
    report: SessionReport,
    /// The place of each report's text in the file, with its length; none if it is held.
    lies: Vec<(u64, usize)>,
}

impl WaitingSessions {
    /// Lets a session wait.
    ///
    /// # Errors
    ///
    /// If the file cannot be made or written: the disk is full.
    pub fn insert(&mut self, place: (usize, usize), mut report: SessionReport) -> io::Result<()> {
        let mut lies = Vec::new();
        if self.all.len() - self.outside >= HELD {
            for rendered in std::mem::take(&mut report.rendered) {
                lies.push(self.put(&rendered.into_bytes())?);
            }
            self.outside += usize::from(!lies.is_empty());
        }
        self.all.insert(place, WaitingSession { report, lies });
        Ok(())
    }

    /// Takes the session at this place, if it waits.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn take(&mut self, place: (usize, usize)) -> io::Result<Option<SessionReport>> {
        let Some(WaitingSession { mut report, lies }) = self.all.remove(&place) else { return Ok(None) };
        if !lies.is_empty() {
            for lie in lies {
                report.rendered.push(Rendered::Whole(self.get(lie)?));
            }
            self.outside -= 1;
            if self.outside == 0 {
                self.file = None;
            }
        }
        Ok(Some(report))
    }

    /// The place of the first session that waits.
    pub fn first(&self) -> Option<(usize, usize)> {
        self.all.first_key_value().map(|(place, _)| *place)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<(u64, usize)> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        let start = file.seek(SeekFrom::End(0))?;
        file.write_all(bytes)?;
        Ok((start, bytes.len()))
    }

    fn get(&mut self, (start, length): (u64, usize)) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Summary;
    use crate::runner::{Plan, SessionOutcome};

    #[test]
    fn sessions_that_wait_are_not_all_held_and_come_back_as_they_were() {
        let plan = Plan { tutorial: "t".to_owned(), features: Vec::new() };
        let text = |place: usize, report: usize| format!("{place}/{report}").repeat(place + 1).into_bytes();
        let mut waiting = WaitingSessions::default();
        for place in (1..300).rev() {
            let summary = Summary::new(&plan, &SessionOutcome::new(place.to_string(), "replay"));
            let rendered = (0..2).map(|report| Rendered::Whole(text(place, report))).collect();
            let report = SessionReport { summary, rendered, kept: None, part: 0, end: None };
            waiting.insert((place, 0), report).unwrap();
        }
        let held = waiting.all.values().filter(|session| !session.report.rendered.is_empty()).count();
        assert_eq!((held, waiting.first()), (HELD, Some((1, 0))));
        assert!(waiting.take((0, 0)).unwrap().is_none() && waiting.take((1, 1)).unwrap().is_none());
        for place in 1..300 {
            let report = waiting.take((place, 0)).unwrap().unwrap();
            assert_eq!(report.summary.name, place.to_string());
            let said: Vec<Vec<u8>> = report.rendered.into_iter().map(Rendered::into_bytes).collect();
            assert_eq!(said, [text(place, 0), text(place, 1)]);
        }
        assert!(waiting.first().is_none() && waiting.file.is_none());
    }
}
