//! What a tutorial needs of a tenant, in short: permissions, a role, licences.

use std::collections::{BTreeMap, BTreeSet};

use super::grants::{GrantKind, least};
use super::needs::{Needs, StepCall};
use super::overlay::RestrictedType;
use super::roles;

impl Needs {
    /// The least permissions that an actor needs, of a user's token or of an app's. Reads that are made only after a lost answer
    /// are left out.
    pub(crate) fn permissions_of(&self, actor: &str, kind: GrantKind) -> BTreeSet<&'static str> {
        let calls = self.steps.iter().flat_map(|step| step.calls_of(actor)).filter(|made| !made.after_loss);
        let calls: Vec<&StepCall> = calls.collect();
        least(&calls, kind).into_iter().map(|(permission, _)| permission).collect()
    }

    /// The least directory role with which the administrator can make all changes, if one is needed.
    pub(crate) fn least_role(&self) -> Option<String> {
        let changes: Vec<&RestrictedType> = self.steps.iter().flat_map(|step| step.changes()).collect();
        (!changes.is_empty()).then(|| roles::least(&changes))
    }

    /// The products of which one is needed, by what is licensed.
    pub(crate) fn licences(&self) -> BTreeMap<&'static str, Vec<&'static str>> {
        let licences = self.steps.iter().flat_map(|step| step.licences());
        licences.map(|licence| (&*licence.of, licence.plans.iter().map(|plan| &*plan.name).collect())).collect()
    }
}
