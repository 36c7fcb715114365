//! Reading the overlay, and holding it against the model.

use std::collections::BTreeMap;

use graphwalk_catalog::{ActsOn, Catalog, CreationFacts, IdForm, Resource, ResourceFacts};
use serde::Deserialize;

use super::Fault;
use super::csdl::{CsdlOperation, Model, Use, Way};
use super::documented::Documented;

/// The facts that the two inputs lack.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Overlay {
    pub roots: Sourced,
    pub contained: Sourced,
    pub refers: Sourced,
    pub referred: Sourced,
    pub acts_within: Sourced,
    pub reads: Sourced,
    pub patch_repeatable: Sourced,
    /// Types of which a PATCH is answered with the object.
    pub patch_answers: Sourced,
    /// Beginnings of names of permissions.
    pub narrow_permissions: Sourced,
    /// Permissions that reach the caller's own user only.
    pub own_user_permissions: Sourced,
    /// Permissions that the list does not have yet; an administrator has to consent to them.
    pub newer_permissions: Sourced,
    /// The facts documented of types and properties, by `type` or `type.property`.
    pub documented: BTreeMap<String, Documented>,
    pub action: Vec<Action>,
    pub root: Vec<Root>,
    pub call: Vec<OverlayCall>,
    pub grant: Vec<OverlayGrant>,
    /// The resources that may be created and deleted again.
    pub resource: Vec<ResourceFacts>,
    /// The types that act on others.
    pub acts_on: Vec<ActsOn>,
    /// The values that the service adds to new objects.
    pub created: Vec<CreationFacts>,
}

/// Names and where it says so.
pub type Sourced = BTreeMap<String, String>;

/// An action that the CSDL lacks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Action {
    pub name: String,
    pub on: String,
    pub many: bool,
    source: String,
}

/// An entity set or a singleton that the CSDL lacks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Root {
    name: String,
    r#type: String,
    many: bool,
    source: String,
}

/// A call that the permissions list lacks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverlayCall {
    pub method: String,
    pub paths: Vec<String>,
    #[serde(default)]
    pub work: Vec<String>,
    #[serde(default)]
    pub application: Vec<String>,
    source: String,
}

/// A permission for calls that the permissions list has: one that it lacks there, or the one of several that is the least.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverlayGrant {
    pub method: String,
    pub paths: Vec<String>,
    pub permission: String,
    pub schemes: Vec<String>,
    #[serde(default)]
    pub least: bool,
    source: String,
}

impl Overlay {
    /// Reads an overlay, adds its actions to the model, and holds the rest against it.
    ///
    /// # Errors
    ///
    /// If it is no TOML of this shape, names what the model lacks, says two things of one navigation, or lacks a source.
    pub fn parse(text: &str, model: &mut Model) -> Result<Self, Fault> {
        let overlay: Self = toml::from_str(text).map_err(|error| Fault(format!("overlay: {error}")))?;
        for action in &overlay.action {
            if !model.types.contains_key(&action.on) {
                return Err(Fault(format!(
                    "overlay: the action {} is on {}, which is no type",
                    action.name, action.on
                )));
            }
            model.operations.push(CsdlOperation {
                name: action.name.clone(),
                namespace: String::new(),
                function: false,
                composable: false,
                on: Use { name: action.on.clone(), many: action.many },
                parameters: Vec::new(),
                returns: None,
            });
        }
        for root in &overlay.root {
            if !model.types.contains_key(&root.r#type) {
                return Err(Fault(format!(
                    "overlay: the root {} has the type {}, which is not there",
                    root.name, root.r#type
                )));
            }
            if model.roots.iter().any(|known| known.name == root.name) {
                return Err(Fault(format!("overlay: the CSDL has the root {}", root.name)));
            }
            let ty = Use { name: root.r#type.clone(), many: root.many };
            model.roots.push(Way { name: root.name.clone(), ty, nullable: false, contains: true });
        }
        model.roots.sort_by_key(|root| root.name.to_ascii_lowercase());
        overlay.check(model)?;
        Ok(overlay)
    }

    /// Reads what an overlay says is documented, and holds it against the model: all that matters where there are no calls.
    ///
    /// # Errors
    ///
    /// If it is no TOML of this shape, or names what the model lacks.
    pub fn parse_documented(text: &str, model: &Model) -> Result<Self, Fault> {
        let all: Self = toml::from_str(text).map_err(|error| Fault(format!("overlay: {error}")))?;
        let overlay = Self { documented: all.documented, ..Self::default() };
        overlay.check_documented(model)?;
        overlay.check_sources()?;
        Ok(overlay)
    }

    /// The same, without what is said of types and properties that the model lacks.
    ///
    /// # Errors
    ///
    /// If it is no TOML of this shape.
    pub fn parse_documented_of(text: &str, model: &Model) -> Result<Self, Fault> {
        let mut all: Self = toml::from_str(text).map_err(|error| Fault(format!("overlay: {error}")))?;
        all.documented.retain(|name, documented| documented.check(name, model).is_ok());
        Ok(Self { documented: all.documented, ..Self::default() })
    }

    fn check(&self, model: &Model) -> Result<(), Fault> {
        let missing = |section: &str, name: &str| Fault(format!("overlay: {name} in [{section}] is not in the CSDL"));
        for (section, said) in [("contained", &self.contained), ("refers", &self.refers), ("referred", &self.referred)]
        {
            for name in said.keys() {
                let is_there = name.split_once('.').is_some_and(|(ty, navigation)| {
                    let ty = model.types.get(ty);
                    ty.is_some_and(|ty| ty.navigations.iter().any(|known| known.name == navigation))
                });
                if !is_there {
                    return Err(missing(section, name));
                }
            }
        }
        for (section, said) in [("acts-within", &self.acts_within), ("reads", &self.reads)] {
            for name in said.keys() {
                let mut operations = model.operations.iter().filter(|operation| !operation.function);
                if !operations.any(|operation| *name == operation.full_name()) {
                    return Err(missing(section, name));
                }
            }
        }
        if let Some(name) = self.roots.keys().find(|name| !model.roots.iter().any(|root| root.name == **name)) {
            return Err(missing("roots", name));
        }
        for (section, types) in [("patch-repeatable", &self.patch_repeatable), ("patch-answers", &self.patch_answers)] {
            if let Some(name) = types.keys().find(|name| !model.types.contains_key(*name)) {
                return Err(missing(section, name));
            }
        }
        self.check_documented(model)?;
        self.check_sources()?;
        self.check_twice()
    }

    fn check_documented(&self, model: &Model) -> Result<(), Fault> {
        self.documented.iter().try_for_each(|(name, documented)| documented.check(name, model))
    }

    /// Holds what may be created, and what acts on others, against the catalog that was made of the rest.
    ///
    /// # Errors
    ///
    /// If Graph has no such resource or type, or one id is there twice.
    pub fn check_against(&self, catalog: Catalog) -> Result<(), Fault> {
        let mut ids = Vec::new();
        for facts in &self.resource {
            let known = Resource::new(facts.clone(), catalog);
            known.map_err(|why| Fault(format!("overlay: the resource {}: {why}", facts.id)))?;
            if ids.contains(&&facts.id) {
                return Err(Fault(format!("overlay: two things are said of the resource {}", facts.id)));
            }
            ids.push(&facts.id);
        }
        for name in self.acts_on.iter().flat_map(|acts| &acts.types) {
            if catalog.type_named(name).is_none() {
                return Err(Fault(format!("overlay: {name} in [[acts-on]] is not in the CSDL")));
            }
        }
        self.created.iter().try_for_each(|facts| check_created(facts, catalog))
    }

    fn check_sources(&self) -> Result<(), Fault> {
        let tables = [&self.roots, &self.contained, &self.refers, &self.referred, &self.acts_within, &self.reads];
        let permissions = [&self.narrow_permissions, &self.own_user_permissions, &self.newer_permissions];
        let said = tables.into_iter().chain([&self.patch_repeatable, &self.patch_answers]).chain(permissions).flatten();
        let actions = self.action.iter().map(|action| (&action.name, &action.source));
        let roots = self.root.iter().map(|root| (&root.name, &root.source));
        let calls = self.call.iter().map(|call| (&call.method, &call.source));
        let grants = self.grant.iter().map(|grant| (&grant.permission, &grant.source));
        let resources = self.resource.iter().map(|resource| (&resource.id, &resource.source));
        let acts_on = self.acts_on.iter().map(|acts| (&acts.called, &acts.source));
        let documented = self.documented.iter().map(|(name, documented)| (name, &documented.source));
        let created = self.created.iter().flat_map(|facts| facts.types.iter().map(|name| (name, &facts.source)));
        let entries = actions.chain(roots).chain(documented).chain(calls).chain(grants);
        let entries = entries.chain(resources).chain(acts_on).chain(created);
        match said.chain(entries).find(|(_, source)| source.trim().is_empty()) {
            Some((name, _)) => Err(Fault(format!("overlay: expected a source for {name}"))),
            None => Ok(()),
        }
    }

    fn check_twice(&self) -> Result<(), Fault> {
        let bonds = self.contained.keys().chain(self.refers.keys()).chain(self.referred.keys());
        let actions = self.acts_within.keys().chain(self.reads.keys());
        for mut names in [bonds.collect::<Vec<_>>(), actions.collect()] {
            names.sort();
            if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(Fault(format!("overlay: two things are said of {}", twice[0])));
            }
        }
        Ok(())
    }
}

/// Holds what the service adds to new objects against their types.
fn check_created(facts: &CreationFacts, catalog: Catalog) -> Result<(), Fault> {
    for name in &facts.types {
        let Some(ty) = catalog.type_named(name) else {
            return Err(Fault(format!("overlay: {name} in [[created]] is not in the CSDL")));
        };
        let creation = catalog.creation(ty);
        let sent = match &creation.id {
            IdForm::Sent(property) => Some(property),
            IdForm::Pattern(text) if !IdForm::PLACEHOLDERS.iter().any(|known| text.contains(known)) => {
                let known = IdForm::PLACEHOLDERS.join(", ");
                return Err(Fault(format!("overlay: expected {known} in the id of {name}, got {text}")));
            }
            _ => None,
        };
        let names = facts.defaults.keys().chain(sent);
        if let Some(unknown) = names.into_iter().find(|property| ty.property(property).is_none()) {
            return Err(Fault(format!("overlay: {name} in [[created]] has no property {unknown}")));
        }
    }
    Ok(())
}

impl CsdlOperation {
    /// The type to which it is bound, and its name: `user.changePassword`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.on.name, self.name)
    }
}
