//! The guard of a tenant: every write is judged before it is sent.
//!
//! A write is allowed if it creates something that can be deleted again, if its target was created by this run, if it lies
//! inside such an object, or if the user named the object in the configuration. What acts on others is
//! judged by what it acts on. All else is refused: the guard knows no list of what is forbidden.

mod batch;
mod creates;
mod effects;
mod standing;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use graphwalk_catalog::{ApiPath, LookUpBy, ObjectPath, Resolved, Resource, Resources, is_a};
use serde_json::Value;

use super::journal::{JournalEvent, JournalRecord};
use super::{Call, Failure, ObjectId, StepPlace};

pub(super) use batch::is_batch;
use standing::Ownership;

/// The judge of what may be written to on a tenant.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    allowed: Resources,
    own: Vec<OwnObject>,
    named: Vec<Named>,
    judged: Vec<JudgedWrite>,
}

/// An object that this run created.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnObject {
    resource: Resource,
    name: String,
    id: String,
    /// A key beside the id, such as a principal name.
    other_key: Option<String>,
}

/// An object that the user named as one that may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The name that the user gave it.
    pub name: String,
    /// Its path.
    pub object: ObjectPath,
}

/// A write with what the guard made of it.
#[derive(Clone, Debug)]
pub struct JudgedWrite {
    /// The step that sends it.
    pub place: StepPlace,
    /// The request.
    pub call: Call,
    /// The permission, or the refusal.
    pub judgement: Result<WritePermission, WriteRefusal>,
}

/// The reason why a write is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WritePermission {
    /// It creates an object of this resource, which the journal lists before it is sent.
    Creates(Resource),
    /// Its target is an object that this run created, or lies inside one.
    Own {
        /// The object: `user "Adele Vance"`.
        object: String,
        /// Whether the target lies inside the object.
        inside: bool,
    },
    /// Its target is an object that the user named, or lies inside one.
    Named {
        /// The name that the user gave it.
        name: String,
        /// Whether the target lies inside the object.
        inside: bool,
    },
    /// It is a batch whose parts are each allowed, for these reasons.
    Batch(Vec<WritePermission>),
}

/// The reason why a write is not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteRefusal {
    /// The code of the failure.
    pub code: &'static str,
    /// A clause that says why: `it changes an object (user) that this run did not create`.
    pub reason: String,
    /// An instruction to the user.
    pub help: Cow<'static, str>,
}

/// Returns whether a method, in upper case, changes nothing wherever it is sent.
pub(crate) fn only_reads(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// The effect of a request on the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Judgement {
    Reads,
    Allowed(WritePermission),
    Refused(WriteRefusal),
}

/// The advice about a write to an object of others.
const NAME_IT: &str = "let the tutorial create its own object and use its id in braces; if this very object may be changed, name it \
     under [may-change] in graphwalk.toml";

impl Guard {
    /// A guard for a run that may create what is `allowed`, and change that and the objects `named`.
    pub fn new(allowed: Resources, named: Vec<Named>) -> Self {
        Self { allowed, named, ..Self::default() }
    }

    /// Learns that this run created an object. `found_by` is the value by which it is looked up, if that is known.
    pub fn created(&mut self, resource: &Resource, name: &str, id: &str, found_by: Option<&str>) {
        let other_key = found_by.filter(|_| resource.facts().look_up.by == LookUpBy::Key).map(str::to_owned);
        self.own.push(OwnObject { resource: resource.clone(), name: name.to_owned(), id: id.to_owned(), other_key });
    }

    /// Learns what a journal lists as created: nothing else is this run's own.
    pub fn learn_from(&mut self, journal: &JournalRecord) {
        self.own.clear();
        for event in &journal.events {
            if let JournalEvent::Created { object, id, .. } = event {
                self.created(&object.resource, &object.name, id, Some(&object.search.value));
            }
        }
    }

    /// Judges a request. `me` is the id of the user who sends it, if one is known.
    ///
    /// # Errors
    ///
    /// A failure that says what is not sent, why, and what to do.
    pub(super) fn judge(&mut self, call: &Call, me: Option<&str>, place: &StepPlace) -> Result<(), Failure> {
        let judgement = match self.judgement(&call.method, &call.path, call.body.as_ref(), me) {
            Judgement::Reads => return Ok(()),
            Judgement::Allowed(permission) => Ok(permission),
            Judgement::Refused(refusal) => Err(refusal),
        };
        let result = judgement.as_ref().map(drop).map_err(|refusal| refusal.failure(call));
        self.judged.push(JudgedWrite { place: place.clone(), call: call.clone(), judgement });
        result
    }

    /// The writes that were judged, in order.
    pub fn judged(&self) -> &[JudgedWrite] {
        &self.judged
    }

    fn judgement(&self, method: &str, path: &str, body: Option<&Value>, me: Option<&str>) -> Judgement {
        let method = &method.to_ascii_uppercase();
        if only_reads(method) {
            return Judgement::Reads;
        }
        let Ok(path) = ApiPath::parse(path) else {
            return refused("refused-write", "its path does not begin with a slash", NAME_IT);
        };
        if is_batch(&path) {
            return self.batch(body, me);
        }
        let resolved = match Resolved::new(&path) {
            Ok(resolved) => resolved,
            Err(why) => {
                let declared = self.declared(method, &path, body);
                let help = if method == "POST" { self.what_may_be_created() } else { NAME_IT.into() };
                return declared
                    .unwrap_or_else(|| refused("refused-write", format!("its path is not understood: {why}"), help));
            }
        };
        self.target((method, &path), &resolved, body, me)
    }

    /// The object of that type and key, if this run may change it.
    fn find(&self, type_name: &str, key: &str) -> Ownership<'_> {
        if let Some(own) = self.own.iter().find(|own| own.is(type_name, key)) {
            return Ownership::Own(own);
        }
        let named = self.named.iter().find(|named| named.is(type_name, key));
        named.map_or(Ownership::Foreign, Ownership::Named)
    }
}

impl OwnObject {
    fn is(&self, type_name: &str, key: &str) -> bool {
        let own_type = self.resource.type_name();
        let by_id = is_a(own_type, type_name) && is_same_id(&self.id, key);
        // The other key is one of this type only: a principal name names no directory object.
        let by_name = self.other_key.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(key));
        by_id || by_name && type_name == own_type
    }
}

/// Returns whether two texts are the same id. In a GUID case does not count.
fn is_same_id(id: &str, key: &str) -> bool {
    id == key || ObjectId::parse(key).is_some_and(|key| ObjectId::parse(id) == Some(key))
}

impl Named {
    fn is(&self, type_name: &str, key: &str) -> bool {
        is_a(self.object.type_name(), type_name) && self.object.key().eq_ignore_ascii_case(key)
    }
}

impl WriteRefusal {
    fn failure(&self, call: &Call) -> Failure {
        let WriteRefusal { code, reason, help } = self;
        let message = format!("{} {} was not sent: {reason}", call.method, call.path);
        Failure::new(code, message).focus(&call.path, "not this run's own").help(help.clone())
    }
}

fn refused(code: &'static str, reason: impl Into<String>, help: impl Into<Cow<'static, str>>) -> Judgement {
    Judgement::Refused(WriteRefusal { code, reason: reason.into(), help: help.into() })
}

/// The reason, for a plan: `this run's user "Adele Vance"`.
impl fmt::Display for WritePermission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inside = |inside: &bool| if *inside { "inside " } else { "" };
        match self {
            Self::Creates(resource) => write!(f, "a new {resource}, deleted again"),
            Self::Own { object, inside: is } => write!(f, "{}this run's {object}", inside(is)),
            Self::Named { name, inside: is } => write!(f, "{}\"{name}\" of [may-change]", inside(is)),
            Self::Batch(parts) => {
                let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
                write!(f, "a batch: {}", parts.join("; "))
            }
        }
    }
}
