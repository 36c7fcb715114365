//! Groups.

use indexmap::IndexSet;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// The object id.
    pub id: Uuid,
    /// The properties that were sent or seeded, by the names of the CSDL type `group`.
    pub properties: Map<String, Value>,
    /// The owners' ids, in the order in which they were added.
    pub owners: IndexSet<Uuid>,
    /// The direct members' ids, users and groups, in the order in which they were added.
    pub members: IndexSet<Uuid>,
}

/// The properties that a request without `$select` answers (Graph reference, "Get group").
const DEFAULT: [&str; 30] = [
    "deletedDateTime",
    "classification",
    "createdDateTime",
    "description",
    "displayName",
    "expirationDateTime",
    "groupTypes",
    "isAssignableToRole",
    "mail",
    "mailEnabled",
    "mailNickname",
    "membershipRule",
    "membershipRuleProcessingState",
    "onPremisesDomainName",
    "onPremisesLastSyncDateTime",
    "onPremisesNetBiosName",
    "onPremisesProvisioningErrors",
    "onPremisesSamAccountName",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "preferredDataLocation",
    "preferredLanguage",
    "proxyAddresses",
    "renewedDateTime",
    "securityEnabled",
    "securityIdentifier",
    "serviceProvisioningErrors",
    "theme",
    "uniqueName",
    "visibility",
];

/// Of these the ones that are collections, and so never null.
const COLLECTIONS: [&str; 4] =
    ["groupTypes", "onPremisesProvisioningErrors", "proxyAddresses", "serviceProvisioningErrors"];

impl Group {
    /// A group of these properties, without owners and members.
    pub fn new(id: Uuid, properties: Map<String, Value>) -> Self {
        Self { id, properties, owners: IndexSet::new(), members: IndexSet::new() }
    }

    /// `displayName`
    pub fn name(&self) -> &str {
        self.properties.get("displayName").and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns whether a rule decides who is a member.
    pub fn is_dynamic(&self) -> bool {
        self.has_type("DynamicMembership")
    }

    /// Returns whether it is a Microsoft 365 group.
    pub fn is_unified(&self) -> bool {
        self.has_type("Unified")
    }

    /// Returns whether it is a security group.
    pub fn is_security(&self) -> bool {
        self.is("securityEnabled")
    }

    /// Returns whether it takes mail.
    pub fn is_mail_enabled(&self) -> bool {
        self.is("mailEnabled")
    }

    /// Returns whether it is synchronised from a directory on premises.
    pub fn is_synced(&self) -> bool {
        self.is("onPremisesSyncEnabled")
    }

    /// Returns whether directory roles can be assigned to it.
    pub fn is_assignable_to_role(&self) -> bool {
        self.is("isAssignableToRole")
    }

    /// Returns whether it takes mail without being a Microsoft 365 group: a distribution list or a mail-enabled security
    /// group.
    pub fn is_mail_managed(&self) -> bool {
        self.is("mailEnabled") && !self.is_unified()
    }

    /// Returns the properties that a request without `$select` gets.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut shown = Map::with_capacity(DEFAULT.len() + 2);
        shown.insert("id".to_owned(), json!(self.id));
        for name in DEFAULT {
            let absent = || if COLLECTIONS.contains(&name) { json!([]) } else { Value::Null };
            shown.insert(name.to_owned(), self.properties.get(name).cloned().unwrap_or_else(absent));
        }
        shown
    }

    /// All it has, for `$select`, `$filter` and `$orderby`.
    pub fn whole(&self) -> Map<String, Value> {
        let mut whole = self.to_json();
        for (name, value) in &self.properties {
            whole.insert(name.clone(), value.clone());
        }
        whole
    }

    fn has_type(&self, wanted: &str) -> bool {
        let types = self.properties.get("groupTypes").and_then(Value::as_array);
        types.into_iter().flatten().any(|kind| kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case(wanted)))
    }

    fn is(&self, property: &str) -> bool {
        self.properties.get(property).and_then(Value::as_bool).unwrap_or(false)
    }
}
