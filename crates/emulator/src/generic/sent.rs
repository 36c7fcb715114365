//! Bodies: what is sent, taken apart into properties, parts and references, and checked.

use graphwalk_catalog::{Catalog, IdForm, Navigation, Type, TypeKind, Version};
use graphwalk_schema::{FindingKind, SchemaError, Schemas};
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::http::{Refusal, not_found};
use crate::routes::body::{bad, check_texts, in_its_case, invalid, read_only, refused, unknown_property};
use crate::tenant::Tenant;

use super::answers::may_extend;
use super::locate::{locate_id, locate_reference};
use super::store::StoreLocation;

/// The surroundings in which bodies are read and written, beside the store.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    /// The schemas that bodies are checked against.
    pub schemas: &'a Schemas,
    /// The tenant's time.
    pub now: Timestamp,
    /// The user who calls, if one does.
    pub me: Option<Uuid>,
    /// In which version the call is, by whose types bodies are judged.
    pub version: Version,
    /// Whether what only the service sets may be sent, as in a seed.
    pub is_seed: bool,
}

/// A body, taken apart.
#[derive(Debug)]
pub(super) struct ParsedBody {
    /// The type that it says it is, or the declared one.
    pub ty: Type,
    /// Its properties.
    pub properties: Map<String, Value>,
    /// The objects that it contains, each with its navigation.
    pub parts: Vec<(Navigation, Map<String, Value>)>,
    /// The objects that it refers to; nothing where a navigation is to lead nowhere.
    pub references: Vec<(Navigation, Option<StoreLocation>)>,
}

/// The kind of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Write<'a> {
    /// A new object.
    Create,
    /// An object of these properties, which is changed or replaced.
    Change(&'a Map<String, Value>),
}

impl Scene<'_> {
    /// Takes a body apart that is to be written as a `declared`.
    ///
    /// # Errors
    ///
    /// 400 for what the type does not have or take, 404 for a reference to nothing.
    pub(super) fn read(
        &self,
        tenant: &Tenant,
        declared: Type,
        mut body: Map<String, Value>,
        write: Write<'_>,
    ) -> Result<ParsedBody, Refusal> {
        let ty = self.type_of(declared, &mut body, write)?;
        let mut sent = ParsedBody { ty, properties: Map::new(), parts: Vec::new(), references: Vec::new() };
        for (name, value) in body {
            if let Some(name) = name.strip_suffix("@odata.bind") {
                let navigation = ty.navigation(name).filter(|navigation| !navigation.contains_target);
                let navigation = navigation.ok_or_else(|| unbindable(name, ty))?;
                self.bind(tenant, navigation, &value, &mut sent)?;
            } else if name.contains('@') {
                // An annotation: nothing is kept of it.
            } else if let Some(navigation) = ty.navigation(&name) {
                self.take_navigation(tenant, navigation, value, &mut sent)?;
            } else {
                sent.properties.insert(name, value);
            }
        }
        self.check(&mut sent, write)?;
        Ok(sent)
    }

    /// Returns whether all types are known.
    fn knows_all_types(&self) -> bool {
        self.version == Version::V1
    }

    /// The type that a body says it is.
    fn type_of(&self, declared: Type, body: &mut Map<String, Value>, write: Write<'_>) -> Result<Type, Refusal> {
        let tag = body.shift_remove("@odata.type");
        let Some(tag) = tag.as_ref().and_then(Value::as_str) else {
            let creates = write == Write::Create && self.knows_all_types();
            if creates && declared.is_abstract() {
                let name = declared.name();
                return Err(bad(format!("'microsoft.graph.{name}' is abstract: '@odata.type' has to name a type.")));
            }
            return Ok(declared);
        };
        match Catalog::v1().type_named(tag).filter(|ty| ty.is_a(declared) && ty.kind() == TypeKind::Entity) {
            Some(ty) => Ok(ty),
            None if self.knows_all_types() => {
                let name = declared.name();
                let shown: String = tag.chars().take(120).collect();
                Err(bad(format!("A type named '{shown}' that derives from 'microsoft.graph.{name}' is not known.")))
            }
            None => Ok(declared),
        }
    }

    /// Takes the URLs of an `@odata.bind`.
    fn bind(
        &self,
        tenant: &Tenant,
        navigation: Navigation,
        value: &Value,
        sent: &mut ParsedBody,
    ) -> Result<(), Refusal> {
        let urls: Vec<&Value> = match value {
            Value::Array(urls) if navigation.many => urls.iter().collect(),
            Value::String(_) => vec![value],
            Value::Null if !navigation.many => {
                sent.references.push((navigation, None));
                return Ok(());
            }
            _ => return Err(bad(format!("Invalid value for '{}@odata.bind': expected a URL.", navigation.name))),
        };
        for url in urls {
            let url = url.as_str().ok_or_else(|| bad("A reference has to be the URL of an object."))?;
            let target = self.target(tenant, navigation.target, url)?;
            sent.references.push((navigation, Some(target)));
        }
        Ok(())
    }

    /// The place of the object that a URL names, which has to be of a type.
    ///
    /// # Errors
    ///
    /// 404 if there is none, 400 if it is of another type.
    pub(super) fn target(&self, tenant: &Tenant, type_name: &str, url: &str) -> Result<StoreLocation, Refusal> {
        let (at, ty) = locate_reference(tenant, self.me, url).ok_or_else(|| not_found(url))?;
        if Catalog::v1().type_named(type_name).is_none_or(|wanted| ty.is_a(wanted)) {
            return Ok(at);
        }
        let found = ty.name();
        Err(bad(format!("The reference leads to a '{found}', where a '{type_name}' is expected.")))
    }

    /// Takes a navigation that stands in a body as a property: parts, or objects that are named by their ids.
    fn take_navigation(
        &self,
        tenant: &Tenant,
        navigation: Navigation,
        value: Value,
        sent: &mut ParsedBody,
    ) -> Result<(), Refusal> {
        let values = match value {
            Value::Array(values) if navigation.many => values,
            Value::Null => Vec::new(),
            value @ Value::Object(_) if !navigation.many => vec![value],
            _ => return Err(bad(format!("Invalid value for the navigation property '{}'.", navigation.name))),
        };
        for value in values {
            let Value::Object(object) = value else {
                return Err(bad(format!("Invalid value for the navigation property '{}'.", navigation.name)));
            };
            if navigation.contains_target {
                sent.parts.push((navigation, object));
                continue;
            }
            let id = object.get("id").and_then(Value::as_str);
            let id = id.ok_or_else(|| {
                bad(format!("A value is required for property 'id' of the navigation property '{}'.", navigation.name))
            })?;
            let wanted = Catalog::v1().type_named(navigation.target);
            let found = wanted.and_then(|wanted| locate_id(tenant, id, wanted));
            let (target, _) = found.ok_or_else(|| not_found(id))?;
            sent.references.push((navigation, Some(target)));
        }
        Ok(())
    }

    /// Checks properties: that the type has them, that they may be sent, and their values.
    fn check(&self, sent: &mut ParsedBody, write: Write<'_>) -> Result<(), Refusal> {
        let ty = sent.ty;
        let creation = Catalog::v1().creation(ty);
        let is_given = |name: &str| matches!(&creation.id, IdForm::Sent(property) if property == name);
        let set_by_service = |name: &str| !self.is_seed && ty.is_set_by_service(name);
        let before = match write {
            Write::Create => None,
            Write::Change(before) => Some(before),
        };
        // Whoever sends back what was read sends what the service has set, too.
        let is_same = |name: &str, value: &Value| before.is_some_and(|before| before.get(name) == Some(value));
        sent.properties.retain(|name, value| !(set_by_service(name) && is_same(name, value)));
        let forbidden =
            sent.properties.keys().find(|name| set_by_service(name) && !(write == Write::Create && is_given(name)));
        if let Some(name) = forbidden {
            return Err(read_only(name));
        }
        // What the metadata of beta does not declare may be there.
        let schemas = self.schemas.of_version(self.version);
        let is_known = |name: &str| {
            schemas.is_partial() || may_extend(ty, name) || ty.properties().any(|property| property.name == name)
        };
        if let Some(name) = sent.properties.keys().find(|name| !is_known(name)) {
            return Err(unknown_property(name, ty.name()));
        }
        if ty.is_directory_object() {
            check_texts(ty.name(), &sent.properties)?;
        }
        // A seed says what is there, however it came about: it need not be what a POST has to be.
        let method = if write == Write::Create && !self.is_seed { "POST" } else { "PATCH" };
        match schemas.check_request(method, ty.name(), &Value::Object(sent.properties.clone())) {
            Ok(findings) => match refused(&findings) {
                None => {
                    sent.properties = in_its_case(std::mem::take(&mut sent.properties), &findings);
                    Ok(())
                }
                Some(finding) if self.is_seed && finding.kind == FindingKind::ReadOnly => Ok(()),
                Some(finding) => Err(invalid(ty.name(), finding)),
            },
            Err(SchemaError::Unknown { .. }) => Ok(()),
            Err(error) => Err(Refusal::new(500, "InternalServerError", error.to_string())),
        }
    }
}

fn unbindable(name: &str, ty: Type) -> Refusal {
    bad(format!("The navigation property '{name}' of '{}' cannot be bound.", ty.name()))
}
