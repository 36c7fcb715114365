//! The layer that keeps a tenant safe: a write is allowed or not sent, and what it creates is in the journal before it is sent.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use graphwalk_catalog::{ApiPath, Resource};
use graphwalk_client::Exchange;
use graphwalk_client::sign_in::Claims;
use graphwalk_secrets::ServerText;
use serde_json::Value;

use super::pages::Pages;
use super::{Around, CheckedAnswer, CreateDoubt, Sending, unrecorded};
use crate::session::cleaner::identity::ObjectIdentity;
use crate::session::guard::{Guard, only_reads};
use crate::session::journal::{EntryId, Intent, Journal, JournalError, JournalObject, Leftover, PropertySearch};
use crate::session::{Call, Failure, ObjectId};

/// The journal of a run, while a session writes it.
#[derive(Clone, Debug)]
pub struct Journalled {
    journal: Rc<RefCell<Journal>>,
    /// The ids of what was created, as [`ObjectId`] has them, with their entries; whether a deletion was accepted.
    entries: BTreeMap<String, (EntryId, bool)>,
}

impl Journalled {
    /// Continues a journal.
    pub fn new(journal: Rc<RefCell<Journal>>) -> Self {
        let leftovers = journal.borrow().leftovers();
        let id = |text: &str| ObjectId::parse(text).map(|id| id.as_str().to_owned());
        let known = leftovers.into_iter().filter_map(|left| Some((id(&left.id?)?, (left.entry, false))));
        Self { entries: known.collect(), journal }
    }
}

/// Guards a tenant, and writes the journal.
pub(in crate::session) struct Guarded {
    /// Judges writes, on a real tenant.
    pub guard: Option<Guard>,
    /// Whether nothing may be written at all: the feature that is played only reads.
    pub reads_only: bool,
    /// The durable list of what is created, on a real tenant.
    pub journal: Option<Journalled>,
    pub pages: Pages,
}

impl Guarded {
    /// Makes the layer before `pages`; nothing is guarded or journalled yet.
    pub fn new(pages: Pages) -> Self {
        Self { guard: None, reads_only: false, journal: None, pages }
    }

    /// The answer to a call, once it may be sent.
    ///
    /// # Errors
    ///
    /// The actor has no token, the write is refused, or the journal does not take what it creates: it is not sent. Or there is
    /// no answer.
    pub async fn send(&mut self, call: &Call, around: &mut Around<'_>) -> Result<CheckedAnswer, Failure> {
        self.refuse_write_where_only_read(call)?;
        let token = RefCell::new(self.pages.settle.record.look_up.sign_in.token(&call.actor).await?);
        self.judge(call, &token, around)?;
        self.confirm_own(call, &token, around).await?;
        let created = self.about_to_be_created(call, around);
        let intent = self.intend(call, created.as_ref())?;
        let doubt = created.as_ref().and_then(|created| self.doubt(created, around));
        let sending = Sending { call, token: &token, doubt, is_own_look: false };
        let CheckedAnswer { exchange, fault } = self.pages.send(&sending, around).await?;
        let noted = self.note_end(&sending, intent, &exchange);
        self.learn(created.as_ref(), &exchange);
        match unrecorded(&exchange) {
            Some(failure) => Err(failure),
            None => Ok(CheckedAnswer { exchange, fault: noted.err().or(fault) }),
        }
    }

    /// Refuses whatever may write in a feature that only reads, on every backend, and before anybody signs in for it. No list
    /// says what writes: what is no read by its method does.
    fn refuse_write_where_only_read(&self, call: &Call) -> Result<(), Failure> {
        if !self.reads_only || only_reads(&call.method.to_ascii_uppercase()) {
            return Ok(());
        }
        let message = format!("{} {} was not sent: this feature only reads", call.method, call.path);
        Err(Failure::new("read-only", message)
            .focus(&call.method, "may write")
            .help("remove the step, or the tag @read-only from the feature"))
    }

    /// Judges a write, where there is a tenant to be guarded.
    fn judge(&mut self, call: &Call, token: &RefCell<String>, around: &Around<'_>) -> Result<(), Failure> {
        let Some(guard) = &mut self.guard else { return Ok(()) };
        // The one whom `/me` means: Graph verifies the token, and so decides who that is.
        let me = Claims::decode(&token.borrow()).and_then(|claims| claims.oid).map(|id| id.to_string());
        guard.judge(call, me.as_deref(), around.place)
    }

    /// Returns what a call is about to create, as the journal describes it; nothing where neither guard nor journal needs
    /// it.
    fn about_to_be_created(&self, call: &Call, around: &Around<'_>) -> Option<JournalObject> {
        if self.guard.is_none() && self.journal.is_none() {
            return None;
        }
        let resource = around.resources.created_by(&call.method, &call.path)?;
        Some(object(resource, call.body.as_ref()?))
    }

    /// Notes that what a call created may be changed and deleted from then on.
    fn learn(&mut self, created: Option<&JournalObject>, exchange: &Exchange) {
        let (Some(guard), Some(object)) = (&mut self.guard, created) else { return };
        if let Ok(Some(id)) = answered_id(object, exchange) {
            guard.created(&object.resource, &object.name, id.as_str(), Some(&object.search.value));
        }
    }

    /// Returns how a refusal of a create is taken; nothing where there is no journal.
    fn doubt(&self, created: &JournalObject, around: &Around<'_>) -> Option<CreateDoubt> {
        let (journal, JournalObject { resource, search, .. }) = (self.journal.as_ref()?, created);
        let is_marked = around.naming.mark().is_some_and(|mark| mark.is_in(&search.value));
        // The object with this name may be known: then this create has made no second one.
        let is_known = |left: &Leftover| {
            let found = &left.object;
            left.id.is_some() && found.resource == *resource && found.search.value.eq_ignore_ascii_case(&search.value)
        };
        let is_known = journal.journal.borrow().leftovers().iter().any(is_known);
        Some(CreateDoubt { by_conflict: is_marked && !is_known })
    }

    /// The object of this run that a call changes or deletes by its id: its entry, what it is, and the id.
    fn own_target(&self, call: &Call) -> Option<(EntryId, JournalObject, ObjectId)> {
        let Journalled { journal, entries } = self.journal.as_ref()?;
        let path = ApiPath::parse(&call.path).ok()?;
        let last = path.segments().last()?;
        // Its key stands in a segment of its own or in brackets.
        let id = ObjectId::parse(last.key().unwrap_or(last.name()))?;
        let (entry, _) = entries.get(id.as_str())?;
        let left = journal.borrow().leftovers().into_iter().find(|left| left.entry == *entry)?;
        Some((*entry, left.object, id))
    }

    /// Reads what a DELETE, PATCH or PUT is about to change, if it is an object that this run created: the id is one that a
    /// server answered, and what has it must carry the run's mark or be as old as the create. No feature asks for the read:
    /// it stays out of a recording.
    ///
    /// # Errors
    ///
    /// A failure if what has the id is not known to be the run's own: the call is not sent.
    async fn confirm_own(
        &mut self,
        call: &Call,
        token: &RefCell<String>,
        around: &mut Around<'_>,
    ) -> Result<(), Failure> {
        if !["DELETE", "PATCH", "PUT"].contains(&call.method.as_str()) {
            return Ok(());
        }
        let Some((entry, object, id)) = self.own_target(call) else { return Ok(()) };
        let read = format!("/v1.0{}", object.resource.path_with_identity(id.as_str()));
        let read = Call::new(&call.actor, "GET", read);
        let sending = Sending { call: &read, token, doubt: None, is_own_look: true };
        let exchange = self.pages.send(&sending, around).await?.exchange;
        // The call itself shows that it is not there, or it is seen late.
        if exchange.is_not_found() {
            return Ok(());
        }
        let (Some(Journalled { journal, .. }), Some(mark)) = (&self.journal, around.naming.mark()) else {
            return Ok(());
        };
        let found = exchange.json().filter(|_| exchange.status == 200).unwrap_or(&Value::Null);
        let identity = ObjectIdentity::new(&id, &object, mark, journal.borrow().record(), entry);
        let Some(why) = identity.mismatch(found) else { return Ok(()) };
        let message = format!("{} {} was not sent: {why}", call.method, call.path);
        let help =
            "find the object with this id in the tenant; `graphwalk clean` finds the run's own object by its mark";
        Err(Failure::new("not-own", message).notes(exchange.notes()).help(help))
    }

    /// Brings the intent of a create to the disk. `None` where there is no journal, or nothing is created.
    ///
    /// # Errors
    ///
    /// A failure if the disk does not take it: the call is not sent.
    fn intend(&self, call: &Call, created: Option<&JournalObject>) -> Result<Option<Intent>, Failure> {
        let (Some(Journalled { journal, .. }), Some(object)) = (&self.journal, created) else { return Ok(None) };
        let intent = journal.borrow_mut().intend(object.clone());
        intent.map(Some).map_err(|error| unwritten(&error).note(format!("{} {} was not sent", call.method, call.path)))
    }

    /// Writes the outcome of a call to the journal.
    ///
    /// A create is known to have made something by the id that Graph answered, and to have made nothing if Graph itself
    /// refused it. Else its intent stays open: it is looked for by the run's mark.
    ///
    /// # Errors
    ///
    /// A failure if the disk does not take it, or if what is answered as an id is none.
    fn note_end(&mut self, sending: &Sending<'_>, intent: Option<Intent>, exchange: &Exchange) -> Result<(), Failure> {
        let (call, refused) = (sending.call, !sending.is_in_doubt(exchange));
        let Some(Journalled { journal, entries }) = &mut self.journal else { return Ok(()) };
        let mut journal = journal.borrow_mut();
        let done = match intent {
            Some(intent) => match answered_id(intent.object(), exchange) {
                Ok(Some(id)) => {
                    entries.insert(id.as_str().to_owned(), (intent.entry(), false));
                    journal.created(intent, id.as_str()).map(drop)
                }
                Err(not_an_id) => return Err(no_id(call, &not_an_id).notes(exchange.notes())),
                // A server error does not say that nothing was done, and an answer after lost ones may be the answer to them.
                Ok(None) if refuses(exchange) && refused && exchange.attempts.is_empty() => {
                    journal.nothing_created(intent, &format!("Graph refused it with status {}", exchange.status))
                }
                Ok(None) => Ok(()),
            },
            None => deletion(call, exchange, &mut journal, entries),
        };
        done.map_err(|error| unwritten(&error))
    }
}

/// Returns what the journal says of an object that is about to be created.
fn object(resource: &Resource, body: &Value) -> JournalObject {
    let text = |property: &str| body.get(property).and_then(Value::as_str).unwrap_or_default().to_owned();
    let look_up = &resource.facts().look_up;
    let search = PropertySearch { property: look_up.property.clone(), value: text(look_up.sent_as()) };
    let name = text(&resource.facts().name);
    // An object without a name is called by the value that it is found by.
    let name = if name.is_empty() { search.value.clone() } else { name };
    JournalObject { resource: resource.clone(), name, search }
}

/// The id of what was created, if the answer says that it was: 201, or what was found in place of an answer that was lost.
///
/// # Errors
///
/// The answer has no id, or one that cannot stand in a path.
fn answered_id(object: &JournalObject, exchange: &Exchange) -> Result<Option<ObjectId>, ServerText> {
    if exchange.status != 201 && exchange.recovered.is_none() {
        return Ok(None);
    }
    let Some(body) = exchange.json() else { return Ok(None) };
    let facts = object.resource.facts();
    // A recovered answer is the object itself.
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

/// Returns whether the status says that nothing was done: the request was refused, or nobody implements it.
fn refuses(exchange: &Exchange) -> bool {
    matches!(exchange.status, 400..=499 | 501)
}

fn no_id(call: &Call, answered: &ServerText) -> Failure {
    let message = format!(
        "expected an id of Graph for the object that {} {} creates, got \"{answered}\"",
        call.method, call.path
    );
    Failure::new("answered-id", message)
        .note("an invalid id is not used in a path")
        .help("run `graphwalk clean`: it finds the object by the run's mark")
}

/// Notes a deletion: accepted first, and then found to be done.
fn deletion(
    call: &Call,
    exchange: &Exchange,
    journal: &mut Journal,
    entries: &mut BTreeMap<String, (EntryId, bool)>,
) -> Result<(), JournalError> {
    let Ok(path) = ApiPath::parse(&call.path) else { return Ok(()) };
    let last = path.segments().last().and_then(|last| ObjectId::parse(last.key().unwrap_or(last.name())));
    let last = last.map(|id| id.as_str().to_owned());
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
            .note("nothing is created in a tenant before the journal on the disk lists it")
            .help("free disk space, or name another folder with --runs DIR"),
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
            let JournalObject { name: told, search, .. } = object(&Resource::named(id).unwrap(), &body);
            assert_eq!((told.as_str(), search.property.as_str(), search.value.as_str()), (name, property, value));
        }
        let nameless = object(&Resource::named("service-principal").unwrap(), &json!({"description": "[gw1]"}));
        assert_eq!(nameless.name, "[gw1]");
    }
}
