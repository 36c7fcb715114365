//! `/applications`: created, read, deleted, and gone for good 30 days later.

use std::sync::Arc;

use graphwalk_emulator::areas::{Area, Plant, Start, State, States};
use graphwalk_emulator::authority::roles::GLOBAL_ADMINISTRATOR;
use graphwalk_emulator::authority::{Need, Standing};
use graphwalk_emulator::http::{Refusal, Reply, not_found};
use graphwalk_emulator::odata::query::Options;
use graphwalk_emulator::routes::{List, RoutedCall};
use graphwalk_emulator::seed::{SeedDocument, SeedError, invalid};
use graphwalk_emulator::tenant::Tenant;
use graphwalk_emulator::{Census, sign_in::Accounts as _};
use graphwalk_schema::Schemas;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

const WRITER: Need = Need::role(&[GLOBAL_ADMINISTRATOR]);

#[derive(Debug)]
pub struct Applications;

#[derive(Clone, Debug, Default)]
struct Registered {
    there: Vec<(Uuid, Map<String, Value>)>,
    deleted: Vec<Timestamp>,
}

impl Area for Applications {
    fn begin(&self, _: &Start<'_>) -> Box<dyn State> {
        Box::new(Registered::default())
    }

    fn answer(&self, call: &mut RoutedCall<'_>, path: &[&str]) -> Option<Result<Reply, Refusal>> {
        let ["applications", rest @ ..] = path else { return None };
        Some(match (call.method(), rest) {
            ("GET", []) => list(call),
            ("POST", []) => create(call),
            ("GET", [key]) => read(call, key),
            ("DELETE", [key]) => delete(call, key),
            _ => Err(call.not_modelled()),
        })
    }

    fn next_due(&self, states: &mut States) -> Option<Timestamp> {
        states.get::<Registered>().deleted.iter().map(|at| *at + KEPT).min()
    }

    fn advance(&self, tenant: &mut Tenant, now: Timestamp) {
        tenant.states.get_mut::<Registered>().deleted.retain(|at| *at + KEPT > now);
    }

    fn sections(&self) -> &'static [&'static str] {
        &["applications"]
    }

    fn read_seed(&self, document: &SeedDocument<'_>) -> Result<Option<Arc<dyn Plant>>, SeedError> {
        Ok(Some(Arc::new(document.read::<ApplicationsSeed>()?)))
    }

    fn count(&self, states: &States, census: &mut Census) {
        census.add("applications", states.get::<Registered>().there.len());
        census.add("deletedApplications", states.get::<Registered>().deleted.len());
    }
}

#[derive(serde::Deserialize)]
struct ApplicationsSeed {
    #[serde(default)]
    applications: Vec<SeedApplication>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct SeedApplication {
    id: Option<Uuid>,
    display_name: String,
    owner: Option<String>,
}

impl Plant for ApplicationsSeed {
    fn plant(&self, tenant: &mut Tenant, _: &Schemas, _: Timestamp) -> Result<(), SeedError> {
        for (index, seed) in self.applications.iter().enumerate() {
            if let Some(owner) = seed.owner.as_ref().filter(|owner| tenant.accounts().by_name(owner).is_none()) {
                return Err(invalid(format!("/applications/{index}/owner"), format!("there is no '{owner}'")));
            }
            let id = seed.id.unwrap_or_else(|| tenant.ids.fresh());
            let properties = Map::from_iter([("displayName".to_owned(), json!(seed.display_name))]);
            tenant.states.get_mut::<Registered>().there.push((id, properties));
        }
        Ok(())
    }
}

fn list(call: &RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::WithoutSkip)?;
    let there = &call.tenant.states.get::<Registered>().there;
    let context = "applications".to_owned();
    let list = List { context, count: there.len(), counted: false, types: &["application"] };
    call.list(&list, &query, |place| public_properties(&there[place]))
}

fn create(call: &mut RoutedCall<'_>) -> Result<Reply, Refusal> {
    call.allow(WRITER, Standing::Stranger)?;
    // The schemas that are embedded lack this type, so that its properties are not checked by them.
    let properties = call.json()?;
    if !properties.contains_key("displayName") {
        return Err(Refusal::new(400, "Request_BadRequest", "A value is required for property 'displayName'."));
    }
    let new = (call.tenant.ids.fresh(), properties);
    let query = call.query(Options::Select)?;
    call.tenant.states.get_mut::<Registered>().there.push(new.clone());
    call.entity(201, "applications/$entity", &["application"], public_properties(&new), &query)
}

fn read(call: &RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    call.allow(Need::NOTHING, Standing::Stranger)?;
    let query = call.query(Options::Select)?;
    let registered = call.tenant.states.get::<Registered>();
    let found = &registered.there[registered.place(key)?];
    call.entity(200, "applications/$entity", &["application"], public_properties(found), &query)
}

fn delete(call: &mut RoutedCall<'_>, key: &str) -> Result<Reply, Refusal> {
    call.allow(WRITER, Standing::Stranger)?;
    let now = call.now;
    let registered = call.tenant.states.get_mut::<Registered>();
    registered.there.remove(registered.place(key)?);
    registered.deleted.push(now);
    Ok(Reply::no_content())
}

impl Registered {
    fn place(&self, key: &str) -> Result<usize, Refusal> {
        self.there.iter().position(|(id, _)| id.to_string() == key).ok_or_else(|| not_found(key))
    }
}

fn public_properties((id, properties): &(Uuid, Map<String, Value>)) -> Map<String, Value> {
    let mut shown = Map::from_iter([("id".to_owned(), json!(id))]);
    shown.extend(properties.clone());
    shown
}
