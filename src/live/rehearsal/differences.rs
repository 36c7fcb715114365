//! What a real tenant would differ in, as far as a rehearsal shows it.

use std::collections::BTreeSet;

use graphwalk_recording::ADMINISTRATOR;

use crate::doctor::GrantKind;
use crate::in_words::{counted, rough_time};

use super::Rehearsal;
use crate::in_words::named_actor;

/// A difference between the emulated tenant and a real one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TenantDifference {
    /// One word for it.
    pub about: &'static str,
    /// The behaviour of a real tenant, and what happened here.
    pub text: String,
}

impl Rehearsal {
    /// The differences of a real tenant, for a run that was played.
    pub fn differences(&self) -> Vec<TenantDifference> {
        let mut all = Vec::new();
        let mut add = |about, text: String| all.push(TenantDifference { about, text });
        let done = self.person.done();
        let asked: Vec<&str> = done.signed_in.iter().map(|actor| named_actor(actor)).collect();
        if !asked.is_empty() {
            let text = format!(
                "a person signs in where the rehearsal did it ({}), and passes the second factor and the conditional access \
                 policies that apply: here there are none",
                asked.join(", ")
            );
            add("sign-in", text);
        } else {
            add(
                "sign-in",
                "a second factor or a conditional access policy can refuse a sign-in: here there are none".to_owned(),
            );
        }
        for replaced in &self.sign_ins.replaced {
            add("sign-in", replaced.clone());
        }
        add("consent", self.consent());
        let is_app = |actor: &str| self.sign_ins.played.get(actor).is_some_and(|played| played.sign_in.is_app());
        if let Some(role) = self.needs.least_role().filter(|_| !is_app(ADMINISTRATOR)) {
            add("role", format!("the administrator needs {role}: here a Global Administrator signs in"));
        }
        for (of, products) in self.needs.licences() {
            add("licence", format!("{of}: {} is needed, which the emulated tenant has", products.join(" or ")));
        }
        if !done.skipped.is_zero() {
            let waited = rough_time(jiff::SignedDuration::try_from(done.skipped).unwrap_or_default());
            add("time", format!("the run waits for about {waited}, which passed at once here"));
        }
        if self.was_in_portal {
            add("portal", "reviewers decide on the My Access page: here their requests were sent".to_owned());
        }
        for act in &done.acts {
            add("by hand", format!("a person does this first: {act}"));
        }
        let generic = self.emulator.generic_answers().count;
        if generic > 0 {
            let text = format!(
                "{} had no behaviour behind them: Graph may refuse what was kept here",
                counted(generic, "answer")
            );
            add("answers", text);
        }
        let text = "Graph throttles, fails now and then, and shows fresh writes late: here it did none of that; \
                    `graphwalk run --on emulator --fault-seed 7` does";
        add("faults", text.to_owned());
        all
    }

    /// The permissions that the app has to be granted.
    fn consent(&self) -> String {
        let (mut delegated, mut application) = (BTreeSet::new(), BTreeSet::new());
        for actor in &self.needs.actors {
            let played = self.sign_ins.played.get(&actor.name);
            if played.is_some_and(|played| played.sign_in.is_app()) {
                application.extend(self.needs.permissions_of(&actor.name, GrantKind::Application));
            } else {
                delegated.extend(self.needs.permissions_of(&actor.name, GrantKind::Delegated));
            }
        }
        let kinds = [("delegated", delegated), ("application", application)].into_iter();
        let kinds = kinds.filter(|(_, permissions)| !permissions.is_empty());
        let kinds: Vec<String> = kinds
            .map(|(kind, permissions)| format!("{kind} {}", permissions.into_iter().collect::<Vec<_>>().join(", ")))
            .collect();
        format!("the app has to be granted {}: here it was", kinds.join("; "))
    }

    /// Returns what the tenant holds now that it did not hold at the start, deleted items aside.
    pub fn left(&self) -> Vec<String> {
        let now = self.emulator.census();
        let grown = now.iter().filter(|(sort, number)| *sort != "deleted" && *number > self.at_start.count(sort));
        grown.map(|(sort, number)| format!("{} {sort}", number - self.at_start.count(sort))).collect()
    }
}
