//! The end of an instance: default decisions, and what becomes of denied access.

use std::collections::HashSet;

use jiff::Timestamp;
use uuid::Uuid;

use crate::areas::directory::Directory;

use super::settings::DefaultDecision;
use super::{ApplyResult, Decision, Instance, Item, Recommendation};

impl Instance {
    /// Records the default decision where nobody decided.
    pub(super) fn record_defaults(&mut self, now: Timestamp) {
        let Some(default) = self.settings.default_decision else { return };
        for item in self.items.iter_mut().filter(|item| item.decision == Decision::NotReviewed) {
            let decision = match (default, item.recommendation) {
                (DefaultDecision::Approve, _) | (DefaultDecision::Recommendation, Recommendation::Approve) => {
                    Decision::Approve
                }
                (DefaultDecision::Deny, _) | (DefaultDecision::Recommendation, Recommendation::Deny) => Decision::Deny,
                (DefaultDecision::None, _) | (DefaultDecision::Recommendation, Recommendation::NoInfoAvailable) => {
                    continue;
                }
            };
            item.decision = decision;
            item.reviewed = Some((None, now));
        }
    }

    /// Removes denied access, as far as Graph would, and says of every decision what became of it.
    ///
    /// Only direct memberships of a group that the tenant itself manages can be removed: who is a member through a nested
    /// group stays, and so does everybody in a dynamic, synchronised or mail-enabled group (Entra documentation,
    /// "Complete an access review"). Which `applyResult` belongs to which case is not documented; see `docs/emulator.md`.
    pub(super) fn apply_decisions(&mut self, now: Timestamp, directory: &mut Directory) {
        let found = directory.group(&self.scope.group.to_string());
        let managed = found.as_ref().map(|group| !(group.is_dynamic() || group.is_synced() || group.is_mail_managed()));
        let mut removed: HashSet<Uuid> = HashSet::new();
        for item in &mut self.items {
            let result = match (item.decision, &managed) {
                (Decision::NotReviewed | Decision::DontKnow, _) => continue,
                (Decision::Approve, _) => ApplyResult::AppliedSuccessfully,
                (Decision::Deny, Err(_)) => ApplyResult::AppliedSuccessfullyButObjectNotFound,
                (Decision::Deny, Ok(managed)) => denied(item, *managed, directory, self.scope.group),
            };
            if item.decision == Decision::Deny && result == ApplyResult::AppliedSuccessfully {
                removed.insert(item.principal.id);
            }
            item.applied = Some((result, now));
        }
        if let Ok(group) = directory.group_mut(&self.scope.group.to_string()) {
            group.members.retain(|member| !removed.contains(member));
        }
    }
}

fn denied(item: &Item, managed: bool, directory: &Directory, group: Uuid) -> ApplyResult {
    let direct = directory.groups().get(&group).is_some_and(|group| group.members.contains(&item.principal.id));
    match directory.object(item.principal.id) {
        None => ApplyResult::AppliedSuccessfullyButObjectNotFound,
        Some(_) if !managed => ApplyResult::ApplyNotSupported,
        Some(_) if direct => ApplyResult::AppliedSuccessfully,
        // A member through a nested group, which is not touched.
        Some(_) if is_member(directory, group, item.principal.id) => ApplyResult::ApplyNotSupported,
        Some(_) => ApplyResult::AppliedSuccessfullyButObjectNotFound,
    }
}

fn is_member(directory: &Directory, group: Uuid, member: Uuid) -> bool {
    directory.groups().get(&group).is_some_and(|group| directory.transitive_members(group).contains(&member))
}
