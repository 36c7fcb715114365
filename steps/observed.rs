//! What steps tell the reports of a review beside what they assert: what was set, who is reviewed, who was asked, what was
//! decided, and what became of it.

use graphwalk_catalog::NOBODY;
use serde_json::Value;

use crate::session::{Observed, Session};

use super::reviews::only_instance;

/// The settings of the review.
pub(super) const SETTINGS: Observed = Observed { heading: "settings", is_shown: false };
/// About whom the review decides.
pub(super) const POPULATION: Observed = Observed { heading: "population", is_shown: false };
/// The people who were asked to decide.
pub(super) const ASKED: Observed = Observed { heading: "who was asked", is_shown: false };
/// The decisions, by whom, and how they were applied.
pub(super) const DECISIONS: Observed = Observed { heading: "decisions", is_shown: false };

const DECISION_COLUMNS: [&str; 9] =
    ["about", "decision", "decided by", "decided", "reason", "result", "applied by", "applied", "id"];

/// Tells of the settings of a review that was answered: a row a setting, one that has parts as JSON.
pub(super) fn observe_settings(session: &mut Session, review: &Value) {
    let Some(settings) = review.get("settings").and_then(Value::as_object) else { return };
    let told = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rows = settings.iter().map(|(name, value)| vec![name.clone(), told(value)]).collect();
    session.observe_table(SETTINGS, "settings of the review", columns(&["setting", "value"]), rows);
}

/// Tells of the answered list of decisions: about whom there is one, and what each of them says. One that holds only what the
/// caller may decide is no list of all.
pub(super) fn observe_decisions(session: &mut Session) {
    let is_whole = session.last().is_ok_and(|last| !last.path.to_lowercase().contains("filterbycurrentuser"));
    let Some(items) = session.last_items().ok().filter(|_| is_whole) else { return };
    let mut people = Vec::with_capacity(items.len());
    let mut rows = Vec::with_capacity(items.len());
    for item in items {
        let about = item.get("principal").map_or_else(|| "nobody named".to_owned(), |who| name_of(session, who));
        people.push(about.clone());
        rows.push(row(session, about, item));
    }
    session.observe_roster(POPULATION, "whom the decisions are about", people);
    session.observe_table(DECISIONS, "each decision", columns(&DECISION_COLUMNS), rows);
}

fn row(session: &Session, about: String, item: &Value) -> Vec<String> {
    let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let by = |name: &str, is_done: bool| match item.get(name).filter(|who| id_of(who) != NOBODY && who.is_object()) {
        Some(who) => name_of(session, who),
        None if is_done => "the service, by itself".to_owned(),
        None => "nobody".to_owned(),
    };
    let is_decided = item.get("decision").is_some_and(|decision| decision != "NotReviewed");
    let decided_by = match by("reviewedBy", is_decided) {
        by_itself if by_itself.starts_with("the service") => "nobody: by default".to_owned(),
        person => person,
    };
    let is_applied = item.get("applyResult").is_some_and(|result| result != "New");
    let id = item.pointer("/principal/id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (decided, applied) = (text("reviewedDateTime"), text("appliedDateTime"));
    let (decision, reason, result) = (text("decision"), text("justification"), text("applyResult"));
    vec![about, decision, decided_by, decided, reason, result, by("appliedBy", is_applied), applied, id]
}

/// Tells of the reviewers that the answered instance names, by the ids in their queries.
pub(super) fn observe_reviewers(session: &mut Session) {
    let Ok(instance) = only_instance(session) else { return };
    let query = |reviewer: &Value| reviewer.get("query").and_then(Value::as_str).map(str::to_owned);
    let queries = instance.get("reviewers").and_then(Value::as_array).into_iter().flatten().filter_map(query);
    let told = |query: String| {
        let id = query.rsplit('/').next().unwrap_or_default();
        session.captures.name_of(id).map_or_else(|| query.clone(), str::to_owned)
    };
    let reviewers: Vec<String> = queries.map(told).collect();
    session.observe_roster(ASKED, "reviewers of the instance", reviewers);
}

/// The name that somebody's id is kept under, else the display name, else the id.
pub(super) fn name_of(session: &Session, who: &Value) -> String {
    let text = |name: &str| who.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let id = id_of(who);
    session
        .captures
        .name_of(id)
        .or(text("displayName"))
        .unwrap_or(if id.is_empty() { "(no id)" } else { id })
        .to_owned()
}

fn id_of(who: &Value) -> &str {
    who.get("id").and_then(Value::as_str).unwrap_or_default()
}

fn columns(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
