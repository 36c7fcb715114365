//! What the tenant must have: the licences that the calls need, and a verified domain for the users that are created.

use serde_json::Value;
use uuid::Uuid;

use super::Examined;
use super::actors::ExaminedActor;
use super::finding::{DoctorFinding, DoctorSection};
use super::needs::StepNeeds;
use super::overlay::Licence;
use super::reads::{Reads, TenantRead};

/// Asks as `actor`: licence and domain.
pub(super) async fn examine(examined: &Examined<'_>, reads: &Reads<'_>, actor: &ExaminedActor) -> Vec<DoctorFinding> {
    let (licences, with_users) = (examined.licences(), users_created_at(examined));
    let Some(token) = &actor.token else {
        let unasked = |check, what: &str| {
            DoctorFinding::unknown(DoctorSection::Tenant, check, format!("{what}: nobody can ask without a token"))
        };
        let mut findings = Vec::new();
        for (licence, steps) in licences {
            let finding = unasked("licence", &format!("licence for {}", licence.of));
            findings.push(finding.of_steps(steps, "whether there is a licence"));
        }
        if let Some(step) = with_users {
            findings.push(unasked("domain", "verified domains").of_steps([step], "whether the domain is verified"));
        }
        return findings;
    };
    let skus = reads.get(&actor.name, token, "/v1.0/subscribedSkus").await;
    let organization = reads.get(&actor.name, token, "/v1.0/organization").await;
    if let TenantRead::Refused { status: 401, words } = &organization {
        let finding =
            DoctorFinding::blocked(DoctorSection::Tenant, "refused-token", format!("Graph refuses the token: {words}"))
                .advice("sign in again: the token may have expired, been revoked, or be meant for another cloud")
                .of_steps(examined.steps_of(&actor.name), "a token that Graph accepts");
        return vec![finding];
    }
    let first = organization.items().and_then(|items| items.first());
    let licences = licences.into_iter().map(|(needed, steps)| licence(needed, &steps, &skus, first));
    let domain = with_users.map(|step| domain(examined, &organization, first, step));
    licences.chain(domain).collect()
}

/// The first step that creates users.
fn users_created_at(examined: &Examined<'_>) -> Option<u8> {
    let creates = |step: &&StepNeeds| step.calls.iter().any(|made| made.call.creates() == Some("user"));
    examined.steps().find(creates).map(|step| step.number)
}

/// The state of a licence.
enum LicenceState {
    /// A plan of it is in force; its name.
    Has(&'static str),
    /// A plan of it is there, and is not in force; in which state it is.
    Lapsed(&'static str, String),
    /// No plan of it is there.
    None,
}

fn licence(needed: &'static Licence, steps: &[u8], skus: &TenantRead, organization: Option<&Value>) -> DoctorFinding {
    let (steps, of) = (|| steps.iter().copied(), &needed.of);
    let found = match skus.items() {
        Some(skus) => Some(of_skus(needed, skus)),
        // Who may not read the licences may still read what the organisation was assigned.
        None => organization
            .and_then(|organization| organization.get("assignedPlans")?.as_array())
            .map(|plans| of_plans(needed, plans)),
    };
    let none = |text: String| {
        DoctorFinding::blocked(DoctorSection::Tenant, "licence", text)
            .advice(&needed.advice)
            .of_steps(steps(), format!("a licence for {of}"))
    };
    match found {
        Some(LicenceState::Has(plan)) => DoctorFinding::ok(DoctorSection::Tenant, "licence", plan),
        Some(LicenceState::Lapsed(plan, state)) => none(format!("{plan} is not active: {state}")),
        Some(LicenceState::None) => none(format!("none that includes {of}")),
        None => {
            let why = skus.why().unwrap_or("the answer is not a list");
            DoctorFinding::unknown(DoctorSection::Tenant, "licence", format!("/subscribedSkus cannot be read: {why}"))
                .advice("grant LicenseAssignment.Read.All, which needs no administrator's consent when delegated")
                .of_steps(steps(), "whether there is a licence")
        }
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn plan_of(needed: &'static Licence, value: &Value) -> Option<&'static str> {
    let id: Uuid = text(value, "servicePlanId").parse().ok()?;
    needed.plans.iter().find(|plan| plan.id == id).map(|plan| &*plan.name)
}

/// `Warning` is the time of grace after a subscription has ended ("subscribedSku resource type").
fn in_force(status: &str) -> bool {
    status == "Enabled" || status == "Warning"
}

fn of_skus(needed: &'static Licence, skus: &[Value]) -> LicenceState {
    let mut best = LicenceState::None;
    for sku in skus {
        let plans = sku.get("servicePlans").and_then(Value::as_array);
        for plan in plans.into_iter().flatten() {
            let Some(name) = plan_of(needed, plan) else { continue };
            let (capability, provisioning) = (text(sku, "capabilityStatus"), text(plan, "provisioningStatus"));
            if in_force(capability) && provisioning == "Success" {
                return LicenceState::Has(name);
            }
            best = LicenceState::Lapsed(name, format!("subscription {capability}, plan {provisioning}"));
        }
    }
    best
}

fn of_plans(needed: &'static Licence, plans: &[Value]) -> LicenceState {
    let mut best = LicenceState::None;
    for plan in plans {
        let Some(name) = plan_of(needed, plan) else { continue };
        let status = text(plan, "capabilityStatus");
        if in_force(status) {
            return LicenceState::Has(name);
        }
        best = LicenceState::Lapsed(name, format!("plan {status}"));
    }
    best
}

fn domain(examined: &Examined<'_>, organization: &TenantRead, first: Option<&Value>, step: u8) -> DoctorFinding {
    let verified = first.and_then(|organization| organization.get("verifiedDomains")?.as_array());
    let Some(verified) = verified else {
        let why = organization.why().unwrap_or("the answer names none");
        return DoctorFinding::unknown(
            DoctorSection::Tenant,
            "domain",
            format!("verified domains cannot be read: {why}"),
        )
        .advice("grant User.Read (delegated) or Organization.Read.All (application)")
        .of_steps([step], "whether the domain is verified");
    };
    let names = || verified.iter().map(|domain| text(domain, "name"));
    let chosen = match &examined.config.upn_domain {
        Some(name) => verified.iter().find(|domain| text(domain, "name").eq_ignore_ascii_case(name)),
        None => verified.iter().find(|domain| domain.get("isDefault") == Some(&Value::Bool(true))),
    };
    let Some(chosen) = chosen else {
        let wanted = examined.config.upn_domain.as_deref().unwrap_or("(default)");
        return DoctorFinding::blocked(
            DoctorSection::Tenant,
            "domain",
            format!("{wanted} is not a verified domain of the tenant"),
        )
        .advice(format!("set `upn-domain` to one of: {}", names().collect::<Vec<_>>().join(", ")))
        .of_steps([step], "a verified domain for the users");
    };
    let name = text(chosen, "name");
    if text(chosen, "type") == "Federated" {
        // A user there needs an onPremisesImmutableId ("Create user").
        return DoctorFinding::blocked(
            DoctorSection::Tenant,
            "domain",
            format!("{name} is federated: users come from elsewhere"),
        )
        .advice("set `upn-domain` to a managed domain, such as the tenant's onmicrosoft.com one")
        .of_steps([step], "a managed domain for the users");
    }
    let default = if examined.config.upn_domain.is_none() { ", the default one" } else { "" };
    DoctorFinding::ok(DoctorSection::Tenant, "domain", format!("{name}{default}"))
}
