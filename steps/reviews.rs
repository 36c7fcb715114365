//! Access reviews: creating one, watching its status, its instance, and who was contacted.

use std::ops::RangeInclusive;

use cucumber::{gherkin::Step, then, when};
use graphwalk_recording::Finish;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::session::{
    Call, Expectation, Failure, HowMany, Lifecycle, Lookup, Observed, Poll, Probe, Session, Spot, StepResult, When,
};

use super::directory::{create, exactly, looked_up};
use super::observed::{ASKED, name_of, observe_settings};
use super::parameters::{Actor, Days, TimeSpan, cell_value};
use super::same_review::{is_still_the_same, same_reviewers, same_scope, same_settings};
use super::tables;

/// The life of a review's definition and of its instances, as their status shows it.
///
/// Source: the status property of `accessReviewScheduleDefinition` and `accessReviewInstance` in the API reference lists
/// the first eight; the Entra documentation adds `Applying` and `Applied`, which live tenants answer too. In the CSDL it
/// is an `Edm.String`, so a value outside this list can come and is drift, not an error of type. Whether `Completed` comes
/// before the automatic decisions or after them is not documented, so both are allowed.
pub(super) const LIFECYCLE: Lifecycle = Lifecycle {
    states: &[
        // Waits for its start.
        "NotStarted",
        // Who is in scope is being found out.
        "Initializing",
        // Reviewers are being notified.
        "Starting",
        // Decisions can be recorded and changed.
        "InProgress",
        COMPLETING,
        // Ended.
        "Completed",
        // The default decision is being recorded where nobody decided.
        "AutoReviewing",
        // The default decision is recorded.
        "AutoReviewed",
        // Denied access is being removed.
        "Applying",
        // Denied access is removed.
        "Applied",
    ],
    also: &[("AutoReviewing", "Completed"), ("AutoReviewed", "Completed")],
    property: "status",
    code: "review-status",
    help: "a review only moves forward: NotStarted, InProgress, Completed, Applied, with others in between",
};
/// The status from which on the period has ended, and nothing more is taken from reviewers.
const COMPLETING: &str = "Completing";
/// The statuses that the review goes through, for the report.
pub(super) const STATUS: Observed = Observed { heading: "status", is_shown: true };
/// Those of its instance, which hardly differ.
pub(super) const INSTANCE_STATUS: Observed = Observed { heading: "instance", is_shown: false };

/// The path of review definitions.
pub(super) const DEFINITIONS: &str = "/v1.0/identityGovernance/accessReviews/definitions";
/// The name under which the id of the review at hand is kept.
pub(super) const REVIEW: &str = "review";
/// The name under which the request that created it is kept.
pub(super) const SENT: &str = "review as sent";
/// The name under which the id of its instance is kept.
pub(super) const INSTANCE: &str = "instance";
/// The name under which the end of its instance is kept.
pub(super) const PERIOD_END: &str = "period end";

/// Creates a one-time review of a group's direct and indirect members, in which each member reviews their own access.
#[when(expr = "{actor} creates the self-review {string} of the members of {string}, from today to {days} days later:")]
async fn creates_self_review(
    session: &mut Session,
    actor: Actor,
    name: String,
    group: String,
    days: Days,
    step: &Step,
) -> StepResult {
    let group = format!("/groups/{}", session.captures.id(&group)?);
    let mut settings = json!({"instanceDurationInDays": days.0});
    for (property, value) in tables::properties(step)? {
        settings[property] = cell_value(value);
    }
    settings["recurrence"] = json!({
        "pattern": null,
        "range": {
            "type": "numbered",
            "numberOfOccurrences": 0,
            "recurrenceTimeZone": null,
            "startDate": session.captures.day(0)?,
            "endDate": session.captures.day(i64::from(days.0))?,
        }
    });
    let body = json!({
        "displayName": name,
        "descriptionForAdmins": name,
        "descriptionForReviewers": name,
        "scope": {"query": format!("{group}/transitiveMembers"), "queryType": "MicrosoftGraph"},
        "instanceEnumerationScope": {"query": group, "queryType": "MicrosoftGraph"},
        "settings": settings,
    });
    let call = session.adapt(Call::new(&actor.0, "POST", DEFINITIONS).body(body));
    create_review(session, &name, call, &["displayName", "descriptionForAdmins", "descriptionForReviewers"]).await
}

/// Sends a request that creates a review, which is the one at hand from then on.
pub(super) async fn create_review(session: &mut Session, name: &str, call: Call, same: &[&'static str]) -> StepResult {
    let mut call = looked_up(session, call, name, same);
    // When its creation is looked for it may have begun.
    call.lookup = call.lookup.map(|lookup| lookup.first("status", "NotStarted"));
    create(session, name, &call).await?;
    if let Some(id) = session.captures.get(name).cloned() {
        session.captures.keep(REVIEW, id);
        let sent = session.sent_json()?.clone();
        session.captures.keep(SENT, sent);
    }
    Ok(())
}

/// Expects that the review was created and has not begun.
#[then(expr = "the review is created and waits to start")]
async fn is_created(session: &mut Session) -> StepResult {
    let exchange = session.expect_status(201)?;
    let review = session.last_json()?.clone();
    let mut mismatches = session.mismatches();
    mismatches.guid(&review, "/id");
    // A recovered answer was read later: the review may have begun.
    if exchange.recovered.is_none() {
        mismatches.text(&review, "/status", "NotStarted");
    }
    mismatches.echoes(
        session.sent_json()?,
        &review,
        &["displayName", "descriptionForAdmins", "descriptionForReviewers"],
    );
    same_reviewers(&mut mismatches, session.sent_json()?, &review);
    // Some answers tell the scopes later.
    for scope in ["scope", "instanceEnumerationScope"] {
        let told = ["query", "resourceScopes"].map(|part| review.pointer(&format!("/{scope}/{part}")));
        if told.iter().any(Option::is_some) {
            same_scope(&mut mismatches, session.sent_json()?, &review, scope);
        }
    }
    for reviewers in ["/reviewers", "/fallbackReviewers"] {
        if session.sent_json()?.pointer(reviewers).is_none() {
            mismatches.at(&review, reviewers, &json!([]));
        }
    }
    mismatches.into_result("review", "the review was not created as asked", exchange)?;
    observe(session, "review", &review)?;
    observe_settings(session, &review);
    Ok(())
}

/// Expects in the answer every setting that was sent, one by one, the recurrence too; and that nothing else is applied by itself.
#[then(expr = "the answer echoes every setting that was sent")]
async fn echoes_settings(session: &mut Session) -> StepResult {
    let sent = session.sent_json()?;
    let answered = session.last_json()?;
    let mut mismatches = session.mismatches();
    same_settings(&mut mismatches, sent, answered);
    mismatches.into_result("settings", "the settings of the review differ from those sent", session.last()?)?;
    Ok(())
}

/// Reads the review again and again until it has a status; a status that goes backwards fails at once, and so does one
/// that lies after the wanted one.
#[then(expr = "the review becomes {string} within {duration}")]
async fn review_becomes(session: &mut Session, status: String, within: TimeSpan) -> StepResult {
    let path = definition(session)?;
    becomes(session, path, "review", status, within).await
}

/// As for the review, for its instance.
#[then(expr = "the instance becomes {string} within {duration}")]
async fn instance_becomes(session: &mut Session, status: String, within: TimeSpan) -> StepResult {
    let path = instance(session)?;
    becomes(session, path, "instance", status, within).await
}

/// Lists the instances of the review.
#[when(expr = "{actor} lists the instances of the review")]
async fn lists_instances(session: &mut Session, actor: Actor) -> StepResult {
    let path = format!("{}/instances", definition(session)?);
    session.send(&Call::new(&actor.0, "GET", path).all_pages()).await?;
    session.last_items()?;
    if session.captures.get(INSTANCE).is_none() {
        keep_instance(session);
    }
    Ok(())
}

/// Keeps the id and the end of the instance that was answered, if it was one.
fn keep_instance(session: &mut Session) {
    if let Ok([only]) = session.last_items() {
        let only = only.clone();
        keep_as_instance(session, &only);
    }
}

/// Makes an instance the one at hand.
pub(super) fn keep_as_instance(session: &mut Session, only: &Value) {
    let kept = [(INSTANCE, only.get("id").cloned()), (PERIOD_END, only.get("endDateTime").cloned())];
    for (name, value) in kept {
        if let Some(value) = value {
            session.captures.keep(name, value);
        }
    }
}

/// Expects one instance. A one-time review's has the id of its definition.
#[then(expr = "there is exactly one instance, and its id is the review's")]
async fn one_instance(session: &mut Session) -> StepResult {
    session.settle(|session| is_one_instance(session)).await?;
    keep_instance(session);
    Ok(())
}

fn is_one_instance(session: &Session) -> Result<(), Failure> {
    let items = session.last_items()?;
    let mut mismatches = session.mismatches();
    mismatches.expects(Expectation::HasItems(Spot::Pointer("/value".to_owned()), HowMany::Exactly(1)));
    if items.len() != 1 {
        mismatches.differ("/value", "one instance", &format!("{} instances", items.len()));
    }
    let review = session.captures.text(REVIEW)?;
    for (index, _) in items.iter().enumerate() {
        mismatches.text(session.last_json()?, &format!("/value/{index}/id"), review);
    }
    mismatches.into_result("instance", "unexpected instances of the review", session.last()?)
}

/// Expects how long the instance lasts.
#[then(expr = "the instance lasts {days} days")]
async fn instance_lasts(session: &mut Session, days: Days) -> StepResult {
    let found = only_instance(session)?;
    let time = |name: &str| found.get(name).and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
    let lasts = time("startDateTime").zip(time("endDateTime")).map(|(start, end)| end.duration_since(start));
    let mut mismatches = session.mismatches();
    mismatches.judges(&format!("the instance lasts {} days", days.0));
    if lasts != Some(SignedDuration::from_hours(i64::from(days.0) * 24)) {
        let shown = lasts.map_or_else(|| "no two times".to_owned(), |lasts| format!("{lasts:#}"));
        mismatches.differ("/endDateTime", &format!("{} days after the start", days.0), &shown);
    }
    mismatches.into_result("instance", "the instance lasts another time", session.last()?)?;
    Ok(())
}

/// Expects the status of the instance in the answered list.
#[then(expr = "the instance is {string}")]
async fn instance_is(session: &mut Session, status: String) -> StepResult {
    session
        .settle(|session| {
            let mut mismatches = session.mismatches();
            mismatches.text(only_instance(session)?, "/status", &status);
            mismatches.into_result("review-status", "the status of the instance differs", session.last()?)
        })
        .await?;
    let found = only_instance(session)?.clone();
    observe(session, "instance", &found)?;
    Ok(())
}

/// Expects the start of the instance before now and its end after, on the backend's clock.
#[then(expr = "the instance started in the past and ends in the future")]
async fn instance_is_running(session: &mut Session) -> StepResult {
    let now = session.ask_time().await;
    let found = only_instance(session)?;
    let mut mismatches = session.mismatches();
    for (pointer, word, when, holds) in [
        (
            "/startDateTime",
            "past",
            When::Past,
            (|time, now| time <= now.end()) as fn(&Timestamp, &RangeInclusive<Timestamp>) -> bool,
        ),
        ("/endDateTime", "future", When::Future, |time, now| time > now.start()),
    ] {
        let text = found.pointer(pointer).and_then(Value::as_str).unwrap_or("nothing");
        mismatches.time(found, pointer, when);
        if !text.parse().is_ok_and(|time| holds(&time, &now)) {
            mismatches.differ(pointer, &format!("a time in the {word} (it is {})", now.start()), text);
        }
    }
    mismatches.into_result("instance", "the instance is not running now", session.last()?)?;
    Ok(())
}

/// Expects that the scope of the instance is the members of a group. The service rewrites the query that was sent: it
/// adds the version and the cast to users.
#[then(expr = "the instance reviews the members of {string}")]
async fn instance_reviews(session: &mut Session, group: String) -> StepResult {
    let group = session.captures.text(&group)?;
    let found = only_instance(session)?;
    let mut mismatches = session.mismatches();
    let query = format!("/v1.0/groups/{group}/transitiveMembers/microsoft.graph.user");
    mismatches
        .text(found, "/scope/@odata.type", "#microsoft.graph.accessReviewQueryScope")
        .text(found, "/scope/query", &query)
        .text(found, "/scope/queryType", "MicrosoftGraph");
    mismatches.into_result("scope", "the scope of the instance differs", session.last()?)?;
    Ok(())
}

/// Lists who was asked to review.
#[when(expr = "{actor} asks who was contacted for the review")]
async fn asks_who_was_contacted(session: &mut Session, actor: Actor) -> StepResult {
    let path = format!("{}/contactedReviewers", instance(session)?);
    session.send(&Call::new(&actor.0, "GET", path).all_pages()).await?;
    Ok(())
}

/// Expects exactly the people of the table in the answered list, by id and by name.
#[then(expr = "exactly these people were contacted:")]
async fn were_contacted(session: &mut Session, step: &Step) -> StepResult {
    let people = tables::list(step)?;
    let judged = session
        .settle(|session| {
            let mut mismatches = session.mismatches();
            exactly(session, &mut mismatches, "/id", &people)?;
            mismatches.each_echoes_name(session.last_items()?, &session.captures);
            mismatches.counted(session.last_json()?);
            mismatches.into_result("contacted", "unexpected people were contacted", session.last()?)
        })
        .await;
    if let Ok(items) = session.last_items() {
        let contacted = items.iter().map(|item| name_of(session, item)).collect();
        session.observe_roster(ASKED, "who was contacted", contacted);
    }
    Ok(judged?)
}

/// Ends the review's period the way the backend does: by waiting for its end, or by stopping the instance.
#[when(expr = "the review period has ended")]
async fn period_has_ended(session: &mut Session) -> StepResult {
    match session.profile().finish {
        Finish::Wait => {
            let end = session.captures.text(PERIOD_END)?;
            let end: Timestamp = end
                .parse()
                .map_err(|_| Failure::new("instance", format!("the instance's endDateTime is no time: \"{end}\"")))?;
            session.wait_long("the review period to end", end).await?;
        }
        Finish::Stop => {
            let instance = instance(session)?;
            let lookup = Lookup::state(&instance, has_ended);
            session.send(&Call::new("administrator", "POST", format!("{instance}/stop")).lookup(lookup)).await?;
            if session.last()?.status != 204 && !has_been_stopped(session, &instance).await? {
                session.expect_status(204)?;
            }
        }
    }
    Ok(())
}

/// Returns whether the instance had been stopped before: a run that goes on after a crash does not know.
async fn has_been_stopped(session: &mut Session, instance: &str) -> Result<bool, Failure> {
    let refused = session.last()?.clone();
    if !session.is_resumed() {
        return Ok(false);
    }
    let found = session.send(&Call::new("administrator", "GET", instance)).await?;
    let stopped = found.status == 200 && found.json().is_some_and(has_ended);
    if !stopped {
        session.look_back_at(refused);
    }
    Ok(stopped)
}

/// Returns whether an instance takes no more decisions: what stopping it leads to.
fn has_ended(instance: &Value) -> bool {
    let status = instance.get("status").and_then(Value::as_str);
    status.is_some_and(|status| LIFECYCLE.knows(status) && LIFECYCLE.may_become(COMPLETING, status))
}

/// The path of the review at hand.
pub(super) fn definition(session: &Session) -> Result<String, Failure> {
    Ok(format!("{DEFINITIONS}/{}", session.captures.id(REVIEW)?))
}

/// The path of the instance of the review at hand.
pub(super) fn instance(session: &Session) -> Result<String, Failure> {
    Ok(format!("{}/instances/{}", definition(session)?, session.captures.id(INSTANCE)?))
}

/// The answered instance; of several the one at hand.
pub(super) fn only_instance(session: &Session) -> Result<&Value, Failure> {
    let items = session.last_items()?;
    let kept = session.captures.get(INSTANCE);
    let is_at_hand = |item: &&Value| kept.is_some() && item.get("id") == kept;
    let mut at_hand = items.iter().filter(is_at_hand);
    match (items, at_hand.next(), at_hand.next()) {
        ([only], ..) | (_, Some(only), None) => Ok(only),
        _ => {
            let message = format!("expected one instance, got {}", items.len());
            Err(Failure::new("instance", message).notes(session.last()?.notes()))
        }
    }
}

async fn becomes(
    session: &mut Session,
    path: String,
    what: &'static str,
    status: String,
    within: TimeSpan,
) -> StepResult {
    if !LIFECYCLE.knows(&status) {
        Err(Failure::new("review-status", format!("\"{status}\" is not a status of a review"))
            .focus(&status, "unknown")
            .help("the statuses are those of the access reviews API, e.g. InProgress, Completed, Applied"))?;
    }
    let poll = Poll {
        person: None,
        call: Call::new("administrator", "GET", path),
        within: within.0,
        code: "review-status",
        what: format!("the {what} to become {status}"),
        never: format!("the {what} never reached {status}"),
        focus: format!("\"{status}\""),
        help: "reviews start at their start date and end at 08:00 UTC of their end date; applying takes minutes more"
            .to_owned(),
    };
    session.poll(&poll, |session| status_probe(session, what, &status)).await?;
    Ok(())
}

fn status_probe(session: &mut Session, what: &str, wanted: &str) -> Result<Probe, Failure> {
    session.expect_status(200)?;
    let read = session.last_json()?.clone();
    observe(session, what, &read)?;
    is_still_the_same(session, what, &read)?;
    let found = read.get("status").and_then(Value::as_str).unwrap_or("(no status)");
    if found == wanted {
        session.expects(Expectation::Is(Spot::Pointer("/status".to_owned()), wanted.into()));
        return Ok(Probe::Done);
    }
    if !LIFECYCLE.may_become(found, wanted) {
        return Err(Failure::new("review-status", format!("the {what} is {found}, and can no longer become {wanted}"))
            .focus(format!("\"{wanted}\""), format!("found: {found}"))
            .notes(session.last()?.notes()));
    }
    Ok(Probe::NotYet(found.to_owned()))
}

/// Adds a read status to the timeline of the review or of its instance. One that goes backwards is a failure.
fn observe(session: &mut Session, what: &str, read: &Value) -> Result<(), Failure> {
    let Some(status) = read.get("status").and_then(Value::as_str) else {
        return Err(Failure::new("review-status", format!("the {what} has no status")).notes(session.last()?.notes()));
    };
    let observed = if what == "review" { STATUS } else { INSTANCE_STATUS };
    session.observe_state(observed, &format!("the {what}"), &LIFECYCLE, status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Timeline;
    use proptest::prelude::*;

    fn is_legal(statuses: &[&str]) -> bool {
        let mut timeline = Timeline::default();
        statuses.iter().all(|status| timeline.observe(&LIFECYCLE, status, None).is_ok())
    }

    #[test]
    fn completed_stands_on_one_side_of_the_automatic_decisions() {
        assert!(is_legal(&["Completed", "AutoReviewing", "AutoReviewed", "Applied"]));
        assert!(is_legal(&["AutoReviewing", "AutoReviewed", "Completed", "Applied"]));
        assert!(!is_legal(&["Completed", "AutoReviewing", "AutoReviewed", "Completed"]));
    }

    proptest! {
        #[test]
        fn no_sequence_that_goes_backwards_is_accepted(indices in proptest::collection::vec(0usize..10, 2..12)) {
            let names: Vec<&str> = indices.iter().map(|&i| LIFECYCLE.states[i]).collect();
            // `Completed` and the automatic decisions share a rank; everything else is strictly ordered.
            let rank = |i: usize| match i { 5..=7 => 5, 8 => 6, 9 => 7, other => other };
            let backwards = indices.windows(2).any(|pair| rank(pair[1]) < rank(pair[0]));
            if backwards {
                prop_assert!(!is_legal(&names));
            }
        }
    }
}
