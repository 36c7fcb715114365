//! From a request of the API to its reply: a file a part of Graph.

mod batch;
mod body;
mod call;
mod deleted_items;
mod groups;
mod reviews;
mod stages;
mod tenant_wide;
mod users;

use http::Method;

use super::http::{Refusal, Reply};

pub use batch::{Batch, is_batch};
pub use call::Call;

/// What clients of the directory and of identity governance may ask for next: resources that Graph has (CSDL,
/// `GraphService`).
const NOT_MODELLED: [&str; 16] = [
    "applications",
    "auditlogs",
    "contacts",
    "contracts",
    "devices",
    "directory",
    "directoryroles",
    "directoryroletemplates",
    "domains",
    "groupsettings",
    "identity",
    "invitations",
    "policies",
    "reports",
    "rolemanagement",
    "serviceprincipals",
];

/// Answers a request.
///
/// # Errors
///
/// The refusal that Graph would answer.
pub fn answer(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let names = call.path.names.clone();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["users", rest @ ..] => users::answer(call, rest),
        ["me", rest @ ..] => users::answer_me(call, rest),
        ["groups", rest @ ..] => groups::answer(call, rest),
        ["directory", "deleteditems", rest @ ..] => deleted_items::answer(call, rest),
        ["directoryobjects", id] => tenant_wide::directory_object(call, id),
        ["organization"] => tenant_wide::organization(call),
        ["subscribedskus"] => tenant_wide::subscribed_skus(call),
        ["identitygovernance", "accessreviews", "definitions", rest @ ..] => reviews::answer(call, rest),
        ["identitygovernance", "accessreviews", rest @ ..] => {
            Err(not_modelled("identityGovernance/accessReviews", rest))
        }
        [] => Err(unknown_segment("")),
        ["identitygovernance", rest @ ..] => Err(not_modelled("identityGovernance", rest)),
        [first, rest @ ..] if NOT_MODELLED.contains(first) => Err(not_modelled(first, rest)),
        [first, ..] => Err(unknown_segment(first)),
    }
}

/// 400 for a segment that Graph does not have there.
fn unknown_segment(segment: &str) -> Refusal {
    let shown: String = segment.chars().take(60).collect();
    Refusal::new(400, "BadRequest", format!("Resource not found for the segment '{shown}'."))
}

/// 501 for what Graph has and the emulator does not; better than a wrong answer.
fn not_modelled(under: &str, rest: &[&str]) -> Refusal {
    let message = format!("graphwalk's emulator does not model {under}/{}.", rest.join("/"));
    Refusal::new(501, "NotModelled", message)
}

/// 405 for a method that a path does not take.
fn method_not_allowed(method: &Method) -> Refusal {
    let message = format!("The HTTP method '{method}' is not allowed for the request target.");
    Refusal::new(405, "Request_BadRequest", message)
}
