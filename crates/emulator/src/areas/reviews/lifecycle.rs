//! The life of a review's instance: a state machine over the clock, and nothing else.
//!
//! What happens on the way (items are made, defaults recorded, access removed) is done by who drives it; here is only
//! which status follows which, when, and why. Each transition is dated with the moment at which it was due, not with the
//! one at which somebody looked: advancing in one leap and in a thousand small ones ends the same.

use jiff::{SignedDuration, Timestamp};

/// The status of an instance, and of the definition whose current instance it is.
///
/// Source: the property `status` of `accessReviewInstance`; `Applying` and `Applied` are not listed there, but the Entra
/// documentation has them and live tenants answer them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReviewStatus {
    /// Waits for its start.
    NotStarted,
    /// Finds out who is in scope.
    Initializing,
    /// Tells the reviewers.
    Starting,
    /// Takes decisions.
    InProgress,
    /// Takes none any more.
    Completing,
    /// Records the default decision where nobody decided.
    AutoReviewing,
    /// Has recorded it.
    AutoReviewed,
    /// Has ended.
    Completed,
    /// Removes denied access.
    Applying,
    /// Has removed it.
    Applied,
}

/// The reason why one status follows another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// The start of the period is reached.
    Start,
    /// The end of the period is reached, or the instance is stopped.
    End,
    /// The service needs so long for it; an assumption, since no documentation says how long.
    After(SignedDuration),
}

/// A condition that has to hold beside the trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    Always,
    /// The default decision is enabled.
    DefaultDecision,
    /// It is not.
    NoDefaultDecision,
    /// Decisions are applied by themselves, or somebody asked for it.
    Apply,
}

/// One line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transition {
    /// The status before.
    pub from: ReviewStatus,
    /// The time when it ends.
    pub trigger: Trigger,
    /// The condition that has to hold.
    pub condition: Condition,
    /// The status after.
    pub to: ReviewStatus,
}

/// Every transition there is.
///
/// The order of `Completed` and the automatic decisions is not documented; here they come before it, so that `Completed`
/// is what a review rests in whose decisions wait to be applied. The times up to `InProgress` are those that the
/// tutorial's page shows: reviewers were contacted 9 s after the start.
pub const TRANSITIONS: [Transition; 10] = [
    line(ReviewStatus::NotStarted, Trigger::Start, Condition::Always, ReviewStatus::Initializing),
    line(ReviewStatus::Initializing, after(9), Condition::Always, ReviewStatus::Starting),
    line(ReviewStatus::Starting, after(16), Condition::Always, ReviewStatus::InProgress),
    line(ReviewStatus::InProgress, Trigger::End, Condition::Always, ReviewStatus::Completing),
    line(ReviewStatus::Completing, after(60), Condition::DefaultDecision, ReviewStatus::AutoReviewing),
    line(ReviewStatus::Completing, after(60), Condition::NoDefaultDecision, ReviewStatus::Completed),
    line(ReviewStatus::AutoReviewing, after(40), Condition::Always, ReviewStatus::AutoReviewed),
    line(ReviewStatus::AutoReviewed, after(30), Condition::Always, ReviewStatus::Completed),
    line(ReviewStatus::Completed, after(30), Condition::Apply, ReviewStatus::Applying),
    line(ReviewStatus::Applying, after(150), Condition::Always, ReviewStatus::Applied),
];

const fn line(from: ReviewStatus, trigger: Trigger, condition: Condition, to: ReviewStatus) -> Transition {
    Transition { from, trigger, condition, to }
}

const fn after(seconds: i64) -> Trigger {
    Trigger::After(SignedDuration::from_secs(seconds))
}

/// The settings of a review that decide which transitions happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// `defaultDecisionEnabled`
    pub default_decision: bool,
    /// `autoApplyDecisionsEnabled`
    pub auto_apply: bool,
}

/// The place where an instance stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// `startDateTime`
    pub start: Timestamp,
    /// `endDateTime`; a stop moves it forward.
    pub end: Timestamp,
    status: ReviewStatus,
    since: Timestamp,
    asked_to_apply: bool,
    /// Whether nothing happens in it by itself any more, whatever its status: it lies in the past.
    rests: bool,
}

/// Something that cannot be done in the status that an instance has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotNow(pub ReviewStatus);

impl ReviewStatus {
    /// The status of a word, as Graph writes it.
    pub fn parse(word: &str) -> Option<Self> {
        let targets = TRANSITIONS.iter().map(|line| line.to);
        targets.chain([Self::NotStarted]).find(|status| status.word() == word)
    }

    /// As Graph writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotStarted => "NotStarted",
            Self::Initializing => "Initializing",
            Self::Starting => "Starting",
            Self::InProgress => "InProgress",
            Self::Completing => "Completing",
            Self::AutoReviewing => "AutoReviewing",
            Self::AutoReviewed => "AutoReviewed",
            Self::Completed => "Completed",
            Self::Applying => "Applying",
            Self::Applied => "Applied",
        }
    }
}

impl Life {
    /// An instance that was created at `now`.
    pub fn new(now: Timestamp, start: Timestamp, end: Timestamp) -> Self {
        Self { start, end, status: ReviewStatus::NotStarted, since: now, asked_to_apply: false, rests: false }
    }

    /// An instance that is there already; one that `rests` stays as it is.
    pub fn planted(start: Timestamp, end: Timestamp, status: ReviewStatus, rests: bool) -> Self {
        let since = if rests { end } else { start };
        Self { start, end, status, since, asked_to_apply: false, rests }
    }

    /// The status.
    pub fn status(&self) -> ReviewStatus {
        self.status
    }

    /// Since when it has the status.
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// The next transition and when it is due; none if the instance rests.
    pub fn next(&self, rules: Rules) -> Option<(Timestamp, ReviewStatus)> {
        if self.rests {
            return None;
        }
        let holds = |condition| match condition {
            Condition::Always => true,
            Condition::DefaultDecision => rules.default_decision,
            Condition::NoDefaultDecision => !rules.default_decision,
            Condition::Apply => rules.auto_apply || self.asked_to_apply,
        };
        let found = TRANSITIONS.iter().find(|line| line.from == self.status && holds(line.condition))?;
        let due = match found.trigger {
            Trigger::Start => self.start.max(self.since),
            Trigger::End => self.end.max(self.since),
            Trigger::After(span) => self.since.checked_add(span).unwrap_or(Timestamp::MAX),
        };
        Some((due, found.to))
    }

    /// Makes the next transition if it is due by `now`, and returns its time and its target.
    pub fn step(&mut self, now: Timestamp, rules: Rules) -> Option<(Timestamp, ReviewStatus)> {
        let (due, to) = self.next(rules).filter(|(due, _)| *due <= now)?;
        self.status = to;
        self.since = due;
        Some((due, to))
    }

    /// Ends the period now.
    ///
    /// # Errors
    ///
    /// [`NotNow`] unless decisions are being taken.
    pub fn stop(&mut self, now: Timestamp) -> Result<(), NotNow> {
        if self.status != ReviewStatus::InProgress {
            return Err(NotNow(self.status));
        }
        self.end = now;
        self.status = ReviewStatus::Completing;
        self.since = now;
        Ok(())
    }

    /// Asks to apply the decisions of a review that does not do so by itself.
    ///
    /// # Errors
    ///
    /// [`NotNow`] unless it is completed and not applied.
    pub fn apply(&mut self, now: Timestamp) -> Result<(), NotNow> {
        if self.status != ReviewStatus::Completed {
            return Err(NotNow(self.status));
        }
        self.asked_to_apply = true;
        self.rests = false;
        self.status = ReviewStatus::Applying;
        self.since = now;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn lived(rules: Rules, leaps: &[i64]) -> (Life, Vec<(Timestamp, ReviewStatus)>) {
        let mut life = Life::new(at(0), at(5), at(5 * 86_400));
        let (mut now, mut seen) = (at(0), Vec::new());
        for leap in leaps {
            now += SignedDuration::from_secs(*leap);
            while let Some(step) = life.step(now, rules) {
                seen.push(step);
            }
        }
        (life, seen)
    }

    fn rules() -> impl Strategy<Value = Rules> {
        (any::<bool>(), any::<bool>()).prop_map(|(default_decision, auto_apply)| Rules { default_decision, auto_apply })
    }

    #[test]
    fn a_review_that_applies_by_itself_goes_all_the_way() {
        let rules = Rules { default_decision: true, auto_apply: true };
        let words: Vec<&str> = lived(rules, &[10 * 86_400]).1.iter().map(|(_, status)| status.word()).collect();
        let all = [
            "Initializing",
            "Starting",
            "InProgress",
            "Completing",
            "AutoReviewing",
            "AutoReviewed",
            "Completed",
            "Applying",
            "Applied",
        ];
        assert_eq!(words, all);
    }

    #[test]
    fn one_that_does_not_rests_completed_until_it_is_asked_to() {
        let (mut life, _) = lived(Rules { default_decision: false, auto_apply: false }, &[10 * 86_400]);
        assert_eq!(life.status(), ReviewStatus::Completed);
        assert_eq!(life.stop(at(11 * 86_400)), Err(NotNow(ReviewStatus::Completed)));
        life.apply(at(11 * 86_400)).unwrap();
        assert_eq!(life.apply(at(11 * 86_400)), Err(NotNow(ReviewStatus::Applying)));
        assert_eq!(life.next(Rules { default_decision: false, auto_apply: false }).unwrap().1, ReviewStatus::Applied);
    }

    #[test]
    fn a_stop_ends_the_period_at_once() {
        let rules = Rules { default_decision: true, auto_apply: true };
        let (mut life, _) = lived(rules, &[3600]);
        life.stop(at(3600)).unwrap();
        assert_eq!((life.status(), life.end), (ReviewStatus::Completing, at(3600)));
    }

    #[test]
    fn the_table_only_leads_forward() {
        for line in TRANSITIONS {
            assert!(line.from < line.to, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn status_never_goes_backwards_and_leaps_make_no_difference(
            rules in rules(), leaps in proptest::collection::vec(0i64..200_000, 1..40)
        ) {
            let (in_many, seen) = lived(rules, &leaps);
            let (in_one, at_once) = lived(rules, &[leaps.iter().sum()]);
            prop_assert_eq!(&in_many, &in_one);
            prop_assert_eq!(&seen, &at_once);
            prop_assert!(seen.is_sorted_by(|(when, status), (later, next)| when <= later && status < next));
        }
    }
}
