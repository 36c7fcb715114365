//! HTML that is kept as evidence: one file that loads nothing, runs nothing, and is read without its style too.
//!
//! It knows what steps observed (timelines, lists, tables), verdicts and exchanges, and nothing of what they are about. Of one
//! session it has all; of several the totals, then those that failed, all of them, then the others with what each observed; of more than a
//! thousand the rest stands in the messages.

mod caveats;
mod exchanges;
mod observations;
mod overview;
mod page;
mod session;
mod steps;
mod text;

pub(crate) use overview::Overview;

use crate::session::Tracing;

use super::{Format, Opening, RunEnd, SessionMessages};

/// The format.
pub struct Html;

impl Format for Html {
    fn tracing(&self, sessions: usize) -> Tracing {
        if sessions > 1 { Tracing::OfFailure } else { Tracing::Whole }
    }

    fn tells_failed_first(&self) -> bool {
        true
    }

    fn opening(&self, opening: &Opening) -> Vec<u8> {
        page::head(opening).into_bytes()
    }

    fn totals(&self, opening: &Opening, end: &RunEnd<'_>) -> Vec<u8> {
        // A page about one session begins with what that session says of itself.
        if !opening.several && end.totals.all_counts().total() > 0 {
            return Vec::new();
        }
        page::totals(opening, end.finished, end.totals).into_string().into_bytes()
    }

    fn session(&self, session: &SessionMessages<'_>) -> Vec<u8> {
        session::session(session).into_string().into_bytes()
    }

    fn closing(&self, _: &RunEnd<'_>) -> Vec<u8> {
        page::end().into_bytes()
    }
}
