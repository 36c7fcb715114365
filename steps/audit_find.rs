//! The audit of existing reviews: finding their instances, and reading one with its definition.

use std::collections::BTreeMap;

use cucumber::{then, when};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::in_words::counted;
use crate::session::{Block, Failure, FoundSession, ObjectId, Observed, Session, StepResult};

use super::audit_course::observe_status;
use super::audit_subject::{
    AuditedScope, DEFINITION_READ, INSTANCE_READ, SERIES_READ, instance_path, keep_decisions, read, read_all, scope,
};
use super::observed::observe_settings;
use super::parameters::Actor;
use super::reviews::{DEFINITIONS, INSTANCE, INSTANCE_STATUS, REVIEW, STATUS};

/// The reviews of which nothing is audited: none of them has begun, or Graph keeps its instances no longer.
pub(super) const NOT_AUDITED: Observed = Observed { heading: "not audited", is_shown: true };
/// The name under which the instances are kept that were found.
const FOUND: &str = "found instances";
/// The name of the day before which no instance is looked at, where one is given.
const SINCE: &str = "since";

/// Reads all reviews, or the one whose id was given, with all their instances.
#[when(expr = "{actor} finds the instances of access reviews")]
async fn finds_instances(session: &mut Session, actor: Actor) -> StepResult {
    let reviews = match session.captures.get(REVIEW).and_then(Value::as_str).map(str::to_owned) {
        Some(_) => vec![read(session, &actor.0, format!("{DEFINITIONS}/{}", session.captures.id(REVIEW)?)).await?],
        None => read_all(session, &actor.0, DEFINITIONS.to_owned()).await?,
    };
    let (mut found, mut without) = (Vec::new(), Vec::new());
    for review in reviews {
        let id = guid(&review)?;
        let name = review.get("displayName").and_then(Value::as_str).unwrap_or(&id).to_owned();
        let instances = read_all(session, &actor.0, format!("{DEFINITIONS}/{id}/instances")).await?;
        if instances.is_empty() {
            let status = review.get("status").and_then(Value::as_str).unwrap_or("without a status");
            without.push(format!("{name} ({status})"));
        }
        for instance in instances {
            let start = instance.get("startDateTime").cloned().unwrap_or_default();
            found.push(json!({"review": id, "name": name, "instance": guid(&instance)?, "start": start}));
        }
    }
    if !without.is_empty() {
        let title = format!("{} without an instance", counted(without.len(), "review"));
        session.observe_roster(NOT_AUDITED, &title, without);
    }
    session.captures.keep(FOUND, Value::Array(found));
    Ok(())
}

/// The id of what was answered: only a GUID may stand in a path.
fn guid(object: &Value) -> Result<String, Failure> {
    let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
    ObjectId::parse(id).map(|_| id.to_owned()).ok_or_else(|| {
        Failure::new("id", format!("expected a GUID as the id of a review or an instance, got \"{id}\""))
    })
}

/// Registers a session for each instance that was found and does not begin before the day that was given.
#[then(expr = "each of them is audited in a session of its own")]
async fn each_is_audited(session: &mut Session) -> StepResult {
    let since = match session.captures.get(SINCE).and_then(Value::as_str).map(str::parse::<Date>) {
        Some(Ok(day)) => TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MIN),
        Some(Err(_)) | None => Timestamp::MIN,
    };
    let found = session.captures.get(FOUND).and_then(Value::as_array).cloned().unwrap_or_default();
    let all = found.len();
    let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    // What says no time is audited as well: nothing is passed over in silence.
    let start = |item: &Value| text(item, "start").parse::<Timestamp>().ok();
    let wanted = found.into_iter().filter(|item| start(item).is_none_or(|start| start >= since));
    let wanted: Vec<Value> = wanted.collect();
    if wanted.is_empty() {
        let what = if all == 0 { "there is no access review with an instance" } else { "no instance began since then" };
        Err(Block(format!("{what}, so there is nothing to audit")))?;
    }
    for item in wanted {
        let day: String = text(&item, "start").chars().take("2026-01-31".len()).collect();
        let (review, instance) = (text(&item, "review"), text(&item, "instance"));
        // A day may have several instances: of a review of several groups each has its own.
        let short: String = instance.chars().take(8).collect();
        let name = format!("{} {day} ({short})", text(&item, "name"));
        let values = [(REVIEW, review), (INSTANCE, instance)].map(|(name, value)| (name.to_owned(), value));
        session.find_session(FoundSession { name, values: BTreeMap::from(values) })?;
    }
    Ok(())
}

/// Reads the review and the instance at hand, and which other instances there are about the same.
#[when(expr = "{actor} reads the review and its instance")]
async fn reads_review(session: &mut Session, actor: Actor) -> StepResult {
    let path = instance_path(session)?;
    let review = read(session, &actor.0, format!("{DEFINITIONS}/{}", session.captures.id(REVIEW)?)).await?;
    observe_status(session, STATUS, "the review")?;
    observe_settings(session, &review);
    let instance = read(session, &actor.0, path.clone()).await?;
    observe_status(session, INSTANCE_STATUS, "the instance")?;
    let about = AuditedScope::of(instance.get("scope").unwrap_or(&Value::Null));
    let is_recurring = review.pointer("/settings/recurrence/pattern/type").is_some_and(|kind| !kind.is_null());
    let mut series = Vec::new();
    if is_recurring {
        let all = path.rsplit_once('/').map_or(path.as_str(), |(all, _)| all).to_owned();
        series = read_all(session, &actor.0, all).await?;
        series.retain(|other| AuditedScope::of(other.get("scope").unwrap_or(&Value::Null)) == about);
    }
    session.captures.keep(DEFINITION_READ, review);
    session.captures.keep(INSTANCE_READ, instance);
    session.captures.keep(SERIES_READ, Value::Array(series));
    Ok(())
}

/// Blocks what is not about a group or a directory role: nothing is known here of who has access to it.
#[then(expr = "the audit supports what is reviewed")]
async fn is_supported(session: &mut Session) -> StepResult {
    match scope(session)? {
        AuditedScope::Group { .. } | AuditedScope::Role { .. } => Ok(()),
        AuditedScope::Other(query) => Err(Block(format!(
            "not supported: the audit judges reviews of a group's members and of a directory role, and this one is of {query}"
        )))?,
    }
}

/// Reads all decisions of the instance at hand.
#[when(expr = "{actor} reads the decisions of the instance")]
async fn reads_decisions(session: &mut Session, actor: Actor) -> StepResult {
    let path = format!("{}/decisions", instance_path(session)?);
    read_all(session, &actor.0, path).await?;
    keep_decisions(session)?;
    Ok(())
}
