//! The audit of existing reviews: whether everybody was decided about, by whom, when and why.

use std::collections::{BTreeMap, BTreeSet};

use cucumber::then;
use jiff::SignedDuration;
use serde_json::Value;

use crate::session::{Failure, Observed, Session, StepResult};

use super::audit_past::{members_then, role_holders_then};
use super::audit_subject::{
    AuditedScope, DEFINITION_READ, Decided, decisions, is_set, kept_value, not_proved, scope, time,
};

/// The number of decisions, by people and by default.
pub(super) const COUNTED: Observed = Observed { heading: "decided", is_shown: false };

/// The longest time that the clocks of Graph's services may lie apart.
const SLACK: SignedDuration = SignedDuration::from_mins(10);
/// The most names in a message.
const NAMED: usize = 8;

/// Expects that somebody was reviewed, each once.
#[then(expr = "there is exactly one decision for each principal")]
async fn one_for_each(session: &mut Session) -> StepResult {
    let decisions = decisions(session)?;
    if decisions.is_empty() {
        Err(Failure::new("population", "the instance has no decision: nobody was reviewed")
            .help("look whether the group, or the role, was empty when the review began"))?;
    }
    let mut times: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for decided in &decisions {
        times.entry(&decided.principal).or_insert((&decided.name, 0)).1 += 1;
    }
    let nameless = decisions.iter().filter(|decided| decided.principal.is_empty()).count();
    let twice: Vec<String> =
        times.values().filter(|(_, times)| *times > 1).map(|(name, times)| format!("{name}, {times} times")).collect();
    fail_if_any("population", "a principal has more than one decision", &twice)?;
    if nameless > 0 {
        Err(Failure::new("population", format!("{nameless} decisions do not say whom they are about")))?;
    }
    Ok(())
}

/// Expects a decision about everybody who was in scope when the instance began. That is known only as far as audit logs reach:
/// else it is not proved.
#[then(expr = "everybody who was in scope when it began has a decision")]
async fn nobody_was_left_out(session: &mut Session) -> StepResult {
    let start = time(session, "startDateTime")?;
    let scope = scope(session)?;
    let then = match &scope {
        AuditedScope::Group { is_narrowed: true, .. } | AuditedScope::Role { is_narrowed: true, .. } => {
            Err(not_proved("the scope is narrowed by a condition, and who met it then is not known"))?
        }
        AuditedScope::Group { id, transitive, .. } => members_then(session, id, *transitive, start).await?,
        AuditedScope::Role { id, with_apps, .. } => role_holders_then(session, id, *with_apps, start).await?,
        AuditedScope::Other(query) => Err(not_proved(format!("who had access to {query} then is not known")))?,
    };
    let then = match then {
        Ok(then) => then,
        Err(why) => Err(not_proved(format!("{why}, so who was a member then is not known")))?,
    };
    let decided: BTreeSet<String> = decisions(session)?.into_iter().map(|decided| decided.principal).collect();
    let name = |id: &String| then.names.get(id).filter(|name| !name.is_empty()).unwrap_or(id).clone();
    let missing: Vec<String> = then.principals.difference(&decided).map(name).collect();
    fail_if_any("population", "nobody decided about a principal who was in scope when the review began", &missing)?;
    let groups: Vec<String> = then.groups.difference(&decided).map(name).collect();
    if !groups.is_empty() {
        let groups = groups.join(", ");
        Err(not_proved(format!("whether a review of direct members takes in groups is not documented: {groups}")))?;
    }
    Ok(())
}

/// Expects of every decision who made it and when, that this was while the instance ran, and a reason where one is demanded. What was
/// decided by default has no reviewer, and needs a default to be enabled.
#[then(expr = "every decision has a reviewer, a time and, where demanded, a reason")]
async fn each_is_accounted_for(session: &mut Session) -> StepResult {
    let (start, end) = (time(session, "startDateTime")?, time(session, "endDateTime")?);
    let demanded = is_set(session, "justificationRequiredOnApproval")?;
    let by_default = default_of(session)?;
    let mut faults = Vec::new();
    for decided in decisions(session)?.iter().filter(|decided| decided.is_decided()) {
        let mut tell = |what: &str| faults.push(format!("{}: {what}", decided.name));
        if decided.by.is_none() {
            match &by_default {
                None => tell(&format!("{}, by nobody, and no default decision is enabled", decided.decision)),
                Some(default) if !default.fits(decided) => {
                    tell(&format!("{}, by nobody, which is not the default decision", decided.decision));
                }
                Some(_) => {}
            }
            continue;
        }
        match decided.at {
            None => tell("without a time"),
            Some(at) if at < start - SLACK || at > end + SLACK => {
                tell(&format!("decided {at}, which is not while it ran"))
            }
            Some(_) => {}
        }
        if demanded && decided.decision == "Approve" && decided.reason.trim().is_empty() {
            tell("approved without a reason, which the review demands");
        }
    }
    fail_if_any("decisions", "a decision is not accounted for", &faults)?;
    Ok(())
}

/// The decision where nobody decides.
enum ByDefault {
    Word(String),
    Recommendation,
}

impl ByDefault {
    fn fits(&self, decided: &Decided) -> bool {
        match self {
            Self::Word(word) => decided.decision == *word,
            Self::Recommendation => decided.decision == decided.recommendation,
        }
    }
}

fn default_of(session: &Session) -> Result<Option<ByDefault>, Failure> {
    if !is_set(session, "defaultDecisionEnabled")? {
        return Ok(None);
    }
    let settings = kept_value(session, DEFINITION_READ)?.get("settings");
    let word = settings.and_then(|settings| settings.get("defaultDecision")).and_then(Value::as_str);
    Ok(match word {
        Some("Recommendation") => Some(ByDefault::Recommendation),
        Some(word @ ("Approve" | "Deny")) => Some(ByDefault::Word(word.to_owned())),
        Some(_) | None => None,
    })
}

/// Counts decisions by who made them, and expects none that is still open though a default decision was to be recorded.
#[then(expr = "decisions by default and by people are counted")]
async fn are_counted(session: &mut Session) -> StepResult {
    let (all, by_default) = (decisions(session)?, default_of(session)?);
    let count = |wanted: &dyn Fn(&Decided) -> bool| all.iter().filter(|decided| wanted(decided)).count();
    let people = count(&|decided| decided.is_decided() && decided.by.is_some());
    let default = count(&|decided| decided.is_decided() && decided.by.is_none());
    let open: Vec<String> =
        all.iter().filter(|decided| !decided.is_decided()).map(|decided| decided.name.clone()).collect();
    let mut rows = Vec::new();
    for word in ["Approve", "Deny", "DontKnow"] {
        for (who, by_people) in [("people", true), ("default", false)] {
            let number = count(&|decided| decided.decision == word && decided.by.is_some() == by_people);
            if number > 0 {
                rows.push(vec![word.to_owned(), who.to_owned(), number.to_string()]);
            }
        }
    }
    if !open.is_empty() {
        rows.push(vec!["none".to_owned(), "nobody".to_owned(), open.len().to_string()]);
    }
    let columns = ["decision", "by", "how many"].map(str::to_owned).to_vec();
    session.observe_table(
        COUNTED,
        &format!("{people} by people, {default} by default, {} open", open.len()),
        columns,
        rows,
    );
    // A recommendation may be missing, and then nothing is recorded.
    if let Some(ByDefault::Word(word)) = by_default {
        fail_if_any(
            "decisions",
            &format!("the default decision, {word}, was not recorded where nobody decided"),
            &open,
        )?;
    }
    Ok(())
}

/// Returns the names of those whom decisions are about: the first ones, and how many more there are.
pub(super) fn named(decisions: &[&Decided]) -> String {
    let names: Vec<&str> = decisions.iter().take(NAMED).map(|decided| decided.name.as_str()).collect();
    match decisions.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// A failure if there is anything to tell.
pub(super) fn fail_if_any(code: &'static str, message: &str, told: &[String]) -> Result<(), Failure> {
    if told.is_empty() {
        return Ok(());
    }
    let mut failure = Failure::new(code, message);
    for line in told.iter().take(NAMED) {
        failure = failure.note(line.clone());
    }
    if told.len() > NAMED {
        failure = failure.note(format!("and {} more", told.len() - NAMED));
    }
    Err(failure)
}
