//! Where schema files are read from.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use graphwalk_catalog::nearest;

use super::SchemaError;
use super::document::BASE;

/// The schemas that the crate carries, sorted by name: the file, and its text.
static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

/// Where schema files are read from.
#[derive(Clone, Debug)]
pub enum Store {
    /// The program.
    Embedded,
    /// The folder `v1.0` of a folder of schemas.
    Folder(PathBuf),
}

impl Store {
    /// The schemas of a folder that holds `v1.0`.
    ///
    /// # Errors
    ///
    /// If it holds none.
    pub fn folder(folder: &Path) -> Result<Self, SchemaError> {
        let inner = folder.join("v1.0");
        let missing = |reason: String| SchemaError::NoSchemas { folder: folder.to_owned(), reason };
        match std::fs::metadata(inner.join("error.json")) {
            Ok(_) => Ok(Self::Folder(inner)),
            Err(error) => Err(missing(format!("v1.0/error.json: {error}"))),
        }
    }

    /// The text of a schema.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or it cannot be read.
    pub fn text(&self, name: &str) -> Result<String, SchemaError> {
        let file = format!("{name}.json");
        // A name comes from the user, and must not lead out of the folder.
        if name.contains(['/', '\\']) {
            return Err(self.unknown(name));
        }
        match self {
            Self::Embedded => {
                let index = EMBEDDED.binary_search_by_key(&file.as_str(), |(known, _)| known);
                let embedded = index.ok().and_then(|index| EMBEDDED.get(index));
                embedded.map(|(_, text)| (*text).to_owned()).ok_or_else(|| self.unknown(name))
            }
            Self::Folder(folder) => std::fs::read_to_string(folder.join(&file)).map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => self.unknown(name),
                _ => SchemaError::Broken { name: file.clone(), reason: error.to_string() },
            }),
        }
    }

    /// A schema as JSON.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or it is no JSON.
    pub fn json(&self, name: &str) -> Result<Value, SchemaError> {
        serde_json::from_str(&self.text(name)?)
            .map_err(|error| SchemaError::Broken { name: format!("{name}.json"), reason: error.to_string() })
    }

    /// The names of all types, sorted.
    pub fn names(&self) -> Vec<String> {
        let files: BTreeSet<PathBuf> = match self {
            Self::Embedded => EMBEDDED.iter().map(|(file, _)| PathBuf::from(file)).collect(),
            Self::Folder(folder) => {
                let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
                entries.map(|entry| PathBuf::from(entry.file_name())).collect()
            }
        };
        let names = files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json"));
        // Graphwalk 0.1 wrote a table of paths beside the types.
        let names = names.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
        names.filter(|name| name != "operations").collect()
    }

    fn unknown(&self, name: &str) -> SchemaError {
        let names = self.names();
        let nearest = nearest(name, names.iter().map(String::as_str)).map(str::to_owned);
        SchemaError::Unknown { name: name.to_owned(), nearest }
    }
}

/// Schemas refer to each other by URI.
impl jsonschema::Retrieve for Store {
    fn retrieve(&self, uri: &jsonschema::Uri<String>) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let name = uri.as_str().strip_prefix(BASE).and_then(|rest| rest.strip_suffix(".json"));
        let name = name.ok_or_else(|| format!("{uri} is no schema of Graph"))?;
        Ok(self.json(name)?)
    }
}
