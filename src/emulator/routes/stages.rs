//! `…/instances/{id}/stages`.

use crate::emulator::authority::{Operation, Standing};
use crate::emulator::http::{Refusal, Reply};
use crate::emulator::odata::path::{bound, filters_by_current_user};
use crate::emulator::odata::query::Options;
use crate::emulator::reviews::instance_context;

use super::call::List;
use super::reviews::{DECISION, filterable, record, standing, tagged};
use super::{Call, method_not_allowed, not_modelled};

const STAGE: &str = "accessReviewStage";

pub(super) fn answer(call: &mut Call<'_>, [key, id]: [&str; 2], rest: &[&str]) -> Result<Reply, Refusal> {
    match (call.method(), rest) {
        ("GET", []) => {
            call.allow_review(Operation::ListStages, standing(call, key, id))?;
            list(call, key, id, false)
        }
        ("GET", [function]) if filters_by_current_user(function)? => {
            call.allow_review(Operation::ListOwnStages, Standing::Reviewer)?;
            list(call, key, id, true)
        }
        ("GET", [stage]) => read(call, [key, id, stage]),
        ("POST", [stage, action]) if bound(action) == "stop" => stop(call, [key, id, stage]),
        ("GET", [stage, "decisions"]) => {
            call.allow_review(Operation::ListStageDecisions, standing(call, key, id))?;
            decisions(call, [key, id, stage], false)
        }
        ("GET", [stage, "decisions", function]) if filters_by_current_user(function)? => {
            call.allow_review(Operation::ListOwnStageDecisions, Standing::Reviewer)?;
            decisions(call, [key, id, stage], true)
        }
        ("PATCH", [stage, "decisions", item]) => {
            let instance = call.tenant.reviews.instance(key, id)?;
            let (_, stage) = instance.stage(stage)?;
            if !stage.open {
                return Err(Refusal::new(400, "BadRequest", "The stage is Completed and takes no decisions."));
            }
            let reviews = instance.item(item)?.is_reviewed_by(call.caller.object);
            call.allow_review(
                Operation::RecordStageDecision,
                if reviews { Standing::Reviewer } else { Standing::Stranger },
            )?;
            record(call, [key, id, item])
        }
        // Named in the table of permissions only: no CSDL binds these actions to a stage.
        ("POST", [_, action]) => Err(not_modelled("stages/{id}", &[action])),
        _ => Err(method_not_allowed(&call.request.method)),
    }
}

fn list(call: &Call<'_>, key: &str, id: &str, own: bool) -> Result<Reply, Refusal> {
    let query = filterable(call, &["status", "startDateTime", "endDateTime"])?;
    let instance = call.tenant.reviews.instance(key, id)?;
    let user = call.caller.object;
    let reviews = |place: &usize| !own || instance.items_of_stage(*place).iter().any(|item| item.is_reviewed_by(user));
    let places: Vec<usize> = (0..instance.stages().len()).filter(reviews).collect();
    let context = match own {
        true => format!("Collection({STAGE})"),
        false => instance_context(call.tenant.reviews.definition(key)?.id, instance.id, "/stages"),
    };
    let list = List { context, count: places.len(), counted: query.count, types: &[STAGE] };
    call.list(&list, &query, |place| {
        let place = places[place];
        tagged(own, STAGE, instance.shown_stage(place, &instance.stages()[place]))
    })
}

fn read(call: &Call<'_>, [key, id, stage]: [&str; 3]) -> Result<Reply, Refusal> {
    call.allow_review(Operation::ReadStage, standing(call, key, id))?;
    let query = call.query(Options::Select)?;
    let instance = call.tenant.reviews.instance(key, id)?;
    let (place, stage) = instance.stage(stage)?;
    let context = instance_context(call.tenant.reviews.definition(key)?.id, instance.id, "/stages/$entity");
    call.entity(200, &context, &[STAGE], instance.shown_stage(place, stage), &query)
}

fn stop(call: &mut Call<'_>, [key, id, stage]: [&str; 3]) -> Result<Reply, Refusal> {
    call.allow_review(Operation::StopStage, Standing::Stranger)?;
    call.tenant.stop_stage([key, id, stage], call.now)?;
    Ok(Reply::no_content())
}

fn decisions(call: &Call<'_>, [key, id, stage]: [&str; 3], own: bool) -> Result<Reply, Refusal> {
    let query = filterable(call, &["decision", "applyResult", "recommendation"])?;
    let instance = call.tenant.reviews.instance(key, id)?;
    let (place, stage) = instance.stage(stage)?;
    let mut items = instance.items_of_stage(place);
    items.retain(|item| !own || item.is_reviewed_by(call.caller.object));
    let rest = format!("/stages('{}')/decisions", stage.id);
    let context = match own {
        true => format!("Collection({DECISION})"),
        false => instance_context(call.tenant.reviews.definition(key)?.id, instance.id, &rest),
    };
    let list = List { context, count: items.len(), counted: true, types: &[DECISION] };
    call.list(&list, &query, |place| tagged(own, DECISION, instance.shown_item(items[place], &call.tenant.directory)))
}
