//! OData as Graph speaks it: paths, query options, filters, pages and contexts.

pub mod directory;
pub mod filter;
pub(crate) mod metadata;
pub mod page;
pub mod path;
pub mod query;
pub mod search;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::http::Refusal;
use query::Query;

/// The host that links and contexts name, whatever host the emulator itself is reached under.
pub const GRAPH: &str = "https://graph.microsoft.com";

/// A moment as Graph writes it: RFC 3339 in UTC, with as many decimals as it has.
pub fn moment(time: Timestamp) -> Value {
    Value::from(time.to_string())
}

/// A moment as the bodies of errors have it: to the second, without a zone.
pub fn error_date(time: Timestamp) -> String {
    TimeZone::UTC.to_datetime(time).strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// Keeps of `entity` what `$select` names; `id` and annotations stay only where they are asked for or have to stand.
///
/// # Errors
///
/// 400 if the type has no such property: `knows` says which it has.
pub fn select(entity: &mut Map<String, Value>, query: &Query, knows: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    check_select(query, knows)?;
    let Some(wanted) = &query.select else { return Ok(()) };
    let expanded = |name: &String| query.expand.contains(name);
    entity.retain(|name, _| name.starts_with('@') || wanted.contains(name) || expanded(name));
    Ok(())
}

/// Refuses a `$select` of what a type does not have.
///
/// # Errors
///
/// 400 if `knows` does not know a name.
pub fn check_select(query: &Query, knows: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    let Some(wanted) = &query.select else { return Ok(()) };
    if let Some(unknown) = wanted.iter().find(|name| !knows(name)) {
        let message = format!("Could not find a property named '{unknown}'.");
        return Err(Refusal::new(400, "BadRequest", message));
    }
    Ok(())
}
