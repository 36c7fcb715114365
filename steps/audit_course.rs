//! The audit of existing reviews: what a review is set to, whether its instance ran its course, and whether it came again.

use cucumber::then;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan as _};
use serde_json::Value;

use crate::session::{Failure, Observed, Session, StepResult};

use super::audit_subject::{
    DEFINITION_READ, INSTANCE_READ, SERIES_READ, is_set, kept_value, not_proved, skip, start_of, time,
};
use super::reviews::LIFECYCLE;

/// The settings that keep a review from removing anything.
pub(super) const TOOTHLESS: Observed = Observed { heading: "toothless", is_shown: true };

/// The time that the service may take to complete and apply an instance whose period is over. Documented are "a few
/// minutes"; a day is what nobody has to wait for.
const PATIENCE: SignedDuration = SignedDuration::from_hours(24);

/// Tells what in the settings lets a review go by without removing anything. Whether that did harm, other steps judge.
#[then(expr = "settings that make the review toothless are told")]
async fn toothless_is_told(session: &mut Session) -> StepResult {
    let told = toothless(kept_value(session, DEFINITION_READ)?);
    if !told.is_empty() {
        session.observe_roster(TOOTHLESS, "settings", told);
    }
    Ok(())
}

fn toothless(review: &Value) -> Vec<String> {
    let settings = review.get("settings").unwrap_or(&Value::Null);
    let is = |name: &str| settings.get(name).and_then(Value::as_bool).unwrap_or(false);
    let default = settings.get("defaultDecision").and_then(Value::as_str).unwrap_or("None");
    let mut told = Vec::new();
    let mut tell = |holds: bool, text: &str| told.extend(holds.then(|| text.to_owned()));
    tell(!is("autoApplyDecisionsEnabled"), "decisions are not applied by themselves");
    tell(!is("defaultDecisionEnabled"), "who is not decided about keeps access");
    tell(is("defaultDecisionEnabled") && default == "Approve", "who is not decided about is approved");
    tell(is("defaultDecisionEnabled") && default == "None", "the default decision is none");
    tell(!is("justificationRequiredOnApproval"), "approving needs no reason");
    tell(!is("mailNotificationsEnabled"), "reviewers get no mail");
    told
}

/// Expects a status that the API has, and that the instance has ended and come to rest: neither of it still running, which is
/// not proved, nor stuck, which fails.
#[then(expr = "the instance ran its course")]
async fn ran_its_course(session: &mut Session) -> StepResult {
    for (name, what) in [(DEFINITION_READ, "the review"), (INSTANCE_READ, "the instance")] {
        let status = status_of(kept_value(session, name)?);
        if !LIFECYCLE.knows(&status) {
            Err(Failure::new(
                "review-status",
                format!("{what} has the status \"{status}\", which the API does not have"),
            )
            .help("look the status up in the Graph reference: one that is new there is new to graphwalk, too"))?;
        }
    }
    let (now, end) = (session.backend().clock().now(), time(session, "endDateTime")?);
    let status = status_of(kept_value(session, INSTANCE_READ)?);
    if end > now && !LIFECYCLE.may_become("Completing", &status) {
        Err(not_proved(format!("the instance is {status}, and ends {end}")))?;
    }
    let applies = is_set(session, "autoApplyDecisionsEnabled")?;
    let is_at_rest = status == "Applied" || (status == "Completed" && !applies);
    if is_at_rest {
        return Ok(());
    }
    if now.duration_since(end) < PATIENCE {
        Err(not_proved(format!("the instance ended {end} and is {status} still: look again later")))?;
    }
    let rest = if applies { "Applied" } else { "Completed" };
    let days = now.duration_since(end).as_hours() / 24;
    Err(Failure::new("review-stuck", format!("the instance is stuck: {status}, {days} days after its end"))
        .focus("ran its course", format!("still {status}"))
        .note(format!("it ended {end}, and it is {now}; a review with these settings comes to rest as {rest}"))
        .help("open it in the Entra admin centre: an administrator can apply the decisions, or stop the instance"))?;
    Ok(())
}

/// Tells the reports which status the review or its instance has that was answered last; one that the API does not have is judged later.
pub(super) fn observe_status(session: &mut Session, observed: Observed, what: &str) -> Result<(), Failure> {
    let status = status_of(session.last_json()?);
    if LIFECYCLE.knows(&status) { session.observe_state(observed, what, &LIFECYCLE, &status) } else { Ok(()) }
}

fn status_of(object: &Value) -> String {
    object.get("status").and_then(Value::as_str).unwrap_or("(none)").to_owned()
}

/// Expects of a review that comes again that nothing is missing before this instance, nor after it if it is the last one.
#[then(expr = "no occurrence of the review was skipped")]
async fn nothing_was_skipped(session: &mut Session) -> StepResult {
    let review = kept_value(session, DEFINITION_READ)?;
    let Some(every) = ReviewInterval::of(review) else {
        let kind = review.pointer("/settings/recurrence/pattern/type").and_then(Value::as_str).unwrap_or_default();
        if kind.starts_with("relative") {
            Err(not_proved(format!("it comes again by a pattern that is not judged here, {kind}")))?;
        }
        return Err(skip("the review happens once"));
    };
    let series = kept_value(session, SERIES_READ)?.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut starts: Vec<Timestamp> = series.iter().filter_map(start_of).collect();
    starts.sort_unstable();
    let is_whole = starts.len() == series.len();
    let (own, now) = (time(session, "startDateTime")?, session.backend().clock().now());
    if let Some(before) = starts.iter().rev().find(|start| **start < own) {
        judge_gap(&every, (*before, own), is_whole, "the one before it began")?;
    }
    let is_last = starts.last().is_none_or(|last| *last <= own);
    let ends = last_day(review);
    let due = every.after(own);
    let is_over = ends.is_some_and(|ends| due > ends) || is_exhausted(review, starts.len());
    if is_last && !is_over && due < now {
        judge_gap(&every, (own, now), is_whole, "no other began since")?;
    }
    Ok(())
}

/// Expects no occurrence to be due between two times. `is_whole` says whether of all instances it is known when they began.
fn judge_gap(every: &ReviewInterval, (from, to): (Timestamp, Timestamp), is_whole: bool, what: &str) -> StepResult {
    let due = every.after(from);
    if to.duration_since(due) <= every.slack() {
        return Ok(());
    }
    if !is_whole {
        Err(not_proved(format!("an instance that does not say when it began may be the one due about {due}")))?;
    }
    let message = format!("an occurrence of the review was skipped: it comes every {every}, and {what} {from}");
    Err(Failure::new("recurrence", message)
        .focus("skipped", format!("nothing began about {due}"))
        .help("look in the Entra admin centre whether the series was changed, or instances were deleted"))?;
    Ok(())
}

/// The last day of the series, with a day to spare; `None` if it has none.
fn last_day(review: &Value) -> Option<Timestamp> {
    let range = review.pointer("/settings/recurrence/range")?;
    let is_endless = range.get("type").is_some_and(|kind| kind == "noEnd");
    let day: jiff::civil::Date = range.get("endDate").and_then(Value::as_str)?.parse().ok()?;
    let end = TimeZone::UTC.to_timestamp(day.at(23, 59, 59, 0)).ok()?;
    (!is_endless).then_some(end)
}

/// Returns whether as many instances have begun as there are to be.
fn is_exhausted(review: &Value, begun: usize) -> bool {
    let most = review.pointer("/settings/recurrence/range/numberOfOccurrences").and_then(Value::as_u64).unwrap_or(0);
    most > 0 && u64::try_from(begun).is_ok_and(|begun| begun >= most)
}

/// The interval at which a review comes.
struct ReviewInterval(Span);

impl ReviewInterval {
    fn of(review: &Value) -> Option<Self> {
        let pattern = review.pointer("/settings/recurrence/pattern").filter(|pattern| pattern.is_object())?;
        let interval =
            pattern.get("interval").and_then(Value::as_i64).filter(|interval| (1..=120).contains(interval))?;
        Some(Self(match pattern.get("type").and_then(Value::as_str)? {
            "weekly" => interval.weeks(),
            "absoluteMonthly" => interval.months(),
            "absoluteYearly" => interval.years(),
            "daily" => interval.days(),
            _ => return None,
        }))
    }

    fn after(&self, time: Timestamp) -> Timestamp {
        let next = TimeZone::UTC.to_datetime(time).checked_add(self.0).ok();
        next.and_then(|next| TimeZone::UTC.to_timestamp(next).ok()).unwrap_or(Timestamp::MAX)
    }

    /// Half of the time from one to the next: an occurrence may come late, and its day of the month may not be there.
    fn slack(&self) -> SignedDuration {
        let whole = self.after(Timestamp::UNIX_EPOCH).duration_since(Timestamp::UNIX_EPOCH);
        SignedDuration::from_secs(whole.as_secs() / 2)
    }
}

impl std::fmt::Display for ReviewInterval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            (self.0.get_years().into(), "year"),
            (i64::from(self.0.get_months()), "month"),
            (self.0.get_weeks().into(), "week"),
            (self.0.get_days().into(), "day"),
        ];
        let (count, word) = parts.into_iter().find(|(count, _)| *count > 0).unwrap_or((0, "day"));
        if count == 1 { f.write_str(word) } else { write!(f, "{count} {word}s") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_makes_a_review_toothless_is_told_and_nothing_of_one_with_teeth() {
        let told = |settings: Value| toothless(&json!({"settings": settings}));
        let sharp = json!({"autoApplyDecisionsEnabled": true, "defaultDecisionEnabled": true, "defaultDecision": "Deny",
            "justificationRequiredOnApproval": true, "mailNotificationsEnabled": true});
        assert!(told(sharp.clone()).is_empty());
        for (name, value, expected) in [
            ("autoApplyDecisionsEnabled", json!(false), "decisions are not applied by themselves"),
            ("defaultDecisionEnabled", json!(false), "who is not decided about keeps access"),
            ("defaultDecision", json!("Approve"), "who is not decided about is approved"),
            ("defaultDecision", json!("None"), "the default decision is none"),
            ("justificationRequiredOnApproval", json!(false), "approving needs no reason"),
            ("mailNotificationsEnabled", json!(false), "reviewers get no mail"),
        ] {
            let mut blunt = sharp.clone();
            blunt[name] = value;
            assert_eq!(told(blunt), [expected]);
        }
    }

    #[test]
    fn a_recurrence_has_its_interval_in_words_and_in_time() {
        let every = |pattern: Value| ReviewInterval::of(&json!({"settings": {"recurrence": {"pattern": pattern}}}));
        let quarterly = every(json!({"type": "absoluteMonthly", "interval": 3})).unwrap();
        assert_eq!(quarterly.to_string(), "3 months");
        assert_eq!(quarterly.after("2026-01-31T08:00:00Z".parse().unwrap()).to_string(), "2026-04-30T08:00:00Z");
        assert_eq!(every(json!({"type": "weekly", "interval": 1})).unwrap().to_string(), "week");
        assert!(every(Value::Null).is_none() && every(json!({"type": "weekly", "interval": 0})).is_none());
    }
}
