//! What only beta has: the decisions of all reviews in one list, and the policy of access reviews.

use graphwalk_catalog::Version;
use serde_json::{Map, Value, json};

use crate::areas::reviews::area::denied;
use crate::areas::reviews::needs::{POLICY_WRITER, REVIEW_READER, REVIEW_READER_OR_REVIEWER};
use crate::areas::reviews::{Instance, Item, not_found};
use crate::authority::{Need, Standing};
use crate::http::{Refusal, Reply};
use crate::odata;
use crate::odata::query::Options;
use crate::routes::body::{bad, read_only, unknown_property};
use crate::routes::{List, RoutedCall};

use super::definitions::{DECISION, filterable, tagged};
use super::filters_by_current_user;

/// The permissions list has no line for the decisions of all reviews: those of the definitions are asked for, which hold them (inferred).
const DEFINITIONS: &str = "/identityGovernance/accessReviews/definitions";
const SET: &str = "identityGovernance/accessReviews/decisions";
const POLICY: &str = "accessReviewPolicy";
const OWNER_MANAGED: &str = "isGroupOwnerManagementEnabled";

/// Answers what follows `/identityGovernance/accessReviews/decisions`.
pub(super) fn decisions(call: &RoutedCall<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    in_beta(call)?;
    match (call.method(), rest) {
        ("GET", [] | ["$count"]) => {
            call.allow_review_as(DEFINITIONS, REVIEW_READER, Standing::Stranger)?;
            list(call, |_| true, SET, false)
        }
        ("GET", [function]) if filters_by_current_user(function)? => {
            // An app is no user (inferred, as for the decisions of one instance).
            if call.caller.is_app() {
                return Err(denied());
            }
            call.allow_review_as(DEFINITIONS, Need::NOTHING, Standing::Assigned)?;
            let user = call.caller.object;
            list(call, |item| item.is_reviewed_by(user), &format!("Collection({DECISION})"), true)
        }
        ("GET", [key]) => read(call, key),
        _ => Err(call.not_modelled()),
    }
}

fn list(
    call: &RoutedCall<'_>,
    wanted: impl Fn(&Item) -> bool,
    context: &str,
    is_typed: bool,
) -> Result<Reply, Refusal> {
    let query = filterable(call, &["decision", "applyResult", "recommendation"])?;
    let all: Vec<(&Instance, &Item)> = items(call).filter(|(_, item)| wanted(item)).collect();
    let list = List { context: context.to_owned(), count: all.len(), counted: true, types: &[DECISION] };
    call.list(&list, &query, |place| {
        let (instance, item) = all[place];
        tagged(is_typed, DECISION, instance.shown_item(item, call.directory()))
    })
}

fn read(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    let id = key.parse().ok();
    let found = items(call).find(|(_, item)| Some(item.id) == id);
    let is_own = found.is_some_and(|(_, item)| item.is_reviewed_by(call.caller.object));
    let standing = if is_own { Standing::Assigned } else { Standing::Stranger };
    call.allow_review_as(DEFINITIONS, REVIEW_READER_OR_REVIEWER, standing)?;
    let query = call.query(Options::Select)?;
    let (instance, item) = found.ok_or_else(|| not_found("decision", key))?;
    call.entity(200, &format!("{SET}/$entity"), &[DECISION], instance.shown_item(item, call.directory()), &query)
}

/// The items of all instances, of the oldest definition first.
fn items<'a>(call: &'a RoutedCall<'_>) -> impl Iterator<Item = (&'a Instance, &'a Item)> {
    let instances = call.reviews().definitions().values().flat_map(|definition| &definition.instances);
    instances.flat_map(|instance| instance.items().iter().map(move |item| (instance, item)))
}

/// Answers `/policies/accessReviewPolicy`, which has a second path under access reviews.
pub(super) fn policy(call: &mut RoutedCall<'_>) -> Result<Reply, Refusal> {
    in_beta(call)?;
    match call.method() {
        "GET" => {
            call.allow_review(Need::NOTHING, Standing::Stranger)?;
            let query = call.query(Options::Select)?;
            let mut shown: Map<String, Value> = Map::new();
            shown.insert("@odata.context".to_owned(), call.context(&format!("policies/{POLICY}/$entity")).into());
            let mut properties = properties(call.reviews().is_owner_managed);
            let known = properties.clone();
            odata::select(&mut properties, &query, |name| known.contains_key(name))?;
            shown.extend(properties);
            Ok(Reply::json(200, shown.into()))
        }
        "PATCH" => {
            call.allow_review(POLICY_WRITER, Standing::Stranger)?;
            let mut is_owner_managed = call.reviews().is_owner_managed;
            for (name, value) in call.json()? {
                match (name.as_str(), value) {
                    (OWNER_MANAGED, Value::Bool(is)) => is_owner_managed = is,
                    (OWNER_MANAGED, _) => {
                        return Err(bad(
                            "Invalid value specified for property 'isGroupOwnerManagementEnabled' of resource 'AccessReviewPolicy'.",
                        ));
                    }
                    (known, _) if properties(false).contains_key(known) => return Err(read_only(known)),
                    (other, _) => return Err(unknown_property(other, POLICY)),
                }
            }
            call.reviews_mut().is_owner_managed = is_owner_managed;
            Ok(Reply::no_content())
        }
        _ => Err(call.not_modelled()),
    }
}

/// The policy as the reference prints it. Its id is not printed there (assumption).
fn properties(is_owner_managed: bool) -> Map<String, Value> {
    let json = json!({
        "id": POLICY,
        "displayName": "Access Review Policy",
        "description": "Policy contains directory-level access review settings.",
        OWNER_MANAGED: is_owner_managed,
    });
    json.as_object().cloned().unwrap_or_default()
}

/// # Errors
///
/// 501 if the call is one of v1.0, whose metadata does not have it.
fn in_beta(call: &RoutedCall<'_>) -> Result<(), Refusal> {
    if call.path.version() == Some(Version::Beta) { Ok(()) } else { Err(call.not_modelled()) }
}
