//! Properties that Graph takes and does not answer.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use graphwalk_catalog::Type;
use serde::Deserialize;

/// What of the overlay is asked for while a session plays.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Told {
    write_only: BTreeMap<String, String>,
}

static WRITE_ONLY: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let told = toml::from_str::<Told>(include_str!("../schemas/overlay.toml"));
    told.map(|told| told.write_only).unwrap_or_default()
});

/// Whether Graph takes a property of that type and does not answer it, as the overlay says of the type or of one it is derived
/// from.
///
/// ```
/// use graphwalk_catalog::Catalog;
/// use graphwalk_schema::is_write_only;
///
/// let user = Catalog::v1().type_named("user").unwrap();
/// assert!(is_write_only(user, "passwordProfile") && !is_write_only(user, "displayName"));
/// ```
pub fn is_write_only(ty: Type, property: &str) -> bool {
    ty.lineage().any(|ancestor| WRITE_ONLY.contains_key(&format!("{}.{property}", ancestor.name())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use graphwalk_catalog::Catalog;

    #[test]
    fn every_write_only_property_is_one_of_the_catalog() {
        assert!(WRITE_ONLY.len() >= 5);
        for path in WRITE_ONLY.keys() {
            let (name, property) = path.rsplit_once('.').unwrap();
            let ty = Catalog::v1().type_named(name).unwrap_or_else(|| panic!("no type {name}"));
            assert!(ty.property(property).is_some(), "{path}");
            assert!(is_write_only(ty, property) && !is_write_only(ty, "id"), "{path}");
        }
    }
}
