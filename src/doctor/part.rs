//! The part of a tutorial that is played: nothing is asked for what no chosen step needs.

use std::collections::BTreeSet;

use super::calls::{CREATE_GROUP, CREATE_REVIEW, CREATE_USER, Call};
use super::needs::{Change, NeededActor, StepNeeds};
use super::{Examined, Needs};
use crate::recording::ADMINISTRATOR;

/// The part of a tutorial that is played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The steps that are played in the whole run, the clean-up among them.
    pub chosen: BTreeSet<u8>,
    /// Those of them that are still to come: all, unless an earlier process played some.
    pub to_come: BTreeSet<u8>,
}

impl Examined<'_> {
    /// The steps to come.
    pub(super) fn steps(&self) -> impl Iterator<Item = &'static StepNeeds> {
        self.needs.steps.iter().filter(|step| self.comes(step.number))
    }

    /// The numbers of the steps to come.
    pub(super) fn step_numbers(&self) -> impl Iterator<Item = u8> {
        self.steps().map(|step| step.number)
    }

    /// Those of the steps to come that need a licence for access reviews.
    pub(super) fn licensed_steps(&self) -> Vec<u8> {
        self.needs.licensed_steps().filter(|step| self.comes(*step)).collect()
    }

    /// Who calls at the steps to come, and the administrator, who cleans up.
    pub(super) fn actors(&self) -> impl Iterator<Item = &'static NeededActor> {
        let calls = |actor: &str| self.steps().any(|step| step.calls.iter().any(|call| call.actor == actor));
        self.needs.actors.iter().filter(move |actor| actor.name == ADMINISTRATOR || calls(actor.name))
    }

    /// What `actor` calls at a step.
    pub(super) fn calls_of<'a>(
        &'a self,
        step: &'static StepNeeds,
        actor: &'a str,
    ) -> impl Iterator<Item = &'static Call> + 'a {
        step.calls_of(actor, self.config).filter(move |call| self.is_made(step.number, call.path))
    }

    /// The steps to come at which `actor` calls.
    pub(super) fn steps_of(&self, actor: &str) -> Vec<u8> {
        self.steps().filter(|step| self.calls_of(step, actor).next().is_some()).map(|step| step.number).collect()
    }

    /// What the administrator changes at a step.
    pub(super) fn changes(&self, step: &'static StepNeeds) -> impl Iterator<Item = Change> {
        step.changes().into_iter().filter(move |change| self.is_made(step.number, creation(*change).path))
    }

    fn comes(&self, step: u8) -> bool {
        self.part.is_none_or(|part| part.to_come.contains(&step))
    }

    /// Whether a call is made at a step: the clean-up, which is the last one, does with each kind of object what is to be done
    /// only if a chosen step creates one.
    fn is_made(&self, step: u8, path: &str) -> bool {
        let Some(part) = self.part.filter(|_| Some(step) == last(self.needs)) else { return true };
        let collection = path.split("/{").next().unwrap_or(path);
        let mut chosen = self.needs.steps.iter().filter(|step| part.chosen.contains(&step.number));
        chosen.any(|step| step.calls.iter().any(|made| made.call.method == "POST" && made.call.path == collection))
    }
}

fn last(needs: &Needs) -> Option<u8> {
    needs.all_steps().last()
}

fn creation(change: Change) -> &'static Call {
    match change {
        Change::Users => &CREATE_USER,
        Change::Groups => &CREATE_GROUP,
        Change::Reviews => &CREATE_REVIEW,
    }
}
