//! The general vocabulary: asking again until something holds, and letting time pass.

use std::ops::RangeInclusive;

use cucumber::{given, then, when};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::session::{Failure, Poll, Probe, Session, StepResult, Template, typed};

use super::answers;
use super::parameters::{Actor, Json, Moment, Query, Span};
use super::requests;

/// Sends a GET again and again until a JSON path finds a value.
#[when(expr = "{actor} polls {string} until {query} is {json} within {duration}")]
async fn polls(
    session: &mut Session,
    actor: Actor,
    path: String,
    query: Query,
    expected: Json,
    within: Span,
) -> StepResult {
    let call = requests::call(session, &actor, "GET", &path, None)?;
    let query = answers::filled(session, &query)?;
    let wanted = answers::json(session, &expected)?;
    let poll = Poll {
        what: format!("{query} to become {wanted}"),
        never: format!("{query} never became {wanted}"),
        call,
        within: within.0,
        code: "poll",
        focus: expected.0,
        help: "give it more time, or see in the history where it stops".to_owned(),
    };
    session.poll(&poll, |session| probe(session, &query, &wanted)).await?;
    Ok(())
}

/// Lets time pass on the backend's clock: at once where it is recorded or virtual.
#[given(expr = "{duration} has/have passed")]
async fn passed(session: &mut Session, span: Span) -> StepResult {
    let span = SignedDuration::try_from(span.0).unwrap_or(SignedDuration::MAX);
    session.wait_for("the time that a step names", span).await?;
    Ok(())
}

/// Waits until a moment has come on the backend's clock, given in RFC 3339, e.g. one kept from an answer.
#[given(expr = "the time {moment} has come")]
async fn time_has_come(session: &mut Session, time: Moment) -> StepResult {
    let text = session.fill(&time.0, Template::Text)?;
    let until = text.parse().map_err(|_| {
        Failure::new("time", format!("\"{text}\" is not a time"))
            .focus(time.0, "")
            .help("write it as 2022-02-16T08:00:00Z")
    })?;
    session.wait_long("the time that a step names", until).await?;
    Ok(())
}

/// Expects the last answer's JSON path to find a moment before now, on the backend's clock.
#[then(expr = "{query} is in the past")]
async fn is_past(session: &mut Session, path: Query) -> StepResult {
    compare(session, &path, "past", |time, now| time <= now.end()).await
}

/// Expects the last answer's JSON path to find a moment after now, on the backend's clock.
#[then(expr = "{query} is in the future")]
async fn is_future(session: &mut Session, path: Query) -> StepResult {
    compare(session, &path, "future", |time, now| time > now.start()).await
}

async fn compare(
    session: &Session,
    path: &Query,
    word: &str,
    holds: fn(&Timestamp, &RangeInclusive<Timestamp>) -> bool,
) -> StepResult {
    let path = answers::filled(session, path)?;
    let found = session.query_one(&path)?;
    let now = session.ask_time().await;
    let time = found.as_str().and_then(|text| text.parse().ok());
    if !time.is_some_and(|time| holds(&time, &now)) {
        let message = format!("expected a time in the {word} at {path}, found {}", typed(found));
        Err(Failure::new("time", message)
            .focus(path, format!("it is {}", now.start()))
            .notes(session.last()?.notes()))?;
    }
    Ok(())
}

fn probe(session: &Session, query: &str, wanted: &Value) -> Result<Probe, Failure> {
    let found = session.query(query)?;
    if found == [wanted] {
        return Ok(Probe::Done);
    }
    let status = session.last()?.status;
    Ok(Probe::NotYet(match found.as_slice() {
        [] => format!("status {status}, nothing"),
        [only] => only.to_string(),
        several => format!("{} values", several.len()),
    }))
}
