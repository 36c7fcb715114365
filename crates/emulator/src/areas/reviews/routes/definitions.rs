//! `/identityGovernance/accessReviews/definitions`.

use graphwalk_catalog::Version;
use serde_json::{Map, Value};

use crate::areas::reviews::area::split;
use crate::areas::reviews::needs::{
    REVIEW_READER, REVIEW_READER_OR_REVIEWER, REVIEW_WRITER, REVIEWER, ROLE_REVIEW_WRITER, SOME_REVIEW_WRITER,
};
use crate::areas::reviews::scope::is_about_roles;
use crate::areas::reviews::settings::drop_times;
use crate::areas::reviews::{
    DecisionBatch, Instance, NewDefinition, ReviewDefinition, ReviewPerson, contacted, instance_context,
};
use crate::authority::{Need, Standing};
use crate::http::{Refusal, Reply};
use crate::odata::GRAPH;
use crate::odata::path::bound;
use crate::odata::query::{Options, Query};
use crate::routes::{List, RoutedCall, unknown_segment};

use super::{filters_by_current_user, stages};

const DEFINITION: &str = "accessReviewScheduleDefinition";
const INSTANCE: &str = "accessReviewInstance";
pub(super) const DECISION: &str = "accessReviewInstanceDecisionItem";
/// The other name that beta has for the fallback reviewers.
const BACKUP_REVIEWERS: &str = "backupReviewers";
const SET: &str = "identityGovernance/accessReviews/definitions";

pub(super) fn answer(call: &mut RoutedCall<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    match (call.method(), rest) {
        ("GET", []) => list(call),
        ("POST", []) => create(call),
        ("GET", [function]) if filters_by_current_user(function)? => list_own(call),
        (_, [key]) => definition(call, key),
        ("GET", [key, "instances"]) => list_instances(call, key),
        ("GET", [key, "instances", function]) if filters_by_current_user(function)? => list_own_instances(call, key),
        (_, [key, "instances", id]) => instance(call, key, id),
        ("GET", [key, "instances", id, "contactedreviewers"]) => list_contacted(call, key, id),
        ("GET", [key, "instances", id, "decisions"]) => list_decisions(call, key, id),
        ("GET", [key, "instances", id, "decisions", function]) if filters_by_current_user(function)? => {
            list_own_decisions(call, key, id)
        }
        (_, [key, "instances", id, "decisions", item]) => decision(call, key, id, item),
        (_, [key, "instances", id, "stages", rest @ ..]) => stages::answer(call, [key, id], rest),
        ("POST", [key, "instances", id, action]) if need_of(bound(action)).is_some() => {
            act(call, key, id, bound(action))
        }
        _ => Err(call.not_modelled()),
    }
}

fn list(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow_review(REVIEW_READER, Standing::Stranger)?;
    let query = sortable(call, &["status", "scope"], &["status", "createdDateTime", "displayName"])?;
    let all: Vec<&ReviewDefinition> = call.reviews().definitions().values().collect();
    definitions(call, &query, &all, SET, false)
}

fn list_own(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow_review(Need::NOTHING, Standing::Assigned)?;
    let query = sortable(call, &["status", "scope"], &["status", "createdDateTime", "displayName"])?;
    let user = call.caller.object;
    let own = call.reviews().definitions().values().filter(|definition| definition.is_reviewed_by(user));
    definitions(call, &query, &own.collect::<Vec<_>>(), &format!("Collection({DEFINITION})"), true)
}

fn definitions(
    call: &RoutedCall<'_>,
    query: &Query,
    all: &[&ReviewDefinition],
    context: &str,
    typed: bool,
) -> Result<Reply, Refusal> {
    let list = List { context: context.to_owned(), count: all.len(), counted: true, types: &[DEFINITION] };
    call.list(&list, query, |place| tagged(typed, DEFINITION, all[place].to_json(false)))
}

/// Checks that the caller may make a review of what the scope of a body says.
fn allow_scope(call: &RoutedCall<'_>, body: &Map<String, Value>) -> Result<(), Refusal> {
    if body.get("scope").is_some_and(|scope| manages_as_owner(call, scope)) {
        return call.allow_review(Need::NOTHING, Standing::Owner);
    }
    let is_about_roles = body.get("scope").is_some_and(is_about_roles);
    call.allow_review(if is_about_roles { ROLE_REVIEW_WRITER } else { REVIEW_WRITER }, Standing::Stranger)
}

/// Returns what a user needs to change a review.
pub(super) fn writer_of(call: &RoutedCall<'_>, key: &str) -> Need {
    let scope = call.reviews().definition(key).ok().and_then(|definition| definition.sent_property("scope"));
    match scope {
        Some(scope) if is_about_roles(scope) => ROLE_REVIEW_WRITER,
        Some(scope) if manages_as_owner(call, scope) => Need::NOTHING,
        _ => REVIEW_WRITER,
    }
}

/// Returns whether the policy lets the caller manage reviews of that scope, owning its group (`accessReviewPolicy`).
fn manages_as_owner(call: &RoutedCall<'_>, scope: &Value) -> bool {
    if !call.reviews().is_owner_managed {
        return false;
    }
    let query = scope.get("query").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    let group = query.split_once("/groups/").and_then(|(_, rest)| rest.split(['/', '?']).next()?.parse().ok());
    let group = group.and_then(|id: uuid::Uuid| call.directory().groups().get(&id));
    group.is_some_and(|group| group.owners.contains(&call.caller.object))
}

/// Returns the standing of the caller to a definition: its creator and its reviewers may read it ("List instances",
/// permissions).
fn standing_to(call: &RoutedCall<'_>, key: &str) -> Standing {
    let user = call.caller.object;
    match call.reviews().definition(key) {
        Ok(definition) if definition.created_by.id == user || definition.is_reviewed_by(user) => Standing::Assigned,
        _ => Standing::Stranger,
    }
}

/// The body of a definition, checked. In beta the fallback reviewers may be sent by the name that they had before, too
/// (`accessReviewScheduleDefinition` of beta, `backupReviewers`).
fn definition_body(call: &RoutedCall<'_>, mut body: Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    drop_times(&mut body);
    if call.path.version() == Some(Version::Beta)
        && let Some(backup) = body.shift_remove(BACKUP_REVIEWERS)
    {
        body.entry("fallbackReviewers").or_insert(backup);
    }
    call.checked(DEFINITION, body)
}

fn create(call: &mut RoutedCall<'_>) -> Result<Reply, Refusal> {
    let need = if call.reviews().is_owner_managed { Need::NOTHING } else { SOME_REVIEW_WRITER };
    call.allow_review(need, Standing::Stranger)?;
    let body = definition_body(call, call.json()?)?;
    allow_scope(call, &body)?;
    let by = ReviewPerson::calling(call);
    let now = call.now;
    let (reviews, around) = split(call.tenant);
    let new = NewDefinition { by, now, directory: around.directory };
    let definition = reviews.create(body, &new, around.ids)?;
    let (id, shown) = (definition.id, definition.to_json(true));
    let reply = call.entity(201, &format!("{SET}/$entity"), &[DEFINITION], shown, &Query::default())?;
    Ok(reply.header("location", format!("{GRAPH}/v1.0/{SET}/{id}")))
}

fn definition(call: &mut RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    match call.method() {
        "GET" => {
            call.allow_review(REVIEW_READER_OR_REVIEWER, standing_to(call, key))?;
            let query = call.query(Options::Select)?;
            let shown = call.reviews().definition(key)?.to_json(false);
            call.entity(200, &format!("{SET}/$entity"), &[DEFINITION], shown, &query)
        }
        "PUT" => {
            call.allow_review(writer_of(call, key), Standing::Stranger)?;
            let id = call.reviews().definition(key)?.id;
            let body = call.sent_back(id, DEFINITION)?;
            let body = definition_body(call, body)?;
            allow_scope(call, &body)?;
            let by = ReviewPerson::calling(call);
            let now = call.now;
            let (reviews, around) = split(call.tenant);
            reviews.replace(key, body, &NewDefinition { by, now, directory: around.directory }, around.ids)?;
            Ok(Reply::no_content())
        }
        "DELETE" => {
            call.allow_review(writer_of(call, key), Standing::Stranger)?;
            call.reviews_mut().delete(key)?;
            Ok(Reply::no_content())
        }
        // Definitions are replaced by PUT, and not changed by PATCH (msgraph-metadata, issue 501).
        _ => Err(call.not_modelled()),
    }
}

fn list_instances(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    call.allow_review(REVIEW_READER_OR_REVIEWER, standing_to(call, key))?;
    let definition = call.reviews().definition(key)?;
    let context = format!("{SET}('{}')/instances", definition.id);
    instances(call, &definition.instances.iter().collect::<Vec<_>>(), context, false)
}

fn list_own_instances(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    call.allow_review(Need::NOTHING, Standing::Assigned)?;
    let user = call.caller.object;
    let instances_of = &call.reviews().definition(key)?.instances;
    let own: Vec<&Instance> = instances_of.iter().filter(|instance| instance.is_reviewed_by(user)).collect();
    instances(call, &own, format!("Collection({INSTANCE})"), true)
}

fn instances(call: &RoutedCall<'_>, all: &[&Instance], context: String, typed: bool) -> Result<Reply, Refusal> {
    let query = filterable(call, &["status", "startDateTime", "endDateTime", "scope"])?;
    let list = List { context, count: all.len(), counted: query.count, types: &[INSTANCE] };
    call.list(&list, &query, |place| tagged(typed, INSTANCE, all[place].to_json()))
}

fn instance(call: &mut RoutedCall<'_>, key: &str, id: &str) -> Result<Reply, Refusal> {
    match call.method() {
        "GET" => {
            call.allow_review(REVIEW_READER_OR_REVIEWER, standing(call, key, id))?;
            let query = call.query(Options::Select)?;
            let definition = call.reviews().definition(key)?.id;
            let shown = call.reviews().instance(key, id)?.to_json();
            call.entity(200, &format!("{SET}('{definition}')/instances/$entity"), &[INSTANCE], shown, &query)
        }
        // The documentation contradicts itself on the verb: its example has PATCH, its heading PUT.
        "PATCH" | "PUT" => {
            call.allow_review(writer_of(call, key), Standing::Stranger)?;
            let instance = call.reviews().instance(key, id)?.id;
            let body = call.sent_back(instance, INSTANCE)?;
            let body = call.checked(INSTANCE, body)?;
            let now = call.now;
            let (reviews, mut around) = split(call.tenant);
            reviews.instance_mut(key, id)?.replace_reviewers(&body, now, &mut around)?;
            let definition = call.reviews().definition(key)?.id;
            let shown = call.reviews().instance(key, id)?.to_json();
            call.entity(200, &format!("{SET}('{definition}')/instances/$entity"), &[INSTANCE], shown, &Query::default())
        }
        _ => Err(call.not_modelled()),
    }
}

fn list_contacted(call: &RoutedCall<'_>, key: &str, id: &str) -> Result<Reply, Refusal> {
    call.allow_review(REVIEW_READER_OR_REVIEWER, standing(call, key, id))?;
    let query = filterable(call, &["displayName", "userPrincipalName", "createdDateTime"])?;
    let instance = call.reviews().instance(key, id)?;
    let all = instance.contacted();
    let context = instance_context(call.reviews().definition(key)?.id, instance.id, "/contactedReviewers");
    let list = List { context, count: all.len(), counted: true, types: &["accessReviewReviewer"] };
    call.list(&list, &query, |place| contacted(&all[place]))
}

fn list_decisions(call: &RoutedCall<'_>, key: &str, id: &str) -> Result<Reply, Refusal> {
    call.allow_review(REVIEW_READER_OR_REVIEWER, standing(call, key, id))?;
    let query = filterable(call, &["decision", "applyResult", "recommendation"])?;
    let instance = call.reviews().instance(key, id)?;
    let context = instance_context(call.reviews().definition(key)?.id, instance.id, "/decisions");
    let list = List { context, count: instance.items().len(), counted: true, types: &[DECISION] };
    call.list(&list, &query, |place| instance.shown_item(&instance.items()[place], call.directory()))
}

fn list_own_decisions(call: &RoutedCall<'_>, key: &str, id: &str) -> Result<Reply, Refusal> {
    call.allow_review(Need::NOTHING, Standing::Assigned)?;
    let query = filterable(call, &["decision", "applyResult", "recommendation"])?;
    let instance = call.reviews().instance(key, id)?;
    let own = instance.items_of(call.caller.object);
    let list = List { context: format!("Collection({DECISION})"), count: own.len(), counted: true, types: &[DECISION] };
    call.list(&list, &query, |place| {
        tagged(true, DECISION, instance.shown_item(&instance.items()[own[place]], call.directory()))
    })
}

fn decision(call: &mut RoutedCall<'_>, key: &str, id: &str, item: &str) -> Result<Reply, Refusal> {
    let found = call.reviews().instance(key, id).and_then(|instance| instance.item(item));
    let standing = match &found {
        Ok(item) if item.is_reviewed_by(call.caller.object) => Standing::Assigned,
        _ => Standing::Stranger,
    };
    match call.method() {
        "GET" => {
            call.allow_review(REVIEW_READER_OR_REVIEWER, standing)?;
            let query = call.query(Options::Select)?;
            let instance = call.reviews().instance(key, id)?;
            let shown = instance.shown_item(instance.item(item)?, call.directory());
            let definition = call.reviews().definition(key)?.id;
            let context = instance_context(definition, instance.id, "/decisions/$entity");
            call.entity(200, &context, &[DECISION], shown, &query)
        }
        "PATCH" => {
            // What does not exist is not found, for any caller.
            found?;
            call.allow_review(REVIEWER, standing)?;
            record(call, [key, id, item])
        }
        _ => Err(call.not_modelled()),
    }
}

pub(super) fn record(call: &mut RoutedCall<'_>, address: [&str; 3]) -> Result<Reply, Refusal> {
    let body = call.body_of(DECISION)?;
    let by = ReviewPerson::calling(call);
    let now = call.now;
    call.reviews_mut().record(address, &body, &by, now)?;
    Ok(Reply::no_content())
}

fn act(call: &mut RoutedCall<'_>, key: &str, id: &str, action: &str) -> Result<Reply, Refusal> {
    let standing = standing(call, key, id);
    let need = match need_of(action).ok_or_else(|| unknown_segment(action))? {
        REVIEW_WRITER => writer_of(call, key),
        other => other,
    };
    call.allow_review(need, standing)?;
    let (by, now) = (ReviewPerson::calling(call), call.now);
    let reviewer = (!call.caller.is_app()).then_some(call.caller.object);
    let batch = if action == "batchrecorddecisions" { Some(DecisionBatch::parse(&call.json()?)?) } else { None };
    let (reviews, around) = split(call.tenant);
    let instance = reviews.instance_mut(key, id)?;
    match (action, batch) {
        (_, Some(batch)) => instance.record_batch(&batch, reviewer, &by, now)?,
        ("stop", _) => instance.stop(now)?,
        ("applydecisions", _) => instance.apply(&by, now)?,
        ("resetdecisions", _) => instance.reset_decisions()?,
        ("sendreminder", _) => instance.remind_now(now, around.mail)?,
        _ => instance.accept_recommendations(&by, now)?,
    }
    Ok(Reply::no_content())
}

/// Returns what a user needs for an action of instances, if it is one.
fn need_of(action: &str) -> Option<Need> {
    match action {
        "stop" | "applydecisions" | "resetdecisions" | "sendreminder" => Some(REVIEW_WRITER),
        "acceptrecommendations" | "batchrecorddecisions" => Some(REVIEWER),
        _ => None,
    }
}

/// Returns what the caller is to an instance.
pub(super) fn standing(call: &RoutedCall<'_>, key: &str, id: &str) -> Standing {
    match call.reviews().instance(key, id) {
        Ok(instance) if instance.is_reviewed_by(call.caller.object) => Standing::Assigned,
        _ => Standing::Stranger,
    }
}

/// The query of a list of reviews, whose filter and order may only name these properties.
pub(super) fn filterable(call: &RoutedCall<'_>, properties: &[&str]) -> Result<Query, Refusal> {
    sortable(call, properties, properties)
}

/// The same of what can be filtered by some properties and ordered by others (reference of accessReviewScheduleDefinition).
fn sortable(call: &RoutedCall<'_>, filtered: &[&str], sorted: &[&str]) -> Result<Query, Refusal> {
    let query = call.query(Options::WithoutExpand)?;
    let named = query.filter.iter().flat_map(|filter| filter.properties()).map(|name| (name, filtered));
    let ordered = query.order.iter().map(|(name, _)| (name.as_str(), sorted));
    for (name, known) in named.chain(ordered) {
        let first = name.split('/').next().unwrap_or(name);
        if !known.contains(&first) {
            let message = format!("The property '{first}' cannot be used in the query parameter.");
            return Err(Refusal::new(400, "Request_UnsupportedQuery", message));
        }
    }
    Ok(query)
}

/// An entity of a list that a function answers, which says of what type it is.
pub(super) fn tagged(typed: bool, kind: &str, entity: Map<String, Value>) -> Map<String, Value> {
    if !typed {
        return entity;
    }
    let mut tagged = Map::with_capacity(entity.len() + 1);
    tagged.insert("@odata.type".to_owned(), format!("#microsoft.graph.{kind}").into());
    tagged.extend(entity);
    tagged
}
