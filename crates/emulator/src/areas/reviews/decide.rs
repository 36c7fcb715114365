//! Recording decisions, and taking them back.

use jiff::Timestamp;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::http::{Refusal, bad_request};
use crate::mail::Outbox;

use super::lifecycle::{NotNow, ReviewStatus};
use super::settings::ReviewerScope;
use super::{Decision, Instance, Recommendation, ReviewPerson, ReviewSurroundings, Reviews, not_found};

/// The parameters of `batchRecordDecisions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionBatch {
    /// `decision`
    pub decision: Decision,
    /// `justification`
    pub justification: String,
    /// `principalId`: only items about this principal.
    pub principal: Option<Uuid>,
    /// `resourceId`: only items about access to this resource.
    pub resource: Option<Uuid>,
}

impl DecisionBatch {
    /// Reads the parameters.
    ///
    /// # Errors
    ///
    /// 400 if one is missing, unknown or malformed: one that was passed over would decide about every item.
    pub fn parse(body: &Map<String, Value>) -> Result<Self, Refusal> {
        const PARAMETERS: [&str; 4] = ["decision", "justification", "principalId", "resourceId"];
        for (name, value) in body {
            if !PARAMETERS.contains(&name.as_str()) {
                return Err(bad_request(format!("The parameter '{name}' does not exist.")));
            }
            if !(value.is_string() || value.is_null()) {
                return Err(bad_request(format!("The parameter '{name}' has to be a text.")));
            }
        }
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let id = |name: &str| match text(name).filter(|text| !text.is_empty()) {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| bad_request(format!("{name} is no GUID."))),
        };
        Ok(Self {
            decision: decision_of(text("decision"), true)?,
            justification: text("justification").unwrap_or_default().to_owned(),
            principal: id("principalId")?,
            resource: id("resourceId")?,
        })
    }
}

impl Reviews {
    /// Records a decision about one item: PATCH of it, by a reviewer of it.
    ///
    /// # Errors
    ///
    /// 404 if there is no such item, 403 if `by` does not review it, 400 if the period is over, the decision is none or
    /// a justification is missing.
    pub fn record(
        &mut self,
        [definition, instance, item]: [&str; 3],
        body: &Map<String, Value>,
        by: &ReviewPerson,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let instance = self.instance_mut(definition, instance)?;
        let id: Option<Uuid> = item.parse().ok();
        let place = id.and_then(|id| instance.places.get(&id)).copied().ok_or_else(|| not_found("decision", item))?;
        if !instance.items[place].is_reviewed_by(by.id) {
            return Err(Refusal::new(403, "", "Attempted to perform an unauthorized operation."));
        }
        let decision = decision_of(body.get("decision").and_then(Value::as_str), false)?;
        let justification = body.get("justification").and_then(Value::as_str).unwrap_or_default();
        instance.takes_decisions()?;
        if instance.items[place].stage != instance.current_stage() {
            return Err(bad_request("The stage that the decision belongs to is Completed and takes no decisions."));
        }
        instance.is_justified(decision, justification)?;
        instance.write(place, decision, justification, by, now);
        Ok(())
    }
}

impl Instance {
    /// Records one decision about many items; of a user about those that the user reviews, of an app about all.
    ///
    /// # Errors
    ///
    /// 400 if the period is over, a justification is missing, or no item fits.
    pub fn record_batch(
        &mut self,
        batch: &DecisionBatch,
        reviewer: Option<Uuid>,
        by: &ReviewPerson,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        self.takes_decisions()?;
        self.is_justified(batch.decision, &batch.justification)?;
        let (reviewed, stage) = (self.resource.id(), self.current_stage());
        let places = self.items.iter().enumerate().filter(|(_, item)| {
            reviewer.is_none_or(|user| item.is_reviewed_by(user))
                && batch.principal.is_none_or(|principal| item.principal.id == principal)
                && batch.resource.is_none_or(|resource| reviewed == resource)
                && item.stage == stage
        });
        let places: Vec<usize> = places.map(|(place, _)| place).collect();
        if places.is_empty() {
            return Err(bad_request("No decision fits what was asked for."));
        }
        for place in places {
            self.write(place, batch.decision, &batch.justification, by, now);
        }
        Ok(())
    }

    /// Takes the recommendations over for the items that `by` reviews and nobody has decided about.
    ///
    /// # Errors
    ///
    /// 400 if the period is over or recommendations are off.
    pub fn accept_recommendations(&mut self, by: &ReviewPerson, now: Timestamp) -> Result<(), Refusal> {
        self.takes_decisions()?;
        if !self.recommends() {
            return Err(bad_request("Recommendations are not enabled for this review."));
        }
        let stage = self.current_stage();
        for place in self.items_of(by.id) {
            let item = &self.items[place];
            if item.decision != Decision::NotReviewed || item.stage != stage {
                continue;
            }
            let decision = match item.recommendation {
                Recommendation::Approve => Decision::Approve,
                Recommendation::Deny => Decision::Deny,
                Recommendation::NoInfoAvailable => continue,
            };
            self.write(place, decision, "Recommendation accepted", by, now);
        }
        Ok(())
    }

    /// Takes all decisions back.
    ///
    /// # Errors
    ///
    /// 400 if the period is over.
    pub fn reset_decisions(&mut self) -> Result<(), Refusal> {
        self.takes_decisions()?;
        let stage = self.current_stage();
        for item in self.items.iter_mut().filter(|item| item.stage == stage) {
            item.decision = Decision::NotReviewed;
            item.justification.clear();
            item.reviewed = None;
        }
        Ok(())
    }

    /// Ends the period.
    ///
    /// # Errors
    ///
    /// 400 unless it is in progress.
    pub fn stop(&mut self, now: Timestamp) -> Result<(), Refusal> {
        self.life.stop(now).map_err(|error| not_now("stopped", error))?;
        self.remind = None;
        self.close_stages(now);
        Ok(())
    }

    /// Applies the decisions of a review that does not do so by itself.
    ///
    /// # Errors
    ///
    /// 400 unless it is completed and not applied, or if it applies its decisions by itself.
    pub fn apply(&mut self, by: &ReviewPerson, now: Timestamp) -> Result<(), Refusal> {
        if self.settings.auto_apply {
            return Err(bad_request("The decisions of this review are applied automatically."));
        }
        self.life.apply(now).map_err(|error| not_now("applied", error))?;
        self.applied_by = Some(by.clone());
        Ok(())
    }

    /// Reminds the reviewers who have not decided.
    ///
    /// # Errors
    ///
    /// 400 unless it is in progress.
    pub fn remind_now(&self, now: Timestamp, outbox: &mut Outbox) -> Result<(), Refusal> {
        self.takes_decisions()?;
        self.send_reminders(now, outbox);
        Ok(())
    }

    /// Gives an instance other reviewers.
    ///
    /// # Errors
    ///
    /// 400 for a malformed query, a missing scope or if it is not in progress, 409 if a fallback reviewer would be removed.
    pub fn replace_reviewers(
        &mut self,
        body: &Map<String, Value>,
        now: Timestamp,
        around: &mut ReviewSurroundings<'_>,
    ) -> Result<(), Refusal> {
        self.takes_decisions()?;
        if body.get("scope").is_none_or(Value::is_null) {
            return Err(bad_request("scope is required."));
        }
        if let Some(sent) = body.get("fallbackReviewers") {
            let fallback = ReviewerScope::all_of(Some(sent))?;
            if self.fallback.iter().any(|scope| !fallback.contains(scope)) {
                return Err(Refusal::new(409, "Conflict", "Fallback reviewers can be added, but not removed."));
            }
            self.fallback = fallback;
            self.sent_fallback = sent.clone();
        }
        if let Some(sent) = body.get("reviewers") {
            self.reviewers = ReviewerScope::all_of(Some(sent))?;
            self.sent_reviewers = sent.clone();
        }
        self.assign_reviewers(around.directory, self.current_stage());
        self.contact_anew(now, around);
        Ok(())
    }

    fn takes_decisions(&self) -> Result<(), Refusal> {
        if self.life.status() == ReviewStatus::InProgress {
            return Ok(());
        }
        let message = format!("The review is {} and takes no decisions.", self.life.status().word());
        Err(Refusal::new(400, "BadRequest", message))
    }

    fn is_justified(&self, decision: Decision, justification: &str) -> Result<(), Refusal> {
        if self.settings.justification_required && decision == Decision::Approve && justification.trim().is_empty() {
            return Err(bad_request("A justification is required to approve."));
        }
        Ok(())
    }

    fn write(&mut self, place: usize, decision: Decision, justification: &str, by: &ReviewPerson, now: Timestamp) {
        let item = &mut self.items[place];
        item.decision = decision;
        let decided = decision != Decision::NotReviewed;
        if decided { justification } else { "" }.clone_into(&mut item.justification);
        item.reviewed = decided.then(|| (Some(by.clone()), Some(now)));
    }
}

fn decision_of(word: Option<&str>, or_not_reviewed: bool) -> Result<Decision, Refusal> {
    let word = word.ok_or_else(|| bad_request("decision is required."))?;
    let decision = Decision::parse(word).filter(|decision| or_not_reviewed || *decision != Decision::NotReviewed);
    decision.ok_or_else(|| bad_request(format!("'{word}' is not a decision: use Approve, Deny or DontKnow.")))
}

fn not_now(what: &str, NotNow(status): NotNow) -> Refusal {
    bad_request(format!("The review is {} and cannot be {what}.", status.word()))
}
