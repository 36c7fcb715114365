//! The calls of review histories.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::areas::reviews::ReviewPerson;
use crate::areas::reviews::needs::{HISTORY_LINKER, REVIEW_READER};
use crate::authority::roles::{GLOBAL_ADMINISTRATOR, GLOBAL_READER};
use crate::authority::{Need, Standing};
use crate::http::{Refusal, Reply, not_found};
use crate::odata::GRAPH;
use crate::odata::path::bound;
use crate::odata::query::{Options, Query};
use crate::routes::{List, RoutedCall};

use super::report::DecisionSelection;
use super::{Histories, ReviewHistory};

const DEFINITION: &str = "accessReviewHistoryDefinition";
const INSTANCE: &str = "accessReviewHistoryInstance";
const SET: &str = "identityGovernance/accessReviews/historyDefinitions";

/// Whoever has one of these roles sees the histories of others, too ("List historyDefinitions").
const ALL_READER: Need = Need::role(&[GLOBAL_ADMINISTRATOR, GLOBAL_READER]);

pub(super) fn answer(call: &mut RoutedCall<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    match (call.method(), rest) {
        ("GET", [] | ["$count"]) => list(call),
        ("POST", []) => create(call),
        ("GET", [key]) => read(call, key),
        ("GET", [key, "instances"]) => list_instances(call, key),
        ("GET", [key, "instances", id]) => read_instance(call, key, id),
        ("POST", [key, "instances", id, action]) if bound(action) == "generatedownloaduri" => link(call, key, id),
        _ => Err(call.not_modelled()),
    }
}

fn list(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow_review(REVIEW_READER, Standing::Stranger)?;
    let query = call.query(Options::All)?;
    check_expand(&query)?;
    let visible: Vec<&ReviewHistory> =
        call.tenant.states.get::<Histories>().0.values().filter(|history| is_visible(call, history)).collect();
    let list = List { context: SET.to_owned(), count: visible.len(), counted: true, types: &[DEFINITION] };
    call.list(&list, &query, |place| answered_history(call, visible[place], &query))
}

fn create(call: &mut RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow_review(REVIEW_READER, Standing::Stranger)?;
    let sent = call.body_of(DEFINITION)?;
    let selection = DecisionSelection::parse(&sent)?;
    let created_by = ReviewPerson::calling(call);
    let (id, instance) = (call.tenant.ids.fresh(), call.tenant.ids.fresh());
    let history =
        ReviewHistory { id, instance, sent, selection, created_by, created: call.now, table: None, link: None };
    let shown = history.to_json(call.now);
    call.tenant.states.get_mut::<Histories>().0.insert(id, history);
    let reply = call.entity(201, &format!("{SET}/$entity"), &[DEFINITION], shown, &Query::default())?;
    Ok(reply.header("location", format!("{GRAPH}/v1.0/{SET}/{id}")))
}

fn read(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    call.allow_review(REVIEW_READER, Standing::Stranger)?;
    let query = call.query(Options::Entity)?;
    check_expand(&query)?;
    let history = find(call, key)?;
    call.entity(200, &format!("{SET}/$entity"), &[DEFINITION], answered_history(call, history, &query), &query)
}

fn list_instances(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    call.allow_review(REVIEW_READER, Standing::Stranger)?;
    let query = call.query(Options::WithoutExpand)?;
    let history = find(call, key)?;
    let context = format!("{SET}('{}')/instances", history.id);
    let list = List { context, count: 1, counted: true, types: &[INSTANCE] };
    call.list(&list, &query, |_| history.instance(call.now, call.origin))
}

fn read_instance(call: &RoutedCall<'_>, key: &str, id: &str) -> Result<Reply, Refusal> {
    // The permissions list has the list of instances, and no line for one of them.
    call.allow_review_as(&format!("/{SET}/{key}/instances"), REVIEW_READER, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let history = with_instance(find(call, key)?, id)?;
    let context = format!("{SET}('{}')/instances/$entity", history.id);
    call.entity(200, &context, &[INSTANCE], history.instance(call.now, call.origin), &query)
}

/// Makes a link to the table, which is good for a day.
fn link(call: &mut RoutedCall<'_>, key: &str, id: &str) -> Result<Reply, Refusal> {
    let is_own = find(call, key).is_ok_and(|history| history.created_by.id == call.caller.object);
    call.allow_review(HISTORY_LINKER, if is_own { Standing::Assigned } else { Standing::Stranger })?;
    let history = with_instance(find(call, key)?, id)?;
    if history.table.is_none() {
        let message = "The history data of this instance has not been collected yet: its status has to be 'done'.";
        return Err(Refusal::new(400, "BadRequest", message));
    }
    let (id, ticket, now) = (history.id, call.tenant.ids.fresh(), call.now);
    if let Some(history) = call.tenant.states.get_mut::<Histories>().0.get_mut(&id) {
        history.link = Some((ticket, now));
    }
    let history = find(call, key)?;
    let context = format!("{SET}('{id}')/instances/$entity");
    call.entity(200, &context, &[INSTANCE], history.instance(now, call.origin), &Query::default())
}

/// A history that the caller may see.
fn find<'a>(call: &'a RoutedCall<'_>, key: &str) -> Result<&'a ReviewHistory, Refusal> {
    let id: Option<Uuid> = key.parse().ok();
    let found = id.and_then(|id| call.tenant.states.get::<Histories>().0.get(&id));
    found.filter(|history| is_visible(call, history)).ok_or_else(|| not_found(key))
}

fn with_instance<'a>(history: &'a ReviewHistory, id: &str) -> Result<&'a ReviewHistory, Refusal> {
    let is_it = id.parse::<Uuid>().is_ok_and(|id| id == history.instance);
    if is_it { Ok(history) } else { Err(not_found(id)) }
}

fn is_visible(call: &RoutedCall<'_>, history: &ReviewHistory) -> bool {
    history.created_by.id == call.caller.object || call.is_allowed(ALL_READER, Standing::Stranger)
}

fn answered_history(call: &RoutedCall<'_>, history: &ReviewHistory, query: &Query) -> Map<String, Value> {
    let mut shown = history.to_json(call.now);
    if !query.expand.is_empty() {
        shown.insert("instances".to_owned(), Value::from(vec![history.instance(call.now, call.origin)]));
    }
    shown
}

fn check_expand(query: &Query) -> Result<(), Refusal> {
    match query.expand.iter().find(|name| *name != "instances") {
        Some(other) => {
            let message = format!("Could not find a property named '{other}' on type 'microsoft.graph.{DEFINITION}'.");
            Err(Refusal::new(400, "BadRequest", message))
        }
        None => Ok(()),
    }
}
