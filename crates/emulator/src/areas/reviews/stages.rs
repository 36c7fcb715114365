//! Reviews in stages: one group of reviewers after the other.

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::http::{Refusal, bad_request, not_modelled};

use super::lifecycle::ReviewStatus;
use super::series::later;
use super::settings::ReviewerScope;
use super::{Decision, Instance, Item, ReviewSurroundings, not_found};

/// The number of stages that a review may have (`stageSettings`).
const MOST: usize = 3;

/// The number of days that a stage may last; so long may an instance, too.
const LONGEST: i32 = 100_000;

/// `accessReviewStageSettings`
#[derive(Clone, Debug, PartialEq)]
pub struct StageSettings {
    /// `durationInDays`
    pub duration_days: i32,
    recommendations: bool,
    reviewers: Vec<ReviewerScope>,
    fallback: Vec<ReviewerScope>,
    /// The decisions that lead into the next stage; empty: all of them.
    moving_on: Vec<Decision>,
    sent_reviewers: Value,
    sent_fallback: Value,
}

/// `accessReviewStage`
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its id.
    pub id: Uuid,
    /// `startDateTime`
    pub start: Timestamp,
    /// `endDateTime`
    pub end: Timestamp,
    /// Whether it takes decisions.
    pub open: bool,
    /// The items as they were decided in it, kept when it ended.
    decided: Vec<Item>,
}

impl StageSettings {
    /// Reads the stages of a definition.
    ///
    /// # Errors
    ///
    /// 400 if there are too many, one has no duration, or they do not follow one another.
    pub fn all_of(stages: Option<&Value>) -> Result<Vec<Self>, Refusal> {
        let stages = stages.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if stages.len() > MOST {
            return Err(bad_request(format!("A review has at most {MOST} stages.")));
        }
        let mut before: Option<&str> = None;
        let mut all = Vec::with_capacity(stages.len());
        for stage in stages {
            let id = stage
                .get("stageId")
                .and_then(Value::as_str)
                .ok_or_else(|| bad_request("stageSettings: stageId is required."))?;
            let depends: Vec<&str> = stage
                .get("dependsOn")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            if depends.iter().any(|on| Some(*on) != before) {
                return Err(bad_request(format!("stageSettings: stage '{id}' has to depend on the stage before it.")));
            }
            before = Some(id);
            all.push(Self::parse(stage)?);
        }
        Ok(all)
    }

    fn parse(stage: &Value) -> Result<Self, Refusal> {
        let days = stage.get("durationInDays").and_then(Value::as_i64).and_then(|days| i32::try_from(days).ok());
        let duration_days = days
            .filter(|days| (1..=LONGEST).contains(days))
            .ok_or_else(|| bad_request(format!("stageSettings: durationInDays has to be from 1 to {LONGEST}.")))?;
        let words = stage.get("decisionsThatWillMoveToNextStage").and_then(Value::as_array).into_iter().flatten();
        let decision = |word: &Value| {
            let word = word.as_str().unwrap_or_default();
            if word == "Recommendation" {
                return Err(not_modelled("decisionsThatWillMoveToNextStage with Recommendation"));
            }
            Decision::parse(word).ok_or_else(|| bad_request(format!("stageSettings: '{word}' is not a decision.")))
        };
        Ok(Self {
            duration_days,
            recommendations: stage.get("recommendationsEnabled").and_then(Value::as_bool).unwrap_or(false),
            reviewers: ReviewerScope::all_of(stage.get("reviewers"))?,
            fallback: ReviewerScope::all_of(stage.get("fallbackReviewers"))?,
            moving_on: words.map(decision).collect::<Result<_, _>>()?,
            sent_reviewers: stage.get("reviewers").cloned().unwrap_or_default(),
            sent_fallback: stage.get("fallbackReviewers").cloned().unwrap_or_default(),
        })
    }
}

impl Stage {
    /// `status`
    pub fn status(&self) -> &'static str {
        if self.open { ReviewStatus::InProgress.word() } else { ReviewStatus::Completed.word() }
    }
}

impl Instance {
    /// Stages that have begun, oldest first.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// A stage that has begun, and its place.
    ///
    /// # Errors
    ///
    /// 404 if there is none of this id.
    pub fn stage(&self, key: &str) -> Result<(usize, &Stage), Refusal> {
        let id: Option<Uuid> = key.parse().ok();
        let found = self.stages.iter().enumerate().find(|(_, stage)| Some(stage.id) == id);
        found.ok_or_else(|| not_found("stage", key))
    }

    /// Returns what was or is decided in a stage.
    pub fn items_of_stage(&self, place: usize) -> Vec<&Item> {
        match self.stages.get(place) {
            Some(stage) if !stage.open => stage.decided.iter().collect(),
            Some(_) => self.items.iter().filter(|item| item.stage == place).collect(),
            None => Vec::new(),
        }
    }

    /// An item of a stage, as it was or is decided in it.
    ///
    /// # Errors
    ///
    /// 404 if the stage has none of this id.
    pub fn item_of_stage(&self, place: usize, key: &str) -> Result<&Item, Refusal> {
        let id: Option<Uuid> = key.parse().ok();
        let found = self.items_of_stage(place).into_iter().find(|item| Some(item.id) == id);
        found.ok_or_else(|| not_found("decision", key))
    }

    /// The reviewers of a stage as they were sent, and the fallback ones.
    pub(super) fn stage_reviewers(&self, place: usize) -> (&Value, &Value) {
        self.stage_settings
            .get(place)
            .map_or((&Value::Null, &Value::Null), |stage| (&stage.sent_reviewers, &stage.sent_fallback))
    }

    /// The reviewers that count now, and the fallback ones: the stage's, else the instance's.
    pub(super) fn reviewer_scopes(&self) -> (&[ReviewerScope], &[ReviewerScope]) {
        match self.stage_settings.get(self.current_stage()) {
            Some(stage) => (&stage.reviewers, &stage.fallback),
            None => (&self.reviewers, &self.fallback),
        }
    }

    /// Returns whether recommendations are given.
    pub(super) fn recommends(&self) -> bool {
        self.stage_settings
            .get(self.current_stage())
            .map_or(self.settings.recommendations, |stage| stage.recommendations)
    }

    /// The place of the stage that items are in now; 0 for a review without stages.
    pub(super) fn current_stage(&self) -> usize {
        self.stages.len().saturating_sub(1)
    }

    /// Begins to take decisions: the first stage, if there are stages.
    pub(super) fn open(&mut self, _: Timestamp, around: &mut ReviewSurroundings<'_>) {
        if !self.stage_settings.is_empty() {
            self.add_stage(self.life.start, around);
        }
    }

    /// Returns when the current stage ends by itself; the last one ends with the review.
    pub(super) fn stage_due(&self) -> Option<Timestamp> {
        let last = self.stages.len() == self.stage_settings.len();
        self.stages
            .last()
            .filter(|stage| stage.open && !last && self.life.status() == ReviewStatus::InProgress)
            .map(|stage| stage.end)
    }

    /// Returns whether the current stage ends at `due`.
    pub(super) fn stage_ends(&self, due: Timestamp) -> bool {
        self.stage_due().is_some_and(|end| end <= due)
    }

    /// Ends the current stage and begins the next one with the items that move on.
    pub(super) fn next_stage(&mut self, now: Timestamp, around: &mut ReviewSurroundings<'_>) {
        let place = self.current_stage();
        self.close_stages(now);
        let moving_on = self.stage_settings.get(place).map(|stage| stage.moving_on.clone()).unwrap_or_default();
        for item in self.items.iter_mut().filter(|item| item.stage == place) {
            if moving_on.is_empty() || moving_on.contains(&item.decision) {
                item.stage = place + 1;
                item.decision = Decision::NotReviewed;
                item.justification.clear();
                item.reviewed = None;
            }
        }
        self.add_stage(now, around);
        self.assign_reviewers(around.directory, place + 1);
        self.contact_anew(now, around);
    }

    /// Ends the stage that is open, and keeps what was decided in it.
    pub(super) fn close_stages(&mut self, now: Timestamp) {
        let place = self.current_stage();
        let Some(stage) = self.stages.last_mut().filter(|stage| stage.open) else { return };
        stage.open = false;
        stage.end = stage.end.min(now);
        stage.decided = self.items.iter().filter(|item| item.stage == place).cloned().collect();
    }

    /// Gives a stage other reviewers.
    ///
    /// # Errors
    ///
    /// 404 if there is no such stage, 400 if it is not open or for a malformed query, 409 if a fallback reviewer would be
    /// removed.
    pub fn replace_stage_reviewers(
        &mut self,
        key: &str,
        body: &Map<String, Value>,
        now: Timestamp,
        around: &mut ReviewSurroundings<'_>,
    ) -> Result<(), Refusal> {
        let (place, stage) = self.stage(key)?;
        let open = stage.open;
        let Some(settings) = self.stage_settings.get_mut(place).filter(|_| open) else {
            return Err(bad_request("The stage is Completed and its reviewers cannot be changed."));
        };
        let sent = |name: &str| body.get(name).filter(|sent| !sent.is_null());
        let reviewers = sent("reviewers").map(|sent| ReviewerScope::all_of(Some(sent))).transpose()?;
        if let Some(sent) = sent("fallbackReviewers") {
            let fallback = ReviewerScope::all_of(Some(sent))?;
            if settings.fallback.iter().any(|scope| !fallback.contains(scope)) {
                return Err(Refusal::new(409, "Conflict", "Fallback reviewers can be added, but not removed."));
            }
            (settings.fallback, settings.sent_fallback) = (fallback, sent.clone());
        }
        if let (Some(reviewers), Some(sent)) = (reviewers, sent("reviewers")) {
            (settings.reviewers, settings.sent_reviewers) = (reviewers, sent.clone());
        }
        self.assign_reviewers(around.directory, place);
        self.contact_anew(now, around);
        Ok(())
    }

    /// Ends a stage before its time.
    ///
    /// # Errors
    ///
    /// 404 if there is no such stage, 400 if it is not open.
    pub fn stop_stage(
        &mut self,
        key: &str,
        now: Timestamp,
        around: &mut ReviewSurroundings<'_>,
    ) -> Result<(), Refusal> {
        let (place, stage) = self.stage(key)?;
        if !stage.open {
            return Err(bad_request("The stage is Completed and cannot be stopped."));
        }
        if place + 1 == self.stage_settings.len() {
            return self.stop(now);
        }
        self.next_stage(now, around);
        Ok(())
    }

    fn add_stage(&mut self, start: Timestamp, around: &mut ReviewSurroundings<'_>) {
        let Some(settings) = self.stage_settings.get(self.stages.len()) else { return };
        let end = later(start, settings.duration_days.days()).unwrap_or(self.life.end);
        self.stages.push(Stage { id: around.ids.fresh(), start, end, open: true, decided: Vec::new() });
        if self.stages.len() == self.stage_settings.len() {
            // The last stage ends with the review, and the review with it.
            self.life.end = end;
        }
    }
}
