//! The errors of the crates beside this one, as they are shown to a person.

use graphwalk_client::sign_in::SignInError;
use graphwalk_generator::Fault;
use graphwalk_recording::RecordingError;
use graphwalk_schema::{SchemaError, Unwritable};

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
            SchemaError::Broken { .. } => diagnostic.help("generate it again with `graphwalk schema generate`"),
        }
    }
}

impl From<&Fault> for Diagnostic {
    fn from(fault: &Fault) -> Self {
        let help = if fault.0.starts_with("overlay") {
            "check the overlay: names are those of the CSDL"
        } else {
            "download it again: https://graph.microsoft.com/v1.0/$metadata"
        };
        Self::new("csdl", fault.to_string()).help(help)
    }
}

impl From<&Unwritable> for Diagnostic {
    fn from(error: &Unwritable) -> Self {
        Self::new("csdl", error.to_string()).help("name a folder that you may write to with --out")
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
