//! Directory roles: to whom they are assigned, and so what users may do.

use graphwalk_catalog::{EncodedGuids, roles};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::http::{Refusal, not_found};
use crate::routes::body::bad;

use super::{Directory, ObjectRef};

/// A directory role that a principal has in the whole tenant (`unifiedRoleAssignment`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RoleAssignment {
    /// The role's template id, which is the id of its definition, too.
    pub role: Uuid,
    /// The user or group that has it.
    pub principal: Uuid,
}

impl RoleAssignment {
    /// Its id: role and principal, as Graph encodes them for the scope of the tenant (the ids that the reference prints,
    /// e.g. in "Create unifiedRoleAssignment").
    pub fn id(self) -> String {
        EncodedGuids { guids: vec![self.role, self.principal], digit: '1' }.to_string()
    }

    /// The assignment as Graph shows it.
    pub fn to_json(self) -> Map<String, Value> {
        let mut shown = Map::with_capacity(6);
        shown.insert("id".to_owned(), json!(self.id()));
        shown.insert("principalId".to_owned(), json!(self.principal));
        shown.insert("directoryScopeId".to_owned(), json!("/"));
        shown.insert("roleDefinitionId".to_owned(), json!(self.role));
        shown
    }
}

impl Directory {
    /// The assignments of principals that are there, oldest first.
    pub fn role_assignments(&self) -> impl Iterator<Item = RoleAssignment> {
        self.role_assignments.iter().copied().filter(|assignment| self.object(assignment.principal).is_some())
    }

    /// The assignment of an id.
    ///
    /// # Errors
    ///
    /// 404 `Request_ResourceNotFound`.
    pub fn role_assignment(&self, id: &str) -> Result<RoleAssignment, Refusal> {
        let found = self.role_assignments().find(|assignment| assignment.id() == id);
        found.ok_or_else(|| not_found(id))
    }

    /// The roles that a user has: those assigned to the user, and to groups that the user is a direct member of. Groups that
    /// roles can be assigned to have no groups among their members (Entra, "Use Microsoft Entra groups to manage role
    /// assignments").
    pub fn roles_of(&self, user: Uuid) -> Vec<Uuid> {
        let has = |principal: &Uuid| {
            *principal == user || self.groups.get(principal).is_some_and(|group| group.members.contains(&user))
        };
        let mut roles: Vec<Uuid> = Vec::new();
        for assignment in self.role_assignments.iter().filter(|assignment| has(&assignment.principal)) {
            if !roles.contains(&assignment.role) {
                roles.push(assignment.role);
            }
        }
        roles
    }

    /// Assigns a role to a user, or to a group that is made for it.
    ///
    /// # Errors
    ///
    /// 404 if there is no such principal or role, 400 if roles cannot be assigned to it, or it has this one.
    pub fn assign_role(&mut self, role: Uuid, principal: Uuid) -> Result<RoleAssignment, Refusal> {
        if roles::name_of(role).is_none() {
            return Err(not_found(&role.to_string()));
        }
        match self.object(principal) {
            Some(ObjectRef::Group(group)) if !group.is_assignable_to_role() => {
                let message = "Roles can only be assigned to a group whose isAssignableToRole is true.";
                return Err(bad(message));
            }
            Some(ObjectRef::User(_) | ObjectRef::Group(_)) => {}
            None => return Err(not_found(&principal.to_string())),
        }
        let assignment = RoleAssignment { role, principal };
        if self.grant_role(assignment) {
            return Ok(assignment);
        }
        let message =
            "A conflicting object with one or more of the specified property values is present in the directory.";
        Err(bad(message))
    }

    /// Adds an assignment whatever it is; returns whether it is new.
    pub(crate) fn grant_role(&mut self, assignment: RoleAssignment) -> bool {
        self.role_assignments.insert(assignment)
    }

    /// Gives a principal these roles, and no others, whatever they are.
    pub(crate) fn replace_roles(&mut self, principal: Uuid, roles: Vec<Uuid>) {
        self.role_assignments.retain(|assignment| assignment.principal != principal);
        self.role_assignments.extend(roles.into_iter().map(|role| RoleAssignment { role, principal }));
    }

    /// Takes a role away from a principal; returns whether it had it.
    pub fn withdraw_role(&mut self, assignment: RoleAssignment) -> bool {
        self.role_assignments.shift_remove(&assignment)
    }

    /// Drops the assignments of what is gone for good.
    pub(super) fn forget_roles(&mut self) {
        let (users, groups, deleted) = (&self.users, &self.groups, &self.deleted);
        let there = |id: &Uuid| users.contains_key(id) || groups.contains_key(id) || deleted.contains_key(id);
        self.role_assignments.retain(|assignment| there(&assignment.principal));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_has_the_id_that_graph_gives_it() {
        // Printed in the reference, "List unifiedRoleAssignments", example 2.
        let principal = "f1847572-48aa-47aa-96a3-2ec61904f41f".parse().unwrap();
        for (role, id) in [
            (roles::GLOBAL_ADMINISTRATOR, "lAPpYvVpN0KRkAEhdxReEHJ1hPGqSKpHlqMuxhkE9B8-1"),
            (roles::GLOBAL_READER, "LJnv8vs6uUa3z6Em7nTEUXJ1hPGqSKpHlqMuxhkE9B8-1"),
        ] {
            assert_eq!(RoleAssignment { role, principal }.id(), id);
        }
    }
}
