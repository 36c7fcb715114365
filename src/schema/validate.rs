//! Validating payloads.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use jsonschema::Validator;
use serde_json::Value;

use super::document::{GROWS, REQUIRED_ON_CREATE};
use super::findings::found;
use super::operations::OperationTable;
use super::store::Store;
use super::{Finding, Findings, Operation, SchemaError, Shape};

/// The schemas of one place. Cheap to clone: clones share their validators, each of which is compiled once, when it is
/// first needed.
#[derive(Clone)]
pub struct Schemas(Arc<Inner>);

struct Inner {
    store: Store,
    operations: OnceLock<Result<OperationTable, SchemaError>>,
    compiled: RwLock<HashMap<String, Result<Arc<Compiled>, SchemaError>>>,
}

struct Compiled {
    validator: Validator,
    required_on_create: Vec<String>,
}

impl Schemas {
    /// The schemas that the program carries. Nothing is read before it is needed.
    pub fn embedded() -> Self {
        Self::of(Store::Embedded)
    }

    /// The schemas of a folder that holds `v1.0`, as `graphwalk schema generate` makes it.
    ///
    /// # Errors
    ///
    /// If it holds none.
    pub fn from_dir(folder: &Path) -> Result<Self, SchemaError> {
        let schemas = Self::of(Store::folder(folder)?);
        schemas.table()?;
        Ok(schemas)
    }

    fn of(store: Store) -> Self {
        Self(Arc::new(Inner { store, operations: OnceLock::new(), compiled: RwLock::default() }))
    }

    /// The types of a request and its answer, by method and path as sent (`/v1.0/…` or `/beta/…`, with or without a
    /// query); nothing if the schemas do not know the path. Beta paths have the types of v1.0.
    pub fn operation(&self, method: &str, path: &str) -> Option<Operation> {
        self.table().ok()?.operation(method, path).filter(|operation| self.knows(operation))
    }

    /// Validates the body of a request.
    ///
    /// # Errors
    ///
    /// If there is no such type, or its schema is broken.
    pub fn check_request(&self, method: &str, type_name: &str, body: &Value) -> Result<Findings, SchemaError> {
        let compiled = self.compiled(type_name)?;
        let mut findings = self.check(&compiled, "", body);
        // The service gives ids: what is sent has none.
        findings.violations.retain(|finding| !(finding.found == "nothing" && finding.pointer.ends_with("/id")));
        if method == "POST" {
            for name in compiled.required_on_create.iter().filter(|name| body.get(name.as_str()).is_none()) {
                findings.violations.push(Finding {
                    pointer: format!("/{name}"),
                    expected: "a value, which is required to create one".to_owned(),
                    found: "nothing".to_owned(),
                    schema: format!("{type_name}.json#/{REQUIRED_ON_CREATE}"),
                });
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

    /// Validates a value of a type, or a list of it.
    ///
    /// # Errors
    ///
    /// If there is no such type, or its schema is broken.
    pub fn check_type(&self, name: &str, collection: bool, body: &Value) -> Result<Findings, SchemaError> {
        let compiled = self.compiled(name)?;
        if !collection {
            return Ok(self.check(&compiled, "", body));
        }
        let mut findings = self.check(&*self.compiled("collection")?, "", body);
        let items = body.get("value").and_then(Value::as_array);
        for (index, item) in items.into_iter().flatten().enumerate().filter(|(_, item)| item.is_object()) {
            if !compiled.validator.is_valid(item) {
                findings.extend(self.errors(&compiled, &format!("/value/{index}"), item));
            }
        }
        Ok(findings)
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

    fn check(&self, compiled: &Compiled, prefix: &str, body: &Value) -> Findings {
        // Nearly every payload is valid, and finding that out is several times faster than collecting errors.
        if compiled.validator.is_valid(body) { Findings::default() } else { self.errors(compiled, prefix, body) }
    }

    fn errors(&self, compiled: &Compiled, prefix: &str, body: &Value) -> Findings {
        let mut findings = Findings::default();
        for error in compiled.validator.iter_errors(body) {
            findings.add(prefix, &error, |place| self.grows(place));
        }
        findings
    }

    /// Whether the `enum` at a place, `user.json#/properties/x/enum`, is a set that may grow.
    fn grows(&self, place: &str) -> bool {
        let Some((file, pointer)) = place.split_once('#') else { return false };
        let Some(name) = file.strip_suffix(".json") else { return false };
        let parent = pointer.strip_suffix("/enum").unwrap_or(pointer);
        self.0.store.json(name).is_ok_and(|schema| {
            schema.pointer(parent).and_then(|at| at.get(GROWS)).and_then(Value::as_bool).unwrap_or(false)
        })
    }

    fn knows(&self, operation: &Operation) -> bool {
        let name = match &operation.response {
            Shape::NoContent => return true,
            Shape::One(name) | Shape::Many(name) => name,
        };
        self.compiled(name).is_ok()
    }

    fn table(&self) -> Result<&OperationTable, SchemaError> {
        let read = || {
            let broken = |error: serde_json::Error| SchemaError::Broken {
                name: "operations.json".to_owned(),
                reason: error.to_string(),
            };
            serde_json::from_str(&self.0.store.text("operations")?).map_err(broken)
        };
        self.0.operations.get_or_init(read).as_ref().map_err(Clone::clone)
    }

    fn compiled(&self, name: &str) -> Result<Arc<Compiled>, SchemaError> {
        if let Some(known) = self.0.compiled.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return known.clone();
        }
        let compiled = self.compile(name).map(Arc::new);
        let mut all = self.0.compiled.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(name.to_owned()).or_insert(compiled).clone()
    }

    fn compile(&self, name: &str) -> Result<Compiled, SchemaError> {
        let schema = self.0.store.json(name)?;
        let validator = jsonschema::options()
            .with_retriever(self.0.store.clone())
            .should_validate_formats(true)
            .with_format("uuid", |text: &str| text.len() == 36 && uuid::Uuid::try_parse(text).is_ok())
            .with_format("date-time", |text: &str| text.parse::<jiff::Timestamp>().is_ok())
            .with_format("time-of-day", |text: &str| text.parse::<jiff::civil::Time>().is_ok())
            .with_format("base64url", |text: &str| {
                text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=".contains(&byte))
            })
            .build(&schema)
            .map_err(|error| SchemaError::Broken { name: format!("{name}.json"), reason: error.to_string() })?;
        let required =
            schema.get(REQUIRED_ON_CREATE).or_else(|| schema.pointer(&format!("/$defs/self/{REQUIRED_ON_CREATE}")));
        let required = required.and_then(Value::as_array).into_iter().flatten();
        let required_on_create = required.filter_map(|name| name.as_str().map(str::to_owned)).collect();
        Ok(Compiled { validator, required_on_create })
    }
}

impl std::fmt::Debug for Schemas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Schemas from {:?}", self.0.store)
    }
}

fn no_content(body: Option<&Value>) -> Findings {
    body.map_or_else(Findings::default, |body| one_violation("no body", &found("", body), "204 No Content".to_owned()))
}

fn one_violation(expected: &str, found: &str, schema: String) -> Findings {
    let finding = Finding { pointer: String::new(), expected: expected.to_owned(), found: found.to_owned(), schema };
    Findings { violations: vec![finding], drift: Vec::new() }
}
