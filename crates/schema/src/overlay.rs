//! What the CSDL does not say: `schemas/overlay.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use graphwalk_catalog::nearest;

use super::GenerateError;
use super::csdl::Model;

/// The overlay.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Overlay {
    pub generate: Generate,
    /// The type of a value without `@odata.type`, by declared type.
    #[serde(default)]
    pub default_type: BTreeMap<String, String>,
    /// Formats of properties, by `type.property`.
    #[serde(default)]
    pub formats: BTreeMap<String, String>,
    /// Properties that a POST must have, by type.
    #[serde(default)]
    pub required_on_create: BTreeMap<String, Vec<String>>,
    /// Documented values of string properties, by `type.property`.
    #[serde(default)]
    pub values: BTreeMap<String, Vec<String>>,
    /// Properties that Graph takes and does not answer, by `type.property`, each with its source.
    #[serde(default)]
    pub write_only: BTreeMap<String, String>,
}

/// What is generated.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    pub roots: Vec<String>,
}

impl Overlay {
    /// Reads an overlay and holds it against the model.
    ///
    /// # Errors
    ///
    /// If it is no TOML of this shape, or names a type or property that the model lacks.
    pub fn parse(text: &str, model: &Model) -> Result<Self, GenerateError> {
        let overlay: Self = toml::from_str(text).map_err(|error| GenerateError::Overlay {
            reason: error.to_string().trim_end().to_owned(),
            nearest: None,
        })?;
        overlay.check(model)?;
        Ok(overlay)
    }

    /// What is said of a property of a type, under the type's own name or an ancestor's.
    pub fn of_property<'a, T>(
        &self,
        said: &'a BTreeMap<String, T>,
        model: &Model,
        ty: &str,
        property: &str,
    ) -> Option<&'a T> {
        model.lineage(ty).iter().rev().find_map(|(name, _)| said.get(&format!("{name}.{property}")))
    }

    fn check(&self, model: &Model) -> Result<(), GenerateError> {
        let types = self.generate.roots.iter().chain(self.default_type.keys()).chain(self.default_type.values());
        for name in types.chain(self.required_on_create.keys()) {
            known_type(model, name)?;
        }
        for (name, properties) in &self.required_on_create {
            for property in properties {
                known_property(model, name, property)?;
            }
        }
        for path in self.formats.keys().chain(self.values.keys()).chain(self.write_only.keys()) {
            let Some((name, property)) = path.rsplit_once('.') else {
                let reason = format!("\"{path}\" is not of the form type.property");
                return Err(GenerateError::Overlay { reason, nearest: None });
            };
            known_type(model, name)?;
            known_property(model, name, property)?;
        }
        Ok(())
    }
}

fn known_type(model: &Model, name: &str) -> Result<(), GenerateError> {
    if model.types.contains_key(name) {
        return Ok(());
    }
    let nearest = nearest(name, model.types.keys().map(String::as_str)).map(str::to_owned);
    Err(GenerateError::Overlay { reason: format!("the CSDL has no type called {name}"), nearest })
}

fn known_property(model: &Model, name: &str, property: &str) -> Result<(), GenerateError> {
    let lineage = model.lineage(name);
    let mut known = lineage.iter().flat_map(|(_, ty)| ty.properties.iter().map(|p| p.name.as_str()));
    if known.clone().any(|known| known == property) {
        return Ok(());
    }
    let nearest = nearest(property, &mut known).map(str::to_owned);
    Err(GenerateError::Overlay { reason: format!("the type {name} has no property called {property}"), nearest })
}
