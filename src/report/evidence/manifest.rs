//! The manifest of a folder: the SHA-256 of every file, in the form that `sha256sum --check` reads.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use ring::digest::{Context, SHA256};

use crate::diagnostic::Diagnostic;

use super::MANIFEST;

/// The digests of the files of a folder, by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    /// The digest in hexadecimal and the name of each file, in the order of the names.
    pub files: Vec<(String, String)>,
}

impl Manifest {
    /// The manifest of what stands in a folder.
    ///
    /// # Errors
    ///
    /// A file of it cannot be read, or its name is no text.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let name = entry?.file_name().into_string().map_err(|_| io::Error::from(io::ErrorKind::InvalidFilename))?;
            names.push(name);
        }
        names.sort();
        let digested = names.into_iter().map(|name| Ok((digest_of(&folder.join(&name))?, name)));
        digested.collect::<io::Result<_>>().map(|files| Self { files })
    }

    /// The text of it: a line a file, the digest, two spaces, the name.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (digest, name) in &self.files {
            // Writing into a String cannot fail.
            let _ = writeln!(text, "{digest}  {name}");
        }
        text
    }

    /// Reads the text of one.
    ///
    /// # Errors
    ///
    /// A diagnostic with the line that is none of a manifest.
    pub fn parse(text: &str, place: &Path) -> Result<Self, Box<Diagnostic>> {
        let mut files: Vec<(String, String)> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let wrong = |what: &str| {
                let message = format!("{}:{}: {what}", place.display(), index + 1);
                let help = "get the folder again from where it was kept: its manifest is damaged";
                Box::new(Diagnostic::new("evidence", message).help(help))
            };
            let (digest, name) = line.split_once("  ").or_else(|| line.split_once(" *")).unwrap_or((line, ""));
            if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(wrong("expected 64 hexadecimal digits, two spaces and a name"));
            }
            if name.is_empty() || name.contains(['/', '\\']) || [".", "..", MANIFEST].contains(&name) {
                return Err(wrong("expected the name of a file in the same folder"));
            }
            if files.iter().any(|(_, known)| known == name) {
                return Err(wrong(&format!("{name} is listed twice")));
            }
            files.push((digest.to_lowercase(), name.to_owned()));
        }
        if files.is_empty() {
            let message = format!("{} lists no file", place.display());
            return Err(Box::new(
                Diagnostic::new("evidence", message).help("nothing can be verified by an empty manifest"),
            ));
        }
        Ok(Self { files })
    }
}

/// The SHA-256 of a file in hexadecimal.
///
/// # Errors
///
/// It cannot be read.
pub(super) fn digest_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => context.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(context.finish().as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
