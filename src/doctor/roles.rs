//! The administrator's directory roles: by the claim `wids`, else by what the user is a member of.

use serde_json::Value;
use uuid::Uuid;

use super::Examined;
use super::actors::Actor;
use super::finding::{Finding, Section};
use super::needs::{Change, Role};
use super::reads::{Read, Reads};
use crate::sign_in::Caller;

/// Which roles somebody has.
enum Roles {
    /// These, by template id.
    Known(Vec<Uuid>),
    /// It cannot be told; why.
    Unknown(String),
}

pub(super) async fn examine(examined: &Examined<'_>, reads: &Reads<'_>, actor: &Actor) -> Finding {
    let steps = || changing_steps(examined);
    let unknown = |why: String| {
        Finding::unknown(Section::Tenant, "role", format!("which roles {} has: {why}", actor.title()))
            .of_steps(steps(), format!("which roles {} has", actor.title()))
    };
    if actor.held.caller() == Some(Caller::App) {
        return Finding::ok(Section::Tenant, "role", "an app needs none: its permissions are enough");
    }
    let Some(token) = &actor.token else { return unknown("nobody can ask, for want of a token".to_owned()) };
    let wids = token.claims.as_ref().map(|claims| claims.wids.clone()).unwrap_or_default();
    let roles = if wids.is_empty() {
        of_membership(&reads.get(actor.name, token, "/v1.0/me/memberOf").await)
    } else {
        Roles::Known(wids)
    };
    match roles {
        Roles::Known(roles) => judged(examined, actor, &roles),
        Roles::Unknown(why) => unknown(why).advice("look into the Entra admin centre: Users, Assigned roles"),
    }
}

fn changing_steps(examined: &Examined<'_>) -> impl Iterator<Item = u8> {
    examined.steps().filter(|step| examined.changes(step).next().is_some()).map(|step| step.number)
}

/// The roles among what a user is a direct member of. A role that comes through a group is not there.
fn of_membership(read: &Read) -> Roles {
    let Some(items) = read.items() else {
        return Roles::Unknown(format!("/me/memberOf cannot be read: {}", read.why().unwrap_or("it is no list")));
    };
    let mut roles = Vec::new();
    for item in items {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        if text("@odata.type") == Some("#microsoft.graph.directoryRole") {
            // Without a permission to read directory roles, Graph shows that there is one, and not which.
            match text("roleTemplateId").and_then(|id| Uuid::try_parse(id).ok()) {
                Some(id) => roles.push(id),
                None => return Roles::Unknown("Graph does not show which roles they are".to_owned()),
            }
        } else if item.get("isAssignableToRole") == Some(&Value::Bool(true)) {
            return Roles::Unknown("they may come through a group".to_owned());
        }
    }
    Roles::Known(roles)
}

fn judged(examined: &Examined<'_>, actor: &Actor, held: &[Uuid]) -> Finding {
    let has = |role: &Role| held.contains(&role.template());
    let names: Vec<&str> = Role::ALL.iter().filter(|role| has(role)).map(|role| role.name()).collect();
    let mut lacking: Vec<Change> = Vec::new();
    let mut steps = Vec::new();
    for step in examined.steps() {
        let refused: Vec<Change> = examined.changes(step).filter(|change| !change.roles().iter().any(has)).collect();
        if !refused.is_empty() {
            steps.push(step.number);
            lacking.extend(refused);
        }
    }
    lacking.dedup();
    if steps.is_empty() {
        return Finding::ok(Section::Tenant, "role", names.join(", "));
    }
    let mut words: Vec<&str> = lacking.iter().map(|change| change.word()).collect();
    words.sort_unstable();
    words.dedup();
    let has = if names.is_empty() { "no role that matters".to_owned() } else { names.join(", ") };
    let text = format!("{has}: {} may not change {}", actor.title(), words.join(" and "));
    let page: Vec<&str> = examined.needs.page.roles.iter().map(|role| role.name()).collect();
    let advice = format!(
        "assign or activate {}; the page names {}, of which the latter cannot create users",
        Role::UserAdministrator.name(),
        page.join(" or ")
    );
    Finding::blocked(Section::Tenant, "role", text)
        .advice(advice)
        .of_steps(steps, format!("the role {}", Role::UserAdministrator.name()))
}
