//! Creates and deletions of a run on a real tenant: on the disk before they are sent, and after they are answered.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use graphwalk_catalog::{ApiPath, Resolved};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::graph::Exchange;
use crate::server_text::ServerText;

use super::journal::{EntryId, Intent, Journal, JournalError, Leftover, Object, Search};
use super::object_id::ObjectId;
use super::{Call, Failure, Kind, Session};

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

impl Call {
    /// What the call creates in the tenant and what has to be deleted again: the kind of the object.
    pub fn creates_kind(&self) -> Option<Kind> {
        let path = ApiPath::parse(&self.path).ok().filter(|_| self.method == "POST")?;
        Kind::created_at(&Resolved::new(&path).ok()?)
    }
}

/// The segments of a path, decoded and in lower case; the version is the first.
fn segments(path: &str) -> Vec<String> {
    let path = path.split('?').next().unwrap_or_default();
    let decoded = percent_decode_str(path).decode_utf8_lossy().to_lowercase();
    decoded.split('/').filter(|segment| !segment.is_empty()).map(str::to_owned).collect()
}

/// What the journal says of an object that is about to be created.
pub(super) fn object(kind: Kind, body: &Value) -> Object {
    let text = |property: &str| body.get(property).and_then(Value::as_str).unwrap_or_default().to_owned();
    let property = search_property(kind);
    let search = Search { property: property.to_owned(), value: text(property) };
    Object { kind, name: text("displayName"), search }
}

/// The property by which an object is found whose id was never learnt.
pub fn search_property(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "userPrincipalName",
        Kind::Group => "mailNickname",
        Kind::Review => "descriptionForAdmins",
    }
}

impl Session {
    /// Brings the intent of a create to the disk. `None` where there is no journal, or nothing is created.
    ///
    /// # Errors
    ///
    /// A failure if the disk does not take it: the call is not sent.
    pub(super) fn intend(&self, call: &Call) -> Result<Option<Intent>, Failure> {
        let Some(Journalled { journal, .. }) = &self.journal else { return Ok(None) };
        let (Some(kind), Some(body)) = (call.creates_kind(), &call.body) else { return Ok(None) };
        let intent = journal.borrow_mut().intend(object(kind, body));
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
        let (Some(Journalled { journal, .. }), Some(kind), Some(body)) =
            (&self.journal, call.creates_kind(), &call.body)
        else {
            return false;
        };
        if !(400..500).contains(&exchange.status) {
            return false;
        }
        if !exchange.is_graphs_refusal() {
            return true;
        }
        let Object { search, .. } = object(kind, body);
        let is_marked = self.naming.mark().is_some_and(|mark| mark.is_in(&search.value));
        // Whoever has the name may be known: then this create has made nothing beside.
        let is_known = |left: &Leftover| {
            let found = &left.object;
            left.id.is_some() && found.kind == kind && found.search.value.eq_ignore_ascii_case(&search.value)
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
    let told = body.get(&object.search.property).and_then(Value::as_str);
    if told.is_some_and(|told| !told.eq_ignore_ascii_case(&object.search.value)) {
        // Another object than the one that was to be created.
        return Ok(None);
    }
    let Some(id) = body.get("id").and_then(Value::as_str) else { return Ok(None) };
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
    let segments = segments(&call.path);
    let [.., collection, id] = segments.as_slice() else { return Ok(()) };
    if !["users", "groups", "definitions"].contains(&collection.as_str()) {
        return Ok(());
    }
    let Some((entry, accepted)) = entries.get_mut(id) else { return Ok(()) };
    match (call.method.as_str(), exchange.status) {
        ("DELETE", 204) => *accepted = true,
        ("DELETE", _) if exchange.recovered.is_some() => *accepted = true,
        ("GET", 404) if *accepted && exchange.is_not_found() => {
            let entry = *entry;
            entries.remove(id);
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

    fn post(path: &str) -> Call {
        Call::new("administrator", "POST", path)
    }

    #[test]
    fn creates_are_told_by_their_paths_in_any_spelling() {
        for (path, kind) in [
            ("/v1.0/users", Kind::User),
            ("/beta//Groups/", Kind::Group),
            ("/v1.0/%75sers?x=y", Kind::User),
            ("/v1.0/identitygovernance/accessReviews/definitions", Kind::Review),
        ] {
            assert_eq!(post(path).creates_kind(), Some(kind), "{path}");
        }
        assert_eq!(Call::new("administrator", "GET", "/v1.0/users").creates_kind(), None);
    }

    #[test]
    fn an_object_is_searched_by_the_property_that_carries_the_mark() {
        let body =
            json!({"displayName": "B", "mailNickname": "b-gw1", "userPrincipalName": "u", "descriptionForAdmins": "d"});
        assert_eq!(object(Kind::Group, &body).search.value, "b-gw1");
        assert_eq!(object(Kind::User, &body).search.value, "u");
        assert_eq!(object(Kind::Review, &body).search.value, "d");
    }
}
