//! The occurrences of a definition: when each begins and ends, and the instances that it has.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan as _};
use uuid::Uuid;

use crate::areas::directory::Directory;
use crate::http::{Refusal, bad_request};
use crate::ids::Ids;

use super::lifecycle::{Life, ReviewStatus};
use super::resource::ReviewedResource;
use super::scope::{ReviewedResources, of_instance};
use super::settings::{Every, ReviewSettings};
use super::stages::StageSettings;
use super::{Instance, ReviewDefinition};

/// A review that starts today starts so long after it was created (the tutorial's page: some seconds).
const START_UP: SignedDuration = SignedDuration::from_secs(5);

/// The rules for the end of occurrences and the start of the next ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeriesRules {
    /// The hour in UTC at which a one-time review ends on its last day.
    pub end_hour: i8,
    /// The rule for the start of the next occurrence.
    pub next: NextOccurrence,
}

/// The rule for the start of the next occurrence of a series. Two sources disagree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NextOccurrence {
    /// One interval after the start of the one before (reference, `accessReviewScheduleSettings`, `recurrence`; Entra limits
    /// durations so that reviews do not overlap, which they could not otherwise).
    #[default]
    OnSchedule,
    /// One interval after the end of the one before (a sentence of the tutorial on reviewing role assignments).
    AfterEnd,
}

/// The occurrences of a definition that have begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct BegunOccurrences {
    /// The start of the first occurrence.
    pub first: Timestamp,
    /// The start of the last one that has begun; nothing before the first one has.
    pub last: Option<Timestamp>,
    /// The number of those that have begun.
    pub times: u32,
}

impl BegunOccurrences {
    /// A definition that is created at `now`, before its first occurrence.
    pub(super) fn not_yet(settings: &ReviewSettings, now: Timestamp) -> Self {
        let soon = now.checked_add(START_UP).unwrap_or(Timestamp::MAX);
        let day = TimeZone::UTC.to_timestamp(settings.recurrence.start.at(0, 0, 0, 0)).ok();
        Self { first: day.map_or(soon, |day| day.max(soon)), last: None, times: 0 }
    }
}

impl ReviewDefinition {
    /// Returns the time when the next occurrence begins by itself; nothing if there is none, or if it begins when its
    /// predecessor is completed: a resource that the scope names has its next instance then (the tutorial on reviewing role
    /// assignments), and groups are enumerated when the time has come.
    pub(super) fn next_occurrence(&self) -> Option<Timestamp> {
        match self.scope.resources {
            ReviewedResources::One(_) if self.begun.last.is_some() => None,
            ReviewedResources::One(_) | ReviewedResources::EachGroup(_) => self.next_start(),
        }
    }

    /// Begins the first occurrence of a new definition, unless its groups are to be enumerated on a later day.
    pub(super) fn begin_first(&mut self, now: Timestamp, directory: &Directory, ids: &mut Ids) {
        let soon = now.checked_add(START_UP).unwrap_or(Timestamp::MAX);
        if matches!(self.scope.resources, ReviewedResources::One(_)) || self.begun.first <= soon {
            self.begin(now, self.begun.first, directory, ids);
        }
    }

    /// Begins the next occurrence at `now`, with an instance a resource.
    pub(super) fn begin(&mut self, now: Timestamp, start: Timestamp, directory: &Directory, ids: &mut Ids) {
        let resources = self.scope.resources_at(directory, now);
        let named = matches!(self.scope.resources, ReviewedResources::One(_)).then_some(self.id);
        // A review that happens once, and of one thing, has an instance with its own id.
        let own = named.filter(|_| self.settings.recurrence.every.is_none());
        self.begin_with(now, start, &resources, |_| own.unwrap_or_else(|| ids.fresh()));
    }

    fn begin_with(
        &mut self,
        since: Timestamp,
        start: Timestamp,
        resources: &[ReviewedResource],
        mut id_of: impl FnMut(ReviewedResource) -> Uuid,
    ) {
        self.begun.last = Some(start);
        self.begun.times += 1;
        let Ok(end) = end_of(&self.settings, &self.stages, start, self.rules) else { return };
        for resource in resources {
            let instance = self.instance(id_of(*resource), *resource, Life::new(since, start, end));
            self.instances.push(instance);
        }
    }

    /// Begins the occurrence that waits for its start again, as the definition is now; its instances keep their ids.
    pub(super) fn begin_anew(&mut self, now: Timestamp, waiting: &[Instance], directory: &Directory, ids: &mut Ids) {
        let Some(first) = waiting.first() else { return };
        self.begun.times = self.begun.times.saturating_sub(1);
        let resources = self.scope.resources_at(directory, now);
        let alone = waiting.len() == 1 && resources.len() == 1;
        let id_of = |resource: ReviewedResource| {
            let same = waiting.iter().find(|instance| alone || instance.resource == resource);
            same.map_or_else(|| ids.fresh(), |instance| instance.id)
        };
        self.begin_with(first.life.since(), first.life.start, &resources, id_of);
    }

    /// Takes the instances of the last occurrence out if none of them has started yet.
    pub(super) fn take_waiting(&mut self) -> Vec<Instance> {
        let waits = |instance: &Instance| {
            instance.occurrence == self.begun.times && instance.life.status() == ReviewStatus::NotStarted
        };
        let waiting = self.instances.iter().rev().take_while(|instance| waits(instance)).count();
        self.instances.split_off(self.instances.len() - waiting)
    }

    /// Begins the next occurrence of a thing that the scope names: when one of its instances is completed.
    pub(super) fn follow(&mut self, completed: u32, now: Timestamp, directory: &Directory, ids: &mut Ids) {
        if completed == self.begun.times
            && matches!(self.scope.resources, ReviewedResources::One(_))
            && let Some(start) = self.next_start()
        {
            self.begin(now, start, directory, ids);
        }
    }

    /// Returns the start of the next occurrence. A replaced number counts the occurrences that there already are.
    fn next_start(&self) -> Option<Timestamp> {
        if self.is_history {
            return None;
        }
        let Some(last) = self.begun.last else { return Some(self.begun.first) };
        let recurrence = &self.settings.recurrence;
        if recurrence.occurrences.is_some_and(|most| self.begun.times >= most) {
            return None;
        }
        let from = match self.rules.next {
            NextOccurrence::OnSchedule => last,
            NextOccurrence::AfterEnd => end_of(&self.settings, &self.stages, last, self.rules).ok()?,
        };
        let start = next_after(from, recurrence.every?)?;
        let too_late = recurrence.end.is_some_and(|end| TimeZone::UTC.to_datetime(start).date() > end);
        (!too_late).then_some(start)
    }

    pub(super) fn instance(&self, id: Uuid, resource: ReviewedResource, life: Life) -> Instance {
        let sent = |name: &str| self.sent_property(name).cloned().unwrap_or_default();
        Instance {
            id,
            life,
            settings: self.settings.clone(),
            occurrence: self.begun.times,
            resource,
            principals: self.scope.principals.clone(),
            sent_scope: of_instance(sent("scope"), resource),
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
            applied_by: None,
            resource_name: "".into(),
        }
    }
}

/// Returns the end of an instance that starts at `start`: a one-time review ends on its last day, a recurring one after its
/// duration, and before the next one starts (Entra documentation, "Create an access review": durations are limited so that
/// reviews do not overlap); one with stages when the last stage does.
pub(super) fn end_of(
    settings: &ReviewSettings,
    stages: &[StageSettings],
    start: Timestamp,
    rules: SeriesRules,
) -> Result<Timestamp, Refusal> {
    let too_late = || bad_request("The review ends too late.");
    let staged: i32 = stages.iter().map(|stage| stage.duration_days).sum();
    if !stages.is_empty() {
        return later(start, staged.days()).ok_or_else(too_late);
    }
    let recurrence = &settings.recurrence;
    let days = settings.duration_days;
    match (recurrence.every, recurrence.end) {
        (None, Some(last)) => end_on(last, start, rules.end_hour),
        (None, None) if days < 1 => Err(bad_request("settings.instanceDurationInDays has to be positive.")),
        (None, None) => later(start, days.days()).ok_or_else(too_late),
        (Some(every), _) => {
            let end = later(start, days.days()).ok_or_else(too_late)?;
            match rules.next {
                NextOccurrence::OnSchedule => Ok(next_after(start, every).map_or(end, |next| end.min(next))),
                NextOccurrence::AfterEnd => Ok(end),
            }
        }
    }
}

fn end_on(last: Date, start: Timestamp, end_hour: i8) -> Result<Timestamp, Refusal> {
    let end =
        TimeZone::UTC.to_timestamp(last.at(end_hour, 0, 0, 0)).map_err(|_| bad_request("The review ends too late."))?;
    if end > start {
        return Ok(end);
    }
    Err(bad_request("The review ends before it starts: recurrence.range.endDate is too early."))
}

/// Returns the start of the occurrence after one that started at `time`: at the same time of the day.
fn next_after(time: Timestamp, every: Every) -> Option<Timestamp> {
    match every {
        Every::Weeks(weeks) => later(time, weeks.weeks()),
        Every::Months { months, day } => {
            let first = TimeZone::UTC.to_datetime(time).first_of_month().checked_add(months.months()).ok()?;
            let day = first.with().day(day.min(first.days_in_month())).build().ok()?;
            TimeZone::UTC.to_timestamp(day).ok()
        }
    }
}

/// The moment that lies a span of the calendar after another, in UTC.
pub(super) fn later(time: Timestamp, span: Span) -> Option<Timestamp> {
    let day = TimeZone::UTC.to_datetime(time).checked_add(span).ok()?;
    TimeZone::UTC.to_timestamp(day).ok()
}
