//! Whether a value is valid, found out as fast as possible and without saying why it is not.
//!
//! Nearly every payload is valid. Here a reference to another file becomes a keyword of its own, which compiles that file
//! when the first value reaches it: a type is compiled once a process instead of once for each place that refers to it,
//! and not at all if no value is of it. Such a keyword cannot tell the place of an error, so what is not valid is validated
//! again with the plain schema.
//!
//! Without this a replay of the bundled tutorial takes 354 million instructions instead of 268 (callgrind, debug build).

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use jsonschema::{Draft, Keyword, PatternCache, ValidationError, Validator};
use serde_json::Value;

use super::keywords::known_to;
use super::store::{Store, TypeSchema};

/// The keyword that stands for a `$ref` to another file; its value is what the `$ref` said.
const REFERENCE: &str = "x-refers-to";

/// The quick validators of one store, by the names of types. That of a type is for values that are of it and of no type that
/// derives from it.
pub(super) struct Quick {
    store: Arc<Store>,
    compiled: RwLock<HashMap<String, Slot>>,
    /// Most types have the same patterns.
    patterns: PatternCache,
    this: Weak<Self>,
}

/// A validator, or nothing if the schema is broken: the plain one will say how.
type Slot = Arc<OnceLock<Option<Validator>>>;

impl Quick {
    pub(super) fn new(store: Arc<Store>) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            store,
            compiled: RwLock::default(),
            patterns: PatternCache::new(),
            this: Weak::clone(this),
        })
    }

    /// Returns whether `value` is a valid `name`, without drift. A schema that is broken has no valid values.
    pub(super) fn fits(&self, name: &str, value: &Value) -> bool {
        self.store.kind(name).is_ok_and(|kind| self.is_one(&kind, name, value))
    }

    /// Returns whether `value` will be a valid `name` when the service has given it an id.
    pub(super) fn fits_with_id(&self, name: &str, value: &Value) -> bool {
        match value {
            Value::Object(members) if !members.contains_key("id") => {
                let mut created = members.clone();
                created.insert("id".to_owned(), Value::from(uuid::Uuid::nil().to_string()));
                self.fits(name, &Value::Object(created))
            }
            _ => self.fits(name, value),
        }
    }

    /// Returns whether the schema of a type can be made and compiled.
    #[cfg(test)]
    pub(super) fn is_usable(&self, name: &str) -> bool {
        self.compile(name).is_some()
    }

    fn is_one(&self, kind: &TypeSchema, declared: &str, value: &Value) -> bool {
        let Some(name) = kind.choose(declared, value) else { return false };
        let slot = self.slot(name);
        slot.get_or_init(|| self.compile(name)).as_ref().is_some_and(|validator| validator.is_valid(value))
    }

    fn slot(&self, name: &str) -> Slot {
        // Apart from the condition: a guard that lives on while a schema is compiled would lock out those it refers to.
        let known = self.compiled.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        known.unwrap_or_else(|| {
            let mut compiled = self.compiled.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(compiled.entry(name.to_owned()).or_default())
        })
    }

    fn compile(&self, name: &str) -> Option<Validator> {
        let mut schema = self.store.bare(name).ok()?;
        replace_references(&mut schema);
        let this = Weak::clone(&self.this);
        // Every schema is first validated itself, and that of an older draft is ready five times as fast. The keywords that
        // Graph's schemas are made of mean the same in both.
        let options =
            known_to(jsonschema::options()).with_draft(Draft::Draft7).with_pattern_cache(self.patterns.clone());
        options.with_keyword(REFERENCE, move |_, value, _| Ok(Reference::keyword(&this, value))).build(&schema).ok()
    }
}

/// Replaces every `$ref` to another file.
fn replace_references(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if let Some(target) = members.get("$ref").and_then(Value::as_str).filter(|target| !target.starts_with('#'))
            {
                let target = Value::from(target);
                members.shift_remove("$ref");
                members.insert(REFERENCE.to_owned(), target);
            }
            members.values_mut().for_each(replace_references);
        }
        Value::Array(items) => items.iter_mut().for_each(replace_references),
        _ => {}
    }
}

/// A compiled [`REFERENCE`].
struct Reference {
    quick: Weak<Quick>,
    name: String,
    kind: OnceLock<Option<Arc<TypeSchema>>>,
}

impl Reference {
    fn keyword(quick: &Weak<Quick>, value: &Value) -> Box<dyn for<'i> Keyword<'i>> {
        let target = value.as_str().unwrap_or_default();
        let name = target.strip_suffix(".json").unwrap_or(target).to_owned();
        Box::new(Self { quick: Weak::clone(quick), name, kind: OnceLock::new() })
    }
}

impl<'i> Keyword<'i> for Reference {
    fn validate(&self, value: &'i Value) -> Result<(), ValidationError<'i>> {
        if self.is_valid(value) { Ok(()) } else { Err(ValidationError::custom(self.name.as_str())) }
    }

    fn is_valid(&self, value: &'i Value) -> bool {
        let Some(quick) = self.quick.upgrade() else { return false };
        let kind = self.kind.get_or_init(|| quick.store.kind(&self.name).ok());
        kind.as_ref().is_some_and(|kind| quick.is_one(kind, &self.name, value))
    }
}
