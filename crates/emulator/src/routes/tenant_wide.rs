//! `/organization`, `/subscribedSkus`, `/directoryObjects`.

use uuid::Uuid;

use crate::authority::{Need, Standing};
use crate::directory::not_found;
use crate::http::{Refusal, Reply};
use crate::odata::query::Options;

use super::call::List;
use super::users::is_delta;
use super::{Call, not_answered};

pub(super) fn organization(call: &Call<'_>) -> Result<Reply, Refusal> {
    only_get(call)?;
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let organization = call.tenant.organization();
    let list = List { context: "organization".to_owned(), count: 1, counted: false, types: &["organization"] };
    call.list(&list, &query, |_| organization.clone())
}

pub(super) fn subscribed_skus(call: &Call<'_>) -> Result<Reply, Refusal> {
    only_get(call)?;
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let licences = call.tenant.licences();
    let list =
        List { context: "subscribedSkus".to_owned(), count: licences.len(), counted: false, types: &["subscribedSku"] };
    call.list(&list, &query, |place| licences[place].clone())
}

pub(super) fn directory_object(call: &Call<'_>, key: &str) -> Result<Reply, Refusal> {
    only_get(call)?;
    if is_delta(key) {
        return Err(not_answered(call));
    }
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let id: Option<Uuid> = key.parse().ok();
    let found = id.and_then(|id| call.tenant.directory.object(id)).ok_or_else(|| not_found(key))?;
    call.entity(200, "directoryObjects/$entity", &["user", "group"], found.shown(query.select.is_some()), &query)
}

fn only_get(call: &Call<'_>) -> Result<(), Refusal> {
    if call.method() == "GET" { Ok(()) } else { Err(not_answered(call)) }
}
