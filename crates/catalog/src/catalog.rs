//! The catalog: what is known of one version of Graph.

use crate::api_path::{ApiPath, Version};
use crate::data::Data;
use crate::layout::DataSection;
use crate::model::Navigation;
use crate::types::{Type, TypeRef};

/// The catalog of one version of Graph. Copying it is cheap: it is a reference.
///
/// ```
/// use graphwalk_catalog::{ApiPath, Catalog, Method};
///
/// let path = ApiPath::parse("/v1.0/groups").unwrap();
/// let call = Catalog::v1().call(Method::Post, &path).unwrap();
/// assert_eq!(call.creates().unwrap().name(), "group");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Catalog {
    pub(crate) data: Data,
    /// The data with the permissions list: one for both versions.
    pub(crate) lists: Data,
    version: Version,
}

/// SHA-256 hashes of what a catalog is made from, in hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// Of Graph's metadata.
    pub csdl: String,
    /// Of Graph's permissions list.
    pub permissions: String,
    /// Of the overlay.
    pub overlay: String,
}

/// The day when a file last changed where it comes from, by the first digits of its hash: what a catalog is made from has a line
/// here.
const DATES: [(&str, &str); 3] = [
    // `schemas/v1.0-Prod.csdl` of microsoftgraph/msgraph-metadata.
    ("79b90dfb12d57ade", "2026-08-03"),
    // `permissions/new/permissions.json` of microsoftgraph/microsoft-graph-devx-content.
    ("43dfa0184b83f88f", "2026-08-07"),
    // The metadata of beta that one cloud answered: the month alone is known.
    ("161231d8f5e708e9", "2026-08"),
];

static V1: Data = match Data::new(include_bytes!("../data/v1.0.bin")) {
    Some(data) => data,
    None => panic!("data/v1.0.bin has another layout: generate it again, see the README"),
};

static BETA: Data = match Data::new(include_bytes!("../data/beta.bin")) {
    Some(data) => data,
    None => panic!("data/beta.bin has another layout: generate it again, see the README"),
};

impl Catalog {
    /// Graph v1.0, as it is embedded.
    pub fn v1() -> Self {
        Self { data: V1, lists: V1, version: Version::V1 }
    }

    /// The beta version, as far as the metadata of one cloud has it: see [`Catalog::is_partial`]. Permissions are those of v1.0's
    /// catalog, whose list has both versions in one.
    ///
    /// ```
    /// use graphwalk_catalog::Catalog;
    ///
    /// let item = Catalog::beta().type_named("accessReviewInstanceDecisionItem").unwrap();
    /// assert!(item.property("target").is_some());
    /// assert!(Catalog::beta().is_partial() && !Catalog::v1().is_partial());
    /// ```
    pub fn beta() -> Self {
        Self { data: BETA, lists: V1, version: Version::Beta }
    }

    /// The one of a path's version: that of beta if the path is one of beta and its metadata has it, else that of v1.0, which
    /// then says nothing of bodies.
    pub fn of_path(path: &ApiPath) -> Self {
        let is_of_beta = path.version() == Some(Version::Beta) && Self::beta().resolve(path).is_ok();
        if is_of_beta { Self::beta() } else { Self::v1() }
    }

    /// The version of Graph that it is of.
    pub fn version(self) -> Version {
        self.version
    }

    /// Returns whether the service has more than it declares, so that what it lacks is unknown and not wrong.
    pub fn is_partial(self) -> bool {
        self.version == Version::Beta
    }

    /// Returns what the generator wrote; nothing if the bytes are of another layout.
    pub fn from_bytes(bytes: &'static [u8]) -> Option<Self> {
        Data::new(bytes).map(|data| Self { data, lists: data, version: Version::V1 })
    }

    /// Returns what it is made from.
    pub fn inputs(self) -> Inputs {
        let hex = |number| self.data.hash(number).iter().map(|byte| format!("{byte:02x}")).collect();
        Inputs { csdl: hex(0), permissions: hex(1), overlay: hex(2) }
    }

    /// The day when Graph's metadata last changed before the catalog was made of it, such as `2026-08-03`; `None` if nobody wrote
    /// it down.
    ///
    /// ```
    /// use graphwalk_catalog::Catalog;
    ///
    /// assert!(Catalog::v1().metadata_date().is_some_and(|day| day >= "2026-08-03"));
    /// ```
    pub fn metadata_date(self) -> Option<&'static str> {
        date_of(&self.inputs().csdl)
    }

    /// The same of the permissions list.
    pub fn permissions_date(self) -> Option<&'static str> {
        date_of(&self.inputs().permissions)
    }

    /// The types, in the order of their names regardless of case.
    pub fn types(self) -> impl Iterator<Item = Type> {
        (0..self.data.count(DataSection::Types).saturating_sub(1)).map(move |index| Type::new(self.data, index))
    }

    /// The type of a name in any case, with or without `microsoft.graph.` or `graph.`, and with or without a `#` before it.
    pub fn type_named(self, name: &str) -> Option<Type> {
        let name = name.strip_prefix('#').unwrap_or(name);
        Type::find(self.data, crate::api_path::unqualified(name).unwrap_or(name))
    }

    /// Returns where paths begin: entity sets and singletons, in the order of their names.
    pub fn roots(self) -> impl Iterator<Item = Navigation> {
        (0..self.data.count(DataSection::Roots))
            .map(move |index| Navigation::read(self.data, DataSection::Roots, index).0)
    }

    pub(crate) fn root(self, name: &str) -> Option<(Navigation, TypeRef)> {
        let index = self.data.find(DataSection::Roots, 0..self.data.count(DataSection::Roots), name)?;
        Some(Navigation::read(self.data, DataSection::Roots, index))
    }
}

fn date_of(hash: &str) -> Option<&'static str> {
    DATES.iter().find(|(digits, _)| hash.starts_with(digits)).map(|(_, date)| *date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_a_catalog_is_made_from_has_its_date() {
        let (v1, beta) = (Catalog::v1(), Catalog::beta());
        let dates = [v1.metadata_date(), v1.permissions_date(), beta.metadata_date()];
        assert!(dates.iter().all(Option::is_some), "add the date of new inputs to DATES: {:?}, {dates:?}", v1.inputs());
    }
}
