//! Access reviews: definitions, their instances and stages, decisions, and what a review does when time passes.

mod area;
mod begin;
mod complete;
mod decide;
mod definition;
pub mod lifecycle;
mod my_access;
pub(crate) mod needs;
pub mod resource;
mod routes;
pub mod scope;
mod seed;
mod series;
pub mod settings;
mod shown;
mod sources;
mod stages;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::areas::directory::Directory;
use crate::http::Refusal;
use crate::ids::Ids;
use crate::mail::Outbox;

pub(crate) use area::ReviewsArea;
#[cfg(test)]
pub(crate) use area::denied;
pub use decide::DecisionBatch;
pub use definition::NewDefinition;
use lifecycle::{Life, ReviewStatus};
use resource::ReviewedResource;
use scope::{Principals, ReviewScope};
use series::BegunOccurrences;
pub use series::{NextOccurrence, SeriesRules};
use settings::{ReviewSettings, ReviewerScope};
pub use shown::{contacted, instance_context};

/// All access reviews of a tenant.
#[derive(Clone, Debug, Default)]
pub struct Reviews {
    definitions: IndexMap<Uuid, ReviewDefinition>,
    /// The rules for the end of occurrences and the start of the next ones.
    rules: SeriesRules,
    /// Whether group owners make and manage reviews of the groups that they own (`accessReviewPolicy`).
    is_owner_managed: bool,
    /// The time of the next transition; nothing if not known, so that it has to be looked for.
    due: Option<Due>,
}

/// The time of the next transition; nothing if there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Due(Option<Timestamp>);

/// `accessReviewScheduleDefinition`
#[derive(Clone, Debug)]
pub struct ReviewDefinition {
    /// Its id; a one-time review's instance has the same.
    pub id: Uuid,
    /// The properties that were sent, by the names of the CSDL type.
    sent: Map<String, Value>,
    /// The person who created it.
    pub created_by: ReviewPerson,
    /// The time of creation.
    pub created: Timestamp,
    /// The time when it was last replaced.
    modified: Option<Timestamp>,
    scope: ReviewScope,
    settings: ReviewSettings,
    /// The rules for the end of its occurrences and the start of the next ones.
    rules: SeriesRules,
    reviewers: Vec<ReviewerScope>,
    fallback: Vec<ReviewerScope>,
    stages: Vec<stages::StageSettings>,
    begun: BegunOccurrences,
    /// Its instances, oldest first; those of the last occurrence are the current ones.
    pub instances: Vec<Instance>,
    /// So many of the oldest instances rest: nothing happens in them by itself any more.
    settled: usize,
    /// Whether a seed planted it: it does not begin again by itself.
    is_history: bool,
}

/// `accessReviewInstance`
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its id.
    pub id: Uuid,
    /// Its status, and the transitions that lie ahead.
    pub life: Life,
    /// The settings with which it was created: replacing the definition does not change an instance.
    settings: ReviewSettings,
    /// The occurrence of the definition that it belongs to: 1 for the first one.
    occurrence: u32,
    resource: ReviewedResource,
    principals: Principals,
    sent_scope: Value,
    sent_reviewers: Value,
    sent_fallback: Value,
    reviewers: Vec<ReviewerScope>,
    fallback: Vec<ReviewerScope>,
    /// The people who were asked to review, and when; in order.
    contacted: Vec<(ReviewPerson, Timestamp)>,
    /// The ids of all who review or reviewed an item of it.
    known_reviewers: HashSet<Uuid>,
    /// One item a principal.
    items: Vec<Item>,
    /// The places of the items by their ids.
    places: HashMap<Uuid, usize>,
    /// Stages that have begun, oldest first.
    stages: Vec<stages::Stage>,
    stage_settings: Vec<stages::StageSettings>,
    /// The time when reviewers are reminded.
    remind: Option<Timestamp>,
    /// The person who asked to apply its decisions; nobody if the service does so by itself.
    applied_by: Option<ReviewPerson>,
    /// The name of the resource when it began.
    resource_name: Arc<str>,
}

/// `accessReviewInstanceDecisionItem`
#[derive(Clone, Debug)]
pub struct Item {
    /// Its id.
    pub id: Uuid,
    /// The principal whose access it is about, as they were called when the review began.
    pub principal: ReviewPerson,
    /// Whether the principal is a group.
    is_group: bool,
    /// The decision.
    pub decision: Decision,
    justification: String,
    /// The person who decided, and the time; nobody has a name if the service did.
    reviewed: Option<(Option<ReviewPerson>, Option<Timestamp>)>,
    recommendation: Recommendation,
    /// The result of applying it, and the time.
    applied: Option<(ApplyResult, Timestamp)>,
    /// The people who may decide.
    reviewers: Reviewers,
    /// The stage that it is in; the last one that it reached.
    stage: usize,
}

/// Somebody as they were called at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewPerson {
    /// The object id.
    pub id: Uuid,
    /// The display name.
    pub name: Arc<str>,
    /// The principal name; empty for a group.
    pub principal_name: Arc<str>,
}

/// The decision that a reviewer records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing yet.
    NotReviewed,
    /// Access is kept.
    Approve,
    /// Access is removed.
    Deny,
    /// Access is kept: the reviewer does not know.
    DontKnow,
}

/// The recommendation of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recommendation {
    Approve,
    Deny,
    NoInfoAvailable,
}

/// The result of applying a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ApplyResult {
    AppliedSuccessfully,
    AppliedSuccessfullyButObjectNotFound,
    /// Only a seed has it.
    AppliedWithUnknownFailure,
    ApplyNotSupported,
}

/// The people who may decide about an item.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reviewers {
    /// The principal.
    Oneself,
    /// These users.
    These(Arc<[Uuid]>),
}

impl Reviewers {
    fn include(&self, principal: Uuid, user: Uuid) -> bool {
        match self {
            Self::Oneself => principal == user,
            Self::These(users) => users.contains(&user),
        }
    }
}

impl Decision {
    /// The decision of a word, as Graph writes it.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "NotReviewed" => Self::NotReviewed,
            "Approve" => Self::Approve,
            "Deny" => Self::Deny,
            "DontKnow" => Self::DontKnow,
            _ => return None,
        })
    }

    /// As Graph writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotReviewed => "NotReviewed",
            Self::Approve => "Approve",
            Self::Deny => "Deny",
            Self::DontKnow => "DontKnow",
        }
    }
}

/// The parts of the tenant that transitions read and change beside the reviews.
pub struct ReviewSurroundings<'a> {
    /// The directory with the memberships that are reviewed and removed.
    pub directory: &'a mut Directory,
    /// The outbox that notifications go to.
    pub mail: &'a mut Outbox,
    /// The source of new ids.
    pub ids: &'a mut Ids,
}

impl Reviews {
    /// A tenant's reviews before there are any.
    pub fn new(rules: SeriesRules) -> Self {
        Self { rules, ..Self::default() }
    }

    /// All definitions, oldest first.
    pub fn definitions(&self) -> &IndexMap<Uuid, ReviewDefinition> {
        &self.definitions
    }

    /// A definition.
    ///
    /// # Errors
    ///
    /// 404 if there is none of this id.
    pub fn definition(&self, key: &str) -> Result<&ReviewDefinition, Refusal> {
        let id: Option<Uuid> = key.parse().ok();
        id.and_then(|id| self.definitions.get(&id)).ok_or_else(|| not_found("definition", key))
    }

    /// An instance of a definition, to be read.
    ///
    /// # Errors
    ///
    /// 404 if there is none of this id.
    pub fn instance(&self, definition: &str, key: &str) -> Result<&Instance, Refusal> {
        let definition = self.definition(definition)?;
        let id: Option<Uuid> = key.parse().ok();
        let found = definition.instances.iter().find(|instance| Some(instance.id) == id);
        found.ok_or_else(|| not_found("instance", key))
    }

    /// An instance of a definition, to be changed. What happens next has to be found again after that.
    ///
    /// # Errors
    ///
    /// 404 if there is none of this id.
    pub fn instance_mut(&mut self, definition: &str, key: &str) -> Result<&mut Instance, Refusal> {
        self.due = None;
        let id: Option<Uuid> = definition.parse().ok();
        let definition =
            id.and_then(|id| self.definitions.get_mut(&id)).ok_or_else(|| not_found("definition", definition))?;
        // Who changes an instance may wake it.
        definition.settled = 0;
        let id: Option<Uuid> = key.parse().ok();
        let found = definition.instances.iter_mut().find(|instance| Some(instance.id) == id);
        found.ok_or_else(|| not_found("instance", key))
    }

    /// Removes a definition with its instances and decisions.
    ///
    /// # Errors
    ///
    /// 404 if there is none of this id.
    pub fn delete(&mut self, key: &str) -> Result<(), Refusal> {
        let id = self.definition(key)?.id;
        self.definitions.shift_remove(&id);
        self.due = None;
        Ok(())
    }

    /// Applies every transition due by `now`, in order.
    pub fn advance(&mut self, now: Timestamp, around: &mut ReviewSurroundings<'_>) {
        loop {
            let due = *self.due.get_or_insert_with(|| Due(next_of(&self.definitions).map(|(due, ..)| due)));
            if due.0.is_none_or(|due| due > now) {
                return;
            }
            self.due = None;
            if let Some((due, definition, event)) = next_of(&self.definitions)
                && let Some((_, definition)) = self.definitions.get_index_mut(definition)
            {
                match event {
                    ReviewEvent::Occurrence => definition.begin(due, due, around.directory, around.ids),
                    ReviewEvent::Instance(index) => definition.happen(index, due, around),
                }
                definition.settle();
            }
        }
    }

    /// Returns the time of the next transition.
    pub fn next_due(&mut self) -> Option<Timestamp> {
        self.due.get_or_insert_with(|| Due(next_of(&self.definitions).map(|(due, ..)| due))).0
    }
}

/// A transition of a definition that happens by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ReviewEvent {
    /// Its next occurrence begins, for which groups are enumerated.
    Occurrence,
    /// The next thing in one of its instances.
    Instance(usize),
}

/// Returns the next transition: its time, the place of its definition, and the event.
fn next_of(definitions: &IndexMap<Uuid, ReviewDefinition>) -> Option<(Timestamp, usize, ReviewEvent)> {
    let events = definitions.values().enumerate().flat_map(|(place, definition)| {
        let occurrence = definition.next_occurrence().map(|due| (due, place, ReviewEvent::Occurrence));
        let instances = definition.instances.iter().enumerate().skip(definition.settled);
        let instances = instances
            .filter_map(move |(index, instance)| Some((instance.next_due()?, place, ReviewEvent::Instance(index))));
        occurrence.into_iter().chain(instances)
    });
    events.min()
}

impl ReviewDefinition {
    /// The status: that of the current instance; where there are several, of the one that has come least far.
    pub fn status(&self) -> ReviewStatus {
        let current = self.instances.iter().rev();
        let current = current
            .take_while(|instance| Some(instance.occurrence) == self.instances.last().map(|last| last.occurrence));
        current.map(|instance| instance.life.status()).min().unwrap_or(ReviewStatus::NotStarted)
    }

    /// Returns whether `user` reviews one of its instances.
    pub fn is_reviewed_by(&self, user: Uuid) -> bool {
        self.instances.iter().any(|instance| instance.is_reviewed_by(user))
    }

    /// Counts the oldest instances that rest, so that a long series costs no more than a short one.
    fn settle(&mut self) {
        while self.instances.get(self.settled).is_some_and(|instance| instance.next_due().is_none()) {
            self.settled += 1;
        }
    }

    /// Applies the one transition that is due in an instance at `due`.
    fn happen(&mut self, index: usize, due: Timestamp, around: &mut ReviewSurroundings<'_>) {
        let instance = &mut self.instances[index];
        if instance.remind.is_some_and(|at| at <= due) {
            instance.remind = None;
            instance.send_reminders(due, around.mail);
            return;
        }
        if instance.stage_ends(due) {
            instance.next_stage(due, around);
            return;
        }
        let Some((when, status)) = instance.life.step(due, instance.settings.rules()) else { return };
        match status {
            ReviewStatus::Initializing => instance.discover(when, around),
            ReviewStatus::Starting => instance.contact(when, around),
            ReviewStatus::InProgress => instance.open(when, around),
            ReviewStatus::Completing => instance.close_stages(when),
            ReviewStatus::AutoReviewed => instance.record_defaults(when),
            ReviewStatus::Applied => instance.apply_decisions(when, around.directory),
            ReviewStatus::Completed => {
                let occurrence = instance.occurrence;
                self.follow(occurrence, when, around.directory, around.ids);
            }
            ReviewStatus::NotStarted | ReviewStatus::AutoReviewing | ReviewStatus::Applying => {}
        }
    }
}

impl Instance {
    /// Returns the time of its next transition.
    fn next_due(&self) -> Option<Timestamp> {
        let life = self.life.next(self.settings.rules()).map(|(due, _)| due);
        [life, self.remind, self.stage_due()].into_iter().flatten().min()
    }

    /// Its items.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Returns the people who were asked to review, and when.
    pub fn contacted(&self) -> &[(ReviewPerson, Timestamp)] {
        &self.contacted
    }

    /// Returns whether `user` reviews one of its items.
    pub fn is_reviewed_by(&self, user: Uuid) -> bool {
        self.known_reviewers.contains(&user)
    }

    /// The places of the items that `user` reviews.
    pub fn items_of(&self, user: Uuid) -> Vec<usize> {
        let items = self.items.iter().enumerate();
        items.filter(|(_, item)| item.reviewers.include(item.principal.id, user)).map(|(place, _)| place).collect()
    }

    /// An item.
    ///
    /// # Errors
    ///
    /// 404 if there is none of this id.
    pub fn item(&self, key: &str) -> Result<&Item, Refusal> {
        let id: Option<Uuid> = key.parse().ok();
        let place = id.and_then(|id| self.places.get(&id)).ok_or_else(|| not_found("decision", key))?;
        Ok(&self.items[*place])
    }
}

impl Item {
    /// Returns whether `user` may decide about it.
    pub fn is_reviewed_by(&self, user: Uuid) -> bool {
        self.reviewers.include(self.principal.id, user)
    }
}

/// 404 in the words of the access reviews service.
fn not_found(what: &str, key: &str) -> Refusal {
    let shown: String = key.chars().take(120).collect();
    Refusal::new(404, "NotFound", format!("No access review {what} with the id '{shown}' was found."))
}
