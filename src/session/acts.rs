//! What a person does where no request can: in a portal, on a telephone.

use serde::{Deserialize, Serialize};

use crate::backend::ActResult;

use super::{Block, Failure, Raised, ScriptEvent, Session, StepPlace};

/// An act of a person that is taken for done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonalAct {
    /// The step that asks for it.
    pub place: StepPlace,
    /// The act, in the feature's words.
    pub act: String,
    /// Whether there is only somebody's word for it: a recording, or a person, says so, and nothing here did it.
    pub is_told: bool,
}

impl Session {
    /// Asks for something that a person does elsewhere, and goes on when it is done.
    ///
    /// On a tenant a person is asked, and waited for as long as that takes; the run may be left meanwhile. In a recording it
    /// was done when it was recorded. On the emulator an area does it, if it knows how.
    ///
    /// # Errors
    ///
    /// Unwinds as blocked if it cannot be done here; as a failure if it cannot be kept that the session waits.
    pub async fn person_acts(&mut self, act: &str) -> Result<(), Raised> {
        self.script.note(ScriptEvent::AsksPerson(act.to_owned()));
        let place = self.place.clone();
        self.may_leave_to_a_person(act)?;
        self.doing.waits_for(format!("a person to do: {act}"));
        let done = self.deadline.without(self.backend.person_acts(act)).await;
        self.doing.no_longer_waits();
        let is_told = match done {
            ActResult::Waits(reason) => return Err(Block(reason).into()),
            ActResult::Done => false,
            ActResult::Told => true,
            ActResult::NotPossible(why) => {
                self.waits_for_act = None;
                return Err(Block(format!("a person has to do this, and {why}: {act}")).into());
            }
        };
        self.waits_for_act = None;
        // What a person did elsewhere is a change like any other: reads may lag behind it.
        let now = self.backend.clock().monotonic_now();
        self.layers.settle_mut().fresh.changed(now);
        let act = PersonalAct { place, act: act.to_owned(), is_told };
        if !self.seen.acts.contains(&act) {
            self.seen.acts.push(act);
        }
        Ok(())
    }

    /// Returns the act that a person is waited for to do, if the session may be left meanwhile.
    pub(crate) fn waits_for_act(&self) -> Option<&str> {
        self.waits_for_act.as_deref()
    }

    fn may_leave_to_a_person(&mut self, act: &str) -> Result<(), Failure> {
        if !self.has_journal() {
            return Ok(());
        }
        if let Some(keep) = &self.before_long_wait {
            let wait = super::LongWait { until: None, left: None, act: Some(act.to_owned()) };
            keep(&wait).map_err(|reason| Failure::new("state", reason))?;
        }
        self.waits_for_act = Some(act.to_owned());
        Ok(())
    }
}
