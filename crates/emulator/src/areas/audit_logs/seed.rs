//! What a seed says about the log: memberships that changed before the tenant begins.

use std::sync::Arc;

use graphwalk_catalog::roles;
use graphwalk_schema::Schemas;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::areas::Plant;
use crate::areas::directory::{Directory, MembershipActor, MembershipChange};
use crate::seed::{SeedDocument, SeedError, invalid};
use crate::tenant::Tenant;

/// The sections of the log.
pub(super) const SECTIONS: &[&str] = &["membershipChanges"];

/// Reads the sections.
pub(super) fn read(document: &SeedDocument<'_>) -> Result<Option<Arc<dyn Plant>>, SeedError> {
    Ok(Some(Arc::new(document.read::<LogSeed>()?)))
}

#[derive(Clone, Deserialize)]
struct LogSeed {
    #[serde(default, rename = "membershipChanges")]
    changes: Vec<SeedChange>,
}

/// Names are ids, principal names, or of groups display names.
#[derive(Clone, Deserialize)]
#[serde(expecting = "a change, a map of properties", deny_unknown_fields)]
struct SeedChange {
    at: Timestamp,
    added: Option<String>,
    removed: Option<String>,
    group: Option<String>,
    /// A directory role, by its name or its id, in place of a group.
    role: Option<String>,
    /// The person who did it; access reviews if nobody is named.
    by: Option<String>,
}

impl Plant for LogSeed {
    fn plant(&self, tenant: &mut Tenant, _: &Schemas, _: Timestamp) -> Result<(), SeedError> {
        for (index, change) in self.changes.iter().enumerate() {
            let pointer = format!("/membershipChanges/{index}");
            let directory: &Directory = tenant.states.get();
            let find = |name: &str, part: &str| {
                let id = id_of(directory, name);
                id.ok_or_else(|| invalid(format!("{pointer}/{part}"), format!("there is no user or group '{name}'")))
            };
            let (principal, added) = match (&change.added, &change.removed) {
                (Some(name), None) => (find(name, "added")?, true),
                (None, Some(name)) => (find(name, "removed")?, false),
                _ => return Err(invalid(pointer, "expected either `added` or `removed`")),
            };
            let (group, is_role) = match (&change.group, &change.role) {
                (Some(name), None) => (find(name, "group")?, false),
                (None, Some(name)) => {
                    let role = name.parse().ok().or_else(|| roles::id_of(name));
                    (
                        role.ok_or_else(|| invalid(format!("{pointer}/role"), format!("there is no role '{name}'")))?,
                        true,
                    )
                }
                _ => return Err(invalid(pointer, "expected either `group` or `role`")),
            };
            let by = change.by.as_deref().map(|name| find(name, "by").map(MembershipActor::User)).transpose()?;
            let by = by.unwrap_or(MembershipActor::AccessReviews);
            let noted = MembershipChange { at: change.at, group, is_role, principal, added, by };
            tenant.states.get_mut::<Directory>().note_membership(noted);
        }
        Ok(())
    }
}

/// The id of a user or group; a GUID is taken as it is, since who was taken out may be gone.
fn id_of(directory: &Directory, name: &str) -> Option<Uuid> {
    let by_name = || directory.groups().values().find(|group| group.name() == name).map(|group| group.id);
    name.parse().ok().or_else(|| directory.user(name).ok().map(|user| user.id)).or_else(by_name)
}
