//! What the service adds to objects that are created.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalog::Catalog;
use crate::layout::DataSection;
use crate::types::Type;

/// The values that the service adds to objects of some types: a `[[created]]` of the overlay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct CreationFacts {
    /// The types, and what derives from them.
    pub types: Vec<String>,
    /// The form of their ids, where they are no GUIDs: see [`IdForm`].
    pub id: Option<String>,
    /// The values of properties that were not sent.
    #[serde(default)]
    pub defaults: Map<String, Value>,
    /// The page that says so.
    pub source: String,
}

/// The values that the service adds to an object of one type.
///
/// ```
/// use graphwalk_catalog::{Catalog, IdForm};
///
/// let catalog = Catalog::v1();
/// let channel = catalog.creation(catalog.type_named("channel").unwrap());
/// assert_eq!(channel.id, IdForm::Pattern("19:{hex}@thread.tacv2".to_owned()));
/// assert_eq!(channel.defaults["membershipType"], "standard");
/// let location = catalog.creation(catalog.type_named("ipNamedLocation").unwrap());
/// assert_eq!((location.id, location.defaults.len()), (IdForm::Guid, 0));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Creation {
    /// The form of its id.
    pub id: IdForm,
    /// The values of properties that were not sent.
    pub defaults: Map<String, Value>,
}

/// The form of the ids of new objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdForm {
    /// A GUID.
    Guid,
    /// The client sends it, in this property: `{=id}` in the overlay.
    Sent(String),
    /// A text with `{guid}`, `{hex}` (32 digits), `{opaque}` (an encoded text that says nothing) or `{number}` (1 more than
    /// there are) in it.
    Pattern(String),
}

impl IdForm {
    /// The placeholders that a pattern may have.
    pub const PLACEHOLDERS: [&str; 4] = ["{guid}", "{hex}", "{opaque}", "{number}"];

    fn parse(text: &str) -> Self {
        match text.strip_prefix("{=").and_then(|rest| rest.strip_suffix('}')) {
            Some(property) => Self::Sent(property.to_owned()),
            None => Self::Pattern(text.to_owned()),
        }
    }
}

impl Catalog {
    /// Returns the values that the service adds to a new object of a type: what is said of the type itself goes before what
    /// is said of those from which it derives.
    pub fn creation(self, ty: Type) -> Creation {
        let mut creation = Creation { id: IdForm::Guid, defaults: Map::new() };
        let entries =
            self.texts(DataSection::Created).filter_map(|text| serde_json::from_str::<CreationFacts>(text).ok());
        let entries: Vec<CreationFacts> = entries.collect();
        let mut is_id_known = false;
        for ty in ty.lineage() {
            for facts in entries.iter().filter(|facts| facts.types.iter().any(|name| name == ty.name())) {
                if let (Some(id), false) = (&facts.id, is_id_known) {
                    creation.id = IdForm::parse(id);
                    is_id_known = true;
                }
                for (name, value) in &facts.defaults {
                    creation.defaults.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
        creation
    }

    /// All that the overlay says of what is created.
    pub fn creation_facts(self) -> impl Iterator<Item = CreationFacts> {
        self.texts(DataSection::Created).filter_map(|text| serde_json::from_str(text).ok())
    }
}
