//! The life of a review as its status tells it: it only moves forward.

use std::fmt;

/// The status of an access review's definition or instance.
///
/// Source: the status property of `accessReviewScheduleDefinition` and `accessReviewInstance` in the API reference lists
/// the first eight; the Entra documentation adds `Applying` and `Applied`, which live tenants answer too. In the CSDL it
/// is an `Edm.String`, so a value outside this list can come and is drift, not an error of type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewStatus {
    /// Waits for its start.
    NotStarted,
    /// Who is in scope is being found out.
    Initializing,
    /// Reviewers are being notified.
    Starting,
    /// Decisions can be recorded and changed.
    InProgress,
    /// The period has ended; nothing more is taken from reviewers.
    Completing,
    /// Ended.
    Completed,
    /// The default decision is being recorded where nobody decided.
    AutoReviewing,
    /// The default decision is recorded.
    AutoReviewed,
    /// Denied access is being removed.
    Applying,
    /// Denied access is removed.
    Applied,
}

/// A status that cannot follow the one before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IllegalTransition {
    /// The last status seen before.
    pub from: String,
    /// The status that came.
    pub to: String,
}

/// The statuses that were seen, each once, in the order in which they were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Timeline {
    seen: Vec<String>,
}

impl ReviewStatus {
    const ALL: [(Self, &'static str); 10] = [
        (Self::NotStarted, "NotStarted"),
        (Self::Initializing, "Initializing"),
        (Self::Starting, "Starting"),
        (Self::InProgress, "InProgress"),
        (Self::Completing, "Completing"),
        (Self::Completed, "Completed"),
        (Self::AutoReviewing, "AutoReviewing"),
        (Self::AutoReviewed, "AutoReviewed"),
        (Self::Applying, "Applying"),
        (Self::Applied, "Applied"),
    ];

    /// The status of this name, as Graph writes it.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(status, _)| *status)
    }

    /// Whether a review that was last seen in `self` may next be seen in `next`. A reader may miss any number of states
    /// in between. Whether `Completed` comes before the automatic decisions or after them is not documented, so both are
    /// legal.
    pub fn may_become(self, next: Self) -> bool {
        match (self, next) {
            (Self::Completed, Self::AutoReviewing | Self::AutoReviewed) => true,
            (Self::AutoReviewing | Self::AutoReviewed, Self::Completed) => true,
            _ => (self as u8) <= (next as u8),
        }
    }
}

impl Timeline {
    /// Adds what a read answered. An unknown status is kept for the report; the schemas report it as drift.
    ///
    /// # Errors
    ///
    /// [`IllegalTransition`] if the status has gone backwards.
    pub fn observe(&mut self, status: &str) -> Result<(), IllegalTransition> {
        let Some(last) = self.seen.last() else {
            self.seen.push(status.to_owned());
            return Ok(());
        };
        if last == status {
            return Ok(());
        }
        let illegal = || IllegalTransition { from: last.clone(), to: status.to_owned() };
        // A status that was left cannot come again: this also closes the circle that the two orders of `Completed` open.
        if self.seen.iter().any(|seen| seen == status) {
            return Err(illegal());
        }
        let known_before = self.seen.iter().rev().find_map(|seen| ReviewStatus::of(seen));
        if let (Some(before), Some(next)) = (known_before, ReviewStatus::of(status))
            && !before.may_become(next)
        {
            return Err(illegal());
        }
        self.seen.push(status.to_owned());
        Ok(())
    }

    /// The statuses, in the order in which they were seen.
    pub fn statuses(&self) -> &[String] {
        &self.seen
    }

    /// The last status that was seen.
    pub fn last(&self) -> Option<&str> {
        self.seen.last().map(String::as_str)
    }
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.seen.join(" → "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn timeline(statuses: &[&str]) -> Result<Timeline, IllegalTransition> {
        let mut timeline = Timeline::default();
        for status in statuses {
            timeline.observe(status)?;
        }
        Ok(timeline)
    }

    #[test]
    fn states_may_be_missed_and_seen_again_while_they_last() {
        let seen = timeline(&["NotStarted", "NotStarted", "InProgress", "InProgress", "Applied"]).unwrap();
        assert_eq!(seen.to_string(), "NotStarted → InProgress → Applied");
    }

    #[test]
    fn completed_may_stand_before_or_after_the_automatic_decisions_but_not_on_both_sides() {
        assert!(timeline(&["Completed", "AutoReviewing", "AutoReviewed", "Applied"]).is_ok());
        assert!(timeline(&["AutoReviewing", "AutoReviewed", "Completed", "Applied"]).is_ok());
        assert!(timeline(&["Completed", "AutoReviewing", "AutoReviewed", "Completed"]).is_err());
    }

    #[test]
    fn an_unknown_status_is_kept_but_does_not_hide_a_step_backwards() {
        assert!(timeline(&["InProgress", "Sleeping", "Applied"]).is_ok());
        assert!(timeline(&["InProgress", "Sleeping", "NotStarted"]).is_err());
    }

    proptest! {
        #[test]
        fn no_sequence_that_goes_backwards_is_accepted(indices in proptest::collection::vec(0usize..10, 2..12)) {
            let names: Vec<&str> = indices.iter().map(|&i| ReviewStatus::ALL[i].1).collect();
            // `Completed` and the automatic decisions share a rank; everything else is strictly ordered.
            let rank = |i: usize| match i { 5..=7 => 5, 8 => 6, 9 => 7, other => other };
            let backwards = indices.windows(2).any(|pair| rank(pair[1]) < rank(pair[0]));
            if backwards {
                prop_assert!(timeline(&names).is_err());
            }
        }
    }
}
