//! `/identityGovernance/accessReviews/historyDefinitions`: what was decided in a period, collected into a table to be downloaded.
//!
//! A definition has one instance. It is requested, under way and done by the tenant's clock; what it tells is what was decided when it was
//! done. A link to the table is good for a day, and all of it is kept for 30 days (reference, "accessReviewHistoryInstance").

mod report;
mod routes;
mod sources;

use std::sync::Arc;

use indexmap::IndexMap;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::areas::directory::Directory;
use crate::areas::reviews::{ReviewPerson, Reviews};
use crate::areas::{Area, Start, State, States};
use crate::http::{Body, Refusal, Reply, Request};
use crate::odata::moment;
use crate::routes::RoutedCall;
use crate::tenant::Tenant;

use report::{DecisionSelection, table};

/// The time from the request of a history to its beginning (an assumption).
const BEGINS: SignedDuration = SignedDuration::from_secs(5);
/// The time that a history takes (an assumption).
const TAKES: SignedDuration = SignedDuration::from_secs(60);
/// The time for which a history is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The time for which a link is valid.
const LINKED: SignedDuration = SignedDuration::from_hours(24);
/// The path from which tables are downloaded, as a link names it.
const DOWNLOADS: &str = "/accessReviewHistory/";

/// Histories of access reviews.
#[derive(Debug)]
pub(crate) struct ReviewHistoryArea;

/// All histories of a tenant, oldest first.
#[derive(Clone, Debug, Default)]
struct Histories(IndexMap<Uuid, ReviewHistory>);

/// An `accessReviewHistoryDefinition` with its one instance.
#[derive(Clone, Debug)]
struct ReviewHistory {
    id: Uuid,
    instance: Uuid,
    /// The properties that were sent, by the names of the CSDL type.
    sent: Map<String, Value>,
    selection: DecisionSelection,
    created_by: ReviewPerson,
    created: Timestamp,
    /// The collected table; nothing until it is done.
    table: Option<Arc<str>>,
    /// The end of the link to the table, and the time when the link was made.
    link: Option<(Uuid, Timestamp)>,
}

impl ReviewHistory {
    fn done_at(&self) -> Timestamp {
        self.created + BEGINS + TAKES
    }

    fn expires(&self) -> Timestamp {
        self.done_at() + KEPT
    }

    fn status(&self, now: Timestamp) -> &'static str {
        match now {
            _ if self.table.is_some() => "done",
            now if now >= self.created + BEGINS => "inprogress",
            _ => "requested",
        }
    }

    fn to_json(&self, now: Timestamp) -> Map<String, Value> {
        let mut shown = Map::with_capacity(10);
        let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
        let text = |name: &str| self.sent.get(name).cloned().unwrap_or_default();
        put("id", json!(self.id));
        put("displayName", text("displayName"));
        put("reviewHistoryPeriodStartDateTime", moment(self.selection.from));
        put("reviewHistoryPeriodEndDateTime", moment(self.selection.until));
        put("decisions", json!(self.selection.decisions));
        put("status", json!(self.status(now)));
        put("createdDateTime", moment(self.created));
        let ReviewPerson { id, name, principal_name } = &self.created_by;
        put("createdBy", json!({"id": id, "displayName": **name, "userPrincipalName": **principal_name}));
        put("scopes", text("scopes"));
        put("scheduleSettings", Value::Null);
        shown
    }

    /// The instance. `origin` is where the emulator is reached.
    fn instance(&self, now: Timestamp, origin: &str) -> Map<String, Value> {
        let mut shown = Map::with_capacity(8);
        let mut put = |name: &str, value: Value| drop(shown.insert(name.to_owned(), value));
        put("id", json!(self.instance));
        put("reviewHistoryPeriodStartDateTime", moment(self.selection.from));
        put("reviewHistoryPeriodEndDateTime", moment(self.selection.until));
        put("status", json!(self.status(now)));
        put("runDateTime", moment(self.created + BEGINS));
        put("fulfilledDateTime", self.table.as_ref().map_or(Value::Null, |_| moment(self.done_at())));
        put("expirationDateTime", moment(self.expires()));
        let link = self.link.filter(|(_, made)| now < *made + LINKED);
        let uri = link.map(|(ticket, _)| format!("{origin}{DOWNLOADS}{}.csv?sig={}", self.instance, ticket.simple()));
        put("downloadUri", json!(uri));
        shown
    }
}

impl Area for ReviewHistoryArea {
    fn begin(&self, _: &Start<'_>) -> Box<dyn State> {
        Box::new(Histories::default())
    }

    fn sources(&self) -> &'static [(&'static str, &'static str)] {
        sources::SOURCES
    }

    fn answer(&self, call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
        let ["identitygovernance", "accessreviews", "historydefinitions", rest @ ..] = path else { return None };
        Some(routes::answer(call, rest))
    }

    fn next_due(&self, states: &mut States) -> Option<Timestamp> {
        let histories = states.get::<Histories>().0.values();
        histories.map(|history| if history.table.is_some() { history.expires() } else { history.done_at() }).min()
    }

    fn advance(&self, tenant: &mut Tenant, now: Timestamp) {
        let due = |history: &&ReviewHistory| history.table.is_none() && history.done_at() <= now;
        let states = &tenant.states;
        let (reviews, directory) = (states.get::<Reviews>(), states.get::<Directory>());
        let made: Vec<(Uuid, Arc<str>)> = states
            .get::<Histories>()
            .0
            .values()
            .filter(due)
            .map(|history| (history.id, table(&history.selection, reviews, directory)))
            .collect();
        let histories = &mut tenant.states.get_mut::<Histories>().0;
        for (id, table) in made {
            if let Some(history) = histories.get_mut(&id) {
                history.table = Some(table);
            }
        }
        histories.retain(|_, history| history.expires() > now);
    }

    fn download(&self, states: &States, request: &Request, now: Timestamp) -> Option<Reply> {
        let file = request.path.strip_prefix(DOWNLOADS)?;
        let instance: Option<Uuid> = file.strip_suffix(".csv").and_then(|id| id.parse().ok());
        let ticket: Option<Uuid> = request.query.strip_prefix("sig=").and_then(|ticket| ticket.parse().ok());
        let is_it = |history: &&ReviewHistory| {
            let link = history.link.filter(|(_, made)| now < *made + LINKED);
            Some(history.instance) == instance && link.is_some_and(|(known, _)| Some(known) == ticket)
        };
        let found = states.get::<Histories>().0.values().find(is_it).and_then(|history| history.table.as_ref());
        Some(match found {
            Some(table) => {
                let body = Body::Raw("text/csv".into(), table.as_bytes().to_vec().into());
                Reply { status: 200, headers: Vec::new(), body }
            }
            // What the storage behind Graph answers to a link that is no longer good.
            None => Reply { status: 403, headers: Vec::new(), body: Body::Empty },
        })
    }
}
