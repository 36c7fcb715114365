//! The end of an instance: default decisions, and what becomes of denied access.

use std::collections::HashSet;

use jiff::Timestamp;
use uuid::Uuid;

use crate::areas::directory::Directory;

use super::settings::DefaultDecision;
use super::{ApplyResult, Decision, Instance, Recommendation};

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
            item.reviewed = Some((None, Some(now)));
        }
    }

    /// Removes denied access, as far as Graph would, and says of every decision what became of it.
    pub(super) fn apply_decisions(&mut self, now: Timestamp, directory: &mut Directory) {
        let resource = self.resource;
        let mut removed: HashSet<Uuid> = HashSet::new();
        for item in &mut self.items {
            let result = match item.decision {
                Decision::NotReviewed | Decision::DontKnow => continue,
                Decision::Approve if resource.marks_kept() => ApplyResult::AppliedSuccessfully,
                Decision::Approve => continue,
                Decision::Deny => resource.denial(item.principal.id, directory),
            };
            if item.decision == Decision::Deny && result == ApplyResult::AppliedSuccessfully {
                removed.insert(item.principal.id);
            }
            item.applied = Some((result, now));
        }
        resource.withdraw(&removed, now, directory);
    }
}
