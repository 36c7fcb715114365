//! What the areas of a tenant keep, each by its type.

use std::any::{Any, type_name};
use std::fmt::Debug;

/// The state of an area: any type that can be copied.
pub trait State: Any + Debug + Send {
    /// Returns a copy.
    fn copied(&self) -> Box<dyn State>;
}

impl<T: Any + Clone + Debug + Send> State for T {
    fn copied(&self) -> Box<dyn State> {
        Box::new(self.clone())
    }
}

/// The states of a tenant's areas.
#[derive(Debug)]
pub struct States(Vec<Box<dyn State>>);

impl States {
    /// Collects the states of a tenant that begins.
    pub(crate) fn new(states: impl Iterator<Item = Box<dyn State>>) -> Self {
        Self(states.collect())
    }

    /// The state of type `S`.
    ///
    /// # Panics
    ///
    /// If no area of the tenant keeps one: an area may ask for its own, and for those of the areas in
    /// [`AREAS`](super::AREAS), which every tenant has.
    pub fn get<S: State>(&self) -> &S {
        let mut states = self.0.iter().map(|state| -> &dyn Any { &**state });
        states.find_map(|state| state.downcast_ref()).unwrap_or_else(|| missing::<S>())
    }

    /// The state of type `S`, to be changed.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get).
    pub fn get_mut<S: State>(&mut self) -> &mut S {
        let mut states = self.0.iter_mut().map(|state| -> &mut dyn Any { &mut **state });
        states.find_map(|state| state.downcast_mut()).unwrap_or_else(|| missing::<S>())
    }

    /// Returns two states, both to be changed.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get), and if both are the same.
    pub fn pair_mut<A: State, B: State>(&mut self) -> (&mut A, &mut B) {
        let (mut first, mut second) = (None, None);
        for state in &mut self.0 {
            let state: &mut dyn Any = &mut **state;
            if state.is::<A>() {
                first = state.downcast_mut();
            } else {
                second = second.or(state.downcast_mut());
            }
        }
        (first.unwrap_or_else(|| missing::<A>()), second.unwrap_or_else(|| missing::<B>()))
    }
}

impl Clone for States {
    fn clone(&self) -> Self {
        // Of what is in the box: the box itself is a state, too.
        Self(self.0.iter().map(|state| (**state).copied()).collect())
    }
}

fn missing<S>() -> ! {
    panic!("no area of this tenant has a {}: add the area to the emulator's settings", type_name::<S>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states() -> States {
        let states: [Box<dyn State>; 2] = [Box::new(1_u8), Box::new("one".to_owned())];
        States::new(states.into_iter())
    }

    #[test]
    fn a_copy_keeps_its_values_when_the_original_changes() {
        let mut states = states();
        let copy = states.clone();
        *states.get_mut::<u8>() = 2;
        states.get_mut::<String>().push_str(" more");
        assert_eq!((states.get::<u8>(), states.get::<String>().as_str()), (&2, "one more"));
        assert_eq!((copy.get::<u8>(), copy.get::<String>().as_str()), (&1, "one"));
    }

    #[test]
    fn two_states_are_changed_together_in_either_order() {
        let mut states = states();
        let (number, text) = states.pair_mut::<u8, String>();
        text.push_str(&number.to_string());
        let (text, number) = states.pair_mut::<String, u8>();
        *number += u8::try_from(text.len()).unwrap();
        assert_eq!((states.get::<u8>(), states.get::<String>().as_str()), (&5, "one1"));
    }

    #[test]
    #[should_panic(expected = "no area of this tenant has a i64")]
    fn a_state_that_no_area_keeps_is_a_mistake_of_the_program() {
        states().get::<i64>();
    }
}
