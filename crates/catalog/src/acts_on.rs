//! Objects that act on others: by what a guard judges their bodies.

use serde::{Deserialize, Serialize};

use crate::catalog::Catalog;
use crate::layout::DataSection;

/// The way objects of some types act on others: an `[[acts-on]]` of the overlay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ActsOn {
    /// The types.
    pub types: Vec<String>,
    /// The noun people use for one of them.
    pub called: String,
    /// The properties that say on what they act: a query, or lists of queries.
    pub scopes: Vec<String>,
    /// The one of them that must be there when an object of the first type is written.
    pub required: String,
    /// The one of them that enumerates objects, of each of which a query that begins with `./` is asked.
    pub enumerates: String,
    /// The property, and the property within it, that lists what is done with them.
    pub actions: (String, String),
    /// The actions that do nothing beside what the scope says: their types.
    pub harmless: Vec<String>,
    /// The source of the fact.
    pub source: String,
}

impl Catalog {
    /// Returns how objects of a type act on others; nothing if they do not, as far as the overlay says.
    pub fn acts_on(self, type_name: &str) -> Option<ActsOn> {
        let all = self.texts(DataSection::ActsOn).filter_map(|text| serde_json::from_str::<ActsOn>(text).ok());
        all.into_iter().find(|acts| acts.types.iter().any(|known| known == type_name))
    }
}
