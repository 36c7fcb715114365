//! Creating and replacing a definition.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::areas::directory::Directory;
use crate::http::{Refusal, bad_request};
use crate::ids::Ids;

use super::scope::ReviewScope;
use super::series::{BegunOccurrences, end_of};
use super::settings::{ReviewSettings, ReviewerScope};
use super::stages::StageSettings;
use super::{ReviewDefinition, ReviewPerson, Reviews, not_found};

/// The values of a new definition that do not come from its request.
#[derive(Clone, Debug)]
pub struct NewDefinition<'a> {
    /// The person who creates it.
    pub by: ReviewPerson,
    /// The time of creation.
    pub now: Timestamp,
    /// The directory, for the groups that are reviewed.
    pub directory: &'a Directory,
}

/// The content of a body, read whole before anything is changed.
pub(super) struct Read {
    pub scope: ReviewScope,
    pub settings: ReviewSettings,
    pub reviewers: Vec<ReviewerScope>,
    pub fallback: Vec<ReviewerScope>,
    pub stages: Vec<StageSettings>,
}

impl Reviews {
    /// Creates a definition, with its first instance, from a body whose properties and types were checked.
    ///
    /// # Errors
    ///
    /// 400 for what contradicts itself or names a group that does not exist, 501 for what is not modelled.
    pub fn create(
        &mut self,
        body: Map<String, Value>,
        new: &NewDefinition<'_>,
        ids: &mut Ids,
    ) -> Result<&ReviewDefinition, Refusal> {
        let today = TimeZone::UTC.to_datetime(new.now).date();
        let Read { scope, settings, reviewers, fallback, stages } = read(&body, today, new.directory)?;
        let begun = BegunOccurrences::not_yet(&settings, new.now);
        end_of(&settings, &stages, begun.first, self.rules)?;
        let id = ids.fresh();
        let mut definition = ReviewDefinition {
            id,
            sent: body,
            created_by: new.by.clone(),
            created: new.now,
            modified: None,
            scope,
            settings,
            rules: self.rules,
            reviewers,
            fallback,
            stages,
            begun,
            instances: Vec::new(),
            settled: 0,
            is_history: false,
        };
        definition.begin_first(new.now, new.directory, ids);
        self.due = None;
        Ok(self.definitions.entry(id).or_insert(definition))
    }

    /// Replaces what can be written of a definition. An instance that waits for its start begins as the definition is
    /// then; those that have begun stay as they are.
    ///
    /// # Errors
    ///
    /// 404 if there is none of this id, else as for creating.
    pub fn replace(
        &mut self,
        key: &str,
        mut body: Map<String, Value>,
        new: &NewDefinition<'_>,
        ids: &mut Ids,
    ) -> Result<(), Refusal> {
        let id = self.definition(key)?.id;
        let today = TimeZone::UTC.to_datetime(new.now).date();
        let Read { scope, settings, reviewers, fallback, stages } = read(&body, today, new.directory)?;
        let definition = self.definitions.get_mut(&id).ok_or_else(|| not_found("definition", key))?;
        end_of(&settings, &stages, definition.begun.last.unwrap_or(definition.begun.first), self.rules)?;
        let waiting = definition.take_waiting();
        let start = definition.settings.recurrence.start;
        keep_start(&mut body, start);
        definition.sent = body;
        definition.modified = Some(new.now);
        definition.scope = scope;
        definition.settings = settings;
        definition.settings.recurrence.start = start;
        definition.reviewers = reviewers;
        definition.fallback = fallback;
        definition.stages = stages;
        definition.begin_anew(new.now, &waiting, new.directory, ids);
        self.due = None;
        Ok(())
    }
}

impl ReviewDefinition {
    /// Returns a property as it was sent.
    pub(super) fn sent_property(&self, name: &str) -> Option<&Value> {
        self.sent.get(name)
    }
}

/// The start of a schedule does not change any more, and the answer shows it.
fn keep_start(body: &mut Map<String, Value>, start: Date) {
    let range = body.get_mut("settings").and_then(|settings| settings.pointer_mut("/recurrence/range"));
    if let Some(range) = range.and_then(Value::as_object_mut) {
        range.insert("startDate".to_owned(), Value::from(start.to_string()));
    }
}

pub(super) fn read(body: &Map<String, Value>, today: Date, directory: &Directory) -> Result<Read, Refusal> {
    let given = |name: &str| body.get(name).filter(|value| !value.is_null());
    if given("displayName").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(bad_request("displayName is required."));
    }
    let scope = given("scope").ok_or_else(|| bad_request("scope is required."))?;
    read_with(body, today, ReviewScope::parse(scope, given("instanceEnumerationScope"), directory)?)
}

/// Reads a body whose scope has been read.
pub(super) fn read_with(body: &Map<String, Value>, today: Date, scope: ReviewScope) -> Result<Read, Refusal> {
    let given = |name: &str| body.get(name).filter(|value| !value.is_null());
    let settings =
        ReviewSettings::parse(given("settings").ok_or_else(|| bad_request("settings is required."))?, today)?;
    let stages = StageSettings::all_of(given("stageSettings"))?;
    Ok(Read {
        scope,
        settings,
        reviewers: ReviewerScope::all_of(given("reviewers"))?,
        fallback: ReviewerScope::all_of(given("fallbackReviewers"))?,
        stages,
    })
}
