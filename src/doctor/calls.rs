//! The calls of Graph that tutorials make, and the permissions each is granted by.

use crate::graph::permissions;

/// A call of Graph, and what it is granted by.
#[derive(Debug, PartialEq, Eq)]
pub struct Call {
    /// The method.
    pub method: &'static str,
    /// The path without the version, in lower case as in Graph's table; `{id}` is any id.
    pub path: &'static str,
    /// The delegated permissions, each of which is enough; the least privileged first.
    pub delegated: &'static [&'static str],
    /// The application permissions, each of which is enough; the least privileged first. Empty: refused app-only.
    pub application: &'static [&'static str],
    /// Whether it answers by who the signed-in user is, so that an app gets nothing from it whatever it is granted.
    pub about_the_caller: bool,
}

impl Call {
    /// Whether an app by itself can make use of it.
    pub fn serves_apps(&self) -> bool {
        !self.application.is_empty() && !self.about_the_caller
    }
}

const fn call(
    method: &'static str,
    path: &'static str,
    delegated: &'static [&'static str],
    application: &'static [&'static str],
) -> Call {
    Call { method, path, delegated, application, about_the_caller: false }
}

/// A call that both kinds of callers are granted by the same permissions.
const fn same(method: &'static str, path: &'static str, permissions: &'static [&'static str]) -> Call {
    call(method, path, permissions, permissions)
}

/// What stands on a newer page than Graph's table: `User.Create` (the page of `POST /users`, 2025-11-18).
pub const NEWER_THAN_THE_TABLE: [&str; 1] = ["User.Create"];

/// `POST /users`
pub static CREATE_USER: Call = same("POST", "/users", permissions::CREATE_USER);
/// `GET /users/{id}`; the permissions for one's own user alone (`User.Read`) are left out.
pub static READ_A_USER: Call = same("GET", "/users/{id}", permissions::READ_USERS);
/// `DELETE /users/{id}`; both are named the least there, and the first one is needed anyway.
pub static DELETE_A_USER: Call = same("DELETE", "/users/{id}", permissions::DELETE_USER);
/// `POST /groups`
pub static CREATE_GROUP: Call = call("POST", "/groups", permissions::CREATE_GROUP, permissions::CREATE_GROUP_APP);
/// `GET /groups`
pub static LIST_GROUPS: Call = same("GET", "/groups", permissions::READ_GROUPS);
/// `GET /groups/{id}`
pub static READ_GROUP: Call = same("GET", "/groups/{id}", permissions::READ_GROUPS);
/// `DELETE /groups/{id}`
pub static DELETE_GROUP: Call = same("DELETE", "/groups/{id}", permissions::DELETE_GROUP);
/// `GET /groups/{id}/members`
pub static LIST_MEMBERS: Call = same("GET", "/groups/{id}/members", permissions::READ_MEMBERS);
/// `GET /groups/{id}/transitiveMembers`
pub static LIST_TRANSITIVE_MEMBERS: Call = same("GET", "/groups/{id}/transitivemembers", permissions::READ_MEMBERS);
/// `GET /groups/{id}/owners`
pub static LIST_OWNERS: Call = same("GET", "/groups/{id}/owners", permissions::READ_OWNERS);
/// `POST …/definitions`
pub static CREATE_REVIEW: Call =
    same("POST", "/identitygovernance/accessreviews/definitions", permissions::WRITE_REVIEWS);
/// `GET …/definitions`
pub static LIST_REVIEWS: Call = same("GET", "/identitygovernance/accessreviews/definitions", permissions::READ_REVIEWS);
/// `GET …/definitions/{id}`
pub static READ_REVIEW: Call =
    same("GET", "/identitygovernance/accessreviews/definitions/{id}", permissions::READ_REVIEWS);
/// `DELETE …/definitions/{id}`
pub static DELETE_REVIEW: Call =
    same("DELETE", "/identitygovernance/accessreviews/definitions/{id}", permissions::WRITE_REVIEWS);
/// `GET …/instances`
pub static LIST_INSTANCES: Call =
    same("GET", "/identitygovernance/accessreviews/definitions/{id}/instances", permissions::READ_REVIEWS);
/// `GET …/instances/{id}`
pub static READ_INSTANCE: Call =
    same("GET", "/identitygovernance/accessreviews/definitions/{id}/instances/{id}", permissions::READ_REVIEWS);
/// `POST …/instances/{id}/stop`
pub static STOP_INSTANCE: Call =
    same("POST", "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stop", permissions::WRITE_REVIEWS);
/// `GET …/contactedReviewers`
pub static LIST_CONTACTED_REVIEWERS: Call = same(
    "GET",
    "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/contactedreviewers",
    permissions::READ_REVIEWS,
);
/// `GET …/decisions`
pub static LIST_DECISIONS: Call = same(
    "GET",
    "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/decisions",
    permissions::READ_REVIEWS,
);
/// `GET …/decisions/filterByCurrentUser(on='reviewer')`; the table lists apps, which are nobody's reviewers.
pub static LIST_OWN_DECISIONS: Call = Call {
    about_the_caller: true,
    ..same(
        "GET",
        "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/decisions/filterbycurrentuser(on={value})",
        permissions::READ_REVIEWS,
    )
};
/// `PATCH …/decisions/{id}`
pub static RECORD_DECISION: Call = call(
    "PATCH",
    "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/decisions/{id}",
    permissions::WRITE_REVIEWS,
    permissions::NONE,
);

/// All of them.
pub static ALL: [&Call; 21] = [
    &CREATE_USER,
    &READ_A_USER,
    &DELETE_A_USER,
    &CREATE_GROUP,
    &LIST_GROUPS,
    &READ_GROUP,
    &DELETE_GROUP,
    &LIST_MEMBERS,
    &LIST_TRANSITIVE_MEMBERS,
    &LIST_OWNERS,
    &CREATE_REVIEW,
    &LIST_REVIEWS,
    &READ_REVIEW,
    &DELETE_REVIEW,
    &LIST_INSTANCES,
    &READ_INSTANCE,
    &STOP_INSTANCE,
    &LIST_CONTACTED_REVIEWERS,
    &LIST_DECISIONS,
    &LIST_OWN_DECISIONS,
    &RECORD_DECISION,
];
