//! Finding out what became of a request whose answer was lost.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use graphwalk_catalog::Resource;
use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::layers::Sending;
use super::layers::look_up::{LookUpResult, Suspect};
use super::{Call, Failure, ObjectId, Session};

/// The difference allowed between the clocks of this machine and of the service.
pub(super) const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The way to find out whether a request was done.
#[derive(Clone)]
pub struct Lookup {
    /// The read: path and query of an object or of a list.
    pub path: String,
    /// The headers that the read needs beside the ones that every request carries.
    pub headers: Vec<(String, String)>,
    /// The resource that it creates, if it creates one, and its name.
    pub creates: Option<(Resource, String)>,
    /// The properties that the answer to a create has, and later reads may have differently, with their values.
    pub first: Map<String, Value>,
    shows: Rc<dyn Fn(&Value) -> bool>,
}

impl Lookup {
    /// The look-up for a request that creates an object: it was created if what the resource is looked up by has the
    /// properties of `sent` that `same` names, and was created just now.
    pub fn created(resource: &Resource, name: &str, sent: &Value, same: &[&'static str]) -> Self {
        let look_up = &resource.facts().look_up;
        let value = sent.get(look_up.sent_as()).and_then(Value::as_str).unwrap_or_default();
        let path = format!("/v1.0{}", resource.look_up_path(value));
        let same: Vec<(&str, Value)> =
            same.iter().filter_map(|name| sent.get(name).map(|value| (*name, value.clone()))).collect();
        let shows = move |found: &Value| {
            same.iter().all(|(name, value)| match (found.get(name), value) {
                // Principal names and nicknames are kept as sent, but compared without regard to case.
                (Some(Value::String(found)), Value::String(sent)) => found.eq_ignore_ascii_case(sent),
                (found, sent) => found == Some(sent),
            })
        };
        let headers = resource.look_up_headers();
        let creates = Some((resource.clone(), name.to_owned()));
        Self { path, headers, creates, first: Map::new(), shows: Rc::new(shows) }
    }

    /// Sets what the answer to the create says of `property`, whatever is read of it later.
    #[must_use]
    pub fn first(mut self, property: &str, value: impl Into<Value>) -> Self {
        self.first.insert(property.to_owned(), value.into());
        self
    }

    /// The look-up for a request that changes an object: it was done if what is read at `path` is as `shows` says.
    pub fn state(path: impl Into<String>, shows: impl Fn(&Value) -> bool + 'static) -> Self {
        Self { path: path.into(), headers: Vec::new(), creates: None, first: Map::new(), shows: Rc::new(shows) }
    }
}

impl Lookup {
    /// Returns whether what was read shows that it was done.
    pub(super) fn shows(&self, found: &Value) -> bool {
        (self.shows)(found)
    }
}

impl Session {
    /// Looks once more for an object whose creation has an unknown end, of the resource with the id `resource`. If it is there, it
    /// is known from then on. Returns whether it is there.
    ///
    /// # Errors
    ///
    /// A failure if looking is not possible, or shows an object that somebody else created.
    #[doc(hidden)]
    pub async fn look_again(&mut self, resource: &str, name: &str) -> Result<bool, Failure> {
        let of_name = |suspect: &&Suspect| {
            suspect.call.creates().is_some_and(|(its, its_name)| its.id() == resource && its_name == name)
        };
        let look_up = self.layers.look_up();
        let Some(suspect) = look_up.suspects().iter().find(of_name).cloned() else { return Ok(false) };
        let Some((resource, _)) = suspect.call.creates().cloned() else { return Ok(false) };
        let token = RefCell::new(look_up.sign_in.token(&suspect.call.actor).await?);
        let sending = Sending { call: &suspect.call, token: &token, doubt: None, is_own_look: true };
        let (layers, mut around) = self.apart();
        let found = match layers.look_up_mut().look_for(&sending, suspect.since, &mut around).await? {
            LookUpResult::Yes(found) => {
                found.json().and_then(|body| body.get("id")).and_then(Value::as_str).and_then(ObjectId::parse)
            }
            LookUpResult::No | LookUpResult::Unknown => None,
        };
        self.layers.look_up_mut().clear(&suspect.call);
        let Some(id) = found else { return Ok(false) };
        if let Some(guard) = self.guard_mut() {
            guard.created(&resource, name, id.as_str(), None);
        }
        self.captures.keep(name, id.as_str().into());
        self.created.add(resource, name);
        Ok(true)
    }

    /// Returns the objects that still exist, as far as the session knows, and those that may exist.
    #[doc(hidden)]
    pub fn leftovers(&self) -> Vec<String> {
        let mut left = self.created.leftovers();
        let suspects = self.layers.look_up().suspects().iter().filter_map(|suspect| suspect.call.creates());
        left.extend(
            suspects
                .map(|(resource, name)| format!("possibly {resource} \"{name}\": the answer to its creation was lost")),
        );
        left
    }
}

impl Call {
    pub(super) fn creates(&self) -> Option<&(Resource, String)> {
        self.lookup.as_ref()?.creates.as_ref()
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").field("path", &self.path).field("creates", &self.creates).finish_non_exhaustive()
    }
}
