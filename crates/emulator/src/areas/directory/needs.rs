//! What a user needs beside the permission to change the directory (Microsoft Entra built-in roles).

use uuid::Uuid;

use crate::authority::roles::{
    GLOBAL_ADMINISTRATOR, GROUPS_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR, USER_ADMINISTRATOR,
};
use crate::authority::{Need, Standing};

/// Roles that may change users.
const USER_WRITERS: &[Uuid] = &[GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR];
/// Roles that may change groups they do not own.
const GROUP_WRITERS: &[Uuid] = &[GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR, GROUPS_ADMINISTRATOR];

/// Roles that may make groups that roles can be assigned to, and say who is in them (reference of group, isAssignableToRole).
const ROLE_GROUP_WRITERS: &[Uuid] = &[GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR];
/// The permission that this needs, too.
pub(crate) const ROLE_GROUP_PERMISSION: &str = "RoleManagement.ReadWrite.Directory";
/// Returns whether a user with these roles may do what is sensitive to one who has those (reference, "Working with users": who can update
/// sensitive attributes).
pub(crate) fn outranks(own: &[Uuid], other: &[Uuid]) -> bool {
    let is_plain = |role: &Uuid| [USER_ADMINISTRATOR, GROUPS_ADMINISTRATOR].contains(role);
    own.contains(&GLOBAL_ADMINISTRATOR)
        || other.is_empty()
        || own.contains(&USER_ADMINISTRATOR) && other.iter().all(is_plain)
}

/// Making a group that roles can be assigned to, and changing who is in one.
pub(crate) const ROLE_GROUP_WRITER: Need = Need::role(ROLE_GROUP_WRITERS);
/// Making, changing and deleting users.
pub(crate) const USER_WRITER: Need = Need::role(USER_WRITERS);
/// Changing a user: everybody may change their own.
pub(crate) const USER_WRITER_OR_SELF: Need = Need::role_or(USER_WRITERS, Standing::Myself);
/// Changing a group: its owner may.
pub(crate) const GROUP_WRITER_OR_OWNER: Need = Need::role_or(GROUP_WRITERS, Standing::Owner);
/// Inviting somebody as a member. Guests are invited by anybody, as a new tenant has it (reference, resource `invitation`; Entra,
/// "Configure external collaboration settings").
pub(crate) const COMPANY_ADMINISTRATOR: Need = Need::role(&[GLOBAL_ADMINISTRATOR]);
