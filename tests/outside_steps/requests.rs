//! A file that is called as one of graphwalk's, with a step on the line on which that one has a step as well.

use cucumber::then;
use graphwalk::session::{Session, StepResult};

use super::Colour;

/// Keeps what the light shows.
// The attribute stands on line 10, as that of `{actor} sends {method} {string}` does in graphwalk's own file of this name.
#[then(expr = "the light is {colour} for {int} second(s)")]
async fn shines(session: &mut Session, colour: Colour, seconds: u64) -> StepResult {
    session.captures.keep("light", format!("{colour:?} for {seconds} s").into());
    Ok(())
}
