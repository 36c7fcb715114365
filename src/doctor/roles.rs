//! The administrator's directory roles: by the claim `wids`, else by what the user is a member of.

use std::collections::BTreeSet;

use graphwalk_catalog::roles;
use graphwalk_client::sign_in::TokenCaller;
use serde_json::Value;
use uuid::Uuid;

use super::Examined;
use super::actors::ExaminedActor;
use super::finding::{DoctorFinding, DoctorSection};
use super::needs::StepNeeds;
use super::overlay::{DoctorOverlay, RestrictedType};
use super::reads::{Reads, TenantRead};

/// The role that may change everything, and is therefore no advice as long as others do.
const EVERYTHING: &str = "Global Administrator";

/// The roles that somebody has.
enum Roles {
    /// These, by template id.
    Known(Vec<Uuid>),
    /// It is unknown, for this reason.
    Unknown(String),
}

pub(super) async fn examine(examined: &Examined<'_>, reads: &Reads<'_>, actor: &ExaminedActor) -> DoctorFinding {
    let steps = || changing_steps(examined);
    let unknown = |why: String| {
        DoctorFinding::unknown(DoctorSection::Tenant, "role", format!("which roles {} has: {why}", actor.title()))
            .of_steps(steps(), format!("which roles {} has", actor.title()))
    };
    if actor.held.caller() == Some(TokenCaller::App) {
        return DoctorFinding::ok(DoctorSection::Tenant, "role", "an app needs none: its permissions are enough");
    }
    let Some(token) = &actor.token else { return unknown("nobody can ask without a token".to_owned()) };
    let wids = token.claims.as_ref().map(|claims| claims.wids.clone()).unwrap_or_default();
    let roles = if wids.is_empty() {
        of_membership(&reads.get(&actor.name, token, "/v1.0/me/memberOf").await)
    } else {
        Roles::Known(wids)
    };
    match roles {
        Roles::Known(roles) => judged(examined, actor, &roles),
        Roles::Unknown(why) => unknown(why).advice("see the Entra admin centre: Users, Assigned roles"),
    }
}

fn changing_steps<'a>(examined: &Examined<'a>) -> impl Iterator<Item = u8> + use<'a> {
    examined.steps().filter(|step| !step.changes().is_empty()).map(|step| step.number)
}

/// The roles among what a user is a direct member of. A role that comes through a group is not there.
fn of_membership(read: &TenantRead) -> Roles {
    let Some(items) = read.items() else {
        return Roles::Unknown(format!("/me/memberOf cannot be read: {}", read.why().unwrap_or("it is not a list")));
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

fn judged(examined: &Examined<'_>, actor: &ExaminedActor, held: &[Uuid]) -> DoctorFinding {
    // Others than those that some change needs are not mentioned.
    let is_needed = |name: &str| DoctorOverlay::shared().changes.iter().any(|change| grants(name, change));
    let names: Vec<&str> = roles::NAMED
        .iter()
        .filter(|(name, template)| held.contains(template) && is_needed(name))
        .map(|(name, _)| *name)
        .collect();
    let lacks = |step: &StepNeeds| -> Vec<&'static RestrictedType> {
        step.changes().into_iter().filter(|change| !names.iter().any(|name| grants(name, change))).collect()
    };
    let lacking: Vec<(u8, Vec<&RestrictedType>)> =
        examined.steps().map(|step| (step.number, lacks(step))).filter(|(_, lacking)| !lacking.is_empty()).collect();
    if lacking.is_empty() {
        let names = if names.is_empty() { "none is needed".to_owned() } else { names.join(", ") };
        return DoctorFinding::ok(DoctorSection::Tenant, "role", names);
    }
    let changes: Vec<&RestrictedType> = lacking.iter().flat_map(|(_, changes)| changes.iter().copied()).collect();
    let steps = lacking.iter().map(|(step, _)| *step);
    let has = if names.is_empty() { "no relevant role".to_owned() } else { names.join(", ") };
    let text = format!("{has}: {} may not change {}", actor.title(), words(changes.iter().copied()));
    let least = least(&changes);
    let page = examined.needs.page.iter().map(|page| beside_page(&page.roles, examined));
    let advice = format!("assign or activate {least}{}", page.collect::<String>());
    DoctorFinding::blocked(DoctorSection::Tenant, "role", text)
        .advice(advice)
        .of_steps(steps, format!("the role {least}"))
}

fn grants(role: &str, change: &RestrictedType) -> bool {
    change.roles.iter().any(|known| known == role)
}

/// The words for what is changed: `groups and users`.
fn words<'a>(changes: impl Iterator<Item = &'a RestrictedType>) -> String {
    let words: BTreeSet<&str> = changes.map(|change| &*change.word).collect();
    words.into_iter().collect::<Vec<_>>().join(" and ")
}

/// The least role that allows changing all of these; where none does but the one that may do everything, the least of each.
pub(super) fn least(changes: &[&RestrictedType]) -> String {
    let of_all = |role: &&String| role.as_str() != EVERYTHING && changes.iter().all(|change| grants(role, change));
    match changes.first().and_then(|first| first.roles.iter().find(of_all)) {
        Some(role) => role.clone(),
        None => {
            let least: BTreeSet<&str> = changes.iter().filter_map(|change| Some(&**change.roles.first()?)).collect();
            least.into_iter().collect::<Vec<_>>().join(" and ")
        }
    }
}

/// Describes what the page names, and what a role that it names cannot do.
fn beside_page(named: &[String], examined: &Examined<'_>) -> String {
    let changes: Vec<&RestrictedType> = examined.steps().flat_map(StepNeeds::changes).collect();
    let too_little = named.iter().filter_map(|role| {
        let refused = words(changes.iter().copied().filter(|change| !grants(role, change)));
        (!refused.is_empty()).then(|| format!(", of which {role} cannot change {refused}"))
    });
    format!("; the page names {}{}", named.join(" or "), too_little.collect::<String>())
}
