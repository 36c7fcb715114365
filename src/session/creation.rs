//! Creates and deletions of a run on a real tenant: on the disk before they are sent, and after they are answered.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use graphwalk_catalog::{ApiPath, Resource};
use serde_json::Value;

use crate::graph::Exchange;
use crate::server_text::ServerText;

use super::journal::{EntryId, Intent, Journal, JournalError, Leftover, Object, Search};
use super::object_id::ObjectId;
use super::{Call, Failure, Session};

/// The journal of a run, while a session writes it.
#[derive(Clone, Debug)]
pub struct Journalled {
    pub(super) journal: Rc<RefCell<Journal>>,
    /// The ids of what was created, in lower case, with their entries; whether a deletion was accepted.
    entries: BTreeMap<String, (EntryId, bool)>,
}

impl Journalled {
    /// Goes on with a journal.
    pub fn new(journal: Rc<RefCell<Journal>>) -> Self {
        let leftovers = journal.borrow().leftovers();
        let known = leftovers.into_iter().filter_map(|left| Some((left.id?.to_lowercase(), (left.entry, false))));
        Self { entries: known.collect(), journal }
    }
}

impl Session {
    /// The object of this run that a call changes or deletes by its id: its entry, what it is, and the id.
    pub(super) fn own_target(&self, call: &Call) -> Option<(EntryId, Object, ObjectId)> {
        let Journalled { journal, entries } = self.journal.as_ref()?;
        let path = ApiPath::parse(&call.path).ok()?;
        let last = path.segments().last()?;
        // Its key stands in a segment of its own or in brackets.
        let id = ObjectId::parse(last.key().unwrap_or(last.name()))?;
        let (entry, _) = entries.get(id.as_str())?;
        let left = journal.borrow().leftovers().into_iter().find(|left| left.entry == *entry)?;
        Some((*entry, left.object, id))
    }
}

impl Session {
    /// What a call creates in the tenant and what has to be deleted again.
    pub fn created_by(&self, call: &Call) -> Option<&Resource> {
        self.resources.created_by(&call.method, &call.path)
    }
}

/// What the journal says of an object that is about to be created.
pub(super) fn object(resource: &Resource, body: &Value) -> Object {
    let text = |property: &str| body.get(property).and_then(Value::as_str).unwrap_or_default().to_owned();
    let look_up = &resource.facts().look_up;
    let search = Search { property: look_up.property.clone(), value: text(look_up.sent_as()) };
    let name = text(&resource.facts().name);
    // What has no name of its own is told by what it is found by.
    let name = if name.is_empty() { search.value.clone() } else { name };
    Object { resource: resource.clone(), name, search }
}

impl Session {
    /// Brings the intent of a create to the disk. `None` where there is no journal, or nothing is created.
    ///
    /// # Errors
    ///
    /// A failure if the disk does not take it: the call is not sent.
    pub(super) fn intend(&self, call: &Call) -> Result<Option<Intent>, Failure> {
        let Some(Journalled { journal, .. }) = &self.journal else { return Ok(None) };
        let (Some(resource), Some(body)) = (self.created_by(call), &call.body) else { return Ok(None) };
        let intent = journal.borrow_mut().intend(object(resource, body));
        intent.map(Some).map_err(|error| unwritten(&error).note(format!("{} {} was not sent", call.method, call.path)))
    }

    /// Brings to the disk what became of a call.
    ///
    /// A create is known to have made something by the id that Graph answered, and to have made nothing if Graph itself
    /// refused it. Else its intent stays open: it is looked for by the run's mark.
    ///
    /// # Errors
    ///
    /// A failure if the disk does not take it, or if what is answered as an id is none.
    pub(super) fn note_end(&mut self, call: &Call, intent: Option<Intent>, exchange: &Exchange) -> Result<(), Failure> {
        let refused = !self.is_in_doubt(call, exchange);
        let Some(Journalled { journal, entries }) = &mut self.journal else { return Ok(()) };
        let mut journal = journal.borrow_mut();
        let done = match intent {
            Some(intent) => match answered_id(intent.object(), exchange) {
                Ok(Some(id)) => {
                    entries.insert(id.as_str().to_owned(), (intent.entry(), false));
                    journal.created(intent, id.as_str()).map(drop)
                }
                Err(not_an_id) => return Err(no_id(call, &not_an_id).notes(exchange.notes())),
                // An answer after lost ones may be the answer to what they did.
                Ok(None) if exchange.status >= 400 && refused && exchange.attempts.is_empty() => {
                    journal.nothing_created(intent, &format!("Graph refused it with status {}", exchange.status))
                }
                Ok(None) => Ok(()),
            },
            None => deletion(call, exchange, &mut journal, entries),
        };
        done.map_err(|error| unwritten(&error))
    }

    /// Whether a create may have had its effect though its answer has a status of 4xx: something between refused it, or it
    /// collides with a name that only this run gives, so that it may have been delivered twice.
    pub(super) fn is_in_doubt(&self, call: &Call, exchange: &Exchange) -> bool {
        let (Some(Journalled { journal, .. }), Some(resource), Some(body)) =
            (&self.journal, self.created_by(call), &call.body)
        else {
            return false;
        };
        if !(400..500).contains(&exchange.status) {
            return false;
        }
        if !exchange.is_graphs_refusal() {
            return true;
        }
        let Object { search, .. } = object(resource, body);
        let is_marked = self.naming.mark().is_some_and(|mark| mark.is_in(&search.value));
        // Whoever has the name may be known: then this create has made nothing beside.
        let is_known = |left: &Leftover| {
            let found = &left.object;
            left.id.is_some() && found.resource == *resource && found.search.value.eq_ignore_ascii_case(&search.value)
        };
        exchange.is_conflict() && is_marked && !journal.borrow().leftovers().iter().any(is_known)
    }
}

/// The id of what was created, if the answer says that it was: 201, or what was found in place of an answer that was lost.
///
/// # Errors
///
/// What is answered as the id, if that is none.
pub(super) fn answered_id(object: &Object, exchange: &Exchange) -> Result<Option<ObjectId>, ServerText> {
    if exchange.status != 201 && exchange.recovered.is_none() {
        return Ok(None);
    }
    let Some(body) = exchange.json() else { return Ok(None) };
    let facts = object.resource.facts();
    // What stands for a lost answer is the object itself.
    let (property, id_at) = match exchange.recovered {
        Some(_) => (object.search.property.as_str(), "/id"),
        None => (facts.look_up.sent_as(), facts.id_at.as_str()),
    };
    let told = body.get(property).and_then(Value::as_str);
    if told.is_some_and(|told| !told.eq_ignore_ascii_case(&object.search.value)) {
        // Another object than the one that was to be created.
        return Ok(None);
    }
    let Some(id) = body.pointer(id_at).and_then(Value::as_str) else { return Ok(None) };
    ObjectId::parse(id).map(Some).ok_or_else(|| id.into())
}

fn no_id(call: &Call, answered: &ServerText) -> Failure {
    let message =
        format!("expected a GUID as the id of what {} {} creates, got \"{answered}\"", call.method, call.path);
    Failure::new("answered-id", message)
        .note("an id that is none is not put into a path")
        .help("run `graphwalk clean`: it looks for the object by the run's mark")
}

/// Notes a deletion: accepted first, and then found to be done.
fn deletion(
    call: &Call,
    exchange: &Exchange,
    journal: &mut Journal,
    entries: &mut BTreeMap<String, (EntryId, bool)>,
) -> Result<(), JournalError> {
    let Ok(path) = ApiPath::parse(&call.path) else { return Ok(()) };
    let last = path.segments().last().map(|last| last.key().unwrap_or(last.name()).to_lowercase());
    let Some((id, (entry, accepted))) = last.and_then(|id| Some((id.clone(), entries.get_mut(&id)?))) else {
        return Ok(());
    };
    let is_it = |left: &Leftover| left.entry == *entry && left.object.resource.key_in(&path).is_some();
    if !journal.leftovers().iter().any(is_it) {
        return Ok(());
    }
    match (call.method.as_str(), exchange.status) {
        ("DELETE", 204) => *accepted = true,
        ("DELETE", _) if exchange.recovered.is_some() => *accepted = true,
        ("GET", 404) if *accepted && exchange.is_not_found() => {
            let entry = *entry;
            entries.remove(&id);
            return journal.deleted(entry);
        }
        _ => {}
    }
    Ok(())
}

fn unwritten(error: &JournalError) -> Failure {
    let failure = Failure::new("journal", error.to_string());
    match error {
        JournalError::Unwritten { .. } => failure
            .note("nothing is created in a tenant before it is noted on the disk")
            .help("make room on the disk, or name another folder with --runs DIR"),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_object_is_searched_by_the_property_that_carries_the_mark() {
        let body = json!({"displayName": "B", "mailNickname": "n", "userPrincipalName": "u", "descriptionForAdmins": "d",
            "description": "t", "invitedUserEmailAddress": "m", "invitedUserDisplayName": "G"});
        for (id, property, value, name) in [
            ("user", "userPrincipalName", "u", "B"),
            ("review", "descriptionForAdmins", "d", "B"),
            ("application", "description", "t", "B"),
            ("invitation", "mail", "m", "G"),
        ] {
            let Object { name: told, search, .. } = object(&Resource::named(id).unwrap(), &body);
            assert_eq!((told.as_str(), search.property.as_str(), search.value.as_str()), (name, property, value));
        }
        let nameless = object(&Resource::named("service-principal").unwrap(), &json!({"description": "[gw1]"}));
        assert_eq!(nameless.name, "[gw1]");
    }
}
