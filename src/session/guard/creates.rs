//! Creates: only what is on the allow-list, and acts on nothing that is there already.

use std::borrow::Cow;

use graphwalk_catalog::{ApiPath, Resource};
use serde_json::Value;

use super::effects::effects_are_allowed;
use super::standing::{Ownership, foreign};
use super::{Guard, Judgement, WritePermission, WriteRefusal, refused};

impl Guard {
    /// Judges a POST to a collection of the tenant.
    pub(super) fn create(&self, path: &ApiPath, body: Option<&Value>) -> Judgement {
        let Some(resource) = self.allowed.iter().find(|resource| resource.is_created_at(path)) else {
            let reason = "it may create an object that no run would delete";
            return refused("not-journalled", reason, self.what_may_be_created());
        };
        if !body.is_some_and(Value::is_object) {
            let reason = "it has no JSON object that says what to create";
            return refused("not-journalled", reason, self.what_may_be_created());
        }
        let effects = acts_on_itself_alone(resource, body)
            .and_then(|()| self.belongs_to_own(resource, body))
            .and_then(|()| effects_are_allowed(self, resource.type_name(), body));
        match effects {
            Ok(()) => Judgement::Allowed(WritePermission::Creates(resource.clone())),
            Err(refusal) => Judgement::Refused(refusal),
        }
    }

    /// Returns whether what is a tie of another object is one of an object that this run created.
    ///
    /// # Errors
    ///
    /// The refusal, if the object is another's or none is named.
    fn belongs_to_own(&self, resource: &Resource, body: Option<&Value>) -> Result<(), WriteRefusal> {
        let Some(property) = &resource.facts().belongs_to else { return Ok(()) };
        let id = body.and_then(|body| body.get(property)).and_then(Value::as_str);
        if id.is_some_and(|id| self.own.iter().any(|own| super::is_same_id(&own.id, id))) {
            return Ok(());
        }
        Err(WriteRefusal {
            code: "refused-write",
            reason: format!("the {resource} would be one of an object ({property}) that this run did not create"),
            help: format!("let {property} be the id of an object that the tutorial creates, in braces").into(),
        })
    }

    /// Judges a write to a path of which the overlay says nothing, if it is that of a resource that the user declared: of what
    /// lies inside its objects nobody has said anything.
    pub(super) fn declared(&self, method: &str, path: &ApiPath, body: Option<&Value>) -> Option<Judgement> {
        let named = |resource: &Resource| resource.key_in(path).map(str::to_owned);
        match method {
            "POST" if self.allowed.iter().any(|resource| resource.is_created_at(path)) => Some(self.create(path, body)),
            "PATCH" | "PUT" | "DELETE" => {
                // A resource that a journal names may no longer be declared.
                let mut known = self.allowed.iter().chain(self.own.iter().map(|own| &own.resource));
                let (resource, key) = known.find_map(|resource| Some((resource, named(resource)?)))?;
                Some(match (self.find(resource.type_name(), &key), acts_on_itself_alone(resource, body)) {
                    (Ownership::Own(own), Ok(())) => {
                        Judgement::Allowed(WritePermission::Own { object: own.to_string(), inside: false })
                    }
                    (Ownership::Own(_), Err(refusal)) => Judgement::Refused(refusal),
                    _ => foreign(resource.type_name()),
                })
            }
            _ => None,
        }
    }

    pub(super) fn what_may_be_created(&self) -> Cow<'static, str> {
        let nouns = self.allowed.nouns().join(", ");
        Cow::Owned(format!(
            "on a tenant only objects that can be deleted again are created: {nouns}; declare others under [[may-create]] in \
             graphwalk.toml"
        ))
    }
}

/// Returns whether a body says nothing by which an object of this resource acts on others that are there already.
///
/// # Errors
///
/// The refusal of the first property that does.
pub(super) fn acts_on_itself_alone(resource: &Resource, body: Option<&Value>) -> Result<(), WriteRefusal> {
    let Some(Value::Object(properties)) = body else { return Ok(()) };
    let acts = |(name, value): &(&String, &Value)| {
        let is_off = value.is_null() || **value == Value::Bool(false);
        !is_off && resource.facts().acts_on_others.iter().any(|known| known.eq_ignore_ascii_case(name))
    };
    match properties.iter().find(acts) {
        None => Ok(()),
        Some((name, _)) => Err(WriteRefusal {
            code: "refused-write",
            reason: format!("with {name} the {resource} acts on an object that this run did not create"),
            help: Cow::Owned(format!("leave out {name}")),
        }),
    }
}
