//! What a user needs beside the permission to change the directory (Microsoft Entra built-in roles).

use uuid::Uuid;

use crate::authority::roles::{GLOBAL_ADMINISTRATOR, GROUPS_ADMINISTRATOR, USER_ADMINISTRATOR};
use crate::authority::{Need, Standing};

/// Roles that may change users.
const USER_WRITERS: &[Uuid] = &[GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR];
/// Roles that may change groups they do not own.
const GROUP_WRITERS: &[Uuid] = &[GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR, GROUPS_ADMINISTRATOR];

/// Making, changing and deleting users.
pub(crate) const USER_WRITER: Need = Need::role(USER_WRITERS);
/// Changing a user: everybody may change their own.
pub(crate) const USER_WRITER_OR_SELF: Need = Need::role_or(USER_WRITERS, Standing::Myself);
/// Changing a group: its owner may.
pub(crate) const GROUP_WRITER_OR_OWNER: Need = Need::role_or(GROUP_WRITERS, Standing::Owner);
/// Inviting somebody as a member. Guests are invited by anybody, as a new tenant has it (reference, resource `invitation`; Entra,
/// "Configure external collaboration settings").
pub(crate) const COMPANY_ADMINISTRATOR: Need = Need::role(&[GLOBAL_ADMINISTRATOR]);
