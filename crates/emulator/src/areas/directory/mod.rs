//! The directory: users, groups, who owns and who is a member of what, and what was deleted.

mod accounts;
mod area;
mod create;
mod delta;
pub mod group;
mod guest;
mod kinds;
mod membership_rule;
pub(crate) mod needs;
mod reference;
mod role_assignments;
mod routes;
mod seed;
mod sources;
pub mod user;

use std::collections::{HashMap, HashSet};

use indexmap::{IndexMap, IndexSet};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::caller::Caller;
use crate::http::{Refusal, invalid_id, not_found};
use crate::odata::moment;

pub(crate) use area::DirectoryArea;
pub use create::{DirectoryCreation, Role};
use group::Group;
pub(crate) use reference::unsupported_reference;
pub use role_assignments::RoleAssignment;
pub(crate) use routes::denied_me;
use user::User;

/// The time during which something deleted can be restored (Graph reference, "Delete user", "Delete group").
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// All objects of the directory.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    users: IndexMap<Uuid, User>,
    groups: IndexMap<Uuid, Group>,
    deleted: IndexMap<Uuid, Deleted>,
    /// The users' ids by their principal names in lower case.
    principal_names: HashMap<String, Uuid>,
    /// The role assignments, also of those who were deleted and can be restored; oldest first.
    role_assignments: IndexSet<RoleAssignment>,
    /// Objects that the replica at work does not know yet.
    unreplicated: HashSet<Uuid>,
    /// The members that were added to groups and taken out of them, oldest first.
    membership_changes: Vec<MembershipChange>,
    /// The rounds of delta that clients can go on with.
    delta: delta::DeltaRounds,
}

/// Somebody was added to a group, or taken out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MembershipChange {
    /// The time of the change.
    pub at: Timestamp,
    /// The group, or the role.
    pub group: Uuid,
    /// Whether it is a role.
    pub is_role: bool,
    /// The user or group that was added or taken out.
    pub principal: Uuid,
    /// Whether it was added.
    pub added: bool,
    /// The one who did it.
    pub by: MembershipActor,
}

/// A user, an app or a service that adds members to groups and takes them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipActor {
    /// A user.
    User(Uuid),
    /// An app.
    App {
        /// Its client id.
        client: Uuid,
        /// The id of its service principal.
        principal: Uuid,
    },
    /// Access reviews, which apply decisions.
    AccessReviews,
    /// The rule of a group with dynamic membership.
    MembershipRule,
}

impl MembershipActor {
    /// Returns the user or the app that calls.
    pub fn calling(caller: &Caller) -> Self {
        if caller.is_app() {
            return Self::App { client: caller.app, principal: caller.object };
        }
        Self::User(caller.object)
    }
}

/// An object that was deleted and can be restored.
#[derive(Clone, Debug)]
pub struct Deleted {
    /// The object as it was.
    pub object: Object,
    /// The time of the deletion.
    pub at: Timestamp,
    /// The groups that it was a member of.
    member_of: Vec<Uuid>,
    /// The groups that it owned.
    owner_of: Vec<Uuid>,
}

/// A directory object.
#[derive(Clone, Debug)]
pub enum Object {
    /// A user.
    User(User),
    /// A group.
    Group(Group),
}

/// A reference to a directory object.
#[derive(Clone, Copy, Debug)]
pub enum ObjectRef<'a> {
    /// A user.
    User(&'a User),
    /// A group.
    Group(&'a Group),
}

impl ObjectRef<'_> {
    /// The name of its type in the namespace `microsoft.graph`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Group(_) => "group",
        }
    }

    /// Its id.
    pub fn id(&self) -> Uuid {
        match self {
            Self::User(user) => user.id,
            Self::Group(group) => group.id,
        }
    }

    /// The object with its `@odata.type`, as lists of directory objects have it.
    pub fn to_json(self, whole: bool) -> Map<String, Value> {
        let mut shown = Map::with_capacity(40);
        shown.insert("@odata.type".to_owned(), json!(format!("#microsoft.graph.{}", self.kind())));
        shown.extend(match (self, whole) {
            (Self::User(user), false) => user.to_json(),
            (Self::User(user), true) => user.whole(),
            (Self::Group(group), false) => group.to_json(),
            (Self::Group(group), true) => group.whole(),
        });
        shown
    }
}

impl Deleted {
    /// Returns the time when it is removed for good.
    fn expiry(&self) -> Timestamp {
        self.at.checked_add(KEPT).unwrap_or(Timestamp::MAX)
    }

    /// The object as `directory/deletedItems` has it.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut shown = match &self.object {
            Object::User(user) => ObjectRef::User(user).to_json(false),
            Object::Group(group) => ObjectRef::Group(group).to_json(false),
        };
        shown.insert("deletedDateTime".to_owned(), moment(self.at));
        shown
    }
}

impl Directory {
    /// All users, oldest first.
    pub fn users(&self) -> &IndexMap<Uuid, User> {
        &self.users
    }

    /// All groups, oldest first.
    pub fn groups(&self) -> &IndexMap<Uuid, Group> {
        &self.groups
    }

    /// Returns what was deleted and can be restored, oldest first.
    pub fn deleted(&self) -> &IndexMap<Uuid, Deleted> {
        &self.deleted
    }

    /// The user of an id or principal name.
    ///
    /// # Errors
    ///
    /// 404 `Request_ResourceNotFound`.
    pub fn user(&self, key: &str) -> Result<&User, Refusal> {
        self.user_id(key).and_then(|id| self.users.get(&id)).ok_or_else(|| not_found(key))
    }

    /// The same, to be changed.
    ///
    /// # Errors
    ///
    /// 404 `Request_ResourceNotFound`.
    pub fn user_mut(&mut self, key: &str) -> Result<&mut User, Refusal> {
        self.user_id(key).and_then(|id| self.users.get_mut(&id)).ok_or_else(|| not_found(key))
    }

    /// The group of an id.
    ///
    /// # Errors
    ///
    /// 404 `Request_ResourceNotFound`.
    pub fn group(&self, key: &str) -> Result<&Group, Refusal> {
        let id: Uuid = key.parse().map_err(|_| invalid_id(key))?;
        self.groups.get(&id).ok_or_else(|| not_found(key))
    }

    /// The same, to be changed.
    ///
    /// # Errors
    ///
    /// 404 `Request_ResourceNotFound`.
    pub fn group_mut(&mut self, key: &str) -> Result<&mut Group, Refusal> {
        let id: Uuid = key.parse().map_err(|_| invalid_id(key))?;
        self.groups.get_mut(&id).ok_or_else(|| not_found(key))
    }

    /// The user or group of an id.
    pub fn object(&self, id: Uuid) -> Option<ObjectRef<'_>> {
        let user = self.users.get(&id).map(ObjectRef::User);
        user.or_else(|| self.groups.get(&id).map(ObjectRef::Group))
    }

    /// Adds a user whose id and principal name are free.
    pub fn add_user(&mut self, user: User) {
        self.principal_names.insert(user.principal_name().to_lowercase(), user.id);
        self.users.insert(user.id, user);
    }

    /// Adds a group whose id is free.
    pub fn add_group(&mut self, group: Group) {
        self.groups.insert(group.id, group);
    }

    /// Returns whether a principal name is taken.
    pub fn has_principal_name(&self, name: &str) -> bool {
        self.principal_names.contains_key(&name.to_lowercase())
    }

    /// Changes a user's principal name along with the index of them.
    pub fn rename(&mut self, id: Uuid, name: &str) {
        if let Some(user) = self.users.get_mut(&id) {
            self.principal_names.remove(&user.principal_name().to_lowercase());
            self.principal_names.insert(name.to_lowercase(), id);
            user.properties.insert("userPrincipalName".to_owned(), Value::from(name));
        }
    }

    /// The users and groups that are members directly or through nested groups, each once, direct ones first. Circles of
    /// groups end where they close.
    pub fn transitive_members(&self, group: &Group) -> Vec<Uuid> {
        let mut seen: HashSet<Uuid> = HashSet::with_capacity(group.members.len() + 1);
        seen.insert(group.id);
        let mut found: Vec<Uuid> = Vec::with_capacity(group.members.len());
        let mut next = 0;
        let mut level: &Group = group;
        loop {
            found.extend(level.members.iter().copied().filter(|member| seen.insert(*member)));
            let nested = found[next..].iter().position(|id| self.groups.contains_key(id));
            let Some(offset) = nested else { return found };
            level = &self.groups[&found[next + offset]];
            next += offset + 1;
        }
    }

    /// The groups that an object is a direct member of.
    pub fn member_of(&self, id: Uuid) -> Vec<Uuid> {
        self.groups.values().filter(|group| group.members.contains(&id)).map(|group| group.id).collect()
    }

    /// The groups that a user owns.
    pub fn owned_by(&self, id: Uuid) -> Vec<Uuid> {
        self.groups.values().filter(|group| group.owners.contains(&id)).map(|group| group.id).collect()
    }

    /// The groups that an object is a member of directly or through others, each once, direct ones first.
    pub fn transitive_member_of(&self, id: Uuid) -> Vec<Uuid> {
        let mut found = self.member_of(id);
        let mut seen: HashSet<Uuid> = found.iter().copied().chain([id]).collect();
        let mut next = 0;
        while let Some(group) = found.get(next) {
            let above = self.member_of(*group);
            found.extend(above.into_iter().filter(|group| seen.insert(*group)));
            next += 1;
        }
        found
    }

    /// Deletes a user, who can be restored for 30 days.
    ///
    /// # Errors
    ///
    /// 404 `Request_ResourceNotFound`.
    pub fn delete_user(&mut self, key: &str, now: Timestamp) -> Result<(), Refusal> {
        let id = self.user(key)?.id;
        if let Some(user) = self.users.shift_remove(&id) {
            self.principal_names.remove(&user.principal_name().to_lowercase());
            self.bury(id, Object::User(user), now);
        }
        Ok(())
    }

    /// Deletes a group, which can be restored for 30 days.
    ///
    /// # Errors
    ///
    /// 404 `Request_ResourceNotFound`.
    pub fn delete_group(&mut self, key: &str, now: Timestamp) -> Result<(), Refusal> {
        let id = self.group(key)?.id;
        if let Some(group) = self.groups.shift_remove(&id) {
            self.bury(id, Object::Group(group), now);
        }
        Ok(())
    }

    /// Restores something deleted, with its memberships.
    ///
    /// # Errors
    ///
    /// 404 if it is not among what was deleted, 400 if its principal name was taken in between.
    pub fn restore(&mut self, key: &str) -> Result<Uuid, Refusal> {
        let id = self.deleted_id(key)?;
        if let Object::User(user) = &self.deleted[&id].object
            && self.has_principal_name(user.principal_name())
        {
            return Err(create::conflict("userPrincipalName"));
        }
        let Some(Deleted { object, member_of, owner_of, .. }) = self.deleted.shift_remove(&id) else {
            return Err(not_found(key));
        };
        match object {
            Object::User(user) => self.add_user(user),
            Object::Group(group) => self.restore_group(group),
        }
        for group in member_of {
            if let Some(group) = self.group_or_deleted(group) {
                group.members.insert(id);
            }
        }
        for group in owner_of {
            if let Some(group) = self.group_or_deleted(group) {
                group.owners.insert(id);
            }
        }
        Ok(id)
    }

    /// Adds a group whose members may have been deleted after it: those come back to it when they are restored.
    fn restore_group(&mut self, mut group: Group) {
        let (users, groups, deleted) = (&self.users, &self.groups, &mut self.deleted);
        let there = |id: &Uuid| *id == group.id || users.contains_key(id) || groups.contains_key(id);
        for id in group.members.iter().filter(|id| !there(id)) {
            if let Some(deleted) = deleted.get_mut(id) {
                deleted.member_of.push(group.id);
            }
        }
        for id in group.owners.iter().filter(|id| !there(id)) {
            if let Some(deleted) = deleted.get_mut(id) {
                deleted.owner_of.push(group.id);
            }
        }
        let (members, owners) = (group.members.iter().copied(), group.owners.iter().copied());
        (group.members, group.owners) = (members.filter(there).collect(), owners.filter(there).collect());
        self.add_group(group);
    }

    /// A group, also one that was deleted and can be restored.
    fn group_or_deleted(&mut self, id: Uuid) -> Option<&mut Group> {
        if self.groups.contains_key(&id) {
            return self.groups.get_mut(&id);
        }
        match self.deleted.get_mut(&id).map(|deleted| &mut deleted.object) {
            Some(Object::Group(group)) => Some(group),
            Some(Object::User(_)) | None => None,
        }
    }

    /// Removes something deleted for good.
    ///
    /// # Errors
    ///
    /// 404 if it is not among what was deleted.
    pub fn purge(&mut self, key: &str) -> Result<(), Refusal> {
        let id = self.deleted_id(key)?;
        self.deleted.shift_remove(&id);
        self.forget_roles();
        Ok(())
    }

    /// Returns something deleted, of any type or of one: `user`, `group`.
    ///
    /// # Errors
    ///
    /// 404 if it is not among what was deleted.
    pub fn deleted_item(&self, key: &str) -> Result<&Deleted, Refusal> {
        let id = self.deleted_id(key)?;
        self.deleted.get(&id).ok_or_else(|| not_found(key))
    }

    /// Removes for good what was deleted 30 days ago.
    pub fn expire(&mut self, now: Timestamp) {
        if self.next_expiry().is_some_and(|due| due <= now) {
            self.deleted.retain(|_, deleted| deleted.expiry() > now);
            self.forget_roles();
        }
    }

    /// Returns the time when the next deleted object is removed for good.
    pub fn next_expiry(&self) -> Option<Timestamp> {
        self.deleted.values().map(Deleted::expiry).min()
    }

    /// Says that the replica which does the next write knows nothing that was created after `moment`; `None` lets it know
    /// everything again. References to what it does not know are refused.
    pub fn lag_behind(&mut self, moment: Option<Timestamp>) {
        self.unreplicated.clear();
        let Some(moment) = moment else { return };
        let young = |properties: &Map<String, Value>| {
            let created = properties.get("createdDateTime").and_then(Value::as_str);
            created.and_then(|text| text.parse::<Timestamp>().ok()).is_some_and(|created| created > moment)
        };
        let users = self.users.values().filter(|user| young(&user.properties)).map(|user| user.id);
        let groups = self.groups.values().filter(|group| young(&group.properties)).map(|group| group.id);
        self.unreplicated.extend(users.chain(groups));
    }

    /// Returns whether the replica at work knows an object.
    pub fn is_replicated(&self, id: Uuid) -> bool {
        !self.unreplicated.contains(&id)
    }

    /// Notes that somebody was added to a group, or taken out of it.
    pub fn note_membership(&mut self, change: MembershipChange) {
        self.membership_changes.push(change);
    }

    /// Returns the members that were added to groups and taken out of them, oldest first.
    pub fn membership_changes(&self) -> &[MembershipChange] {
        &self.membership_changes
    }

    fn user_id(&self, key: &str) -> Option<Uuid> {
        key.parse().ok().or_else(|| self.principal_names.get(&key.to_lowercase()).copied())
    }

    fn deleted_id(&self, key: &str) -> Result<Uuid, Refusal> {
        let id: Uuid = key.parse().map_err(|_| invalid_id(key))?;
        Some(id).filter(|id| self.deleted.contains_key(id)).ok_or_else(|| not_found(key))
    }

    fn bury(&mut self, id: Uuid, object: Object, now: Timestamp) {
        let (mut member_of, mut owner_of) = (Vec::new(), Vec::new());
        for group in self.groups.values_mut() {
            if group.members.shift_remove(&id) {
                member_of.push(group.id);
            }
            if group.owners.shift_remove(&id) {
                owner_of.push(group.id);
            }
        }
        self.deleted.insert(id, Deleted { object, at: now, member_of, owner_of });
    }
}

#[cfg(test)]
mod tests;
