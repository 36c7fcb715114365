//! What a seed says about access reviews: definitions with the instances and decisions that they had.
//!
//! What lies in the past stays as it is planted: nothing happens in an instance whose period is over, however odd its status,
//! and a planted definition does not begin again. So a seed can hold what no review would come to by itself.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use graphwalk_schema::Schemas;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::areas::Plant;
use crate::areas::directory::{Directory, ObjectRef};
use crate::http::Refusal;
use crate::seed::{SeedDocument, SeedError, invalid};
use crate::tenant::Tenant;

use super::area::split;
use super::definition::{NewDefinition, read, read_with};
use super::lifecycle::{Life, ReviewStatus};
use super::resource::ReviewedResource;
use super::scope::{ReviewScope, ReviewedResources};
use super::series::{BegunOccurrences, SeriesRules};
use super::{
    ApplyResult, Decision, Due, Instance, Item, Recommendation, ReviewDefinition, ReviewPerson, ReviewSurroundings,
    Reviewers,
};

/// The sections of access reviews.
pub(super) const SECTIONS: &[&str] = &["accessReviews"];

/// Reads the sections.
pub(super) fn read_seed(document: &SeedDocument<'_>) -> Result<Option<Arc<dyn Plant>>, SeedError> {
    Ok(Some(Arc::new(document.read::<ReviewsSeed>()?)))
}

#[derive(Clone, Deserialize)]
struct ReviewsSeed {
    #[serde(default, rename = "accessReviews")]
    reviews: Vec<SeedReview>,
}

/// A definition: beside what stands here the properties that a request which creates one has.
#[derive(Clone, Deserialize)]
#[serde(expecting = "an access review, a map of properties", rename_all = "camelCase")]
struct SeedReview {
    id: Option<Uuid>,
    created_by: Option<String>,
    created_date_time: Option<Timestamp>,
    #[serde(default)]
    instances: Vec<SeedInstance>,
    #[serde(flatten)]
    properties: Map<String, Value>,
}

#[derive(Clone, Deserialize)]
#[serde(expecting = "an instance, a map of properties", deny_unknown_fields, rename_all = "camelCase")]
struct SeedInstance {
    id: Option<Uuid>,
    start_date_time: Timestamp,
    end_date_time: Timestamp,
    status: String,
    /// Of a review of several groups the one that it is about.
    group: Option<String>,
    #[serde(default)]
    contacted: Vec<String>,
    #[serde(default)]
    decisions: Vec<SeedDecision>,
    /// The decision about everybody else who is in scope as the tenant begins.
    others: Option<SeedVerdict>,
}

#[derive(Clone, Deserialize)]
#[serde(expecting = "a decision, a map of properties")]
struct SeedDecision {
    principal: SeedPrincipal,
    #[serde(flatten)]
    verdict: SeedVerdict,
}

/// A user or group by its name, or as it was called that is no more.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
enum SeedPrincipal {
    Named(String),
    #[serde(rename_all = "camelCase")]
    Gone {
        id: Uuid,
        display_name: String,
        #[serde(default)]
        user_principal_name: String,
    },
}

#[derive(Clone, Deserialize)]
#[serde(expecting = "a decision, a map of properties", rename_all = "camelCase")]
struct SeedVerdict {
    decision: String,
    #[serde(default)]
    justification: String,
    recommendation: Option<String>,
    reviewed_by: Option<String>,
    reviewed_date_time: Option<Timestamp>,
    apply_result: Option<String>,
    applied_date_time: Option<Timestamp>,
}

impl Plant for ReviewsSeed {
    fn plant(&self, tenant: &mut Tenant, schemas: &Schemas, now: Timestamp) -> Result<(), SeedError> {
        let administrator = tenant.identity.administrator;
        let (reviews, mut around) = split(tenant);
        for (index, seed) in self.reviews.iter().enumerate() {
            let pointer = format!("/accessReviews/{index}");
            let planting = Planting { schemas, now, rules: reviews.rules, administrator, pointer };
            let definition = planting.definition(seed, &mut around)?;
            if reviews.definitions.insert(definition.id, definition).is_some() {
                return Err(invalid(format!("/accessReviews/{index}/id"), "the id is taken"));
            }
        }
        reviews.due = None::<Due>;
        Ok(())
    }
}

struct Planting<'a> {
    schemas: &'a Schemas,
    now: Timestamp,
    rules: SeriesRules,
    administrator: Uuid,
    pointer: String,
}

impl Planting<'_> {
    fn definition(
        &self,
        seed: &SeedReview,
        around: &mut ReviewSurroundings<'_>,
    ) -> Result<ReviewDefinition, SeedError> {
        let at = |part: &str| format!("{}{part}", self.pointer);
        let checked = self.schemas.check_type(REVIEW, false, &Value::Object(seed.properties.clone()));
        let findings = checked.map_err(|error| invalid(at(""), error.to_string()))?;
        // The id stands beside the properties.
        if let Some(wrong) = findings.violations.iter().find(|finding| finding.pointer != "/id") {
            return Err(invalid(at(&wrong.pointer), format!("expected {}, got {}", wrong.expected, wrong.found)));
        }
        let directory = &*around.directory;
        let by = match &seed.created_by {
            Some(name) => person(directory, name, &at("/createdBy"))?,
            None => person(directory, &self.administrator.to_string(), &at("/createdBy"))?,
        };
        let created = seed.created_date_time.unwrap_or(self.now);
        let today = TimeZone::UTC.to_datetime(created).date();
        let new = NewDefinition { by, now: created, directory };
        let refused = |refusal: Refusal| invalid(at(""), refusal.message);
        let parts = read(&seed.properties, today, directory).or_else(|refusal| match refusal.status {
            // What is past can be read, whatever it was about.
            501 => read_with(&seed.properties, today, ReviewScope::of_nobody()),
            _ => Err(refusal),
        });
        let parts = parts.map_err(refused)?;
        let mut definition = ReviewDefinition {
            id: seed.id.unwrap_or_else(|| around.ids.fresh()),
            sent: seed.properties.clone(),
            created_by: new.by,
            created,
            modified: None,
            begun: BegunOccurrences::not_yet(&parts.settings, created),
            scope: parts.scope,
            settings: parts.settings,
            rules: self.rules,
            reviewers: parts.reviewers,
            fallback: parts.fallback,
            stages: parts.stages,
            instances: Vec::new(),
            settled: 0,
            is_history: true,
        };
        for (place, instance) in seed.instances.iter().enumerate() {
            let pointer = at(&format!("/instances/{place}"));
            let planted = self.instance(&mut definition, instance, around, &pointer)?;
            definition.instances.push(planted);
        }
        Ok(definition)
    }

    fn instance(
        &self,
        definition: &mut ReviewDefinition,
        seed: &SeedInstance,
        around: &mut ReviewSurroundings<'_>,
        pointer: &str,
    ) -> Result<Instance, SeedError> {
        let Some(status) = ReviewStatus::parse(&seed.status) else {
            return Err(invalid(format!("{pointer}/status"), format!("'{}' is not a status", seed.status)));
        };
        let resource = match (&definition.scope.resources, &seed.group) {
            (ReviewedResources::One(resource), _) => *resource,
            (ReviewedResources::EachGroup(_), Some(name)) => {
                ReviewedResource::Group(group(around.directory, name, pointer)?)
            }
            (ReviewedResources::EachGroup(_), None) => {
                return Err(invalid(format!("{pointer}/group"), "the review is of several groups: name the one"));
            }
        };
        definition.begun.times += 1;
        definition.begun.last = Some(seed.start_date_time);
        // A review that happens once, and of one thing, has an instance with its own id.
        let own = (definition.settings.recurrence.every.is_none()
            && matches!(definition.scope.resources, ReviewedResources::One(_)))
        .then_some(definition.id);
        let id = seed.id.or(own).unwrap_or_else(|| around.ids.fresh());
        let rests = seed.end_date_time <= self.now;
        let life = Life::planted(seed.start_date_time, seed.end_date_time, status, rests);
        let mut instance = definition.instance(id, resource, life);
        instance.resource_name = resource.name(around.directory).unwrap_or_default();
        for (place, name) in seed.contacted.iter().enumerate() {
            let who = person(around.directory, name, &format!("{pointer}/contacted/{place}"))?;
            instance.contacted.push((who, seed.start_date_time));
        }
        self.decide(&mut instance, seed, around, pointer)?;
        Ok(instance)
    }

    fn decide(
        &self,
        instance: &mut Instance,
        seed: &SeedInstance,
        around: &mut ReviewSurroundings<'_>,
        pointer: &str,
    ) -> Result<(), SeedError> {
        let mut known = HashSet::new();
        for (place, SeedDecision { principal, verdict }) in seed.decisions.iter().enumerate() {
            let at = format!("{pointer}/decisions/{place}");
            let (who, is_group) = match principal {
                SeedPrincipal::Named(name) => principal_by_name(around.directory, name, &format!("{at}/principal"))?,
                SeedPrincipal::Gone { id, display_name, user_principal_name } => {
                    let (name, principal_name) = (display_name.as_str().into(), user_principal_name.as_str().into());
                    (ReviewPerson { id: *id, name, principal_name }, false)
                }
            };
            known.insert(who.id);
            let item = verdict.item(who, is_group, seed, around, &at)?;
            instance.items.push(item);
        }
        if let Some(verdict) = &seed.others {
            let others = instance.principals.of_resource(instance.resource, around.directory, self.now);
            let at = format!("{pointer}/others");
            // A million of them share what they have in common.
            let mut first: Option<Item> = None;
            for id in others.into_iter().filter(|id| !known.contains(id)) {
                let (principal, is_group) = principal_by_id(around.directory, id, &at)?;
                let item = match &first {
                    Some(first) => Item { id: around.ids.fresh(), principal, is_group, ..first.clone() },
                    None => first.insert(verdict.item(principal, is_group, seed, around, &at)?).clone(),
                };
                instance.items.push(item);
            }
        }
        let places = instance.items.iter().enumerate().map(|(place, item)| (item.id, place));
        instance.places = places.collect::<HashMap<_, _>>();
        instance.known_reviewers = instance.contacted.iter().map(|(person, _)| person.id).collect();
        Ok(())
    }
}

impl SeedVerdict {
    fn item(
        &self,
        principal: ReviewPerson,
        is_group: bool,
        seed: &SeedInstance,
        around: &mut ReviewSurroundings<'_>,
        at: &str,
    ) -> Result<Item, SeedError> {
        let wrong = |part: &str, word: &str| invalid(format!("{at}/{part}"), format!("'{word}' is not known"));
        let decision = Decision::parse(&self.decision).ok_or_else(|| wrong("decision", &self.decision))?;
        let word = self.recommendation.as_deref().unwrap_or("NoInfoAvailable");
        let recommendation = Recommendation::parse(word).ok_or_else(|| wrong("recommendation", word))?;
        let result = match self.apply_result.as_deref() {
            None | Some("New") => None,
            Some(word) => Some(ApplyResult::parse(word).ok_or_else(|| wrong("applyResult", word))?),
        };
        let by = self.reviewed_by.as_deref().map(|name| person(around.directory, name, &format!("{at}/reviewedBy")));
        let by = by.transpose()?;
        let is_reviewed = by.is_some() || self.reviewed_date_time.is_some();
        Ok(Item {
            id: around.ids.fresh(),
            principal,
            is_group,
            decision,
            justification: self.justification.clone(),
            reviewed: is_reviewed.then_some((by, self.reviewed_date_time)),
            recommendation,
            applied: result.map(|result| (result, self.applied_date_time.unwrap_or(seed.end_date_time))),
            reviewers: Reviewers::These(Arc::from([])),
            stage: 0,
        })
    }
}

/// The type of a definition.
const REVIEW: &str = "accessReviewScheduleDefinition";

fn person(directory: &Directory, name: &str, pointer: &str) -> Result<ReviewPerson, SeedError> {
    let user = directory.user(name).map_err(|_| invalid(pointer.to_owned(), format!("there is no user '{name}'")))?;
    Ok(ReviewPerson::from_user(user))
}

fn group(directory: &Directory, name: &str, pointer: &str) -> Result<Uuid, SeedError> {
    let by_name = || directory.groups().values().find(|group| group.name() == name);
    let found = directory.group(name).ok().or_else(by_name).map(|group| group.id);
    found.ok_or_else(|| invalid(format!("{pointer}/group"), format!("there is no group '{name}'")))
}

/// A user or group as it is called now, and whether it is a group.
fn principal_by_name(directory: &Directory, name: &str, pointer: &str) -> Result<(ReviewPerson, bool), SeedError> {
    let id = directory.user(name).map(|user| user.id).or_else(|_| group(directory, name, pointer)).map_err(|_| {
        invalid(
            pointer.to_owned(),
            format!("there is no user or group '{name}': write id and displayName of one that is gone"),
        )
    })?;
    principal_by_id(directory, id, pointer)
}

/// The user or group of an id as it is called now, and whether it is a group.
fn principal_by_id(directory: &Directory, id: Uuid, pointer: &str) -> Result<(ReviewPerson, bool), SeedError> {
    match directory.object(id) {
        Some(ObjectRef::User(user)) => Ok((ReviewPerson::from_user(user), false)),
        Some(ObjectRef::Group(group)) => {
            Ok((ReviewPerson { id, name: group.name().into(), principal_name: "".into() }, true))
        }
        None => Err(invalid(pointer.to_owned(), format!("there is no user or group '{id}'"))),
    }
}
