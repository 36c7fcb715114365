//! Where schemas come from, and what a type is to whoever validates.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use graphwalk_catalog::{Catalog, Type, TypeKind, Writable, nearest};
use serde_json::{Map, Value};

use super::SchemaError;
use super::document::{self, Documents, REQUIRED_ON_CREATE, REQUIRED_UNLESS, TAG, WRITABLE, local};

/// The schemas, and where they come from.
#[derive(Debug)]
pub(super) struct Store {
    source: SchemaSource,
    kinds: RwLock<HashMap<String, Result<Arc<TypeSchema>, SchemaError>>>,
}

#[derive(Debug)]
enum SchemaSource {
    /// They are made when they are needed.
    Catalog(Documents),
    /// The folder `v1.0` of a folder of schemas.
    Folder(PathBuf),
}

/// The facts about a type that validating a value needs.
#[derive(Debug, Default)]
pub(super) struct TypeSchema {
    /// The types that derive from it.
    derived: Vec<String>,
    /// The type of a value that does not name its own.
    default: Option<String>,
    /// The properties that a POST must have.
    pub required_on_create: Vec<String>,
    /// The property with which they need not be given.
    pub required_unless: Option<String>,
    /// The properties that cannot be written always, and when they can.
    pub unwritable: Vec<(String, Writable)>,
}

impl TypeSchema {
    /// The type that a value says it is, if that derives from the `declared` one, else the declared one; nothing if it says
    /// what is no such type.
    pub fn choose<'a>(&'a self, declared: &'a str, value: &'a Value) -> Option<&'a str> {
        if self.derived.is_empty() {
            return Some(declared);
        }
        let Some(tag) = value.get("@odata.type") else {
            return Some(self.default.as_deref().unwrap_or(declared));
        };
        let name = tag.as_str().and_then(|tag| tag.strip_prefix(TAG))?;
        (name == declared || self.derived.iter().any(|known| known == name)).then_some(name)
    }

    fn of_type(ty: Type) -> Self {
        Self {
            derived: ty.derived().map(|ty| ty.name().to_owned()).collect(),
            default: ty.default_type().map(|ty| ty.name().to_owned()),
            required_on_create: ty.required_on_create().map(|(name, _)| name.to_owned()).collect(),
            required_unless: ty
                .required_on_create()
                .map(|(_, other)| other)
                .find(|other| !other.is_empty())
                .map(str::to_owned),
            unwritable: ty.unwritable().map(|(name, when)| (name.to_owned(), when)).collect(),
        }
    }

    fn of_document(schema: &Value) -> Self {
        let texts = |all: Option<&Value>| -> Vec<String> {
            let all = all.and_then(Value::as_array).into_iter().flatten();
            all.filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        // The first tag is the type's own.
        let tags = texts(schema.pointer("/properties/@odata.type/enum"));
        let own = schema.pointer("/$defs/self").unwrap_or(schema);
        let choices = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let default = choices.filter_map(|choice| choice.pointer("/else/$ref")?.as_str()).next();
        let unwritable = own.get(WRITABLE).and_then(Value::as_object).into_iter().flatten();
        let unwritable = unwritable.filter_map(|(name, when)| Some((name.clone(), Writable::of_name(when.as_str()?)?)));
        Self {
            unwritable: unwritable.collect(),
            derived: tags.iter().skip(1).filter_map(|tag| tag.strip_prefix(TAG).map(str::to_owned)).collect(),
            default: default.and_then(|place| Some(place.split_once(".json")?.0.to_owned())),
            required_on_create: texts(own.get(REQUIRED_ON_CREATE)),
            required_unless: own.get(REQUIRED_UNLESS).and_then(Value::as_str).map(str::to_owned),
        }
    }
}

impl Store {
    /// The types of a catalog.
    pub fn of_catalog(catalog: Catalog) -> Self {
        Self { source: SchemaSource::Catalog(Documents { catalog }), kinds: RwLock::default() }
    }

    /// The schemas of a folder that holds `v1.0`.
    ///
    /// # Errors
    ///
    /// If it holds none.
    pub fn of_folder(folder: &Path) -> Result<Self, SchemaError> {
        let inner = folder.join("v1.0");
        let missing = |reason: String| SchemaError::NoSchemas { folder: folder.to_owned(), reason };
        match std::fs::metadata(inner.join("error.json")) {
            Ok(_) => Ok(Self { source: SchemaSource::Folder(inner), kinds: RwLock::default() }),
            Err(error) => Err(missing(format!("v1.0/error.json: {error}"))),
        }
    }

    /// Returns whether they are made from a catalog.
    pub fn is_catalog(&self) -> bool {
        matches!(self.source, SchemaSource::Catalog(_))
    }

    /// Returns whether the service has more than they declare.
    pub fn is_partial(&self) -> bool {
        matches!(self.source, SchemaSource::Catalog(documents) if documents.catalog.is_partial())
    }

    /// Returns the facts about the type of this name.
    ///
    /// # Errors
    ///
    /// If there is none, or its file is no JSON.
    pub fn kind(&self, name: &str) -> Result<Arc<TypeSchema>, SchemaError> {
        if let Some(known) = self.kinds.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return known.clone();
        }
        let kind = match &self.source {
            SchemaSource::Catalog(documents) => match documents.ty(name) {
                Some(ty) => Ok(TypeSchema::of_type(ty)),
                None => self.json(name).map(|_| TypeSchema::default()),
            },
            SchemaSource::Folder(_) => self.json(name).map(|schema| TypeSchema::of_document(&schema)),
        };
        let mut all = self.kinds.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(name.to_owned()).or_insert(kind.map(Arc::new)).clone()
    }

    /// A schema as a file has it.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or it is no JSON.
    pub fn json(&self, name: &str) -> Result<Value, SchemaError> {
        let SchemaSource::Catalog(documents) = &self.source else { return parsed(name, &self.text(name)?) };
        match (documents.ty(name), name) {
            (Some(ty), _) => Ok(documents.document(ty)),
            (None, "collection") => Ok(document::collection(&documents.base())),
            (None, "error") => Ok(document::error(&documents.base())),
            (None, _) => Err(self.unknown(name)),
        }
    }

    /// The schema of a type itself, without a choice between derived types.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or it is no JSON.
    pub fn itself(&self, name: &str) -> Result<Value, SchemaError> {
        if let SchemaSource::Catalog(documents) = &self.source
            && let Some(ty) = documents.ty(name)
        {
            return Ok(documents.itself(ty));
        }
        let whole = self.json(name)?;
        if whole.pointer("/$defs/self").is_none() {
            return Ok(whole);
        }
        let mut schema = parts(&whole, &["$schema", "$id", "$defs"]);
        schema.insert("$ref".to_owned(), Value::from("#/$defs/self"));
        Ok(Value::Object(schema))
    }

    /// The same without its name and place.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or it is no JSON.
    pub fn bare(&self, name: &str) -> Result<Value, SchemaError> {
        if let SchemaSource::Catalog(documents) = &self.source
            && let Some(ty) = documents.ty(name)
        {
            return Ok(documents.bare(ty));
        }
        let mut whole = self.json(name)?;
        if let Some(own) = whole.pointer_mut("/$defs/self") {
            return Ok(own.take());
        }
        if let Some(root) = whole.as_object_mut() {
            root.shift_remove("$id");
            root.shift_remove("$schema");
        }
        Ok(whole)
    }

    /// The part of a schema that says which derived types there are.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or it is no JSON.
    pub fn tags(&self, name: &str) -> Result<Value, SchemaError> {
        if let SchemaSource::Catalog(documents) = &self.source
            && let Some(ty) = documents.ty(name)
        {
            return Ok(documents.tags(ty));
        }
        Ok(Value::Object(parts(&self.json(name)?, &["$schema", "$id", "type", "properties"])))
    }

    /// The text of a schema.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or it cannot be read.
    pub fn text(&self, name: &str) -> Result<String, SchemaError> {
        let SchemaSource::Folder(folder) = &self.source else { return Ok(format!("{:#}\n", self.json(name)?)) };
        // A name comes from the user, and must not lead out of the folder.
        if name.contains(['/', '\\']) {
            return Err(self.unknown(name));
        }
        let file = format!("{name}.json");
        std::fs::read_to_string(folder.join(&file)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => self.unknown(name),
            _ => SchemaError::Broken { name: file.clone(), reason: error.to_string() },
        })
    }

    /// Returns whether a type has a property of this name, navigation properties among them.
    pub fn has_property(&self, type_name: &str, property: &str) -> bool {
        match &self.source {
            SchemaSource::Catalog(documents) => documents.ty(type_name).is_some_and(|ty| {
                ty.property(property).is_some_and(|known| known.name == property)
                    || ty.navigation(property).is_some_and(|known| known.name == property)
            }),
            SchemaSource::Folder(_) => {
                let schema = self.bare(type_name);
                schema.is_ok_and(|schema| schema.get("properties").is_some_and(|all| all.get(property).is_some()))
            }
        }
    }

    /// A property of a type by what selects it, in any case, with or without a type before it; and whether its values are objects
    /// or lists.
    pub fn property(&self, type_name: &str, selected: &str) -> Option<(String, bool)> {
        let name = selected.split_once('/').filter(|(cast, _)| cast.contains('.')).map_or(selected, |(_, name)| name);
        match &self.source {
            SchemaSource::Catalog(documents) => {
                let known = documents.ty(type_name)?.property(name)?;
                let is_object = known.ty.is_many() || known.ty.named().is_some_and(|ty| ty.kind() != TypeKind::Enum);
                Some((known.name.to_owned(), is_object || known.ty.name() == "Edm.Stream"))
            }
            SchemaSource::Folder(_) => {
                let schema = self.bare(type_name).ok()?;
                let (name, known) = schema.get("properties")?.as_object()?.get_key_value(name)?;
                let is_simple = known.get("type").is_some_and(|kind| !kind.to_string().contains("array"));
                Some((name.to_owned(), !is_simple || known.get("if").is_some()))
            }
        }
    }

    /// The names of all types, sorted.
    pub fn names(&self) -> Vec<String> {
        let names: BTreeSet<String> = match &self.source {
            SchemaSource::Catalog(documents) => {
                let types = documents.catalog.types().map(|ty| ty.name().to_owned());
                types.chain(["collection", "error"].map(str::to_owned)).collect()
            }
            SchemaSource::Folder(folder) => {
                let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
                let files = entries.map(|entry| PathBuf::from(entry.file_name()));
                let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
                // Graphwalk 0.1 wrote a table of paths beside the types.
                let names = files.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
                names.filter(|name| name != "operations").collect()
            }
        };
        names.into_iter().collect()
    }

    fn unknown(&self, name: &str) -> SchemaError {
        let names = self.names();
        let nearest = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
        SchemaError::Unknown { name: name.to_owned(), nearest }
    }
}

fn parsed(name: &str, text: &str) -> Result<Value, SchemaError> {
    serde_json::from_str(text)
        .map_err(|error| SchemaError::Broken { name: format!("{name}.json"), reason: error.to_string() })
}

/// Returns the keywords of a schema that have these names.
fn parts(schema: &Value, names: &[&str]) -> Map<String, Value> {
    names.iter().filter_map(|name| Some(((*name).to_owned(), schema.get(*name)?.clone()))).collect()
}

/// Finds schemas by the URIs by which they refer to each other.
pub(super) struct Retriever(pub Arc<Store>);

impl jsonschema::Retrieve for Retriever {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let name = local(uri.as_str()).rsplit('/').next().and_then(|file| file.strip_suffix(".json"));
        let name = name.ok_or_else(|| format!("{uri} is no schema of Graph"))?;
        Ok(self.0.json(name)?)
    }
}
