//! The table of a history: which decisions, in which columns (Entra documentation, "Create and manage downloadable access review history
//! report").

use std::sync::Arc;

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::areas::directory::Directory;
use crate::areas::reviews::{Instance, Item, ReviewDefinition, Reviews};
use crate::http::{Refusal, not_modelled};
use crate::routes::body::bad;

const COLUMNS: [&str; 30] = [
    "AccessReviewId",
    "AccessReviewSeriesId",
    "ReviewType",
    "ResourceDisplayName",
    "ResourceId",
    "ReviewName",
    "CreatedDateTime",
    "ReviewStartDate",
    "ReviewEndDate",
    "ReviewStatus",
    "OwnerId",
    "OwnerName",
    "OwnerUPN",
    "PrincipalId",
    "PrincipalName",
    "PrincipalUPN",
    "PrincipalType",
    "ReviewDate",
    "ReviewResult",
    "Justification",
    "ReviewerId",
    "ReviewerName",
    "ReviewerUPN",
    "ReviewerEmailAddress",
    "AppliedByName",
    "AppliedByUPN",
    "AppliedByEmailAddress",
    "AppliedDate",
    "AccessRecommendation",
    "SubmissionResult",
];

/// The words of the filter for all decisions, in the order of the reference.
const DECISIONS: [&str; 5] = ["approve", "deny", "dontKnow", "notReviewed", "notNotified"];

/// The decisions that a history collects.
#[derive(Clone, Debug)]
pub(super) struct DecisionSelection {
    /// Of reviews that start from here on.
    pub from: Timestamp,
    /// Of reviews that start until then.
    pub until: Timestamp,
    /// With one of these decisions.
    pub decisions: Vec<String>,
    /// Of reviews whose scope contains one of these, in lower case; an empty one is in every scope.
    contained: Vec<String>,
}

impl DecisionSelection {
    /// The selection that a body asks for.
    ///
    /// # Errors
    ///
    /// 400 if something is missing, 501 for a series of histories and for scopes in another form than the reference's.
    pub fn parse(sent: &Map<String, Value>) -> Result<Self, Refusal> {
        if sent.get("scheduleSettings").is_some_and(|settings| !settings.is_null()) {
            return Err(not_modelled("scheduleSettings of review histories"));
        }
        let missing = |name: &str| bad(format!("A value is required for property '{name}'."));
        if sent.get("displayName").and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(missing("displayName"));
        }
        let time = |name: &str| {
            let time = sent.get(name).and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
            time.ok_or_else(|| missing(name))
        };
        let (from, until) = (time("reviewHistoryPeriodStartDateTime")?, time("reviewHistoryPeriodEndDateTime")?);
        if until < from {
            return Err(bad("reviewHistoryPeriodEndDateTime has to be later than reviewHistoryPeriodStartDateTime."));
        }
        let scopes = sent.get("scopes").and_then(Value::as_array).filter(|scopes| !scopes.is_empty());
        let contained = scopes.ok_or_else(|| missing("scopes"))?.iter().map(contained_in).collect::<Result<_, _>>()?;
        let named = sent.get("decisions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut decisions: Vec<String> = named.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if decisions.is_empty() {
            decisions = DECISIONS.iter().map(|&word| word.to_owned()).collect();
        }
        Ok(Self { from, until, decisions, contained })
    }

    fn has_definition(&self, definition: &ReviewDefinition) -> bool {
        let mut queries = Vec::new();
        if let Some(scope) = definition.to_json(false).get("scope") {
            queries_of(scope, &mut queries);
        }
        self.contained.iter().any(|text| queries.iter().any(|query| query.contains(text.as_str())))
    }

    fn has_item(&self, item: &Item) -> bool {
        self.decisions.iter().any(|word| word.eq_ignore_ascii_case(item.decision.word()))
    }
}

/// Returns the text that the scopes of reviews have to contain by a scope of a history:
/// `/identityGovernance/accessReviews/definitions?$filter=contains(scope/query, '/groups')`.
fn contained_in(scope: &Value) -> Result<String, Refusal> {
    let query = scope.get("query").and_then(Value::as_str).unwrap_or_default();
    let decoded = percent_decode_str(query).decode_utf8_lossy().replace('+', " ").to_lowercase();
    let path = decoded.trim_start_matches("/v1.0").trim_start_matches("/beta");
    let rest = path.strip_prefix("/identitygovernance/accessreviews/definitions").map(str::trim);
    let filter = match rest {
        Some("") => return Ok(String::new()),
        Some(rest) => rest.strip_prefix("?$filter=").or_else(|| rest.strip_prefix("?filter=")),
        None => None,
    };
    let text = filter.and_then(|filter| {
        let (property, text) = filter.trim().strip_prefix("contains(")?.strip_suffix(')')?.split_once(',')?;
        let is_query = matches!(property.trim(), "scope/query" | "scope/microsoft.graph.accessreviewqueryscope/query");
        text.trim().strip_prefix('\'')?.strip_suffix('\'').filter(|_| is_query).map(str::to_owned)
    });
    text.ok_or_else(|| not_modelled(&format!("the scope '{query}' of a review history")))
}

/// All queries of a scope, in lower case.
fn queries_of(scope: &Value, queries: &mut Vec<String>) {
    match scope {
        Value::Object(properties) => {
            queries.extend(properties.get("query").and_then(Value::as_str).map(str::to_lowercase));
            properties.values().for_each(|value| queries_of(value, queries));
        }
        Value::Array(items) => items.iter().for_each(|item| queries_of(item, queries)),
        _ => {}
    }
}

/// Returns the table of the decisions that a selection finds, with a heading.
pub(super) fn table(selection: &DecisionSelection, reviews: &Reviews, directory: &Directory) -> Arc<str> {
    let mut table = row(&COLUMNS);
    for definition in reviews.definitions().values().filter(|definition| selection.has_definition(definition)) {
        for instance in &definition.instances {
            if !(selection.from..=selection.until).contains(&instance.life.start) {
                continue;
            }
            for item in instance.items().iter().filter(|item| selection.has_item(item)) {
                table.push_str(&line(definition, instance, item, directory));
            }
        }
    }
    table.into()
}

fn line(definition: &ReviewDefinition, instance: &Instance, item: &Item, directory: &Directory) -> String {
    let text = |json: &Map<String, Value>, pointer: &str| {
        let mut value = json.get(pointer.split('/').next().unwrap_or_default());
        for name in pointer.split('/').skip(1) {
            value = value.and_then(|value| value.get(name));
        }
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (review, run, decision) = (definition.to_json(false), instance.to_json(), instance.shown_item(item, directory));
    let mail = |id: &str| {
        let user = id.parse().ok().and_then(|id: uuid::Uuid| directory.users().get(&id));
        user.map(|user| user.text("mail").to_owned()).unwrap_or_default()
    };
    let nobody = uuid::Uuid::nil().to_string();
    let series = if instance.id == definition.id { nobody } else { definition.id.to_string() };
    let (reviewer, applier) = (text(&decision, "reviewedBy/id"), text(&decision, "appliedBy/id"));
    let submitted = if text(&decision, "applyResult") == "New" { "Not applied" } else { "Applied" };
    row(&[
        &instance.id.to_string(),
        &series,
        &text(&decision, "resource/type"),
        &text(&decision, "resource/displayName"),
        &text(&decision, "resource/id"),
        &text(&review, "displayName"),
        &text(&review, "createdDateTime"),
        &text(&run, "startDateTime"),
        &text(&run, "endDateTime"),
        &text(&run, "status"),
        &text(&review, "createdBy/id"),
        &text(&review, "createdBy/displayName"),
        &text(&review, "createdBy/userPrincipalName"),
        &text(&decision, "principal/id"),
        &text(&decision, "principal/displayName"),
        &text(&decision, "principal/userPrincipalName"),
        &text(&decision, "principal/type"),
        &text(&decision, "reviewedDateTime"),
        &text(&decision, "decision"),
        &text(&decision, "justification"),
        &reviewer,
        &text(&decision, "reviewedBy/displayName"),
        &text(&decision, "reviewedBy/userPrincipalName"),
        &mail(&reviewer),
        &text(&decision, "appliedBy/displayName"),
        &text(&decision, "appliedBy/userPrincipalName"),
        &mail(&applier),
        &text(&decision, "appliedDateTime"),
        &text(&decision, "recommendation"),
        submitted,
    ])
}

/// A line of a table (RFC 4180).
fn row(cells: &[&str; COLUMNS.len()]) -> String {
    let quoted = cells.iter().map(|cell| match cell.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => (*cell).to_owned(),
    });
    quoted.collect::<Vec<_>>().join(",") + "\r\n"
}
