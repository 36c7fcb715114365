//! The properties of users that rules of dynamic membership name, and what Graph calls them. Source: Entra, "Manage rules for dynamic
//! membership groups", tables of the supported properties.

/// Those whose path in Graph is another one, in lower case.
const RENAMED: [(&str, &str); 7] = [
    ("dirsyncenabled", "onPremisesSyncEnabled"),
    ("facsimiletelephonenumber", "faxNumber"),
    ("mobile", "mobilePhone"),
    ("objectid", "id"),
    ("physicaldeliveryofficename", "officeLocation"),
    ("sipproxyaddress", "imAddresses"),
    ("telephonenumber", "businessPhones"),
];

/// Those that Graph calls the same, with its case.
const SAME: [&str; 27] = [
    "accountEnabled",
    "assignedPlans",
    "city",
    "companyName",
    "country",
    "department",
    "displayName",
    "employeeHireDate",
    "employeeId",
    "givenName",
    "jobTitle",
    "mail",
    "mailNickname",
    "memberOf",
    "onPremisesDistinguishedName",
    "onPremisesSecurityIdentifier",
    "otherMails",
    "passwordPolicies",
    "postalCode",
    "preferredLanguage",
    "proxyAddresses",
    "state",
    "streetAddress",
    "surname",
    "usageLocation",
    "userPrincipalName",
    "userType",
];

/// The numbers of the extension attributes.
const EXTENSION_ATTRIBUTES: std::ops::RangeInclusive<u8> = 1..=15;

/// The path of the property of a user that rules of dynamic membership call so, in any case; nothing if they know no such property.
///
/// ```
/// use graphwalk_catalog::rule_property;
///
/// assert_eq!(rule_property("mobile").as_deref(), Some("mobilePhone"));
/// assert_eq!(rule_property("extensionAttribute3").as_deref(), Some("onPremisesExtensionAttributes/extensionAttribute3"));
/// assert_eq!(rule_property("shoeSize"), None);
/// ```
pub fn rule_property(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    if let Some(number) = lower.strip_prefix("extensionattribute") {
        let number = number.parse().ok().filter(|number| EXTENSION_ATTRIBUTES.contains(number))?;
        return Some(format!("onPremisesExtensionAttributes/extensionAttribute{number}"));
    }
    // Of an application, or synchronised: `extension_{app}_{name}`.
    if lower.starts_with("extension_") {
        return Some(name.to_owned());
    }
    let renamed = RENAMED.iter().find(|(known, _)| *known == lower).map(|(_, path)| *path);
    let path = renamed.or_else(|| SAME.into_iter().find(|known| known.eq_ignore_ascii_case(name)));
    path.map(str::to_owned)
}
