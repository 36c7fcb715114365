//! Cucumber Messages as they are: a JSON document a line. The formatters of the Cucumber project read them.

use crate::session::Tracing;

use super::message::Envelope;
use super::{Format, Opening, RunEnd, SessionMessages};

/// The format.
pub struct Messages {
    /// Whether all exchanges of many sessions are wanted, and not only those of failed scenarios.
    pub is_full: bool,
}

impl Messages {
    /// With the exchanges of failed scenarios if there are many sessions, and all of a single one.
    pub const OF_FAILURES: Self = Self { is_full: false };
    /// With all exchanges.
    pub const FULL: Self = Self { is_full: true };
}

impl Format for Messages {
    /// Returns that they need not be masked before: attachments are masked while they are written.
    fn reads_observations(&self) -> bool {
        false
    }

    fn tracing(&self, sessions: usize) -> Tracing {
        if sessions > 1 && !self.is_full { Tracing::OfFailedScenarios } else { Tracing::Whole }
    }

    fn is_streamed(&self) -> bool {
        true
    }

    fn opening(&self, opening: &Opening) -> Vec<u8> {
        lines(opening.messages())
    }

    fn session(&self, session: &SessionMessages<'_>) -> Vec<u8> {
        lines(session.messages.iter())
    }

    fn closing(&self, end: &RunEnd<'_>) -> Vec<u8> {
        lines([Envelope::TestRunFinished(end.finished.clone())])
    }
}

/// The messages. Their texts were masked when they were made.
fn lines<'a, E: std::borrow::Borrow<Envelope<'a>>>(messages: impl IntoIterator<Item = E>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 * 1024);
    for message in messages {
        let length = bytes.len();
        // Types of ours, written into memory: serialising them cannot fail.
        if message.borrow().write_line(&mut bytes).is_err() {
            bytes.truncate(length);
        }
    }
    bytes
}
