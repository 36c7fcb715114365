//! What the user behind a token needs beside the permission, which neither Graph's metadata nor its permissions list says.
//!
//! Sources: Microsoft Entra built-in roles for users and groups; the access review methods' pages and overview for reviews.

use uuid::Uuid;

use super::roles::{GROUP_WRITERS, REVIEW_READERS, REVIEW_WRITERS, USER_WRITERS};

/// What the caller is to the thing that the call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing in particular.
    Stranger,
    /// The thing is the caller's own user.
    Myself,
    /// The caller owns the group.
    Owner,
    /// The caller is an assigned reviewer: of the definition, the instance, the stage or the decision in question.
    Reviewer,
}

/// What the user behind a delegated token must have beside the permission. An app has no roles and needs none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Nothing,
    /// One of these directory roles.
    Role(&'static [Uuid]),
    /// One of these directory roles, or that standing.
    RoleOr(&'static [Uuid], Standing),
    /// That standing; no role makes up for it.
    Only(Standing),
}

impl Need {
    /// Nothing: every member of the tenant may.
    pub const NOTHING: Self = Self(Kind::Nothing);
    /// Making, changing and deleting users.
    pub const USER_WRITER: Self = Self(Kind::Role(USER_WRITERS));
    /// Changing a user: everybody may change their own.
    pub const USER_WRITER_OR_SELF: Self = Self(Kind::RoleOr(USER_WRITERS, Standing::Myself));
    /// Changing a group: its owner may.
    pub const GROUP_WRITER_OR_OWNER: Self = Self(Kind::RoleOr(GROUP_WRITERS, Standing::Owner));
    /// Reading all reviews.
    pub const REVIEW_READER: Self = Self(Kind::Role(REVIEW_READERS));
    /// Reading one review: its reviewers may.
    pub const REVIEW_READER_OR_REVIEWER: Self = Self(Kind::RoleOr(REVIEW_READERS, Standing::Reviewer));
    /// Making, changing and deleting reviews.
    pub const REVIEW_WRITER: Self = Self(Kind::Role(REVIEW_WRITERS));
    /// Recording decisions: nobody records another's.
    pub const REVIEWER: Self = Self(Kind::Only(Standing::Reviewer));

    /// All of them.
    #[cfg(test)]
    pub(super) const ALL: [Self; 8] = [
        Self::NOTHING,
        Self::USER_WRITER,
        Self::USER_WRITER_OR_SELF,
        Self::GROUP_WRITER_OR_OWNER,
        Self::REVIEW_READER,
        Self::REVIEW_READER_OR_REVIEWER,
        Self::REVIEW_WRITER,
        Self::REVIEWER,
    ];

    /// Whether a user with these roles, being `standing` to the thing, meets it.
    pub(super) fn is_met(self, roles: &[Uuid], standing: Standing) -> bool {
        let has_one_of = |wanted: &[Uuid]| wanted.iter().any(|role| roles.contains(role));
        match self.0 {
            Kind::Nothing => true,
            Kind::Role(wanted) => has_one_of(wanted),
            Kind::RoleOr(wanted, other) => standing == other || has_one_of(wanted),
            Kind::Only(other) => standing == other,
        }
    }
}
