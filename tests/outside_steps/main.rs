//! Steps that are defined in another crate: this test is one.

mod requests;

use std::str::FromStr;

use cucumber::{Parameter, given, when};
use graphwalk::runner::Plan;
use graphwalk::session::Session;
use graphwalk::tutorial::{Tutorial, TutorialFaults, read_feature};

/// A parameter of this crate.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "colour", regex = "red|green|[a-z]+ grey")]
pub enum Colour {
    /// Stop.
    Red,
    /// Go.
    Green,
}

impl FromStr for Colour {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "red" => Ok(Self::Red),
            "green" => Ok(Self::Green),
            other => Err(format!("{other} is no colour of a light: expected red or green")),
        }
    }
}

graphwalk::register_parameter!(Colour, "green");

/// A parameter that this crate does not make known.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "level", regex = "[0-9]{2}")]
pub struct Level(u8);

impl FromStr for Level {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// Every other form that a sentence can have.
#[when(expr = "the lamp {string} is \\{lit} at level {level} of high/low")]
fn is_lit(_: &mut Session, _lamp: String, level: Level) {
    assert!(level.0 > 0);
}

/// Written as a regular expression, not as one of cucumber's.
#[given(regex = r"^(7|8) of (\d+) lamps? burn$")]
fn burn(_: &mut Session, _burning: u8, _all: u8) {}

fn planned(step: &str) -> Result<Plan, TutorialFaults> {
    let text = format!("Feature: f\n  Scenario: s\n    When {step}\n");
    let feature = read_feature("x.feature", text, 1).map_err(|fault| vec![*fault])?;
    Plan::new(Tutorial { name: "t".into(), features: vec![feature] })
}

#[test]
fn an_outside_step_on_the_line_of_an_own_step_keeps_its_sentence() {
    let line = |source: &str| source.lines().position(|line| line.contains("(expr = ")).unwrap() + 1;
    let (own, outside) = (include_str!("../../steps/requests.rs"), include_str!("requests.rs"));
    assert_eq!(line(own), line(outside), "put the step of tests/outside_steps/requests.rs on the line of the own one");
    for step in ["the light is green for 3 seconds", "the administrator sends GET \"/v1.0/users\""] {
        let plan = planned(step).unwrap_or_else(|faults| panic!("{}", faults[0].render(false)));
        assert_eq!(plan.step_count(), 1);
    }
}

#[test]
fn a_parameter_of_another_crate_is_read_before_anything_is_played() {
    assert!(planned("the light is red for 1 second").is_ok());
    let faults = planned("the light is dark grey for 1 second").unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].message, "dark grey is no colour of a light: expected red or green");
}

#[test]
fn the_sentences_of_another_crate_are_listed_with_the_own_ones() {
    let sentences = graphwalk::sentences::sentences();
    for sentence in [
        "the light is green for 5 seconds",
        "the lamp \"…\" is {lit} at level … of high",
        "7 of … lamps burn",
        "the administrator sends GET \"…\"",
    ] {
        assert!(sentences.iter().any(|known| known == sentence), "{sentence} is not in {sentences:#?}");
    }
}

#[test]
fn a_misspelt_outside_sentence_is_reported_with_the_nearest() {
    let faults = planned("the lihgt is green for 5 seconds").unwrap_err();
    assert!(faults[0].notes.iter().any(|note| note == "nearest: the light is green for 5 seconds"), "{faults:?}");
}
