//! The calls of Graph that the emulator knows, and what each asks for.

use super::roles::{GROUP_WRITERS, REVIEW_READERS, REVIEW_WRITERS, USER_WRITERS};
use super::{Area, Need, Rule, Standing};
use crate::graph::permissions::*;

/// Declares [`Operation`] and its rules in one table, so that no operation is without a rule.
macro_rules! operations {
    ($($(#[$doc:meta])* $name:ident: $method:literal $path:literal, $delegated:expr, $application:expr, $need:expr;)+) => {
        /// A call of Graph. The paths are written as in Graph's table of permissions: lower case, `{id}` for any id.
        ///
        /// Permissions: Graph's table by path (`permissions.json` of microsoft-graph-devx-content) and, where that lacks
        /// the call or a newer page differs, the call's page. Roles: the access review methods' pages and overview;
        /// Microsoft Entra built-in roles for users and groups.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation {
            $($(#[$doc])* #[doc = concat!("`", $method, " ", $path, "`")] $name,)+
        }

        impl Operation {
            /// Every operation.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The method, and the path in lower case without the version, `{id}` standing for any id.
            pub const fn call(self) -> (&'static str, &'static str) {
                match self {
                    $(Self::$name => ($method, $path),)+
                }
            }

            /// What it asks for.
            pub(super) const fn rule(self) -> Rule {
                match self {
                    $(Self::$name => Rule { delegated: $delegated, application: $application, need: $need },)+
                }
            }
        }
    };
}

/// The signed-in user may do it to their own user, else a role is needed.
const OWN_USER: Need = Need::RoleOr(USER_WRITERS, Standing::Myself);
/// Changing a group: its owner may, else a role is needed.
const GROUP: Need = Need::RoleOr(GROUP_WRITERS, Standing::Owner);
/// Reading one review: its reviewers may, else a role is needed.
const REVIEW: Need = Need::RoleOr(REVIEW_READERS, Standing::Reviewer);
/// Recording decisions: nobody records another's.
const REVIEWER: Need = Need::Only(Standing::Reviewer);

operations! {
    ListUsers: "GET" "/users", READ_USERS, READ_USERS, Need::Nothing;
    CreateUser: "POST" "/users", CREATE_USER, CREATE_USER, Need::Role(USER_WRITERS);
    ReadUser: "GET" "/users/{id}", READ_USER, READ_USERS, Need::Nothing;
    UpdateUser: "PATCH" "/users/{id}", UPDATE_USER, UPDATE_USER_APP, OWN_USER;
    /// Also meant by `DELETE /groups/{id}/members/{id}` without `/$ref`.
    DeleteUser: "DELETE" "/users/{id}", DELETE_USER, DELETE_USER, Need::Role(USER_WRITERS);
    ReadManager: "GET" "/users/{id}/manager", READ_MANAGER, READ_MANAGER, Need::Nothing;
    SetManager: "PUT" "/users/{id}/manager", WRITE_MANAGER, WRITE_MANAGER, Need::Role(USER_WRITERS);
    RemoveManager: "DELETE" "/users/{id}/manager", WRITE_MANAGER, WRITE_MANAGER, Need::Role(USER_WRITERS);
    ListMemberOf: "GET" "/users/{id}/memberof", READ_MEMBER_OF, READ_MEMBER_OF_APP, Need::Nothing;
    ListDeletedUsers: "GET" "/directory/deleteditems/microsoft.graph.user", READ_DELETED_USERS, READ_DELETED_USERS,
        Need::Nothing;
    /// The deleted item is a user.
    RestoreUser: "POST" "/directory/deleteditems/{id}/restore", DELETE_USER, DELETE_USER, Need::Role(USER_WRITERS);
    /// The deleted item is a user.
    PurgeUser: "DELETE" "/directory/deleteditems/{id}", DELETE_USER, DELETE_USER, Need::Role(USER_WRITERS);

    ReadMe: "GET" "/me", READ_USER, NONE, Need::Nothing;
    ListMyMemberOf: "GET" "/me/memberof", READ_MEMBER_OF, NONE, Need::Nothing;

    ListGroups: "GET" "/groups", READ_GROUPS, READ_GROUPS, Need::Nothing;
    CreateGroup: "POST" "/groups", CREATE_GROUP, CREATE_GROUP_APP, Need::Nothing;
    ReadGroup: "GET" "/groups/{id}", READ_GROUPS, READ_GROUPS, Need::Nothing;
    UpdateGroup: "PATCH" "/groups/{id}", UPDATE_GROUP, UPDATE_GROUP, GROUP;
    DeleteGroup: "DELETE" "/groups/{id}", DELETE_GROUP, DELETE_GROUP, GROUP;
    ListMembers: "GET" "/groups/{id}/members", READ_MEMBERS, READ_MEMBERS, Need::Nothing;
    ListTransitiveMembers: "GET" "/groups/{id}/transitivemembers", READ_MEMBERS, READ_MEMBERS, Need::Nothing;
    AddMember: "POST" "/groups/{id}/members", WRITE_MEMBERS, WRITE_MEMBERS, GROUP;
    RemoveMember: "DELETE" "/groups/{id}/members/{id}", WRITE_MEMBERS, WRITE_MEMBERS, GROUP;
    ListOwners: "GET" "/groups/{id}/owners", READ_OWNERS, READ_OWNERS, Need::Nothing;
    AddOwner: "POST" "/groups/{id}/owners", WRITE_OWNERS, WRITE_OWNERS, GROUP;
    RemoveOwner: "DELETE" "/groups/{id}/owners/{id}", WRITE_OWNERS, WRITE_OWNERS, GROUP;
    ListDeletedGroups: "GET" "/directory/deleteditems/microsoft.graph.group", READ_DELETED_GROUPS, READ_DELETED_GROUPS,
        Need::Nothing;
    /// The deleted item is a group.
    RestoreGroup: "POST" "/directory/deleteditems/{id}/restore", DELETE_GROUP, DELETE_GROUP, GROUP;
    /// The deleted item is a group; an app alone may not (2026-05-01).
    PurgeGroup: "DELETE" "/directory/deleteditems/{id}", DELETE_GROUP, NONE, GROUP;

    ReadOrganization: "GET" "/organization", READ_ORGANIZATION, READ_ORGANIZATION_APP, Need::Nothing;
    ListSubscribedSkus: "GET" "/subscribedskus", READ_LICENCES, READ_LICENCES, Need::Nothing;

    ListDefinitions: "GET" "/identitygovernance/accessreviews/definitions", READ_REVIEWS, READ_REVIEWS,
        Need::Role(REVIEW_READERS);
    CreateDefinition: "POST" "/identitygovernance/accessreviews/definitions", WRITE_REVIEWS, WRITE_REVIEWS,
        Need::Role(REVIEW_WRITERS);
    ReadDefinition: "GET" "/identitygovernance/accessreviews/definitions/{id}", READ_REVIEWS, READ_REVIEWS, REVIEW;
    ReplaceDefinition: "PUT" "/identitygovernance/accessreviews/definitions/{id}", WRITE_REVIEWS, WRITE_REVIEWS,
        Need::Role(REVIEW_WRITERS);
    DeleteDefinition: "DELETE" "/identitygovernance/accessreviews/definitions/{id}", WRITE_REVIEWS, WRITE_REVIEWS,
        Need::Role(REVIEW_WRITERS);
    /// Answers what the caller reviews, so it needs no role.
    ListOwnDefinitions: "GET" "/identitygovernance/accessreviews/definitions/filterbycurrentuser(on={value})",
        READ_REVIEWS, NONE, Need::Nothing;

    ListInstances: "GET" "/identitygovernance/accessreviews/definitions/{id}/instances", READ_REVIEWS, READ_REVIEWS,
        REVIEW;
    ReadInstance: "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}", READ_REVIEWS, READ_REVIEWS,
        REVIEW;
    /// The documentation contradicts itself on PUT and PATCH; both mean this.
    UpdateInstance: "PUT" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}", WRITE_REVIEWS,
        WRITE_REVIEWS, Need::Role(REVIEW_WRITERS);
    /// Answers what the caller reviews, so it needs no role.
    ListOwnInstances:
        "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/filterbycurrentuser(on={value})",
        READ_REVIEWS, NONE, Need::Nothing;
    StopInstance: "POST" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stop", WRITE_REVIEWS,
        WRITE_REVIEWS, Need::Role(REVIEW_WRITERS);
    ApplyDecisions: "POST" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/applydecisions",
        WRITE_REVIEWS, WRITE_REVIEWS, Need::Role(REVIEW_WRITERS);
    ResetDecisions: "POST" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/resetdecisions",
        WRITE_REVIEWS, WRITE_REVIEWS, Need::Role(REVIEW_WRITERS);
    SendReminder: "POST" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/sendreminder",
        WRITE_REVIEWS, WRITE_REVIEWS, Need::Role(REVIEW_WRITERS);
    /// Acts on the items that the caller reviews.
    AcceptRecommendations:
        "POST" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/acceptrecommendations",
        WRITE_REVIEWS, NONE, REVIEWER;
    /// A user must be a reviewer; for an app the permission alone is listed.
    BatchRecordDecisions:
        "POST" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/batchrecorddecisions",
        WRITE_REVIEWS, WRITE_REVIEWS, REVIEWER;
    ListContactedReviewers:
        "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/contactedreviewers",
        READ_REVIEWS, READ_REVIEWS, REVIEW;

    ListDecisions: "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/decisions", READ_REVIEWS,
        READ_REVIEWS, REVIEW;
    ReadDecision: "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/decisions/{id}",
        READ_REVIEWS, READ_REVIEWS, REVIEW;
    RecordDecision: "PATCH" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/decisions/{id}",
        WRITE_REVIEWS, NONE, REVIEWER;
    /// Answers what the caller reviews, so it needs no role.
    ListOwnDecisions:
        "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/decisions/filterbycurrentuser(on={value})",
        READ_REVIEWS, NONE, Need::Nothing;

    ListStages: "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stages", READ_REVIEWS,
        READ_REVIEWS, REVIEW;
    ReadStage: "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stages/{id}", READ_REVIEWS,
        READ_REVIEWS, REVIEW;
    UpdateStage: "PATCH" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stages/{id}", WRITE_REVIEWS,
        WRITE_REVIEWS, Need::Role(REVIEW_WRITERS);
    StopStage: "POST" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stages/{id}/stop",
        WRITE_REVIEWS, WRITE_REVIEWS, Need::Role(REVIEW_WRITERS);
    /// Answers what the caller reviews, so it needs no role.
    ListOwnStages:
        "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stages/filterbycurrentuser(on={value})",
        READ_REVIEWS, NONE, Need::Nothing;
    ListStageDecisions:
        "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stages/{id}/decisions",
        READ_REVIEWS, READ_REVIEWS, REVIEW;
    ReadStageDecision:
        "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stages/{id}/decisions/{id}",
        READ_REVIEWS, READ_REVIEWS, REVIEW;
    RecordStageDecision:
        "PATCH" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stages/{id}/decisions/{id}",
        WRITE_REVIEWS, NONE, REVIEWER;
    /// Answers what the caller reviews, so it needs no role.
    ListOwnStageDecisions:
        "GET" "/identitygovernance/accessreviews/definitions/{id}/instances/{id}/stages/{id}/decisions/filterbycurrentuser(on={value})",
        READ_REVIEWS, NONE, Need::Nothing;
}

impl Operation {
    /// Which service answers.
    pub(super) fn area(self) -> Area {
        match self {
            Self::ReadMe | Self::ListMyMemberOf => Area::Me,
            _ if self.call().1.starts_with("/identitygovernance/") => Area::Reviews,
            _ => Area::Directory,
        }
    }

    /// Whether the call names a user of the tenant by id.
    pub(super) fn is_about_a_user(self) -> bool {
        self.call().1.starts_with("/users/{id}")
    }
}
