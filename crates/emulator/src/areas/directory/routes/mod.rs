//! The calls of the directory.

mod deleted_items;
mod delta;
mod groups;
mod invitations;
mod memberships;
mod tenant_wide;
mod users;

use crate::authority::Standing;
use crate::generic;
use crate::http::{Refusal, Reply};
use crate::odata::path::bound;
use crate::routes::RoutedCall;

pub(crate) use users::denied_me;

/// Answers a call of the directory; nothing if it is not one.
pub(super) fn answer(call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
    Some(match path {
        ["users", _, relation, ..] | ["me", relation, ..] if !is_own(&users::RELATIONS, relation) => return None,
        ["groups", _, relation, ..] if !is_own(&groups::RELATIONS, relation) => return None,
        ["directoryobjects", action] if call.method() == "POST" && bound(action) == "getbyids" => {
            memberships::get_by_ids(call)
        }
        ["directoryobjects", key, relation] if memberships::answers(relation) => {
            memberships::id_of(call, key).and_then(|id| memberships::answer(call, id, &[relation], Standing::Stranger))
        }
        ["users", rest @ ..] => users::answer(call, rest),
        ["me", rest @ ..] => users::answer_me(call, rest),
        ["groups", rest @ ..] => groups::answer(call, rest),
        ["invitations", rest @ ..] => invitations::answer(call, rest),
        ["directory", "deleteditems", rest @ ..] if generic::is_about_deleted(call.tenant, rest) => return None,
        ["directory", "deleteditems", rest @ ..] => deleted_items::answer(call, rest),
        ["directoryobjects", id] => return tenant_wide::directory_object(call, id),
        ["domains", rest @ ..] => return tenant_wide::domains(call, rest),
        ["organization"] => tenant_wide::organization(call),
        ["subscribedskus"] => tenant_wide::subscribed_skus(call),
        _ => return None,
    })
}

/// Returns whether what follows an object is the directory's, and not plain data that belongs to the object.
fn is_own(relations: &[&str], segment: &str) -> bool {
    relations.contains(&segment) || memberships::answers(segment)
}
