//! The calls of access reviews.

mod definitions;
mod stages;
mod tenant_wide;

use graphwalk_catalog::Catalog;
use graphwalk_schema::Shape;

use crate::http::{Refusal, Reply, not_modelled};
use crate::odata::path::bound;
use crate::odata::query::{Options, Query};
use crate::routes::RoutedCall;

/// Answers a call of access reviews; nothing if it is not one.
pub(super) fn answer(call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
    match path {
        ["identitygovernance", "accessreviews", "definitions", rest @ .., "$count"]
            if call.method() == "GET" && is_list(rest) =>
        {
            Some(count(call, rest))
        }
        ["identitygovernance", "accessreviews", "definitions", rest @ ..] => {
            Some(check_expand(call).and_then(|()| definitions::answer(call, rest)))
        }
        ["identitygovernance", "accessreviews", "policy"] | ["policies", "accessreviewpolicy"] => {
            Some(tenant_wide::policy(call))
        }
        ["identitygovernance", "accessreviews", "decisions", rest @ ..] => Some(tenant_wide::decisions(call, rest)),
        _ => None,
    }
}

/// Returns whether what follows `definitions` is a list.
fn is_list(rest: &[&str]) -> bool {
    matches!(
        rest,
        [] | [_, "instances"]
            | [_, "instances", _, "decisions" | "contactedreviewers" | "stages"]
            | [_, "instances", _, "stages", _, "decisions"]
    )
}

/// Answers with how many items a list has. It needs what the list needs.
fn count(call: &mut RoutedCall<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    let list: String = call.request.path.rsplit_once('/').map_or_else(String::new, |(list, _)| list.to_owned());
    if let Ok(path) = crate::odata::path::read(&list) {
        call.path = path;
    }
    definitions::answer(call, rest)
}

/// Says that what Graph expands is not modelled: to call it an unsupported option would be Graph's answer.
fn check_expand(call: &RoutedCall<'_>) -> Result<(), Refusal> {
    let Ok(query) = Query::parse(call.request, Options::All) else { return Ok(()) };
    let operation = call.schemas.operation(call.method(), &call.request.path);
    let Some(Shape::One(name) | Shape::Many(name)) = operation.map(|operation| operation.response) else {
        return Ok(());
    };
    let ty = Catalog::v1().type_named(&name);
    match query.expand.iter().find(|expanded| ty.is_some_and(|ty| ty.navigation(expanded).is_some())) {
        Some(expanded) => Err(not_modelled(&format!("$expand={expanded} of {name}"))),
        None => Ok(()),
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
