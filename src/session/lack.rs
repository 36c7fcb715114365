//! What a backend lacks, where a step fails for want of it.

use super::captures::UNKNOWN;
use super::layers::UNRECORDED;
use super::layers::sign_in::UNKNOWN_ACTOR;
use super::{Failure, Session};

impl Session {
    /// Returns why the step of this failure cannot be played here at all: the recording has no such request, nobody can
    /// call as its actor, or the service does not implement what it asks for (501). Nothing if the step failed because of
    /// what was answered.
    ///
    /// `may_miss_names` says whether steps were left out that keep names: a name that is missing is then a reason, too.
    pub(crate) fn lack(&self, failure: &Failure, may_miss_names: bool) -> Option<String> {
        let is_missing_name = failure.code == UNKNOWN && may_miss_names;
        if [UNRECORDED, UNKNOWN_ACTOR].contains(&failure.code) || is_missing_name {
            return Some(failure.message.clone());
        }
        let last = self.last().ok().filter(|last| last.status == 501)?;
        let said = last.error().map_or_else(String::new, |error| format!(": {error}"));
        Some(format!("{} {} is answered with 501{said}", last.method, last.path))
    }
}
