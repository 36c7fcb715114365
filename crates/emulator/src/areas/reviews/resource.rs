//! What access is reviewed to: who has it, who owns it, how it is shown, how it is taken away.

use std::collections::HashSet;
use std::sync::Arc;

use graphwalk_catalog::roles;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::areas::directory::group::Group;
use crate::areas::directory::{Directory, MembershipActor, MembershipChange, RoleAssignment};
use crate::odata::GRAPH;

use super::ApplyResult;

/// Something that principals have access to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewedResource {
    /// A group, whose members have access.
    Group(Uuid),
    /// A directory role, which users and groups have.
    Role(Uuid),
}

impl ReviewedResource {
    /// Its id.
    pub fn id(self) -> Uuid {
        match self {
            Self::Group(id) | Self::Role(id) => id,
        }
    }

    /// Returns its name; nothing if it does not exist.
    pub fn name(self, directory: &Directory) -> Option<Arc<str>> {
        match self {
            Self::Group(id) => directory.groups().get(&id).map(|group| group.name().into()),
            Self::Role(id) => roles::name_of(id).map(Arc::from),
        }
    }

    /// The principals that have access, each once; of a group also through nested groups if `transitive`.
    pub(super) fn holders(self, directory: &Directory, transitive: bool) -> Vec<Uuid> {
        match self {
            Self::Group(id) => match directory.groups().get(&id) {
                Some(group) if transitive => directory.transitive_members(group),
                Some(group) => group.members.iter().copied().collect(),
                None => Vec::new(),
            },
            Self::Role(id) => {
                let assigned = directory.role_assignments().filter(|assignment| assignment.role == id);
                assigned.map(|assignment| assignment.principal).collect()
            }
        }
    }

    /// Returns its owners; nobody owns a role.
    pub(super) fn owners(self, directory: &Directory) -> Vec<Uuid> {
        match self {
            Self::Group(id) => {
                directory.groups().get(&id).into_iter().flat_map(|group| group.owners.iter().copied()).collect()
            }
            Self::Role(_) => Vec::new(),
        }
    }

    /// `resourceLink`
    pub(super) fn link(self) -> String {
        match self {
            Self::Group(id) => format!("{GRAPH}/v1.0/groups/{id}"),
            // The roles tutorial prints beta.
            Self::Role(id) => format!("{GRAPH}/beta/roleManagement/directory/roleDefinitions/{id}"),
        }
    }

    /// `resource` of a decision, called as it was when the review began.
    pub(super) fn to_json(self, name: &str) -> Value {
        match self {
            Self::Group(id) => json!({"id": id, "displayName": name, "type": "group"}),
            Self::Role(id) => json!({"id": id, "displayName": name, "type": "directoryRole"}),
        }
    }

    /// Returns whether the service marks the decision to keep an access as applied, too: to a group it does (assumption),
    /// of a role the roles tutorial prints an approval that stays `New`.
    pub(super) fn marks_kept(self) -> bool {
        matches!(self, Self::Group(_))
    }

    /// Says what becomes of the denied access of a principal.
    ///
    /// Only direct memberships of a group that the tenant itself manages can be removed: who is a member through a nested
    /// group stays, and so does everybody in a dynamic, synchronised or mail-enabled group (Entra documentation,
    /// "Complete an access review"). Which `applyResult` belongs to which case is not documented; see `docs/emulator.md`.
    pub(super) fn denial(self, principal: Uuid, directory: &Directory) -> ApplyResult {
        if directory.object(principal).is_none() {
            return ApplyResult::AppliedSuccessfullyButObjectNotFound;
        }
        match self {
            Self::Group(id) => match directory.groups().get(&id) {
                None => ApplyResult::AppliedSuccessfullyButObjectNotFound,
                Some(group) => denial_in(group, principal, directory),
            },
            Self::Role(id) => {
                match directory.role_assignments().any(|held| held == RoleAssignment { role: id, principal }) {
                    true => ApplyResult::AppliedSuccessfully,
                    false => ApplyResult::AppliedSuccessfullyButObjectNotFound,
                }
            }
        }
    }

    /// Takes the access of these principals away.
    pub(super) fn withdraw(self, principals: &HashSet<Uuid>, now: Timestamp, directory: &mut Directory) {
        let (group, is_role) = match self {
            Self::Group(id) => (id, false),
            Self::Role(id) => (id, true),
        };
        let mut sorted: Vec<Uuid> = principals.iter().copied().collect();
        sorted.sort_unstable();
        for principal in sorted {
            if is_role && !directory.withdraw_role(RoleAssignment { role: group, principal }) {
                continue;
            }
            let by = MembershipActor::AccessReviews;
            directory.note_membership(MembershipChange { at: now, group, is_role, principal, added: false, by });
        }
        if let Self::Group(id) = self
            && let Ok(group) = directory.group_mut(&id.to_string())
        {
            group.members.retain(|member| !principals.contains(member));
        }
    }
}

fn denial_in(group: &Group, principal: Uuid, directory: &Directory) -> ApplyResult {
    let managed = !(group.is_dynamic() || group.is_synced() || group.is_mail_managed());
    if !managed {
        return ApplyResult::ApplyNotSupported;
    }
    if group.members.contains(&principal) {
        return ApplyResult::AppliedSuccessfully;
    }
    // A member through a nested group, which is not touched.
    if directory.transitive_members(group).contains(&principal) {
        return ApplyResult::ApplyNotSupported;
    }
    ApplyResult::AppliedSuccessfullyButObjectNotFound
}
