//! Who may do what: permissions of the token, directory roles of its user, and what the user is to the thing.
//!
//! A call is allowed when the token grants one of the permissions that the catalog has for its method and path, and, with a
//! user behind the token, that user may do it too: a delegated token never reaches further than its user (Microsoft Graph
//! permissions overview). What the user needs is said by the area that answers, with a [`Need`].
//!
//! Permissions of other products and for single properties (`DeviceManagement…`, `User-Phone.ReadWrite.All`) let the calls pass
//! for which the list has them; which properties are changed is not looked at.

mod need;

use graphwalk_catalog::{ApiPath, Catalog, Method, Scheme};

use super::caller::{Caller, CallerGrant};
use super::http::Refusal;

pub use graphwalk_catalog::roles;
pub use need::{Need, Standing};

/// Returns whether `caller`, being `standing` to the thing in question, may make the call of `method` and `path`, of
/// which the user needs `need`. What the catalog does not have the permissions of, nobody may.
pub(crate) fn is_allowed(caller: &Caller, method: &str, path: &ApiPath, need: Need, standing: Standing) -> bool {
    let may = match &caller.grant {
        CallerGrant::Application { .. } => true,
        CallerGrant::Delegated { roles, .. } => need.is_met(roles, standing),
    };
    may && is_granted(caller, method, path, standing)
}

/// Returns the 403 in the words that most services of Graph have.
pub(crate) fn denied() -> Refusal {
    Refusal::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}

/// Returns whether one of the call's permissions is granted, and reaches the thing.
fn is_granted(caller: &Caller, method: &str, path: &ApiPath, standing: Standing) -> bool {
    let scheme = if caller.is_app() { Scheme::Application } else { Scheme::DelegatedWork };
    // What may be read in two ways is granted in neither.
    let Some(method) = method.parse::<Method>().ok().filter(|_| path.ambiguity().is_none()) else { return false };
    let needs_user = || Catalog::of_path(path).call(method, path).is_ok_and(|call| call.needs_user());
    if caller.is_app() && needs_user() {
        return false;
    }
    Catalog::v1().access(method, path).is_some_and(|access| {
        access.grants(scheme).any(|grant| {
            let beside = grant.also_requires();
            caller.has_any(&[grant.permission()])
                && (beside.is_empty() || caller.has_any(&beside))
                && (standing == Standing::Myself || !grant.is_for_own_user())
        })
    })
}

#[cfg(test)]
mod tests;
