//! Why schemas cannot be used, or not be made.

use std::path::PathBuf;

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
