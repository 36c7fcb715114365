//! The requests that the sentences of a tutorial name, so that they are known without being sent.

use cucumber::gherkin::StepType;
use serde_json::Value;

use crate::session::batch_parts;
use crate::steps::requests::request_of;

use super::PlannedStep;

/// A request that a sentence names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRequest {
    /// Who sends it.
    pub actor: String,
    /// The method, upper case.
    pub method: String,
    /// The path with its version, and with names in braces.
    pub path: String,
}

impl PlannedStep {
    /// The requests that its sentence names; of a batch the requests in its doc string.
    pub fn named_requests(&self) -> Vec<NamedRequest> {
        let Some((actor, method, path)) = request_of(&self.text) else { return Vec::new() };
        let request =
            |method: &str, path: String| NamedRequest { actor: actor.clone(), method: method.to_uppercase(), path };
        let doc_string = self.context.step.docstring.as_deref();
        let body: Option<Value> = doc_string.and_then(|text| serde_json::from_str(text).ok());
        let parts = body.as_ref().map(|body| batch_parts(path, body)).unwrap_or_default();
        if parts.is_empty() {
            return vec![request(method, path.to_owned())];
        }
        parts.into_iter().map(|(method, path, _)| request(method, path)).collect()
    }

    /// Returns whether it does something, so that it may send requests that its sentence does not name.
    pub fn acts(&self) -> bool {
        self.context.step.ty == StepType::When
    }
}
