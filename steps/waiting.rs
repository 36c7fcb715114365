//! The general vocabulary: asking again until something holds, and letting time pass.

use std::ops::RangeInclusive;

use cucumber::{given, then, when};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::session::{
    Call, Expectation, Failure, HowMany, Poll, Probe, Session, Spot, StepResult, Template, When, typed,
};

use super::answers;
use super::parameters::{Actor, Count, Json, JsonQuery, Moment, StatusCode, TimeSpan, Values};
use super::requests;

/// Sends a GET again and again until a JSON path finds a value.
#[when(expr = "{actor} polls {string} until {query} is {json} within {duration}")]
async fn polls(
    session: &mut Session,
    actor: Actor,
    path: String,
    query: JsonQuery,
    expected: Json,
    within: TimeSpan,
) -> StepResult {
    let call = requests::call(session, &actor, "GET", &path, None)?;
    let query = answers::filled(session, &query)?;
    let wanted = answers::json(session, &expected)?;
    let poll = Poll { focus: expected.0, ..poll(call, within, &query, ("become", "became"), &wanted.to_string()) };
    session.poll(&poll, |session| probe(session, &query, |found| found == [&wanted])).await?;
    session.expects(Expectation::Is(Spot::Query(query), wanted));
    Ok(())
}

/// Sends a GET again and again until a JSON path finds one of several values.
#[when(expr = "{actor} polls {string} until {query} is one of {values} within {duration}")]
async fn polls_until_one_of(
    session: &mut Session,
    actor: Actor,
    path: String,
    query: JsonQuery,
    values: Values,
    within: TimeSpan,
) -> StepResult {
    let call = requests::call(session, &actor, "GET", &path, None)?;
    let query = answers::filled(session, &query)?;
    let mut wanted = Vec::with_capacity(values.0.len());
    for value in &values.0 {
        wanted.push(answers::json(session, value)?);
    }
    let told: Vec<String> = wanted.iter().map(Value::to_string).collect();
    let poll = poll(call, within, &query, ("become", "became"), &format!("one of {}", told.join(", ")));
    session
        .poll(&poll, |session| probe(session, &query, |found| matches!(found, [only] if wanted.contains(only))))
        .await?;
    session.expects(Expectation::IsOneOf(Spot::Query(query), wanted));
    Ok(())
}

/// Sends a GET again and again until it is answered with a status.
#[when(expr = "{actor} polls {string} until the status is {status} within {duration}")]
async fn polls_until_status(
    session: &mut Session,
    actor: Actor,
    path: String,
    wanted: StatusCode,
    within: TimeSpan,
) -> StepResult {
    let call = requests::call(session, &actor, "GET", &path, None)?;
    let poll = poll(call, within, "the status", ("become", "became"), &wanted.0.to_string());
    let probe = |session: &mut Session| {
        let status = session.last()?.status;
        Ok(if status == wanted.0 { Probe::Done } else { Probe::NotYet(format!("status {status}")) })
    };
    session.poll(&poll, probe).await?;
    session.expects(Expectation::Status(vec![wanted.0]));
    Ok(())
}

/// Sends a GET again and again until a JSON path finds so many values.
#[when(expr = "{actor} polls {string} until {query} finds {count} value(s) within {duration}")]
async fn polls_until_count(
    session: &mut Session,
    actor: Actor,
    path: String,
    query: JsonQuery,
    wanted: Count,
    within: TimeSpan,
) -> StepResult {
    let count = wanted.0;
    polls_for(session, (&actor, &path), &query, within, (&format!("{count} values"), |found| found == count)).await?;
    let query = answers::filled(session, &query)?;
    session.expects(Expectation::Finds(Spot::Query(query), HowMany::Exactly(count)));
    Ok(())
}

/// Sends a GET again and again until a JSON path finds at least so many values.
#[when(expr = "{actor} polls {string} until {query} finds at least {count} value(s) within {duration}")]
async fn polls_until_at_least(
    session: &mut Session,
    actor: Actor,
    path: String,
    query: JsonQuery,
    least: Count,
    within: TimeSpan,
) -> StepResult {
    let count = least.0;
    let told = format!("at least {count} values");
    polls_for(session, (&actor, &path), &query, within, (&told, |found| found >= count)).await?;
    let query = answers::filled(session, &query)?;
    session.expects(Expectation::Finds(Spot::Query(query), HowMany::AtLeast(count)));
    Ok(())
}

/// Waits on the backend's clock: at once where it is recorded or virtual.
#[given(expr = "{duration} has/have passed")]
async fn passed(session: &mut Session, span: TimeSpan) -> StepResult {
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
async fn is_past(session: &mut Session, path: JsonQuery) -> StepResult {
    compare(session, &path, "past", |time, now| time <= now.end()).await
}

/// Expects the last answer's JSON path to find a moment after now, on the backend's clock.
#[then(expr = "{query} is in the future")]
async fn is_future(session: &mut Session, path: JsonQuery) -> StepResult {
    compare(session, &path, "future", |time, now| time > now.start()).await
}

async fn compare(
    session: &Session,
    path: &JsonQuery,
    word: &str,
    holds: fn(&Timestamp, &RangeInclusive<Timestamp>) -> bool,
) -> StepResult {
    let path = answers::filled(session, path)?;
    let found = session.query_one(&path)?;
    let now = session.ask_time().await;
    let time = found.as_str().and_then(|text| text.parse().ok());
    let when = if word == "past" { When::Past } else { When::Future };
    session.expects(Expectation::IsTime(Spot::Query(path.clone()), when));
    if !time.is_some_and(|time| holds(&time, &now)) {
        let message = format!("expected a time in the {word} at {path}, got {}", typed(found));
        Err(Failure::new("time", message)
            .focus(path, format!("it is {}", now.start()))
            .notes(session.last()?.notes()))?;
    }
    Ok(())
}

/// Waits until a JSON path finds as many values as are wanted.
async fn polls_for(
    session: &mut Session,
    (actor, path): (&Actor, &str),
    query: &JsonQuery,
    within: TimeSpan,
    (told, is_wanted): (&str, impl Fn(usize) -> bool),
) -> StepResult {
    let call = requests::call(session, actor, "GET", path, None)?;
    let query = answers::filled(session, query)?;
    let poll = poll(call, within, &query, ("find", "found"), told);
    let probe = |session: &mut Session| {
        let found = session.query_members(&query)?.len();
        let status = session.last()?.status;
        let seen = if status < 300 { format!("{found} values") } else { format!("status {status}, {found} values") };
        Ok(if is_wanted(found) { Probe::Done } else { Probe::NotYet(seen) })
    };
    session.poll(&poll, probe).await?;
    Ok(())
}

/// Makes the poll that asks again until `subject` does what the verb says: its form after `to`, and its past.
fn poll(call: Call, within: TimeSpan, subject: &str, (does, did): (&str, &str), wanted: &str) -> Poll {
    Poll {
        what: format!("{subject} to {does} {wanted}"),
        never: format!("{subject} never {did} {wanted}"),
        person: None,
        call,
        within: within.0,
        code: "poll",
        focus: wanted.to_owned(),
        help: "give it more time, or check in the history where it stops".to_owned(),
    }
}

fn probe(session: &Session, query: &str, holds: impl Fn(&[&Value]) -> bool) -> Result<Probe, Failure> {
    let found = session.query(query)?;
    if holds(&found) {
        return Ok(Probe::Done);
    }
    let status = session.last()?.status;
    Ok(Probe::NotYet(match found.as_slice() {
        [] => format!("status {status}, nothing"),
        [only] => only.to_string(),
        several => format!("{} values", several.len()),
    }))
}
