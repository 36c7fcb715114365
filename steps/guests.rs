//! Guests: inviting them, and reviewing them in all Microsoft 365 groups.

use cucumber::{gherkin::Step, then, when};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::session::{Call, Failure, Session, StepResult, typed};

use super::directory::{create, looked_up};
use super::observed::observe_reviewers;
use super::parameters::{Actor, Count, Days, cell_value};
use super::reviews::{DEFINITIONS, INSTANCE, SENT, create_review, definition, keep_as_instance, only_instance};
use super::same_review::{GROUP, is_still_the_same, of_instance, same_reviewers, same_scope};
use super::tables;

/// Invites somebody of another organisation, with the properties of the table: a user is made who stands for them.
#[when(expr = "{actor} invites the guest {string}:")]
async fn invites_guest(session: &mut Session, actor: Actor, name: String, step: &Step) -> StepResult {
    let mut body = json!({"invitedUserDisplayName": name});
    for (property, value) in tables::properties(step)? {
        body[property] = cell_value(value);
    }
    let call = session.adapt(Call::new(&actor.0, "POST", "/v1.0/invitations").body(body));
    // What it makes is a user, with other properties than the invitation: the address alone tells whether it was made.
    let call = looked_up(session, call, &name, &[]);
    create(session, &name, &call).await
}

/// Expects that an invitation was made, and a user for it.
#[then(expr = "the guest {string} is invited")]
async fn is_invited(session: &mut Session, name: String) -> StepResult {
    let exchange = session.expect_status(201)?;
    let invitation = session.last_json()?;
    let mut mismatches = session.mismatches();
    // What stands for a lost answer is the user.
    if exchange.recovered.is_none() {
        mismatches.guid(invitation, "/invitedUser/id");
        mismatches.echoes_what_is_told(session.sent_json()?, invitation, &["invitedUserEmailAddress"]);
    }
    mismatches.into_result("guest", &format!("{name} was not invited as asked"), exchange)?;
    Ok(())
}

/// Reads the user who stands for a guest, and expects the address that was invited and an account that is enabled.
#[then(expr = "{string} is a guest with the address {string} and may sign in")]
async fn is_guest(session: &mut Session, name: String, address: String) -> StepResult {
    let select = "id,displayName,mail,userType,accountEnabled";
    let path = format!("/v1.0/users/{}?$select={select}", session.captures.id(&name)?);
    session.send(&Call::new("administrator", "GET", path)).await?;
    let address = session.naming.mail_address(&address);
    session
        .settle(|session| {
            let exchange = session.expect_status(200)?;
            let mut mismatches = session.mismatches();
            mismatches
                .text(session.last_json()?, "/id", session.captures.text(&name)?)
                .text(session.last_json()?, "/displayName", &name)
                .text(session.last_json()?, "/mail", &address)
                .text(session.last_json()?, "/userType", "Guest")
                .at(session.last_json()?, "/accountEnabled", &json!(true));
            mismatches.into_result("guest", &format!("{name} is no guest who may sign in"), exchange)
        })
        .await?;
    Ok(())
}

/// Creates a review of the guests in each Microsoft 365 group, by its owners. It comes again every so many months. Rows: settings;
/// `fallback reviewer`, who decides where a group has no owner; `days of the series`, after which it does not come again.
#[when(expr = "{actor} creates the review {string} of guests in all Microsoft 365 groups, every {count} months:")]
async fn creates_guest_review(
    session: &mut Session,
    actor: Actor,
    name: String,
    months: Count,
    step: &Step,
) -> StepResult {
    let reviewer = |query: &str| json!({"query": query, "queryType": "MicrosoftGraph", "queryRoot": null});
    let (mut settings, mut fallback, mut last_day) = (json!({}), Vec::new(), Value::Null);
    for (property, value) in tables::properties(step)? {
        match property {
            "days of the series" => {
                let days: Days =
                    value.parse().map_err(|why: String| Failure::new("table", why).focus(value, "no days"))?;
                last_day = session.captures.day(i64::from(days.0))?.into();
            }
            "fallback reviewer" => fallback.push(reviewer(&format!("/users/{}", session.captures.id(value)?))),
            _ => settings[property] = cell_value(value),
        }
    }
    settings["recurrence"] = json!({
        "pattern": {
            "type": "absoluteMonthly",
            "interval": months.0,
            "month": 0,
            "dayOfMonth": 0,
            "daysOfWeek": [],
            "firstDayOfWeek": "sunday",
            "index": "first",
        },
        "range": {
            "type": "numbered",
            "numberOfOccurrences": 0,
            "recurrenceTimeZone": null,
            "startDate": session.captures.day(0)?,
            "endDate": last_day,
        },
    });
    settings["applyActions"] = json!([{"@odata.type": "#microsoft.graph.removeAccessApplyAction"}]);
    let body = json!({
        "displayName": name,
        "descriptionForAdmins": "",
        "descriptionForReviewers": "",
        "scope": {
            "query": "./members/microsoft.graph.user/?$count=true&$filter=(userType eq 'Guest')",
            "queryType": "MicrosoftGraph",
        },
        "instanceEnumerationScope": {
            "query": "/groups?$filter=(groupTypes/any(c:c+eq+'Unified'))&$count=true",
            "queryType": "MicrosoftGraph",
        },
        "reviewers": [reviewer("./owners")],
        "fallbackReviewers": fallback,
        "settings": settings,
    });
    let call = session.adapt(Call::new(&actor.0, "POST", DEFINITIONS).body(body));
    create_review(session, &name, call, &["displayName", "descriptionForAdmins", "descriptionForReviewers"]).await
}

/// Expects one instance about a group in the answered list, whatever other groups have, and makes it the one at hand.
#[then(expr = "there is exactly one instance about the group {string}")]
async fn one_instance_about(session: &mut Session, group: String) -> StepResult {
    let id = session.captures.id(&group)?.to_owned();
    session
        .settle(|session| {
            let mut mismatches = session.mismatches();
            let found = about(session.last_items()?, &id);
            mismatches.judges(&format!("exactly one instance is about {group}"));
            if found.len() != 1 {
                mismatches.differ(
                    "/value",
                    &format!("one instance about {group}"),
                    &format!("{} instances", found.len()),
                );
            }
            mismatches.into_result("instance", "unexpected instances of the review", session.last()?)
        })
        .await?;
    let only = about(session.last_items()?, &id).first().map(|only| (*only).clone()).unwrap_or_default();
    keep_as_instance(session, &only);
    session.captures.keep(GROUP, group.into());
    Ok(())
}

/// Expects that the scope of the instance is the guests of a group, and that the owners of the group decide.
#[then(expr = "the instance reviews the guests of {string}, and its owners decide")]
async fn instance_reviews_guests(session: &mut Session, group: String) -> StepResult {
    let found = only_instance(session)?;
    let mut mismatches = session.mismatches();
    let sent = session.captures.get(SENT).cloned().unwrap_or_default();
    mismatches.text(found, "/scope/@odata.type", "#microsoft.graph.accessReviewQueryScope");
    same_scope(&mut mismatches, &of_instance(session, &sent), found, "scope");
    same_reviewers(&mut mismatches, &sent, found);
    let query = found.pointer("/scope/query").and_then(Value::as_str).unwrap_or_default();
    for part in [session.captures.text(&group)?, "userType eq 'Guest'"] {
        mismatches.part(found, "/scope/query", part);
        if !query.contains(part) {
            mismatches.differ("/scope/query", &format!("a query with {part}"), query);
        }
    }
    mismatches.into_result("scope", "the instance reviews something else", session.last()?)?;
    observe_reviewers(session);
    Ok(())
}

/// Reads the review, and expects that it comes again every so many months for so many days.
#[then(expr = "the review comes again every {count} months for {days} days")]
async fn comes_again(session: &mut Session, months: Count, days: Days) -> StepResult {
    let path = definition(session)?;
    session.send(&Call::new("administrator", "GET", path)).await?;
    let exchange = session.expect_status(200)?;
    let review = session.last_json()?;
    let mut mismatches = session.mismatches();
    mismatches
        .text(review, "/settings/recurrence/pattern/type", "absoluteMonthly")
        .at(review, "/settings/recurrence/pattern/interval", &json!(months.0))
        .text(review, "/settings/recurrence/range/startDate", &session.captures.day(0)?)
        .text(review, "/settings/recurrence/range/endDate", &session.captures.day(i64::from(days.0))?);
    mismatches.into_result("review", "the review does not come again as asked", exchange)?;
    is_still_the_same(session, "review", review)?;
    Ok(())
}

/// Expects the instance at hand in the answered list, and of others about the same group that they have not started yet.
#[then(expr = "every other instance about the group {string} is still to come")]
async fn others_are_to_come(session: &mut Session, group: String) -> StepResult {
    let now = session.ask_time().await;
    let (id, kept) = (session.captures.id(&group)?, session.captures.text(INSTANCE)?);
    let (this, others): (Vec<&Value>, Vec<&Value>) = about(session.last_items()?, id)
        .into_iter()
        .partition(|item| item.get("id").and_then(Value::as_str) == Some(kept));
    let mut mismatches = session.mismatches();
    mismatches.judges("the instance at hand is in the list, and every other one about the group is still to come");
    if this.len() != 1 {
        mismatches.differ("/value", "the instance at hand", &format!("{} of it", this.len()));
    }
    for other in others {
        let start = other.get("startDateTime").unwrap_or(&Value::Null);
        let starts_at = start.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        if starts_at.is_none_or(|starts_at| starts_at <= *now.start()) {
            mismatches.differ(
                "/startDateTime",
                &format!("a time in the future (it is {})", now.start()),
                &typed(start),
            );
        }
    }
    mismatches.into_result("instance", "the review has begun again", session.last()?)?;
    if let [this] = this.as_slice() {
        is_still_the_same(session, "instance", this)?;
    }
    Ok(())
}

/// The instances about a group, told by its id in their scopes.
fn about<'v>(instances: &'v [Value], group: &str) -> Vec<&'v Value> {
    let part = format!("/groups/{group}/");
    let query = |item: &Value| item.pointer("/scope/query").and_then(Value::as_str).unwrap_or_default().to_owned();
    instances.iter().filter(|item| query(item).contains(&part)).collect()
}
