//! A rehearsal: the whole way of a live run, from the sign-in to the clean-up, against a tenant that this process emulates.
//!
//! [`Rehearsal::begin`] starts the tenant, seeded from the configuration, and writes a folder with a `graphwalk.toml` that leads
//! to it. The run itself is [`start`](super::start): it differs in its configuration and in the person before the screen, and in
//! nothing else. That person signs in wherever one has to, and lets the tenant's time pass instead of waiting.

mod differences;
mod files;
mod person;
mod server;
mod sign_ins;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use graphwalk_client::sign_in::Environment;
use graphwalk_emulator::seed::Seed;
use graphwalk_emulator::sign_in::{DEFAULT_PERMISSIONS, DEFAULT_SCOPES};
use graphwalk_emulator::{Census, Emulator, Settings};
use graphwalk_recording::Recording;
use graphwalk_schema::Schemas;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::config::{Config, ReviewBy, Sources, TenantName};
use crate::diagnostic::Diagnostic;
use crate::doctor::{GrantKind, Needs};
use crate::dry_run::{known_objects, play_dry_run};
use crate::runner::{Plan, Selection};
use crate::tutorial::{TutorialFaults, TutorialPage};

use super::terminal::Screen;
use files::RehearsalFiles;
use person::RehearsingPerson;
use server::TenantServer;
use sign_ins::{RehearsalCaller, SignIns};

pub(crate) use files::SEED;
pub(crate) use sign_ins::SECRET_VARIABLE;

/// The domain of a tenant that no configuration names.
const DOMAIN: &str = "contoso.onmicrosoft.com";

/// The tutorial to rehearse, and the configuration of the tenant that it is meant for.
#[derive(Debug)]
pub(crate) struct Rehearsed<'a> {
    pub plan: &'a Plan,
    pub selection: &'a Selection,
    pub schemas: &'a Schemas,
    /// The needs that the tutorial's page names.
    pub page: Option<TutorialPage>,
    /// Recordings of the tutorial, for what its dry run cannot tell.
    pub recordings: &'a [Arc<Recording>],
    pub config: Config,
}

/// An emulated tenant, and a configuration that leads to it. The tenant ends with it.
#[derive(Debug)]
pub(crate) struct Rehearsal {
    /// The configuration of the run.
    pub config: Config,
    person: Arc<RehearsingPerson>,
    emulator: Emulator,
    server: TenantServer,
    needs: Needs,
    sign_ins: SignIns,
    secret: String,
    /// The token with which the tenant is controlled.
    token: String,
    was_in_portal: bool,
    at_start: Census,
}

impl Rehearsal {
    /// Starts the tenant, and writes the configuration that leads to it into `folder`, which is there.
    ///
    /// # Errors
    ///
    /// The features of the tutorial are faulty, no server can be started here, or the folder cannot be written.
    pub async fn begin(rehearsed: Rehearsed<'_>, folder: &Path) -> Result<Self, TutorialFaults> {
        let Rehearsed { plan, selection, schemas, page, recordings, mut config } = rehearsed;
        // Nobody decides on a page of an emulated tenant.
        let was_in_portal = std::mem::replace(&mut config.review_by, ReviewBy::Api) == ReviewBy::Portal;
        give_ids(&mut config, plan);
        let dry_run =
            play_dry_run(plan, selection, schemas, &config, recordings, false).await.map_err(|fault| vec![*fault])?;
        let needs = Needs::new(plan, selection, &dry_run, page);
        let domain = config.upn_domain.clone().or_else(|| named_domain(&config)).unwrap_or_else(|| DOMAIN.to_owned());
        let sign_ins = SignIns::new(callers(&needs, &config), &domain);
        let secret = format!("Gw!{}", Uuid::new_v4().simple());
        graphwalk_secrets::in_use::remember(&secret);
        let seed = seed(&needs, &config, plan, (&sign_ins, &domain, &secret))?;
        let token = Uuid::new_v4().simple().to_string();
        let emulator = emulator(&seed, &token, schemas)?;
        let server = TenantServer::start(emulator.clone()).map_err(|fault| vec![*fault])?;
        let address = server.url();
        let files =
            RehearsalFiles { seed: &seed, config: &config, domain: &domain, address: &address, actors: &sign_ins.kept };
        let file = files.write(folder).map_err(|fault| vec![*fault])?;
        let sources = Sources { file: Some(file), directory: folder.to_owned(), ..Sources::default() };
        let written = Config::load(&sources);
        let written = written.map_err(|faults| faults.iter().map(Diagnostic::from).collect::<TutorialFaults>())?;
        let mut variables = sign_ins.variables(&secret, &address);
        let scopes: Vec<String> = delegated(&needs).into_iter().map(str::to_owned).collect();
        let tokens = sign_ins.tokens.iter();
        variables.extend(
            tokens.filter_map(|(name, account)| Some((name.clone(), emulator.scoped_token(account, &scopes)?))),
        );
        let config = Config {
            actors: sign_ins.played.clone(),
            environment: Some(Environment::from(variables)),
            clock_ahead: Timestamp::now().duration_until(emulator.now()),
            allow_writes: true,
            poll_interval: config.poll_interval,
            settle_timeout: config.settle_timeout,
            retry_timeout: config.retry_timeout,
            ..written
        };
        let person = Arc::new(RehearsingPerson::new(emulator.clone(), sign_ins.accounts.clone()));
        let at_start = emulator.census();
        Ok(Self { config, person, emulator, server, needs, sign_ins, secret, token, was_in_portal, at_start })
    }

    /// Returns the person who is asked and told.
    pub fn screen(&self) -> Arc<dyn Screen> {
        Arc::clone(&self.person) as Arc<_>
    }

    /// The address of the tenant.
    pub fn address(&self) -> String {
        self.server.url()
    }

    /// Lets the tenant's time go on, 600 times as fast as this machine's, as long as it is awaited: nobody who tries something there
    /// waits for minutes.
    pub async fn goes_on(&self) {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if let Ok(until) = self.emulator.now().checked_add(SignedDuration::from_secs(60)) {
                self.emulator.advance_to(until);
            }
        }
    }

    /// The commands that serve the tenant again as it was at the start, for a run in the folder.
    pub fn served_again(&self) -> [String; 2] {
        let (port, token) = (self.server.port(), &self.token);
        [
            format!("export {SECRET_VARIABLE}='{}'", self.secret),
            format!("graphwalk serve --on emulator --port {port} --seed {SEED} --clock 600x --admin-token {token}"),
        ]
    }
}

/// The callers of a tutorial. Where the configuration names none, each signs in by device code.
fn callers<'a>(needs: &'a Needs, config: &'a Config) -> impl Iterator<Item = RehearsalCaller<'a>> {
    let is_named = move |name: &str| config.actors.is_empty() || config.actors.contains_key(name);
    needs.actors.iter().filter(move |actor| is_named(&actor.name)).map(|actor| RehearsalCaller {
        name: &actor.name,
        is_there: actor.created_at.is_none(),
        configured: config.actors.get(&actor.name),
    })
}

/// Gives an id to every object that features take from outside and that has none. Features that find their sessions take what
/// stands in the seed beside them, unless they are told otherwise.
fn give_ids(config: &mut Config, plan: &Plan) {
    if plan.discovers() {
        return;
    }
    for object in plan.outside_objects() {
        let values = &mut config.values;
        if !values.set.contains_key(&object.name) {
            values.configured.entry(object.name).or_insert_with(|| Uuid::new_v4().to_string());
        }
    }
}

/// The domain by which the configuration names the tenant.
fn named_domain(config: &Config) -> Option<String> {
    let named = config.tenant.as_ref().filter(|tenant| tenant.id().is_none());
    named.map(|tenant| tenant.as_str().to_owned())
}

/// The seed of the tenant: what stands beside features that find their sessions there, who signs in, what may be changed, and
/// what is taken from outside.
fn seed(
    needs: &Needs,
    config: &Config,
    plan: &Plan,
    (sign_ins, domain, secret): (&SignIns, &str, &str),
) -> Result<String, TutorialFaults> {
    let beside = plan.seed_text().filter(|_| plan.discovers());
    let mut seed = match beside.map(|text| Seed::document(&text)) {
        Some(document) => document.map_err(|error| vec![Diagnostic::new("seed", error.to_string())])?,
        None => Map::new(),
    };
    let mut application: BTreeSet<&str> = DEFAULT_PERMISSIONS.iter().copied().collect();
    application.extend(needs.actors.iter().flat_map(|actor| needs.permissions_of(&actor.name, GrantKind::Application)));
    add_sections(&mut seed, sign_ins.seed(secret, &delegated(needs), &application));
    let id = config.tenant.as_ref().and_then(TenantName::id).unwrap_or_else(Uuid::new_v4);
    let tenant = json!({"tenant": {"id": id, "name": "Rehearsal", "domains": [domain]}});
    add_sections(&mut seed, tenant.as_object().cloned().unwrap_or_default());
    let objects = known_objects(&config.may_change, &plan.outside_objects(), &config.values);
    let objects = objects.iter().map(|(ty, id, name)| (*ty, id.as_str(), name.as_str()));
    add_sections(&mut seed, Seed::sections_of_objects(objects, domain));
    Ok(Value::from(seed).to_string())
}

/// The delegated permissions that have consent: what the tutorial needs, and what a doctor reads.
fn delegated(needs: &Needs) -> BTreeSet<&str> {
    let needed = needs.actors.iter().flat_map(|actor| needs.permissions_of(&actor.name, GrantKind::Delegated));
    DEFAULT_SCOPES.iter().copied().chain(needed).collect()
}

/// Adds sections to a document: items to those of a list, properties to those of an object, in place of what it has.
fn add_sections(document: &mut Map<String, Value>, sections: Map<String, Value>) {
    for (name, added) in sections {
        match (document.get_mut(&name), added) {
            (Some(Value::Array(known)), Value::Array(items)) => known.extend(items),
            (Some(Value::Object(known)), Value::Object(properties)) => known.extend(properties),
            (_, added) => drop(document.insert(name, added)),
        }
    }
}

fn emulator(seed: &str, token: &str, schemas: &Schemas) -> Result<Emulator, TutorialFaults> {
    let cannot =
        |reason: String| vec![Diagnostic::new("rehearsal", format!("the tenant cannot be emulated: {reason}"))];
    let seed = Seed::parse(seed).map_err(|error| cannot(error.to_string()))?;
    let settings = Settings {
        clock: graphwalk_emulator::ClockPace::REAL,
        admin_token: Some(token.to_owned()),
        seed,
        ..Settings::default()
    };
    Emulator::new(settings, schemas.clone()).map_err(|error| cannot(error.to_string()))
}
