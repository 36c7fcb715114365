//! The part of a tutorial that is to come: nothing is asked for what no step of it needs.

use graphwalk_recording::ADMINISTRATOR;

use super::Examined;
use super::needs::{NeededActor, StepNeeds};
use super::overlay::Licence;

impl<'a> Examined<'a> {
    /// The steps to come.
    pub(super) fn steps(&self) -> impl Iterator<Item = &'a StepNeeds> + use<'a> {
        let to_come = self.to_come;
        self.needs.steps.iter().filter(move |step| to_come.is_none_or(|to_come| to_come.contains(&step.number)))
    }

    /// The numbers of the steps to come.
    pub(super) fn step_numbers(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.steps().map(|step| step.number)
    }

    /// The licences that the steps to come need, each with these steps.
    pub(super) fn licences(&self) -> Vec<(&'static Licence, Vec<u8>)> {
        let mut licences: Vec<(&'static Licence, Vec<u8>)> = Vec::new();
        for step in self.steps() {
            for licence in step.licences() {
                match licences.iter_mut().find(|(known, _)| known.under == licence.under) {
                    Some((_, steps)) if steps.last() == Some(&step.number) => {}
                    Some((_, steps)) => steps.push(step.number),
                    None => licences.push((licence, vec![step.number])),
                }
            }
        }
        licences
    }

    /// Returns the actors of the steps to come, and the administrator, who cleans up.
    pub(super) fn actors(&self) -> impl Iterator<Item = &'a NeededActor> {
        let acts = |actor: &NeededActor| self.step_numbers().any(|step| actor.steps.contains(&step));
        self.needs.actors.iter().filter(move |actor| actor.name == ADMINISTRATOR || acts(actor))
    }

    /// The steps to come at which `actor` calls.
    pub(super) fn steps_of(&self, actor: &str) -> Vec<u8> {
        self.steps().filter(|step| step.calls_of(actor).next().is_some()).map(|step| step.number).collect()
    }
}
