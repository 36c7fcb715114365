//! The calls of access reviews.

mod definitions;
mod stages;

use crate::http::{Refusal, Reply};
use crate::routes::Call;

/// Answers a call of access reviews; nothing if it is none.
pub(super) fn answer(call: &mut Call<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
    match path {
        ["identitygovernance", "accessreviews", "definitions", rest @ ..] => Some(definitions::answer(call, rest)),
        _ => None,
    }
}
