//! Decisions: listing them, recording one, and what the review made of them.

use std::time::Duration;

use cucumber::{gherkin::Step, then, when};
use graphwalk_catalog::NOBODY;
use serde_json::{Value, json};

use crate::session::{
    Call, Expectation, Failure, Lookup, Mismatches, Poll, Probe, Session, Skip, Spot, StepResult, When, typed,
};

use super::directory::exactly;
use super::observed::observe_decisions;
use super::parameters::{Actor, TimeSpan};
use super::reviews::instance;
use super::tables;

/// Lists all decision items of the review.
#[when(expr = "{actor} lists the decisions of the review")]
async fn lists_decisions(session: &mut Session, actor: Actor) -> StepResult {
    let path = format!("{}/decisions", instance(session)?);
    session.send(&Call::new(&actor.0, "GET", path).all_pages()).await?;
    observe_decisions(session);
    Ok(())
}

/// Lists the decision items that the actor may decide.
#[when(expr = "{actor} lists the decisions that wait for the caller")]
async fn lists_own_decisions(session: &mut Session, actor: Actor) -> StepResult {
    if session.profile().portal.is_some() && !session.backend().actors().names().contains(&actor.0) {
        // Who decides on the page sees there, too, what there is to decide.
        Err(Skip(format!("{} decides on the My Access page, and has no sign-in here", actor.0)))?;
    }
    let path = format!("{}/decisions/filterByCurrentUser(on='reviewer')", as_published(&instance(session)?));
    session.send(&Call::new(&actor.0, "GET", path).all_pages()).await?;
    Ok(())
}

/// Expects one item for each person of the table and none for anybody else.
#[then(expr = "there is exactly one decision about each of:")]
async fn one_decision_each(session: &mut Session, step: &Step) -> StepResult {
    let people = tables::list(step)?;
    let before = session.last().map(|last| last.client_request_id.clone()).ok();
    let judged = session.settle(|session| each_has_one(session, &people)).await;
    // What was read again is what holds.
    if session.last().map(|last| last.client_request_id.clone()).ok() != before {
        observe_decisions(session);
    }
    Ok(judged?)
}

fn each_has_one(session: &Session, people: &[&str]) -> Result<(), Failure> {
    let mut mismatches = session.mismatches();
    exactly(session, &mut mismatches, "/principal/id", people)?;
    mismatches.counted(session.last_json()?);
    let review = session.captures.text("instance")?;
    for (index, item) in session.last_items()?.iter().enumerate() {
        let at = format!("/value/{index}");
        mismatches.text(session.last_json()?, &format!("{at}/accessReviewId"), review);
        let id = item.pointer("/principal/id").and_then(Value::as_str).unwrap_or_default();
        if let Some(name) = session.captures.name_of(id) {
            mismatches.text(session.last_json()?, &format!("{at}/principal/displayName"), name);
        }
    }
    mismatches.into_result("decisions", "unexpected decisions", session.last()?)
}

/// Expects that every item is about access to a group.
#[then(expr = "every decision is about access to {string}")]
async fn every_decision_is_about(session: &mut Session, group: String) -> StepResult {
    session.settle(|session| all_are_about(session, &group, "group")).await?;
    Ok(())
}

/// Expects that every item is about a directory role.
#[then(expr = "every decision is about the role {string}")]
async fn every_decision_is_about_role(session: &mut Session, role: String) -> StepResult {
    session.settle(|session| all_are_about(session, &role, super::roles::DIRECTORY_ROLE)).await?;
    Ok(())
}

fn all_are_about(session: &Session, name: &str, kind: &str) -> Result<(), Failure> {
    let id = session.captures.text(name)?;
    let mut mismatches = session.mismatches();
    let items = session.last_items()?;
    if items.is_empty() {
        mismatches.differ("/value", "decisions", "none");
    }
    for index in 0..items.len() {
        let at = format!("/value/{index}/resource");
        let list = session.last_json()?;
        mismatches.text(list, &format!("{at}/id"), id).text(list, &format!("{at}/displayName"), name);
        // Documentation and service write the type in different case.
        mismatches.text_in_any_case(list, &format!("{at}/type"), kind);
    }
    mismatches.into_result("decisions", "a decision is about a different resource", session.last()?)
}

/// Expects what the table says of the item about one person. Rows: `decision`, `justification`, `result` (of applying),
/// `reviewed by` and `applied by` (a person, or `nobody`).
#[then(expr = "the decision about {string} is:")]
async fn decision_is(session: &mut Session, person: String, step: &Step) -> StepResult {
    let rows = tables::properties(step)?;
    session.settle(|session| item_is(session, &person, &rows)).await?;
    Ok(())
}

fn item_is(session: &mut Session, person: &str, rows: &[(&str, &str)]) -> Result<(), Failure> {
    let item = &item_about(session, person)?;
    let mut mismatches = session.mismatches();
    for (row, expected) in rows.iter().copied() {
        match row {
            "decision" => drop(mismatches.text(item, "/decision", expected)),
            "justification" => drop(mismatches.text(item, "/justification", expected)),
            "result" => drop(mismatches.text(item, "/applyResult", expected)),
            "reviewed by" => recorded_by(session, &mut mismatches, item, "reviewed", expected)?,
            "applied by" => recorded_by(session, &mut mismatches, item, "applied", expected)?,
            other => Err(Failure::new("table", format!("a decision has no row \"{other}\""))
                .help("the rows are: decision, justification, result, reviewed by, applied by"))?,
        }
    }
    mismatches.into_result("decision", &format!("the decision about {person} differs"), session.last()?)
}

/// Records a decision, with the doc string as its justification.
#[when(expr = "{actor} records {string} about {string} with the justification:")]
async fn records(session: &mut Session, actor: Actor, decision: String, person: String, step: &Step) -> StepResult {
    let path = format!("{}/decisions/{}", as_published(&instance(session)?), session.captures.id(&item_name(&person))?);
    let justification = tables::doc_string(step)?;
    if let Some(page) = session.profile().portal.clone() {
        decided_on(session, &page, &actor, &person, (&decision, justification)).await?;
        return Ok(());
    }
    let call = Call::new(&actor.0, "PATCH", path).body(json!({"decision": decision, "justification": justification}));
    let by_hand = Some("decisions are made by a person, on the My Access page");
    session.send(&Call { by_hand, ..call }).await?;
    Ok(())
}

/// Expects that a decision was taken: accepted without a body.
#[then(expr = "the decision is accepted")]
async fn is_accepted(session: &mut Session) -> StepResult {
    // A decision that a person made elsewhere was seen already.
    if session.profile().portal.is_none() || session.last()?.method != "GET" {
        session.expect_status(204)?;
    }
    Ok(())
}

/// Asks the service to apply the decisions of a review that does not do so by itself.
#[when(expr = "{actor} applies the decisions of the review")]
async fn applies_decisions(session: &mut Session, actor: Actor) -> StepResult {
    let path = instance(session)?;
    let lookup = Lookup::state(&path, is_being_applied);
    session.send(&Call::new(&actor.0, "POST", format!("{path}/applyDecisions")).lookup(lookup)).await?;
    session.expect_status(204)?;
    Ok(())
}

fn is_being_applied(instance: &Value) -> bool {
    matches!(instance.get("status").and_then(Value::as_str), Some("Applying" | "Applied"))
}

/// Waits until a person has decided on the page, and expects the decision that was asked for.
async fn decided_on(
    session: &mut Session,
    page: &str,
    Actor(reviewer): &Actor,
    person: &str,
    (decision, justification): (&str, &str),
) -> Result<(), Failure> {
    let what = format!("\"{decision}\" about {person}, recorded on\n  {page}\n  with the words: {justification}\n ");
    let poll = Poll {
        person: Some(reviewer.clone()),
        call: Call::new("administrator", "GET", format!("{}/decisions", instance(session)?)).all_pages(),
        within: Duration::from_secs(86_400),
        code: "decision",
        what,
        never: format!("nobody decided about {person}"),
        focus: person.to_owned(),
        help: format!("sign in on {page} as the reviewer, in a private window"),
    };
    session.poll(&poll, |session| decided_probe(session, person)).await?;
    let item = item_about(session, person)?;
    let mut mismatches = session.mismatches();
    mismatches.text(&item, "/decision", decision).text(&item, "/justification", justification);
    mismatches.into_result("decision", &format!("the decision about {person} differs"), session.last()?)
}

fn decided_probe(session: &mut Session, person: &str) -> Result<Probe, Failure> {
    let item = item_about(session, person)?;
    let decision = item.get("decision").and_then(Value::as_str).unwrap_or_default();
    Ok(if decision == "NotReviewed" { Probe::NotYet(decision.to_owned()) } else { Probe::Done })
}

/// Reads the decisions until all are applied; a result that is no success fails at once.
#[then(expr = "every decision is applied within {duration}")]
async fn every_decision_is_applied(session: &mut Session, within: TimeSpan) -> StepResult {
    let poll = Poll {
        person: None,
        call: Call::new("administrator", "GET", format!("{}/decisions", instance(session)?)).all_pages(),
        within: within.0,
        code: "decisions",
        what: "every decision to be applied".to_owned(),
        never: "the decisions were never all applied".to_owned(),
        focus: "every decision is applied".to_owned(),
        help:
            "check whether the review applies its decisions automatically; otherwise an administrator has to apply them"
                .to_owned(),
    };
    let applied = session.poll(&poll, |session| applied_probe(session)).await;
    observe_decisions(session);
    Ok(applied?)
}

fn applied_probe(session: &Session) -> Result<Probe, Failure> {
    let results = session.last_items()?.iter().map(|item| item.get("applyResult").and_then(Value::as_str));
    let results: Vec<&str> = results.map(|result| result.unwrap_or("nothing")).collect();
    if !results.is_empty() && results.iter().all(|result| *result == "AppliedSuccessfully") {
        let (list, at) = (Spot::Pointer("/value".to_owned()), "/applyResult".to_owned());
        session.expects(Expectation::EachIs(list, at, "AppliedSuccessfully".into()));
        return Ok(Probe::Done);
    }
    if let Some(bad) = results.iter().find(|result| !["New", "AppliedSuccessfully"].contains(result)) {
        return Err(Failure::new("decisions", format!("a decision was not applied: {bad}"))
            .focus("applied", format!("applyResult: {bad}"))
            .notes(session.last()?.notes())
            .help(
                "access through a nested, dynamic, synchronised or mail-enabled group cannot be removed by a review",
            ));
    }
    Ok(Probe::NotYet(if results.is_empty() { "no decisions".to_owned() } else { results.join(", ") }))
}

/// The one item about a person in the answered list; its id is kept, for recording a decision on it.
fn item_about(session: &mut Session, person: &str) -> Result<Value, Failure> {
    let principal = session.captures.text(person)?;
    let of_person = |item: &&Value| item.pointer("/principal/id").and_then(Value::as_str) == Some(principal);
    let items: Vec<&Value> = session.last_items()?.iter().filter(of_person).collect();
    let [item] = items.as_slice() else {
        let message = format!("expected one decision about {person}, got {}", items.len());
        return Err(Failure::new("decisions", message).focus(person, "").notes(session.last()?.notes()));
    };
    let item = (*item).clone();
    let id = item.get("id").cloned().unwrap_or_default();
    match session.captures.get(&item_name(person)) {
        None => session.captures.keep(item_name(person), id),
        Some(known) if *known == id => {}
        Some(known) => {
            let message = format!("the decision about {person} has another id than before");
            return Err(Failure::new("decisions", message)
                .note(format!("before: {}, now: {}", typed(known), typed(&id)))
                .notes(session.last()?.notes()));
        }
    }
    Ok(item)
}

fn item_name(person: &str) -> String {
    format!("decision about {person}")
}

/// Compares who recorded (`reviewed`) or applied (`applied`) a decision, and whether a time says so too. A decision that
/// nobody recorded may have a time: the service's own.
fn recorded_by(
    session: &Session,
    mismatches: &mut Mismatches,
    item: &Value,
    act: &str,
    expected: &str,
) -> Result<(), Failure> {
    let who = format!("/{act}By");
    if expected == "nobody" {
        mismatches.text(item, &format!("{who}/id"), NOBODY).text(item, &format!("{who}/displayName"), "");
        mismatches.text(item, &format!("{who}/userPrincipalName"), "");
        return Ok(());
    }
    mismatches.text(item, &format!("{who}/id"), session.captures.text(expected)?);
    let shown = session.captures.get(&super::directory::display_name_of(expected)).and_then(Value::as_str);
    mismatches.text(item, &format!("{who}/displayName"), shown.unwrap_or(expected));
    let kept = session.captures.get(&super::directory::principal_name_of(expected));
    if let Some(name) = kept.and_then(Value::as_str) {
        mismatches.text(item, &format!("{who}/userPrincipalName"), name);
    }
    let when = format!("/{act}DateTime");
    mismatches.time(item, &when, When::Ever);
    let found = item.pointer(&when).unwrap_or(&Value::Null);
    if found.as_str().is_none_or(|text| text.parse::<jiff::Timestamp>().is_err()) {
        mismatches.differ(&when, "a time", &typed(found));
    }
    Ok(())
}

/// The path as the page prints it for the reviewer's calls: with a small g. Graph does not mind the case.
fn as_published(path: &str) -> String {
    path.replacen("identityGovernance", "identitygovernance", 1)
}
