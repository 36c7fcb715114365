//! What a user needs beside the permission to read and change access reviews.

use uuid::Uuid;

use crate::authority::roles::{
    GLOBAL_ADMINISTRATOR, GLOBAL_READER, IDENTITY_GOVERNANCE_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR,
    SECURITY_ADMINISTRATOR, SECURITY_READER, USER_ADMINISTRATOR,
};
use crate::authority::{Need, Standing};

/// Roles that may create, change and delete reviews of groups (the access review methods, "Permissions").
const REVIEW_WRITERS: &[Uuid] = &[GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR, IDENTITY_GOVERNANCE_ADMINISTRATOR];
/// Roles that may do so with reviews of directory roles (the same).
const ROLE_REVIEW_WRITERS: &[Uuid] =
    &[GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR, IDENTITY_GOVERNANCE_ADMINISTRATOR];
/// Roles that may do so with one of the two.
const SOME_REVIEW_WRITERS: &[Uuid] =
    &[GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR, IDENTITY_GOVERNANCE_ADMINISTRATOR];
/// Roles that may read reviews (access reviews API overview), and those that may make some.
const REVIEW_READERS: &[Uuid] = &[
    GLOBAL_ADMINISTRATOR,
    USER_ADMINISTRATOR,
    IDENTITY_GOVERNANCE_ADMINISTRATOR,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    GLOBAL_READER,
    SECURITY_ADMINISTRATOR,
    SECURITY_READER,
];

/// Reading all reviews.
pub(crate) const REVIEW_READER: Need = Need::role(REVIEW_READERS);
/// Reading one review: its reviewers may.
pub(crate) const REVIEW_READER_OR_REVIEWER: Need = Need::role_or(REVIEW_READERS, Standing::Assigned);
/// Making, changing and deleting reviews of groups.
pub(crate) const REVIEW_WRITER: Need = Need::role(REVIEW_WRITERS);
/// Making, changing and deleting reviews of directory roles.
pub(crate) const ROLE_REVIEW_WRITER: Need = Need::role(ROLE_REVIEW_WRITERS);
/// Making reviews, before it is known of what.
pub(crate) const SOME_REVIEW_WRITER: Need = Need::role(SOME_REVIEW_WRITERS);
/// Making a link to a history: whoever made the history may.
pub(crate) const HISTORY_LINKER: Need = Need::role_or(SOME_REVIEW_WRITERS, Standing::Assigned);
/// Changing the policy of access reviews ("Update accessReviewPolicy", permissions).
pub(crate) const POLICY_WRITER: Need =
    Need::role(&[GLOBAL_ADMINISTRATOR, IDENTITY_GOVERNANCE_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR]);
/// Recording decisions: nobody records another's.
pub(crate) const REVIEWER: Need = Need::only(Standing::Assigned);
