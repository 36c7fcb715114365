//! The errors of the crates beside this one, as a person is told them.

use graphwalk_client::sign_in::SignInError;
use graphwalk_recording::RecordingError;
use graphwalk_schema::{GenerateError, SchemaError};

use super::Diagnostic;

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

impl From<&RecordingError> for Diagnostic {
    fn from(error: &RecordingError) -> Self {
        Self::new("recording", error.to_string()).help(error.help())
    }
}

impl From<&SignInError> for Diagnostic {
    fn from(error: &SignInError) -> Self {
        let diagnostic = Self::new(error.code(), error.to_string()).notes(error.notes());
        match error.help() {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }
}
