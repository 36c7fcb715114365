//! `schema generate`: from CSDL and overlay to a folder of schemas.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;

use serde_json::Value;

use super::GenerateError;
use super::csdl::Model;
use super::document::{self, Documents};
use super::overlay::Overlay;

/// The overlay that the program carries.
pub const OVERLAY: &str = include_str!("../schemas/overlay.toml");

/// The files of a schema folder: their names and texts, sorted.
pub type Files = BTreeMap<String, String>;

/// Makes the schemas of a CSDL document.
///
/// # Errors
///
/// If the CSDL or the overlay cannot be used.
pub fn generate(csdl: &str, overlay: &str) -> Result<Files, GenerateError> {
    let model = Model::parse(csdl)?;
    let overlay = Overlay::parse(overlay, &model)?;
    let known = reached(&model, &overlay);
    let documents = Documents { model: &model, overlay: &overlay, known: &known };
    let mut files: Files = known.iter().map(|name| file(name, &documents.document(name))).collect();
    files.extend([file("collection", &document::collection()), file("error", &document::error())]);
    Ok(files)
}

/// Writes the files into `folder` and takes away the `.json` files there that are none of them. Each file is replaced
/// whole.
///
/// # Errors
///
/// If a file cannot be written.
pub fn write(files: &Files, folder: &Path) -> Result<(), GenerateError> {
    let unwritable = |path: &Path| {
        let path = path.to_owned();
        move |source| GenerateError::Unwritable { path, source }
    };
    std::fs::create_dir_all(folder).map_err(unwritable(folder))?;
    for (name, text) in files {
        let path = folder.join(name);
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable(&path))?;
        file.write_all(text.as_bytes()).map_err(unwritable(&path))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let readable = std::fs::Permissions::from_mode(0o644);
            file.as_file().set_permissions(readable).map_err(unwritable(&path))?;
        }
        file.persist(&path).map_err(|error| error.error).map_err(unwritable(&path))?;
    }
    for entry in std::fs::read_dir(folder).map_err(unwritable(folder))? {
        let path = entry.map_err(unwritable(folder))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(".json") && !files.contains_key(&name) {
            std::fs::remove_file(&path).map_err(unwritable(&path))?;
        }
    }
    Ok(())
}

/// The roots and all that their properties reach: the types of properties, and what derives from those of them that are
/// complex. Navigation properties are not followed: they are not expanded.
fn reached(model: &Model, overlay: &Overlay) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = overlay.generate.roots.clone();
    while let Some(name) = open.pop() {
        if name.starts_with("Edm.") || !reached.insert(name.clone()) {
            continue;
        }
        for (_, ancestor) in model.lineage(&name) {
            open.extend(ancestor.properties.iter().map(|property| property.ty.name.clone()));
        }
        if model.types.get(&name).is_some_and(|ty| !ty.entity) {
            open.extend(model.derived(&name).into_iter().map(str::to_owned));
        }
    }
    reached
}

fn file(name: &str, document: &Value) -> (String, String) {
    (format!("{name}.json"), format!("{document:#}\n"))
}
