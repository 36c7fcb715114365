//! What queries of directory objects need beyond OData (Graph documentation, "Advanced query capabilities on Microsoft Entra ID
//! directory objects").

use crate::http::Refusal;

use super::query::Query;

/// How many alternatives a filter may have that is no advanced query.
const MOST_ALTERNATIVES: usize = 15;

/// Checks a query of directory objects: what is advanced needs `ConsistencyLevel: eventual` and `$count=true`.
///
/// # Errors
///
/// 400 `Request_UnsupportedQuery`.
pub fn check(query: &Query) -> Result<(), Refusal> {
    let Some(filter) = query.filter.as_ref().filter(|_| !query.is_advanced()) else { return Ok(()) };
    if filter.is_advanced() {
        return Err(unsupported(
            "Unsupported or invalid query filter clause specified: it needs ConsistencyLevel: eventual and $count=true.",
        ));
    }
    let alternatives = filter.alternatives();
    if alternatives > MOST_ALTERNATIVES {
        return Err(unsupported(&format!(
            "Too many child clauses specified in search filter expression containing 'OR' operators: {alternatives}. Max allowed: {MOST_ALTERNATIVES}."
        )));
    }
    if query.order.is_empty() { Ok(()) } else { Err(unsupported("Sorting not supported for current query.")) }
}

/// 400 for a query that the directory does not answer.
pub(crate) fn unsupported(message: &str) -> Refusal {
    Refusal::new(400, "Request_UnsupportedQuery", message)
}
