//! The general vocabulary: the headers of the last answer, and links that Graph answered.

use cucumber::{then, when};
use graphwalk_secrets::ServerText;
use serde_json::Value;

use crate::session::{Expectation, Failure, HeaderExpectation, Raised, Session, StepResult, Template};

use super::parameters::{Actor, JsonQuery, Pattern};

/// Keeps the value of a header under a name.
#[then(expr = "the header {string} is kept as {string}")]
async fn header_is_kept(session: &mut Session, header: String, name: String) -> StepResult {
    let value = Value::from(session.header(&header)?.expose());
    session.captures.keep(name, value);
    Ok(())
}

/// Keeps the id that a link in a header has after a segment of its path: `2` after `teams` in `/teams/2/operations/5`.
#[then(expr = "the id after {string} in the header {string} is kept as {string}")]
async fn id_in_header_is_kept(session: &mut Session, segment: String, header: String, name: String) -> StepResult {
    let id = Value::from(session.id_in_header(&header, &segment)?);
    session.captures.keep(name, id);
    Ok(())
}

/// Expects the value of a header.
#[then(expr = "the header {string} is {string}")]
async fn header_is(session: &mut Session, header: String, expected: String) -> StepResult {
    let expected = session.fill(&expected, Template::Text)?;
    let holds = |value: &str| value == expected;
    let told = format!("to be \"{expected}\"");
    expect_header(session, &header, holds, told).await?;
    session.expects(Expectation::Header(header, HeaderExpectation::Is(expected)));
    Ok(())
}

/// Expects a header that has a text within it.
#[then(expr = "the header {string} contains {string}")]
async fn header_contains(session: &mut Session, header: String, part: String) -> StepResult {
    let part = session.fill(&part, Template::Text)?;
    let holds = |value: &str| value.contains(&part);
    let told = format!("to contain \"{part}\"");
    expect_header(session, &header, holds, told).await?;
    session.expects(Expectation::Header(header, HeaderExpectation::Contains(part)));
    Ok(())
}

/// Expects a header that a regular expression finds itself in.
#[then(expr = "the header {string} matches {pattern}")]
async fn header_matches(session: &mut Session, header: String, expression: Pattern) -> StepResult {
    let expression = expression.0;
    let holds = |value: &str| expression.is_match(value);
    let told = format!("to match {expression}");
    expect_header(session, &header, holds, told).await?;
    session.expects(Expectation::Header(header, HeaderExpectation::Matches(expression.as_str().to_owned())));
    Ok(())
}

/// Expects that a header was not answered.
#[then(expr = "the header {string} is absent")]
async fn header_is_absent(session: &mut Session, header: String) -> StepResult {
    if let Some(value) = session.last()?.headers.get(&header) {
        let message = format!("expected no header \"{header}\", got \"{value}\"");
        Err(Failure::new("header", message).focus(header, "answered").notes(session.last()?.notes()))?;
    } else {
        session.expects(Expectation::Header(header, HeaderExpectation::Absent));
    }
    Ok(())
}

/// Sends a GET to a link: a property of the last answer such as `@odata.nextLink`, what a JSON path finds in it, or a link that
/// was kept under a name.
#[when(expr = "{actor} follows the link {string}")]
async fn follows_link(session: &mut Session, actor: Actor, link: String) -> StepResult {
    let link = match link.as_bytes().first() {
        Some(b'@') => answered_link(session, &link)?.to_owned(),
        Some(b'$') => link_at(session, &JsonQuery(link))?,
        _ => session.fill(&link, Template::Text)?,
    };
    session.follow(&actor.0, &link).await?;
    Ok(())
}

/// Sends a GET to the link in a header of the last answer, such as `Location`.
#[when(expr = "{actor} follows the header {string}")]
async fn follows_header(session: &mut Session, actor: Actor, header: String) -> StepResult {
    let link = session.header(&header)?.expose().to_owned();
    session.follow(&actor.0, &link).await?;
    Ok(())
}

async fn expect_header(session: &Session, header: &str, holds: impl Fn(&str) -> bool, expected: String) -> StepResult {
    let value: &ServerText = session.header(header)?;
    if !holds(value.expose()) {
        let message = format!("expected the header \"{header}\" {expected}, got \"{value}\"");
        Err(Failure::new("header", message).focus(header, "differs").notes(session.last()?.notes()))?;
    }
    Ok(())
}

fn answered_link<'s>(session: &'s Session, property: &str) -> Result<&'s str, Failure> {
    session.last_json()?.get(property).and_then(Value::as_str).ok_or_else(|| {
        let notes = session.last().map(|exchange| exchange.notes()).unwrap_or_default();
        Failure::new("link", format!("expected a link at \"{property}\", got none"))
            .focus(property, "not answered")
            .notes(notes)
            .help("the last page of a list has no next link; ask for fewer items a page with `$top`")
    })
}

fn link_at(session: &Session, path: &JsonQuery) -> Result<String, Raised> {
    let path = super::answers::filled(session, path)?;
    let found = session.query_one(&path)?;
    match found.as_str() {
        Some(link) => Ok(link.to_owned()),
        None => Err(Failure::new("link", format!("expected a link at {path}, got no text")).focus(path, "no link"))?,
    }
}
