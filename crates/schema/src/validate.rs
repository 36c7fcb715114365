//! Validating payloads.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use graphwalk_catalog::{Catalog, Version, Writable};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::document::{DOCUMENTED, GROWS, REQUIRED_ON_CREATE, TAG, WRITABLE};
use super::findings::{DriftMark, kind_of, one_violation};
use super::keywords::known_to;
use super::quick::Quick;
use super::store::{Retriever, Store};
use super::{Extent, FindingKind, Findings, OperationTypes, SchemaError, SchemaFinding, Shape};

/// The schemas of one place. Cheap to clone: clones share their validators, each of which is compiled once, when it is
/// first needed.
#[derive(Clone)]
pub struct Schemas(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    quick: Arc<Quick>,
    /// The validators that tell what is wrong, by name; none is made before something is.
    validators: RwLock<HashMap<String, Compiled>>,
}

type Compiled = Arc<OnceLock<Result<Validator, SchemaError>>>;

impl Schemas {
    /// The schemas of all types of Graph, the same ones for the whole process. None is made before it is needed.
    pub fn embedded() -> Self {
        static EMBEDDED: LazyLock<Schemas> = LazyLock::new(|| Schemas::of_catalog(Catalog::v1()));
        EMBEDDED.clone()
    }

    /// The schemas of a version: these, or those of beta, which judge only what the metadata of beta declares.
    pub fn of_version(&self, version: Version) -> Self {
        static BETA: LazyLock<Schemas> = LazyLock::new(|| Schemas::of_catalog(Catalog::beta()));
        if version == Version::Beta { BETA.clone() } else { self.clone() }
    }

    /// Returns whether the service has more than they declare, so that what they lack is not judged.
    pub fn is_partial(&self) -> bool {
        self.0.store.is_partial()
    }

    /// The schemas of the types of a catalog.
    pub fn of_catalog(catalog: Catalog) -> Self {
        Self::from_store(Store::of_catalog(catalog))
    }

    /// The schemas of a folder that holds `v1.0`, as `graphwalk schema generate` makes it.
    ///
    /// # Errors
    ///
    /// If it holds none.
    pub fn from_dir(folder: &Path) -> Result<Self, SchemaError> {
        let schemas = Self::from_store(Store::of_folder(folder)?);
        // Those of every list and of every refusal.
        schemas.0.store.kind("collection")?;
        schemas.0.store.kind("error")?;
        Ok(schemas)
    }

    /// Returns whether they are those of a catalog, and not of a folder.
    pub fn is_of_catalog(&self) -> bool {
        self.0.store.is_catalog()
    }

    fn from_store(store: Store) -> Self {
        let store = Arc::new(store);
        let quick = Quick::new(Arc::clone(&store));
        Self(Arc::new(Inner { store, quick, validators: RwLock::default() }))
    }

    /// The types of a request and its answer, by method and path as sent (`/v1.0/…` or `/beta/…`, with or without a
    /// query); nothing if Graph has no such call, or there is no schema of what it answers.
    /// Those of beta are what the metadata of beta declares.
    pub fn operation(&self, method: &str, path: &str) -> Option<OperationTypes> {
        let operation = OperationTypes::look_up(method, path)?;
        let store = &self.of_version(operation.version).0.store;
        let is_known = match &operation.response {
            Shape::NoContent => true,
            Shape::One(name) | Shape::Many(name) => store.kind(name).is_ok(),
        };
        let request = operation.request.filter(|name| store.kind(name).is_ok());
        is_known.then_some(OperationTypes { request, ..operation })
    }

    /// Validates the body of a request.
    ///
    /// # Errors
    ///
    /// If there is no such type, or its schema is broken.
    pub fn check_request(&self, method: &str, type_name: &str, body: &Value) -> Result<Findings, SchemaError> {
        let kind = self.0.store.kind(type_name)?;
        let whole = with_whole_tags(body);
        let body = whole.as_ref();
        // The service gives ids: what is sent has none.
        let mut findings = self.check_without_id(type_name, "", body)?;
        findings.drift.extend(written_in_vain(method, type_name, &kind.unwritable, body));
        // Whoever signs in with an account of another kind has not all of them.
        let is_excused = kind.required_unless.as_ref().is_some_and(|other| body.get(other).is_some_and(is_given));
        let required = |name: &String, expected: &str, found: &str, kind: FindingKind| SchemaFinding {
            pointer: format!("/{name}"),
            expected: expected.to_owned(),
            found: found.to_owned(),
            schema: format!("{type_name}.json#/{REQUIRED_ON_CREATE}"),
            kind,
            meant: None,
        };
        for name in &kind.required_on_create {
            match body.get(name) {
                None if method == "POST" && !is_excused => {
                    let expected = "a value, which is required to create one";
                    findings.violations.push(required(name, expected, "nothing", FindingKind::Missing));
                }
                // What has to be there from the beginning cannot be cleared.
                Some(Value::Null) if method != "PUT" => {
                    findings.violations.push(required(name, "a value", "null", FindingKind::Value));
                }
                _ => {}
            }
        }
        Ok(findings)
    }

    /// Validates an answer. With a status of 400 or more `body` has to be Graph's error, else what `expected` says; with
    /// 204 there has to be none.
    ///
    /// # Errors
    ///
    /// If there is no such type, or its schema is broken.
    pub fn check_response(
        &self,
        status: u16,
        expected: Option<&Shape>,
        body: Option<&Value>,
    ) -> Result<Findings, SchemaError> {
        if status >= 400 {
            return self.check_body("error", false, body);
        }
        match expected {
            _ if status == 204 => Ok(no_content(body)),
            None => Ok(Findings::default()),
            Some(Shape::NoContent) => Ok(no_content(body)),
            Some(Shape::One(name)) => self.check_body(name, false, body),
            Some(Shape::Many(name)) => self.check_body(name, true, body),
        }
    }

    /// Validates a value of a type, or a list of it. It has what the type requires, unless it says itself what was selected.
    ///
    /// # Errors
    ///
    /// If there is no such type, or its schema is broken.
    pub fn check_type(&self, name: &str, collection: bool, body: &Value) -> Result<Findings, SchemaError> {
        self.check_as(name, collection, &Extent::Whole, body)
    }

    /// Validates both payloads of an exchange and forgets what it found: what they need is compiled then.
    pub fn prepare(&self, method: &str, path: &str, status: u16, request: Option<&Value>, response: Option<&Value>) {
        let Some(operation) = self.operation(method, path) else { return };
        if let Some(body) = request {
            let _ = self.check_sent(method, &operation, body);
        }
        let _ = self.check_answer(&operation, status, response);
    }

    /// Returns whether a type has a property of this name, navigation properties among them.
    pub fn has_property(&self, type_name: &str, property: &str) -> bool {
        self.0.store.has_property(type_name, property)
    }

    /// The names of all types, sorted.
    pub fn type_names(&self) -> Vec<String> {
        self.0.store.names()
    }

    /// The text of a type's schema.
    ///
    /// # Errors
    ///
    /// If there is no such type.
    pub fn source(&self, name: &str) -> Result<String, SchemaError> {
        self.0.store.text(name)
    }

    fn check_body(&self, name: &str, collection: bool, body: Option<&Value>) -> Result<Findings, SchemaError> {
        match body {
            Some(body) => self.check_type(name, collection, body),
            None => Ok(one_violation("a JSON body", "nothing", format!("{name}.json"))),
        }
    }

    /// Validates `body`, which lies at `prefix` of the payload.
    pub(super) fn check(&self, declared: &str, prefix: &str, body: &Value) -> Result<Findings, SchemaError> {
        // Nearly every payload is valid, and finding that out is several times faster than collecting errors.
        if self.0.quick.fits(declared, body) {
            return Ok(Findings::default());
        }
        self.errors(declared, prefix, body)
    }

    /// The same of a value that needs no id.
    pub(super) fn check_without_id(&self, declared: &str, prefix: &str, body: &Value) -> Result<Findings, SchemaError> {
        if self.0.quick.fits_with_id(declared, body) {
            return Ok(Findings::default());
        }
        let mut findings = self.errors(declared, prefix, body)?;
        let is_id = |finding: &SchemaFinding| finding.kind == FindingKind::Missing && finding.pointer.ends_with("/id");
        findings.violations.retain(|finding| !is_id(finding));
        Ok(findings)
    }

    /// Returns, of these names, the properties that a value of a type has, and whether their values are objects or lists.
    pub(super) fn selected(
        &self,
        declared: &str,
        names: &[String],
        body: &Value,
    ) -> Result<Vec<(String, bool)>, SchemaError> {
        let kind = self.0.store.kind(declared)?;
        let Some(name) = kind.choose(declared, body) else { return Ok(Vec::new()) };
        Ok(names.iter().filter_map(|selected| self.0.store.property(name, selected)).collect())
    }

    fn errors(&self, declared: &str, prefix: &str, body: &Value) -> Result<Findings, SchemaError> {
        let kind = self.0.store.kind(declared)?;
        let compiled = match kind.choose(declared, body) {
            Some(name) => self.validator(name, |store| store.itself(name)),
            // Nothing else can be said of a value that says it is of a type that is not there.
            None => self.validator(&format!("{declared}#tags"), |store| store.tags(declared)),
        };
        let mut findings = Findings::default();
        match compiled.get() {
            Some(Ok(validator)) => {
                for error in validator.iter_errors(body) {
                    findings.add(prefix, &error, self.is_partial(), |place| self.mark(place));
                }
            }
            Some(Err(error)) => return Err(error.clone()),
            None => {}
        }
        Ok(findings)
    }

    /// Returns the weight of the keyword at a place, `user.json#/properties/x/enum`.
    fn mark(&self, place: &str) -> DriftMark {
        let Some((file, pointer)) = place.split_once('#') else { return DriftMark::None };
        let name = file.rsplit('/').next().and_then(|file| file.strip_suffix(".json")).unwrap_or_default();
        let parent = pointer.rsplit_once('/').map_or(pointer, |(parent, _)| parent);
        let Ok(schema) = self.0.store.json(name) else { return DriftMark::None };
        let has = |mark: &str| schema.pointer(parent).is_some_and(|at| at.get(mark) == Some(&Value::Bool(true)));
        if has(DOCUMENTED) {
            DriftMark::Documented
        } else if has(GROWS) {
            DriftMark::Grows
        } else {
            DriftMark::None
        }
    }

    fn validator(&self, key: &str, schema: impl FnOnce(&Store) -> Result<Value, SchemaError>) -> Compiled {
        let known = self.0.validators.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        let compiled = known.unwrap_or_else(|| {
            let mut all = self.0.validators.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(all.entry(key.to_owned()).or_default())
        });
        compiled.get_or_init(|| {
            let broken = |error: ValidationError<'_>| {
                let name = key.split('#').next().unwrap_or_default();
                SchemaError::Broken { name: format!("{name}.json"), reason: error.to_string() }
            };
            plain(&self.0.store, &schema(&self.0.store)?).map_err(broken)
        });
        compiled
    }
}

/// The validator that tells what is wrong, and where.
pub(super) fn plain(store: &Arc<Store>, schema: &Value) -> Result<Validator, ValidationError<'static>> {
    known_to(jsonschema::options()).with_retriever(Retriever(Arc::clone(store))).build(schema)
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Schemas from {:?}", self.0.store)
    }
}

/// A body in which every `@odata.type` has the hash that Graph writes before it. Graph reads it without, too, as the pages of access
/// reviews print it.
pub fn with_whole_tags(body: &Value) -> Cow<'_, Value> {
    if !lacks_hash(body) {
        return Cow::Borrowed(body);
    }
    let mut whole = body.clone();
    add_hashes(&mut whole);
    Cow::Owned(whole)
}

/// Returns whether a value is the name of a type of Graph without a hash.
fn is_bare_tag(name: &str, value: &Value) -> bool {
    name == "@odata.type" && value.as_str().is_some_and(|tag| tag.starts_with(&TAG[1..]))
}

fn lacks_hash(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| is_bare_tag(name, value) || lacks_hash(value)),
        Value::Array(items) => items.iter().any(lacks_hash),
        _ => false,
    }
}

fn add_hashes(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if is_bare_tag(name, value) {
                    *value = Value::from(format!("#{}", value.as_str().unwrap_or_default()));
                }
                add_hashes(value);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(add_hashes),
        _ => {}
    }
}

/// The properties of a body that cannot be written, or not with this method.
fn written_in_vain(
    method: &str,
    type_name: &str,
    unwritable: &[(String, Writable)],
    body: &Value,
) -> Vec<SchemaFinding> {
    let can_be_written = |when: Writable| match method {
        "POST" => when.on_create(),
        "PATCH" => when.on_update(),
        // Whoever replaces an object sends all of it back.
        _ => true,
    };
    let finding = |name: &str, when: Writable, value: &Value| SchemaFinding {
        pointer: format!("/{name}"),
        expected: match when {
            Writable::Never => "nothing: only the service sets it",
            Writable::OnCreate => "nothing: it is set only on creation",
            Writable::OnUpdate => "nothing: it is set only by an update",
        }
        .to_owned(),
        found: kind_of(value),
        schema: format!("{type_name}.json#/{WRITABLE}/{name}"),
        kind: FindingKind::ReadOnly,
        meant: None,
    };
    let sent = unwritable.iter().filter(|(_, when)| !can_be_written(*when));
    sent.filter_map(|(name, when)| Some(finding(name, *when, body.get(name)?))).collect()
}

fn no_content(body: Option<&Value>) -> Findings {
    body.map_or_else(Findings::default, |body| one_violation("no body", &kind_of(body), "204 No Content".to_owned()))
}

#[cfg(test)]
#[path = "validate_tests.rs"]
mod tests;

/// Returns whether a value says something.
fn is_given(value: &Value) -> bool {
    !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty())
}
