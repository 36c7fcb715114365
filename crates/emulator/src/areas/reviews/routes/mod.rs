//! The calls of access reviews.

mod definitions;
mod stages;

use crate::http::{Refusal, Reply};
use crate::odata::path::bound;
use crate::routes::RoutedCall;

/// Answers a call of access reviews; nothing if it is not one.
pub(super) fn answer(call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
    match path {
        ["identitygovernance", "accessreviews", "definitions", rest @ ..] => Some(definitions::answer(call, rest)),
        _ => None,
    }
}

/// Returns whether a segment in lower case is `filterByCurrentUser(on='reviewer')`.
///
/// # Errors
///
/// 400 if it is that function with another parameter.
fn filters_by_current_user(segment: &str) -> Result<bool, Refusal> {
    let Some(parameters) = bound(segment).strip_prefix("filterbycurrentuser(") else { return Ok(false) };
    if parameters == "on=reviewer)" {
        return Ok(true);
    }
    Err(Refusal::new(400, "BadRequest", "The parameter 'on' of filterByCurrentUser has to be 'reviewer'."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::path;

    #[test]
    fn quotes_of_a_function_come_raw_and_encoded() {
        for path in
            ["/v1.0/decisions/filterByCurrentUser(on='reviewer')", "/v1.0/d/filterByCurrentUser(on=%27reviewer%27)"]
        {
            assert!(filters_by_current_user(&path::names(&path::read(path).unwrap())[1]).unwrap(), "{path}");
        }
        assert!(filters_by_current_user("microsoft.graph.filterbycurrentuser(on=reviewer)").unwrap());
        assert!(filters_by_current_user("filterbycurrentuser(on=me)").is_err());
        assert!(!filters_by_current_user("decisions").unwrap());
    }
}
