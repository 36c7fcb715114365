//! Creating and replacing a definition, and the instances that it has one after the other.

use std::collections::{HashMap, HashSet};

use graphwalk_catalog::ApiPath;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan as _};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::areas::directory::Directory;
use crate::http::Refusal;
use crate::ids::Ids;

use super::lifecycle::{Life, Status};
use super::settings::{ReviewerScope, Scope, Settings, not_modelled, words};
use super::stages::StageSettings;
use super::{Definition, Instance, Person, Reviews, not_found};

/// A review that starts today starts so long after it was created (the tutorial's page: some seconds).
const START_UP: SignedDuration = SignedDuration::from_secs(5);

/// What creating a definition needs to know beside the request.
#[derive(Clone, Debug)]
pub struct NewDefinition<'a> {
    /// Who creates it.
    pub by: Person,
    /// When.
    pub now: Timestamp,
    /// The directory, for the group that is named.
    pub directory: &'a Directory,
}

/// What a body says, read whole before anything is changed.
struct Read {
    scope: Scope,
    settings: Settings,
    reviewers: Vec<ReviewerScope>,
    fallback: Vec<ReviewerScope>,
    stages: Vec<StageSettings>,
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
    ) -> Result<&Definition, Refusal> {
        let today = TimeZone::UTC.to_datetime(new.now).date();
        let Read { scope, settings, reviewers, fallback, stages } = read(&body, today, new.directory)?;
        let id = ids.fresh();
        let mut definition = Definition {
            id,
            sent: body,
            created_by: new.by.clone(),
            created: new.now,
            modified: None,
            scope,
            settings,
            reviewers,
            fallback,
            stages,
            instances: Vec::new(),
            settled: 0,
        };
        let start = definition.first_start(new.now);
        let end = end_of(&definition.settings, &definition.stages, start, self.end_hour)?;
        let of_its_own = definition.settings.recurrence.every.is_some();
        let instance = if of_its_own { ids.fresh() } else { id };
        definition.add_instance(instance, new.now, start, end);
        self.due = None;
        Ok(self.definitions.entry(id).or_insert(definition))
    }

    /// Replaces what can be written of a definition. An instance that waits for its start begins as the definition is
    /// then; those that have begun stay as they are.
    ///
    /// # Errors
    ///
    /// 404 if there is none of this id, else as for creating.
    pub fn replace(&mut self, key: &str, mut body: Map<String, Value>, new: &NewDefinition<'_>) -> Result<(), Refusal> {
        let id = self.definition(key)?.id;
        let today = TimeZone::UTC.to_datetime(new.now).date();
        let Read { scope, settings, reviewers, fallback, stages } = read(&body, today, new.directory)?;
        let definition = self.definitions.get_mut(&id).ok_or_else(|| not_found("definition", key))?;
        let waiting = definition.instances.last().filter(|last| last.life.status() == Status::NotStarted);
        let start = waiting.map(|instance| instance.life.start);
        let end = start.map(|start| end_of(&settings, &stages, start, self.end_hour)).transpose()?;
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
        if let Some(end) = end
            && let Some(waiting) = definition.instances.pop()
        {
            definition.add_instance(waiting.id, waiting.life.since(), waiting.life.start, end);
        }
        self.due = None;
        Ok(())
    }
}

impl Definition {
    /// What was sent.
    pub(super) fn sent(&self, name: &str) -> Option<&Value> {
        self.sent.get(name)
    }

    /// Creates the next instance, if the recurrence has one. It is created when its predecessor is completed, and starts
    /// one interval after its end (the tutorial on reviewing role assignments).
    pub(super) fn follow(&mut self, now: Timestamp, ids: &mut Ids) {
        let recurrence = &self.settings.recurrence;
        let (Some(every), Some(last)) = (recurrence.every, self.instances.last()) else { return };
        // A replaced number counts the instances that there already are.
        if recurrence
            .occurrences
            .is_some_and(|most| self.instances.len() >= usize::try_from(most).unwrap_or(usize::MAX))
        {
            return;
        }
        let Some(start) = later(last.life.end, every.span()) else { return };
        if recurrence.end.is_some_and(|end| TimeZone::UTC.to_datetime(start).date() > end) {
            return;
        }
        let Ok(end) = end_of(&self.settings, &self.stages, start, 0) else { return };
        let id = ids.fresh();
        self.add_instance(id, now, start, end);
    }

    fn add_instance(&mut self, id: Uuid, now: Timestamp, start: Timestamp, end: Timestamp) {
        let sent = |name: &str| self.sent.get(name).cloned().unwrap_or_default();
        self.instances.push(Instance {
            id,
            life: Life::new(now, start, end),
            settings: self.settings.clone(),
            scope: self.scope.clone(),
            sent_scope: sent("scope"),
            sent_reviewers: sent("reviewers"),
            sent_fallback: sent("fallbackReviewers"),
            reviewers: self.reviewers.clone(),
            fallback: self.fallback.clone(),
            contacted: Vec::new(),
            known_reviewers: HashSet::new(),
            items: Vec::new(),
            places: HashMap::new(),
            stages: Vec::new(),
            stage_settings: self.stages.clone(),
            remind: None,
            group_name: "".into(),
        });
    }

    fn first_start(&self, now: Timestamp) -> Timestamp {
        let soon = now.checked_add(START_UP).unwrap_or(Timestamp::MAX);
        let day = midnight(self.settings.recurrence.start);
        day.map_or(soon, |day| day.max(soon))
    }
}

/// When an instance that starts at `start` ends: a one-time review on its last day, a recurring one after its
/// duration; one with stages when the last stage does.
fn end_of(settings: &Settings, stages: &[StageSettings], start: Timestamp, end_hour: i8) -> Result<Timestamp, Refusal> {
    let too_late = || Refusal::new(400, "BadRequest", "The review ends too late.");
    let staged: i32 = stages.iter().map(|stage| stage.duration_days).sum();
    let days = if stages.is_empty() { settings.duration_days } else { staged };
    if settings.recurrence.every.is_none()
        && stages.is_empty()
        && let Some(last) = settings.recurrence.end
    {
        let end = TimeZone::UTC.to_timestamp(last.at(end_hour, 0, 0, 0)).map_err(|_| too_late())?;
        if end <= start {
            return Err(Refusal::new(
                400,
                "BadRequest",
                "The review ends before it starts: recurrence.range.endDate is too early.",
            ));
        }
        return Ok(end);
    }
    if days < 1 {
        return Err(Refusal::new(400, "BadRequest", "settings.instanceDurationInDays has to be positive."));
    }
    later(start, days.days()).ok_or_else(too_late)
}

/// The start of a schedule does not change any more, and that is what is told.
fn keep_start(body: &mut Map<String, Value>, start: Date) {
    let range = body.get_mut("settings").and_then(|settings| settings.pointer_mut("/recurrence/range"));
    if let Some(range) = range.and_then(Value::as_object_mut) {
        range.insert("startDate".to_owned(), Value::from(start.to_string()));
    }
}

fn read(body: &Map<String, Value>, today: Date, directory: &Directory) -> Result<Read, Refusal> {
    let bad = |message: &str| Refusal::new(400, "BadRequest", message);
    let given = |name: &str| body.get(name).filter(|value| !value.is_null());
    if given("displayName").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(bad("displayName is required."));
    }
    let scope = Scope::parse(given("scope").ok_or_else(|| bad("scope is required."))?)?;
    if directory.group(&scope.group.to_string()).is_err() {
        return Err(bad(&format!("The scope names the group '{}', which does not exist.", scope.group)));
    }
    if let Some(enumeration) = given("instanceEnumerationScope") {
        let query = enumeration.get("query").and_then(Value::as_str).unwrap_or_default();
        let id = words(&ApiPath::parse_reference(query)).last().and_then(|id| id.parse().ok());
        if id != Some(scope.group) {
            return Err(not_modelled(&format!("the instanceEnumerationScope '{query}'")));
        }
    }
    let settings = Settings::parse(given("settings").ok_or_else(|| bad("settings is required."))?, today)?;
    let stages = StageSettings::all_of(given("stageSettings"))?;
    Ok(Read {
        scope,
        settings,
        reviewers: ReviewerScope::all_of(given("reviewers"))?,
        fallback: ReviewerScope::all_of(given("fallbackReviewers"))?,
        stages,
    })
}

fn midnight(day: Date) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

/// The moment that lies a span of the calendar after another, in UTC.
pub(super) fn later(time: Timestamp, span: Span) -> Option<Timestamp> {
    let day = TimeZone::UTC.to_datetime(time).checked_add(span).ok()?;
    TimeZone::UTC.to_timestamp(day).ok()
}
