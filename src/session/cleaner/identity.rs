//! Whether what is found in a tenant is what a run created.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::session::journal::{EntryId, JournalEvent, JournalObject, JournalRecord};
use crate::session::lookup::SKEW;
use crate::session::{Mark, ObjectId};

/// The longest that a create is believed to take, all its attempts and looks counted. An object whose id was learnt later
/// was found by its mark.
const LONGEST_CREATE: SignedDuration = SignedDuration::from_mins(15);

/// The identity of an object of a run: its id, and the run's mark in the property that carries it, or a
/// `createdDateTime` in the time in which the run created it.
#[derive(Debug)]
pub(in crate::session) struct ObjectIdentity<'a> {
    id: &'a ObjectId,
    object: &'a JournalObject,
    mark: &'a Mark,
    /// From the first attempt at the create to its answer, with what clocks may differ by; nothing if it is not known.
    window: Option<(Timestamp, Timestamp)>,
}

/// Returns when the create of an entry was sent and answered, as the journal says, with the difference that clocks may have.
fn window(record: &JournalRecord, entry: EntryId) -> Option<(Timestamp, Timestamp)> {
    let at = |wanted: fn(&JournalEvent) -> Option<EntryId>| {
        record.events.iter().find(|event| wanted(event) == Some(entry)).map(JournalEvent::at)
    };
    let intended = at(|event| match event {
        JournalEvent::Intended { entry, .. } => Some(*entry),
        _ => None,
    })?;
    let created = at(|event| match event {
        JournalEvent::Created { entry, .. } => Some(*entry),
        _ => None,
    })?;
    let until = created.min(intended.checked_add(LONGEST_CREATE).ok()?);
    Some((intended.checked_sub(SKEW).ok()?, until.checked_add(SKEW).ok()?))
}

impl<'a> ObjectIdentity<'a> {
    /// The identity of the object of an entry, as the journal describes it.
    pub fn new(
        id: &'a ObjectId,
        object: &'a JournalObject,
        mark: &'a Mark,
        record: &JournalRecord,
        entry: EntryId,
    ) -> Self {
        Self { id, object, mark, window: window(record, entry) }
    }

    /// Returns why `found` is not the object that the run created; nothing if it is.
    pub fn mismatch(&self, found: &Value) -> Option<String> {
        let text = |property: &str| found.get(property).and_then(Value::as_str);
        if text("id").and_then(ObjectId::parse).as_ref() != Some(self.id) {
            return Some(format!("expected the object with the id {}, got another answer", self.id));
        }
        let property = self.object.search.property.as_str();
        if text(property).is_some_and(|value| self.mark.is_in(value)) {
            return None;
        }
        // What belongs to another object of the run is its own as long as it does.
        let belongs = self.object.resource.facts().belongs_to.is_some();
        if belongs && text(property).is_some_and(|value| value.eq_ignore_ascii_case(&self.object.search.value)) {
            return None;
        }
        let created = text("createdDateTime").and_then(|text| text.parse::<Timestamp>().ok());
        let is_within = |(from, to): (Timestamp, Timestamp)| created.is_some_and(|at| (from..=to).contains(&at));
        if self.window.is_some_and(is_within) {
            return None;
        }
        let created = created.map_or_else(|| "at an unknown time".to_owned(), |at| at.to_string());
        Some(format!(
            "nothing proves that this run created it: {property} does not contain the mark {}, and it was created {created}",
            self.mark
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::RunId;
    use crate::session::journal::PropertySearch;
    use graphwalk_catalog::Resource;
    use serde_json::json;

    const ID: &str = "eb75ccd2-59ef-48b7-8f76-cc3f33f899f4";

    fn mismatch(found: &Value) -> Option<String> {
        let search = PropertySearch { property: "mailNickname".to_owned(), value: "b-gw202611250127k3f9".to_owned() };
        let object = JournalObject { resource: Resource::named("application").unwrap(), name: "B".to_owned(), search };
        let run: RunId = "20261125-0127-k3f9".parse().unwrap();
        let window = ["2026-11-25T01:22:00Z", "2026-11-25T01:33:00Z"].map(|text| text.parse().unwrap());
        let (id, mark) = (ObjectId::parse(ID).unwrap(), run.mark());
        ObjectIdentity { id: &id, object: &object, mark: &mark, window: Some((window[0], window[1])) }.mismatch(found)
    }

    #[test]
    fn an_object_is_the_runs_by_its_id_and_by_its_mark_or_its_time() {
        for found in [
            json!({"id": ID, "mailNickname": "b-gw202611250127k3f9", "createdDateTime": "2020-01-01T00:00:00Z"}),
            json!({"id": ID.to_uppercase(), "mailNickname": "B-GW202611250127K3F9"}),
            json!({"id": ID, "mailNickname": "renamed", "createdDateTime": "2026-11-25T01:28:00Z"}),
        ] {
            assert_eq!(mismatch(&found), None, "{found}");
        }
        for found in [
            json!({"id": "aaaaaaaa-0000-4000-8000-000000000001", "mailNickname": "b-gw202611250127k3f9"}),
            json!({"mailNickname": "b-gw202611250127k3f9"}),
            json!({"id": ID, "mailNickname": "b", "createdDateTime": "2026-11-25T01:21:59Z"}),
            json!({"id": ID, "mailNickname": "b-gw202611250127k3f8", "createdDateTime": "2026-11-25T01:34:00Z"}),
            json!({"id": ID, "displayName": "b-gw202611250127k3f9"}),
            json!([ID]),
        ] {
            assert!(mismatch(&found).is_some(), "{found}");
        }
    }
}
