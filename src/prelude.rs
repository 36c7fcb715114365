//! What step definitions of another crate need: `use graphwalk::prelude::*;`
//!
//! That crate depends on `graphwalk` and on `cucumber`, of the same minor version as graphwalk does (0.23): the macros `given`,
//! `when` and `then` name it in what they expand to. A step is a function on [`Session`] that returns [`StepResult`]; it is
//! found under any keyword, whichever macro defines it.
//!
//! ```
//! use graphwalk::prelude::*;
//!
//! /// Gives somebody a job title.
//! #[when(expr = "{actor} gives {string} the job title {string}")]
//! async fn gives_title(session: &mut Session, actor: Actor, user: String, title: String) -> StepResult {
//!     let path = session.fill(&format!("/v1.0/users/{{{user}}}"), Template::Path)?;
//!     session.send(&Call::new(&actor.0, "PATCH", path).body(serde_json::json!({"jobTitle": title}))).await?;
//!     session.expect_status(204)?;
//!     Ok(())
//! }
//!
//! /// Expects the job title in the last answer.
//! #[then(expr = "the job title is {string}")]
//! async fn has_title(session: &mut Session, title: String) -> StepResult {
//!     let exchange = session.expect_status(200)?;
//!     let mut mismatches = Mismatches::new();
//!     mismatches.text(session.last_json()?, "/jobTitle", &title);
//!     mismatches.into_result("job-title", "the job title differs", exchange)?;
//!     Ok(())
//! }
//! ```
//!
//! A type that derives `Parameter` can stand in a sentence; [`register_parameter!`] makes it known to `graphwalk check`. The
//! steps are found by [`harness::main`](crate::harness::main) and [`cli::main`](crate::cli::main) in every program that they
//! are linked into. Where they are in a library, the program has to name it: `use my_steps as _;`.
//!
//! Of cucumber are used its macros, what they register, its expressions, and gherkin's tree. Its runner is not: it knows no
//! deadline for a step, no *blocked* and no run that goes on on another day, and loses the structure of a failure. So its hooks,
//! writers and command line have no effect here.
//!
//! What a step sends is masked in recordings, as everything is that neither Graph's metadata nor a feature names: let a value
//! stand in the sentence, in quotes, or, if only the step's code knows it and everybody may see it, say so with
//! [`register_public_text!`]. `examples/own-steps` is such a crate.

pub use cucumber::gherkin::Step;
pub use cucumber::{Parameter, given, then, when};

pub use crate::session::{
    Block, Call, Expectation, Failure, FoundSession, HowMany, Mismatches, Session, Skip, Spot, StepResult, Template,
};
pub use crate::steps::{
    Actor, Count, Days, Json, JsonQuery, MethodName, Moment, ObjectType, Pattern, StatusCode, StatusCodes, TimeSpan,
    Values,
};
pub use crate::{register_parameter, register_public_text};
