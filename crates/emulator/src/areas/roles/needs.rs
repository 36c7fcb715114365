//! What a user needs beside the permission to read and assign directory roles.

use uuid::Uuid;

use crate::authority::Need;
use crate::authority::roles::{
    GLOBAL_ADMINISTRATOR, GLOBAL_READER, IDENTITY_GOVERNANCE_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR,
    SECURITY_ADMINISTRATOR, SECURITY_READER, USER_ADMINISTRATOR,
};

/// Roles that may assign roles ("Create unifiedRoleAssignment", permissions: Privileged Role Administrator).
const ASSIGNERS: &[Uuid] = &[GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR];
/// Roles that may read who has roles ("List unifiedRoleAssignments", permissions: Directory Readers, Global Reader, Privileged
/// Role Administrator; administrators may read what Directory Readers may).
const READERS: &[Uuid] = &[
    GLOBAL_ADMINISTRATOR,
    PRIVILEGED_ROLE_ADMINISTRATOR,
    GLOBAL_READER,
    USER_ADMINISTRATOR,
    IDENTITY_GOVERNANCE_ADMINISTRATOR,
    SECURITY_ADMINISTRATOR,
    SECURITY_READER,
];

/// Assigning roles, and taking them away.
pub(crate) const ROLE_ASSIGNER: Need = Need::role(ASSIGNERS);
/// Reading definitions and assignments.
pub(crate) const ROLE_READER: Need = Need::role(READERS);
