//! The calls of the directory.

mod deleted_items;
mod groups;
mod tenant_wide;
mod users;

use crate::http::{Refusal, Reply};
use crate::routes::RoutedCall;

pub(crate) use users::denied_me;

/// Answers a call of the directory; nothing if it is not one.
pub(super) fn answer(call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
    Some(match path {
        ["users", _, relation, ..] | ["me", relation, ..] if !users::RELATIONS.contains(relation) => return None,
        ["groups", _, relation, ..] if !groups::RELATIONS.contains(relation) => return None,
        ["users", rest @ ..] => users::answer(call, rest),
        ["me", rest @ ..] => users::answer_me(call, rest),
        ["groups", rest @ ..] => groups::answer(call, rest),
        ["directory", "deleteditems", rest @ ..] => deleted_items::answer(call, rest),
        ["directoryobjects", id] => return tenant_wide::directory_object(call, id),
        ["organization"] => tenant_wide::organization(call),
        ["subscribedskus"] => tenant_wide::subscribed_skus(call),
        _ => return None,
    })
}
