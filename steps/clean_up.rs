//! Deleting what the tutorial created, and looking whether it is gone.

use std::time::Duration;

use cucumber::{then, when};
use graphwalk_catalog::Resource;

use crate::backend::Consistency;
use crate::session::{Call, Expectation, Failure, Poll, Probe, Raised, Session, Skip, StepResult};

use super::parameters::{Actor, ObjectKind, TimeSpan};

/// Deletes something that this session created; what it did not create is skipped. The published calls are beta ones.
#[when(expr = "{actor} deletes the {kind} {string}")]
async fn deletes(session: &mut Session, actor: Actor, kind: ObjectKind, name: String) -> StepResult {
    // Of an object whose creation had no answer nobody knows yet whether it is there.
    if session.created.find(&kind.0, &name).is_none() {
        session.look_again(&kind.0, &name).await?;
    }
    let (_, path) = path_of(session, &kind.0, &name)?;
    let path = format!("/beta{path}");
    session.send(&Call::new(&actor.0, "DELETE", path)).await?;
    Ok(())
}

/// Expects that a deletion was done.
#[then(expr = "the deletion is accepted")]
async fn is_accepted(session: &mut Session) -> StepResult {
    session.expect_status(204)?;
    Ok(())
}

/// Reads something that this session created until it is not found any more.
#[then(expr = "the {kind} {string} is gone within {duration}")]
async fn is_gone(session: &mut Session, kind: ObjectKind, name: String, within: TimeSpan) -> StepResult {
    let (noun, path) = path_of(session, &kind.0, &name)?;
    let path = format!("/v1.0{path}");
    let poll = Poll {
        person: None,
        call: Call::new("administrator", "GET", path),
        within: within.0.max(Duration::from_secs(1)),
        code: "left-behind",
        what: format!("the {noun} \"{name}\" to be gone"),
        never: format!("the {noun} \"{name}\" is still there"),
        focus: name.clone(),
        help: "run `graphwalk clean`: it deletes the run's own objects and lists the others".to_owned(),
    };
    session.poll(&poll, |session| gone_probe(session)).await?;
    session.created.deleted(&kind.0, &name);
    Ok(())
}

fn gone_probe(session: &Session) -> Result<Probe, Failure> {
    let exchange = session.last()?;
    // The recorded value counts, for every backend.
    let is_recorded = session.profile().consistency == Consistency::Recorded;
    match exchange.status {
        404 if exchange.is_not_found() || is_recorded => {
            session.expects(Expectation::Status(vec![404]));
            Ok(Probe::Done)
        }
        404 => {
            Err(Failure::new("left-behind", "the answer 404 is not Graph's: it does not say that the object is gone")
                .notes(exchange.notes())
                .help("check for a proxy or a gateway between here and Graph"))
        }
        200 => Ok(Probe::NotYet("still there".to_owned())),
        _ => session.expect_status(404).map(|_| Probe::Done),
    }
}

/// Returns the name of the object in messages, and its path.
fn path_of(session: &Session, resource: &str, name: &str) -> Result<(String, String), Raised> {
    match session.created.find(resource, name) {
        Some(resource) => Ok((resource.to_string(), resource.path_of(session.captures.id(name)?))),
        None => {
            let noun = Resource::named(resource).map_or_else(|| resource.to_owned(), |resource| resource.to_string());
            Err(Skip(format!("the {noun} \"{name}\" was never created")).into())
        }
    }
}
