//! What a tutorial needs and Graph does not say of its calls: directory roles and licences (`overlay.toml`).

use std::sync::LazyLock;

use serde::Deserialize;
use uuid::Uuid;

/// The entries of `overlay.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DoctorOverlay {
    /// The changes that only holders of some roles can make.
    pub changes: Vec<RestrictedType>,
    /// The calls that are answered only with a licence.
    pub licences: Vec<Licence>,
}

/// A type of objects that a signed-in user changes with one of some roles only.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RestrictedType {
    /// The type in Graph.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The word for such objects.
    pub word: String,
    /// The roles of which one is needed, the least first.
    pub roles: Vec<String>,
    /// Whether anybody may create one.
    #[serde(default)]
    pub free_to_create: bool,
    #[expect(dead_code, reason = "documents the entry: no entry without it")]
    source: String,
}

/// Calls that need a licence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Licence {
    /// The path that the calls begin with, without the version.
    pub under: String,
    /// The word for what is licensed.
    pub of: String,
    /// The service plans of which one is needed.
    pub plans: Vec<ServicePlan>,
    /// An instruction for a tenant without one.
    pub advice: String,
    #[expect(dead_code, reason = "documents the entry: no entry without it")]
    source: String,
}

/// A service plan of a licence.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServicePlan {
    /// The product that it belongs to.
    pub name: String,
    /// Its id.
    pub id: Uuid,
}

impl DoctorOverlay {
    /// The program's own.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<DoctorOverlay> =
            LazyLock::new(|| toml::from_str(include_str!("overlay.toml")).expect("a test reads it"));
        &SHARED
    }
}

#[cfg(test)]
mod tests {
    use graphwalk_catalog::{Catalog, roles};

    use super::*;

    #[test]
    fn every_entry_names_a_type_of_graph_and_roles_that_are_there() {
        let overlay = DoctorOverlay::shared();
        for change in &overlay.changes {
            assert!(Catalog::v1().type_named(&change.type_name).is_some(), "{}", change.type_name);
            assert!(!change.roles.is_empty(), "{}", change.type_name);
            for role in &change.roles {
                assert!(roles::NAMED.iter().any(|(known, _)| known == role), "{role}");
            }
        }
        for licence in &overlay.licences {
            assert!(licence.under.starts_with('/') && !licence.plans.is_empty(), "{}", licence.under);
        }
    }
}
