//! Why schemas cannot be used.

use std::path::PathBuf;

/// A reason why a schema cannot be used.
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
        /// The missing part.
        reason: String,
    },
    /// A schema file is no JSON Schema.
    #[error("the schema {name} cannot be used: {reason}")]
    Broken {
        /// The file.
        name: String,
        /// The fault.
        reason: String,
    },
}
