//! Cucumber Messages as they are: a JSON document a line. The formatters of the Cucumber project read them.

use crate::runner::mask_texts;
use crate::session::Tracing;

use super::message::Envelope;
use super::{Format, Opening, RunEnd, SessionMessages};

/// The format.
pub struct Messages;

impl Format for Messages {
    fn tracing(&self, sessions: usize) -> Tracing {
        if sessions > 1 { Tracing::OfFailedScenarios } else { Tracing::Whole }
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

/// The messages, with secrets masked in all their texts, whatever put them there.
fn lines<'a, E: std::borrow::Borrow<Envelope<'a>>>(messages: impl IntoIterator<Item = E>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 * 1024);
    for message in messages {
        // Types of ours, written into memory: serialising them cannot fail.
        let Ok(mut document) = serde_json::to_value(message.borrow()) else { continue };
        mask_texts(&mut document);
        if serde_json::to_writer(&mut bytes, &document).is_ok() {
            bytes.push(b'\n');
        }
    }
    bytes
}
