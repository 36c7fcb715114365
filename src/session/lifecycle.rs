//! The states that something goes through, and the transitions that are allowed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Reading;

/// The life of one kind of thing: its states, and which may follow which. Steps know the lifecycles; the session only
/// holds what it reads against one.
///
/// A reader may miss any number of states, so every state may be followed by each that stands after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// The states as Graph writes them, each before those that it leads to.
    pub states: &'static [&'static str],
    /// Transitions that go back in that order and are allowed all the same: from, to.
    pub also: &'static [(&'static str, &'static str)],
    /// The property that has the state, e.g. `status`.
    pub property: &'static str,
    /// The code of the failure when a transition is not allowed.
    pub code: &'static str,
    /// The advice about the order of the states.
    pub help: &'static str,
}

/// A state that cannot follow the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IllegalTransition {
    /// The last state seen before.
    pub from: String,
    /// The state that came.
    pub to: String,
}

/// The states that were seen, each once, in the order in which they were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timeline {
    seen: Vec<SeenState>,
}

/// A state, and the answer that showed it first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenState {
    /// The state as Graph writes it.
    pub state: String,
    /// The answer in which it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reading: Option<Reading>,
}

impl Lifecycle {
    /// Returns whether it has a state of this name.
    pub fn knows(&self, state: &str) -> bool {
        self.place(state).is_some()
    }

    /// Returns whether what was last seen in the state `from` may next be seen in `to`. Of a state that is not known
    /// nothing can be said: then it may.
    pub fn may_become(&self, from: &str, to: &str) -> bool {
        match (self.place(from), self.place(to)) {
            (Some(before), Some(after)) => before <= after || self.also.contains(&(from, to)),
            _ => true,
        }
    }

    fn place(&self, state: &str) -> Option<usize> {
        self.states.iter().position(|known| *known == state)
    }
}

impl Timeline {
    /// Adds what a `reading` answered. An unknown state is kept for the report; the schemas report it as drift.
    ///
    /// # Errors
    ///
    /// [`IllegalTransition`] if `lifecycle` does not allow it.
    pub fn observe(
        &mut self,
        lifecycle: &Lifecycle,
        state: &str,
        reading: Option<Reading>,
    ) -> Result<(), IllegalTransition> {
        let last = self.seen.last().map(|seen| seen.state.as_str());
        if last == Some(state) {
            return Ok(());
        }
        let known_before = self.seen.iter().rev().find(|seen| lifecycle.knows(&seen.state));
        // A state that was left cannot come again: this also closes the circles that `also` opens.
        let is_back = self.seen.iter().any(|seen| seen.state == state);
        if is_back || known_before.is_some_and(|before| !lifecycle.may_become(&before.state, state)) {
            return Err(IllegalTransition { from: last.unwrap_or_default().to_owned(), to: state.to_owned() });
        }
        self.seen.push(SeenState { state: state.to_owned(), reading });
        Ok(())
    }

    /// The states, in the order in which they were seen.
    pub fn states(&self) -> &[SeenState] {
        &self.seen
    }
}

/// As they were seen, whether or not a lifecycle allows it.
impl FromIterator<String> for Timeline {
    fn from_iter<I: IntoIterator<Item = String>>(states: I) -> Self {
        Self { seen: states.into_iter().map(|state| SeenState { state, reading: None }).collect() }
    }
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let states: Vec<&str> = self.seen.iter().map(|seen| seen.state.as_str()).collect();
        f.write_str(&states.join(" → "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOOR: Lifecycle = Lifecycle {
        states: &["Open", "Closing", "Closed", "Locked"],
        also: &[("Closed", "Closing")],
        property: "state",
        code: "door",
        help: "a door closes once",
    };

    fn timeline(states: &[&str]) -> Result<Timeline, IllegalTransition> {
        let mut timeline = Timeline::default();
        for state in states {
            timeline.observe(&DOOR, state, None)?;
        }
        Ok(timeline)
    }

    #[test]
    fn states_may_be_missed_and_seen_again_while_they_last() {
        let seen = timeline(&["Open", "Open", "Closed", "Closed", "Locked"]).unwrap();
        assert_eq!(seen.to_string(), "Open → Closed → Locked");
    }

    #[test]
    fn a_transition_that_is_allowed_beside_the_order_happens_once() {
        assert!(timeline(&["Closed", "Closing", "Locked"]).is_ok());
        let illegal = timeline(&["Closed", "Closing", "Closed"]).unwrap_err();
        assert_eq!(illegal, IllegalTransition { from: "Closing".to_owned(), to: "Closed".to_owned() });
        assert!(timeline(&["Locked", "Closing"]).is_err());
    }

    #[test]
    fn an_unknown_state_is_kept_but_does_not_hide_a_step_backwards() {
        assert_eq!(timeline(&["Closed", "Painted", "Locked"]).unwrap().states().len(), 3);
        assert!(timeline(&["Closed", "Painted", "Open"]).is_err());
    }
}
