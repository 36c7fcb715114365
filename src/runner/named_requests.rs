//! The requests that the sentences of a tutorial name, so that they are known without being sent.

use cucumber::gherkin::StepType;
use serde_json::Value;

use graphwalk_catalog::Type;

use crate::session::batch_parts;
use crate::steps::outside::{may_be_given, object_of};
use crate::steps::requests::request_of;

use super::{Plan, PlannedStep};

/// A request that a sentence names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRequest {
    /// The actor who sends it.
    pub actor: String,
    /// The method, upper case.
    pub method: String,
    /// The path with its version, and with names in braces.
    pub path: String,
}

/// An object that was there before, as a sentence names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideObject {
    /// The name that the feature gives it.
    pub name: String,
    /// The type.
    pub ty: Type,
}

impl Plan {
    /// The objects that its features take from outside, each once.
    pub fn outside_objects(&self) -> Vec<OutsideObject> {
        let steps = self.features.iter().flat_map(|feature| &feature.scenarios).flat_map(|scenario| &scenario.steps);
        let mut objects: Vec<OutsideObject> = Vec::new();
        for (name, ty) in steps.filter_map(|step| object_of(&step.text)) {
            if !objects.iter().any(|known| known.name == name) {
                objects.push(OutsideObject { name: name.to_owned(), ty });
            }
        }
        objects
    }
}

impl Plan {
    /// The names under which its features take something from outside, or take it if it is given.
    pub fn outside_names(&self) -> Vec<&str> {
        let steps = self.features.iter().flat_map(|feature| &feature.scenarios).flat_map(|scenario| &scenario.steps);
        let name = |text| object_of(text).map(|(name, _)| name).or_else(|| may_be_given(text));
        let mut names: Vec<&str> = steps.filter_map(|step| name(&step.text)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The names among them under which a day is taken.
    pub fn outside_days(&self) -> Vec<&str> {
        let steps = self.features.iter().flat_map(|feature| &feature.scenarios).flat_map(|scenario| &scenario.steps);
        steps.filter_map(|step| may_be_given(&step.text).filter(|_| step.text.ends_with(" a day"))).collect()
    }
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
