//! The name of one tenant.

use std::fmt;
use std::str::FromStr;

/// A tenant: its id, or one of its domains. Never one of the authority's words for "any tenant", since what is written must
/// go to the one that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantName(String);

/// The authority's words for more than one tenant.
const ANY: [&str; 3] = ["common", "organizations", "consumers"];

impl TenantName {
    /// As it stands in the configuration, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tenant's id, if it is named by its id.
    pub fn id(&self) -> Option<uuid::Uuid> {
        uuid::Uuid::try_parse(&self.0).ok()
    }
}

impl FromStr for TenantName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.trim().to_ascii_lowercase();
        if ANY.contains(&name.as_str()) {
            return Err("one tenant, not any of them: its id, or one of its domains");
        }
        let label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let domain = name.contains('.') && name.split('.').all(label);
        if domain || (uuid::Uuid::try_parse(&name).is_ok() && name.len() == 36) {
            Ok(Self(name))
        } else {
            Err("a tenant's id, or one of its domains such as contoso.onmicrosoft.com")
        }
    }
}

impl fmt::Display for TenantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
