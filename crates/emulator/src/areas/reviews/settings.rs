//! What a definition asks for: scope, reviewers, settings, recurrence, as typed values.

use graphwalk_catalog::{ApiPath, Segment, Version};
use jiff::Span;
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::http::{Refusal, bad_request, not_modelled};

use super::lifecycle::Rules;

/// The reviewers that a definition asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewerScope {
    /// `/users/{id}`
    User(Uuid),
    /// `/groups/{id}/transitiveMembers` or `/groups/{id}/members`
    Members(Uuid),
    /// `/groups/{id}/owners`
    Owners(Uuid),
    /// `./owners`: of the group under review.
    OwnersOfResource,
    /// `./manager`: of each principal.
    Manager,
}

/// The decision that is recorded where nobody decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultDecision {
    /// Access is kept.
    Approve,
    /// Access is removed.
    Deny,
    /// The recommendation of the service is recorded; nothing where it has none.
    Recommendation,
    /// Nothing.
    None,
}

/// `accessReviewScheduleSettings`
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewSettings {
    /// `mailNotificationsEnabled`
    pub mail: bool,
    /// `reminderNotificationsEnabled`
    pub reminders: bool,
    /// `justificationRequiredOnApproval`
    pub justification_required: bool,
    /// `defaultDecision`; nothing unless `defaultDecisionEnabled`.
    pub default_decision: Option<DefaultDecision>,
    /// `instanceDurationInDays`
    pub duration_days: i32,
    /// `autoApplyDecisionsEnabled`
    pub auto_apply: bool,
    /// `recommendationsEnabled`
    pub recommendations: bool,
    /// `recommendationLookBackDuration` in days; 30 if it is not sent.
    pub look_back_days: i32,
    /// `recurrence`
    pub recurrence: Recurrence,
}

/// `patternedRecurrence`
#[derive(Clone, Debug, PartialEq)]
pub struct Recurrence {
    /// The first day.
    pub start: Date,
    /// The last day; of a one-time review the day on which it ends.
    pub end: Option<Date>,
    /// The length of the interval; nothing for a one-time review.
    pub every: Option<Every>,
    /// The number of instances; nothing for no limit but `end`.
    pub occurrences: Option<u32>,
}

/// The interval from one instance to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// So many weeks.
    Weeks(i32),
    /// So many months, on this day of the month; on its last day if it has not so many.
    Months {
        /// The number of months.
        months: i32,
        /// The day.
        day: i8,
    },
}

impl ReviewSettings {
    /// Returns the rules that the settings make for the life of an instance.
    pub fn rules(&self) -> Rules {
        Rules { default_decision: self.default_decision.is_some(), auto_apply: self.auto_apply }
    }

    /// Reads the settings of a definition; `today` is the day on which it is created.
    ///
    /// # Errors
    ///
    /// 400 if they contradict each other, 501 if they ask for what is not modelled.
    pub fn parse(settings: &Value, today: Date) -> Result<Self, Refusal> {
        let is = |name: &str| settings.get(name).and_then(Value::as_bool).unwrap_or(false);
        let default_decision = match settings.get("defaultDecision").and_then(Value::as_str) {
            _ if !is("defaultDecisionEnabled") => None,
            Some("Approve") => Some(DefaultDecision::Approve),
            Some("Deny") => Some(DefaultDecision::Deny),
            Some("Recommendation") => Some(DefaultDecision::Recommendation),
            Some("None") | None => Some(DefaultDecision::None),
            Some(other) => return Err(bad_request(format!("'{other}' is not a default decision."))),
        };
        let actions = settings.get("applyActions").and_then(Value::as_array).into_iter().flatten();
        for action in actions {
            let kind = action.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
            if !kind.ends_with(".removeAccessApplyAction") {
                return Err(not_modelled(&format!("the apply action '{kind}'")));
            }
        }
        Ok(Self {
            mail: is("mailNotificationsEnabled"),
            reminders: is("reminderNotificationsEnabled"),
            justification_required: is("justificationRequiredOnApproval"),
            default_decision,
            duration_days: whole(settings, "instanceDurationInDays")?,
            auto_apply: is("autoApplyDecisionsEnabled"),
            recommendations: is("recommendationsEnabled"),
            look_back_days: days(settings.get("recommendationLookBackDuration"))?.unwrap_or(30),
            recurrence: Recurrence::parse(settings.get("recurrence").unwrap_or(&Value::Null), today)?,
        })
    }
}

impl Recurrence {
    fn parse(recurrence: &Value, today: Date) -> Result<Self, Refusal> {
        let range = recurrence.get("range").filter(|range| range.is_object());
        let Some(range) = range else {
            return Ok(Self { start: today, end: None, every: None, occurrences: None });
        };
        let start = date(range, "startDate")?.ok_or_else(|| bad_request("recurrence.range.startDate is required."))?;
        let end = date(range, "endDate")?;
        let every = every(recurrence.get("pattern").unwrap_or(&Value::Null), start)?;
        let number = whole(range, "numberOfOccurrences")?;
        let kind = range.get("type").and_then(Value::as_str).unwrap_or("noEnd");
        let occurrences = match (kind, every) {
            (_, None) => None,
            // The tutorial on guests of Microsoft 365 groups says numbered, 0 times, with an endDate.
            ("numbered", Some(_)) if number == 0 && end.is_some() => None,
            ("numbered", Some(_)) => {
                let number = u32::try_from(number).ok().filter(|number| *number > 0);
                Some(number.ok_or_else(|| bad_request("recurrence.range.numberOfOccurrences has to be positive."))?)
            }
            ("endDate", Some(_)) if end.is_none() => return Err(bad_request("recurrence.range.endDate is required.")),
            _ => None,
        };
        if end.is_some_and(|end| end < start) {
            return Err(bad_request("recurrence.range.endDate lies before startDate."));
        }
        let has_end = kind == "endDate" || every.is_none() || (kind == "numbered" && occurrences.is_none());
        let end = end.filter(|_| has_end);
        Ok(Self { start, end, every, occurrences })
    }
}

impl ReviewerScope {
    /// Reads a list of reviewers.
    ///
    /// # Errors
    ///
    /// 400 for a query that is none of the supported forms.
    pub fn all_of(scopes: Option<&Value>) -> Result<Vec<Self>, Refusal> {
        scopes.and_then(Value::as_array).into_iter().flatten().map(Self::parse).collect()
    }

    fn parse(scope: &Value) -> Result<Self, Refusal> {
        let query = scope.get("query").and_then(Value::as_str).unwrap_or_default();
        let segments = words(&ApiPath::parse_reference(query));
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let unsupported = || {
            bad_request(format!(
                "The reviewer query '{query}' is not supported: use /users/{{id}}, /groups/{{id}}/transitiveMembers, /groups/{{id}}/owners, ./owners or ./manager."
            ))
        };
        let id = |id: &str| id.parse::<Uuid>().map_err(|_| unsupported());
        match segments.as_slice() {
            ["users", user] => id(user).map(Self::User),
            ["serviceprincipals", _, "owners"] => Err(not_modelled(&format!("the reviewers '{query}'"))),
            ["groups", group, "transitivemembers" | "members"] => id(group).map(Self::Members),
            ["groups", group, "transitivemembers" | "members", "microsoft.graph.user"] => id(group).map(Self::Members),
            ["groups", group, "owners"] => id(group).map(Self::Owners),
            [".", "owners"] => Ok(Self::OwnersOfResource),
            [".", "manager"] if scope.get("queryRoot").and_then(Value::as_str) == Some("decisions") => {
                Ok(Self::Manager)
            }
            [".", "manager"] => Err(bad_request("The reviewer query './manager' needs the queryRoot 'decisions'.")),
            _ => Err(unsupported()),
        }
    }

    /// The list as the service gives it back.
    pub fn rewritten(scopes: Option<&Value>) -> Value {
        let one = |scope: &Value| {
            let mut scope = scope.as_object().cloned().unwrap_or_default();
            if let Some(query) = scope.get("query").and_then(Value::as_str) {
                let query = versioned(query, Version::V1);
                scope.insert("query".to_owned(), Value::from(query));
            }
            scope.entry("queryType").or_insert_with(|| json!("MicrosoftGraph"));
            scope.entry("queryRoot").or_insert(Value::Null);
            Value::Object(scope)
        };
        scopes.and_then(Value::as_array).into_iter().flatten().map(one).collect()
    }
}

/// Drops the times that were sent with the days of a recurrence, as Graph does.
pub fn drop_times(definition: &mut Map<String, Value>) {
    let range = definition.get_mut("settings").and_then(|settings| settings.pointer_mut("/recurrence/range"));
    let Some(range) = range.and_then(Value::as_object_mut) else { return };
    for name in ["startDate", "endDate"] {
        let Some(day) = range.get_mut(name) else { continue };
        if let Some((date, time)) = day.as_str().and_then(|text| text.split_once('T'))
            && !time.is_empty()
        {
            *day = Value::from(date);
        }
    }
}

/// The settings as the service gives them back: what was sent, and the defaults of what was not.
pub fn to_json(settings: &Value) -> Value {
    let sent = settings.as_object().cloned().unwrap_or_default();
    let mut shown = Map::new();
    let flags = [
        "mailNotificationsEnabled",
        "reminderNotificationsEnabled",
        "justificationRequiredOnApproval",
        "defaultDecisionEnabled",
    ];
    for name in flags {
        shown.insert(name.to_owned(), json!(false));
    }
    shown.insert("defaultDecision".to_owned(), json!("None"));
    shown.insert("instanceDurationInDays".to_owned(), json!(0));
    shown.insert("autoApplyDecisionsEnabled".to_owned(), json!(false));
    shown.insert("recommendationsEnabled".to_owned(), json!(false));
    shown.insert("recurrence".to_owned(), Value::Null);
    shown.insert("applyActions".to_owned(), json!([]));
    shown.extend(sent);
    if let Some(recurrence) = shown.get_mut("recurrence").filter(|recurrence| recurrence.is_object()) {
        *recurrence = shown_recurrence(recurrence);
    }
    Value::Object(shown)
}

fn shown_recurrence(recurrence: &Value) -> Value {
    let mut pattern = recurrence.get("pattern").cloned().unwrap_or_default();
    if let Some(pattern) = pattern.as_object_mut() {
        for (name, default) in [
            ("interval", json!(1)),
            ("month", json!(0)),
            ("dayOfMonth", json!(0)),
            ("daysOfWeek", json!([])),
            ("firstDayOfWeek", json!("sunday")),
            ("index", json!("first")),
        ] {
            pattern.entry(name).or_insert(default);
        }
    }
    let mut range = recurrence.get("range").cloned().unwrap_or_default();
    if let Some(range) = range.as_object_mut() {
        range.entry("numberOfOccurrences").or_insert_with(|| json!(0));
        range.entry("recurrenceTimeZone").or_insert(Value::Null);
    }
    json!({"pattern": pattern, "range": range})
}

/// The words and keys of a query's path in lower case, in the order in which they stand: `groups/1` and `groups('1')` alike.
pub(super) fn words(path: &ApiPath) -> Vec<String> {
    let of_segment = |segment: &Segment| [Some(segment.name()), segment.key()].map(|text| text.map(str::to_lowercase));
    path.segments().iter().flat_map(of_segment).flatten().collect()
}

/// The query with a version, unless it has one or begins at what is under review.
pub(super) fn versioned(query: &str, version: Version) -> String {
    if query.starts_with("./") || ApiPath::parse_reference(query).version().is_some() {
        return query.to_owned();
    }
    format!("/{version}/{}", query.trim_start_matches('/'))
}

/// Reads the interval of a review. Of the pattern its type, interval and dayOfMonth count; without the latter, later
/// occurrences fall on the day of the first one (`accessReviewScheduleSettings`, `recurrence`).
fn every(pattern: &Value, start: Date) -> Result<Option<Every>, Refusal> {
    let Some(kind) = pattern.get("type").and_then(Value::as_str) else { return Ok(None) };
    let interval = if pattern.get("interval").is_some() { whole(pattern, "interval")? } else { 1 };
    if !(1..=999).contains(&interval) {
        return Err(bad_request("recurrence.pattern.interval has to be positive."));
    }
    match kind {
        "weekly" => Ok(Some(Every::Weeks(interval))),
        "absoluteMonthly" => {
            let day = whole(pattern, "dayOfMonth")?;
            let day = i8::try_from(day).ok().filter(|day| *day <= 31);
            let day = day.ok_or_else(|| bad_request("recurrence.pattern.dayOfMonth has to be from 1 to 31."))?;
            Ok(Some(Every::Months { months: interval, day: if day == 0 { start.day() } else { day } }))
        }
        other => Err(bad_request(format!(
            "recurrence.pattern.type '{other}' is not supported: use weekly or absoluteMonthly."
        ))),
    }
}

fn whole(value: &Value, name: &str) -> Result<i32, Refusal> {
    let number = value.get(name).and_then(Value::as_i64).unwrap_or(0);
    i32::try_from(number)
        .ok()
        .filter(|number| (0..=100_000).contains(number))
        .ok_or_else(|| bad_request(format!("{name} is out of range.")))
}

/// A day, of which Graph drops a time that is sent with it.
fn date(range: &Value, name: &str) -> Result<Option<Date>, Refusal> {
    let Some(text) = range.get(name).and_then(Value::as_str) else { return Ok(None) };
    let day = text.split('T').next().unwrap_or(text);
    day.parse().map(Some).map_err(|_| bad_request(format!("recurrence.range.{name} is no date.")))
}

/// A duration in whole days.
pub(super) fn days(duration: Option<&Value>) -> Result<Option<i32>, Refusal> {
    let Some(text) = duration.and_then(Value::as_str) else { return Ok(None) };
    let days = text.parse::<Span>().ok().map(|span| span.get_days() + span.get_weeks() * 7);
    days.filter(|days| *days > 0).map(Some).ok_or_else(|| bad_request(format!("'{text}' is no duration of days.")))
}

#[cfg(test)]
mod tests;
