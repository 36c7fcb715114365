//! The general vocabulary: what the last answer holds, and keeping values from it.

use cucumber::{gherkin::Step, then};
use graphwalk_client::ResponseBody;
use graphwalk_secrets::ServerText;
use serde_json::Value;

use crate::session::{Expectation, Failure, HowMany, Raised, Session, Spot, StepResult, Template, typed};

use super::parameters::{Count, Json, JsonQuery, Pattern, StatusCode, StatusCodes};
use super::tables;

/// Keeps the value that a JSON path finds under a name.
#[then(expr = "{query} is kept as {string}")]
async fn is_kept(session: &mut Session, path: JsonQuery, name: String) -> StepResult {
    let value = session.query_one(&filled(session, &path)?)?.clone();
    session.captures.keep(name, value);
    Ok(())
}

/// Expects a status code.
#[then(expr = "the status is {status}")]
async fn status_is(session: &mut Session, status: StatusCode) -> StepResult {
    session.expect_status(status.0)?;
    Ok(())
}

/// Expects one of several status codes.
#[then(expr = "the status is one of {statuses}")]
async fn status_is_one_of(session: &mut Session, statuses: StatusCodes) -> StepResult {
    let mut outcomes = statuses.0.iter().map(|status| session.judge_status(*status).map(drop));
    let first = outcomes.next().unwrap_or(Ok(()));
    if first.is_ok() || outcomes.any(|outcome| outcome.is_ok()) {
        session.expects(Expectation::Status(statuses.0.clone()));
        return Ok(());
    }
    let expected: Vec<String> = statuses.0.iter().map(u16::to_string).collect();
    let found = session.last()?.status;
    first.map_err(|failure| {
        let message = format!("expected one of the statuses {}, got {found}", expected.join(", "));
        Failure { message, focus: Some(expected.join(", ")), ..failure }
    })?;
    Ok(())
}

/// Expects an answer without a body.
#[then(expr = "the answer has no body")]
async fn has_no_body(session: &mut Session) -> StepResult {
    let exchange = session.last()?;
    if exchange.body != ResponseBody::Empty {
        Err(Failure::new("body", "expected no body, got one").notes(exchange.notes()))?;
    }
    session.expects(Expectation::NoBody);
    Ok(())
}

/// Expects every property of the body that was sent last, with the same value, but for what Graph takes and does not tell.
#[then(expr = "the answer holds what was sent")]
async fn holds_what_was_sent(session: &mut Session) -> StepResult {
    session.expect_echo()?;
    session.judges_by_itself("the answer holds every property that was sent, but for what Graph does not tell");
    Ok(())
}

/// Expects Graph's error code, e.g. `Request_ResourceNotFound`.
#[then(expr = "the error code is {string}")]
async fn error_code_is(session: &mut Session, code: String) -> StepResult {
    let exchange = session.last()?;
    let found = exchange.error().map(|error| error.code);
    if found.as_ref().map(ServerText::expose) != Some(code.as_str()) {
        let came = found.map_or_else(|| "no error".to_owned(), |code| format!("\"{code}\""));
        Err(Failure::new("error-code", format!("expected the error code \"{code}\", got {came}"))
            .focus(&code, format!("got {came}"))
            .notes(exchange.notes()))?;
    }
    session.expects(Expectation::Is(Spot::Pointer("/error/code".to_owned()), code.into()));
    Ok(())
}

/// Expects the answer to fit the schema of a type, whatever the request's path says.
#[then(expr = "the answer is a valid {string}")]
async fn is_valid(session: &mut Session, type_name: String) -> StepResult {
    valid(session, &type_name, false)
}

/// Expects the answer to be a list whose items fit the schema of a type.
#[then(expr = "the answer is a list of valid {string}")]
async fn is_list_of(session: &mut Session, type_name: String) -> StepResult {
    valid(session, &type_name, true)
}

/// Expects one value, type and all.
#[then(expr = "{query} is {json}")]
async fn is_value(session: &mut Session, path: JsonQuery, expected: Json) -> StepResult {
    let path = filled(session, &path)?;
    let expected = json(session, &expected)?;
    let found = session.query_one(&path)?;
    if *found != expected {
        let mut mismatches = session.mismatches();
        mismatches.differ(&path, &typed(&expected), &typed(found));
        mismatches.into_result("value", &format!("{path} differs from what was expected"), session.last()?)?;
    }
    session.expects(Expectation::Is(Spot::Query(path), expected));
    Ok(())
}

/// Expects another value.
#[then(expr = "{query} is not {json}")]
async fn is_not_value(session: &mut Session, path: JsonQuery, unwanted: Json) -> StepResult {
    let path = filled(session, &path)?;
    let unwanted = json(session, &unwanted)?;
    if *session.query_one(&path)? == unwanted {
        let message = format!("{path} is {}, which was not expected", typed(&unwanted));
        Err(Failure::new("value", message).focus(path, "the value").notes(session.last()?.notes()))?;
    } else {
        session.expects(Expectation::IsNot(Spot::Query(path), unwanted));
    }
    Ok(())
}

/// Expects that a JSON path finds nothing.
#[then(expr = "{query} is absent")]
async fn is_absent(session: &mut Session, path: JsonQuery) -> StepResult {
    let path = filled(session, &path)?;
    if let Some(found) = session.query(&path)?.first() {
        let message = format!("expected nothing at {path}, got {}", typed(found));
        Err(Failure::new("value", message).focus(path, "finds something").notes(session.last()?.notes()))?;
    } else {
        session.expects(Expectation::IsAbsent(Spot::Query(path)));
    }
    Ok(())
}

/// Expects a GUID.
#[then(expr = "{query} is a GUID")]
async fn is_guid(session: &mut Session, path: JsonQuery) -> StepResult {
    let path = filled(session, &path)?;
    let found = session.query_one(&path)?;
    if found.as_str().is_none_or(|text| uuid::Uuid::try_parse(text).is_err()) {
        let message = format!("expected a GUID at {path}, got {}", typed(found));
        Err(Failure::new("value", message).focus(path, "no GUID").notes(session.last()?.notes()))?;
    } else {
        session.expects(Expectation::IsGuid(Spot::Query(path)));
    }
    Ok(())
}

/// Expects a text that a regular expression finds itself in.
#[then(expr = "{query} matches {pattern}")]
async fn matches(session: &mut Session, path: JsonQuery, expression: Pattern) -> StepResult {
    let path = filled(session, &path)?;
    let expression = expression.0;
    let found = session.query_one(&path)?;
    if !found.as_str().is_some_and(|text| expression.is_match(text)) {
        let message = format!("expected a text that matches {expression} at {path}, got {}", typed(found));
        Err(Failure::new("value", message)
            .focus(expression.as_str(), "does not match")
            .notes(session.last()?.notes()))?;
    }
    session.expects(Expectation::Matches(Spot::Query(path), expression.as_str().to_owned()));
    Ok(())
}

/// Expects how many values a JSON path finds.
#[then(expr = "{query} finds {count} value(s)")]
async fn finds(session: &mut Session, path: JsonQuery, expected: Count) -> StepResult {
    let expected = expected.0;
    let path = filled(session, &path)?;
    let found = session.query_members(&path)?.len();
    if found != expected {
        let message = format!("expected {expected} values at {path}, got {found}");
        Err(Failure::new("value", message).focus(path, format!("finds {found}")).notes(session.last()?.notes()))?;
    } else {
        session.expects(Expectation::Finds(Spot::Query(path), HowMany::Exactly(expected)));
    }
    Ok(())
}

/// Expects exactly the values of the table, in any order.
#[then(expr = "{query} finds exactly:")]
async fn finds_exactly(session: &mut Session, path: JsonQuery, step: &Step) -> StepResult {
    let path = filled(session, &path)?;
    let cells = tables::list(step)?;
    let mut missing: Vec<String> = Vec::with_capacity(cells.len());
    for cell in cells {
        missing.push(session.fill(cell, Template::Text)?);
    }
    let wanted = missing.iter().map(|text| Value::from(text.as_str())).collect();
    let mut mismatches = session.mismatches();
    mismatches.expects(Expectation::IsExactly(Spot::Query(path.clone()), String::new(), wanted));
    for value in session.query_members(&path)? {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match missing.iter().position(|expected| *expected == text) {
            Some(index) => drop(missing.swap_remove(index)),
            None => drop(mismatches.say(format!("not expected: {}", typed(value)))),
        }
    }
    for absent in missing {
        mismatches.say(format!("missing: {absent}"));
    }
    mismatches.into_result("members", &format!("{path} does not find exactly what was expected"), session.last()?)?;
    Ok(())
}

fn valid(session: &mut Session, type_name: &str, collection: bool) -> StepResult {
    let exchange = session.last()?;
    let notes = exchange.notes();
    session.last_json()?;
    let findings = session.check_last_as(type_name, collection, exchange).map_err(|error| {
        Failure::new("unknown-type", error.to_string())
            .focus(type_name, "no such schema")
            .help("`graphwalk schema list` shows the names")
    })?;
    session.judge(findings, "schema", &format!("the answer is not a valid {type_name}"), &notes)?;
    session.judges_by_itself(&format!("the answer fits the schema of {type_name}"));
    Ok(())
}

/// The type that a sentence holds the answer against.
pub(crate) fn type_of(sentence: &str) -> Option<&str> {
    let beginnings = ["the answer is a valid \"", "the answer is a list of valid \""];
    beginnings.iter().find_map(|beginning| sentence.strip_prefix(beginning))?.strip_suffix('"')
}

pub(super) fn filled(session: &Session, path: &JsonQuery) -> Result<String, Raised> {
    session.fill(&path.0, Template::Text)
}

pub(super) fn json(session: &Session, expected: &Json) -> Result<Value, Raised> {
    let text = session.fill(&expected.0, Template::Json)?;
    let value = serde_json::from_str(&text).map_err(|error| {
        Failure::new("value", format!("{} is not JSON: {error}", session.captures.hide(&text)))
            .focus(&expected.0, "not JSON")
    })?;
    Ok(value)
}
