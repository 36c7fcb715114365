//! What the user behind a token needs beside the permission, which neither Graph's metadata nor its permissions list says.
//! Each area says it for its calls.

use uuid::Uuid;

/// The relation of the caller to the object of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing in particular.
    Stranger,
    /// The thing is the caller's own user.
    Myself,
    /// The caller owns the thing.
    Owner,
    /// The thing, or a part of it, was assigned to the caller.
    Assigned,
}

/// The role or ownership that the user of a delegated token needs beside the permission. An app has no roles and needs
/// none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need(NeedKind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NeedKind {
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
    pub const NOTHING: Self = Self(NeedKind::Nothing);

    /// One of these directory roles, by their template ids.
    pub const fn role(roles: &'static [Uuid]) -> Self {
        Self(NeedKind::Role(roles))
    }

    /// One of these directory roles, or that standing to the thing.
    pub const fn role_or(roles: &'static [Uuid], standing: Standing) -> Self {
        Self(NeedKind::RoleOr(roles, standing))
    }

    /// That standing to the thing; no role makes up for it.
    pub const fn only(standing: Standing) -> Self {
        Self(NeedKind::Only(standing))
    }

    /// Returns whether a user with these roles, being `standing` to the thing, meets it.
    pub(super) fn is_met(self, roles: &[Uuid], standing: Standing) -> bool {
        let has_one_of = |wanted: &[Uuid]| wanted.iter().any(|role| roles.contains(role));
        match self.0 {
            NeedKind::Nothing => true,
            NeedKind::Role(wanted) => has_one_of(wanted),
            NeedKind::RoleOr(wanted, other) => standing == other || has_one_of(wanted),
            NeedKind::Only(other) => standing == other,
        }
    }
}
