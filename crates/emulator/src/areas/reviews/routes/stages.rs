//! `…/instances/{id}/stages`.

use crate::areas::reviews::area::split;
use crate::areas::reviews::instance_context;
use crate::areas::reviews::needs::{REVIEW_READER_OR_REVIEWER, REVIEWER};
use crate::authority::{Need, Standing};
use crate::http::{Refusal, Reply};
use crate::odata::path::bound;
use crate::odata::query::{Options, Query};
use crate::routes::{List, RoutedCall};

use super::definitions::{DECISION, filterable, record, standing, tagged, writer_of};
use super::filters_by_current_user;

const STAGE: &str = "accessReviewStage";

pub(super) fn answer(call: &mut RoutedCall<'_>, [key, id]: [&str; 2], rest: &[&str]) -> Result<Reply, Refusal> {
    match (call.method(), rest) {
        ("GET", []) => {
            call.allow_review(REVIEW_READER_OR_REVIEWER, standing(call, key, id))?;
            list(call, key, id, false)
        }
        ("GET", [function]) if filters_by_current_user(function)? => {
            call.allow_review(Need::NOTHING, Standing::Assigned)?;
            list(call, key, id, true)
        }
        ("GET", [stage]) => read(call, [key, id, stage]),
        ("PATCH", [stage]) => update(call, [key, id, stage]),
        ("POST", [stage, action]) if bound(action) == "stop" => stop(call, [key, id, stage]),
        ("GET", [stage, "decisions"]) => {
            call.allow_review(REVIEW_READER_OR_REVIEWER, standing(call, key, id))?;
            decisions(call, [key, id, stage], false)
        }
        ("GET", [stage, "decisions", function]) if filters_by_current_user(function)? => {
            call.allow_review(Need::NOTHING, Standing::Assigned)?;
            decisions(call, [key, id, stage], true)
        }
        ("GET", [stage, "decisions", item]) => read_decision(call, [key, id, stage, item]),
        ("PATCH", [stage, "decisions", item]) => record_decision(call, [key, id, stage, item]),
        _ => Err(call.not_modelled()),
    }
}

fn update(call: &mut RoutedCall<'_>, [key, id, stage]: [&str; 3]) -> Result<Reply, Refusal> {
    call.allow_review(writer_of(call, key), Standing::Stranger)?;
    let body = call.body_of(STAGE)?;
    let now = call.now;
    let (reviews, mut around) = split(call.tenant);
    reviews.instance_mut(key, id)?.replace_stage_reviewers(stage, &body, now, &mut around)?;
    stage_reply(call, [key, id, stage], &Query::default())
}

/// Returns the standing of the caller to an item of a stage, if there is that item.
fn standing_of(call: &RoutedCall<'_>, [key, id, stage, item]: [&str; 4]) -> Result<Standing, Refusal> {
    let instance = call.reviews().instance(key, id)?;
    let reviews = instance.item_of_stage(instance.stage(stage)?.0, item)?.is_reviewed_by(call.caller.object);
    Ok(if reviews { Standing::Assigned } else { Standing::Stranger })
}

fn read_decision(call: &RoutedCall<'_>, address: [&str; 4]) -> Result<Reply, Refusal> {
    call.allow_review(REVIEW_READER_OR_REVIEWER, standing_of(call, address).unwrap_or(Standing::Stranger))?;
    let [key, id, stage, item] = address;
    let query = call.query(Options::Select)?;
    let instance = call.reviews().instance(key, id)?;
    let (place, stage) = instance.stage(stage)?;
    let shown = instance.shown_item(instance.item_of_stage(place, item)?, call.directory());
    let rest = format!("/stages('{}')/decisions/$entity", stage.id);
    let context = instance_context(call.reviews().definition(key)?.id, instance.id, &rest);
    call.entity(200, &context, &[DECISION], shown, &query)
}

fn record_decision(call: &mut RoutedCall<'_>, address: [&str; 4]) -> Result<Reply, Refusal> {
    // What does not exist is not found, for any caller.
    call.allow_review(REVIEWER, standing_of(call, address)?)?;
    let [key, id, stage, item] = address;
    if !call.reviews().instance(key, id)?.stage(stage)?.1.open {
        return Err(Refusal::new(400, "BadRequest", "The stage is Completed and takes no decisions."));
    }
    record(call, [key, id, item])
}

fn list(call: &RoutedCall<'_>, key: &str, id: &str, own: bool) -> Result<Reply, Refusal> {
    let query = filterable(call, &["status", "startDateTime", "endDateTime"])?;
    let instance = call.reviews().instance(key, id)?;
    let user = call.caller.object;
    let reviews = |place: &usize| !own || instance.items_of_stage(*place).iter().any(|item| item.is_reviewed_by(user));
    let places: Vec<usize> = (0..instance.stages().len()).filter(reviews).collect();
    let context = match own {
        true => format!("Collection({STAGE})"),
        false => instance_context(call.reviews().definition(key)?.id, instance.id, "/stages"),
    };
    let list = List { context, count: places.len(), counted: query.count, types: &[STAGE] };
    call.list(&list, &query, |place| {
        let place = places[place];
        tagged(own, STAGE, instance.shown_stage(place, &instance.stages()[place]))
    })
}

fn read(call: &RoutedCall<'_>, [key, id, stage]: [&str; 3]) -> Result<Reply, Refusal> {
    call.allow_review(REVIEW_READER_OR_REVIEWER, standing(call, key, id))?;
    stage_reply(call, [key, id, stage], &call.query(Options::Select)?)
}

fn stage_reply(call: &RoutedCall<'_>, [key, id, stage]: [&str; 3], query: &Query) -> Result<Reply, Refusal> {
    let instance = call.reviews().instance(key, id)?;
    let (place, stage) = instance.stage(stage)?;
    let context = instance_context(call.reviews().definition(key)?.id, instance.id, "/stages/$entity");
    call.entity(200, &context, &[STAGE], instance.shown_stage(place, stage), query)
}

fn stop(call: &mut RoutedCall<'_>, [key, id, stage]: [&str; 3]) -> Result<Reply, Refusal> {
    call.allow_review(writer_of(call, key), Standing::Stranger)?;
    let now = call.now;
    let (reviews, mut around) = split(call.tenant);
    reviews.instance_mut(key, id)?.stop_stage(stage, now, &mut around)?;
    Ok(Reply::no_content())
}

fn decisions(call: &RoutedCall<'_>, [key, id, stage]: [&str; 3], own: bool) -> Result<Reply, Refusal> {
    let query = filterable(call, &["decision", "applyResult", "recommendation"])?;
    let instance = call.reviews().instance(key, id)?;
    let (place, stage) = instance.stage(stage)?;
    let mut items = instance.items_of_stage(place);
    items.retain(|item| !own || item.is_reviewed_by(call.caller.object));
    let rest = format!("/stages('{}')/decisions", stage.id);
    let context = match own {
        true => format!("Collection({DECISION})"),
        false => instance_context(call.reviews().definition(key)?.id, instance.id, &rest),
    };
    let list = List { context, count: items.len(), counted: true, types: &[DECISION] };
    call.list(&list, &query, |place| tagged(own, DECISION, instance.shown_item(items[place], call.directory())))
}
