//! Why schemas cannot be used, or not be made.

use std::path::PathBuf;

use crate::diagnostic::Diagnostic;

/// Why a schema cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SchemaError {
    /// No schema has this name.
    #[error("there is no schema called \"{name}\"")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The name that was perhaps meant.
        nearest: Option<String>,
    },
    /// The folder holds no schemas.
    #[error("{} holds no schemas: {reason}", folder.display())]
    NoSchemas {
        /// The folder.
        folder: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// A schema file is no JSON Schema.
    #[error("the schema {name} cannot be used: {reason}")]
    Broken {
        /// The file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Why schemas could not be made.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's word for it.
        source: std::io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// The system's word for it.
        source: std::io::Error,
    },
    /// The metadata is no well-formed XML.
    #[error("the CSDL is malformed at line {line}: {reason}")]
    Malformed {
        /// Where.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// The metadata declares a document type, which may define entities.
    #[error("the CSDL has a document type declaration at line {line}, which is refused: it can define entities")]
    DocumentType {
        /// Where.
        line: usize,
    },
    /// XML, but no CSDL.
    #[error("this is not CSDL: {0}")]
    NotCsdl(String),
    /// A type is its own ancestor.
    #[error("the types {} derive from each other in a circle", .0.join(" → "))]
    Cycle(Vec<String>),
    /// A type that is referred to is not there.
    #[error("{by} refers to the type {name}, which the CSDL does not define")]
    MissingType {
        /// The type that is missing.
        name: String,
        /// What refers to it.
        by: String,
    },
    /// The overlay cannot be read, or speaks of what is not there.
    #[error("the overlay cannot be used: {reason}")]
    Overlay {
        /// What is wrong.
        reason: String,
        /// The name that was perhaps meant.
        nearest: Option<String>,
    },
}

impl From<&SchemaError> for Diagnostic {
    fn from(error: &SchemaError) -> Self {
        let diagnostic = Self::new("schema", error.to_string());
        match error {
            SchemaError::Unknown { nearest: Some(nearest), .. } => {
                diagnostic.help(format!("did you mean \"{nearest}\"?"))
            }
            SchemaError::Unknown { nearest: None, .. } => diagnostic.help("`graphwalk schema list` shows the names"),
            SchemaError::NoSchemas { .. } => {
                diagnostic.help("name the folder that holds `v1.0`, as `graphwalk schema generate --out` makes it")
            }
            SchemaError::Broken { .. } => diagnostic.help("make it again with `graphwalk schema generate`"),
        }
    }
}

impl From<&GenerateError> for Diagnostic {
    fn from(error: &GenerateError) -> Self {
        let diagnostic = Self::new("csdl", error.to_string());
        match error {
            GenerateError::Overlay { nearest: Some(nearest), .. } => {
                diagnostic.help(format!("did you mean \"{nearest}\"?"))
            }
            GenerateError::Overlay { nearest: None, .. } => {
                diagnostic.help("look at the overlay: names are those of the CSDL")
            }
            GenerateError::Unreadable { .. } => diagnostic.help("name the file with --csdl"),
            GenerateError::Unwritable { .. } => diagnostic.help("name a folder that you may write to with --out"),
            _ => diagnostic.help("fetch it anew: https://graph.microsoft.com/v1.0/$metadata"),
        }
    }
}
