//! Reviews as JSON, in the shapes that the tutorial's page prints.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::directory::Directory;
use crate::odata::{GRAPH, moment};

use super::scope;
use super::settings::{self, ReviewerScope};
use super::stages::Stage;
use super::{ApplyResult, Instance, Item, Recommendation, ReviewDefinition, ReviewPerson};

/// The context of what belongs to an instance, e.g. `identityGovernance/…/instances('…')/decisions`.
pub fn instance_context(definition: Uuid, instance: Uuid, rest: &str) -> String {
    format!("identityGovernance/accessReviews/definitions('{definition}')/instances('{instance}'){rest}")
}

impl ReviewDefinition {
    /// The definition. Right after it was created scopes and times are not shown yet: `created` says so.
    pub fn to_json(&self, created: bool) -> Map<String, Value> {
        let text = |name: &str| self.sent_property(name).cloned().unwrap_or_default();
        let shown_scope = |name: &str| match self.sent_property(name).filter(|scope| !scope.is_null()) {
            None => Value::Null,
            Some(sent) if created => scope::when_created(sent),
            Some(sent) => scope::rewritten(sent),
        };
        let time = |time: Option<Timestamp>| if created { Value::Null } else { time.map_or(Value::Null, moment) };
        let mut shown = Map::with_capacity(20);
        let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
        put("id", json!(self.id));
        put("displayName", text("displayName"));
        put("createdDateTime", time(Some(self.created)));
        put("lastModifiedDateTime", time(self.modified));
        put("status", json!(self.status().word()));
        put("descriptionForAdmins", text("descriptionForAdmins"));
        put("descriptionForReviewers", text("descriptionForReviewers"));
        put("createdBy", person(Some(&self.created_by)));
        put("scope", shown_scope("scope"));
        put("instanceEnumerationScope", shown_scope("instanceEnumerationScope"));
        put("reviewers", ReviewerScope::rewritten(self.sent_property("reviewers")));
        put("fallbackReviewers", ReviewerScope::rewritten(self.sent_property("fallbackReviewers")));
        put("settings", settings::to_json(self.sent_property("settings").unwrap_or(&Value::Null)));
        if let Some(stages) = self.sent_property("stageSettings") {
            put("stageSettings", stages.clone());
        }
        let recipients =
            self.sent_property("additionalNotificationRecipients").filter(|recipients| recipients.is_array());
        put("additionalNotificationRecipients", recipients.cloned().unwrap_or_else(|| json!([])));
        shown
    }
}

impl Instance {
    /// The instance.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut shown = Map::with_capacity(10);
        let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
        put("id", json!(self.id));
        put("startDateTime", moment(self.life.start));
        put("endDateTime", moment(self.life.end));
        put("status", json!(self.life.status().word()));
        put("scope", scope::rewritten(&self.sent_scope));
        put("reviewers", ReviewerScope::rewritten(Some(&self.sent_reviewers)));
        put("fallbackReviewers", ReviewerScope::rewritten(Some(&self.sent_fallback)));
        shown
    }

    /// An item of it.
    pub fn shown_item(&self, item: &Item, directory: &Directory) -> Map<String, Value> {
        let time = |time: Option<Timestamp>| time.map_or(Value::Null, moment);
        let set = if item.is_group { "groups" } else { "users" };
        let (result, applied) = item.applied.map_or(("New", None), |(result, when)| (result.word(), Some(when)));
        let reviewed = item.reviewed.as_ref();
        let mut shown = Map::with_capacity(20);
        let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
        put("id", json!(item.id));
        put("accessReviewId", json!(self.id));
        put("reviewedDateTime", time(reviewed.and_then(|(_, when)| *when)));
        put("decision", json!(item.decision.word()));
        put("justification", json!(item.justification));
        put("appliedDateTime", time(applied));
        put("applyResult", json!(result));
        put("recommendation", json!(item.recommendation.word()));
        put("principalLink", json!(format!("{GRAPH}/v1.0/{set}/{}", item.principal.id)));
        put("resourceLink", json!(self.resource.link()));
        put("reviewedBy", person(reviewed.and_then(|(by, _)| by.as_ref())));
        put("appliedBy", person(self.applied_by.as_ref().filter(|_| applied.is_some())));
        put("resource", self.resource.to_json(&self.resource_name));
        put("principal", principal(item, directory));
        shown
    }

    /// A stage of it, at its place.
    pub fn shown_stage(&self, place: usize, stage: &Stage) -> Map<String, Value> {
        let (reviewers, fallback) = self.stage_reviewers(place);
        let mut shown = Map::with_capacity(8);
        let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
        put("id", json!(stage.id));
        put("startDateTime", moment(stage.start));
        put("endDateTime", moment(stage.end));
        put("status", json!(stage.status()));
        put("reviewers", ReviewerScope::rewritten(Some(reviewers)));
        put("fallbackReviewers", ReviewerScope::rewritten(Some(fallback)));
        shown
    }
}

impl Recommendation {
    /// The recommendation of a word, as Graph writes it.
    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Approve, Self::Deny, Self::NoInfoAvailable].into_iter().find(|known| known.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Approve => "Approve",
            Self::Deny => "Deny",
            Self::NoInfoAvailable => "NoInfoAvailable",
        }
    }
}

impl ApplyResult {
    /// The result of a word, as Graph writes it.
    pub(super) fn parse(word: &str) -> Option<Self> {
        let all = [
            Self::AppliedSuccessfully,
            Self::AppliedSuccessfullyButObjectNotFound,
            Self::AppliedWithUnknownFailure,
            Self::ApplyNotSupported,
        ];
        all.into_iter().find(|known| known.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::AppliedSuccessfully => "AppliedSuccessfully",
            Self::AppliedSuccessfullyButObjectNotFound => "AppliedSuccessfullyButObjectNotFound",
            Self::AppliedWithUnknownFailure => "AppliedWithUnknownFailure",
            Self::ApplyNotSupported => "ApplyNotSupported",
        }
    }
}

/// A contacted reviewer (`accessReviewReviewer`).
pub fn contacted((person, when): &(ReviewPerson, Timestamp)) -> Map<String, Value> {
    let mut shown = Map::with_capacity(4);
    shown.insert("id".to_owned(), json!(person.id));
    shown.insert("displayName".to_owned(), json!(&*person.name));
    shown.insert("userPrincipalName".to_owned(), json!(&*person.principal_name));
    shown.insert("createdDateTime".to_owned(), moment(*when));
    shown
}

/// Returns who did something (`userIdentity`); nobody has the zero GUID and no name.
fn person(person: Option<&ReviewPerson>) -> Value {
    let (id, name, principal_name) =
        person.map_or((Uuid::nil(), "", ""), |person| (person.id, &*person.name, &*person.principal_name));
    json!({"id": id, "displayName": name, "type": null, "userPrincipalName": principal_name})
}

/// A principal: a user with its last sign-in, in the service's own way to write it; a group as a bare identity.
fn principal(item: &Item, directory: &Directory) -> Value {
    let ReviewPerson { id, name, principal_name } = &item.principal;
    if item.is_group {
        return json!({"id": id, "displayName": &**name, "type": "group"});
    }
    let signed_in = directory.users().get(id).and_then(|user| user.last_sign_in);
    let signed_in = signed_in.map_or_else(String::new, |time| {
        TimeZone::UTC.to_datetime(time).strftime("%-m/%-d/%Y %-I:%M:%S %p +00:00").to_string()
    });
    json!({
        "@odata.type": "#microsoft.graph.userIdentity",
        "id": id,
        "displayName": &**name,
        "type": "user",
        "userPrincipalName": &**principal_name,
        "lastUserSignInDateTime": signed_in,
    })
}
