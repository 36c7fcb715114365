//! Who may do what: permissions of the token, directory roles of its user, and what the user is to the thing.
//!
//! A call is allowed when the token grants one of the permissions that Graph lists for it, and, with a user behind the
//! token, that user may do it too: a delegated token never reaches further than its user (Microsoft Graph permissions
//! overview). The table itself is in [`Operation`].

mod operation;
pub mod roles;

use uuid::Uuid;

use super::caller::{Caller, Grant};
use super::http::Refusal;

pub use operation::Operation;

/// What the caller is to the thing that the call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing in particular.
    Stranger,
    /// The thing is the caller's own user.
    Myself,
    /// The caller owns the group.
    Owner,
    /// The caller is an assigned reviewer: of the definition, the instance, the stage or the decision in question.
    Reviewer,
}

/// What the user behind a delegated token must have beside the permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Nothing: every member of the tenant may.
    Nothing,
    /// One of these directory roles.
    Role(&'static [Uuid]),
    /// One of these directory roles, or that standing.
    RoleOr(&'static [Uuid], Standing),
    /// That standing; no role makes up for it.
    Only(Standing),
}

/// Which service answers, for each refuses in its own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Area {
    /// Users, groups and the rest of the directory.
    Directory,
    /// What belongs to the signed-in user, and makes no sense without one.
    Me,
    /// Access reviews.
    Reviews,
}

/// What one call asks for.
#[derive(Clone, Copy, Debug)]
struct Rule {
    /// The delegated permissions, each enough by itself.
    delegated: &'static [&'static str],
    /// The application permissions, each enough by itself; empty if an app alone is refused.
    application: &'static [&'static str],
    /// What the user needs.
    need: Need,
}

/// Delegated permissions that reach no further than the caller's own user.
const OWN: &[&str] = &["User.Read", "User.ReadWrite"];

/// Whether `caller`, being `standing` to the thing in question, may do `operation`.
///
/// # Errors
///
/// The refusal in the words of the service that would answer: 403 `Authorization_RequestDenied` of the directory, 403
/// with an empty code of access reviews, 400 `BadRequest` if an app asks for `/me`.
pub fn check(caller: &Caller, operation: Operation, standing: Standing) -> Result<(), Refusal> {
    let rule = operation.rule();
    let allowed = match &caller.grant {
        Grant::Application { .. } => caller.has_any(rule.application),
        Grant::Delegated { roles, .. } => reaches(caller, operation, &rule, standing) && rule.need.met(roles, standing),
    };
    if allowed { Ok(()) } else { Err(refusal(operation.area(), caller.is_app())) }
}

/// The refusal of a tenant without Microsoft Entra ID P2 or Governance.
///
/// What access reviews answer then is not documented; this is the shape that the sister service, privileged identity
/// management, answers with.
pub fn unlicensed() -> Refusal {
    let message = "The tenant needs to have Microsoft Entra ID P2 or Microsoft Entra ID Governance license.";
    Refusal::new(403, "AadPremiumLicenseRequired", message)
}

/// Whether a delegated token's permissions reach the thing.
fn reaches(caller: &Caller, operation: Operation, rule: &Rule, standing: Standing) -> bool {
    // On another's user `User.Read` is no permission at all; on `/me` it is the least one.
    let own_only = operation.area() == Area::Directory && operation.is_about_a_user() && standing != Standing::Myself;
    let enough = |permission: &&str| !(own_only && OWN.contains(permission)) && caller.has_any(&[permission]);
    rule.delegated.iter().any(enough)
}

impl Need {
    fn met(self, roles: &[Uuid], standing: Standing) -> bool {
        let has_one_of = |wanted: &[Uuid]| wanted.iter().any(|role| roles.contains(role));
        match self {
            Self::Nothing => true,
            Self::Role(wanted) => has_one_of(wanted),
            Self::RoleOr(wanted, other) => standing == other || has_one_of(wanted),
            Self::Only(other) => standing == other,
        }
    }
}

fn refusal(area: Area, app: bool) -> Refusal {
    match area {
        Area::Me if app => {
            Refusal::new(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        }
        Area::Directory | Area::Me => {
            Refusal::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        }
        Area::Reviews => Refusal::new(403, "", "Attempted to perform an unauthorized operation."),
    }
}

#[cfg(test)]
mod tests;
