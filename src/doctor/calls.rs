//! The calls of Graph that tutorials make.

use graphwalk_catalog::{Access, ApiPath, Catalog, Method, Scheme};

use super::needs::Change;

/// A call of Graph, as a tutorial makes it.
#[derive(Debug, PartialEq, Eq)]
pub struct Call {
    /// The method.
    pub method: &'static str,
    /// The path without the version; `{id}` is any id.
    pub path: &'static str,
}

impl Call {
    /// The permissions that are enough each, the least privileged first; none if the call is not possible in this scheme.
    /// Left out are those for the caller's own user alone, for a tutorial's steps are about others, and those that are
    /// nothing without another.
    pub fn permissions(&self, scheme: Scheme) -> Vec<&'static str> {
        let Some(call) = self.known() else { return Vec::new() };
        if scheme == Scheme::Application && call.needs_user() {
            return Vec::new();
        }
        let grants = call.access().into_iter().flat_map(|access: Access| access.grants(scheme));
        let alone = grants.filter(|grant| !grant.is_for_own_user() && grant.also_requires().is_empty());
        alone.map(|grant| grant.permission()).collect()
    }

    /// What it changes of which a directory role is needed. To create a group needs none: every member of a tenant may
    /// (Entra: default user permissions).
    pub fn changes(&self) -> Option<Change> {
        let call = self.known().filter(|call| call.method() != Method::Get)?;
        let (created, resolved) = (call.creates(), call.resolved()?);
        let changed = created.or_else(|| resolved.objects().first().map(|object| object.ty))?;
        match changed.name() {
            "user" => Some(Change::Users),
            "group" => created.is_none().then_some(Change::Groups),
            _ => self.is_of_reviews().then_some(Change::Reviews),
        }
    }

    /// Whether it is one of access reviews.
    pub fn is_of_reviews(&self) -> bool {
        self.path.starts_with("/identitygovernance/accessreviews/")
    }

    /// Whether an app by itself can make use of it.
    pub fn serves_apps(&self) -> bool {
        !self.permissions(Scheme::Application).is_empty()
    }

    fn known(&self) -> Option<graphwalk_catalog::Call> {
        let path = ApiPath::parse(&format!("/v1.0{}", self.path)).ok()?;
        Catalog::v1().call(self.method.parse::<Method>().ok()?, &path).ok()
    }
}

/// `POST /users`
pub static CREATE_USER: Call = Call { method: "POST", path: "/users" };
/// `GET /users/{id}`
pub static READ_A_USER: Call = Call { method: "GET", path: "/users/{id}" };
/// `DELETE /users/{id}`
pub static DELETE_A_USER: Call = Call { method: "DELETE", path: "/users/{id}" };
/// `POST /groups`
pub static CREATE_GROUP: Call = Call { method: "POST", path: "/groups" };
/// `GET /groups`
pub static LIST_GROUPS: Call = Call { method: "GET", path: "/groups" };
/// `GET /groups/{id}`
pub static READ_GROUP: Call = Call { method: "GET", path: "/groups/{id}" };
/// `DELETE /groups/{id}`
pub static DELETE_GROUP: Call = Call { method: "DELETE", path: "/groups/{id}" };
/// `GET /groups/{id}/members`
pub static LIST_MEMBERS: Call = Call { method: "GET", path: "/groups/{id}/members" };
/// `GET /groups/{id}/transitiveMembers`
pub static LIST_TRANSITIVE_MEMBERS: Call = Call { method: "GET", path: "/groups/{id}/transitivemembers" };
/// `GET /groups/{id}/owners`
pub static LIST_OWNERS: Call = Call { method: "GET", path: "/groups/{id}/owners" };
/// `POST …/definitions`
pub static CREATE_REVIEW: Call = Call { method: "POST", path: "/identitygovernance/accessreviews/definitions" };
/// `GET …/definitions`
pub static LIST_REVIEWS: Call = Call { method: "GET", path: "/identitygovernance/accessreviews/definitions" };
/// `GET …/definitions/{id}`
pub static READ_REVIEW: Call = Call { method: "GET", path: "/identitygovernance/accessreviews/definitions/{id}" };
/// `DELETE …/definitions/{id}`
pub static DELETE_REVIEW: Call = Call { method: "DELETE", path: "/identitygovernance/accessreviews/definitions/{id}" };
/// `GET …/instances`
pub static LIST_INSTANCES: Call =
    Call { method: "GET", path: "/identitygovernance/accessreviews/definitions/{id}/instances" };
/// `GET …/instances/{id}`
pub static READ_INSTANCE: Call =
    Call { method: "GET", path: "/identitygovernance/accessreviews/definitions/{id}/instances/{id}" };
/// `POST …/instances/{id}/stop`
pub static STOP_INSTANCE: Call =
    Call { method: "POST", path: "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stop" };
/// `GET …/contactedReviewers`
pub static LIST_CONTACTED_REVIEWERS: Call = Call {
    method: "GET",
    path: "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/contactedreviewers",
};
/// `GET …/decisions`
pub static LIST_DECISIONS: Call =
    Call { method: "GET", path: "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/decisions" };
/// `GET …/decisions/filterByCurrentUser(on='reviewer')`
pub static LIST_OWN_DECISIONS: Call = Call {
    method: "GET",
    path: "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/decisions/filterbycurrentuser(on={value})",
};
/// `PATCH …/decisions/{id}`
pub static RECORD_DECISION: Call =
    Call { method: "PATCH", path: "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/decisions/{id}" };

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
