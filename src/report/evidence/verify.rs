//! Whether a folder of evidence is still what it was.

use std::fmt;
use std::io;
use std::path::Path;

use crate::diagnostic::Diagnostic;

use super::MANIFEST;
use super::manifest::{Manifest, digest_of};

/// The result of holding a folder against its manifest.
#[derive(Debug)]
pub struct EvidenceVerification {
    /// The number of files that are as the manifest has them.
    pub same: usize,
    /// The differences.
    pub deviations: Vec<Deviation>,
    /// The SHA-256 of the manifest itself: whoever noted it down sees whether the manifest was changed.
    pub manifest: String,
}

/// A difference between a folder and its manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deviation {
    /// A listed file is not there.
    Missing(String),
    /// A listed file has another content: its name, the digest that is listed, and the one that it has.
    Changed(String, String, String),
    /// Something listed that is not a file, but a folder or a link.
    NoFile(String),
    /// Something is there that is not listed.
    Additional(String),
}

/// Holds what stands in `folder` against its manifest.
///
/// # Errors
///
/// A diagnostic if there is no manifest, it is none, or something cannot be read.
pub fn verify(folder: &Path) -> Result<EvidenceVerification, Box<Diagnostic>> {
    let place = folder.join(MANIFEST);
    let unreadable = |path: &Path, error: &io::Error| {
        let message = format!("cannot read {}: {error}", path.display());
        Box::new(Diagnostic::new("evidence", message).help("name a folder that `graphwalk run --evidence DIR` made"))
    };
    let text = std::fs::read_to_string(&place).map_err(|error| unreadable(&place, &error))?;
    let manifest = Manifest::parse(&text, &place)?;
    let mut verified = EvidenceVerification {
        same: 0,
        deviations: Vec::new(),
        manifest: digest_of(&place).map_err(|error| unreadable(&place, &error))?,
    };
    for (digest, name) in &manifest.files {
        let path = folder.join(name);
        match compare(&path, digest, name) {
            Ok(None) => verified.same += 1,
            Ok(Some(deviation)) => verified.deviations.push(deviation),
            Err(error) => return Err(unreadable(&path, &error)),
        }
    }
    let mut additional = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
        let name = entry.map_err(|error| unreadable(folder, &error))?.file_name().to_string_lossy().into_owned();
        if name != MANIFEST && !manifest.files.iter().any(|(_, known)| *known == name) {
            additional.push(name);
        }
    }
    additional.sort();
    verified.deviations.extend(additional.into_iter().map(Deviation::Additional));
    Ok(verified)
}

fn compare(path: &Path, digest: &str, name: &str) -> io::Result<Option<Deviation>> {
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Deviation::Missing(name.to_owned()))),
        Err(error) => return Err(error),
        Ok(found) if !found.is_file() => return Ok(Some(Deviation::NoFile(name.to_owned()))),
        Ok(_) => {}
    }
    let found = digest_of(path)?;
    Ok((found != digest).then(|| Deviation::Changed(name.to_owned(), digest.to_owned(), found)))
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "missing: {name}"),
            Self::Changed(name, expected, got) => write!(f, "changed: {name}: expected SHA-256 {expected}, got {got}"),
            Self::NoFile(name) => write!(f, "not a file: {name}"),
            Self::Additional(name) => write!(f, "additional: {name} is not in the manifest"),
        }
    }
}
