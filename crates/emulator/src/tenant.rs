//! The tenant: its directory, its reviews, its mail, and the clock they all follow.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::authority::roles::GLOBAL_ADMINISTRATOR;
use super::directory::user::User;
use super::directory::{Directory, ObjectRef};
use super::http::Refusal;
use super::ids::Ids;
use super::mail::Outbox;
use super::reviews::{Reviews, Surroundings};
use super::sign_in::{Account, Accounts};

/// Everything that requests read and change.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// Who the tenant is.
    pub identity: Identity,
    /// Users and groups.
    pub directory: Directory,
    /// Access reviews.
    pub reviews: Reviews,
    /// Mail that was sent.
    pub mail: Outbox,
    /// Where new ids come from.
    pub ids: Ids,
    /// Whether it has Microsoft Entra ID P2 or Governance.
    pub licensed: bool,
    /// When something next happens by itself; nothing if it has to be looked for.
    due: Option<Option<Timestamp>>,
}

/// Who a tenant is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The tenant id.
    pub id: Uuid,
    /// The display name of the organisation.
    pub name: String,
    /// Its verified domains, the default one first.
    pub domains: Vec<String>,
    /// The object id of the administrator who exists from the beginning.
    pub administrator: Uuid,
}

impl Tenant {
    /// A tenant with one user, its administrator.
    pub fn new(mut ids: Ids, licensed: bool, now: Timestamp) -> Self {
        let identity = Identity {
            id: ids.fresh(),
            name: "Contoso".to_owned(),
            domains: vec!["Contoso.com".to_owned()],
            administrator: ids.fresh(),
        };
        let mut directory = Directory::default();
        directory.add_user(administrator(&identity, now));
        let (reviews, mail) = (Reviews::default(), Outbox::default());
        Self { identity, directory, reviews, mail, ids, licensed, due: None }
    }

    /// Lets happen what is due by `now`.
    pub fn advance(&mut self, now: Timestamp) {
        if !self.is_due(now) {
            return;
        }
        let mut around = Surroundings { directory: &mut self.directory, mail: &mut self.mail, ids: &mut self.ids };
        self.reviews.advance(now, &mut around);
        let expiry = self.directory.expire(now);
        self.due = Some([self.reviews.next_due(), expiry].into_iter().flatten().min());
    }

    /// Whether something may happen by itself by `now`.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.due.is_none_or(|due| due.is_some_and(|due| due <= now))
    }

    /// Says that something was changed, so that what happens next has to be looked for anew.
    pub fn changed(&mut self) {
        self.due = None;
    }

    /// When a user, a group or a review was created.
    pub fn created(&self, id: Uuid) -> Option<Timestamp> {
        let properties = match self.directory.object(id) {
            Some(ObjectRef::User(user)) => Some(&user.properties),
            Some(ObjectRef::Group(group)) => Some(&group.properties),
            None => None,
        };
        match properties {
            Some(properties) => properties.get("createdDateTime")?.as_str()?.parse().ok(),
            None => self.reviews.definitions().get(&id).map(|definition| definition.created),
        }
    }

    /// Gives an instance other reviewers, who are told.
    ///
    /// # Errors
    ///
    /// As [`Instance::replace_reviewers`](super::reviews::Instance::replace_reviewers).
    pub fn replace_reviewers(
        &mut self,
        definition: &str,
        instance: &str,
        body: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let mut around = Surroundings { directory: &mut self.directory, mail: &mut self.mail, ids: &mut self.ids };
        self.reviews.instance_mut(definition, instance)?.replace_reviewers(body, now, &mut around)
    }

    /// Gives a stage of an instance other reviewers, who are told.
    ///
    /// # Errors
    ///
    /// As [`Instance::replace_stage_reviewers`](super::reviews::Instance::replace_stage_reviewers).
    pub fn replace_stage_reviewers(
        &mut self,
        [definition, instance, stage]: [&str; 3],
        body: &Map<String, Value>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let mut around = Surroundings { directory: &mut self.directory, mail: &mut self.mail, ids: &mut self.ids };
        self.reviews.instance_mut(definition, instance)?.replace_stage_reviewers(stage, body, now, &mut around)
    }

    /// Ends a stage of an instance before its time.
    ///
    /// # Errors
    ///
    /// As [`Instance::stop_stage`](super::reviews::Instance::stop_stage).
    pub fn stop_stage(&mut self, [definition, instance, stage]: [&str; 3], now: Timestamp) -> Result<(), Refusal> {
        let mut around = Surroundings { directory: &mut self.directory, mail: &mut self.mail, ids: &mut self.ids };
        self.reviews.instance_mut(definition, instance)?.stop_stage(stage, now, &mut around)
    }

    /// `subscribedSku`s: one licence that includes access reviews, or one that does not.
    pub fn licences(&self) -> Vec<Map<String, Value>> {
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
    pub fn organization(&self) -> Map<String, Value> {
        let domains = self.identity.domains.iter().enumerate().map(|(place, name)| {
            json!({"capabilities": "Email, OfficeCommunicationsOnline", "isDefault": place == 0, "isInitial": place == 0, "name": name, "type": "Managed"})
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

/// The administrator that every tenant has, named as on the tutorial's page.
fn administrator(identity: &Identity, now: Timestamp) -> User {
    let domain = identity.domains.first().map_or("contoso.com", String::as_str);
    let properties = json!({
        "accountEnabled": true,
        "displayName": "MOD Administrator",
        "mailNickname": "admin",
        "userPrincipalName": format!("admin@{domain}"),
        "userType": "Member",
    });
    let mut user = User::new(identity.administrator, properties.as_object().cloned().unwrap_or_default());
    user.roles = vec![GLOBAL_ADMINISTRATOR];
    user.last_sign_in = Some(now);
    user
}

impl Accounts for Tenant {
    fn by_id(&self, id: Uuid) -> Option<Account> {
        self.directory.users().get(&id).map(account)
    }

    fn by_name(&self, user_principal_name: &str) -> Option<Account> {
        self.directory.user(user_principal_name).ok().map(account)
    }

    fn password_matches(&self, id: Uuid, candidate: &str) -> bool {
        let user = self.directory.users().get(&id);
        user.and_then(|user| user.password.as_ref()).is_some_and(|password| password.matches(candidate))
    }
}

fn account(user: &User) -> Account {
    Account {
        id: user.id,
        user_principal_name: user.principal_name().to_owned(),
        display_name: user.name().to_owned(),
        enabled: user.enabled(),
        must_change_password: user.must_change_password,
        roles: user.roles.clone(),
    }
}
