//! `/organization`, `/domains`, `/subscribedSkus`, `/directoryObjects`.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::directory::ObjectRef;
use crate::authority::{Need, Standing};
use crate::generic;
use crate::http::{Refusal, Reply, invalid_id, not_found};
use crate::odata::query::Options;
use crate::routes::{List, RoutedCall};

use super::users::is_delta;
use crate::tenant::{Identity, Tenant};

pub(super) fn organization(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    only_get(call)?;
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let organization = call.tenant.organization();
    let list = List { context: "organization".to_owned(), count: 1, counted: false, types: &["organization"] };
    call.list(&list, &query, |_| organization.clone())
}

/// Answers what is about the verified domains of the tenant; nothing for those that were added, which nobody has verified.
pub(super) fn domains(call: &RoutedCall<'_>, rest: &[&str]) -> Option<Result<Reply, Refusal>> {
    let verified = |key: &str| call.tenant.identity.domains.iter().find(|name| name.eq_ignore_ascii_case(key));
    match (call.method(), rest) {
        ("GET", [] | ["$count"]) => Some(list_domains(call)),
        ("POST", []) => {
            let sent = call.json().ok()?.shift_remove("id")?;
            let name = verified(sent.as_str()?)?;
            Some(call.allow(Need::NOTHING, Standing::Stranger).and_then(|()| Err(generic::taken(name))))
        }
        (method, [key, more @ ..]) => {
            let name = verified(key)?;
            Some(if method == "GET" && more.is_empty() { read_domain(call, name) } else { Err(call.not_modelled()) })
        }
        _ => None,
    }
}

fn list_domains(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::All)?;
    let identity = &call.tenant.identity;
    let mut domains: Vec<_> = identity.domains.iter().map(|name| domain(identity, name)).collect();
    domains.extend(generic::objects_of(call.tenant, "domains"));
    let list = List { context: "domains".to_owned(), count: domains.len(), counted: query.count, types: &["domain"] };
    call.list(&list, &query, |place| domains[place].clone())
}

fn read_domain(call: &RoutedCall<'_>, name: &str) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    call.entity(200, "domains/$entity", &["domain"], domain(&call.tenant.identity, name), &query)
}

pub(super) fn subscribed_skus(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    only_get(call)?;
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let licences = call.tenant.licences();
    let list =
        List { context: "subscribedSkus".to_owned(), count: licences.len(), counted: false, types: &["subscribedSku"] };
    call.list(&list, &query, |place| licences[place].clone())
}

/// Returns the object; nothing if it is one that the directory does not have, and another part of the tenant does.
pub(super) fn directory_object(call: &RoutedCall<'_>, key: &str) -> Option<Result<Reply, Refusal>> {
    if call.method() != "GET" || is_delta(key) {
        return Some(Err(call.not_modelled()));
    }
    let id: Option<Uuid> = key.parse().ok();
    let found = id.and_then(|id| call.directory().object(id));
    if found.is_none() && generic::directory_object(call.tenant, key).is_some() {
        return None;
    }
    let missing = || if id.is_none() { invalid_id(key) } else { not_found(key) };
    Some(found.ok_or_else(missing).and_then(|found| show_object(call, found)))
}

fn show_object(call: &RoutedCall<'_>, found: ObjectRef<'_>) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    call.entity(200, "directoryObjects/$entity", &["user", "group"], found.to_json(query.select.is_some()), &query)
}

fn only_get(call: &RoutedCall<'_>) -> Result<(), Refusal> {
    if call.method() == "GET" { Ok(()) } else { Err(call.not_modelled()) }
}

/// The services of a verified domain, and the way in which its users sign in.
const SERVICES: [&str; 2] = ["Email", "OfficeCommunicationsOnline"];
const MANAGED: &str = "Managed";

/// `domain`, with the values that the resource page gives of one that is verified.
fn domain(identity: &Identity, name: &str) -> Map<String, Value> {
    let domain = json!({
        "authenticationType": MANAGED,
        "availabilityStatus": null,
        "id": name,
        "isAdminManaged": true,
        "isDefault": name == identity.default_domain(),
        "isInitial": name == identity.initial_domain(),
        "isRoot": true,
        "isVerified": true,
        "passwordNotificationWindowInDays": null,
        "passwordValidityPeriodInDays": null,
        "state": null,
        "supportedServices": SERVICES,
    });
    domain.as_object().cloned().unwrap_or_default()
}

impl Tenant {
    /// `subscribedSku`s: one licence that includes access reviews, or one that does not.
    fn licences(&self) -> Vec<Map<String, Value>> {
        // Service plan ids: "Product names and service plan identifiers for licensing".
        let (sku, part, plan, name) = if self.licensed {
            (
                "84a661c4-e949-4bd2-a560-ed7766fcaf2b",
                "AAD_PREMIUM_P2",
                "eec0eb4f-6444-4f95-aba0-50c24d67f998",
                "AAD_PREMIUM_P2",
            )
        } else {
            (
                "078d2b04-f1bd-4111-bbd4-b4b1b354cef4",
                "AAD_PREMIUM",
                "41781fb2-bc02-4b7c-bd55-b576c07bb09d",
                "AAD_PREMIUM",
            )
        };
        let sku = json!({
            "accountName": self.identity.name,
            "accountId": self.identity.id,
            "appliesTo": "User",
            "capabilityStatus": "Enabled",
            "consumedUnits": 1,
            "id": format!("{}_{sku}", self.identity.id),
            "skuId": sku,
            "skuPartNumber": part,
            "subscriptionIds": [],
            "prepaidUnits": {"enabled": 100, "suspended": 0, "warning": 0, "lockedOut": 0},
            "servicePlans": [
                {"servicePlanId": plan, "servicePlanName": name, "provisioningStatus": "Success", "appliesTo": "User"}
            ],
        });
        sku.as_object().cloned().into_iter().collect()
    }

    /// `organization`
    fn organization(&self) -> Map<String, Value> {
        let identity = &self.identity;
        let domains = identity.domains.iter().map(|name| {
            let (is_default, is_initial) = (name == identity.default_domain(), name == identity.initial_domain());
            json!({"capabilities": SERVICES.join(", "), "isDefault": is_default, "isInitial": is_initial, "name": name, "type": MANAGED})
        });
        let plan =
            if self.licensed { "eec0eb4f-6444-4f95-aba0-50c24d67f998" } else { "41781fb2-bc02-4b7c-bd55-b576c07bb09d" };
        let organization = json!({
            "id": self.identity.id,
            "displayName": self.identity.name,
            "tenantType": "AAD",
            "countryLetterCode": "US",
            "assignedPlans": [{"servicePlanId": plan, "service": "AADPremiumService", "capabilityStatus": "Enabled"}],
            "verifiedDomains": domains.collect::<Vec<_>>(),
        });
        organization.as_object().cloned().unwrap_or_default()
    }
}
